"""What is special about the Bird platform behind the MessageBird adapter: its errors, keys and webhooks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from messagebird_channel import (
    MESSAGE,
    PLATFORM,
    PLATFORM_KEY,
    RECEIVE,
    REGISTRY,
    SMS_ID,
    STATUS,
    WEBHOOK_SECRET,
    Answers,
    Wired,
    accepts,
    answer,
    as_standard,
    at,
    body_of,
    channel_of,
    event,
    failure,
    posted,
    read,
    sent,
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
    NotForThisAdapter,
    OptOut,
    OutboundMessage,
    ProtocolError,
    Reason,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    Unsupported,
)
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.http import HttpResponse, WebhookRequest
from sms_adapters.simulation import FATES, Fate

STAMP = str(int(CLOCK.timestamp()))


def platform(**options: Any) -> Any:
    return channel_of(PLATFORM, **options)


def accepted(**values: Any) -> HttpResponse:
    return answer(202, {"id": SMS_ID, "status": "accepted", "segments": {"count": 1}, "cost": None, **values})


def error(**values: Any) -> dict[str, Any]:
    return {"error": {"message": "Told.", "request_id": "req_1", **values}}


# --- errors

# Sources: "Errors" (a status for each type), "Idempotency" (E01004, E01005), and the names in messagebird-sdk.
TYPES: list[tuple[str, int, type[SmsError], Reason | None]] = [
    ("bad_request_error", 400, Rejected, Reason.UNKNOWN),
    ("auth_error", 401, AuthError, None),
    ("billing_error", 402, Rejected, Reason.NO_CREDIT),
    ("permission_error", 403, AuthError, None),
    ("not_found_error", 404, Rejected, Reason.UNKNOWN),
    ("conflict_error", 409, Rejected, Reason.UNKNOWN),
    ("precondition_error", 412, Rejected, Reason.UNKNOWN),
    ("precondition_error", 428, Rejected, Reason.UNKNOWN),
    ("payload_too_large_error", 413, Rejected, Reason.INVALID_CONTENT),
    ("misdirected_error", 421, AuthError, None),
    ("validation_error", 422, Rejected, Reason.UNKNOWN),
    ("rate_limit_error", 429, Throttled, None),
    ("internal_error", 500, DeliveryUncertain, None),
    ("not_implemented_error", 501, Rejected, Reason.UNKNOWN),
    ("service_unavailable_error", 503, TemporaryFailure, None),
]


@pytest.mark.parametrize(("kind", "status", "error_type", "reason"), TYPES)
def test_each_type_has_its_error_and_keeps_bird_s_words(
    kind: str, status: int, error_type: type[SmsError], reason: Reason | None
) -> None:
    found = failure(platform(), answer(status, error(type=kind, code="E09999", name="Something")))
    assert type(found) is error_type
    assert getattr(found, "reason", None) == reason
    assert (found.provider_code, found.provider_text) == ("E09999", "Told.")
    assert found.retryable == (error_type in (Throttled, TemporaryFailure))


NAMES: list[tuple[str, Reason]] = [
    ("SMSInvalidRecipient", Reason.INVALID_RECIPIENT),
    ("SMSSenderNotConfigured", Reason.INVALID_SENDER),
    ("SMSNoEligibleSender", Reason.INVALID_SENDER),
    ("SenderCategoryNotPermitted", Reason.INVALID_SENDER),
    ("SMSMessagingProfileNotFound", Reason.INVALID_SENDER),
    ("SMSMessagingProfileSenderBound", Reason.INVALID_SENDER),
    ("SMSUnsupportedFeature", Reason.INVALID_CONTENT),
]


@pytest.mark.parametrize(("name", "reason"), NAMES)
@pytest.mark.parametrize("parameter", ["to", "from", "text", None])
def test_a_name_says_more_than_the_parameter(name: str, reason: Reason, parameter: str | None) -> None:
    told = error(type="validation_error", code="E09999", name=name, param=parameter)
    found = failure(platform(), answer(422, told))
    assert isinstance(found, Rejected)
    assert (found.reason, found.provider_code) == (reason, "E09999")


PARAMETERS = {
    "to": Reason.INVALID_RECIPIENT,
    "to[0]": Reason.INVALID_RECIPIENT,
    "from": Reason.INVALID_SENDER,
    "text": Reason.INVALID_CONTENT,
    "metadata.message_id": Reason.INVALID_CONTENT,
    "options.smart_encoding": Reason.INVALID_CONTENT,
    "category": Reason.UNKNOWN,
    "tomorrow": Reason.UNKNOWN,
    "": Reason.UNKNOWN,
}


@pytest.mark.parametrize(("parameter", "reason"), PARAMETERS.items())
def test_a_wrong_value_is_judged_by_the_parameter(parameter: str, reason: Reason) -> None:
    kind = {"type": "validation_error", "code": "E01001", "name": "ValidationError"}
    details = [{"param": parameter, "message": "is wrong"}, {"param": "to", "message": "is missing"}]
    for told in (error(**kind, param=parameter), error(**kind, details=details)):
        found = failure(platform(), answer(422, told))
        assert isinstance(found, Rejected)
        assert found.reason is reason
    # Elsewhere a parameter says nothing.
    other = failure(platform(), answer(400, error(type="bad_request_error", param=parameter)))
    assert isinstance(other, Rejected)
    assert other.reason is Reason.UNKNOWN


def test_what_is_wrong_with_each_parameter_is_kept() -> None:
    details = [{"param": "to", "message": "is wrong"}, {"message": "and more"}, {"param": "from"}, None, {}]
    found = failure(platform(), answer(422, error(type="validation_error", code="E01001", details=details)))
    assert found.provider_text == "Told. to: is wrong; and more; from"


def test_two_conflicts_are_about_the_idempotency_key() -> None:
    conflict = {"type": "conflict_error"}
    going = failure(platform(), answer(409, error(**conflict, code="E01004", name="RequestInProgress")))
    assert (type(going), going.retryable) == (TemporaryFailure, True)
    reused = failure(platform(), answer(409, error(**conflict, code="E01005", name="IdempotencyKeyReuse")))
    assert isinstance(reused, Rejected)
    assert (reused.reason, reused.provider_code) == (Reason.DUPLICATE, "E01005")


STATUSES: dict[int, type[SmsError]] = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    403: AuthError,
    409: Rejected,
    422: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    501: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "body", [error(type="new_error", code="E09999"), error(type="internal_error"), {}, [], {"error": "text"}]
)
def test_an_unknown_type_is_judged_by_its_status(status: int, body: Any) -> None:
    found = failure(platform(), answer(status, body))
    assert type(found) is STATUSES[status]
    told = body["error"] if isinstance(body, dict) and isinstance(body.get("error"), dict) else {}
    assert found.provider_code == (told.get("code") or told.get("type") or str(status))
    assert not isinstance(found, Rejected) or found.reason is Reason.UNKNOWN


@pytest.mark.parametrize("body", [error(type="rate_limit_error", code="E01006"), {}])
def test_the_time_to_wait_is_kept(body: object) -> None:
    found = failure(platform(), answer(429, body, Retry_After="7"))
    assert isinstance(found, Throttled)
    assert found.retry_after == 7


@pytest.mark.parametrize("word", ["undelivered", "failed", "rejected", "canceled", "expired"])
def test_a_message_that_has_failed_by_the_time_of_the_answer_is_no_success(word: str) -> None:
    refused = {"code": "recipient_opted_out", "description": "On the list"}
    found = failure(platform(), accepted(status=word, error=refused))
    assert isinstance(found, Rejected)
    assert (found.reason, found.provider_code, found.provider_text) == (
        Reason.OPTED_OUT,
        "recipient_opted_out",
        "On the list",
    )
    bare = failure(platform(), accepted(status=word, error=None))
    assert isinstance(bare, Rejected)
    assert (bare.reason, bare.provider_code) == (Reason.UNKNOWN, word)


@pytest.mark.parametrize("values", [{"id": None}, {"id": ""}, {"id": 7}])
def test_an_answer_without_an_id_is_no_success(values: dict[str, Any]) -> None:
    assert type(failure(platform(), accepted(**values))) is ProtocolError


def test_a_server_error_of_a_question_that_submits_nothing_may_be_asked_again() -> None:
    for hook, more in (("check_account", ()), ("query_status", (SMS_ID,))):
        told = answer(500, error(type="internal_error"))
        with Client(transport=Answers(told)) as client, pytest.raises(TemporaryFailure):
            getattr(client, hook)(platform(), *more)


# --- webhooks

# Source: SMSErrorCode of messagebird-sdk.
REASONS = {
    Reason.INVALID_RECIPIENT: "invalid_destination landline_unreachable",
    Reason.BLOCKED: "blocked_by_carrier blocked_by_fraud_protection blocked_by_recipient",
    Reason.INVALID_CONTENT: "content_rejected",
    Reason.REGULATION: "sender_unregistered",
    Reason.OPTED_OUT: "recipient_opted_out",
    Reason.NO_CREDIT: "insufficient_balance",
    Reason.UNKNOWN: "unreachable provider_unavailable unknown",
}
WORDS = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERABLE,
    "failed": Status.FAILED,
    "rejected": Status.REJECTED,
    "canceled": Status.REJECTED,
    "expired": Status.EXPIRED,
    "teleported": Status.UNKNOWN,
}


def report(word: str, **data: Any) -> DeliveryReport:
    found = read(platform(), event(f"sms.{word}", sms_id=SMS_ID, to="+12025550123", **data))
    assert isinstance(found, DeliveryReport)
    return found


@pytest.mark.parametrize(("reason", "codes"), REASONS.items())
def test_each_failure_has_its_reason(reason: Reason, codes: str) -> None:
    for code in codes.split():
        found = report("failed", error={"code": code, "description": "In words"})
        assert (found.reason, found.code, found.description) == (reason, code, "In words")
    assert report("failed", error={"code": "something_new"}).reason is None


def test_every_code_that_the_library_knows_is_in_the_table() -> None:
    generated = library("bird._generated")
    assert {item.value for item in generated.SMSErrorCode} == set(" ".join(REASONS.values()).split())
    known = {item.value for item in generated.SMSMessageStatus} - {"received"}
    assert known == set(WORDS) - {"teleported"}
    assert {item.value for item in generated.SMSEventType} <= {f"sms.{word}" for word in WORDS}


def library(name: str) -> Any:
    """A module of messagebird-sdk, whose model of something else warns when it is first imported."""
    import importlib
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


@pytest.mark.parametrize(("word", "status"), WORDS.items())
def test_each_event_and_each_answer_has_its_status(word: str, status: Status) -> None:
    metadata, cost = {"message_id": "m-4471"}, {"amount": "0.00990", "currency_code": "EUR"}
    found = report(word, metadata=metadata, cost=cost)
    assert (found.status, found.word, found.id, found.message_id) == (status, word, SMS_ID, "m-4471")
    assert (found.recipient, found.at) == ("+12025550123", CLOCK - timedelta(seconds=3))
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal("0.00990"), "EUR")
    values = {"status": word, "to": "+12025550123", "metadata": metadata, "sent_at": "2026-11-23T07:59:50Z"}
    with Client(transport=Answers(answer(200, values))) as client:
        asked = client.query_status(platform(), SMS_ID)
    assert (asked.status, asked.word, asked.id, asked.message_id) == (status, word, SMS_ID, "m-4471")
    assert asked.at == CLOCK - timedelta(seconds=10)


def test_a_delivery_is_told_by_its_own_time() -> None:
    values = {"status": "delivered", "sent_at": "2026-11-23T07:59:50Z", "delivered_at": "2026-11-23T07:59:55Z"}
    with Client(transport=Answers(answer(200, values))) as client:
        assert client.query_status(platform(), SMS_ID).at == CLOCK - timedelta(seconds=5)


@pytest.mark.parametrize("reason", ["keyword_stop", "carrier_opted_out", "manual"])
def test_a_suppression_is_an_opt_out_from_one_sender(reason: str) -> None:
    told = {"suppression_id": "ssu_1", "destination": "+12025550123", "originator": "24680", "reason": reason}
    found = read(platform(), event("sms_suppression.created", **told))
    assert isinstance(found, OptOut)
    assert (found.address, found.to, found.id, found.at) == (
        "+12025550123",
        "24680",
        "ssu_1",
        CLOCK - timedelta(seconds=3),
    )


@pytest.mark.parametrize("kind", ["email.delivered", "whatsapp.received", "sms_suppression.ended", "sms", "smsx.sent"])
def test_an_event_about_something_else_is_not_for_this_adapter(kind: str) -> None:
    with pytest.raises(NotForThisAdapter):
        read(platform(), event(kind, sms_id=SMS_ID))


@pytest.mark.parametrize(
    "request_",
    [
        event("sms.sent"),
        event("sms.sent", metadata={"message_id": ""}),
        event("sms.received", sms_id=SMS_ID, text="x"),
        event("sms.received", sms_id=SMS_ID, text="x", **{"from": ""}),
        event("sms_suppression.created", originator="24680"),
        event(""),
        posted(b"[]"),
        posted(b'{"data": {}}'),
        posted(b'{"type": ["sms.sent"]}'),
    ],
)
def test_an_event_that_lacks_what_it_is_about_is_malformed(request_: WebhookRequest) -> None:
    with pytest.raises(MalformedInbound):
        read(platform(), request_)


SIGNED = as_standard(event("sms.received", sms_id=SMS_ID, **{"from": "+12025550123"}, text="Yes"), STAMP)


def test_id_time_and_body_are_signed() -> None:
    found = platform().plugin.adapter.verify_inbound(channel=platform(), request=SIGNED)
    assert (found.scheme, found.signed_at) == ("hmac-sha256", CLOCK)
    for name, value in (
        ("webhook-id", "evt_2"),
        ("webhook-id", ""),
        ("webhook-timestamp", str(int(STAMP) + 1)),
        ("webhook-timestamp", ""),
        ("webhook-signature", ""),
        ("webhook-signature", (SIGNED.headers.get("webhook-signature") or "").replace("v1,", "v2,")),
        ("webhook-signature", (SIGNED.headers.get("webhook-signature") or "").removeprefix("v1,")),
    ):
        assert not accepts(platform(), replace(SIGNED, headers=SIGNED.headers.having(name, value)))
    assert not accepts(platform(), replace(SIGNED, body=SIGNED.body + b" "))
    assert not accepts(platform(), posted(SIGNED.body))


def test_any_of_several_signatures_will_do() -> None:
    good = SIGNED.headers.get("webhook-signature")
    for value in (f"v1,AAAA {good}", f"{good} v1,AAAA", f"v1a,AAAA {good}"):
        assert accepts(platform(), replace(SIGNED, headers=SIGNED.headers.having("webhook-signature", value)))


@pytest.mark.parametrize(("seconds", "good"), [(-300, True), (-301, False), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(seconds: int, good: bool) -> None:
    assert accepts(at(CLOCK + timedelta(seconds=seconds), PLATFORM), SIGNED) == good


def test_only_the_secret_s_octets_sign() -> None:
    for secret in (WEBHOOK_SECRET[:-4], WEBHOOK_SECRET.swapcase()):
        assert not accepts(platform(), as_standard(posted(SIGNED.body), STAMP, secret=secret))


def test_a_product_s_webhook_is_no_proof_for_the_other() -> None:
    both = with_token(SIGNED, key=PLATFORM["signing_key"] + "=" * 40)
    assert not accepts(channel_of(), both)
    assert not accepts(channel_of(), SIGNED)
    assert not accepts(platform(), with_token(posted(SIGNED.body)))


# --- what is sent


def test_the_message_goes_in_e164_with_category_id_and_key() -> None:
    (request,) = sent(platform(), MESSAGE, accepted())
    assert (request.method, request.url) == ("POST", "https://eu1.platform.bird.com/v1/sms/messages")
    assert request.headers.get("Authorization") == f"Bearer {PLATFORM_KEY}"
    assert request.headers.get("Idempotency-Key") == "8eb23e93:m-4471"
    assert body_of(request) == {
        "to": "+12025550123",
        "from": "+12025550100",
        "text": "Muraho",
        "category": "transactional",
        "metadata": {"message_id": "m-4471"},
    }
    (again,) = sent(platform(), MESSAGE, accepted())
    assert (again.headers, again.body) == (request.headers, request.body)


@pytest.mark.parametrize("category", ["transactional", "marketing", "authentication", "service"])
def test_the_category_is_the_channel_s(category: str) -> None:
    channel = channel_of({**PLATFORM, "category": category})
    assert body_of(*sent(channel, MESSAGE, accepted()))["category"] == category


@pytest.mark.parametrize(("letter", "each"), [("x", 153), ("ж", 67)])
def test_one_request_takes_twelve_segments(letter: str, each: int) -> None:
    assert len(sent(platform(), replace(MESSAGE, text=letter * each * 12), accepted())) == 1
    parts = sent(platform(), replace(MESSAGE, text=letter * (each * 12 + 1)), accepted(), accepted())
    assert [len(body_of(request)["text"]) for request in parts] == [each * 12, 1]
    assert len({request.headers.get("Idempotency-Key") for request in parts}) == 2


@pytest.mark.parametrize("identity", ["m" * 1000, "m" * 1001, "ü" * 500, "ü" * 501])
def test_an_id_that_would_not_fit_into_the_metadata_is_left_out(identity: str) -> None:
    body = body_of(*sent(platform(), replace(MESSAGE, id=identity), accepted()))
    fits = len(identity.encode()) <= 1000
    assert body.get("metadata") == ({"message_id": identity} if fits else None)
    assert len(json.dumps(body.get("metadata"))) <= 2048 * 2


LACKING: list[tuple[dict[str, Any], str]] = [
    ({"media": (Media("https://media.example.org/a.jpg"),)}, "media"),
    ({"text": "", "data": b"\x00"}, "binary"),
    ({"flash": True}, "flash"),
    ({"validity": timedelta(hours=1)}, "validity"),
    ({"send_at": CLOCK + timedelta(hours=1)}, "scheduling"),
    ({"encoding": "ucs2"}, "unicode"),
]


@pytest.mark.parametrize(("values", "capability"), LACKING)
def test_what_the_platform_does_not_send_is_refused_before_it_is_sent(values: dict[str, Any], capability: str) -> None:
    found = failure(platform(), message=replace(MESSAGE, **values))
    assert isinstance(found, Unsupported)
    assert found.capability == capability


def test_a_text_in_another_alphabet_and_one_held_to_gsm_are_sent() -> None:
    for values in ({"text": "Привет 👋"}, {"encoding": "gsm7"}):
        assert len(sent(platform(), replace(MESSAGE, **values), accepted())) == 1


def test_a_message_without_a_sender_is_refused_before_it_is_sent() -> None:
    assert isinstance(failure(platform(address=None)), ConfigError)


def test_a_reference_cannot_leave_its_place_in_the_path() -> None:
    transport = Answers(answer(404, error(type="not_found_error")))
    with Client(transport=transport) as client, pytest.raises(Rejected):
        client.query_status(platform(), "../wallet?x=1")
    assert transport.requests[0].url == "https://eu1.platform.bird.com/v1/sms/messages/..%2Fwallet%3Fx%3D1"


# --- the simulator

TEXTS = ("Muraho", "Price: 10€ [a|b] {c} ~\\^", "Кириллица и 👨‍👩‍👧 " * 70, "a & b = c + d % e <f> \"g\" 'h'\nline")
TAILS = {fate: tail for tail, fate in FATES.items()} | {Fate.DELIVERED: "23"}


@pytest.fixture
def simulated() -> Any:
    """A client, a channel of the platform, and the simulator that it talks to."""
    simulator = REGISTRY.simulator("messagebird", clock=lambda: CLOCK, inbound_url=RECEIVE)
    channel = channel_of(simulator.platform_config("https://gw.example.org"))
    with Client(transport=Wired(simulator)) as client:
        yield client, channel, simulator


def received(client: Client, channel: Any, requests: Any) -> list[Any]:
    events: list[Any] = []
    for request in requests:
        receipt = client.receive(channel, WebhookRequest("POST", request.url, request.headers, request.body))
        receipt.raise_for_error()
        assert (receipt.response.status, receipt.response.body) == (200, b"")
        events += receipt.events
    return events


@pytest.mark.parametrize("text", TEXTS)
def test_what_goes_out_and_what_comes_in_is_what_was_written(simulated: Any, text: str) -> None:
    client, channel, simulator = simulated
    result = client.send(channel, OutboundMessage(to="+12025550123", text=text))
    assert "".join(message.text for message in simulator.accepted) == text
    assert len(result.parts) == len(simulator.accepted)
    (arrived,) = received(client, channel, simulator.inbound("+12025550123", "+12025550100", text))
    assert isinstance(arrived, InboundMessage)
    assert (arrived.sender, arrived.to, arrived.text) == ("+12025550123", "+12025550100", text)


FINAL = {
    Fate.DELIVERED: Status.DELIVERED,
    Fate.FAILED: Status.FAILED,
    Fate.EXPIRED: Status.EXPIRED,
    Fate.REJECTED: Status.REJECTED,
    Fate.UNDELIVERABLE: Status.UNDELIVERABLE,
    Fate.OUT_OF_ORDER: Status.DELIVERED,
}


@pytest.mark.parametrize(("fate", "status"), FINAL.items())
def test_reports_find_their_message_and_end_in_its_fate(simulated: Any, fate: Fate, status: Status) -> None:
    client, channel, simulator = simulated
    result = client.send(channel, replace(MESSAGE, to=f"+120255501{TAILS[fate]}"))
    (message,) = simulator.accepted
    found = Status.QUEUED
    for told in received(client, channel, simulator.reports(message)):
        assert (told.id, told.message_id) == (result.id, MESSAGE.id)
        found = found.merge(told.status)
    assert found is status
    if fate is not Fate.OUT_OF_ORDER:
        assert client.query_status(channel, result.id).status is status


REFUSED: list[tuple[Fate, type[SmsError], Reason | None]] = [
    (Fate.INVALID, Rejected, Reason.INVALID_RECIPIENT),
    (Fate.OPTED_OUT, Rejected, Reason.OPTED_OUT),
    (Fate.THROTTLED, Throttled, None),
    (Fate.UNAVAILABLE, TemporaryFailure, None),
]


@pytest.mark.parametrize(("fate", "kind", "reason"), REFUSED)
def test_a_refusal_is_typed_and_nothing_is_accepted(
    simulated: Any, fate: Fate, kind: type[SmsError], reason: Reason | None
) -> None:
    client, channel, simulator = simulated
    with pytest.raises(kind) as caught:
        client.send(channel, replace(MESSAGE, to=f"+120255501{TAILS[fate]}"))
    assert getattr(caught.value, "reason", None) == reason
    assert simulator.accepted == []


def test_a_message_is_accepted_once_under_its_id_and_refused_with_another_text(simulated: Any) -> None:
    client, channel, simulator = simulated
    first, again = client.send(channel, MESSAGE), client.send(channel, MESSAGE)
    assert (first, len(simulator.accepted)) == (again, 1)
    with pytest.raises(Rejected) as caught:
        client.send(channel, replace(MESSAGE, text="Mwaramutse"))
    assert caught.value.reason is Reason.DUPLICATE
    client.send(channel, replace(MESSAGE, id="m-4472"))
    assert len(simulator.accepted) == 2


def test_an_answer_that_got_lost_is_repeated_to_who_asks_again(simulated: Any) -> None:
    _, channel, simulator = simulated
    lost = replace(MESSAGE, to=f"+120255501{TAILS[Fate.LOST_ANSWER]}")
    from sms_adapters.transports.simulated import SimulatedTransport

    with Client(transport=SimulatedTransport(simulator)) as client:
        with pytest.raises(DeliveryUncertain):
            client.send(channel, lost)
        assert client.send(channel, lost).id == simulator.accepted[0].id
    assert len(simulator.accepted) == 1


def test_a_key_of_another_workspace_is_refused(simulated: Any) -> None:
    client, channel, _ = simulated
    assert client.check_account(channel).checked_at == CLOCK
    other = channel_of({**PLATFORM, "base_url": "https://gw.example.org"})
    with pytest.raises(AuthError):
        client.check_account(other)


def test_the_status_url_takes_the_platform_s_events_too() -> None:
    told = event("sms.sent", sms_id=SMS_ID)
    request = as_standard(replace(told, url=STATUS), str(int(datetime(2026, 11, 23, 8, tzinfo=UTC).timestamp())))
    with Client(transport=Answers()) as client:
        client.receive(platform(), request).raise_for_error()
