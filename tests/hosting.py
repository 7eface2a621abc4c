"""A host on loopback that keeps what its webhooks bring."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import make_server

from sms_adapters import Client, NetworkPolicy
from sms_adapters.joining import PartJoiner
from sms_adapters.sandbox.demo import _Quiet, _Threaded
from sms_adapters.webhooks.wsgi import WebhookApp

OPEN = NetworkPolicy(allow_http=True, allow_private=True)
PATIENCE = 10.0


@dataclass
class SmallHost:
    """Channels by adapter, the events that came; `failing` webhooks are answered 500."""

    client: Client
    url: str = ""
    channels: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, Any]] = field(default_factory=list)
    failing: int = 0
    asked: int = 0
    came: threading.Condition = field(default_factory=threading.Condition)

    def resolve(self, route: Any) -> Any:
        self.asked += 1
        return self.channels.get(route.adapter)

    def handle(self, channel: Any, receipt: Any) -> None:
        with self.came:
            if self.failing:
                self.failing -= 1
                raise RuntimeError("the host is ill")
            self.events += [(channel.adapter, event) for event in receipt.events]
            self.came.notify_all()

    def add(self, channel: Any) -> Any:
        for prefix in (channel.adapter, *channel.manifest.aliases):
            self.channels[prefix] = channel
        return channel

    def wait_for(self, kind: type, count: int = 1) -> list[Any]:
        """The events of a kind, once there are `count`."""

        def found() -> list[Any]:
            return [event for _, event in self.events if isinstance(event, kind)]

        with self.came:
            assert self.came.wait_for(lambda: len(found()) >= count, PATIENCE), self.events
        return found()


@contextmanager
def hosting() -> Iterator[SmallHost]:
    """A host that is served while the context lasts."""
    with Client(network=OPEN, joiner=PartJoiner()) as client:
        host = SmallHost(client)
        app = WebhookApp(client, host.resolve, host.handle)
        with make_server("127.0.0.1", 0, app, _Threaded, _Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            host.url = f"http://127.0.0.1:{server.server_port}"
            try:
                yield host
            finally:
                server.shutdown()
                thread.join()
