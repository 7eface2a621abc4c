"""What a channel needs to know of an app at MTN's developer platform."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, SecretStr

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["Config", "MtnChannel"]


class Config(AdapterConfig):
    """One app, approved in one country."""

    base_url: str = Field(
        "https://api.mtn.com", title="API URL", description="Leave as it is, unless a simulator answers."
    )
    consumer_key: SecretStr = Field(
        title="Consumer key", description="developers.mtn.com, My Apps, the app's keys.", min_length=1
    )
    consumer_secret: SecretStr = Field(
        title="Consumer secret", description="developers.mtn.com, My Apps, the app's keys.", min_length=1
    )
    api_version: Literal["v2", "v3"] = Field(
        "v3", title="API version", description="v3, unless the app's product is SMS V2."
    )
    keyword: str | None = Field(
        None, title="Keyword", description="v3, Nigeria: the keyword of a shared short code.", min_length=1
    )
    cp_address: str | None = Field(
        None, title="Content provider address", description="v2: only where MTN has given one.", min_length=1
    )

    @property
    def root(self) -> str:
        """The URL before the versions."""
        return self.base_url.rstrip("/")


MtnChannel: TypeAlias = Channel[Config]
