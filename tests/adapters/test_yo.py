"""What is special about Yo!: several gateways, asked in turn only where nothing was sent, and answers in one line."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import (
    AsyncClient,
    AuthError,
    Channel,
    Client,
    ConfigError,
    DeliveryUncertain,
    InboundMessage,
    MalformedInbound,
    NetworkPolicy,
    OutboundMessage,
    ProtocolError,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TransportError,
)
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.sandbox.server import serve

REGISTRY = Registry(installed=False)
GATEWAYS = ("https://smgw1.yo.co.ug:8100", "https://two.example.org", "https://three.example.org")
TO, DIGITS, PASSWORD = "+12025550123", "12025550123", "example-password-1"
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
LONG = "Kampala " * 250

Outcome = HttpResponse | TransportError


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"ybsacctno": "1000000044", "password": PASSWORD, "backup_urls": GATEWAYS[1:], **(config or {})}
    options = {"address": "8500", "country": "UG", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("yo", id="8eb23e93", config=values, clock=lambda: CLOCK, **options)


def line(status: str | None = "OK", message: str | None = None, http: int = 200) -> HttpResponse:
    told = {"ybs_autocreate_status": status, "ybs_autocreate_message": message}
    return HttpResponse(http, body=urlencode({name: value for name, value in told.items() if value}).encode())


def unsent() -> TransportError:
    return TransportError("connection refused", sent=False)


def lost() -> TransportError:
    return TransportError("the connection broke", sent=True)


class Gateways:
    """A transport on which each gateway has its own outcomes, in order; it counts who was asked."""

    def __init__(self, *outcomes: list[Outcome]) -> None:
        self.outcomes = dict(zip((urlsplit(url).netloc for url in GATEWAYS), outcomes, strict=False))
        self.asked: list[str] = []
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        gateway = urlsplit(request.url).netloc
        self.asked.append(gateway)
        self.requests.append(request)
        outcome = self.outcomes[gateway].pop(0)
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    @property
    def counts(self) -> tuple[int, ...]:
        found = Counter(self.asked)
        return tuple(found[urlsplit(url).netloc] for url in GATEWAYS)

    def close(self) -> None: ...


def send(*outcomes: list[Outcome], text: str = "Muraho", **options: Any) -> tuple[Any, Gateways]:
    transport = Gateways(*outcomes)
    with Client(transport=transport) as client:
        try:
            return client.send(channel_of(**options), OutboundMessage(to=TO, text=text)), transport
        except SmsError as error:
            return error, transport


# --- failover


@pytest.mark.parametrize("dead", [0, 1, 2])
def test_the_next_gateway_is_asked_where_nothing_was_sent(dead: int) -> None:
    result, transport = send(*([unsent()] for _ in range(dead)), [line()], [line()], [line()])
    assert len(result.parts) == 1
    assert transport.counts == tuple(int(place <= dead) for place in range(3))
    queries = {urlsplit(request.url).query for request in transport.requests}
    assert len(queries) == 1


def test_where_no_gateway_is_reached_nothing_was_sent_and_each_was_asked_once() -> None:
    error, transport = send([unsent()], [unsent()], [unsent()])
    assert (type(error), error.sent, error.retryable) == (TransportError, False, True)
    assert transport.counts == (1, 1, 1)


@pytest.mark.parametrize("dead", [0, 1, 2])
def test_a_lost_answer_never_fails_over(dead: int) -> None:
    error, transport = send(*([unsent()] for _ in range(dead)), [lost()], [line()], [line()])
    assert (type(error), error.retryable) == (DeliveryUncertain, False)
    assert transport.counts == tuple(int(place <= dead) for place in range(3))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504, 302])
def test_an_answer_never_fails_over(status: int) -> None:
    error, transport = send([line(None, http=status)], [line()], [line()])
    assert isinstance(error, SmsError)
    assert transport.counts == (1, 0, 0)


@pytest.mark.parametrize("answer", [line("ERROR", f"{DIGITS}:BLACKLISTED"), line(None), line("ERROR")])
def test_a_refusal_never_fails_over(answer: HttpResponse) -> None:
    error, transport = send([answer], [line()], [line()])
    assert isinstance(error, Rejected | ProtocolError)
    assert transport.counts == (1, 0, 0)


def test_each_part_looks_for_a_gateway_of_its_own_and_no_part_is_sent_twice() -> None:
    result, transport = send([line(), unsent()], [line()], [], text=LONG)
    assert len(result.parts) == 2
    sent = [parse_qs(urlsplit(request.url).query)["sms_content"][0] for request in transport.requests]
    assert sent[1] == sent[2]
    assert sent[0] + sent[2] == LONG
    assert transport.counts == (2, 1, 0)


def test_a_part_that_reaches_no_gateway_keeps_the_part_before_it() -> None:
    error, transport = send([line(), unsent()], [unsent()], [unsent()], text=LONG)
    assert (type(error), error.retryable) == (TransportError, False)
    assert len(error.partial.parts) == 1
    assert transport.counts == (2, 1, 1)


def test_without_further_gateways_there_is_no_failover() -> None:
    error, transport = send([unsent()], [line()], [line()], config={"backup_urls": ()})
    assert isinstance(error, TransportError)
    assert transport.counts == (1, 0, 0)


@pytest.mark.parametrize("thrown", [lost(), DeliveryUncertain("no answer"), ConfigError("plain http"), line(None)])
def test_the_flow_itself_yields_no_other_request_than_after_an_unsent_one(thrown: SmsError | HttpResponse) -> None:
    channel = channel_of()
    flow = channel.plugin.adapter.send(channel, OutboundMessage(to=TO, text="Muraho"))
    first, second = next(flow), flow.throw(unsent())
    assert (first.host, second.host) == ("smgw1.yo.co.ug", "two.example.org")
    with pytest.raises(type(thrown) if isinstance(thrown, SmsError) else ProtocolError):
        flow.throw(thrown) if isinstance(thrown, SmsError) else flow.send(thrown)


@given(st.lists(st.sampled_from(["unsent", "lost", "good", "bad"]), min_size=3, max_size=3))
@settings(max_examples=64, deadline=None)
def test_at_most_one_gateway_gets_the_message_whatever_they_do(fates: list[str]) -> None:
    made: dict[str, Callable[[], Outcome]] = {
        "unsent": unsent,
        "lost": lost,
        "good": line,
        "bad": lambda: line(None, http=500),
    }
    _, transport = send(*([made[fate]()] for fate in fates))
    reached = [fate for fate, count in zip(fates, transport.counts, strict=True) if count and fate != "unsent"]
    assert len(reached) <= 1
    assert all(count <= 1 for count in transport.counts)


@contextmanager
def loopback(*losing: bool) -> Iterator[tuple[Channel[Any], list[Any]]]:
    """Real gateways on loopback behind one that nobody listens at."""
    simulators = [REGISTRY.simulator("yo") for _ in losing]
    with ExitStack() as stack:
        with serve(simulators[0].handle) as dead:
            pass
        urls = [stack.enter_context(serve(simulator.handle)) for simulator in simulators]
        config = {**simulators[0].config(dead), "backup_urls": urls}
        yield channel_of(config), simulators


@pytest.mark.parametrize(("tail", "kind"), [("23", None), ("90", DeliveryUncertain)])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_over_real_connections_one_gateway_takes_the_message_once(
    tail: str, kind: type[SmsError] | None, asynchronous: bool
) -> None:
    message = OutboundMessage(to=f"+120255501{tail}", text="Muraho")
    with loopback(False, False) as (channel, (first, second)):
        failure = asyncio.run(sent_async(channel, message)) if asynchronous else sent_sync(channel, message)
    assert type(failure) is (kind or type(None))
    assert (len(first.accepted), len(second.accepted)) == (1, 0)


def sent_sync(channel: Channel[Any], message: OutboundMessage) -> SmsError | None:
    with Client(network=OPEN) as client:
        try:
            client.send(channel, message)
        except SmsError as error:
            return error
    return None


async def sent_async(channel: Channel[Any], message: OutboundMessage) -> SmsError | None:
    async with AsyncClient(network=OPEN) as client:
        try:
            await client.send(channel, message)
        except SmsError as error:
            return error
    return None


def test_a_further_gateway_is_checked_as_the_first_is() -> None:
    for url in ("http://two.example.org", "https://10.0.0.5"):
        transport = Policed()
        with Client(transport=transport) as client, pytest.raises(ConfigError):
            client.send(channel_of({"backup_urls": [url]}), OutboundMessage(to=TO, text="Muraho"))
        assert transport.hosts == ["smgw1.yo.co.ug", urlsplit(url).hostname]


class Policed:
    """A transport that reaches nobody, once the policy has let it."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        self.hosts.append(request.host)
        if policy is not None:
            policy.check_url(request.url)
        raise unsent()

    def close(self) -> None: ...


