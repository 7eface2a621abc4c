"""UCP/EMI: which operation a message becomes, and what the SMSC's operations become."""

from __future__ import annotations

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
    Status,
    Unsupported,
)
from sms_adapters.builtin.ucp_emi.incoming import REASONS
from sms_adapters.joining import PartJoiner
from sms_adapters.results import Reason
from sms_adapters.simulation import Fate
from sms_adapters.smsc.dialects import BindMode
from sms_adapters.smsc.ucp import (
    Ack,
    Alert,
    CallInput,
    DeleteOutcome,
    Deliver,
    Inquiry,
    MessageTransfer,
    Nack,
    Notification,
    Submit,
    pack_originator,
)
from sms_adapters.smsc.ucp.dialect import UCP
from sms_adapters.smsc.values import SubmitResponse
from sms_adapters.text import gsm7
from sms_adapters.transports.simulated import SimulatedTransport

REGISTRY = Registry(installed=False)
NOW = datetime(2026, 11, 23, 10, 0, 30, tzinfo=UTC)
TO = "+447700900002"


def channel(**options: Any) -> Any:
    config = {"base_url": "ucp://127.0.0.1:5000", "username": "6543", "password": "secret", **options.pop("config", {})}
    given = {"address": "12345", "country": "GB", "clock": lambda: NOW, **options}
    return REGISTRY.open("ucp_emi", id="u1", config=config, **given)


def frames_of(message: OutboundMessage, answer: Any = None, **options: Any) -> list[Any]:
    """The operations that a message becomes."""
    flow, found = REGISTRY.load("ucp_emi").adapter.send(channel(**options), message), []
    request = next(flow)
    try:
        while True:
            found.append(request.frame)
            told = answer or Ack(sm=f"{request.frame.adc}:231126051000", ot=request.frame.ot)
            request = flow.send(SubmitResponse(told, UCP.outcome(told)))
    except StopIteration:
        return found


PLAIN = {"adc": "447700900002", "oadc": "12345", "nrq": "1", "nt": "3", "mt": "3"}
SUBMITS = [
    ({"text": "Hello €"}, {}, {**PLAIN, "msg": "48656C6C6F201B65"}),
    ({"text": "Hi", "sender": "MyBrand"}, {}, {**PLAIN, "oadc": "0DCDBC501E769301", "otoa": "5039", "msg": "4869"}),
    ({"text": "Hi", "sender": "+447700900001"}, {}, {**PLAIN, "oadc": "447700900001", "otoa": "1139", "msg": "4869"}),
    (
        {"text": "Привет"},
        {},
        {**PLAIN, "mt": "4", "nb": "96", "msg": "041F04400438043204350442", "xser": "020108"},
    ),
    ({"text": "Hi", "flash": True}, {}, {**PLAIN, "msg": "4869", "mcls": "0"}),
    ({"text": "П", "flash": True}, {}, {**PLAIN, "mt": "4", "nb": "16", "msg": "041F", "xser": "020118", "mcls": "0"}),
    (
        {"data": b"\x00\xff", "udh": bytes.fromhex("0605040b8423f0")},
        {},
        {**PLAIN, "mt": "4", "nb": "16", "msg": "00FF", "xser": "01070605040B8423F0"},
    ),
    ({"text": "Hi", "report": False}, {}, {"adc": "447700900002", "oadc": "12345", "mt": "3", "msg": "4869"}),
    (
        {"text": "Hi", "validity": timedelta(hours=1), "send_at": NOW + timedelta(minutes=30)},
        {"timezone": "Europe/Paris"},
        {**PLAIN, "msg": "4869", "dd": "1", "ddt": "2311261131", "vp": "2311261201"},
    ),
    ({"text": "Hi"}, {"recipient_prefix": "00"}, {**PLAIN, "adc": "00447700900002", "msg": "4869"}),
    ({"text": "Hi", "to": "80808"}, {"recipient_prefix": "00"}, {**PLAIN, "adc": "80808", "msg": "4869"}),
    ({"text": "Hi"}, {"notifications": 7}, {**PLAIN, "nt": "7", "msg": "4869"}),
    (
        {"text": "Hi"},
        {"notification_address": "1920870340125000"},
        {**PLAIN, "nadc": "1920870340125000", "npid": "0539", "msg": "4869"},
    ),
    ({"text": "Hi"}, {"authentication_code": "4711"}, {**PLAIN, "ac": "4711", "msg": "4869"}),
    ({"text": "Ä[]"}, {"alphabet": "latin-1"}, {**PLAIN, "msg": "C45B5D"}),
    ({"text": "Äß"}, {"alphabet": "german"}, {**PLAIN, "msg": "5B7E"}),
    (
        {"text": "Hi", "extra": {"priority": 2, "rpid": "0065", "billing": "0102"}},
        {},
        {**PLAIN, "pr": "2", "rpid": "0065", "xser": "0C020102", "msg": "4869"},
    ),
]


