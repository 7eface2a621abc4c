"""What is special about MessageBird's REST API: its errors, reports, references, and tokens over URL and body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messagebird_channel import (
    ACCESS_KEY,
    FOLDER,
    FORM,
    MESSAGE,
    MID,
    PLATFORM,
    PLATFORM_KEY,
    RECEIVE,
    REGISTRY,
    SIGNING_KEY,
    STATUS,
    Answers,
    Wired,
    accepts,
    answer,
    at,
    body_of,
    channel_of,
    failure,
    got,
    posted,
    read,
    sent,
    sha256,
    with_token,
)

from sms_adapters import (
    AuthError,
    Client,
    ConfigError,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    MalformedInbound,
    Media,
    OutboundMessage,
    ProtocolError,
    Reason,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.conformance.cases import CLOCK, inbound_cases
from sms_adapters.errors import InvalidMessage
from sms_adapters.http import HttpResponse, WebhookRequest
from sms_adapters.simulation import Fate

MEDIA = (Media("https://media.example.org/a.jpg"),)


def accepted(**item: Any) -> HttpResponse:
    return answer(201, {"id": MID, "recipients": {"items": [{"recipient": 12025550123, "status": "sent", **item}]}})


def error(code: object, parameter: str | None = None, description: str = "Told") -> dict[str, Any]:
    return {"errors": [{"code": code, "description": description, "parameter": parameter}]}


# --- errors

# Sources: the constants of php-rest-api and the codes in the reference of the API.
CODES: list[tuple[int, type[SmsError], Reason | None]] = [
    (2, AuthError, None),
    (20, Rejected, Reason.UNKNOWN),
    (21, Rejected, Reason.UNKNOWN),
    (25, Rejected, Reason.NO_CREDIT),
    (98, Rejected, Reason.UNKNOWN),
]


@pytest.mark.parametrize(("code", "kind", "reason"), CODES)
def test_each_code_has_its_error_and_keeps_messagebird_s_words(
    code: int, kind: type[SmsError], reason: Reason | None
) -> None:
    for status in (400, 401, 402, 404, 422):
        found = failure(channel_of(), answer(status, error(code, "recipients", "Its words")))
        assert type(found) is kind
        assert getattr(found, "reason", None) == reason
        assert (found.provider_code, found.provider_text, found.retryable) == (str(code), "Its words", False)


PARAMETERS = {
    Reason.INVALID_RECIPIENT: "recipients recipient",
    Reason.INVALID_SENDER: "originator",
    Reason.INVALID_CONTENT: "body datacoding type typeDetails mclass validity scheduledDatetime mediaUrls subject",
    Reason.UNKNOWN: "reference reportUrl gateway access_key",
}


@pytest.mark.parametrize("code", [9, 10, "9"])
@pytest.mark.parametrize(("reason", "parameters"), PARAMETERS.items())
def test_a_missing_or_wrong_parameter_is_judged_by_its_name(code: object, reason: Reason, parameters: str) -> None:
    for parameter in (*parameters.split(), *([None, ""] if reason is Reason.UNKNOWN else [])):
        found = failure(channel_of(), answer(422, error(code, parameter)))
        assert isinstance(found, Rejected)
        assert (found.reason, found.provider_code) == (reason, str(code))


def test_the_first_of_several_errors_decides() -> None:
    both = {"errors": error(10, "originator")["errors"] + error(25)["errors"]}
    found = failure(channel_of(), answer(422, both))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.INVALID_SENDER


STATUSES: dict[int, type[SmsError]] = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    402: Rejected,
    403: AuthError,
    404: Rejected,
    422: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    502: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", [error(99), error(4711, "recipients"), {}, [], {"errors": "text"}, {"errors": [None]}])
def test_a_code_without_meaning_is_judged_by_its_status(status: int, body: Any) -> None:
    found = failure(channel_of(), answer(status, body))
    assert type(found) is STATUSES[status]
    told = body["errors"][0] if isinstance(body, dict) and isinstance(body.get("errors"), list) else None
    assert found.provider_code == str(told["code"] if told else status)
    assert not isinstance(found, Rejected) or found.reason is Reason.UNKNOWN


def test_errors_beside_a_message_are_errors() -> None:
    told = json.loads(accepted().body) | error(9, "recipients")
    assert isinstance(failure(channel_of(), answer(200, told)), Rejected)


@pytest.mark.parametrize("values", [{}, {"id": ""}, {"id": 4711}, {"id": None, "recipients": {"items": []}}])
def test_an_answer_without_an_id_is_no_success(values: Mapping[str, Any]) -> None:
    assert type(failure(channel_of(), answer(201, values))) is ProtocolError


@pytest.mark.parametrize("recipients", [None, [], {"items": []}, {"items": [None]}, {"items": [{"status": 7}]}])
def test_an_answer_that_says_nothing_of_the_recipient_is_accepted_still(recipients: object) -> None:
    with Client(transport=Answers(answer(201, {"id": MID, "recipients": recipients}))) as client:
        (part,) = client.send(channel_of(), MESSAGE).parts
    assert (part.id, part.status, part.segments, part.price) == (MID, Status.QUEUED, None, None)


AT_ONCE = [
    ({"status": "delivery_failed", "statusErrorCode": 103}, Reason.OPTED_OUT, "103"),
    ({"status": "delivery_failed", "statusErrorCode": 1}, Reason.INVALID_RECIPIENT, "1"),
    ({"status": "delivery_failed", "statusReason": "insufficient balance"}, Reason.NO_CREDIT, "delivery_failed"),
    ({"status": "delivery_failed"}, Reason.UNKNOWN, "delivery_failed"),
    ({"status": "expired"}, Reason.EXPIRED, "expired"),
]


@pytest.mark.parametrize(("item", "reason", "code"), AT_ONCE)
def test_a_message_that_has_failed_by_the_time_of_the_answer_is_no_success(
    item: dict[str, Any], reason: Reason, code: str
) -> None:
    found = failure(channel_of(), accepted(**item))
    assert isinstance(found, Rejected)
    assert (found.reason, found.provider_code, found.provider_text) == (reason, code, item.get("statusReason"))


def test_a_server_error_of_a_question_that_submits_nothing_may_be_asked_again() -> None:
    for hook, more in (("check_account", ()), ("query_status", (MID,))):
        with Client(transport=Answers(answer(500, error(99)))) as client, pytest.raises(TemporaryFailure):
            getattr(client, hook)(channel_of(), *more)


# --- reports

# Source: "SMS platform extended error codes"; 103 is courier's.
FAILURES = [
    ("1 2 3 5 9 10 11 12", Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT),
    ("8 26 27 31", Status.UNDELIVERABLE, Reason.UNKNOWN),
    ("0 34", Status.FAILED, Reason.UNKNOWN),
    ("103", Status.FAILED, Reason.OPTED_OUT),
]
REASONS = [
    ("unknown subscriber", Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT),
    ("Unavailable Subscriber", Status.UNDELIVERABLE, Reason.UNKNOWN),
    ("recipient has opted out", Status.FAILED, Reason.OPTED_OUT),
    ("carrier rejected", Status.FAILED, Reason.BLOCKED),
    ("insufficient balance", Status.FAILED, Reason.NO_CREDIT),
    ("received network error", Status.FAILED, None),
    ("", Status.FAILED, None),
]


def report(**values: str) -> DeliveryReport:
    told = read(channel_of(), got(urlencode({"id": MID, "recipient": "12025550123", **values})))
    assert isinstance(told, DeliveryReport)
    return told


@pytest.mark.parametrize(("codes", "status", "reason"), FAILURES)
def test_each_code_of_a_failure_has_its_meaning_whatever_the_words(codes: str, status: Status, reason: Reason) -> None:
    for code in codes.split():
        for text in ("", "unknown subscriber", "carrier rejected"):
            found = report(status="delivery_failed", statusErrorCode=code, statusReason=text)
            assert (found.status, found.reason, found.code, found.description) == (status, reason, code, text or None)


@pytest.mark.parametrize(("text", "status", "reason"), REASONS)
@pytest.mark.parametrize("code", ["", "4711"])
def test_where_no_code_says_it_the_words_do(code: str, text: str, status: Status, reason: Reason | None) -> None:
    found = report(status="delivery_failed", statusErrorCode=code, statusReason=text)
    assert (found.status, found.reason) == (status, reason)


WORDS = {
    "scheduled": Status.QUEUED,
    "buffered": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "delivery_failed": Status.FAILED,
    "expired": Status.EXPIRED,
    "Delivered": Status.DELIVERED,
    "teleported": Status.UNKNOWN,
    "": Status.UNKNOWN,
}


@pytest.mark.parametrize(("word", "status"), WORDS.items())
def test_each_word_has_its_status_and_only_a_failure_a_reason(word: str, status: Status) -> None:
    found = report(status=word, statusReason="successfully delivered")
    assert (found.status, found.word) == (status, word or None)
    assert found.reason is (Reason.EXPIRED if status is Status.EXPIRED else None)
    lost = report(status=word, statusErrorCode="1").reason
    assert (lost is Reason.INVALID_RECIPIENT) == (status is Status.FAILED)


def test_a_report_says_all_that_messagebird_tells() -> None:
    values = {"reference": "m-4471", "statusDatetime": "2026-11-23T09:59:57+02:00", "messagePartCount": "2"}
    found = report(status="delivered", **values, **{"price[amount]": "0.075", "price[currency]": "EUR"})
    assert (found.id, found.message_id, found.recipient) == (MID, "m-4471", "+12025550123")
    assert found.at == CLOCK - timedelta(seconds=3)
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal("0.075"), "EUR")
    assert found.raw["messagePartCount"] == "2"


def test_a_report_names_its_message_by_id_or_by_reference() -> None:
    assert read(channel_of(), got("reference=m-1&status=sent")) == DeliveryReport(
        Status.SENT, message_id="m-1", word="sent", raw={"reference": "m-1", "status": "sent"}
    )
    for query in ("status=sent", "status=sent&id=&reference="):
        with pytest.raises(MalformedInbound, match="neither id nor reference"):
            read(channel_of(), got(query))


def test_of_a_repeated_parameter_the_first_one_counts() -> None:
    found = read(channel_of(), got("id=1&status=delivered&status=expired&recipient=12025550123&recipient=12025550124"))
    assert isinstance(found, DeliveryReport)
    assert (found.status, found.word, found.recipient) == (Status.DELIVERED, "delivered", "+12025550123")


def test_the_secret_of_the_callback_is_no_part_of_what_is_kept() -> None:
    for request in (got("key=s3cret&id=1&status=sent"), got("key=s3cret&originator=12025550123&body=Hi", RECEIVE)):
        assert "s3cret" not in str(read(channel_of(), request).raw)  # type: ignore[union-attr]


# --- messages


def typed(**values: Any) -> InboundMessage:
    found = read(channel_of(), posted(urlencode(values, doseq=True).encode(), FORM))
    assert isinstance(found, InboundMessage)
    return found


@pytest.mark.parametrize("name", ["body", "message", "payload"])
def test_a_text_may_have_any_of_three_names(name: str) -> None:
    assert typed(originator="12025550123", **{name: "Yes"}).text == "Yes"
    assert typed(originator="12025550123", **{name: ""}).text == ""


@pytest.mark.parametrize("names", [("mediaUrls",), ("mediaUrls[]",), ("mediaUrls[0]", "mediaUrls[1]")])
def test_media_may_be_written_in_any_of_three_ways(names: tuple[str, ...]) -> None:
    urls = ["https://media.example.org/a", "https://media.example.org/b"]
    values = {names[0]: urls} if len(names) == 1 else dict(zip(names, urls, strict=True))
    assert [item.url for item in typed(originator="12025550123", **values).media] == urls


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"body": "x"},
        {"originator": "12025550123"},
        {"originator": "", "body": "x"},
        {"originator": "12025550123", "mediaUrls": ""},
        {"originator": ["", "12025550123"], "body": "x"},
    ],
)
def test_what_is_neither_report_nor_message_is_malformed(values: dict[str, Any]) -> None:
    with pytest.raises(MalformedInbound):
        typed(**values)


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b"{}", b'{"originator": {}, "body": "x"}'])
def test_json_that_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedInbound):
        read(channel_of(), posted(body))


def test_a_time_without_a_zone_is_not_told() -> None:
    assert typed(originator="12025550123", message="x", receive_datetime="20261123075957").received_at is None
    assert typed(originator="12025550123", body="x", createdDatetime="2026-11-23T08:00:00+00:00").received_at == CLOCK


# --- signatures

QUERY = urlencode({"id": MID, "reference": "m-4471", "status": "delivered"})
GENUINE = with_token(got(QUERY))
POSTED = with_token(posted(b"originator=12025550123&body=Muraho", FORM))


@pytest.mark.parametrize("request_", [GENUINE, POSTED])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_token_over_url_and_body_proves_a_webhook(request_: WebhookRequest, algorithm: str) -> None:
    request = with_token(request_, algorithm=algorithm)
    found = channel_of().plugin.adapter.verify_inbound(channel=channel_of(), request=request)
    assert (found.scheme, found.claims["jti"]) == (f"jwt-{algorithm.lower()}", "0b4b0d0e")
    assert found.signed_at == CLOCK - timedelta(seconds=2)


NOW = int(CLOCK.timestamp())
BAD = {
    "another issuer": {"iss": "MessageBerd"},
    "no issuer": {"iss": None},
    "no end": {"exp": None},
    "no end, but a time of issue": {"exp": None, "iat": NOW - 2},
    "no start": {"nbf": None},
    "over": {"exp": NOW - 1},
    "of the future": {"nbf": NOW + 2},
    "another URL": {"url_hash": sha256(STATUS)},
    "no URL": {"url_hash": None},
    "a list for the URL": {"url_hash": [sha256(POSTED.url)]},
    "another body": {"payload_hash": sha256("originator=12025550123&body=Mwaramutse")},
    "no body": {"payload_hash": None},
}


@pytest.mark.parametrize("claims", BAD.values(), ids=BAD)
def test_a_token_that_says_something_else_is_refused(claims: dict[str, Any]) -> None:
    assert accepts(channel_of(), with_token(POSTED))
    assert not accepts(channel_of(), with_token(POSTED, **claims))


@pytest.mark.parametrize("claim", [sha256(b""), sha256("x"), ""])
def test_a_token_has_no_hash_of_a_body_that_is_not_there(claim: str) -> None:
    assert not accepts(channel_of(), with_token(GENUINE, payload_hash=claim))


@pytest.mark.parametrize(("seconds", "good"), [(-3, True), (-4, False), (58, True), (59, False)])
def test_a_token_is_good_while_it_says_so_and_for_a_second(seconds: int, good: bool) -> None:
    """PyJWT holds a token to be over at its end; the second is the leeway of MessageBird's libraries."""
    assert accepts(at(CLOCK + timedelta(seconds=seconds)), GENUINE) == good


