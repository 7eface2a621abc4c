"""Bodies, queries and values that nobody should send, and that everybody is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..bodies import FORM

__all__ = ["BODIES", "QUERIES", "VALUES", "WORDS"]

JSON, XML = "application/json", "text/xml"
DEEP = 20_000
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

BODIES: Sequence[tuple[str, str, bytes]] = (
    ("an empty body", "", b""),
    ("an empty JSON body", JSON, b""),
    ("a cut JSON body", JSON, b'{"a":'),
    ("JSON null", JSON, b"null"),
    ("a JSON number", JSON, b"7"),
    ("a JSON text", JSON, b'"text"'),
    ("an empty JSON list", JSON, b"[]"),
    ("an empty JSON object", JSON, b"{}"),
    ("lists in a JSON list", JSON, b"[[],[[]]]"),
    ("JSON NaN", JSON, b"NaN"),
    ("a JSON number of 5000 digits", JSON, b"9" * 5000),
    ("JSON nested very deep", JSON, b"[" * DEEP),
    ("JSON objects nested very deep", JSON, b'{"a":' * DEEP),
    ("JSON that is no UTF-8", JSON, b'{"a":"\xff\xfe"}'),
    ("JSON in UTF-16", JSON, '{"a":"b"}'.encode("utf-16")),
    ("JSON in a charset that is slow to read", f"{JSON}; charset=punycode", b'{"a":"b"}'),
    ("JSON in a charset that does not exist", f"{JSON}; charset=no-such", b'{"a":"b"}'),
    ("a cut XML body", XML, b"<a"),
    ("an empty XML body", XML, b""),
    ("an XML element", XML, b"<a/>"),
    ("XML nested very deep", XML, b"<a>" * DEEP),
    ("an XML bomb", XML, f'<!DOCTYPE l [<!ENTITY l0 "lol">{LAUGHS}]><a>&l9;</a>'.encode()),
    ("XML that reads a file", XML, b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>'),
    ("an empty form", FORM, b""),
    ("a form of one sign", FORM, b"%"),
    ("a form that is no UTF-8", FORM, b"a=%FF%FE&%FF=b"),
    ("a form of raw octets", FORM, bytes(range(256))),
    ("a form of 5000 fields", FORM, b"a=1&" * 5000),
    ("a form of separators", FORM, b"&=&=&;" * 100),
    ("a form in a charset that does not exist", f"{FORM}; charset=no-such", b"a=\xff"),
    ("a multipart form without a boundary", "multipart/form-data", b"--x\r\n\r\n"),
    ("a multipart form that is cut", "multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
    ("a picture", "image/png", b"\x89PNG\r\n\x1a\n\x00\x00"),
    ("text in no known type", "application/x-unknown", b"hello"),
    ("a content type that is none", "text/plain; charset=\xff; =", b"hello"),
)
"""What it is, its content type, its octets."""

QUERIES: Sequence[tuple[str, str]] = (
    ("no query", ""),
    ("a query of one sign", "%"),
    ("a query that is no UTF-8", "text=%FF%FE&from=%FF"),
    ("a query of 5000 parameters", "a=1&" * 5000),
    ("a query of separators", "&=&=&;"),
    ("a query with nulls", "from=%00&text=%00&id=%00"),
)

WORDS: Sequence[str] = (
    "",
    " ",
    "\x00",
    "x" * 2000,
    "-1",
    "0",
    "1e400",
    "9" * 30,
    "NaN",
    "\u00b2",
    "\u0663",
    "+",
    "%",
    "tomorrow",
    "2026-13-45T99:99:99Z",
    "2026-11-23T08:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
)
"""Texts in place of a value: what looks like a number or a time and is none, or none that can be reckoned with."""

VALUES: Sequence[Any] = (None, True, 0, -1, 10**30, 1e300, [], {}, [None], {"a": 1}, "\ud800")
"""JSON values in place of another."""
