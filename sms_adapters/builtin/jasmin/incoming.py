"""What Jasmin calls: the message of an HTTP connector, and the report of a dlr-url.

Parameters are octets: `content` is what the SMSC delivered and `coding` its data coding, one octet (the document has a
number, which is read as well); `binary` is the content in hexadecimal. Source: "jasmin/routing/throwers.py",
https://github.com/jookies/jasmin/blob/0.11.0/jasmin/routing/throwers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes

from ...channel import SECRET_PARAMETER, Channel
from ...errors import MalformedInbound
from ...http import FORM, WebhookRequest
from ...kits.tables import lookup_table
from ...messages import DeliveryReport, InboundEvent, InboundMessage, PartInfo
from ...results import Reason, Status
from ...text import MalformedHeader, gsm7, parse_header

__all__ = ["STATUSES", "event_of"]

OCTETS = ("content", "coding")
ABSENT = ("", "ND")
MAX_FIELDS = 1000

STATUSES = lookup_table(
    (Status.QUEUED, "ESME_RTHROTTLED ESME_RMSGQFUL ESME_RSYSERR ESME_RINVSCHED"),
    (Status.SENT, "ESME_ROK ACCEPTD ENROUTE"),
    (Status.DELIVERED, "DELIVRD"),
    (Status.EXPIRED, "EXPIRED"),
    (Status.UNDELIVERABLE, "UNDELIV"),
    (Status.REJECTED, "REJECTD"),
    (Status.FAILED, "DELETED"),
)
"""`message_status`; any other ESME_ word is a refusal by the SMSC.

