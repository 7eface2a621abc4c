"""What the fields of UCP/EMI mean: hexadecimal text, the packed alphanumeric originator, extra services, stamps."""

from __future__ import annotations

from binascii import Error, unhexlify
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from ...text import NationalLanguage, UnencodableText, gsm7
from .frames import UcpError

__all__ = [
    "ALPHABETS",
    "DCS",
    "UDH",
    "Alphabet",
    "XSer",
    "octets_of",
    "pack_originator",
    "read_services",
    "read_stamp",
    "unpack_originator",
    "write_services",
    "write_stamp",
]

UDH, DCS = 0x01, 0x02
"""Extra services: the user data header with its length octet, the data coding scheme of GSM."""

ORIGINATOR_SEPTETS = 11
WHOLE_OCTETS_OF_SEVEN = 8
"""Septets that seem to be there where a writer counts whole octets for seven characters: 14 semi-octets, not 13."""

_STAMPS = {10: "%d%m%y%H%M", 12: "%d%m%y%H%M%S"}


class XSer(NamedTuple):
    """One extra service of the field XSer, such as `UDH` or `DCS`."""

    service: int
    data: bytes


def octets_of(hexadecimal: str) -> bytes:
    """The octets of a hexadecimal field; UcpError for what is none."""
    try:
        return unhexlify(hexadecimal)
    except (Error, ValueError):
        raise UcpError("a field is no hexadecimal text") from None


def read_services(field: str) -> tuple[XSer, ...]:
    """The services of a field XSer, unknown ones among them; UcpError for one that runs over the end."""
    octets = octets_of(field)
    services, place = [], 0
    while place < len(octets):
        head, place = octets[place : place + 2], place + 2
        end = place + head[-1]
        if len(head) < 2 or end > len(octets):
            raise UcpError("an extra service in XSer runs over the end of the field")
        services.append(XSer(head[0], octets[place:end]))
        place = end
    return tuple(services)


def write_services(services: Iterable[XSer]) -> str:
    """The field XSer of these services; UcpError for one that is too long."""
    written = b""
    for service, data in services:
        if not 0 <= service <= 0xFF or len(data) > 0xFF:
            raise UcpError(f"extra service {service} of {len(data)} octets does not fit in XSer")
        written += bytes((service, len(data))) + data
    return written.hex().upper()


def pack_originator(sender: str) -> str:
    """An alphanumeric sender as OAdC has it beside OTOA 5039: useful semi-octets, then packed septets.

    UcpError beyond 11 septets, UnencodableText for a character that is not in GSM 7-bit.
    """
    septets = gsm7.encode(sender)
    if len(septets) > ORIGINATOR_SEPTETS:
        raise UcpError(f"an alphanumeric sender has at most {ORIGINATOR_SEPTETS} septets, not {len(septets)}")
    semi_octets = -(-7 * len(septets) // 4)
    return f"{semi_octets:02X}{gsm7.pack(septets).hex().upper()}"


def unpack_originator(field: str) -> str:
    """The alphanumeric sender of a field OAdC; UcpError for what is none."""
    octets = octets_of(field)
    if not octets:
        return ""
    semi_octets, packed = octets[0], octets[1:]
    count = min(4 * semi_octets // 7, 8 * len(packed) // 7)
    septets = gsm7.unpack(packed, count)
    if count == WHOLE_OCTETS_OF_SEVEN and septets[-1] == 0:
        septets = septets[:-1]
    return gsm7.decode(septets, errors="replace")


def read_stamp(field: str, zone: tzinfo) -> datetime | None:
    """`DDMMYYHHmm` or `DDMMYYHHmmss` in the SMSC's time zone; None for what is no time."""
    form = _STAMPS.get(len(field))
    if form is None or not (field.isascii() and field.isdigit()):
        return None
    try:
        return datetime.strptime(field, form).replace(tzinfo=zone)
    except ValueError:
        return None


def write_stamp(moment: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """`DDMMYYHHmm`, with seconds as SCTS and DSCTS have them, in the SMSC's time zone."""
    return moment.astimezone(zone).strftime(_STAMPS[12 if seconds else 10])


class Alphabet:
    """The characters of AMsg on one SMSC, one in each octet: `codec` of Python, with other characters in `places`."""

    def __init__(self, codec: str, places: Mapping[str, str]) -> None:
        self.codec = codec
        self._read = str.maketrans(dict(places))
        self._write = str.maketrans({shown: place for place, shown in places.items()})
        self._hidden = frozenset(places) - frozenset(places.values())

    def encode(self, text: str) -> bytes:
        """The octets of a text; UnencodableText for a character that the SMSC does not have."""
        hidden = next((index for index, character in enumerate(text) if character in self._hidden), -1)
        try:
            octets = text.translate(self._write).encode(self.codec)
        except UnicodeEncodeError as error:
            hidden = error.start if hidden < 0 else min(hidden, error.start)
        if hidden >= 0:
            raise UnencodableText(text[hidden], hidden, "the SMSC's alphabet")
        return octets

    def decode(
        self, octets: bytes, locking: NationalLanguage | None = None, single: NationalLanguage | None = None
    ) -> str:
        """The text; U+FFFD for an octet that stands for nothing. National tables are for the alphabet of GSM."""
        return octets.decode(self.codec, "replace").translate(self._read)


class GsmAlphabet(Alphabet):
    """The default: values of septets, an escape before those of the extension table."""

    def encode(self, text: str) -> bytes:
        """See Alphabet."""
        return gsm7.encode(text)

    def decode(
        self, octets: bytes, locking: NationalLanguage | None = None, single: NationalLanguage | None = None
    ) -> str:
        """See Alphabet."""
        return gsm7.decode(octets, locking, single, errors="replace")


ALPHABETS: Mapping[str, Alphabet] = {
    "gsm": GsmAlphabet("ascii", {}),
    "latin-1": Alphabet("latin-1", {}),
    "german": Alphabet("ascii", dict(zip("@[\\]{|}~", "§ÄÖÜäöüß", strict=True))),
}
"""By the name that a channel's configuration has: GSM 7-bit, ISO 8859-1, and the German ISO 646 (ISO-21)."""
