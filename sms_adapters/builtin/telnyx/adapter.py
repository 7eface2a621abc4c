"""Telnyx: messages of the REST API v2.

Sources: "Send a message" https://developers.telnyx.com/api-reference/messages/send-a-message and telnyx-python 4.189.0,
types/message_send_params.py (fields); below https://developers.telnyx.com/docs "Idempotency"
development/api-fundamentals/idempotency, "Schedule a message" messaging/messages/schedule-message (limits of send_at),
"Receiving webhooks" messaging/messages/receiving-webhooks (signature). `OutboundMessage.extra` may hold any of `EXTRA`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

from ...auth import Auth, BearerAuth
from ...errors import ConfigError, InvalidMessage, MalformedInbound, NotForThisAdapter, ProtocolError
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit
from ...kits.idempotency import key_of
from ...kits.values import count_of, moment_of, object_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...parts import Part, parts_of
from ...results import AccountInfo, PartResult, Reason, Status
from ...signatures import Verified, verify_ed25519, verify_time
from .config import Config
from .incoming import STATUSES, TelnyxChannel, messages_of, price_in, raw_of, report_of
from .refusals import data_of, first_of, refusal_of

__all__ = ["EXTRA", "Config", "Telnyx"]

EXTRA = ("subject", "auto_detect")
LOST = frozenset({Status.FAILED, Status.UNDELIVERABLE, Status.EXPIRED})
MAX_MEDIA = 10
LEAST_AHEAD, MOST_AHEAD = timedelta(minutes=5), timedelta(days=5)


class Telnyx(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: TelnyxChannel) -> Auth:
        """The API key as bearer."""
        return BearerAuth(channel.config.api_key.get_secret_value())

    def split(self, channel: TelnyxChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts; a message beyond the limits is refused before its first part goes out."""
        if len(message.media) > MAX_MEDIA:
            sentence = f"a message takes at most {MAX_MEDIA} media, not {len(message.media)}"
            raise InvalidMessage(sentence, Reason.INVALID_CONTENT)
        if message.send_at and not LEAST_AHEAD <= message.send_at - channel.clock() <= MOST_AHEAD:
            raise InvalidMessage("send_at is not within five minutes to five days from now", Reason.INVALID_CONTENT)
        return parts_of(channel, message)

    def build_request(self, channel: TelnyxChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One message with its idempotency key."""
        told = {name: value for name, value in fields_of(channel, message, part).items() if value is not None}
        headers = {"Idempotency-Key": key_of(channel, message, part)}
        return HttpRequest.json(url_of(channel, "/messages"), told, headers=headers)

    def read_response(self, channel: TelnyxChannel, part: Part, response: HttpResponse) -> PartResult:
        """The message of a 2xx answer; one that has failed already is refused."""
        values = data_of(response)
        if not (isinstance(values.get("id"), str) and values["id"]):
            raise ProtocolError(f"HTTP {response.status}: the answer has no id")
        word = text_of(first_of(values.get("to")).get("status"))
        status = STATUSES.get(word or "", Status.QUEUED)
        if status in LOST:
            raise refusal_of(values.get("errors"))
        return PartResult(values["id"], count_of(values.get("parts")), price_in(values), status, word)

    @hookimpl
    def verify_inbound(self, channel: TelnyxChannel, request: WebhookRequest) -> Verified:
        """Ed25519 over time and body."""
        if channel.config.public_key is None:
            raise ConfigError("webhooks cannot be checked: the channel's configuration has no public_key")
        stamp = request.headers.get("telnyx-timestamp") or ""
        signed_at = verify_time(stamp, channel.clock())
        signed, given = f"{stamp}|".encode() + request.body, request.headers.get("telnyx-signature-ed25519")
        return verify_ed25519(channel.config.public_key, signed, given, signed_at=signed_at)

    @hookimpl
    def parse_inbound(self, channel: TelnyxChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message with the opt-out that it may be, or one report: the event's type tells, not the URL.

        For where the message's own URL fails, Telnyx reports to that of the profile, which holds no message id.
        """
        event = object_of(request.json_object().get("data"))
        payload, kind = object_of(event.get("payload")), text_of(event.get("event_type"))
        if kind is None:
            raise MalformedInbound("the webhook has no event_type")
        if not kind.startswith("message."):
            raise NotForThisAdapter("the webhook brings an event that is about no message")
        if kind == "message.received":
            return messages_of(channel, event, payload)
        own, at = request.query().get("id"), moment_of(event.get("occurred_at"))
        if not (own or text_of(payload.get("id"))):
            raise MalformedInbound("the event names no message")
        return [report_of(channel, payload, raw_of(event), own, at)]

    @hookimpl
    def check_account(self, channel: TelnyxChannel) -> Flow[AccountInfo]:
        """Ask for the balance."""
        values = data_of((yield HttpRequest.get(url_of(channel, "/balance"), submits=False)), submitted=False)
        balance = price_of(values.get("balance"), values.get("currency"))
        return AccountInfo(balance=balance, checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: TelnyxChannel, reference: str) -> Flow[DeliveryReport]:
        """Read the message, which Telnyx keeps for ten days."""
        url = url_of(channel, f"/messages/{quote(reference, safe='')}")
        values = data_of((yield HttpRequest.get(url, submits=False)), submitted=False)
        return report_of(channel, {**values, "id": reference}, values)


def url_of(channel: TelnyxChannel, path: str) -> str:
    """The URL of a resource."""
    return f"{channel.config.base_url.rstrip('/')}/v2{path}"


def fields_of(channel: TelnyxChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
    """The members of the request's body; media go with the last part."""
    config, told = channel.config, message.report and channel.public_url
    return {
        "from": _sender(channel, message),
        "to": channel.recipient_of(message),
        "messaging_profile_id": config.messaging_profile_id,
        "text": part.text or None,
        "media_urls": [item.url for item in message.media] if message.media and part.last else None,
        "encoding": message.encoding,
        "send_at": message.send_at and message.send_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "webhook_url": channel.callback_url("status", id=message.id) if told else None,
        "webhook_failover_url": config.webhook_failover_url if told else None,
        "use_profile_webhooks": None if message.report else False,
        **{name: message.extra.get(name) for name in EXTRA},
    }


def _sender(channel: TelnyxChannel, message: OutboundMessage) -> str | None:
    """The sender; None for one out of the profile's number pool."""
    if channel.config.number_pool and message.sender in (None, channel.address):
        return None
    sender = channel.sender_of(message)
    if channel.config.messaging_profile_id is None and any(map(str.isalpha, sender)):
        raise ConfigError("an alphanumeric sender needs messaging_profile_id in the channel's configuration")
    return sender
