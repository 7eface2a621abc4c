"""What a channel needs to know of a MessageBird or Bird account."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Literal, TypeAlias

from pydantic import Field, SecretStr, model_validator

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["BirdChannel", "Config"]

REST_URL = "https://rest.messagebird.com"
PLATFORM_KEY = re.compile(r"b[km]_([a-z]{2}[0-9]+)_.+")
WEBHOOK_KEY = "whsec_"


class Config(AdapterConfig):
    """The key that sends, which tells the product, and the key that webhooks are checked with."""

    base_url: str = Field(
        REST_URL,
        title="API URL",
        description="Leave as it is, unless a simulator answers: a key of the platform names its own host.",
        pattern=r"^https?://[^?#\s]+$",
    )
    access_key: SecretStr = Field(
        title="API key",
        description="Dashboard, Developers, API access; or a key of the Bird platform, which starts with bk_.",
        min_length=1,
    )
    signing_key: SecretStr | None = Field(
        None,
        title="Signing key",
        description="Dashboard, Developers, Signing key; on the platform the secret of the webhook, which starts with "
        "whsec_. Without it no webhook is accepted.",
        min_length=1,
    )
    gateway: int | None = Field(
        None, title="Gateway", description="Number of a route, if support has named one. REST API only.", ge=0
    )
    category: Literal["transactional", "marketing", "authentication", "service"] = Field(
        "transactional",
        title="Category",
        description="What the messages are about, in the platform's words; the REST API does not ask.",
    )

    @model_validator(mode="after")
    def _matching(self) -> Config:
        if self.region and self.signing_key is not None:
            secret = self.signing_key.get_secret_value()
            if not secret.startswith(WEBHOOK_KEY) or not _octets(secret):
                raise ValueError("signing_key is no secret of a webhook: on the platform that is whsec_ and base64")
        return self

    @property
    def region(self) -> str | None:
        """The platform's region, which its keys name; None for a key of the REST API."""
        found = PLATFORM_KEY.fullmatch(self.access_key.get_secret_value())
        return found[1] if found else None

    @property
    def root(self) -> str:
        """Scheme and host, without a slash."""
        own_host = self.region and self.base_url == REST_URL
        return f"https://{self.region}.platform.bird.com" if own_host else self.base_url.rstrip("/")

    @property
    def webhook_key(self) -> bytes:
        """The octets in a platform webhook's secret; empty without one."""
        return _octets(self.signing_key.get_secret_value()) if self.signing_key else b""


BirdChannel: TypeAlias = Channel[Config]


def _octets(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix(WEBHOOK_KEY), validate=True)
    except ValueError:
        return b""
