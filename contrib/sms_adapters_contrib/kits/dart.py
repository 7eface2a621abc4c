"""The family of DartMedia's gateway: a GET out, three digits as answer, GETs in that want three digits back.

Neither DartMedia nor Hub9 publishes a document. Sources are programs that use the gateways: nyaruka/courier,
handlers/dart https://github.com/nyaruka/courier/tree/main/handlers/dart and rapidpro/rapidpro,
temba/channels/types/dartmedia https://github.com/rapidpro/rapidpro/tree/main/temba/channels/types/dartmedia.

The answer names no id: reports quote the `messageid` of the request, so the ids of a message are made here. Nothing is
signed: have the gateway call the URLs that `Channel.callback_url` gives, with the channel's `callback_secret` in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from pydantic import Field, SecretStr

from sms_adapters import (
    AdapterConfig,
    AuthError,
    Channel,
    DeliveryReport,
    HttpRequest,
    HttpResponse,
    InboundEvent,
    InboundMessage,
    MalformedInbound,
    OutboundMessage,
    PartResult,
    ProtocolError,
    Rejected,
    Status,
    WebhookRequest,
    WebhookResponse,
    hookimpl,
)
from sms_adapters.auth import Auth, QueryAuth
from sms_adapters.channel import SECRET_PARAMETER
from sms_adapters.kits import SendKit, fail_by_status
from sms_adapters.parts import Part

__all__ = ["ACCEPTED", "REPORTS", "DartChannel", "DartConfig", "DartKit", "gateway_script", "gateway_url"]

ACCEPTED = "000"
DENIED = "001"
REFUSALS = {"101": "refused: the account has expired, or a parameter is invalid"}
"""One code for two causes, so that it tells no reason."""
REPORTS = "delivered"
"""The action of the URL for reports; incoming messages have `receive`."""
STATUSES = ((Status.DELIVERED, range(10, 13)), (Status.SENT, range(21)), (Status.FAILED, range(21, 1000)))
"""The first range that holds counts. Other programs take any number above 20 for a failure; one of more digits than any
code has is none that we know."""
CODE = re.compile(r"[0-9]{3,9}")
NUMBER = re.compile(r"[0-9]{1,9}")
OWN_ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.\d+", re.IGNORECASE)
ECHOED = ("userid", "password", SECRET_PARAMETER)


class DartConfig(AdapterConfig):
    """One account; a service adds where its gateway is: `base_url` and `script`."""

    userid: str = Field(title="User id", description="Given by the aggregator with the account.", min_length=1)
    password: SecretStr = Field(title="Password", description="Given by the aggregator with the account.", min_length=1)


def gateway_url(name: str, known: str) -> Any:
    """The field `base_url`; `known` is the address that other programs use."""
    return Field(
        title="Gateway URL",
        description=f"As {name} tells it, without the name of the script. Other programs use plain http on a bare "
        "address: text and password travel in clear text, and the host has to allow plain http.",
        pattern=r"^https?://[^?#\s]+$",
        examples=[known],
    )


def gateway_script(name: str) -> Any:
    """The field `script`."""
    return Field(name, title="Script", description="What follows the gateway URL.", pattern=r"^/[^?#\s]*$")


DartChannel: TypeAlias = Channel[Any]


class DartKit(SendKit):
    """Sends, reads and reports as the family does; a service states its configuration and its limits."""

    Config: type[DartConfig] = DartConfig

    @hookimpl
    def authenticate(self, channel: DartChannel) -> Auth:
        """Account and password in the query."""
        config = channel.config
        pair = (("userid", config.userid), ("password", config.password.get_secret_value()))
        return QueryAuth(pair, public=("userid",))

    def own_id(self, channel: DartChannel, message: OutboundMessage, part: Part) -> str:
        """The `messageid`: the message's id, from the second part on with the part's number behind a dot."""
        return message.id if part.number == 1 else f"{message.id}.{part.number}"

    def build_request(self, channel: DartChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """A GET for each part; `dcs` and `udhl` are 0 for every text, for no other value is known."""
        config = channel.config
        fields = {
            "sendto": channel.recipient_of(message),
            "original": channel.sender_of(message),
            "udhl": "0",
            "dcs": "0",
            "message": part.text,
            "messageid": self.own_id(channel, message, part),
        }
        return HttpRequest.get(f"{config.base_url.rstrip('/')}{config.script}", fields)

    def read_response(self, channel: DartChannel, part: Part, response: HttpResponse) -> PartResult:
        """The first three characters of a 200; what follows them is for people."""
        if not response.ok:
            fail_by_status(response)
        digits = CODE.match(response.text.lstrip())
        if digits is None:
            raise ProtocolError(f"HTTP {response.status}: the answer begins with no code of three digits")
        code = digits[0][:3]
        if code == DENIED:
            raise AuthError("the account was refused", provider_code=code)
        if code != ACCEPTED:
            raise Rejected(REFUSALS.get(code, "refused for a reason that is not known"), provider_code=digits[0])
        return PartResult(status=Status.SENT, word=code)

    @hookimpl
    def parse_inbound(self, channel: DartChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """A report or a message, by the URL's action; the time is not read, since its zone is not known."""
        values = request.query().to_dict()
        for name in ECHOED:
            values.pop(name, None)
        return [report_of(values) if request.action == REPORTS else message_of(channel, values)]

    @hookimpl
    def respond_inbound(self, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
        """The code for "accepted"."""
        return WebhookResponse.plain(ACCEPTED)


def message_of(channel: DartChannel, values: dict[str, Any]) -> InboundMessage:
    """An incoming message; the sender may be an id that is no number."""
    sender, to = values.get("original"), values.get("sendto")
    if not (sender and to):
        raise MalformedInbound("the message names no original or no sendto")
    text, own = values.get("message") or "", values.get("messageid") or None
    return InboundMessage(channel.number(sender), text, to=channel.number(to), id=own, raw=values)


def report_of(values: dict[str, Any]) -> DeliveryReport:
    """A report; the host's own id is told where `messageid` is one, or one with the number of a part."""
    quoted, word = values.get("messageid"), values.get("status")
    if not (quoted and word):
        raise MalformedInbound("the report names no messageid or no status")
    own = OWN_ID.fullmatch(quoted)
    return DeliveryReport(status_of(word), id=quoted, message_id=own[1] if own else quoted, word=word, raw=values)


def status_of(word: str) -> Status:
    """What a number of a report means; the numbers themselves are explained nowhere."""
    number = int(word) if NUMBER.fullmatch(word) else -1
    return next((status for status, numbers in STATUSES if number in numbers), Status.UNKNOWN)
