"""Channels in a TOML file, their secrets in environment variables or a keyring.

::

    [channels.main]
    adapter = "twilio"
    address = "+12025550100"
    public_url = "https://sms.example.org"

    [channels.main.config]
    account_sid = "AC00000000000000000000000000000000"
    auth_token = { env = "TWILIO_TOKEN" }

`{ keyring = "SERVICE/USER" }` names an entry of the system's keyring instead. Structure is checked for the whole file
when it is read, what the references lead to when a channel is opened. No error shows a value.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ._guesses import meant
from .config_schema import literal_secrets
from .errors import AdapterDefect, ConfigError, SmsError
from .references import FORMS, SOURCES, Unresolved, reference_of

if TYPE_CHECKING:
    from .channel import AnyChannel
    from .registry import Registry

__all__ = [
    "DEFAULT",
    "VARIABLE",
    "ChannelEntry",
    "ChannelsFile",
    "config_schema_of",
    "entry_of",
    "load_toml",
    "open_entry",
    "read_channels",
]

DEFAULT = "sms-adapters.toml"
VARIABLE = "SMS_ADAPTERS_CHANNELS"
EXAMPLE = "`sms-adapters send --help` shows a channels file"


class _Key(NamedTuple):
    pattern: str
    says: str
    fixed: bool = False


KEYS: Mapping[str, _Key] = {
    "adapter": _Key(r"\S+", "the id of an adapter", fixed=True),
    "id": _Key(r"[A-Za-z0-9._~-]+", "letters, digits and . _ ~ - only, as it is part of webhook URLs", fixed=True),
    "address": _Key(r".+", "a number, short code or alphanumeric sender"),
    "country": _Key(r"[A-Z]{2}", "an ISO 3166-1 alpha-2 code in capitals, such as RW"),
    "public_url": _Key(r"https?://[^\s/?#]+[^\s?#]*", "an http or https URL without query"),
    "callback_secret": _Key(r"(?s).+", "text"),
}
"""Keys of a channel beside `config`; those that are fixed cannot be a reference."""


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """One channel as the file has it, references not resolved; `options` are the other fields of `Channel`."""

    name: str
    adapter: str
    id: str
    options: Mapping[str, Any]
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChannelsFile:
    """The channels of a file, by name."""

    path: Path
    entries: Mapping[str, ChannelEntry]

    def entry(self, name: str) -> ChannelEntry:
        """A channel by name; ConfigError with the names most like it."""
        if name in self.entries:
            return self.entries[name]
        known = ", ".join(self.entries) or "none"
        sentence = f"{self.path} has no channel {name!r}{meant(name, self.entries)}; it has {known}"
        raise ConfigError(sentence, mend=f"name one that it has, or write a table [channels.{name}]")

    def open(self, name: str, registry: Registry, environ: Mapping[str, str] = os.environ) -> AnyChannel:
        """The channel, with its variables read; ConfigError names the file, the channel and what to mend."""
        return open_entry(self.entry(name), f"{self.path}: channel {name!r}", registry, environ)

    def warnings(self, name: str, registry: Registry) -> tuple[str, ...]:
        """A sentence for each secret of a channel that stands in the file itself."""
        entry = self.entry(name)
        found = [
            f"config.{place}" for place in literal_secrets(config_schema_of(entry.adapter, registry), entry.config)
        ]
        if isinstance(entry.options.get("callback_secret"), str):
            found.append("callback_secret")
        mend = f"keep it in a variable or a keyring, {FORMS}"
        return tuple(f"{self.path}: channel {name!r}: {place} holds a secret: {mend}" for place in found)


def open_entry(entry: ChannelEntry, where: str, registry: Registry, environ: Mapping[str, str]) -> AnyChannel:
    """The channel, with what its references lead to; ConfigError names `where` and what to mend."""
    options, config, problems = _resolved(entry, environ)
    if problems:
        mend = "set what is named, in this environment or in the keyring"
        raise ConfigError(f"{where}: {'; '.join(problems)}", problems=problems, mend=mend)
    try:
        return registry.open(entry.adapter, id=entry.id, config=config, **options)
    except SmsError as error:
        error.args = (f"{where}: {error.message}",)
        raise


def config_schema_of(adapter: str, registry: Registry) -> Mapping[str, Any]:
    """The JSON Schema of an adapter's configuration: the file beside it, else made from its code."""
    try:
        return registry.schema(adapter)
    except AdapterDefect:
        return registry.load(adapter).config.model_json_schema()


