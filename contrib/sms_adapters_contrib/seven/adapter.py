"""seven (formerly sms77): JSON, a key in a header, codes inside a 200.

Source: the vendor's client https://github.com/seven-io/js-client: src/lib/ErrorCode.ts, src/lib/WebhookVerifier.ts,
src/resources/sms/types.ts, src/resources/hooks/types.ts, src/resources/status/types.ts; "seven REST API"
https://docs.seven.io/en/rest-api is behind it.

An answer may be an error code alone, with HTTP 200: the codes share numbers with HTTP statuses and mean other things.
Webhooks are registered once for the account: `dlr` and `sms_mo` both go to the URL for `receive`, by the method JSON.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from pydantic import Field, SecretStr

from sms_adapters import AdapterConfig, Channel, HttpRequest, HttpResponse, OutboundMessage, PartResult, hookimpl
from sms_adapters.auth import Auth, HeaderAuth
from sms_adapters.errors import (
    AuthError,
    DeliveryUncertain,
    MalformedInbound,
    ProtocolError,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.flow import Flow
from sms_adapters.http import WebhookRequest
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.kits.tables import error_table, lookup_table, table_error
from sms_adapters.kits.values import count_of, json_answer, object_of, price_of, text_of, value_at
from sms_adapters.messages import DeliveryReport, InboundEvent, InboundMessage
from sms_adapters.parts import Part
from sms_adapters.results import Reason, Status
from sms_adapters.signatures import Verified, verify_hmac, verify_time

ACCEPTED, ACCEPT = "100", (("Accept", "application/json"),)
EPOCH = re.compile("[0-9]{1,10}")
ERRORS = error_table(
    (AuthError, "300 900 902 903"),
    (Reason.INVALID_SENDER, "201 306"),
    (Reason.INVALID_RECIPIENT, "202"),
    (Reason.INVALID_CONTENT, "301 304 305 307 401"),
    (Reason.DUPLICATE, "402"),
    (Throttled, "403"),
    (Reason.NO_CREDIT, "500"),
    (TemporaryFailure, "600"),
    (DeliveryUncertain, "700"),
)
"""700 is an unknown error, which says nothing about the message; 403, a daily limit, is none of the client's codes."""
STATUSES = lookup_table(
    (Status.QUEUED, "ACCEPTED"),
    (Status.SENT, "BUFFERED TRANSMITTED"),
    (Status.DELIVERED, "DELIVERED"),
    (Status.UNDELIVERABLE, "NOTDELIVERED"),
    (Status.EXPIRED, "EXPIRED"),
    (Status.REJECTED, "REJECTED"),
    (Status.FAILED, "FAILED"),
)


class Settings(AdapterConfig):
    """What a channel needs."""

    base_url: str = Field(
        "https://gateway.seven.io", title="API URL", description="Leave it as it is, unless a simulator answers."
    )
    api_key: SecretStr = Field(title="API key", description="Console, Developer, API keys.", min_length=1)
    signing_secret: SecretStr = Field(
        title="Signing secret", description="Console, Developer, beside the API key.", min_length=1
    )


