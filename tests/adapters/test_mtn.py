"""What is special about MTN: a token that expires, correlators in place of ids, and the words of two versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    MalformedInbound,
    OutboundMessage,
    ProtocolError,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.builtin.mtn.correlator import correlator_of, message_id_of
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest

REGISTRY = Registry(installed=False)
ID, TO = "7f1d6c1e-3f5b-4c43-9a58-4d4b7a0c5e11", "+12025550123"
KEYS = {"consumer_key": "example-consumer-key", "consumer_secret": "example-consumer-secret"}
URL = "https://sms.example.org/c/mtn/8eb23e93/"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    options = {"address": "22384", "clock": lambda: CLOCK, "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("mtn", id="8eb23e93", config={**KEYS, **(config or {})}, **options)


class Answers:
    """A transport that keeps requests and gives answers."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers, self.requests = list(answers), list[HttpRequest]()

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)

    def close(self) -> None: ...


def answer(status: int, value: object) -> HttpResponse:
    return HttpResponse(status, Headers({"Content-Type": "application/json"}), json.dumps(value).encode())


def token(value: str = "one", lifetime: object = "3599") -> HttpResponse:
    return answer(200, {"token_type": "BearerToken", "access_token": value, "expires_in": lifetime})


TAKEN = answer(200, {"statusCode": "0000", "transactionId": "1365478abcz", "data": {"status": "PENDING"}})


def send(*answers: HttpResponse, message: OutboundMessage | None = None, **options: Any) -> Any:
    transport = Answers(token(), *answers)
    with Client(transport=transport) as client:
        result = client.send(channel_of(**options), message or OutboundMessage(to=TO, text="Muraho", id=ID))
    return result, transport.requests[1:]


def failure(response: HttpResponse, *more: HttpResponse) -> SmsError:
    with pytest.raises(SmsError) as caught:
        send(response, *more)
    return caught.value


# --- errors

# Source: "Response and error codes" of MTN's portal, copied in api-evangelist/mtn-group,
# errors/mtn-group-error-codes.yml, and ForbiddenResponse of openapi/mtn-group-sms-v3-api.yml (4004). A timeout does
# not tell whether the message was taken, so nothing but "retry", "not available" and "too many" may be sent again.
CODES = [
    (404, "1000", Rejected, Reason.INVALID_RECIPIENT),
    (400, "1001", Rejected, Reason.INVALID_CONTENT),
    (400, "1002", Rejected, Reason.UNKNOWN),
    (400, "1003", Rejected, Reason.UNKNOWN),
    (202, "1004", DeliveryUncertain, None),
    (500, "1005", TemporaryFailure, None),
    (500, "1007", DeliveryUncertain, None),
    (408, "1012", DeliveryUncertain, None),
    (429, "1013", Throttled, None),
    (400, "2000", DeliveryUncertain, None),
    (503, "3000", TemporaryFailure, None),
    (500, "3001", DeliveryUncertain, None),
    (408, "3003", DeliveryUncertain, None),
    (429, "3006", Throttled, None),
    (401, "4000", AuthError, None),
    (405, "4001", Rejected, Reason.UNKNOWN),
    (403, "4004", Rejected, Reason.DUPLICATE),
    (400, "5000", Rejected, Reason.INVALID_CONTENT),
    (400, "5001", Rejected, Reason.INVALID_CONTENT),
    (403, "6000", Rejected, Reason.NO_CREDIT),
    (403, "6001", Rejected, Reason.NO_CREDIT),
    (400, "7777", Rejected, Reason.UNKNOWN),
    (408, "7777", DeliveryUncertain, None),
    (500, "7777", DeliveryUncertain, None),
    (503, "7777", TemporaryFailure, None),
]


