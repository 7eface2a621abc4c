"""An adapter's exchanges and inbound examples, played without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..client import Client
from ..errors import SmsError
from ..messages import event_to_dict
from ..transports.replay import ReplayTransport
from ..transports.simulated import SimulatedTransport
from .cases import CLOCK, ExchangeCase, InboundCase, channel_options
from .check import expect
from .frames import receive
from .subject import OPEN

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..http import HttpRequest, HttpResponse
    from ..network import NetworkPolicy
    from ..registry import Plugin
    from ..webhooks.core import Receipt
    from .subject import Subject

__all__ = ["case_channel", "events_of", "play", "receive_case", "receiver"]


def case_channel(subject: Subject, case: ExchangeCase | InboundCase, **options: Any) -> AnyChannel:
    """The channel of a case; `options` stand in place of its own, and a `config` on top of it."""
    values = {"id": "8eb23e93", "clock": lambda: CLOCK, "entropy": lambda count: bytes(range(count))}
    config = {**case.channel["config"], **options.pop("config", {})}
    return subject.registry.open(subject.id, **{**values, **channel_options(case.channel), **options, "config": config})


def play(subject: Subject, case: ExchangeCase) -> object:
    """What comes of an exchange, a result or an `SmsError`; ReplayMismatch if the requests are not those recorded."""
    transport, channel = ReplayTransport(case.cassette), case_channel(subject, case)
    with Client(transport=transport, network=OPEN) as client:
        try:
            result: object = _perform(client, case, channel)
        except SmsError as error:
            result = error
    transport.assert_played()
    return result


def _perform(client: Client, case: ExchangeCase, channel: AnyChannel) -> object:
    if case.hook != "send":
        return getattr(client, case.hook)(channel, *([case.reference] if case.reference is not None else []))
    expect(case.message is not None, f"the exchange {case.name} sends, but its table has no [message]")
    return client.send(channel, case.message)  # type: ignore[arg-type]


def receive_case(subject: Subject, case: InboundCase) -> Receipt:
    """What comes of an inbound example; parts are not joined."""
    return receive(receiver(subject.plugin), case_channel(subject, case), case.request)


def events_of(receipt: Receipt) -> list[dict[str, Any]]:
    """Events as the JSON file of an inbound example has them: without `raw`."""
    found = [event_to_dict(event) for event in receipt.events]
    return [{name: value for name, value in event.items() if name != "raw"} for event in found]


class _PublicFiles:
    """A transport for whoever only receives: a simulator answers what goes without credentials, nothing else leaves.

    Such as the certificate that a webhook is signed with, or the URL by which a subscription is confirmed.
    """

    def __init__(self, plugin: Plugin) -> None:
        self._inner = SimulatedTransport(plugin.simulate()) if plugin.simulate else None

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        if self._inner is None or not request.anonymous:
            raise AssertionError(f"a webhook was read, and a request left for it: {request!r}")
        return self._inner.send(request, policy)

    def close(self) -> None:
        pass


def receiver(plugin: Plugin) -> Client:
    """A client that receives and sends nothing, so that there is nothing to close; parts are not joined."""
    return Client(transport=_PublicFiles(plugin), network=OPEN, joiner=None)
