"""Joining inbound parts that an aggregator delivers one by one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .messages import InboundEvent, InboundMessage

__all__ = ["PartJoiner"]

Key = tuple[str, str, str, str | None, str, int]


@dataclass(slots=True)
class _Waiting:
    since: datetime
    parts: dict[int, InboundMessage] = field(default_factory=dict)


class PartJoiner:
    """Holds parts in memory until the last has come, or `limit` has passed since the first.

    A message whose time is up is given out with what there is, marked `incomplete`, by the next call. At most `most`
    messages wait; the oldest is given out incomplete when another comes. A host of several processes gives each
    sender to one process, or joins by `InboundMessage.part` in its own database with `joiner=None`.
    """

    def __init__(self, limit: timedelta = timedelta(minutes=10), most: int = 10_000) -> None:
        self.limit, self.most = limit, most
        self._waiting: OrderedDict[Key, _Waiting] = OrderedDict()
        self._lock = threading.Lock()

    def feed(self, channel: tuple[str, str], events: Iterable[InboundEvent], now: datetime) -> tuple[InboundEvent, ...]:
        """`events` without the parts that wait, with the messages they completed."""
        with self._lock:
            found = [event for item in events if (event := self._take(channel, item, now)) is not None]
        return tuple(found)

    def overdue(self, channel: tuple[str, str], now: datetime) -> tuple[InboundMessage, ...]:
        """The messages of a channel whose time is up, and those beyond `most`."""
        with self._lock:
            late = [key for key, item in self._waiting.items() if key[:2] == channel and now - item.since >= self.limit]
            while len(self._waiting) - len(late) > self.most:
                late.append(next(key for key in self._waiting if key not in late))
            return tuple(_joined(self._waiting.pop(key), incomplete=True) for key in late)

    def _take(self, channel: tuple[str, str], event: InboundEvent, now: datetime) -> InboundEvent | None:
        if not isinstance(event, InboundMessage) or event.part is None or event.part.total < 2:
            return event
        part = event.part
        key = (*channel, event.sender, event.to, part.reference, part.total)
        waiting = self._waiting.setdefault(key, _Waiting(now))
        waiting.parts.setdefault(part.number, event)
        if len(waiting.parts) < part.total:
            return None
        return _joined(self._waiting.pop(key), incomplete=False)


def _joined(waiting: _Waiting, *, incomplete: bool) -> InboundMessage:
    parts = [waiting.parts[number] for number in sorted(waiting.parts)]
    data = b"".join(part.data for part in parts if part.data is not None)
    return replace(
        parts[0],
        text="".join(part.text for part in parts),
        data=data or None,
        part=parts[0].part if incomplete else None,
        incomplete=incomplete,
        raw={"parts": [dict(part.raw) for part in parts]},
    )
