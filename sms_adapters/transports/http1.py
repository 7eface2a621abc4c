"""One HTTP/1.1 connection: a request's octets, and the answer read from what comes back.

llhttp (through httptools) reads the answers. What it leaves to its user is here: where an answer without a length
ends, which connection may be used again, and what is known about a request whose answer did not come.
"""

from __future__ import annotations

import asyncio
import select
import zlib
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple, cast
from urllib.parse import unquote, urlsplit

import httptools
import httpx

from ..errors import TransportError
from ..http import USER_AGENT, Headers, HttpRequest, HttpResponse

__all__ = ["Connection", "Origin", "encoded", "located"]

DEFAULTS = {
    "user-agent": f"User-Agent: {USER_AGENT}",
    "accept": "Accept: */*",
    "accept-encoding": "Accept-Encoding: gzip, deflate",
}
OURS = frozenset({"connection", "content-length", "transfer-encoding"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
PORTS = {"https": 443, "http": 80}
IDLE_SECONDS = 4.0
MOST_OCTETS = 32 * 2**20
ZLIB_OR_GZIP, RAW_DEFLATE = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS


class Origin(NamedTuple):
    """Where a URL leads; `named` is what the Host header says."""

    tls: bool
    host: str
    port: int
    named: str


def located(url: str) -> tuple[Origin, str, str]:
    """The origin of a URL, what to ask it for, octet for octet, and the credentials in it.

    ValueError for a URL that names no host.
    """
    if not url.isascii() or " " in url:
        url = _escaped(url)
    return _parts_of(url) if "?" in url else _kept_parts_of(url)


def _parts_of(url: str) -> tuple[Origin, str, str]:
    scheme, _, rest = url.partition("#")[0].partition("://")
    path, query = rest.find("/"), rest.find("?")
    end = path if 0 <= path < query or query < 0 else query
    end = len(rest) if end < 0 else end
    userinfo, _, authority = rest[:end].rpartition("@")
    return _origin(scheme.lower(), authority), rest[end:] if end == path else f"/{rest[end:]}", userinfo


_kept_parts_of = lru_cache(maxsize=256)(_parts_of)  # a channel posts to one URL; a query is another each time


def _escaped(url: str) -> str:
    """Percent signs for what a URL cannot hold, and the ASCII form of a name in another script."""
    try:
        return str(httpx.URL(url))
    except httpx.InvalidURL as error:
        raise ValueError("the URL cannot be written") from error


@lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> Origin:
    parts = urlsplit(f"{scheme}://{authority}")
    host, default = parts.hostname, PORTS.get(scheme)
    if default is None or not host or parts.netloc != authority:
        raise ValueError("the URL names no host")
    named = f"[{host}]" if ":" in host else host
    return Origin(scheme == "https", host, parts.port or default, f"{named}:{parts.port}" if parts.port else named)


def encoded(request: HttpRequest, origin: Origin, target: str, userinfo: str = "") -> bytes:
    """The request as octets; ValueError where a line of its head would not be one."""
    first, body = f"{request.method} {target}", request.body
    if not first.isprintable():
        raise ValueError("the method or the URL has a control character")
    length = f"Content-Length: {len(body)}\r\n" if body or request.method in WITH_BODY else ""
    lines = _head_lines(request.headers.items(), origin.named, userinfo)
    return f"{first} HTTP/1.1\r\n{lines}{length}\r\n".encode() + body


@lru_cache(maxsize=256)  # the requests of a channel mostly have the same headers
def _head_lines(pairs: tuple[tuple[str, str], ...], named: str, userinfo: str) -> str:
    """The head's lines between the first and the length of the body, each with its end."""
    names = {name.lower() for name, _ in pairs}
    lines = [] if "host" in names else [f"Host: {named}"]
    lines += [line for name, line in DEFAULTS.items() if name not in names]
    lines += [f"{name}: {value}" for name, value in pairs if name.lower() not in OURS]
    if userinfo and "authorization" not in names:
        lines.append(f"Authorization: Basic {b64encode(unquote(userinfo).encode()).decode()}")
    if any(end in line for line in lines for end in "\r\n\0"):
        raise ValueError("a header has a control character")
    return "\r\n".join((*lines, ""))


class Connection(asyncio.Protocol):
    """Carries one request at a time.

    `free_until` is when an idle one is given up, in the loop's time; `lost` is done when nothing is left of it.
    """

    transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.free_until = 0.0
        self.lost = loop.create_future()
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)
        self._waiter: asyncio.Future[HttpResponse] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._reusable = True
        self._asks_for_head = False
        self._start()

    def _start(self) -> None:
        """Nothing of an answer is read."""
        self._headers: list[tuple[str, str]] = []
        self._told: dict[str, str] = {}
        self._body: list[bytes] = []
        self._whole = self._until_closed = False

    @property
    def complete(self) -> bool:
        """Whether its answer is read whole and may be followed by another."""
        return self._reusable and self._waiter is None and not self.transport.is_closing()

    @property
    def free(self) -> bool:
        """Whether it can carry a request: an octet that waits to be read is a goodbye, or an answer to nothing."""
        return self.complete and not self._unread()

    def ask(self, octets: bytes, *, head: bool, seconds: float) -> asyncio.Future[HttpResponse] | None:
        """Write a request; None where not one octet of it could leave, because the server had closed the connection."""
        self._asks_for_head, self._received, self._whole = head, 0, False
        self.transport.write(octets)
        if self.transport.is_closing():
            return None
        self._waiter = self._loop.create_future()
        self._set_deadline(self._loop.time() + seconds)
        return self._waiter

    def _set_deadline(self, when: float) -> None:
        """A timer that rings before then is left alone and set again when it rings: most answers come in time."""
        self._deadline = when
        if self._timer is not None and self._timer.when() > when:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._deadline <= self._loop.time():
            self.give_up("TimeoutError")
        else:
            self._set_deadline(self._deadline)

    def give_up(self, kind: str) -> None:
        """Close at once; whoever waits learns that the request may have arrived."""
        waiter, self._waiter = self._waiter, None
        self._reusable = False
        self.transport.abort()
        if waiter is not None and not waiter.done():
            waiter.set_exception(TransportError(f"{kind}: the request may have arrived", sent=True))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)
        self._unread = _watch(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        """Read a piece of the answer."""
        self._received += len(data)
        if self._waiter is None or self._received > MOST_OCTETS:
            self.give_up("an answer to nothing" if self._waiter is None else "an answer without end")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._reusable = False
            if not self._whole:
                self.give_up(type(error).__name__)
        if self._whole:
            self._finish()

    def on_message_begin(self) -> None:
        """Forget an answer that was not the last word (1xx); octets after one that was are no answer to us."""
        if self._whole:
            raise ValueError("octets after the answer")
        self._start()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        try:
            self._headers.append((name.decode(), value.decode()))
        except UnicodeDecodeError:
            self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """See how the body ends."""
        told = self._told = {name.lower(): value for name, value in self._headers}
        status = self._parser.get_status_code()
        if self._asks_for_head and status >= 200:
            self._whole, self._reusable = True, False
        counted = "content-length" in told or "chunked" in told.get("transfer-encoding", "").lower()
        self._until_closed = status >= 200 and not counted

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Here and not later the parser knows whether the connection stays open."""
        if self._parser.get_status_code() >= 200:
            self._whole = True
            self._reusable = self._reusable and self._parser.should_keep_alive()

    def eof_received(self) -> None:
        """The end of an answer that has no length."""
        if self._until_closed and self._waiter is not None:
            self._reusable = False
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever still waits gets no answer."""
        self.give_up(type(exc).__name__ if exc else "ConnectionClosed")
        if self._timer is not None:
            self._timer.cancel()
        if not self.lost.done():
            self.lost.set_result(None)

    def _finish(self) -> None:
        waiter, self._waiter = self._waiter, None
        if not self._reusable or self.transport.get_write_buffer_size():
            self.close()
        told = self._told.get("keep-alive")
        self.free_until = self._loop.time() + (_idle_seconds(told) if told else IDLE_SECONDS)
        if waiter is None or waiter.done():
            return
        try:
            body = _decoded(b"".join(self._body), self._told.get("content-encoding", ""))
        except (zlib.error, ValueError) as error:
            sentence = f"{type(error).__name__}: the body of the answer is not in its content encoding"
            waiter.set_exception(TransportError(sentence, sent=True))
        else:
            waiter.set_result(HttpResponse(self._parser.get_status_code(), Headers.of(self._headers), body))

    def close(self) -> None:
        """Close an idle connection."""
        self._reusable = False
        self.transport.close()


def _watch(number: int) -> Callable[[], object]:
    """Asks, without waiting, whether a socket has something to read."""
    if not hasattr(select, "poll"):  # Windows
        return lambda: select.select([number], [], [], 0)[0]
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return partial(poll.poll, 0)


def _idle_seconds(told: str) -> float:
    """How long a connection is kept: a second less than the server says, which may be on its way to closing it."""
    _, found, seconds = told.lower().partition("timeout=")
    seconds = seconds.partition(",")[0].strip()
    return min(IDLE_SECONDS, int(seconds) - 1.0) if found and seconds.isdecimal() else IDLE_SECONDS


def _decoded(body: bytes, encoding: str) -> bytes:
    """A body without its content encodings; one that nobody asked for stays as it is."""
    for name in reversed(encoding.lower().split(",")) if encoding else ():
        if name.strip() in ("gzip", "x-gzip", "deflate"):
            body = _inflated(body)
    return body


def _inflated(body: bytes) -> bytes:
    try:
        return _whole(body, ZLIB_OR_GZIP)
    except zlib.error:
        return _whole(body, RAW_DEFLATE)  # what some servers call deflate


def _whole(body: bytes, window: int) -> bytes:
    inflating = zlib.decompressobj(window)
    found = inflating.decompress(body, MOST_OCTETS)
    if not inflating.eof:
        raise zlib.error("the body is cut, or too long")
    return found
