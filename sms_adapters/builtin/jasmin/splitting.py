"""How much of a text one request may hold, since Jasmin cuts blindly.

It cuts octets every 153 septets or 67 UTF-16 units, through an escape pair or a surrogate pair as well, which a handset
then shows as two wrong characters, and throws away what is beyond long_content_max_parts: "SubmitSM" in
https://github.com/jookies/jasmin/blob/0.11.0/jasmin/protocols/smpp/operations.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ...text import Encoding, graphemes, gsm7

__all__ = ["DATA", "SIZES", "submissions"]

SIZES = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67), Encoding.BINARY: (140, 134)}
"""Units of a message alone, and of each segment of several; septets, UTF-16 units, octets."""
DATA = 4
"""The data coding of octets that are no text."""

_septets = lru_cache(maxsize=2048)(gsm7.septets)


def submissions(text: str, encoding: Encoding, most: int) -> Iterator[str]:
    """Pieces that each arrive whole in at most `most` segments; cut at a space if there is one, not in a grapheme."""
    alone, block = SIZES[encoding]
    units = [_septets(char) if encoding is Encoding.GSM7 else 1 + (char > "\uffff") for char in text]
    start = 0
    while start < len(text):
        end = max(_alone(units, start, alone), _joined(units, start, block, most))
        if end < len(text):
            end = _between_words(text, start, end, block // 5)
        yield text[start:end]
        start = end


def _alone(units: Sequence[int], start: int, alone: int) -> int:
    """Where a message of one segment has to end."""
    total = 0
    for end in range(start, len(units)):
        total += units[end]
        if total > alone:
            return end
    return len(units)


def _joined(units: Sequence[int], start: int, block: int, most: int) -> int:
    """Where a message of several has to end: before what is too much, and before a character across a border."""
    total = 0
    for end in range(start, len(units)):
        across = total % block + units[end] > block
        if across or total + units[end] > block * most:
            return end
        total += units[end]
    return len(units)


def _between_words(text: str, start: int, end: int, reach: int) -> int:
    whole = graphemes.cluster_start(text, end, start)
    end = whole if whole > start else end
    space = text.rfind(" ", max(start, end - reach), end)
    return space + 1 if space > start else end