class Seven(SendKit):
    """The adapter."""

    Config = Settings

    @hookimpl
    def authenticate(self, channel: Channel[Settings]) -> Auth:
        """The key in a header."""
        return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())

    def build_request(self, channel: Channel[Settings], message: OutboundMessage, part: Part) -> HttpRequest:
        """One JSON object; seven splits the text."""
        values: dict[str, Any] = {
            "to": channel.recipient_of(message),
            "from": channel.sender_of(message),
            "text": part.text,
            "foreign_id": message.id,
        }
        if message.flash:
            values["flash"] = True
        if message.validity is not None:
            values["ttl"] = max(int(message.validity.total_seconds()) // 60, 1)
        return HttpRequest.json(f"{channel.config.base_url.rstrip('/')}/api/sms", values, headers=ACCEPT)

    def read_response(self, channel: Channel[Settings], part: Part, response: HttpResponse) -> PartResult:
        """The first message of an answer with code 100; a sandbox key accepts without an id."""
        values = json_answer(response)
        first = object_of(value_at(values, "messages", 0))
        own, taken = text_of(first.get("id")), values.get("success") == ACCEPTED and first.get("success") is True
        if not (response.ok and taken and (own or values.get("debug") == "true")):
            _fail(response)
        return PartResult(own, count_of(first.get("parts")), price_of(first.get("price"), "EUR"))

    @hookimpl
    def query_status(self, channel: Channel[Settings], reference: str) -> Flow[DeliveryReport]:
        """The present status of a message."""
        url = f"{channel.config.base_url.rstrip('/')}/api/status"
        response = yield HttpRequest.get(url, {"msg_id": reference}, headers=ACCEPT, submits=False)
        values = json_answer(response)
        own, word = text_of(values.get("id")), text_of(values.get("status"))
        if not (response.ok and own and word):
            _fail(response, submitted=False)
        return DeliveryReport(STATUSES.get(word, Status.UNKNOWN), id=own, word=word, raw=values)

    @hookimpl
    def verify_inbound(self, channel: Channel[Settings], request: WebhookRequest) -> Verified:
        """Time, nonce, method, URL and a digest of the body, joined by line feeds."""
        stamp, nonce = (request.headers.get(name) or "" for name in ("X-Timestamp", "X-Nonce"))
        at = verify_time(stamp, channel.clock())
        digest = hashlib.md5(request.body, usedforsecurity=False).hexdigest()
        signed = "\n".join((stamp, nonce, request.method, channel.external_url(request), digest)).encode()
        secret, given = channel.config.signing_secret.get_secret_value(), request.headers.get("X-Signature")
        return verify_hmac(secret, signed, given, signed_at=at)

    @hookimpl
    def parse_inbound(self, channel: Channel[Settings], request: WebhookRequest) -> Sequence[InboundEvent]:
        """One report or one message; both have what they bring in `data`."""
        values = request.json_object()
        data, event = object_of(values.get("data")), values.get("webhook_event")
        if event == "dlr":
            return [_report(data, values)]
        if event == "sms_mo":
            return [_message(channel, data, values)]
        raise MalformedInbound("the webhook is neither dlr nor sms_mo")


def _report(data: Mapping[str, Any], raw: Mapping[str, Any]) -> DeliveryReport:
    """Times have no zone, so that none is told."""
    own, word = text_of(data.get("msg_id")), text_of(data.get("status"))
    if own is None:
        raise MalformedInbound("the report names no message")
    quoted = text_of(data.get("foreign_id"))
    return DeliveryReport(STATUSES.get(word or "", Status.UNKNOWN), id=own, message_id=quoted, word=word, raw=raw)


def _message(channel: Channel[Settings], data: Mapping[str, Any], raw: Mapping[str, Any]) -> InboundMessage:
    sender, to, at = (text_of(data.get(name)) for name in ("sender", "system", "time"))
    if sender is None:
        raise MalformedInbound("the message has no sender")
    return InboundMessage(
        channel.number(sender),
        text_of(data.get("text")) or "",
        to=channel.number(to) if to else None,
        id=text_of(data.get("id")),
        received_at=datetime.fromtimestamp(int(at or 0), UTC) if EPOCH.fullmatch(at or "") else None,
        raw=raw,
    )


def _fail(response: HttpResponse, *, submitted: bool = True) -> NoReturn:
    """Raise for an answer that is no success: by its code, else by the HTTP status."""
    values = json_answer(response)
    first = object_of(value_at(values, "messages", 0))
    code = text_of(first.get("error")) or text_of(values.get("success")) or _bare(response)
    text = text_of(first.get("error_text"))
    if response.ok and (error := table_error(ERRORS, code or "", text)):
        raise error
    if response.ok and code:
        raise ProtocolError("an answer with a code that is not known", provider_code=code, provider_text=text)
    fail_by_status(response, text, code=code, submitted=submitted)


def _bare(response: HttpResponse) -> str | None:
    """A code that is all of the body."""
    text = response.text.strip().strip('"')
    return text if text.isdigit() and len(text) < 7 else None
