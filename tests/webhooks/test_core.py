"""What `receive` promises: its order, its answers, its errors, and that nothing read is lost."""

from __future__ import annotations

import json
from typing import Any

import letterbox
import pytest
from letterbox import BROKEN, Letterbox, channel, signed

from sms_adapters import (
    AdapterDefect,
    Client,
    ConfigError,
    ControlEvent,
    InboundMessage,
    InvalidSignature,
    MalformedInbound,
    NotForThisAdapter,
    SmsError,
    TransportError,
    UnreadableEvent,
    WebhookRequest,
    WebhookResponse,
    hookimpl,
)
from sms_adapters.http import HttpRequest, HttpResponse
from sms_adapters.manifest import Capability
from sms_adapters.webhooks.core import MAX_BODY, Receipt, Route, route

URL = "http://10.0.0.7:8000/sms/c/letterbox/8eb23e93/receive"
MESSAGE = {"id": "m1", "from": "+12025550123", "text": "Muraho"}
CONFIRM = {"confirm": "https://letterbox.example.org/confirm?token=t0ps3cret"}


class Answers:
    """A transport that answers as told and keeps the requests; an exception is raised."""

    def __init__(self, *answers: int | SmsError) -> None:
        self.answers, self.requests = list(answers), []

    def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, SmsError):
            raise answer
        return HttpResponse(answer)

    def close(self) -> None:
        pass


class Listener:
    """A host plug-in that keeps what it is told."""

    def __init__(self) -> None:
        self.events, self.errors = [], []

    @hookimpl
    def sms_inbound(self, event):
        self.events.append(event)

    @hookimpl
    def sms_inbound_rejected(self, error):
        self.errors.append(error)


def batch(*items: Any) -> bytes:
    return json.dumps({"messages": items}).encode()


def post(body: bytes, headers: dict[str, str] | None = None, url: str = URL, method: str = "POST") -> WebhookRequest:
    return WebhookRequest(method, url, signed(body) if headers is None else headers, body)


def received(request: WebhookRequest, *answers: Any, to: Any = None, **options: Any) -> Receipt:
    with Client(transport=Answers(*answers), **options) as client:
        return client.receive(to or channel(), request)


ROUTES = {
    "/c/twilio/8eb23e93/receive": Route("twilio", "8eb23e93", "receive"),
    "/sms/v1/c/ex/8eb23e93/receive/": Route("ex", "8eb23e93", "receive"),
    "https://sms.example.org/c/ex/8eb23e93/status": Route("ex", "8eb23e93", "status"),
    "/c/ex/a%20b%2Fc/receive": Route("ex", "a b/c", "receive"),
    "/c/c/c/c/c": Route("c", "c", "c"),
    "/c/ex/caf%C3%A9/receive": Route("ex", "café", "receive"),
    "/c/ex/caf%E9/receive": None,
    "/c/ex/receive": None,
    "/c//8eb23e93/receive": None,
    "/c/ex//receive": None,
    "/d/ex/8eb23e93/receive": None,
    "/c/ex/8eb23e93/receive/more": None,
    "/": None,
    "": None,
}


@pytest.mark.parametrize("path", ROUTES)
def test_a_path_is_a_route_whatever_stands_before_it(path: str) -> None:
    assert route(path) == ROUTES[path]


BIG = b"x" * (MAX_BODY + 1)
UNSIGNED = {"Content-Type": "application/json"}
# Each row breaks everything that the rows below it break: the first that is checked decides.
ORDER = [
    ("size", "DELETE", BIG, UNSIGNED, MalformedInbound, 413),
    ("method", "DELETE", b"{", UNSIGNED, NotForThisAdapter, 405),
    ("signature", "POST", b"{", UNSIGNED, InvalidSignature, 403),
    ("reading", "POST", b"{", signed(b"{"), MalformedInbound, 422),
]


