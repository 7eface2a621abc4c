"""Joining inbound parts that an aggregator delivers one by one."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from .messages import InboundEvent, InboundMessage, PartInfo
from .text import gsm7

__all__ = ["PartJoiner"]

ESCAPE = b"\x1b"
Key = tuple[str, str | None, str, int]
"""Sender, recipient, reference and total: what the parts of one message share."""


@dataclass(slots=True)
class _Parts:
    """Parts of one message; `since` is when the first came, or when the last did once they are joined."""

    since: datetime
    parts: dict[int, InboundMessage] = field(default_factory=dict)


@dataclass(slots=True)
class _Held:
    """What is kept of one channel, oldest first: messages that wait, those joined lately, those not stored."""

    waiting: OrderedDict[Key, _Parts] = field(default_factory=OrderedDict)
    joined: OrderedDict[Key, _Parts] = field(default_factory=OrderedDict)
    returned: list[InboundMessage] = field(default_factory=list)


class PartJoiner:
    """Holds parts in memory until the last has come, or `limit` has passed since the first.

    A message whose time is up is given out with what there is, marked `incomplete`, by the channel's next call. At
    most `most` messages of a channel wait; the oldest is given out incomplete when another comes. No part is dropped:
    one that cannot belong (its number is not within 1 to `total`) is given out at once, marked `incomplete`, and one
    that differs from the part of the same number begins another message with a reference used again.

    An aggregator delivers a part again when its first delivery was not answered, or when storing the whole failed. So
    a message is remembered for `limit` after it was joined, and given out again, with the same id, if one of its
    parts comes again. A host of several processes gives each sender to one process, or joins by
    `InboundMessage.part` in its own database with `joiner=None`.
    """

    def __init__(self, limit: timedelta = timedelta(minutes=10), most: int = 10_000) -> None:
        self.limit, self.most = limit, most
        self._held: defaultdict[tuple[str, str], _Held] = defaultdict(_Held)
        self._lock = threading.Lock()

    def feed(self, channel: tuple[str, str], events: Iterable[InboundEvent], now: datetime) -> tuple[InboundEvent, ...]:
        """`events` without the parts that wait, with the messages they completed."""
        with self._lock:
            return tuple(found for event in events for found in self._take(channel, event, now))

    def overdue(self, channel: tuple[str, str], now: datetime) -> tuple[InboundMessage, ...]:
        """The messages of a channel whose time is up, those beyond `most`, and those that were given back."""
        with self._lock:
            held = self._held.get(channel)
            if held is None:
                return ()
            self._forget(held.joined, now)
            late = [*held.returned, *(_whole(parts, incomplete=True) for parts in self._forget(held.waiting, now))]
            held.returned.clear()
            if not held.waiting and not held.joined:
                del self._held[channel]
            return tuple(late)

    def give_up(self, channel: tuple[str, str]) -> tuple[InboundMessage, ...]:
        """The messages of a channel that wait, without waiting on; the parts that still come begin others."""
        with self._lock:
            held = self._held.get(channel, _Held())
            rest = (*held.returned, *(_whole(parts, incomplete=True) for parts in held.waiting.values()))
            held.returned.clear()
            held.waiting.clear()
            return rest

    def give_back(self, channel: tuple[str, str], events: Iterable[InboundEvent]) -> None:
        """Keep the incomplete messages among `events`, which could not be stored, for the next call of `overdue`.

        No aggregator delivers these again: their parts were answered long ago.
        """
        late = [event for event in events if isinstance(event, InboundMessage) and event.incomplete]
        if late:
            with self._lock:
                self._held[channel].returned += late

    def _forget(self, items: OrderedDict[Key, _Parts], now: datetime) -> list[_Parts]:
        """Take out, from the oldest on, what is too old or too much."""
        gone = []
        while items and (len(items) > self.most or now - next(iter(items.values())).since >= self.limit):
            gone.append(items.popitem(last=False)[1])
        return gone

    def _take(self, channel: tuple[str, str], event: InboundEvent, now: datetime) -> Iterator[InboundEvent]:
        part = event.part if isinstance(event, InboundMessage) else None
        if part is None or not isinstance(event, InboundMessage) or part.total < 2:
            yield event
        elif not 1 <= part.number <= part.total:
            yield replace(event, incomplete=True)
        else:
            yield from self._place(self._held[channel], event, part, now)

    def _place(self, held: _Held, event: InboundMessage, part: PartInfo, now: datetime) -> Iterator[InboundMessage]:
        key = (event.sender, event.to, part.reference, part.total)
        if _again(held.joined.get(key), event, part):
            yield _whole(held.joined[key], incomplete=False)
            return
        known = held.waiting.get(key, _Parts(now)).parts.get(part.number, event)
        if not _alike(known, event):
            yield _whole(held.waiting.pop(key), incomplete=True)
        waiting = held.waiting.setdefault(key, _Parts(now))
        waiting.parts.setdefault(part.number, event)
        if len(waiting.parts) == part.total:
            held.joined.pop(key, None)
            held.joined[key] = replace(held.waiting.pop(key), since=now)
            yield _whole(waiting, incomplete=False)


def _alike(first: InboundMessage, second: InboundMessage) -> bool:
    return (first.text, first.data) == (second.text, second.data)


def _again(joined: _Parts | None, event: InboundMessage, part: PartInfo) -> bool:
    """Whether a part of a joined message came again; another id says that it is a new one with the same text."""
    known = joined.parts.get(part.number) if joined else None
    if known is None or not _alike(known, event):
        return False
    return known.id == event.id or known.id is None or event.id is None


def _whole(waiting: _Parts, *, incomplete: bool) -> InboundMessage:
    parts = [waiting.parts[number] for number in sorted(waiting.parts)]
    data = [part.data for part in parts if part.data is not None]
    return replace(
        parts[0],
        text=_text(parts),
        media=tuple(media for part in parts for media in part.media),
        data=b"".join(data) if data else None,
        part=parts[0].part if incomplete else None,
        incomplete=incomplete,
        raw={"parts": [dict(part.raw) for part in parts]},
    )


def _text(parts: Sequence[InboundMessage]) -> str:
    """The texts joined, and what was cut within a character made whole."""
    text = parts[0].text
    for before, after in pairwise(parts):
        found = _across(before.part, after)
        text = text + after.text if found is None else text[:-1] + found + after.text[1:]
    return text


def _across(cut: PartInfo | None, after: InboundMessage) -> str | None:
    """The character that lies across the end of a part and the beginning of the next; None where none does."""
    part = after.part
    if cut is None or part is None or cut.tail is None or part.number != cut.number + 1 or not after.text:
        return None
    tail = bytes.fromhex(cut.tail)
    if tail == ESCAPE:
        return gsm7.decode(tail + gsm7.encode(after.text[0]), errors="replace") if gsm7.fits(after.text[0]) else None
    return (tail + bytes.fromhex(part.head)).decode("utf-16-be", "replace") if part.head else None
