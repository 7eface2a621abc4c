"""The family of Twilio's 2010-04-01 Messages resource: Twilio itself and the services that speak like it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from ..auth import Auth, BasicAuth
from ..channel import Channel
from ..config import AdapterConfig
from ..errors import ConfigError, InvalidSignature, MalformedInbound, ProtocolError, SmsError
from ..flow import Flow
from ..hookspecs import hookimpl
from ..http import HttpRequest, HttpResponse, MultiDict, WebhookRequest, WebhookResponse
from ..messages import DeliveryReport, InboundEvent, InboundMessage, Media, OptIn, OptOut, OutboundMessage
from ..parts import Part
from ..results import AccountInfo, PartResult, Price, Reason, Status
from ..signatures import Verified, twilio_form_bytes, url_variants, verify_hmac
from .parts import SendKit, fail_by_status
from .tables import ErrorTable, lookup_table, table_error

__all__ = ["STATUSES", "TwimlConfig", "TwimlKit"]

STATUSES = lookup_table(
    (Status.QUEUED, "accepted scheduled queued sending"),
    (Status.SENT, "sent partially_delivered"),
    (Status.DELIVERED, "delivered read"),
    (Status.UNDELIVERABLE, "undelivered"),
    (Status.FAILED, "failed"),
    (Status.REJECTED, "canceled"),
)
OPT_KEYWORDS: dict[str, type[OptOut | OptIn]] = {"STOP": OptOut, "START": OptIn}


class TwimlConfig(AdapterConfig):
    """What every service of the family needs."""

    account_sid: str = Field(title="Account SID", description="Console, Account info.", min_length=1)
    auth_token: SecretStr = Field(
        title="Auth token", description="Console, Account info; it also signs webhooks.", min_length=1
    )
    messaging_service_sid: str | None = Field(
        None, title="Messaging service SID", description="A sender pool; it replaces the channel's address."
    )


class TwimlKit(SendKit):
    """Sends, reads and verifies as the family does; a service states its tables and what differs."""

    errors: ClassVar[ErrorTable] = {}
    report_reasons: ClassVar[dict[str, Reason]] = {}
    expired_codes: ClassVar[frozenset[str]] = frozenset()
    signature_header: ClassVar[str] = "X-Twilio-Signature"

    def root(self, config: Any) -> str:
        """The URL before `/2010-04-01`."""
        return str(config.base_url).rstrip("/")

    def account_url(self, channel: Channel[Any], resource: str = "") -> str:
        """The URL of the account, or of a resource below it."""
        return f"{self.root(channel.config)}/2010-04-01/Accounts/{channel.config.account_sid}{resource}.json"

    @hookimpl
    def authenticate(self, channel: Channel[Any]) -> Auth:
        """HTTP Basic with the account and its token."""
        return BasicAuth(channel.config.account_sid, channel.config.auth_token.get_secret_value())

    def build_request(self, channel: Channel[Any], message: OutboundMessage, part: Part) -> HttpRequest:
        """One form post for each part; media go with the last."""
        return HttpRequest.form(self.account_url(channel, "/Messages"), self.fields(channel, message, part))

    def fields(self, channel: Channel[Any], message: OutboundMessage, part: Part) -> dict[str, Any]:
        """The form's fields."""
        service = None if message.sender not in (None, channel.address) else channel.config.messaging_service_sid
        fields: dict[str, Any] = {"To": channel.recipient_of(message)}
        fields["MessagingServiceSid" if service else "From"] = service or channel.sender_of(message)
        fields["Body"] = part.text or None
        fields["MediaUrl"] = [item.url for item in message.media] if part.last else None
        if message.report and channel.public_url:
            fields["StatusCallback"] = channel.callback_url("status", id=message.id)
        if message.validity is not None:
            fields["ValidityPeriod"] = int(message.validity.total_seconds())
        if message.send_at is not None:
            if not service:
                raise ConfigError("scheduling needs messaging_service_sid in the channel's configuration")
            fields["ScheduleType"] = "fixed"
            fields["SendAt"] = message.send_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return fields

    def read_response(self, channel: Channel[Any], part: Part, response: HttpResponse) -> PartResult:
        """The message resource of a 2xx answer; anything else is an error."""
        if not response.ok:
            raise self.error_of(response)
        values = response.json_object()
        if not values.get("sid"):
            raise ProtocolError(f"HTTP {response.status}: the answer has no sid", provider_code=values.get("code"))
        word = str(values.get("status") or "")
        return PartResult(
            id=str(values["sid"]),
            segments=_count(values.get("num_segments")),
            price=_price(values),
            status=STATUSES.get(word, Status.QUEUED),
            word=word or None,
        )

    def error_of(self, response: HttpResponse) -> SmsError:
        """The error for an answer's `code`, else for its HTTP status."""
        try:
            values = response.json_object()
        except ProtocolError:
            values = {}
        code, text = str(values.get("code") or ""), values.get("message")
        found = table_error(self.errors, code, text, retry_after=response.retry_after)
        if found is None:
            fail_by_status(response, text, code=code or None)
        return found

    @hookimpl
    def verify_inbound(self, channel: Channel[Any], request: WebhookRequest) -> Verified:
        """HMAC over the public URL and the form's fields, or the URL alone with the body's digest in its query."""
        key, digest = self.signing_key(channel, request)
        given = request.headers.get(self.signature_header)
        urls = url_variants(channel.external_url(request))
        return verify_hmac(key, [_signed(url, request) for url in urls], given, digest=digest, encoding="base64")

    def signing_key(self, channel: Channel[Any], request: WebhookRequest) -> tuple[str, str]:
        """The key and the digest that signed this request."""
        return channel.config.auth_token.get_secret_value(), "sha1"

    @hookimpl
    def parse_inbound(self, channel: Channel[Any], request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message, opt-out or report; a status callback is told by its MessageStatus."""
        values = request.params()
        if "MessageSid" not in values:
            raise MalformedInbound("the webhook has no MessageSid")
        if request.action == "status" or "MessageStatus" in values:
            return [self.report_of(channel, values)]
        if not values.get("From"):
            raise MalformedInbound("the webhook has no From")
        return self.messages_of(channel, values)

    def report_of(self, channel: Channel[Any], values: MultiDict) -> DeliveryReport:
        """The delivery report of a status callback."""
        word = values.get("MessageStatus") or values.get("SmsStatus") or ""
        code = values.get("ErrorCode")
        status = STATUSES.get(word.lower(), Status.UNKNOWN)
        if code in self.expired_codes and status.final and status is not Status.DELIVERED:
            status = Status.EXPIRED
        to = values.get("To")
        return DeliveryReport(
            status,
            id=values["MessageSid"],
            message_id=values.get("id"),
            word=word or None,
            code=code,
            reason=self.report_reasons.get(code or ""),
            recipient=channel.number(to) if to else None,
            raw=values.to_dict(),
        )

    def messages_of(self, channel: Channel[Any], values: MultiDict) -> list[InboundEvent]:
        """The message, and the opt-out or opt-in that it is."""
        raw, sender = values.to_dict(), channel.number(values["From"])
        to = channel.number(values["To"]) if values.get("To") else None
        body, sid = values.get("Body") or "", values["MessageSid"]
        found: list[InboundEvent] = [
            InboundMessage(sender, body, to=to, id=sid, media=_media(values), received_at=channel.clock(), raw=raw)
        ]
        opt = OPT_KEYWORDS.get((values.get("OptOutType") or "").upper())
        if opt is not None:
            found.append(opt(sender, to=to, keyword=body or None, id=sid, raw=raw))
        return found

    @hookimpl
    def respond_inbound(self, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
        """An empty TwiML document for a message, since any text would be sent back to the handset."""
        if request.action == "status":
            return WebhookResponse(204)
        xml = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
        return WebhookResponse.plain(xml, content_type="text/xml; charset=utf-8")

    @hookimpl
    def check_account(self, channel: Channel[Any]) -> Flow[AccountInfo]:
        """Read the account resource."""
        response = yield HttpRequest.get(self.account_url(channel), submits=False)
        if not response.ok:
            raise self.error_of(response)
        return AccountInfo(name=response.json_object().get("friendly_name"), checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: Channel[Any], reference: str) -> Flow[DeliveryReport]:
        """Read the message resource."""
        response = yield HttpRequest.get(self.account_url(channel, f"/Messages/{reference}"), submits=False)
        if not response.ok:
            raise self.error_of(response)
        values = response.json_object()
        named = {"MessageSid": values.get("sid"), "MessageStatus": values.get("status"), "To": values.get("to")}
        if values.get("error_code") is not None:
            named["ErrorCode"] = values["error_code"]
        return self.report_of(channel, MultiDict({key: value for key, value in named.items() if value is not None}))


def _signed(url: str, request: WebhookRequest) -> bytes:
    """The signed octets for one spelling of the URL; a JSON body has to match the digest in the query."""
    digest = request.query().get("bodySHA256")
    if digest is not None:
        if digest.lower() != hashlib.sha256(request.body).hexdigest():
            raise InvalidSignature("the body does not match bodySHA256")
        return url.encode()
    return twilio_form_bytes(url, request.form())


def _count(value: Any) -> int | None:
    """A positive count from a number or a numeric string; a messaging service says "0" before it knows."""
    return int(value) if str(value or "").isdigit() and int(value) else None


def _price(values: dict[str, Any]) -> Price | None:
    try:
        return Price(Decimal(str(values["price"])), str(values.get("price_unit") or ""))
    except (KeyError, InvalidOperation):
        return None


def _media(values: MultiDict) -> tuple[Media, ...]:
    count = _count(values.get("NumMedia")) or 0
    pairs = ((values.get(f"MediaUrl{n}"), values.get(f"MediaContentType{n}")) for n in range(min(count, 100)))
    return tuple(Media(url, kind) for url, kind in pairs if url)
