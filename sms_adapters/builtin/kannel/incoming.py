"""What smsbox calls: the message of an sms-service, and the report of a dlr-url.

Parameters are octets: `%b` is what the handset sent, in the charset that `%C` names, beside others in UTF-8. Names are
the operator's choice; read are ours (`MO_QUERY` and `DLR_QUERY` of the adapter) and those of RapidPro (`ALIASES`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from ...channel import SECRET_PARAMETER, Channel
from ...errors import MalformedInbound
from ...http import WebhookRequest
from ...messages import DeliveryReport, InboundEvent, InboundMessage, PartInfo
from ...results import Reason, Status
from ...text import MalformedHeader, parse_header

__all__ = ["EVENTS", "event_of"]

ALIASES = {"sender": "from", "message": "text", "status": "event", "time": "ts"}
HEADERS = {
    "X-Kannel-From": "from",
    "X-Kannel-To": "to",
    "X-Kannel-Time": "ts",
    "X-Kannel-Coding": "coding",
    "X-Kannel-SMSC": "smsc",
    "X-Kannel-Service": "service",
    "X-Kannel-MClass": "mclass",
    "X-Kannel-Meta-Data": "meta_data",
}
POSTED = ("", "text/plain", "application/octet-stream")
OCTETS = ("text", "udh")

SEVEN_BIT, EIGHT_BIT, UCS2 = "0", "1", "2"
BINARY = frozenset({"8-BIT", "BINARY"})
WIDE = frozenset({"UTF-16BE", "UTF-16", "UCS-2", "UCS-2BE", "ISO-10646-UCS-2"})
# No others: a charset that a stranger chooses must not lead to a codec that takes long, such as punycode, or that is
# not there, such as ISO-8859-12.
NARROW = re.compile(
    r"UTF-8|US-ASCII|ASCII|ISO-8859-([1-9]|1[013-6])|(WINDOWS-|CP)125[0-8]|KOI8-[RU]|GBK|GB2312|BIG5|SHIFT_JIS|EUC-(JP|KR)"
)

EVENTS: Mapping[str, Status] = {
    "1": Status.DELIVERED,
    "2": Status.FAILED,
    "4": Status.QUEUED,
    "8": Status.SENT,
    "16": Status.REJECTED,
    "32": Status.SENT,
    "34": Status.EXPIRED,
    "66": Status.FAILED,
}
"""`%d`; 32 and 64 beside 2 say expired and unknown (Kannel 1.4.5, gw/dlr.h)."""

STATES: Mapping[str, Status] = {
    "EXPIRED": Status.EXPIRED,
    "UNDELIV": Status.UNDELIVERABLE,
    "REJECTD": Status.REJECTED,
}
"""How an SMPP receipt in `%A` tells what an event 2 is."""

REASONS: tuple[tuple[str, Reason], ...] = (
    ("no SMSC", Reason.NO_ROUTE),
    ("validity expired", Reason.EXPIRED),
    ("receiver in black-list", Reason.BLOCKED),
    ("receiver not in white-list", Reason.BLOCKED),
    ("sender in black-list", Reason.INVALID_SENDER),
    ("sender not in white-list", Reason.INVALID_SENDER),
    ("0x0000000a/", Reason.INVALID_SENDER),
    ("0x0000000b/", Reason.INVALID_RECIPIENT),
)
"""What follows `NACK/` in `%A`; numbers are of SMPP."""


def event_of(channel: Channel[Any], request: WebhookRequest) -> InboundEvent:
    """The message or, at the action `status`, the report; MalformedInbound says what the URL template lacks."""
    if request.action == "status":
        return _report(channel, _collected(_query(request)))
    posted = _posted(request) if request.method.upper() == "POST" else ()
    return _message(channel, _collected((*_query(request), *posted)))


def _query(request: WebhookRequest) -> Iterable[tuple[str, bytes]]:
    return ((name, value.encode("latin-1")) for name, value in request.query("latin-1").items())


def _posted(request: WebhookRequest) -> Iterable[tuple[str, bytes]]:
    """What a post-url request says in its headers and its body, under the names of the query."""
    if request.media_type not in POSTED:
        raise MalformedInbound(f"smsbox posts text/plain or octets, not {request.media_type}: use get-url or post-url")
    headers = request.headers
    for header, name in HEADERS.items():
        yield name, (headers.get(header) or "").encode("latin-1", "replace")
    yield "udh", _posted_udh(headers.get("X-Kannel-UDH") or "")
    charset = re.search(r"charset=\"?([\w.-]+)", headers.get("Content-Type") or "", re.ASCII)
    yield "charset", charset[1].encode() if charset else b""
    yield "text", request.body


def _posted_udh(value: str) -> bytes:
    """The user's guide says hexadecimal, smsbox percent-encodes; a header always has an octet that it escapes."""
    try:
        return unquote_to_bytes(value) if "%" in value else bytes.fromhex(value)
    except ValueError:
        return b""


