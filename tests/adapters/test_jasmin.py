"""What is special about Jasmin: it cuts texts blindly, its errors are sentences, and what it calls is octets."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sms_adapters import (
    AuthError,
    Client,
    ConfigError,
    DeliveryReport,
    DeliveryUncertain,
    HttpResponse,
    InboundMessage,
    InvalidMessage,
    InvalidSignature,
    MalformedInbound,
    NetworkPolicy,
    OutboundMessage,
    ProtocolError,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    Unsupported,
    WebhookRequest,
)
from sms_adapters.text import gsm7

REGISTRY = Registry(installed=False)
CLOCK = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CONFIG = {"base_url": "http://10.0.0.5:1401", "username": "acme", "password": "not-a-secret-1"}
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
TO, FORM = "+12025550123", "application/x-www-form-urlencoded"
BASE = "https://sms.example.org/c/jasmin/8eb23e93"
SUCCESS = b'Success "07033084-5cfd-4812-90a4-e4d24ffb6e3d"'


class Gateway:
    """A transport that keeps the requests and gives one answer."""

    def __init__(self, status: int = 200, body: bytes = SUCCESS) -> None:
        self.answer = HttpResponse(status, body=body)
        self.requests: list[Any] = []

    def send(self, request: Any, policy: Any = None) -> HttpResponse:
        self.requests.append(request)
        return self.answer

    def close(self) -> None:
        pass

    @property
    def forms(self) -> list[dict[str, str]]:
        """The fields of each request, none of them twice."""
        found = [parse_qsl(request.body.decode("ascii"), keep_blank_values=True) for request in self.requests]
        assert all(len(dict(pairs)) == len(pairs) for pairs in found)
        return [dict(pairs) for pairs in found]


def channel(config: dict[str, Any] | None = None, **options: Any) -> Any:
    values = {"id": "8eb23e93", "address": "+12025550100", "country": "US", "clock": lambda: CLOCK, **options}
    return REGISTRY.open("jasmin", config={**CONFIG, **(config or {})}, **values)


def sent(message: OutboundMessage, where: Any = None) -> list[dict[str, str]]:
    gateway = Gateway()
    with Client(transport=gateway, network=OPEN) as client:
        client.send(where or channel(), message)
    return gateway.forms


def failed(status: int, body: bytes, where: Any = None) -> SmsError:
    with Client(transport=Gateway(status, body), network=OPEN) as client, pytest.raises(SmsError) as caught:
        client.send(where or channel(), OutboundMessage(to=TO, text="Muraho"))
    return caught.value


def received(action: str, body: bytes, where: Any = None, query: str = "", media_type: str = FORM) -> Any:
    request = WebhookRequest("POST", f"{BASE}/{action}{query}", {"Content-Type": media_type}, body)
    with Client(transport=Gateway(), joiner=None) as client:
        return client.receive(where or channel(), request)


# texts


def cut_by_jasmin(values: dict[str, str], most: int) -> Iterator[str]:
    """What a handset shows of each segment, as SMPPOperationFactory.SubmitSM of Jasmin 0.11.0 makes them."""
    wide = values["coding"] == "8"
    octets = bytes.fromhex(values["hex-content"]) if wide else gsm7.encode(values["content"])
    alone, block = (140, 134) if wide else (160, 153)
    if len(octets) <= alone:
        pieces = [octets]
    else:
        pieces = [octets[start : start + block] for start in range(0, len(octets), block)][:most]
    for piece in pieces:
        yield piece.decode("utf-16-be", "replace") if wide else gsm7.decode(piece, errors="replace")


TEXTS = st.one_of(
    st.text("a€[é \n", min_size=1, max_size=900),
    st.text("ж😀 \u0301👨\u200d👩", min_size=1, max_size=500),
    st.text(min_size=1, max_size=200),
)


@given(TEXTS, st.integers(1, 6))
@example("a" * 152 + "€" + "b" * 100, 5)
@example("ж" * 66 + "😀" + "ж" * 100, 5)
@example("€" * 800, 1)
@example("😀" * 300, 2)
@settings(max_examples=300, deadline=None)
def test_whatever_jasmin_cuts_a_text_arrives_whole(text: str, most: int) -> None:
    forms = sent(OutboundMessage(to=TO, text=text), channel({"max_parts": most}))
    assert "".join(shown for values in forms for shown in cut_by_jasmin(values, most)) == text


LENGTHS = (
    ("a" * 160, 1),
    ("a" * 161, 1),
    ("a" * 765, 1),
    ("a" * 766, 2),
    ("a" * 1530, 2),
    ("a" * 1531, 3),
    ("ж" * 335, 1),
    ("ж" * 336, 2),
    (("€" * 76 + "a") * 3, 1),
    ("€" * 200, 3),
    ("a" * 152 + "€" * 2, 1),
    ("a" * 152 + "€" * 10, 2),
    ("ж" * 66 + "😀" * 2, 1),
    ("ж" * 66 + "😀" * 10, 2),
)


@pytest.mark.parametrize(("text", "requests"), LENGTHS)
def test_a_text_takes_no_more_requests_than_it_needs(text: str, requests: int) -> None:
    assert len(sent(OutboundMessage(to=TO, text=text))) == requests


def test_a_long_text_is_cut_between_words_and_never_in_a_letter() -> None:
    words = sent(OutboundMessage(to=TO, text="lorem ipsum " * 80))
    assert [values["content"][-1:] for values in words] == [" ", " "]
    family = "ж" * 330 + "👨\u200d👩\u200d👧" + "ж" * 30
    first, second = (
        bytes.fromhex(values["hex-content"]).decode("utf-16-be") for values in sent(OutboundMessage(to=TO, text=family))
    )
    assert (first, second) == ("ж" * 330, "👨\u200d👩\u200d👧" + "ж" * 30)


def test_each_request_of_a_long_text_asks_for_its_own_report() -> None:
    forms = sent(OutboundMessage(to=TO, text="a" * 800, id="m-1"), channel(public_url="https://sms.example.org"))
    assert [values["dlr-url"] for values in forms] == [f"{BASE}/status?message=m-1"] * 2


ENCODED = (
    ({}, {"text": "10€ ~ é"}, {"coding": "0", "content": "10€ ~ é"}),
    ({}, {"text": "жé"}, {"coding": "8", "hex-content": "043600e9"}),
    ({"encoding": "gsm"}, {"text": "“a”"}, {"coding": "0", "content": '"a"'}),
    ({"encoding": "unicode"}, {"text": "a"}, {"coding": "8", "hex-content": "0061"}),
    ({"encoding": "unicode"}, {"text": "a", "encoding": "gsm7"}, {"coding": "0", "content": "a"}),
    ({}, {"text": "a", "encoding": "ucs2"}, {"coding": "8", "hex-content": "0061"}),
    ({}, {"data": b"\x00\xff"}, {"coding": "4", "hex-content": "00ff"}),
)


@pytest.mark.parametrize(("config", "content", "told"), ENCODED)
def test_content_goes_out_in_its_coding(config: dict[str, Any], content: dict[str, Any], told: dict[str, str]) -> None:
    (values,) = sent(OutboundMessage(to=TO, **content), channel(config))
    assert {name: values.get(name) for name in ("coding", "content", "hex-content") if name in values} == told


@pytest.mark.parametrize(("most", "room"), [(1, 140), (2, 268), (5, 670)])
def test_data_beyond_what_jasmin_sends_are_refused(most: int, room: int) -> None:
    where = channel({"max_parts": most})
    assert sent(OutboundMessage(to=TO, data=b"\0" * room), where)[0]["hex-content"] == "00" * room
    with pytest.raises(InvalidMessage) as caught:
        sent(OutboundMessage(to=TO, data=b"\0" * (room + 1)), where)
    assert caught.value.reason is Reason.INVALID_CONTENT


def test_a_user_data_header_is_refused_since_there_is_no_parameter_for_it() -> None:
    with pytest.raises(Unsupported) as caught:
        sent(OutboundMessage(to=TO, data=b"a", udh=bytes.fromhex("0605041582158a")))
    assert caught.value.capability == "binary"


# options


def test_a_validity_period_is_refused_unless_this_jasmin_keeps_such_messages() -> None:
    gateway = Gateway()
    message = OutboundMessage(to=TO, text="a", validity=timedelta(seconds=61))
    with Client(transport=gateway, network=OPEN) as client, pytest.raises(Unsupported) as caught:
        client.send(channel(), message)
    assert (caught.value.capability, gateway.requests) == ("validity", [])
    (values,) = sent(message, channel({"validity": "send"}))
    assert values["validity-period"] == "2"


KIGALI = timezone(timedelta(hours=2))
TIMES = (
    (datetime(2026, 11, 23, 8, 30, 5, tzinfo=UTC), "261123083005000+"),
    (datetime(2026, 11, 23, 10, 30, 5, tzinfo=KIGALI), "261123083005000+"),
    (datetime(2026, 11, 23, 8, 30, 5, 999_999, tzinfo=UTC), "261123083005000+"),
    (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), None),
    (datetime(2026, 11, 23, 9, 59, tzinfo=KIGALI), None),
)


@pytest.mark.parametrize(("at", "written"), TIMES)
def test_a_delivery_time_is_told_in_utc_and_one_that_has_come_is_not_told(at: datetime, written: str | None) -> None:
    (values,) = sent(OutboundMessage(to=TO, text="a", send_at=at))
    assert values.get("sdt") == written


def test_options_are_the_messages_or_else_the_channels() -> None:
    where = channel({"priority": 2, "tags": "a,b"})
    (plain,) = sent(OutboundMessage(to=TO, text="a"), where)
    (own,) = sent(OutboundMessage(to=TO, text="a", extra={"priority": 0}), where)
    assert [(values["priority"], values["tags"]) for values in (plain, own)] == [("2", "a,b"), ("0", "a,b")]


def test_only_what_is_told_is_in_the_form() -> None:
    (values,) = sent(OutboundMessage(to=TO, text="a"), channel(address=None))
    assert values == {
        "to": "12025550123",
        "coding": "0",
        "content": "a",
        "username": "acme",
        "password": "not-a-secret-1",
    }


def test_no_report_is_asked_for_without_a_url_or_where_none_is_wanted() -> None:
    for message, where in (
        (OutboundMessage(to=TO, text="a"), channel()),
        (OutboundMessage(to=TO, text="a", report=False), channel(public_url="https://sms.example.org")),
    ):
        (values,) = sent(message, where)
        assert not [name for name in values if name.startswith("dlr")]


# credentials


def test_the_password_is_in_no_url_of_a_message() -> None:
    gateway = Gateway()
    with Client(transport=gateway, network=OPEN) as client:
        client.send(channel(), OutboundMessage(to=TO, text="a"))
    assert gateway.requests[0].url == "http://10.0.0.5:1401/send"


def test_a_password_that_jasmin_quotes_is_in_no_error() -> None:
    error = failed(400, b'Error "Argument [password] has an invalid value: [not-a-secret-1]."')
    assert type(error) is AuthError
    assert error.response is not None
    shown = [str(error), repr(error), str(error.provider_text), error.response.text, str(error.to_dict())]
    assert not [text for text in shown if "not-a-secret-1" in text]


WRONG = (
    ({"password": "a" * 17}, "password"),
    ({"password": ""}, "password"),
    ({"username": "a" * 17}, "username"),
    ({"base_url": "10.0.0.5:1401"}, "base_url"),
    ({"max_parts": 0}, "max_parts"),
    ({"tags": "a b"}, "tags"),
    ({"priority": 4}, "priority"),
    ({"dlr_level": 0}, "dlr_level"),
    ({"dlr_method": "PUT"}, "dlr_method"),
)


@pytest.mark.parametrize(("config", "field"), WRONG)
def test_a_configuration_that_jasmin_would_refuse_is_refused(config: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        channel(config)
    assert [problem for problem in caught.value.problems if problem.startswith(field)]


# answers

FILTERED = "Value filter failed for user [acme] ({} filter mismatch)."
BAD = "Argument [{}] has an invalid value: [x]."
ANSWERS: tuple[tuple[int, str, type[SmsError], Reason | None], ...] = (
    (403, "Authentication failure for username:acme", AuthError, None),
    (403, "Authorization failed for username:acme", AuthError, None),
    (400, "Authorization failed for user [acme] (Cannot send MT messages).", AuthError, None),
    (400, BAD.format("username"), AuthError, None),
    (400, "Mandatory argument [password] is not found.", AuthError, None),
    (400, BAD.format("to"), Rejected, Reason.INVALID_RECIPIENT),
    (400, "Mandatory argument [to] is not found.", Rejected, Reason.INVALID_RECIPIENT),
    (400, "Argument [foo] is unknown.", Rejected, Reason.INVALID_CONTENT),
    (400, BAD.format("tags"), Rejected, Reason.INVALID_CONTENT),
    (400, BAD.format("tags\n"), Rejected, Reason.INVALID_CONTENT),
    (400, "content or hex-content not present.", Rejected, Reason.INVALID_CONTENT),
    (400, "Invalid hex-content data: 'b'0''", Rejected, Reason.INVALID_CONTENT),
    (400, FILTERED.format("destination_address"), Rejected, Reason.INVALID_RECIPIENT),
    (400, FILTERED.format("source_address"), Rejected, Reason.INVALID_SENDER),
    (400, FILTERED.format("content"), Rejected, Reason.INVALID_CONTENT),
    (400, "Failed running interception script, check log for details", Rejected, Reason.UNKNOWN),
    (403, "Cannot charge submit_sm, check RouterPB log file for details", Rejected, Reason.NO_CREDIT),
    (403, "User throughput exceeded", Throttled, None),
    (412, "No route found", Rejected, Reason.NO_ROUTE),
    (412, "Failover route has no bound connectors", TemporaryFailure, None),
    (500, "Cannot send submit_sm, check SMPPClientManagerPB log file for details", TemporaryFailure, None),
    (500, "Unknown error: 'NoneType' object has no attribute 'result'", DeliveryUncertain, None),
    (503, "InterceptorPB not set !", TemporaryFailure, None),
    (503, "InterceptorPB not connected !", TemporaryFailure, None),
    (429, "Interception specific error code 429", Throttled, None),
    (403, "Interception specific error code 403", Rejected, Reason.UNKNOWN),
    (202, "Interception specific error code 202", Rejected, Reason.UNKNOWN),
    (302, "Interception specific error code 302", Rejected, Reason.UNKNOWN),
    (599, "Interception specific error code 599", TemporaryFailure, None),
    (418, "something new", Rejected, Reason.UNKNOWN),
    (200, "something new", ProtocolError, None),
)


@pytest.mark.parametrize(("status", "text", "kind", "reason"), ANSWERS)
def test_each_refusal_has_its_meaning(status: int, text: str, kind: type[SmsError], reason: Reason | None) -> None:
    error = failed(status, f'Error "{text}"'.encode())
    assert (type(error), getattr(error, "reason", None)) == (kind, reason)
    assert (error.provider_code, error.provider_text) == (str(status), text)


@given(st.integers(200, 599), st.binary(max_size=60))
@example(200, b'Error "Success "07033084-5cfd-4812-90a4-e4d24ffb6e3d""')
@example(202, SUCCESS)
@example(403, SUCCESS)
@example(200, SUCCESS[:-1])
@example(200, b'Success ""')
@example(200, SUCCESS + b" but not quite")
@settings(max_examples=300, deadline=None)
def test_nothing_but_success_is_success(status: int, body: bytes) -> None:
    if status == 200 and body.strip() == SUCCESS:
        return
    error = failed(status, body)
    assert error.adapter == "jasmin"
    assert not error.retryable or status in (429, 503) or b'"' in body


def test_where_no_jasmin_is_the_mend_is_said() -> None:
    error = failed(404, b"<html>No Such Resource</html>")
    assert type(error) is Rejected
    assert "mend base_url" in str(error)


def test_an_unknown_error_of_a_question_leaves_nothing_in_doubt() -> None:
    with (
        Client(transport=Gateway(500, b'"Unknown error: no"'), network=OPEN) as client,
        pytest.raises(SmsError) as caught,
    ):
        client.check_account(channel())
    assert type(caught.value) is TemporaryFailure


BALANCES = (
    (b'{"balance": "ND", "sms_count": "ND"}', None),
    (b'{"balance": 12.5, "sms_count": 3}', ("12.5", "credits")),
    (b'{"balance": "ND", "sms_count": 0}', ("0", "messages")),
    (b'{"balance": true}', None),
    (b"{}", None),
)


@pytest.mark.parametrize(("body", "left"), BALANCES)
def test_what_is_left_is_told_in_its_unit(body: bytes, left: tuple[str, str] | None) -> None:
    gateway = Gateway(body=body)
    with Client(transport=gateway, network=OPEN) as client:
        info = client.check_account(channel())
    told = info.balance and (str(info.balance.amount), info.balance.currency)
    assert (told, info.name, info.checked_at) == (left, "acme", CLOCK)
    url = urlsplit(gateway.requests[0].url)
    assert (gateway.requests[0].method, url.path) == ("GET", "/balance")
    assert dict(parse_qsl(url.query)) == {"username": "acme", "password": "not-a-secret-1"}


# what Jasmin calls


def mo(octets: bytes, coding: bytes = b"\0", **more: str) -> bytes:
    """The form of an incoming message as jasmin/routing/throwers.py writes it."""
    values = {"id": b"m-1", "from": b"447700900001", "to": b"2001", "origin-connector": b"smsc1", "content": octets}
    values |= {"binary": octets.hex().encode(), "priority": b"0", "coding": coding}
    values |= {name: value.encode() for name, value in more.items()}
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in values.items()).encode()


SEPTETS = gsm7.encode("é@ü€")
CODINGS: tuple[tuple[int, bytes, str | None], ...] = (
    (0x00, SEPTETS, "é@ü€"),
    (0x00, "é@ü".encode("latin-1"), "é@ü"),
    (0x01, b"a@_$\r\n", "a@_$\r\n"),
    (0x01, SEPTETS, "é@ü€"),
    (0x02, b"\x01", None),
    (0x03, "é@ü".encode("latin-1"), "é@ü"),
    (0x04, b"\x01", None),
    (0x05, b"\x93\xfa", None),
    (0x06, "Привет".encode("iso8859-5"), "Привет"),
    (0x07, "שלום".encode("iso8859-8"), "שלום"),
    (0x08, "ж😀".encode("utf-16-be"), "ж😀"),
    (0x08, "ж".encode("utf-16-be") + b"\xd8", "ж\ufffd"),
    (0x09, b"x", None),
    (0x0A, "日本".encode("iso2022_jp"), "日本"),
    (0x0D, b"x", None),
    (0x0E, "한국".encode("euc_kr"), "한국"),
    (0x10, SEPTETS, "é@ü€"),
    (0x15, b"x", None),
    (0x18, "ж".encode("utf-16-be"), "ж"),
    (0x1C, b"x", None),
    (0x28, b"x", None),
    (0x40, SEPTETS, "é@ü€"),
    (0x80, b"x", None),
    (0xC8, SEPTETS, "é@ü€"),
    (0xD0, SEPTETS, "é@ü€"),
    (0xE0, "ж".encode("utf-16-be"), "ж"),
    (0xF1, SEPTETS, "é@ü€"),
    (0xF6, b"x", None),
)
"""Data coding, octets, text or None for data: SMPP 3.4 section 5.2.19 and 3GPP TS 23.038 clause 4."""


@pytest.mark.parametrize(("coding", "octets", "text"), CODINGS)
def test_a_message_is_read_by_its_data_coding(coding: int, octets: bytes, text: str | None) -> None:
    receipt = received("receive", mo(octets, bytes((coding,))))
    receipt.raise_for_error()
    (event,) = receipt.events
    assert isinstance(event, InboundMessage)
    assert (event.text, event.data) == (text or "", octets if text is None else None)
    assert (event.sender, event.to, event.id) == ("+447700900001", "2001", "m-1")


@pytest.mark.parametrize("coding", [b"8", b"08", b"\x08"])
def test_a_data_coding_is_read_as_an_octet_and_as_a_number(coding: bytes) -> None:
    (event,) = received("receive", mo("ж".encode("utf-16-be"), coding)).events
    assert event.text == "ж"


def test_a_data_coding_beyond_an_octet_is_data() -> None:
    (event,) = received("receive", mo(b"abc", b"99999999999999999999")).events
    assert event.data == b"abc"


def test_the_default_alphabet_may_be_latin1() -> None:
    (event,) = received("receive", mo(b"@$_\xe9"), channel({"default_alphabet": "latin1"})).events
    assert event.text == "@$_é"


def test_an_empty_message_is_one() -> None:
    receipt = received("receive", mo(b""))
    receipt.raise_for_error()
    assert [(event.text, event.data) for event in receipt.events] == [("", None)]


def test_what_jasmin_posts_comes_before_what_is_in_the_url() -> None:
    (report,) = received("status", b"id=j-1&message_status=DELIVRD", query="?id=other&message=m-1").events
    assert (report.id, report.message_id) == ("j-1", "m-1")


def test_broken_binary_gives_way_to_the_content() -> None:
    body = b"id=1&from=447700900001&content=Muraho&binary=4d7&coding=%00"
    (event,) = received("receive", body).events
    assert event.text == "Muraho"


HEADED = (
    (bytes.fromhex("050003070201"), ("7", 1, 2)),
    (bytes.fromhex("060804012c0302"), ("300", 2, 3)),
)


@pytest.mark.parametrize(("header", "place"), HEADED)
@pytest.mark.parametrize(("coding", "codec"), [(b"\0", "ascii"), (b"\x08", "utf-16-be")])
def test_a_part_that_jasmin_left_alone_is_told_as_one(header: bytes, place: Any, coding: bytes, codec: str) -> None:
    (event,) = received("receive", mo(header + "Muraho".encode(codec), coding)).events
    assert (event.text, event.udh) == ("Muraho", header)
    assert (event.part.reference, event.part.number, event.part.total) == place


def test_parts_are_joined_in_whatever_order_they_come() -> None:
    where, texts = channel(), []
    with Client(transport=Gateway()) as client:
        for number, text in ((2, b"raho"), (1, b"Mu")):
            body = mo(struct.pack(">BBBHBB", 6, 8, 4, 300, 2, number) + text)
            request = WebhookRequest("POST", f"{BASE}/receive", {"Content-Type": FORM}, body)
            texts += [event.text for event in client.receive(where, request).events]
    assert texts == ["Muraho"]


@pytest.mark.parametrize("octets", ["050003070100", "050003070203", "05000307", "0608040107", "050003070101"])
def test_what_is_no_header_stays_in_the_text(octets: str) -> None:
    (event,) = received("receive", mo(bytes.fromhex(octets), b"\x03")).events
    assert (event.part, event.udh, event.text) == (None, None, bytes.fromhex(octets).decode("latin-1"))


WORDS = (
    *((word, Status.SENT) for word in ("ESME_ROK", "ACCEPTD", "ENROUTE")),
    *((word, Status.QUEUED) for word in ("ESME_RTHROTTLED", "ESME_RMSGQFUL", "ESME_RSYSERR", "ESME_RINVSCHED")),
    *((word, Status.REJECTED) for word in ("REJECTD", "ESME_RSUBMITFAIL", "ESME_RINVDSTADR", "ESME_RNEW")),
    ("DELIVRD", Status.DELIVERED),
    ("EXPIRED", Status.EXPIRED),
    ("UNDELIV", Status.UNDELIVERABLE),
    ("DELETED", Status.FAILED),
    ("UNKNOWN", Status.UNKNOWN),
    ("SOMETHING", Status.UNKNOWN),
)


@pytest.mark.parametrize(("word", "status"), WORDS)
def test_a_report_tells_its_status_and_both_ids(word: str, status: Status) -> None:
    body = f"id=j-1&level=2&message_status={word}&connector=77120&id_smsc=77120&err=ND"
    receipt = received("status", body.encode(), query="?message=m-1")
    receipt.raise_for_error()
    (report,) = receipt.events
    assert isinstance(report, DeliveryReport)
    told = (report.status, report.word, report.id, report.message_id, report.code)
    assert told == (status, word, "j-1", "m-1", None)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=20), st.sampled_from(["GET", "POST"]))
@settings(max_examples=150, deadline=None)
def test_whatever_id_and_secret_are_the_report_comes_to_this_message(own: str, secret: str, method: str) -> None:
    try:
        (own + secret).encode()
    except UnicodeEncodeError:
        return
    own = own.strip() or "x"
    where = channel({"dlr_method": method}, public_url="https://sms.example.org/hooks", callback_secret=secret)
    (values,) = sent(OutboundMessage(to=TO, text="Muraho", id=own), where)
    said = "id=j-1&level=2&message_status=DELIVRD"
    url, posted = values["dlr-url"], values["dlr-method"] == "POST"
    request = WebhookRequest(
        method,
        url if posted else f"{url}&{said}",
        {"Content-Type": FORM},
        said.encode() if posted else b"",
    )
    with Client(transport=Gateway()) as client:
        receipt = client.receive(where, request)
    receipt.raise_for_error()
    (report,) = receipt.events
    assert (report.message_id, report.id, report.status) == (own, "j-1", Status.DELIVERED)
    assert "key" not in report.raw


def test_what_is_taken_is_acknowledged_in_jasmins_words() -> None:
    for action, body in (("receive", mo(b"a")), ("status", b"id=1&message_status=DELIVRD")):
        response = received(action, body).response
        assert (response.status, response.body) == (200, b"ACK/Jasmin")


LACKING = (
    ("receive", mo(b"a").replace(b"from=447700900001&", b""), FORM),
    ("receive", b"from=447700900001&id=1", FORM),
    ("receive", b"", FORM),
    ("receive", mo(b"a"), "application/json"),
    ("receive", mo(b"a") + b"&a=b" * 1000, FORM),
    ("status", b"message_status=DELIVRD", FORM),
    ("status", b"id=1", FORM),
)


@pytest.mark.parametrize(("action", "body", "media_type"), LACKING)
def test_what_lacks_something_is_refused_so_that_jasmin_calls_again(action: str, body: bytes, media_type: str) -> None:
    receipt = received(action, body, media_type=media_type)
    assert type(receipt.error) is MalformedInbound
    assert (receipt.response.status, receipt.events) == (400, ())
    assert b"ACK" not in receipt.response.body


def test_a_wrong_secret_is_refused() -> None:
    where = channel(callback_secret="example")
    assert received("receive", mo(b"a"), where, "?key=example").error is None
    receipt = received("receive", mo(b"a"), where, "?key=exampl")
    assert (type(receipt.error), receipt.response.status) == (InvalidSignature, 403)


@given(st.sampled_from(["receive", "status"]), st.binary(max_size=200), st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_nothing_that_comes_is_a_defect(action: str, body: bytes, octets: bytes) -> None:
    for posted in (body, mo(octets, body[:1])):
        receipt = received(action, posted)
        assert receipt.error is None or type(receipt.error) is MalformedInbound
