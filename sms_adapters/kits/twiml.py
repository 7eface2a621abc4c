"""The family of Twilio's 2010-04-01 Messages resource: Twilio itself and the services that speak like it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, TypeAlias
from urllib.parse import quote

from pydantic import Field, SecretStr

from ..auth import Auth, BasicAuth
from ..channel import SECRET_PARAMETER, Channel
from ..config import AdapterConfig
from ..errors import AuthError, ConfigError, InvalidMessage, InvalidSignature, MalformedInbound, ProtocolError, SmsError
from ..flow import Flow
from ..hookspecs import hookimpl
from ..http import HttpRequest, HttpResponse, MultiDict, WebhookRequest, WebhookResponse
from ..messages import DeliveryReport, InboundEvent, InboundMessage, Media, OptIn, OptOut, OutboundMessage
from ..parts import Part, parts_of
from ..results import AccountInfo, PartResult, Price, Reason, Status
from ..signatures import Verified, twilio_form_bytes, url_variants, verify_hmac
from .parts import SendKit, fail_by_status
from .tables import ErrorTable, lookup_table, table_error

__all__ = ["STATUSES", "TwimlConfig", "TwimlKit"]

Events: TypeAlias = list[InboundEvent]

STATUSES = lookup_table(
    (Status.QUEUED, "accepted scheduled queued sending"),
    (Status.SENT, "sent partially_delivered"),
    (Status.DELIVERED, "delivered read"),
    (Status.UNDELIVERABLE, "undelivered"),
    (Status.FAILED, "failed"),
    (Status.REJECTED, "canceled"),
)
OPT_KEYWORDS: dict[str, type[OptOut | OptIn]] = {"STOP": OptOut, "START": OptIn}
CALLBACK_NAMES = {"sid": "MessageSid", "status": "MessageStatus", "to": "To", "error_code": "ErrorCode"}
CALLBACK_NAMES |= {"error_message": "ErrorMessage"}
BODY_DIGEST = "bodySHA256"
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
NO_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


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
    """Sends, reads and verifies as the family does; a service states its tables, its limits and what differs.

    `path` is what stands between the host and `/2010-04-01`. `signs_json` says that a JSON body is signed as it is, in
    hex, rather than by its digest in the URL. `send_ahead` are the least and the most time by which a message may be
    scheduled.
    """

    errors: ClassVar[ErrorTable] = {}
    statuses: ClassVar[Mapping[str, Status]] = STATUSES
    report_reasons: ClassVar[dict[str, Reason]] = {}
    expired_codes: ClassVar[frozenset[str]] = frozenset()
    path: ClassVar[str] = ""
    signature_header: ClassVar[str] = "X-Twilio-Signature"
    signs_json: ClassVar[bool] = False
    max_media: ClassVar[int] = 10
    validity_seconds: ClassVar[range] = range(1, 36_001)
    send_ahead: ClassVar[tuple[timedelta, timedelta]] = (timedelta(minutes=5), timedelta(days=35))

    def root(self, config: Any) -> str:
        """The URL before `/2010-04-01`."""
        return str(config.base_url).rstrip("/") + self.path

    def setting(self, channel: Channel[Any], name: str, default: Any) -> Any:
        """A setting that only some services' configurations have: `max_length`, `signature_header`, `signing_key`."""
        return vars(channel.config).get(name) or default

    def account_url(self, channel: Channel[Any], resource: str = "") -> str:
        """The URL of the account, or of a resource below it."""
        return f"{self.root(channel.config)}/2010-04-01/Accounts/{channel.config.account_sid}{resource}.json"

    @hookimpl
    def authenticate(self, channel: Channel[Any]) -> Auth:
        """HTTP Basic with the account and its token."""
        return BasicAuth(channel.config.account_sid, channel.config.auth_token.get_secret_value())

    def split(self, channel: Channel[Any], message: OutboundMessage) -> Sequence[Part]:
        """The parts; a message beyond the service's limits is refused before its first part goes out."""
        if len(message.media) > self.max_media:
            raise _unfit(f"a message takes at most {self.max_media} media, not {len(message.media)}")
        if message.validity is not None and int(message.validity.total_seconds()) not in self.validity_seconds:
            raise _unfit(f"the validity is not within 1 to {self.validity_seconds[-1]} seconds")
        if message.send_at is not None:
            least, most = self.send_ahead
            if not least <= message.send_at - channel.clock() <= most:
                raise _unfit(f"send_at is not within {least} to {most} from now")
        return parts_of(channel, message, max_chars=self.setting(channel, "max_length", 0))

    def build_request(self, channel: Channel[Any], message: OutboundMessage, part: Part) -> HttpRequest:
        """One form post for each part; media go with the last."""
        return HttpRequest.form(self.account_url(channel, "/Messages"), self.fields(channel, message, part))

    def fields(self, channel: Channel[Any], message: OutboundMessage, part: Part) -> dict[str, Any]:
        """The form's fields; a sender of the message's own goes without the service, unless it is scheduled."""
        service, scheduled = channel.config.messaging_service_sid, message.send_at is not None
        if scheduled and not service:
            raise ConfigError("scheduling needs messaging_service_sid in the channel's configuration")
        pooled = service and message.sender in (None, channel.address)
        told = message.report and channel.public_url
        return {
            "To": channel.recipient_of(message),
            "From": None if pooled else channel.sender_of(message),
            "MessagingServiceSid": service if pooled or scheduled else None,
            "Body": part.text or None,
            "MediaUrl": [item.url for item in message.media] if part.last else None,
            "StatusCallback": channel.callback_url("status", id=message.id) if told else None,
            "ValidityPeriod": int(message.validity.total_seconds()) if message.validity else None,
            "ScheduleType": "fixed" if scheduled else None,
            "SendAt": message.send_at and message.send_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def read_response(self, channel: Channel[Any], part: Part, response: HttpResponse) -> PartResult:
        """The message resource of a 2xx answer; anything else is an error."""
        values = self.resource(response)
        word = str(values.get("status") or "")
        return PartResult(
            id=values["sid"],
            segments=_count(values.get("num_segments")),
            price=_price(values),
            status=self.statuses.get(word, Status.QUEUED),
            word=word or None,
        )

    def resource(self, response: HttpResponse, *, submitted: bool = True) -> dict[str, Any]:
        """The message of a 2xx answer; else the error for the `code` in it, or for the HTTP status alone."""
        if not response.ok:
            raise self.error_of(response, submitted=submitted)
        values = response.json_object()
        if not (values.get("sid") and isinstance(values["sid"], str)):
            raise ProtocolError(f"HTTP {response.status}: the answer has no sid", provider_code=values.get("code"))
        return values

    def error_of(self, response: HttpResponse, *, submitted: bool = True) -> SmsError:
        """The error for an answer's `code`, else for its HTTP status; `submitted` as in `fail_by_status`."""
        try:
            values = response.json_object()
        except ProtocolError:
            values = {}
        code = str(values.get("code") or "")
        # Newer hosts of Twilio's answer in the words of RFC 9457: detail and title.
        text = next((str(values[name]) for name in ("message", "detail", "title") if values.get(name)), None)
        found = table_error(self.errors, code, text, retry_after=response.retry_after)
        if found is None:
            fail_by_status(response, text, code=code or None, submitted=submitted)
        return found

    @hookimpl
    def verify_inbound(self, channel: Channel[Any], request: WebhookRequest) -> Verified:
        """HMAC over the public URL and the form's fields, or the URL alone with the body's digest in its query."""
        key, digest = self.signing_key(channel, request)
        given, urls = self.signature_of(channel, request), url_variants(channel.external_url(request))
        if self.signs_json and request.media_type == "application/json" and BODY_DIGEST not in request.query():
            whole = (twilio_form_bytes(url, MultiDict()) + request.body for url in urls)
            return verify_hmac(key, whole, given, digest=digest, encoding="hex")
        form = _covered(request)
        return verify_hmac(key, (twilio_form_bytes(url, form) for url in urls), given, digest=digest, encoding="base64")

    def signature_of(self, channel: Channel[Any], request: WebhookRequest) -> str | None:
        """The signature that came with the webhook."""
        return request.headers.get(self.setting(channel, "signature_header", self.signature_header))

    def signing_key(self, channel: Channel[Any], request: WebhookRequest) -> tuple[str, str]:
        """The key and the digest that signed this request: the configuration's `signing_key`, else the auth token."""
        return self.setting(channel, "signing_key", channel.config.auth_token).get_secret_value(), "sha1"

    @hookimpl
    def parse_inbound(self, channel: Channel[Any], request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message with the opt-out that it may be, or one report, which is told by its MessageStatus."""
        pairs = _pairs(request)
        values, raw = dict(reversed(pairs.items())), pairs.to_dict()
        raw.pop(SECRET_PARAMETER, None)
        if not values.get("MessageSid"):
            raise MalformedInbound("the webhook has no MessageSid")
        told = request.action == "status" and values.get("SmsStatus") != "received"
        if told or "MessageStatus" in values:
            return [self.report_of(channel, values, raw)]
        return self.messages_of(channel, values, raw)

    def report_of(self, channel: Channel[Any], values: Mapping[str, str], raw: Mapping[str, Any]) -> DeliveryReport:
        """The delivery report in the names of a status callback; the carrier's RawDlrDoneDate has no time zone."""
        word = values.get("MessageStatus") or values.get("SmsStatus") or ""
        code = values.get("ErrorCode") or None
        status = self.statuses.get(word.lower(), Status.UNKNOWN)
        if code in self.expired_codes and status.final and status is not Status.DELIVERED:
            status = Status.EXPIRED
        return DeliveryReport(
            status,
            id=values["MessageSid"],
            message_id=values.get("id"),
            word=word or None,
            code=code,
            description=values.get("ErrorMessage") or values.get("ChannelStatusMessage") or None,
            reason=self.reason_of(code),
            recipient=_number(channel, values, "To"),
            raw=raw,
        )

    def reason_of(self, code: str | None) -> Reason | None:
        """What a report's code means; a service's senders are chosen late, so it may be one of a refusal too."""
        meaning = self.report_reasons.get(code or "") or self.errors.get(code or "")
        return meaning if isinstance(meaning, Reason) else None

    def messages_of(self, channel: Channel[Any], values: Mapping[str, str], raw: Mapping[str, Any]) -> Events:
        """The message, and the opt-out or opt-in that it is; the family tells no time."""
        sender, to = _number(channel, values, "From"), _number(channel, values, "To")
        if sender is None:
            raise MalformedInbound("the webhook has no From")
        body, sid = values.get("Body") or "", values["MessageSid"]
        found: Events = [InboundMessage(sender, body, to=to, id=sid, media=_media(values), raw=raw)]
        opt = OPT_KEYWORDS.get((values.get("OptOutType") or "").upper())
        if opt is not None:
            found.append(opt(sender, to=to, keyword=body or None, id=sid, raw=raw))
        return found

    @hookimpl
    def respond_inbound(self, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
        """An empty TwiML document for a message, since any text would be sent back to the handset."""
        if request.action == "status":
            return WebhookResponse(204)
        return WebhookResponse.plain(NO_TWIML, content_type="text/xml; charset=utf-8")

    def check_request(self, channel: Channel[Any]) -> HttpRequest:
        """The request that proves the credentials: the account's own resource."""
        return HttpRequest.get(self.account_url(channel), submits=False)

    def newest_message(self, channel: Channel[Any]) -> HttpRequest:
        """The same for credentials that may read messages, but not the account."""
        return HttpRequest.get(self.account_url(channel, "/Messages"), {"PageSize": 1}, submits=False)

    @hookimpl
    def check_account(self, channel: Channel[Any]) -> Flow[AccountInfo]:
        """Ask for the account; AuthError for one that is suspended or closed, which is still shown."""
        response = yield self.check_request(channel)
        if not response.ok:
            raise self.error_of(response, submitted=False)
        values = response.json_object()
        status = values.get("status") or "active"
        if status != "active":
            raise AuthError(f"the account is {status}", provider_code=status)
        return AccountInfo(name=values.get("friendly_name"), checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: Channel[Any], reference: str) -> Flow[DeliveryReport]:
        """Read the message resource."""
        url = self.account_url(channel, f"/Messages/{quote(reference, safe='')}")
        values = self.resource((yield HttpRequest.get(url, submits=False)), submitted=False)
        found = {name: str(values[key]) for key, name in CALLBACK_NAMES.items() if values.get(key) is not None}
        return replace(self.report_of(channel, found, values), price=_price(values))


def _unfit(sentence: str) -> InvalidMessage:
    return InvalidMessage(sentence, Reason.INVALID_CONTENT)


def _covered(request: WebhookRequest) -> MultiDict:
    """The fields that are signed with the URL; a body of another kind has to match the digest in the query."""
    if request.media_type in FORMS:
        return request.form()
    digest = request.query().get(BODY_DIGEST)
    if digest is None and request.body:
        raise InvalidSignature(f"the body is no form and the URL has no {BODY_DIGEST}, so no signature covers it")
    if digest is not None and digest.lower() != hashlib.sha256(request.body).hexdigest():
        raise InvalidSignature(f"the body does not match {BODY_DIGEST}")
    return MultiDict()


def _pairs(request: WebhookRequest) -> MultiDict:
    """The form's fields, or the members of a JSON object as if they were fields, then the query's parameters."""
    if request.media_type != "application/json":
        return request.params()
    members = request.json_object().items()
    plain = [(name, value) for name, value in members if isinstance(value, str | int | float)]
    return MultiDict((*plain, *request.query().items()))


def _number(channel: Channel[Any], values: Mapping[str, str], name: str) -> str | None:
    raw = values.get(name)
    return channel.number(raw) if raw else None


def _count(value: Any) -> int | None:
    """A positive count from a number or a numeric string; a messaging service says "0" before it knows."""
    text = str(value or "")
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 10 else None


def _price(values: Mapping[str, Any]) -> Price | None:
    told = values.get("price")
    if told is None:  # nearly always: the price is known after the message is sent
        return None
    try:
        return Price(Decimal(str(told)), str(values.get("price_unit") or ""))
    except InvalidOperation:
        return None


def _media(values: Mapping[str, str]) -> tuple[Media, ...]:
    count = min(_count(values.get("NumMedia")) or 0, 100)
    pairs = ((values.get(f"MediaUrl{n}"), values.get(f"MediaContentType{n}")) for n in range(count))
    return tuple(Media(url, kind) for url, kind in pairs if url)
