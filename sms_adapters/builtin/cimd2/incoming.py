"""What the centre delivers: operation 20 with a message, 23 with what became of one.

Source: "CIMD Interface Specification" of the Nokia SMS Center, chapters on the deliver operations, status codes (061)
and status error codes (062).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from ...errors import MalformedInbound
from ...messages import DeliveryReport, InboundEvent, InboundMessage
from ...results import Reason, Status
from ...smsc.cimd import (
    CONVERSIONS,
    CimdError,
    Deliver,
    EnquiryResponse,
    StatusReport,
    number_of,
    octets_of,
    read_stamp,
)
from ...smsc.cimd.parameters import PARAMETERS
from ...smsc.user_data import ESCAPE, part_of, scheme_of
from ...smsc.values import DeliverRequest
from ...text import Encoding, gsm7
from .config import CimdChannel

__all__ = ["ERRORS", "STATUSES", "content_of", "event_of", "id_of", "report_of"]

STATUSES: Mapping[int, tuple[Status, str]] = {
    0: (Status.UNKNOWN, "no status report available"),
    1: (Status.SENT, "message in process"),
    2: (Status.EXPIRED, "validity period expired"),
    3: (Status.FAILED, "delivery failed"),
    4: (Status.DELIVERED, "delivery successful"),
    5: (Status.SENT, "no response"),
    6: (Status.UNDELIVERABLE, "last no response"),
    7: (Status.FAILED, "message cancelled"),
    8: (Status.FAILED, "message deleted"),
    9: (Status.FAILED, "message deleted by cancel"),
}

_UNKNOWN = (Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT)
_UNREACHED = (Status.UNDELIVERABLE, None)
_BARRED = (Status.UNDELIVERABLE, Reason.BLOCKED)
_CREDIT = (Status.FAILED, Reason.NO_CREDIT)
_FAILED = (Status.FAILED, None)

ERRORS: Mapping[int, tuple[tuple[Status, Reason | None], str]] = {
    1: (_UNKNOWN, "unknown subscriber"),
    9: (_UNREACHED, "illegal subscriber"),
    11: (_UNREACHED, "teleservice not provisioned"),
    13: (_BARRED, "call barred"),
    15: (_BARRED, "CUG reject"),
    19: (_UNREACHED, "no SMS support in MS"),
    20: (_UNREACHED, "error in MS"),
    21: (_UNREACHED, "facility not supported"),
    22: (_UNREACHED, "memory capacity exceeded"),
    29: (_UNREACHED, "absent subscriber"),
    30: (_UNREACHED, "MS busy for MT SMS"),
    36: (_FAILED, "network or protocol failure"),
    44: (_UNREACHED, "illegal equipment"),
    60: (_UNREACHED, "no paging response"),
    61: (_FAILED, "GMSC congestion"),
    63: (_FAILED, "HLR timeout"),
    64: (_FAILED, "MSC or SGSN timeout"),
    70: (_FAILED, "SMRSE or TCP error"),
    72: (_FAILED, "MT congestion"),
    75: (_UNREACHED, "GPRS suspended"),
    80: (_UNREACHED, "no paging response via MSC"),
    81: (_UNREACHED, "IMSI detached"),
    82: (_UNREACHED, "roaming restriction"),
    83: (_UNREACHED, "deregistered in HLR for GSM"),
    84: (_UNREACHED, "purged for GSM"),
    85: (_UNREACHED, "no paging response via SGSN"),
    86: (_UNREACHED, "GPRS detached"),
    87: (_UNREACHED, "deregistered in HLR for GPRS"),
    88: (_UNREACHED, "purged for GPRS"),
    89: (_UNKNOWN, "unidentified subscriber via MSC"),
    90: (_UNKNOWN, "unidentified subscriber via SGSN"),
    112: (_CREDIT, "originator missing credit on prepaid account"),
    113: (_CREDIT, "destination missing credit on prepaid account"),
    114: (_FAILED, "error in prepaid system"),
}
"""What the network said, beside a delivery that failed."""


def event_of(channel: CimdChannel, request: DeliverRequest) -> InboundEvent:
    """The event; MalformedInbound for what cannot be read."""
    frame = request.frame
    try:
        if isinstance(frame, Deliver):
            return _message(channel, frame, request.values)
    except CimdError as error:
        raise MalformedInbound(f"the centre's packet cannot be read: {error}") from error
    if isinstance(frame, StatusReport):
        return report_of(channel, frame, request.values)
    raise MalformedInbound(f"{type(frame).__name__} brings neither a message nor a report")


def id_of(channel: CimdChannel, number: str, stamp: str) -> str:
    """What names a submission: the recipient's digits, international where that is known, and the centre's stamp."""
    return f"{channel.number(number).removeprefix('+')}:{stamp}"


def _message(channel: CimdChannel, frame: Deliver, raw: Mapping[str, Any]) -> InboundMessage:
    named = next(iter(frame.all(PARAMETERS["alphanumeric_originator"])), None)
    udh = octets_of(frame.udh or "")
    text, data = content_of(frame, channel.config.user_data)
    # The centre repeats what was not acknowledged; the stamp alone would make one of two messages of the same second.
    content = "/".join(value or "" for value in (frame.udh, frame.text, frame.binary))
    told = f"{frame.originator or named}:{frame.stamp}:{crc32(content.encode('latin-1')):08x}"
    return InboundMessage(
        named or (channel.number(frame.originator) if frame.originator else ""),
        text,
        to=channel.number(frame.destination) if frame.destination else None,
        id=told if frame.stamp else None,
        received_at=read_stamp(frame.stamp, channel.config.zone),
        data=data,
        udh=udh or None,
        part=part_of(udh, *_cut(frame, udh, channel.config.user_data)),
        raw=raw,
    )


def content_of(frame: Any, user_data: str) -> tuple[str, bytes | None]:
    """The text of a submit or a delivery, or "" and the octets."""
    if frame.binary is None:
        return CONVERSIONS[user_data].read(frame.text or ""), None
    octets = octets_of(frame.binary)
    encoding = _encoding(frame)
    if encoding is Encoding.UCS2:
        return octets.decode("utf-16-be", "replace"), None
    if encoding is Encoding.GSM7:
        return gsm7.decode(_septets(octets, octets_of(frame.udh or "")), errors="replace"), None
    return "", octets


def _encoding(frame: Any) -> Encoding:
    return scheme_of((number_of(frame.dcs) or 0) & 0xFF).encoding


def _cut(frame: Deliver, udh: bytes, user_data: str) -> tuple[bytes, Encoding]:
    """The octets of a text that may have been cut within a character."""
    if frame.binary is None:
        return (ESCAPE if CONVERSIONS[user_data].cut(frame.text or "") else b""), Encoding.GSM7
    octets, encoding = octets_of(frame.binary), _encoding(frame)
    return (_septets(octets, udh) if encoding is Encoding.GSM7 else octets), encoding


def _septets(octets: bytes, udh: bytes) -> bytes:
    """Packed septets; seven bits that are left over at the end are no "@"."""
    fill = gsm7.fill_bits(len(udh)) if udh else 0
    count = max(0, (8 * len(octets) - fill) // 7)
    septets = gsm7.unpack(octets, count, fill if count else 0)
    exact = 7 * count + fill == 8 * len(octets)
    return septets[:-1] if exact and septets[-1:] == b"\0" else septets


def report_of(channel: CimdChannel, frame: StatusReport | EnquiryResponse, raw: Mapping[str, Any]) -> DeliveryReport:
    """What a status report, or the answer to an enquiry, says of a message."""
    if not frame.destination or not frame.stamp:
        raise MalformedInbound("a status report names its message by 021 and 060")
    code, error = number_of(frame.status), number_of(frame.status_error)
    status, words = STATUSES.get(-1 if code is None else code, (Status.UNKNOWN, ""))
    reason = None
    if error and status in (Status.FAILED, Status.UNDELIVERABLE):
        (status, reason), said = ERRORS.get(error, ((status, None), ""))
        words = f"{words}: {said}" if said else words
    return DeliveryReport(
        status,
        id_of(channel, frame.destination, frame.stamp),
        word=frame.status,
        code=None if error is None else str(error),
        description=words or None,
        reason=reason,
        recipient=channel.number(frame.destination),
        at=read_stamp(frame.discharge, channel.config.zone),
        raw=raw,
    )
