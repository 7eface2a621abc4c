"""The fast asynchronous transport: a pool of HTTP/1.1 connections on asyncio, read by llhttp (extra `fast`).

Of aiohttp's cost for a request more than half is its session, connector and request objects; pyreqwest costs little,
but resolves names out of reach of the network policy and does not run after a fork. Here the address that is checked
is the one connected to, and whether a request left is known rather than guessed from an exception's name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import ConfigError, TransportError
from ..http import HttpRequest, HttpResponse
from ..network import NetworkPolicy
from .httpx import ssl_context
from .turns import Turns

try:
    from .http1 import IDLE_SECONDS, Connection, Origin, encoded, located
except ImportError as error:
    raise ConfigError("the fast transport needs httptools: install sms-adapters[fast]") from error

if TYPE_CHECKING:
    import ssl

__all__ = ["FastTransport"]

Key: TypeAlias = tuple[Origin, NetworkPolicy | None]
CONNECT_SECONDS = 10.0
NEXT_ADDRESS_SECONDS = 2.0
Found: TypeAlias = tuple[int, int, int, str, Any]


class FastTransport:
    """At most `connections` requests under way at a time; `timeout` seconds to be connected, as many to be answered."""

    def __init__(self, *, timeout: float = 30.0, connections: int = 100, ssl: ssl.SSLContext | None = None) -> None:
        self._timeout = timeout
        self._most = connections
        self._ssl = ssl
        self._loop: asyncio.AbstractEventLoop | None = None

    def _settle(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin in a loop, with nothing of another one."""
        self._loop = loop
        self._turns = Turns(self._most)
        self._open: set[Connection] = set()
        self._idle: dict[Key, list[Connection]] = {}
        self._reaper: asyncio.TimerHandle | None = None

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._settle(loop)
        if policy is not None:
            policy.check_url(request.url)
        try:
            origin, target, userinfo = located(request.url)
            octets = encoded(request, origin, target, userinfo)
        except ValueError as error:
            raise _unsent(error) from None
        seconds = self._timeout if request.timeout is None else request.timeout
        turns = self._turns
        if not turns.take_now():
            await turns.take(seconds)
        try:
            return await self._exchange((origin, policy), octets, seconds, head=request.method == "HEAD")
        finally:
            turns.release()

    async def _exchange(self, key: Key, octets: bytes, seconds: float, *, head: bool) -> HttpResponse:
        """The answer over a connection that is idle, or a new one where none is or where the server has just left."""
        while (connection := self._idle_one(key)) is not None:
            answer = connection.ask(octets, head=head, seconds=seconds)
            if answer is not None:
                break
            self._drop(connection)
        else:
            connection = await self._connect(*key, seconds)
            answer = connection.ask(octets, head=head, seconds=seconds)
        try:
            if answer is None:
                raise TransportError("the server closed the connection: the request was not sent", sent=False)
            return await answer
        finally:
            self._put_back(key, connection)

    def _idle_one(self, key: Key) -> Connection | None:
        """The connection that was used last, since it is the least likely to be closed at the other end."""
        idle = self._idle.get(key)
        if not idle:
            return None
        now = self._now()
        while idle:
            connection = idle.pop()
            if connection.free_until > now and connection.free:
                return connection
            self._drop(connection)
        return None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _put_back(self, key: Key, connection: Connection) -> None:
        """Keep a connection whose answer is complete; one that is not can only be closed."""
        if not connection.complete:
            self._drop(connection)
            return
        self._idle.setdefault(key, []).append(connection)
        if self._reaper is None:
            self._reaper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._reap)

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.give_up("closed")

    def _reap(self) -> None:
        """Close what nobody used for a while."""
        now = self._now()
        for key, idle in list(self._idle.items()):
            for connection in [one for one in idle if one.free_until <= now]:
                idle.remove(connection)
                self._drop(connection)
            if not idle:
                del self._idle[key]
        again = self._idle and self._loop
        self._reaper = again.call_later(IDLE_SECONDS, self._reap) if again else None

    async def _connect(self, origin: Origin, policy: NetworkPolicy | None, seconds: float) -> Connection:
        while len(self._open) >= self._most and any(self._idle.values()):
            self._drop(next(idle for idle in self._idle.values() if idle).pop(0))
        try:
            async with asyncio.timeout(min(seconds, CONNECT_SECONDS)):
                connection = await self._dial(origin, policy)
        except (OSError, ValueError) as error:
            raise _unsent(error) from None
        if asyncio.get_running_loop() is not self._loop:
            connection.give_up("closed")
            raise TransportError("the transport was closed: the request was not sent", sent=False)
        self._open.add(connection)
        return connection

    async def _dial(self, origin: Origin, policy: NetworkPolicy | None) -> Connection:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        if policy is not None:
            scheme = "https" if origin.tls else "http"
            policy.check_addresses([str(item[4][0]) for item in found], origin.host, scheme)
        reached = await _reached(loop, found)
        options: dict[str, Any] = {}
        if origin.tls:
            options = {"ssl": self._ssl or ssl_context(), "server_hostname": origin.host}
        return (await loop.create_connection(partial(Connection, loop), sock=reached, **options))[1]

    async def aclose(self) -> None:
        """Close every connection; a request under way ends with its outcome in doubt."""
        if self._loop is None:
            return
        if self._reaper is not None:
            self._reaper.cancel()
        closing = list(self._open)
        for connection in closing:
            self._drop(connection)
        await asyncio.gather(*(connection.lost for connection in closing))
        self._loop = None


async def _reached(loop: asyncio.AbstractEventLoop, found: Sequence[Found]) -> socket.socket:
    """A socket connected to the first address that answers; one that is silent for long holds up the next no more."""
    last: OSError = OSError("the name has no address")
    for place, (family, kind, protocol, _, address) in enumerate(found, 1):
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        try:
            async with asyncio.timeout(None if place == len(found) else NEXT_ADDRESS_SECONDS):
                await loop.sock_connect(made, address)
        except BaseException as error:
            made.close()
            if not isinstance(error, OSError):
                raise
            last = error
        else:
            return made
    raise last


def _unsent(error: Exception) -> TransportError:
    """Named by its kind only: a text may quote a URL."""
    return TransportError(f"{type(error).__name__}: the request was not sent", sent=False)
