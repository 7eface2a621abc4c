"""Where credentials go on a request: headers, query, form, JSON or XML body; the rest of it stays octet for octet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from html import escape

from .errors import AdapterDefect
from .http import FORM, HttpRequest, encode_form

__all__ = ["PLACES"]


def _with_query(request: HttpRequest, fields: Iterable[tuple[str, str]]) -> HttpRequest:
    url, mark, fragment = request.url.partition("#")
    joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return replace(request, url=f"{url}{joint}{encode_form(fields)}{mark}{fragment}")


def _with_form(request: HttpRequest, fields: Iterable[tuple[str, str]]) -> HttpRequest:
    media_type = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise AdapterDefect(f"credentials go into a form, and the body is {media_type or 'of no declared type'}")
    added = encode_form(fields).encode("ascii")
    return replace(request, body=request.body + b"&" + added if request.body else added)


def _with_headers(request: HttpRequest, fields: Iterable[tuple[str, str]]) -> HttpRequest:
    return reduce(lambda made, pair: made.with_header(*pair), fields, request)


def _with_json(request: HttpRequest, fields: Iterable[tuple[str, str]]) -> HttpRequest:
    body = request.body.strip()
    if not (body.startswith(b"{") and body.endswith(b"}")):
        raise AdapterDefect("credentials go into a JSON object, and the body is none")
    start = body[:-1].rstrip()
    members = json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":")).encode()[1:]
    return replace(request, body=start + (b"" if start == b"{" else b",") + members)


def _with_xml(request: HttpRequest, fields: Iterable[tuple[str, str]]) -> HttpRequest:
    start = request.body.rfind(b"</")
    if start < 0:
        raise AdapterDefect("credentials go into an XML element, and the body has none with content")
    added = "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in fields)
    return replace(request, body=request.body[:start] + added.encode() + request.body[start:])


PLACES: Mapping[str, Callable[[HttpRequest, Iterable[tuple[str, str]]], HttpRequest]] = {
    "header": _with_headers,
    "query": _with_query,
    "form": _with_form,
    "json": _with_json,
    "xml": _with_xml,
}
