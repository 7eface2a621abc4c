"""What happens around an adapter's hooks: checks before, credentials, host plug-ins, broken adapters."""

from __future__ import annotations

import asyncio
import pickle
import threading
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from scripted import Toy, toy_channel, toy_manifest

from sms_adapters import (
    AdapterDefect,
    AsyncClient,
    AuthError,
    Client,
    ConfigError,
    DeliveryUncertain,
    Flow,
    HttpRequest,
    HttpResponse,
    InvalidMessage,
    MalformedInbound,
    Media,
    NetworkPolicy,
    OutboundMessage,
    PartResult,
    ProtocolError,
    Reason,
    Rejected,
    SendResult,
    SmsError,
    TransportError,
    Unsupported,
    Vetoed,
    WebhookRequest,
    hookimpl,
)
from sms_adapters.auth import Auth, BearerAuth
from sms_adapters.engine import Engine
from sms_adapters.manifest import Capability, Feature, Splitting, Support, TextRules

OPEN = NetworkPolicy(allow_http=True, allow_private=True)
OK = HttpResponse(200, body=b'{"id":"m1"}')
TO = "+12025550123"


class Answers:
    """A transport that gives the answers in turn, the last for ever, and keeps the requests."""

    def __init__(self, *answers: HttpResponse | SmsError) -> None:
        self.answers = list(answers) or [OK]
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SmsError):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing to close."""


def sending(message: OutboundMessage, *answers: Any, plugins: Any = (), **options: Any) -> tuple[Any, Answers]:
    """The result or the error, and the transport."""
    transport = Answers(*answers)
    client = Client(transport=transport, plugins=plugins)
    try:
        return client.send(toy_channel(**options), message), transport
    except SmsError as error:
        return error, transport


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ({"to": "not a number"}, InvalidMessage, Reason.INVALID_RECIPIENT),
        ({"to": ""}, InvalidMessage, Reason.INVALID_RECIPIENT),
        ({"text": ""}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": "\ud800"}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": "ж", "encoding": "gsm7"}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": "“ж”", "encoding": "gsm7", "transliterate": True}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": "x", "encoding": "ebcdic"}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": "x", "data": b"y"}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": "x", "sender": "a name of more than eleven"}, InvalidMessage, Reason.INVALID_SENDER),
        ({"text": "x", "send_at": datetime(2026, 11, 24)}, InvalidMessage, Reason.INVALID_CONTENT),  # noqa: DTZ001
        ({"text": "x", "media": (Media("https://example.org/a.png"),)}, Unsupported, "media"),
        ({"text": "", "data": b"\x01"}, Unsupported, "binary"),
        ({"text": "x", "flash": True}, Unsupported, "flash"),
        ({"text": "x", "validity": timedelta(hours=1)}, Unsupported, "validity"),
        ({"text": "x", "send_at": datetime(2026, 11, 24, tzinfo=UTC)}, Unsupported, "scheduling"),
        ({"text": "x", "quick_replies": ("yes",)}, Unsupported, "quick_replies"),
        ({"to": None}, InvalidMessage, Reason.INVALID_RECIPIENT),
        ({"to": 12025550123}, InvalidMessage, Reason.INVALID_RECIPIENT),
        ({"sender": 5}, InvalidMessage, Reason.INVALID_SENDER),
        ({"text": 5}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"text": b"x"}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"id": 5}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"encoding": 8}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"media": ("https://example.org/a.png",)}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"id": "\ud800"}, InvalidMessage, Reason.INVALID_CONTENT),
        ({"extra": {"options": [{"tag": "\ud800"}]}}, InvalidMessage, Reason.INVALID_CONTENT),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_exchange(values: Any, kind: type[SmsError], reason: str) -> None:
    error, transport = sending(OutboundMessage(**{"to": TO, "text": "x", **values}))
    assert type(error) is kind
    assert reason == (error.reason if isinstance(error, Rejected) else error.capability)
    assert transport.requests == []


@pytest.mark.parametrize(
    "values", [{"validity": timedelta.max}, {"send_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}]
)
def test_times_beyond_the_calendar_are_the_host_s_mistake(values: Any) -> None:
    full = {Capability.VALIDITY: Feature(Support.FULL), Capability.SCHEDULING: Feature(Support.FULL)}
    message = OutboundMessage(to=TO, text="x", **values)
    error, transport = sending(message, manifest=toy_manifest(features=full))
    assert type(error) is InvalidMessage
    assert transport.requests == []


@pytest.mark.parametrize("text", ["\x00", "مرحبا بالعالم", "👩‍🚀" * 3, "x" * 20_000, "🇷🇼" * 5_000, " " * 200])
def test_every_encodable_text_arrives_whole(text: str) -> None:
    result, transport = sending(OutboundMessage(to=TO, text=text))
    from urllib.parse import parse_qs

    sent = [parse_qs(request.body.decode(), keep_blank_values=True)["text"][0] for request in transport.requests]
    assert "".join(sent) == text
    assert all(len(part) <= 1600 for part in sent)
    assert len(result.parts) == len(sent) == -(-len(text) // 1600)


@pytest.mark.parametrize("raw", ["+1 (202) 555-0123", "0012025550123", "(202) 555-0123", "+1\u2013202\u20135550123"])
def test_numbers_reach_the_adapter_in_e164(raw: str) -> None:
    _, transport = sending(OutboundMessage(to=raw, text="x"))
    assert transport.requests[0].body.startswith(b"to=%2B12025550123&")


def test_parts_accepted_before_a_failure_are_told_and_forbid_a_retry() -> None:
    error, transport = sending(OutboundMessage(to=TO, text="x" * 2000), OK, HttpResponse(503))
    assert error.partial == SendResult((PartResult(id="m1"),))
    assert error.retryable is False
    assert len(transport.requests) == 2


def test_udh_parts_share_a_reference_and_count_up() -> None:
    seen: list[Any] = []

    class Udh(Toy):
        def build_request(self, channel: Any, message: Any, part: Any) -> HttpRequest:
            seen.append((part.udh.hex(), part.number, part.total, part.encoding))
            return super().build_request(channel, message, part)

    manifest = toy_manifest(text=TextRules(splits=Splitting.UDH))
    sending(OutboundMessage(to=TO, text="x" * 320, id="A"), adapter=Udh(), manifest=manifest)
    assert seen == [(f"05000341030{n}", n, 3, "gsm7") for n in (1, 2, 3)]


# --- credentials


class Tokens(Toy):
    """Fetches a token named after how often it was asked for."""

    lifetime: timedelta | None = timedelta(minutes=5)

    @hookimpl
    def authenticate(self, channel: Any) -> Flow[Auth]:
        response = yield HttpRequest.form(channel.config.base_url + "/token", {"user": channel.config.user})
        if response.status != 200:
            raise AuthError("no token for you")
        expires = None if self.lifetime is None else channel.clock() + self.lifetime
        return BearerAuth(response.json_object()["token"], expires_at=expires, refreshable=True)


class TokenServer:
    """Gives tokens t1, t2, ... and takes those in `good` only."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)
        self.given = 0
        self.seen: list[str] = []
        self.lock = threading.Lock()

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        with self.lock:
            if request.url.endswith("/token"):
                self.given += 1
                return HttpResponse(200, body=b'{"token":"t%d"}' % self.given)
            token = (request.headers.get("authorization") or "").removeprefix("Bearer ")
            self.seen.append(token)
            return OK if token in self.good else HttpResponse(401, body=b"who are you")

    async def asend(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        await asyncio.sleep(0)
        return self.send(request, policy)

    def close(self) -> None:
        """Nothing to close."""


def test_a_token_is_fetched_once_and_used_until_it_expires() -> None:
    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    channel = toy_channel(adapter=Tokens(), clock=lambda: now[0])
    server = TokenServer("t1", "t2")
    client = Client(transport=server)
    for _ in range(3):
        client.send(channel, OutboundMessage(to=TO, text="x"))
    now[0] += timedelta(minutes=6)
    client.send(channel, OutboundMessage(to=TO, text="x"))
    assert server.seen == ["t1", "t1", "t1", "t2"]


def test_a_refused_token_is_renewed_once() -> None:
    server = TokenServer("t2")
    client = Client(transport=server)
    channel = toy_channel(adapter=Tokens())
    assert client.send(channel, OutboundMessage(to=TO, text="x")).ids == ("m1",)
    assert server.seen == ["t1", "t2"]
    refusing = TokenServer()
    with pytest.raises(AuthError):
        Client(transport=refusing).send(channel, OutboundMessage(to=TO, text="x"))
    assert refusing.seen == ["t1", "t2"]


def test_a_conversation_renews_its_token_once_whichever_of_its_requests_is_refused() -> None:
    class Withdrawing(TokenServer):
        """Takes the second token for one request."""

        def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
            answer = super().send(request, policy)
            if self.seen[-1:] == ["t2"]:
                self.good.clear()
            return answer

    server = Withdrawing("t2")
    manifest = toy_manifest(text=TextRules(Splitting.SEPARATE, max_chars=160))
    channel = toy_channel(adapter=Tokens(), manifest=manifest)
    with pytest.raises(AuthError):
        Client(transport=server).send(channel, OutboundMessage(to=TO, text="x" * 200))
    assert server.seen == ["t1", "t2", "t2"]


def test_a_changed_configuration_fetches_a_token_of_its_own() -> None:
    server = TokenServer("t1", "t2")
    client = Client(transport=server)
    channel = toy_channel(adapter=Tokens())
    other = replace(channel, config=channel.config.model_copy(update={"user": "other"}))
    for each in (channel, other, other):
        client.send(each, OutboundMessage(to=TO, text="x"))
    assert server.seen == ["t1", "t2", "t2"]


def test_a_hundred_sends_at_once_fetch_one_token() -> None:
    server = TokenServer("t1")
    channel = toy_channel(adapter=Tokens())

    class Transport:
        send = staticmethod(server.asend)

        async def aclose(self) -> None:
            """Nothing to close."""

    async def go() -> None:
        async with AsyncClient(transport=Transport()) as client:
            await asyncio.gather(*(client.send(channel, OutboundMessage(to=TO, text="x")) for _ in range(100)))

    asyncio.run(go())
    assert (server.given, len(server.seen)) == (1, 100)


def test_threads_fetch_one_token() -> None:
    server = TokenServer("t1")
    channel, client = toy_channel(adapter=Tokens()), Client(transport=server)
    threads = [
        threading.Thread(target=client.send, args=(channel, OutboundMessage(to=TO, text="x"))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (server.given, len(server.seen)) == (1, 20)


def test_a_lost_answer_for_a_token_is_no_doubt_about_the_message() -> None:
    error, _ = sending(OutboundMessage(to=TO, text="x"), TransportError("gone", sent=True), adapter=Tokens())
    assert type(error) is TransportError
    assert error.retryable


# --- adapters that break the contract


def broken(code: Any) -> Toy:
    class Broken(Toy):
        @hookimpl
        def send(self, channel: Any, message: Any) -> Any:
            return code(channel)

    return Broken()


def _after(action: Any) -> Any:
    def flow(channel: Any) -> Any:
        response = yield HttpRequest("POST", channel.config.base_url)
        return action(response)

    return flow


def _before(channel: Any) -> Any:
    raise KeyError("toy-password-1")
    yield


def _submit_twice(channel: Any) -> Any:
    try:
        yield HttpRequest("POST", channel.config.base_url)
    except DeliveryUncertain:
        yield HttpRequest("POST", channel.config.base_url)


def _other_host(channel: Any) -> Any:
    try:
        yield HttpRequest("POST", channel.config.base_url)
    except TransportError:
        yield HttpRequest("POST", channel.config.base_url)
        return SendResult((PartResult(id="second"),))


@pytest.mark.parametrize(
    ("code", "kind", "requests"),
    [
        (lambda channel: None, AdapterDefect, 0),
        (lambda channel: SendResult((PartResult(),)), AdapterDefect, 0),
        (lambda channel: 1 / 0, AdapterDefect, 0),
        (_before, AdapterDefect, 0),
        (_after(lambda response: response.json()["nothing"]), DeliveryUncertain, 1),
        (_after(lambda response: None), DeliveryUncertain, 1),
        (_after(lambda response: SendResult(())), DeliveryUncertain, 1),
    ],
)
def test_a_broken_adapter_is_typed_and_in_doubt_once_it_submitted(
    code: Any, kind: type[SmsError], requests: int
) -> None:
    error, transport = sending(OutboundMessage(to=TO, text="x"), adapter=broken(code))
    assert type(error) is kind
    assert len(transport.requests) == requests
    assert "toy-password-1" not in f"{error} {error!r} {error.__cause__!r}"
    assert not error.retryable


def test_an_adapter_may_try_another_host_only_where_nothing_was_sent() -> None:
    refused = TransportError("refused", sent=False)
    result, transport = sending(OutboundMessage(to=TO, text="x"), refused, OK, adapter=broken(_other_host))
    assert result.ids == ("second",)
    lost = TransportError("lost", sent=True)
    error, transport = sending(OutboundMessage(to=TO, text="x"), lost, OK, adapter=broken(_submit_twice))
    assert type(error) is DeliveryUncertain
    assert len(transport.requests) == 1


@pytest.mark.parametrize("made", [None, "Basic x", ("user", "pass")])
def test_authenticate_has_to_give_an_auth(made: Any) -> None:
    class Broken(Toy):
        @hookimpl
        def authenticate(self, channel: Any) -> Any:
            return made

    error, transport = sending(OutboundMessage(to=TO, text="x"), adapter=Broken())
    assert type(error) is AdapterDefect
    assert transport.requests == []


@pytest.mark.parametrize("client", ["sync", "async"])
def test_what_authenticate_raises_is_a_defect_that_quotes_nothing(client: str) -> None:
    class Broken(Toy):
        @hookimpl
        def authenticate(self, channel: Any) -> Any:
            raise KeyError("s3cr3t-of-a-kind")

    channel, message = toy_channel(adapter=Broken()), OutboundMessage(to=TO, text="x")

    async def go() -> None:
        async with AsyncClient() as one:
            await one.send(channel, message)

    with pytest.raises(AdapterDefect, match="authenticate raised KeyError") as caught:
        Client(transport=Answers()).send(channel, message) if client == "sync" else asyncio.run(go())
    assert "s3cr3t-of-a-kind" not in "".join(traceback.format_exception(caught.value))


def test_what_a_transport_is_not_meant_to_raise_leaves_the_outcome_open() -> None:
    class Odd(Answers):
        def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:
            raise RuntimeError(f"no answer to {request.url}?password=toy-password-1")

    heard = Listener()
    with pytest.raises(DeliveryUncertain, match="RuntimeError in the transport") as caught:
        Client(transport=Odd(), plugins=[heard]).send(toy_channel(), OutboundMessage(to=TO, text="x"))
    assert "toy-password-1" not in "".join(traceback.format_exception(caught.value))
    assert heard.heard[-1] == ("failed", "DeliveryUncertain")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "", "//x", "gopher://127.0.0.1"])
def test_only_http_leaves(url: str) -> None:
    error, transport = sending(OutboundMessage(to=TO, text="x"), base_url=url)
    assert type(error) is ConfigError
    assert transport.requests == []


# --- host plug-ins


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    @hookimpl
    def sms_before_send(self, message: Any) -> None:
        self.heard.append(("before", message.to))

    @hookimpl
    def sms_before_exchange(self, request: Any) -> None:
        self.heard.append(("request", request.headers.get("authorization")))

    @hookimpl
    def sms_after_exchange(self, response: Any) -> None:
        self.heard.append(("response", response.status))

    @hookimpl
    def sms_after_send(self, result: Any) -> None:
        self.heard.append(("sent", result.ids))

    @hookimpl
    def sms_send_failed(self, error: Any) -> None:
        self.heard.append(("failed", type(error).__name__))

    @hookimpl
    def sms_inbound(self, event: Any) -> None:
        self.heard.append(("inbound", event.text))

    @hookimpl
    def sms_inbound_rejected(self, error: Any) -> None:
        self.heard.append(("rejected", type(error).__name__))


class Fails:
    """Raises in every observing hook."""

    @hookimpl
    def sms_after_exchange(self) -> None:
        raise RuntimeError("after exchange")

    @hookimpl
    def sms_after_send(self) -> None:
        raise RuntimeError("after send")

    @hookimpl
    def sms_send_failed(self) -> None:
        raise RuntimeError("failed")


def test_plug_ins_hear_everything_and_no_secret() -> None:
    listener = Listener()
    sending(OutboundMessage(to=TO, text="x"), plugins=[listener])
    sending(OutboundMessage(to=TO, text="x"), HttpResponse(400), plugins=[listener])
    assert [name for name, _ in listener.heard] == [
        *("before", "request", "response", "sent"),
        *("before", "request", "response", "failed"),
    ]
    assert "toy" not in str(dict(listener.heard)["request"])


def test_a_refused_webhook_is_shown_without_the_secret_of_its_url() -> None:
    seen: list[WebhookRequest] = []
    plugin = type("Sees", (), {"sms_inbound_rejected": hookimpl(lambda self, request: seen.append(request))})()
    channel = toy_channel(callback_secret="unguessable-1", public_url="https://sms.example.org")
    url = channel.callback_url("receive").replace("unguessable-1", "unguessable-1&text=unguessable-1")
    receipt = Client(transport=Answers(), plugins=[plugin]).receive(channel, WebhookRequest("POST", url))
    assert type(receipt.error) is MalformedInbound
    assert [request.action for request in seen] == ["receive"]
    assert "unguessable-1" not in seen[0].url


def test_a_failing_observer_changes_no_outcome_and_silences_no_other(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()
    result, _ = sending(OutboundMessage(to=TO, text="x"), plugins=[Fails(), listener, Fails()])
    assert result.ids == ("m1",)
    assert ("sent", ("m1",)) in listener.heard
    error, _ = sending(OutboundMessage(to=TO, text="x"), HttpResponse(400), plugins=[Fails(), listener])
    assert type(error) is Rejected
    assert "sms_after_send of host plug-in 'Fails' failed with RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("url", "is_checked"),
    [
        ("https://toy.example.org/send", False),
        ("https://eu.toy.example.org/send", False),
        ("http://toy.example.org/send", True),
        ("https://toy.example.org.example.net/send", True),
        ("https://elsewhere.example.org/send", True),
    ],
)
def test_only_the_aggregators_own_hosts_over_https_go_unchecked(url: str, is_checked: bool) -> None:
    network = NetworkPolicy()
    channel = toy_channel(manifest=toy_manifest(hosts=("toy.example.org", "*.toy.example.org")))
    assert Engine(network=network).policy(channel, HttpRequest("GET", url)) is (network if is_checked else None)


@pytest.mark.parametrize("raised", [Vetoed("not on Sundays"), ZeroDivisionError("oops")])
@pytest.mark.parametrize("hook", ["sms_before_send", "sms_before_exchange"])
def test_a_veto_and_a_broken_veto_both_stop_the_message(hook: str, raised: Exception) -> None:
    def stop(self: Any, channel: Any) -> None:
        raise raised

    plugin = type("Sunday", (), {hook: hookimpl(stop)})()
    error, transport = sending(OutboundMessage(to=TO, text="x"), plugins=[plugin])
    assert type(error) is Vetoed
    assert error.plugin == "Sunday"
    assert (error.request, error.response) == (None, None), "nothing of it left"
    assert not error.retryable
    assert transport.requests == []


@pytest.mark.parametrize("kind", ["coroutine", "generator"])
def test_a_veto_that_nobody_runs_stops_the_message(kind: str) -> None:
    async def later() -> None:
        raise Vetoed("not reached")

    def some() -> Any:
        yield

    plugin = type("Later", (), {"sms_before_send": hookimpl(lambda self: later() if kind == "coroutine" else some())})()
    error, transport = sending(OutboundMessage(to=TO, text="x"), plugins=[plugin])
    assert type(error) is Vetoed
    assert error.plugin == "Later"
    assert transport.requests == []


def _wrapper(self: Any, channel: Any) -> Any:
    yield


async def _async(self: Any, channel: Any) -> None:
    raise Vetoed("not reached")


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (Listener, "the class Listener was given"),
        (type("Empty", (), {})(), "it implements none of"),
        (type("Bare", (), {"sms_inbound": lambda self, event: None})(), "sms_inbound lacks the decorator"),
        (type("Typo", (), {"sms_inbund": hookimpl(lambda self, event: None)})(), "did you mean sms_inbound?"),
        (type("Extra", (), {"sms_inbound": hookimpl(lambda self, evnt: None)})(), "'evnt' is none of"),
        (type("Kept", (), {"sms_inbound": hookimpl(lambda self, event=1: None)})(), "'event' has a default"),
        (type("Async", (), {"sms_before_send": hookimpl(_async)})(), "sms_before_send is async"),
        (type("Yields", (), {"sms_before_send": hookimpl(_wrapper)})(), "sms_before_send has a yield"),
        (type("Wrap", (), {"sms_before_send": hookimpl(wrapper=True)(_wrapper)})(), "is a wrapper"),
    ],
)
def test_a_host_plug_in_that_would_never_be_called_is_refused(plugin: Any, words: str) -> None:
    with pytest.raises(AdapterDefect, match=words.replace("?", r"\?")):
        Client(transport=Answers(), plugins=[plugin])


