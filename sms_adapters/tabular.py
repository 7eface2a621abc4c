"""Aligned plain-text tables of foreign text.

What is shown may have been typed on a handset or written by an aggregator, so nothing in it reaches the terminal that
a terminal would obey, and columns are counted by the cells that a terminal gives each character.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import category, east_asian_width

__all__ = ["cells", "excerpt", "table", "visible"]

OBEYED = frozenset({"Cc", "Cs", "Zl", "Zp"})
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
WITHOUT_CELL = frozenset({"Mn", "Me", "Cf"})
GAP = "  "


def visible(text: str) -> str:
    """`text` on one line: controls, marks of direction and lone surrogates are written as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if category(char) in OBEYED or char in DIRECTIONS else char for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """The columns of a terminal that `text` takes; a sequence of joined emojis counts each of them."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if category(char) in WITHOUT_CELL:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def excerpt(text: str, most: int) -> str:
    """The beginning of `text` that fits in `most` columns, with an ellipsis if it is not all."""
    shown = visible(text)
    if cells(shown) <= most:
        return shown
    taken, end = 1, 0
    while taken + _cells(shown[end]) <= most:
        taken += _cells(shown[end])
        end += 1
    return shown[:end].rstrip("\u200d") + "…"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines of columns as wide as their widest cell, without white space at their ends."""
    lines = [tuple(headings), *(tuple(visible(cell) for cell in row) for row in rows)]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(line: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - cells(cell)) for cell, width in zip(line, widths, strict=True))
    return GAP.join(padded).rstrip()