def test_only_the_signing_key_signs() -> None:
    for key in (ACCESS_KEY, SIGNING_KEY[:-1], SIGNING_KEY.upper()):
        assert not accepts(channel_of(), with_token(GENUINE, key=key + "x" * 60))
    unsigned = with_token(GENUINE, key="", algorithm="none")
    assert not accepts(channel_of(), unsigned)
    assert not accepts(channel_of(), replace(GENUINE, headers=GENUINE.headers.having("MessageBird-Signature-JWT", "")))
    assert not accepts(channel_of(), got(QUERY))


def test_a_changed_url_or_body_is_refused() -> None:
    for url in (
        GENUINE.url.replace("delivered", "expired"),
        f"{GENUINE.url}&x=1",
        GENUINE.url.replace("status?", "receive?"),
    ):
        assert not accepts(channel_of(), replace(GENUINE, url=url))
    assert not accepts(channel_of(), replace(POSTED, body=POSTED.body + b" "))
    assert not accepts(channel_of(), replace(POSTED, body=b""))
    assert not accepts(channel_of(), replace(GENUINE, body=b"x"))


def test_the_url_is_the_public_one_with_or_without_its_port() -> None:
    inside = GENUINE.url.replace("https://sms.example.org", "http://10.0.0.7:8000/app")
    assert accepts(channel_of(), replace(GENUINE, url=inside))
    ported = with_token(got(QUERY, STATUS.replace(".org/", ".org:443/")))
    assert accepts(channel_of(), replace(ported, url=GENUINE.url))
    assert not accepts(channel_of(public_url="https://other.example.org"), replace(GENUINE, url=inside))


