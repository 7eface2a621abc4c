"""Every built-in adapter does what the exchanges, the inbound examples and the simulator of its folder say."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import jsonschema
import pytest

from sms_adapters import (
    AdapterDefect,
    Client,
    DeliveryReport,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Registry,
    Rejected,
    SmsError,
    Status,
    event_to_dict,
)
from sms_adapters.conformance.cases import (
    CLOCK,
    ExchangeCase,
    InboundCase,
    channel_options,
    exchange_cases,
    inbound_cases,
    outcome,
)
from sms_adapters.conformance.frames import receive
from sms_adapters.flow import run
from sms_adapters.http import HttpRequest, WebhookRequest
from sms_adapters.joining import PartJoiner
from sms_adapters.manifest import Capability, Kind
from sms_adapters.sandbox.aggregator import counted
from sms_adapters.sandbox.server import serve
from sms_adapters.simulation import FATES, REFUSED, Fate
from sms_adapters.smsc.dialects import Reply
from sms_adapters.smsc.in_process import delivered
from sms_adapters.smsc.receiving import receive_frame
from sms_adapters.smsc.simulator import SessionSimulator
from sms_adapters.transports.replay import ReplayTransport
from sms_adapters.transports.simulated import SimulatedTransport

REGISTRY = Registry(installed=False)
IDS = REGISTRY.ids()
SESSIONS = [name for name in IDS if REGISTRY.manifest(name).kind is Kind.SESSION]
EXCHANGES = [
    pytest.param(name, case, id=f"{name}-{case.name}") for name in IDS for case in exchange_cases(REGISTRY.folder(name))
]
INBOUND = [
    pytest.param(name, case, id=f"{name}-{case.name}") for name in IDS for case in inbound_cases(REGISTRY.folder(name))
]
OPEN = NetworkPolicy(allow_http=True, allow_private=True)


def case_channel(name: str, values: dict[str, Any]) -> Any:
    return REGISTRY.open(name, **{"id": "8eb23e93", "clock": lambda: CLOCK, **channel_options(values)})


def perform(client: Client, case: ExchangeCase, channel: Any) -> Any:
    if case.hook == "send":
        assert case.message is not None
        return client.send(channel, case.message)
    return getattr(client, case.hook)(channel, *([case.reference] if case.reference else []))


@pytest.mark.parametrize(("name", "case"), EXCHANGES)
def test_the_adapter_makes_the_recorded_requests_and_reads_the_answers(name: str, case: ExchangeCase) -> None:
    transport = ReplayTransport(case.cassette)
    with Client(transport=transport, network=OPEN) as client:
        try:
            result = perform(client, case, case_channel(name, dict(case.channel)))
        except SmsError as error:
            result = error
    transport.assert_played()
    found = outcome(result)
    assert {key: found.get(key) for key in case.expect} == case.expect


@pytest.mark.parametrize(("name", "case"), INBOUND)
def test_a_webhook_brings_the_events_expected(name: str, case: InboundCase) -> None:
    with Client(transport=SimulatedTransport(REGISTRY.simulator(name)), joiner=None) as client:
        receipt = receive(client, case_channel(name, dict(case.channel)), case.request)
    receipt.raise_for_error()
    found = [event_to_dict(event) for event in receipt.events]
    for event in found:
        event.pop("raw", None)
    assert found == case.expect


def test_every_adapter_has_exchanges_and_inbound_examples() -> None:
    for name in set(IDS) - set(SESSIONS):
        assert list(exchange_cases(REGISTRY.folder(name))), name
        assert list(inbound_cases(REGISTRY.folder(name))), name


def session_channel(name: str, simulator: Any) -> Any:
    scheme = next(iter(REGISTRY.schema(name)["properties"]["base_url"]["examples"])).partition(":")[0]
    return REGISTRY.open(
        name,
        id="8eb23e93",
        config=simulator.config(f"{scheme}://127.0.0.1:4000"),
        address="+12025550100",
        country="US",
    )


@pytest.fixture(params=IDS)
def simulated(request: pytest.FixtureRequest) -> Any:
    """A channel pointed at its simulator, over real HTTP or in a session of this process, and the simulator."""
    simulator = REGISTRY.simulator(request.param)
    if request.param in SESSIONS:
        with Client(network=OPEN, transport=SimulatedTransport(simulator)) as client:
            yield client, session_channel(request.param, simulator), simulator
        return
    with serve(simulator.handle) as url, Client(network=OPEN) as client:
        channel = REGISTRY.open(
            request.param,
            id="8eb23e93",
            config=simulator.config(url),
            address="+12025550100",
            country="US",
            public_url="https://sms.example.org",
        )
        simulator.inbound_url = channel.callback_url("receive")
        yield client, channel, simulator


def received(client: Client, channel: Any, simulator: Any, pushed: Any) -> list[Any]:
    """The events of everything that a simulator pushes."""
    events: list[Any] = []
    if isinstance(simulator, SessionSimulator):
        joiner = PartJoiner()
        for request in delivered(simulator.dialect, pushed):
            receipt = run(receive_frame(client._engine, channel, request), client._perform)
            receipt.raise_for_error()
            assert receipt.reply.reply is Reply.ACCEPTED
            events += joiner.feed((channel.adapter, channel.id), receipt.events, CLOCK)
        return events
    for sent in pushed:
        receipt = client.receive(channel, WebhookRequest(sent.method, sent.url, sent.headers, sent.body))
        receipt.raise_for_error()
        assert receipt.response.status in (200, 202, 204)
        events += receipt.events
    return events


TEXTS = (
    "Muraho",
    "Price: 10€ [a|b] {c} ~\\^",
    "Кириллица и 👨‍👩‍👧 " * 20,
    "a & b = c + d % e <f> \"g\" 'h'\nline",
    "{{to}} {{text}}",
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_sent_is_what_the_aggregator_understood(simulated: Any, text: str) -> None:
    client, channel, simulator = simulated
    result = client.send(channel, OutboundMessage(to="+12025550123", text=text))
    assert "".join(message.text for message in simulator.accepted) == text
    assert {message.to for message in simulator.accepted} == {"+12025550123"}
    assert {message.sender for message in simulator.accepted} == {"+12025550100"}
    assert len(result.parts) == len(simulator.accepted)


LONG = "👋" * 20_000


def as_typed(request: HttpRequest, text: str) -> WebhookRequest:
    """A request that says Muraho, with another text in its place: what somebody else's client would make of it."""
    quoted = quote_plus(text)
    encoded = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    body = request.body.replace(b"Muraho", (quoted if encoded else text).encode())
    return WebhookRequest(request.method, request.url.replace("Muraho", quoted), request.headers, body)


