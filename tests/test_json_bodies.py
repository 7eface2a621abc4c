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


@pytest.mark.parametrize("body", [b' \r\n{"a": 1}', b'{"a": 1}\n\t ', b'\xef\xbb\xbf{"a": 1}', b'{"a": 1}'])
def test_white_space_around_a_value_is_no_part_of_it(body: bytes) -> None:
    assert parse_json(body, None) == {"a": 1}


@pytest.mark.parametrize("body", [b'{"a": 1}{}', b'{"a": 1} x', b"", b" ", b'{"a": 1', b"x"])
def test_what_is_not_one_value_is_no_json(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Extra data|Expecting"):
        parse_json(body, None)
