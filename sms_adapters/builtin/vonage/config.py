"""The configuration of a Vonage channel: one account, and which of its two products sends."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, SecretStr, model_validator

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["Config", "VonageChannel"]

DEFAULT_URL = "https://rest.nexmo.com"
MESSAGES_URL = "https://api.nexmo.com"
LONGEST_REFERENCE = 100
EURO = "EUR"
"""In which prices and balances are that name no currency."""


class Config(AdapterConfig):
    """Account, product, credentials of both products, and how webhooks are signed."""

    base_url: str = Field(
        DEFAULT_URL,
        title="API URL",
        description="Of the SMS API and the account. Leave as it is, unless a simulator answers: it then serves all.",
        pattern=r"^https?://[^?#\s]+$",
    )
    product: Literal["sms", "messages"] = Field(
        "sms",
        title="Product that sends",
        description="sms: the SMS API, with binary and flash messages. messages: the Messages API, with media. "
        "Webhooks of both are read, whichever the dashboard's API settings name for incoming SMS.",
    )
    account: str = Field(
        title="API key",
        description="Dashboard, API settings; it names the account.",
        min_length=1,
        examples=["abcd1234"],
    )
    api_secret: SecretStr | None = Field(
        None,
        title="API secret",
        description="Dashboard, API settings. Without it the SMS API's requests are signed with the signature secret, "
        "and the account cannot be checked.",
        min_length=1,
    )
    signature_secret: SecretStr | None = Field(
        None,
        title="Signature secret",
        description="Dashboard, API settings. Proves webhooks of both products; the SMS API signs them once support "
        "has switched it on, so leave it empty until then, and give the channel a callback secret.",
        min_length=1,
    )
    signature_method: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] = Field(
        "md5hash",
        title="Signature method",
        description="Dashboard, API settings: md5hash is 'MD5 hash signature', the others are HMACs. SMS API only.",
    )
    application_id: str | None = Field(
        None, title="Application id", description="Dashboard, Applications; for the Messages API.", min_length=1
    )
    private_key: SecretStr | None = Field(
        None,
        title="Private key of the application",
        description="RSA key in PEM, downloaded when the application was made.",
        min_length=1,
    )
    messages_url: str = Field(
        MESSAGES_URL,
        title="Messages API URL",
        description="Such as https://api-eu.vonage.com, to keep messages in a region.",
        pattern=r"^https?://[^?#\s]+$",
    )
    reports: Literal["message", "dashboard"] = Field(
        "message",
        title="Where reports go",
        description="message: each message names the channel's URL, of at most 100 characters for the SMS API. "
        "dashboard: reports go where the dashboard says, which has to be the channel's URL.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Config:
        if (self.application_id is None) != (self.private_key is None):
            raise ValueError("application_id and private_key go together: give both or neither")
        if self.product == "messages" and not (self.application_id or self.api_secret):
            raise ValueError("the Messages API needs application_id and private_key, or api_secret")
        if self.product == "sms" and not (self.api_secret or self.signature_secret):
            raise ValueError("the SMS API needs api_secret, or signature_secret to sign requests with")
        return self

    @property
    def messages_root(self) -> str:
        """Scheme and host of the Messages API, without a slash."""
        return (self.messages_url if self.base_url == DEFAULT_URL else self.base_url).rstrip("/")

    @property
    def root(self) -> str:
        """Scheme and host of the SMS API and the account, without a slash."""
        return self.base_url.rstrip("/")


VonageChannel: TypeAlias = Channel[Config]
