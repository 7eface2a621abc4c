"""What a body is like without what it says: its members with their types, and the words of its vocabulary.

Values that differ at each exchange (ids, dates, texts, amounts) are no part of a shape. Words are: what stands under
the name of a status, code, error or type is the aggregator's vocabulary, and a new one is news.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from ..bodies import FORM, charset_of, media_type_of, parse_json, parse_multipart, parse_xml
from ..http import Headers

__all__ = ["Shape", "is_error_name", "shape_of"]

WORDS = re.compile(
    r"(?:^|_)(?:status|state|code|error|errors|err|type|result|reason|kind|event|direction|dlr|class|category|success|ok)$"
)
ERRORS = re.compile(r"(?:^|_)(?:error|errors|err|code|reason)(?:_|$)|fault|exception")
LONGEST_WORD = 64
_ID = re.compile(r"[0-9a-fA-F-]{16,}|.*\d{6,}.*")
_VARIABLE = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b(?=[\w-]*\d)[\w-]{12,}\b"), "<id>"),
    (re.compile(r"\+?\d{3,}"), "<number>"),
)
"""What differs in plain text, longest first; short numbers stay, since they are codes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`kind` of the body, `types` by path, and `words` by path; a list is one member, `[]`, of all types it has."""

    kind: str
    types: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)


def is_error_name(path: str) -> bool:
    """Whether a path leads to an error or a code."""
    return ERRORS.search(_snake(path)) is not None


def shape_of(headers: Headers, body: bytes) -> Shape:
    """The shape of a body, by what it is rather than by what its type says."""
    if not body.strip():
        return Shape("empty")
    for kind, read in _READERS:
        try:
            found = read(headers, body)
        except (ValueError, LookupError):
            continue
        if found is not None:
            return _shape(kind, found)
    return _text(headers, body)


def _shape(kind: str, leaves: Iterable[tuple[str, str, str | None]]) -> Shape:
    types: dict[str, set[str]] = {}
    words: dict[str, set[str]] = {}
    for path, name, word in leaves:
        types.setdefault(path, set()).add(name)
        if word is not None and WORDS.search(_snake(path.replace("[]", ""))) and _is_word(word):
            words.setdefault(path, set()).add(word)
    return Shape(
        kind,
        {key: frozenset(item) for key, item in types.items()},
        {key: frozenset(item) for key, item in words.items()},
    )


def _snake(path: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", path).lower()


def _is_word(text: str) -> bool:
    return 0 < len(text) <= LONGEST_WORD and not _ID.fullmatch(text)


def _json(headers: Headers, body: bytes) -> Iterator[tuple[str, str, str | None]] | None:
    value = parse_json(body, charset_of(headers))
    return _members("$", value) if isinstance(value, dict | list) else None


def _members(path: str, value: Any) -> Iterator[tuple[str, str, str | None]]:
    if isinstance(value, dict):
        yield path, "object", None
        for key, item in value.items():
            yield from _members(f"{path}.{key}", item)
    elif isinstance(value, list):
        yield path, "list", None
        for item in value:
            yield from _members(f"{path}[]", item)
    else:
        yield path, _type(value), None if value is None else str(value)


def _type(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return "number" if isinstance(value, int | float) else "string"


def _xml(_: Headers, body: bytes) -> Iterator[tuple[str, str, str | None]] | None:
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    root = parse_xml(body)
    return None if str(root.tag).lower().endswith("html") else _elements("", root)


def _elements(path: str, element: Any) -> Iterator[tuple[str, str, str | None]]:
    here = f"{path}/{str(element.tag).rpartition('}')[2]}"
    text = (element.text or "").strip()
    yield here, "element", text or None
    for name, value in element.items():
        yield f"{here}/@{name}", "attribute", value
    for child in element:
        yield from _elements(here, child)


def _form(headers: Headers, body: bytes) -> Iterator[tuple[str, str, str | None]] | None:
    media_type = media_type_of(headers)
    if media_type == "multipart/form-data":
        pairs = parse_multipart(headers.get("content-type") or "", body)
    elif media_type == FORM or re.fullmatch(
        rb"[\w.\[\]%-]+=[^&\s<>{}\"]*(?:&[\w.\[\]%-]+=[^&\s<>{}\"]*)+", body.strip()
    ):
        pairs = parse_qsl(body.decode("latin-1").strip(), keep_blank_values=True)
    else:
        return None
    return ((name, "field", value) for name, value in pairs)


_READERS = (("json", _json), ("xml", _xml), ("form", _form))


def _text(headers: Headers, body: bytes) -> Shape:
    """Plain text is a word of its own once what differs each time is out of it; of a page only that it is one."""
    start = body.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")) or (media_type_of(headers) == "text/html" and b"<" in start):
        return Shape("html")
    text = body.decode("utf-8", "replace").strip()
    for pattern, name in _VARIABLE:
        text = pattern.sub(name, text)
    return Shape("text", words={"text": frozenset({json.dumps(text[:200], ensure_ascii=False)})})
