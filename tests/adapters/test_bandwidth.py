"""What is special about Bandwidth: lists of two kinds, tokens or a user, codes of failures, and its own library."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import bandwidth
import pytest
import urllib3
from bandwidth.exceptions import ApiException
from bandwidth.models.create_message_request_error import CreateMessageRequestError
from bandwidth.models.inbound_callback import InboundCallback
from bandwidth.models.inbound_callback_type_enum import InboundCallbackTypeEnum
from bandwidth.models.message_status_enum import MessageStatusEnum
from bandwidth.models.status_callback import StatusCallback
from bandwidth.models.status_callback_type_enum import StatusCallbackTypeEnum
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
    Media,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    UnreadableEvent,
)
from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, exchange_cases, inbound_cases
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.messages import ControlEvent
from sms_adapters.transports.replay import read_cassette

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("bandwidth")
APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2"
ID, TO = "1746514089120abcde12345fghij", "+12025550123"
ACCOUNT = {"account_id": "9900111", "application_id": APPLICATION}
USER = {"username": "api", "password": "example-api-password"}
CLIENT = {"client_id": "example-client", "client_secret": "example-client-secret"}
HOOK = {"webhook_username": "hook", "webhook_password": "example-hook-password"}
URL = "https://sms.example.org/c/bandwidth/8eb23e93/"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {**ACCOUNT, **(USER if config is None else config)}
    options = {"address": "+12025550100", "clock": lambda: CLOCK, "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("bandwidth", id="8eb23e93", config=values, **options)


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


def send(*answers: HttpResponse, message: OutboundMessage | None = None, **options: Any) -> Any:
    transport = Answers(*answers)
    with Client(transport=transport) as client:
        result = client.send(channel_of(**options), message or OutboundMessage(to=TO, text="Muraho"))
    return result, transport.requests


def failure(response: HttpResponse) -> SmsError:
    with pytest.raises(SmsError) as caught:
        send(response)
    return caught.value


# --- errors

# Source: "Errors", HTTP Status Codes (https://dev.bandwidth.com/docs/messaging/errors).
TYPES = [
    (400, "request-validation", Rejected),
    (401, "unauthorized", AuthError),
    (403, "forbidden", AuthError),
    (415, "unsupported-content-type", Rejected),
    (429, "max-message-queue-size-exceeded", Throttled),
    (429, "rate_limit_exceeded", Throttled),
    (404, None, Rejected),
    (405, None, Rejected),
    (406, None, Rejected),
    (429, None, Throttled),
    (500, None, DeliveryUncertain),
    (502, None, DeliveryUncertain),
    (503, None, TemporaryFailure),
    (500, "internal-server-error", TemporaryFailure),
    (418, "brand-new", Rejected),
]


@pytest.mark.parametrize(("status", "kind", "error"), TYPES)
def test_each_type_has_its_error_and_keeps_its_words(status: int, kind: str | None, error: type[SmsError]) -> None:
    found = failure(answer(status, {"type": kind, "description": "In their words"} if kind else {}))
    assert type(found) is error
    assert found.provider_code == (kind or str(status))
    assert found.provider_text == ("In their words" if kind else None)
    if kind in ("request-validation", "unauthorized", "brand-new"):
        assert type(failure(answer(202, {"type": kind, "description": "In their words"}))) is error


FIELDS = [
    ("to", Reason.INVALID_RECIPIENT),
    ("to[0]", Reason.INVALID_RECIPIENT),
    ("from", Reason.INVALID_SENDER),
    ("text", Reason.INVALID_CONTENT),
    ("media", Reason.INVALID_CONTENT),
    ("tag", Reason.INVALID_CONTENT),
    ("priority", Reason.INVALID_CONTENT),
    ("expiration", Reason.INVALID_CONTENT),
    ("applicationId", Reason.UNKNOWN),
    ("", Reason.UNKNOWN),
]


@pytest.mark.parametrize(("field", "reason"), FIELDS)
def test_the_field_at_fault_is_the_reason(field: str, reason: Reason) -> None:
    errors = [{"fieldName": field, "description": "is wrong"}, {"fieldName": "other", "description": "is too"}]
    found = failure(answer(400, {"type": "request-validation", "description": "No", "fieldErrors": errors}))
    assert (type(found), getattr(found, "reason", None)) == (Rejected, reason)
    assert found.provider_text == "is wrong; is too"


# Source: "Errors", Messaging Errors, each row (https://dev.bandwidth.com/docs/messaging/errors).
BY_STATUS = {
    Status.REJECTED: (
        *(4001, 4301, 4302, 4401, 4403, 4405, 4407, 4410, 4411, 4412, 4420, 4421, 4431, 4432, 4433, 4434, 4435, 4451),
        *(4452, 4470, 4481, 4482, 4493, 4711, 4712, 4730, 4740, 4750, 4751, 4752, 4770, 4771, 4772, 4773, 4774, 4775),
        *(4790, 4791, 4792, 4793, 4795),
    ),
    Status.UNDELIVERABLE: (4303, 4350, 4404, 4406, 4408, 4409, 4492, 4700, 4701, 4702, 4720, 4721, 4753),
    Status.EXPIRED: (4360,),
    Status.FAILED: (
        *(4780, 4781, 4785, 5100, 5101, 5106, 5111, 5201, 5211, 5220, 5231, 5500, 5501, 5999),
        *(5600, 5610, 5620, 5630, 5650),
    ),
    Status.UNKNOWN: (9902, 9999),
}
BY_REASON = {
    Reason.INVALID_RECIPIENT: (4303, 4350, 4404, 4406, 4408, 4409, 4492, 4700, 4720, 4721),
    Reason.INVALID_SENDER: (4302, 4403, 4405, 4407, 4431, 4433, 4740, 4774, 4790, 4791, 4792, 4793, 4795),
    Reason.INVALID_CONTENT: (4301, 4410, 4411, 4412, 4435, 4711, 4712, 4751, 4752),
    Reason.NO_ROUTE: (4401, 4420, 4421, 4432, 4434, 4730),
    Reason.BLOCKED: (4470, 4481, 4482, 4750, 4770, 4771, 4772),
    Reason.REGULATION: (4773,),
    Reason.OPTED_OUT: (4775,),
    Reason.EXPIRED: (4360,),
}
REASONS = {code: reason for reason, codes in BY_REASON.items() for code in codes}


def item(kind: str, code: object = None, **more: object) -> dict[str, Any]:
    message = {"id": ID, "direction": "out", "to": [TO], "from": "+12025550100", "text": "", "tag": "m-1"}
    event = {"type": kind, "time": "2026-11-23T08:00:03Z", "description": "told", "to": TO, "message": message}
    return {**event, **({} if code is None else {"errorCode": code}), **more}


def received(*items: object, body: bytes | None = None, action: str = "status", **options: Any) -> Any:
    config = {**USER, **HOOK, **options.pop("config", {})}
    pair = b64encode(b"hook:example-hook-password").decode()
    headers = Headers({"Content-Type": "application/json", "Authorization": f"Basic {pair}"})
    octets = json.dumps(list(items)).encode() if body is None else body
    with Client(joiner=None) as client:
        return client.receive(channel_of(config, **options), WebhookRequest("POST", URL + action, headers, octets))


@pytest.mark.parametrize(("status", "code"), [(status, code) for status, codes in BY_STATUS.items() for code in codes])
def test_each_code_of_a_failure_has_its_status_and_reason(status: Status, code: int) -> None:
    for spelt in (code, str(code)):
        (report,) = received(item("message-failed", spelt)).events
        assert (report.status, report.code, report.description) == (status, str(code), "told")
        assert report.reason is REASONS.get(code, Reason.UNKNOWN)


def test_a_code_that_is_new_is_told_by_its_first_digit() -> None:
    for code, status in ((4999, Status.FAILED), (5998, Status.FAILED), (9000, Status.UNKNOWN), (None, Status.FAILED)):
        (report,) = received(item("message-failed", code)).events
        assert (report.status, report.reason) == (status, Reason.UNKNOWN)


# --- callbacks: anything but a 2xx comes again for 24 hours

KINDS = {kind.value for kind in (*StatusCallbackTypeEnum, *InboundCallbackTypeEnum)}


@pytest.mark.parametrize("kind", [*sorted(KINDS), "message-pondered", "group-changed"])
@pytest.mark.parametrize("action", ["receive", "status"])
def test_every_type_is_answered_wherever_it_comes(kind: str, action: str) -> None:
    values = item(kind)
    values["message"]["direction"] = "out" if kind.startswith("message-") and kind != "message-received" else "in"
    receipt = received(values, action=action)
    assert (receipt.error, receipt.response.status) == (None, 200)
    expected = InboundMessage if kind == "message-received" else DeliveryReport
    assert [type(event) for event in receipt.events] == [expected if kind.startswith("message-") else ControlEvent]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.text()), min_size=1, max_size=4))
def test_a_broken_item_is_answered_and_takes_no_other_with_it(broken: list[Any]) -> None:
    receipt = received(*broken, item("message-delivered"), *broken)
    assert (receipt.error, receipt.response.status) == (None, 200)
    assert len(receipt.events) == 2 * len(broken) + 1
    reports = [event for event in receipt.events if isinstance(event, DeliveryReport)]
    assert [(report.id, report.message_id) for report in reports] == [(ID, "m-1")]
    assert sum(isinstance(event, UnreadableEvent) for event in receipt.events) >= broken.count(None)


def test_an_object_alone_is_read_as_a_list_of_one() -> None:
    receipt = received(body=json.dumps(item("message-delivered")).encode())
    assert [event.status for event in receipt.events] == [Status.DELIVERED]


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'"x"', b"null", b"[", b"\xff"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    assert received(body=body).response.status == 400


CREDENTIALS = [
    ({}, {}, "basic", 200),
    ({"webhook_password": "another"}, {}, None, 403),
    ({"webhook_username": "another"}, {}, None, 403),
    ({"webhook_username": None, "webhook_password": None}, {}, None, 500),
]


@pytest.mark.parametrize(("config", "options", "scheme", "status"), CREDENTIALS)
def test_nobody_is_trusted_without_the_credentials(
    config: dict[str, Any], options: dict[str, Any], scheme: str | None, status: int
) -> None:
    receipt = received(item("message-delivered"), config=config, **options)
    assert receipt.response.status == status
    assert bool(receipt.events) == (status == 200)
    if scheme is None:
        assert isinstance(receipt.error, InvalidSignature | ConfigError)
    else:
        assert receipt.verified.scheme == scheme


def test_a_callback_secret_does_where_there_are_no_credentials() -> None:
    bare = {"webhook_username": None, "webhook_password": None}
    for action, status in (("status?key=example-secret", 200), ("status?key=other", 403), ("status", 403)):
        receipt = received(item("message-delivered"), action=action, config=bare, callback_secret="example-secret")
        assert receipt.response.status == status


# --- configuration and credentials

PAIRS = [
    {},
    {**USER, **CLIENT},
    {"username": "api"},
    {"password": "x"},
    {"client_id": "x"},
    {"client_secret": "x"},
    {**USER, "webhook_username": "hook"},
    {**USER, "webhook_password": "x"},
    {**USER, "application_id": "none"},
    {**USER, "account_id": "1/../2"},
]


@pytest.mark.parametrize("config", PAIRS)
def test_credentials_come_in_pairs_and_one_pair_sends(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        channel_of(config)


def token(value: str, lifetime: object = 3600) -> HttpResponse:
    return answer(200, {"access_token": value, "token_type": "Bearer", "expires_in": lifetime})


ACCEPTED = answer(202, {"id": ID, "segmentCount": 1})


def test_a_token_serves_until_it_expires_and_is_renewed_once() -> None:
    now = [CLOCK]
    transport = Answers(token("one"), ACCEPTED, ACCEPTED, token("two"), ACCEPTED, answer(401, {}), token("3"), ACCEPTED)
    channel = channel_of(CLIENT, clock=lambda: now[0])
    with Client(transport=transport) as client:
        for minutes in (0, 58, 60, 61):
            now[0] = CLOCK + timedelta(minutes=minutes)
            client.send(channel, OutboundMessage(to=TO, text="Muraho"))
    hosts = [urlsplit(request.url).hostname for request in transport.requests]
    tokens, api = "api.bandwidth.com", "messaging.bandwidth.com"
    assert hosts == [tokens, api, api, tokens, api, api, tokens, api]
    presented = [request.headers["authorization"] for request in transport.requests if request.submits]
    assert presented == ["Bearer one", "Bearer one", "Bearer two", "Bearer two", "Bearer 3"]


def test_media_go_with_the_last_request_of_a_long_text() -> None:
    text = "Murakaza neza. " * 150
    message = OutboundMessage(to=TO, text=text, id="m-1", media=(Media("https://media.example.org/a.jpg"),))
    second = answer(202, {"id": f"{ID}2", "segmentCount": 2})
    result, requests = send(ACCEPTED, second, message=message)
    bodies = [json.loads(request.body) for request in requests]
    assert ["media" in body for body in bodies] == [False, True]
    assert "".join(body["text"] for body in bodies) == text
    assert max(len(body["text"]) for body in bodies) <= 2048
    assert {body["tag"] for body in bodies} == {"m-1"}
    assert result.ids == (ID, f"{ID}2")


def test_an_id_too_long_for_a_tag_is_left_out() -> None:
    for size, kept in ((1024, True), (1025, False)):
        _, (request,) = send(ACCEPTED, message=OutboundMessage(to=TO, text="x", id="i" * size))
        assert ("tag" in json.loads(request.body)) == kept


# --- the vendor's library

REFERENCE = [case for case in exchange_cases(FOLDER) if case.source.evidence is Evidence.REFERENCE]


@contextmanager
def wired(answers: Mapping[str, HttpResponse], seen: list[tuple[str, str, dict[str, str], bytes]]) -> Iterator[None]:
    """The library's connections end here; answers by host."""

    def send(self: object, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> Any:
        octets = body.encode() if isinstance(body, str) else body or b""
        seen.append((method, url, dict(headers or {}), octets))
        made = answers[urlsplit(url).hostname or ""]
        return urllib3.HTTPResponse(made.body, made.headers.items(), made.status, preload_content=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urllib3.PoolManager, "request", send)
        patch.setattr(urllib3, "request", lambda *args, **options: send(None, *args, **options))
        yield


def by_library(case: ExchangeCase, answers: Mapping[str, HttpResponse]) -> Any:
    """What the library makes of what an exchange does, or its exception; and the requests it makes."""
    config, message = case.channel["config"], case.message
    names = ("username", "password", "client_id", "client_secret")
    api = bandwidth.MessagesApi(
        bandwidth.ApiClient(bandwidth.Configuration(**{name: config[name] for name in names if name in config}))
    )
    seen: list[tuple[str, str, dict[str, str], bytes]] = []
    with wired(answers, seen):
        try:
            if case.hook == "check_account":
                return api.list_messages(config["account_id"], limit=1), seen
            if case.hook == "query_status":
                return api.list_messages(config["account_id"], message_id=case.reference), seen
            assert message is not None
            return api.create_message(config["account_id"], library_message(case, message)), seen
        except ApiException as error:
            return error, seen


def library_message(case: ExchangeCase, message: OutboundMessage) -> Any:
    return bandwidth.MessageRequest(
        application_id=case.channel["config"]["application_id"],
        to=[message.to],
        var_from=message.sender or case.channel["address"],
        text=message.text or None,
        media=[media.url for media in message.media] or None,
        tag=message.id,
        priority=message.extra.get("priority"),
        expiration=CLOCK + message.validity if message.validity else None,
    )


def response_of(recorded: Mapping[str, Any]) -> HttpResponse:
    said = recorded["response"]
    headers = Headers([(name, values[0]) for name, values in said["headers"].items()])
    return HttpResponse(said["status"]["code"], headers, said["body"]["string"].encode())


def content(body: bytes | str | None, kind: str) -> Any:
    """What a body says: JSON by value, with times as moments."""
    if kind != "application/json" or not body:
        return body.decode() if isinstance(body, bytes) else body or ""
    values = json.loads(body)
    if "expiration" in values:
        values["expiration"] = datetime.fromisoformat(values["expiration"]).astimezone(UTC)
    return values


def test_there_are_exchanges_to_compare_with_the_library() -> None:
    assert {case.hook for case in REFERENCE} == {"send", "check_account", "query_status"}
    assert len(REFERENCE) >= 20


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in REFERENCE])
def test_the_library_makes_the_recorded_requests_and_reads_the_answers(case: ExchangeCase) -> None:
    assert case.source.software == "bandwidth-sdk 23.3.1"
    recorded = read_cassette(case.cassette)
    answers = {urlsplit(one["request"]["uri"]).hostname or "": response_of(one) for one in recorded}
    result, seen = by_library(case, answers)
    assert len(seen) == len(recorded)
    for one, (method, url, headers, body) in zip(recorded, seen, strict=True):
        ours, sent = one["request"], {name.lower(): value for name, value in headers.items()}
        assert (ours["method"], ours["uri"]) == (method, url)
        kind = sent.get("content-type", "")
        assert content(ours["body"], kind) == content(body, kind)
        assert {name: sent.get(name.lower()) for name in ours["headers"]} == {
            name: values[0] for name, values in ours["headers"].items()
        }
    expect_same(case, result)


