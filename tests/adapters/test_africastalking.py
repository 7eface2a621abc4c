"""What is special about Africa's Talking: codes per recipient, callbacks by action, and its own library beside ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
from africastalking.Application import ApplicationService
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService
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
    MalformedInbound,
    NetworkPolicy,
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
    UnreadableEvent,
)
from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, exchange_cases
from sms_adapters.engine import Engine
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.transports.replay import read_cassette

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("africastalking")
KEY = "atsk_example_0a1b2c3d4e5f60718293a4b5c6d7e8f9"
ID = "ATXid_0a1b2c3d4e5f60718293a4b5c6d7e8f9"
TO = "+12025550123"
FORM = "application/x-www-form-urlencoded"
URL = "https://sms.example.org/c/africastalking/8eb23e93/"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"username": "kiosk", "api_key": KEY, **(config or {})}
    options = {"address": "22384", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("africastalking", id="8eb23e93", config=values, clock=lambda: CLOCK, **options)


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


def recipients(*entries: object, summary: str = "Sent to 1/1", status: int = 201) -> HttpResponse:
    return answer(status, {"SMSMessageData": {"Message": summary, "Recipients": list(entries)}})


def entry(code: object = 101, word: object = "Success", own: object = ID, **more: object) -> dict[str, object]:
    return {"statusCode": code, "number": TO, "status": word, "cost": "KES 0.8000", "messageId": own, **more}


def send(response: HttpResponse, message: OutboundMessage | None = None, **options: Any) -> Any:
    transport = Answers(response)
    with Client(transport=transport) as client:
        result = client.send(channel_of(**options), message or OutboundMessage(to=TO, text="Muraho"))
    return result, transport.requests[0]


def failure(response: HttpResponse) -> SmsError:
    with pytest.raises(SmsError) as caught:
        send(response)
    return caught.value


# --- errors

# Source: "Send SMS", status codes (https://docs.africastalking.com/sms/sending/python).
CODES = [
    (401, "RiskHold", Rejected, Reason.BLOCKED),
    (402, "InvalidSenderId", Rejected, Reason.INVALID_SENDER),
    (403, "InvalidPhoneNumber", Rejected, Reason.INVALID_RECIPIENT),
    (404, "UnsupportedNumberType", Rejected, Reason.INVALID_RECIPIENT),
    (405, "InsufficientBalance", Rejected, Reason.NO_CREDIT),
    (406, "UserInBlacklist", Rejected, Reason.OPTED_OUT),
    (407, "CouldNotRoute", Rejected, Reason.NO_ROUTE),
    (409, "DoNotDisturbRejection", Rejected, Reason.BLOCKED),
    (500, "InternalServerError", TemporaryFailure, None),
    (501, "GatewayError", TemporaryFailure, None),
    (502, "RejectedByGateway", Rejected, Reason.UNKNOWN),
]


@pytest.mark.parametrize(("code", "word", "kind", "reason"), CODES)
@pytest.mark.parametrize("none", ["None", "", None])
def test_each_code_of_a_recipient_has_its_error_whatever_http_says(
    code: int, word: str, kind: type[SmsError], reason: Reason | None, none: str | None
) -> None:
    for spelt in (code, str(code)):
        error = failure(recipients(entry(spelt, word, none), summary="Sent to 0/1 Total Cost: 0"))
        assert (type(error), getattr(error, "reason", None)) == (kind, reason)
        assert (error.provider_code, error.provider_text) == (str(code), word)


@pytest.mark.parametrize(("code", "word", "kind", "reason"), CODES)
def test_the_summary_is_the_refusal_where_there_is_no_recipient(
    code: int, word: str, kind: type[SmsError], reason: Reason | None
) -> None:
    error = failure(recipients(summary=word))
    assert (type(error), getattr(error, "reason", None)) == (kind, reason)
    assert error.provider_text == word


@pytest.mark.parametrize(("code", "status"), [(100, Status.QUEUED), (101, Status.SENT), (102, Status.QUEUED)])
def test_three_codes_are_of_accepted_messages(code: int, status: Status) -> None:
    for spelt in (code, str(code)):
        result, _ = send(recipients(entry(spelt, "Success", messageParts=2)))
        (part,) = result.parts
        assert (part.id, part.status, part.word, part.segments) == (ID, status, "Success", 2)


@pytest.mark.parametrize("code", [0, 1, 99, 103, 199, 200, 201, 400, 408, 499, 503, 999, -1, None, True, "ok", [101]])
def test_a_code_that_is_not_known_is_never_a_success_and_never_retryable(code: object) -> None:
    refused, in_doubt = failure(recipients(entry(code, "New", "None"))), failure(recipients(entry(code, "New", ID)))
    assert type(refused) is Rejected
    assert refused.reason is Reason.UNKNOWN
    assert type(in_doubt) is DeliveryUncertain
    assert {refused.retryable, in_doubt.retryable} == {False}
    assert refused.provider_text == in_doubt.provider_text == "New"


def test_what_is_called_temporary_but_has_an_id_may_be_on_its_way() -> None:
    for code in (500, 501):
        assert type(failure(recipients(entry(code, "GatewayError", ID)))) is DeliveryUncertain
    assert type(failure(recipients(entry(406, "UserInBlacklist", ID)))) is Rejected


def test_an_accepted_message_without_an_id_is_not_understood() -> None:
    for none in ("None", "", None, [], True):
        assert type(failure(recipients(entry(101, "Success", none)))) is ProtocolError


STATUSES = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    403: AuthError,
    404: Rejected,
    405: Rejected,
    409: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    501: DeliveryUncertain,
    502: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}
BODIES = [b"", b"The supplied authentication is invalid", b"<html>x</html>", b"\xff\xfe", b"x" * 5000]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", BODIES)
def test_statuses_of_http_come_in_plain_text(status: int, body: bytes) -> None:
    error = failure(HttpResponse(status, Headers({"Content-Type": "text/plain"}), body))
    assert type(error) is STATUSES[status]
    assert error.provider_code == str(status)
    assert error.provider_text == (body.decode() if body.startswith(b"The") else None) or body == b"\xff\xfe"


def test_a_malformed_request_is_one_of_content() -> None:
    error = failure(HttpResponse(400, body=b"Bad"))
    assert (getattr(error, "reason", None), error.provider_text) == (Reason.INVALID_CONTENT, "Bad")


# --- reports and other callbacks

REPORTED = {
    Status.QUEUED: "Buffered",
    Status.SENT: "Sent Submitted",
    Status.DELIVERED: "Success",
    Status.UNDELIVERABLE: "AbsentSubscriber",
    Status.FAILED: "Failed",
    Status.EXPIRED: "Expired",
    Status.REJECTED: "Rejected",
    Status.UNKNOWN: "success Delivered Teleported",
}
FAILURES = {
    Reason.INVALID_RECIPIENT: "UserDoesNotExist UserIsInactive",
    Reason.NO_ROUTE: "NotNetworkSubcriber",
    Reason.OPTED_OUT: "UserInBlackList",
    Reason.BLOCKED: "DoNotDisturbRejection UserAccountSuspended UserNotSubscribedToProduct",
    Reason.INVALID_CONTENT: "InvalidLinkId",
    Reason.UNKNOWN: "DeliveryFailure InsufficientCredit",
    None: "SomethingNew",
}


def called(action: str, fields: Mapping[str, str], channel: Channel[Any] | None = None, query: str = "") -> Any:
    body = urlencode(fields).encode()
    request = WebhookRequest("POST", f"{URL}{action}{query}", Headers({"Content-Type": FORM}), body)
    with Client(transport=Answers()) as client:
        return client.receive(channel or channel_of(), request)


def event(action: str, **fields: str) -> Any:
    receipt = called(action, fields)
    receipt.raise_for_error()
    (found,) = receipt.events
    return found


@pytest.mark.parametrize(("word", "status"), [(word, key) for key, words in REPORTED.items() for word in words.split()])
def test_each_status_word_has_its_status(word: str, status: Status) -> None:
    found = event("status", id=ID, status=word, phoneNumber=TO)
    assert isinstance(found, DeliveryReport)
    assert (found.status, found.word, found.id, found.recipient) == (status, word, ID, TO)
    assert (found.at, found.code, found.reason) == (None, None, None)


@pytest.mark.parametrize(("word", "reason"), [(word, key) for key, words in FAILURES.items() for word in words.split()])
def test_each_failure_reason_has_its_reason_and_is_kept(word: str, reason: Reason | None) -> None:
    for status in ("Failed", "Rejected"):
        found = event("status", id=ID, status=status, failureReason=word)
        assert (found.code, found.reason, found.recipient) == (word, reason, None)


def test_opt_outs_and_subscriptions_are_events_of_their_own() -> None:
    assert event("optout", senderId="KIOSK", phoneNumber=TO) == OptOut(
        TO, to="KIOSK", raw={"senderId": "KIOSK", "phoneNumber": TO}
    )
    fields = {"phoneNumber": TO, "shortCode": "22384", "keyword": "NEWS"}
    for written, kind in (("addition", OptIn), ("Addition", OptIn), ("deletion", OptOut), ("Deletion", OptOut)):
        found = event("subscription", **fields, updateType=written)
        assert (type(found), found.address, found.to, found.keyword) == (kind, TO, "22384", "NEWS")


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("receive", {"to": "22384", "text": "x"}),
        ("receive", {"from": "", "text": "x"}),
        ("receive", {"from": "\u200b", "text": "x"}),
        ("status", {"status": "Success"}),
        ("status", {"id": ID}),
        ("status", {"id": ID, "status": "Success", "phoneNumber": "\u200b"}),
        ("optout", {"senderId": "KIOSK"}),
        ("subscription", {"phoneNumber": TO}),
        ("subscription", {"phoneNumber": TO, "updateType": "renewal"}),
        ("subscription", {"updateType": "addition"}),
    ],
)
def test_a_callback_without_what_it_needs_is_malformed(action: str, fields: dict[str, str]) -> None:
    receipt = called(action, fields)
    assert isinstance(receipt.error, MalformedInbound)
    assert (receipt.events, receipt.response.status) == ((), 400)


@pytest.mark.parametrize("date", ["2025-02-03T04:05:06Z", "2025-02-03 04:05:06", "2025-02-03T04:05:06.000Z"])
def test_every_form_of_date_is_utc(date: str) -> None:
    assert event("receive", **{"from": TO, "date": date}).received_at == datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_the_callback_secret_is_asked_for_and_not_passed_on() -> None:
    channel = channel_of(callback_secret="example-callback-secret")
    fields = {"from": TO, "to": "22384", "text": "x"}
    for action in ("receive", "status", "optout", "subscription"):
        assert channel.callback_url(action) == f"{URL}{action}?key=example-callback-secret"
    assert called("receive", fields, channel).response.status == 403
    receipt = called("receive", fields, channel, "?key=example-callback-secret")
    receipt.raise_for_error()
    assert receipt.events[0].raw == fields


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.sampled_from(
    ["id", "from", "to", "text", "date", "linkId", "status", "phoneNumber", "failureReason", "senderId", "updateType"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, TEXTS), st.sampled_from(["receive", "status", "optout", "subscription"]))
def test_a_callback_is_read_or_malformed_whatever_it_holds(fields: dict[str, str], action: str) -> None:
    receipt = called(action, fields)
    assert receipt.error is None or type(receipt.error) is MalformedInbound
    assert bool(receipt.events) == (receipt.error is None)


# --- where it goes


@pytest.mark.parametrize(
    ("config", "extra", "url"),
    [
        ({}, {}, "https://api.africastalking.com/version1/messaging"),
        ({"username": "sandbox"}, {}, "https://api.sandbox.africastalking.com/version1/messaging"),
        ({}, {"keyword": "NEWS"}, "https://content.africastalking.com/version1/messaging"),
        ({"username": "sandbox"}, {"link_id": "x"}, "https://api.sandbox.africastalking.com/version1/messaging"),
        ({"json_endpoint": True}, {}, "https://api.africastalking.com/version1/messaging/bulk"),
        ({"json_endpoint": True}, {"link_id": "x"}, "https://content.africastalking.com/version1/messaging"),
        ({"base_url": "https://gw.example.org/at/"}, {}, "https://gw.example.org/at/version1/messaging"),
        (
            {"base_url": "https://gw.example.org", "username": "sandbox"},
            {},
            "https://gw.example.org/version1/messaging",
        ),
        ({"base_url": "https://gw.example.org"}, {"keyword": "x"}, "https://gw.example.org/version1/messaging"),
    ],
)
def test_sandbox_premium_and_json_have_places_of_their_own(config: Any, extra: Any, url: str) -> None:
    message = OutboundMessage(to=TO, text="Muraho", extra=extra)
    _, request = send(recipients(entry()), message, config=config)
    assert request.url == url
    checked = Engine(network=NetworkPolicy()).policy(channel_of(config), request)
    assert (checked is None) == ("africastalking.com" in url)


def test_the_json_endpoint_needs_a_sender_and_the_form_does_not() -> None:
    with pytest.raises(ConfigError, match="address"):
        send(recipients(entry()), config={"json_endpoint": True}, address=None)
    _, request = send(recipients(entry()), address=None)
    assert "from" not in dict(parse_qsl(request.body.decode()))


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"username": ""}, "username"),
        ({"api_key": ""}, "api_key"),
        ({"sender": "x"}, "sender: unknown field"),
        ({"enqueue": "perhaps"}, "enqueue"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError, match=names) as caught:
        channel_of(config)
    assert KEY not in str(caught.value)


def test_an_error_does_not_show_the_key() -> None:
    error = failure(HttpResponse(401, body=f"The key {KEY} is invalid".encode()))
    assert error.request is not None
    shown = repr([error.request.headers.items(), error.to_dict(), error.response and error.response.body])
    assert KEY not in shown


# --- the vendor's own library

Handle = Callable[[requests.PreparedRequest], HttpResponse]


@contextmanager
def wired(handle: Handle) -> Iterator[None]:
    """The library's requests are answered by `handle`."""

    def send(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        made, response = handle(request), requests.Response()
        response.status_code, response._content = made.status, made.body
        response.headers["content-type"] = made.headers.get("content-type") or ""
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send)
        yield


