"""What passes between an adapter and an aggregator during a run: requests with what came of them, and webhooks.

A tape is filled by the transports here, which wrap another one, and by whoever serves the webhooks. Nothing is
patched, so any number of tapes can run in one process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ..channel import now
from ..errors import TransportError
from ..http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ..transports.frames import Framed

if TYPE_CHECKING:
    from ..messages import InboundEvent
    from ..network import NetworkPolicy
    from ..transports import AsyncTransport, Transport
    from ..webhooks.core import Receipt

__all__ = ["Arrival", "AsyncRecordingTransport", "Interaction", "RecordingTransport", "Tape"]


@dataclass(slots=True)
class Interaction:
    """A request, and its answer or the failure that came instead; neither while it is under way."""

    request: HttpRequest
    response: HttpResponse | None = None
    failure: TransportError | None = None

    @property
    def answer(self) -> HttpResponse | TransportError | None:
        """What came of the request."""
        return self.response if self.response is not None else self.failure


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook, when it came, and what it brought where somebody read it."""

    request: WebhookRequest
    at: datetime
    receipt: Receipt | None = None


@dataclass(slots=True)
class Tape:
    """Everything in the order in which it began; safe to fill from several threads.

    `respond` reads and answers the webhooks that `receive` is handed; until it is set they get an empty 200.
    """

    entries: list[Interaction | Arrival] = field(default_factory=list)
    respond: Callable[[WebhookRequest], Receipt] | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    @property
    def interactions(self) -> list[Interaction]:
        """The requests, in order."""
        return [entry for entry in self.entries if isinstance(entry, Interaction)]

    @property
    def webhooks(self) -> list[Arrival]:
        """The webhooks, in order."""
        return [entry for entry in self.entries if isinstance(entry, Arrival)]

    @property
    def events(self) -> list[InboundEvent]:
        """What the webhooks brought."""
        return [event for arrival in self.webhooks if arrival.receipt for event in arrival.receipt.events]

    def begin(self, request: HttpRequest) -> Interaction:
        """Note a request that is about to leave."""
        interaction = Interaction(request)
        self._add(interaction)
        return interaction

    def webhook(self, request: WebhookRequest, receipt: Receipt | None = None) -> None:
        """Note a webhook that has come."""
        self._add(Arrival(request, now(), receipt))

    def receive(self, request: WebhookRequest) -> WebhookResponse:
        """Note a webhook and answer it: what a webhook server calls."""
        receipt = self.respond(request) if self.respond else None
        self.webhook(request, receipt)
        return receipt.response if receipt else WebhookResponse()

    def wait(self, until: Callable[[Tape], bool], seconds: float) -> bool:
        """Wait for webhooks until `until` holds; False if that takes more than `seconds`."""
        limit = time.monotonic() + seconds
        with self._changed:
            while not until(self):
                left = limit - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return until(self)
        return True

    def _add(self, entry: Interaction | Arrival) -> None:
        with self._changed:
            self.entries.append(entry)
            self._changed.notify_all()


@dataclass
class RecordingTransport(Framed):
    """Puts what passes through `inner` on a tape; nothing about it changes.

    What is no `TransportError`, such as an address that the policy refuses, leaves the request without an answer: such
    a tape cannot be saved.
    """

    inner: Transport
    tape: Tape = field(default_factory=Tape)
    blanks = False

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The inner transport's answer, or its error."""
        interaction = self.tape.begin(request)
        try:
            interaction.response = self.inner.send(request, policy)
        except TransportError as error:
            interaction.failure = error
            raise
        return interaction.response

    def close(self) -> None:
        """Close the inner transport."""
        self.inner.close()


@dataclass(slots=True)
class AsyncRecordingTransport:
    """`RecordingTransport` with `await`."""

    inner: AsyncTransport
    tape: Tape = field(default_factory=Tape)

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The inner transport's answer, or its error."""
        interaction = self.tape.begin(request)
        try:
            interaction.response = await self.inner.send(request, policy)
        except TransportError as error:
            interaction.failure = error
            raise
        return interaction.response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self.inner.aclose()
