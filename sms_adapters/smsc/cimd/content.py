"""What the values of CIMD2's parameters mean: hexadecimal data, stamps, relative times."""

from __future__ import annotations

from binascii import Error, unhexlify
from datetime import datetime, timedelta, tzinfo

from .frames import CimdError

__all__ = ["number_of", "octets_of", "read_relative", "read_stamp", "write_relative", "write_stamp"]

_STAMP = "%y%m%d%H%M%S"

_SCALE: tuple[tuple[int, int, timedelta, timedelta], ...] = (
    (0, 143, timedelta(0), timedelta(minutes=5)),
    (144, 167, timedelta(hours=12), timedelta(minutes=30)),
    (168, 196, timedelta(days=1), timedelta(days=1)),
    (197, 255, timedelta(weeks=4), timedelta(weeks=1)),
)
"""Relative times, as TP-VP of 3GPP TS 23.040 clause 9.2.3.12.1 has them: first and last value, begin, step."""


def octets_of(hexadecimal: str) -> bytes:
    """The octets of a hexadecimal parameter; CimdError for what is none."""
    try:
        return unhexlify(hexadecimal)
    except (Error, ValueError):
        raise CimdError("a parameter is no hexadecimal text") from None


def number_of(value: str | None) -> int | None:
    """The number that a parameter holds, leading zeros allowed; None for what is none."""
    sign = (value or "").removeprefix("-")
    return int(value) if value and sign.isascii() and sign.isdigit() and len(sign) <= 9 else None


def read_stamp(value: str | None, zone: tzinfo) -> datetime | None:
    """`YYMMDDhhmmss` in the centre's time zone; None for what is no time."""
    if not value or len(value) != 12 or not (value.isascii() and value.isdigit()):
        return None
    try:
        return datetime.strptime(value, _STAMP).replace(tzinfo=zone)
    except ValueError:
        return None


def write_stamp(moment: datetime, zone: tzinfo) -> str:
    """`YYMMDDhhmmss` in the centre's time zone."""
    return moment.astimezone(zone).strftime(_STAMP)


def write_relative(span: timedelta) -> str:
    """A relative time (050, 053), rounded up to the next step of the scale; the longest is 63 weeks."""
    for first, last, begin, step in _SCALE:
        value = first + max(1, -((begin - span) // step)) - 1
        if value <= last:
            return str(value)
    return "255"


def read_relative(value: str | None) -> timedelta | None:
    """The time of a relative value; None for one that is not 0 to 255."""
    number = number_of(value)
    for first, last, begin, step in _SCALE:
        if number is not None and first <= number <= last:
            return begin + (number - first + 1) * step
    return None
