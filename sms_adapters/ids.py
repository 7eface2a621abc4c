"""Message ids: opaque, except where an aggregator writes the same id in two ways."""

from __future__ import annotations

import re

__all__ = ["MATCHES", "same_id"]

_DECIMAL = re.compile(r"[0-9]{1,64}")
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,64}")


def _plain(value: str) -> str:
    return value.strip().lower().removeprefix("0x")


def _readings(value: str) -> set[int]:
    """The numbers that an id may stand for: by its digits in decimal, in hexadecimal, or none."""
    found = {int(value)} if _DECIMAL.fullmatch(value) else set()
    return found | {int(value, 16)} if _HEXADECIMAL.fullmatch(value) else found


def _exact(first: str, second: str) -> bool:
    return first == second


def _case(first: str, second: str) -> bool:
    return first.casefold() == second.casefold()


def _zeros(first: str, second: str) -> bool:
    return first.lstrip("0").casefold() == second.lstrip("0").casefold()


def _number(first: str, second: str) -> bool:
    """Equal as text, or one in hexadecimal, which a letter A to F in it shows, and the other the same in decimal."""
    one, other = _plain(first), _plain(second)
    if _zeros(one, other):
        return True
    decimal = [bool(_DECIMAL.fullmatch(value)) for value in (one, other)]
    return decimal[0] != decimal[1] and bool(_readings(one) & _readings(other))


def _any_number(first: str, second: str) -> bool:
    """As `_number`, and digits alone may be hexadecimal too: 10 is 16, as well as 10."""
    one, other = _plain(first), _plain(second)
    return _zeros(one, other) or bool(_readings(one) & _readings(other))


MATCHES = {"exact": _exact, "case": _case, "zeros": _zeros, "hex-decimal": _number, "hex-digits": _any_number}


def same_id(first: str, second: str, match: str = "exact") -> bool:
    """Whether two ids are the same under `match`, one of `MATCHES`."""
    return MATCHES[match](first, second)
