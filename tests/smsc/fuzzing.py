"""How many frames a fuzz test takes, from which seed, and how far it is.

`make test` fuzzes a little, always the same. `make fuzz` sets SMS_ADAPTERS_FUZZ to a number of frames and prints the
seed, new each time; SMS_ADAPTERS_FUZZ_SEED takes one of a run that failed.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator

WANTED = int(os.environ.get("SMS_ADAPTERS_FUZZ", "20000"))
LONG = "SMS_ADAPTERS_FUZZ" in os.environ
SEED = int(os.environ.get("SMS_ADAPTERS_FUZZ_SEED", "0")) or (random.randrange(1 << 32) if LONG else 1)


def fuzzed(name: str, make: Callable[[random.Random], bytes]) -> Iterator[bytes]:
    """Frames as `make` damages them; a long run shows where it is."""
    chance = random.Random(SEED)
    for done in range(WANTED):
        if LONG and done % max(WANTED // 20, 1) == 0:
            _show(f"{name}: {done:,} of {WANTED:,} frames, SMS_ADAPTERS_FUZZ_SEED={SEED}")
        yield make(chance)
    if LONG:
        _show(f"{name}: {WANTED:,} frames done, SMS_ADAPTERS_FUZZ_SEED={SEED}")


def _show(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def damaged(chance: random.Random, octets: bytes, others: bytes = b"") -> bytes:
    """`octets` with one to six octets changed, cut out, put in or doubled; `others` are likely ones to put in."""
    frame = bytearray(octets)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(frame) + 1)
        match chance.randrange(5):
            case 0 if at < len(frame):
                frame[at] = chance.randrange(256)
            case 1:
                del frame[at : at + chance.randint(1, 8)]
            case 2:
                frame[at:at] = chance.randbytes(chance.randint(1, 4))
            case 3:
                frame[at:at] = frame[at : at + chance.randint(1, 30)]
            case _ if others and at < len(frame):
                frame[at] = chance.choice(others)
    return bytes(frame)
