"""Serving the sandbox: on uvicorn, in the foreground or in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from .app import ABORT, Door, SandboxApp
from .desk import Sandbox

__all__ = ["Running", "Server", "Tls", "running", "serve_until_told", "url_of"]

GRACE = 3
"""Seconds for requests that are being answered when the sandbox is asked to end."""


class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's, with a way for the application to reset the connection."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        served: Any = self.app  # type: ignore[has-type]

        def app(scope: Any, receive: Any, send: Any) -> Any:
            scope.setdefault("extensions", {})[ABORT] = self._abort
            return served(scope, receive, send)

        self.app = app

    def _abort(self) -> None:
        """Cut the connection: what waits to be written is dropped, and so is the cycle's complaint."""
        self.cycle.disconnected = True
        self.cycle.response_started = self.cycle.response_complete = True
        self.transport.abort()


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate and its key, as files in PEM."""

    certificate: str
    key: str


class Server(uvicorn.Server):
    """uvicorn's, without its signal handlers, as the sandbox may be served in a thread."""

    def __init__(self, app: SandboxApp, tls: Tls | None = None) -> None:
        self._sandbox = app.sandbox
        secured = {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key} if tls else {}
        options = {
            "log_config": None,
            "access_log": False,
            "lifespan": "off",
            "server_header": False,
            "proxy_headers": False,
        }
        super().__init__(
            uvicorn.Config(app, http=Protocol, timeout_graceful_shutdown=GRACE, **options, **secured)  # type: ignore[arg-type]
        )
        app.sandbox.intake.alone = lambda: len(self.server_state.tasks) < 2

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first, which would go on for ever; other answers have some seconds."""
        self._sandbox.events.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: whoever runs the server tells it to end."""
        yield


def url_of(bound: socket.socket, tls: Tls | None = None, name: str | None = None) -> str:
    """The base URL of a listening socket, by `name` or its address; by loopback's for one that listens everywhere."""
    address, port = bound.getsockname()[:2]
    host = name or {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - it is replaced here
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


async def serve_until_told(
    sandbox: Sandbox,
    bound: socket.socket,
    door: Door,
    ready: Callable[[Server], object],
    tls: Tls | None = None,
    *,
    name: str | None = None,
) -> None:
    """Serve on a listening socket until `should_exit` of the server that `ready` was given is set."""
    server = Server(SandboxApp(sandbox, door), tls)
    # asyncio sets it only where the socket names its protocol; without it each answer waits 40 ms for a client's ACK.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await sandbox.start(url_of(bound, tls, name), bound.getsockname()[0])
    try:
        ready(server)
        server.config.load()
        await server.serve(sockets=[bound])
    finally:
        await sandbox.stop()


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that is served from a thread, and the event loop to which it belongs."""

    url: str
    sandbox: Sandbox
    loop: asyncio.AbstractEventLoop


@contextmanager
def running(make: Callable[[], Sandbox], door: Door | None = None, tls: Tls | None = None) -> Iterator[Running]:
    """Serve a sandbox on a free port of loopback from a thread while the context lasts."""
    started: Future[tuple[Server, Running]] = Future()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        work = (make, bound, door or Door(), tls, started)
        thread = threading.Thread(target=_work, args=work, name="sandbox", daemon=True)
        thread.start()
        server, found = started.result()
        try:
            yield found
        finally:
            server.should_exit = True
            thread.join()


def _work(make: Callable[[], Sandbox], bound: socket.socket, door: Door, tls: Tls | None, started: Future[Any]) -> None:
    """What the thread does; an error before the start is whoever's waits for that."""

    async def serve() -> None:
        sandbox = make()
        running = Running(url_of(bound, tls), sandbox, asyncio.get_running_loop())
        await serve_until_told(sandbox, bound, door, lambda server: started.set_result((server, running)), tls)

    try:
        asyncio.run(serve())
    except Exception as error:
        if started.done():
            raise
        started.set_exception(error)
