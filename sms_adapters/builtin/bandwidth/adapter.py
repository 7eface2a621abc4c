"""Bandwidth: SMS and MMS of the Messaging API v2.

Sources: "Send Messages" https://dev.bandwidth.com/docs/messaging/createMessage and bandwidth-sdk 23.3.1,
https://github.com/Bandwidth/python-sdk, models/message_request.py (fields), configuration.py (tokens); "Get Message
Information" https://dev.bandwidth.com/docs/messaging/getMessage; "Webhooks" https://dev.bandwidth.com/docs/messaging/webhooks
(a list in each callback; what is not answered by a 2xx comes again for 24 hours).

Callback URLs are set on the application, one for messages and one for statuses; each may take what is meant for the
other. Bandwidth signs nothing, but presents the application's callback credentials, if it has any.
`OutboundMessage.extra` may hold `priority`: "high" overtakes what waits in the account's queue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from ...auth import Auth, BasicAuth, oauth2_client_credentials
from ...errors import ConfigError, MalformedInbound, ProtocolError, Rejected
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit
from ...kits.values import count_of, objects_of
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...parts import Part
from ...results import AccountInfo, PartResult
from ...signatures import Verified, verify_basic
from .config import BandwidthChannel, Config
from .incoming import event_of, looked_up
from .refusals import answer_of

__all__ = ["Bandwidth", "Config"]

TAG_LIMIT = 1024


class Bandwidth(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: BandwidthChannel) -> Auth | Flow[Auth]:
        """A token for client credentials, or HTTP Basic for an API user."""
        config = channel.config
        if config.client_id and config.client_secret:
            secret = config.client_secret.get_secret_value()
            return oauth2_client_credentials(config.token_url, config.client_id, secret, now=channel.clock())
        return BasicAuth(config.username or "", config.password.get_secret_value() if config.password else "")

    def build_request(self, channel: BandwidthChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One recipient, since several would be one group; media go with the last part."""
        expiration = channel.clock() + message.validity if message.validity else None
        values = {
            "applicationId": channel.config.application_id,
            "to": [channel.recipient_of(message)],
            "from": channel.sender_of(message),
            "text": part.text or None,
            "media": [item.url for item in message.media] if message.media and part.last else None,
            "tag": message.id if len(message.id) <= TAG_LIMIT else None,
            "priority": message.extra.get("priority"),
            "expiration": expiration and expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        told = {name: value for name, value in values.items() if value is not None}
        return HttpRequest.json(channel.config.messages_url, told)

    def read_response(self, channel: BandwidthChannel, part: Part, response: HttpResponse) -> PartResult:
        """The message of a 202: it waits in the account's queue."""
        values = answer_of(response)
        own = values.get("id")
        if not (isinstance(own, str) and own):
            raise ProtocolError(f"HTTP {response.status}: the answer has no id")
        return PartResult(own, count_of(values.get("segmentCount")))

    @hookimpl
    def verify_inbound(self, channel: BandwidthChannel, request: WebhookRequest) -> Verified:
        """The application's callback credentials, or the callback secret, which has been asked for already."""
        config = channel.config
        if config.webhook_username and config.webhook_password:
            return verify_basic(request, config.webhook_username, config.webhook_password.get_secret_value())
        if channel.callback_secret:
            return Verified("callback secret")
        raise ConfigError("webhooks cannot be checked: neither webhook_username nor a callback_secret is configured")

    @hookimpl
    def parse_inbound(self, channel: BandwidthChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """An event for each item of the list, by its type; an object alone, as the API description draws, is one."""
        found = request.json()
        items = [found] if isinstance(found, dict) else found
        if not (isinstance(items, list) and items):
            raise MalformedInbound("the callback is no list of events")
        return [event_of(channel, item) for item in items]

    @hookimpl
    def check_account(self, channel: BandwidthChannel) -> Flow[AccountInfo]:
        """Look up one message, whichever it is."""
        yield from _look_up(channel, limit="1")
        return AccountInfo(checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: BandwidthChannel, reference: str) -> Flow[DeliveryReport]:
        """Look up the message."""
        for found in (yield from _look_up(channel, messageId=reference)):
            if found.get("messageId") == reference:
                return looked_up(channel, found, reference)
        raise Rejected("the account has no such message")


def _look_up(channel: BandwidthChannel, **params: str) -> Flow[Sequence[Mapping[str, Any]]]:
    request = HttpRequest.get(channel.config.messages_url, params, submits=False)
    found = answer_of((yield request), submitted=False).get("messages")
    if not isinstance(found, list):
        raise ProtocolError("the answer has no list of messages")
    return objects_of(found)