@pytest.mark.parametrize(("status", "code", "kind", "reason"), CODES)
def test_each_code_has_its_error_and_keeps_its_words(
    status: int, code: str, kind: type[SmsError], reason: Reason | None
) -> None:
    said = {"statusCode": code, "statusMessage": "To a client", "supportMessage": "to a developer"}
    again = (token("two"), answer(status, said)) if status == 401 else ()
    error = failure(answer(status, said), *again)
    assert (type(error), getattr(error, "reason", None)) == (kind, reason)
    assert (error.provider_code, error.provider_text) == (code, "To a client; to a developer")


@pytest.mark.parametrize("code", [code for _, code, _, _ in CODES])
@pytest.mark.parametrize("status", [200, 201])
def test_no_code_but_0000_is_a_success(code: str, status: int) -> None:
    error = failure(answer(status, {"statusCode": code, "statusMessage": "No", "data": {"requestId": "req1"}}))
    assert error.provider_code == code


@pytest.mark.parametrize("values", [{}, {"statusCode": None}, {"statusCode": ""}, {"data": {"requestId": "req1"}}, []])
def test_an_answer_without_a_code_is_not_understood(values: object) -> None:
    assert type(failure(answer(200, values))) is ProtocolError


def test_a_partial_result_is_none() -> None:
    assert type(failure(answer(207, {"statusCode": "0000", "data": {"status": "PENDING"}}))) is ProtocolError


# --- tokens


def test_a_token_serves_until_it_expires_and_is_renewed_once() -> None:
    now = [CLOCK]
    refused = answer(401, {"statusCode": "4000", "statusMessage": "Unauthorized"})
    answers = (token(), TAKEN, TAKEN, token("two"), TAKEN, refused, token("three"), TAKEN)
    transport, channel = Answers(*answers), channel_of(clock=lambda: now[0])
    with Client(transport=transport) as client:
        for minutes in (0, 58, 60, 61):  # 3599 seconds, of which the last minute is not used
            now[0] = CLOCK + timedelta(minutes=minutes)
            client.send(channel, OutboundMessage(to=TO, text="Muraho"))
    presented = [request.headers["authorization"] for request in transport.requests if request.submits]
    assert presented == [f"Bearer {value}" for value in ("one", "one", "two", "two", "three")]
    assert [request.submits for request in transport.requests] == [False, True, True, False, True, True, False, True]


def test_a_second_refusal_is_the_end() -> None:
    refused = answer(401, {"statusCode": "4000", "statusMessage": "Unauthorized"})
    transport = Answers(token(), refused, token("two"), refused, token("three"), TAKEN)
    with Client(transport=transport) as client, pytest.raises(AuthError):
        client.send(channel_of(), OutboundMessage(to=TO, text="Muraho"))
    assert len(transport.answers) == 2


def test_keys_are_in_the_body_and_the_grant_in_the_query() -> None:
    transport = Answers(token(), TAKEN)
    with Client(transport=transport) as client:
        client.send(channel_of(), OutboundMessage(to=TO, text="Muraho"))
    asked, sent = transport.requests
    assert asked.url == "https://api.mtn.com/v1/oauth/access_token?grant_type=client_credentials"
    expected = {"client_id": KEYS["consumer_key"], "client_secret": KEYS["consumer_secret"]}
    assert dict(parse_qsl(asked.body.decode())) == expected
    assert asked.headers.get("authorization") is None
    assert sent.headers["x-api-key"] == KEYS["consumer_key"]


# --- correlators

IDS = st.text(min_size=1, max_size=60) | st.uuids().map(str) | st.from_regex(r"[0-9a-f]{32}-[1-9]", fullmatch=True)
IDS |= st.from_regex(r"x[0-9a-f]{35}", fullmatch=True)


@given(message_id=IDS, total=st.integers(1, 30))
def test_correlators_fit_are_the_same_again_and_tell_the_message_or_nothing(message_id: str, total: int) -> None:
    made = [correlator_of(message_id, number, total) for number in range(1, total + 1)]
    assert made == [correlator_of(message_id, number, total) for number in range(1, total + 1)]
    assert len(set(made)) == total
    assert all(0 < len(own) <= 36 and own.isascii() for own in made)
    assert {message_id_of(own) for own in made} <= {message_id, None}


