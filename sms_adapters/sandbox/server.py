"""A small HTTP server on loopback for simulators and webhooks, from the standard library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from ..http import Headers, WebhookRequest, WebhookResponse
from ..simulation import LostAnswer

__all__ = ["Handler", "serve"]

Handler = Callable[[WebhookRequest], WebhookResponse]
MAX_BODY = 16 << 20


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    handle_request: ClassVar[Handler]

    def _answer(self) -> None:
        given = self.headers.get("Content-Length") or "0"
        if "chunked" in self.headers.get("Transfer-Encoding", "") or not (given.isascii() and given.isdigit()):
            self._refuse(411)
            return
        length = int(given)
        if length > MAX_BODY:
            self._refuse(413)
            return
        url = f"http://{self.headers.get('Host', 'localhost')}{self.path}"
        headers, body = Headers(self.headers.items()), self.rfile.read(length)
        try:
            answer = type(self).handle_request(WebhookRequest(self.command, url, headers, body, self.client_address[0]))
        except LostAnswer:
            self.close_connection = True
            return
        self._write(answer)

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self.send_error(status)

    def _write(self, answer: WebhookResponse) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: a request line holds secrets."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # five is the default: of the others each waits a second or more to be tried again


@contextmanager
def serve(handle: Handler, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve `handle` from threads while the context lasts; gives the base URL. Port 0 is any free one."""
    server = _Server((host, port), type("Handler", (_RequestHandler,), {"handle_request": staticmethod(handle)}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
