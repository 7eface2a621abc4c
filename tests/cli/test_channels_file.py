"""The channels file: what it refuses, with which sentence, and what a channel gets from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from distributions import MANIFEST, install
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import AdapterDefect, ConfigError, Registry, UnknownAdapter
from sms_adapters.channels_file import ChannelsFile, read_channels
from sms_adapters.config_schema import config_fields

REGISTRY = Registry(installed=False)
ACCOUNT = "AC00112233445566778899aabbccddeeff"
GOOD = f"""
[channels.main]
adapter = "twilio"
id = "8eb23e93"
address = "+12025550100"
country = "US"
public_url = "https://sms.example.org/in"
callback_secret = {{ env = "CALLBACK" }}
[channels.main.config]
account_sid = "{ACCOUNT}"
auth_token = {{ env = "TOKEN" }}
"""
ENVIRONMENT = {"TOKEN": "a-token-of-a-test", "CALLBACK": "a-callback-secret"}


def written(folder: Path, text: str | bytes) -> ChannelsFile:
    path = folder / "channels.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_channels(path)


def test_a_channel_has_what_the_file_and_the_environment_say(tmp_path: Path) -> None:
    channel = written(tmp_path, GOOD).open("main", REGISTRY, ENVIRONMENT)
    assert (channel.adapter, channel.id, channel.address, channel.country) == (
        "twilio",
        "8eb23e93",
        "+12025550100",
        "US",
    )
    assert channel.config.auth_token.get_secret_value() == "a-token-of-a-test"
    assert channel.callback_url("status") == (
        "https://sms.example.org/in/c/twilio/8eb23e93/status?key=a-callback-secret"
    )


def test_the_name_is_the_id_where_none_is_given(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD.replace('id = "8eb23e93"', ""))
    assert file.open("main", REGISTRY, ENVIRONMENT).id == "main"


def test_an_alias_stands_for_its_adapter(tmp_path: Path) -> None:
    file = written(tmp_path, '[channels.a]\nadapter = "ex"\n[channels.a.config]\nnone_such = 1')
    with pytest.raises(ConfigError, match=r"configuration of 'external': .*none_such: unknown field"):
        file.open("a", REGISTRY, {})


MISUSE = {
    "a syntax error": ("[channels.main\nadapter = 1", "is not TOML", "line 1"),
    "an unfinished value": ('[channels.main]\nadapter = "twilio', "is not TOML", "at end of document"),
    "another encoding": ("[channels.m\xfc]".encode("latin-1"), "is not UTF-8 text: see byte 11"),
    "a channel outside the table": ('[main]\nadapter = "twilio"', "unknown table 'main'", "[channels.NAME]"),
    "channels that are none": ("channels = 3", "channels is not a table"),
    "a channel that is none": ("[channels]\nmain = 3", "channel 'main': it is not a table"),
    "no adapter": ("[channels.main]", "channel 'main': adapter is missing"),
    "a misspelt key": ('[channels.main]\nadapter="twilio"\nadress="1"', "unknown key 'adress'; did you mean address?"),
    "an adapter of another type": ("[channels.main]\nadapter = 3", "adapter has to be the id of an adapter"),
    "an adapter from a variable": (
        '[channels.main]\nadapter = { env = "A" }',
        "adapter has to be the id of an adapter",
    ),
    "an id that no URL can have": ('[channels.main]\nadapter="twilio"\nid="a/b"', "id has to be letters, digits"),
    "a name that no URL can have": ('[channels."a b"]\nadapter="twilio"', "channel 'a b': id has to be letters"),
    "a country's name": ('[channels.main]\nadapter="twilio"\ncountry="Rwanda"', "country has to be an ISO 3166-1"),
    "a URL without scheme": ('[channels.main]\nadapter="twilio"\npublic_url="sms.example.org"', "public_url has to be"),
    "a config that is none": ('[channels.main]\nadapter="twilio"\nconfig=3', "config is not a table"),
    "a reference of another shape": (
        '[channels.main]\nadapter="twilio"\ncallback_secret = { env = "A", default = "b" }',
        "callback_secret: a reference is written",
    ),
    "a variable that is a number": (
        '[channels.main]\nadapter="twilio"\nconfig.auth_token = { env = 5 }',
        "channel 'main': config.auth_token: a reference is written { env = \"NAME\" }",
    ),
    "a variable that no shell can set, deep down": (
        '[channels.main]\nadapter="external"\nconfig.headers = { "X-Key" = { env = "MY-KEY" } }',
        "config.headers.X-Key: a reference is written",
    ),
    "two channels that webhooks cannot tell": (
        '[channels.a]\nadapter="twilio"\nid="x"\n[channels.b]\nadapter="twilio"\nid="x"',
        "channels 'a' and 'b' have the same adapter and id",
    ),
}


@pytest.mark.parametrize("case", MISUSE)
def test_a_file_that_cannot_be_used_is_refused_with_what_to_mend(tmp_path: Path, case: str) -> None:
    text, *parts = MISUSE[case]
    with pytest.raises(ConfigError) as caught:
        written(tmp_path, text)
    assert "channels.toml" in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        written(tmp_path, '[channels.a]\nadapter=1\nadress="x"\n[channels.b]')
    assert len(caught.value.problems) == 3


def test_a_missing_or_unreadable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no channels file .*--channels FILE"):
        read_channels(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        read_channels(tmp_path)


def test_a_mark_of_byte_order_is_no_error(tmp_path: Path) -> None:
    assert list(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()).entries) == ["main"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [("mian", ("no channel 'mian'", "did you mean main?")), ("xyz", ("no channel 'xyz'", "it has main"))],
)
def test_an_unknown_channel_is_told_with_those_most_like_it(tmp_path: Path, name: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        written(tmp_path, GOOD).entry(name)
    for part in parts:
        assert part in str(caught.value)


OPENING = {
    "an adapter that is not installed": (
        GOOD.replace('"twilio"', '"twillio"'),
        ENVIRONMENT,
        UnknownAdapter,
        ("channel 'main'", "did you mean twilio?"),
    ),
    "a variable that is not set": (
        GOOD,
        {"CALLBACK": "x"},
        ConfigError,
        ("channel 'main'", "config.auth_token: the environment variable TOKEN is not set"),
    ),
    "a variable without a value": (
        GOOD,
        {**ENVIRONMENT, "CALLBACK": ""},
        ConfigError,
        ("callback_secret: the environment variable CALLBACK is empty",),
    ),
    "a variable with a value that does not fit": (
        GOOD.replace('country = "US"', 'country = { env = "COUNTRY" }'),
        {**ENVIRONMENT, "COUNTRY": "Rwanda"},
        ConfigError,
        ("country has to be an ISO 3166-1",),
    ),
    "a field that the adapter does not have": (
        GOOD + 'colour = "red"',
        ENVIRONMENT,
        ConfigError,
        ("channel 'main'", "colour: unknown field"),
    ),
    "a field that is missing": (
        GOOD.replace("account_sid", "# account_sid"),
        ENVIRONMENT,
        ConfigError,
        ("account_sid: required, but missing",),
    ),
}


@pytest.mark.parametrize("case", OPENING)
def test_a_channel_that_cannot_be_opened_says_what_to_mend(tmp_path: Path, case: str) -> None:
    text, environ, kind, parts = OPENING[case]
    with pytest.raises(kind) as caught:
        written(tmp_path, text).open("main", REGISTRY, environ)
    assert "channels.toml" in str(caught.value)
    for part in parts:
        assert part in str(caught.value)
    for value in ENVIRONMENT.values():
        assert value not in str(caught.value)


def test_another_channels_missing_variable_does_not_matter(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD + '[channels.other]\nadapter="twilio"\naddress={ env = "NOT_SET" }')
    assert file.open("main", REGISTRY, ENVIRONMENT).id == "8eb23e93"


def test_a_secret_in_the_file_works_and_is_warned_of_without_showing_it(tmp_path: Path) -> None:
    text = GOOD.replace('{ env = "TOKEN" }', '"plain-token"').replace('{ env = "CALLBACK" }', '"plain-secret"')
    file = written(tmp_path, text)
    assert file.open("main", REGISTRY, {}).config.auth_token.get_secret_value() == "plain-token"
    warnings = file.warnings("main", REGISTRY)
    assert [warning.split(": ")[2].partition(" holds")[0] for warning in warnings] == [
        "config.auth_token",
        "callback_secret",
    ]
    assert not [warning for warning in warnings if "plain-" in warning]
    assert written(tmp_path, GOOD).warnings("main", REGISTRY) == ()


def test_an_optional_secret_is_one_too(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD + 'api_key_sid = "SK1"\napi_key_secret = "plain-secret"')
    assert [warning.split(": ")[2].partition(" holds")[0] for warning in file.warnings("main", REGISTRY)] == [
        "config.api_key_secret"
    ]


def test_no_default_of_a_secret_is_told() -> None:
    shown, hidden = config_fields(
        {
            "properties": {
                "colour": {"type": "string", "default": "red"},
                "token": {"type": "string", "default": "plain", "writeOnly": True},
            }
        }
    )
    assert (shown.name, shown.secret, shown.default) == ("colour", False, "red")
    assert (hidden.name, hidden.secret, hidden.default) == ("token", True, None)


def test_secrets_are_found_at_any_depth_and_without_a_committed_schema(tmp_path: Path, site: Path) -> None:
    install(site, "acme")
    keys = '[channels.a]\nadapter="acme"\n[channels.a.config.keys]\none="plain"\ntwo={ env = "TWO" }'
    file, registry = written(tmp_path, keys), Registry()
    assert [warning.split(": ")[2].partition(" holds")[0] for warning in file.warnings("a", registry)] == [
        "config.keys.one"
    ]
    config = file.open("a", registry, {"TWO": "second"}).config
    assert {name: value.get_secret_value() for name, value in config.keys.items()} == {"one": "plain", "two": "second"}


def test_a_broken_adapter_is_told_with_its_channel(tmp_path: Path, site: Path) -> None:
    install(site, "acme", manifest=MANIFEST.format(id="acme", name="Acme"), adapter="raise RuntimeError('no licence')")
    with pytest.raises(AdapterDefect, match=r"channel 'a': .*no licence"):
        written(tmp_path, '[channels.a]\nadapter="acme"').open("a", Registry(), {})


WORDS = st.sampled_from(
    ["channels", "adapter", "config", "env", "id", "main", "[", "]", ".", "=", "{", "}", '"', "\n", "3"]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(WORDS, max_size=25).map(lambda words: "".join(words).encode())))
def test_whatever_is_in_the_file_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    folder = tmp_path_factory.mktemp("fuzz", numbered=True)
    try:
        entries = written(folder, raw).entries
    except ConfigError:
        return
    assert all(entry.adapter and entry.id for entry in entries.values())
