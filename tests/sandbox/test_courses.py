"""What becomes of messages whose status cannot be kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sms_adapters.sandbox import courses
from sms_adapters.sandbox.courses import Courses, Live
from sms_adapters.sandbox.models import Settings
from sms_adapters.sandbox.records import Message
from sms_adapters.simulation import Fate

OURS = ("telnyx", "mt", "a", "+12025550123", "+12025550100", "x", None, "gsm7", 1, "queued", str(Fate.DELIVERED))


class Disk:
    """Refuses to keep the first `refusals` statuses."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.kept = refusals, []
        self.tried = asyncio.Event()

    async def enter(self, steps: Any) -> None:
        self.tried.set()
        if self.refusals:
            self.refusals -= 1
            raise OSError("the disk is full")
        self.kept += [str(status) for _, status, _ in steps]


def begun(disk: Disk) -> tuple[Courses, Live]:
    made = Courses(disk.enter, lambda *_: None, lambda: Settings(pace=0))
    live = Live(Message(1, *OURS, "2026-11-29T00:00:00+00:00"), None)  # type: ignore[arg-type]
    made.begin([live])
    return made, live


def test_a_status_that_could_not_be_kept_is_entered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "AGAIN", 0.01)

    async def run() -> list[str]:
        disk = Disk(2)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        begun(disk)
        while len(disk.kept) < 2:
            await asyncio.sleep(0.01)
        return disk.kept

    assert asyncio.run(asyncio.wait_for(run(), 10)) == ["sent", "delivered"]


def test_who_leaves_does_not_wait_for_a_status_that_cannot_be_kept() -> None:
    async def run() -> None:
        disk = Disk(1)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        made, live = begun(disk)
        await disk.tried.wait()
        await made.leave(1)
        assert live.entering is None
        await made.drop()

    asyncio.run(asyncio.wait_for(run(), 10))
