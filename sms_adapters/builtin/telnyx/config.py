"""What a channel needs to know of a Telnyx account."""

from __future__ import annotations

from pydantic import Field, SecretStr, model_validator

from ...config import AdapterConfig

__all__ = ["Config"]

UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class Config(AdapterConfig):
    """The key that sends, the key that webhooks are checked with, and the messaging profile."""

    base_url: str = Field(
        "https://api.telnyx.com", title="API URL", description="Leave as it is, unless a simulator answers."
    )
    api_key: SecretStr = Field(
        title="API key", description="Mission Control Portal, Keys & Credentials, API keys (v2).", min_length=1
    )
    public_key: str | None = Field(
        None,
        title="Public key",
        description="Mission Control Portal, Keys & Credentials, Public key; without it no webhook is accepted.",
        pattern="^[A-Za-z0-9+/]{43}=$",
    )
    messaging_profile_id: str | None = Field(
        None,
        title="Messaging profile ID",
        description="Mission Control Portal, Messaging; needed for alphanumeric senders and the number pool.",
        pattern=UUID,
    )
    number_pool: bool = Field(
        False, title="Number pool", description="Telnyx chooses among the profile's numbers; replaces the address."
    )
    webhook_failover_url: str | None = Field(
        None,
        title="Failover URL",
        description="Where Telnyx reports once the host has failed three times.",
        pattern="^https?://",
    )

    @model_validator(mode="after")
    def _pool(self) -> Config:
        if self.number_pool and self.messaging_profile_id is None:
            raise ValueError("number_pool needs messaging_profile_id, whose pool it is")
        return self
