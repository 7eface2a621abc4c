"""AWS: SendTextMessage of End User Messaging SMS (API version 2022-03-31), or Publish of Amazon SNS (2010-03-31).

Sources: "SendTextMessage" https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html
and "Publish" https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (members, lengths); "Publishing an SMS message
to a phone number" https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html (attributes);
"DescribeAccountAttributes" https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_DescribeAccountAttributes.html
and "GetSMSSandboxAccountStatus" https://docs.aws.amazon.com/sns/latest/api/API_GetSMSSandboxAccountStatus.html.

`OutboundMessage.extra` may hold `entity_id` and `template_id` (India), and `keyword` (End User Messaging only). Neither
service knows a submission again, so nothing keeps a second one from being sent twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from ...auth import Auth, SigV4Auth
from ...errors import InvalidMessage, ProtocolError, Unsupported
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit
from ...manifest import Capability
from ...messages import ControlEvent, InboundEvent, OutboundMessage
from ...parts import Part, parts_of
from ...results import AccountInfo, PartResult, Reason
from ...signatures import Verified
from .config import AwsChannel, Config, service_url
from .envelopes import CONFIRMATIONS, checked, confirmed
from .incoming import CONTEXT_ID, event_in
from .refusals import sns_values, voice_values

__all__ = ["AwsSns", "Config"]

JSON = "application/x-amz-json-1.0"
TARGET = "PinpointSMSVoiceV2"
VERSION = "2010-03-31"
LEAST_VALIDITY, MOST_VALIDITY = timedelta(seconds=5), timedelta(seconds=259200)
CONTEXT = re.compile(r"\S{1,800}")
INDIA = {"IN_ENTITY_ID": "entity_id", "IN_TEMPLATE_ID": "template_id"}


class AwsSns(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: AwsChannel) -> Auth:
        """Signature Version 4, for the service that sends."""
        config = channel.config
        token = config.session_token.get_secret_value() if config.session_token else None
        key = config.secret_access_key.get_secret_value()
        return SigV4Auth(config.access_key_id, key, config.region, config.api, token)

    def split(self, channel: AwsChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts; what the service would refuse of a later one is refused before the first goes out."""
        if message.validity is not None:
            if channel.config.api == "sns":
                raise Unsupported("Amazon SNS takes no validity", capability=Capability.VALIDITY)
            if not LEAST_VALIDITY <= message.validity <= MOST_VALIDITY:
                raise InvalidMessage("validity is not within 5 seconds to 72 hours", Reason.INVALID_CONTENT)
        parts = parts_of(channel, message)
        if not all(part.text.strip() for part in parts):
            raise InvalidMessage("a text of nothing but spaces cannot be sent", Reason.INVALID_CONTENT)
        return parts

    def build_request(self, channel: AwsChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One call for one part."""
        if channel.config.api == "sns":
            return _published(channel, {"Action": "Publish", **dict(sns_fields(channel, message, part))})
        told = {name: value for name, value in voice_fields(channel, message, part).items() if value}
        return _called(channel, "SendTextMessage", told)

    def read_response(self, channel: AwsChannel, part: Part, response: HttpResponse) -> PartResult:
        """The message id; how many segments it has, only reports tell."""
        read = sns_values if channel.config.api == "sns" else voice_values
        identity = read(response).get("MessageId")
        if not (isinstance(identity, str) and identity):
            raise ProtocolError(f"HTTP {response.status}: the answer has no MessageId")
        return PartResult(identity)

    @hookimpl
    def verify_inbound(self, channel: AwsChannel, request: WebhookRequest) -> Flow[Verified]:
        """RSA over the members of the envelope, by a certificate that is fetched from SNS."""
        return checked(channel, request)

    @hookimpl
    def parse_inbound(self, channel: AwsChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One event; an envelope holds no more."""
        return [event_in(channel, request.json_object())]

    @hookimpl
    def follow_up(self, channel: AwsChannel, event: InboundEvent) -> Flow[bool]:
        """Confirm a subscription; that of one that has ended is left alone, since confirming would begin it anew."""
        if not isinstance(event, ControlEvent) or event.kind != CONFIRMATIONS[0]:
            return False
        return (yield from confirmed(channel, str(event.values.get("url"))))

    @hookimpl
    def check_account(self, channel: AwsChannel) -> Flow[AccountInfo]:
        """Ask whether the account is still in the sandbox: what any key that may send should be allowed to ask."""
        if channel.config.api == "sns":
            request = _published(channel, {"Action": "GetSMSSandboxAccountStatus"}, submits=False)
            sns_values((yield request), submitted=False)
        else:
            request = _called(channel, "DescribeAccountAttributes", {}, submits=False)
            voice_values((yield request), submitted=False)
        return AccountInfo(checked_at=channel.clock())


def voice_fields(channel: AwsChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
    """The members of SendTextMessage; the context comes back in reports."""
    config, extra = channel.config, message.extra
    known = message.report and CONTEXT.fullmatch(message.id)
    return {
        "DestinationPhoneNumber": channel.recipient_of(message),
        "OriginationIdentity": _sender(channel, message),
        "MessageBody": part.text,
        "MessageType": config.message_type,
        "Keyword": extra.get("keyword"),
        "ConfigurationSetName": config.configuration_set if message.report else None,
        "MaxPrice": config.max_price,
        "TimeToLive": message.validity and int(message.validity.total_seconds()),
        "Context": {CONTEXT_ID: message.id} if known else None,
        "DestinationCountryParameters": {name: extra[key] for name, key in INDIA.items() if extra.get(key)},
    }


def sns_fields(channel: AwsChannel, message: OutboundMessage, part: Part) -> Iterator[tuple[str, str]]:
    """The parameters of Publish, attributes numbered from 1."""
    yield "PhoneNumber", channel.recipient_of(message)
    yield "Message", part.text
    config, sender = channel.config, _sender(channel, message)
    named = sender is not None and any(map(str.isalpha, sender))
    attributes = (
        ("AWS.SNS.SMS.SenderID" if named else "AWS.MM.SMS.OriginationNumber", sender),
        ("AWS.SNS.SMS.SMSType", config.message_type and config.message_type.capitalize()),
        ("AWS.SNS.SMS.MaxPrice", config.max_price),
        ("AWS.MM.SMS.EntityId", message.extra.get("entity_id")),
        ("AWS.MM.SMS.TemplateId", message.extra.get("template_id")),
    )
    for number, (name, value) in enumerate(((name, value) for name, value in attributes if value), 1):
        start = f"MessageAttributes.entry.{number}"
        yield f"{start}.Name", name
        yield f"{start}.Value.DataType", "Number" if name.endswith("MaxPrice") else "String"
        yield f"{start}.Value.StringValue", str(value)


def _sender(channel: AwsChannel, message: OutboundMessage) -> str | None:
    """The message's own sender, else the configured identity, else the address; None where AWS is to choose."""
    if not message.sender and channel.config.origination_identity:
        return channel.config.origination_identity
    return channel.sender_of(message) if message.sender or channel.address else None


def _called(channel: AwsChannel, action: str, values: dict[str, Any], **options: Any) -> HttpRequest:
    headers = {"X-Amz-Target": f"{TARGET}.{action}"}
    request = HttpRequest.json(service_url(channel.config), values, headers=headers, **options)
    return request.with_header("Content-Type", JSON)


def _published(channel: AwsChannel, fields: dict[str, str], **options: Any) -> HttpRequest:
    return HttpRequest.form(service_url(channel.config), {**fields, "Version": VERSION}, **options)