@pytest.mark.parametrize("config", [REGISTRY.simulator("messagebird").config("https://gw.example.org"), PLATFORM])
def test_a_channel_without_the_signing_key_accepts_nothing_and_is_told_why(config: dict[str, Any]) -> None:
    with Client(transport=Answers()) as client:
        receipt = client.receive(channel_of({**config, "signing_key": None}), GENUINE)
    assert isinstance(receipt.error, ConfigError)
    assert "signing_key" in str(receipt.error)
    assert (receipt.events, receipt.response.status) == ((), 500)


# --- what is sent


def test_without_a_reference_there_are_no_reports() -> None:
    asked = body_of(*sent(channel_of(), MESSAGE, accepted()))
    assert (asked["reference"], asked["reportUrl"]) == ("m-4471", STATUS)
    silent = body_of(*sent(channel_of(), replace(MESSAGE, report=False), accepted()))
    assert not {"reference", "reportUrl"} & set(silent)
    by_account = body_of(*sent(channel_of(public_url=None), MESSAGE, accepted()))
    assert (by_account["reference"], "reportUrl" in by_account) == ("m-4471", False)
    secret = body_of(*sent(channel_of(callback_secret="s3cret"), MESSAGE, accepted()))
    assert secret["reportUrl"] == f"{STATUS}?key=s3cret"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
