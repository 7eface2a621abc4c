"""Kiwi SMS: JSON out.

Source: "Kiwi SMS API, version 1" https://kiwi.example/docs/v1
"""

from __future__ import annotations

from pydantic import Field, SecretStr

from sms_adapters import AdapterConfig, Channel, hookimpl
from sms_adapters.auth import Auth, BearerAuth
from sms_adapters.kits import SendKit


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
