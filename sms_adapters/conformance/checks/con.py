"""CON: many messages, channels and clients at once do not touch each other."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...client import AsyncClient
from ...errors import ConfigError, SmsError
from ...http import HttpRequest
from ...manifest import Capability
from ...messages import OutboundMessage, event_to_dict
from ...redact import secrets_of
from ...results import SendResult
from ...simulation import Fate, SimulatedMessage
from ..attempts import Line, long_texts, message, renumbered, several, to_fate
from ..cases import outcome
from ..check import Level, NotApplicable, check, expect
from ..subject import RECIPIENT, SENDER, Subject

MANY = 50
CONTAINERS = (dict, list, set, bytearray)
ROTATED = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "1234567890bcdefahijklmnopqrstuvwxyzgBCDEFAHIJKLMNOPQRSTUVWXYZG",
)
"""Each letter or digit becomes another of its kind, hexadecimal digits stay ones."""


@check("CON001", Level.BRONZE)
def both_clients_do_the_same(subject: Subject) -> None:
    """The synchronous and the asynchronous client do the same.

    What: A short text, a long one, a refused, a throttled and a lost one are sent with each client, a webhook is
        received and the account is asked for. Requests, results, events and errors have to be the same.
    Why: A host moves from one client to the other without trying everything again.
    Mend: Let `send` be one generator that yields requests; keep nothing between its steps but local variables.
    Exempt: Never.
    """
    items = _items(subject)
    plain_client, awaited = _synchronous(subject, items), asyncio.run(_asynchronous(subject, items))
    for name, one, other in zip(("requests", "outcomes", "events"), plain_client, awaited, strict=True):
        expect(len(one) == len(other), f"the clients had {len(one)} and {len(other)} {name}")
        for number, (left, right) in enumerate(zip(one, other, strict=True), 1):
            expect(left == right, f"{name}, number {number}, differ between Client and AsyncClient")


def _items(subject: Subject) -> list[OutboundMessage]:
    """A short text, a long one, and what is refused, throttled or lost, each under an id of its own."""
    fates = (Fate.INVALID, Fate.THROTTLED, Fate.LOST_ANSWER)
    items = (message(), message(list(long_texts(subject))[1]), *map(to_fate, fates))
    return [replace(item, id=renumbered(item, number).id) for number, item in enumerate(items, 1)]


def _synchronous(subject: Subject, items: list[OutboundMessage]) -> tuple[list[HttpRequest], list[Any], list[Any]]:
    session = subject.session()
    client, channel = session.client, session.channel
    found = []
    for item in items:
        try:
            found.append(outcome(client.send(channel, item)))
        except SmsError as error:
            found.append(outcome(error))
    if subject.manifest.offers(Capability.CHECK_ACCOUNT):
        found.append(outcome(client.check_account(channel)))
    incoming = session.simulator.inbound(RECIPIENT, SENDER, "Muraho neza")
    receipts = [session.fire(request) for request in incoming]
    return session.transport.requests, found, list(map(_received, receipts))


async def _asynchronous(
    subject: Subject, items: list[OutboundMessage]
) -> tuple[list[HttpRequest], list[Any], list[Any]]:
    session = subject.session()
    client, transport = subject.async_client(session.simulator)
    channel = session.channel
    found = [outcome(await _sent(client, channel, item)) for item in items]
    if subject.manifest.offers(Capability.CHECK_ACCOUNT):
        found.append(outcome(await client.check_account(channel)))
    incoming = session.simulator.inbound(RECIPIENT, SENDER, "Muraho neza")
    receipts = [await subject.afire(client, channel, request) for request in incoming]
    return transport.requests, found, list(map(_received, receipts))


async def _sent(client: AsyncClient, channel: Any, item: OutboundMessage) -> SendResult | SmsError:
    try:
        return await client.send(channel, item)
    except SmsError as error:
        return error


def _received(receipt: Any) -> Any:
    return list(map(event_to_dict, receipt.events)), receipt.response, str(receipt.error)


@check("CON002", Level.BRONZE)
def messages_at_once_are_kept_apart(subject: Subject) -> None:
    """Messages that are sent at the same time are kept apart.

    What: Fifty messages go out at once on one channel, each with a text, a recipient and an id of its own, some of
        them in several parts where the adapter makes parts. Every text has to arrive whole at its recipient, and every
        result has to hold the ids of its own message.
    Why: What an adapter keeps on itself between two steps belongs to another message when it looks again.
    Mend: Keep what a send needs in local variables of the flow.
    Exempt: Never.
    """
    split = several(subject)
    long = split[0].text if split else ""
    items = [renumbered(message(_own_text(number, long)), number) for number in range(1, MANY + 1)]
    session = subject.session()
    results = asyncio.run(_at_once(subject, session.simulator, [(session.channel, item) for item in items]))
    for item, result in zip(items, results, strict=True):
        taken = [found for found in session.simulator.accepted if found.to == item.to]
        _belongs(session.channel, item, result, taken)


def _own_text(number: int, long: str) -> str:
    """A text that no other message has; every fifth is as long as `long`."""
    own = f"{number:02d} "
    return own * (len(long) // len(own) + 1) if long and number % 5 == 0 else f"{own}Muraho"


def _belongs(channel: Any, item: OutboundMessage, result: SendResult | SmsError, taken: list[SimulatedMessage]) -> None:
    name = f"of {MANY} messages at once the one to {item.to}"
    expect(isinstance(result, SendResult), f"{name} ended in {type(result).__name__}: {result}")
    whole = "".join(found.text for found in taken)
    expect(whole == item.text, f"{name} arrived with {len(whole)} characters instead of {len(item.text)}, or others")
    parts = result.parts if isinstance(result, SendResult) else ()
    expect(len(parts) == len(taken), f"{name} was taken in {len(taken)} parts, its result has {len(parts)}")
    for part, found in zip(parts, taken, strict=True):
        right = part.id is None or channel.same_id(part.id, found.id)
        expect(right, f"{name} has the id {part.id!r}, the simulator gave it {found.id!r}")


async def _at_once(
    subject: Subject, simulator: Any, sends: list[tuple[Any, OutboundMessage]]
) -> list[SendResult | SmsError]:
    client, _ = subject.async_client(simulator)
    return await asyncio.gather(*(_sent(client, channel, item) for channel, item in sends))


@check("CON003", Level.BRONZE)
def channels_do_not_share_credentials(subject: Subject) -> None:
    """Channels of one adapter do not share credentials.

    What: Two channels, one with the simulator's credentials and one with others, send in turn and at once through one
        client; then the first channel's credentials are changed. What has the right credentials has to be accepted,
        what has not must not.
    Why: One customer's messages on another's account are a breach and an invoice; and a password that was changed must
        not live on in a cache.
    Mend: Take credentials from `channel.config` at every call; keep none on the adapter or its class.
    Exempt: Where the simulator cannot know one credential from another.
    """
    simulator = subject.simulator()
    right = subject.channel()
    others = _other_config(subject, right.config)
    wrong, changed = subject.channel(others, id="5c1d9e70"), subject.channel(others)
    sends = [((wrong, right)[number % 2], renumbered(message(), number)) for number in range(1, 11)]
    _judged(right, sends, asyncio.run(_at_once(subject, simulator, sends)))
    alone = [
        (channel, renumbered(message(), number)) for number, channel in enumerate((right, wrong, right, changed), 11)
    ]
    _judged(right, alone, asyncio.run(_in_turn(subject, simulator, alone)))


def _judged(right: Any, sends: list[tuple[Any, OutboundMessage]], results: list[SendResult | SmsError]) -> None:
    for (channel, _), result in zip(sends, results, strict=True):
        if channel is right:
            expect(isinstance(result, SendResult), f"with the right credentials {type(result).__name__} came: {result}")
        else:
            expect(isinstance(result, SmsError), "a channel with other credentials sent with those of its neighbour")


async def _in_turn(
    subject: Subject, simulator: Any, sends: list[tuple[Any, OutboundMessage]]
) -> list[SendResult | SmsError]:
    client, _ = subject.async_client(simulator)
    return [await _sent(client, channel, item) for channel, item in sends]


def _other_config(subject: Subject, config: Any) -> dict[str, Any]:
    """The simulator's secrets, changed letter by letter; NotApplicable where that makes no other account."""
    secrets = set(secrets_of(config))
    own = subject.simulator().config(subject.base_url)
    others = {
        key: value.translate(ROTATED) for key, value in own.items() if isinstance(value, str) and value in secrets
    }
    if not others:
        raise NotApplicable("the configuration has no credentials")
    try:
        subject.channel(others)
    except ConfigError:
        raise NotApplicable("the credentials have a form of their own, so that no others can be made") from None
    return others


