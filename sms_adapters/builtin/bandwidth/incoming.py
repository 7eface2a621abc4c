"""What Bandwidth calls back with, and what became of a message.

Sources: "Webhooks" https://dev.bandwidth.com/docs/messaging/webhooks (the list, its types and fields); "Errors"
https://dev.bandwidth.com/docs/messaging/errors (the codes of failed messages and their digits); bandwidth-sdk 23.3.1,
https://github.com/Bandwidth/python-sdk (types and statuses that these pages leave out).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...errors import MalformedInbound
from ...kits.tables import lookup_table
from ...kits.values import moment_of, object_of, text_of
from ...messages import ControlEvent, DeliveryReport, InboundEvent, InboundMessage, Media, UnreadableEvent
from ...results import Reason, Status
from .config import BandwidthChannel

__all__ = ["event_of", "looked_up"]

Values: TypeAlias = Mapping[str, Any]
RECEIVED = "message-received"

STATUSES = lookup_table(
    (Status.QUEUED, "QUEUED ACCEPTED"),
    (Status.SENT, "message-sending message-sent SENDING SENT"),
    (Status.DELIVERED, "message-delivered message-read DELIVERED"),
    (Status.FAILED, "message-failed FAILED"),
    (Status.UNDELIVERABLE, "UNDELIVERED"),
)
FAILURES: Mapping[str, tuple[Status, Reason]] = lookup_table(
    ((Status.REJECTED, Reason.UNKNOWN), "4001 4451 4452 4493"),
    ((Status.REJECTED, Reason.NO_ROUTE), "4401 4420 4421 4432 4434 4730"),
    ((Status.REJECTED, Reason.INVALID_CONTENT), "4301 4410 4411 4412 4435 4711 4712 4751 4752"),
    ((Status.REJECTED, Reason.INVALID_SENDER), "4302 4403 4405 4407 4431 4433 4740 4774 4790 4791 4792 4793 4795"),
    ((Status.REJECTED, Reason.BLOCKED), "4470 4481 4482 4750 4770 4771 4772"),
    ((Status.REJECTED, Reason.REGULATION), "4773"),
    ((Status.REJECTED, Reason.OPTED_OUT), "4775"),
    ((Status.EXPIRED, Reason.EXPIRED), "4360"),
    ((Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT), "4303 4350 4404 4406 4408 4409 4492 4700 4720 4721"),
    ((Status.UNDELIVERABLE, Reason.UNKNOWN), "4701 4702 4753"),
    ((Status.FAILED, Reason.UNKNOWN), "4780 4781 4785 5100 5101 5106 5111 5201 5211 5220 5231 5500 5501 5999"),
    ((Status.FAILED, Reason.UNKNOWN), "5600 5610 5620 5630 5650"),
    ((Status.UNKNOWN, Reason.UNKNOWN), "9902 9999"),
)
"""9902 is no receipt within two hours: "does not indicate that the message was not received"."""


def event_of(channel: BandwidthChannel, item: Any) -> InboundEvent:
    """One item of a callback's list; what is about no message, such as a tap on a button of RCS, is a control event.

    An item that cannot be read is told as such and answered as well: it would come again for a day, and no other.
    """
    values = object_of(item)
    try:
        return _read(channel, values, object_of(values.get("message")))
    except MalformedInbound as error:
        return UnreadableEvent(error, values)


def _read(channel: BandwidthChannel, values: Values, message: Values) -> InboundEvent:
    kind = text_of(values.get("type"))
    if kind is None:
        raise MalformedInbound("the item of the callback has no type")
    if kind == RECEIVED:
        return _message(channel, values, message)
    if kind in STATUSES or message.get("direction") == "out":
        return _report(channel, values, message, kind)
    return ControlEvent(kind, {"message": text_of(message.get("id")) or ""}, values)


def _message(channel: BandwidthChannel, values: Values, message: Values) -> InboundMessage:
    sender, to = text_of(message.get("from")), text_of(values.get("to")) or text_of(message.get("owner"))
    if sender is None:
        raise MalformedInbound("the message has no sender")
    media = message.get("media")
    return InboundMessage(
        channel.number(sender),
        text_of(message.get("text")) or "",
        to=channel.number(to) if to else None,
        id=text_of(message.get("id")),
        received_at=moment_of(message.get("time")) or moment_of(values.get("time")),
        media=tuple(Media(url) for url in media if url and isinstance(url, str)) if isinstance(media, list) else (),
        raw=values,
    )


def _report(channel: BandwidthChannel, values: Values, message: Values, kind: str) -> DeliveryReport:
    own, tag = text_of(message.get("id")), text_of(message.get("tag"))
    if own is None and tag is None:
        raise MalformedInbound("the report names no message")
    to, code = text_of(values.get("to")), text_of(values.get("errorCode"))
    status, reason = _fate(kind, code)
    return DeliveryReport(
        status,
        id=own,
        message_id=tag,
        word=kind,
        code=code,
        description=text_of(values.get("description")),
        reason=reason,
        recipient=channel.number(to) if to else None,
        at=moment_of(values.get("eventTime")) or moment_of(values.get("time")),
        raw=values,
    )


def looked_up(channel: BandwidthChannel, found: Values, reference: str) -> DeliveryReport:
    """The status of a message that was looked up, where the code of one that did not fail is 0."""
    word, code, to = (text_of(found.get(name)) for name in ("messageStatus", "errorCode", "destinationTn"))
    code = None if code == "0" else code
    status, reason = _fate(word or "", code)
    recipient = channel.number(to) if to else None
    return DeliveryReport(status, reference, word=word, code=code, reason=reason, recipient=recipient, raw=found)


def _fate(word: str, code: str | None) -> tuple[Status, Reason | None]:
    """The status, which for a failure is that of its code; of unknown codes the first digit tells."""
    status = STATUSES.get(word, Status.UNKNOWN)
    if status not in (Status.FAILED, Status.UNDELIVERABLE):
        return status, None
    vague = Status.UNKNOWN if code and len(code) == 4 and code.startswith("9") else status
    return FAILURES.get(code or "", (vague, Reason.UNKNOWN))
