"""What is special about Telnyx: its error tables, signatures and idempotency keys, and that its own library agrees."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    ConfigError,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    InvalidSignature,
    MalformedInbound,
    Media,
    NotForThisAdapter,
    OptIn,
    OptOut,
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
from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, exchange_cases, inbound_cases
from sms_adapters.errors import InvalidMessage
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.simulation import Fate
from sms_adapters.transports.replay import read_cassette

if TYPE_CHECKING:
    import httpx
    from telnyx import Telnyx

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("telnyx")
API_KEY = "KEY0123456789ABCDEF_example"
PROFILE = "16fd2706-8baf-433b-82eb-8c7fada847da"
SEED = bytes(range(32))
PUBLIC_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
MESSAGE = OutboundMessage(to="+12025550123", text="Muraho", id="m-4471")
RECEIVE = "https://sms.example.org/c/telnyx/8eb23e93/receive"
STATUS = "https://sms.example.org/c/telnyx/8eb23e93/status"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"api_key": API_KEY, "public_key": PUBLIC_KEY, **(config or {})}
    options = {"address": "+12025550100", "country": "US", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("telnyx", **{"id": "8eb23e93", "config": values, "clock": lambda: CLOCK, **options})


class Answers:
    """A transport that keeps requests and gives answers."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers, self.requests = list(answers), list[HttpRequest]()

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)

    def close(self) -> None: ...


def answer(status: int, value: object, **headers: str) -> HttpResponse:
    pairs = {name.replace("_", "-"): text for name, text in headers.items()}
    return HttpResponse(status, Headers({"Content-Type": "application/json", **pairs}), json.dumps(value).encode())


def error(code: str, title: str = "Told", **more: Any) -> dict[str, Any]:
    return {"errors": [{"code": code, "title": title, **more}]}


ACCEPTED = answer(200, {"data": {"id": "5b6f1e0a", "to": [{"status": "queued"}], "parts": 1}})


def sent(message: OutboundMessage, *answers: HttpResponse, **options: Any) -> list[HttpRequest]:
    transport = Answers(*(answers or (ACCEPTED,)))
    with Client(transport=transport) as client:
        client.send(channel_of(**options), message)
    return transport.requests


def body_of(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.body)
    return found


def failure(response: HttpResponse) -> SmsError:
    with Client(transport=Answers(response)) as client, pytest.raises(SmsError) as caught:
        client.send(channel_of(), MESSAGE)
    return caught.value


# --- errors

