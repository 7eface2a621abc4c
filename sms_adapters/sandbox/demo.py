"""The main job with simulated aggregators on loopback, real HTTP both ways, every step checked.

For each adapter: a channel is opened, three messages go out, and the simulator fires its delivery reports and a reply
at the host's webhooks. Numbers are from the range +1 202 555 01xx, which is reserved for examples.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from ..channel import now
from ..client import Client
from ..errors import Rejected, SmsError
from ..manifest import Capability, Kind
from ..messages import DeliveryReport, InboundEvent, InboundMessage, OutboundMessage
from ..network import NetworkPolicy
from ..registry import Registry
from ..results import SendResult, Status
from ..simulation import SimulatedMessage, Simulator
from ..transports.httpx import HttpxTransport
from ..webhooks.wsgi import WebhookApp
from .server import serve
from .timeline import Timeline, wording

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..http import HttpRequest
    from ..webhooks.core import Receipt, Route

__all__ = ["Demonstration", "run_demo"]

IN_THE_URL = "of-the-demo"
HOST_NUMBER = "+12025550100"
HANDSET = "+12025550123"
REFUSED_HANDSET = "+12025550195"
GSM7_TEXT = "Price: 10€ [a|b] {c} & more = Ünal's café?"
LONG_TEXT = " ".join(
    ["Кириллица, العربية, 中文, ไทย and a family 👨‍👩‍👧: none of it may be cut, lost or replaced."] * 3
)
REPLY = "Yego, murakoze! 1 < 2 & 3 > 2 {{text}} Ж 👍🏽"
OUT, IN = "out", "in"


@dataclass(slots=True)
class Demonstration:
    """What happened, and in `failures` a sentence for each thing that did not happen."""

    timeline: Timeline = field(default_factory=Timeline)
    adapters: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all of it happened."""
        return not self.failures


class _Mismatch(Exception):
    """An expectation was not met; the rest of the step makes no sense."""


def run_demo(registry: Registry | None = None) -> Demonstration:
    """Demonstrate every built-in adapter that has a simulator."""
    registry = registry or Registry(installed=False)
    shown = Demonstration()
    host = _Host(shown.timeline)
    with Client(network=NetworkPolicy(allow_http=True, allow_private=True)) as client, host.served(client) as url:
        for listing in registry.listings():
            if listing.error is not None:
                shown.failures.append(f"{listing.id}: {listing.error}")
            elif listing.manifest and listing.manifest.simulator and listing.manifest.kind is not Kind.SESSION:
                shown.adapters.append(listing.id)
                _one(registry, listing.id, client, host, url, shown)
    if not shown.adapters and not shown.failures:
        shown.failures.append("no adapter has a simulator")
    return shown


