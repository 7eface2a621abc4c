"""From a webhook to events and an answer; pure but for what an adapter's verification has to fetch.

The order is fixed: size and method, then the signature, then the reading, then the answer. Whatever goes wrong ends as
a `Receipt` with a typed error and an answer, never as an exception to the aggregator; and what was read before it went
wrong stays in the receipt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from inspect import isgenerator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ..channel import SECRET_PARAMETER
from ..engine import Engine
from ..errors import AdapterDefect, InboundError, InvalidSignature, MalformedInbound, NotForThisAdapter, SmsError
from ..http import Headers, WebhookRequest, WebhookResponse
from ..manifest import Capability
from ..messages import ControlEvent, DeliveryReport, InboundEvent, InboundMessage, UnreadableEvent
from ..signatures import NO_SIGNATURE, Verified, verify_shared_secret
from ..smsc.values import DeliverRequest, DeliverResponse
from ..talk import Steps, Talk

if TYPE_CHECKING:
    from ..channel import AnyChannel

__all__ = ["MAX_BODY", "Receipt", "Route", "receive", "route"]

MAX_BODY = 1 << 20
_UNFIT = re.compile(r"[^\t\x20-\x7e\x80-\xff]")  # in a header line, a line end would begin another header
EMPTY = WebhookResponse()
ANSWERS: tuple[tuple[type[SmsError], int], ...] = (
    (InvalidSignature, 403),
    (NotForThisAdapter, 404),
    (MalformedInbound, 400),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a webhook brought, and what to answer.

    `events` are for the host to store before it answers, also where there is an `error`. `error` is set where the
    webhook was refused, or where acting on a control event or wording the answer failed; single items that could not
    be read are `UnreadableEvent` among the events instead. `verified` tells how the origin was proven. `reply` is the
    answer to an SMSC, where a frame came instead of a webhook.
    """

    events: tuple[InboundEvent, ...] = ()
    response: WebhookResponse = EMPTY
    error: SmsError | None = None
    verified: Verified = NO_SIGNATURE
    reply: DeliverResponse | None = None

    def raise_for_error(self) -> None:
        """Raise `error`, if there is one."""
        if self.error is not None:
            raise self.error


@dataclass(frozen=True, slots=True)
class Route:
    """The parts of a webhook's path `/c/{adapter}/{channel id}/{action}`, decoded; `adapter` may be an alias."""

    adapter: str
    channel: str
    action: str


def route(path: str) -> Route | None:
    """The route of a percent-encoded path, with or without something before `/c/`; None for any other path."""
    parts = path.rstrip("/").split("/")
    if len(parts) < 4 or parts[-4] != "c" or not all(parts[-3:]):
        return None
    try:
        return Route(*(unquote(part, errors="strict") for part in parts[-3:]))
    except UnicodeDecodeError:
        return None


def receive(engine: Engine, channel: AnyChannel, request: WebhookRequest) -> Steps[Receipt]:
    """Verify and read a webhook, act on its control events, and tell the host's plug-ins."""
    manager = engine.manager(channel)
    talk = Talk(engine, manager, channel, submits=False)
    verified = None
    try:
        _admit(channel, request)
        verified = yield from _verify(talk, request)
        events = _events(talk, request)
    except SmsError as error:
        talk.finish(error)
        talk.rejected(request, error)
        response = _refusal(talk, request, error, proven=verified is not None)
        return Receipt((), response, error, verified or NO_SIGNATURE)
    failure = yield from _follow_up(talk, events)
    _tell(talk, request, events)
    return _received(talk, request, Receipt(events, EMPTY, failure, verified))


def _admit(channel: AnyChannel, request: WebhookRequest) -> None:
    if len(request.body) > MAX_BODY:
        raise MalformedInbound(f"the body has {len(request.body)} octets, more than {MAX_BODY}")
    try:
        action = request.action
    except ValueError as error:
        raise MalformedInbound("the URL of the webhook is none") from error
    methods = channel.manifest.methods(action)
    if not methods:
        raise NotForThisAdapter(f"{channel.adapter!r} has no webhook action {action!r}")
    if request.method.upper() not in methods:
        raise NotForThisAdapter(f"{request.method} is not used for {action!r}, only {', '.join(methods)}")


def _verify(talk: Talk, request: WebhookRequest) -> Steps[Verified]:
    channel = talk.channel
    if channel.callback_secret:
        # The other parameters may be octets, such as a text in UTF-16: they must not stand in the way of the secret.
        given = request.query(errors="replace").get(SECRET_PARAMETER)
        verify_shared_secret(channel.callback_secret, given, "the callback URL's secret")
    if not channel.manifest.offers(Capability.SIGNED_WEBHOOKS):
        return Verified("callback secret") if channel.callback_secret else NO_SIGNATURE
    try:
        found = _call(talk, "verify_inbound", channel=channel, request=request)
        if isgenerator(found):
            found = yield from talk.drive(found)
    except MalformedInbound as error:
        # A scheme over fields has to read them first: what cannot be read is as little proven as what does not match.
        raise InvalidSignature(f"what would be signed cannot be read: {error.message}") from error
    if not isinstance(found, Verified):
        raise AdapterDefect(f"{channel.adapter!r}: verify_inbound gave {type(found).__name__}, not Verified")
    return found