@pytest.mark.parametrize(("what", "method", "body", "headers", "error", "status"), ORDER, ids=[row[0] for row in ORDER])
def test_size_then_method_then_signature_then_reading(what, method, body, headers, error, status) -> None:
    listener = Listener()
    receipt = received(post(body, headers, method=method), plugins=[listener])
    assert (type(receipt.error), receipt.response.status, receipt.events) == (error, status, ())
    assert [type(found) for found in listener.errors] == [error]
    assert receipt.error.adapter == "letterbox"


def test_a_body_of_the_largest_size_is_read() -> None:
    text = "x" * (MAX_BODY - len(batch({**MESSAGE, "text": ""})))
    body = batch({**MESSAGE, "text": text})
    assert len(body) == MAX_BODY
    assert [event.text for event in received(post(body)).events] == [text]


def test_a_wrong_method_is_told_the_right_ones() -> None:
    assert received(post(b"", method="PUT")).response.headers["allow"] == "POST, GET"


@pytest.mark.parametrize("url", [URL.replace("receive", "recieve"), URL + "%20", URL.replace("/receive", "")])
def test_an_unknown_action_is_not_found(url: str) -> None:
    receipt = received(post(batch(MESSAGE), url=url))
    assert (type(receipt.error), receipt.response.status) == (NotForThisAdapter, 404)


def test_a_url_that_is_none_is_malformed() -> None:
    receipt = received(post(batch(MESSAGE), url="http://[evil/c/letterbox/8eb23e93/receive"))
    assert (type(receipt.error), receipt.response.status) == (MalformedInbound, 400)


def test_a_receipt_raises_its_error_and_only_then() -> None:
    received(post(batch(MESSAGE))).raise_for_error()
    with pytest.raises(InvalidSignature):
        received(post(batch(MESSAGE), UNSIGNED)).raise_for_error()


def test_the_receipt_tells_how_the_origin_was_proven() -> None:
    assert received(post(batch(MESSAGE))).verified.scheme == "hmac-sha256"
    assert received(post(batch(MESSAGE), UNSIGNED)).verified.scheme == "none"
    assert received(post(b"{")).verified.scheme == "hmac-sha256"


OPEN = {"features": {}, "webhooks": letterbox.WEBHOOKS}


class Plainest:
    """Neither signature, answer nor follow-up."""

    authenticate, send, parse_inbound, event = (
        Letterbox.authenticate,
        Letterbox.send,
        Letterbox.parse_inbound,
        Letterbox.event,
    )


SECRET_CASES = {
    "?key=s3cr%C3%A9t": None,
    "?a=1&key=s3cr%C3%A9t&key=other": None,
    "": InvalidSignature,
    "?key=": InvalidSignature,
    "?key=s3cret": InvalidSignature,
    "?key=other&key=s3cr%C3%A9t": InvalidSignature,
    "?KEY=s3cr%C3%A9t": InvalidSignature,
    "?text=%FF&key=s3cr%C3%A9t": None,
    "?key=%FF": InvalidSignature,
    "?key=\udcff": InvalidSignature,
}


@pytest.mark.parametrize("query", SECRET_CASES)
def test_a_callback_secret_is_asked_of_every_webhook(query: str) -> None:
    kept = channel(Plainest(), manifest=OPEN, callback_secret="s3crét")
    receipt = received(post(batch(MESSAGE), UNSIGNED, URL + query), to=kept)
    wanted = SECRET_CASES[query]
    assert (type(receipt.error) if receipt.error else None) is wanted
    assert receipt.verified.scheme == ("none" if wanted else "callback secret")
    assert "s3cr" not in f"{receipt.error} {receipt.response}"


def test_a_callback_secret_is_asked_beside_the_signature() -> None:
    kept = channel(callback_secret="s3cret")
    assert isinstance(received(post(batch(MESSAGE)), to=kept).error, InvalidSignature)
    assert isinstance(received(post(batch(MESSAGE), UNSIGNED, URL + "?key=s3cret"), to=kept).error, InvalidSignature)
    assert received(post(batch(MESSAGE), url=URL + "?key=s3cret"), to=kept).error is None


