"""What a check looks at: one adapter with its folder, its simulator, and ways to use it without a network."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ..client import AsyncClient, Client
from ..flow import arun, run
from ..http import HttpRequest, WebhookRequest
from ..manifest import Kind, Manifest
from ..messages import InboundEvent
from ..network import NetworkPolicy
from ..registry import Plugin, Registry
from ..simulation import Simulator
from ..smsc.in_process import delivered
from ..smsc.simulator import SessionSimulator
from ..smsc.values import DeliverRequest
from ..transports.frames import renumbered
from ..transports.simulated import AsyncSimulatedTransport, Fault, SimulatedTransport
from ..webhooks.core import Receipt
from .cases import CLOCK, ExchangeCase, InboundCase, exchange_cases, inbound_cases
from .check import Level, NotApplicable, expect

__all__ = ["Exemption", "Session", "Subject"]

SENDER, RECIPIENT = "+12025550100", "+12025550123"
BASE_URL = "https://simulator.invalid"
SESSION_HOST = "simulator.invalid:2775"
PUBLIC_URL = "https://sms.example.org"
OPEN = NetworkPolicy(allow_http=True, allow_private=True)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A check that an adapter does not meet for now; after `until` it has to."""

    check: str
    reason: str
    until: date


@dataclass(slots=True)
class Session:
    """A channel on a simulator of its own, in this process."""

    client: Client
    channel: Any
    simulator: Any
    transport: SimulatedTransport

    def fire(self, request: HttpRequest | DeliverRequest) -> Receipt:
        """Hand a webhook of the simulator to the client, or what its SMSC delivers."""
        if isinstance(request, DeliverRequest):
            return deliver(self.client, self.channel, next(delivered(self.simulator.dialect, [request])))
        return self.client.receive(self.channel, as_webhook(request))

    def events(self, requests: Sequence[HttpRequest | DeliverRequest]) -> list[InboundEvent]:
        """The events of webhooks, each of which has to be accepted."""
        found: list[InboundEvent] = []
        for request in requests:
            receipt = self.fire(request)
            expect(receipt.error is None, f"a webhook of the simulator was refused: {receipt.error}")
            found += receipt.events
        return found


def as_webhook(request: HttpRequest) -> WebhookRequest:
    """A request that a simulator fires, as it reaches the host."""
    return WebhookRequest(request.method, request.url, request.headers, request.body)


def deliver(client: Client, channel: Any, request: DeliverRequest) -> Receipt:
    """Hand what an SMSC delivers to a client."""
    return run(client._delivered(channel, request), client._perform)


class Subject:
    """One adapter under test; everything is made anew at each call. `today` is when the age of evidence is judged."""

    def __init__(self, adapter: str, registry: Registry | None = None, today: date | None = None) -> None:
        self.registry = registry or Registry()
        self.id = self.registry.manifest(adapter).id
        self.today = today or datetime.now(UTC).date()

    @cached_property
    def manifest(self) -> Manifest:
        """The adapter's manifest."""
        return self.registry.manifest(self.id)

    @cached_property
    def plugin(self) -> Plugin:
        """The loaded adapter."""
        return self.registry.load(self.id)

    @cached_property
    def folder(self) -> Path:
        """Where manifest, exchanges and inbound examples are."""
        return self.registry.folder(self.id)

    @cached_property
    def exchanges(self) -> list[ExchangeCase]:
        """The recorded and documented exchanges."""
        return list(exchange_cases(self.folder))

    @cached_property
    def inbound(self) -> list[InboundCase]:
        """The inbound examples."""
        return list(inbound_cases(self.folder))

    @cached_property
    def _terms(self) -> dict[str, Any]:
        path = self.folder / "conformance.toml"
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    @cached_property
    def exemptions(self) -> dict[str, Exemption]:
        """The exemptions of `conformance.toml`, by check id."""
        return {item["check"]: Exemption(**item) for item in self._terms.get("exempt", ())}

    @cached_property
    def claim(self) -> Level:
        """The level that `conformance.toml` claims, bronze without one: what a run has to reach not to fail.

        It gives no level, which is computed; a check above the claim that fails is told and does not fail the run.
        """
        found = Level(self._terms.get("claim", Level.BRONZE))
        if found is Level.CERTIFIED:
            raise ValueError("conformance.toml claims certified, which a run with a dossier gives: claim gold")
        return found

    @property
    def is_session(self) -> bool:
        """Whether the adapter holds a connection to an SMSC."""
        return self.manifest.kind is Kind.SESSION

    @cached_property
    def base_url(self) -> str:
        """Where the simulator is said to be served."""
        return f"{self.simulator().dialect.name}://{SESSION_HOST}" if self.is_session else BASE_URL

    def simulator(self) -> Any:
        """A new simulator with the suite's clock."""
        if not self.manifest.simulator:
            raise NotApplicable("the adapter has no simulator")
        return self.registry.simulator(self.id, clock=lambda: CLOCK)

    def channel(self, config: dict[str, Any] | None = None, **options: Any) -> Any:
        """A channel on the simulator's configuration, with `config` on top of it."""
        made = {**self.simulator().config(self.base_url), **(config or {})}
        values: dict[str, Any] = {"address": SENDER, "country": "US", "public_url": PUBLIC_URL, "clock": lambda: CLOCK}
        values |= {"entropy": lambda count: bytes(range(count)), "id": "8eb23e93", **options}
        return self.registry.open(self.id, config=made, **values)

    def session(
        self,
        *,
        fault: Fault | None = None,
        plugins: Sequence[object] = (),
        config: dict[str, Any] | None = None,
        **options: Any,
    ) -> Session:
        """A client, a channel and a simulator that answers it."""
        simulator = self.simulator()
        simulator.config(self.base_url)  # so that it knows where it is served: its webhooks may name that
        channel = self.channel(config, **options)
        if self.manifest.webhooks:
            simulator.inbound_url = channel.callback_url("receive")
        transport = SimulatedTransport(simulator, fault)
        return Session(Client(transport=transport, network=OPEN, plugins=plugins), channel, simulator, transport)

    async def afire(self, client: AsyncClient, channel: Any, request: HttpRequest | DeliverRequest) -> Receipt:
        """`Session.fire` for an asynchronous client."""
        if not isinstance(request, DeliverRequest):
            return await client.receive(channel, as_webhook(request))
        [frame] = delivered(self.simulator().dialect, [request])
        return await arun(client._delivered(channel, frame), client._perform)

    def unnumbered(self, requests: Sequence[HttpRequest]) -> tuple[HttpRequest, ...]:
        """Requests as they would be at the beginning of a session: the number of a frame tells what went before."""
        if not self.is_session:
            return tuple(requests)
        return tuple(renumbered(self.simulator().dialect, request, 1) for request in requests)

    def async_client(
        self, simulator: Simulator | SessionSimulator, fault: Fault | None = None
    ) -> tuple[AsyncClient, AsyncSimulatedTransport]:
        """An asynchronous client on `simulator`."""
        transport = AsyncSimulatedTransport(simulator, fault)
        return AsyncClient(transport=transport, network=OPEN), transport