@given(message_id=st.uuids(), number=st.integers(1, 30))
def test_a_uuid_is_told_by_every_part(message_id: UUID, number: int) -> None:
    assert correlator_of(str(message_id), 1, 1) == str(message_id)
    assert message_id_of(correlator_of(str(message_id), number, 30)) == str(message_id)


@given(st.text(max_size=80))
def test_no_correlator_of_somebody_else_breaks_anything(written: str) -> None:
    assert isinstance(message_id_of(written), str | None)


def test_each_part_has_the_id_that_its_report_quotes() -> None:
    for config, name in (({}, "clientCorrelatorId"), ({"api_version": "v2"}, "clientCorrelator")):
        message = OutboundMessage(to=TO, text="Murakaza neza. " * 14, id=ID)
        result, requests = send(TAKEN, TAKEN, message=message, config=config)
        bodies = [json.loads(request.body) for request in requests]
        assert [body[name] for body in bodies] == list(result.ids)
        assert len(set(result.ids)) == 2
        assert "".join(body["message"] for body in bodies) == message.text
        for own in result.ids:
            (report,) = received({name: own, "deliveryStatus": "DELIVERED"}).events
            assert (report.id, report.message_id) == (own, ID)


def test_v2_gives_an_id_and_its_reports_quote_both() -> None:
    taken = answer(201, {"statusCode": "0000", "data": {"requestId": "req1", "clientCorrelator": ID}})
    result, _ = send(taken, config={"api_version": "v2"})
    listed = [{"receiverAddress": "12025550123", "status": "DeliveredToTerminal"}]
    info = {"requestId": "req1", "clientCorrelator": ID, "deliveryStatus": listed}
    (report,) = received({"deliveryInfo": info}).events
    assert (report.id, report.message_id, report.recipient) == (result.id, ID, TO)


# --- fields

FIELDS = [
    ({}, {}, {"serviceCode": "22384", "requestDeliveryReceipt": True, "clientCorrelatorId": ID}),
    ({}, {"report": False}, {"serviceCode": "22384", "requestDeliveryReceipt": False, "clientCorrelatorId": ID}),
    (
        {"keyword": "NEWS"},
        {"sender": "KIOSK"},
        {
            "serviceCode": "KIOSK",
            "senderAddress": "KIOSK",
            "keyword": "NEWS",
            "requestDeliveryReceipt": True,
            "clientCorrelatorId": ID,
        },
    ),
    ({"api_version": "v2"}, {}, {"senderAddress": "22384", "clientCorrelator": ID}),
    (
        {"api_version": "v2", "cp_address": "33000"},
        {"sender": "KIOSK"},
        {"senderAddress": "KIOSK", "clientCorrelator": ID, "cpAddress": "33000"},
    ),
]


@pytest.mark.parametrize(("config", "message", "expected"), FIELDS)
def test_each_version_has_its_members(
    config: dict[str, Any], message: dict[str, Any], expected: dict[str, Any]
) -> None:
    asked = OutboundMessage(to=TO, text="Muraho", id=ID, **message)
    _, (request,) = send(TAKEN, message=asked, config=config)
    assert json.loads(request.body) == {"message": "Muraho", "receiverAddress": ["12025550123"], **expected}
    path = "/v2/messages/sms/outbound" if "api_version" in config else "/v3/sms/messages/sms/outbound"
    assert request.url == f"https://api.mtn.com{path}"


# --- callbacks


def received(values: object, action: str = "status") -> Any:
    octets = json.dumps(values).encode()
    with Client(joiner=None) as client:
        request = WebhookRequest("POST", URL + action, Headers({"Content-Type": "application/json"}), octets)
        return client.receive(channel_of(), request)


