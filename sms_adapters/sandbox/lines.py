"""A simulated SMSC as the sandbox serves it: on a port of its own, in its own protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..smsc.errors import FrameError
from ..smsc.serving import PROFILES, SmscServer, listening
from .aggregator import Aggregator
from .records import Exchange, Place
from .stamps import stamp

if TYPE_CHECKING:
    from ..registry import Registry
    from ..smsc.dialects import Dialect, Frame
    from ..smsc.simulator import SessionSimulator
    from .deliveries import Webhook
    from .models import Faults

__all__ = ["FrameTraffic", "Line", "misbehave"]

AGAIN = 1.0
"""Seconds after which a delivery that was not accepted is sent again."""
MOST_ATTEMPTS = 10
AnswerFrame: TypeAlias = "Callable[[Line, Frame], Awaitable[Sequence[Frame] | None]]"


@dataclass(slots=True)
class FrameTraffic:
    """A frame and its response; `answer` is None where there was none, and `error` says why.

    Its row has the operation in place of a method, and 0 as status where the frame was accepted.
    """

    dialect: Dialect
    url: str
    request: Frame
    answer: Frame | None
    error: str | None
    place: Place

    @property
    def status(self) -> int | None:
        """0 accepted, 1 refused, None without a response."""
        return None if self.answer is None else int(not self.dialect.outcome(self.answer).ok)

    @property
    def failed(self) -> bool:
        """Whether it was not accepted."""
        return self.status != 0

    @property
    def protocol(self) -> str:
        """The dialect's name."""
        return self.dialect.name

    @property
    def told(self) -> tuple[Place, str, int | None, str | None]:
        """What `ledger.brief` words: the stream keeps it, and not the bodies."""
        return self.place, self.protocol, self.status, self.error

    def kept(self) -> Exchange:
        """The row, passwords blanked by the codec."""
        headers, body = self._shown(self.request)
        operation = str(self.dialect.describe(self.request)["operation"])
        row = self.place.row(operation, self.url, json.dumps(headers), body, self.error)
        row.status = self.status
        if self.answer is not None:
            headers, body = self._shown(self.answer)
            outcome = ["outcome", str(self.dialect.outcome(self.answer))]
            row.response_headers = json.dumps([outcome, *headers])
            row.response_body = body
        return row

    def _shown(self, frame: Frame) -> tuple[list[list[str]], bytes]:
        """The octets as a header, and the frame's fields."""
        said = json.dumps(self.dialect.describe(frame), ensure_ascii=False, indent=2, default=str).encode()
        try:
            octets = self.dialect.encode(self.dialect.without_secrets(frame), self.dialect.sequence_of(frame) or 1)
        except FrameError:
            return [], said
        return [["octets", octets.hex(" ")]], said


class Line(Aggregator):
    """An SMSC; what it delivers waits until somebody who receives is logged in."""

    simulator: SessionSimulator

    def __init__(self, registry: Registry, adapter: str, answer: AnswerFrame) -> None:
        self.smsc: _Smsc | None = None
        self._answer = answer
        self._open = AsyncExitStack()
        super().__init__(registry, adapter, "")

    async def listen(self, host: str, port: int | None, record: Record, name: str | None = None) -> None:
        """Take connections: on `port`, 0 for a free one; None is the protocol's own, or a free one if that is taken.

        Clients are told to come to `name`, by default `host`.
        """
        self.smsc = _Smsc(self, lambda frame: self._answer(self, frame), record)
        wanted = self.simulator.dialect.port if port is None else port
        try:
            await self._open.enter_async_context(listening(self.smsc, host, wanted))
        except OSError:
            if port is not None:
                raise
            await self._open.enter_async_context(listening(self.smsc, host, 0))
        shown = name or host
        self.base_url = f"{self.simulator.dialect.name}://{f'[{shown}]' if ':' in shown else shown}:{self.smsc.port}"
        self.renew()

    def behave(self, profile: str) -> None:
        """Behave in one of the ways that `smsc.serving` names."""
        assert self.smsc is not None
        self.smsc.behave(PROFILES[profile])

    async def close(self) -> None:
        """End every connection."""
        await self._open.aclose()

    def renew(self) -> None:
        """Begin with a simulator that has seen nothing, for those who are logged in, too."""
        super().renew()
        if self.smsc is not None:
            self.smsc.begin(self.simulator)

    def channel(self) -> dict[str, Any]:
        """A channel that works here: webhooks have no part in it."""
        made = super().channel()
        return {name: value for name, value in made.items() if name not in ("public_url", "callback_secret")}

    def deliver(self, webhook: Webhook) -> None:
        """Send a report or a handset's message to whoever receives."""
        assert self.smsc is not None
        self.smsc.deliver(webhook)

    @property
    def pending(self) -> int:
        """Deliveries that nobody took yet."""
        return len(self.smsc.under_way) if self.smsc is not None else 0


def misbehave(aggregators: Iterable[Aggregator], faults_of: Callable[[Aggregator], Faults]) -> None:
    """Let each SMSC behave as its faults say, from the next frame on."""
    for aggregator in aggregators:
        if isinstance(aggregator, Line):
            aggregator.behave(faults_of(aggregator).smsc_profile)


Record: TypeAlias = "Callable[[Webhook, int, float, FrameTraffic], Awaitable[None]]"


class _Smsc(SmscServer):
    """The server; `under_way` are deliveries by their request, with attempts and the time of the last."""

    def __init__(self, line: Line, answering: Callable[[Frame], Any], record: Record) -> None:
        super().__init__(line.simulator, reports=False, answering=answering)
        self._line, self._record = line, record
        self.under_way: dict[int, tuple[Webhook, int, float]] = {}

    def begin(self, simulator: SessionSimulator) -> None:
        """Take another simulator, and forget what waits."""
        self.simulator = simulator
        self.behave(self.profile)
        self._queue.clear()
        for webhook, _, _ in self.under_way.values():
            webhook.ended.set_result(False)
        self.under_way.clear()

    def deliver(self, webhook: Webhook) -> None:
        """Push a delivery, and know it when it is answered."""
        self.under_way[id(webhook.request)] = webhook, 1, time.perf_counter()
        self.push(webhook.request)
        # Nobody may be logged in, and the queue keeps the order.
        webhook.tried.set()

    def answered(self, request: Any, response: Frame) -> None:
        """Keep the attempt; one that was not accepted is sent again after a while."""
        found = self.under_way.pop(id(request), None) if request is not None else None
        if found is not None:
            webhook, attempt, began = found
            self.spawn(self._kept(webhook, attempt, time.perf_counter() - began, response))
            if self.simulator.dialect.outcome(response).ok or attempt >= MOST_ATTEMPTS:
                webhook.ended.set_result(attempt < MOST_ATTEMPTS)
            else:
                self.under_way[id(request)] = webhook, attempt + 1, began
                self._loop.call_later(AGAIN, self.push, request)
        self.push_waiting()

    async def _kept(self, webhook: Webhook, attempt: int, duration: float, response: Frame) -> None:
        place = Place("to_host", stamp())
        dialect, frame = self.simulator.dialect, webhook.request.frame
        await self._record(webhook, attempt, duration, FrameTraffic(dialect, self.url, frame, response, None, place))