def _one(registry: Registry, adapter: str, client: Client, host: _Host, public_url: str, shown: Demonstration) -> None:
    """Demonstrate one adapter; what goes wrong with it leaves the others alone."""
    try:
        simulator = registry.simulator(adapter)
        if lacking := simulator.lacking():
            shown.failures.append(f"{adapter}: {lacking}")
            return
        with serve(simulator.handle) as url:
            manifest = registry.manifest(adapter)
            channel = registry.open(
                adapter,
                id="demo",
                config=simulator.config(url),
                address=HOST_NUMBER,
                country="US",
                public_url=public_url,
                callback_secret=None if manifest.offers(Capability.SIGNED_WEBHOOKS) else IN_THE_URL,
            )
            _Tour(client, host, channel, simulator, shown).run()
    except Exception as error:  # noqa: BLE001 - a broken adapter or simulator is what a demo has to tell of
        shown.failures.append(f"{adapter}: {type(error).__name__}: {error}")


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: the timeline tells what came."""


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Host:
    """The host's side: keeps the channels, and stores what webhooks bring."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.channels: dict[tuple[str, str], AnyChannel] = {}
        self.events: list[InboundEvent] = []

    def add(self, channel: AnyChannel) -> None:
        for prefix in (channel.adapter, *channel.manifest.aliases):
            self.channels[prefix, channel.id] = channel

    def resolve(self, route: Route) -> AnyChannel | None:
        return self.channels.get((route.adapter, route.channel))

    def store(self, channel: AnyChannel, receipt: Receipt) -> None:
        for event in receipt.events:
            self.timeline.add(now(), channel.adapter, IN, *wording(event))
            self.events.append(event)

    @contextmanager
    def served(self, client: Client) -> Iterator[str]:
        """Serve the webhooks on a free port of loopback; gives the base URL."""
        app = WebhookApp(client, self.resolve, self.store)
        with make_server("127.0.0.1", 0, app, _Threaded, _Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


@dataclass(frozen=True, slots=True)
class _Tour:
    """What is done with one adapter."""

    client: Client
    host: _Host
    channel: AnyChannel
    simulator: Simulator
    shown: Demonstration

    def run(self) -> None:
        """Every step, also after one that failed."""
        self.host.add(self.channel)
        self.simulator.inbound_url = self.channel.callback_url("receive")
        self._tell("", "opened", f"channel {self.channel.id!r}, sender {HOST_NUMBER}")
        for step in (self._short, self._long, self._refused, self._reply):
            self._try(step)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (SmsError, _Mismatch) as error:
            told = str(error) if isinstance(error, _Mismatch) else f"{type(error).__name__}: {error}"
            self.shown.failures.append(f"{self.channel.adapter}: {told}")

    def _tell(self, direction: str, what: str, detail: str) -> None:
        self.shown.timeline.add(now(), self.channel.adapter, direction, what, detail)

    def _short(self) -> None:
        self._send("the GSM-7 text", GSM7_TEXT)

    def _long(self) -> None:
        self._send("the long Unicode text", LONG_TEXT)

    def _send(self, name: str, text: str) -> None:
        """Send a text, and have its delivery reported."""
        message = OutboundMessage(HANDSET, text)
        before = len(self.simulator.accepted)
        result = self.client.send(self.channel, message)
        accepted = self.simulator.accepted[before:]
        ids = ", ".join(result.ids) or message.id
        self._tell(OUT, "accepted", f"{ids} {name}: {text}")
        _expect("".join(item.text for item in accepted) == text, f"{name} did not arrive as it was sent")
        _expect({item.to for item in accepted} == {HANDSET}, f"{name} did not go to {HANDSET}")
        _expect(len(accepted) == len(result.parts), f"{name} has a result for {len(result.parts)} of its parts")
        if self.channel.manifest.offers(Capability.DELIVERY_REPORTS):
            self._reports(name, message, result, accepted)

    def _reports(
        self, name: str, message: OutboundMessage, result: SendResult, accepted: list[SimulatedMessage]
    ) -> None:
        for item in accepted:
            found = [event for event in self._fired(self.simulator.reports(item)) if isinstance(event, DeliveryReport)]
            meant = [report for report in found if self._reports_on(report, message, result)]
            _expect(bool(found) and found == meant, f"a delivery report of {name} does not quote its id")
            status = Status.UNKNOWN
            for report in meant:
                status = status.merge(report.status)
            _expect(status is Status.DELIVERED, f"{name} was reported {status}, not delivered")

    def _reports_on(self, report: DeliveryReport, message: OutboundMessage, result: SendResult) -> bool:
        quoted = report.id
        by_id = quoted is not None and any(self.channel.same_id(quoted, known) for known in result.ids)
        return by_id or report.message_id == message.id

    def _refused(self) -> None:
        before = len(self.simulator.accepted)
        try:
            self.client.send(self.channel, OutboundMessage(REFUSED_HANDSET, GSM7_TEXT))
        except Rejected as refusal:
            self._tell(OUT, "refused", f"{type(refusal).__name__} {refusal.reason}: {refusal}")
        else:
            raise _Mismatch(f"the message to {REFUSED_HANDSET} was not refused")
        _expect(len(self.simulator.accepted) == before, "the refused message was accepted all the same")

    def _reply(self) -> None:
        if not self.channel.manifest.offers(Capability.INBOUND):
            return
        events = self._fired(self.simulator.inbound(HANDSET, HOST_NUMBER, REPLY))
        found = [(event.sender, event.text) for event in events if isinstance(event, InboundMessage)]
        _expect(found == [(HANDSET, REPLY)], f"the reply was read as {found}, not as {(HANDSET, REPLY)}")

    def _fired(self, webhooks: Iterable[HttpRequest]) -> list[InboundEvent]:
        """Have the simulator's requests made over HTTP; what the host stored by the time they were answered."""
        before = len(self.host.events)
        transport = HttpxTransport()
        try:
            for webhook in webhooks:
                answer = transport.send(webhook)
                _expect(answer.ok, f"the host answered HTTP {answer.status} to a webhook: {answer.text.strip()}")
        finally:
            transport.close()
        return self.host.events[before:]


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _Mismatch(otherwise)
