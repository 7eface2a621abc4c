"""The part of a session adapter's configuration that every SMSC connection has."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from ..config import AdapterConfig

__all__ = ["SessionConfig"]


class SessionConfig(AdapterConfig):
    """Where the SMSC is, the account, and the limits that the operator states."""

    base_url: str = Field(
        title="SMSC address",
        description="protocol://host:port, with an s behind the protocol for TLS: smpps://smsc.example.com:3550. "
        "A private address has to be allowed by the host.",
        pattern=r"^[a-z0-9]+://[^/?#\s@]+/?$",
    )
    username: str = Field(title="User name", description="system_id or account, as the operator gave it.")
    password: SecretStr = Field(title="Password", description="From the operator, with the user name.")
    connections: int = Field(
        1, ge=1, le=16, title="Connections", description="How many at once (of each mode, where they differ)."
    )
    window: int = Field(
        10, ge=1, le=1000, title="Window", description="The most submissions without a response, of each connection."
    )
    throughput: float = Field(
        0, ge=0, title="Throughput", description="The most submissions a second on all connections; 0 for no limit."
    )
    connect_timeout: float = Field(
        10, gt=0, le=120, title="Connect timeout", description="Seconds for connection, TLS and login together."
    )
    response_timeout: float = Field(
        30, gt=0, le=600, title="Response timeout", description="Seconds after which a submission counts as in doubt."
    )
    queue_timeout: float = Field(
        30,
        gt=0,
        le=3600,
        title="Queue timeout",
        description="Seconds that a submission waits for a connection or a place in the window before it fails unsent.",
    )
    keep_alive: float = Field(
        30, ge=0, le=3600, title="Keep-alive", description="Seconds of silence before the SMSC is asked; 0 for never."
    )
    idle_limit: float = Field(
        0,
        ge=0,
        title="Idle limit",
        description="Seconds without traffic of messages after which the connection is closed until it is needed; "
        "0 for never.",
    )
    reconnect_first: float = Field(
        1, gt=0, le=600, title="First pause", description="Seconds before the first attempt to connect again."
    )
    reconnect_longest: float = Field(
        120, gt=0, le=86400, title="Longest pause", description="Seconds between attempts at most; each pause doubles."
    )
    throttle_retries: int = Field(
        2, ge=0, le=100, title="Retries of what was throttled", description="How often, after a pause, before it fails."
    )
    local_address: str | None = Field(
        None, title="Local address", description="Address to connect from, where the operator filters on it."
    )
    tls_ca_file: Path | None = Field(
        None, title="CA file", description="PEM with the operator's own certificate authority; else the system's."
    )
    tls_server_name: str | None = Field(
        None,
        title="Certificate name",
        description="Name in the SMSC's certificate, where it is not the host of the address.",
    )
    tls_verify: bool = Field(
        True, title="Verify the certificate", description="Off only for a test: anyone on the way could read along."
    )
    tls_certificate_file: Path | None = Field(
        None, title="Client certificate", description="PEM with our certificate (and key, unless in the next field)."
    )
    tls_key_file: Path | None = Field(None, title="Client key", description="PEM with the key of our certificate.")

    @field_validator("base_url")
    @classmethod
    def _port(cls, value: str) -> str:
        try:
            port = urlsplit(value).port
        except ValueError:
            raise ValueError("the port is no number between 1 and 65535") from None
        if port == 0:
            raise ValueError("the port is no number between 1 and 65535")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _certificate(self) -> SessionConfig:
        if self.tls_key_file is not None and self.tls_certificate_file is None:
            raise ValueError("tls_key_file: needs tls_certificate_file")
        return self

    @property
    def tls(self) -> bool:
        """Whether the connection is made in TLS."""
        return urlsplit(self.base_url).scheme.endswith("s")
