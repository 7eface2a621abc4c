"""What a channel of Yo! is configured with."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import Field, SecretStr

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["Config", "YoChannel"]

URL = r"^https?://[^?#\s]+$"


class Config(AdapterConfig):
    """One YBS account."""

    base_url: str = Field(
        "https://smgw1.yo.co.ug:8100",
        title="Gateway URL",
        description="As Yo! tells it, without /sendsms. Older accounts use http://smgw1.yo.co.ug:9100, where the "
        "password travels in clear text and the host has to allow plain http.",
        pattern=URL,
    )
    backup_urls: tuple[str, ...] = Field(
        (),
        title="Further gateway URLs",
        description="Tried in this order where the one before cannot be reached, as Yo! tells them, without /sendsms.",
        examples=[["http://smgw2.yo.co.ug:9100"]],
    )
    ybsacctno: str = Field(title="YBS account number", description="Given by Yo! with the account.", min_length=1)
    password: SecretStr = Field(
        title="Password", description="The account's password, which Yo! calls authorization code, too.", min_length=1
    )


YoChannel: TypeAlias = Channel[Config]