def _events(talk: Talk, request: WebhookRequest | DeliverRequest) -> tuple[InboundEvent, ...]:
    found = _call(talk, "parse_inbound", channel=talk.channel, request=request)
    if not isinstance(found, Sequence):
        raise AdapterDefect(f"{talk.channel.adapter!r}: parse_inbound gave {type(found).__name__}, not a sequence")
    return tuple(_event(talk, item) for item in found)


def _event(talk: Talk, item: object) -> InboundEvent:
    """An item of a batch; one that is no event must not take the others with it."""
    if not isinstance(item, InboundEvent):
        item = UnreadableEvent(AdapterDefect(f"parse_inbound gave {type(item).__name__}, not an event"))
    if isinstance(item, UnreadableEvent):
        talk.finish(item.error)
    if isinstance(item, InboundMessage) and not item.text.isascii():
        return _encodable(item)
    return item


def _encodable(message: InboundMessage) -> InboundMessage:
    r"""The message without lone surrogates: JSON can write one ("\ud83d"), but no database or wire takes it."""
    text = message.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return message if text == message.text else replace(message, text=text)


def _follow_up(talk: Talk, events: Sequence[InboundEvent]) -> Steps[SmsError | None]:
    """Act on every control event; gives the first failure."""
    failure = None
    for event in events:
        if isinstance(event, ControlEvent) and talk.channel.manifest.offers(Capability.FOLLOW_UP):
            try:
                yield from talk.run("follow_up", channel=talk.channel, event=event)
            except SmsError as error:
                talk.finish(error)
                failure = failure or error
    return failure


def _received(talk: Talk, request: WebhookRequest, receipt: Receipt) -> Receipt:
    """The receipt with its answer: a follow-up that failed is asked for again, an answer that failed is not.

    For without a follow-up something is missing still, while a bad answer leaves nothing to gain from more of them.
    """
    if receipt.error is not None:
        return replace(receipt, response=_plain(receipt.error))
    try:
        return replace(receipt, response=_answer(talk, request, receipt.events))
    except SmsError as error:
        talk.finish(error)
        return replace(receipt, error=error)


def _call(talk: Talk, hook: str, **values: Any) -> Any:
    """Call a hook; what it raises beside the contract's errors is a defect, whatever the sender of the body did."""
    try:
        return talk.manager.ask(hook, **values)
    except SmsError:
        raise
    except Exception as error:
        sentence = f"adapter {talk.channel.adapter!r}: {hook} raised {type(error).__name__}: {error}"
        raise AdapterDefect(sentence) from error


def _answer(talk: Talk, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
    if not hasattr(talk.channel.plugin.adapter, "respond_inbound"):
        return EMPTY
    made = _call(talk, "respond_inbound", channel=talk.channel, request=request, events=events)
    if not isinstance(made, WebhookResponse):
        sentence = f"respond_inbound gave {type(made).__name__}, not a WebhookResponse"
        raise AdapterDefect(f"{talk.channel.adapter!r}: {sentence}")
    if not 200 <= made.status <= 599 or any(_UNFIT.search(text) for pair in made.headers.items() for text in pair):
        raise AdapterDefect(f"{talk.channel.adapter!r}: respond_inbound gave a status or header that cannot be sent")
    return made


def _refusal(talk: Talk, request: WebhookRequest, error: SmsError, *, proven: bool) -> WebhookResponse:
    """The adapter words a refusal that the aggregator may read; to an unproven sender only the status is told."""
    if proven and isinstance(error, MalformedInbound | NotForThisAdapter):
        try:
            made = _answer(talk, request, (UnreadableEvent(error),))
        except SmsError:
            made = EMPTY
        return made if made.status >= 400 else _plain(error)
    if isinstance(error, MalformedInbound) and len(request.body) > MAX_BODY:
        return _plain(error, 413)
    if isinstance(error, NotForThisAdapter):
        methods = talk.channel.manifest.methods(request.action)
        if methods and request.method.upper() not in methods:
            made = _plain(error, 405)
            return replace(made, headers=Headers((*made.headers.items(), ("Allow", ", ".join(methods)))))
    return _plain(error)


def _plain(error: SmsError, status: int | None = None) -> WebhookResponse:
    """The name of an error's type, which tells a stranger nothing, under its status."""
    status = status or next((code for kind, code in ANSWERS if isinstance(error, kind)), 500)
    return WebhookResponse.plain(type(error).__name__ + "\n", status)


def _tell(talk: Talk, request: WebhookRequest | DeliverRequest, events: Sequence[InboundEvent]) -> None:
    manager, channel = talk.manager, talk.channel
    if not manager.listened:
        return
    for event in events:
        if isinstance(event, DeliveryReport):
            manager.notify("sms_delivery_report", channel=channel, report=event)
        elif isinstance(event, UnreadableEvent):
            error = event.error if isinstance(event.error, InboundError) else MalformedInbound(str(event.error))
            talk.rejected(request, error)
        else:
            manager.notify("sms_inbound", channel=channel, event=event)
