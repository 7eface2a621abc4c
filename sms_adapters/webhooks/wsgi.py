"""The webhooks as a WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .core import MAX_BODY, route
from .mounting import BodyRefused, Handle, Host, Resolve, answer, declared_length, from_environ, to_send

if TYPE_CHECKING:
    from ..client import Client
    from ..http import WebhookRequest

__all__ = ["WebhookApp"]

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
PHRASES = {status.value: status.phrase for status in HTTPStatus}


class WebhookApp:
    """A WSGI application for `.../c/{adapter}/{channel id}/{action}`.

    `resolve(route)` gives the channel, None for an unknown one; `route.adapter` may be an alias. `handle(channel,
    receipt)` stores `receipt.events` before the answer is sent, and is called only where there are some: if it
    raises, the answer is 500 and the aggregator delivers again. An aggregator does so as well when an answer was
    lost, so `handle` must be idempotent on the `id` of an event. Of what goes wrong type and place are logged, never
    a value.

    A chunked body is read where the server marks its end (`wsgi.input_terminated`), and refused with 411 elsewhere.
    """

    def __init__(self, client: Client, resolve: Resolve, handle: Handle) -> None:
        self._host = Host(client, resolve, handle).check(awaited=False)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        seen = from_environ(environ)

        def read() -> WebhookRequest:
            return replace(seen, body=_body(environ))

        made = answer(self._host, route(seen.url.partition("?")[0]), read)
        status, headers, body = to_send(made, seen.method)
        start_response(f"{status} {PHRASES.get(status, 'Unknown')}", headers)
        return [body]


def _body(environ: Environ) -> bytes:
    """The whole body; BodyRefused before more than the limit is read, and for a body that was cut."""
    stated = environ.get("CONTENT_LENGTH")
    length = declared_length((stated,)) if stated else None
    chunked, ends = "HTTP_TRANSFER_ENCODING" in environ, bool(environ.get("wsgi.input_terminated"))
    if chunked and not ends:
        raise BodyRefused("the server does not tell where a chunked body ends", 411)
    body = _read(environ["wsgi.input"], MAX_BODY + 1 if ends else length or 0)
    if len(body) > MAX_BODY:
        raise BodyRefused(f"the body has more than {MAX_BODY} octets", 413)
    if not chunked and len(body) < (length or 0):
        raise BodyRefused("the body is shorter than Content-Length says", 400)
    return body


def _read(stream: Any, most: int) -> bytes:
    body = bytearray()
    while len(body) < most:
        try:
            chunk = stream.read(most - len(body))
        except OSError as error:
            raise BodyRefused("the body could not be read to its end", 400) from error
        if not chunk:
            break
        body += chunk
    return bytes(body)
