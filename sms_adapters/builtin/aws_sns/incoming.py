"""What the envelopes of SNS bring: two-way messages, events of messages sent, and confirmations of the topic itself.

Sources: "Example of a two-way SMS message payload for Amazon SNS topics"
https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html; "Event types for SMS, MMS, and voice"
https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html (each word's meaning; that
TEXT_SUCCESSFUL and TEXT_DELIVERED are interchangeable in some countries); "Example event data"
https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html (members, isFinal).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ...bodies import parse_json
from ...errors import MalformedInbound, NotForThisAdapter
from ...kits.tables import lookup_table
from ...kits.values import moment_of, price_of, text_of
from ...messages import ControlEvent, DeliveryReport, InboundEvent, InboundMessage
from ...results import Reason, Status
from .config import AwsChannel
from .envelopes import CONFIRMATIONS, NOTIFICATION

__all__ = ["CONTEXT_ID", "REASONS", "STATUSES", "event_in"]

Values: TypeAlias = Mapping[str, Any]
CONTEXT_ID = "id"
KINDS = ("TEXT", "MEDIA")

STATUSES = lookup_table(
    (Status.QUEUED, "QUEUED"),
    (Status.SENT, "PENDING SENT"),
    (Status.DELIVERED, "SUCCESSFUL DELIVERED"),
    (Status.UNDELIVERABLE, "INVALID UNREACHABLE CARRIER_UNREACHABLE"),
    (Status.REJECTED, "INVALID_MESSAGE BLOCKED CARRIER_BLOCKED SPAM PROTECT_BLOCKED"),
    (Status.REJECTED, "FILE_INACCESSIBLE FILE_TYPE_UNSUPPORTED FILE_SIZE_EXCEEDED"),
    (Status.EXPIRED, "TTL_EXPIRED"),
)
REASONS = lookup_table(
    (Reason.INVALID_RECIPIENT, "INVALID"),
    (Reason.INVALID_CONTENT, "INVALID_MESSAGE FILE_INACCESSIBLE FILE_TYPE_UNSUPPORTED FILE_SIZE_EXCEEDED"),
    (Reason.BLOCKED, "BLOCKED CARRIER_BLOCKED SPAM PROTECT_BLOCKED"),
    (Reason.EXPIRED, "TTL_EXPIRED"),
)


def event_in(channel: AwsChannel, envelope: Values) -> InboundEvent:
    """The event of an envelope; NotForThisAdapter for one about a call, a registration or something else."""
    kind = envelope.get("Type")
    if kind in CONFIRMATIONS:
        names = {"topic": "TopicArn", "url": "SubscribeURL"}
        found = {name: text_of(envelope.get(member)) for name, member in names.items()}
        return ControlEvent(str(kind), {name: value for name, value in found.items() if value}, raw=dict(envelope))
    if kind != NOTIFICATION:
        raise MalformedInbound("the webhook is no envelope of Amazon SNS")
    values = _object(envelope.get("Message"))
    if "originationNumber" in values:
        return _message(channel, values, envelope)
    family, _, word = (text_of(values.get("eventType")) or "").partition("_")
    if family not in KINDS or not text_of(values.get("messageId")):
        raise NotForThisAdapter("the notification is about no text message")
    return _report(channel, values, word)


def _message(channel: AwsChannel, values: Values, envelope: Values) -> InboundMessage:
    """The handset's message; its own members tell no time, the envelope's does."""
    sender, to = _number(channel, values, "originationNumber"), _number(channel, values, "destinationNumber")
    if sender is None:
        raise MalformedInbound("the message has no originationNumber")
    identity = text_of(values.get("inboundMessageId")) or text_of(envelope.get("MessageId"))
    body, at = values.get("messageBody"), moment_of(envelope.get("Timestamp"), UTC)
    text = body if isinstance(body, str) else ""
    return InboundMessage(sender, text, to=to, id=identity, received_at=at, raw=values)


def _report(channel: AwsChannel, values: Values, word: str) -> DeliveryReport:
    """What became of a message; while more is to come, a failure is one that AWS or the carrier still works at."""
    status = STATUSES.get(word, Status.UNKNOWN)
    if values.get("isFinal") is False and status.final:
        status = Status.SENT
    context = values.get("context")
    own = text_of(context.get(CONTEXT_ID)) if isinstance(context, dict) else None
    price = values.get("totalMessagePrice")
    return DeliveryReport(
        status,
        id=text_of(values.get("messageId")),
        message_id=own,
        word=text_of(values.get("eventType")),
        code=text_of(values.get("messageStatus")),
        description=text_of(values.get("messageStatusDescription")),
        reason=REASONS.get(word),
        recipient=_number(channel, values, "destinationPhoneNumber"),
        at=_moment(values.get("eventTimestamp")),
        price=None if price is None else price_of(price, "USD"),
        raw=values,
    )


def _object(text: Any) -> dict[str, Any]:
    """The JSON object inside of an envelope's Message."""
    try:
        values = parse_json(text.encode(), "utf-8") if isinstance(text, str) else None
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise NotForThisAdapter("the notification's message is no JSON object")
    return values


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970."""
    try:
        return datetime.fromtimestamp(value / 1000, UTC) if not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _number(channel: AwsChannel, values: Values, name: str) -> str | None:
    raw = text_of(values.get(name))
    return channel.number(raw) if raw else None
