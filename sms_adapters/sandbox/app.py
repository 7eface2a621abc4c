"""The sandbox as one ASGI application: simulators below `/{adapter}/`, API below `/api/`, the page at `/`."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from ..http import Headers, WebhookRequest, WebhookResponse
from ..webhooks.mounting import to_send
from .api import control_api
from .desk import Sandbox
from .faulting import Dropped
from .limits import Bucket

__all__ = ["ABORT", "Door", "SandboxApp"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ABORT = "sms_adapters.abort"
"""The extension of a scope that cuts the connection; the sandbox's server gives it."""
COOKIE = "sms_adapters_sandbox"
PAGE = Path(__file__).with_name("page")
PIECES = 10
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in.

    `token` is asked for by API and page, None for none; aggregators' own credentials guard the simulators. `hosts` are
    the names that a Host header may have, beside addresses and localhost, so that no name that was rebound to this
    machine is served. `largest` is in octets. `rate` is requests per second of one address, 0 for any number.
    """

    token: str | None = None
    hosts: frozenset[str] = frozenset()
    largest: int = 2 << 20
    rate: float = 0.0


class SandboxApp:
    """An ASGI application; its server starts and stops the `Sandbox`."""

    def __init__(self, sandbox: Sandbox, door: Door = Door()) -> None:
        self.sandbox, self.door = sandbox, door
        self._bucket = Bucket(door.rate)
        self._api = control_api(sandbox)
        self._assets = StaticFiles(directory=PAGE, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        if scope["type"] != "http":
            await _other(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        first = scope["path"].split("/", 2)[1]
        aggregator = self.sandbox.aggregators.get(first)
        if aggregator is not None:
            await self._simulated(first, scope, receive, send)
        else:
            await self._own(first, scope, headers, receive, send)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> Response | None:
        host = headers.get(b"host", b"")
        if not self._is_known(host):
            return PlainTextResponse("this host name is not served: start with --host-name\n", 421)
        site = headers.get(b"origin")
        if (site and site.partition(b"://")[2] != host) or headers.get(b"sec-fetch-site") == b"cross-site":
            return PlainTextResponse("requests of other sites' pages are not served\n", 403)
        if not self._bucket.take(str((scope.get("client") or ("",))[0])):
            return PlainTextResponse("too many requests of this address\n", 429, {"Retry-After": "1"})
        stated = headers.get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > self.door.largest:
            return PlainTextResponse(f"the body may have {self.door.largest} octets\n", 413, {"Connection": "close"})
        return None

    def _is_known(self, host: bytes) -> bool:
        name = _name(host)
        return name is None or name in self.door.hosts

    async def _simulated(self, adapter: str, scope: Scope, receive: Receive, send: Send) -> None:
        aggregator = self.sandbox.aggregators[adapter]
        body = await _body(receive, self.door.largest)
        if body is None:
            await _answer(WebhookResponse.plain("the body is too large\n", 413), scope, send)
            return
        headers, client = _headers(scope), scope.get("client")
        url = _url(scope, headers)
        seen = WebhookRequest(scope["method"], aggregator.relative(url), headers, body, client[0] if client else None)
        try:
            made = await self.sandbox.answer(aggregator, seen, url)
        except Dropped:
            abort = scope.get("extensions", {}).get(ABORT)
            if abort is None:
                raise ConnectionResetError("this server cannot reset a connection") from None
            abort()
            return
        await _answer(made, scope, send, self.sandbox.faults_of(aggregator).slow_body)

    async def _own(self, first: str, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        """The control API and the page, for who knows the token."""
        token = self.door.token
        if token is not None and not self._knows(token, headers):
            await _entrance(token, scope, receive, send)
        elif first == "api":
            await self._api(scope, receive, send)
        elif first in ("", "page") and scope["method"] in ("GET", "HEAD"):
            await self._page(first, scope, receive, send)
        else:
            adapters = ", ".join(self.sandbox.aggregators)
            sentence = f"there is nothing here: / is the page, /api/openapi.json the API, aggregators are {adapters}\n"
            await PlainTextResponse(sentence, 404)(scope, receive, send)

    def _knows(self, token: str, headers: dict[bytes, bytes]) -> bool:
        given = [headers.get(b"authorization", b"").removeprefix(b"Bearer ")]
        given += [part.strip().removeprefix(COOKIE.encode() + b"=") for part in headers.get(b"cookie", b"").split(b";")]
        return any(hmac.compare_digest(item, token.encode()) for item in given)

    async def _page(self, first: str, scope: Scope, receive: Receive, send: Send) -> None:
        if first == "":
            index = PAGE / "index.html"
            made: Response = PlainTextResponse("the control API is described at /api/openapi.json\n")
            await (FileResponse(index, headers=SECURITY) if index.is_file() else made)(scope, receive, send)
            return
        await self._assets({**scope, "path": scope["path"], "root_path": "/page"}, receive, send)


@lru_cache(maxsize=256)
def _name(host: bytes) -> str | None:
    """The name in a Host header; None for an address and for localhost, which no name server can lend out."""
    try:
        name = urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""
    local = name == "localhost" or name.endswith(".localhost")
    return None if local or ":" in name or (name and name.replace(".", "").isdigit()) else name


async def _entrance(token: str, scope: Scope, receive: Receive, send: Send) -> None:
    """`/?token=...` once, and a cookie from then on; everything else is refused."""
    given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
    if scope["path"] == "/" and hmac.compare_digest(given.encode(), token.encode()):
        made: Response = RedirectResponse("/", 303)
        made.set_cookie(COOKIE, token, httponly=True, samesite="strict")
    else:
        sentence = "give the token: Authorization: Bearer ..., or open /?token=... once\n"
        made = PlainTextResponse(sentence, 401, {"WWW-Authenticate": "Bearer"})
    await made(scope, receive, send)


def _headers(scope: Scope) -> Headers:
    return Headers.of([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])


def _url(scope: Scope, headers: Headers) -> str:
    """The URL as it came: the server gives the path as sent, and the Host header was checked."""
    query = scope["query_string"].decode("latin-1")
    url = f"{scope['scheme']}://{headers.get('host')}{scope['raw_path'].decode('latin-1')}"
    return f"{url}?{query}" if query else url


async def _body(receive: Receive, largest: int) -> bytes | None:
    """The whole body; None if it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > largest:
            return None
        if not message.get("more_body", False):
            return bytes(body)


async def _answer(made: WebhookResponse, scope: Scope, send: Send, seconds: float = 0.0) -> None:
    """Send an answer, its body over some seconds."""
    status, headers, body = to_send(made, scope["method"])
    pairs = [_octets(name, value) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    if seconds and body:
        size = -(-len(body) // PIECES)
        for place in range(0, len(body), size):
            await asyncio.sleep(seconds / PIECES)
            await send({"type": "http.response.body", "body": body[place : place + size], "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=1024)
def _octets(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")


async def _other(scope: Scope, receive: Receive, send: Send) -> None:
    """The lifespan, which is the server's business here; no WebSocket is taken."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
