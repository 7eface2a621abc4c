"""What the SMSC delivers: operation 52 with a message, 53 with what became of one.

Source: "EMI-UCP Interface Specification", operations 52, 53 and 57, and its table of reason codes, of which operators
change some.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from ...errors import MalformedInbound
from ...messages import DeliveryReport, InboundEvent, InboundMessage
from ...results import Reason, Status
from ...smsc.ucp import Deliver, InquiryOutcome, Notification, ShortMessage, UcpError, read_services, read_stamp
from ...smsc.ucp import unpack_originator as unpacked
from ...smsc.ucp.content import ALPHABETS, DCS, UDH, octets_of
from ...smsc.user_data import Scheme, header_of, part_of, scheme_of
from ...smsc.values import DeliverRequest
from ...text import Encoding
from .config import UcpChannel

__all__ = ["REASONS", "STATUSES", "event_of", "id_of"]

ALPHANUMERIC = "5039"
NUMERIC, TEXT = "2", "3"

STATUSES: Mapping[str, tuple[Status, str]] = {
    "0": (Status.DELIVERED, "delivered"),
    "1": (Status.SENT, "buffered"),
    "2": (Status.FAILED, "not delivered"),
}
"""Dst; why a message was not delivered is in Rsn."""

_UNKNOWN = (Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT)
_UNREACHED = (Status.UNDELIVERABLE, None)
_BARRED = (Status.UNDELIVERABLE, Reason.BLOCKED)
_REFUSED = (Status.REJECTED, Reason.INVALID_CONTENT)
_FAILED = (Status.FAILED, None)

REASONS: Mapping[str, tuple[tuple[Status, Reason | None], str]] = {
    "000": (_UNKNOWN, "unknown subscriber"),
    **{f"{code:03d}": (_FAILED, f"service temporary not available {code}") for code in range(1, 9)},
    "009": (_FAILED, "illegal error code"),
    "010": (_FAILED, "network time-out"),
    "100": (_UNREACHED, "facility not supported"),
    "101": (_UNKNOWN, "unknown subscriber"),
    "102": (_UNREACHED, "facility not provided"),
    "103": (_BARRED, "call barred"),
    "104": (_BARRED, "operation barred"),
    "105": (_FAILED, "SC congestion"),
    "106": (_UNREACHED, "facility not supported"),
    "107": (_UNREACHED, "absent subscriber"),
    "108": (_FAILED, "delivery fail"),
    "109": (_FAILED, "SC congestion"),
    "110": (_FAILED, "protocol error"),
    "111": (_UNREACHED, "MS not equipped"),
    "112": (_FAILED, "unknown SC"),
    "113": (_FAILED, "SC congestion"),
    "114": (_UNREACHED, "illegal MS"),
    "115": (_UNKNOWN, "MS not a subscriber"),
    "116": (_UNREACHED, "error in MS"),
    "117": (_FAILED, "SMS lower layer not provisioned"),
    "118": (_FAILED, "system fail"),
    "119": (_FAILED, "PLMN system failure"),
    "120": (_FAILED, "HLR system failure"),
    "121": (_FAILED, "VLR system failure"),
    "122": (_FAILED, "previous VLR system failure"),
    "123": (_FAILED, "controlling MSC system failure"),
    "124": (_FAILED, "VMSC system failure"),
    "125": (_FAILED, "EIR system failure"),
    "126": (_FAILED, "system failure"),
    "127": (_FAILED, "unexpected data value"),
    "200": (_FAILED, "error in address service centre"),
    "201": ((Status.REJECTED, None), "invalid absolute validity period"),
    "202": (_REFUSED, "short message exceeds maximum"),
    "203": (_REFUSED, "unable to unpack GSM message"),
    "204": (_REFUSED, "unable to convert to IRA alphabet"),
    "205": ((Status.REJECTED, None), "invalid validity period format"),
    "206": ((Status.REJECTED, Reason.INVALID_RECIPIENT), "invalid destination address"),
    "207": ((Status.REJECTED, Reason.DUPLICATE), "duplicate message submit"),
    "208": (_REFUSED, "invalid message type indicator"),
}


def event_of(channel: UcpChannel, request: DeliverRequest) -> InboundEvent:
    """The event; MalformedInbound for what cannot be read or was never asked for."""
    frame = request.frame
    try:
        if isinstance(frame, Deliver):
            return _message(channel, frame, request.values)
        if isinstance(frame, Notification | InquiryOutcome):
            return _report(channel, frame, request.values)
    except UcpError as error:
        raise MalformedInbound(f"the SMSC's operation cannot be read: {error}") from error
    raise MalformedInbound(f"{type(frame).__name__} brings neither a message nor a report")


def id_of(channel: UcpChannel, number: str, scts: str) -> str:
    """What names a submission: the recipient's digits, international where that is known, and the SMSC's stamp.

    SMSCs write the recipient with another prefix in the notification than in the result.
    """
    return f"{channel.number(number).removeprefix('+')}:{scts}"


def _message(channel: UcpChannel, frame: Deliver, raw: Mapping[str, Any]) -> InboundMessage:
    services = dict(read_services(frame.xser))
    udh = services.get(UDH, b"")
    text, data = content_of(frame, services, channel.config.alphabet)
    # An SMSC repeats what was not acknowledged; the stamp alone would make one of two messages of the same second.
    told = f"{frame.oadc}:{frame.scts}:{crc32(f'{frame.xser}/{frame.msg}'.encode('latin-1')):08x}"
    return InboundMessage(
        _sender(channel, frame),
        text,
        to=channel.number(frame.adc) if frame.adc else None,
        id=told if frame.scts else None,
        received_at=read_stamp(frame.scts, channel.config.zone),
        data=data,
        udh=udh or None,
        part=part_of(udh, *_cut(frame, services, channel.config.alphabet)),
        raw=raw,
    )


def _sender(channel: UcpChannel, frame: Deliver) -> str:
    """As it is written where it cannot be read, and "" where there is none: the message is not lost for it."""
    if frame.otoa != ALPHANUMERIC:
        return channel.number(frame.oadc) if frame.oadc else ""
    try:
        return unpacked(frame.oadc)
    except UcpError:
        return frame.oadc


def _cut(frame: Deliver, services: Mapping[int, bytes], alphabet: str) -> tuple[bytes, Encoding]:
    """The octets of a text that may have been cut within a character."""
    if frame.mt not in (NUMERIC, TEXT) and _scheme(services).encoding is Encoding.UCS2:
        return octets_of(frame.msg), Encoding.UCS2
    if frame.mt == TEXT and alphabet == "gsm":
        return octets_of(frame.msg), Encoding.GSM7
    return b"", Encoding.BINARY


def _scheme(services: Mapping[int, bytes]) -> Scheme:
    return scheme_of(services[DCS][0]) if services.get(DCS) else Scheme(Encoding.BINARY)


def content_of(frame: ShortMessage, services: Mapping[int, bytes], alphabet: str) -> tuple[str, bytes | None]:
    """The text, or "" and the octets."""
    if frame.mt == NUMERIC:
        return frame.msg, None
    octets = octets_of(frame.msg)
    if frame.mt == TEXT:
        header = header_of(services.get(UDH, b""))
        tables = (header.locking, header.single) if header else (None, None)
        return ALPHABETS[alphabet].decode(octets, *tables), None
    if _scheme(services).encoding is Encoding.UCS2:
        return octets.decode("utf-16-be", "replace"), None
    return ("", octets) if octets else ("", None)


def _report(channel: UcpChannel, frame: ShortMessage, raw: Mapping[str, Any]) -> DeliveryReport:
    if not frame.oadc or not frame.scts:
        raise MalformedInbound("a notification names its message by OAdC and SCTS")
    status, words = STATUSES.get(frame.dst, (Status.UNKNOWN, ""))
    reason = None
    if frame.rsn and status in (Status.FAILED, Status.SENT):
        (failed, reason), words = REASONS.get(frame.rsn, ((Status.FAILED, None), ""))
        status = failed if status is Status.FAILED else status
    return DeliveryReport(
        status,
        id_of(channel, frame.oadc, frame.scts),
        word=frame.dst or None,
        code=frame.rsn or None,
        description=_words(frame) or words or None,
        reason=reason if status.final else None,
        recipient=channel.number(frame.oadc),
        at=read_stamp(frame.dscts, channel.config.zone),
        raw=raw,
    )


def _words(frame: ShortMessage) -> str:
    """What the SMSC says in words; a notification is not lost for words that cannot be read."""
    try:
        return content_of(frame, dict(read_services(frame.xser)), "gsm")[0]
    except UcpError:
        return ""