# Sources: "Messaging error codes" and "API error codes", by what a host has to do about each.
REFUSED = {
    Reason.NO_CREDIT: "20100 40333",
    Reason.OPTED_OUT: "40300",
    Reason.INVALID_RECIPIENT: "40310",
    Reason.NO_ROUTE: "40301 40319 40309 40331",
    Reason.INVALID_SENDER: "40305 40306 40307 40308 40325 40312 40315 40321 40323 40330 40100 40150 40151 40155",
    Reason.REGULATION: "40329",
    Reason.INVALID_CONTENT: "40302 40304 40316 40317 40322 40328",
    Reason.DUPLICATE: "10012",
    Reason.UNKNOWN: "10005 40303",
}
OTHERS: dict[type[SmsError], str] = {
    AuthError: "10009 10010 20012 20013 40314 40311 40313 20001 20002 20003 20006 20008 20014 10035 10038",
    Throttled: "10011 40318",
    TemporaryFailure: "40320 10036 10037",
    DeliveryUncertain: "10008",
}
CODES = [(code, Rejected, reason) for reason, codes in REFUSED.items() for code in codes.split()]
CODES += [(code, kind, None) for kind, codes in OTHERS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind", "reason"), CODES)
def test_each_code_has_its_error_and_keeps_telnyx_words(code: str, kind: type[SmsError], reason: Reason) -> None:
    for status in (400, 403, 409, 422):
        found = failure(answer(status, error(code, "A title", detail=f"About {code}.")))
        assert type(found) is kind
        assert getattr(found, "reason", None) == reason
        assert (found.provider_code, found.provider_text) == (code, f"A title: About {code}.")
        assert found.retryable == (kind in (Throttled, TemporaryFailure))


POINTED = {
    Reason.INVALID_RECIPIENT: ("/to", "/to/0", "to"),
    Reason.INVALID_SENDER: ("/from", "/messaging_profile_id"),
    Reason.INVALID_CONTENT: ("/text", "/media_urls/2", "/send_at", "/encoding", "/subject"),
    Reason.UNKNOWN: ("/webhook_url", "", "/"),
}


@pytest.mark.parametrize("code", ["10004", "10015", "10016", "10002", "10025", "49999"])
@pytest.mark.parametrize(("reason", "pointers"), POINTED.items())
def test_a_wrong_value_is_judged_by_the_field_that_is_pointed_to(
    code: str, reason: Reason, pointers: tuple[str, ...]
) -> None:
    for pointer in pointers:
        for status in (400, 422):
            found = failure(answer(status, error(code, source={"pointer": pointer})))
            assert isinstance(found, Rejected)
            assert (found.reason, found.provider_code) == (reason, code)


STATUSES = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    402: Rejected,
    403: AuthError,
    404: Rejected,
    409: Rejected,
    422: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    502: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", [error("49999"), error("10007"), {}, [], {"errors": "text"}, {"errors": [None]}])
def test_a_code_without_meaning_is_judged_by_its_status(status: int, body: Any) -> None:
    found = failure(answer(status, body))
    assert type(found) is STATUSES[status]
    told = body["errors"][0] if isinstance(body, dict) and isinstance(body.get("errors"), list) else None
    assert found.provider_code == (told["code"] if told else str(status))
    assert not isinstance(found, Rejected) or found.reason is Reason.UNKNOWN


@pytest.mark.parametrize("status", [status for status in STATUSES if status not in (400, 422)])
def test_a_field_says_nothing_where_the_status_is_about_something_else(status: int) -> None:
    found = failure(answer(status, error("49999", source={"pointer": "/to"})))
    assert type(found) is STATUSES[status]
    assert not isinstance(found, Rejected) or found.reason is Reason.UNKNOWN


def test_errors_beside_a_message_are_errors() -> None:
    found = failure(answer(200, {"data": {"id": "5b6f1e0a"}, **error("40310")}))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.INVALID_RECIPIENT


def test_a_server_error_of_a_question_that_submits_nothing_may_be_asked_again() -> None:
    for hook, more in (("check_account", ()), ("query_status", ("5b6f1e0a",))):
        with (
            Client(transport=Answers(answer(500, error("10007")))) as client,
            pytest.raises(TemporaryFailure) as caught,
        ):
            getattr(client, hook)(channel_of(), *more)
        assert caught.value.retryable


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x_ratelimit_reset": "17"}, 17),
        ({"x_ratelimit_reset": "17", "retry_after": "5"}, 5),
        ({"x_ratelimit_reset": "soon"}, None),
        ({"x_ratelimit_reset": "-1"}, None),
        ({}, None),
    ],
)
def test_the_time_until_the_limit_resets_is_the_time_to_wait(headers: dict[str, str], wait: float | None) -> None:
    found = failure(answer(429, error("10011"), **headers))
    assert isinstance(found, Throttled)
    assert found.retry_after == wait


@pytest.mark.parametrize("word", ["sending_failed", "delivery_failed", "expired"])
def test_a_message_that_has_failed_by_the_time_of_the_answer_is_no_success(word: str) -> None:
    data = {"id": "5b6f1e0a", "to": [{"status": word}], "errors": [{"code": "40012", "title": "Invalid number"}]}
    found = failure(answer(200, {"data": data}))
    assert isinstance(found, Rejected)
    assert (found.reason, found.provider_code) == (Reason.INVALID_RECIPIENT, "40012")
    found = failure(answer(200, {"data": {**data, "errors": []}}))
    assert isinstance(found, Rejected)


# --- reports

REPORTED = {
    Reason.INVALID_RECIPIENT: "40001 40012",
    Reason.INVALID_SENDER: "40003 40013",
    Reason.INVALID_CONTENT: "40009 40015 40017",
    Reason.BLOCKED: "40002 40020",
    Reason.REGULATION: "40010 40019 40329",
    Reason.OPTED_OUT: "40300",
    Reason.NO_CREDIT: "40333",
    Reason.UNKNOWN: "40004 40006 40008 40011 40016 40018",
}


def posted(body: Any, url: str = STATUS, **headers: str) -> WebhookRequest:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest("POST", url, Headers({"Content-Type": "application/json", **headers}), encoded)