@pytest.mark.parametrize(("asked", "config", "fields"), SUBMITS)
def test_a_message_becomes_operation_51(asked: dict[str, Any], config: dict[str, Any], fields: dict[str, str]) -> None:
    message = OutboundMessage(**{"to": TO, **asked})
    assert frames_of(message, config=config) == [Submit(**fields)]


def test_a_long_text_becomes_parts_with_a_header() -> None:
    message = OutboundMessage(TO, "a" * 161, id="A")
    first, second = frames_of(message)
    assert (first.xser, second.xser) == ("0106050003410201", "0106050003410202")
    assert (len(first.msg), len(second.msg)) == (2 * 153, 2 * 8)
    assert (first.mms, second.mms) == ("1", "")


def test_the_old_operations() -> None:
    message = OutboundMessage(TO, "Hi", validity=timedelta(hours=1))
    assert frames_of(message, config={"operation": "30"}) == [
        MessageTransfer("447700900002", "12345", nrq="1", npid="0539", vp="2311261101", msg="4869")
    ]
    plain = OutboundMessage(TO, "Hi")
    assert frames_of(plain, config={"operation": "01", "authentication_code": "4711"}) == [
        CallInput("447700900002", "12345", "4711", "3", "4869")
    ]
    long = frames_of(OutboundMessage(TO, "a" * 161), config={"operation": "30"})
    assert [len(frame.msg) for frame in long] == [320, 2]


