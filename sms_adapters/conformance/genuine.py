"""The webhooks that are known to be right: an adapter's inbound examples, and what its simulator fires."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..errors import SmsError
from ..hookspecs import hookimpl
from ..manifest import Capability
from ..messages import DeliveryReport, InboundEvent, OutboundMessage
from ..registry import Plugin
from ..results import SendResult
from ..signatures import Verified
from ..simulation import FATES, Fate, SimulatedMessage
from .check import CheckFailed, NotApplicable, expect
from .playing import case_channel, receiver
from .subject import RECIPIENT, SENDER, Session, Subject, as_webhook

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..http import WebhookRequest
    from ..webhooks.core import Receipt

__all__ = [
    "OWN_ID",
    "PLAIN",
    "Genuine",
    "Sent",
    "addressed",
    "fired",
    "genuine",
    "received",
    "reports_of",
    "send",
    "shape_of",
    "typed",
    "unverified",
]

OWN_ID = "6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11"
PLAIN = "Muraho"
TAILS: Mapping[Fate, str] = {fate: tail for tail, fate in FATES.items()}


@dataclass(frozen=True, slots=True)
class Genuine:
    """A webhook that has to be accepted; `open` gives its channel, with other options where they are named."""

    name: str
    request: WebhookRequest
    open: Callable[..., AnyChannel]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was accepted, and what the simulator made of it, one item for each part."""

    message: OutboundMessage
    result: SendResult
    accepted: tuple[SimulatedMessage, ...]


def genuine(subject: Subject) -> list[Genuine]:
    """Every webhook that is known to be right; NotApplicable if the adapter has none."""
    if not subject.manifest.webhooks:
        raise NotApplicable("the adapter has no webhooks")
    found = [
        Genuine(f"the inbound example {case.name}", case.request, partial(case_channel, subject, case))
        for case in subject.inbound
    ]
    if subject.manifest.simulator:
        found += fired(subject)
    expect(found, "there is neither an inbound example nor a simulator to take a webhook from")
    return found


def fired(subject: Subject, **options: Any) -> list[Genuine]:
    """What the simulator fires at a channel with `options`."""
    session = subject.session(**options)
    return [Genuine(name, request, partial(subject.channel, **options)) for name, request in _made(subject, session)]


def _made(subject: Subject, session: Session) -> Iterator[tuple[str, WebhookRequest]]:
    if subject.manifest.offers(Capability.INBOUND):
        for request in session.simulator.inbound(RECIPIENT, SENDER, PLAIN):
            yield "the simulator's incoming message", as_webhook(request)
    if subject.manifest.offers(Capability.DELIVERY_REPORTS):
        for fate in (Fate.DELIVERED, Fate.FAILED):
            for message in send(session, fate).accepted:
                for request in session.simulator.reports(message):
                    yield f"the simulator's report of a message that is {fate.value}", as_webhook(request)


def shape_of(request: WebhookRequest) -> tuple[str, ...]:
    """What webhooks of one kind have in common: method, action, type of the body."""
    return request.method.upper(), request.action, request.media_type


def unverified(channel: AnyChannel) -> AnyChannel:
    """The channel with an adapter that takes every webhook for genuine, to see what is behind the signature."""
    return replace(channel, plugin=_trusting(channel.plugin))


@lru_cache(maxsize=8)
def _trusting(plugin: Plugin) -> Plugin:
    if not plugin.manifest.offers(Capability.SIGNED_WEBHOOKS):
        return plugin
    kind = type(plugin.adapter)
    made = type(kind.__name__, (kind,), {"verify_inbound": hookimpl(_take_all)})
    return replace(plugin, adapter=made())


def _take_all(_: Any) -> Verified:
    return Verified("not checked")


def received(channel: AnyChannel, request: WebhookRequest) -> Receipt:
    """What comes of a webhook; parts are not joined."""
    return _client(channel.plugin).receive(channel, request)


@lru_cache(maxsize=8)
def _client(plugin: Plugin) -> Client:
    """A client for each adapter, since it looks at an adapter's hooks once."""
    return receiver(plugin)


def typed(subject: Subject, session: Session, sender: str, text: str, to: str = SENDER) -> list[InboundEvent]:
    """The events that a handset's message makes, by webhook or, where there is none, by polling."""
    requests = list(session.simulator.inbound(sender, to, text))
    if requests:
        return session.events(requests)
    if subject.manifest.offers(Capability.FETCH_INBOUND):
        return list(session.client.fetch_inbound(session.channel).events)
    raise CheckFailed("the manifest offers incoming messages, but the simulator makes no webhook for one")


def addressed(fate: Fate) -> str:
    """The suite's recipient with that fate in the simulator."""
    return f"{RECIPIENT[:-2]}{TAILS[fate]}" if fate in TAILS else RECIPIENT


def send(session: Session, fate: Fate = Fate.DELIVERED, text: str = PLAIN) -> Sent:
    """Send a message that meets `fate`, which has to be one that is accepted."""
    start = len(session.simulator.accepted)
    # Under an id that was used before, an aggregator with idempotency keys takes it for the message of then.
    message = OutboundMessage(addressed(fate), text, id=f"{OWN_ID[:-12]}{start:012d}")
    try:
        result = session.client.send(session.channel, message)
    except SmsError as error:
        raise CheckFailed(f"a message that the simulator accepts ended in {type(error).__name__}: {error}") from error
    accepted = tuple(session.simulator.accepted[start:])
    expect(
        len(result.parts) == len(accepted),
        f"send gave {len(result.parts)} parts, but the simulator accepted {len(accepted)} submissions",
    )
    return Sent(message, result, accepted)


def reports_of(session: Session, message: SimulatedMessage) -> list[DeliveryReport]:
    """The reports on a submission, in the order in which the simulator fires them."""
    events = session.events(session.simulator.reports(message))
    others = [event for event in events if not isinstance(event, DeliveryReport)]
    expect(not others, f"a report of the simulator was read as {', '.join(type(event).__name__ for event in others)}")
    return [event for event in events if isinstance(event, DeliveryReport)]