def event(kind: str, **payload: Any) -> dict[str, Any]:
    found = {"id": "5b6f1e0a", "record_type": "message", **payload}
    return {"data": {"event_type": kind, "id": "7a1d2f54", "occurred_at": "2026-11-23T07:59:57Z", "payload": found}}


def read(body: Any, url: str = STATUS, channel: Channel[Any] | None = None) -> Any:
    opened = channel or channel_of()
    return opened.plugin.adapter.parse_inbound(channel=opened, request=posted(body, url))


def report(word: Any, code: str | None = None, kind: str = "message.finalized", **payload: Any) -> DeliveryReport:
    errors = [{"code": code, "title": "Told"}] if code else []
    (found,) = read(event(kind, to=[{"phone_number": "+12025550123", "status": word}], errors=errors, **payload))
    assert isinstance(found, DeliveryReport)
    return found


@pytest.mark.parametrize(
    ("code", "reason"), [(code, reason) for reason, codes in REPORTED.items() for code in codes.split()]
)
def test_each_delivery_code_has_its_reason_and_is_kept(code: str, reason: Reason) -> None:
    found = report("delivery_failed", code)
    assert (found.status, found.word, found.description) == (Status.UNDELIVERABLE, "delivery_failed", "Told")
    assert (found.code, found.reason) == (code, reason)


@pytest.mark.parametrize("code", ["40005", "40014"])
def test_a_message_that_ran_out_of_time_has_expired_unless_it_arrived(code: str) -> None:
    for word in ("sending_failed", "delivery_failed", "expired"):
        found = report(word, code)
        assert (found.status, found.reason) == (Status.EXPIRED, Reason.EXPIRED)
    assert report("delivered", code).status is Status.DELIVERED
    assert report("sent", code).status is Status.SENT


WORDS = {
    "queued": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "sending_failed": Status.FAILED,
    "delivery_failed": Status.UNDELIVERABLE,
    "delivery_unconfirmed": Status.UNKNOWN,
    "expired": Status.EXPIRED,
    "teleported": Status.UNKNOWN,
}


@pytest.mark.parametrize(("word", "status"), WORDS.items())
def test_each_status_word_has_its_status(word: str, status: Status) -> None:
    assert (report(word).status, report(word).word) == (status, word)


def test_a_carrier_without_receipts_takes_nothing_back() -> None:
    for order in permutations(["sending", "sent", "delivery_unconfirmed"]):
        status = Status.QUEUED
        for word in order:
            status = status.merge(report(word).status)
        assert status is Status.SENT


@pytest.mark.parametrize("kind", ["message.delivered", "message.failed", "message.read", "message.something"])
def test_an_event_of_a_message_that_has_another_name_is_a_report(kind: str) -> None:
    assert report("delivered", kind=kind).status is Status.DELIVERED


def test_a_report_finds_its_message_by_either_id() -> None:
    (first,) = read(event("message.sent", to=[]), f"{STATUS}?id=m-4471")
    assert (first.id, first.message_id) == ("5b6f1e0a", "m-4471")
    (second,) = read(event("message.sent", to=[]), RECEIVE)
    assert (second.id, second.message_id) == ("5b6f1e0a", None)
    (third,) = read(event("message.sent", id=None), f"{STATUS}?id=m-4471")
    assert (third.id, third.message_id) == (None, "m-4471")
    with pytest.raises(MalformedInbound):
        read(event("message.sent", id=None))


@pytest.mark.parametrize("body", [{}, [], {"data": None}, {"data": {}}, {"data": {"event_type": 7}}])
def test_what_is_no_event_is_refused(body: Any) -> None:
    with pytest.raises((MalformedInbound, NotForThisAdapter)):
        read(body)


@pytest.mark.parametrize("kind", ["call.initiated", "number_order.complete", "10dlc.brand.update", "replaced_link"])
def test_an_event_of_another_product_is_not_for_this_adapter(kind: str) -> None:
    with pytest.raises(NotForThisAdapter):
        read(event(kind))


def test_the_callback_secret_that_telnyx_repeats_is_not_passed_on() -> None:
    channel = channel_of(callback_secret="example-callback-secret")
    url = channel.callback_url("status", id="m-4471")
    body = event("message.sent", webhook_url=url, webhook_failover_url=url) | {"meta": {"delivered_to": url}}
    (found,) = read(body, url, channel)
    assert "example-callback-secret" in url
    assert "example-callback-secret" not in repr(found)
    assert found.raw["payload"]["id"] == "5b6f1e0a"


