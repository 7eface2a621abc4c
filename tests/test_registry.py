"""Opening channels: what the host is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sms_adapters import AdapterDefect, ConfigError, Registry, UnknownAdapter, WebhookRequest
from sms_adapters import registry as module
from sms_adapters.manifest import load_manifest
from sms_adapters.webhooks.core import route

REGISTRY = Registry(installed=False)


def opened(adapter: str, **options: Any) -> Any:
    config = REGISTRY.simulator(adapter).config("https://gw.example.org")
    return REGISTRY.open(
        adapter, **{"id": "9c1d", "config": config, "public_url": "https://sms.example.org", **options}
    )


@pytest.mark.parametrize(
    ("adapter", "options", "warned"),
    [
        ("kannel", {}, True),
        ("kannel", {"callback_secret": "unguessable-1"}, False),
        ("kannel", {"public_url": None}, False),
        ("twilio", {}, False),
    ],
)
def test_a_host_is_warned_once_of_webhooks_that_anyone_can_make_up(
    adapter: str,
    options: dict[str, Any],
    warned: bool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_warned", set())
    for _ in range(3):
        opened(adapter, **options)
    told = [record for record in caplog.records if "does not sign its webhooks" in record.getMessage()]
    assert len(told) == int(warned)
    assert "unguessable-1" not in caplog.text


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "account_sid: required, but missing"),
        ({"account_sid": "AC" + "0" * 32, "auth_token": "x" * 32, "colour": "red"}, "colour: unknown field"),
        ({"account_sid": "nonsense-value", "auth_token": "x" * 32}, "account_sid: string should match pattern"),
        ({"account_sid": "AC" + "0" * 32, "auth_token": 7}, "auth_token: has to be text, not a whole number"),
        ({"account_sid": "AC" + "0" * 32, "auth_token": {"key": "x" * 9}}, "auth_token: has to be text, not a table"),
        ({"account_sid": "AC" + "0" * 32, "auth_token": "ab\ud83dcd"}, "auth_token: is not text in UTF-8"),
        ({"account_sid": "AC" + "0" * 32, "auth_token": "   "}, "auth_token: must not be empty"),
    ],
)
def test_a_configuration_is_refused_with_a_sentence_for_each_field_and_no_value(config: Any, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        REGISTRY.open("twilio", id="9c1d", config=config)
    assert any(words in problem for problem in caught.value.problems)
    assert "nonsense-value" not in str(caught.value)


def test_unknown_names_are_answered_with_those_most_like_them() -> None:
    with pytest.raises(UnknownAdapter) as caught:
        REGISTRY.open("twillio", id="9c1d", config={})
    assert caught.value.matches[0] == "twilio"
    with pytest.raises(ConfigError, match=r"channel '9c1d': unknown option 'adress'; did you mean address\?"):
        opened("twilio", adress="+12025550100")
    with pytest.raises(ConfigError, match="9c1d"):
        opened("twilio", address="a name of more than eleven")
    assert opened("ex").adapter == "external"


@pytest.mark.parametrize("name", ["nope", "foobar", "hello", "test", "provider", "sms-gateway"])
def test_a_name_like_none_is_answered_with_no_guess(name: str) -> None:
    with pytest.raises(UnknownAdapter, match="`sms-adapters list` shows what is installed") as caught:
        REGISTRY.manifest(name)
    assert caught.value.matches == ()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            '[[documents]]\ntitle = "API"\nurll = "x"',
            r"\[\[documents\]\]: unknown key 'urll'; did you mean url\?; .*'url' is",
        ),
        ("[[limits]]\nvalue = 3", r"\[\[limits\]\]: the key 'unit' is missing"),
        ('[[webhooks]]\nmethods = ["POST"]', r"\[\[webhooks\]\]: the key 'action' is missing"),
        ("[text]\nmax_char = 160", r"\[text\]: unknown key 'max_char'; did you mean max_chars"),
        ('[numbers]\nrecipent = "plus"', r"\[numbers\]: unknown key 'recipent'; did you mean recipient"),
        ('[capabilities]\nunicode = { support = "full", notes = "" }', r"\[capabilities\]: unknown key 'notes'"),
        ('documents = ["API"]', r"\[adapter\]: unknown key 'documents'; it is a table of its own"),
        ('simulater = "simulator:Acme"', r"\[adapter\]: unknown key 'simulater'; did you mean simulator"),
        ("[document]\nx = 1", r"unknown table or key 'document'; did you mean documents"),
    ],
)
def test_a_wrong_key_of_a_manifest_is_named_with_its_place_and_what_may_be_meant(
    tmp_path: Path, more: str, sentence: str
) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(
        '[adapter]\nid = "acme"\nname = "Acme"\nspec_version = "1.0"\nimplementation = "adapter:Acme"\n' + more
    )
    with pytest.raises(AdapterDefect, match=sentence) as caught:
        load_manifest(path)
    assert f"{tmp_path.name}/manifest.toml: " in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": None}, "id has to be text that is not empty"),
        ({"id": ""}, "id has to be text that is not empty"),
        ({"adress": "+12025550100"}, "unknown option 'adress'; did you mean address?"),
        ({"public_url": 5}, "public_url has to be text, an http or https URL"),
        ({"public_url": 5, "country": "Rwanda"}, "country has to be an ISO 3166-1 alpha-2 code"),
        ({"callback_secret": 5}, "callback_secret has to be text"),
        ({"address": 12025550100}, "address has to be a number"),
        ({"clock": "now"}, "clock has to be a callable"),
    ],
)
def test_an_option_of_a_channel_is_refused_with_a_sentence_and_no_value(options: Any, words: str) -> None:
    config = {"account_sid": "AC" + "0" * 32, "auth_token": "t0k3n-of-a-kind"}
    with pytest.raises(ConfigError) as caught:
        Registry().open("twilio", **{"id": "1", "config": config, **options})
    assert words in str(caught.value)
    assert "t0k3n" not in str(caught.value)


def test_an_id_that_is_no_part_of_a_path_is_written_as_one() -> None:
    config = {"account_sid": "AC" + "0" * 32, "auth_token": "x" * 32}
    channel = Registry().open("twilio", id="a/b ?#é", config=config, public_url="https://sms.example.org")
    url = channel.callback_url("status", id="1")
    assert url == "https://sms.example.org/c/twilio/a%2Fb%20%3F%23%C3%A9/status?id=1"
    found = route(urlsplit(url).path)
    assert found is not None
    assert found.channel == channel.id
    seen = WebhookRequest("POST", url.replace("https://sms.example.org", "http://10.0.0.1/mounted"))
    assert channel.external_url(seen) == url
