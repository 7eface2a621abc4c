"""PDUs out of a stream of octets."""

from __future__ import annotations

from struct import Struct

from ..errors import FrameError
from .codec import decode
from .errors import SmppError
from .pdus import Pdu

__all__ = ["LIMIT", "FrameReader"]

LIMIT = 70_000
"""Octets of the longest PDU taken: a message_payload has up to 65535."""

Item = tuple[Pdu | FrameError, bytes]
_LENGTH = Struct(">I")
_UNKNOWN = 4


class FrameReader:
    """Takes octets as they come, in any pieces, and gives out what is whole.

    What is no PDU comes as an SmppError in its place. A command_length that cannot be is the last item ever: where
    the next PDU would begin is not known, so `broken` is set and all later octets are dropped. No more than one PDU
    of `limit` octets is kept.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.broken = False
        self._buffer = bytearray()
        self._needed = _UNKNOWN

    @property
    def pending(self) -> int:
        """Octets of a PDU that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Item]:
        """The PDUs that `data` completes, and the errors among them, each with its octets, in the order they came."""
        if self.broken:
            return []
        if not self._buffer:
            return self._cut(data)
        self._buffer += data
        if len(self._buffer) < self._needed:
            return []
        whole = bytes(self._buffer)
        self._buffer.clear()
        return self._cut(whole)

    def _cut(self, octets: bytes) -> list[Item]:
        found: list[Item] = []
        at, end = 0, len(octets)
        while end - at >= 4:
            (length,) = _LENGTH.unpack_from(octets, at)
            if not 16 <= length <= self.limit:
                found.append(self._break(length, octets[at : at + 16]))
                return found
            if at + length > end:
                self._needed = length
                self._buffer += octets[at:]
                return found
            found.append(_decoded(octets[at : at + length]))
            at += length
        self._needed = _UNKNOWN
        self._buffer += octets[at:]
        return found

    def _break(self, length: int, octets: bytes) -> Item:
        self.broken = True
        return SmppError(f"command_length is {length}: not 16 to {self.limit}", fatal=True, raw=octets), octets


def _decoded(octets: bytes) -> Item:
    try:
        return decode(octets), octets
    except SmppError as error:
        return error, octets
