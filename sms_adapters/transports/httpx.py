"""The default transport, over httpx."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from ..errors import TransportError
from ..http import USER_AGENT, Headers, HttpRequest, HttpResponse
from ..network import NetworkPolicy, literal
from .turns import Turns

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]

SHARD = 2
NOT_SENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL),
    UnicodeError,  # of a name that cannot be one: it comes where the name is looked up
)
DEFAULTS = (("User-Agent", USER_AGENT), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"))
DEFAULT_NAMES = frozenset(name.lower() for name, _ in DEFAULTS)
Build = Callable[..., httpx.Request]


_ours: ContextVar[bool] = ContextVar("ours", default=False)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Within the block a client's log says where it went and not the whole URL."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def _short(record: logging.LogRecord) -> bool:
    """Cut the URLs that httpx's client logs at INFO, since many aggregators want the password in the query."""
    if _ours.get() and isinstance(record.args, tuple):
        record.args = tuple(
            f"{arg.scheme}://{arg.host}/..." if isinstance(arg, httpx.URL) else arg for arg in record.args
        )
    return True


@cache
def ssl_context() -> ssl.SSLContext:
    """One context for the whole process: making one costs about 30 ms."""
    return httpx.create_ssl_context()


def _options(connections: int) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return {"limits": limits, "verify": ssl_context(), "trust_env": False}


def _builder(timeout: float) -> Build:
    """Makes requests for a pool, which has no defaults of its own."""
    seconds = _seconds(timeout) | {"connect": min(timeout, 10.0)}

    def build(method: str, url: Any, *, headers: Any, content: Any, timeout: Any, extensions: Any) -> httpx.Request:
        own = {name.lower() for name, _ in headers} & DEFAULT_NAMES
        defaults = [pair for pair in DEFAULTS if pair[0].lower() not in own] if own else DEFAULTS
        limits = seconds if timeout is httpx.USE_CLIENT_DEFAULT else _seconds(timeout)
        extensions = {"timeout": limits, **extensions}
        made = httpx.Request(method, url, headers=[*defaults, *headers], content=content, extensions=extensions)
        if made.url.userinfo and "authorization" not in made.headers:
            pair = f"{made.url.username}:{made.url.password}".encode()
            made.headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        return made

    return build


def _seconds(timeout: float) -> dict[str, float]:
    return dict.fromkeys(("connect", "read", "write", "pool"), timeout)


def _request(build: Build, request: HttpRequest, address: str | None) -> httpx.Request:
    """The httpx request; with `address` it connects there while Host and TLS still name the URL's host."""
    url: httpx.URL | str = request.url
    headers, extensions = request.headers.items(), {}
    if address is not None:
        named = httpx.URL(request.url)
        url, headers = named.copy_with(host=address), (("Host", named.netloc.decode("ascii")), *headers)
        extensions["sni_hostname"] = named.host
    timeout = httpx.USE_CLIENT_DEFAULT if request.timeout is None else request.timeout
    content = request.body or None
    return build(request.method, url, headers=headers, content=content, timeout=timeout, extensions=extensions)


def _response(response: httpx.Response) -> HttpResponse:
    return HttpResponse(response.status_code, Headers.of(response.headers.multi_items()), response.content)


def failure(error: BaseException, *, not_sent: tuple[type[Exception], ...] = NOT_SENT) -> TransportError:
    """The typed error for a client's own; its text names the kind only, since it may quote a URL."""
    sent = not isinstance(error, not_sent)
    state = "the request may have arrived" if sent else "the request was not sent"
    return TransportError(f"{type(error).__name__}: {state}", sent=sent)


def _unresolved(host: str, error: OSError | UnicodeError) -> TransportError:
    why = error.strerror if isinstance(error, OSError) else "it cannot be a name"
    return TransportError(f"the name {host!r} has no address ({why or error})", sent=False)