OPTED = {"STOP": [InboundMessage, OptOut], "START": [InboundMessage, OptIn], "HELP": [InboundMessage]}


@pytest.mark.parametrize("kind", [*OPTED, "stop", None, "", 7])
def test_a_keyword_that_the_profile_answered_is_an_event_of_its_own(kind: Any) -> None:
    party = {"phone_number": "+12025550123"}
    found = read(event("message.received", **{"from": party}, to=[], text="Arrêter", autoresponse_type=kind), RECEIVE)
    assert [type(item) for item in found] == OPTED.get(str(kind).upper(), [InboundMessage])
    assert all(item.keyword == "Arrêter" and item.address == "+12025550123" for item in found[1:])


def test_what_telnyx_does_not_tell_is_not_made_up() -> None:
    bare = {"data": {"event_type": "message.received", "payload": {"from": {"phone_number": "+12025550123"}}}}
    (found,) = read(bare, RECEIVE)
    assert found == InboundMessage("+12025550123", raw=found.raw)
    with pytest.raises(MalformedInbound):
        read({"data": {"event_type": "message.received", "payload": {"text": "x"}}})


# --- signatures

# A vector that was computed by others, with the key whose seed is the octets 0 to 31.
VECTOR_TIME = "1795166102"
VECTOR_SIGNATURE = "oOiPmokR49ZQKC/kKs2G2HzBgyeRWcH9Khp0IAS+wL5szrYA73O70EZY1CyECp/xasc0HMCeEc6oA3jTcflaBg=="
VECTOR_BODY = (
    '{"data":{"record_type":"event","event_type":"message.received","id":"7a1d2f54-0a3b-4d52-9a1e-5d6c7b8a9f01",'
    '"occurred_at":"2026-11-20T09:15:02.120+00:00","payload":{"record_type":"message","direction":"inbound",'
    '"id":"5b6f1e0a-2c3d-4e4f-8a9b-0c1d2e3f4a5b","type":"SMS","from":{"phone_number":"+13125550142",'
    '"carrier":"Example Wireless","line_type":"Wireless"},"to":[{"phone_number":"+13125550100",'
    '"status":"webhook_delivered"}],"text":"On my way","media":[],"parts":1,"encoding":"GSM-7",'
    '"received_at":"2026-11-20T09:15:02.000+00:00"}},"meta":{"attempt":1,'
    '"delivered_to":"https://sms.example.org/hook/telnyx"}}'
)


def signed(body: bytes, stamp: str, signature: str) -> WebhookRequest:
    return posted(body, RECEIVE, **{"telnyx-timestamp": stamp, "Telnyx-Signature-Ed25519": signature})


def at(moment: datetime) -> Channel[Any]:
    return channel_of(clock=lambda: moment)


def accepts(channel: Channel[Any], request: WebhookRequest) -> bool:
    try:
        channel.plugin.adapter.verify_inbound(channel=channel, request=request)
    except InvalidSignature:
        return False
    return True


def test_a_vector_of_others_is_accepted_and_nothing_like_it() -> None:
    moment = datetime.fromtimestamp(int(VECTOR_TIME), UTC)
    good = signed(VECTOR_BODY.encode(), VECTOR_TIME, VECTOR_SIGNATURE)
    verified = at(moment).plugin.adapter.verify_inbound(channel=at(moment), request=good)
    assert (verified.scheme, verified.signed_at) == ("ed25519", moment)
    for bad in (
        signed(VECTOR_BODY.encode() + b" ", VECTOR_TIME, VECTOR_SIGNATURE),
        signed(VECTOR_BODY.encode(), str(int(VECTOR_TIME) + 1), VECTOR_SIGNATURE),
        signed(VECTOR_BODY.encode(), VECTOR_TIME, VECTOR_SIGNATURE.swapcase()),
        signed(VECTOR_BODY.encode(), VECTOR_TIME, ""),
        signed(VECTOR_BODY.encode(), "", VECTOR_SIGNATURE),
        posted(VECTOR_BODY.encode(), RECEIVE),
    ):
        assert not accepts(at(moment), bad)


