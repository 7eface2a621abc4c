"""What MTN calls back with: messages and reports, in the spellings of two versions.

Sources: copies of MTN's descriptions in https://github.com/api-evangelist/mtn-group: openapi/mtn-group-sms-v3-api.yml
(DeliveryNotificationRequest) and openapi/mtn-group-mtn-sms-interface.yml (deliveryInfoNotification, V2's statuses).
Messages are in no description: their members, like `transactionId` and DELIVRD in reports, are those that
https://github.com/nyaruka/courier, handlers/mtn, has in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ...errors import MalformedInbound
from ...kits.tables import lookup_table
from ...kits.values import moment_of, object_of, objects_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage
from ...results import Status
from .config import MtnChannel
from .correlator import message_id_of

__all__ = ["event_of"]

Values: TypeAlias = Mapping[str, Any]

# "DeliveryUncertain" is handed to another network: it left, and nothing more will be known.
STATUSES = lookup_table(
    (Status.QUEUED, "ENROUTE MessageWaiting"),
    (Status.SENT, "ACCEPTD DeliveredToNetwork DeliveryUncertain"),
    (Status.DELIVERED, "DELIVERED DELIVRD DeliveredToTerminal"),
    (Status.EXPIRED, "EXPIRED"),
    (Status.REJECTED, "REJECTED"),
    (Status.UNDELIVERABLE, "UNDELIVERED DeliveryImpossible"),
    (Status.FAILED, "DELETED"),
    (Status.UNKNOWN, "UNKNOWN DeliveryNotificationNotSupported"),
)
CORRELATORS = ("clientCorrelatorId", "clientCorrelator", "TransactionID", "transactionId")


def event_of(channel: MtnChannel, values: Values) -> InboundEvent:
    """A report has a delivery status, a message has a text."""
    if "deliveryStatus" in values or "deliveryInfo" in values:
        return _report(channel, values)
    if "message" in values:
        return _message(channel, values)
    raise MalformedInbound("the callback is neither a message nor a report")


def _message(channel: MtnChannel, values: Values) -> InboundMessage:
    sender, to = text_of(values.get("senderAddress")), text_of(values.get("receiverAddress"))
    if sender is None:
        raise MalformedInbound("the message has no senderAddress")
    return InboundMessage(
        channel.number(sender),
        text_of(values.get("message")) or "",
        to=channel.number(to) if to else None,
        id=text_of(values.get("id")),
        received_at=_moment(values.get("created")) or _moment(values.get("submittedDate")),
        raw=values,
    )


def _report(channel: MtnChannel, values: Values) -> DeliveryReport:
    """A report of V3; or one of V2, whose status is in a list of one recipient."""
    info = object_of(values.get("deliveryInfo")) or values
    listed = next(iter(objects_of(info.get("deliveryStatus"))), {})
    word = text_of(listed.get("status")) or text_of(info.get("deliveryStatus")) or ""
    own = text_of(info.get("requestId"))
    quoted = next((found for name in CORRELATORS if (found := text_of(info.get(name)))), None)
    if not (own or quoted):
        raise MalformedInbound("the report names no message")
    to = text_of(listed.get("receiverAddress")) or text_of(info.get("receiverAddress"))
    return DeliveryReport(
        STATUSES.get(word, Status.UNKNOWN),
        id=own or quoted,
        message_id=message_id_of(quoted) if quoted else None,
        word=word or None,
        code=text_of(info.get("error")),
        description=text_of(info.get("details")),
        recipient=channel.number(to) if to else None,
        at=_moment(info.get("completedDate")),
        raw=values,
    )


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970, or ISO 8601 with a zone; no document has the form, so any other is not told."""
    digits = text_of(value) or ""
    if not (digits.isascii() and digits.isdigit()):
        return moment_of(value)
    return datetime.fromtimestamp(int(digits) / 1000, UTC) if len(digits) == 13 else None
