"""Whether an SMSC speaks of the recipient that was asked for: it may write the number otherwise than we did."""

from __future__ import annotations

__all__ = ["same_recipient"]

SUBSCRIBER = 7
"""Digits at the end of a number that no network changes; those before them are what prefixes and plans are made of."""


def same_recipient(asked: str, told: str) -> bool:
    """Whether two numbers can be one: 00447700900002, +447700900002 and 07700900002 are."""
    return asked == told or _subscriber(asked) == _subscriber(told)


def _subscriber(number: str) -> str:
    return number.lstrip("+0")[-SUBSCRIBER:]
