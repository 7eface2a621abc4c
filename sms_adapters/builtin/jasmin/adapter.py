"""Jasmin: /send of the HTTP API out, an HTTP connector in, dlr-url for reports.

Sources: "HTTP API" https://github.com/jookies/jasmin/blob/0.11.0/misc/doc/sources/apis/http/index.rst (parameters,
answers, what calls back); "jasmin/protocols/http/endpoints/send.py"
https://github.com/jookies/jasmin/blob/0.11.0/jasmin/protocols/http/endpoints/send.py (what a field may hold); and what
Jasmin 0.11.0 does (the cases of evidence "live").

Nothing that Jasmin calls is signed: give the channel a `callback_secret`, which becomes `key=...` in every URL, and let
only Jasmin's address reach the webhook. `OutboundMessage.extra` may hold "priority" and "tags", in place of the
configuration's. Incoming messages need an HTTP connector and a route, typed at Jasmin's console for a channel as::

    httpccm -a
    cid platform
    url https://HOST/c/jasmin/CHANNEL/receive?key=SECRET
    method POST
    ok
    morouter -a
    type DefaultRoute
    connector http(platform)
    ok
    persist

What is not answered with `ACK/Jasmin` is called again, by default three times every 30 seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, TypeAlias

from ...auth import Auth, FormAuth, QueryAuth
from ...channel import Channel
from ...errors import InvalidMessage, Unsupported
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ...kits import SendKit
from ...messages import InboundEvent, OutboundMessage
from ...parts import Part, parts_of, plan_of
from ...results import AccountInfo, PartResult, Price, Reason
from ...text import Encoding
from .config import Config
from .incoming import event_of
from .refusals import fail
from .splitting import DATA, SIZES, submissions

__all__ = ["EXTRA", "Config", "Jasmin"]

EXTRA = ("priority", "tags")
ACKNOWLEDGED = "ACK/Jasmin"
ACCEPTED = re.compile(r'Success "([^"\s]+)"')
UNITS = (("balance", "credits"), ("sms_count", "messages"))

JasminChannel: TypeAlias = Channel[Config]

POLICIES: dict[str, dict[str, Any]] = {
    "auto": {},
    "gsm": {"encoding": "gsm7", "transliterate": True},
    "unicode": {"encoding": "ucs2"},
}


@dataclass(frozen=True, slots=True, repr=False)
class JasminAuth(Auth):
    """User name and password in the form of /send, and in the query of /balance, which takes no form."""

    query: QueryAuth
    form: FormAuth

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password."""
        return self.form.secrets

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with both."""
        return (self.query if request.method == "GET" else self.form).apply(request, now)


class Jasmin(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: JasminChannel) -> Auth:
        """User name and password as parameters."""
        config = channel.config
        pair = (("username", config.username), ("password", config.password.get_secret_value()))
        return JasminAuth(QueryAuth(pair, public=("username",)), FormAuth(pair, public=("username",)))

    def split(self, channel: JasminChannel, message: OutboundMessage) -> Sequence[Part]:
        """As many segments in each part as Jasmin makes of one request, cut where its cuts harm nothing."""
        config = channel.config
        if message.validity is not None and config.validity == "refuse":
            sentence = "Jasmin 0.11 loses messages with a validity period: without one, or with validity = send"
            raise Unsupported(sentence, capability="validity")
        if message.data is not None:
            _check_data(config, message)
            return parts_of(channel, message)
        if message.encoding is None:
            message = replace(message, **POLICIES[config.encoding])
        planned = plan_of(message)
        texts = list(submissions(planned.text, planned.encoding, config.max_parts))
        return [Part(text, number, len(texts), planned.encoding) for number, text in enumerate(texts, 1)]

    def build_request(self, channel: JasminChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """A form; an unknown or an empty field in it would be refused."""
        values: dict[str, Any] = {
            "to": channel.recipient_of(message),
            "from": channel.sender_of(message) if message.sender or channel.address else None,
            **_content(part),
            "validity-period": ceil(message.validity / timedelta(minutes=1)) if message.validity else None,
            "sdt": _delivery_time(channel, message),
        }
        values |= {name: message.extra.get(name, getattr(channel.config, name)) for name in EXTRA}
        if message.report and channel.public_url:
            values |= {"dlr": "yes", "dlr-level": channel.config.dlr_level, "dlr-method": channel.config.dlr_method}
            # Not as "id", which is Jasmin's own in what it calls.
            values["dlr-url"] = channel.callback_url("status", message=message.id)
        return HttpRequest.form(f"{channel.config.base_url.rstrip('/')}/send", values)

    def read_response(self, channel: JasminChannel, part: Part, response: HttpResponse) -> PartResult:
        """The id in the body; an interceptor may give an error any status, 202 as well."""
        found = ACCEPTED.fullmatch(response.text.strip()) if response.status == 200 else None
        return PartResult(id=found[1]) if found else fail(response)

    @hookimpl
    def parse_inbound(self, channel: JasminChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message or one report."""
        return [event_of(channel, request)]

    @hookimpl
    def respond_inbound(self, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
        """Exactly what Jasmin waits for."""
        return WebhookResponse.plain(ACKNOWLEDGED)

    @hookimpl
    def check_account(self, channel: JasminChannel) -> Flow[AccountInfo]:
        """Ask for the balance, which is "ND" where there is no limit."""
        url = f"{channel.config.base_url.rstrip('/')}/balance"
        response = yield HttpRequest.get(url, submits=False)
        if not response.ok:
            fail(response, submitted=False)
        values = response.json_object()
        left = [Price(Decimal(str(values[name])), unit) for name, unit in UNITS if _is_number(values.get(name))]
        return AccountInfo(name=channel.config.username, balance=next(iter(left), None), checked_at=channel.clock())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _content(part: Part) -> dict[str, Any]:
    if part.data is not None:
        return {"coding": DATA, "hex-content": part.data.hex()}
    if part.encoding is Encoding.GSM7:
        return {"coding": 0, "content": part.text}
    return {"coding": 8, "hex-content": part.text.encode("utf-16-be").hex()}


def _delivery_time(channel: JasminChannel, message: OutboundMessage) -> str | None:
    """SMPP's absolute time in UTC; None where it has come already."""
    if message.send_at is None or message.send_at <= channel.clock():
        return None
    return message.send_at.astimezone(UTC).strftime("%y%m%d%H%M%S000+")


def _check_data(config: Config, message: OutboundMessage) -> None:
    """Unsupported for a header, InvalidMessage for octets that Jasmin would cut off."""
    if message.udh:
        raise Unsupported("Jasmin's HTTP API takes no user data header", capability="binary")
    alone, block = SIZES[Encoding.BINARY]
    room = max(alone, block * config.max_parts)
    if len(message.data or b"") > room:
        sentence = f"{len(message.data or b'')} octets of data are more than the {room} that Jasmin sends"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT)
