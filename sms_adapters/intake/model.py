"""The dossier: what an aggregator or an operator hands over before work starts, and what we hand to them.

Every field may be missing while the dossier grows; `missing.py` says what has to be there in the end.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from pydantic import Field

from ..references import Reference, reference_of
from .fields import (
    AdapterId,
    Count,
    Country,
    Day,
    Email,
    Line,
    Number,
    Owner,
    Port,
    Seconds,
    Secret,
    Section,
    Sender,
    TonNpi,
    WebURL,
    Word,
    asked,
    told,
)
from .steps import Steps
from .vpn import Vpn

__all__ = [
    "Authentication",
    "Channel",
    "Console",
    "Contact",
    "Document",
    "Dossier",
    "Endpoint",
    "Kind",
    "Output",
    "Parameter",
    "Rest",
    "Smsc",
    "Test",
    "Us",
]

US, THEM = Owner.US, Owner.THEM
Method: TypeAlias = Literal[
    "none", "basic", "bearer", "header", "query", "body", "oauth2", "hmac", "jwt", "certificate"
]
Does: TypeAlias = Literal["send", "receive", "status", "query_status", "balance", "token", "other"]
Bind: TypeAlias = Literal["transceiver", "transmitter and receiver", "transmitter", "receiver"]
ReceiptIds: TypeAlias = Literal["hex", "decimal", "as submitted"]


class Kind(StrEnum):
    """How the aggregator is reached: its REST API, or a connection to an SMSC."""

    REST = "rest"
    SMSC = "smsc"


class Us(Section):
    """Who asks."""

    company: Line | None = asked(US, "the name of our company", "Example Platform Ltd")
    contact: Line | None = asked(US, "the name of our contact", "Ada Example")
    email: Email | None = asked(US, "the e-mail address of our contact", "ada@example.org")
    phone: Number | None = asked(US, "the telephone number of our contact", "+442079460000")
    address: Line | None = told("our postal address", "1 Example Street, London")
    answer_by: Day | None = told("the day until which we ask for an answer", date(2030, 1, 31))


class Contact(Section):
    """Somebody at the aggregator or operator."""

    role: Literal["support", "technical", "vpn", "messaging", "commercial", "escalation"] = Field(title="what for")
    name: Line | None = told("the name", "Service desk")
    email: Email | None = told("the e-mail address", "support@example.net")
    phone: Number | None = told("the telephone number", "+442079460001")
    hours: Line | None = told("when they answer", "Mon-Fri 08:00-17:00 CAT")


class Document(Section):
    """A document that was handed over, by its address or as a file beside the dossier."""

    kind: Literal["api", "messaging", "vpn", "other"] = Field(title="what it describes")
    title: Line | None = told("the title", "Messaging API, version 2.1")
    url: WebURL | None = told("where it is", "https://docs.example.net/sms")
    file: Line | None = told("the file, beside this one", "received/api-2.1.pdf")
    version: Line | None = told("the version", "2.1")
    received: Day | None = told("the day on which it came", date(2030, 1, 10))


class Console(Section):
    """The test account on the aggregator's console."""

    url: WebURL | None = asked(THEM, "the address of the console", "https://console.example.net")
    user: Line | None = asked(THEM, "the user name of the test account", "qa@example.org")
    password: Secret | None = asked(THEM, "the password of the test account", {"env": "CONSOLE_PASSWORD"})


class Test(Section):
    """With what is tested."""

    number: Number | None = asked(THEM, "a test phone number, of a handset that we can read", "+12025550123")
    refused: Number | None = told("a number that is refused", "+12025550195")
    console: Console = Field(default=Console(), title="the test account on the console")


class Channel(Section):
    """The test account as a channel, as in a channels file: the options of `Registry.open`."""

    id: Word | None = told("the id, a part of webhook URLs", "test")
    address: Sender | None = told("the sender", "+12025550100")
    country: Country | None = told("the country", "US")
    public_url: WebURL | None = told("where the aggregator reaches us", "https://sms.example.org")
    callback_secret: Secret | None = told("what webhooks are asked for", {"env": "CALLBACK_SECRET"})
    config: dict[str, Any] = Field(default={}, title="the adapter's configuration")


class Authentication(Section):
    """How requests authenticate."""

    method: Method | None = asked(THEM, "the method of authentication", "basic")
    details: Line | None = asked(
        THEM, "where the credentials go and how they are made", "account id and token of the console's page API"
    )


class Parameter(Section):
    """One input parameter of an endpoint."""

    name: Line = Field(title="its name", examples=["to"])
    place: Literal["body", "query", "path", "header"] = told("where it stands", "body", default="body")
    required: bool = told("whether it has to be there", True, default=False)
    format: Line | None = told("its type, unit and limits", "E.164 without +")


