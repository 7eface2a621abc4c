"""What the peer delivered on one connection and nobody has answered yet."""

from __future__ import annotations

from enum import Enum

__all__ = ["Inbox", "Taken"]

MOST_UNANSWERED = 1000


class Taken(Enum):
    """What to do with a delivery."""

    NEW = "hand it over"
    WAITING = "handed over already, the answer will come"
    ANSWERED = "answered already, say the same again"
    FULL = "more than the host can take, tell the peer to come later"


class Inbox:
    """By sequence number; the last answer is kept, since a peer that missed it sends the same once more."""

    __slots__ = ("_last", "_waiting", "last_answer")

    def __init__(self) -> None:
        self._waiting: dict[int, bytes] = {}
        self._last = b""
        self.last_answer = b""

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, number: int, raw: bytes) -> Taken:
        """A delivery came."""
        if raw == self._last:
            return Taken.ANSWERED
        if self._waiting.get(number) == raw:
            return Taken.WAITING
        if len(self._waiting) >= MOST_UNANSWERED:
            return Taken.FULL
        self._waiting[number] = raw
        return Taken.NEW

    def holds(self, number: int) -> bool:
        """Whether a delivery waits for its answer."""
        return number in self._waiting

    def answered(self, number: int, octets: bytes) -> None:
        """It was answered with `octets`."""
        self._last = self._waiting.pop(number)
        self.last_answer = octets
