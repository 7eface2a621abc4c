"""Everything that a host can do with an adapter, done once against its simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isgenerator
from typing import Any, cast

from ..auth import Auth
from ..errors import SmsError
from ..flow import run
from ..manager import AdapterPluginManager
from ..manifest import Capability, Kind
from ..messages import OutboundMessage
from ..simulation import FATES, Fate
from ..webhooks.core import Receipt
from .check import expect
from .subject import RECIPIENT, SENDER, Session

__all__ = [
    "LONG",
    "MESSAGE_ID",
    "NUMBERS",
    "TEXT",
    "asked",
    "attempt",
    "credentials",
    "everything",
    "fired",
    "outbound",
    "sent",
    "submitted",
    "webhooks",
]

TEXT = "Muraho, your code is 4711"
LONG = "Muraho, this is one of many sentences of a long text. " * 40
MESSAGE_ID = "7f1d6c1e-3f5b-4c43-9a58-4d4b7a0c5e11"
NUMBERS: Mapping[Fate, str] = {Fate.DELIVERED: RECIPIENT} | {
    fate: f"{RECIPIENT[:-2]}{tail}" for tail, fate in FATES.items()
}
"""A recipient for each fate."""


def outbound(to: str = RECIPIENT, text: str = TEXT, **options: Any) -> OutboundMessage:
    """A message that is the same in each run."""
    return OutboundMessage(to=to, text=text, **{"id": MESSAGE_ID, **options})


def credentials(session: Session) -> Auth:
    """The channel's credentials, fetched from the simulator where they have to be."""
    manager = AdapterPluginManager()
    manager.register_adapter(session.channel.plugin.adapter, session.channel.manifest)
    made: Any = manager.hook.authenticate(channel=session.channel)
    found: Any = run(made, session.transport.send) if isgenerator(made) else made
    expect(isinstance(found, Auth), f"authenticate gave {type(found).__name__}, not an Auth")
    return cast("Auth", found)


def attempt(call: Callable[[], object]) -> object:
    """What a call gives, or the `SmsError` that it ends in."""
    try:
        return call()
    except SmsError as error:
        return error


def submitted(session: Session, message: OutboundMessage | None = None) -> object:
    """What comes of sending a message, a plain one unless given."""
    return attempt(lambda: session.client.send(session.channel, message or outbound()))


def sent(session: Session) -> Iterator[object]:
    """A message to a recipient of each fate, and a long one."""
    for message in (*map(outbound, NUMBERS.values()), outbound(text=LONG)):
        yield submitted(session, message)


def asked(session: Session) -> Iterator[object]:
    """The account, the first message and the page, of those that the adapter can ask for."""
    client, channel, offers = session.client, session.channel, session.channel.manifest.offers
    if offers(Capability.CHECK_ACCOUNT):
        yield attempt(lambda: client.check_account(channel))
    if offers(Capability.QUERY_STATUS) and session.simulator.accepted:
        yield attempt(lambda: client.query_status(channel, session.simulator.accepted[0].id))
    if offers(Capability.FETCH_INBOUND):
        yield attempt(lambda: client.fetch_inbound(channel))


def webhooks(session: Session) -> list[Any]:
    """What the simulator fires for a message from a handset, and for the first message that it accepted."""
    manifest = session.channel.manifest
    if not manifest.webhooks and manifest.kind is not Kind.SESSION:
        return []
    made = list(session.simulator.inbound(RECIPIENT, SENDER, TEXT))
    return made + [
        request for message in session.simulator.accepted[:1] for request in session.simulator.reports(message)
    ]


def fired(session: Session) -> Iterator[Receipt]:
    """The receipt of each webhook."""
    for request in webhooks(session):
        yield session.fire(request)


def everything(session: Session) -> list[object]:
    """Results, errors and receipts of all of it."""
    return [*sent(session), *asked(session), *fired(session)]
