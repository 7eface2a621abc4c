"""MTN: the SMS products V3 and V2 of its developer platform, MADAPI.

Sources: copies of what https://developers.mtn.com/ publishes, in https://github.com/api-evangelist/mtn-group:
openapi/mtn-group-sms-v3-api.yml and openapi/mtn-group-mtn-sms-interface.yml (V3 and V2: fields, answers, callbacks),
errors/mtn-group-error-codes.yml ("Response and error codes"), authentication/mtn-group-authentication.yml
("Understanding OAuth 2.0": tokens, x-api-key).

V3 gives no id of its own: reports quote the correlator, which is the message's id wherever it fits. V2 gives one, but
in five countries it answers as V3 does, so the answer's form is taken for what it is and not for the version asked.
Callback URLs are registered once with MTN for a service code, either for both kinds or one for each; nothing is
signed: give the channel a `callback_secret`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ...auth import Auth, oauth2_client_credentials
from ...errors import AuthError, DeliveryUncertain, ProtocolError, Rejected, TemporaryFailure, Throttled
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit, fail_by_status
from ...kits.tables import error_table, table_error
from ...kits.values import object_of, text_of
from ...messages import InboundEvent, OutboundMessage
from ...parts import Part
from ...results import PartResult, Reason
from .config import Config, MtnChannel
from .correlator import correlator_of
from .incoming import event_of

__all__ = ["Config", "Mtn"]

GOOD = "0000"
ERRORS = error_table(
    (Reason.INVALID_RECIPIENT, "1000"),
    (Reason.INVALID_CONTENT, "1001 5000 5001"),
    (Reason.DUPLICATE, "4004"),
    (Reason.NO_CREDIT, "6000 6001"),
    (Reason.UNKNOWN, "1002 1003 4001"),
    (AuthError, "4000"),
    (Throttled, "1013 3006"),
    (TemporaryFailure, "1005 3000"),
    (DeliveryUncertain, "1004 1007 1012 2000 3001 3003"),
)
"""Timeouts, lost connections and what is pending say nothing of whether the message was taken."""


class Mtn(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: MtnChannel) -> Flow[Auth]:
        """A token of the app, for about an hour."""
        key, secret = channel.config.consumer_key, channel.config.consumer_secret
        url = f"{channel.config.root}/v1/oauth/access_token?grant_type=client_credentials"
        pair = key.get_secret_value(), secret.get_secret_value()
        return oauth2_client_credentials(url, *pair, now=channel.clock(), style="form")

    def own_id(self, channel: MtnChannel, message: OutboundMessage, part: Part) -> str:
        """The correlator, which the reports of V3 quote."""
        return correlator_of(message.id, part.number, part.total)

    def build_request(self, channel: MtnChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One recipient in each request: with more, nobody documents which of them is refused."""
        config, own = channel.config, self.own_id(channel, message, part)
        values: dict[str, Any] = {"message": part.text, "receiverAddress": [channel.recipient_of(message)]}
        sender = channel.sender_of(message)
        if config.api_version == "v2":
            path = "/v2/messages/sms/outbound"
            values |= {"senderAddress": sender, "clientCorrelator": own, "cpAddress": config.cp_address}
        else:
            path = "/v3/sms/messages/sms/outbound"
            named = None if sender.isdigit() else sender
            values |= {"serviceCode": sender, "senderAddress": named, "clientCorrelatorId": own}
            values |= {"keyword": config.keyword, "requestDeliveryReceipt": message.report}
        told = {name: value for name, value in values.items() if value is not None}
        return HttpRequest.json(config.root + path, told, headers={"x-api-key": config.consumer_key.get_secret_value()})

    def read_response(self, channel: MtnChannel, part: Part, response: HttpResponse) -> PartResult:
        """What was taken, by the status code in the body; the id is V2's, and None where the answer is V3's."""
        data = object_of(_answer(response).get("data"))
        return PartResult(text_of(data.get("requestId")), word=text_of(data.get("status")))

    @hookimpl
    def parse_inbound(self, channel: MtnChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message or one report, which its members tell and not the URL."""
        return [event_of(channel, request.json_object())]


def _answer(response: HttpResponse) -> Mapping[str, Any]:
    """The JSON object of a good answer; else the error for the code in it, or for the HTTP status."""
    try:
        values = response.json_object()
    except ProtocolError:
        if response.ok:
            raise
        values = {}
    code = text_of(values.get("statusCode"))
    if not response.ok or code not in (None, GOOD):
        _fail(response, values, code)
    if code is None or response.status == 207:  # of a partial result no form is documented
        raise ProtocolError(f"HTTP {response.status}: the answer does not tell what became of the message")
    return values


def _fail(response: HttpResponse, values: Mapping[str, Any], code: str | None) -> NoReturn:
    text = _text(values)
    if found := table_error(ERRORS, code or "", text, retry_after=response.retry_after):
        raise found
    if response.status == 408:
        raise DeliveryUncertain("HTTP 408: timeout", provider_code=code or 408, provider_text=text)
    if response.ok:
        raise Rejected("refused for a reason that is not documented", provider_code=code, provider_text=text)
    fail_by_status(response, text, code=code)


def _text(values: Mapping[str, Any]) -> str | None:
    """What is said to a client and to a developer; a gateway before the service uses other members."""
    said = [text_of(values.get(name)) for name in ("statusMessage", "supportMessage")]
    whole = text_of(values.get("message")) or text_of(values.get("error"))
    return "; ".join(text for text in said if text) or whole