@settings(max_examples=60, deadline=None)
def test_every_id_makes_a_reference_that_is_taken_and_comes_back_only_if_it_is_the_id(identity: str) -> None:
    reference = body_of(*sent(channel_of(), replace(MESSAGE, id=identity), accepted()))["reference"]
    assert 0 < len(reference) <= 128
    assert (reference == identity) == (len(identity) <= 128)
    found = report(status="sent", reference=reference)
    assert found.message_id == (identity if len(identity) <= 128 else None)


@pytest.mark.parametrize("length", [127, 128, 129])
def test_a_reference_has_at_most_128_characters(length: int) -> None:
    reference = body_of(*sent(channel_of(), replace(MESSAGE, id="ü" * length), accepted()))["reference"]
    assert (reference == "ü" * length) == (length <= 128)
    assert len(reference) <= 128


def test_the_key_has_a_scheme_of_its_own_and_json_is_asked_for() -> None:
    (request,) = sent(channel_of(), MESSAGE, accepted())
    transport = Answers(answer(200, {"amount": 9.2, "type": "credits"}), answer(200, {"id": MID}))
    with Client(transport=transport) as client:
        client.check_account(channel_of())
        client.query_status(channel_of(), MID)
    for one in (request, *transport.requests):
        assert one.headers.get("Authorization") == f"AccessKey {ACCESS_KEY}"
        assert one.headers.get("Accept") == "application/json"
    assert [one.url for one in transport.requests] == [
        "https://rest.messagebird.com/balance",
        f"https://rest.messagebird.com/messages/{MID}",
    ]


