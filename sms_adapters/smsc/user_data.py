"""User data as UCP/EMI and CIMD2 carry it: GSM's data coding scheme, and what a user data header tells.

Source: "3GPP TS 23.038; Alphabets and language-specific information", clause 4,
https://www.3gpp.org/dynareport/23038.htm.
"""

from __future__ import annotations

from typing import NamedTuple

from ..messages import PartInfo
from ..text import Encoding, MalformedHeader, UserDataHeader, parse_header

__all__ = ["ESCAPE", "Scheme", "cut_of", "dcs_of", "header_of", "part_of", "scheme_of"]

_ALPHABETS = (Encoding.GSM7, Encoding.BINARY, Encoding.UCS2, Encoding.GSM7)
ESCAPE = b"\x1b"
HIGH, LOW = range(0xD8, 0xDC), range(0xDC, 0xE0)
"""First octets of the first and second half of a surrogate pair."""
_COMPRESSED, _HAS_CLASS, _CLASS = 0x20, 0x10, 0x03
_WAITING_UCS2, _CODING_AND_CLASS, _EIGHT_BIT = 0xE, 0xF, 0x04


class Scheme(NamedTuple):
    """What a data coding scheme says: how the text travels, and the message class, 0 for flash."""

    encoding: Encoding
    message_class: int | None = None


def scheme_of(dcs: int) -> Scheme:
    """The meaning of a data coding scheme; a reserved one is the default alphabet, a compressed text is data."""
    group = dcs >> 4
    if group < 8:
        encoding = Encoding.BINARY if dcs & _COMPRESSED else _ALPHABETS[dcs >> 2 & 3]
        return Scheme(encoding, dcs & _CLASS if dcs & _HAS_CLASS else None)
    if group == _CODING_AND_CLASS:
        return Scheme(Encoding.BINARY if dcs & _EIGHT_BIT else Encoding.GSM7, dcs & _CLASS)
    return Scheme(Encoding.UCS2 if group == _WAITING_UCS2 else Encoding.GSM7)


def dcs_of(encoding: Encoding, message_class: int | None = None) -> int:
    """The data coding scheme of the general group."""
    alphabet = {Encoding.GSM7: 0x00, Encoding.BINARY: 0x04, Encoding.UCS2: 0x08}[encoding]
    return alphabet if message_class is None else alphabet | _HAS_CLASS | message_class


def header_of(udh: bytes) -> UserDataHeader | None:
    """A user data header; None for what is none, which a receiver has to ignore."""
    try:
        return parse_header(udh) if udh else None
    except MalformedHeader:
        return None


def part_of(udh: bytes, octets: bytes = b"", encoding: Encoding = Encoding.BINARY) -> PartInfo | None:
    """The place among the parts of a message that a header tells, and what of `octets`, the part's text, was cut."""
    header = header_of(udh)
    found = header.concatenation if header else None
    return PartInfo(str(found.reference), found.number, found.total, *cut_of(octets, encoding)) if found else None


def cut_of(octets: bytes, encoding: Encoding) -> tuple[str | None, str | None]:
    """`PartInfo.head` and `tail` of a part whose text these octets are; septets one in each octet."""
    if encoding is Encoding.GSM7:
        return None, ESCAPE.hex() if octets.endswith(ESCAPE) else None
    if encoding is not Encoding.UCS2:
        return None, None
    end = len(octets) // 2 * 2
    first, last = octets[: min(2, end)], octets[max(end - 2, 0) : end]
    return _half(first, LOW), _half(last, HIGH)


def _half(unit: bytes, kind: range) -> str | None:
    return unit.hex() if unit and unit[0] in kind else None
