"""How many requests an address may make."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Bucket"]

ADDRESSES = 10_000


class Bucket:
    """A token bucket for each address: `rate` a second, twice that at once; a rate of 0 lets all pass."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> bool:
        """Whether one more request may pass."""
        if not self._rate:
            return True
        moment, most = self._clock(), max(2 * self._rate, 1.0)
        left, seen = self._left.get(address, (most, moment))
        left = min(most, left + (moment - seen) * self._rate)
        if len(self._left) >= ADDRESSES:
            self._left.clear()
        self._left[address] = left - 1 if left >= 1 else left, moment
        return left >= 1