@pytest.mark.parametrize(("seconds", "good"), [(-300, True), (-301, False), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(seconds: int, good: bool) -> None:
    now = datetime.fromtimestamp(int(VECTOR_TIME), UTC) + timedelta(seconds=seconds)
    assert accepts(at(now), signed(VECTOR_BODY.encode(), VECTOR_TIME, VECTOR_SIGNATURE)) == good


def test_a_channel_without_the_public_key_accepts_nothing_and_is_told_why() -> None:
    with Client(transport=Answers()) as client:
        channel = channel_of({"public_key": None})
        receipt = client.receive(channel, signed(VECTOR_BODY.encode(), VECTOR_TIME, VECTOR_SIGNATURE))
    assert isinstance(receipt.error, ConfigError)
    assert "public_key" in str(receipt.error)
    assert (receipt.events, receipt.response.status) == ((), 500)


def nacl_signature(stamp: str, body: bytes, seed: bytes = SEED) -> str:
    """By libsodium, which neither the adapter nor the simulator uses."""
    from nacl.signing import SigningKey

    return base64.b64encode(SigningKey(seed).sign(stamp.encode() + b"|" + body).signature).decode()


def library_accepts(monkeypatch: pytest.MonkeyPatch, request: WebhookRequest, now: datetime) -> bool:
    """The verdict of the library's own verification at that time."""
    from telnyx.lib import webhook_verification

    monkeypatch.setattr(webhook_verification.time, "time", now.timestamp)
    try:
        webhook_verification.verify_webhook_signature(request.body, dict(request.headers.items()), PUBLIC_KEY)
    except webhook_verification.WebhookVerificationError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    other=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    late=st.integers(-400, 400),
    seed=st.sampled_from([SEED, bytes(32)]),
)
def test_our_verdict_is_that_of_telnyx_library(text: str, other: str, late: int, seed: bytes) -> None:
    stamp = str(int(CLOCK.timestamp()) - late)
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    signature = nacl_signature(stamp, body, seed)
    for octets in (body, json.dumps({"text": other}).encode()):
        request = signed(octets, stamp, signature)
        with pytest.MonkeyPatch.context() as patch:
            theirs = library_accepts(patch, request, CLOCK)
        assert accepts(channel_of(), request) == theirs
    assert accepts(channel_of(), signed(body, stamp, signature)) == (abs(late) <= 300 and seed == SEED)


INBOUND = [pytest.param(case, id=case.name) for case in inbound_cases(FOLDER)]


@pytest.mark.parametrize("case", INBOUND)
def test_telnyx_library_accepts_the_examples_and_knows_their_members(
    case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telnyx.types import DeliveryUpdateWebhookEvent, InboundMessageWebhookEvent

    assert library_accepts(monkeypatch, case.request, CLOCK)
    changed = replace(case.request, body=case.request.body.replace(b"+1", b"+2"))
    assert not library_accepts(monkeypatch, changed, CLOCK)
    if case.source.evidence is not Evidence.REFERENCE:
        return
    arrived = case.expect[0]["type"] == "InboundMessage"
    found = (InboundMessageWebhookEvent if arrived else DeliveryUpdateWebhookEvent).model_validate_json(
        case.request.body
    )
    payload = found.data.payload  # type: ignore[union-attr]
    assert payload.id == case.expect[0]["id"]  # type: ignore[union-attr]
    told = payload.text or "" if arrived else payload.to[0].status  # type: ignore[union-attr, index]
    assert told == case.expect[0]["text" if arrived else "word"]


def test_what_the_simulator_signs_is_good_for_telnyx_library(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = REGISTRY.simulator("telnyx", clock=lambda: CLOCK, inbound_url=RECEIVE)
    (fired,) = simulator.inbound("+12025550123", "+12025550100", "Muraho 👋")
    assert library_accepts(monkeypatch, WebhookRequest("POST", fired.url, fired.headers, fired.body), CLOCK)


# --- what is sent


def key_in(request: HttpRequest) -> str:
    return request.headers.get("Idempotency-Key") or ""


def test_the_idempotency_key_is_of_the_message_the_part_and_the_channel() -> None:
    (plain,), (again,) = sent(MESSAGE), sent(MESSAGE)
    assert (key_in(plain), plain.body) == (key_in(again), again.body)
    (elsewhere,) = sent(MESSAGE, id="another")
    (other,) = sent(replace(MESSAGE, id="m-4472"))
    parts = sent(replace(MESSAGE, text="x" * 1531), ACCEPTED, ACCEPTED)
    keys = [key_in(request) for request in (plain, elsewhere, other, *parts)]
    assert len(set(keys)) == 5
    assert key_in(plain) == "8eb23e93:m-4471"


@given(st.text(min_size=1, max_size=300), st.integers(1, 12))
def test_every_id_makes_a_key_that_telnyx_takes(identity: str, parts: int) -> None:
    from sms_adapters.kits.idempotency import key_of
    from sms_adapters.parts import Part

    channel = channel_of()
    keys = [key_of(channel, replace(MESSAGE, id=identity), Part("x", number, parts)) for number in range(1, parts + 1)]
    assert all(re.fullmatch("[A-Za-z0-9_:-]{1,255}", key) for key in keys)
    assert len(set(keys)) == parts


def test_a_long_id_becomes_its_digest() -> None:
    (request,) = sent(replace(MESSAGE, id="x" * 300))
    assert key_in(request) == hashlib.sha256(f"8eb23e93:{'x' * 300}".encode()).hexdigest()


def test_reports_come_to_the_url_of_the_message_or_not_at_all() -> None:
    asked = body_of(*sent(MESSAGE))
    assert urlsplit(asked["webhook_url"]).path == "/c/telnyx/8eb23e93/status"
    assert parse_qs(urlsplit(asked["webhook_url"]).query) == {"id": ["m-4471"]}
    assert "use_profile_webhooks" not in asked
    silent = body_of(*sent(replace(MESSAGE, report=False), config={"webhook_failover_url": "https://b.example.org"}))
    assert silent["use_profile_webhooks"] is False
    assert "webhook_url" not in silent
    assert "webhook_failover_url" not in silent
    assert "webhook_url" not in body_of(*sent(MESSAGE, public_url=None))


POOL = {"messaging_profile_id": PROFILE, "number_pool": True}


@pytest.mark.parametrize(
    ("config", "address", "sender", "used"),
    [
        ({}, "+12025550100", None, "+12025550100"),
        ({}, "+12025550100", "+12025550101", "+12025550101"),
        ({"messaging_profile_id": PROFILE}, "+12025550100", None, "+12025550100"),
        ({"messaging_profile_id": PROFILE}, "+12025550100", "Muraho", "Muraho"),
        (POOL, "+12025550100", None, None),
        (POOL, "+12025550100", "+12025550100", None),
        (POOL, "+12025550100", "+12025550101", "+12025550101"),
        (POOL, None, None, None),
    ],
)
def test_the_pool_takes_the_place_of_the_address_but_not_of_a_sender(
    config: dict[str, Any], address: str | None, sender: str | None, used: str | None
) -> None:
    body = body_of(*sent(replace(MESSAGE, sender=sender), config=config, address=address))
    assert body.get("from") == used
    assert body.get("messaging_profile_id") == config.get("messaging_profile_id")


@pytest.mark.parametrize("options", [{"address": None}, {"address": "Muraho"}])
def test_a_message_without_a_usable_sender_is_refused_before_it_is_sent(options: dict[str, Any]) -> None:
    transport = Answers()
    with Client(transport=transport) as client, pytest.raises(ConfigError):
        client.send(channel_of(**options), MESSAGE)
    assert transport.requests == []


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"number_pool": True}, "number_pool needs messaging_profile_id"),
        ({"messaging_profile_id": "MG1"}, "messaging_profile_id"),
        ({"public_key": "00" * 32}, "public_key"),
        ({"public_key": PUBLIC_KEY[:-4]}, "public_key"),
        ({"webhook_failover_url": "ftp://example.org"}, "webhook_failover_url"),
        ({"api_key": ""}, "api_key"),
        ({"key": API_KEY}, "key: unknown field"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError, match=names) as caught:
        channel_of(config)
    assert API_KEY not in str(caught.value)


AHEAD = [
    (timedelta(minutes=5), True),
    (timedelta(minutes=5) - timedelta(seconds=1), False),
    (timedelta(days=5), True),
    (timedelta(days=5, seconds=1), False),
]


@pytest.mark.parametrize(("ahead", "good"), AHEAD)
def test_send_at_is_within_five_minutes_and_five_days(ahead: timedelta, good: bool) -> None:
    refused_or_sent(replace(MESSAGE, send_at=CLOCK + ahead), good)


@pytest.mark.parametrize(("count", "good"), [(1, True), (10, True), (11, False)])
def test_a_message_takes_ten_media(count: int, good: bool) -> None:
    media = tuple(Media(f"https://media.example.org/{number}") for number in range(count))
    refused_or_sent(replace(MESSAGE, media=media), good)


def refused_or_sent(message: OutboundMessage, good: bool) -> None:
    transport = Answers(ACCEPTED)
    with Client(transport=transport) as client:
        if good:
            client.send(channel_of(), message)
        else:
            with pytest.raises(InvalidMessage) as caught:
                client.send(channel_of(), message)
            assert caught.value.reason is Reason.INVALID_CONTENT
    assert len(transport.requests) == good


def test_media_go_with_the_last_part_of_a_long_text() -> None:
    message = replace(MESSAGE, text="ж" * 671, media=(Media("https://media.example.org/1"),))
    first, second = (body_of(request) for request in sent(message, ACCEPTED, ACCEPTED))
    assert ("media_urls" in first, second["media_urls"]) == (False, ["https://media.example.org/1"])
    assert [len(body["text"]) for body in (first, second)] == [670, 1]


def test_a_status_is_that_of_the_message_that_was_asked_for() -> None:
    with Client(transport=Answers(answer(200, {"data": {"to": [{"status": "sent"}]}}))) as client:
        found = client.query_status(channel_of(), "5b6f1e0a")
    assert (found.id, found.status) == ("5b6f1e0a", Status.SENT)


def test_a_reference_cannot_leave_its_place_in_the_path() -> None:
    transport = Answers(answer(404, error("10005")))
    with Client(transport=transport) as client, pytest.raises(Rejected):
        client.query_status(channel_of(), "../balance?x=1")
    assert transport.requests[0].url == "https://api.telnyx.com/v2/messages/..%2Fbalance%3Fx%3D1"


# --- Telnyx's own library

CASES = list(exchange_cases(FOLDER))
REFERENCE = [case for case in CASES if case.source.evidence is Evidence.REFERENCE]
READ = [case for case in CASES if case.source.evidence in (Evidence.REFERENCE, Evidence.DOCUMENTED)]


def named(cases: list[ExchangeCase]) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in cases]


