"""What handsets send to hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from ..manifest import Capability
from ..results import Status
from ..simulation import Fate, choosing
from . import ledger
from .aggregator import HOST_NUMBER, counted
from .courses import disturbed, mo_fate
from .errors import Conflict
from .records import Message
from .stamps import stamp

if TYPE_CHECKING:
    from .aggregator import Aggregator
    from .desk import Sandbox
    from .models import Injection

__all__ = ["Handsets"]


class Handsets:
    """Sends messages through a sandbox's aggregators, and follows them until the host has taken them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._tasks: set[asyncio.Task[None]] = set()

    async def drop(self) -> None:
        """Forget what is on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, injection: Injection) -> Message:
        """A handset sends a message; it is on its way to the host when this returns."""
        box = self._sandbox
        aggregator, number = box.aggregator(injection.adapter), injection.to or HOST_NUMBER
        with choosing(box.fates):
            fate = injection.fate or mo_fate(injection.sender)
        webhooks = list(aggregator.pointed_at(number).inbound(injection.sender, number, injection.text))
        if not webhooks and not aggregator.manifest.offers(Capability.FETCH_INBOUND):
            raise Conflict(f"no host is registered: PUT /api/adapters/{aggregator.id}/host, or start with --webhooks")
        encoding, segments = counted(injection.text)
        message = Message(
            id=box.ids.message(),
            adapter=aggregator.id,
            direction="mo",
            provider_id=None,
            handset=injection.sender,
            number=number,
            text=injection.text,
            data=None,
            encoding=encoding,
            segments=segments,
            status="queued",
            fate=fate.value,
            at=stamp(),
        )
        serial = aggregator.simulator.made
        await box.store.run(lambda database: ledger.give(database, message, serial))
        box.tell_message(message)
        self._spawn(self._bring(aggregator, message, disturbed(webhooks, fate)))
        return message

    async def _bring(self, aggregator: Aggregator, message: Message, webhooks: Sequence[Any]) -> None:
        """Fire the webhooks of a handset's message one after the other, and say in the end whether they were taken."""
        box = self._sandbox
        if message.fate == Fate.LATE:
            await asyncio.sleep(box.settings.late_after * box.settings.pace)
        fired = []
        for request in webhooks:
            fired.append(box.deliveries.fire(aggregator, request, [message.id]))
            await fired[-1].tried.wait()
        outcomes = [await webhook.ended for webhook in fired]
        message.status = Status.DELIVERED if all(outcomes) else Status.FAILED
        message.entered(message.status, stamp())
        message.done = 1
        await box.store.run(lambda database: ledger.update(database, message))
        box.tell_message(message)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
