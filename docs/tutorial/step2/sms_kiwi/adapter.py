"""Kiwi SMS: JSON out.

Source: "Kiwi SMS API, version 1" https://kiwi.example/docs/v1
"""

from __future__ import annotations

from pydantic import Field, SecretStr

from sms_adapters import (
    AdapterConfig,
    Channel,
    HttpRequest,
    HttpResponse,
    OutboundMessage,
    PartResult,
    ProtocolError,
    Status,
    hookimpl,
)
from sms_adapters.auth import Auth, BearerAuth
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.kits.values import text_of
from sms_adapters.parts import Part


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
            fail_by_status(response)
        values = response.json_object()
        own = text_of(values.get("id"))
        if own is None:
            raise ProtocolError("the answer has no id")
        return PartResult(id=own, status=Status.QUEUED, word=text_of(values.get("state")))
