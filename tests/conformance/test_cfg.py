"""Each check of configurations catches a model that breaks its promise."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from mutants import catches, copied, edit, good, opened, passes

from sms_adapters import Registry
from sms_adapters.conformance.check import CheckFailed, load_checks, selected
from sms_adapters.conformance.subject import Subject
from sms_adapters.engine import Engine

IDS = [check.id for check in selected(["CFG"])]
MODEL = (
    '    signing_secret: SecretStr = Field(title="Signing secret", description="Console, Webhooks.", min_length=8)\n'
)
KEY = 'api_key: SecretStr = Field(title="API key", description="Console, Keys.", min_length=8)'
BASE = """base_url: str = Field(
        "https://api.acme.example", title="API URL", description="Leave it, unless a simulator answers."
    )"""
IMPORTS = "from pydantic import Field, SecretStr\n"
MORE = "from pydantic import ConfigDict, Field, SecretStr, field_serializer, field_validator, model_validator\n"


def method(code: str) -> str:
    """The model with another method behind its fields."""
    lines = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return f"{MODEL}\n{lines}"


def added(code: str) -> list[tuple[str, str]]:
    return [(IMPORTS, MORE), (MODEL, method(code))]


RENAMED = [
    (KEY, KEY.replace("SecretStr", "str")),
    ("api_key", "account"),
    (".account.get_secret_value()", ".account"),
    ("simulator.py", '"api_key": KEY', '"account": KEY'),
]
RELAYED = [
    (KEY, f'{KEY}\n    relay_url: str = Field("", title="Relay", description="In place of the API.")'),
    ("{channel.config.base_url}/v3/messages", "{channel.config.relay_url or 'https://api.acme.example'}/v3/messages"),
    ("manifest.toml", 'hosts = ["api.acme.example"]', 'hosts = ["api.acme.example", "*.12.13"]'),
]
HOSTS = 'hosts = ["api.acme.example"]'
MUTANTS = [
    ("CFG001", added('model_config = ConfigDict(extra="ignore", frozen=True)'), "an unknown field is accepted"),
    (
        "CFG001",
        added("""
@model_validator(mode="before")
@classmethod
def _strict(cls, values):
    if "no_such_field" in values:
        raise ValueError("there is something that does not belong here")
    return values
"""),
        "does not name it",
    ),
    (
        "CFG001",
        added("""
@model_validator(mode="before")
@classmethod
def _filled(cls, values):
    return {"signing_secret": "none so far", **values}
"""),
        "requires 'signing_secret', but",
    ),
    (
        "CFG002",
        added("""
@field_validator("api_key", mode="before")
@classmethod
def _shown(cls, value):
    if not isinstance(value, str):
        raise ValueError(f"has to be text, not {value!r}")
    return value
"""),
        "'api_key' shows",
    ),
    (
        "CFG002",
        added("""
@field_validator("api_key", mode="before")
@classmethod
def _cut(cls, value):
    if not str(value).startswith("test_"):
        raise ValueError(f"a key does not begin with {str(value)[:12]}")
    return value
"""),
        "8 characters and more",
    ),
    (
        "CFG002",
        added("""
@field_validator("api_key", mode="before")
@classmethod
def _looked_up(cls, value):
    return {"test_acme_key_1": value}[str(value)]
"""),
        "KeyError, not ConfigError",
    ),
    (
        "CFG002",
        [(KEY, 'api_key: Any = Field(title="API key", description="Console, Keys.")')],
        "takes a mapping as well",
    ),
    (
        "CFG003",
        [(KEY, KEY.replace("SecretStr", "str")), ("api_key.get_secret_value()", "api_key")],
        "the name: api_key",
    ),
    ("CFG003", RENAMED, "not marked as such: account"),
    (
        "CFG004",
        added("""
def __repr__(self):
    return f"AcmeConfig(api_key={self.api_key.get_secret_value()!r})"
"""),
        "representation of the configuration",
    ),
    (
        "CFG004",
        added("""
@field_serializer("signing_secret")
def _whole(self, value):
    return value.get_secret_value()
