"""A webhook taken apart: the same request with one value replaced, or with other items in its batch.

It knows forms, queries, JSON, XML and headers of one's own, whatever the adapter. Signatures are not made anew.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..bodies import FORM, Headers
from ..http import WebhookRequest

__all__ = ["MISSING", "Batch", "Field", "batches_of", "fields_of"]

MISSING: Any = object()
"""In place of a value: the field is left out."""

STANDARD = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "date", "forwarded", "host"}
    | {"user-agent", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a webhook; `put` gives the request with another, a text or for JSON any value, or MISSING."""

    place: str
    name: str
    value: Any
    put: Callable[[Any], WebhookRequest]


@dataclass(frozen=True, slots=True)
class Batch:
    """A list of items in a webhook; `having` gives the request with others in its place, `broken` are no such items."""

    place: str
    items: Sequence[Any]
    broken: Sequence[Any]
    having: Callable[[Sequence[Any]], WebhookRequest]


def fields_of(request: WebhookRequest) -> list[Field]:
    """The values of query, headers and body; a body that is none of the known kinds is one value."""
    return [*_query_fields(request), *_header_fields(request), *_body_fields(request)]


def batches_of(request: WebhookRequest) -> list[Batch]:
    """The lists in the body that may be lists of events: which of them are is for the adapter to show."""
    if _is_json(request):
        return list(_json_batches(request))
    return list(_xml_batches(request)) if _is_xml(request) else []


def _is_json(request: WebhookRequest) -> bool:
    if request.media_type and not re.search("json|text/plain", request.media_type):
        return False
    try:
        json.loads(request.body)
    except (ValueError, RecursionError):
        return False
    return True


def _is_xml(request: WebhookRequest) -> bool:
    return "xml" in request.media_type and request.body.lstrip().startswith(b"<")


def _body_fields(request: WebhookRequest) -> Iterator[Field]:
    if request.media_type == FORM:
        yield from _pair_fields(request.body.decode("latin-1"), "form", lambda text: _with_body(request, text.encode()))
    elif _is_json(request):
        yield from _json_fields(request)
    elif _is_xml(request):
        yield from _xml_fields(request)
    elif request.body:
        yield Field("body", "", request.body.decode("utf-8", "replace"), lambda value: _with_body(request, _raw(value)))


def _with_body(request: WebhookRequest, body: bytes) -> WebhookRequest:
    return WebhookRequest(request.method, request.url, request.headers, body, request.remote)


def _raw(value: Any) -> bytes:
    return b"" if value is MISSING else _text(value).encode("utf-8", "surrogatepass")


def _text(value: Any) -> str:
    """A value as it is written where there are only texts."""
    return value if isinstance(value, str) else json.dumps(value)


def _query_fields(request: WebhookRequest) -> Iterator[Field]:
    parts = urlsplit(request.url)

    def with_query(text: str) -> WebhookRequest:
        url = urlunsplit(parts._replace(query=text))
        return WebhookRequest(request.method, url, request.headers, request.body, request.remote)

    yield from _pair_fields(parts.query, "query", with_query)


def _pair_fields(encoded: str, place: str, build: Callable[[str], WebhookRequest]) -> Iterator[Field]:
    """Read and written as octets, since a parameter may be in any charset."""
    pairs = parse_qsl(encoded, keep_blank_values=True, encoding="latin-1")

    def put(index: int, value: Any) -> WebhookRequest:
        changed = list(pairs)
        changed[index] = (pairs[index][0], _raw(value).decode("latin-1"))
        if value is MISSING:
            del changed[index]
        return build(urlencode(changed, encoding="latin-1"))

    for index, (name, own) in enumerate(pairs):
        shown = own.encode("latin-1").decode("utf-8", "replace")
        yield Field(f"{place} {name}", name, shown, partial(put, index))


def _header_fields(request: WebhookRequest) -> Iterator[Field]:
    for name, own in request.headers.items():
        if name.lower() not in STANDARD:
            yield Field(f"header {name}", name, own, partial(_with_header, request, name))


def _with_header(request: WebhookRequest, name: str, value: Any) -> WebhookRequest:
    if value is MISSING:
        kept = [pair for pair in request.headers.items() if pair[0].lower() != name.lower()]
        return replace(request, headers=Headers(kept))
    return replace(request, headers=request.headers.having(name, _text(value)))


def _json_fields(request: WebhookRequest) -> Iterator[Field]:
    document = json.loads(request.body)
    for path, value in _nodes(document):
        if path:
            name = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
            yield Field(f"JSON {'.'.join(map(str, path))}", name, value, partial(_with_value, request, path))


def _nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a JSON document with its path, containers before what is in them."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _nodes(item, (*path, key))


def _placed(document: Any, path: Path, value: Any) -> Any:
    """A copy of the document with another value at `path`."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def _with_value(request: WebhookRequest, path: Path, value: Any) -> WebhookRequest:
    changed = _placed(json.loads(request.body), path, value)
    return _with_body(request, json.dumps(changed).encode())


BROKEN_JSON: Sequence[Any] = (None, 7, "text", [], {}, {"type": 7}, [None])


def _json_batches(request: WebhookRequest) -> Iterator[Batch]:
    for path, value in _nodes(json.loads(request.body)):
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            place = ".".join(map(str, path)) or "the document"
            yield Batch(place, value, BROKEN_JSON, partial(_with_value, request, path))


def _xml_fields(request: WebhookRequest) -> Iterator[Field]:
    for index, element in enumerate(_parsed(request).iter()):
        place = f"XML {element.tag}"
        if not len(element):
            yield Field(place, element.tag, element.text or "", partial(_with_element, request, index, None))
        for name, own in element.attrib.items():
            yield Field(f"{place} {name}", name, own, partial(_with_element, request, index, name))


def _parsed(request: WebhookRequest) -> Any:
    from defusedxml.ElementTree import fromstring

    return fromstring(request.body)


def _with_element(request: WebhookRequest, index: int, attribute: str | None, value: Any) -> WebhookRequest:
    root = _parsed(request)
    element = list(root.iter())[index]
    if attribute is not None:
        element.attrib.pop(attribute)
        if value is not MISSING:
            element.set(attribute, _printable(value))
    elif value is MISSING:
        for parent in root.iter():
            if element in list(parent):
                parent.remove(element)
    else:
        element.text = _printable(value)
    return _with_xml(request, root)


def _with_xml(request: WebhookRequest, root: Any) -> WebhookRequest:
    from xml.etree.ElementTree import tostring

    return _with_body(request, tostring(root, encoding="utf-8"))


def _printable(value: Any) -> str:
    """What XML can hold of a text."""
    return "".join(char for char in _text(value) if char.isprintable())


def _xml_batches(request: WebhookRequest) -> Iterator[Batch]:
    for index, parent in enumerate(_parsed(request).iter()):
        children = _items(parent)
        if children and len({child.tag for child in children}) == 1:
            yield Batch(parent.tag, children, _broken_elements(children[0].tag), partial(_with_items, request, index))


def _items(parent: Any) -> list[Any]:
    return [child for child in parent if len(child) or child.attrib]


def _broken_elements(tag: str) -> Sequence[Any]:
    from xml.etree.ElementTree import Element

    text = Element(tag)
    text.text = "text"
    return Element(tag), text


def _with_items(request: WebhookRequest, index: int, items: Sequence[Any]) -> WebhookRequest:
    root = _parsed(request)
    parent = list(root.iter())[index]
    for child in _items(parent):
        parent.remove(child)
    parent.extend(copy.deepcopy(list(items)))
    return _with_xml(request, root)
