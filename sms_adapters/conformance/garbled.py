"""Answers that no aggregator gives: cut off, in another charset, of other types, made up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from ..http import Headers, HttpResponse, WebhookRequest
from .garbage import VALUES, WORDS
from .variants import MISSING, fields_of

__all__ = ["changed", "charsets", "cuts", "made_up"]

STATUSES = (200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503)
TYPES = ("application/json", "text/html", "text/plain", "application/xml", "text/xml; charset=latin-1", "")
EIGHTHS = range(9)


def cuts(body: bytes, ids: Iterable[str]) -> list[int]:
    """Where to cut a body: JSON and XML anywhere, text before the first of the ids in it."""
    end = len(body)
    if body.lstrip()[:1] not in (b"{", b"[", b"<"):
        places = [body.find(name.encode()) for name in ids]
        end = min([place for place in places if place >= 0], default=1)
    return sorted({0, 1, *(end * eighth // 8 for eighth in EIGHTHS), end - 2, end - 1} & {*range(end)})


def charsets(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """A body whose charset is not what is said: what is wrong, the parameter of the content type, the octets."""
    text = body.decode("utf-8", "replace")
    yield "in UTF-16 that says UTF-8", "; charset=utf-8", text.encode("utf-16")
    yield "in UTF-8 that says UTF-16", "; charset=utf-16", body
    yield "in a charset that does not exist", "; charset=x-none-9", body
    yield "in an encoding that is no charset", "; charset=hex", body
    yield "that is compressed without a word", "", bytes.fromhex("1f8b0800000000000003") + body
    yield "of octets that are no text", "; charset=utf-8", b"\xff\xfe\xfa\x80" + body[:1] + b"\xc3\x28"


def changed(answer: HttpResponse) -> Iterator[HttpResponse]:
    """The answer with each of its fields (JSON, XML or form) replaced by odd values, or left out."""
    for field in fields_of(WebhookRequest("POST", "/", answer.headers, answer.body)):
        if not field.place.startswith(("header ", "query ")):
            for value in (MISSING, *VALUES, *WORDS):
                yield replace(answer, body=field.put(value).body)


def made_up(known: Sequence[HttpResponse]) -> st.SearchStrategy[HttpResponse]:
    """Known answers with other octets in their bodies, and octets made up, with their own heads or others."""
    bodies = st.one_of([st.binary(max_size=80), *(_torn(answer.body) for answer in known)])
    own = [(answer.status, answer.headers.get("content-type") or "") for answer in known]
    foreign = st.tuples(st.sampled_from(STATUSES), st.sampled_from(TYPES))
    heads = st.one_of(st.sampled_from(own), foreign)
    return st.builds(lambda head, body: HttpResponse(head[0], Headers({"Content-Type": head[1]}), body), heads, bodies)


def _torn(body: bytes) -> st.SearchStrategy[bytes]:
    places = st.integers(0, max(len(body) - 1, 0))
    return st.builds(lambda place, put: body[:place] + put + body[place + 1 :], places, st.binary(max_size=3))