def expect_same(case: ExchangeCase, result: Any) -> None:
    """The library takes the answer for what we take it."""
    if "error" in case.expect:
        said = CreateMessageRequestError.from_json(result.body)
        assert said is not None
        assert said.type == case.expect["provider_code"]
        assert [item.description for item in said.field_errors or ()] == [case.expect["provider_text"]]
    elif case.hook == "send":
        assert [{"id": result.id, "segments": result.segment_count, "status": "queued"}] == case.expect["parts"]
    elif case.hook == "query_status":
        (found,) = result.messages
        assert (found.message_id, found.message_status.value) == (case.expect["id"], case.expect["word"])


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_text_is_the_one_that_the_library_sends(text: str) -> None:
    case = next(case for case in REFERENCE if case.name == "text")
    message = OutboundMessage(to=TO, text=text)
    theirs = json.loads(json.dumps(library_message(case, message).to_dict()))
    _, (request,) = send(ACCEPTED, message=message)
    assert json.loads(request.body) == theirs


def test_the_library_reads_the_callbacks_as_we_do() -> None:
    compared = 0
    for case in inbound_cases(FOLDER):
        for values, event in zip(bodies(case.request), case.expect, strict=True):
            if event["type"] == "DeliveryReport" and event["status"] != "unknown":
                status = StatusCallback.from_dict(values)
                assert status is not None
                assert (status.message.id, status.type.value) == (event["id"], event["word"])
                assert str(status.error_code or "") == event.get("code", "")
                compared += 1
            elif event["type"] == "InboundMessage":
                inbound = InboundCallback.from_dict(values)
                assert inbound is not None
                assert (inbound.message.id, inbound.message.var_from) == (event["id"], event["sender"])
                assert inbound.message.text == event.get("text", "")
                compared += 1
    assert compared >= 20


