"""Frames between STX and ETX, as UCP/EMI and CIMD2 have them: cutting a stream of octets into them."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

__all__ = ["ETX", "STX", "Chunk", "Flaw", "Splitter"]

STX, ETX = 0x02, 0x03


class Flaw(Enum):
    """Why a chunk is no whole frame."""

    CUT = "another frame began before this one ended"
    OVERSIZE = "no end within the longest frame allowed"


class Chunk(NamedTuple):
    """A frame, STX and ETX included, or with a `flaw` what was read of one."""

    octets: bytes
    flaw: Flaw | None = None


class Splitter:
    """Octets in, frames out; holds at most `limit` octets between two calls.

    Octets outside a frame are skipped, for both protocols allow a banner or line ends there. A frame is left at the
    next STX, so that nothing that a peer sends can stop the reading.
    """

    __slots__ = ("_buffer", "_scanned", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._scanned = 0

    @property
    def pending(self) -> int:
        """Octets held of a frame that has not ended."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Chunk]:
        """The frames that `data` completes, and the flawed ones, in the order of their octets."""
        self._buffer += data
        chunks = []
        start = 0
        while (start := self._buffer.find(STX, start)) >= 0:
            end, whole = self._end(start)
            if end - start > self.limit:
                # What an endless frame still brings is then taken for octets outside a frame.
                chunks.append(Chunk(bytes(self._buffer[start : start + self.limit]), Flaw.OVERSIZE))
            elif whole or end < len(self._buffer):
                chunks.append(Chunk(bytes(self._buffer[start:end]), None if whole else Flaw.CUT))
            else:
                break
            start = end
        self._keep(start)
        return chunks

    def _end(self, start: int) -> tuple[int, bool]:
        """Where the frame that begins at `start` ends, and whether by its own ETX."""
        begin = max(start + 1, self._scanned)
        etx = self._buffer.find(ETX, begin)
        stx = self._buffer.find(STX, begin, etx if etx >= 0 else len(self._buffer))
        if stx >= 0:
            return stx, False
        return (etx + 1, True) if etx >= 0 else (len(self._buffer), False)

    def _keep(self, start: int) -> None:
        """Forget what was read; `start` is -1 where no frame has begun."""
        del self._buffer[: start if start >= 0 else len(self._buffer)]
        self._scanned = len(self._buffer)
