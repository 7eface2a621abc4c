"""The configuration of a Kannel channel: one sendsms-user of one smsbox."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from ...config import AdapterConfig

__all__ = ["Config"]


class Config(AdapterConfig):
    """Where smsbox is, the account, and how it splits and routes; groups are those of Kannel's configuration."""

    base_url: str = Field(
        title="smsbox URL",
        description="Scheme, host and sendsms-port of the smsbox group. Often plain http on a private address, which "
        "the host has to allow.",
        pattern=r"^https?://[^?#\s]+$",
        examples=["http://10.0.0.5:13013"],
    )
    sendsms_path: str = Field(
        "/cgi-bin/sendsms", title="Path", description="sendsms-url of the smsbox group.", pattern=r"^/[^?#\s]*$"
    )
    username: str = Field(title="User name", description="username of a sendsms-user group.", min_length=1)
    password: SecretStr = Field(title="Password", description="password of the same group.", min_length=1)
    splits: Literal["kannel", "udh"] = Field(
        "kannel",
        title="Who splits long texts",
        description="kannel: the sendsms-user has concatenation = true. udh: it has not, the parts are made here.",
    )
    max_messages: int = Field(
        10,
        ge=1,
        le=255,
        title="Segments of one request",
        description="max-messages of the sendsms-user group (1 if it says nothing). Kannel cuts off what is beyond it "
        "without a word, so a longer text is sent in several requests.",
    )
    encoding: Literal["auto", "gsm", "unicode"] = Field(
        "auto",
        title="Encoding",
        description="auto: GSM 7-bit if it holds the text, else UCS-2. gsm: always GSM 7-bit, with look-alikes. "
        "unicode: always UCS-2.",
    )
    smsc: str | None = Field(None, title="SMSC", description="smsc-id that routes the messages.", min_length=1)
    priority: int | None = Field(None, ge=0, le=3, title="Priority", description="0 is the lowest.")
    account: str | None = Field(
        None,
        title="Account",
        description="Written into Kannel's access log.",
        max_length=64,
        pattern=r"^[^\[\]\r\n]+$",
    )
    meta_data: str | None = Field(
        None, title="Meta-data", description="For the SMSC, such as ?smpp?tag=value.", pattern=r"^\?[^?]+\?"
    )
    dlr_mask: int = Field(
        31,
        ge=1,
        le=31,
        title="Reports wanted",
        description="The sum of 1 delivered, 2 failed, 4 buffered, 8 accepted and 16 refused by the SMSC.",
    )