@pytest.mark.parametrize("name", IDS)
def test_a_text_of_twenty_thousand_emoji_is_taken_or_refused(name: str) -> None:
    simulator = REGISTRY.simulator(name)
    transport = SimulatedTransport(simulator)
    options = {"id": "8eb23e93", "address": "+12025550100", "country": "US"}
    channel = (
        session_channel(name, simulator)
        if name in SESSIONS
        else REGISTRY.open(name, **options, config=simulator.config("https://gw.example.org"))
    )
    with Client(transport=transport, network=OPEN) as client:
        try:
            result = client.send(channel, OutboundMessage("+12025550123", LONG))
        except AdapterDefect:
            raise
        except Rejected:
            assert simulator.accepted == []
        else:
            assert "".join(message.text for message in simulator.accepted) == LONG
            assert len(result.parts) == len(simulator.accepted)
        if name not in SESSIONS:
            client.send(channel, OutboundMessage("+12025550123", "Muraho"))
            answer = simulator.handle(as_typed(transport.requests[-1], LONG))
            assert answer.status < 500
    for message in simulator.accepted:
        encoding, segments = counted(message.text)
        assert (encoding, segments) == ("gsm7", 1) if message.text == "Muraho" else segments >= 1


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_handset_typed_is_what_the_host_reads(simulated: Any, text: str) -> None:
    client, channel, simulator = simulated
    events = received(client, channel, simulator, simulator.inbound("+12025550123", "+12025550100", text))
    assert [(type(event), event.sender, event.text) for event in events] == [(InboundMessage, "+12025550123", text)]


FINAL = {
    Fate.DELIVERED: {Status.DELIVERED},
    Fate.FAILED: {Status.FAILED, Status.UNDELIVERABLE},
    Fate.EXPIRED: {Status.EXPIRED, Status.FAILED},
    Fate.REJECTED: {Status.REJECTED, Status.FAILED},
    Fate.UNDELIVERABLE: {Status.UNDELIVERABLE, Status.FAILED},
    Fate.DUPLICATED: {Status.DELIVERED},
    Fate.OUT_OF_ORDER: {Status.DELIVERED},
    Fate.LATE: {Status.DELIVERED},
}
TAILS = {fate: tail for tail, fate in FATES.items()} | {Fate.DELIVERED: "23"}


@pytest.mark.parametrize("fate", FINAL)
def test_delivery_reports_find_their_message_and_end_in_its_fate(simulated: Any, fate: Fate) -> None:
    client, channel, simulator = simulated
    message = OutboundMessage(to=f"+120255501{TAILS[fate]}", text="Muraho")
    result = client.send(channel, message)
    if not channel.manifest.offers(Capability.DELIVERY_REPORTS):
        assert simulator.reports(simulator.accepted[0]) == []
        return
    status = Status.QUEUED
    for sent in simulator.reports(simulator.accepted[0]):
        (report,) = received(client, channel, simulator, [sent])
        assert isinstance(report, DeliveryReport)
        assert report.message_id == message.id or channel.same_id(report.id, result.id)
        status = status.merge(report.status)
    assert status in FINAL[fate]


@pytest.mark.parametrize("fate", sorted(REFUSED))
def test_a_refusal_is_typed_and_nothing_is_accepted(simulated: Any, fate: Fate) -> None:
    client, channel, simulator = simulated
    with pytest.raises(SmsError) as caught:
        client.send(channel, OutboundMessage(to=f"+120255501{TAILS[fate]}", text="Muraho"))
    assert simulator.accepted == []
    assert caught.value.retryable == (fate in (Fate.THROTTLED, Fate.UNAVAILABLE))
    assert caught.value.adapter == channel.adapter


def test_a_lost_answer_is_in_doubt_and_was_submitted_once(simulated: Any) -> None:
    client, channel, simulator = simulated
    with pytest.raises(SmsError) as caught:
        client.send(channel, OutboundMessage(to=f"+120255501{TAILS[Fate.LOST_ANSWER]}", text="Muraho"))
    assert type(caught.value).__name__ == "DeliveryUncertain"
    assert not caught.value.retryable
    assert len(simulator.accepted) == 1


@pytest.mark.parametrize("name", IDS)
def test_the_committed_schema_is_the_generated_one(name: str) -> None:
    schema = REGISTRY.schema(name)
    assert schema == REGISTRY.load(name).config.model_json_schema()
    simulator = REGISTRY.simulator(name)
    config = session_channel(name, simulator).config.base_url if name in SESSIONS else "https://gw.example.org"
    jsonschema.validate(simulator.config(config), schema)
    assert json.dumps(schema)
