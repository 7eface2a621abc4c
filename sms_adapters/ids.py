"""Message ids: opaque, except where an aggregator writes the same id in two ways."""

from __future__ import annotations

__all__ = ["MATCHES", "same_id"]


def _hex_decimal(value: str) -> set[int]:
    """The numbers that `value` may stand for, read as decimal and as hexadecimal."""
    text = value.strip().lower().removeprefix("0x")
    found = set()
    for base in (10, 16):
        try:
            found.add(int(text, base))
        except ValueError:
            continue
    return found


def _exact(first: str, second: str) -> bool:
    return first == second


def _case(first: str, second: str) -> bool:
    return first.casefold() == second.casefold()


def _zeros(first: str, second: str) -> bool:
    return first.lstrip("0").casefold() == second.lstrip("0").casefold()


def _number(first: str, second: str) -> bool:
    """Equal as text, or one the hexadecimal form of the other's decimal."""
    return _zeros(first, second) or bool(_hex_decimal(first) & _hex_decimal(second))


MATCHES = {"exact": _exact, "case": _case, "zeros": _zeros, "hex-decimal": _number}


def same_id(first: str, second: str, match: str = "exact") -> bool:
    """Whether two ids are the same under `match`, one of `MATCHES`."""
    return MATCHES[match](first, second)
