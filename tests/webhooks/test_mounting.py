"""Each mount alone, as a callable: what it reads, what it leaves unread, and how it tells the URL."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from letterbox import Letterbox, channel, signed
from serving import NoTransport, Platform, set_up_django

from sms_adapters import AsyncClient, Client, InboundMessage, TransportError, WebhookResponse, hookimpl
from sms_adapters.joining import PartJoiner
from sms_adapters.webhooks.asgi import WebhookReceiver
from sms_adapters.webhooks.core import MAX_BODY
from sms_adapters.webhooks.mounting import to_send
from sms_adapters.webhooks.wsgi import WebhookApp

PATH = "/c/letterbox/8eb23e93/receive"
GOOD = json.dumps({"messages": [{"id": "m1", "from": "+12025550123", "text": "Muraho"}]}).encode()
CONFIRM = json.dumps({"messages": [{"confirm": "https://letterbox.example.org/confirm"}]}).encode()
CHUNK = 1 << 16


@pytest.fixture
def platform() -> Platform:
    return Platform({"8eb23e93": channel()})


class Unreachable(NoTransport):
    """For follow-ups that fail."""

    def send(self, request: Any, policy: Any = None) -> Any:
        raise TransportError("refused", sent=False)


# --- ASGI


def scope(
    given: dict[str, str] | None = None, host: bytes | None = b"sms.example.org", **values: Any
) -> dict[str, Any]:
    chosen = signed(GOOD) if given is None else given
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in chosen.items()]
    pairs += [(b"host", host)] if host else []
    base = {"type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b""}
    return {**base, "headers": pairs, "client": ("192.0.2.1", 5), **values}


class Connection:
    """An ASGI server's side: gives messages in turn, then waits for ever; keeps what is sent."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages, self.given, self.sent = list(messages), 0, []

    async def receive(self) -> dict[str, Any]:
        if not self.messages:
            await asyncio.Event().wait()
        self.given += 1
        return self.messages.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]


