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
from ..http import HttpRequest, WebhookRequest
from ..manifest import Manifest
from ..messages import InboundEvent
from ..network import NetworkPolicy
from ..registry import Plugin, Registry
from ..simulation import Simulator
from ..transports.simulated import AsyncSimulatedTransport, Fault, SimulatedTransport
from ..webhooks.core import Receipt
from .cases import CLOCK, ExchangeCase, InboundCase, exchange_cases, inbound_cases
from .check import Level, NotApplicable, expect

__all__ = ["Exemption", "Session", "Subject"]

SENDER, RECIPIENT = "+12025550100", "+12025550123"
BASE_URL = "https://simulator.invalid"
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
    simulator: Simulator
    transport: SimulatedTransport

    def fire(self, request: HttpRequest) -> Receipt:
        """Hand a webhook of the simulator to the client."""
        return self.client.receive(self.channel, as_webhook(request))

    def events(self, requests: Sequence[HttpRequest]) -> list[InboundEvent]:
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

    def simulator(self) -> Simulator:
        """A new simulator with the suite's clock."""
        if not self.manifest.simulator:
            raise NotApplicable("the adapter has no simulator")
        return self.registry.simulator(self.id, clock=lambda: CLOCK)

    def channel(self, config: dict[str, Any] | None = None, **options: Any) -> Any:
        """A channel on the simulator's configuration, with `config` on top of it."""
        made = {**self.simulator().config(BASE_URL), **(config or {})}
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
        simulator.config(BASE_URL)  # so that it knows where it is served: its webhooks may name that
        channel = self.channel(config, **options)
        if self.manifest.webhooks:
            simulator.inbound_url = channel.callback_url("receive")
        transport = SimulatedTransport(simulator, fault)
        return Session(Client(transport=transport, network=OPEN, plugins=plugins), channel, simulator, transport)

    def async_client(
        self, simulator: Simulator, fault: Fault | None = None
    ) -> tuple[AsyncClient, AsyncSimulatedTransport]:
        """An asynchronous client on `simulator`."""
        transport = AsyncSimulatedTransport(simulator, fault)
        return AsyncClient(transport=transport, network=OPEN), transport