def library(interaction: Mapping[str, Any]) -> tuple[Telnyx, list[httpx.Request]]:
    """Telnyx's client on a transport that keeps its requests and gives the recorded answer."""
    import httpx
    from telnyx import Telnyx

    recorded, requests = interaction["response"], list[httpx.Request]()

    def answered(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        headers = {name: values[0] for name, values in recorded["headers"].items()}
        return httpx.Response(recorded["status"]["code"], headers=headers, text=recorded["body"]["string"])

    http = httpx.Client(transport=httpx.MockTransport(answered))
    return Telnyx(api_key=API_KEY, http_client=http, max_retries=0), requests


def library_message(case: ExchangeCase, text: str, last: bool, key: str) -> dict[str, Any]:
    """What a user of the library passes for a case's message."""
    message, config = case.message, case.channel["config"]
    assert message is not None
    passed: dict[str, Any] = {"to": message.to, "text": text, "idempotency_key": key, **message.extra}
    if message.sender or not config.get("number_pool"):
        passed["from_"] = message.sender or case.channel["address"]
    passed |= {name: config[name] for name in ("messaging_profile_id",) if name in config}
    passed |= {"encoding": message.encoding} if message.encoding else {}
    passed |= {"send_at": message.send_at} if message.send_at else {}
    passed |= {"media_urls": [item.url for item in message.media]} if message.media and last else {}
    if message.report:
        passed["webhook_url"] = f"https://sms.example.org/c/telnyx/8eb23e93/status?id={message.id}"
        passed |= {name: config[name] for name in ("webhook_failover_url",) if name in config}
    else:
        passed["use_profile_webhooks"] = False
    return {name: value for name, value in passed.items() if value != ""}


def alike(body: str | bytes) -> dict[str, Any]:
    """A JSON body with its time as a time, which may be written in two ways."""
    found: dict[str, Any] = json.loads(body)
    return found | {name: datetime.fromisoformat(found[name]) for name in ("send_at",) if name in found}


def asked(case: ExchangeCase) -> Iterator[tuple[Mapping[str, Any], Any, list[Any]]]:
    """Each recorded exchange, what the library gives for it or raises, and the requests it makes."""
    from telnyx import APIStatusError

    interactions = read_cassette(case.cassette)
    for number, interaction in enumerate(interactions, 1):
        client, requests = library(interaction)
        try:
            if case.hook == "send":
                recorded = interaction["request"]
                text, key = json.loads(recorded["body"]).get("text", ""), recorded["headers"]["Idempotency-Key"][0]
                result = client.messages.send(**library_message(case, text, number == len(interactions), key))
            elif case.hook == "query_status":
                result = client.messages.retrieve(str(case.reference))
            else:
                result = client.balance.retrieve()
        except APIStatusError as caught:
            result = caught
        yield interaction, result, requests


@pytest.mark.parametrize("case", named(REFERENCE))
def test_telnyx_library_makes_the_same_requests(case: ExchangeCase) -> None:
    texts = []
    for interaction, _, requests in asked(case):
        recorded = interaction["request"]
        (request,) = requests
        assert (request.method, str(request.url)) == (recorded["method"], recorded["uri"])
        for name, values in recorded["headers"].items():
            assert request.headers[name] == values[0]
        if case.hook == "send":
            assert alike(request.content) == alike(recorded["body"])
            texts.append(json.loads(recorded["body"]).get("text", ""))
    assert case.message is None or case.message.transliterate or "".join(texts) == case.message.text


@pytest.mark.parametrize("case", named(READ))
def test_telnyx_library_reads_the_same_in_the_answers(case: ExchangeCase) -> None:
    results = [result for _, result, _ in asked(case)]
    if "error" in case.expect:
        *_, last = results
        assert last.body["errors"][0]["code"] == case.expect["provider_code"]
        assert last.status_code == read_cassette(case.cassette)[-1]["response"]["status"]["code"]
    elif case.hook == "check_account":
        told = results[0].data
        assert {"amount": told.balance, "currency": told.currency} == case.expect["balance"]
    else:
        parts = case.expect.get("parts") or [case.expect]
        for result, part in zip(results, parts, strict=True):
            told = result.data
            assert (told.id, told.to[0].status) == (part["id"], part["word"])
            assert case.hook != "send" or told.parts == part.get("segments")
            assert "price" not in part or str(told.cost.amount) == part["price"]["amount"]


# --- the simulator


class Wired(Answers):
    """A transport that hands requests to a simulator."""

    def __init__(self, simulator: Any) -> None:
        super().__init__()
        self.simulator = simulator

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(made.status, made.headers, made.body)


def test_the_simulator_tells_the_present_status_of_a_message() -> None:
    simulator = REGISTRY.simulator("telnyx", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://gw.example.org"))
    with Client(transport=Wired(simulator)) as client:
        result = client.send(channel, replace(MESSAGE, to="+12025550192"))
        assert client.query_status(channel, str(result.id)).status is Status.QUEUED
        (message,) = simulator.accepted
        assert message.fate is Fate.EXPIRED
        simulator.reports(message)
        assert client.query_status(channel, str(result.id)).status is Status.EXPIRED
        with pytest.raises(Rejected) as caught:
            client.query_status(channel, "0")
    assert caught.value.provider_code == "10005"


def test_the_same_key_is_answered_from_memory_and_with_another_body_refused() -> None:
    simulator = REGISTRY.simulator("telnyx", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://gw.example.org"))
    with Client(transport=Wired(simulator)) as client:
        first, again = client.send(channel, MESSAGE), client.send(channel, MESSAGE)
        with pytest.raises(Rejected) as caught:
            client.send(channel, replace(MESSAGE, text="Mwaramutse"))
    assert first == again
    assert len(simulator.accepted) == 1
    assert caught.value.response is not None
    assert caught.value.response.status == 422


def test_a_recorded_event_is_signed_anew_with_the_time_it_had() -> None:
    simulator = REGISTRY.simulator("telnyx")
    channel = channel_of(simulator.config("https://gw.example.org"))
    for case in inbound_cases(FOLDER):
        stranger = case.request.headers.having("telnyx-signature-ed25519", base64.b64encode(bytes(64)).decode())
        signed = simulator.resign(replace(case.request, headers=stranger))
        assert signed.headers.get("telnyx-timestamp") == case.request.headers.get("telnyx-timestamp")
        with Client(joiner=None) as client:
            client.receive(channel, signed).raise_for_error()
