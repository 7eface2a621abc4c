"""The sequence numbers of one connection: none is given twice while a response to it may still come."""

from __future__ import annotations

from collections.abc import Container

from .dialects import Dialect

__all__ = ["Numbers"]


class Numbers:
    """Numbers in the dialect's order.

    A number whose response never came is kept back: where the numbers begin again after a hundred, a late response
    would be taken for that to another message.
    """

    __slots__ = ("_gapless", "_held", "_kept_back", "_limit", "_source")

    def __init__(self, dialect: Dialect) -> None:
        self._source = dialect.sequences()
        self._gapless = dialect.gapless
        self._limit = dialect.window_limit
        self._kept_back: set[int] = set()
        self._held: int | None = None

    def next(self, flying: Container[int], asked: Container[int]) -> int | None:
        """The next that is neither kept back nor in use; None where there is none at present."""
        kept_back, tries = self._kept_back, self._limit
        while tries:
            number, self._held = next(self._source) if self._held is None else self._held, None
            if number not in flying and number not in asked and number not in kept_back:
                return number
            if self._gapless:
                self._held = number
                return None
            tries -= 1
        return None

    def give_back(self, number: int) -> None:
        """A number was not used after all."""
        self._held = number

    def quarantine(self, number: int) -> None:
        """Its request was given up."""
        self._kept_back.add(number)

    def release(self, number: int) -> bool:
        """Its response has come after all; False for one that was not kept back."""
        if number not in self._kept_back:
            return False
        self._kept_back.discard(number)
        return True
