"""CIMD2: which packet a message becomes, and what the centre's packets become."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sms_adapters import (
    Client,
    ConfigError,
    DeliverRequest,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    InvalidMessage,
    MalformedInbound,
    OutboundMessage,
    Registry,
    Rejected,
    Status,
    SubmitRequest,
)
from sms_adapters.joining import PartJoiner
from sms_adapters.results import Reason
from sms_adapters.smsc import cimd
from sms_adapters.smsc.cimd.dialect import CIMD2
from sms_adapters.smsc.dialects import BindMode, Verdict
from sms_adapters.smsc.values import SubmitResponse
from sms_adapters.text import gsm7
from sms_adapters.transports.simulated import SimulatedTransport

REGISTRY = Registry(installed=False)
NOW = datetime(2026, 11, 23, 10, 0, 30, tzinfo=UTC)
TO = "+447700900002"
ANSWER = cimd.SubmitResponse(destination="447700900002", stamp="261123051000")


def channel(**options: Any) -> Any:
    config = {"base_url": "cimd2://127.0.0.1:9971", "username": "user", "password": "secret"}
    config |= options.pop("config", {})
    given = {"address": "12345", "country": "GB", "clock": lambda: NOW, **options}
    return REGISTRY.open("cimd2", id="c1", config=config, **given)


def frames_of(message: OutboundMessage, answer: Any = None, **options: Any) -> list[Any]:
    """The packets that a message becomes."""
    flow, found = REGISTRY.load("cimd2").adapter.send(channel(**options), message), []
    request = next(flow)
    try:
        while True:
            found.append(request.frame)
            told = answer or replace(ANSWER, destination=request.frame.destination)
            request = flow.send(SubmitResponse(told, CIMD2.outcome(told)))
    except StopIteration:
        return found


PLAIN = {"destination": "447700900002", "originator": "12345", "report_request": "14"}
SUBMITS = [
    ({"text": "Hello € @ £ [1]"}, {}, {**PLAIN, "text": "Hello _XXe _Oa _L- _XX<1_XX>"}),
    (
        {"text": "Hi", "sender": "MyBrand"},
        {},
        {**PLAIN, "originator": None, "alphanumeric_originator": "MyBrand", "text": "Hi"},
    ),
    ({"text": "Hi", "sender": "+447700900001"}, {}, {**PLAIN, "originator": "447700900001", "text": "Hi"}),
    ({"text": "Hi", "sender": "123456"}, {"account_number": "1234"}, {**PLAIN, "originator": "56", "text": "Hi"}),
    ({"text": "Hi", "sender": "1234"}, {"account_number": "1234"}, {**PLAIN, "originator": None, "text": "Hi"}),
    ({"text": "Привет"}, {}, {**PLAIN, "dcs": "8", "binary": "041F04400438043204350442"}),
    ({"text": "Hi", "flash": True}, {}, {**PLAIN, "dcs": "16", "text": "Hi"}),
    ({"text": "П", "flash": True}, {}, {**PLAIN, "dcs": "24", "binary": "041F"}),
    (
        {"data": b"\x00\xff", "udh": bytes.fromhex("0605040b8423f0")},
        {},
        {**PLAIN, "dcs": "4", "udh": "0605040B8423F0", "binary": "00FF"},
    ),
    ({"text": "Hi", "report": False}, {}, {**PLAIN, "report_request": "0", "text": "Hi"}),
    ({"text": "Hi"}, {"reports": 62}, {**PLAIN, "report_request": "62", "text": "Hi"}),
    (
        {"text": "Hi", "validity": timedelta(hours=1), "send_at": NOW + timedelta(minutes=7)},
        {},
        {**PLAIN, "relative_validity": "11", "relative_first_delivery": "1", "text": "Hi"},
    ),
    ({"text": "Hi", "send_at": NOW - timedelta(minutes=7)}, {}, {**PLAIN, "text": "Hi"}),
    ({"text": "Hi"}, {"international_prefix": "+"}, {**PLAIN, "destination": "+447700900002", "text": "Hi"}),
    (
        {"text": "Hi", "to": "80808"},
        {"international_prefix": "+"},
        {**PLAIN, "destination": "80808", "text": "Hi"},
    ),
    ({"text": "Ä_"}, {"user_data": "latin-1"}, {**PLAIN, "text": "Ä_"}),
    (
        {"text": "Hi", "extra": {"priority": 1, "tariff": 20, "cancel_enabled": 1, "protocol": 65}},
        {},
        {**PLAIN, "priority": "1", "tariff": "20", "cancel_enabled": "1", "protocol": "65", "text": "Hi"},
    ),
]


@pytest.mark.parametrize(("asked", "config", "fields"), SUBMITS)
def test_a_message_becomes_a_submit(asked: dict[str, Any], config: dict[str, Any], fields: dict[str, Any]) -> None:
    message = OutboundMessage(**{"to": TO, **asked})
    assert frames_of(message, config=config) == [cimd.Submit(**fields)]


def test_a_long_text_becomes_parts_with_a_header() -> None:
    first, second = frames_of(OutboundMessage(TO, "a" * 161, id="A"))
    assert (first.udh, second.udh) == ("050003410201", "050003410202")
    assert (len(first.text), len(second.text)) == (153, 8)
    assert (first.more_messages, second.more_messages) == ("1", None)


def test_the_longest_text_is_no_longer_than_the_parameter_may_be() -> None:
    for character in sorted(gsm7.alphabet().repertoire):
        count = 160 // gsm7.septets(character)
        [frame] = frames_of(OutboundMessage(TO, character * count))
        assert len(frame.text) <= 480, character


@pytest.mark.parametrize(
    ("asked", "config"),
    [
        ({"text": "Hi", "sender": "TwelveLetter"}, {}),
        ({"text": "Hi", "sender": "Crème"}, {}),
        ({"text": "Hi", "sender": "999"}, {"account_number": "1234"}),
        ({"data": b"x" * 141}, {}),
        ({"data": b"x" * 134, "udh": bytes.fromhex("0605040b8423f0")}, {}),
        ({"text": "10€"}, {"user_data": "latin-1"}),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(asked: Any, config: Any) -> None:
    with pytest.raises(InvalidMessage):
        frames_of(OutboundMessage(**{"to": TO, **asked}), config=config)


def part_of(answer: Any) -> Any:
    return REGISTRY.load("cimd2").adapter.read_response(channel(), None, SubmitResponse(answer))


def test_the_response_names_the_message() -> None:
    assert part_of(ANSWER).id == "447700900002:261123051000"
    assert part_of(cimd.SubmitResponse(destination="+447700900002", stamp="261123051000")).id == part_of(ANSWER).id
    assert part_of(cimd.SubmitResponse(destination="447700900002")).id is None


@pytest.mark.parametrize(
    "answer",
    [
        cimd.AliveResponse(),
        cimd.GeneralError(),
        cimd.SubmitResponse(destination="447700900003", stamp="261123051000"),
        cimd.SubmitResponse(destination="447700900003", error="300"),
    ],
)
def test_the_answer_to_another_request_says_nothing_about_this_one(answer: Any) -> None:
    with pytest.raises(DeliveryUncertain, match="not one to this request"):
        frames_of(OutboundMessage(TO, "Hi"), answer)


def test_a_refusal_has_its_reason_and_the_parts_before_it() -> None:
    refusal = cimd.SubmitResponse(destination="447700900002", error="321", error_text="no names here")
    flow = REGISTRY.load("cimd2").adapter.send(channel(), OutboundMessage(TO, "a" * 161))
    next(flow)
    flow.send(SubmitResponse(ANSWER))
    with pytest.raises(Rejected) as caught:
        flow.send(SubmitResponse(refusal, CIMD2.outcome(refusal)))
    error = caught.value
    assert (error.reason, error.provider_code, error.provider_text) == (Reason.INVALID_SENDER, "321", "no names here")
    assert error.partial is not None
    assert error.partial.ids == ("447700900002:261123051000",)


def received(frame: Any, **options: Any) -> Any:
    [event] = REGISTRY.load("cimd2").adapter.parse_inbound(channel(**options), DeliverRequest(frame, dialect=CIMD2))
    return event


PACKED = gsm7.pack(gsm7.encode("Hello"), 0).hex()
MESSAGES = [
    ({"text": "STOP"}, "STOP", None),
    ({"text": "_XXe _so"}, "€ §", None),
    ({"text": "grün [ß]"}, "grün ÄßÅ", None),
    ({}, "", None),
    ({"binary": "041F04400438", "dcs": "8"}, "При", None),
    ({"binary": "041F04400438", "dcs": "008"}, "При", None),
    ({"binary": "00FF", "dcs": "245"}, "", b"\x00\xff"),
    ({"binary": "00FF", "dcs": "4"}, "", b"\x00\xff"),
    ({"binary": PACKED}, "Hello", None),
    ({"binary": gsm7.pack(gsm7.encode("1234567")).hex()}, "1234567", None),
    ({"binary": gsm7.pack(gsm7.encode("Hello"), 1).hex(), "udh": "050003070201"}, "Hello", None),
    ({"binary": "", "udh": "050003070201"}, "", None),
]


EURO = gsm7.encode("10€")
CUTS = [
    ({"dcs": "8", "binary": "0041D83D"}, {"dcs": "8", "binary": "DE000042"}, "A😀B"),
    ({"text": "10_XX"}, {"text": "e a"}, "10€ a"),
    ({"text": "10_XX_XX"}, {"text": "e a"}, "10 e a"),
    ({"binary": gsm7.pack(EURO[:3], 1).hex()}, {"binary": gsm7.pack(EURO[3:], 1).hex()}, "10€"),
]


@pytest.mark.parametrize(("first", "second", "text"), CUTS)
def test_a_text_cut_within_a_character_arrives_whole(first: Any, second: Any, text: str) -> None:
    joiner, found = PartJoiner(), []
    for number, content in enumerate((first, second), 1):
        frame = cimd.Deliver(destination="12345", originator="447700900002", udh=f"05000307020{number}", **content)
        found += joiner.feed(("cimd2", "1"), [received(frame)], NOW)
    assert [event.text for event in found] == [text]


@pytest.mark.parametrize(("originator", "sender"), [("", ""), (None, ""), ("*100#", "*100#")])
def test_a_message_is_not_lost_for_its_sender(originator: str | None, sender: str) -> None:
    event = received(cimd.Deliver(destination="12345", originator=originator, text="hi"))
    assert (event.sender, event.text) == (sender, "hi")


@pytest.mark.parametrize(("content", "text", "data"), MESSAGES)
def test_what_a_handset_sent(content: dict[str, str], text: str, data: bytes | None) -> None:
    event = received(cimd.Deliver(destination="12345", originator="447700900002", stamp="261123051105", **content))
    assert isinstance(event, InboundMessage)
    assert (event.sender, event.to, event.text, event.data) == (TO, "12345", text, data)
    assert event.received_at == datetime(2026, 11, 23, 5, 11, 5, tzinfo=UTC)
    assert event.raw["stamp"] == "261123051105"


def test_other_conversions_a_name_as_sender_the_zone_and_the_place_among_parts() -> None:
    frame = cimd.Deliver(
        destination="12345", stamp="261123051105", text="[", udh="050003070201", extra=((27, "MyBrand"),)
    )
    event = received(frame, config={"timezone": "Europe/Paris", "user_data": "ascii"})
    assert (event.sender, event.text) == ("MyBrand", "[")
    assert event.received_at == datetime(2026, 11, 23, 4, 11, 5, tzinfo=UTC)
    assert (event.part.reference, event.part.number, event.part.total) == ("7", 1, 2)


def test_a_repeated_delivery_has_the_same_id_and_another_text_another() -> None:
    first, other = (
        cimd.Deliver(destination="1", originator="447700900002", stamp="261123051105", text=text) for text in "AB"
    )
    assert received(first).id == received(first).id != received(other).id


REPORTS = [
    ("4", "0", Status.DELIVERED, None, "0"),
    ("4", None, Status.DELIVERED, None, None),
    ("1", None, Status.SENT, None, None),
    ("5", "29", Status.SENT, None, "29"),
    ("2", "29", Status.EXPIRED, None, "29"),
    ("3", "1", Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT, "1"),
    ("3", "013", Status.UNDELIVERABLE, Reason.BLOCKED, "13"),
    ("3", "112", Status.FAILED, Reason.NO_CREDIT, "112"),
    ("3", "777", Status.FAILED, None, "777"),
    ("6", None, Status.UNDELIVERABLE, None, None),
    ("7", None, Status.FAILED, None, None),
    ("0", None, Status.UNKNOWN, None, None),
    ("42", None, Status.UNKNOWN, None, None),
    ("x", "y", Status.UNKNOWN, None, None),
    (None, None, Status.UNKNOWN, None, None),
]


@pytest.mark.parametrize(("code", "error", "status", "reason", "told"), REPORTS)
def test_what_became_of_a_message(code: Any, error: Any, status: Status, reason: Reason | None, told: Any) -> None:
    frame = cimd.StatusReport(
        destination="447700900002", stamp="261123051000", status=code, status_error=error, discharge="261123051012"
    )
    report = received(frame)
    assert isinstance(report, DeliveryReport)
    assert (report.status, report.reason, report.word, report.code) == (status, reason, code, told)
    assert (report.id, report.recipient) == ("447700900002:261123051000", TO)
    assert report.at == datetime(2026, 11, 23, 5, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "frame",
    [
        cimd.Deliver(destination="1", originator="447700900002", binary="zz"),
        cimd.Deliver(destination="1", originator="447700900002", udh="0"),
        cimd.StatusReport(destination="447700900002", status="4"),
        cimd.StatusReport(stamp="261123051000", status="4"),
        cimd.Alive(),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(frame: Any) -> None:
    with pytest.raises(MalformedInbound) as caught:
        received(frame)
    assert str(caught.value)


def test_the_login() -> None:
    adapter = REGISTRY.load("cimd2").adapter
    login = adapter.authenticate(
        channel(config={"window": 10, "subaddress": 2, "connections": 2, "checksum": False}),
    )
    assert (login.username, login.password, login.binds) == ("user", "secret", (BindMode.TRANSCEIVER,) * 2)
    frame = login.dialect.login(login, BindMode.TRANSCEIVER)
    assert (frame.user, frame.window, frame.subaddress) == ("user", "10", "2")
    assert login.dialect.encode(cimd.Alive(), 1).endswith(b"\t\x03")
    assert "secret" not in repr(login)


@pytest.mark.parametrize(
    "config",
    [
        {"base_url": "ucp://127.0.0.1:5000"},
        {"username": ""},
        {"window": 129},
        {"subaddress": 10},
        {"account_number": "+1"},
        {"timezone": "Mars/Olympus"},
        {"reports": 64},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(config))):
        channel(config=config)


def on_simulator(**options: Any) -> tuple[Client, Any, Any]:
    simulator = REGISTRY.simulator("cimd2", clock=lambda: NOW)
    config = {**simulator.config("cimd2://127.0.0.1:9971"), **options}
    return Client(transport=SimulatedTransport(simulator)), channel(config=config), simulator


def test_the_status_of_one_message_can_be_asked() -> None:
    client, opened, _ = on_simulator()
    with client:
        reference = client.send(opened, OutboundMessage(TO, "Hi")).id
        report = client.query_status(opened, reference)
        assert (report.status, report.id, report.recipient) == (Status.SENT, reference, TO)
        assert client.query_status(opened, "447700900003:261123051000").status is Status.UNKNOWN
        with pytest.raises(InvalidMessage):
            client.query_status(opened, "261123051000")


def test_two_messages_to_one_number_in_one_second_have_two_ids() -> None:
    client, opened, _ = on_simulator()
    with client:
        assert len({client.send(opened, OutboundMessage(TO, "Hi")).id for _ in range(3)}) == 3


def test_an_enquiry_that_is_refused_says_so() -> None:
    flow = REGISTRY.load("cimd2").adapter.query_status(channel(), "447700900002:261123051000")
    assert next(flow).frame == cimd.Enquiry(destination="447700900002", stamp="261123051000")
    refusal = cimd.EnquiryResponse(destination="447700900002", stamp="261123051000", error="400")
    with pytest.raises(Rejected) as caught:
        flow.send(SubmitResponse(refusal, CIMD2.outcome(refusal)))
    assert caught.value.provider_code == "400"


ASKED = [
    (cimd.Submit(destination="1", extra=((21, "2"),)), "301"),
    (cimd.Submit(destination="x", text="a"), "300"),
    (cimd.Submit(text="a"), "300"),
    (cimd.Submit(destination="1", text="a", binary="41"), "303"),
    (cimd.Submit(destination="1", binary="zz"), "302"),
    (cimd.Enquiry(), "400"),
    (cimd.Cancel(cancel_mode="3"), "602"),
    (cimd.Cancel(cancel_mode="2", destination="1", stamp="2"), "600"),
    (cimd.Cancel(cancel_mode="0", destination="1"), None),
    (cimd.Get(wanted="501"), None),
    (cimd.Get(wanted="502"), "900"),
    (cimd.Set(password="new"), "801"),
    (cimd.DeliveryRequest(mode="0"), None),
    (cimd.DeliveryRequest(), "500"),
]


@pytest.mark.parametrize(("frame", "error"), ASKED)
def test_the_simulator_answers_as_a_centre_does(frame: Any, error: str | None) -> None:
    _, _, simulator = on_simulator()
    [answer] = simulator.answer(frame)
    assert type(answer) is cimd.response_class(frame)
    assert answer.error == error
    assert simulator.accepted == []


def test_a_message_can_be_cancelled_if_that_was_asked_for() -> None:
    client, opened, simulator = on_simulator()
    with client:
        client.send(opened, OutboundMessage(TO, "Hi", extra={"cancel_enabled": 1}))
    stamp = simulator.accepted[0].values["stamp"]
    [answer] = simulator.answer(cimd.Cancel(cancel_mode="2", destination="447700900002", stamp=stamp))
    assert answer.error is None


def test_the_simulator_knows_its_account_and_window() -> None:
    _, _, simulator = on_simulator()
    good = {"user": simulator.config("")["username"], "password": simulator.config("")["password"]}
    assert simulator.login(cimd.Login(**good, window="128")).mode is BindMode.TRANSCEIVER
    assert simulator.login(cimd.Login(**good, window="129")).response.error == "104"
    assert simulator.login(cimd.Login(user="x", password="y")).response.error == "100"
    assert CIMD2.outcome(simulator.congested(cimd.Submit())).verdict is Verdict.THROTTLED


def test_the_account_is_asked_with_an_alive() -> None:
    flow = REGISTRY.load("cimd2").adapter.check_account(channel())
    request = next(flow)
    assert request == SubmitRequest(cimd.Alive(), submits=False)
