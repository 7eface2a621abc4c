"""What a request says on the wire, whatever format it is in: for checks that look for a value, not for a field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from ..channel import AnyChannel
from ..errors import InvalidMessage, MalformedInbound
from ..http import HttpRequest, WebhookRequest
from ..phone import WireForm

__all__ = ["told", "written"]


def told(request: HttpRequest) -> list[str]:
    """All values of a request, decoded: path, query, body and the body as it is, in the order they are written.

    Headers are left out: they hold credentials, which the sentences of checks must not show.
    """
    read = WebhookRequest(request.method, request.url, request.headers, request.body)
    path = [unquote(step) for step in urlsplit(request.url).path.split("/") if step]
    return [*path, *_query(read), *_body(read)]


def written(channel: AnyChannel, values: list[str], number: str) -> dict[str, str]:
    """The wire forms in which a number is among the values, with the number in each."""
    found = {}
    for form in WireForm:
        with suppress(InvalidMessage):  # no national form, as the number is of another country
            text = channel.wire(number, form.value)
            if any(_holds(value, text) for value in values):
                found[form.value] = text
    return found


def _holds(value: str, number: str) -> bool:
    """Whether a value is or contains the number, not as a piece of a longer one or behind a plus sign."""
    return re.search(rf"(?<![0-9+]){re.escape(number)}(?![0-9])", value) is not None


def _query(request: WebhookRequest) -> list[str]:
    return [value for _, value in request.query(errors="replace").items()]


def _body(request: WebhookRequest) -> Iterator[str]:
    for read in (_fields, _json_values, _xml_values):
        try:
            found = list(read(request))
        except MalformedInbound:
            continue
        if found:
            yield from found
            return
    yield request.body.decode("utf-8", "replace")


def _fields(request: WebhookRequest) -> Iterator[str]:
    return (value for _, value in request.form().items())


def _json_values(request: WebhookRequest) -> Iterator[str]:
    return _leaves(request.json())


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def _xml_values(request: WebhookRequest) -> Iterator[str]:
    for element in request.xml().iter():
        yield from element.attrib.values()
        if element.text:
            yield element.text
