"""Kiwi SMS: JSON out, reports as JSON in.

Source: "Kiwi SMS API, version 1" https://kiwi.example/docs/v1
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pydantic import Field, SecretStr

from sms_adapters import (
    AdapterConfig,
    AuthError,
    Channel,
    DeliveryReport,
    HttpRequest,
    HttpResponse,
    InboundEvent,
    MalformedInbound,
    OutboundMessage,
    PartResult,
    ProtocolError,
    Reason,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    WebhookRequest,
    hookimpl,
)
from sms_adapters.auth import Auth, BearerAuth
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.kits.tables import error_table, lookup_table, table_error
from sms_adapters.kits.values import moment_of, object_of, text_of
from sms_adapters.parts import Part

ERRORS = error_table(
    (AuthError, "1001"),
    (Reason.INVALID_SENDER, "1002"),
    (Reason.INVALID_RECIPIENT, "1003"),
    (Reason.OPTED_OUT, "1004"),
    (Reason.NO_CREDIT, "1005"),
    (Reason.INVALID_CONTENT, "1006"),
    (Throttled, "1009"),
    (TemporaryFailure, "1010"),
)
STATES = lookup_table(
    (Status.QUEUED, "queued"),
    (Status.SENT, "sent"),
    (Status.DELIVERED, "delivered"),
    (Status.FAILED, "failed"),
    (Status.EXPIRED, "expired"),
    (Status.REJECTED, "rejected"),
)


class Config(AdapterConfig):
    """One account."""

    base_url: str = Field("https://api.kiwi.example", title="API URL", description="Leave it as it is.")
    token: SecretStr = Field(title="API token", description="Kiwi's console, Settings, API.", min_length=8)


class Kiwi(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: Channel[Config]) -> Auth:
        """The token in the header that everybody uses."""
        return BearerAuth(channel.config.token.get_secret_value())

    def build_request(self, channel: Channel[Config], message: OutboundMessage, part: Part) -> HttpRequest:
        """One JSON post for each part."""
        values = {
            "from": channel.sender_of(message),
            "to": channel.recipient_of(message),
            "text": part.text,
            "ref": message.id,
        }
        if message.report and channel.public_url:
            values["report_url"] = channel.callback_url("status")
        return HttpRequest.json(f"{channel.config.base_url}/v1/messages", values)

    def read_response(self, channel: Channel[Config], part: Part, response: HttpResponse) -> PartResult:
        """The id and the state of an accepted message."""
        if not response.ok:
            raise self.error_of(response)
        values = response.json_object()
        own = text_of(values.get("id"))
        if own is None:
            raise self.error_of(response)
        return PartResult(id=own, status=Status.QUEUED, word=text_of(values.get("state")))

    def error_of(self, response: HttpResponse) -> SmsError:
        """The error that the answer names, else the one of the HTTP status."""
        told: dict[str, object] = {}
        with suppress(ProtocolError):
            told = dict(object_of(response.json_object().get("error")))
        code, text = text_of(told.get("code")), text_of(told.get("text"))
        found = table_error(ERRORS, code or "", text, retry_after=response.retry_after)
        if found is None:
            fail_by_status(response, text, code=code)
        return found

    @hookimpl
    def parse_inbound(self, channel: Channel[Config], request: WebhookRequest) -> Sequence[InboundEvent]:
        """One report."""
        return [self.report_of(channel, request.json_object())]

    def report_of(self, channel: Channel[Config], values: dict[str, Any]) -> DeliveryReport:
        """A report; a state that is not in the table is unknown, never failed."""
        own, word, to = text_of(values.get("id")), text_of(values.get("state")), text_of(values.get("to"))
        if own is None or word is None:
            raise MalformedInbound("the report has no id or no state")
        return DeliveryReport(
            STATES.get(word, Status.UNKNOWN),
            id=own,
            message_id=text_of(values.get("ref")),
            word=word,
            recipient=channel.number(to) if to else None,
            at=moment_of(values.get("at")),
            raw=values,
        )