# --- answers

# Source: courier, handlers/yo/handler.go and handler_test.go (https://github.com/nyaruka/courier).
REFUSALS = [
    (f"{DIGITS}:BLACKLISTED", Rejected, Reason.OPTED_OUT, "BLACKLISTED"),
    (f"{DIGITS}:REJECTED", Rejected, Reason.UNKNOWN, "REJECTED"),
    ("YBS AutoCreate Subsystem: Access denied due to wrong authorization code", AuthError, None, "ERROR"),
    ("Access denied", AuthError, None, "ERROR"),
    ("wrong authorization code", AuthError, None, "ERROR"),
    ("YBS AutoCreate Subsystem: something new", Rejected, Reason.UNKNOWN, "ERROR"),
    (None, Rejected, Reason.UNKNOWN, "ERROR"),
]


@pytest.mark.parametrize(("message", "kind", "reason", "code"), REFUSALS)
def test_each_refusal_inside_a_200_has_its_error_and_its_own_words(
    message: str | None, kind: type[SmsError], reason: Reason | None, code: str
) -> None:
    error, _ = send([line("ERROR", message)])
    assert (type(error), getattr(error, "reason", None), error.provider_code) == (kind, reason, code)
    assert error.provider_text == message
    assert not error.retryable


@pytest.mark.parametrize("state", ["BLACKLISTED", "REJECTED"])
def test_the_state_of_the_recipient_counts_for_more_than_an_ok(state: str) -> None:
    error, _ = send([line("OK", f"{DIGITS}:{state}")])
    assert (type(error), error.provider_code) == (Rejected, state)


