"""The notation in which this package writes sets and sequences of code points as data.

Items separated by blanks: `3C`, `5B-5D` (both ends included, hexadecimal), or `.` for a hole in a sequence.
"""

HOLE = "."


def codes(notation: str) -> tuple[int | None, ...]:
    """Every code point of `notation` in its order, None for a hole."""
    found: list[int | None] = []
    for item in notation.split():
        found.extend([None] if item == HOLE else range(*_span(item)))
    return tuple(found)


def edges(notation: str) -> tuple[int, ...]:
    """Where a set written in ascending order begins and ends: (first, after last, first, after last, ...).

    `bisect_right(edges, code) % 2` is 1 exactly for the members.
    """
    return tuple(edge for item in notation.split() for edge in _span(item))


def _span(item: str) -> tuple[int, int]:
    first, _, last = item.partition("-")
    return int(first, 16), int(last or first, 16) + 1
