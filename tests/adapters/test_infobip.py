"""What is special about Infobip's requests: refusals by group and id inside a 200, own ids, a host for each account."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from infobip_channel import (
    BROKEN,
    DIGITS,
    GROUPS,
    HOST,
    ID,
    KEY,
    OWN,
    REFUSED,
    REGISTRY,
    SECRET,
    SIGNED,
    TAKEN,
    TO,
    URL,
    Answers,
    Wired,
    accepted,
    answer,
    body_of,
    channel_of,
    failure,
    item_of,
    older,
    report,
    send,
    sent,
    status_of,
    today,
)

from sms_adapters import (
    AuthError,
    Client,
    ConfigError,
    DeliveryUncertain,
    InboundMessage,
    InvalidMessage,
    NetworkPolicy,
    OutboundMessage,
    ProtocolError,
    Reason,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    UnreadableEvent,
)
from sms_adapters.conformance.cases import (
    CLOCK,
)
from sms_adapters.engine import Engine
from sms_adapters.http import Headers, HttpResponse
from sms_adapters.messages import InboundPage

# --- statuses and errors


@pytest.mark.parametrize(("group", "number", "status"), TAKEN)
def test_three_groups_are_of_accepted_messages(group: int, number: int, status: Status) -> None:
    for spelt in (number, str(number)):
        (part,) = send(sent(accepted(status_of(group, spelt), details={"messageCount": 2})))[0].parts
        assert (part.id, part.status, part.word, part.segments) == (OWN, status, "NAME", 2)


@pytest.mark.parametrize(("group", "number", "name", "kind", "reason"), REFUSED)
def test_a_refusal_inside_a_200_has_its_error(
    group: int, number: int, name: str, kind: type[SmsError], reason: Reason | None
) -> None:
    for spelt in (number, str(number)):
        error = failure(sent(accepted(status_of(group, spelt, name))))
        assert (type(error), getattr(error, "reason", None)) == (kind, reason)
        assert (error.provider_code, error.provider_text) == (str(number), f"{name}: Said")


def test_a_refused_message_needs_no_id() -> None:
    assert type(failure(sent({"status": status_of(5, 12)}))) is Rejected


UNKNOWN_GROUPS: list[dict[str, object]] = [
    {"groupId": 9, "groupName": "TELEPORTED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
    {"groupId": 3, "groupName": "TELEPORTED", "id": 5},
    {"groupId": 6},
    {"groupId": -1},
    {"groupId": True},
    {"groupName": ["REJECTED"], "id": 12},
    {"id": 12},
    {},
]


@pytest.mark.parametrize("status", [*UNKNOWN_GROUPS, None, [], "REJECTED"])
def test_a_group_that_nobody_knows_is_neither_accepted_nor_refused(status: Any) -> None:
    error = failure(answer(200, {"messages": [{"messageId": OWN, "status": status}]}))
    assert type(error) is ProtocolError
    assert not error.retryable


@pytest.mark.parametrize("group", range(6))
def test_a_group_is_known_by_its_id_where_it_has_no_name(group: int) -> None:
    states = [Status.QUEUED, Status.SENT, Status.UNDELIVERABLE, Status.DELIVERED, Status.EXPIRED, Status.REJECTED]
    for spelt in (group, str(group)):
        assert report({"status": {"groupId": spelt, "id": 1}}).status is states[group]
    assert report({"status": {"groupName": GROUPS[group].lower()}}).status is states[group]
    assert report({"status": {"groupName": "ACCEPTED"}}).status is Status.QUEUED


def test_an_accepted_message_without_an_id_is_not_understood() -> None:
    for none in ("", None, [], True):
        error = failure(sent(accepted(messageId=none)))
        assert (type(error), error.provider_code) == (ProtocolError, "26")


@pytest.mark.parametrize("value", [{}, [], {"messages": []}, {"messages": {}}, {"messages": [1, 2]}, "x", None])
def test_an_answer_without_the_one_message_is_not_understood(value: object) -> None:
    assert type(failure(answer(200, value))) is ProtocolError


@pytest.mark.parametrize("item", [None, 7, "x", []])
def test_an_item_that_is_none_is_not_understood(item: object) -> None:
    assert type(failure(sent(item))) is ProtocolError


WHOLE = [
    (400, today("E400"), Rejected, Reason.INVALID_CONTENT, "E400"),
    (400, today("E400", "messages[0].destinations[0].to"), Rejected, Reason.INVALID_RECIPIENT, "E400"),
    (400, today("E400", "messages[0].sender"), Rejected, Reason.INVALID_SENDER, "E400"),
    (400, today("E400", "messages[0].content.text"), Rejected, Reason.INVALID_CONTENT, "E400"),
    (401, today("E401"), AuthError, None, "E401"),
    (403, today("E403"), AuthError, None, "E403"),
    (429, today("E429"), Throttled, None, "E429"),
    (500, today("E500"), DeliveryUncertain, None, "E500"),
    (400, older("BAD_REQUEST"), Rejected, Reason.INVALID_CONTENT, "BAD_REQUEST"),
    (400, older("BAD_REQUEST", "destinations[0].to"), Rejected, Reason.INVALID_RECIPIENT, "BAD_REQUEST"),
    (401, older("UNAUTHORIZED"), AuthError, None, "UNAUTHORIZED"),
    (403, older("FORBIDDEN"), AuthError, None, "FORBIDDEN"),
    (429, older("TOO_MANY_REQUESTS"), Throttled, None, "TOO_MANY_REQUESTS"),
    (500, older("GENERAL_ERROR"), DeliveryUncertain, None, "GENERAL_ERROR"),
    (404, today("E404"), Rejected, Reason.UNKNOWN, "E404"),
    (200, today("E401"), AuthError, None, "E401"),
    (200, older("UNAUTHORIZED"), AuthError, None, "UNAUTHORIZED"),
    (200, older("FORBIDDEN"), AuthError, None, "FORBIDDEN"),
    (200, today("E403"), AuthError, None, "E403"),
    (200, older("TOO_MANY_REQUESTS"), Throttled, None, "TOO_MANY_REQUESTS"),
    (200, today("E429"), Throttled, None, "E429"),
    (200, today("E500"), ProtocolError, None, "E500"),
    (503, today("E503"), TemporaryFailure, None, "E503"),
    (418, today("E999"), Rejected, Reason.UNKNOWN, "E999"),
]


@pytest.mark.parametrize(("status", "value", "kind", "reason", "code"), WHOLE)
def test_an_error_of_the_whole_request_goes_by_its_code(
    status: int, value: object, kind: type[SmsError], reason: Reason | None, code: str
) -> None:
    error = failure(answer(status, value))
    assert (type(error), getattr(error, "reason", None)) == (kind, reason)
    assert error.provider_code == code
    assert (error.provider_text or "").startswith("Said")


def test_what_was_wrong_is_told() -> None:
    for value in (today("E400", "messages[0].sender"), older("BAD_REQUEST", "messages[0].sender")):
        text = failure(answer(400, value)).provider_text
        assert text is not None
        assert "messages[0].sender: " in text
        assert "must not be null" in text


def test_when_to_come_back_is_told() -> None:
    error = failure(answer(429, today("E429"), **{"Retry-After": "3"}))
    assert isinstance(error, Throttled)
    assert error.retry_after == 3


STATUSES = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    403: AuthError,
    404: Rejected,
    405: Rejected,
    415: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    502: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", [b"", b"<html>x</html>", b"\xff", b"[]", b"{", b'{"requestError": 7}', b"null"])
def test_what_is_no_error_of_infobip_goes_by_its_http_status(status: int, body: bytes) -> None:
    error = failure(HttpResponse(status, Headers({"Content-Type": "text/html"}), body))
    assert type(error) is STATUSES[status]
    assert error.provider_code == str(status)


# --- what is sent


def test_reports_come_to_the_url_that_the_message_brings() -> None:
    message = OutboundMessage(to=TO, text="Muraho", id=ID)
    want = {"url": f"{URL}status", "intermediateReport": False}
    webhooks = {"contentType": "application/json", "callbackData": ID}
    assert body_of(message)["webhooks"] == {"delivery": want, **webhooks}
    secret = body_of(message, callback_secret="example-callback-secret")["webhooks"]
    assert secret["delivery"]["url"] == f"{URL}status?key=example-callback-secret"
    intermediate = body_of(message, config={"intermediate_reports": True})["webhooks"]
    assert intermediate["delivery"]["intermediateReport"] is True


def test_what_a_subscription_reports_needs_no_url() -> None:
    message = OutboundMessage(to=TO, text="Muraho", id=ID)
    webhooks = {"contentType": "application/json", "callbackData": ID}
    assert body_of(message, config=SIGNED)["webhooks"] == webhooks
    assert body_of(message, public_url="")["webhooks"] == webhooks


def test_no_report_is_asked_for_where_none_is_wanted() -> None:
    body = body_of(OutboundMessage(to=TO, text="Muraho", report=False))
    assert body["webhooks"] == {"delivery": {"notify": False}}


def test_each_part_has_an_id_of_its_own_and_the_message_one_for_all() -> None:
    message = OutboundMessage(to=TO, text="Umuntu ngumuntu ngabantu. " * 80, id=ID)
    _, transport = send(sent(accepted(messageId=f"{OWN}:1")), sent(accepted(messageId=f"{OWN}:2")), message=message)
    found = [json.loads(request.body)["messages"][0] for request in transport.requests]
    assert [item["destinations"][0]["messageId"] for item in found] == [f"{OWN}:1", f"{OWN}:2"]
    assert [item["webhooks"]["callbackData"] for item in found] == [ID, ID]


def test_an_id_is_the_channels_and_never_longer_than_infobip_keeps() -> None:
    def own(name: str, channel: str = "8eb23e93") -> str:
        transport = Answers(sent())
        with Client(transport=transport) as client:
            client.send(replace(channel_of(), id=channel), OutboundMessage(to=TO, text="x", id=name))
        given: str = json.loads(transport.requests[0].body)["messages"][0]["destinations"][0]["messageId"]
        return given

    assert own(ID) == OWN
    assert own(ID, "another") == f"another:{ID}"
    assert own("a" * 191) == "8eb23e93:" + "a" * 191
    assert own("a" * 192) == own("a" * 192) != own("a" * 193)
    assert len(own("a" * 192)) == 64


def test_a_sender_is_left_to_the_account_where_there_is_none() -> None:
    assert "sender" not in body_of(OutboundMessage(to=TO, text="x"), address=None)
    assert body_of(OutboundMessage(to=TO, text="x", sender="InfoSMS"), address=None)["sender"] == "InfoSMS"
    assert body_of(OutboundMessage(to=TO, text="x"))["sender"] == "12025550100"


@pytest.mark.parametrize(
    ("fields", "ok"),
    [
        ({"validity": timedelta(hours=48)}, True),
        ({"validity": timedelta(hours=48, seconds=1)}, False),
        ({"validity": timedelta(0)}, False),
        ({"validity": timedelta(microseconds=1)}, True),
        ({"send_at": CLOCK + timedelta(days=180)}, True),
        ({"send_at": CLOCK + timedelta(days=180, seconds=1)}, False),
        ({"text": "", "data": b"x" * 140}, True),
        ({"text": "", "data": b"x" * 141}, False),
        ({"text": "", "data": b"x" * 134, "udh": bytes.fromhex("0605040b8423f0")}, False),
        ({"text": "", "data": b"x" * 133, "udh": bytes.fromhex("0605040b8423f0")}, True),
    ],
)
def test_what_infobip_would_cut_short_is_refused(fields: dict[str, Any], ok: bool) -> None:
    message = OutboundMessage(**{"to": TO, "text": "Muraho", **fields})
    if ok:
        assert send(message=message)[0].parts
        return
    with pytest.raises(InvalidMessage) as caught:
        send(message=message)
    assert caught.value.reason is Reason.INVALID_CONTENT


def test_a_validity_is_rounded_up_to_seconds() -> None:
    body = body_of(OutboundMessage(to=TO, text="x", validity=timedelta(seconds=1, microseconds=1)))
    assert body["options"] == {"validityPeriod": {"amount": 2, "timeUnit": "SECONDS"}}


def test_a_time_is_given_with_its_zone() -> None:
    at = datetime.fromisoformat("2026-11-24T08:00:00.250+01:00")
    body = body_of(OutboundMessage(to=TO, text="x", send_at=at))
    assert body["request"]["schedule"] == {"sendAt": "2026-11-24T07:00:00.250+0000"}


TEXTS = st.text(st.sampled_from("aé€[ж漢😀\n ") | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=2500)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 12))
def test_no_part_is_longer_than_infobip_takes(text: str, times: int) -> None:
    simulator = REGISTRY.simulator("infobip", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://gw.example.org"))
    with Client(transport=Wired(simulator)) as client:
        client.send(channel, OutboundMessage(to=TO, text=text * times))
    assert "".join(message.text for message in simulator.accepted) == text * times
    assert all(len(message.text.encode()) <= 4000 for message in simulator.accepted)


# --- where it goes and who may


@pytest.mark.parametrize("base_url", [HOST, f"{HOST}/", "k9x1yz.api.infobip.com", "k9x1yz.api.infobip.com/"])
def test_every_account_has_a_host_of_its_own(base_url: str) -> None:
    _, transport = send(config={"base_url": base_url})
    (request,) = transport.requests
    assert request.url == f"{HOST}/sms/3/messages"
    assert Engine(network=NetworkPolicy()).policy(channel_of(), request) is None


@pytest.mark.parametrize("host", ["gw.example.org", "api.infobip.com.example.org", "xapi.infobip.com"])
def test_another_host_is_not_the_aggregators(host: str) -> None:
    _, transport = send(config={"base_url": f"https://{host}"})
    assert Engine(network=NetworkPolicy()).policy(channel_of(), transport.requests[0]) is not None


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"base_url": None}, "base_url"),
        ({"base_url": ""}, "base_url"),
        ({"base_url": "https://k9x1yz.api.infobip.com/sms"}, "base_url"),
        ({"base_url": "ftp://k9x1yz.api.infobip.com"}, "base_url"),
        ({"base_url": 7}, "base_url"),
        ({"api_key": None}, "api_key"),
        ({"api_key": ""}, "api_key"),
        ({"username": "u", "password": "example-password"}, "either api_key"),
        ({"username": "u"}, "username and password go together"),
        ({"api_key": None, "password": "example-password"}, "username and password go together"),
        ({"webhook_secret": SECRET}, "webhook_secret and webhook_header go together"),
        ({"webhook_header": "X-Signature"}, "webhook_secret and webhook_header go together"),
        ({**SIGNED, "webhook_header": "X Signature"}, "webhook_header"),
        ({**SIGNED, "webhook_algorithm": "HMAC_SHA256"}, "webhook_algorithm"),
        ({"transliteration": "KLINGON"}, "transliteration"),
        ({"language": "tr"}, "language"),
        ({"application_id": ""}, "application_id"),
        ({"sender": "x"}, "sender: unknown field"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError, match=names) as caught:
        channel_of(config)
    assert not any(secret in str(caught.value) for secret in (KEY, SECRET, "example-password"))


def test_a_user_name_is_instead_of_a_key() -> None:
    config = {"api_key": None, "username": "kiosk", "password": "example-password"}
    _, transport = send(config=config)
    pair = base64.b64encode(b"kiosk:example-password").decode()
    assert transport.requests[0].headers["Authorization"] == f"Basic {pair}"


def test_an_error_does_not_show_the_key() -> None:
    error = failure(answer(401, {"errorCode": "E401", "description": f"The key {KEY} is invalid"}))
    assert error.request is not None
    assert KEY not in repr([error.request.headers.items(), error.to_dict(), error.response and error.response.body])


# --- questions

BALANCE, LOGS, INBOX = "/account/1/balance", "/sms/3/logs", "/sms/1/inbox/reports"


def asked(hook: str, *responses: HttpResponse, **options: Any) -> tuple[Any, list[str]]:
    transport = Answers(*responses)
    with Client(transport=transport) as client:
        found = getattr(client, hook)(channel_of(), **options)
    assert not any(request.submits for request in transport.requests)
    return found, [request.url.removeprefix(HOST) for request in transport.requests]


def test_the_balance_is_read_exactly() -> None:
    found, urls = asked("check_account", HttpResponse(200, body=b'{"balance": 47.79134, "currency": "EUR"}'))
    assert found.balance is not None
    assert (found.balance.amount, found.balance.currency) == (Decimal("47.79134"), "EUR")
    assert urls == [BALANCE]


def test_a_key_without_the_balances_scope_is_good_if_it_reads_logs() -> None:
    found, urls = asked("check_account", answer(403, older("FORBIDDEN")), answer(200, {"results": []}))
    assert (found.balance, found.checked_at) == (None, CLOCK)
    assert urls == [BALANCE, f"{LOGS}?limit=1"]
    for second in (answer(403, today("E403")), answer(401, today("E401"))):
        with pytest.raises(AuthError):
            asked("check_account", answer(403, older("FORBIDDEN")), second)


@pytest.mark.parametrize("value", [{}, {"balance": "x", "currency": "EUR"}, {"currency": "EUR"}, [], None])
def test_a_balance_that_is_none_is_not_understood(value: object) -> None:
    with pytest.raises(ProtocolError):
        asked("check_account", answer(200, value))


def test_a_question_that_fails_may_be_asked_again() -> None:
    for hook, options in (("check_account", {}), ("query_status", {"reference": "x"}), ("fetch_inbound", {})):
        for status in (500, 502, 503, 504):
            with pytest.raises(TemporaryFailure):
                asked(hook, answer(status, today(f"E{status}")), **options)
        with pytest.raises(AuthError):
            asked(hook, answer(401, today("E401")), **options)


def test_a_message_that_the_logs_do_not_have_is_not_found() -> None:
    for value in ({"results": []}, {}, {"results": None}, {"results": [7]}):
        with pytest.raises(Rejected, match="no message of that id") as caught:
            asked("query_status", answer(200, value), reference="a b/c")
        assert caught.value.reason is Reason.UNKNOWN


def test_a_log_is_read_like_a_report() -> None:
    log = {**item_of(callbackData=None, to=None), "destination": DIGITS}
    found, urls = asked("query_status", answer(200, {"results": [log]}), reference="a b/c")
    assert (found.status, found.recipient, found.id, found.message_id) == (Status.DELIVERED, TO, OWN, None)
    assert urls == [f"{LOGS}?messageId=a+b%2Fc"]


def test_a_page_tells_whether_there_is_more() -> None:
    message = {"messageId": "in-1", "from": DIGITS, "text": "Muraho"}
    for items, pending, more in (([message], 1, True), ([message], 0, False), ([], 1, False), ([message], None, False)):
        page, urls = asked("fetch_inbound", answer(200, {"results": items, "pendingMessageCount": pending}))
        assert isinstance(page, InboundPage)
        assert (len(page.events), page.more, page.cursor) == (len(items), more, None)
        assert urls == [f"{INBOX}?limit=100"]


def test_a_broken_message_of_a_page_takes_no_other_with_it() -> None:
    message = {"messageId": "in-1", "from": DIGITS, "text": "Muraho"}
    page, _ = asked("fetch_inbound", answer(200, {"results": [message, *BROKEN, message]}))
    kinds = [InboundMessage, *[UnreadableEvent] * len(BROKEN), InboundMessage]
    assert [type(found) for found in page.events] == kinds


@pytest.mark.parametrize("value", [{}, [], {"results": {}}, {"results": None}, "x", None])
def test_a_page_that_is_none_is_not_an_empty_one(value: object) -> None:
    with pytest.raises(ProtocolError):
        asked("fetch_inbound", answer(200, value))
