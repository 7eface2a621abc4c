"""The mounts as real servers on loopback, and a client so simple that it can send what no other would."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.validate import validator

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sms_adapters import AsyncClient, Client, hookimpl
from sms_adapters.webhooks.asgi import WebhookReceiver
from sms_adapters.webhooks.core import Receipt, Route
from sms_adapters.webhooks.wsgi import WebhookApp

PREFIX = "/sms"


@dataclass
class Platform:
    """A host: its channels, what it stored, what its plug-in was told; `failing` is raised instead of storing."""

    channels: dict[str, Any] = field(default_factory=dict)
    asked: list[Route] = field(default_factory=list)
    stored: list[Any] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    errors: list[type[Exception]] = field(default_factory=list)
    failing: Exception | None = None

    def resolve(self, route: Route) -> Any:
        self.asked.append(route)
        if route.channel == "unresolvable":
            raise LookupError("database of t0ps3cret is gone")
        return self.channels.get(route.channel)

    def handle(self, channel: Any, receipt: Receipt) -> None:
        if self.failing is not None:
            raise self.failing
        self.receipts.append(receipt)
        self.stored += receipt.events

    async def aresolve(self, route: Route) -> Any:
        await asyncio.sleep(0)
        return self.resolve(route)

    async def ahandle(self, channel: Any, receipt: Receipt) -> None:
        await asyncio.sleep(0)
        self.handle(channel, receipt)

    @hookimpl
    def sms_inbound_rejected(self, error):
        self.errors.append(type(error))

    def forget(self) -> None:
        for kept in (self.asked, self.stored, self.receipts, self.errors):
            kept.clear()
        self.failing = None


class NoTransport:
    """For clients that have nothing to fetch."""

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def wsgi(app: Callable[..., Any]) -> Iterator[int]:
    server = WSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def asgi(app: Callable[..., Any], lifespan: str = "on") -> Iterator[int]:
    config = uvicorn.Config(app, lifespan=lifespan, ws="none", log_config=None, http="h11", loop="asyncio")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def set_up_django() -> None:
    """Settings of a project that would refuse our host name, our lack of a CSRF token and our lack of a login."""
    import django as package
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["nobody.example.org"],
            ROOT_URLCONF="replaced.for.every.request",
            SECRET_KEY="test",
            LOGGING_CONFIG=None,
            MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        )
        package.setup()


def django(client: Client | AsyncClient, platform: Platform) -> Callable[..., Any]:
    """A Django project with nothing but the mount; its handler for WSGI or ASGI, by the kind of client."""
    from django.urls import include, path

    from sms_adapters.webhooks.django import urlpatterns

    set_up_django()
    urls: Any = ModuleType("urls")
    urls.urlpatterns = [path(PREFIX[1:] + "/", include(urlpatterns(client, platform.resolve, platform.handle)))]
    kind, request_kind = _django_handlers(isinstance(client, AsyncClient))

    class Handler(kind):
        class request_class(request_kind):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments)
                self.urlconf = urls

    return Handler()


def _django_handlers(asynchronous: bool) -> tuple[type, type]:
    from django.core.handlers.asgi import ASGIHandler, ASGIRequest
    from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

    return (ASGIHandler, ASGIRequest) if asynchronous else (WSGIHandler, WSGIRequest)


@contextmanager
def serving(kind: str, platform: Platform, **options: Any) -> Iterator[int]:
    """Serve the mount `kind`; gives the port."""
    if kind in ("wsgi", "django"):
        with Client(transport=NoTransport(), plugins=[platform], **options) as client:
            app = (
                django(client, platform)
                if kind == "django"
                else validator(WebhookApp(client, platform.resolve, platform.handle))
            )
            with wsgi(app) as port:
                yield port
        return
    client = AsyncClient(transport=NoTransport(), plugins=[platform], **options)
    if kind == "async django":
        with asgi(django(client, platform), lifespan="off") as port:
            yield port
        return
    receiver = WebhookReceiver(client, platform.aresolve, platform.ahandle)
    app = Starlette(routes=[Mount(PREFIX, app=receiver)]) if kind == "starlette" else receiver
    with asgi(app) as port:
        yield port


MOUNTS = ("asgi", "starlette", "wsgi", "django", "async django")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def raw(method: str, path: str, headers: dict[str, Any], body: bytes = b"", version: str = "1.1") -> bytes:
    """A request as octets; a header of None is left out, one with a list is repeated."""
    given = {"Host": "127.0.0.1", "Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"{method} {path} HTTP/{version}"]
    for name, value in given.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        lines += [f"{name}: {one}" for one in values]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def exchange(port: int, request: bytes) -> Answer:
    """Send octets and read the answer, which may come before all of them were taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        unsent, answered = memoryview(request), b""
        while True:
            readable, writable, _ = select.select([connection], [connection] if unsent else [], [], 30)
            if readable:
                try:
                    chunk = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not chunk:
                    break
                answered += chunk
            elif writable:
                try:
                    unsent = unsent[connection.send(unsent) :]
                except (BrokenPipeError, ConnectionResetError):
                    unsent = unsent[:0]
            else:
                raise TimeoutError("no answer")
    return parsed(answered)


def parsed(answered: bytes) -> Answer:
    head, mark, body = answered.partition(b"\r\n\r\n")
    assert mark, answered[:200]
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split(" ")[1]), headers, body)