def body(content: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def called(app: WebhookReceiver, scope: dict[str, Any], *messages: dict[str, Any]) -> Connection:
    connection = Connection(*messages)
    asyncio.run(asyncio.wait_for(app(scope, connection.receive, connection.send), 30))
    return connection


def receiver(platform: Platform, **options: Any) -> WebhookReceiver:
    client = AsyncClient(transport=NoTransport(), plugins=[platform], **options)
    return WebhookReceiver(client, platform.aresolve, platform.ahandle)


def test_nothing_is_read_of_a_body_that_is_stated_too_large(platform) -> None:
    found = called(receiver(platform), scope({"Content-Length": str(10 << 20)}), body(b"x"))
    assert (found.status, found.given) == (413, 0)


def test_no_more_is_read_than_shows_that_a_body_is_too_large(platform) -> None:
    endless = [body(bytes(CHUNK), more=True)] * 160
    found = called(receiver(platform), scope({}), *endless)
    assert (found.status, found.given) == (413, MAX_BODY // CHUNK + 1)


def test_no_body_is_read_for_nobody(platform) -> None:
    found = called(receiver(platform), scope(path="/", raw_path=b"/"), body(b"x"))
    assert (found.status, found.given) == (404, 0)


def test_a_body_in_pieces_is_put_together(platform) -> None:
    pieces = [body(GOOD[:10], more=True), {"type": "http.request", "more_body": True}, body(GOOD[10:])]
    assert called(receiver(platform), scope(), *pieces).status == 200
    assert [event.id for event in platform.stored] == ["m1"]


def test_a_caller_who_leaves_is_not_answered_and_half_a_body_not_read(platform) -> None:
    found = called(receiver(platform), scope(), body(GOOD[:10], more=True), {"type": "http.disconnect"})
    assert found.sent == []
    assert (platform.stored, platform.errors) == ([], [])


LENGTHS = {"5, 7": 400, "-1": 400, "0x10": 400, "٣": 400, "1" * 5000: 413, f"{len(GOOD)},{len(GOOD)}": 200}


@pytest.mark.parametrize("stated", LENGTHS, ids=lambda stated: stated[:9])
def test_a_content_length_is_one_number(platform, stated: str) -> None:
    headers = [*scope()["headers"], (b"content-length", stated.encode())]
    assert called(receiver(platform), scope(headers=headers), body(GOOD)).status == LENGTHS[stated]
    assert answered(application(platform), request_of(CONTENT_LENGTH=stated))[0] == LENGTHS[stated]


def test_two_different_content_lengths_are_refused(platform) -> None:
    headers = [*scope()["headers"], (b"content-length", b"5"), (b"content-length", b"7")]
    assert called(receiver(platform), scope(headers=headers), body(GOOD)).status == 400


def test_lifespan_is_answered_and_ends(platform) -> None:
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    found = called(receiver(platform), {"type": "lifespan"}, *events)
    assert [message["type"] for message in found.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_websocket_is_closed_and_an_unknown_protocol_left_alone(platform) -> None:
    found = called(receiver(platform), {"type": "websocket", "path": PATH}, {"type": "websocket.connect"})
    assert [message["type"] for message in found.sent] == ["websocket.close"]
    assert called(receiver(platform), {"type": "carrier.pigeon"}).sent == []


URLS = {
    "as sent": ({"raw_path": PATH.replace("8", "%38").encode(), "query_string": b"a=%7e+b"},
                f"http://sms.example.org{PATH.replace('8', '%38')}?a=%7e+b"),
    "mounted, as the specification says": (
        {"root_path": "/sms", "path": "/sms" + PATH, "raw_path": b"/sms" + PATH.encode()},
        f"http://sms.example.org/sms{PATH}"),
    "mounted, with the path cut": (
        {"root_path": "/sms", "raw_path": b"/sms" + PATH.encode()}, f"http://sms.example.org/sms{PATH}"),
    "mounted, without the raw path": ({"root_path": "/sms", "raw_path": None}, f"http://sms.example.org/sms{PATH}"),
    "without the raw path": ({"raw_path": None}, f"http://sms.example.org{PATH}"),
    "rewritten by the host": ({"raw_path": b"/hooks/1"}, f"http://sms.example.org{PATH}"),
    "over https": ({"scheme": "https"}, f"https://sms.example.org{PATH}"),
    "octets that no URL may hold": ({"query_string": "é #\t".encode()}, f"http://sms.example.org{PATH}?%C3%A9%20%23%09"),
    "without Host": ({"host": None, "server": ("10.0.0.7", 80)}, f"http://10.0.0.7:80{PATH}"),
    "on a socket file": ({"host": None, "server": ("/run/s", None)}, f"http://localhost{PATH}"),
}  # fmt: skip


@pytest.mark.parametrize("what", URLS)
def test_the_url_of_an_asgi_scope(platform, what: str) -> None:
    values, url = URLS[what]
    assert called(receiver(platform), scope(**values), body(GOOD)).status == 200
    assert [event.raw["url"] for event in platform.stored] == [url]


def test_plain_functions_will_do_for_asgi(platform) -> None:
    app = WebhookReceiver(AsyncClient(transport=NoTransport()), platform.resolve, platform.handle)
    assert called(app, scope(client=None), body(GOOD)).status == 200
    assert [event.raw["remote"] for event in platform.stored] == [None]


class Clock:
    def __init__(self, start: Any) -> None:
        self.present = start

    def __call__(self) -> Any:
        return self.present


def part(number: int) -> bytes:
    item = {"id": f"p{number}", "from": "+12025550123", "text": f"<{number}>", "part": ["7", number, 3]}
    return json.dumps({"messages": [item]}).encode()


def test_an_overdue_message_that_was_not_stored_comes_again(platform) -> None:
    clock = Clock(channel().clock())
    platform.channels["8eb23e93"] = channel(clock=clock)
    app = receiver(platform, joiner=PartJoiner(timedelta(minutes=1)))
    called(app, scope(signed(part(2))), body(part(2)))
    clock.present += timedelta(minutes=1)
    platform.failing = RuntimeError()
    assert called(app, scope(), body(GOOD)).status == 500
    platform.failing = None
    assert called(app, scope(), body(GOOD)).status == 200
    assert [(event.id, event.incomplete) for event in platform.stored] == [("m1", False), ("p2", True)]
    assert called(app, scope(), body(GOOD)).status == 200
    assert len(platform.stored) == 3


def test_a_cancelled_request_gives_back_what_it_did_not_store(platform) -> None:
    clock = Clock(channel().clock())
    platform.channels["8eb23e93"] = channel(clock=clock)
    app = receiver(platform, joiner=PartJoiner(timedelta(minutes=1)))
    called(app, scope(signed(part(2))), body(part(2)))
    clock.present += timedelta(minutes=1)

    async def never(*_: Any) -> None:
        raise asyncio.CancelledError

    hanging = WebhookReceiver(app._host.client, platform.aresolve, never)
    with pytest.raises(asyncio.CancelledError):
        called(hanging, scope(), body(GOOD))
    called(app, scope(), body(GOOD))
    assert [event.id for event in platform.stored] == ["m1", "p2"]


# --- WSGI


class Counting(io.BytesIO):
    """A body that counts the octets taken from it, a few at a time."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "reading to the end blocks on a socket"
        found = super().read(min(size, CHUNK))
        self.taken += len(found)
        return found


def request_of(content: bytes = GOOD, **values: Any) -> dict[str, Any]:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed(content).items()}
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    environ |= {"REQUEST_METHOD": "POST", "PATH_INFO": PATH, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(content))}
    environ |= {"wsgi.url_scheme": "http", "SERVER_NAME": "10.0.0.7", "SERVER_PORT": "80", "SCRIPT_NAME": ""}
    environ |= {"HTTP_HOST": "sms.example.org", "REMOTE_ADDR": "192.0.2.1", "wsgi.input": Counting(content)}
    return {name: value for name, value in {**environ, **values}.items() if value is not None}


def application(platform: Platform, **options: Any) -> WebhookApp:
    client = Client(transport=options.pop("transport", NoTransport()), plugins=[platform], **options)
    return WebhookApp(client, platform.resolve, platform.handle)


def answered(app: WebhookApp, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    started: list[Any] = []
    content = b"".join(app(environ, lambda *given: started.append(given)))
    ((status, headers),) = started
    return int(status.split(" ")[0]), dict(headers), content


TEN = bytes(10 << 20)
BODIES = {
    "stated too large": (TEN, {}, 413, 0),
    "just too large": (bytes(MAX_BODY + 1), {}, 413, 0),
    "chunked and endless": (TEN, {"CONTENT_LENGTH": None, "wsgi.input_terminated": True}, 413, MAX_BODY + 1),
    "chunked, end unknown": (GOOD, {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"}, 411, 0),
    "chunked with a length": (GOOD, {"HTTP_TRANSFER_ENCODING": "chunked"}, 411, 0),
    "chunked, end known": (
        GOOD,
        {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
        200,
        len(GOOD),
    ),
    "of no stated length": (GOOD, {"CONTENT_LENGTH": None}, 403, 0),
    "stated": (GOOD, {}, 200, len(GOOD)),
    "stated, end known": (GOOD, {"wsgi.input_terminated": True}, 200, len(GOOD)),
    "cut": (GOOD, {"CONTENT_LENGTH": str(len(GOOD) + 1)}, 400, len(GOOD)),
    "cut, end known": (GOOD, {"CONTENT_LENGTH": str(len(GOOD) + 1), "wsgi.input_terminated": True}, 400, len(GOOD)),
    "for nobody": (GOOD, {"PATH_INFO": "/"}, 404, 0),
}


@pytest.mark.parametrize("what", BODIES)
def test_what_wsgi_reads_of_a_body(platform, what: str) -> None:
    content, values, status, taken = BODIES[what]
    environ = request_of(content, **values)
    assert answered(application(platform), environ)[0] == status
    assert environ["wsgi.input"].taken == taken
    assert len(platform.stored) == (status == 200)


def test_a_body_that_breaks_off_is_refused(platform) -> None:
    assert answered(application(platform), request_of(**{"wsgi.input": Reset()}))[0] == 400


ENVIRONS = {
    "plain": ({"QUERY_STRING": "a=%7e+b"}, f"http://sms.example.org{PATH}?a=%7e+b"),
    "mounted": ({"SCRIPT_NAME": "/sms"}, f"http://sms.example.org/sms{PATH}"),
    "path encoded again": ({"SCRIPT_NAME": "/sms é".encode().decode("latin-1")},
                           f"http://sms.example.org/sms%20%C3%A9{PATH}"),
    "path as sent": ({"REQUEST_URI": "/c/letterbox/%38eb23e93/receive?x", "QUERY_STRING": "x"},
                     "http://sms.example.org/c/letterbox/%38eb23e93/receive?x"),
    "path as sent, absolute": ({"RAW_URI": f"http://other.example.org/sms{PATH}", "SCRIPT_NAME": "/sms"},
                               f"http://sms.example.org/sms{PATH}"),
    "path rewritten": ({"REQUEST_URI": "/hooks/1"}, f"http://sms.example.org{PATH}"),
    "raw octets in the query": ({"QUERY_STRING": "é".encode().decode("latin-1")},
                                f"http://sms.example.org{PATH}?%C3%A9"),
    "https without Host": ({"wsgi.url_scheme": "https", "HTTP_HOST": None}, f"https://10.0.0.7:80{PATH}"),
}  # fmt: skip


@pytest.mark.parametrize("what", ENVIRONS)
def test_the_url_of_a_wsgi_environment(platform, what: str) -> None:
    values, url = ENVIRONS[what]
    assert answered(application(platform), request_of(**values))[0] == 200
    assert [(event.raw["url"], event.raw["remote"]) for event in platform.stored] == [(url, "192.0.2.1")]


# --- Django


@pytest.fixture
def django() -> Any:
    set_up_django()
    from django.test import RequestFactory

    return RequestFactory()


def posted(django: Any, content: bytes = GOOD, path: str = PATH, **extra: Any) -> Any:
    headers = signed(content)
    return django.post(path, content, headers.pop("Content-Type"), headers=headers, **extra)


@pytest.fixture
def view(platform: Platform) -> Any:
    set_up_django()
    from sms_adapters.webhooks.django import webhook_view

    return webhook_view(Client(transport=NoTransport(), plugins=[platform]), platform.resolve, platform.handle)


TO = {"adapter": "letterbox", "channel": "8eb23e93", "action": "receive"}


@pytest.mark.parametrize("most", [len(GOOD), len(GOOD) - 1])
def test_the_limit_that_django_is_set_to_holds(django, view, platform, most: int) -> None:
    from django.test import override_settings

    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=most):
        assert view(posted(django), **TO).status_code == (200 if most == len(GOOD) else 413)
    assert len(platform.stored) == (most == len(GOOD))


DJANGO_BODIES = {
    "stated too large": ({"CONTENT_LENGTH": str(MAX_BODY + 1)}, 413),
    "no number": ({"CONTENT_LENGTH": "5, 7"}, 400),
    "chunked": ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
    "good": ({}, 200),
}


@pytest.mark.parametrize("what", DJANGO_BODIES)
def test_what_django_reads_of_a_body(django, view, platform, what: str) -> None:
    extra, status = DJANGO_BODIES[what]
    assert view(posted(django, **extra), **TO).status_code == status
    assert len(platform.stored) == (status == 200)


class Reset(io.BytesIO):
    """A body whose sender breaks the connection."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError


@pytest.mark.parametrize("stream", [Reset(), io.BytesIO(GOOD[:-1])], ids=["reset", "cut"])
def test_a_body_that_breaks_off_under_django_is_refused(django, view, stream: io.BytesIO) -> None:
    request = posted(django)
    request._stream = stream
    assert view(request, **TO).status_code == 400


def test_a_form_that_a_middleware_has_read_is_still_there_as_it_was_sent(django, view, platform) -> None:
    content = b"id=m1&from=%2B12025550123&text=Muraho"
    headers = signed(content, "application/x-www-form-urlencoded")
    request = django.post(PATH, content, headers.pop("Content-Type"), headers=headers)
    assert request.POST["text"] == "Muraho"
    assert view(request, **TO).status_code == 200
    assert [event.text for event in platform.stored] == ["Muraho"]


def test_the_url_under_django(django, view, platform) -> None:
    from django.test import override_settings

    path = "/été" + PATH
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        request = posted(django, path=path, QUERY_STRING="a=%7e+b", HTTP_X_FORWARDED_PROTO="https", HTTP_HOST="h:81")
        assert view(request, **TO).status_code == 200
    assert [event.raw["url"] for event in platform.stored] == [f"https://h:81/%C3%A9t%C3%A9{PATH}?a=%7e+b"]


def test_a_view_needs_neither_token_nor_login(view) -> None:
    assert view.csrf_exempt
    assert view.login_required is False


def test_an_answer_without_content_type_gets_none_from_django(django, platform) -> None:
    from sms_adapters.webhooks.django import webhook_view

    class Silent(Letterbox):
        @hookimpl
        def respond_inbound(self, channel, request, events):
            return WebhookResponse(204)

    platform.channels["8eb23e93"] = channel(Silent())
    view = webhook_view(Client(transport=NoTransport()), platform.resolve, platform.handle)
    response = view(posted(django), **TO)
    assert (response.status_code, dict(response.headers), response.content) == (204, {}, b"")


@pytest.mark.parametrize("kind", ["sync", "async", "async in disguise"])
def test_asynchronous_django_takes_either_kind_of_function(django, platform, kind: str) -> None:
    """A sync one must not run in the event loop, where Django's ORM refuses to work."""
    from sms_adapters.webhooks.django import async_webhook_view

    threads = []

    def handle(channel: Any, receipt: Any) -> None:
        threads.append(threading.current_thread())
        platform.handle(channel, receipt)

    async def ahandle(channel: Any, receipt: Any) -> None:
        handle(channel, receipt)

    client = AsyncClient(transport=NoTransport())
    chosen = {"sync": handle, "async": ahandle, "async in disguise": lambda *given: ahandle(*given)}[kind]
    view = async_webhook_view(client, platform.resolve if kind == "sync" else platform.aresolve, chosen)
    assert asyncio.run(view(posted(django), **TO)).status_code == 200
    assert len(platform.stored) == 1
    assert (threads == [threading.current_thread()]) == (kind != "sync")
    platform.failing = RuntimeError()
    assert asyncio.run(view(posted(django), **TO)).status_code == 500


def test_a_view_serves_a_pattern_of_the_hosts_own(django, view, platform) -> None:
    from django.urls import path
    from django.urls.resolvers import RegexPattern, URLResolver

    pattern = path("c/<str:adapter>/<str:channel>/<str:action>", view)
    found = URLResolver(RegexPattern(r"^/"), [pattern]).resolve(PATH)
    assert found.func(posted(django), *found.args, **found.kwargs).status_code == 200
    assert len(platform.stored) == 1


# --- all


def test_a_webhook_without_events_is_answered_without_the_host(platform) -> None:
    class Ping(Letterbox):
        @hookimpl
        def parse_inbound(self, channel, request):
            return []

    platform.channels["8eb23e93"] = channel(Ping())
    assert answered(application(platform), request_of())[0] == 200
    assert answered(application(platform), request_of(HTTP_X_LETTERBOX_SIGNATURE="0"))[0] == 403
    assert platform.receipts == []


def test_events_beside_a_failed_follow_up_are_stored(platform) -> None:
    assert answered(application(platform, transport=Unreachable()), request_of(CONFIRM))[0] == 500
    assert [type(event).__name__ for event in platform.stored] == ["ControlEvent"]


async def _ahandle(*_: Any) -> None:
    raise AssertionError("never awaited, never run")


def wrongly_made() -> Iterator[Any]:
    client, aclient, platform = Client(transport=NoTransport()), AsyncClient(transport=NoTransport()), Platform()
    set_up_django()
    from sms_adapters.webhooks.django import async_webhook_view, webhook_view

    for make in (WebhookApp, webhook_view):
        yield lambda make=make: make(aclient, platform.resolve, platform.handle)
        yield lambda make=make: make(client, platform.aresolve, platform.handle)
        yield lambda make=make: make(client, platform.resolve, platform.ahandle)
    for make in (WebhookReceiver, async_webhook_view):
        yield lambda make=make: make(client, platform.resolve, platform.handle)


def test_a_mount_that_would_lose_every_event_is_refused_when_it_is_made() -> None:
    for make in wrongly_made():
        with pytest.raises(TypeError, match=r"^this mount (needs|calls)"):
            make()


def test_a_result_that_nobody_awaits_is_a_failure_not_a_success(platform) -> None:
    app = application(platform)
    hidden = WebhookApp(app._host.client, platform.resolve, lambda *given: _ahandle(*given))
    assert answered(hidden, request_of())[0] == 500


SENT = [
    (WebhookResponse.plain("OK"), "POST", 200, "2", b"OK"),
    (WebhookResponse.plain("OK"), "HEAD", 200, "0", b""),
    (WebhookResponse(204, {"Content-Length": "2"}, b"OK"), "POST", 204, None, b""),
    (WebhookResponse(200, {"content-length": "77"}, b"OK"), "POST", 200, "2", b"OK"),
]


@pytest.mark.parametrize(("response", "method", "status", "length", "content"), SENT)
def test_an_answer_has_the_length_that_it_has(response, method, status, length, content) -> None:
    found = to_send(response, method)
    assert (found[0], dict(found[1]).get("Content-Length"), found[2]) == (status, length, content)


def test_both_kinds_of_mount_give_the_events_in_order(platform) -> None:
    items = [{"id": str(n), "from": "+12025550123", "text": ""} for n in range(20)]
    content = json.dumps({"messages": items}).encode()
    assert answered(application(platform), request_of(content))[0] == 200
    assert called(receiver(platform), scope(signed(content)), body(content)).status == 200
    assert [event.id for event in platform.stored if isinstance(event, InboundMessage)] == [*map(str, range(20))] * 2