@check("CON004", Level.BRONZE)
def the_adapter_is_not_changed(subject: Subject) -> None:
    """Nothing is left on the adapter.

    What: Messages are sent, refused and lost, and a webhook is received. The adapter's attributes, those of its
        classes and the containers of its module have to be what they were.
    Why: One adapter object serves all channels and threads of a host. What is left on it is shared, grows, and shows up
        in somebody else's message.
    Mend: Keep what a send needs in local variables of the flow; constants in tuples, frozensets and mappings.
    Exempt: A cache of pure functions that is not seen from outside, if it is bounded: use `functools.lru_cache`.
    """
    adapter = subject.plugin.adapter
    before = dict(_state(adapter))
    line = Line(subject.session())
    for item in _items(subject):
        line.send(item)
    for request in line.session.simulator.inbound(RECIPIENT, SENDER, "Muraho neza"):
        line.session.fire(request)
    after = dict(_state(adapter))
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    expect(not changed, f"sending and receiving changed {', '.join(changed)}")


def _state(adapter: Any) -> Iterator[tuple[str, Any]]:
    """What the adapter, its classes and its module hold, by name: the contents of containers, else the identity."""
    yield from _values("the adapter's", getattr(adapter, "__dict__", {}))
    for kind in type(adapter).__mro__[:-1]:
        yield from _values(f"{kind.__name__}'s", vars(kind))
    module = sys.modules.get(type(adapter).__module__)
    for name, value in _values("the module's", vars(module) if module else {}):
        if isinstance(value[1], str):
            yield name, value


def _values(owner: str, values: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, str | None]]]:
    for name, value in tuple(values.items()):
        if not name.startswith("__"):
            yield f"{owner} {name}", (id(value), repr(value) if isinstance(value, CONTAINERS) else None)
