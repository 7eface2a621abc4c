"""Yo! Uganda: a GET out, a form-encoded line as answer, a GET in.

Yo! publishes no document about its SMS gateway. Sources are programs that use it: nyaruka/courier, handlers/yo
https://github.com/nyaruka/courier/tree/main/handlers/yo and rapidpro/rapidpro, temba/channels/types/yo
https://github.com/rapidpro/rapidpro/tree/main/temba/channels/types/yo (parameters, answers, incoming messages). They
use http at port 9100; https at port 8100 is from one client of 2026 alone.

The answer is a 200 whatever becomes of the message, and names no id: nothing can be reported later. Where it tells of
the recipient, as `<number>:<state>`, the state counts for more than the status beside it.

The gateway has several addresses. The next is tried only where nothing was sent to the one before: a GET whose answer
was lost may have sent the message. Each part begins at the first address, for an adapter remembers nothing.

Yo! signs nothing: have it call the URL that `Channel.callback_url("receive")` gives, with the channel's
`callback_secret` in it as `key=...`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from ...auth import Auth, QueryAuth
from ...channel import SECRET_PARAMETER
from ...errors import AuthError, MalformedInbound, ProtocolError, Rejected, TransportError
from ...flow import Flow
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import SendKit, fail_by_status
from ...kits.tables import Meaning, error_table, table_error
from ...kits.values import moment_of
from ...messages import InboundEvent, InboundMessage, OutboundMessage
from ...parts import Part
from ...results import PartResult, Reason, Status
from .config import Config, YoChannel

__all__ = ["Config", "Yo"]

SHOWN = 200

STATES = error_table((Reason.OPTED_OUT, "BLACKLISTED"), (Reason.UNKNOWN, "REJECTED"))
SENTENCES: tuple[tuple[str, Meaning], ...] = (
    ("access denied", AuthError),
    ("wrong authorization code", AuthError),
)
"""What a message without a state may hold, in lower case."""


class Yo(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: YoChannel) -> Auth:
        """Account and password in the query."""
        config = channel.config
        pair = (("ybsacctno", config.ybsacctno), ("password", config.password.get_secret_value()))
        return QueryAuth(pair, public=("ybsacctno",))

    def build_request(self, channel: YoChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """A GET of the first gateway."""
        return self.request_to(channel.config.base_url, channel, message, part)

    def request_to(self, gateway: str, channel: YoChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """A GET with one recipient, so that one refusal is one error."""
        fields = {
            "origin": channel.sender_of(message),
            "destinations": channel.recipient_of(message),
            "sms_content": part.text,
        }
        return HttpRequest.get(f"{gateway.rstrip('/')}/sendsms", fields)

    def exchange(self, channel: YoChannel, message: OutboundMessage, part: Part) -> Flow[HttpResponse]:
        """Ask the first gateway that can be reached; past a request that may have left none other is asked."""
        config = channel.config
        *others, last = (config.base_url, *config.backup_urls)
        for gateway in others:
            try:
                return (yield self.request_to(gateway, channel, message, part))
            except TransportError as error:
                if error.sent:
                    raise
        return (yield self.request_to(last, channel, message, part))

    def read_response(self, channel: YoChannel, part: Part, response: HttpResponse) -> PartResult:
        """An accepted part, without an id; the recipient's state is its word, where it is told."""
        if not response.ok:
            fail_by_status(response, _short(response.text))
        values = response.form()
        word, text = values.get("ybs_autocreate_status"), values.get("ybs_autocreate_message") or None
        state = text.rpartition(":")[2].strip() if text else ""
        if word == "ERROR" or state in STATES:
            _refuse(state, text)
        if word != "OK":
            raise ProtocolError(f"HTTP {response.status}: the answer says neither OK nor ERROR", provider_code=word)
        return PartResult(status=Status.SENT, word=state or word)

    @hookimpl
    def parse_inbound(self, channel: YoChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message; it has no id, and a time only from some accounts."""
        values = request.query()
        sender, to = values.get("sender") or values.get("from"), values.get("dest")
        if not sender:
            raise MalformedInbound("the message has neither sender nor from")
        raw = values.to_dict()
        raw.pop(SECRET_PARAMETER, None)
        found = InboundMessage(
            channel.number(sender),
            values.get("message") or "",
            to=channel.number(to) if to else None,
            received_at=moment_of(values.get("date") or values.get("time")),
            raw=raw,
        )
        return [found]


def _refuse(state: str, text: str | None) -> NoReturn:
    """Raise for the recipient's state, else for what the message holds, else for good without a reason."""
    error = table_error(STATES, state, text)
    said = (text or "").lower()
    for piece, meaning in SENTENCES:
        error = error or (table_error({"ERROR": meaning}, "ERROR", text) if piece in said else None)
    raise error or Rejected("refused for a reason that is not known", provider_code="ERROR", provider_text=text)


def _short(text: str) -> str | None:
    said = text.strip()
    return said if 0 < len(said) <= SHOWN and not said.startswith("<") else None