def read_channels(path: Path) -> ChannelsFile:
    """Read a channels file; ConfigError with all that is wrong in it."""
    problems: list[str] = []
    tables = _tables(path, problems)
    entries = {name: entry_of(name, values, problems) for name, values in tables.items()}
    problems += _doubles(entries.values())
    if problems:
        mend = f"correct {path}; {EXAMPLE}"
        raise ConfigError(f"{path}: {'; '.join(problems)}", problems=tuple(problems), mend=mend)
    return ChannelsFile(path, entries)


def _tables(path: Path, problems: list[str]) -> dict[str, Any]:
    values = _load(path)
    channels = values.pop("channels", {})
    problems += [f"unknown table {name!r}; channels are tables [channels.NAME]" for name in values]
    if isinstance(channels, dict):
        return channels
    problems.append("channels is not a table; write [channels.NAME]")
    return {}


def _load(path: Path) -> dict[str, Any]:
    mend = f"write one, or name another with --channels FILE or in ${VARIABLE}"
    return load_toml(path, "channels file", mend)


def load_toml(path: Path, what: str, mend: str) -> dict[str, Any]:
    """The values of a TOML file; ConfigError in words that call it `what`, with `mend` if it is not there."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"there is no {what} {path}: {mend}", mend=mend) from None
    except OSError as error:
        sentence = f"the {what} {path} cannot be read: {error.strerror or error}"
        raise ConfigError(sentence, mend=f"name a file that can be read, or mend the rights of {path}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: see byte {error.start}", mend=f"save {path} as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", mend=f"correct {path} at that place") from None


def entry_of(name: str, values: Any, problems: list[str]) -> ChannelEntry:
    """One channel's table; what is wrong with it is added to `problems`."""
    found = _checked(name, values) if isinstance(values, dict) else ["it is not a table; write [channels.NAME]"]
    problems += [f"channel {name!r}: {problem}" for problem in found]
    values = {} if found else values
    options = {key: values[key] for key in KEYS if key in values and not KEYS[key].fixed}
    return ChannelEntry(name, values.get("adapter", ""), values.get("id", name), options, values.get("config", {}))


def _checked(name: str, values: dict[str, Any]) -> list[str]:
    """What is wrong with the structure of a channel."""
    known = (*KEYS, "config")
    problems = [f"unknown key {key!r}{meant(key, known)}" for key in values if key not in known]
    if "adapter" not in values:
        problems.append("adapter is missing; `sms-adapters list` shows what is installed")
    if not isinstance(values.get("config", {}), dict):
        problems.append("config is not a table; write [channels.NAME.config]")
    problems += _misreferences(values.get("config"), "config")
    for key, value in {"id": name, **values}.items():
        if key in KEYS:
            problems += _misfit(key, value, KEYS[key])
    return problems


def _misfit(key: str, value: Any, rule: _Key) -> Iterator[str]:
    if isinstance(value, dict) and not rule.fixed:
        if reference_of(value) is None:
            yield f"{key}: a reference is written {FORMS}"
    elif not isinstance(value, str) or not re.fullmatch(rule.pattern, value):
        yield f"{key} has to be {rule.says}"


def _misreferences(value: Any, place: str) -> Iterator[str]:
    """Tables that are written as a reference is, and are none."""
    if isinstance(value, dict):
        if len(value) == 1 and not value.keys().isdisjoint(SOURCES) and reference_of(value) is None:
            yield f"{place}: a reference is written {FORMS}"
            return
        for key, item in value.items():
            yield from _misreferences(item, f"{place}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _misreferences(item, f"{place}.{index}")


def _doubles(entries: Collection[ChannelEntry]) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for entry in entries:
        first = seen.setdefault((entry.adapter, entry.id), entry.name)
        if entry.adapter and first != entry.name:
            yield f"channels {first!r} and {entry.name!r} have the same adapter and id, so webhooks cannot tell them"


def _resolved(
    entry: ChannelEntry, environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """Options and configuration with what the references lead to, and what is wrong with them."""
    problems: list[str] = []
    options = {key: _value(value, key, environ, problems) for key, value in entry.options.items()}
    config = {key: _value(value, f"config.{key}", environ, problems) for key, value in entry.config.items()}
    if not problems:
        for key, value in options.items():
            problems += _misfit(key, value, KEYS[key])
    return options, config, tuple(problems)


def _value(value: Any, place: str, environ: Mapping[str, str], problems: list[str]) -> Any:
    reference = reference_of(value)
    if reference is not None:
        try:
            return reference.value(environ)
        except Unresolved as error:
            problems.append(f"{place}: {error}")
            return ""
    if isinstance(value, dict):
        return {key: _value(item, f"{place}.{key}", environ, problems) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item, f"{place}.{index}", environ, problems) for index, item in enumerate(value)]
    return value
