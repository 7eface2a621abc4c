"""The default transport, over httpx."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from ..errors import TransportError
from ..http import USER_AGENT, Headers, HttpRequest, HttpResponse
from ..network import NetworkPolicy, literal

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]

SHARD = 2
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


@cache
def ssl_context() -> ssl.SSLContext:
    """One context for the whole process: making one costs about 30 ms."""
    return httpx.create_ssl_context()


def _options(timeout: float, connections: int) -> dict[str, Any]:
    return {
        "timeout": httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        "limits": httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        "headers": {"User-Agent": USER_AGENT, "Accept": "*/*"},
        "verify": ssl_context(),
        "follow_redirects": False,
        "trust_env": False,
    }


def _request(client: httpx.Client | httpx.AsyncClient, request: HttpRequest, address: str | None) -> httpx.Request:
    """The httpx request; with `address` it connects there while Host and TLS still name the URL's host."""
    timeout = httpx.USE_CLIENT_DEFAULT if request.timeout is None else request.timeout
    headers = request.headers.items()
    if address is None:
        return client.build_request(
            request.method, request.url, headers=headers, content=request.body or None, timeout=timeout
        )
    url = httpx.URL(request.url)
    return client.build_request(
        request.method,
        url.copy_with(host=address),
        headers=[("Host", url.netloc.decode("ascii")), *headers],
        content=request.body or None,
        timeout=timeout,
        extensions={"sni_hostname": url.host},
    )


def _response(response: httpx.Response) -> HttpResponse:
    return HttpResponse(response.status_code, Headers(response.headers.multi_items()), response.content)


def failure(error: Exception, *, not_sent: tuple[type[Exception], ...] = NOT_SENT) -> TransportError:
    """The typed error for a client's own; its text names the kind only, since it may quote a URL."""
    sent = not isinstance(error, not_sent)
    state = "the request may have arrived" if sent else "the request was not sent"
    return TransportError(f"{type(error).__name__}: {state}", sent=sent)


def _unresolved(host: str, error: OSError) -> TransportError:
    return TransportError(f"the name {host!r} has no address ({error.strerror or error})", sent=False)


def _addresses(found: list[Any]) -> list[str]:
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def _guarded_host(request: HttpRequest, policy: NetworkPolicy | None) -> str | None:
    """The name whose address has to be checked; None where nothing is to be checked or the URL has the address."""
    if policy is None:
        return None
    policy.check_url(request.url)
    return None if policy.allow_private or literal(request.host) is not None else request.host


class HttpxTransport:
    """Sends through one `httpx.Client`; pass your own to share its pool, proxies or certificates."""

    def __init__(self, client: httpx.Client | None = None, *, timeout: float = 30.0, connections: int = 100) -> None:
        self._own = client is None
        self._client = client or httpx.Client(**_options(timeout, connections))

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        address = None
        host = _guarded_host(request, policy)
        if host is not None and policy is not None:
            try:
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except OSError as error:
                raise _unresolved(host, error) from None
            address = policy.check_addresses(_addresses(found), host)
        try:
            return _response(self._client.send(_request(self._client, request, address), follow_redirects=False))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure(error) from None

    def close(self) -> None:
        """Close the client, unless it was passed in."""
        if self._own:
            self._client.close()


class AsyncHttpxTransport:
    """`HttpxTransport` over `httpx.AsyncClient`s.

    httpx's asynchronous pool searches all its connections for each request: 100 in flight are slower than 10. So each
    client is given `SHARD` connections, and another client is made when those are busy.
    """

    def __init__(
        self, client: httpx.AsyncClient | None = None, *, timeout: float = 30.0, connections: int = 100
    ) -> None:
        self._own = client is None
        self._options = _options(timeout, min(SHARD, connections))
        self._most = max(1, connections // SHARD) if self._own else 1
        self._shards = [_Shard(client or httpx.AsyncClient(**self._options))]

    def _shard(self) -> _Shard:
        """The first client with a free connection, so that few are used as long as few are needed."""
        for shard in self._shards:
            if shard.busy < SHARD:
                return shard
        if len(self._shards) < self._most:
            self._shards.append(_Shard(httpx.AsyncClient(**self._options)))
            return self._shards[-1]
        return min(self._shards, key=lambda shard: shard.busy)

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        address = None
        host = _guarded_host(request, policy)
        if host is not None and policy is not None:
            try:
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except OSError as error:
                raise _unresolved(host, error) from None
            address = policy.check_addresses(_addresses(found), host)
        shard = self._shard()
        shard.busy += 1
        try:
            sent = await shard.client.send(_request(shard.client, request, address), follow_redirects=False)
            return _response(sent)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise failure(error) from None
        finally:
            shard.busy -= 1

    async def aclose(self) -> None:
        """Close the clients, unless one was passed in."""
        if self._own:
            for shard in self._shards:
                await shard.client.aclose()


@dataclass(slots=True)
class _Shard:
    """A client, and how many requests it has in flight."""

    client: httpx.AsyncClient
    busy: int = 0
