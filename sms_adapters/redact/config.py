"""The secrets that a configuration holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any, cast
from urllib.parse import unquote

_URL_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\s]*)@")


def _in_urls(text: str) -> Iterator[str]:
    """Passwords in URLs, as written and decoded."""
    for match in _URL_USERINFO.finditer(text):
        password = match[1].partition(":")[2]
        yield from (password, unquote(password))


def _leaves(secret: Any) -> Iterator[str]:
    """All text inside the value of a secret field; without the white space around it, too, as a header carries it."""
    if isinstance(secret, str):
        yield from (secret, secret.strip())
    elif isinstance(secret, bytes):
        yield secret.decode("utf-8" if secret.isascii() else "latin-1")
    elif secret is not None and not isinstance(secret, bool):
        children = _children(secret)
        yield from (str(secret),) if children is None else chain.from_iterable(map(_leaves, children))


def _children(obj: Any) -> list[Any] | None:
    """What a container, model or dataclass holds; None for anything else."""
    if isinstance(obj, Mapping):
        return list(obj.values())
    if isinstance(obj, list | tuple | set | frozenset):
        return list(obj)
    if hasattr(type(obj), "model_fields"):
        extra = getattr(obj, "__pydantic_extra__", None) or {}
        return [*vars(obj).values(), *extra.values()]
    if is_dataclass(obj) and not isinstance(obj, type):
        return [getattr(obj, field.name) for field in fields(obj)]
    return None


def secrets_of(config: object) -> tuple[str, ...]:
    """The secrets in a configuration, each once, in order.

    These are the values with a `get_secret_value()` (pydantic's SecretStr and its like) and the passwords in URLs, in
    models, dataclasses, mappings and sequences to any depth.
    """
    found: dict[str, None] = {}
    seen: set[int] = set()
    waiting: list[Any] = [config]
    while waiting:
        obj = waiting.pop()
        if callable(getattr(obj, "get_secret_value", None)):
            found.update(dict.fromkeys(_leaves(cast("Any", obj).get_secret_value())))
        elif isinstance(obj, str) or hasattr(obj, "unicode_string"):
            found.update(dict.fromkeys(_in_urls(str(obj))))
        elif id(obj) not in seen:
            seen.add(id(obj))
            waiting += reversed(_children(obj) or ())
    return tuple(secret for secret in found if secret)
