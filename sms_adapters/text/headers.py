"""User data headers: the octets before the text that join segments and name national tables.

Source: "3GPP TS 23.040; Technical realization of the Short Message Service (SMS)", clause 9.2.3.24,
https://www.3gpp.org/dynareport/23040.htm. A header here always begins with its own length octet (UDHL).
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from .national import NationalLanguage

MAX_SEGMENTS = 255
"""Segments of one message: the total is one octet."""

CONCATENATION_8 = 0x00
CONCATENATION_16 = 0x08
PORTS_8 = 0x04
PORTS_16 = 0x05
SINGLE_SHIFT = 0x24
LOCKING_SHIFT = 0x25

ReferenceBits = Literal[8, 16]

_REFERENCE_ELEMENT = {8: CONCATENATION_8, 16: CONCATENATION_16}
_LENGTHS = {CONCATENATION_8: 3, CONCATENATION_16: 4, PORTS_8: 2, PORTS_16: 4, SINGLE_SHIFT: 1, LOCKING_SHIFT: 1}


class MalformedHeader(ValueError):
    """Octets that are no user data header; 3GPP TS 23.040 has a receiver ignore such a header as a whole."""


class Concatenation(NamedTuple):
    """Which segment this is: `number` of `total`, counted from 1, of the message with this `reference`."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class UserDataHeader:
    """What a header says; `length` is its octets including the length octet, the text follows there.

    `ports` is destination and source. `others` keeps the elements not understood here, as identifier and data, and
    those that the specification has a receiver ignore: a segment number of 0 or beyond the total, a reserved language.
    """

    concatenation: Concatenation | None
    locking: NationalLanguage | None
    single: NationalLanguage | None
    ports: tuple[int, int] | None
    others: tuple[tuple[int, bytes], ...]
    length: int


def concatenation_header(
    reference: int,
    total: int,
    number: int,
    *,
    reference_bits: ReferenceBits = 8,
    locking: NationalLanguage | None = None,
    single: NationalLanguage | None = None,
) -> bytes:
    """The header of segment `number` of `total`, as `plan` has counted it.

    A single segment (`total` 1) is not concatenated: its header only names the national tables, and is empty (no
    header at all, no UDHI) if there are none. Raises ValueError for numbers that do not fit.
    """
    check_reference_bits(reference_bits)
    if not 0 <= reference < 1 << reference_bits:
        raise ValueError(f"a reference of {reference_bits} bits cannot be {reference}")
    if not 1 <= number <= total <= MAX_SEGMENTS:
        raise ValueError(f"no segment {number} of {total}: 1 to {MAX_SEGMENTS}, number not above total")
    elements = b""
    if total > 1:
        data = reference.to_bytes(reference_bits // 8, "big") + bytes((total, number))
        elements += _element(_REFERENCE_ELEMENT[reference_bits], data)
    if locking is not None:
        elements += _element(LOCKING_SHIFT, bytes((locking,)))
    if single is not None:
        elements += _element(SINGLE_SHIFT, bytes((single,)))
    return bytes((len(elements),)) + elements if elements else b""


def header_octets(
    concatenated: bool,
    *,
    reference_bits: ReferenceBits = 8,
    locking: NationalLanguage | None = None,
    single: NationalLanguage | None = None,
) -> int:
    """Length of the header that `concatenation_header` makes for a segment of such a message."""
    total = 2 if concatenated else 1
    return len(concatenation_header(0, total, 1, reference_bits=reference_bits, locking=locking, single=single))


def check_reference_bits(reference_bits: int) -> None:
    """Raise ValueError unless `reference_bits` is 8 or 16."""
    if reference_bits not in _REFERENCE_ELEMENT:
        raise ValueError(f"a concatenation reference has 8 or 16 bits, not {reference_bits!r}")


def parse_header(udh: bytes) -> UserDataHeader:
    """Read the header at the start of `udh`, from its length octet on; what follows it is not looked at.

    Of an element that comes twice the last one holds (TS 23.040 clause 9.2.3.24). Raises MalformedHeader and nothing
    else for octets that end too early, an element that runs over the end, and a known element of the wrong length.
    """
    if not udh or len(udh) <= udh[0]:
        raise MalformedHeader(f"{len(udh)} octets are not a header and its length")
    length = udh[0] + 1
    known: dict[int, bytes] = {}
    others: list[tuple[int, bytes]] = []
    for identifier, data in _elements(udh[1:length]):
        if _usable(identifier, data):
            known[_RIVALS.get(identifier, identifier)] = data
        else:
            others.append((identifier, data))
    return UserDataHeader(
        concatenation=_concatenation(known.get(CONCATENATION_8)),
        locking=_language(known.get(LOCKING_SHIFT)),
        single=_language(known.get(SINGLE_SHIFT)),
        ports=_ports(known.get(PORTS_8)),
        others=tuple(others),
        length=length,
    )


# Elements that exclude each other take the same place, so that the last one holds.
_RIVALS = {CONCATENATION_16: CONCATENATION_8, PORTS_16: PORTS_8}


def _element(identifier: int, data: bytes) -> bytes:
    return bytes((identifier, len(data))) + data


def _elements(octets: bytes) -> list[tuple[int, bytes]]:
    found = []
    position = 0
    while position < len(octets):
        identifier, *lengths = octets[position : position + 2]
        end = position + 2 + sum(lengths)
        data = octets[position + 2 : end]
        if not lengths or end > len(octets) or len(data) != _LENGTHS.get(identifier, len(data)):
            raise MalformedHeader(f"element {identifier:02X} hex at octet {position + 1} has no sound length")
        found.append((identifier, data))
        position = end
    return found


def _usable(identifier: int, data: bytes) -> bool:
    if identifier in (CONCATENATION_8, CONCATENATION_16):
        return 1 <= data[-1] <= data[-2]
    if identifier in (LOCKING_SHIFT, SINGLE_SHIFT):
        return data[0] in _LANGUAGES
    return identifier in _LENGTHS


_LANGUAGES = frozenset(NationalLanguage)


def _concatenation(data: bytes | None) -> Concatenation | None:
    return Concatenation(int.from_bytes(data[:-2], "big"), data[-2], data[-1]) if data else None


def _language(data: bytes | None) -> NationalLanguage | None:
    return NationalLanguage(data[0]) if data else None


def _ports(data: bytes | None) -> tuple[int, int] | None:
    half = len(data) // 2 if data else 0
    return (int.from_bytes(data[:half], "big"), int.from_bytes(data[half:], "big")) if data else None
