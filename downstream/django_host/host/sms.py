"""Between the database and `sms_adapters`."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from sms_adapters import Channel, Client, DeliveryReport, InboundMessage, Receipt, Registry, Status
from sms_adapters.webhooks.core import Route

from .models import SmsChannel, SmsMessage, SmsPart, SmsReceived

PUBLIC_URL = "https://sms.example.org/sms"
registry = Registry()
client = Client()
"""One for the process: it keeps connections and tokens, and threads may share it."""


def open_channel(row: SmsChannel) -> Channel[Any]:
    """The channel of a row; ConfigError says what to mend."""
    return registry.open(
        row.adapter,
        id=row.id,
        config=row.config,
        address=row.address or None,
        country=row.country or None,
        public_url=PUBLIC_URL,
        callback_secret=row.callback_secret or None,
    )


def resolve(route: Route) -> Channel[Any] | None:
    """The channel that a webhook's URL names; None is answered 404."""
    row = SmsChannel.objects.filter(pk=route.channel).first()
    return open_channel(row) if row else None


@transaction.atomic
def handle(channel: Channel[Any], receipt: Receipt) -> None:
    """Store all events or none; if this raises, the aggregator delivers again."""
    for event in receipt.events:
        match event:
            case InboundMessage(id=None):
                SmsReceived.objects.create(channel_id=channel.id, sender=event.sender, text=event.text)
            case InboundMessage():
                SmsReceived.objects.get_or_create(
                    channel_id=channel.id,
                    provider_id=event.id,
                    defaults={"sender": event.sender, "text": event.text},
                )
            case DeliveryReport():
                report(channel, event)


def report(channel: Channel[Any], event: DeliveryReport) -> None:
    """Merge a status: a late "sent" does not replace "delivered"."""
    part = SmsPart.objects.filter(channel_id=channel.id, provider_id=event.id).first()
    row = part.message if part else SmsMessage.objects.filter(pk=event.message_id or 0, channel_id=channel.id).first()
    if row is not None:
        row.status = Status(row.status).merge(event.status).value
        row.save(update_fields=["status"])
