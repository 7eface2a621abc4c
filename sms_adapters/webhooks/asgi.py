"""The webhooks as an ASGI application, to serve alone or to mount: `Mount("/sms", app=WebhookReceiver(...))`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .core import MAX_BODY, route
from .mounting import BodyRefused, Handle, Host, Resolve, aanswer, declared_length, from_scope, to_send

if TYPE_CHECKING:
    from ..client import AsyncClient
    from ..http import WebhookRequest

__all__ = ["WebhookReceiver"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _DisconnectedError(BaseException):
    """The caller left; nobody is there to answer, so it passes by all that answers for errors."""


class WebhookReceiver:
    """An ASGI application for `.../c/{adapter}/{channel id}/{action}`.

    `resolve(route)` gives the channel, None for an unknown one; `route.adapter` may be an alias. `handle(channel,
    receipt)` stores `receipt.events` before the answer is sent, and is called only where there are some: if it
    raises, the answer is 500 and the aggregator delivers again. An aggregator does so as well when an answer was
    lost, so `handle` must be idempotent on the `id` of an event. Both functions may be async; a sync one runs in the
    event loop and must not block. Of what goes wrong type and place are logged, never a value.

    `WebhookRequest.remote` is the peer that the server saw: behind a proxy the server has to be told which to trust.
    """

    def __init__(self, client: AsyncClient, resolve: Resolve, handle: Handle) -> None:
        self._host = Host(client, resolve, handle).check(awaited=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "lifespan":
                await _lifespan(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = from_scope(scope)

        async def read() -> WebhookRequest:
            return replace(seen, body=await _body(scope, receive))

        try:
            made = await aanswer(self._host, route(seen.url.partition("?")[0]), read)
        except _DisconnectedError:
            return
        status, headers, body = to_send(made, scope["method"])
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body; BodyRefused before more than the limit is kept."""
    declared_length(value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"content-length")
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise BodyRefused(f"the body has more than {MAX_BODY} octets", 413)
        if not message.get("more_body", False):
            return bytes(body)


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing to start or stop: the client belongs to the host."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
