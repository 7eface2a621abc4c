"""The configuration of a CIMD2 channel: one application account on one SMS centre."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, SecretStr

from ...channel import Channel
from ...smsc.local_time import LocalTimeConfig

__all__ = ["CimdChannel", "Config"]


class Config(LocalTimeConfig):
    """Where the centre is, the account, and what its operator has set for it."""

    base_url: str = Field(
        title="SMS centre address",
        description="cimd2://host:port; cimd2s:// where the operator wraps the connection in TLS. There is no usual "
        "port.",
        pattern=r"^cimd2s?://[^/?#\s@]+/?$",
        examples=["cimd2://10.0.0.5:9971"],
    )
    username: str = Field(title="User identity", description="Parameter 010.", min_length=1, max_length=32)
    password: SecretStr = Field(title="Password", description="Parameter 011, up to 32 characters.", max_length=32)
    subaddress: int | None = Field(
        None, ge=0, le=9, title="Subaddress", description="Parameter 012, where the account has several sessions."
    )
    window: int = Field(
        1,
        ge=1,
        le=128,
        title="Window",
        description="Requests without a response; above 1 the login asks for it (019), which the account must allow.",
    )
    checksum: bool = Field(True, title="Checksum", description="Off only for a centre that takes packets without one.")
    account_number: str = Field(
        "",
        title="Number of the account",
        description="What the centre puts before 023: a sender begins with it, and only its rest is sent.",
        pattern=r"^[0-9]{0,20}$",
    )
    international_prefix: Literal["", "+"] = Field(
        "", title="International prefix", description="What the operator wants before the country code of 021."
    )
    user_data: Literal["nordic", "german", "ascii", "latin-1"] = Field(
        "nordic",
        title="Conversion of texts",
        description="The account's table for 033: the centre's default, another national set of its link, or none.",
    )
    reports: int = Field(
        14,
        ge=0,
        le=63,
        title="Reports wanted",
        description="056, the sum of 1 temporary error, 2 expired, 4 failed, 8 delivered, 16 cancelled, 32 deleted.",
    )


CimdChannel: TypeAlias = Channel[Config]
