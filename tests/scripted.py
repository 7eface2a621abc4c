"""A loopback server that counts what reaches it and answers, or fails to, as told; and a small adapter to use it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, SecretStr

from sms_adapters import AdapterConfig, Channel, InboundMessage, MalformedInbound, PartResult, ProtocolError, hookimpl
from sms_adapters.auth import BasicAuth
from sms_adapters.http import HttpRequest
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.manifest import Capability, Feature, Kind, Manifest, Support, TextRules, Webhook
from sms_adapters.registry import Plugin


@dataclass
class Wire:
    """Connections and complete requests that arrived, and the octets to answer with.

    `answer` None means to read the request and close; "reset" closes with RST; "silence" keeps the connection open.
    """

    answer: bytes | str | None = b""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    done: threading.Event = field(default_factory=threading.Event)


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """A raw HTTP/1.1 answer."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _serve(connection: socket.socket, wire: Wire) -> None:
    with connection:
        while request := _read(connection):
            wire.requests.append(request)
            if wire.answer == "silence":
                wire.done.wait(10)
                return
            if wire.answer == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if wire.answer is None:
                return
            assert isinstance(wire.answer, bytes)
            connection.sendall(wire.answer)
            if b"Connection: close" in wire.answer:
                return


@contextmanager
def scripted(answer: bytes | str | None = b"") -> Iterator[Wire]:
    """A listening `Wire`."""
    wire = Wire(answer)
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire.url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                wire.connections += 1
                threading.Thread(target=_serve, args=(connection, wire), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield wire
        finally:
            wire.done.set()
            server.shutdown(socket.SHUT_RDWR)


class ToyConfig(AdapterConfig):
    base_url: str = Field("https://toy.example.org")
    user: str = "toy-user"
    password: SecretStr = SecretStr("toy-password-1")


class Toy(SendKit):
    """Posts `to` and `text` as a form; {"id": ...} is accepted, {"error": ...} is not."""

    Config: Any = ToyConfig

    @hookimpl
    def authenticate(self, channel: Channel[ToyConfig]) -> BasicAuth:
        return BasicAuth(channel.config.user, channel.config.password.get_secret_value())

    def build_request(self, channel: Any, message: Any, part: Any) -> HttpRequest:
        return HttpRequest.form(f"{channel.config.base_url}/send", {"to": message.to, "text": part.text})

    def read_response(self, channel: Any, part: Any, response: Any) -> PartResult:
        if not response.ok:
            fail_by_status(response, response.text[:200])
        values = response.json_object()
        if "id" not in values:
            raise ProtocolError("no id in the answer", provider_text=str(values.get("error")))
        return PartResult(id=values["id"])

    @hookimpl
    def parse_inbound(self, channel: Any, request: Any) -> list[InboundMessage]:
        values = request.params()
        if "from" not in values:
            raise MalformedInbound("no from")
        return [InboundMessage(channel.number(values["from"]), values.get("text") or "")]


def toy_manifest(**changes: Any) -> Manifest:
    features = {Capability.UNICODE: Feature(Support.FULL), Capability.INBOUND: Feature(Support.FULL)}
    values: dict[str, Any] = {
        "id": "toy",
        "name": "Toy",
        "spec_version": "1.0",
        "implementation": "scripted:Toy",
        "kind": Kind.REST,
        "text": TextRules(max_chars=1600),
        "webhooks": (Webhook("receive", ("POST", "GET")),),
        "features": features,
    }
    extra = changes.pop("features", {})
    return Manifest(**{**values, **changes, "features": {**features, **extra}})


def toy_channel(base_url: str = "https://toy.example.org", adapter: Any = None, **options: Any) -> Channel[Any]:
    """A channel of `Toy`, or of another adapter object."""
    adapter = adapter or Toy()
    manifest = options.pop("manifest", None) or toy_manifest()
    config = options.pop("config", None) or adapter.Config(base_url=base_url)
    plugin = Plugin("toy", manifest, adapter, adapter.Config)
    return Channel(plugin, "8eb23e93", config, **{"address": "+12025550100", "country": "US", **options})
