"""The configuration of a UCP/EMI channel: one large account on one SMSC."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, SecretStr

from ...channel import Channel
from ...smsc.local_time import LocalTimeConfig

__all__ = ["Config", "UcpChannel"]


class Config(LocalTimeConfig):
    """Where the SMSC is, the account, and what its operator has agreed to."""

    base_url: str = Field(
        title="SMSC address",
        description="ucp://host:port; ucps:// where the operator wraps the connection in TLS. There is no usual port.",
        pattern=r"^ucps?://[^/?#\s@]+/?$",
        examples=["ucp://10.0.0.5:5000"],
    )
    username: str = Field(
        title="Account", description="OAdC of the login: the large account's short number.", pattern=r"^[0-9]{1,16}$"
    )
    password: SecretStr = Field(
        SecretStr(""), title="Password", description="PWD of operation 60, often at most 8 characters."
    )
    window: int = Field(
        10, ge=1, le=100, title="Window", description="Operations without a result; agreed with the operator, often 1."
    )
    login: bool = Field(
        True, title="Open a session", description="With operation 60; off for an account that is known by its address."
    )
    oton: Literal["1", "2", "6"] = Field(
        "6", title="Type of the account's number", description="OTON: 1 international, 2 national, 6 abbreviated."
    )
    onpi: Literal["1", "3", "5"] = Field(
        "5", title="Numbering plan of the account", description="ONPI: 1 E.164, 3 X.121, 5 private."
    )
    operation: Literal["51", "30", "01"] = Field(
        "51",
        title="Operation to submit with",
        description="51, or 30 or 01 on old SMSCs, which take short GSM texts only; 01 without reports and times.",
    )
    alphabet: Literal["gsm", "latin-1", "german"] = Field(
        "gsm",
        title="Alphabet of texts",
        description="gsm as in the specification; latin-1 or german (ISO-21) on SMSCs that convert texts themselves.",
    )
    recipient_prefix: Literal["", "00"] = Field(
        "", title="International prefix", description="What the operator wants before the country code of AdC."
    )
    notifications: int = Field(
        3,
        ge=1,
        le=7,
        title="Notifications wanted",
        description="NT, the sum of 1 delivered, 2 not delivered and 4 buffered.",
    )
    notification_address: str | None = Field(
        None,
        title="Notification address",
        description="NAdC, where notifications go to another connection: 12 digits of the IP address, up to 5 of the "
        "port. Empty for this session.",
        pattern=r"^[0-9]{1,17}$",
    )
    authentication_code: SecretStr | None = Field(
        None, title="Authentication code", description="AC, where the operator asks for one with every message."
    )


UcpChannel: TypeAlias = Channel[Config]
