"""The configuration of a Jasmin channel: one user of one gateway."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from ...config import AdapterConfig

__all__ = ["Config"]


class Config(AdapterConfig):
    """Where the HTTP API is, the user, and how this Jasmin is set up; names are those of its console and jasmin.cfg."""

    base_url: str = Field(
        title="HTTP API URL",
        description="Scheme, host and port of http-api, 1401 by default. Often plain http on a private address, which "
        "the host has to allow.",
        pattern=r"^https?://[^?#\s]+$",
        examples=["http://10.0.0.5:1401"],
    )
    username: str = Field(title="User name", description="username of the Jasmin user.", min_length=1, max_length=16)
    password: SecretStr = Field(
        title="Password", description="Its password; Jasmin refuses more than 16 octets.", min_length=1, max_length=16
    )
    max_parts: int = Field(
        5,
        ge=1,
        le=255,
        title="Segments of one request",
        description="long_content_max_parts of http-api. Jasmin cuts off what is beyond it without a word, so a longer "
        "text is sent in several requests.",
    )
    encoding: Literal["auto", "gsm", "unicode"] = Field(
        "auto",
        title="Encoding",
        description="auto: GSM 7-bit if it holds the text, else UCS-2. gsm: always GSM 7-bit, with look-alikes. "
        "unicode: always UCS-2.",
    )
    priority: int | None = Field(None, ge=0, le=3, title="Priority", description="0 is the lowest.")
    tags: str | None = Field(
        None,
        title="Tags",
        description="For routes and interceptors, separated by commas.",
        pattern=r"^[-a-zA-Z0-9]+(,[-a-zA-Z0-9]+)*$",
    )
    dlr_level: Literal[1, 2, 3] = Field(
        3, title="Reports wanted", description="1: the SMSC took it. 2: what became of it. 3: both."
    )
    dlr_method: Literal["POST", "GET"] = Field("POST", title="Reports by", description="How Jasmin calls back.")
    validity: Literal["refuse", "send"] = Field(
        "refuse",
        title="Validity periods",
        description="Jasmin 0.11 loses every tenth message with a validity period, without an error or a report. "
        "refuse: such messages are not sent. send: this Jasmin is mended and "
        "runs in UTC, since it writes local time as that.",
    )
    default_alphabet: Literal["gsm", "latin1"] = Field(
        "gsm",
        title="Default alphabet of the SMSC",
        description="What incoming messages with data coding 0 are in; outgoing ones are always GSM.",
    )
