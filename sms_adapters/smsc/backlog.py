"""What waits to be sent: shared by all binds of a channel, so that whichever has room takes the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from ..errors import SmsError, TransportError
from .dialects import Frame
from .pacing import Pace
from .values import SubmitResponse

__all__ = ["Backlog", "Sink", "Waiting"]


class Sink(Protocol):
    """Who waits for a response: an asyncio or concurrent Future, or something like it."""

    def done(self) -> bool: ...  # noqa: D102
    def set_result(self, result: SubmitResponse, /) -> None: ...  # noqa: D102
    def set_exception(self, error: SmsError, /) -> None: ...  # noqa: D102


class Waiting:
    """A request on its way: `until` is when it fails if it was not written by then, `deadline` is for its response."""

    __slots__ = ("attempts", "deadline", "frame", "order", "sink", "timeout", "told", "until")

    def __init__(self, frame: Frame, sink: Sink, until: float, timeout: float | None = None) -> None:
        self.frame, self.sink, self.until, self.timeout = frame, sink, until, timeout
        self.deadline = 0.0
        self.order = self.attempts = 0
        self.told: SubmitResponse | None = None

    def answer(self, response: SubmitResponse) -> None:
        """Tell the response, unless nobody waits any more."""
        if not self.sink.done():
            self.sink.set_result(response)

    def fail(self, error: SmsError) -> None:
        """Tell that there is none."""
        if not self.sink.done():
            self.sink.set_exception(error)

    def unsent(self, reason: str) -> None:
        """Tell that it certainly was not accepted: the SMSC's own words if it gave some, else that it did not leave."""
        if self.told is not None:
            self.answer(self.told)
        else:
            self.fail(TransportError(f"not sent: {reason}", sent=False))


class Backlog:
    """Requests in the order in which they are to leave.

    `refused`, while set, makes the error that every request gets at once: there never was a connection, or the login is
    refused. `reason` is why nothing leaves at present, `bound` how many sessions can take from it.
    """

    __slots__ = ("_items", "_put", "bound", "pace", "reason", "refused", "served", "timeout")

    def __init__(self, timeout: float, throughput: float = 0.0) -> None:
        self._items: deque[Waiting] = deque()
        self.timeout = timeout
        self.pace = Pace(throughput) if throughput else None
        self.refused: Callable[[], SmsError] | None = None
        self.reason = "no connection to the SMSC yet"
        self._put = self.bound = 0
        self.served = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, frame: Frame, sink: Sink, now: float, timeout: float | None = None) -> None:
        """Take a request, or fail it at once."""
        item = Waiting(frame, sink, now + self.timeout, timeout)
        if self.refused is not None:
            item.fail(self.refused())
        else:
            item.order = self._put = self._put + 1
            self._items.append(item)

    def put_back(self, item: Waiting) -> None:
        """Take one again that was not accepted, in its old place."""
        earlier = []
        while self._items and self._items[0].order < item.order:
            earlier.append(self._items.popleft())
        self._items.appendleft(item)
        self._items.extendleft(reversed(earlier))

    def take(self) -> Waiting | None:
        """The next for which somebody still waits."""
        while self._items:
            item = self._items.popleft()
            if not item.sink.done():
                return item
        return None

    @property
    def due(self) -> float:
        """When the first will have waited long enough."""
        return self._items[0].until if self._items else float("inf")

    def expire(self, now: float) -> None:
        """Fail what has waited long enough."""
        while self._items and self._items[0].until <= now:
            self._items.popleft().unsent(self.reason)

    def admitted(self) -> None:
        """A session is bound."""
        self.bound += 1
        self.served, self.refused = True, None

    def deserted(self, reason: str, error: Callable[[], SmsError] | None) -> None:
        """A connection was lost or not made: if none is left, what waits fails where waiting is no use."""
        if self.bound:
            return
        self.reason = reason
        if error is not None or not self.served:
            self.refused = error or (lambda: TransportError(f"not sent: {reason}", sent=False))
            self.fail(reason, error)

    def fail(self, reason: str, error: Callable[[], SmsError] | None = None) -> None:
        """Fail everything that waits."""
        items, self._items = self._items, deque()
        for item in items:
            if error is not None:
                item.fail(error())
            else:
                item.unsent(reason)
