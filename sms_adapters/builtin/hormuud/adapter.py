"""Hormuud Telecom: a login for a token, JSON out, a form or a query in.

Hormuud publishes no document about its gateway. Sources are programs that use it: nyaruka/courier, handlers/hormuud
https://github.com/nyaruka/courier/tree/main/handlers/hormuud (login, request, incoming messages) and rapidpro/rapidpro,
temba/channels/types/hormuud https://github.com/rapidpro/rapidpro/tree/main/temba/channels/types/hormuud; the codes and
the endpoint for HTTP Basic are from clients that businesses in Somalia published.

HTTP says 200 to refusals as well: `ResponseCode` in the body decides. Its 201 is a refused token, so that it makes the
engine log in once more, as a 401 does. The id may be the text "null"; nothing is reported later.

Hormuud signs nothing: have it call the URL that `Channel.callback_url("receive")` gives, with the channel's
`callback_secret` in it as `key=...`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeAlias

from pydantic import Field, SecretStr

from ...auth import Auth, BasicAuth, BearerAuth, read_token
from ...channel import SECRET_PARAMETER, Channel
from ...config import AdapterConfig
from ...errors import AuthError, DeliveryUncertain, MalformedInbound, ProtocolError, Rejected
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit, fail_by_status
from ...kits.tables import error_table, table_error
from ...kits.values import object_of, text_of
from ...messages import InboundEvent, InboundMessage, OutboundMessage
from ...parts import Part
from ...results import PartResult, Reason, Status

__all__ = ["Config", "Hormuud", "HormuudToken"]

ACCEPT = (("Accept", "application/json"),)
ACCEPTED, REFUSED_TOKEN = "200", "201"
NO_ID = "null"  # a text, where there is none to tell
ERRORS = error_table(
    (AuthError, REFUSED_TOKEN),
    (Reason.INVALID_SENDER, "203"),
    (Reason.NO_CREDIT, "204 205"),
    (Reason.INVALID_CONTENT, "206"),
    (Reason.INVALID_RECIPIENT, "207"),
    (DeliveryUncertain, "500"),
)
"""500 is "Unknown Error": nothing says that the message was not taken."""

PATHS = {"token": "/api/SendSMS", "basic": "/api/sms/Send"}


class Config(AdapterConfig):
    """One API user."""

    base_url: str = Field(
        "https://smsapi.hormuud.com",
        title="API URL",
        description="Leave as it is, unless a simulator answers.",
        pattern=r"^https?://[^?#\s]+$",
    )
    username: str = Field(title="User name", description="The API user that Hormuud gave you.", min_length=1)
    password: SecretStr = Field(title="Password", description="The password or key of that user.", min_length=1)
    auth_mode: Literal["token", "basic"] = Field(
        "token",
        title="Login",
        description="token: log in and send to /api/SendSMS. basic: HTTP Basic with each message to /api/sms/Send, "
        "for the users that Hormuud made for it.",
    )


HormuudChannel: TypeAlias = Channel[Config]


@dataclass(frozen=True, slots=True, repr=False)
class HormuudToken(BearerAuth):
    """A token whose refusal may come inside a 200."""

    def refused(self, response: HttpResponse) -> bool:
        """Whether HTTP or the body says that the token is no longer good."""
        return response.status == 401 or (response.ok and _code(_told(response)) == REFUSED_TOKEN)


class Hormuud(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: HormuudChannel) -> Auth | Flow[Auth]:
        """A token from the login, or HTTP Basic."""
        config = channel.config
        if config.auth_mode == "basic":
            return BasicAuth(config.username, config.password.get_secret_value())
        return _login(channel)

    def build_request(self, channel: HormuudChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One JSON object; the gateway splits the text."""
        config = channel.config
        values = {
            "mobile": channel.recipient_of(message),
            "message": part.text,
            "senderid": channel.sender_of(message),
            "refid": message.id,
        }
        return HttpRequest.json(f"{config.base_url.rstrip('/')}{PATHS[config.auth_mode]}", values, headers=ACCEPT)

    def read_response(self, channel: HormuudChannel, part: Part, response: HttpResponse) -> PartResult:
        """The accepted message, by the code in the body."""
        if not response.ok:
            _fail(response)
        values = response.json_object()
        code, text = _code(values), _text(values)
        own = text_of(object_of(values.get("Data")).get("MessageID"))
        if code is None:
            raise ProtocolError(f"HTTP {response.status}: the answer has no ResponseCode", provider_text=text)
        if code != ACCEPTED:
            _refuse(code, text, own)
        if own is None:
            raise ProtocolError("accepted without a MessageID", provider_code=code, provider_text=text)
        return PartResult(None if own == NO_ID else own, status=Status.SENT, word=text)

    @hookimpl
    def parse_inbound(self, channel: HormuudChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message, without an id; its TimeSent is a date at most, and no time."""
        values = request.params()
        sender, to = values.get("Sender"), values.get("ShortCode")
        if not sender:
            raise MalformedInbound("the message has no Sender")
        raw = values.to_dict()
        raw.pop(SECRET_PARAMETER, None)
        number = channel.number(to) if to else None
        return [InboundMessage(channel.number(sender), values.get("MessageText") or "", to=number, raw=raw)]


def _login(channel: HormuudChannel) -> Flow[Auth]:
    """Fetch a token; a wrong login is a 400, whatever its error is called."""
    config = channel.config
    pair = {"Username": config.username, "Password": config.password.get_secret_value()}
    url = f"{config.base_url.rstrip('/')}/token"
    response = yield HttpRequest.form(url, {**pair, "grant_type": "password"}, headers=ACCEPT, submits=False)
    if response.status == 400:
        told = _told(response)
        code, text = text_of(told.get("error")), text_of(told.get("error_description"))
        raise AuthError("the user name or the password was refused", provider_code=code or 400, provider_text=text)
    token = read_token(response, channel.clock())
    return HormuudToken(token.token, token.expires_at, refreshable=True)


def _told(response: HttpResponse) -> Mapping[str, Any]:
    """The object in an answer; an empty one where there is none."""
    try:
        return object_of(response.json())
    except ProtocolError:
        return {}


def _code(values: Mapping[str, Any]) -> str | None:
    """The code, a text or a number; courier's tests have it under the shorter name."""
    return text_of(values.get("ResponseCode")) or text_of(values.get("ResCode"))


def _text(values: Mapping[str, Any]) -> str | None:
    return text_of(values.get("ResponseMessage")) or text_of(values.get("ResMsg"))


def _fail(response: HttpResponse) -> NoReturn:
    """Raise for an HTTP status, which counts for more than the code beside it where it leaves doubt."""
    told = _told(response)
    code, text = _code(told), _text(told)
    error = table_error(ERRORS, code or "", text) if response.status < 429 else None
    if error is not None:
        raise error
    fail_by_status(response, text or text_of(told.get("Message")), code=code)


def _refuse(code: str, text: str | None, own: str | None) -> NoReturn:
    """Raise for a code that is not of an accepted message; an unknown one with an id leaves doubt."""
    error = table_error(ERRORS, code, text)
    if error is None and own not in (None, NO_ID):
        raise DeliveryUncertain("not accepted, but given an id", provider_code=code, provider_text=text)
    raise error or Rejected("refused for a reason that is not known", provider_code=code, provider_text=text)
