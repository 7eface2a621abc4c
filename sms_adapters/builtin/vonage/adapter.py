"""Vonage: one account with two products that send SMS, and webhooks in the formats of both.

`sms_api` and `sms_webhooks`, `messages_api` and `messages_webhooks` hold what each product says, `signing` the
signature of the first. Which of them brings incoming messages is a setting of the account and not of this channel, so
a webhook is told by what it carries: the Messages API's has a bearer token, the SMS API's a `sig`. Balance: "Account
API", https://developer.vonage.com/en/api/account. `OutboundMessage.extra` may hold `entity_id` and `content_id`
(India), `account_ref` and `protocol_id` (SMS API) or `pool_id` (Messages API).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...auth import Auth, BasicAuth, JwtAuth
from ...errors import ConfigError, InvalidMessage, ProtocolError
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit, fail_by_status
from ...kits.values import price_of, text_of
from ...messages import InboundEvent, OutboundMessage
from ...parts import Part, parts_of
from ...results import AccountInfo, PartResult, Reason
from ...signatures import Verified, bearer_token
from . import messages_api, messages_webhooks, sms_api, sms_webhooks
from .config import EURO, Config, VonageChannel
from .signing import SigAuth, verify_sig

__all__ = ["Config", "Vonage"]

ONLY_BY: tuple[tuple[Callable[[OutboundMessage], bool], str, str], ...] = (
    (lambda message: bool(message.media), "media", "messages"),
    (lambda message: message.data is not None, "binary messages", "sms"),
    (lambda message: message.flash, "flash messages", "sms"),
)
VALIDITY = {
    "sms": (timedelta(seconds=20), timedelta(days=7)),
    "mms": (timedelta(minutes=5), timedelta(days=3)),
}


@dataclass(frozen=True, slots=True, repr=False)
class ByResource(Auth):
    """One way for messages; the account's own resource takes the API secret alone."""

    messages: Auth
    account: Auth

    @property
    def secrets(self) -> tuple[str, ...]:
        """Those of both."""
        return (*self.messages.secrets, *self.account.secrets)

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the credentials of its resource."""
        return (self.account if "/account/" in request.url else self.messages).apply(request, now)


class Vonage(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: VonageChannel) -> Auth:
        """The application's JWT, else key and secret, else a signature."""
        config = channel.config
        basic = BasicAuth(config.account, config.api_secret.get_secret_value()) if config.api_secret else None
        sending: Auth
        if config.product == "messages" and config.application_id and config.private_key:
            claims = {"application_id": config.application_id}
            sending = JwtAuth(config.private_key.get_secret_value(), "RS256", claims, entropy=channel.entropy)
        elif basic is not None:
            return basic
        else:
            sending = SigAuth(config.account, _signature_secret(channel), config.signature_method)
        return ByResource(sending, basic) if basic else sending

    def split(self, channel: VonageChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts; what the channel's product does not send is refused before the first of them."""
        for asks, what, product in ONLY_BY:
            if asks(message) and channel.config.product != product:
                raise ConfigError(f"{what} need product = {product!r} in the channel's configuration")
        least, most = VALIDITY["mms" if message.media else "sms"]
        if message.validity is not None and not least <= message.validity <= most:
            raise InvalidMessage(f"the validity is not within {least} to {most}", Reason.INVALID_CONTENT)
        return (Part(message.text),) if message.media else parts_of(channel, message)

    def build_request(self, channel: VonageChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """The product's own."""
        if channel.config.product == "sms":
            return sms_api.build_request(channel, message, part)
        return messages_api.build_request(channel, message, part)

    def read_results(self, channel: VonageChannel, part: Part, response: HttpResponse) -> Sequence[PartResult]:
        """One for each segment from the SMS API, one for the whole from the Messages API."""
        if channel.config.product == "sms":
            return sms_api.read_results(response)
        return (messages_api.read_response(response),)

    @hookimpl
    def verify_inbound(self, channel: VonageChannel, request: WebhookRequest) -> Verified:
        """The Messages API's token, or the SMS API's signature; without a secret for them, the callback's own."""
        if channel.config.signature_secret is None and channel.callback_secret:
            return Verified("callback secret")
        secret = _signature_secret(channel)
        if _is_messages(request):
            return messages_webhooks.verify(channel, request, secret)
        return verify_sig(sms_webhooks.fields_of(request), secret, channel.config.signature_method, channel.clock())

    @hookimpl
    def parse_inbound(self, channel: VonageChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message, one part of a message, or one report."""
        if _is_messages(request):
            return [messages_webhooks.event_of(channel, request.json_object())]
        return [sms_webhooks.event_of(channel, sms_webhooks.fields_of(request))]

    @hookimpl
    def check_account(self, channel: VonageChannel) -> Flow[AccountInfo]:
        """Ask for the balance, which is in euros."""
        if channel.config.api_secret is None:
            raise ConfigError("the account can only be checked with api_secret in the channel's configuration")
        response = yield HttpRequest.get(f"{channel.config.root}/account/get-balance", submits=False)
        if not response.ok:
            fail_by_status(response, _label(response), submitted=False)
        balance = price_of(response.json_object().get("value"), EURO)
        if balance is None:
            raise ProtocolError("the answer to the question for the balance has no value")
        return AccountInfo(balance=balance, checked_at=channel.clock())


def _label(response: HttpResponse) -> str | None:
    try:
        return text_of(response.json_object().get("error-code-label"))
    except ProtocolError:
        return None


def _is_messages(request: WebhookRequest) -> bool:
    """Whether the Messages API sent it: asked alike where it is verified and where it is read."""
    return bearer_token(request) is not None


def _signature_secret(channel: VonageChannel) -> str:
    secret = channel.config.signature_secret
    if secret is None:
        raise ConfigError("without signature_secret, webhooks need a callback_secret of the channel to prove them")
    return secret.get_secret_value()