def test_an_adapter_without_words_of_its_own_answers_by_status() -> None:
    kept = channel(Plainest(), manifest=OPEN)
    good, bad = received(post(batch(MESSAGE)), to=kept), received(post(b"{"), to=kept)
    assert (good.response.status, good.response.body) == (200, b"")
    assert (bad.response.status, bad.response.body) == (400, b"MalformedInbound\n")


def test_only_a_proven_sender_gets_the_adapters_own_refusal() -> None:
    assert received(post(b"{")).response.body == b"the letterbox cannot read this"
    for unproven in (post(b"{", UNSIGNED), post(b"{", method="PUT"), post(BIG)):
        assert received(unproven).response.body == type(received(unproven).error).__name__.encode() + b"\n"


def test_a_refusal_worded_as_a_success_is_not_sent() -> None:
    class Polite(Letterbox):
        @hookimpl
        def respond_inbound(self, channel, request, events):
            return WebhookResponse.plain("OK")

    assert received(post(b"{"), to=channel(Polite())).response.status == 400


def test_one_unreadable_item_costs_the_others_nothing() -> None:
    listener = Listener()
    receipt = received(post(batch(MESSAGE, {"id": 7}, BROKEN, {**MESSAGE, "id": "m2"})), plugins=[listener])
    kinds = [type(event) for event in receipt.events]
    assert kinds == [InboundMessage, UnreadableEvent, UnreadableEvent, InboundMessage]
    assert receipt.error is None
    assert receipt.response.body == b"took 4"
    assert [type(event.error) for event in receipt.events[1:3]] == [MalformedInbound, AdapterDefect]
    assert {event.error.adapter for event in receipt.events[1:3]} == {"letterbox"}
    assert [event.id for event in listener.events] == ["m1", "m2"]
    assert len(listener.errors) == 2


def broken(hook: str, give: Any) -> Any:
    """The letterbox with one hook that raises or gives `give`."""

    def act(self, channel, request):
        if isinstance(give, Exception):
            raise give
        return give

    def act_on_events(self, channel, request, events):
        return act(self, channel, request)

    function = act_on_events if hook == "respond_inbound" else act
    return type("Broken", (Letterbox,), {hook: hookimpl(function)})()


DEFECTS = [
    ("verify_inbound", KeyError("key"), AdapterDefect),
    ("verify_inbound", None, AdapterDefect),
    ("verify_inbound", True, AdapterDefect),
    ("verify_inbound", ConfigError("no key"), ConfigError),
    ("parse_inbound", RecursionError("deep"), AdapterDefect),
    ("parse_inbound", None, AdapterDefect),
    ("parse_inbound", {1}, AdapterDefect),
]


@pytest.mark.parametrize(("hook", "give", "error"), DEFECTS)
def test_our_own_failure_is_answered_500_so_that_the_aggregator_tries_again(hook, give, error) -> None:
    receipt = received(post(batch(MESSAGE)), to=channel(broken(hook, give)))
    assert (type(receipt.error), receipt.response.status, receipt.events) == (error, 500, ())
    assert receipt.response.body == error.__name__.encode() + b"\n"


def test_what_cannot_be_read_to_be_verified_is_not_proven() -> None:
    receipt = received(post(batch(MESSAGE)), to=channel(broken("verify_inbound", MalformedInbound("no form"))))
    assert (type(receipt.error), receipt.response.status, receipt.events) == (InvalidSignature, 403, ())
    assert "no form" in str(receipt.error)


BAD_ANSWERS = [
    ZeroDivisionError("no"),
    None,
    "OK",
    WebhookResponse(200, {"X-Note": "a\r\nSet-Cookie: b"}),
    WebhookResponse(200, {"X-Not\ne": "a"}),
    WebhookResponse(200, {"X-Note": "Ω"}),
    WebhookResponse(100),
    WebhookResponse(999),
]


