"""JSON bodies: what Python's reader takes and nobody can store."""

from __future__ import annotations

import json

import pytest

from sms_adapters.bodies import parse_json

# RFC 8259, section 8.2: the grammar allows escapes that are no Unicode characters, and what a reader does is undefined.
TORN = [
    (b'"\\ud83d\\ude00"', None, "😀"),
    (b'"a\\uDEAD"', None, "a\ufffd"),
    (b'"\\ud83d \\ude00"', None, "\ufffd \ufffd"),
    (b'{"a\\ud800":["\\udc00",1,null]}', None, {"a\ufffd": ["\ufffd", 1, None]}),
    (b'"\xed\xa0\x80"', None, "\ufffd"),
    ('"\\ud800€"'.encode("utf-16"), None, "\ufffd€"),
    ('"\\ud800é"'.encode("latin-1"), "latin-1", "\ufffdé"),
    (b'"\\\\ud800"', None, "\\ud800"),
]


@pytest.mark.parametrize(("body", "charset", "value"), TORN)
def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_kept(
    body: bytes, charset: str | None, value: object
) -> None:
    found = parse_json(body, charset)
    assert found == value
    json.dumps(found, ensure_ascii=False).encode()
