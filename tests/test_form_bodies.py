"""Form bodies and queries are read as the standard library reads them, and only once."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sms_adapters import MalformedInbound
from sms_adapters.bodies import MAX_FIELDS
from sms_adapters.http import Headers, MultiDict, WebhookRequest, encode_form

FORM = "application/x-www-form-urlencoded"
PIECES = st.sampled_from(
    ["a", "=", "&", "+", "%", "%2", "%41", "%zz", "%C3%A9", "%E9", "%F0%9F", ";", "é", "%26", "%3D"]
)


def posted(body: bytes, charset: str = "") -> WebhookRequest:
    kind = f"{FORM}; charset={charset}" if charset else FORM
    return WebhookRequest("POST", "https://sms.example.org/c/x/1/receive", Headers({"Content-Type": kind}), body)


@settings(deadline=None)
@given(raw=st.lists(PIECES, max_size=12).map("".join), charset=st.sampled_from(["utf-8", "latin-1", "cp1252"]))
@example("", "utf-8")
@example("&&a&=&=b&c=&a=b=c", "utf-8")
def test_a_form_is_read_as_the_standard_library_reads_it(raw: str, charset: str) -> None:
    try:
        wanted = parse_qsl(raw, keep_blank_values=True, encoding=charset, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(MalformedInbound):
            posted(raw.encode(charset), charset).form()
        return
    assert list(posted(raw.encode(charset), charset).form().items()) == wanted


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=6))
def test_what_was_encoded_comes_back(pairs: list[tuple[str, str]]) -> None:
    pairs = [(name, value) for name, value in pairs if (name + value).isprintable()]
    assert list(posted(urlencode(pairs).encode()).form().items()) == pairs


SIGNS = st.text(alphabet="aZ0-._~ %:/?=&+,#@!'();\\\"<>\n\0é€😀", max_size=40)


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(SIGNS, SIGNS | SIGNS.map("https://sms.example.org/".__add__)), max_size=6))
@example([("url", "https://sms.example.org/c/x/1/status?id=%2B1&text=a+b, c~d")])
def test_a_form_is_written_as_the_standard_library_writes_it(pairs: list[tuple[str, str]]) -> None:
    assert encode_form(pairs) == urlencode(pairs)


def test_too_many_fields_are_refused() -> None:
    assert len(posted(b"&".join([b"a=1"] * MAX_FIELDS)).form()) == MAX_FIELDS
    with pytest.raises(MalformedInbound):
        posted(b"&".join([b"a=1"] * (MAX_FIELDS + 1))).form()


def test_a_request_is_the_same_after_its_form_was_read() -> None:
    first, second = posted(b"a=1&a=2"), posted(b"a=1&a=2")
    assert first.form().get_all("a") == ["1", "2"]
    assert first == second
    assert hash(first) == hash(second)
    assert first.form() is first.form()
    assert "1" not in repr(first)


def test_names_of_fields_have_a_case_and_names_of_headers_have_none() -> None:
    pairs = [("Key", "1"), ("key", "2"), ("Key", "3")]
    assert (MultiDict(pairs).get("key"), MultiDict(pairs).get_all("Key")) == ("2", ["1", "3"])
    assert (Headers(pairs).get("KEY"), Headers(pairs).get_all("key")) == ("1", ["1", "2", "3"])
    assert MultiDict(pairs).to_dict() == {"Key": ["1", "3"], "key": "2"}
    assert MultiDict(pairs[:2]).to_dict() == {"Key": "1", "key": "2"}
