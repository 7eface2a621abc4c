"""What becomes of accepted messages: status after status, each reported when its time has come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from ..results import Status
from ..simulation import Fate, SimulatedMessage, course_of, fate_of
from .models import Settings
from .records import UNTOLD, Message

__all__ = ["ACCEPTED", "Courses", "Live", "disturbed", "mo_fate"]

ACCEPTED = tuple(
    fate
    for fate in Fate
    if fate not in (Fate.OPTED_OUT, Fate.INVALID, Fate.THROTTLED, Fate.UNAVAILABLE, Fate.LOST_ANSWER)
)
"""The fates that a message can have once it was accepted."""
MO_FATES = (Fate.DELIVERED, Fate.LATE, Fate.DUPLICATED, Fate.OUT_OF_ORDER)
"""Those that a handset's own message can have."""
AGAIN = 1.0
"""Seconds until a status that could not be kept is entered again."""
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Live:
    """A message under way: the statuses still to come, those that wait with it, and who is entering one now."""

    message: Message
    simulated: SimulatedMessage
    rest: Sequence[Status] = ()
    waiting: list[Live] | None = None
    entering: asyncio.Task[None] | None = None


Step: TypeAlias = "tuple[Live, Status, bool]"
"""A message, the status that it enters, and whether that is the last."""


class Courses:
    """Lets messages enter one status after the other.

    `enter` makes it so for all whose time has come, `report` begins to tell the host of one. Messages that wait from
    the same moment share a timer: there may be ten thousand.
    """

    def __init__(
        self,
        enter: Callable[[list[Step]], Awaitable[None]],
        report: Callable[[Live, Status], asyncio.Event | None],
        settings: Callable[[], Settings],
    ) -> None:
        self._enter, self._report, self._settings = enter, report, settings
        self._running: dict[int, Live] = {}
        self._due: list[Live] = []

    def begin(self, lives: list[Live], *, at_once: bool = False) -> None:
        """Let messages take their course from where they are."""
        for live in lives:
            live.rest = _rest(live.message)
            self._running[live.message.id] = live
        self._next(lives, 0.0 if at_once else self._settings().sent_after)

    async def leave(self, number: int) -> None:
        """End a message's course, after the report that is being made."""
        live = self._running.pop(number, None)
        if live is not None:
            live.rest = ()
            _still(live)
            while live.entering is not None:
                await asyncio.wait([live.entering])

    async def drop(self) -> None:
        """Forget every message that is under way."""
        tasks = {live.entering for live in self._running.values() if live.entering is not None}
        for live in self._running.values():
            _still(live)
        self._running.clear()
        self._due.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _next(self, lives: list[Live], wait: float) -> None:
        """Let messages wait for their next status, those that have none be over."""
        settings = self._settings()
        waiting: dict[bool, list[Live]] = {False: [], True: []}
        for live in lives:
            live.entering = None
            if live.rest:
                live.waiting = waiting[live.message.fate == Fate.LATE and live.rest[0].final]
                live.waiting.append(live)
            else:
                self._running.pop(live.message.id, None)
        for late, together in waiting.items():
            if together:
                seconds = wait + settings.late_after if late else wait
                asyncio.get_running_loop().call_later(seconds * settings.pace, self._are_due, together)

    def _are_due(self, together: list[Live]) -> None:
        due = [live for live in together if live.waiting is together]
        for live in due:
            live.waiting = None
        if due and not self._due:
            asyncio.get_running_loop().call_soon(self._all_due)
        self._due += due

    def _all_due(self) -> None:
        """One task and one transaction for all whose time came together."""
        due, self._due = [live for live in self._due if live.rest], []
        if due:
            task = asyncio.create_task(self._entered([(live, live.rest[0], len(live.rest) == 1) for live in due]))
            for live in due:
                live.rest, live.entering = live.rest[1:], task

    async def _entered(self, steps: list[Step]) -> None:
        try:
            await self._enter(steps)
        except Exception:
            self._put_back(steps)
            raise
        unreported = []
        for live, status, _ in steps:
            tried = self._report(live, status)
            if tried is None:
                unreported.append(live)
            else:
                live.entering = asyncio.create_task(self._tried(live, tried))
        self._next(unreported, self._settings().next_after)

    def _put_back(self, steps: list[Step]) -> None:
        """The statuses could not be kept, as on a full disk: they are still to come, and whoever leaves is let go."""
        for live, status, _ in steps:
            live.entering = None
            live.rest = (status, *live.rest) if live.message.id in self._running else ()
        again = [live for live, _, _ in steps if live.rest]
        asyncio.get_running_loop().call_later(AGAIN, self._next, again, 0.0)

    async def _tried(self, live: Live, tried: asyncio.Event) -> None:
        """The next report follows the first attempt of this one, so that they arrive in order."""
        await tried.wait()
        self._next([live], self._settings().next_after)


def _still(live: Live) -> None:
    """Let nothing more happen by itself."""
    live.waiting = None


def _rest(message: Message) -> Sequence[Status]:
    """The statuses still to come: those of the fate, less what was entered before, in that order."""
    rest = course_of(Fate(message.fate))
    for entry in json.loads(message.history) if message.history != UNTOLD else ():
        if rest and rest[0] == entry["status"]:
            rest = rest[1:]
    return rest


def mo_fate(sender: str) -> Fate:
    """The fate of a handset's own message: of those that chose one for it, what a message to the host can meet."""
    fate = fate_of(sender)
    return fate if fate in MO_FATES else Fate.DELIVERED


def disturbed(webhooks: Iterable[T], fate: Fate) -> list[T]:
    """What brings a handset's message, as its fate has it: each twice, or the parts in reverse."""
    made = list(webhooks)
    if fate is Fate.DUPLICATED:
        return [copy(request) for request in made for _ in range(2)]
    return made[::-1] if fate is Fate.OUT_OF_ORDER else made
