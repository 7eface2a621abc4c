"""Whether the peer is still there: asked after silence, given up after two questions without an answer."""

from __future__ import annotations

__all__ = ["Liveness"]

NEVER = float("inf")
MOST_PROBES = 2


class Liveness:
    """`interval` is the silence after which to ask, 0 for never; `patience` how long a question may go unanswered."""

    __slots__ = ("_heard", "_interval", "_patience", "_until", "asked")

    def __init__(self, interval: float, patience: float, now: float) -> None:
        self._interval = interval
        self._patience = min(patience, interval or NEVER)
        self._until = NEVER
        self._heard = now
        self.asked = 0

    def heard(self, now: float) -> None:
        """Something came, whatever it was."""
        self._heard, self.asked, self._until = now, 0, NEVER

    def ask(self, now: float) -> None:
        """A question goes out."""
        self.asked += 1
        self._until = now + self._patience

    def put_off(self, now: float) -> None:
        """A question was due that could not be written: it is no question, and due again after as long a silence."""
        self._heard, self._until = now, now + self._patience if self.asked else NEVER

    def dead(self, now: float) -> bool:
        """Whether all questions went unanswered."""
        return self.asked >= MOST_PROBES and now >= self._until

    @property
    def due(self) -> float:
        """When to ask, for the first time or again."""
        if self.asked:
            return self._until
        return self._heard + self._interval if self._interval else NEVER