WORDS = {
    Status.QUEUED: ("ENROUTE", "MessageWaiting"),
    Status.SENT: ("ACCEPTD", "DeliveredToNetwork", "DeliveryUncertain"),
    Status.DELIVERED: ("DELIVERED", "DELIVRD", "DeliveredToTerminal"),
    Status.EXPIRED: ("EXPIRED",),
    Status.REJECTED: ("REJECTED",),
    Status.UNDELIVERABLE: ("UNDELIVERED", "DeliveryImpossible"),
    Status.FAILED: ("DELETED",),
    Status.UNKNOWN: ("UNKNOWN", "DeliveryNotificationNotSupported", "brand new", "delivered"),
}
SPELLINGS = ("clientCorrelatorId", "clientCorrelator", "TransactionID", "transactionId")


@pytest.mark.parametrize(("status", "word"), [(status, word) for status, words in WORDS.items() for word in words])
def test_the_words_of_both_versions_are_known_in_every_spelling(status: Status, word: str) -> None:
    for name in SPELLINGS:
        for action in ("receive", "status"):
            (report,) = received({name: ID, "deliveryStatus": word}, action).events
            assert (report.status, report.word, report.id, report.message_id) == (status, word, ID, ID)
    (report,) = received({"deliveryInfo": {"requestId": "r", "deliveryStatus": [{"status": word}]}}).events
    assert (report.status, report.word, report.id, report.message_id) == (status, word, "r", None)


def test_the_correlator_goes_before_the_platform_s_own_id() -> None:
    (report,) = received({"TransactionID": "rrt-1", "clientCorrelator": ID, "deliveryStatus": "EXPIRED"}).events
    assert (report.id, report.message_id) == (ID, ID)


DATES = [
    ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ("2026-11-23T10:00:00+02:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    (1795420800000, datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ("1795420800000", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    *[(value, None) for value in ("2026-11-23 08:00", "23/11/2026", "", "0", 17, -1, 10**15, 1.5, None, [], {}, True)],
]


@pytest.mark.parametrize(("written", "moment"), DATES)
def test_a_date_in_a_form_that_is_not_known_is_not_told(written: object, moment: datetime | None) -> None:
    (report,) = received({"clientCorrelatorId": ID, "deliveryStatus": "EXPIRED", "completedDate": written}).events
    (message,) = received({"senderAddress": "12025550123", "message": "x", "created": written}, "receive").events
    assert isinstance(report, DeliveryReport)
    assert isinstance(message, InboundMessage)
    assert (report.at, message.received_at) == (moment, moment)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"deliveryStatus": "EXPIRED"},
        {"deliveryInfo": None},
        {"deliveryInfo": {"deliveryStatus": []}},
        {"message": "x"},
        {"message": "x", "senderAddress": ""},
        [],
        "x",
        None,
    ],
)
def test_what_is_neither_message_nor_report_is_refused(values: object) -> None:
    receipt = received(values)
    assert (type(receipt.error), receipt.response.status) == (MalformedInbound, 400)


# --- the simulator


@settings(max_examples=20, deadline=None)
@given(total=st.integers(1, 4), version=st.sampled_from(["v2", "v3"]))
def test_both_versions_of_the_simulator_report_to_the_message(total: int, version: str) -> None:
    simulator = REGISTRY.simulator("mtn", clock=lambda: CLOCK)
    channel = channel_of({**simulator.config("https://gw.example.org"), "api_version": version})
    simulator.inbound_url = channel.callback_url("receive")

    class Wired(Answers):
        def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
            made = simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
            return HttpResponse(made.status, made.headers, made.body)

    with Client(transport=Wired(), joiner=None) as client:
        result = client.send(channel, OutboundMessage(to=TO, text="M" * 160 * total, id=ID))
        told = []
        for message in simulator.accepted:
            for sent in simulator.reports(message):
                receipt = client.receive(channel, WebhookRequest(sent.method, sent.url, sent.headers, sent.body))
                told += [(event.id, event.message_id, event.status) for event in receipt.events]
    expected = [(own, ID, status) for own in result.ids for status in (Status.SENT, Status.DELIVERED)]
    assert (len(result.parts), told) == (total, expected)
