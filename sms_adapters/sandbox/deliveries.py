"""Webhooks on their way to hosts, with the attempts that the aggregator makes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import TransportError
from ..network import literal
from ..transports.httpx import AsyncHttpxTransport
from .aggregator import origin
from .lines import Line
from .models import Faults, Settings
from .records import Place, Traffic
from .stamps import stamp

if TYPE_CHECKING:
    from ..http import HttpResponse
    from .aggregator import Aggregator

__all__ = ["Deliveries", "Webhook"]

TOGETHER = 32
"""Webhooks in flight at most."""
NOT_ALLOWED = (
    "not fired: {} is neither a registered host nor this machine; register it, or start with --allow-webhooks {}"
)
Record: TypeAlias = "Callable[[Webhook, int, float, Traffic], Awaitable[None]]"


@dataclass(slots=True, eq=False)
class Webhook:
    """One webhook, or a frame from an SMSC.

    `tried` is set after the first attempt, `ended` holds whether the host took it in the end.
    """

    aggregator: Aggregator
    request: Any
    messages: Sequence[int]
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Deliveries:
    """Fires webhooks; `allowed` are the origins that it may fire at, beside this machine."""

    def __init__(
        self, record: Record, settings: Callable[[], Settings], faults: Callable[[Aggregator], Faults]
    ) -> None:
        self._record, self._settings, self._faults = record, settings, faults
        self.allowed: set[str] = set()
        self._transport = AsyncHttpxTransport(connections=TOGETHER)
        self._slots = asyncio.Semaphore(TOGETHER)
        self._tasks: set[asyncio.Task[None]] = set()
        self._outage_over = asyncio.Event()

    @property
    def pending(self) -> int:
        """How many webhooks are not over."""
        return len(self._tasks)

    def fire(self, aggregator: Aggregator, request: Any, messages: Sequence[int]) -> Webhook:
        """Begin to deliver a webhook, or a frame on whoever's line receives."""
        webhook = Webhook(aggregator, request, messages)
        bring = self._push(webhook, aggregator) if isinstance(aggregator, Line) else self._deliver(webhook)
        task = asyncio.create_task(bring)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return webhook

    def faults_changed(self) -> None:
        """Let webhooks that an outage keeps look again."""
        self._outage_over.set()
        self._outage_over = asyncio.Event()

    async def stop(self) -> None:
        """Drop what is on its way."""
        await self.drop()
        await self._transport.aclose()

    async def drop(self) -> None:
        """Forget every webhook that is not over."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, webhook: Webhook) -> None:
        taken = False
        try:
            waits = (0.0, *webhook.aggregator.redelivery.waits)
            for attempt, wait in enumerate(waits[: self._settings().attempts], 1):
                await asyncio.sleep(wait * self._settings().pace)
                taken, again = await self._attempt(webhook, attempt)
                webhook.tried.set()
                if not again:
                    break
        finally:
            webhook.tried.set()
            webhook.ended.set_result(taken)

    async def _push(self, webhook: Webhook, line: Line) -> None:
        await self._no_outage(line)
        line.deliver(webhook)

    async def _no_outage(self, aggregator: Aggregator) -> None:
        while self._faults(aggregator).webhook_outage:
            await self._outage_over.wait()

    async def _attempt(self, webhook: Webhook, attempt: int) -> tuple[bool, bool]:
        """Whether the host took it, and whether to try again."""
        await self._no_outage(webhook.aggregator)
        place = origin(webhook.request.url)
        if place not in self.allowed and not _is_loopback(webhook.request.host):
            await self._record(webhook, attempt, 0.0, _traffic(webhook, None, NOT_ALLOWED.format(place, place)))
            return False, False
        redelivery, answer, error = webhook.aggregator.redelivery, None, None
        began = time.perf_counter()
        try:
            async with self._slots:
                began = time.perf_counter()
                answer = await self._transport.send(replace(webhook.request, timeout=redelivery.timeout))
        except TransportError as failure:
            error = str(failure)
        await self._record(webhook, attempt, time.perf_counter() - began, _traffic(webhook, answer, error))
        return answer is not None and redelivery.takes(answer), redelivery.again(answer)


def _traffic(webhook: Webhook, answer: HttpResponse | None, error: str | None) -> Traffic:
    return Traffic(webhook.request, webhook.request.url, answer, error, Place("to_host", stamp()))


def _is_loopback(host: str) -> bool:
    address = literal(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)