def _collected(pairs: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Names to their first value that is not empty; an empty one stands only where there is no other."""
    found: dict[str, bytes] = {}
    for written, value in pairs:
        name = ALIASES.get(written, written)
        if name != SECRET_PARAMETER and not found.get(name):
            found[name] = value
    return found


def _message(channel: Channel[Any], values: Mapping[str, bytes]) -> InboundMessage:
    sender, to = _plain(values, "from"), _plain(values, "to")
    if not sender:
        raise MalformedInbound("no sender: get-url needs from=%p, post-url as well or send-sender = true")
    if "text" not in values:
        raise MalformedInbound("no text: get-url needs text=%b")
    codec, udh = _codec(values), values.get("udh") or None
    return InboundMessage(
        channel.number(sender),
        values["text"].decode(codec, "replace") if codec else "",
        to=channel.number(to) if to else None,
        id=_plain(values, "id") or None,
        received_at=_time(_plain(values, "ts")),
        data=None if codec else values["text"],
        udh=udh,
        part=_part(udh),
        raw=_raw(values),
    )


def _codec(values: Mapping[str, bytes]) -> str | None:
    """Python's name of the text's charset, None for binary data; the guide's "GSM" is UTF-8 in fact."""
    coding, charset = _plain(values, "coding"), _plain(values, "charset").upper()
    if coding == EIGHT_BIT or charset in BINARY:
        return None
    if charset in WIDE or (coding == UCS2 and not charset):
        return "utf-16-be"
    if charset in ("", "GSM"):
        return "utf-8"
    if NARROW.fullmatch(charset):
        return charset
    raise MalformedInbound(f"the text is in a charset that is not known here: {charset[:40]!r}")


def _part(udh: bytes | None) -> PartInfo | None:
    """The place among unjoined parts, with sms-combine-concatenated-mo = false."""
    try:
        found = parse_header(udh).concatenation if udh else None
    except MalformedHeader:
        return None
    return PartInfo(str(found.reference), found.number, found.total) if found else None


def _report(channel: Channel[Any], values: Mapping[str, bytes]) -> DeliveryReport:
    event, own = _plain(values, "event"), _plain(values, "id")
    if not event or not own:
        raise MalformedInbound(f"no {'id' if event else 'event'}: dlr-url needs id=... and event=%d")
    reply, to = _plain(values, "reply"), _plain(values, "to")
    refusal = reply.removeprefix("NACK/") if reply.startswith("NACK/") else ""
    return DeliveryReport(
        _status(event, reply),
        message_id=own,
        word=event,
        code=_code(reply, refusal),
        description=reply or None,
        reason=next((reason for start, reason in REASONS if refusal.startswith(start)), None),
        recipient=channel.number(to) if to else None,
        at=_time(_plain(values, "ts")),
        raw=_raw(values),
    )


def _status(event: str, reply: str) -> Status:
    status = EVENTS.get(event, Status.UNKNOWN)
    state = re.search(r"\bstat:(\w+)", reply, re.IGNORECASE) if event == "2" else None
    return STATES.get(state[1].upper(), status) if state else status


def _code(reply: str, refusal: str) -> str | None:
    """The SMSC's own code: of an SMPP receipt, or of the answer with which it refused the message."""
    found = re.search(r"\berr:(\w+)", reply) or re.match(r"(0x[0-9a-f]+)/", refusal)
    return found[1] if found else None


def _plain(values: Mapping[str, bytes], name: str) -> str:
    return values.get(name, b"").decode("utf-8", "replace").strip()


def _time(written: str) -> datetime | None:
    """`%T` is seconds since 1970, `%t` and X-Kannel-Time are UTC; a message is not lost for a time out of range."""
    try:
        if written.isascii() and written.isdigit():
            return datetime.fromtimestamp(int(written), UTC)
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _raw(values: Mapping[str, bytes]) -> dict[str, str]:
    """What arrived; octets stay percent-encoded, whatever they stand for."""
    return {
        name: quote_from_bytes(value) if name in OCTETS else value.decode("utf-8", "replace")
        for name, value in values.items()
        if value
    }
