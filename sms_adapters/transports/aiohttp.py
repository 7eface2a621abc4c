"""An asynchronous transport over aiohttp (extra `aiohttp`), for a host that trusts that client more than `fast`.

aiohttp lets the resolver be replaced, so the addresses that are checked are the ones connected to.
"""

from __future__ import annotations

import socket
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..http import USER_AGENT, Headers, HttpRequest, HttpResponse
from ..network import NetworkPolicy
from .httpx import failure, ssl_context

try:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult
    from yarl import URL
except ImportError as error:
    raise ConfigError("this transport needs aiohttp: install sms-adapters[aiohttp]") from error

if TYPE_CHECKING:
    import ssl

__all__ = ["AiohttpTransport"]

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError, UnicodeError)
_policy: ContextVar[tuple[NetworkPolicy, str] | None] = ContextVar("policy", default=None)


class _Lost(aiohttp.ClientError):
    """The connection was lost after the request was begun."""


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Ask once: aiohttp writes a GET, a PUT or a DELETE again on a new connection where one was lost under it.

    Many aggregators take messages by GET, and one that was taken would be sent twice.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost from error


class _CheckedResolver(AbstractResolver):
    """Gives only addresses that the policy of the request under way allows."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        guard = _policy.get()
        if guard is not None:
            policy, scheme = guard
            policy.check_addresses([item["host"] for item in found], host, scheme)
        return found

    async def close(self) -> None:
        await self._inner.close()


def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    """`seconds` to be connected, which includes waiting for a free connection, and as many more to be answered.

    One timer for all of the answer, not one for each read: it is cheaper, and a body that drips ends as well.
    """
    return aiohttp.ClientTimeout(total=2 * seconds, connect=seconds, sock_connect=min(seconds, 10.0))


class AiohttpTransport:
    """Sends through one aiohttp session for each kind of request: guarded ones never share a connection or a lookup."""

    def __init__(self, *, timeout: float = 30.0, connections: int = 100, ssl: ssl.SSLContext | None = None) -> None:
        self._timeout = _timeout(timeout)
        self._connections = connections
        self._ssl = ssl
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def _session(self, *, guarded: bool) -> aiohttp.ClientSession:
        """Made on first use, since it belongs to the running loop."""
        found = self._sessions.get(guarded)
        if found is None:
            options: dict[str, Any] = {"resolver": _CheckedResolver(), "use_dns_cache": False} if guarded else {}
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=self._ssl or ssl_context(), **options)
            found = self._sessions[guarded] = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                headers={"User-Agent": USER_AGENT, "Accept": "*/*"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
                middlewares=(_once,),
            )
        return found

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        if policy is not None:
            policy.check_url(request.url)
        token = _policy.set((policy, request.scheme) if policy is not None else None)
        try:
            return await self._send(self._session(guarded=policy is not None), request)
        except _Lost as lost:
            raise failure(lost.__cause__ or lost, not_sent=()) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise failure(error, not_sent=NOT_SENT) from None
        finally:
            _policy.reset(token)

    async def _send(self, session: aiohttp.ClientSession, request: HttpRequest) -> HttpResponse:
        options: dict[str, Any] = {}
        if request.timeout is not None:
            options["timeout"] = _timeout(request.timeout)
        try:
            url = URL(request.url, encoded=True)
        except ValueError:
            raise aiohttp.InvalidURL("?") from None
        async with session.request(
            request.method,
            url,
            headers=request.headers.items(),
            data=request.body or None,
            allow_redirects=False,
            skip_auto_headers=("Content-Type",),
            **options,
        ) as response:
            return HttpResponse(response.status, Headers(tuple(response.headers.items())), await response.read())

    async def aclose(self) -> None:
        """Close the sessions."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
