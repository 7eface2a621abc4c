"""What a channel needs to know of a Bandwidth account."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import Field, SecretStr, model_validator

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["BandwidthChannel", "Config"]

API_URL, TOKEN_URL = "https://messaging.bandwidth.com", "https://api.bandwidth.com"
UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class Config(AdapterConfig):
    """Account and application, one pair of credentials that sends, and one that Bandwidth calls back with."""

    base_url: str = Field(
        API_URL,
        title="API URL",
        description="Leave as it is, unless a simulator answers; the host of the tokens is found by itself.",
    )
    account_id: str = Field(
        title="Account ID", description="Bandwidth App, Account: the number of the account.", pattern="^[0-9A-Za-z-]+$"
    )
    application_id: str = Field(
        title="Application ID",
        description="Bandwidth App, Applications: the messaging application whose location has the number.",
        pattern=UUID,
    )
    client_id: str | None = Field(
        None, title="Client ID", description="Bandwidth App, Account, API credentials (OAuth2).", min_length=1
    )
    client_secret: SecretStr | None = Field(
        None, title="Client secret", description="Shown once, when the API credentials are made.", min_length=1
    )
    username: str | None = Field(
        None,
        title="API user",
        description="In place of client_id: an API-only user, in its own upper and lower case.",
        min_length=1,
    )
    password: SecretStr | None = Field(
        None, title="API password", description="In place of client_secret: the user's password.", min_length=1
    )
    webhook_username: str | None = Field(
        None,
        title="Callback user",
        description="Application, callback credentials: the user name that Bandwidth calls back with.",
        min_length=1,
    )
    webhook_password: SecretStr | None = Field(
        None,
        title="Callback password",
        description="Application, callback credentials; without them the channel needs a callback_secret.",
        min_length=1,
    )

    @model_validator(mode="after")
    def _pairs(self) -> Config:
        by_token, by_user = (self.client_id, self.client_secret), (self.username, self.password)
        called = (self.webhook_username, self.webhook_password)
        if any((one is None) != (other is None) for one, other in (by_token, by_user, called)):
            raise ValueError("a name and its secret go together: client_id, username and webhook_username alike")
        if (self.client_id is None) == (self.username is None):
            raise ValueError("either client_id and client_secret or username and password have to be set")
        return self

    @property
    def messages_url(self) -> str:
        """Where messages are sent to and looked up."""
        return f"{self.base_url.rstrip('/')}/api/v2/users/{self.account_id}/messages"

    @property
    def token_url(self) -> str:
        """Where tokens come from: a host of their own, or the simulator's."""
        root = TOKEN_URL if self.base_url.rstrip("/") == API_URL else self.base_url.rstrip("/")
        return f"{root}/api/v1/oauth2/token"


BandwidthChannel: TypeAlias = Channel[Config]
