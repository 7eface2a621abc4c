"""MessageBird, now Bird: the REST API and the platform that follows it, told apart by the key.

`rest` and `rest_webhooks`, `bird` and `bird_webhooks` hold what each product says and where that is from. The old
signature, in MessageBird-Signature, is deprecated and not read. `OutboundMessage.extra` may hold the `subject` of a
message with media.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...auth import Auth
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import WebhookRequest, WebhookResponse
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...results import AccountInfo, SendResult
from ...signatures import Verified
from .bird import Bird
from .config import BirdChannel, Config
from .rest import Rest

__all__ = ["Config", "MessageBird"]

REST, BIRD = Rest(), Bird()


class MessageBird:
    """The adapter: each hook is that of the channel's product."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: BirdChannel) -> Auth:
        """The key, under the scheme of its product."""
        return product_of(channel).authenticate(channel)

    @hookimpl
    def send(self, channel: BirdChannel, message: OutboundMessage) -> Flow[SendResult]:
        """Submit each part."""
        return product_of(channel).send(channel, message)

    @hookimpl
    def verify_inbound(self, channel: BirdChannel, request: WebhookRequest) -> Verified:
        """The product's signature, and no other's."""
        return product_of(channel).verify_inbound(channel, request)

    @hookimpl
    def parse_inbound(self, channel: BirdChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One event."""
        return product_of(channel).parse_inbound(channel, request)

    @hookimpl
    def respond_inbound(self, channel: BirdChannel) -> WebhookResponse:
        """What the product wants to hear."""
        return product_of(channel).respond_inbound()

    @hookimpl
    def check_account(self, channel: BirdChannel) -> Flow[AccountInfo]:
        """Whether the key is accepted."""
        return product_of(channel).check_account(channel)

    @hookimpl
    def query_status(self, channel: BirdChannel, reference: str) -> Flow[DeliveryReport]:
        """Read the message."""
        return product_of(channel).query_status(channel, reference)


def product_of(channel: BirdChannel) -> Rest | Bird:
    """The product whose key the channel has."""
    return BIRD if channel.config.region else REST
