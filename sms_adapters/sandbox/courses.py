"""What becomes of accepted messages: status after status, each reported when its time has come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from ..results import Status
from ..simulation import Fate, SimulatedMessage, course_of, fate_of
from .models import Settings
from .records import Message

__all__ = ["ACCEPTED", "Courses", "Live", "disturbed", "mo_fate"]

ACCEPTED = tuple(
    fate
    for fate in Fate
    if fate not in (Fate.OPTED_OUT, Fate.INVALID, Fate.THROTTLED, Fate.UNAVAILABLE, Fate.LOST_ANSWER)
)
"""The fates that a message can have once it was accepted."""
MO_FATES = (Fate.DELIVERED, Fate.LATE, Fate.DUPLICATED, Fate.OUT_OF_ORDER)
"""Those that a handset's own message can have."""
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Live:
    """A message under way; `changed` is set when another fate was chosen for it."""

    message: Message
    simulated: SimulatedMessage
    changed: asyncio.Event = field(default_factory=asyncio.Event)


Enter: TypeAlias = "Callable[[Live, Status, bool], Awaitable[None]]"


class Courses:
    """Runs a task for each message; `enter(live, status, last)` makes it so, and reports it."""

    def __init__(self, enter: Enter, settings: Callable[[], Settings]) -> None:
        self._enter, self._settings = enter, settings
        self._running: dict[int, tuple[Live, asyncio.Task[None]]] = {}

    def begin(self, live: Live, *, at_once: bool = False) -> None:
        """Let a message take its course from where it is."""
        task = asyncio.create_task(self._run(live, _rest(live.message), at_once=at_once))
        number = live.message.id
        self._running[number] = live, task
        task.add_done_callback(lambda done: self._forget(number, done))

    async def leave(self, number: int) -> None:
        """End a message's course, after the report that is being made."""
        if number in self._running:
            live, task = self._running[number]
            live.changed.set()
            await asyncio.wait([task])

    async def drop(self) -> None:
        """Forget every message that is under way."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, number: int, done: asyncio.Task[None]) -> None:
        if number in self._running and self._running[number][1] is done:
            del self._running[number]

    async def _run(self, live: Live, course: Sequence[Status], *, at_once: bool) -> None:
        for place, status in enumerate(course):
            wait = 0.0 if at_once and place == 0 else self._wait(live.message, status, first=place == 0)
            if await _interrupted(live, wait):
                return
            await self._enter(live, status, place == len(course) - 1)

    def _wait(self, message: Message, status: Status, *, first: bool) -> float:
        settings = self._settings()
        wait = settings.sent_after if first else settings.next_after
        if message.fate == Fate.LATE and status.final:
            wait += settings.late_after
        return wait * settings.pace


async def _interrupted(live: Live, wait: float) -> bool:
    """Wait; whether another fate was chosen meanwhile."""
    if wait > 0:
        try:
            await asyncio.wait_for(live.changed.wait(), wait)
        except TimeoutError:
            return False
    return live.changed.is_set()


def _rest(message: Message) -> list[Status]:
    """The statuses still to come: those of the fate, less what was entered before, in that order."""
    entered = [entry["status"] for entry in json.loads(message.history)]
    rest = list(course_of(Fate(message.fate)))
    for status in entered:
        if rest and rest[0] == status:
            rest.pop(0)
    return rest


def mo_fate(sender: str) -> Fate:
    """The fate of a handset's own message: of those that chose one for it, what a message to the host can meet."""
    fate = fate_of(sender)
    return fate if fate in MO_FATES else Fate.DELIVERED


def disturbed(webhooks: Iterable[T], fate: Fate) -> list[T]:
    """What brings a handset's message, as its fate has it: each twice, or the parts in reverse."""
    made = list(webhooks)
    if fate is Fate.DUPLICATED:
        return [request for request in made for _ in range(2)]
    return made[::-1] if fate is Fate.OUT_OF_ORDER else made