def octets(request: requests.PreparedRequest) -> bytes:
    return request.body.encode() if isinstance(request.body, str) else request.body or b""


def by_library(case: ExchangeCase) -> requests.PreparedRequest:
    """The request that the library makes for what an exchange does."""
    made: list[requests.PreparedRequest] = []
    config, message = case.channel["config"], case.message
    sms = SMSService(config["username"], config["api_key"])
    with wired(lambda request: made.append(request) or answer(201, {})):  # type: ignore[func-returns-value]
        if case.hook == "check_account":
            ApplicationService(config["username"], config["api_key"]).fetch_application_data()
        elif case.hook == "fetch_inbound":
            sms.fetch_messages(case.reference or 0)
        elif message is not None and message.extra:
            extra = [message.extra.get(name) for name in ("keyword", "link_id", "retry_duration_in_hours")]
            sms.send_premium(message.text, case.channel["address"], [message.to], *extra)
        elif message is not None:
            sender = message.sender or (case.channel["address"] if config.get("use_address", True) else None)
            sms.send(message.text, [message.to], sender, enqueue=config.get("enqueue", False))
    (request,) = made
    return request


REFERENCE = [case for case in exchange_cases(FOLDER) if case.source.evidence is Evidence.REFERENCE]


def test_there_are_exchanges_to_compare_with_the_library() -> None:
    assert {case.hook for case in REFERENCE} == {"send", "check_account", "fetch_inbound"}
    assert len(REFERENCE) >= 12


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in REFERENCE])
def test_the_library_takes_the_answer_for_what_we_take_it(case: ExchangeCase) -> None:
    (recorded,) = read_cassette(case.cassette)
    said = recorded["response"]
    headers = Headers([(name, values[0]) for name, values in said["headers"].items()])
    response = HttpResponse(said["status"]["code"], headers, said["body"]["string"].encode())
    config = case.channel["config"]
    with wired(lambda request: response):
        sms = SMSService(config["username"], config["api_key"])
        if "error" in case.expect:
            with pytest.raises(AfricasTalkingException) as caught:
                sms.send("Muraho", [TO])
            assert str(caught.value) == case.expect["provider_text"]
        else:
            assert sms.send("Muraho", [TO]) == json.loads(said["body"]["string"])


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in REFERENCE])
def test_the_library_makes_the_recorded_request(case: ExchangeCase) -> None:
    assert case.source.software.startswith("africastalking ")
    (recorded,), theirs = read_cassette(case.cassette), by_library(case)
    ours, headers = recorded["request"], {name: values[0] for name, values in recorded["request"]["headers"].items()}
    assert (ours["method"], ours["uri"]) == (theirs.method, theirs.url)
    assert pairs(ours.get("body") or "") == pairs(octets(theirs).decode())
    assert {name: theirs.headers.get(name) for name in headers} == headers


