"""The frame of UCP/EMI: `STX TRN/LEN/O|R/OT/data/checksum ETX`."""

from __future__ import annotations

import re
from typing import NoReturn

from ..delimited import ETX, STX, Chunk, Flaw, Splitter
from ..errors import FrameError
from .operations import OPERATIONS, Ack, Frame, Nack, Operation, Result, UnknownOperation, has_validity

__all__ = ["MAX_FRAME", "Reader", "UcpError", "decode", "encode"]

MAX_FRAME = 8192
"""Octets of the longest frame read or written; the longest that the specification describes has some 3,000."""

BEFORE = len("TT/LLLLL/O/OT/")
AROUND = BEFORE + len("/CC")
"""What LEN counts beside the data."""

CHECKSUM, SYNTAX = "01", "02"
_HEADER = re.compile(r"(\d\d)/(\d{5})/([OR])/(\d\d)/", re.ASCII)


class UcpError(FrameError):
    """Octets that are no frame of UCP/EMI, or a value that fits into none; `ec` is the error code to answer with."""

    ec = SYNTAX


class ChecksumError(UcpError):
    """The checksum does not agree with the characters."""

    ec = CHECKSUM


class Reader:
    """The stream in, frames out; a frame that cannot be read is handed out as its error, and reading goes on."""

    __slots__ = ("_splitter",)

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._splitter = Splitter(limit)

    @property
    def pending(self) -> int:
        """Octets held of a frame that has not ended."""
        return self._splitter.pending

    def feed(self, data: bytes) -> list[tuple[Frame | FrameError, bytes]]:
        """The frames that `data` completes, each with its octets."""
        return [(_read(chunk), chunk.octets) for chunk in self._splitter.feed(data)]


def _read(chunk: Chunk) -> Frame | UcpError:
    if chunk.flaw is Flaw.OVERSIZE:
        return UcpError(f"a frame is longer than {len(chunk.octets)} octets", raw=chunk.octets)
    if chunk.flaw is not None:
        return UcpError(f"a frame of {len(chunk.octets)} octets was cut: {chunk.flaw.value}", raw=chunk.octets)
    try:
        return decode(chunk.octets)
    except UcpError as error:
        return error


def decode(octets: bytes) -> Frame:
    """One frame, STX and ETX included; UcpError and nothing else for what is none."""
    if len(octets) < 2 or octets[0] != STX or octets[-1] != ETX:
        raise UcpError("a frame begins with STX and ends with ETX", raw=octets)
    text = octets[1:-1].decode("latin-1")
    header = _HEADER.match(text)
    if header is None:
        raise UcpError("a frame begins with TRN/LEN/O or R/OT/", raw=octets)
    trn, length, kind, ot = int(header[1]), int(header[2]), header[3], int(header[4])
    flaw = _flaw(text, length)
    if flaw is not None:
        error = ChecksumError if flaw.startswith("checksum") else UcpError
        raise error(flaw, raw=octets, sequence=trn, operation=ot if kind == "O" else None)
    try:
        return _value(trn, kind, ot, text[header.end() : -3].split("/"))
    except ValueError as error:
        raise UcpError(str(error), raw=octets, sequence=trn, operation=ot if kind == "O" else None) from None


def _flaw(text: str, length: int) -> str | None:
    """What is wrong with the length or the checksum."""
    if length != len(text):
        return f"LEN says {length} characters, the frame has {len(text)}"
    if len(text) < AROUND or text[-3] != "/":
        return "a frame ends with a slash and two characters of checksum"
    wanted = f"{sum(text[:-2].encode('latin-1')) & 0xFF:02X}"
    if text[-2:].upper() != wanted:
        return f"checksum {wanted} expected, the frame has another"
    return None


def _value(trn: int, kind: str, ot: int, texts: list[str]) -> Frame:
    if kind == "R":
        return _result(trn, ot, texts)
    known = OPERATIONS.get(ot)
    return UnknownOperation(ot=ot, trn=trn, extra=tuple(texts)) if known is None else known.read(trn, texts)


def _result(trn: int, ot: int, texts: list[str]) -> Result:
    answer, *rest = texts
    if answer == "N":
        ec, sm, *extra = (*rest, "", "")[: max(2, len(rest))]
        return Nack(ec, sm, ot=ot, trn=trn, extra=tuple(extra))
    if answer != "A":
        raise ValueError("a result is A or N")
    mvp = rest.pop(0) if has_validity(ot) and rest else ""
    sm = rest.pop(0) if rest else ""
    return Ack(mvp, sm, ot=ot, trn=trn, extra=tuple(rest))


def encode(frame: Frame, trn: int | None = None) -> bytes:
    """The octets of `frame`, with another transaction reference if `trn` is given.

    UcpError for a field that holds a separator or a character beyond Latin-1, and for a frame beyond MAX_FRAME.
    """
    trn = frame.trn if trn is None else trn
    texts = frame.data()
    data = "/".join(texts)
    _check(frame, trn, data, len(texts))
    kind = "R" if isinstance(frame, Result) else "O"
    written = f"{trn:02d}/{len(data) + AROUND:05d}/{kind}/{_ot(frame):02d}/{data}/"
    try:
        octets = written.encode("latin-1")
    except UnicodeEncodeError as error:
        place = data.count("/", 0, max(0, error.start - BEFORE))
        _refuse(frame, trn, f"field {place + 1} has a character that UCP/EMI cannot carry")
    return b"\x02%b%02X\x03" % (octets, sum(octets) & 0xFF)


def _ot(frame: Frame) -> int:
    ot: int = frame.ot if isinstance(frame, Operation | Result) else -1
    return ot


def _check(frame: Frame, trn: int, data: str, count: int) -> None:
    if not 0 <= trn <= 99:
        _refuse(frame, None, f"a transaction reference is 0 to 99, not {trn}")
    if not 0 <= _ot(frame) <= 99:
        _refuse(frame, trn, f"an operation type is 0 to 99, not {_ot(frame)}")
    if data.count("/") != max(count - 1, 0) or "\x02" in data or "\x03" in data:
        _refuse(frame, trn, "a field holds a slash, an STX or an ETX")
    if len(data) + AROUND + 2 > MAX_FRAME:
        _refuse(frame, trn, f"the frame would have {len(data) + AROUND + 2} octets, the most are {MAX_FRAME}")


def _refuse(frame: Frame, trn: int | None, message: str) -> NoReturn:
    raise UcpError(message, sequence=trn, operation=_ot(frame) if isinstance(frame, Operation) else None)
