"""Broken streams for the codecs whose frames lie between STX and ETX."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Mend = Callable[[bytes], bytes]


def fed(reader: object, stream: bytes, cuts: Sequence[int]) -> list[tuple[object, bytes]]:
    """What a reader makes of `stream`, fed in pieces that end at `cuts`."""
    found: list[tuple[object, bytes]] = []
    ends = [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in zip([0, *ends], ends, strict=False):
        found += reader.feed(stream[start:end])  # type: ignore[attr-defined]
    return found


def spoilt(frames: Sequence[bytes], mend: Mend) -> Callable[[random.Random], bytes]:
    """Makes one of `frames` with a few octets changed, and for most of them the frame mended around that.

    Without mending nothing would get past the checksum to the code behind it.
    """

    def make(chance: random.Random) -> bytes:
        octets = bytearray(chance.choice(frames))
        for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
            _spoil(octets, chance, frames)
        return mend(bytes(octets)) if chance.random() < 0.7 else bytes(octets)

    return make


def _spoil(octets: bytearray, chance: random.Random, frames: Sequence[bytes]) -> None:
    place = chance.randrange(1, max(2, len(octets)))
    match chance.randrange(7):
        case 0:
            octets[place - 1 : place] = bytes((chance.randrange(256),))
        case 1:
            octets[place:place] = bytes((chance.choice(b"/:\t\x02\x030A\x00\xff9"),))
        case 2:
            del octets[place : place + chance.randrange(1, 9)]
        case 3:
            octets[place:place] = octets[place : place + chance.randrange(1, 40)]
        case 4:
            octets[place:place] = chance.randbytes(chance.randrange(1, 9))
        case 5:
            octets[place:] = chance.choice(frames)[place:]
        case 6:
            del octets[place:]
