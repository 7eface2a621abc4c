"""Opening channels: what the host is told."""

from __future__ import annotations

from typing import Any

import pytest

from sms_adapters import ConfigError, Registry, UnknownAdapter
from sms_adapters import registry as module

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
        ({"account_sid": "AC" + "0" * 32, "auth_token": 7}, "auth_token: input should be a valid string"),
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
    with pytest.raises(ConfigError, match="colour"):
        opened("twilio", colour="red")
    with pytest.raises(ConfigError, match="9c1d"):
        opened("twilio", address="a name of more than eleven")
    assert opened("ex").adapter == "external"
