"""Acme: JSON API, version 3.

Source: "Acme API, version 3" https://acme.example/docs/v3
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import Field, SecretStr

from sms_adapters import (
    AccountInfo,
    AdapterConfig,
    Channel,
    DeliveryReport,
    Flow,
    HttpRequest,
    HttpResponse,
    InboundEvent,
    InboundMessage,
    InvalidSignature,
    MalformedInbound,
    Media,
    OptOut,
    OutboundMessage,
    PartResult,
    Price,
    ProtocolError,
    Reason,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    UnreadableEvent,
    WebhookRequest,
    hookimpl,
)
from sms_adapters.auth import Auth, HeaderAuth
from sms_adapters.errors import AuthError
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.kits.tables import error_table, lookup_table, table_error
from sms_adapters.parts import Part
from sms_adapters.signatures import Verified, verify_hmac, verify_time

ERRORS = error_table(
    (AuthError, "auth.bad_key auth.disabled"),
    (Reason.INVALID_RECIPIENT, "to.invalid"),
    (Reason.INVALID_SENDER, "from.invalid"),
    (Reason.INVALID_CONTENT, "text.empty text.too_long"),
    (Reason.OPTED_OUT, "to.opted_out"),
    (Reason.NO_CREDIT, "account.no_credit"),
    (Throttled, "rate.exceeded"),
    (TemporaryFailure, "service.unavailable"),
)
STATUSES = lookup_table(
    (Status.QUEUED, "queued"),
    (Status.SENT, "sent"),
    (Status.DELIVERED, "delivered"),
    (Status.FAILED, "failed"),
    (Status.EXPIRED, "expired"),
    (Status.REJECTED, "rejected"),
    (Status.UNDELIVERABLE, "undeliverable"),
)


class AcmeConfig(AdapterConfig):
    """Key and signing secret."""

    base_url: str = Field(
        "https://api.acme.example", title="API URL", description="Leave it, unless a simulator answers."
    )
    api_key: SecretStr = Field(title="API key", description="Console, Keys.", min_length=8)
    signing_secret: SecretStr = Field(title="Signing secret", description="Console, Webhooks.", min_length=8)


class Acme(SendKit):
    """The adapter."""

    Config = AcmeConfig

    @hookimpl
    def authenticate(self, channel: Channel[AcmeConfig]) -> Auth:
        """The key in a header."""
        return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())

    def build_request(self, channel: Channel[AcmeConfig], message: OutboundMessage, part: Part) -> HttpRequest:
        """One JSON post for each part."""
        values: dict[str, Any] = {
            "from": channel.sender_of(message),
            "to": channel.recipient_of(message),
            "text": part.text,
            "reference": message.id,
        }
        if message.media and part.last:
            values["media"] = [item.url for item in message.media]
        if message.validity is not None:
            values["ttl"] = int(message.validity.total_seconds())
        if message.report and channel.public_url:
            values["report_url"] = channel.callback_url("receive")
        return HttpRequest.json(f"{channel.config.base_url}/v3/messages", values)

    def read_response(self, channel: Channel[AcmeConfig], part: Part, response: HttpResponse) -> PartResult:
        """The accepted message; the body decides, not the status."""
        if not response.ok:
            raise self.error_of(response)
        values = response.json_object()
        if "error" in values:
            raise self.error_of(response)
        if not (values.get("id") and isinstance(values["id"], str)):
            raise ProtocolError("the answer has no id")
        word = str(values.get("status") or "") or None
        return PartResult(values["id"], _segments(values), _price(values), Status.QUEUED, word)

    def error_of(self, response: HttpResponse) -> SmsError:
        """The error that the body names, else the one of the HTTP status."""
        try:
            named = response.json_object().get("error")
        except ProtocolError:
            named = None
        error = named if isinstance(named, dict) else {}
        code, text = str(error.get("code") or ""), str(error.get("message") or "") or None
        found = table_error(ERRORS, code, text, retry_after=response.retry_after)
        if found is None and response.ok:
            return ProtocolError("the answer has an unknown error", provider_code=code, provider_text=text)
        if found is None:
            fail_by_status(response, text, code=code or None)
        return found

    @hookimpl
    def verify_inbound(self, channel: Channel[AcmeConfig], request: WebhookRequest) -> Verified:
        """`t=<epoch>,v1=<hex>` over `<epoch>.<body>`."""
        header = request.headers.get("Acme-Signature")
        if header is None:
            raise InvalidSignature("the webhook has no Acme-Signature")
        values = dict(item.partition("=")[::2] for item in header.split(","))
        at = verify_time(values.get("t") or "", channel.clock())
        signed = f"{values.get('t')}.".encode() + request.body
        return verify_hmac(channel.config.signing_secret.get_secret_value(), signed, values.get("v1"), signed_at=at)

    @hookimpl
    def parse_inbound(self, channel: Channel[AcmeConfig], request: WebhookRequest) -> Sequence[InboundEvent]:
        """The events of a batch."""
        items = request.json_object().get("events")
        if not isinstance(items, list):
            raise MalformedInbound("the webhook has no list of events")
        return [self.event_of(channel, item) for item in items]

    def event_of(self, channel: Channel[AcmeConfig], item: Any) -> InboundEvent:
        """One event; what cannot be read does not lose the others."""
        try:
            kind = KINDS[item["type"]]
            return kind(channel, item)
        except (KeyError, TypeError, ValueError, MalformedInbound) as error:
            return UnreadableEvent(
                MalformedInbound(f"an event cannot be read: {type(error).__name__}"), {"event": item}
            )

    @hookimpl
    def check_account(self, channel: Channel[AcmeConfig]) -> Flow[AccountInfo]:
        """The account's name."""
        response = yield HttpRequest.get(f"{channel.config.base_url}/v3/account", submits=False)
        if not response.ok:
            raise self.error_of(response)
        return AccountInfo(name=response.json_object().get("name"), checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: Channel[AcmeConfig], reference: str) -> Flow[DeliveryReport]:
        """The message resource."""
        response = yield HttpRequest.get(f"{channel.config.base_url}/v3/messages/{reference}", submits=False)
        if not response.ok:
            raise self.error_of(response)
        return _report(channel, response.json_object())