@pytest.mark.parametrize(("message", "word"), [(None, "OK"), (f"{DIGITS}:SUBMITTED", "SUBMITTED")])
def test_an_accepted_message_has_no_id_and_is_sent(message: str | None, word: str) -> None:
    result, _ = send([line("OK", message)])
    (part,) = result.parts
    assert (part.id, part.status, part.word) == (None, Status.SENT, word)


@given(st.text(max_size=12).filter(lambda word: word not in ("OK", "ERROR")))
@settings(max_examples=50, deadline=None)
def test_no_other_status_is_a_success_or_retryable(word: str) -> None:
    error, _ = send([line(word)])
    assert type(error) is ProtocolError
    assert not error.retryable


def test_the_password_is_in_no_error() -> None:
    for outcome in (line("ERROR", f"no account for {PASSWORD}"), line(None, http=500), lost()):
        error, _ = send([outcome])
        assert PASSWORD not in f"{error!r} {error} {error.to_dict()} {error.request and error.request.url}"


# --- incoming messages


def receive(query: str, **options: Any) -> Any:
    url = f"https://sms.example.org/c/yo/8eb23e93/receive?{query}"
    with Client(joiner=None) as client:
        return client.receive(channel_of(**options), WebhookRequest("GET", url, Headers()))


def test_a_message_without_a_sender_is_malformed() -> None:
    for query in ("message=Join", "sender=&message=Join", "", "dest=8500"):
        assert isinstance(receive(query).error, MalformedInbound)


def test_the_secret_of_the_callback_url_is_not_kept_with_the_message() -> None:
    receipt = receive("key=an-example-secret&sender=12025550123&message=Join", callback_secret="an-example-secret")
    (event,) = receipt.events
    assert isinstance(event, InboundMessage)
    assert event.raw == {"sender": "12025550123", "message": "Join"}