def _addresses(found: list[Any]) -> list[str]:
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def _guarded_host(request: HttpRequest, policy: NetworkPolicy | None) -> str | None:
    """The name whose address has to be checked; None where nothing is to be checked or the URL has the address."""
    if policy is None:
        return None
    policy.check_url(request.url)
    checked = policy.checks_names(request.scheme) and literal(request.host) is None
    return request.host if checked else None


class HttpxTransport:
    """Sends through a connection pool of httpx; pass a client to use its pool, proxies, headers or certificates.

    Without one, requests go straight to an `httpx.HTTPTransport`: what a client adds (cookies, redirects, hooks) no
    aggregator needs, and it is a third of the cost.
    """

    def __init__(self, client: httpx.Client | None = None, *, timeout: float = 30.0, connections: int = 100) -> None:
        self._client = client
        self._pool = httpx.HTTPTransport(**_options(connections))
        self._build = client.build_request if client else _builder(timeout)
        if client is not None:
            logging.getLogger("httpx").addFilter(_short)

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        address = None
        host = _guarded_host(request, policy)
        if host is not None and policy is not None:
            try:
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                raise _unresolved(host, error) from None
            address = policy.check_addresses(_addresses(found), host, request.scheme)
        try:
            return _response(self._carry(_request(self._build, request, address)))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure(error) from None

    def _carry(self, request: httpx.Request) -> httpx.Response:
        if self._client is not None:
            with _unlogged():
                return self._client.send(request, follow_redirects=False)
        response = self._pool.handle_request(request)
        try:
            response.read()
        finally:
            response.close()
        return response

    def close(self) -> None:
        """Close the pool; a client that was passed in stays open."""
        self._pool.close()


class AsyncHttpxTransport:
    """`HttpxTransport` with `await`, over several pools.

    httpx's asynchronous pool searches all its connections for each request: 100 in flight are slower than 10. So no
    pool carries more than `SHARD` requests at a time; another one is made when all are busy.
    """

    def __init__(
        self, client: httpx.AsyncClient | None = None, *, timeout: float = 30.0, connections: int = 100
    ) -> None:
        self._client = client
        self._build = client.build_request if client else _builder(timeout)
        if client is not None:
            logging.getLogger("httpx").addFilter(_short)
        self._timeout = timeout
        self._options = _options(connections)
        self._turns = Turns(connections)
        self._shards: list[_Shard] = []
        self._free: list[_Shard] = []

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        address = None
        host = _guarded_host(request, policy)
        if host is not None and policy is not None:
            try:
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                raise _unresolved(host, error) from None
            address = policy.check_addresses(_addresses(found), host, request.scheme)
        try:
            made = _request(self._build, request, address)
            if self._client is not None:
                with _unlogged():
                    return _response(await self._client.send(made, follow_redirects=False))
            await self._turns.take(self._timeout if request.timeout is None else request.timeout)
            try:
                return _response(await self._carry(made))
            finally:
                self._turns.release()
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure(error) from None

    async def _carry(self, request: httpx.Request) -> httpx.Response:
        shard = self._take()
        try:
            response = await shard.pool.handle_async_request(request)
            try:
                await response.aread()
            finally:
                await response.aclose()
        finally:
            self._give_back(shard)
        return response

    def _take(self) -> _Shard:
        """The pool that was used last, so that few are used as long as few are needed."""
        if not self._free:
            self._shards.append(_Shard(httpx.AsyncHTTPTransport(**self._options)))
            self._free.append(self._shards[-1])
        shard = self._free[-1]
        shard.busy += 1
        if shard.busy == SHARD:
            self._free.pop()
        return shard

    def _give_back(self, shard: _Shard) -> None:
        if shard.busy == SHARD:
            self._free.append(shard)
        shard.busy -= 1

    async def aclose(self) -> None:
        """Close the pools; a client that was passed in stays open."""
        for shard in self._shards:
            await shard.pool.aclose()


@dataclass(slots=True)
class _Shard:
    """A pool, and how many requests it has in flight; it is free while it may have more."""

    pool: httpx.AsyncHTTPTransport
    busy: int = 0
