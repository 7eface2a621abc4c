"""What every transport makes of answers as they come, and what the fast one knows about its connections."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Wire, http, scripted, toy_channel

from sms_adapters import AsyncClient, ConfigError, DeliveryUncertain, HttpRequest, NetworkPolicy, OutboundMessage
from sms_adapters.errors import SmsError, TransportError
from sms_adapters.http import HttpResponse
from sms_adapters.transports import fast, http1
from sms_adapters.transports.aiohttp import AiohttpTransport
from sms_adapters.transports.fast import FastTransport
from sms_adapters.transports.http1 import Connection
from sms_adapters.transports.httpx import AsyncHttpxTransport, HttpxTransport
from sms_adapters.transports.turns import Turns

OPEN = NetworkPolicy(allow_http=True, allow_private=True)
LOOPBACK = NetworkPolicy(networks=("127.0.0.0/8",))
MESSAGE = OutboundMessage(to="+12025550123", text="Muraho")
BODY = b'{"id":"m1"}'
ONE_BY_ONE = b"".join(b"1\r\n%c\r\n" % octet for octet in BODY)


def over(make: Callable[[], Any], *requests: HttpRequest, policy: NetworkPolicy | None = None) -> list[HttpResponse]:
    """The answers to `requests`, one after the other, over one transport."""

    async def go() -> list[HttpResponse]:
        transport = make()
        try:
            return [await transport.send(request, policy) for request in requests]
        finally:
            await transport.aclose()

    return asyncio.run(go())


def with_httpx(*requests: HttpRequest) -> list[HttpResponse]:
    transport = HttpxTransport(timeout=1)
    try:
        return [transport.send(request) for request in requests]
    finally:
        transport.close()


def with_client(*requests: HttpRequest) -> list[HttpResponse]:
    with httpx.Client(trust_env=False, timeout=1) as client:
        return [HttpxTransport(client).send(request) for request in requests]


TRANSPORTS: dict[str, Callable[..., list[HttpResponse]]] = {
    "httpx": with_httpx,
    "httpx client": with_client,
    "async httpx": lambda *requests: over(lambda: AsyncHttpxTransport(timeout=1), *requests),
    "aiohttp": lambda *requests: over(lambda: AiohttpTransport(timeout=1), *requests),
    "fast": lambda *requests: over(lambda: FastTransport(timeout=1), *requests),
}


def get(wire: Wire, **options: Any) -> HttpRequest:
    return HttpRequest("GET", f"{wire.url}/x", **options)


def raw(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
RAW_DEFLATE = deflate.compress(BODY) + deflate.flush()
ANSWERS = {
    "counted": http("200 OK", BODY),
    "chunked": raw("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=ONE_BY_ONE + b"0\r\nA: b\r\n\r\n"),
    "chunks in capitals": raw("HTTP/1.1 200 OK", "Transfer-Encoding: Chunked", body=b"B;x=y\r\n%s\r\n0\r\n\r\n" % BODY),
    "gzip": http("200 OK", gzip.compress(BODY), "Content-Encoding: gzip"),
    "deflate": http("200 OK", zlib.compress(BODY), "Content-Encoding: deflate"),
    "raw deflate": http("200 OK", RAW_DEFLATE, "Content-Encoding: deflate"),
    "until closed": raw("HTTP/1.1 200 OK", "Connection: close", body=BODY),
    "HTTP/1.0": raw("HTTP/1.0 200 OK", "Connection: close", body=BODY),
    "early hints first": raw("HTTP/1.1 103 Early Hints", "Link: </a>") + http("200 OK", BODY),
}


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_transport_reads_the_same_body_however_it_is_framed(send: Any, answer: bytes) -> None:
    with scripted(answer) as wire:
        (response,) = send(get(wire))
    assert (response.status, response.body) == (200, BODY)


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
def test_headers_arrive_in_order_repeated_and_in_their_octets(send: Any) -> None:
    with scripted(http("200 OK", BODY, "X-One: a", "X-One: b", "X-Name: é".encode().decode("latin-1"))) as wire:
        (response,) = send(get(wire))
    assert response.headers.get_all("x-one") == ["a", "b"]
    assert response.headers["x-name"] in ("é", "é".encode().decode("latin-1"))


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
@pytest.mark.parametrize("answer", [http("204 No Content"), raw("HTTP/1.1 204 No Content"), raw("HTTP/1.1 304 X")])
def test_an_answer_without_a_body_ends_with_its_head(send: Any, answer: bytes) -> None:
    with scripted(answer) as wire:
        responses = send(get(wire), get(wire))
    assert [response.body for response in responses] == [b"", b""]
    assert wire.connections == 1


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
def test_credentials_in_a_url_are_put_on_the_request_and_taken_from_the_url(send: Any) -> None:
    with scripted(http("200 OK", BODY)) as wire:
        send(HttpRequest("GET", wire.url.replace("://", "://toy:a%40b@") + "/x"))
    head = wire.requests[0].lower()
    assert head.startswith(b"get /x http/1.1\r\n")
    assert b"\r\nauthorization: basic dg95omfaYg==\r\n".lower() in head


@pytest.mark.parametrize("send", TRANSPORTS.values(), ids=TRANSPORTS)
def test_headers_of_a_request_replace_those_of_the_transport(send: Any) -> None:
    with scripted(http("200 OK", BODY)) as wire:
        send(get(wire, headers=HttpRequest.get("x", headers={"user-agent": "host/1", "Accept": "text/xml"}).headers))
    lines = wire.requests[0].lower().split(b"\r\n")
    assert [line for line in lines if line.startswith((b"user-agent", b"accept:"))] in (
        [b"user-agent: host/1", b"accept: text/xml"],
        [b"accept: text/xml", b"user-agent: host/1"],
    )


def test_a_host_header_of_the_request_s_own_is_kept_and_a_length_is_not() -> None:
    headers = HttpRequest.get("x", headers={"Host": "gateway.example", "Content-Length": "99"}).headers
    with scripted(http("200 OK", BODY)) as wire:
        over(quick, HttpRequest("POST", wire.url, headers, b"a=b"))
    lines = wire.requests[0].split(b"\r\n")
    assert [line for line in lines if line.lower().startswith((b"host", b"content-length"))] in (
        [b"Host: gateway.example", b"Content-Length: 3"],
        [b"Content-Length: 3", b"Host: gateway.example"],
    )


# --- the fast transport's connections


def quick(**options: Any) -> FastTransport:
    return FastTransport(**{"timeout": 1.0, **options})


def test_one_connection_carries_one_request_after_the_other() -> None:
    with scripted(http("200 OK", BODY)) as wire:
        over(quick, *[get(wire)] * 5)
    assert (len(wire.requests), wire.connections) == (5, 1)


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", BODY, "Connection: close"),
        raw("HTTP/1.0 200 OK", "Content-Length: 11", body=BODY),
        http("200 OK", BODY) + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        http("200 OK", BODY) + b"junk",
        http("200 OK", BODY, "Keep-Alive: timeout=1, max=5"),
    ],
    ids=["close", "HTTP/1.0", "an answer too many", "junk", "expires at once"],
)
def test_a_connection_that_is_not_surely_clean_is_not_used_again(answer: bytes) -> None:
    with scripted(answer) as wire:
        responses = over(quick, get(wire), get(wire))
    assert [response.body for response in responses] == [BODY, BODY]
    assert wire.connections == 2


def test_the_head_of_a_head_is_all_of_it() -> None:
    with scripted(http("200 OK", b"", length=500)) as wire:
        responses = over(quick, HttpRequest("HEAD", wire.url), HttpRequest("HEAD", wire.url))
    assert [response.body for response in responses] == [b"", b""]


@contextmanager
def leaving() -> Iterator[tuple[Wire, threading.Event]]:
    """A server that answers one request for each connection, and when told so closes without having said so."""
    wire, leave = Wire(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire.url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    wire.requests.append(connection.recv(65536))
                    connection.sendall(http("200 OK", BODY))
                    leave.wait()
                    leave.clear()
                wire.done.set()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield wire, leave
        finally:
            server.shutdown(socket.SHUT_RDWR)


def test_a_server_that_leaves_after_each_answer_puts_no_message_in_doubt() -> None:
    async def go(wire: Wire, leave: threading.Event) -> None:
        async with AsyncClient(transport=quick(), network=OPEN) as client:
            for _ in range(3):
                wire.done.clear()
                assert (await client.send(toy_channel(wire.url), MESSAGE)).id == "m1"
                leave.set()
                wire.done.wait()  # the loop stands still, so it has not yet seen the end of the connection

    with leaving() as (wire, leave):
        asyncio.run(go(wire, leave))
    assert len(wire.requests) == 3


class Pipe(asyncio.Transport):
    """A transport in memory; `gone` is what the kernel says to a write on a connection that the server reset."""

    def __init__(self, *, gone: bool = False) -> None:
        super().__init__()
        self.written, self.gone, self.closed = b"", gone, False
        self.ends = socket.socketpair()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.ends[0]

    def write(self, data: Any) -> None:
        self.written += b"" if self.gone else bytes(data)
        self.closed = self.closed or self.gone

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.closed = True

    close = abort

    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, *_: object) -> None:
        for end in self.ends:
            end.close()


async def piped(pipe: Pipe, *pieces: bytes) -> HttpResponse | None:
    """What a connection makes of an answer that comes in pieces; None where the request could not leave."""
    connection = Connection(asyncio.get_running_loop())
    connection.connection_made(pipe)
    answer = connection.ask(b"GET / HTTP/1.1\r\n\r\n", head=False, seconds=1)
    for piece in pieces:
        connection.data_received(piece)
    if pieces and not (answer and answer.done()):
        connection.eof_received()
    connection.connection_lost(None)
    return await answer if answer else None


async def gathered(*jobs: Any) -> list[Any]:
    return await asyncio.gather(*jobs, return_exceptions=True)


def test_a_write_that_the_kernel_refuses_whole_is_known_not_to_have_left() -> None:
    with Pipe(gone=True) as pipe:
        assert asyncio.run(piped(pipe)) is None


@given(st.sampled_from(list(ANSWERS.values())), st.lists(st.integers(1, 200), max_size=6))
def test_an_answer_is_read_however_it_is_cut_into_pieces(answer: bytes, places: list[int]) -> None:
    cuts = [0, *sorted({place for place in places if place < len(answer)}), len(answer)]
    with Pipe() as pipe:
        response = asyncio.run(piped(pipe, *(answer[one:two] for one, two in pairwise(cuts))))
    assert response is not None
    assert response.body == BODY


@given(st.sampled_from(list(ANSWERS)), st.integers(1, 400))
def test_an_answer_that_is_cut_is_never_taken_for_a_whole_one(name: str, length: int) -> None:
    answer = ANSWERS[name]
    if length >= len(answer) or name in ("until closed", "HTTP/1.0"):
        return
    with Pipe() as pipe, pytest.raises(TransportError) as caught:
        asyncio.run(piped(pipe, answer[:length]))
    assert caught.value.sent is True


@given(st.binary(min_size=1, max_size=300))
def test_whatever_comes_back_ends_as_an_answer_or_in_doubt(octets: bytes) -> None:
    with Pipe() as pipe:
        (found,) = asyncio.run(gathered(piped(pipe, octets)))
    assert found.sent is True if isinstance(found, TransportError) else isinstance(found, HttpResponse)


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", gzip.compress(BODY)[:-9], "Content-Encoding: gzip"),
        http("200 OK", b"no gzip at all", "Content-Encoding: gzip"),
        http("200 OK", gzip.compress(b"x" * 5000), "Content-Encoding: gzip"),
        http("200 OK", b"x" * 5000),
        raw("HTTP/1.1 200 OK", *[f"X-{number}: {'y' * 50}" for number in range(100)]),
        raw("HTTP/1.1 101 Switching Protocols", "Upgrade: smtp", "Connection: Upgrade"),
        raw("HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 2", body=b"12"),
    ],
    ids=["cut gzip", "no gzip", "gzip bomb", "too long", "head too long", "upgrade", "two lengths"],
)
def test_an_answer_that_cannot_be_kept_or_read_leaves_the_outcome_in_doubt(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http1, "MOST_OCTETS", 4000)
    with scripted(answer) as wire, pytest.raises(TransportError) as caught:
        over(quick, get(wire))
    assert caught.value.sent is True


@pytest.mark.parametrize(
    "values",
    [
        {"headers": {"X-Note": "a\r\nX-Other: b"}},
        {"headers": {"X-Note": "a\nb"}},
        {"headers": {"X-Note": "a\rb"}},
        {"headers": {"X\r\nY": "a"}},
        {"headers": {"X-Note": "a\0"}},
        {"url": "/x\r\nX-Other: b"},
        {"method": "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"},
    ],
)
def test_no_value_can_begin_a_line_of_its_own(values: dict[str, Any]) -> None:
    with scripted(http("200 OK", BODY)) as wire:
        url = wire.url + values.pop("url", "/")
        headers = HttpRequest.get("x", headers=values.pop("headers", {})).headers
        with pytest.raises(TransportError) as caught:
            over(quick, HttpRequest(values.get("method", "GET"), url, headers))
    assert (caught.value.sent, wire.requests) == (False, [])


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("http://[::1]:8080", "/", "[::1]:8080"),
        ("HTTPS://Example.org/a?b#c", "/a?b", "example.org"),
        ("https://example.org?a=/b", "/?a=/b", "example.org"),
        ("https://example.org:443/", "/", "example.org:443"),
        ("https://müller.example/ж?q=a b", "/%D0%B6?q=a%20b", "xn--mller-kva.example"),
        ("https://a:b@example.org/@c:d", "/@c:d", "example.org"),
    ],
)
def test_a_url_says_where_to_connect_and_what_to_ask_for(url: str, target: str, host: str) -> None:
    origin, found, _ = http1.located(url)
    assert (found, origin.named.replace("Example", "example")) == (target, host)


NOWHERE = ("https://", "https:///x", "example.org/x", "https://exa\tmple.org", "https://a:b:c/")


@pytest.mark.parametrize("url", [*NOWHERE, "ftp://example.org"])
def test_a_url_that_leads_nowhere_is_refused_unsent(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        http1.located(url)
    with pytest.raises(TransportError) as caught:
        over(quick, HttpRequest("GET", url))
    assert caught.value.sent is False


def test_a_request_given_up_takes_its_connection_along() -> None:
    async def go(wire: Wire) -> None:
        transport = quick()
        task = asyncio.ensure_future(transport.send(get(wire)))
        while not wire.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not transport._open
        wire.answer = http("200 OK", BODY)
        assert (await transport.send(get(wire))).body == BODY
        await transport.aclose()

    with scripted("silence") as wire:
        asyncio.run(go(wire))
    assert wire.connections == 2


def test_closing_puts_in_doubt_what_is_under_way_and_leaves_nothing_open() -> None:
    async def go(wire: Wire) -> BaseException | None:
        transport = quick()
        client = AsyncClient(transport=transport, network=OPEN)
        task = asyncio.ensure_future(client.send(toy_channel(wire.url), MESSAGE))
        while not wire.requests:
            await asyncio.sleep(0.01)
        (connection,) = transport._open
        await client.aclose()
        assert connection.transport.get_extra_info("socket").fileno() == -1
        return (await asyncio.gather(task, return_exceptions=True))[0]

    with scripted("silence") as wire:
        assert isinstance(asyncio.run(go(wire)), DeliveryUncertain)


def test_what_connects_while_the_transport_is_closed_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def go(wire: Wire) -> list[Any]:
        transport = quick()
        reached = fast._reached

        async def slow(*arguments: Any) -> socket.socket:
            await transport.aclose()
            return await reached(*arguments)

        monkeypatch.setattr(fast, "_reached", slow)
        return await gathered(transport.send(get(wire)))

    with scripted(http("200 OK", BODY)) as wire:
        (error,) = asyncio.run(go(wire))
    assert (type(error), error.sent, wire.requests) == (TransportError, False, [])


@pytest.mark.parametrize("stale", [{2}, {2, 3}])
def test_a_connection_that_took_nothing_is_replaced(stale: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ask, asked = Connection.ask, []

    def refusing(self: Connection, octets: bytes, **options: Any) -> Any:
        asked.append(self)
        if len(asked) in stale:
            return self.transport.abort()
        return ask(self, octets, **options)

    async def go(wire: Wire) -> list[Any]:
        transport = quick()
        found = [(await gathered(transport.send(get(wire))))[0] for _ in range(2)]
        found.append(len(transport._open))
        await transport.aclose()
        return found

    monkeypatch.setattr(Connection, "ask", refusing)
    with scripted(http("200 OK", BODY)) as wire:
        first, second, opened = asyncio.run(go(wire))
    assert first.body == BODY
    assert (second.sent, opened) == (False, 0) if stale == {2, 3} else (second.body, opened) == (BODY, 1)
    assert len(wire.requests) == 3 - len(stale)


def test_no_more_requests_are_under_way_than_connections_are_allowed() -> None:
    async def go(wire: Wire) -> list[Any]:
        transport = quick(connections=2)
        found = await asyncio.gather(*(transport.send(get(wire)) for _ in range(9)))
        await transport.aclose()
        return found

    with scripted(http("200 OK", BODY)) as wire:
        assert len(asyncio.run(go(wire))) == 9
    assert wire.connections <= 2


def test_a_request_that_waits_in_vain_for_a_connection_was_not_sent() -> None:
    async def go(wire: Wire) -> list[Any]:
        transport = quick(connections=1, timeout=5)
        one, two = get(wire), get(wire, timeout=0.1)
        found = asyncio.ensure_future(gathered(transport.send(one), transport.send(two)))
        await asyncio.sleep(0.3)
        await transport.aclose()
        return await found

    with scripted("silence") as wire:
        errors = asyncio.run(go(wire))
    assert [error.sent for error in errors] == [True, False]
    assert len(wire.requests) == 1


def test_a_turn_goes_to_who_waits_longest_and_none_is_lost_with_who_leaves() -> None:
    got: list[int] = []

    async def use(turns: Turns, number: int) -> None:
        await turns.take(5)
        got.append(number)

    async def go() -> tuple[bool, bool]:
        turns = Turns(1)
        assert turns.take_now()
        waiting = [asyncio.ensure_future(use(turns, number)) for number in range(4)]
        await asyncio.sleep(0)
        overtaken = turns.take_now()
        waiting[0].cancel()  # leaves while it waits
        await asyncio.sleep(0)
        turns.release()
        waiting[1].cancel()  # leaves in the moment in which its turn comes
        await asyncio.sleep(0)
        await asyncio.wait_for(waiting[2], 5)
        turns.release()
        await asyncio.wait_for(waiting[3], 5)
        turns.release()
        return overtaken, turns.take_now()

    assert asyncio.run(go()) == (False, True)
    assert got == [2, 3]


def test_idle_connections_make_room_for_other_hosts() -> None:
    with scripted(http("200 OK", BODY)) as one, scripted(http("200 OK", BODY)) as two:
        over(lambda: quick(connections=1), get(one), get(two), get(one))
    assert (one.connections, two.connections) == (2, 1)


def test_what_nobody_uses_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(fast, "IDLE_SECONDS", 0.05)

    async def go(wire: Wire) -> int:
        transport = quick()
        await transport.send(get(wire))
        before = len(transport._open)
        await asyncio.sleep(0.2)
        after = len(transport._open)
        await transport.aclose()
        return before - after

    with scripted(http("200 OK", BODY)) as wire:
        assert asyncio.run(go(wire)) == 1


@pytest.mark.filterwarnings("ignore:unclosed")
def test_a_transport_serves_the_loop_it_is_used_in() -> None:
    transport = quick()

    async def go(wire: Wire, *, close: bool) -> bytes:
        try:
            return (await transport.send(get(wire))).body
        finally:
            if close:
                await transport.aclose()

    with scripted(http("200 OK", BODY)) as wire:
        assert asyncio.run(go(wire, close=False)) == BODY
        assert asyncio.run(go(wire, close=True)) == BODY
        gc.collect()
    assert wire.connections == 2


# --- where it connects, and to whom


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name has these addresses."""

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_one_forbidden_address_among_a_name_s_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.1", "10.0.0.1")
    with scripted(http("200 OK", BODY)) as wire:
        url = wire.url.replace("127.0.0.1", "gateway.example")
        with pytest.raises(ConfigError, match=r"gateway.example.*10\.0\.0\.1.*not a public address"):
            over(quick, HttpRequest("GET", url), policy=LOOPBACK)
    assert wire.connections == 0


