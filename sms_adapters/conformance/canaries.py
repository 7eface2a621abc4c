"""Secrets that can be told from everything else, and where to look for them.

The secrets of a simulator's configuration are words like "acme-signing-secret-1", parts of which stand in many texts. A
canary has the kinds of characters of the secret that it replaces, so that a pattern in the configuration model still
holds, and is otherwise noise: eight characters of it in a row are no accident.
"""

from __future__ import annotations

import hashlib
import re
import string
import traceback
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import Any

from ..channel import Channel
from ..config_schema import config_fields, literal_secrets
from ..errors import ConfigError, SmsError
from ..http import Headers, MultiDict
from ..redact import Redactor
from .check import expect
from .subject import Subject

__all__ = ["Watch", "canaried", "canary", "parts_of", "secret_places", "value_at", "with_value"]

PIECE = 8
LONG = 24
KINDS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
HEX = ("0123456789abcdef", "0123456789ABCDEF")


def canary(value: str, salt: str = "") -> str:
    """Noise of the length of `value` and the kinds of its characters; the same for the same arguments."""
    noise = hashlib.shake_256(f"{salt}/{value}".encode()).digest(len(value))
    kinds = (
        KINDS
        if value.isdigit()
        else (*(kind for kind in HEX if len(value) > PIECE and set(value) <= set(kind)), *KINDS)
    )
    made = "".join(_like(char, kinds)[byte % len(_like(char, kinds))] for char, byte in zip(value, noise, strict=True))
    return canary(value, f"{salt}+") if made == value and re.search("[0-9A-Za-z]", value) else made


def _like(char: str, kinds: Iterable[str]) -> str:
    return next((kind for kind in kinds if char in kind), char)


def value_at(config: Any, place: str) -> Any:
    """What stands at a dotted place of a configuration."""
    for key in place.split("."):
        config = config[int(key) if isinstance(config, list) else key]
    return config


def with_value(config: Mapping[str, Any], place: str, value: object) -> dict[str, Any]:
    """A copy of a configuration with another value at a dotted place."""
    made = deepcopy(dict(config))
    above, _, last = place.rpartition(".")
    node: Any = value_at(made, above) if above else made
    node[int(last) if isinstance(node, list) else last] = value
    return made


def secret_places(subject: Subject) -> tuple[str, ...]:
    """The dotted places of secrets in the simulator's configuration; without private keys, as noise is no key."""
    config = subject.simulator().config(subject.base_url)
    places = literal_secrets(subject.plugin.config.model_json_schema(), config)
    return tuple(place for place in places if "PRIVATE KEY" not in value_at(config, place))


def canaried(subject: Subject) -> tuple[dict[str, Any], dict[str, str]]:
    """The simulator's configuration with a canary for each secret, also for those it leaves out; and these by place.

    A secret whose place takes no canary stays as it is.
    """
    config: dict[str, Any] = subject.simulator().config(subject.base_url)
    given = secret_places(subject)
    named = [field.name for field in config_fields(subject.plugin.config.model_json_schema()) if field.secret]
    found: dict[str, str] = {}
    for place in (*given, *(name for name in named if name not in config)):
        for made in _canaries(value_at(config, place) if place in given else "x" * LONG, place):
            if _accepted(subject, changed := with_value(config, place, made)):
                config, found[place] = changed, made
                break
    return config, found


def _canaries(old: str, place: str) -> Iterator[str]:
    """A long one first, since little of a short one can be told from other texts; then one of the length of `old`."""
    yield canary(old.ljust(LONG, "x"), place)
    yield canary(old, place)
    yield old[:4] + canary(old[4:], place)


def _accepted(subject: Subject, config: dict[str, Any]) -> bool:
    try:
        subject.registry.open(subject.id, id="canary", config=config)
    except ConfigError:
        return False
    return True


class Watch:
    """Looks for secrets in every form of theirs, and for pieces of canaries; says what it found, never the secret."""

    def __init__(self, secrets: Iterable[str], canaries: Iterable[str] = ()) -> None:
        noise = tuple(canaries)
        self._redactor = Redactor((*secrets, *noise))
        self._pieces = {item[at : at + PIECE] for item in noise for at in range(len(item) - PIECE + 1)}

    def found(self, value: object) -> str | None:
        """What of the secrets is in `value`, in words; None if nothing is."""
        for text in parts_of(value):
            forms = self._redactor.find(text)
            if forms:
                return f"a secret ({', '.join(forms)})"
            if any(piece in text for piece in self._pieces):
                return f"{PIECE} characters and more of a secret that was cut"
        return None

    def expect_nothing(self, value: object, where: str) -> None:
        """CheckFailed if a secret is in `value`."""
        found = self.found(value)
        expect(found is None, f"{where} shows {found}")


def parts_of(value: object) -> Iterator[str]:
    """Every text that printing, logging or storing a value can show, to any depth; of a channel what it prints."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield from (value.decode("latin-1"), value.decode("utf-8", "replace"))
    else:
        if not isinstance(value, Mapping | MultiDict | list | tuple | set | frozenset):
            yield from (repr(value), str(value))
        for item in _inside(value):
            yield from parts_of(item)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, SmsError):
        return ["".join(traceback.format_exception(value)), value.to_dict(), *vars(value).values()]
    if isinstance(value, Mapping | Headers | MultiDict):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if is_dataclass(value) and not isinstance(value, type | Channel):
        return [getattr(value, field.name) for field in fields(value)]
    return ()
