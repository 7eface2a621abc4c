"""Alphanumeric sender ids: what a handset can show as the sender in place of a number.

Source: 3GPP TS 23.040, 9.1.2.5 (an address of at most ten octets, so eleven septets) and TS 23.038, 6.2.1 (the
alphabet), https://www.3gpp.org/dynareport/23040.htm and https://www.3gpp.org/dynareport/23038.htm
"""

from __future__ import annotations

import unicodedata

__all__ = ["GSM7", "GSM7_EXTENSION", "MOST_SEPTETS", "flaw", "typed"]

MOST_SEPTETS = 11
GSM7_EXTENSION = frozenset("^{}\\[~]|€")
"""Characters that take two septets."""
GSM7 = GSM7_EXTENSION | frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 7 bit default alphabet without its controls, and its extension table."""


def typed(raw: str) -> str:
    """What somebody typed, without the invisible characters that come along when it was copied."""
    return "".join(char for char in raw if unicodedata.category(char) != "Cf").strip()


def flaw(text: str) -> str | None:
    """What is wrong with a sender id, and how to mend it; None for a good one."""
    septets = len(text) + sum(char in GSM7_EXTENSION for char in text)
    if septets > MOST_SEPTETS:
        return f"takes {septets} characters; shorten it to {MOST_SEPTETS}"
    foreign = next((char for char in text if char not in GSM7), None)
    return None if foreign is None else f"contains {foreign!r}, which is not in GSM-7; replace it"