def test_a_webhook_is_answered_ok() -> None:
    with Client(transport=Answers()) as client:
        for request in (GENUINE, POSTED):
            response = client.receive(channel_of(), request).response
            assert (response.status, response.body) == (200, b"OK")


CODINGS = [
    ({"text": "Où est-il? [€]"}, "plain"),
    ({"text": "Où est-il ? ê"}, "unicode"),
    ({"text": "Muraho", "encoding": "ucs2"}, "unicode"),
    ({"text": "Muraho", "encoding": "gsm7"}, "plain"),
    ({"text": "“Fine”", "transliterate": True}, "plain"),
    ({"text": "“Fine” 👋", "transliterate": True}, "unicode"),
]


@pytest.mark.parametrize(("values", "coding"), CODINGS)
def test_the_alphabet_is_said_for_every_text(values: dict[str, Any], coding: str) -> None:
    """By default MessageBird replaces what is outside of GSM 7-bit."""
    (body,) = (body_of(request) for request in sent(channel_of(), replace(MESSAGE, **values), accepted()))
    assert (body["datacoding"], body["type"]) == (coding, "sms")


@pytest.mark.parametrize(("letter", "single", "each"), [("x", 160, 153), ("ж", 70, 67)])
def test_one_request_takes_nine_segments(letter: str, single: int, each: int) -> None:
    assert len(sent(channel_of(), replace(MESSAGE, text=letter * each * 9), accepted())) == 1
    first, second = sent(channel_of(), replace(MESSAGE, text=letter * (each * 9 + 1)), accepted(), accepted())
    assert [len(body_of(request)["body"]) for request in (first, second)] == [each * 9, 1]
    assert body_of(first)["datacoding"] == body_of(second)["datacoding"]
    assert body_of(first)["reference"] == body_of(second)["reference"]
    assert single < each * 9