def _segments(values: Mapping[str, Any]) -> int | None:
    found = values.get("segments")
    return found if type(found) is int and found > 0 else None


def _price(values: Mapping[str, Any]) -> Price | None:
    """In euros; a message that was accepted is not lost for a price that is none."""
    try:
        return Price(Decimal(values["price"]), "EUR")
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None


def _message(channel: Channel[AcmeConfig], item: Mapping[str, Any]) -> InboundMessage:
    return InboundMessage(
        channel.number(_text(item, "from")),
        _text(item, "text"),
        to=channel.number(_text(item, "to")),
        id=_text(item, "id"),
        received_at=_time(item),
        media=tuple(Media(url) for url in item.get("media", ()) if url and isinstance(url, str)),
        raw=item,
    )


def _report(channel: Channel[AcmeConfig], item: Mapping[str, Any]) -> DeliveryReport:
    word = _text(item, "status")
    return DeliveryReport(
        STATUSES.get(word, Status.UNKNOWN),
        id=_text(item, "id"),
        message_id=_optional(item, "reference"),
        word=word,
        code=_optional(item, "code"),
        recipient=channel.number(_text(item, "to")),
        at=_time(item),
        raw=item,
    )


def _opt_out(channel: Channel[AcmeConfig], item: Mapping[str, Any]) -> OptOut:
    keyword = _optional(item, "keyword")
    return OptOut(channel.number(_text(item, "from")), keyword=keyword, id=_text(item, "id"), at=_time(item), raw=item)


def _text(item: Mapping[str, Any], name: str) -> str:
    """A member that has to be text; half of a surrogate pair, which JSON can write, cannot be stored."""
    if not isinstance(item[name], str):
        raise TypeError(f"{name} is no text")
    return item[name].encode("utf-8", "replace").decode()


def _optional(item: Mapping[str, Any], name: str) -> str | None:
    return None if item.get(name) is None else _text(item, name)


def _time(item: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(item["at"])
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    return at


KINDS = {"message": _message, "report": _report, "opt_out": _opt_out}
