"""How much may be sent at a time, how fast, and when to connect again."""

from __future__ import annotations

__all__ = ["Allowance", "BackOff", "Pace"]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STABLE = 30.0
SLOWER = 8
NEVER = float("inf")


class Pace:
    """At most `rate` a second, evenly: what was not used within a tenth of a second is not made up for."""

    __slots__ = ("_slack", "_step", "next_at")

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate
        self._slack = max(0.1, self._step)
        self.next_at = 0.0

    def take(self, now: float) -> bool:
        """Whether one may leave now; `next_at` is when the next may."""
        if now < self.next_at:
            return False
        self.next_at = max(self.next_at, now - self._slack) + self._step
        return True


class Allowance:
    """How many requests may be unanswered: the window, less after the SMSC complained, growing back without complaints.

    `room` is that number at present, `full` whether it is the window. Beyond the number that was last too much it grows
    slowly: an SMSC's own window is smaller, as a rule, and each try to find that out costs a pause.
    """

    __slots__ = ("_ceiling", "_exact", "_good", "_pause", "full", "room", "window")

    def __init__(self, window: int) -> None:
        self.window = self.room = window
        self.full = True
        self._exact = self._ceiling = float(window)
        self._pause = FIRST_PAUSE
        self._good = 0

    def halve(self, flying: int, random: float) -> float:
        """After a complaint with `flying` unanswered: seconds to pause; twice as many each time until one is good."""
        self._ceiling = max(1.0, min(self._exact, flying) - 1)
        self._exact = max(1.0, min(self._exact, flying) / 2)
        self.room, self.full, self._good = int(self._exact), False, 0
        pause = self._pause * (0.5 + random / 2)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return pause

    def recover(self) -> None:
        """A request was answered without a complaint: one more at a time for each window of those."""
        self._good += 1
        if self._good >= self.room:
            self._pause = FIRST_PAUSE
        self._exact += (1 if self._exact < self._ceiling else 1 / SLOWER) / self._exact
        self.room = min(int(self._exact), self.window)
        self.full = self.room == self.window


class BackOff:
    """Seconds to the next attempt to connect: doubling up to `longest`; from `first` again after a stable one."""

    __slots__ = ("_attempts", "_first", "_longest", "_since")

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._attempts = 0
        self._since = NEVER

    def bound(self, now: float) -> None:
        """An attempt has succeeded."""
        self._since = now

    def pause(self, now: float, random: float, *, refused: bool) -> float:
        """After a loss; the longest at once where the account was refused, for accounts get locked. With jitter."""
        self._attempts = 1 if now - self._since >= STABLE else self._attempts + 1
        self._since = NEVER
        pause = self._longest if refused else min(self._first * 2 ** min(self._attempts - 1, 20), self._longest)
        return pause * (0.5 + random / 2)
