"""Kannel: sendsms of smsbox out, get-url or post-url of an sms-service in, dlr-url for reports.

Sources: "Kannel User's Guide", chapters "Setting up a SMS gateway", "Using SMS gateway" and "SMS delivery reports",
https://www.kannel.org/download/kannel-userguide-snapshot/userguide.html (variables, answers, escapes); "gw/smsbox.c"
https://github.com/pruiz/kannel/blob/master/gw/smsbox.c (texts of the answers) and "gw/urltrans.c"
https://github.com/pruiz/kannel/blob/master/gw/urltrans.c (what an escape becomes); and what Kannel 1.4.5 of Debian 12
does (the cases of evidence "live").

Kannel gives no message id: reports quote the message's own in their URL. Nothing it calls is signed: give the channel a
`callback_secret`, which becomes `key=...` in every URL, and let only Kannel's address reach the webhook.
`OutboundMessage.extra` may hold any of `EXTRA`, which goes to sendsms as it is, in place of the configuration's.

Incoming messages need a group in the configuration of smsbox, as `sms_service` writes it for a channel::

    group = sms-service
    keyword = default
    catch-all = true
    max-messages = 0
    get-url = "https://HOST/c/kannel/CHANNEL/receive?key=SECRET&id=%I&from=%p&to=%P&ts=%T&coding=%c&charset=%C&udh=%u&text=%b"

`max-messages = 0` matters. Without it smsbox sends a text back to the handset for each message: the body of the answer,
its own "<Empty reply from service provider>" for an empty one, or "Could not fetch content, sorry." for any status but
200 and 202, even 204. With `omit-empty = true` in its place only the empty body stays without one. `post-url` works as
well, with `?id=%I&from=%p` in its URL, for headers bring neither the id nor, without `send-sender = true`, the sender.
What fails is called again only with `http-request-retry` in the group smsbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any, NoReturn, TypeAlias
from urllib.parse import quote_from_bytes

from ...auth import Auth, QueryAuth
from ...channel import Channel
from ...errors import AuthError, InvalidMessage, Rejected, TemporaryFailure
from ...hookspecs import hookimpl
from ...http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ...kits import SendKit, fail_by_status
from ...kits.tables import Meaning, table_error
from ...manifest import Splitting
from ...messages import InboundEvent, OutboundMessage
from ...parts import Part, parts_of
from ...results import PartResult, Reason
from ...text import Encoding
from .config import Config
from .incoming import event_of

__all__ = ["DLR_QUERY", "EXTRA", "MO_QUERY", "Config", "Kannel", "sms_service"]

MO_QUERY = "id=%I&from=%p&to=%P&ts=%T&coding=%c&charset=%C&udh=%u&text=%b"
DLR_QUERY = "event=%d&reply=%A&smsc_id=%F&smsc=%i&to=%p&ts=%T"
EXTRA = ("smsc", "priority", "account", "meta-data", "binfo", "mwi", "pid", "alt-dcs", "rpi")

KannelChannel: TypeAlias = Channel[Config]

ACCEPTED = ("0:", "3:", "Sent.")
REFUSALS: tuple[tuple[str, Meaning], ...] = (
    ("Authorization failed", AuthError),
    ("Not routable", Reason.NO_ROUTE),
    ("Number(s) has/have been denied", Reason.BLOCKED),
    ("Missing receiver", Reason.INVALID_RECIPIENT),
    ("Empty receiver", Reason.INVALID_RECIPIENT),
    ("Sender missing", Reason.INVALID_SENDER),
    ("UDH field", Reason.INVALID_CONTENT),
    ("Charset or body", Reason.INVALID_CONTENT),
    ("Coding field", Reason.INVALID_CONTENT),
    ("Sending failed", TemporaryFailure),
    ("Temporal failure", TemporaryFailure),
)
"""How a body begins: it tells more than the status, which is 403 for the first and the second."""

POLICIES: dict[str, dict[str, Any]] = {
    "auto": {},
    "gsm": {"encoding": "gsm7", "transliterate": True},
    "unicode": {"encoding": "ucs2"},
}
CODINGS: dict[Encoding, dict[str, Any]] = {
    Encoding.GSM7: {"coding": 0},
    Encoding.UCS2: {"coding": 2, "charset": "UTF-8"},
    Encoding.BINARY: {"coding": 1},
}
USER_DATA, CONCATENATION = 140, 5
SHOWN = 200


class Kannel(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: KannelChannel) -> Auth:
        """User name and password in the query."""
        config = channel.config
        pair = (("username", config.username), ("password", config.password.get_secret_value()))
        return QueryAuth(pair, public=("username",))

    def split(self, channel: KannelChannel, message: OutboundMessage) -> Sequence[Part]:
        """Parts with a header of our own, or as many segments in each as Kannel makes of one request."""
        config = channel.config
        if message.data is not None:
            _check_data(config, message)
            return parts_of(channel, message)
        if message.encoding is None:
            message = replace(message, **POLICIES[config.encoding])
        if config.splits == "udh":
            return parts_of(channel, message, splits=Splitting.UDH)
        return parts_of(channel, message, max_segments=config.max_messages)

    def build_request(self, channel: KannelChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """A GET: a form is refused, and a POST has its variables in headers."""
        config = channel.config
        url = f"{config.base_url.rstrip('/')}{config.sendsms_path}"
        octets = "&".join(f"{name}={quote_from_bytes(value, safe='')}" for name, value in _octets(part))
        return HttpRequest.get(f"{url}?{octets}" if octets else url, self.variables(channel, message, part))

    def variables(self, channel: KannelChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
        """What is not octets; without a sender Kannel takes its own, or refuses."""
        values: dict[str, Any] = {
            "from": channel.sender_of(message) if message.sender or channel.address else None,
            "to": channel.recipient_of(message),
            "text": part.text if part.data is None else None,
            **CODINGS[part.encoding],
            "mclass": 0 if message.flash else None,
            "validity": _minutes(message.validity),
            "deferred": _minutes(message.send_at - channel.clock() if message.send_at else None),
        }
        values |= {name: _extra(channel.config, message, name) for name in EXTRA}
        if message.report and channel.public_url:
            values |= {"dlr-mask": channel.config.dlr_mask, "dlr-url": report_url(channel, message, part)}
        return values

    def read_response(self, channel: KannelChannel, part: Part, response: HttpResponse) -> PartResult:
        """An accepted part, without an id; the body tells."""
        text = _start(response.text.strip())
        if not (response.ok and text.startswith(ACCEPTED)):
            _fail(response, text)
        if "Denied receivers are:" in text:
            raise Rejected("refused: the recipient is denied", Reason.BLOCKED, provider_text=text)
        splits = text.rpartition("Message splits:")[2].strip()
        return PartResult(segments=int(splits) if splits.isdecimal() else None, word=text)

    @hookimpl
    def parse_inbound(self, channel: KannelChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message or one report."""
        return [event_of(channel, request)]

    @hookimpl
    def respond_inbound(self, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
        """An empty 200: smsbox sends a body to the handset, and takes any status but 200 and 202 for a failure."""
        return WebhookResponse()


def report_url(channel: KannelChannel, message: OutboundMessage, part: Part) -> str:
    """The template of the URL that Kannel calls, with a literal percent sign doubled."""
    number = {"part": str(part.number)} if part.total > 1 else {}
    return _template(channel.callback_url("status", id=message.id, **number), DLR_QUERY)


def sms_service(channel: KannelChannel) -> str:
    """The group for smsbox's configuration that brings every incoming message to this channel."""
    url = _template(channel.callback_url("receive"), MO_QUERY)
    group = ("group = sms-service", "keyword = default", "catch-all = true", "max-messages = 0", f'get-url = "{url}"')
    return "\n".join(group) + "\n"


def _template(url: str, escapes: str) -> str:
    return f"{url.replace('%', '%%')}{'&' if '?' in url else '?'}{escapes}"


def _octets(part: Part) -> Iterator[tuple[str, bytes]]:
    if part.udh:
        yield "udh", part.udh
    if part.data is not None:
        yield "text", part.data


def _extra(config: Config, message: OutboundMessage, name: str) -> Any:
    own = message.extra.get(name)
    return getattr(config, name.replace("-", "_"), None) if own is None else own


def _minutes(span: timedelta | None) -> int | None:
    """Whole minutes, rounded up; None for no time and for one that is over."""
    return ceil(span / timedelta(minutes=1)) or None if span and span > timedelta(0) else None


def _check_data(config: Config, message: OutboundMessage) -> None:
    """InvalidMessage for octets beyond `max_messages`, which Kannel cuts off; with "udh" it joins nothing."""
    header, most = len(message.udh or b""), config.max_messages if config.splits == "kannel" else 1
    room = max(USER_DATA - header, most * (USER_DATA - CONCATENATION - max(header, 1)) if most > 1 else 0)
    if len(message.data or b"") > room:
        sentence = f"{len(message.data or b'')} octets of data are more than the {room} that Kannel sends"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT)


def _start(text: str) -> str:
    """The start of a text, cut between words: the redactor would not know half a secret."""
    return text if len(text) <= SHOWN else text[:SHOWN].rpartition(" ")[0]


def _fail(response: HttpResponse, text: str) -> NoReturn:
    status = str(response.status)
    for start, meaning in REFUSALS:
        error = table_error({status: meaning}, status, text) if text.startswith(start) else None
        if error is not None:
            raise error
    if response.status == 404:
        sentence = "HTTP 404: sendsms is not there, mend base_url or sendsms_path"
        raise Rejected(sentence, provider_code=status, provider_text=text)
    fail_by_status(response, text)
