"""What Infobip is sent: one message for one destination, in the names of the SMS API 3.

Source: "Send SMS message",
https://www.infobip.com/docs/api/channels/sms/sms-messaging/outbound-sms/send-sms-messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from math import ceil
from typing import Any

from ...kits.idempotency import key_of
from ...messages import OutboundMessage
from ...parts import Part
from .config import InfobipChannel

__all__ = ["EXTRA", "body_of"]

EXTRA = {"campaign_reference_id": "campaignReferenceId", "regional": "regional"}
LONGEST_ID = 200
EIGHT_BIT, WITH_HEADER = 4, 64


def body_of(channel: InfobipChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
    """The request for a part; without a sender the account's own rules choose one."""
    named = message.sender or channel.address
    own = key_of(channel, message, part, longest=LONGEST_ID)
    item = {
        "sender": channel.sender_of(message) if named else None,
        "destinations": [{"to": channel.recipient_of(message), "messageId": own}],
        "content": _content(channel, part),
        "options": _options(channel, message),
        "webhooks": _webhooks(channel, message),
    }
    at = message.send_at and message.send_at.astimezone(UTC).isoformat(timespec="milliseconds")
    options = {
        "schedule": {"sendAt": at.replace("+00:00", "+0000")} if at else None,
        "includeSmsCountInResponse": True if part.data is None else None,
    }
    return _told({"messages": [_told(item)], "options": _told(options)})


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in values.items() if value not in (None, {})}


def _content(channel: InfobipChannel, part: Part) -> dict[str, Any]:
    """A text, which Infobip encodes by itself, or octets."""
    config = channel.config
    if part.data is not None:
        esm = WITH_HEADER if part.udh else 0
        return {"dataCoding": EIGHT_BIT, "esmClass": esm, "hex": (part.udh + part.data).hex(" ")}
    language = {"languageCode": config.language} if config.language else None
    return _told({"text": part.text, "transliteration": config.transliteration, "language": language})


def _options(channel: InfobipChannel, message: OutboundMessage) -> dict[str, Any]:
    config, validity = channel.config, message.validity
    seconds = validity and ceil(validity.total_seconds())
    values = {
        "platform": _told({"entityId": config.entity_id, "applicationId": config.application_id}),
        "validityPeriod": {"amount": seconds, "timeUnit": "SECONDS"} if seconds else None,
        "flash": True if message.flash else None,
        **{name: message.extra.get(key) for key, name in EXTRA.items()},
    }
    return _told(values)


def _webhooks(channel: InfobipChannel, message: OutboundMessage) -> dict[str, Any]:
    """Where to report; without a URL the account's subscription decides."""
    if not message.report:
        return {"delivery": {"notify": False}}
    config, delivery = channel.config, {}
    if channel.public_url and config.webhook_secret is None:
        delivery = {"url": channel.callback_url("status"), "intermediateReport": config.intermediate_reports}
    return _told({"delivery": delivery, "contentType": "application/json", "callbackData": message.id})
