"""Kiwi SMS: JSON out.

Source: "Kiwi SMS API, version 1" https://kiwi.example/docs/v1
"""

from __future__ import annotations

from contextlib import suppress

from pydantic import Field, SecretStr

from sms_adapters import (
    AdapterConfig,
    AuthError,
    Channel,
    HttpRequest,
    HttpResponse,
    OutboundMessage,
    PartResult,
    ProtocolError,
    Reason,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    hookimpl,
)
from sms_adapters.auth import Auth, BearerAuth
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.kits.tables import error_table, table_error
from sms_adapters.kits.values import object_of, text_of
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