def pairs(body: str) -> list[str]:
    """The fields of a form as they are encoded; their order means nothing."""
    return sorted(body.split("&"))


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_makes_the_octets_that_the_library_makes(text: str) -> None:
    made: list[requests.PreparedRequest] = []
    with wired(lambda request: made.append(request) or answer(201, {})):  # type: ignore[func-returns-value]
        SMSService("kiosk", KEY).send(text, [TO], "22384")
    _, request = send(recipients(entry()), OutboundMessage(to=TO, text=text))
    assert pairs(request.body.decode()) == pairs(octets(made[0]).decode())


# --- the simulator


class Wired(Answers):
    """A transport whose answers are those of a simulator."""

    def __init__(self, simulator: Any) -> None:
        super().__init__()
        self.simulator = simulator

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(made.status, made.headers, made.body)


@pytest.fixture
def simulated() -> Iterator[tuple[Client, Channel[Any], Any]]:
    simulator = REGISTRY.simulator("africastalking", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://gw.example.org"))
    simulator.inbound_url = channel.callback_url("receive")
    with Client(transport=Wired(simulator)) as client:
        yield client, channel, simulator


def test_the_library_is_answered_for_each_recipient_of_a_batch(simulated: tuple[Client, Channel[Any], Any]) -> None:
    simulator = simulated[2]

    def handle(request: requests.PreparedRequest) -> HttpResponse:
        seen = WebhookRequest(str(request.method), str(request.url), Headers(request.headers.items()), octets(request))
        made = simulator.handle(seen)
        return HttpResponse(made.status, made.headers, made.body)

    config = simulator.config("")
    with wired(handle):
        sms = SMSService(config["username"], config["api_key"])
        data = sms.send("Muraho", [TO, "+12025550194", "+12025550124"], "22384")["SMSMessageData"]
        account = ApplicationService(config["username"], config["api_key"]).fetch_application_data()
    assert data["Message"] == "Sent to 2/3 Total Cost: KES 1.6000"
    assert [item["statusCode"] for item in data["Recipients"]] == [101, 406, 101]
    assert [message.to for message in simulator.accepted] == [TO, "+12025550124"]
    assert account["UserData"]["balance"].startswith("KES ")


def test_polling_brings_every_message_once(simulated: tuple[Client, Channel[Any], Any]) -> None:
    client, channel, simulator = simulated
    for number in range(3):
        list(simulator.inbound(TO, "22384", f"text {number}"))
    page = client.fetch_inbound(channel)
    assert [item.text for item in page.events if isinstance(item, InboundMessage)] == ["text 0", "text 1", "text 2"]
    assert page.more
    last = client.fetch_inbound(channel, page.cursor)
    assert (last.events, last.more, last.cursor) == ((), False, page.cursor)
    list(simulator.inbound(TO, "22384", "later"))
    assert [item.text for item in client.fetch_inbound(channel, last.cursor).events] == ["later"]  # type: ignore[union-attr]


def test_a_broken_message_of_a_page_takes_no_other_with_it() -> None:
    items = [{"id": 1, "from": TO, "text": "a"}, None, 7, {"id": 2}, {"id": 3, "from": TO, "text": "b"}]
    transport = Answers(answer(200, {"SMSMessageData": {"Messages": items}}))
    with Client(transport=transport) as client:
        page = client.fetch_inbound(channel_of(), "0")
    assert [type(item) for item in page.events] == [InboundMessage, *[UnreadableEvent] * 3, InboundMessage]
    assert page.cursor == "3"
    assert not transport.requests[0].submits


@pytest.mark.parametrize("value", [{}, [], {"SMSMessageData": []}, {"SMSMessageData": {"Messages": {}}}, "x", None])
def test_a_page_that_is_none_is_not_an_empty_one(value: object) -> None:
    with Client(transport=Answers(answer(200, value))) as client, pytest.raises(ProtocolError):
        client.fetch_inbound(channel_of(), None)


def test_the_simulator_answers_in_xml_where_json_is_not_asked_for(
    simulated: tuple[Client, Channel[Any], Any],
) -> None:
    _, channel, simulator = simulated
    headers = Headers({"apiKey": channel.config.api_key.get_secret_value(), "Content-Type": FORM})
    body = urlencode({"username": channel.config.username, "to": TO, "message": "x"}).encode()
    made = simulator.handle(WebhookRequest("POST", "https://gw.example.org/version1/messaging", headers, body))
    assert made.headers["content-type"] == "application/xml"


SIMULATED_EVENTS: list[tuple[Callable[[Any], HttpRequest], type]] = [
    (lambda simulator: simulator.opted_out(TO, "KIOSK"), OptOut),
    (lambda simulator: simulator.subscribed(TO, "NEWS"), OptIn),
    (lambda simulator: simulator.subscribed(TO, "NEWS", "deletion"), OptOut),
]


@pytest.mark.parametrize(("fire", "kind"), SIMULATED_EVENTS)
def test_the_simulator_calls_back_at_the_action_for_it(
    simulated: tuple[Client, Channel[Any], Any], fire: Callable[[Any], HttpRequest], kind: type
) -> None:
    client, channel, simulator = simulated
    request = fire(simulator)
    receipt = client.receive(channel, WebhookRequest(request.method, request.url, request.headers, request.body))
    receipt.raise_for_error()
    assert [type(item) for item in receipt.events] == [kind]
    assert (receipt.response.status, receipt.response.body) == (200, b"")


def test_the_json_endpoint_of_the_simulator_takes_what_the_adapter_sends(
    simulated: tuple[Client, Channel[Any], Any],
) -> None:
    client, _, simulator = simulated
    config = {**simulator.config("https://gw.example.org"), "json_endpoint": True}
    client.send(channel_of(config), OutboundMessage(to=TO, text="Muraho é"))
    (message,) = simulator.accepted
    assert (message.to, message.sender, message.text) == (TO, "22384", "Muraho é")
