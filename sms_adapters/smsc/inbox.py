"""What the peer delivered on one connection and nobody has answered yet."""

from __future__ import annotations

from enum import Enum

__all__ = ["Inbox", "Taken"]

MOST_UNANSWERED = 1000


class Taken(Enum):
    """What to do with a delivery."""

    NEW = "hand it over"
    WAITING = "handed over already, the answer will come"
    ANSWERED = "accepted already, say so again"
    FULL = "more than the host can take, tell the peer to come later"


class Inbox:
    """Deliveries by their sequence number and octets.

    The last answer that accepted one is kept, since a peer that missed it sends the same once more. Where different
    ones come under one number, nobody can tell which an answer is for: they are answered together, and accepted only
    if all were.
    """

    __slots__ = ("_count", "_held", "_last", "_waiting", "last_answer")

    def __init__(self) -> None:
        self._waiting: dict[int, list[bytes]] = {}
        self._held: dict[int, list[tuple[bytes, bytes, bool]]] = {}
        self._count = 0
        self._last = b""
        self.last_answer = b""

    def __len__(self) -> int:
        return self._count

    def take(self, number: int, raw: bytes) -> Taken:
        """A delivery came."""
        if raw == self._last:
            return Taken.ANSWERED
        if self.holds(number, raw) or any(raw == one for one, _, _ in self._held.get(number, ())):
            return Taken.WAITING
        if self._count >= MOST_UNANSWERED:
            return Taken.FULL
        self._waiting.setdefault(number, []).append(raw)
        self._count += 1
        return Taken.NEW

    def holds(self, number: int, raw: bytes) -> bool:
        """Whether a delivery waits for its answer."""
        return raw in self._waiting.get(number, ())

    def answered(self, number: int, raw: bytes, octets: bytes, *, accepted: bool) -> list[bytes]:
        """The host answered one with `octets`: what is to be written."""
        waiting, held = self._waiting[number], self._held.pop(number, [])
        waiting.remove(raw)
        self._count -= 1
        held.append((raw, octets, accepted))
        if waiting:
            self._held[number] = held
            return []
        del self._waiting[number]
        refused = [one for _, one, taken in held if not taken]
        if refused:
            return refused[:1] * len(held)
        self._last, self.last_answer = raw, octets
        return [one for _, one, _ in held]
