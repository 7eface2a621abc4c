"""The frame of CIMD2: `STX ZZ:NNN TAB PPP:value TAB ... checksum ETX`."""

from __future__ import annotations

import re
from typing import NoReturn

from ..delimited import ETX, STX, Chunk, Flaw, Splitter
from ..errors import FrameError
from .packets import OPERATIONS, UnknownPacket
from .parameters import Packet, Parameter

__all__ = ["MAX_FRAME", "CimdError", "Reader", "decode", "encode"]

MAX_FRAME = 4096
"""Octets of the longest packet read or written."""

_HEADER = re.compile(rb"(\d\d):(\d{3})")
_PARAMETER = re.compile(rb"(\d{3}):([^\x00\x02\x03\t]*)")
_CHECKSUM = re.compile(rb"[0-9A-Fa-f]{2}")
_NOT_ALLOWED = re.compile(r"[\x00\x02\x03\t]")


class CimdError(FrameError):
    """Octets that are no packet of CIMD2, or a value that fits into none; `wrong_checksum` tells that flaw."""

    wrong_checksum = False


class ChecksumError(CimdError):
    """There is a checksum, and it does not agree with the octets."""

    wrong_checksum = True


class Reader:
    """The stream in, packets out; one that cannot be read is handed out as its error, and reading goes on."""

    __slots__ = ("_splitter",)

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._splitter = Splitter(limit)

    @property
    def pending(self) -> int:
        """Octets held of a packet that has not ended."""
        return self._splitter.pending

    def feed(self, data: bytes) -> list[tuple[Packet | FrameError, bytes]]:
        """The packets that `data` completes, each with its octets."""
        return [(_read(chunk), chunk.octets) for chunk in self._splitter.feed(data)]


def _read(chunk: Chunk) -> Packet | CimdError:
    if chunk.flaw is Flaw.OVERSIZE:
        return CimdError(f"a packet is longer than {len(chunk.octets)} octets", raw=chunk.octets)
    if chunk.flaw is not None:
        return CimdError(f"a packet of {len(chunk.octets)} octets was cut: {chunk.flaw.value}", raw=chunk.octets)
    try:
        return decode(chunk.octets)
    except CimdError as error:
        return error


def decode(octets: bytes) -> Packet:
    """One packet, STX and ETX included; CimdError and nothing else for what is none."""
    if len(octets) < 2 or octets[0] != STX or octets[-1] != ETX:
        raise CimdError("a packet begins with STX and ends with ETX", raw=octets)
    head, *written = octets[1:-1].split(b"\t")
    header = _HEADER.fullmatch(head)
    if header is None or not written:
        raise CimdError("a packet begins with ZZ:NNN and a tab", raw=octets)
    operation, number = int(header[1]), int(header[2])
    error, flaw = _flaw(octets, number, written)
    if flaw is not None:
        raise error(flaw, raw=octets, sequence=number, operation=operation)
    return _packet(operation, number, [(int(item[:3]), item[4:].decode("latin-1")) for item in written[:-1]])


def _flaw(octets: bytes, number: int, written: list[bytes]) -> tuple[type[CimdError], str | None]:
    """What is wrong with the number, the parameters or the checksum; all octets from STX to the last tab are in it."""
    *parameters, checksum = written
    if number > 255:
        return CimdError, f"a packet number is 0 to 255, not {number}"
    if checksum and _CHECKSUM.fullmatch(checksum) is None:
        return CimdError, "a packet ends with two digits of checksum or none"
    wanted = sum(octets[: -1 - len(checksum)]) & 0xFF
    if checksum and int(checksum, 16) != wanted:
        return ChecksumError, f"checksum {wanted:02X} expected, the packet has another"
    for place, item in enumerate(parameters, 1):
        if _PARAMETER.fullmatch(item) is None:
            return CimdError, f"parameter {place} of the packet is none"
    return CimdError, None


def _packet(operation: int, number: int, parameters: list[Parameter]) -> Packet:
    known = OPERATIONS.get(operation)
    if known is None:
        return UnknownPacket(operation=operation, number=number, extra=tuple(parameters))
    packet: Packet = known.read(number, parameters)
    return packet


def encode(packet: Packet, number: int | None = None, *, checksum: bool = True) -> bytes:
    """The octets of `packet`, with another number if `number` is given, without a checksum where a centre has none.

    CimdError for a value that holds a tab or another delimiter, or a character beyond Latin-1, and for a packet beyond
    MAX_FRAME.
    """
    number = packet.number if number is None else number
    if not 0 <= number <= 255:
        raise CimdError(f"a packet number is 0 to 255, not {number}", operation=packet.operation)
    if not 0 <= packet.operation <= 99:
        _refuse(packet, number, f"an operation is 0 to 99, not {packet.operation}")
    written = [_written(packet, number, parameter) for parameter in packet.parameters()]
    octets = b"\x02%02d:%03d\t%b" % (packet.operation, number, b"".join(written))
    if len(octets) + 3 > MAX_FRAME:
        _refuse(packet, number, f"the packet would have {len(octets) + 3} octets, the most are {MAX_FRAME}")
    return octets + (b"%02X\x03" % (sum(octets) & 0xFF) if checksum else b"\x03")


def _written(packet: Packet, number: int, parameter: Parameter) -> bytes:
    found, value = parameter
    if not 0 <= found <= 999:
        _refuse(packet, number, f"a parameter's number is 0 to 999, not {found}")
    if _NOT_ALLOWED.search(value):
        _refuse(packet, number, f"parameter {found:03d} holds a tab, NUL, STX or ETX")
    try:
        return b"%03d:%b\t" % (found, value.encode("latin-1"))
    except UnicodeEncodeError:
        _refuse(packet, number, f"parameter {found:03d} has a character that CIMD2 cannot carry")


def _refuse(packet: Packet, number: int, message: str) -> NoReturn:
    raise CimdError(message, sequence=number, operation=packet.operation)