The first row is what Jasmin tries again by itself (submit_error_retrial in listeners.py), having reported it: no other
report follows, whether the message gets through in the end or not.
"""
SMPP_ERROR = "ESME_"

REASONS = lookup_table(
    (Reason.INVALID_RECIPIENT, "ESME_RINVDSTADR"),
    (Reason.INVALID_SENDER, "ESME_RINVSRCADR"),
    (Reason.INVALID_CONTENT, "ESME_RINVMSGLEN"),
    (Reason.EXPIRED, "EXPIRED"),
)

GSM, UCS2, LATIN1 = "gsm", "utf-16-be", "latin-1"
IA5 = 1
CODECS: Mapping[int, str] = {3: LATIN1, 6: "iso8859-5", 7: "iso8859-8", 8: UCS2, 10: "iso2022_jp", 14: "euc_kr"}
"""SMPP 3.4, section 5.2.19; 2, 4 and what is not here are data, 0 is the default alphabet of the SMSC."""
ALPHABETS = (GSM, None, UCS2, None)
"""By bits 3 and 2 of a general data coding, 3GPP TS 23.038 clause 4."""
COMPRESSED = 0x20

HEADERS = (b"\x05\x00\x03", b"\x06\x08\x04")
"""How content begins that is a part which Jasmin has not joined, its header in front: no text begins like this."""
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


def event_of(channel: Channel[Any], request: WebhookRequest) -> InboundEvent:
    """The message or, at the action `status`, the report; MalformedInbound says what is missing."""
    values = _collected((*_posted(request), *_asked(request)))
    return _report(values) if request.action == "status" else _message(channel, values)


def _asked(request: WebhookRequest) -> Iterator[tuple[str, bytes]]:
    return ((name, value.encode("latin-1")) for name, value in request.query("latin-1").items())


def _posted(request: WebhookRequest) -> Iterator[tuple[str, bytes]]:
    """The form's fields, in which any octet may be."""
    if request.media_type != FORM or not request.body:
        return
    body = request.body.decode("latin-1")
    try:
        pairs = parse_qsl(body, keep_blank_values=True, encoding="latin-1", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise MalformedInbound(f"the form has more than {MAX_FIELDS} fields") from error
    for name, value in pairs:
        yield name, value.encode("latin-1")


def _collected(pairs: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Names to their first value."""
    found: dict[str, bytes] = {}
    for name, value in pairs:
        if name != SECRET_PARAMETER:
            found.setdefault(name, value)
    return found


def _message(channel: Channel[Any], values: Mapping[str, bytes]) -> InboundMessage:
    sender, to = _plain(values, "from"), _plain(values, "to")
    if not sender:
        raise MalformedInbound("the message has no from")
    octets, (udh, part) = _octets(values), (b"", None)
    if octets.startswith(HEADERS):
        udh, part = _part(octets)
    codec = _codec(channel.config.default_alphabet, _coding(values), octets[len(udh) :])
    return InboundMessage(
        channel.number(sender),
        _text(octets[len(udh) :], codec) if codec else "",
        to=channel.number(to) if to else None,
        id=_plain(values, "id") or None,
        data=None if codec else octets[len(udh) :],
        udh=udh or None,
        part=part,
        raw=_raw(values),
    )


def _octets(values: Mapping[str, bytes]) -> bytes:
    """The content; `binary` is safer, since no proxy or framework re-encodes it."""
    try:
        return bytes.fromhex(values["binary"].decode("ascii"))
    except (KeyError, ValueError):
        pass
    if "content" not in values:
        raise MalformedInbound("the message has neither binary nor content")
    return values["content"]


def _part(octets: bytes) -> tuple[bytes, PartInfo | None]:
    """The header, and the place that it tells; neither if it is none after all."""
    try:
        found = parse_header(octets)
    except MalformedHeader:
        return b"", None
    place = found.concatenation
    if place is None or place.total < 2:
        return b"", None
    return octets[: found.length], PartInfo(str(place.reference), place.number, place.total)


def _coding(values: Mapping[str, bytes]) -> int:
    """One octet as it is, or digits; the default alphabet if there is nothing."""
    written = values.get("coding", b"")
    if written.isdigit():
        return int(written[:4])
    return written[0] if written else 0


def _codec(default: str, coding: int, octets: bytes) -> str | None:
    """Python's name of the text's charset or `GSM`, None for data; no octet above 7F hex is a septet."""
    if coding == IA5:
        # Some SMSCs write the GSM alphabet here as well: only in that are these characters.
        codec: str | None = GSM if CONTROLS.search(octets) else LATIN1
    elif coding == 0:
        codec = GSM if default == "gsm" else LATIN1
    elif coding < 0x10:
        codec = CODECS.get(coding)
    else:
        codec = _by_groups(coding)
    return LATIN1 if codec == GSM and not octets.isascii() else codec


def _by_groups(coding: int) -> str | None:
    """3GPP TS 23.038 clause 4, which SMPP takes over from 10 hex on; reserved groups are data."""
    if coding < 0x80:
        return None if coding & COMPRESSED else ALPHABETS[coding >> 2 & 3]
    if 0xC0 <= coding < 0xF0:
        return UCS2 if coding >= 0xE0 else GSM
    return GSM if 0xF0 <= coding <= 0xFF and not coding & 4 else None


def _text(octets: bytes, codec: str) -> str:
    return gsm7.decode(octets, errors="replace") if codec == GSM else octets.decode(codec, "replace")


def _report(values: Mapping[str, bytes]) -> DeliveryReport:
    """The report; its times are by the SMSC's clock, in a zone that nobody tells."""
    own, word, err = _plain(values, "id"), _plain(values, "message_status"), _plain(values, "err")
    if not own or not word:
        raise MalformedInbound(f"the report has no {'message_status' if own else 'id'}")
    otherwise = Status.REJECTED if word.startswith(SMPP_ERROR) else Status.UNKNOWN
    return DeliveryReport(
        STATUSES.get(word, otherwise),
        id=own,
        message_id=_plain(values, "message") or None,
        word=word,
        code=None if err in ABSENT else err,
        reason=REASONS.get(word),
        raw=_raw(values),
    )


def _plain(values: Mapping[str, bytes], name: str) -> str:
    return values.get(name, b"").decode("utf-8", "replace").strip()


def _raw(values: Mapping[str, bytes]) -> dict[str, str]:
    """What arrived; octets stay percent-encoded, whatever they stand for."""
    return {
        name: quote_from_bytes(value) if name in OCTETS else value.decode("utf-8", "replace")
        for name, value in values.items()
        if value
    }
