"""A send ends accepted, refused or unknown; unknown is never sent again. Proven with a server that counts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from scripted import Toy, http, scripted, toy_channel

from sms_adapters import (
    AsyncClient,
    AuthError,
    Client,
    ConfigError,
    DeliveryUncertain,
    Flow,
    HttpRequest,
    InvalidMessage,
    NetworkPolicy,
    OutboundMessage,
    PartResult,
    ProtocolError,
    Rejected,
    SendResult,
    SmsError,
    TemporaryFailure,
    Throttled,
    TransportError,
    hookimpl,
)
from sms_adapters.transports.aiohttp import AiohttpTransport
from sms_adapters.transports.fast import FastTransport
from sms_adapters.transports.httpx import AsyncHttpxTransport, HttpxTransport

OPEN = NetworkPolicy(allow_http=True, allow_private=True)
GUARDED = NetworkPolicy(networks=("127.0.0.0/8", "::1/128"))
Send = Callable[..., SendResult]


def with_httpx(channel: Any, message: OutboundMessage, network: NetworkPolicy) -> SendResult:
    with Client(transport=HttpxTransport(timeout=0.5), network=network) as client:
        return client.send(channel, message)


def with_async(make: Callable[[], Any]) -> Send:
    def send(channel: Any, message: OutboundMessage, network: NetworkPolicy) -> SendResult:
        async def go() -> SendResult:
            async with AsyncClient(transport=make(), network=network) as client:
                return await client.send(channel, message)

        return asyncio.run(go())

    return send


TRANSPORTS = {
    "httpx": with_httpx,
    "async-httpx": with_async(lambda: AsyncHttpxTransport(timeout=0.5)),
    "aiohttp": with_async(lambda: AiohttpTransport(timeout=0.5)),
    "fast": with_async(lambda: FastTransport(timeout=0.5)),
}


@pytest.fixture(params=TRANSPORTS)
def send(request: pytest.FixtureRequest) -> Send:
    return TRANSPORTS[request.param]


@pytest.fixture(params=[OPEN, GUARDED], ids=["open", "guarded"])
def network(request: pytest.FixtureRequest) -> NetworkPolicy:
    return request.param


def failed(send: Send, url: str, network: NetworkPolicy = OPEN) -> SmsError:
    with pytest.raises(SmsError) as caught:
        send(toy_channel(url), OutboundMessage(to="+12025550123", text="Muraho"), network)
    return caught.value


def test_an_accepted_message_is_submitted_once(send: Send, network: NetworkPolicy) -> None:
    with scripted(http("200 OK", b'{"id":"m1"}')) as wire:
        result = send(toy_channel(wire.url), OutboundMessage(to="+12025550123", text="a b"), network)
    assert result.ids == ("m1",)
    assert len(wire.requests) == 1
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /send HTTP/1.1\r\n")
    assert body == b"to=%2B12025550123&text=a+b"


def test_a_refused_connection_is_proven_not_sent(send: Send, network: NetworkPolicy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = failed(send, f"http://127.0.0.1:{port}", network)
    assert isinstance(error, TransportError)
    assert (error.sent, error.retryable) == (False, True)


def test_a_name_without_address_is_proven_not_sent(send: Send, network: NetworkPolicy) -> None:
    error = failed(send, "http://no-such-name.invalid", network)
    assert isinstance(error, TransportError)
    assert (error.sent, error.retryable) == (False, True)


def test_tls_to_a_server_that_speaks_none_is_proven_not_sent(send: Send) -> None:
    with scripted(None) as wire:
        error = failed(send, wire.url.replace("http:", "https:"))
    assert isinstance(error, TransportError)
    assert error.sent is False
    assert wire.requests == []


@pytest.mark.parametrize("answer", [None, "reset", "silence"], ids=["closed", "reset", "read timeout"])
def test_a_lost_answer_is_in_doubt_and_never_sent_again(send: Send, network: NetworkPolicy, answer: str | None) -> None:
    with scripted(answer) as wire:
        error = failed(send, wire.url, network)
    assert isinstance(error, DeliveryUncertain)
    assert error.retryable is False
    assert len(wire.requests) == 1


class ByGet(Toy):
    """A toy that takes messages by a method which HTTP calls idempotent."""

    def __init__(self, method: str) -> None:
        self.method = method

    def build_request(self, channel: Any, message: Any, part: Any) -> HttpRequest:
        return HttpRequest(self.method, f"{channel.config.base_url}/send?to=1&text=x")


@pytest.mark.parametrize("answer", [None, "reset"], ids=["closed", "reset"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_message_goes_once_by_whichever_method(send: Send, method: str, answer: str | None) -> None:
    with scripted(answer) as wire, pytest.raises(DeliveryUncertain):
        send(toy_channel(wire.url, ByGet(method)), OutboundMessage(to="+12025550123", text="x"), OPEN)
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "url", ["https://sms..example.org", f"https://{'a' * 64}.example.org", "https://[::1", "https://h:0x", "https:///x"]
)
def test_a_url_that_names_no_host_is_the_channel_s_fault(send: Send, network: NetworkPolicy, url: str) -> None:
    error = failed(send, url, network)
    assert type(error) is ConfigError
    assert "channel '8eb23e93'" in str(error)
    assert (error.retryable, error.uncertain) == (False, False)


def test_a_text_too_long_for_a_url_is_refused_for_good(send: Send) -> None:
    class Long(ByGet):
        def build_request(self, channel: Any, message: Any, part: Any) -> HttpRequest:
            return HttpRequest("GET", f"{channel.config.base_url}/send?text={'x' * 70_000}")

    with scripted(None) as wire, pytest.raises(InvalidMessage, match="too long"):
        send(toy_channel(wire.url, Long("GET")), OutboundMessage(to="+12025550123", text="x"), OPEN)
    assert wire.requests == []


BODIES: list[tuple[str, bytes, type[SmsError], dict[str, Any]]] = [
    ("429", http("429 Too Many", b"slow down"), Throttled, {"retry_after": None, "retryable": True}),
    ("429 in 7 s", http("429 Too Many", b"", "Retry-After: 7"), Throttled, {"retry_after": 7.0, "retryable": True}),
    (
        "429 at a date",
        http("429 X", b"", "Retry-After: Mon, 23 Nov 2026 08:01:00 GMT", "Date: Mon, 23 Nov 2026 08:00:00 GMT"),
        Throttled,
        {"retry_after": 60.0},
    ),
    ("500", http("500 Oops", b"<html>oops</html>"), DeliveryUncertain, {"retryable": False}),
    ("502", http("502 Bad Gateway"), DeliveryUncertain, {"retryable": False}),
    ("503", http("503 Busy"), TemporaryFailure, {"retryable": True}),
    ("504", http("504 Gateway Timeout"), DeliveryUncertain, {"retryable": False}),
    ("401", http("401 Unauthorized"), AuthError, {"retryable": False}),
    ("400", http("400 Bad Request", b"no such number"), Rejected, {"provider_text": "no such number"}),
    ("302", http("302 Found", b"", "Location: http://127.0.0.1:1/"), ProtocolError, {"retryable": False}),
    ("HTML", http("200 OK", b"<html><body>welcome</body></html>"), ProtocolError, {"retryable": False}),
    ("empty", http("200 OK"), ProtocolError, {"retryable": False}),
    ("cut JSON", http("200 OK", b'{"id":"m'), ProtocolError, {"retryable": False}),
    ("cut body", http("200 OK", b'{"id":"m', "Connection: close", length=99), DeliveryUncertain, {"retryable": False}),
    (
        "wrong charset",
        http("200 OK", '{"id":"é"}'.encode("latin-1"), "Content-Type: application/json; charset=utf-8"),
        ProtocolError,
        {"retryable": False},
    ),
    (
        "unknown charset",
        http("200 OK", b'{"id":"m"}', "Content-Type: application/json; charset=klingon"),
        ProtocolError,
        {},
    ),
    ("bad credentials in a 200", http("200 OK", b'{"error":"bad credentials"}'), ProtocolError, {"retryable": False}),
    ("deep JSON", http("200 OK", b"[" * 100_000), ProtocolError, {}),
    ("no HTTP", b"220 smtp.example.org ready\r\n\r\n", DeliveryUncertain, {"retryable": False}),
]


@pytest.mark.parametrize(("answer", "kind", "values"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_an_answer_that_accepts_nothing_is_typed_and_not_sent_again(
    send: Send, answer: bytes, kind: type[SmsError], values: dict[str, Any]
) -> None:
    with scripted(answer) as wire:
        error = failed(send, wire.url)
    assert type(error) is kind
    assert {name: getattr(error, name) for name in values} == values
    assert len(wire.requests) == 1
    assert error.adapter == "toy"


def test_no_error_shows_a_secret(send: Send) -> None:
    with scripted(
        http("400 Bad Request", b"user toy-user password toy-password-1 dG95LXVzZXI6dG95LXBhc3N3b3JkLTE=")
    ) as wire:
        error = failed(send, wire.url)
    shown = f"{error} {error!r} {error.to_dict()} {error.request} {error.response} {vars(error)}"
    shown += f"{error.request.headers.items()} {error.request.body!r} {error.response.text}"
    assert "toy-password-1" not in shown
    assert "dG95LXVzZXI6" not in shown
    assert b"toy-password-1" not in wire.requests[0]
    assert b"Basic dG95LXVzZXI6dG95LXBhc3N3b3JkLTE=" in wire.requests[0]


@pytest.mark.parametrize(
    ("url", "policy", "words"),
    [
        ("http://127.0.0.1:9", NetworkPolicy(), "plain http"),
        ("https://127.0.0.1:9", NetworkPolicy(), "not a public address"),
        ("https://localhost:9", NetworkPolicy(), "not a public address"),
        ("https://[::1]:9", NetworkPolicy(), "not a public address"),
        ("https://[::ffff:10.0.0.1]:9", NetworkPolicy(), "not a public address"),
        ("https://169.254.169.254", NetworkPolicy(), "not a public address"),
        ("https://2130706433", NetworkPolicy(), "not a public address"),
        ("http://localhost:9", NetworkPolicy(allow_http=True), "not a public address"),
        ("http://10.0.0.1:9", NetworkPolicy(networks=("127.0.0.0/8",)), "plain http"),
        ("http://localhost:9", NetworkPolicy(networks=("10.0.0.0/8",), allow_private=True), "plain http"),
        ("https://[fec0::1]:9", NetworkPolicy(), "not a public address"),
        ("https://[64:ff9b:1::7f00:1]:9", NetworkPolicy(), "not a public address"),
        ("https://[::7f00:1]:9", NetworkPolicy(), "not a public address"),
        ("https://[3fff::1]:9", NetworkPolicy(), "not a public address"),
        ("ftp://127.0.0.1", OPEN, "scheme"),
    ],
)
def test_a_channel_cannot_lead_into_the_host_s_own_network(
    send: Send, url: str, policy: NetworkPolicy, words: str
) -> None:
    error = failed(send, url, policy)
    if url == "https://2130706433" and isinstance(error, TransportError):  # aiohttp takes no number for a host
        assert error.sent is False
    else:
        assert isinstance(error, ConfigError)
        assert words in str(error)


@pytest.mark.parametrize("networks", [("10.0.0.1/8",), ("nowhere",), (None,)])
def test_a_policy_with_a_network_that_is_none_is_not_made(networks: Any) -> None:
    with pytest.raises(ConfigError, match=r"NetworkPolicy\.networks: "):
        NetworkPolicy(networks=networks)


@pytest.mark.parametrize("made", [lambda: httpx.Client(), lambda: httpx.AsyncClient()], ids=["sync", "async"])
def test_a_client_that_was_passed_in_logs_no_url(made: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="httpx")
    client = made()

    async def go(request: HttpRequest) -> None:
        async with client:
            await AsyncHttpxTransport(client).send(request)

    with scripted(http("200 OK", b'{"id":"m1"}')) as wire:
        request = HttpRequest("GET", f"{wire.url}/secret-path?password=toy-password-1")
        if isinstance(client, httpx.Client):
            with client:
                HttpxTransport(client).send(request)
                client.get(f"{wire.url}/own")
        else:
            asyncio.run(go(request))
    assert "HTTP Request: GET http://127.0.0.1/..." in caplog.text
    assert "secret-path" not in caplog.text
    assert "toy-password-1" not in caplog.text
    assert isinstance(client, httpx.AsyncClient) or "/own" in caplog.text, "what the host asks for itself is logged"


def test_octets_of_a_url_reach_the_wire_as_the_adapter_wrote_them(send: Send) -> None:
    target = "/s%e9nd?text=%04%3f%FF~%7e+a%20b&x=[1]&y=a:b@c"

    class Raw(Toy):
        @hookimpl
        def send(self, channel: Any, message: Any) -> Flow[SendResult]:
            response = yield HttpRequest("GET", channel.config.base_url + target)
            return SendResult((PartResult(id=response.json()["id"]),))

    with scripted(http("200 OK", b'{"id":"m1"}')) as wire:
        send(toy_channel(wire.url, Raw()), OutboundMessage(to="+12025550123", text="x"), OPEN)
    assert wire.requests[0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


@pytest.mark.parametrize(
    ("error", "uncertain"),
    [
        (DeliveryUncertain("lost"), True),
        (ProtocolError("what?"), True),
        (Throttled("slow down"), False),
        (TransportError("refused", sent=False), False),
        (AuthError("wrong key"), False),
        (Rejected("no", partial=SendResult((PartResult(id="m1"),))), True),
        (Throttled("slow down", partial=SendResult((PartResult(id="m1"),))), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_says_whether_the_message_may_be_on_its_way(error: SmsError, uncertain: bool) -> None:
    assert error.uncertain is uncertain
    assert not (error.uncertain and error.retryable)
