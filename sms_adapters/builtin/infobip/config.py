"""The configuration of an Infobip channel."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, SecretStr, field_validator, model_validator

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["Config", "InfobipChannel"]

Transliteration: TypeAlias = Literal[
    "TURKISH", "GREEK", "CYRILLIC", "SERBIAN_CYRILLIC", "BULGARIAN_CYRILLIC", "CENTRAL_EUROPEAN", "BALTIC",
    "PORTUGUESE", "COLOMBIAN", "NON_UNICODE", "ALL",
]  # fmt: skip
Algorithm: TypeAlias = Literal["HMAC_MD5", "HMAC_SHA_1", "HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]


class Config(AdapterConfig):
    """The account's own host, credentials, and what all messages of the channel have."""

    # A path is a mistake, unless it is the one that this package's sandbox serves the adapter under.
    base_url: str = Field(
        title="Base URL",
        description="The host that is the account's own, on the home page of the web interface.",
        pattern=r"^https?://[^/?#\s]+(/infobip)?/?$",
        examples=["https://xxxxx.api.infobip.com"],
    )
    api_key: SecretStr | None = Field(
        None, title="API key", description="Web interface, Developer Tools, API keys; scope sms:manage.", min_length=1
    )
    username: str | None = Field(
        None, title="User name", description="Instead of an API key, with the password.", min_length=1
    )
    password: SecretStr | None = Field(
        None, title="Password", description="The user's in the web interface.", min_length=1
    )
    transliteration: Transliteration | None = Field(
        None, title="Transliteration", description="Replace characters of this script to stay in GSM 7-bit."
    )
    language: Literal["TR", "ES", "PT", "AUTODETECT"] | None = Field(
        None, title="National language", description="Use the GSM tables of this language for what they hold."
    )
    intermediate_reports: bool = Field(
        False, title="Intermediate reports", description="Also report what is not final."
    )
    application_id: str | None = Field(
        None, title="Application id", description="CPaaS X, Applications.", min_length=1, max_length=255
    )
    entity_id: str | None = Field(
        None, title="Entity id", description="CPaaS X, Entities.", min_length=1, max_length=255
    )
    webhook_secret: SecretStr | None = Field(
        None,
        title="Webhook secret",
        description="Secret key of the HMAC authentication settings, in Subscriptions Management. Reports then come by "
        "the subscription for SMS, and not to a URL that each message brings, which nothing signs.",
        min_length=1,
    )
    webhook_header: str | None = Field(
        None,
        title="Signature header",
        description="The header that carries the HMAC, as these settings name it.",
        pattern=r"^[A-Za-z0-9-]+$",
    )
    webhook_algorithm: Algorithm = Field(
        "HMAC_SHA_256", title="Signature algorithm", description="That of the same settings."
    )

    @field_validator("base_url", mode="before")
    @classmethod
    def _with_scheme(cls, value: object) -> object:
        """The console shows the host alone."""
        return f"https://{value}" if isinstance(value, str) and "://" not in value else value

    @model_validator(mode="after")
    def _together(self) -> Config:
        for first, second in (("username", "password"), ("webhook_secret", "webhook_header")):
            if (getattr(self, first) is None) != (getattr(self, second) is None):
                raise ValueError(f"{first} and {second} go together: give both or neither")
        if (self.api_key is None) == (self.username is None):
            raise ValueError("give either api_key, or username and password")
        return self

    def url(self, resource: str) -> str:
        """The URL of a resource at the account's host."""
        return f"{self.base_url.rstrip('/')}{resource}"


InfobipChannel: TypeAlias = Channel[Config]