# --- the rest of the client


def test_optional_hooks_need_their_capability() -> None:
    client = Client(transport=Answers())
    for call, arguments in ((client.check_account, ()), (client.query_status, ("m1",)), (client.fetch_inbound, ())):
        with pytest.raises(Unsupported):
            call(toy_channel(), *arguments)


def test_a_capability_without_its_hook_is_refused() -> None:
    manifest = toy_manifest(features={Capability.CHECK_ACCOUNT: Feature(Support.FULL)})
    with pytest.raises(AdapterDefect, match="has no check_account, but the manifest says check_account = full"):
        Client(transport=Answers()).send(toy_channel(manifest=manifest), OutboundMessage(to=TO, text="x"))


def test_the_async_client_does_the_same() -> None:
    class Transport(Answers):
        async def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:  # type: ignore[override]
            return Answers.send(self, request, policy)

        async def aclose(self) -> None:
            """Nothing to close."""

    async def go() -> tuple[Any, Any]:
        async with AsyncClient(transport=Transport(OK, HttpResponse(200, body=b"{}"))) as client:
            result = await client.send(toy_channel(), OutboundMessage(to=TO, text="x"))
            url = "https://sms.example.org/c/toy/8eb23e93/receive?from=%2B12025550123&text=hi"
            receipt = await client.receive(toy_channel(), WebhookRequest("GET", url))
            with pytest.raises(ProtocolError):
                await client.send(toy_channel(), OutboundMessage(to=TO, text="x"))
        return result, receipt

    result, receipt = asyncio.run(go())
    assert result.ids == ("m1",)
    assert [event.text for event in receipt.events] == ["hi"]


