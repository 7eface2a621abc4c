"""Whether an SMSC speaks of the recipient that was asked for: it may write the number otherwise than we did."""

from __future__ import annotations

__all__ = ["same_recipient"]

SUBSCRIBER = 7
"""Digits at the end of a number that no network changes; those before them are what prefixes and plans are made of."""


def same_recipient(asked: str, told: str) -> bool:
    """Whether two numbers can be one: 00447700900002, +447700900002 and 07700900002 are.

    Of a short code nothing is known, a network may know it by another: in the example of operation 51 in the EMI - UCP
    Interface Specification 4.0, 5.3, the answer to 012345 speaks of 012234.
    https://www.yumpu.com/en/document/view/47312375/emi-ucp-specification-40-now-sms
    """
    first, second = _subscriber(asked), _subscriber(told)
    return first == second or min(len(first), len(second)) < SUBSCRIBER


def _subscriber(number: str) -> str:
    return number.lstrip("+0")[-SUBSCRIBER:]
