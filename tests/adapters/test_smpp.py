"""The smpp adapter: what goes out as submit_sm, what comes in as deliver_sm, and what an SMSC's codes mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    ConfigError,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    InvalidMessage,
    MalformedInbound,
    OutboundMessage,
    ProtocolError,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    SubmitResponse,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.builtin.smpp.simulator import SmppSimulator
from sms_adapters.joining import PartJoiner
from sms_adapters.messages import PartInfo
from sms_adapters.smsc.dialects import BindMode
from sms_adapters.smsc.dialling import address_of
from sms_adapters.smsc.in_process import delivered
from sms_adapters.smsc.simulator import Quirk
from sms_adapters.smsc.smpp import make_tlvs
from sms_adapters.smsc.smpp.contents import content_of
from sms_adapters.smsc.smpp.dialect import DIALECT, SmppDialect
from sms_adapters.smsc.smpp.pdus import (
    AlertNotification,
    BindReceiver,
    BroadcastSm,
    CancelSm,
    CancelSmResp,
    DataSm,
    DeliverSm,
    Destination,
    EnquireLinkResp,
    Failure,
    GenericNack,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    UnbindResp,
)
from sms_adapters.smsc.smpp.statuses import STATUSES, outcome_of
from sms_adapters.smsc.values import DeliverRequest
from sms_adapters.text import gsm7
from sms_adapters.transports.simulated import SimulatedTransport

REGISTRY = Registry(installed=False)
TO, ADDRESS, HANDSET = "+12025550123", "+12025550100", "+447700900001"
NOW = datetime(2026, 11, 23, 5, 9, tzinfo=UTC)
ACCOUNT = {"base_url": "smpp://smsc.example.com:2775", "username": "simulated", "password": "simpass1"}


def opened(address: str | None = ADDRESS, **config: Any) -> Channel[Any]:
    values = {**ACCOUNT, **config}
    return REGISTRY.open("smpp", id="1", config=values, address=address, country="US", clock=lambda: NOW)


def sent(message: OutboundMessage, *, address: str | None = ADDRESS, **config: Any) -> list[SubmitSm]:
    """The submit_sm of a message that the simulator accepted."""
    transport = SimulatedTransport(SmppSimulator())
    with Client(transport=transport) as client:
        client.send(opened(address, **config), message)
    return [request.frame for request in transport.submits]


def only(message: OutboundMessage, **options: Any) -> SubmitSm:
    (pdu,) = sent(message, **options)
    return pdu


def test_a_text_goes_as_septets_from_number_to_number() -> None:
    assert only(OutboundMessage(TO, "Hello €")) == SubmitSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr="12025550100",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="12025550123",
        registered_delivery=1,
        short_message=b"Hello \x1be",
    )


NUMBERS = [
    ("+12025550100", {}, (1, 1, "12025550100")),
    ("MyBrand", {}, (5, 0, "MyBrand")),
    ("12345", {}, (0, 1, "12345")),
    ("12345", {"short_code": "3/0"}, (3, 0, "12345")),
    ("MyBrand", {"alphanumeric": "5/1"}, (5, 1, "MyBrand")),
    ("+12025550100", {"international": "0/0", "number_form": "plus"}, (0, 0, "+12025550100")),
    ("+12025550100", {"number_form": "00"}, (1, 1, "0012025550100")),
]


@pytest.mark.parametrize(("sender", "config", "written"), NUMBERS)
def test_a_sender_has_the_type_of_its_kind(sender: str, config: dict[str, Any], written: tuple[int, int, str]) -> None:
    pdu = only(OutboundMessage(TO, "Hi", sender=sender), **config)
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == written


def test_a_recipient_follows_the_same_rules() -> None:
    pdu = only(OutboundMessage(TO, "Hi"), international="2/1", number_form="plus")
    assert (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr) == (2, 1, TO)


ALPHABETS = [
    ("Hello @", {}, 0, b"Hello \x00"),
    ("Hello @", {"alphabet": "gsm7-packed"}, 0, gsm7.pack(gsm7.encode("Hello @"))),
    ("café", {"alphabet": "latin-1", "text_coding": 3}, 3, b"caf\xe9"),
    ("Привет", {}, 8, "Привет".encode("utf-16-be")),
    ("Привет", {"unicode_coding": 24}, 24, "Привет".encode("utf-16-be")),
    # The euro sign is in the GSM alphabet and not in Latin-1.
    ("5 €", {"alphabet": "latin-1"}, 8, "5 €".encode("utf-16-be")),
    ("Ω", {"alphabet": "ascii"}, 8, "Ω".encode("utf-16-be")),
]


@pytest.mark.parametrize(("text", "config", "coding", "octets"), ALPHABETS)
def test_a_text_goes_in_the_alphabet_of_the_account(
    text: str, config: dict[str, Any], coding: int, octets: bytes
) -> None:
    pdu = only(OutboundMessage(TO, text), **config)
    assert (pdu.data_coding, pdu.short_message) == (coding, octets)


def test_a_text_beyond_gsm_goes_in_the_alphabet_where_the_channel_says_so() -> None:
    cyrillic = {"alphabet": "cp1251", "text_coding": 129, "beyond_gsm": "alphabet"}
    pdu = only(OutboundMessage(TO, "Привет"), **cyrillic)
    assert (pdu.data_coding, pdu.short_message) == (129, "Привет".encode("cp1251"))
    for text in ("ї" * 141, "Привет, мир! " * 30):
        pdus = sent(OutboundMessage(TO, text), **cyrillic)
        contents = [content_of(pdu).octets for pdu in pdus]
        assert b"".join(contents).decode("cp1251") == text
        assert {pdu.data_coding for pdu in pdus} == {129}
        assert max(len(pdu.short_message) for pdu in pdus) <= 140
    (pdu,) = sent(OutboundMessage(TO, "ї" * 141), **cyrillic, splitting="payload")
    assert pdu.tlv("message_payload") == ("ї" * 141).encode("cp1251")
    assert only(OutboundMessage(TO, "日"), **cyrillic).data_coding == 8
    assert only(OutboundMessage(TO, "Привет", flash=True), **cyrillic).data_coding == 0x18


def test_an_alphabet_of_several_octets_is_cut_by_them() -> None:
    text = "漢字かな交じり文" * 20
    pdus = sent(OutboundMessage(TO, text), alphabet="shift_jis", text_coding=5, beyond_gsm="alphabet")
    assert "".join(content_of(pdu).octets.decode("shift_jis") for pdu in pdus) == text
    assert max(len(pdu.short_message) for pdu in pdus) <= 140
    assert len(pdus) == 3


@pytest.mark.parametrize("alphabet", ["latin-1", "gsm7"])
def test_flash_by_data_coding_is_in_the_alphabet_that_it_names(alphabet: str) -> None:
    pdu = only(OutboundMessage(TO, "a@b ñ_", flash=True), alphabet=alphabet, text_coding=3)
    assert (pdu.data_coding, pdu.short_message) == (0x10, gsm7.encode("a@b ñ_"))


LONG = "The quick brown fox jumps over the lazy dog: @£$ é ñ ü; " * 6


def test_a_long_text_is_split_with_headers() -> None:
    pdus = sent(OutboundMessage(TO, LONG, id="m"))
    assert [pdu.esm_class for pdu in pdus] == [0x40] * len(pdus)
    contents = [content_of(pdu) for pdu in pdus]
    assert [content.udh[:3] for content in contents] == [b"\5\0\3"] * len(pdus)
    assert [content.udh[4:] for content in contents] == [bytes((3, 1)), bytes((3, 2)), bytes((3, 3))]
    assert "".join(gsm7.decode(content.octets) for content in contents) == LONG
    assert all(len(content.octets) <= 153 for content in contents)


def test_packed_parts_begin_on_a_septet_boundary() -> None:
    pdus = sent(OutboundMessage(TO, LONG), alphabet="gsm7-packed")
    texts = [gsm7.unpack(content_of(pdu).octets, 153, 1) for pdu in pdus[:-1]]
    assert LONG.startswith("".join(gsm7.decode(text) for text in texts))
    assert all(len(pdu.short_message) <= 140 for pdu in pdus)


def test_a_long_text_is_split_with_parameters() -> None:
    pdus = sent(OutboundMessage(TO, LONG), splitting="sar")
    assert [(pdu.tlv("sar_total_segments"), pdu.tlv("sar_segment_seqnum")) for pdu in pdus] == [(3, 1), (3, 2), (3, 3)]
    assert len({pdu.tlv("sar_msg_ref_num") for pdu in pdus}) == 1
    assert "".join(gsm7.decode(pdu.short_message) for pdu in pdus) == LONG
    assert {pdu.esm_class for pdu in pdus} == {0}


def test_a_long_text_goes_whole_where_the_smsc_splits() -> None:
    pdu = only(OutboundMessage(TO, LONG), splitting="payload")
    assert (pdu.short_message, pdu.tlv("message_payload")) == (b"", gsm7.encode(LONG))
    for short, octets in (("x" * 160, b"x" * 160), ("ж" * 70, ("ж" * 70).encode("utf-16-be"))):
        pdu = only(OutboundMessage(TO, short), splitting="payload")
        assert (pdu.short_message, pdu.tlvs) == (octets, ())
        pdu = only(OutboundMessage(TO, short + short[0]), splitting="payload")
        assert pdu.short_message == b""


OPTIONS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"flash": True}, {}, {"data_coding": 0x10}),
    ({"flash": True, "text": "Ж"}, {}, {"data_coding": 0x18}),
    ({"flash": True}, {"flash": "dest_addr_subunit"}, {"data_coding": 0, "tlvs": ((5, b"\1"),)}),
    ({"validity": timedelta(minutes=10)}, {}, {"validity_period": "000000001000000R"}),
    ({"send_at": NOW}, {}, {"schedule_delivery_time": "261123050900000+"}),
    ({"report": False}, {}, {"registered_delivery": 0}),
    ({}, {"reports": "failed"}, {"registered_delivery": 2}),
    ({}, {"reports": "delivered"}, {"registered_delivery": 3}),
    ({}, {"reports": "intermediate"}, {"registered_delivery": 0x11}),
    (
        {},
        {"service_type": "CMT", "priority": 2, "message_mode": 3},
        {"service_type": "CMT", "priority_flag": 2, "esm_class": 3},
    ),
    (
        {"extra": {"service_type": "WAP", "priority": 1, "protocol_id": 0x41}},
        {"priority": 2},
        {"service_type": "WAP", "priority_flag": 1, "protocol_id": 0x41},
    ),
    (
        {"extra": {"parameters": {"1401": "ff"}}},
        {"parameters": {"1400": "3100"}},
        {"tlvs": ((0x1400, b"1\0"), (0x1401, b"\xff"))},
    ),
    ({"text": "", "data": b"\0\xff"}, {}, {"data_coding": 4, "short_message": b"\0\xff", "esm_class": 0}),
    (
        {"text": "", "data": b"\xff", "udh": b"\6\5\4\x0b\x84\x23\xf0"},
        {"binary_coding": 0xF5},
        {"data_coding": 0xF5, "short_message": b"\6\5\4\x0b\x84\x23\xf0\xff", "esm_class": 0x40},
    ),
]


@pytest.mark.parametrize(("message", "config", "told"), OPTIONS)
def test_an_option_has_its_field(message: dict[str, Any], config: dict[str, Any], told: dict[str, Any]) -> None:
    pdu = only(OutboundMessage(TO, **{"text": "Hi", **message}), **config)
    assert {name: getattr(pdu, name) for name in told} == told


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"text": "", "data": bytes(141)}, "140 fit"),
        ({"validity": timedelta(days=40_000)}, "0 to 100 years"),
        ({"send_at": datetime(2100, 1, 1, tzinfo=UTC)}, "2100"),
        ({"extra": {"priority": 256}}, "'priority'"),
        ({"extra": {"protocol_id": "x"}}, "'protocol_id'"),
        ({"extra": {"parameters": {"1400": "x"}}}, "in hexadecimal"),
        ({"extra": {"parameters": "1400"}}, "in hexadecimal"),
    ],
)
def test_what_no_submit_sm_can_say_is_refused_before_it_leaves(message: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidMessage, match=says):
        sent(OutboundMessage(TO, **{"text": "Hi", **message}))


def test_the_ids_are_those_of_the_parts() -> None:
    smsc = SmppSimulator()
    with Client(transport=SimulatedTransport(smsc)) as client:
        result = client.send(opened(), OutboundMessage(TO, LONG))
    assert result.ids == tuple(message.id for message in smsc.accepted) == ("1A2B3D", "1A2B3E", "1A2B3F")
    assert "".join(message.text for message in smsc.accepted) == LONG
    assert {message.to for message in smsc.accepted} == {TO}


ERRORS = [
    (0x0A, Rejected, Reason.INVALID_SENDER),
    (0x0B, Rejected, Reason.INVALID_RECIPIENT),
    (0x45, Rejected, Reason.UNKNOWN),
    (0x69, Rejected, Reason.UNKNOWN),
    (0x400, Rejected, Reason.UNKNOWN),
    (0x58, Throttled, None),
    (0x14, Throttled, None),
    (0x08, TemporaryFailure, None),
    (0x04, TemporaryFailure, None),
    (0x0F, AuthError, None),
    (0x02, ProtocolError, None),
]


@pytest.mark.parametrize(("status", "kind", "reason"), ERRORS)
def test_a_refusal_is_an_error_of_the_tree(status: int, kind: type[SmsError], reason: Reason | None) -> None:
    def refuse(request: Any) -> SubmitResponse:
        pdu = SubmitSmResp(status=status, message_id=None, tlvs=())
        return SubmitResponse(pdu, DIALECT.outcome(pdu))

    with Client(transport=SimulatedTransport(SmppSimulator(), refuse)) as client, pytest.raises(kind) as caught:
        client.send(opened(), OutboundMessage(TO, "Hi"))
    assert type(caught.value) is kind
    assert caught.value.provider_code == f"0x{status:08X}"
    assert getattr(caught.value, "reason", None) is reason


@pytest.mark.parametrize(
    "answer",
    [QuerySmResp(message_id="7"), EnquireLinkResp(), UnbindResp(), SubmitMultiResp(message_id="7"), GenericNack()],
)
def test_the_answer_to_another_request_says_nothing_about_this_one(answer: Any) -> None:
    adapter = REGISTRY.load("smpp").adapter
    for flow, error in (
        (adapter.send(opened(), OutboundMessage(TO, "Hi")), DeliveryUncertain),
        (adapter.query_status(opened(), "8"), ProtocolError),
    ):
        request = next(flow)
        if type(request.frame) is QuerySm and type(answer) is QuerySmResp:
            continue
        with pytest.raises(error, match="not one to this request"):
            flow.send(SubmitResponse(answer, outcome_of(answer)))


def test_every_code_of_the_specification_has_a_verdict_and_words() -> None:
    for status in STATUSES:
        outcome = outcome_of(SubmitSmResp(status=status, message_id=None))
        assert outcome.ok == (status == 0)
        assert status == 0 or outcome.text == f"ESME_{STATUSES[status].name}: {STATUSES[status].words}"
    told = outcome_of(SubmitSmResp(status=0x45, tlvs=make_tlvs(additional_status_info_text="no route")))
    assert told.text.endswith("failed (no route)")


def test_an_operator_has_codes_of_his_own() -> None:
    channel = opened(status_codes={"400": "temporary", "45": "throttled"})
    login = channel.plugin.adapter.authenticate(channel)
    verdicts = [login.dialect.outcome(SubmitSmResp(status=status)).verdict.value for status in (0x400, 0x45, 0x0B)]
    assert verdicts == ["temporary", "throttled", "refused"]


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("+12025550195", Rejected),
        ("+12025550196", Throttled),
        ("+12025550188", TemporaryFailure),
        ("+12025550190", DeliveryUncertain),
        ("+12025550194", Rejected),
    ],
)
def test_the_simulators_fates(to: str, kind: type[SmsError]) -> None:
    with pytest.raises(kind):
        sent(OutboundMessage(to, "Hi"))


@pytest.mark.parametrize(
    ("given", "code"),
    [({"password": "other-9"}, "0x0000000E"), ({"username": "other"}, "0x0000000F")],
)
def test_a_refused_bind_is_an_error_of_credentials(given: dict[str, str], code: str) -> None:
    with Client(transport=SimulatedTransport(SmppSimulator())) as client, pytest.raises(AuthError) as caught:
        client.check_account(opened(**given))
    assert caught.value.provider_code == code
    assert "other-9" not in repr(vars(caught.value))


def test_the_account_is_checked_by_a_bind() -> None:
    with Client(transport=SimulatedTransport(SmppSimulator())) as client:
        info = client.check_account(opened())
    assert (info.name, info.checked_at) == ("simulated", NOW)


def test_a_channel_says_how_its_ids_compare() -> None:
    assert opened().same_id("1A", "26")
    assert not opened().same_id("10", "16")
    assert opened(id_match="hex-digits").same_id("10", "16")
    assert not opened(id_match="exact").same_id("010", "10")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smpp://a.example", 2775),
        ("smpps://a.example", 3550),
        ("smpps://a.example:2775", 2775),
        ("smpps://[::1]", 3550),
    ],
)
def test_the_usual_port_is_another_in_tls(url: str, port: int) -> None:
    assert address_of(opened(base_url=url).config, DIALECT).port == port


def test_the_bind_says_what_the_configuration_says() -> None:
    config = {"version": "3.3", "bind": "transmitter and receiver", "connections": 2, "system_type": "VMA"}
    channel = opened(**config, addr_ton=1, addr_npi=1, address_range="^1")
    login = channel.plugin.adapter.authenticate(channel)
    assert login.binds == (BindMode.TRANSMITTER, BindMode.RECEIVER) * 2
    assert login.dialect == SmppDialect(0x33)
    assert login.dialect.login(login, BindMode.RECEIVER) == BindReceiver(
        system_id="simulated",
        password="simpass1",
        system_type="VMA",
        interface_version=0x33,
        addr_ton=1,
        addr_npi=1,
        address_range="^1",
    )


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"base_url": "http://smsc.example.com"}, "base_url"),
        ({"alphabet": "klingon"}, "is no alphabet"),
        ({"inbound_alphabets": {"0": "klingon"}}, "is no alphabet"),
        ({"international": "300/1"}, "0 to 255"),
        ({"international": "1-1"}, "international"),
        ({"version": "3.3"}, "bind"),
        ({"version": "3.3", "bind": "transmitter", "splitting": "sar"}, "splitting"),
        ({"parameters": {"14": "00"}}, "parameters"),
        ({"status_codes": {"400": "whatever"}}, "status_codes"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(config: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        opened(**config)
    assert says in str(caught.value) + " ".join(caught.value.problems)


def taken(pdu: Any, **config: Any) -> Any:
    """The one event of a frame."""
    channel = opened(**config)
    (event,) = channel.plugin.adapter.parse_inbound(channel, DeliverRequest(pdu, dialect=DIALECT))
    return event


MO = {
    "source_addr_ton": 1,
    "source_addr_npi": 1,
    "source_addr": "447700900001",
    "dest_addr_ton": 0,
    "destination_addr": "12345",
}
RECEIPT = b"id:1715004 sub:001 dlvrd:001 submit date:2611230509 done date:2611230510 stat:DELIVRD err:0A1 text:Hello"

MESSAGES: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    (
        "septets",
        DeliverSm(**MO, short_message=b"Hello \x1be"),
        {},
        {"sender": HANDSET, "to": "12345", "text": "Hello €"},
    ),
    ("UCS-2", DeliverSm(**MO, data_coding=8, short_message="Привет".encode("utf-16-be")), {}, {"text": "Привет"}),
    (
        "latin-1 by configuration",
        DeliverSm(**MO, short_message=b"caf\xe9 \x40"),
        {"alphabet": "latin-1"},
        {"text": "café @"},
    ),
    (
        "an operator's alphabet",
        DeliverSm(**MO, data_coding=0x81, short_message=b"\xc6"),
        {"inbound_alphabets": {"129": "cp1251"}},
        {"text": "Ж"},
    ),
    ("data", DeliverSm(**MO, data_coding=4, short_message=b"\0\xff"), {}, {"text": "", "data": b"\0\xff"}),
    ("an empty text", DeliverSm(**MO), {}, {"text": "", "data": None}),
    ("payload", DeliverSm(**MO, tlvs=make_tlvs(message_payload=b"Hello")), {}, {"text": "Hello"}),
    ("data_sm", DataSm(**MO, tlvs=make_tlvs(message_payload=b"Hello")), {}, {"text": "Hello", "sender": HANDSET}),
    (
        "a part by its header",
        DeliverSm(**MO, esm_class=0x40, short_message=b"\5\0\3\x2a\2\1Hello"),
        {},
        {"text": "Hello", "udh": b"\5\0\3\x2a\2\1", "part": PartInfo("42", 1, 2)},
    ),
    (
        "a part by 16 bits",
        DeliverSm(**MO, esm_class=0x40, short_message=b"\6\x08\4\x12\x34\2\2end"),
        {},
        {"text": "end", "part": PartInfo("4660", 2, 2)},
    ),
    (
        "a part by parameters",
        DeliverSm(
            **MO, short_message=b"Hello", tlvs=make_tlvs(sar_msg_ref_num=7, sar_total_segments=2, sar_segment_seqnum=2)
        ),
        {},
        {"part": PartInfo("7", 2, 2)},
    ),
    (
        "a header that is none",
        DeliverSm(**MO, esm_class=0x40, short_message=b"\x60no"),
        {},
        {"text": "¿no", "udh": None},
    ),
    (
        "a name as sender",
        DeliverSm(source_addr_ton=5, source_addr="MyBank", short_message=b"Hi"),
        {},
        {"sender": "MyBank", "to": None},
    ),
    (
        "a national number",
        DeliverSm(source_addr_ton=2, source_addr="2025550123", short_message=b"Hi"),
        {},
        {"sender": TO},
    ),
    ("no type of number", DeliverSm(source_addr="447700900001", short_message=b"Hi"), {}, {"sender": HANDSET}),
    ("a plus", DeliverSm(source_addr_ton=1, source_addr="+447700900001", short_message=b"Hi"), {}, {"sender": HANDSET}),
    ("no sender", DeliverSm(short_message=b"Hi"), {}, {"sender": "", "text": "Hi"}),
    ("a receipt's text from a handset", DeliverSm(**MO, short_message=RECEIPT), {}, {"text": RECEIPT.decode()}),
    ("a message marked as a receipt", DeliverSm(**MO, esm_class=4, short_message=b"see you"), {}, {"text": "see you"}),
]


@pytest.mark.parametrize(("pdu", "config", "told"), [case[1:] for case in MESSAGES], ids=[case[0] for case in MESSAGES])
def test_a_message_comes_in(pdu: Any, config: dict[str, Any], told: dict[str, Any]) -> None:
    event = taken(pdu, **config)
    assert isinstance(event, InboundMessage)
    assert {name: getattr(event, name) for name in told} == told
    assert event.raw["operation"] == type(pdu).__name__


@pytest.mark.parametrize(
    ("coding", "octets", "text"),
    [
        (8, "Muraho 😀 neza".encode("utf-16-be"), "Muraho 😀 neza"),
        (0, gsm7.encode("Price: 10€ [a]"), "Price: 10€ [a]"),
    ],
)
@pytest.mark.parametrize("by_header", [True, False])
def test_a_text_cut_within_a_character_arrives_whole(coding: int, octets: bytes, text: str, by_header: bool) -> None:
    """There are SMSCs and handsets that count octets only."""
    channel = opened()
    for at in range(2 if coding else 1, len(octets), 2 if coding else 1):
        joiner, found = PartJoiner(), []
        for number, piece in enumerate((octets[:at], octets[at:]), 1):
            udh = bytes((5, 0, 3, 7, 2, number)) if by_header else b""
            sar = make_tlvs(sar_msg_ref_num=7, sar_total_segments=2, sar_segment_seqnum=number)
            pdu = DeliverSm(
                **MO,
                esm_class=0x40 if by_header else 0,
                data_coding=coding,
                short_message=udh + piece,
                tlvs=() if by_header else sar,
            )
            events = channel.plugin.adapter.parse_inbound(channel, DeliverRequest(pdu, dialect=DIALECT))
            found += joiner.feed(("smpp", "1"), events, NOW)
        assert [event.text for event in found] == [text], at


def test_a_cut_whose_other_half_never_comes_shows_that_something_is_missing() -> None:
    event = taken(DeliverSm(**MO, esm_class=0x40, data_coding=8, short_message=b"\5\0\3\7\2\1\0a\xd8\x3d"))
    assert (event.text, event.part) == ("a\ufffd", PartInfo("7", 1, 2, None, "d83d"))


def test_a_damaged_text_says_so() -> None:
    assert taken(DeliverSm(**MO, data_coding=8, short_message=b"\0h\0i\0")).raw["damaged"] is True
    assert "damaged" not in taken(DeliverSm(**MO, short_message=b"hi")).raw


REPORTS: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    (
        "by text",
        DeliverSm(**MO, esm_class=4, short_message=RECEIPT),
        {},
        {
            "status": Status.DELIVERED,
            "id": "1715004",
            "word": "DELIVRD",
            "code": "0A1",
            "recipient": HANDSET,
            "at": datetime(2026, 11, 23, 5, 10, tzinfo=UTC),
            "description": "Hello",
        },
    ),
    (
        "by parameters",
        DeliverSm(**MO, tlvs=make_tlvs(receipted_message_id="1A2B3C", message_state=5)),
        {},
        {"status": Status.UNDELIVERABLE, "id": "1A2B3C", "word": "UNDELIV", "at": None},
    ),
    (
        "expired",
        DeliverSm(**MO, esm_class=4, short_message=b"id:7 stat:EXPIRED"),
        {},
        {"status": Status.EXPIRED, "reason": Reason.EXPIRED},
    ),
    ("accepted", DeliverSm(**MO, esm_class=4, short_message=b"id:7 stat:ACCEPTD"), {}, {"status": Status.SENT}),
    (
        "read by somebody",
        DeliverSm(**MO, esm_class=4, short_message=b"id:7 stat:ACCEPTD"),
        {"accepted_means": "delivered"},
        {"status": Status.DELIVERED},
    ),
    (
        "a word that nobody knows",
        DeliverSm(**MO, esm_class=4, short_message=b"id:7 stat:LIMBO"),
        {},
        {"status": Status.UNKNOWN, "word": "LIMBO"},
    ),
    ("without a mark", DeliverSm(**MO, short_message=RECEIPT), {"reports_by_text": True}, {"id": "1715004"}),
    (
        "in the SMSC's time",
        DeliverSm(**MO, esm_class=4, short_message=RECEIPT),
        {"timezone": "Asia/Tokyo"},
        {"at": datetime(2026, 11, 22, 20, 10, tzinfo=UTC)},
    ),
]


@pytest.mark.parametrize(("pdu", "config", "told"), [case[1:] for case in REPORTS], ids=[case[0] for case in REPORTS])
def test_a_report_comes_in(pdu: Any, config: dict[str, Any], told: dict[str, Any]) -> None:
    event = taken(pdu, **config)
    assert isinstance(event, DeliveryReport)
    assert {name: getattr(event, name) for name in told} == told


def test_seconds_since_1970_need_no_time_zone() -> None:
    text = b"id:9 stat:DELIVRD done date:1795410660"
    event = taken(DeliverSm(esm_class=4, short_message=text), timezone="Africa/Kigali")
    assert event.at == datetime(2026, 11, 23, 5, 11, tzinfo=UTC)


def test_what_brings_nothing_is_refused() -> None:
    with pytest.raises(MalformedInbound, match="AlertNotification"):
        taken(AlertNotification())


@pytest.mark.parametrize(
    ("quirks", "written"),
    [
        ([], "1A2B3D"),
        ([Quirk.HEX_ID], "1715005"),
        ([Quirk.PADDED_ID], "00000000001A2B3D"),
        ([Quirk.HEX_ID, Quirk.PADDED_ID], "0000000001715005"),
        ([Quirk.UCS2_RECEIPT], "1A2B3D"),
    ],
)
def test_a_report_finds_its_message_whatever_the_notation(quirks: list[Quirk], written: str) -> None:
    smsc, channel = SmppSimulator(clock=lambda: NOW, quirks=quirks), opened()
    with Client(transport=SimulatedTransport(smsc)) as client:
        result = client.send(channel, OutboundMessage(TO, "Hi"))
    (request,) = delivered(DIALECT, smsc.reports(smsc.accepted[0]))
    (report,) = channel.plugin.adapter.parse_inbound(channel, request)
    assert (report.status, report.id) == (Status.DELIVERED, written)
    assert channel.same_id(result.ids[0], report.id)
    assert not channel.same_id(result.ids[0], "1715999")


@pytest.mark.parametrize(
    ("to", "wanted", "course"),
    [
        (TO, {}, [Status.DELIVERED]),
        (TO, {"reports": "intermediate"}, [Status.SENT, Status.DELIVERED]),
        ("+12025550192", {}, [Status.EXPIRED]),
        ("+12025550193", {}, [Status.REJECTED]),
        ("+12025550198", {}, [Status.DELIVERED, Status.DELIVERED]),
    ],
)
def test_the_simulator_reports_what_becomes_of_a_message(to: str, wanted: Any, course: list[Status]) -> None:
    smsc, channel = SmppSimulator(clock=lambda: NOW), opened(**wanted)
    with Client(transport=SimulatedTransport(smsc)) as client:
        client.send(channel, OutboundMessage(to, "Hi"))
    events = [
        event
        for request in delivered(DIALECT, smsc.reports(smsc.accepted[0]))
        for event in channel.plugin.adapter.parse_inbound(channel, request)
    ]
    assert [event.status for event in events] == course
    assert {event.recipient for event in events} == {to}


@pytest.mark.parametrize(("quirks", "message_id"), [([], ""), ([Quirk.BARE_ERROR], None)])
def test_a_refusal_of_the_simulator_has_a_body_or_none(quirks: list[Quirk], message_id: str | None) -> None:
    smsc = SmppSimulator(quirks=quirks)
    (refused,) = smsc.answer(SubmitSm(destination_addr="12025550195"))
    assert refused == SubmitSmResp(status=0x0B, message_id=message_id)
    assert smsc.congested(SubmitSm()) == SubmitSmResp(status=0x58)


def test_the_simulator_knows_what_it_took_by_data_sm_and_submit_multi() -> None:
    smsc = SmppSimulator(clock=lambda: NOW)
    (by_data,) = smsc.answer(
        DataSm(destination_addr="447700900001", registered_delivery=1, tlvs=make_tlvs(message_payload=b"Hi"))
    )
    (by_multi,) = smsc.answer(
        SubmitMulti(
            dest_address=tuple(Destination(1, 1, f"4477009000{tail}") for tail in ("01", "95")), short_message=b"Hello"
        )
    )
    assert (by_data.status, by_data.message_id) == (0, smsc.accepted[0].id)
    assert (by_multi.message_id, by_multi.unsuccess_sme) == (
        smsc.accepted[1].id,
        (Failure(1, 1, "447700900095", 0x0B),),
    )
    assert [(message.to, message.text) for message in smsc.accepted] == [(HANDSET, "Hi"), (HANDSET, "Hello")]
    assert [len(smsc.reports(message)) for message in smsc.accepted] == [1, 0]


def test_the_simulator_cancels_and_replaces_what_it_has() -> None:
    smsc = SmppSimulator()
    (taken_,) = smsc.answer(SubmitSm(destination_addr="447700900001", short_message=b"Hi"))
    known, unknown = taken_.message_id, "FFFF"
    assert list(smsc.answer(ReplaceSm(message_id=known, short_message=b"Bye"))) == [ReplaceSmResp()]
    assert smsc.accepted[0].text == "Bye"
    assert list(smsc.answer(ReplaceSm(message_id=unknown))) == [ReplaceSmResp(status=0x13)]
    assert list(smsc.answer(CancelSm(message_id=known))) == [CancelSmResp()]
    assert list(smsc.answer(CancelSm(message_id=unknown))) == [CancelSmResp(status=0x11)]
    assert list(smsc.answer(BroadcastSm())) == [GenericNack(status=0x03)]


def test_no_report_comes_where_none_was_asked_for() -> None:
    smsc = SmppSimulator()
    with Client(transport=SimulatedTransport(smsc)) as client:
        client.send(opened(), OutboundMessage(TO, "Hi", report=False))
    assert smsc.reports(smsc.accepted[0]) == []


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=400))
def test_what_a_handset_types_arrives_joined(text: str) -> None:
    smsc, channel, joiner, found = SmppSimulator(), opened(), PartJoiner(), []
    for request in delivered(DIALECT, smsc.inbound(HANDSET, ADDRESS, text)):
        events = channel.plugin.adapter.parse_inbound(channel, request)
        found += joiner.feed(("smpp", "1"), events, NOW)
    assert [(event.sender, event.to, event.text) for event in found] == [(HANDSET, ADDRESS, text)]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=500),
    st.sampled_from(["udh", "sar", "payload"]),
    st.sampled_from(["gsm7", "latin-1", "utf-8"]),
)
def test_what_is_sent_arrives(text: str, splitting: str, alphabet: str) -> None:
    smsc = SmppSimulator()
    smsc.alphabets = {0: alphabet}
    with Client(transport=SimulatedTransport(smsc)) as client:
        client.send(opened(splitting=splitting, alphabet=alphabet), OutboundMessage(TO, text))
    assert "".join(message.text for message in smsc.accepted) == text


def test_a_status_is_asked_for() -> None:
    smsc, channel = SmppSimulator(clock=lambda: NOW), opened()
    transport = SimulatedTransport(smsc)
    with Client(transport=transport) as client:
        for to, status in ((TO, Status.DELIVERED), ("+12025550192", Status.EXPIRED)):
            reference = client.send(channel, OutboundMessage(to, "Hi")).ids[0]
            report = client.query_status(channel, reference)
            assert (report.status, report.id) == (status, reference)
        assert transport.submits[-1].frame == QuerySm(
            message_id=reference, source_addr_ton=1, source_addr_npi=1, source_addr="12025550100"
        )
        with pytest.raises(Rejected) as caught:
            client.query_status(channel, "FFFF")
    assert caught.value.provider_code == "0x0000000C"