def test_octets_are_written_in_hex_and_have_no_alphabet() -> None:
    message = OutboundMessage(to=MESSAGE.to, id="m-1", data=b"\xc0\xff\xee", udh=bytes.fromhex("0605041582158a"))
    body = body_of(*sent(channel_of(), message, accepted()))
    assert (body["type"], body["body"], body["typeDetails"]) == ("binary", "c0ffee", {"udh": "0605041582158a"})
    assert "datacoding" not in body
    flashed = body_of(*sent(channel_of(), replace(message, udh=None, flash=True), accepted()))
    assert (flashed["type"], flashed["mclass"], "typeDetails" in flashed) == ("binary", 0, False)


def test_a_flash_message_is_of_class_0() -> None:
    body = body_of(*sent(channel_of(), replace(MESSAGE, flash=True), accepted()))
    assert (body["type"], body["mclass"]) == ("flash", 0)
    assert "mclass" not in body_of(*sent(channel_of(), MESSAGE, accepted()))


def test_a_time_is_in_utc_to_the_second_and_a_validity_in_whole_seconds() -> None:
    later = datetime(2026, 11, 24, 12, 0, 0, 500_000, timezone(timedelta(hours=2)))
    message = replace(MESSAGE, send_at=later, validity=timedelta(hours=1, milliseconds=900))
    body = body_of(*sent(channel_of({"gateway": 0}), message, accepted()))
    assert (body["scheduledDatetime"], body["validity"]) == ("2026-11-24T10:00:00+00:00", 3600)
    assert body["gateway"] == 0


def test_media_make_one_mms_with_the_whole_text() -> None:
    message = replace(MESSAGE, text="x" * 2000, media=MEDIA, extra={"subject": "A picture"})
    (request,) = sent(channel_of(), message, accepted())
    body = body_of(request)
    assert request.url == "https://rest.messagebird.com/mms"
    assert (body["mediaUrls"], body["subject"], len(body["body"])) == ([MEDIA[0].url], "A picture", 2000)
    assert not {"type", "datacoding", "reportUrl", "validity"} & set(body)


@pytest.mark.parametrize(
    "values",
    [
        {"text": "x" * 2001},
        {"flash": True},
        {"validity": timedelta(hours=1)},
        {"text": "", "data": b"\x00"},
    ],
)
def test_what_an_mms_cannot_be_is_refused_before_it_is_sent(values: dict[str, Any]) -> None:
    found = failure(channel_of(), message=replace(MESSAGE, media=MEDIA, **values))
    assert isinstance(found, InvalidMessage)
    assert found.reason is Reason.INVALID_CONTENT


def test_numbers_go_without_plus_and_names_as_they_are() -> None:
    for sender, wire in (
        ("+447700900100", "447700900100"),
        ("Muraho", "Muraho"),
        ("inbox", "inbox"),
        ("25025", "25025"),
    ):
        body = body_of(*sent(channel_of(), replace(MESSAGE, sender=sender), accepted()))
        assert (body["originator"], body["recipients"]) == (wire, ["12025550123"])


def test_a_message_without_a_sender_is_refused_before_it_is_sent() -> None:
    assert isinstance(failure(channel_of(address=None)), ConfigError)


def test_a_reference_cannot_leave_its_place_in_the_path() -> None:
    transport = Answers(answer(404, error(20)))
    with Client(transport=transport) as client, pytest.raises(Rejected):
        client.query_status(channel_of(), "../balance?x=1")
    assert transport.requests[0].url == "https://rest.messagebird.com/messages/..%2Fbalance%3Fx%3D1"


def test_a_status_is_that_of_the_message_that_was_asked_for() -> None:
    with Client(transport=Answers(answer(200, {"recipients": {"items": [{"status": "sent"}]}}))) as client:
        found = client.query_status(channel_of(), MID)
    assert (found.id, found.message_id, found.status) == (MID, None, Status.SENT)


# --- the configuration

KEYS = [
    (ACCESS_KEY, None),
    ("test_gshuPaZoeEG6ovbc8M79w0QyM", None),
    ("bk_eu1", None),
    ("bk_eu1_", None),
    ("BK_EU1_x", None),
    ("bk_europe_x", None),
    ("xbk_eu1_x", None),
    (PLATFORM_KEY, "eu1"),
    ("bk_us12_abc_def", "us12"),
    ("bm_eu1_x", "eu1"),
]


