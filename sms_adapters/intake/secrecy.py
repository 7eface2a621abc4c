"""Secrets that stand in a dossier themselves, where only the place of a secret may be named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..channels_file import config_schema_of
from ..config_schema import literal_secrets
from ..errors import SmsError
from ..references import FORMS

if TYPE_CHECKING:
    from ..registry import Registry

__all__ = ["secrets_within", "texts"]

MEND = f"name where it is instead, {FORMS}, and have it changed, as it has been in a file"
SECRET_NAME = re.compile(
    r"(pass(word|phrase|wd)?|secret|token|psk|^key|(api|auth|access|private|shared|signing)_?key)s?$", re.I
)
SAID = "a password, key or token"
IN_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s/@]+@", re.I), "a URL with a password"),
    (
        re.compile(r"\b(pass ?(word|phrase|wd)|pwd|psk|pre-?shared key|secret|token|api[ _-]?key)\s*[:=]\s*\S", re.I),
        SAID,
    ),
)
"""What must not be in a text that is no field for secrets: what it looks like, and what it is called."""


def secrets_within(values: Mapping[str, Any], schema: Mapping[str, Any], registry: Registry) -> list[str]:
    """A sentence for each; none shows the secret."""
    found = dict.fromkeys(literal_secrets(schema, values), "a secret")
    channel = values.get("channel")
    config = channel.get("config") if isinstance(channel, dict) else None
    if isinstance(config, dict):
        found |= dict.fromkeys(_of_config(str(values.get("adapter", "")), config, registry), "a secret")
    held = dict(texts(values))
    for place, text in held.items():
        for pattern, what in IN_TEXTS:
            if pattern.search(text):
                found.setdefault(place, what)
    return [f"{place} holds {what}: {MEND}" for place, what in found.items() if held.get(place) != ""]


def _of_config(adapter: str, config: Mapping[str, Any], registry: Registry) -> Iterator[str]:
    """By the adapter's own schema; for an adapter that is not here yet by what such fields are called."""
    try:
        schema = config_schema_of(registry.manifest(adapter).id, registry)
    except SmsError:
        named = (place for place, _ in texts(config) if not place.endswith((".env", ".keyring")))
        yield from (f"channel.config.{place}" for place in named if any(map(SECRET_NAME.search, place.split("."))))
    else:
        yield from (f"channel.config.{place}" for place in literal_secrets(schema, config))


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its place: `documents[0].title`."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, f"{place}[{number}]")
