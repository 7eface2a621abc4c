"""Webhooks of the Bird platform: one event each, signed as Standard Webhooks has it.

Sources: messagebird-sdk 0.106.0, https://github.com/messagebird/bird-sdk-python, resources/webhooks.py (signature) and
_generated.py (events, statuses, error codes); "Standard Webhooks",
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (rotated secrets).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...errors import ConfigError, MalformedInbound, NotForThisAdapter
from ...http import WebhookRequest
from ...kits.tables import lookup_table
from ...kits.values import moment_of, object_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, OptOut
from ...results import Price, Reason, Status
from ...signatures import Verified, verify_hmac, verify_time
from .config import BirdChannel

__all__ = ["REASONS", "STATUSES", "event_of", "price_in", "report_of", "verify"]

STATUSES = lookup_table(
    (Status.QUEUED, "scheduled accepted"),
    (Status.SENT, "sent"),
    (Status.DELIVERED, "delivered"),
    (Status.UNDELIVERABLE, "undelivered"),
    (Status.FAILED, "failed"),
    (Status.REJECTED, "rejected canceled"),
    (Status.EXPIRED, "expired"),
)
REASONS = lookup_table(
    (Reason.INVALID_RECIPIENT, "invalid_destination landline_unreachable"),
    (Reason.BLOCKED, "blocked_by_carrier blocked_by_fraud_protection blocked_by_recipient"),
    (Reason.INVALID_CONTENT, "content_rejected"),
    (Reason.REGULATION, "sender_unregistered"),
    (Reason.OPTED_OUT, "recipient_opted_out"),
    (Reason.NO_CREDIT, "insufficient_balance"),
    (Reason.UNKNOWN, "unreachable provider_unavailable unknown"),
)


def verify(channel: BirdChannel, request: WebhookRequest) -> Verified:
    """Any of the signatures offered, over the webhook's id, its time and the body."""
    key = channel.config.webhook_key
    if not key:
        raise ConfigError("webhooks cannot be checked: the channel's configuration has no signing_key")
    identity, stamp = (request.headers.get(f"webhook-{name}") or "" for name in ("id", "timestamp"))
    signed_at = verify_time(stamp, channel.clock())
    signed = f"{identity}.{stamp}.".encode("utf-8", "surrogatepass") + request.body
    offered = (request.headers.get("webhook-signature") or "").split()
    return verify_hmac(key, signed, offered, encoding="base64", prefix="v1,", signed_at=signed_at)


def event_of(channel: BirdChannel, event: Mapping[str, Any]) -> InboundEvent:
    """A message, an opt-out, or a report, whose word is the end of the event's type."""
    kind, data, at = text_of(event.get("type")), object_of(event.get("data")), moment_of(event.get("timestamp"))
    if kind is None:
        raise MalformedInbound("the webhook has no type")
    if kind == "sms.received":
        return _message(channel, data, at, event)
    if kind == "sms_suppression.created":
        identity = text_of(data.get("suppression_id"))
        return OptOut(
            _sender(channel, data, "destination"), _number(channel, data, "originator"), None, identity, at, event
        )
    family, _, word = kind.partition(".")
    if family != "sms" or not word:
        raise NotForThisAdapter("the webhook brings an event that is about no SMS")
    return report_of(channel, word, data, event, at)


def report_of(
    channel: BirdChannel,
    word: str | None,
    values: Mapping[str, Any],
    raw: Mapping[str, Any],
    at: datetime | None = None,
) -> DeliveryReport:
    """What has become of the message in `values`; `at` is when, where that says more than the message."""
    identity, message_id = text_of(values.get("sms_id")), text_of(object_of(values.get("metadata")).get("message_id"))
    if not (identity or message_id):
        raise MalformedInbound("the report names no message")
    error = object_of(values.get("error"))
    code = text_of(error.get("code"))
    return DeliveryReport(
        STATUSES.get(word or "", Status.UNKNOWN),
        id=identity,
        message_id=message_id,
        word=word,
        code=code,
        description=text_of(error.get("description")),
        reason=REASONS.get(code or ""),
        recipient=_number(channel, values, "to"),
        at=at or moment_of(values.get("delivered_at")) or moment_of(values.get("sent_at")),
        price=price_in(values),
        raw=raw,
    )


def price_in(values: Mapping[str, Any]) -> Price | None:
    """What a message costs; Bird tells null before it knows."""
    cost = object_of(values.get("cost"))
    return price_of(cost.get("amount"), cost.get("currency_code"))


def _message(
    channel: BirdChannel, data: Mapping[str, Any], at: datetime | None, raw: Mapping[str, Any]
) -> InboundMessage:
    """The message; `text` is absent where it has attachments only, which Bird shows to those in the preview."""
    text, identity = text_of(data.get("text")), text_of(data.get("sms_id"))
    to = _number(channel, data, "to")
    return InboundMessage(_sender(channel, data, "from"), text or "", to=to, id=identity, received_at=at, raw=raw)


def _sender(channel: BirdChannel, data: Mapping[str, Any], name: str) -> str:
    found = _number(channel, data, name)
    if found is None:
        raise MalformedInbound(f"the event has no {name}")
    return found


def _number(channel: BirdChannel, data: Mapping[str, Any], name: str) -> str | None:
    raw = text_of(data.get(name))
    return channel.number(raw) if raw else None