def bodies(request: WebhookRequest) -> list[Any]:
    found = request.json()
    return [found] if isinstance(found, dict) else found


def test_every_status_that_the_library_knows_is_known() -> None:
    for status in MessageStatusEnum:
        found = {"messages": [{"messageId": ID, "messageStatus": status.value, "errorCode": 0}]}
        with Client(transport=Answers(answer(200, found))) as client:
            report = client.query_status(channel_of(), ID)
        assert (report.status is Status.UNKNOWN) == (status is MessageStatusEnum.RECEIVED), status


def test_the_library_is_served_by_the_simulator() -> None:
    simulator = REGISTRY.simulator("bandwidth", clock=lambda: CLOCK)

    def send(self: object, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> Any:
        octets = body.encode() if isinstance(body, str) else body or b""
        made = simulator.handle(WebhookRequest(method, url, Headers(headers or {}), octets))
        return urllib3.HTTPResponse(made.body, made.headers.items(), made.status, preload_content=True)

    config = simulator.config("")
    case = next(case for case in REFERENCE if case.name == "text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urllib3.PoolManager, "request", send)
        patch.setattr(urllib3, "request", lambda *args, **options: send(None, *args, **options))
        for wrong in ("", "x"):
            made = bandwidth.Configuration(client_id=config["client_id"], client_secret=config["client_secret"] + wrong)
            api = bandwidth.MessagesApi(bandwidth.ApiClient(made))
            message = library_message(case, OutboundMessage(to=TO, text="Muraho"))
            if wrong:
                with pytest.raises(KeyError):  # the library looks for the token without looking at the status
                    api.create_message(config["account_id"], message)
            else:
                sent = api.create_message(config["account_id"], message)
                found = api.list_messages(config["account_id"], message_id=sent.id)
    assert [one.id for one in simulator.accepted] == [sent.id] == [one.message_id for one in found.messages]