@pytest.mark.parametrize(
    ("asked", "config", "error"),
    [
        ({"text": "Привет"}, {"operation": "30"}, Unsupported),
        ({"text": "Hi", "flash": True}, {"operation": "01"}, Unsupported),
        ({"data": b"x"}, {"operation": "30"}, Unsupported),
        ({"text": "Hi", "sender": "MyBrand"}, {"operation": "30"}, Unsupported),
        ({"text": "Hi", "validity": timedelta(hours=1)}, {"operation": "01"}, Unsupported),
        ({"text": "Hi", "sender": "TwelveLetter"}, {}, InvalidMessage),
        ({"text": "Hi", "sender": "Марка"}, {}, InvalidMessage),
        ({"data": b"x" * 141}, {}, InvalidMessage),
        ({"data": b"x" * 134, "udh": bytes.fromhex("0605040b8423f0")}, {}, InvalidMessage),
        ({"text": "10€"}, {"alphabet": "latin-1"}, InvalidMessage),
        ({"text": "a]b"}, {"alphabet": "german"}, InvalidMessage),
        ({"text": "Hi", "extra": {"billing": "zz"}}, {}, InvalidMessage),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(asked: Any, config: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        frames_of(OutboundMessage(**{"to": TO, **asked}), config=config)


@pytest.mark.parametrize(
    ("sm", "reference"),
    [
        ("447700900002:231126051000", "447700900002:231126051000"),
        ("00447700900002:231126051000", "447700900002:231126051000"),
        ("07700900002:231126051000", "447700900002:231126051000"),
        ("", None),
        ("message accepted", None),
    ],
)
def test_the_result_names_the_message(sm: str, reference: str | None) -> None:
    answer = Ack(sm=sm, ot=51)
    part = REGISTRY.load("ucp_emi").adapter.read_response(channel(), None, SubmitResponse(answer))
    assert (part.id, part.word) == (reference, sm or None)


@pytest.mark.parametrize(
    "answer",
    [
        Ack(sm="0000", ot=31),
        Ack(ot=60),
        Ack(sm="447700900002:231126051000", ot=52),
        Ack(sm="447700900003:231126051000", ot=51),
        Nack("04", ot=31),
    ],
)
def test_the_answer_to_another_request_says_nothing_about_this_one(answer: Any) -> None:
    with pytest.raises(DeliveryUncertain, match="not one to this request"):
        frames_of(OutboundMessage(TO, "Hi"), answer)


def received(frame: Any, **options: Any) -> Any:
    [event] = REGISTRY.load("ucp_emi").adapter.parse_inbound(channel(**options), DeliverRequest(frame, dialect=UCP))
    return event


def test_a_notification_finds_its_message_however_the_number_is_written() -> None:
    for number in ("447700900002", "00447700900002", "07700900002"):
        report = received(Notification("12345", number, scts="231126051000", dst="0", rsn="000"))
        assert report.id == "447700900002:231126051000"
        assert report.recipient == TO


MESSAGES = [
    ({"mt": "3", "msg": "53544F50"}, "STOP", None),
    ({"mt": "3", "msg": ""}, "", None),
    ({"mt": "2", "msg": "0123"}, "0123", None),
    ({"mt": "4", "msg": "041F04400438", "xser": "020108"}, "При", None),
    ({"mt": "4", "msg": "00FF"}, "", b"\x00\xff"),
    ({"mt": "4", "msg": "00FF", "xser": "0201F5"}, "", b"\x00\xff"),
    ({"mt": "4", "msg": "D83D", "xser": "020108"}, "\ufffd", None),
]


@pytest.mark.parametrize(
    ("content", "services", "text"),
    [
        ("Muraho 😀 neza".encode("utf-16-be"), "020108", "Muraho 😀 neza"),
        (gsm7.encode("Price: 10€ [a]"), "", "Price: 10€ [a]"),
    ],
)
def test_a_text_cut_within_a_character_arrives_whole(content: bytes, services: str, text: str) -> None:
    step = 2 if services else 1
    for at in range(step, len(content), step):
        joiner, found = PartJoiner(), []
        for number, piece in enumerate((content[:at], content[at:]), 1):
            xser = f"010605000307020{number}{services}"
            frame = Deliver("12345", "447700900002", mt="4" if services else "3", msg=piece.hex(), xser=xser)
            found += joiner.feed(("ucp_emi", "1"), [received(frame)], NOW)
        assert [event.text for event in found] == [text], at


@pytest.mark.parametrize(
    ("oadc", "otoa", "sender"), [("", "", ""), ("", "5039", ""), ("ZZ", "5039", "ZZ"), ("*100#", "", "*100#")]
)
def test_a_message_is_not_lost_for_its_sender(oadc: str, otoa: str, sender: str) -> None:
    event = received(Deliver("12345", oadc, otoa=otoa, mt="3", msg="6869"))
    assert (event.sender, event.text) == (sender, "hi")


@pytest.mark.parametrize(("content", "text", "data"), MESSAGES)
def test_what_a_handset_sent(content: dict[str, str], text: str, data: bytes | None) -> None:
    event = received(Deliver("12345", "447700900002", scts="231126051105", **content))
    assert isinstance(event, InboundMessage)
    assert (event.sender, event.to, event.text, event.data) == (TO, "12345", text, data)
    assert event.received_at == datetime(2026, 11, 23, 5, 11, 5, tzinfo=UTC)
    assert event.id
    assert event.raw["SCTS"] == "231126051105"


def test_a_name_as_sender_the_zone_and_the_place_among_parts() -> None:
    frame = Deliver(
        "12345", pack_originator("MyBrand"), otoa="5039", scts="231126051105", mt="3", msg="41", xser="0106050003070201"
    )
    event = received(frame, config={"timezone": "Europe/Paris"})
    assert event.sender == "MyBrand"
    assert event.received_at == datetime(2026, 11, 23, 4, 11, 5, tzinfo=UTC)
    assert (event.part.reference, event.part.number, event.part.total) == ("7", 1, 2)


def test_a_repeated_delivery_has_the_same_id_and_another_text_another() -> None:
    first = Deliver("12345", "447700900002", scts="231126051105", mt="3", msg="41")
    other = Deliver("12345", "447700900002", scts="231126051105", mt="3", msg="42")
    assert received(first).id == received(first).id != received(other).id


def test_national_tables_of_a_header_are_used() -> None:
    # A locking shift table for Turkish: septet 7 is a dotless i.
    event = received(Deliver("1", "447700900002", scts="231126051105", mt="3", msg="07", xser="010403250101"))
    assert event.text == "ı"


REPORTS = [
    ("0", "000", Status.DELIVERED, None),
    ("0", "", Status.DELIVERED, None),
    ("1", "107", Status.SENT, None),
    ("1", "101", Status.SENT, None),
    ("2", "000", Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT),
    ("2", "101", Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT),
    ("2", "103", Status.UNDELIVERABLE, Reason.BLOCKED),
    ("2", "108", Status.FAILED, None),
    ("2", "207", Status.REJECTED, Reason.DUPLICATE),
    ("2", "999", Status.FAILED, None),
    ("2", "", Status.FAILED, None),
    ("9", "", Status.UNKNOWN, None),
    ("", "", Status.UNKNOWN, None),
]


@pytest.mark.parametrize(("dst", "rsn", "status", "reason"), REPORTS)
def test_what_became_of_a_message(dst: str, rsn: str, status: Status, reason: Reason | None) -> None:
    frame = Notification("12345", "447700900002", scts="231126051000", dst=dst, rsn=rsn, dscts="231126051012")
    report = received(frame)
    assert isinstance(report, DeliveryReport)
    assert (report.status, report.reason, report.word, report.code) == (status, reason, dst or None, rsn or None)
    assert report.at == datetime(2026, 11, 23, 5, 10, 12, tzinfo=UTC)


def test_the_smscs_words_go_before_ours() -> None:
    named = {"scts": "231126051000", "dst": "2", "rsn": "107", "mt": "3"}
    assert received(Notification("1", "447700900002", **named, msg="4869")).description == "Hi"
    assert received(Notification("1", "447700900002", **named, msg="zz")).description == REASONS["107"][1]


@pytest.mark.parametrize(
    "frame",
    [
        Deliver("12345", "447700900002", mt="3", msg="zz"),
        Deliver("12345", "447700900002", mt="3", msg="41", xser="0106"),
        Notification("12345", "447700900002", dst="0"),
        Notification("12345", "", scts="231126051000"),
        DeleteOutcome("12345", "447700900002"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(frame: Any) -> None:
    with pytest.raises(MalformedInbound) as caught:
        received(frame)
    assert str(caught.value)


def test_the_login() -> None:
    adapter = REGISTRY.load("ucp_emi").adapter
    login = adapter.authenticate(channel(config={"connections": 2, "oton": "1", "onpi": "1"}))
    assert (login.username, login.password, login.binds) == ("6543", "secret", (BindMode.TRANSCEIVER,) * 2)
    frame = login.dialect.login(login, BindMode.TRANSCEIVER)
    assert (frame.oadc, frame.oton, frame.onpi) == ("6543", "1", "1")
    without = adapter.authenticate(channel(config={"login": False, "password": ""}))
    assert without.dialect.login(without, BindMode.TRANSCEIVER) is None
    assert "secret" not in repr(login)


@pytest.mark.parametrize("answer", [Ack(sm="0000", ot=31), Nack("03", ot=31), Nack("04", ot=31)])
def test_any_result_of_an_alert_proves_the_account(answer: Any) -> None:
    flow = REGISTRY.load("ucp_emi").adapter.check_account(channel())
    request = next(flow)
    assert (request.frame, request.submits) == (Alert("6543", "0539"), False)
    with pytest.raises(StopIteration) as caught:
        flow.send(SubmitResponse(answer, UCP.outcome(answer)))
    assert caught.value.value.name == "6543"


@pytest.mark.parametrize(
    "config",
    [
        {"base_url": "smpp://127.0.0.1:5000"},
        {"base_url": "ucp://127.0.0.1:0"},
        {"username": "name"},
        {"window": 101},
        {"timezone": "Mars/Olympus"},
        {"notification_address": "1.2.3.4"},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(config))):
        channel(config=config)


def test_two_messages_to_one_number_in_one_second_have_two_ids() -> None:
    simulator = REGISTRY.simulator("ucp_emi", clock=lambda: NOW)
    opened = REGISTRY.open("ucp_emi", id="u", address="12345", config=simulator.config("ucp://127.0.0.1:5000"))
    with Client(transport=SimulatedTransport(simulator)) as client:
        ids = {client.send(opened, OutboundMessage(TO, "Hi")).id for _ in range(3)}
    assert len(ids) == 3


def test_the_simulator_reports_what_was_asked_for() -> None:
    simulator = REGISTRY.simulator("ucp_emi", clock=lambda: NOW)
    for nrq, nt, wanted in (("1", "3", 1), ("1", "7", 2), ("1", "2", 0), ("", "3", 0), ("1", "", 1)):
        simulator.accepted.clear()
        [answer] = simulator.answer(Submit("447700900002", "12345", nrq=nrq, nt=nt, mt="3", msg="41"))
        assert isinstance(answer, Ack)
        assert len(simulator.reports(simulator.accepted[0])) == wanted, (nrq, nt)


def test_the_simulator_refuses_what_an_smsc_refuses() -> None:
    simulator = REGISTRY.simulator("ucp_emi", clock=lambda: NOW)
    asked = {
        "06": Submit("44x", "12345", mt="3", msg="41"),
        "02": Submit("447700900002", "12345", mt="3", msg="zz"),
        "03": Inquiry("447700900002", "12345"),
        "04": Submit("447700900096", "12345", mt="3", msg="41"),
    }
    for code, frame in asked.items():
        [answer] = simulator.answer(frame)
        assert isinstance(answer, Nack)
        assert answer.ec == code
    assert simulator.accepted == []
    assert UCP.outcome(simulator.congested(Submit())).verdict.value == Fate.THROTTLED.value