class Output(Section):
    """What an endpoint answers."""

    format: Literal["json", "xml", "form", "text", "html", "empty"] | None = asked(THEM, "the output format", "json")
    success: Line | None = asked(THEM, "the answer that says accepted", "202 with an id")
    errors: Line | None = asked(THEM, "the list of error codes, or where it is,", "document API, section 5")


class Endpoint(Section):
    """One endpoint; those for `receive` and `status` are ours, and the aggregator calls them."""

    does: Does = Field(title="what it does")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = asked(THEM, "the HTTP method", "POST")
    url: WebURL | None = told("the address; ours where the aggregator calls", "https://api.example.net/v2/messages")
    authentication: Authentication | None = told("how it authenticates, unless as all do", {"method": "none"})
    input: tuple[Parameter, ...] = asked(THEM, "the input parameters", [{"name": "to"}], default=())
    output: Output = Field(default=Output(), title="the output")


class Rest(Section):
    """A REST API."""

    base_url: WebURL | None = asked(THEM, "the base address of the API", "https://api.example.net")
    authentication: Authentication = Field(default=Authentication(), title="how requests authenticate")
    signature: Line | None = told("how webhooks are signed", "HMAC-SHA256 of the body in X-Signature")
    addresses: tuple[Line, ...] = told("the addresses that webhooks come from", ["203.0.113.0/28"], default=())
    lacks: tuple[Literal["receive", "status"], ...] = told("what the API does not have", ["status"], default=())
    endpoints: tuple[Endpoint, ...] = Field(default=(), title="the endpoints")


class Smsc(Section):
    """The account on the SMSC."""

    protocol: Literal["smpp", "ucp_emi", "cimd2"] | None = asked(THEM, "the protocol", "smpp")
    version: Line | None = asked(THEM, "the version of the protocol", "3.4")
    host: Word | None = asked(THEM, "the address of the SMSC", "10.20.0.5")
    port: Port | None = asked(THEM, "the port of the SMSC", 2775)
    user: Line | None = asked(THEM, "the user name (SMPP: system_id)", "example")
    password: Secret | None = asked(THEM, "the password", {"env": "SMSC_PASSWORD"})
    system_type: Line | None = told("the system_type", "VMA")
    tls: bool = told("whether the connection is TLS", False, default=False)
    address: Sender | None = asked(THEM, "the short code or number", "8008")
    bind: Bind | None = asked(THEM, "the kinds of bind (UCP and CIMD2: transceiver)", "transceiver")
    binds: Count | None = asked(THEM, "how many binds are allowed", 2)
    throughput: Count | None = asked(THEM, "the messages a second that are allowed", 20)
    window: Count | None = asked(THEM, "the requests that may be outstanding", 10)
    keep_alive: Seconds | None = asked(THEM, "the seconds between keep-alives (SMPP: enquire_link)", 30)
    charset: Line | None = asked(THEM, "the default character set (SMPP: data_coding 0)", "GSM 03.38, unpacked")
    long_texts: Literal["udh", "sar", "payload", "none"] | None = asked(THEM, "how long texts are sent", "udh")
    receipt_ids: ReceiptIds | None = asked(THEM, "how delivery receipts write message ids", "as submitted")
    international: TonNpi | None = told("TON/NPI of numbers (SMPP)", "1/1")
    short_code: TonNpi | None = told("TON/NPI of short codes (SMPP)", "0/1")
    alphanumeric: TonNpi | None = told("TON/NPI of names (SMPP)", "5/0")


class Dossier(Section):
    """Everything about one aggregator or operator."""

    format: Literal[1] = Field(title="the format of this file")
    kind: Kind = Field(title="how it is reached")
    name: Line = Field(title="the aggregator or operator", examples=["Example Telecom"])
    party: Literal["aggregator", "operator"] | None = told("what it is; by default the operator of an SMSC", "operator")
    adapter: AdapterId | None = asked(US, "the adapter that this is for", "smpp")
    country: Country | None = told("the country", "RW")
    notes: Line | None = told("notes", "contract signed on 4 January")
    us: Us = Field(default=Us(), title="who asks")
    contacts: tuple[Contact, ...] = Field(default=(), title="people at the other side")
    documents: tuple[Document, ...] = Field(default=(), title="documents that came")
    test: Test = Field(default=Test(), title="with what is tested")
    channel: Channel = Field(default=Channel(), title="the test account as a channel, as in a channels file")
    rest: Rest = Field(default=Rest(), title="the REST API")
    smsc: Smsc = Field(default=Smsc(), title="the account on the SMSC")
    vpn: Vpn = Field(default=Vpn(), title="the VPN")
    steps: Steps = Field(default=Steps(), title="the steps, in order")

    @property
    def them(self) -> str:
        """The word for the other side."""
        return self.party or ("operator" if self.kind is Kind.SMSC else "aggregator")

    @staticmethod
    def reference(secret: Section | None) -> Reference | None:
        """Where a secret of the dossier is."""
        return None if secret is None else reference_of(secret.model_dump())