def test_the_next_address_is_tried_where_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.2", "127.0.0.1")
    with scripted(http("200 OK", BODY)) as wire:
        url = wire.url.replace("127.0.0.1", "gateway.example")
        (response,) = over(quick, HttpRequest("GET", url), policy=LOOPBACK)
    assert response.body == BODY
    assert f"Host: gateway.example:{url.rpartition(':')[2]}".encode() in wire.requests[0]


def test_a_guarded_request_never_shares_a_connection_with_an_unguarded_one() -> None:
    async def go(wire: Wire) -> None:
        transport = quick()
        await transport.send(get(wire))
        with pytest.raises(SmsError):
            await transport.send(get(wire), NetworkPolicy(allow_http=True))
        await transport.aclose()

    with scripted(http("200 OK", BODY)) as wire:
        asyncio.run(go(wire))
    assert len(wire.requests) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for gateway.example, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("gateway.example")]), critical=False)
    pem = serialization.Encoding.PEM
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "gateway.pem"
    path.write_bytes(written + builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


@contextmanager
def secured(certificate: Path) -> Iterator[Wire]:
    """A server that answers over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    wire = Wire()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            wire.requests.append(head)
            writer.write(http("200 OK", BODY))
            await writer.drain()

    async def serve(ready: threading.Event, done: threading.Event) -> None:
        def quiet(_loop: Any, _context: Any) -> None:
            """Handshakes fail on purpose."""

        asyncio.get_running_loop().set_exception_handler(quiet)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        wire.url = f"https://gateway.example:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await asyncio.get_running_loop().run_in_executor(None, done.wait)
        server.close()

    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve(ready, wire.done)))
    thread.start()
    ready.wait()
    try:
        yield wire
    finally:
        wire.done.set()
        thread.join()


def test_tls_is_verified_for_the_name_while_the_address_is_checked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "127.0.0.1")
    trusting = ssl.create_default_context(cafile=certificate)
    with secured(certificate) as wire:
        made = [HttpRequest("GET", wire.url)] * 2
        assert len(over(lambda: quick(ssl=trusting), *made, policy=LOOPBACK)) == 2
        assert wire.connections == 1
        with pytest.raises(TransportError) as unknown:
            over(quick, *made, policy=LOOPBACK)
        with pytest.raises(TransportError) as other:
            over(lambda: quick(ssl=trusting), HttpRequest("GET", wire.url.replace("gateway", "other")))
    assert [unknown.value.sent, other.value.sent] == [False, False]
    assert "SSLCertVerificationError" in f"{unknown.value} {other.value}"
    assert len(wire.requests) == 2