def test_errors_survive_a_task_queue() -> None:
    error, _ = sending(OutboundMessage(to=TO, text="x"), HttpResponse(400, body=b"no such number"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is Rejected
    assert (again.to_dict(), again.retryable, str(again)) == (error.to_dict(), error.retryable, str(error))


class Reader(Toy):
    """Reads one file twice, then submits with its token."""

    options: ClassVar[dict[str, Any]] = {"anonymous": True, "keep": 60.0}
    method = "GET"

    @hookimpl
    def authenticate(self, channel: Any) -> Auth:
        return BearerAuth("s3cret")

    @hookimpl
    def send(self, channel: Any, message: OutboundMessage) -> Flow[SendResult]:
        for _ in range(2):
            yield HttpRequest(self.method, "https://example.org/public.pem", submits=False, **self.options)
        yield HttpRequest("POST", "https://example.org/send")
        return SendResult((PartResult("m1"),))


def reading(**changes: Any) -> Any:
    return type("Changed", (Reader,), changes)()


def names(transport: Answers) -> list[tuple[str, str | None]]:
    return [(request.method, request.headers.get("authorization")) for request in transport.requests]


def test_an_anonymous_request_goes_without_credentials_and_its_answer_is_kept() -> None:
    transport = Answers()
    with Client(transport=transport) as client:
        for _ in range(2):
            client.send(toy_channel(adapter=reading()), OutboundMessage(TO, "x"))
    assert names(transport) == [("GET", None), ("POST", "Bearer s3cret"), ("POST", "Bearer s3cret")]


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"options": {"anonymous": True}}, OK),
        ({"method": "POST"}, OK),
        ({}, HttpResponse(404)),
    ],
    ids=["not asked to keep", "not a GET", "not a success"],
)
def test_nothing_else_is_kept(changes: Any, answer: HttpResponse) -> None:
    transport = Answers(answer, answer, OK)
    with Client(transport=transport) as client:
        client.send(toy_channel(adapter=reading(**changes)), OutboundMessage(TO, "x"))
    assert [credentials for _, credentials in names(transport)] == [None, None, "Bearer s3cret"]


def test_with_credentials_nothing_is_kept() -> None:
    transport = Answers()
    with Client(transport=transport) as client:
        client.send(toy_channel(adapter=reading(options={"keep": 60.0})), OutboundMessage(TO, "x"))
    assert [credentials for _, credentials in names(transport)] == ["Bearer s3cret"] * 3
