"""Webhooks of Telnyx: events about a message, each with the whole message as its payload.

Sources: "Receiving webhooks for messaging" https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks
(envelope, statuses); "Advanced opt-in/out"
https://developers.telnyx.com/docs/messaging/messages/advanced-opt-in-out (autoresponse_type); telnyx-python 4.189.0,
types/outbound_message_payload.py (status words that the guide leaves out).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from ...channel import Channel
from ...errors import MalformedInbound
from ...kits.tables import lookup_table
from ...kits.values import moment_of, object_of, objects_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, Media, OptIn, OptOut
from ...results import Price, Reason, Status
from .config import Config
from .refusals import REASONS, Values, first_of, words_of

__all__ = ["STATUSES", "TelnyxChannel", "messages_of", "price_in", "raw_of", "report_of"]

TelnyxChannel: TypeAlias = Channel[Config]

# "delivery_unconfirmed" is Telnyx's last word on a carrier that sends no receipts: nothing is known then.
STATUSES = lookup_table(
    (Status.QUEUED, "queued scheduled sending"),
    (Status.SENT, "sent"),
    (Status.DELIVERED, "delivered read"),
    (Status.UNDELIVERABLE, "delivery_failed"),
    (Status.FAILED, "sending_failed"),
    (Status.EXPIRED, "expired"),
)
OPT_EVENTS: Mapping[str, type[OptOut | OptIn]] = {"STOP": OptOut, "START": OptIn}
URLS = ("webhook_url", "webhook_failover_url")


def report_of(
    channel: TelnyxChannel, payload: Values, raw: Values, message_id: str | None = None, at: datetime | None = None
) -> DeliveryReport:
    """What has become of the message in `payload`; `at` is when, where that says more than the message."""
    recipient = first_of(payload.get("to"))
    word, (code, text) = text_of(recipient.get("status")), words_of(payload.get("errors"))
    status, reason = STATUSES.get((word or "").lower(), Status.UNKNOWN), REASONS.get(code or "")
    if reason is Reason.EXPIRED and status.final and status is not Status.DELIVERED:
        status = Status.EXPIRED
    return DeliveryReport(
        status,
        id=text_of(payload.get("id")),
        message_id=message_id,
        word=word,
        code=code,
        description=text,
        reason=reason,
        recipient=_number(channel, recipient),
        at=at or moment_of(payload.get("completed_at")) or moment_of(payload.get("sent_at")),
        price=price_in(payload),
        raw=raw,
    )


def messages_of(channel: TelnyxChannel, event: Values, payload: Values) -> list[InboundEvent]:
    """The message, and the opt-out or opt-in that the profile has taken it for."""
    sender, to = _number(channel, object_of(payload.get("from"))), _number(channel, first_of(payload.get("to")))
    if sender is None:
        raise MalformedInbound("the event has no sender")
    identity, text, raw = text_of(payload.get("id")), text_of(payload.get("text")), raw_of(event)
    at = moment_of(payload.get("received_at")) or moment_of(event.get("occurred_at"))
    media = tuple(_media(payload))
    message = InboundMessage(sender, text or "", to=to, id=identity, received_at=at, media=media, raw=raw)
    opt = OPT_EVENTS.get((text_of(payload.get("autoresponse_type")) or "").upper())
    return [message, opt(sender, to=to, keyword=text, id=identity, at=at, raw=raw)] if opt else [message]


def price_in(payload: Values) -> Price | None:
    """What a message costs; Telnyx tells null before it knows."""
    cost = object_of(payload.get("cost"))
    return price_of(cost.get("amount"), cost.get("currency"))


def raw_of(event: Values) -> Values:
    """The event without the URLs that it was sent to, in which the channel's callback secret may be."""
    payload = {name: value for name, value in object_of(event.get("payload")).items() if name not in URLS}
    return {**event, "payload": payload}


def _number(channel: TelnyxChannel, party: Values) -> str | None:
    raw = text_of(party.get("phone_number"))
    return channel.number(raw) if raw else None


def _media(payload: Values) -> Iterator[Media]:
    for item in objects_of(payload.get("media")):
        if url := text_of(item.get("url")):
            yield Media(url, text_of(item.get("content_type")))
