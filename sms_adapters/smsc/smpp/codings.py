"""data_coding: which alphabet a text is in, and the text.

Sources: "Short Message Peer to Peer Protocol Specification v3.4", section 5.2.19, https://smpp.org/, and "3GPP TS
23.038; Alphabets and language-specific information", clause 4, https://www.3gpp.org/dynareport/23038.htm, for the
values that an SMSC passes through from the network. What 0 means is a matter between operator and customer, so that
every value can be given another alphabet.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...text import UserDataHeader, gsm7

__all__ = [
    "ALPHABETS",
    "BINARY",
    "GSM7",
    "PACKED",
    "UCS2",
    "Decoded",
    "alphabet_of",
    "check_alphabet",
    "decode_text",
    "encode_text",
]

GSM7, PACKED, UCS2, BINARY = "gsm7", "gsm7-packed", "ucs2", "binary"
_OWN = frozenset({GSM7, PACKED, UCS2, BINARY})

ALPHABETS: Mapping[int, str] = {
    0x00: GSM7,
    0x01: "ascii",
    0x02: BINARY,
    0x03: "latin-1",
    0x04: BINARY,
    0x05: "shift_jis",
    0x06: "iso8859-5",
    0x07: "iso8859-8",
    0x08: UCS2,
    0x09: BINARY,
    0x0A: "iso2022_jp",
    0x0D: "euc_jisx0213",
    0x0E: "euc_kr",
}
"""The alphabets of SMPP's own values: ours (`GSM7`, `PACKED`, `UCS2`, `BINARY`) or the name of a codec of Python."""

_GENERAL_CLASSES = (GSM7, BINARY, UCS2, BINARY)
_COMPRESSED = 0x20
_CR = 0x0D


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text`, or `data` where the octets are none; `damaged` where some octets did not fit the alphabet.

    A damaged text shows U+FFFD for what could not be read. Nothing is lost: the PDU has the octets.
    """

    text: str = ""
    data: bytes | None = None
    damaged: bool = False


def check_alphabet(name: str) -> str:
    """`name`, if it is one of ours or of Python's text codecs; else ValueError."""
    if name in _OWN:
        return name
    try:
        "a".encode(name)
    except (LookupError, UnicodeError):
        raise ValueError(f"{name!r} is no alphabet: {', '.join(sorted(_OWN))}, or a codec of Python") from None
    return name


def alphabet_of(data_coding: int, alphabets: Mapping[int, str] = ALPHABETS) -> str:
    """The alphabet of a data_coding; `BINARY` for a value that none is known for."""
    named = alphabets.get(data_coding) or ALPHABETS.get(data_coding)
    if named is not None:
        return named
    group = data_coding >> 4
    if group in (0xC, 0xD):  # message waiting
        return GSM7
    if group == 0xE:  # message waiting, its text in UCS-2
        return UCS2
    if group == 0xF:  # message class
        return BINARY if data_coding & 0x04 else GSM7
    if group <= 0x3 and not data_coding & _COMPRESSED and group:
        return _GENERAL_CLASSES[data_coding >> 2 & 3]
    return BINARY


def decode_text(
    octets: bytes,
    data_coding: int,
    alphabets: Mapping[int, str] = ALPHABETS,
    *,
    header: UserDataHeader | None = None,
) -> Decoded:
    """What `octets` say, the user data header taken off; never raises.

    An octet above 7F hex under the GSM alphabet is no septet: the SMSC's default alphabet is Latin-1 then, and that is
    how it is read, marked as damaged.
    """
    alphabet = alphabet_of(data_coding, alphabets)
    if alphabet == BINARY:
        return Decoded(data=octets)
    reading = _READINGS.get(alphabet)
    if reading is not None:
        return reading(octets, header)
    text = octets.decode(alphabet, "replace")
    return Decoded(text, damaged="\ufffd" in text)


def encode_text(text: str, alphabet: str, *, header_octets: int = 0) -> bytes:
    """`text` in an alphabet, for after a user data header of so many octets.

    Raises UnicodeEncodeError or UnencodableText for a character that it lacks.
    """
    if alphabet == GSM7:
        return gsm7.encode(text)
    if alphabet == PACKED:
        return gsm7.pack(gsm7.encode(text), gsm7.fill_bits(header_octets) if header_octets else 0)
    return text.encode("utf-16-be" if alphabet == UCS2 else alphabet)


def _septets(octets: bytes, header: UserDataHeader | None) -> Decoded:
    if not octets.isascii():
        return Decoded(octets.decode("latin-1"), damaged=True)
    tables = (header.locking, header.single) if header else (None, None)
    text = gsm7.decode(octets, *tables, errors="replace")
    return Decoded(text, damaged="\ufffd" in text or octets.endswith(b"\x1b"))


def _packed(octets: bytes, header: UserDataHeader | None) -> Decoded:
    fill = gsm7.fill_bits(header.length) if header else 0
    count = max(8 * len(octets) - fill, 0) // 7
    septets = gsm7.unpack(octets, count, fill) if count else b""
    # Seven spare bits at the end are zero, or a CR as TS 23.038 clause 6.1.2.3.1 has it: no character either way.
    if septets and (8 * len(octets) - fill) % 7 == 0 and septets[-1] in (0, _CR):
        septets = septets[:-1]
    return _septets(septets, header)


def _ucs2(octets: bytes, _header: UserDataHeader | None) -> Decoded:
    odd = len(octets) % 2
    # A byte order mark of the other order is how little-endian senders give themselves away.
    little = octets.startswith(codecs.BOM_UTF16_LE)
    text = octets[: len(octets) - odd].decode("utf-16-le" if little else "utf-16-be", "replace").removeprefix("\ufeff")
    return Decoded(text, damaged=bool(odd) or "\ufffd" in text)


_READINGS: Mapping[str, Callable[[bytes, UserDataHeader | None], Decoded]] = {
    GSM7: _septets,
    PACKED: _packed,
    UCS2: _ucs2,
}