"""),
        "as JSON",
    ),
    (
        "CFG004",
        added("""
@field_serializer("signing_secret", when_used="json")
def _start(self, value):
    return value.get_secret_value()[:10] + "..."
"""),
        "8 characters and more",
    ),
    ("CFG005", [("{channel.config.base_url}/v3/account", "https://api.acme.example/v3/account")], "'api.acme.example'"),
    (
        "CFG005",
        [("{channel.config.base_url}/v3/messages", "http://{channel.config.base_url[8:]}/v3/messages")],
        "a POST went to 'simulator.invalid'",
    ),
    (
        "CFG005",
        [(BASE, 'base_url: str = Field(title="API URL", description="Such as https://api.acme.example.")')],
        "has no default",
    ),
    ("CFG007", [(', description="Console, Keys."', "")], "'api_key' has no description"),
    ("CFG007", [('title="API key", ', "")], "'api_key' has no title"),
    ("CFG007", [(BASE, "")], "base_url has no title"),
    ("CFG008", [('description="Console, Keys."', 'description="Console, API keys."')], "not what the model generates"),
    ("CFG008", [("min_length=8", "min_length=20")], "not what the model generates"),
    ("CFG006", [("manifest.toml", HOSTS, 'hosts = ["api.acme.example", "10.*"]')], "'base_url' leads to"),
    ("CFG006", RELAYED, "'relay_url' leads to"),
    ("CFG008", [("config.schema.json", '"minLength": 8', '"minLength": 6')], "not what the model generates"),
    ("CFG008", [("simulator.py", '{"api_key": KEY, ', '{"api_key": KEY, "region": "eu", ')], "of the simulator at $"),
    ("CFG008", [("exchanges/channel.toml", '"test_acme_key_1"', "4711")], "at $.api_key: type"),
]


def broken(tmp_path: Path, edits: list[tuple[str, ...]]) -> Subject:
    folder = copied(tmp_path)
    for *file, before, after in edits:
        edit(folder, *(file or ["adapter.py"]), before, after)
    return opened(folder)


@pytest.mark.parametrize(("check_id", "edits", "words"), MUTANTS)
def test_a_broken_configuration_is_caught(
    tmp_path: Path, check_id: str, edits: list[tuple[str, ...]], words: str
) -> None:
    sentence = catches(check_id, broken(tmp_path, edits))
    assert words in sentence
    assert "test_acme_key_1" not in sentence


@pytest.mark.parametrize("written", [None, "{", '{"type": 5}'])
def test_a_schema_that_is_none_is_caught(tmp_path: Path, written: str | None) -> None:
    folder = copied(tmp_path)
    path = folder / "config.schema.json"
    path.unlink() if written is None else path.write_text(written)
    assert "config.schema.json" in catches("CFG008", opened(folder))


@pytest.mark.parametrize("check_id", IDS)
def test_the_specimen_passes(check_id: str) -> None:
    passes(check_id, good())


def test_a_self_hosted_gateway_has_no_default_url(tmp_path: Path) -> None:
    required = 'base_url: str = Field(title="API URL", description="Where the gateway is.")'
    passes("CFG005", broken(tmp_path, [(BASE, required), ("manifest.toml", HOSTS, "")]))


def test_a_host_for_each_account_is_no_default(tmp_path: Path) -> None:
    required = 'base_url: str = Field(title="API URL", description="The account\'s own host.")'
    edits = [(BASE, required), ("manifest.toml", HOSTS, 'hosts = ["*.api.acme.example"]')]
    passes("CFG005", broken(tmp_path, edits))


def test_every_check_has_a_mutant() -> None:
    assert sorted({row[0] for row in MUTANTS}) == IDS


def test_an_smsc_at_a_private_address_is_looked_at_without_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    private = load_checks()["CFG006"]
    threads = threading.enumerate()
    private.run(Subject("smpp", Registry(installed=False)))
    assert threading.enumerate() == threads
    monkeypatch.setattr(Engine, "session_policy", lambda *_: None)
    with pytest.raises(CheckFailed, match="'base_url' leads to a private address"):
        private.run(Subject("smpp", Registry(installed=False)))
