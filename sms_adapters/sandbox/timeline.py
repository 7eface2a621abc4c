"""What happened between a host and aggregators, in order."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from ..messages import ControlEvent, DeliveryReport, InboundEvent, InboundMessage, OptIn, OptOut, UnreadableEvent
from ..tabular import excerpt, table

__all__ = ["Entry", "Timeline", "wording"]

HEADINGS = ("TIME", "CHANNEL", "DIRECTION", "WHAT", "DETAIL")
DETAIL_COLUMNS = 90


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `when` is aware, `direction` says who sent it to whom."""

    when: datetime
    channel: str
    direction: str
    what: str
    detail: str = ""


class Timeline:
    """Entries in the order in which they were added; safe to share between threads."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was added so far."""
        with self._lock:
            return tuple(self._entries)

    def add(self, when: datetime, channel: str, direction: str, what: str, detail: str = "") -> None:
        """Add an event; `detail` may be foreign text of any length."""
        entry = Entry(when, channel, direction, what, detail)
        with self._lock:
            self._entries.append(entry)

    def render(self) -> str:
        """An aligned plain-text table, times in milliseconds, long details cut."""
        return table(HEADINGS, (_row(entry) for entry in self.entries))

    def to_dicts(self) -> list[dict[str, str]]:
        """JSON-ready values, times in ISO 8601, nothing cut."""
        return [
            {
                "when": entry.when.isoformat(),
                "channel": entry.channel,
                "direction": entry.direction,
                "what": entry.what,
                "detail": entry.detail,
            }
            for entry in self.entries
        ]


def _row(entry: Entry) -> tuple[str, ...]:
    time = entry.when.strftime("%H:%M:%S.%f")[:-3]
    return time, entry.channel, entry.direction, entry.what, excerpt(entry.detail, DETAIL_COLUMNS)


def wording(event: InboundEvent) -> tuple[str, str]:
    """What an event is, in a word or two, and what it says; the text of a handset as it was typed."""
    match event:
        case InboundMessage():
            return "message", f"from {event.sender}: {event.text or _without_text(event)}"
        case DeliveryReport():
            quoted = event.id or event.message_id or "unknown message"
            told = (event.word, event.code, event.description)
            own = " ".join(word for word in told if word and word != event.status)
            return "report", f"{quoted} {event.status}" + (f" ({own})" if own else "")
        case OptOut():
            return "opt-out", event.address
        case OptIn():
            return "opt-in", event.address
        case ControlEvent():
            return "control", event.kind
        case UnreadableEvent():
            return "unreadable", str(event.error)


def _without_text(message: InboundMessage) -> str:
    if message.media:
        return " ".join(item.url for item in message.media)
    return f"{len(message.data)} octets of data" if message.data else "(empty)"