@pytest.mark.parametrize(("key", "region"), KEYS)
def test_the_key_tells_the_product_and_its_host(key: str, region: str | None) -> None:
    config = channel_of({"access_key": key, "signing_key": None}).config
    host = f"https://{region}.platform.bird.com" if region else "https://rest.messagebird.com"
    assert (config.region, config.root) == (region, host)
    elsewhere = channel_of({"access_key": key, "signing_key": None, "base_url": "https://gw.example.org/x/"}).config
    assert elsewhere.root == "https://gw.example.org/x"


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"access_key": ""}, "access_key"),
        ({"access_key": PLATFORM_KEY}, "signing_key is no secret of a webhook"),
        ({**PLATFORM, "signing_key": "whsec_"}, "signing_key is no secret of a webhook"),
        ({**PLATFORM, "signing_key": "whsec_no base64!"}, "signing_key is no secret of a webhook"),
        ({**PLATFORM, "signing_key": PLATFORM["signing_key"].removeprefix("whsec_")}, "signing_key is no secret"),
        ({"gateway": -1}, "gateway"),
        ({"category": "spam"}, "category"),
        ({"base_url": "ftp://example.org"}, "base_url"),
        ({"key": ACCESS_KEY}, "key: unknown field"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError, match=names) as caught:
        channel_of(config)
    assert ACCESS_KEY not in str(caught.value)
    assert SIGNING_KEY not in str(caught.value)


# --- the simulator


def simulated(**options: Any) -> tuple[Any, Any]:
    simulator = REGISTRY.simulator("messagebird", clock=lambda: CLOCK, inbound_url=RECEIVE)
    return simulator, channel_of(simulator.config("https://gw.example.org"), **options)


def test_the_simulator_tells_the_present_status_of_a_message() -> None:
    simulator, channel = simulated()
    with Client(transport=Wired(simulator)) as client:
        result = client.send(channel, replace(MESSAGE, to="+12025550189"))
        assert client.query_status(channel, str(result.id)).status is Status.SENT
        (message,) = simulator.accepted
        assert message.fate is Fate.UNDELIVERABLE
        simulator.reports(message)
        found = client.query_status(channel, str(result.id))
        assert (found.status, found.reason) == (Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT)
        assert found.message_id == "m-4471"
        with pytest.raises(Rejected) as caught:
            client.query_status(channel, "0")
        assert caught.value.provider_code == "20"
        assert str(client.check_account(channel).balance) == "Price(amount=Decimal('9.2'), currency='euros')"


def test_the_simulator_reports_only_under_a_reference_and_behind_the_secret() -> None:
    simulator, channel = simulated(callback_secret="s3cret")
    with Client(transport=Wired(simulator)) as client:
        client.send(channel, replace(MESSAGE, report=False))
        client.send(channel, MESSAGE)
        silent, told = simulator.accepted
        assert simulator.reports(silent) == []
        fired = simulator.reports(told)
        assert [request.url.startswith(f"{STATUS}?key=s3cret&id=") for request in fired] == [True, True]
        for request in fired:
            client.receive(channel, WebhookRequest("GET", request.url, request.headers)).raise_for_error()


def test_a_text_that_is_not_said_to_be_unicode_loses_characters() -> None:
    simulator, channel = simulated()
    with Client(transport=Wired(simulator)) as client:
        client.send(channel, replace(MESSAGE, text="Привет"))
    (message,) = simulator.accepted
    plain = json.dumps({**message.values, "datacoding": "plain"}).encode()
    headers = {"Authorization": f"AccessKey {simulator.config('')['access_key']}"}
    simulator.handle(posted(plain, url="https://gw.example.org/messages", **headers))
    assert [message.text for message in simulator.accepted] == ["Привет", "??????"]


@pytest.mark.parametrize("product", ["config", "platform_config"])
def test_a_recorded_webhook_is_signed_anew_with_the_time_it_had(product: str) -> None:
    simulator = REGISTRY.simulator("messagebird")
    channel = channel_of(getattr(simulator, product)("https://gw.example.org"))
    kept = [case for case in inbound_cases(FOLDER) if case.name.startswith("platform_") == (product != "config")]
    assert len(kept) > 10
    for case in kept:
        url = channel.external_url(case.request)
        with Client(joiner=None) as client:
            assert client.receive(channel, case.request).error is not None
            client.receive(channel, simulator.resign(replace(case.request, url=url))).raise_for_error()
