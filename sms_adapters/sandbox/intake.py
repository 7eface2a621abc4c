"""What requests bring: committed, all of one turn of the event loop together, before any of them is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import ledger
from .hiding import hide
from .records import Exchange, Message

if TYPE_CHECKING:
    import sqlite3

    from ..simulation import SimulatedMessage
    from .aggregator import Aggregator
    from .lines import FrameTraffic
    from .records import Traffic
    from .store import Store

__all__ = ["Intake", "Taken", "kept"]


@dataclass(slots=True, eq=False)
class Taken:
    """A request with its answer, and the messages that it brought, as the simulator and as the store have them."""

    aggregator: Aggregator
    traffic: Traffic | FrameTraffic
    messages: Sequence[SimulatedMessage]
    rows: Sequence[Message]
    committed: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Intake:
    """Commits what was taken; `begin` is told of it then, before whoever waits goes on.

    `alone` says whether the server answers one request only: nobody will come to share its transaction.
    """

    def __init__(self, store: Store, begin: Callable[[list[Taken]], None]) -> None:
        self._store, self._begin = store, begin
        self._waiting: list[Taken] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.alone: Callable[[], bool] = lambda: False

    async def take(self, taken: Taken) -> None:
        """Return once it is committed; raise what kept it from that."""
        self._waiting.append(taken)
        if len(self._waiting) == 1 and self.alone():
            await self._commit()
        elif len(self._waiting) == 1:
            # It runs in the next turn of the loop: until then others can join.
            task = asyncio.create_task(self._commit())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await taken.committed

    async def settle(self) -> None:
        """Wait until all is committed that was taken so far."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _commit(self) -> None:
        together, self._waiting = self._waiting, []
        done = await self._kept(together)
        for taken in done:
            if not taken.committed.done():
                taken.committed.set_result(None)
        self._begin(done)

    async def _kept(self, together: list[Taken]) -> list[Taken]:
        """Those that were committed: all in one transaction; if one fails, each in its own."""
        try:
            await self._store.run(self._job(together))
        except Exception as error:  # noqa: BLE001 - it is handed to whoever waits
            if len(together) > 1:
                return [done for taken in together for done in await self._kept([taken])]
            if not together[0].committed.done():
                together[0].committed.set_exception(error)
            return []
        return together

    def _job(self, together: list[Taken]) -> Callable[[sqlite3.Connection], None]:
        lasting, rows = self._store.lasting, [row for taken in together for row in taken.rows]
        # A sandbox in memory has no later run that could go on from there.
        serials = {taken.aggregator.id: taken.aggregator.simulator.made for taken in together} if lasting else {}

        def job(database: sqlite3.Connection) -> None:
            ledger.take(database, [kept(taken.aggregator, taken.traffic, lasting) for taken in together], rows, serials)

        return job


def kept(aggregator: Aggregator, traffic: Traffic | FrameTraffic, lasting: bool) -> Exchange:
    """The row of an exchange: without secrets where it goes to a file."""
    row = traffic.kept()
    return hide(row, aggregator.redactor) if lasting else row
