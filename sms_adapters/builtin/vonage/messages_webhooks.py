"""Webhooks of the Messages API: JSON with a token that holds the digest of the body; parts come joined.

Sources: "Messages API" specification, https://developer.vonage.com/en/api/messages (fields); "SMS status callbacks"
https://developer.vonage.com/en/messages/concepts/sms-status-callbacks (words, and which codes stand for expired and
unknown); "API errors: Messages API" https://developer.vonage.com/en/api-errors/messages (codes); "Webhooks"
https://developer.vonage.com/en/getting-started/concepts/webhooks and "Signed webhooks" of
https://github.com/Nexmo/nexmo-developer (claims of the token).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ...errors import MalformedInbound, NotForThisAdapter
from ...http import WebhookRequest
from ...kits.tables import lookup_table
from ...kits.values import moment_of, object_of, objects_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, Media, UnreadableEvent
from ...results import Status
from ...signatures import Verified, bearer_token, verify_jwt
from .config import EURO, VonageChannel
from .messages_api import KINDS, REASONS, code_of

__all__ = ["STATUSES", "event_of", "verify"]

OLDEST = timedelta(minutes=5)
CONTENT = ("message_type", "text", "content", *KINDS)

STATUSES = lookup_table(
    (Status.SENT, "submitted"),
    (Status.DELIVERED, "delivered read"),
    (Status.REJECTED, "rejected"),
    (Status.UNDELIVERABLE, "undeliverable"),
)
TOLD_BY_CODE = {"1360": Status.EXPIRED, "1330": Status.UNKNOWN}
"""A receipt "expired" or "unknown" of the network becomes "rejected" with one of these."""


def verify(channel: VonageChannel, request: WebhookRequest, secret: str) -> Verified:
    """The bearer token: HS256 with the signature secret, by Vonage, not old, and over this body."""
    options: dict[str, Any] = {"max_age": OLDEST, "issuer": "Vonage", "hashes": {"payload_hash": request.body}}
    return verify_jwt(bearer_token(request), secret, ("HS256",), now=channel.clock(), **options)


def event_of(channel: VonageChannel, values: Mapping[str, Any]) -> InboundEvent:
    """A report, which is told by its `status`, or a message; of other channels than these two, nothing is read."""
    if values.get("channel") not in ("sms", "mms"):
        named = repr(values.get("channel"))[:30]
        return UnreadableEvent(NotForThisAdapter(f"the webhook is of the channel {named}, not sms or mms"), values)
    uuid, sender = text_of(values.get("message_uuid")), text_of(values.get("from"))
    if uuid is None:
        raise MalformedInbound("the webhook has no message_uuid")
    if word := text_of(values.get("status")):
        return _report(channel, uuid, word, values)
    if sender is None or not any(name in values for name in CONTENT):
        raise MalformedInbound("the webhook has no from, or neither a status nor anything that a message holds")
    return _message(channel, uuid, sender, values)


def _report(channel: VonageChannel, uuid: str, word: str, values: Mapping[str, Any]) -> DeliveryReport:
    error, usage = object_of(values.get("error")), object_of(values.get("usage"))
    code = code_of(error) or None
    status = STATUSES.get(word.lower(), Status.UNKNOWN)
    return DeliveryReport(
        TOLD_BY_CODE.get(code or "", status) if status is Status.REJECTED else status,
        id=uuid,
        message_id=text_of(values.get("client_ref")),
        word=word,
        code=code,
        description=text_of(error.get("detail")),
        reason=REASONS.get(code or ""),
        recipient=_number(channel, values),
        at=moment_of(values.get("timestamp")),
        price=price_of(usage.get("price"), usage.get("currency") or EURO),
        raw=values,
    )


def _message(channel: VonageChannel, uuid: str, sender: str, values: Mapping[str, Any]) -> InboundMessage:
    """The message; a text beside media is the caption of one of them."""
    items = [*(object_of(values.get(kind)) for kind in KINDS), *objects_of(values.get("content"))]
    captions = filter(None, (text_of(item.get("caption")) for item in items))
    return InboundMessage(
        channel.number(sender),
        text_of(values.get("text")) or "\n".join(captions),
        to=_number(channel, values),
        id=uuid,
        received_at=moment_of(values.get("timestamp")),
        media=tuple(Media(url) for url in (text_of(item.get("url")) for item in items) if url),
        raw=values,
    )


def _number(channel: VonageChannel, values: Mapping[str, Any]) -> str | None:
    raw = text_of(values.get("to"))
    return channel.number(raw) if raw else None