@pytest.mark.parametrize("give", BAD_ANSWERS, ids=repr)
def test_a_broken_answer_loses_no_event_and_asks_for_no_repetition(give) -> None:
    receipt = received(post(batch(MESSAGE)), to=channel(broken("respond_inbound", give)))
    assert [event.id for event in receipt.events] == ["m1"]
    assert isinstance(receipt.error, AdapterDefect)
    assert (receipt.response.status, receipt.response.body) == (200, b"")


def test_a_control_event_is_followed_up() -> None:
    transport = Answers(200)
    with Client(transport=transport) as client:
        receipt = client.receive(channel(), post(batch(MESSAGE, CONFIRM)))
    assert [request.url for request in transport.requests] == [CONFIRM["confirm"]]
    assert [type(event) for event in receipt.events] == [InboundMessage, ControlEvent]
    assert (receipt.error, receipt.response.status) == (None, 200)


def test_a_failed_follow_up_is_asked_for_again_and_loses_no_event() -> None:
    other = {"confirm": "https://letterbox.example.org/other"}
    transport = Answers(TransportError("refused", sent=False), 200)
    listener = Listener()
    with Client(transport=transport, plugins=[listener]) as client:
        receipt = client.receive(channel(), post(batch(CONFIRM, MESSAGE, other)))
    assert [type(event) for event in receipt.events] == [ControlEvent, InboundMessage, ControlEvent]
    assert isinstance(receipt.error, TransportError)
    assert receipt.error.adapter == "letterbox"
    assert receipt.response.status == 500
    assert [request.url for request in transport.requests] == [CONFIRM["confirm"], other["confirm"]]
    assert MESSAGE["id"] in [getattr(event, "id", None) for event in listener.events]


def test_nothing_is_followed_up_before_the_signature_is_proven() -> None:
    transport = Answers()
    with Client(transport=transport) as client:
        client.receive(channel(), post(batch(CONFIRM), UNSIGNED))
    assert transport.requests == []


def test_no_follow_up_without_the_capability() -> None:
    class Silent(Plainest):
        verify_inbound = Letterbox.verify_inbound

    kept = channel(Silent(), manifest={"features": {Capability.SIGNED_WEBHOOKS: letterbox.FULL}})
    receipt = received(post(batch(CONFIRM)), to=kept)
    assert [type(event) for event in receipt.events] == [ControlEvent]


def test_verification_may_fetch_a_key_first() -> None:
    class Fetching(Letterbox):
        @hookimpl
        def verify_inbound(self, channel, request):
            yield HttpRequest.get("https://letterbox.example.org/key")
            return Letterbox.verify_inbound(self, channel, request)

    kept = channel(Fetching())
    assert received(post(batch(MESSAGE)), 200, to=kept).error is None
    assert isinstance(received(post(batch(MESSAGE), UNSIGNED), 200, to=kept).error, InvalidSignature)
    lost = received(post(batch(MESSAGE)), TransportError("refused", sent=False), to=kept)
    assert (type(lost.error), lost.response.status) == (TransportError, 500)


def test_half_an_emoji_in_json_does_not_reach_the_host() -> None:
    from scripted import Toy, toy_channel

    from sms_adapters import Client, InboundMessage, WebhookRequest, hookimpl

    class Json(Toy):
        @hookimpl
        def parse_inbound(self, channel, request):
            return [InboundMessage("+12025550123", request.json_object()["text"])]

    url = "https://sms.example.org/c/toy/8eb23e93/receive"
    client, channel = Client(), toy_channel(adapter=Json())
    texts = {r"\ud83d": "\ufffd", r"a\ud83d\ude00b": "a😀b", r"\ude00x": "\ufffdx"}
    for written, read in texts.items():
        body = f'{{"text":"{written}"}}'.encode()
        (event,) = client.receive(channel, WebhookRequest("POST", url, body=body)).events
        assert event.text == read
