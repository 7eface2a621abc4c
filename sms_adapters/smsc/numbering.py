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

    def next(self, *taken: Container[int]) -> int | None:
        """The next that is free; None where there is none at present."""
        number, self._held = self._held, None
        tries = self._limit if self._kept_back or len(taken) else 1
        for _ in range(tries):
            if number is None:
                number = next(self._source)
            if number not in self._kept_back and not any(number in numbers for numbers in taken):
                return number
            if self._gapless:
                self._held = number
                return None
            number = None
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
