"""From a webhook to events and an answer; pure but for what an adapter's verification has to fetch.

The order is fixed: size and method, then the signature, then the reading, then the answer. Whatever goes wrong ends as
a `Receipt` with a typed error and an answer, never as an exception to the aggregator.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import isgenerator
from typing import TYPE_CHECKING, Any

from ..channel import SECRET_PARAMETER
from ..engine import Engine, Steps, _Talk
from ..errors import AdapterDefect, InboundError, InvalidSignature, MalformedInbound, NotForThisAdapter, SmsError
from ..http import WebhookRequest, WebhookResponse
from ..manifest import Capability
from ..messages import ControlEvent, DeliveryReport, InboundEvent, UnreadableEvent
from ..signatures import NO_SIGNATURE, Verified

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..manager import AdapterPluginManager

__all__ = ["MAX_BODY", "Receipt", "Route", "receive", "route"]

MAX_BODY = 1 << 20
EMPTY = WebhookResponse()
ANSWERS: tuple[tuple[type[SmsError], int], ...] = (
    (InvalidSignature, 403),
    (NotForThisAdapter, 404),
    (MalformedInbound, 400),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a webhook brought, and what to answer.

    `events` are for the host to store before it answers. `error` is set where the webhook was refused; single items
    that could not be read are `UnreadableEvent` among the events instead. `verified` tells how the origin was proven.
    """

    events: tuple[InboundEvent, ...] = ()
    response: WebhookResponse = EMPTY
    error: SmsError | None = None
    verified: Verified = NO_SIGNATURE

    def raise_for_error(self) -> None:
        """Raise `error`, if there is one."""
        if self.error is not None:
            raise self.error


@dataclass(frozen=True, slots=True)
class Route:
    """The parts of a webhook's path `/c/{adapter}/{channel id}/{action}`."""

    adapter: str
    channel: str
    action: str


def route(path: str) -> Route | None:
    """The route of a path, with or without something before `/c/`; None for any other path."""
    parts = path.rstrip("/").split("/")
    if len(parts) >= 4 and parts[-4] == "c" and all(parts[-3:]):
        return Route(*parts[-3:])
    return None


def receive(engine: Engine, channel: AnyChannel, request: WebhookRequest) -> Steps[Receipt]:
    """Verify and read a webhook, act on its control events, and tell the host's plug-ins."""
    manager = engine.manager(channel)
    talk = _Talk(engine, manager, channel, submits=False)
    verified = NO_SIGNATURE
    try:
        _admit(channel, request)
        verified = yield from _verify(talk, request)
        events = _events(talk, request)
    except SmsError as error:
        talk.finish(error)
        manager.notify("sms_inbound_rejected", channel=channel, request=request, error=error)
        return Receipt((), _refusal(talk, request, error), error, verified)
    for event in events:
        if isinstance(event, ControlEvent) and channel.manifest.offers(Capability.FOLLOW_UP):
            yield from talk.run(manager.hook.follow_up, channel=channel, event=event)
    _tell(manager, channel, request, events)
    return Receipt(events, _answer(talk, request, events), None, verified)


def _admit(channel: AnyChannel, request: WebhookRequest) -> None:
    if len(request.body) > MAX_BODY:
        raise MalformedInbound(f"the body has {len(request.body)} octets, more than {MAX_BODY}")
    methods = channel.manifest.methods(request.action)
    if not methods:
        raise NotForThisAdapter(f"{channel.adapter!r} has no webhook action {request.action!r}")
    if request.method.upper() not in methods:
        raise NotForThisAdapter(f"{request.method} is not used for {request.action!r}, only {', '.join(methods)}")


def _verify(talk: _Talk, request: WebhookRequest) -> Steps[Verified]:
    channel = talk.channel
    if channel.callback_secret:
        given = request.query().get(SECRET_PARAMETER) or ""
        if not hmac.compare_digest(given.encode(), channel.callback_secret.encode()):
            raise InvalidSignature("the callback URL's secret is missing or wrong")
    if not channel.manifest.offers(Capability.SIGNED_WEBHOOKS):
        return Verified("callback secret") if channel.callback_secret else NO_SIGNATURE
    found = _call(talk, "verify_inbound", channel=channel, request=request)
    if isgenerator(found):
        found = yield from talk.run(lambda: found)
    if not isinstance(found, Verified):
        raise AdapterDefect(f"{channel.adapter!r}: verify_inbound gave {type(found).__name__}, not Verified")
    return found


def _events(talk: _Talk, request: WebhookRequest) -> tuple[InboundEvent, ...]:
    found = _call(talk, "parse_inbound", channel=talk.channel, request=request)
    if not isinstance(found, Sequence):
        raise AdapterDefect(f"{talk.channel.adapter!r}: parse_inbound gave {type(found).__name__}, not a sequence")
    return tuple(found)


def _call(talk: _Talk, hook: str, **values: Any) -> Any:
    """Call a hook; what it raises beside the contract's errors is a defect, whatever the sender of the body did."""
    try:
        return getattr(talk.manager.hook, hook)(**values)
    except SmsError:
        raise
    except Exception as error:
        sentence = f"adapter {talk.channel.adapter!r}: {hook} raised {type(error).__name__}: {error}"
        raise AdapterDefect(sentence) from error


def _answer(talk: _Talk, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
    if not hasattr(talk.channel.plugin.adapter, "respond_inbound"):
        return EMPTY
    made = _call(talk, "respond_inbound", channel=talk.channel, request=request, events=events)
    return made if isinstance(made, WebhookResponse) else EMPTY


def _refusal(talk: _Talk, request: WebhookRequest, error: SmsError) -> WebhookResponse:
    """The adapter words a refusal that the aggregator may read; to an unproven sender only the status is told."""
    status = next((code for kind, code in ANSWERS if isinstance(error, kind)), 500)
    if isinstance(error, MalformedInbound) and len(request.body) > MAX_BODY:
        status = 413
    elif isinstance(error, MalformedInbound | NotForThisAdapter):
        try:
            made = _answer(talk, request, (UnreadableEvent(error),))
        except SmsError:
            made = EMPTY
        if made.status >= 400:
            return made
    return WebhookResponse.plain(type(error).__name__ + "\n", status)


def _tell(
    manager: AdapterPluginManager, channel: AnyChannel, request: WebhookRequest, events: Sequence[InboundEvent]
) -> None:
    if not manager.listened:
        return
    for event in events:
        if isinstance(event, DeliveryReport):
            manager.notify("sms_delivery_report", channel=channel, report=event)
        elif isinstance(event, UnreadableEvent):
            error = event.error if isinstance(event.error, InboundError) else MalformedInbound(str(event.error))
            manager.notify("sms_inbound_rejected", channel=channel, request=request, error=error)
        else:
            manager.notify("sms_inbound", channel=channel, event=event)
