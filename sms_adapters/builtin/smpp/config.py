"""The configuration of an SMPP channel: one account on one SMSC, and what its operator wants written how."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from ...channel import Channel
from ...smsc.dialects import BindMode, Verdict
from ...smsc.local_time import LocalTimeConfig
from ...smsc.smpp.codings import check_alphabet

__all__ = ["Config", "SmppChannel"]

TLS_PORT = 3550
VERSIONS = {"3.3": 0x33, "3.4": 0x34, "5.0": 0x50}
MODES: dict[str, tuple[BindMode, ...]] = {
    "transceiver": (BindMode.TRANSCEIVER,),
    "transmitter and receiver": (BindMode.TRANSMITTER, BindMode.RECEIVER),
    "transmitter": (BindMode.TRANSMITTER,),
    "receiver": (BindMode.RECEIVER,),
}

TonNpi = Annotated[str, StringConstraints(pattern=r"^\d{1,3}/\d{1,3}$")]
Octet = Annotated[int, Field(ge=0, le=255)]
Hex = Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{2})*$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{4}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{1,8}$")]


class Config(LocalTimeConfig):
    """Where the SMSC is, the account, and what its operator has agreed to."""

    base_url: str = Field(
        title="SMSC address",
        description="smpp://host:port, or smpps:// for SMPP inside TLS; without a port 2775, in TLS 3550.",
        pattern=r"^smpps?://[^/?#\s@]+/?$",
        examples=["smpp://10.0.0.5:2775", "smpps://smsc.example.com:3550"],
    )
    username: str = Field(title="System id", description="system_id of the bind.", min_length=1, max_length=64)
    password: SecretStr = Field(
        title="Password",
        description="Of the bind; the specification allows 8 characters, some SMSCs more.",
        max_length=64,
    )
    version: Literal["3.3", "3.4", "5.0"] = Field(
        "3.4", title="Version", description="interface_version of the bind; 3.3 has no optional parameters."
    )
    bind: Literal["transceiver", "transmitter and receiver", "transmitter", "receiver"] = Field(
        "transceiver", title="Bind", description="Both ways on one connection, or one connection for each way."
    )
    system_type: str = Field("", title="System type", description="Where the operator names one.", max_length=12)
    addr_ton: Octet = Field(0, title="Bind TON", description="addr_ton of the bind.")
    addr_npi: Octet = Field(0, title="Bind NPI", description="addr_npi of the bind.")
    address_range: str = Field(
        "", title="Address range", description="Of numbers served, as the operator says.", max_length=40
    )
    alphabet: str = Field(
        "gsm7",
        title="Alphabet of texts",
        description="What the SMSC takes data_coding 0 for: gsm7 (a septet in each octet), gsm7-packed, or the name of "
        "a codec of Python such as latin-1. Texts of the GSM alphabet go in it, except those with a character that it "
        "lacks, which go in UCS-2, and flash by data_coding, which goes in GSM's own.",
    )
    beyond_gsm: Literal["ucs2", "alphabet"] = Field(
        "ucs2",
        title="Texts beyond GSM",
        description="A text with a character that the GSM alphabet lacks: in UCS-2, or in the alphabet of texts if "
        "that has it, cut into parts of 140 octets (134 behind a header). The latter only where the network carries "
        "that alphabet: an SMSC that makes UCS-2 of it has no room for more than 70 characters.",
    )
    text_coding: Octet = Field(0, title="Coding of texts", description="data_coding of texts in that alphabet.")
    unicode_coding: Octet = Field(8, title="Coding of UCS-2", description="data_coding of texts in UCS-2.")
    binary_coding: Octet = Field(4, title="Coding of data", description="data_coding of binary messages.")
    inbound_alphabets: dict[Octet, str] = Field(
        default_factory=dict,
        title="Alphabets received",
        description="data_coding to alphabet, where the SMSC means others than the specification.",
        examples=[{"0": "latin-1", "129": "cp1251"}],
    )
    id_match: Literal["hex-decimal", "hex-digits", "zeros", "exact"] = Field(
        "hex-decimal",
        title="Ids in reports",
        description="How an id in a report is compared with that of the response. hex-decimal: without zeros in front, "
        "and one with a letter A to F is also the same number in decimal. hex-digits: digits alone may be hexadecimal "
        "too, where the operator says that his ids are in one notation here and in the other there; a report for 16 "
        "then also matches a message 10. zeros: without zeros in front. exact: as text.",
    )
    flash: Literal["data_coding", "dest_addr_subunit"] = Field(
        "data_coding", title="Flash", description="By a data_coding with class 0, or by an optional parameter."
    )
    splitting: Literal["udh", "sar", "payload"] = Field(
        "udh",
        title="Long texts",
        description="udh: parts with a header; sar: parts with sar_ parameters; payload: whole in message_payload, the "
        "SMSC splits. A text that one message holds is in short_message with each.",
    )
    number_form: Literal["digits", "plus", "00"] = Field(
        "digits", title="Form of numbers", description="Country code and number without sign, after + or after 00."
    )
    international: TonNpi = Field("1/1", title="TON/NPI of numbers", description="Of sender and recipient.")
    short_code: TonNpi = Field("0/1", title="TON/NPI of short codes", description="Of sender and recipient.")
    alphanumeric: TonNpi = Field("5/0", title="TON/NPI of names", description="Of a sender that is a name.")
    service_type: str = Field("", title="Service type", description="Where the operator names one.", max_length=5)
    priority: Octet = Field(0, title="Priority", description="priority_flag, 0 to 3 in the specification.")
    message_mode: Literal[0, 1, 2, 3] = Field(
        0, title="Message mode", description="0 the SMSC's default, 1 datagram, 2 forward, 3 store and forward."
    )
    reports: Literal["final", "failed", "delivered", "intermediate"] = Field(
        "final",
        title="Reports wanted",
        description="Of every end, of failures only, of deliveries only (5.0), or of every end and what comes before.",
    )
    reports_by_text: bool = Field(
        False,
        title="Reports without a mark",
        description="Read a message as a report by its text alone, where the SMSC does not mark reports. Anybody with "
        "a handset can then make one up.",
    )
    accepted_means: Literal["sent", "delivered"] = Field(
        "sent", title="ACCEPTD means", description="Taken by the SMSC, or, as in the specification, read by somebody."
    )
    parameters: dict[Tag, Hex] = Field(
        default_factory=dict,
        title="Optional parameters",
        description="Sent with every message: tag to value, both hexadecimal.",
        examples=[{"1400": "31323300"}],
    )
    status_codes: dict[Code, Literal["throttled", "temporary", "refused", "auth"]] = Field(
        default_factory=dict,
        title="The operator's codes",
        description="command_status in hexadecimal to what it means, where that is not the usual or a code is his own.",
        examples=[{"400": "temporary"}],
    )

    @field_validator("base_url")
    @classmethod
    def _tls_port(cls, value: str) -> str:
        """IANA has a port of its own for SMPP in TLS."""
        return f"{value}:{TLS_PORT}" if value.startswith("smpps:") and urlsplit(value).port is None else value

    @field_validator("alphabet")
    @classmethod
    def _alphabet(cls, value: str) -> str:
        return check_alphabet(value)

    @field_validator("inbound_alphabets")
    @classmethod
    def _alphabets(cls, value: dict[int, str]) -> dict[int, str]:
        for name in value.values():
            check_alphabet(name)
        return value

    @field_validator("international", "short_code", "alphanumeric")
    @classmethod
    def _ton_npi(cls, value: str) -> str:
        if any(int(number) > 255 for number in value.split("/")):
            raise ValueError("TON and NPI are 0 to 255 each")
        return value

    @model_validator(mode="after")
    def _old_version(self) -> Config:
        newer = {
            "bind": self.bind == "transceiver",
            "splitting": self.splitting != "udh",
            "flash": self.flash == "dest_addr_subunit",
            "parameters": bool(self.parameters),
        }
        asks = [name for name, value in newer.items() if value and self.version == "3.3"]
        if asks:
            raise ValueError(f"{', '.join(asks)}: SMPP 3.3 has neither optional parameters nor a transceiver")
        return self

    @property
    def interface_version(self) -> int:
        """Of the bind."""
        return VERSIONS[self.version]

    @property
    def binds(self) -> tuple[BindMode, ...]:
        """The connections to hold."""
        return MODES[self.bind] * self.connections

    @property
    def verdicts(self) -> tuple[tuple[int, Verdict], ...]:
        """`status_codes` as the dialect wants them."""
        return tuple((int(code, 16), Verdict(word)) for code, word in self.status_codes.items())

    @property
    def alphabets(self) -> dict[int, str]:
        """The alphabets of what is received."""
        return {self.text_coding: self.alphabet, **self.inbound_alphabets}


SmppChannel: TypeAlias = Channel[Config]
