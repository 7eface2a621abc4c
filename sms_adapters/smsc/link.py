"""The bookkeeping of one connection: what was asked on it, what was delivered, and what is still to be written."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .backlog import Waiting
from .dialects import Dialect, Frame, Reply
from .errors import FrameError
from .inbox import Inbox, Taken
from .liveness import Liveness
from .numbering import Numbers

if TYPE_CHECKING:
    from .config import SessionConfig
    from .states import Delivery

__all__ = ["Link"]

MOST_BROKEN, BROKEN_SPAN = 10, 60.0
"""So many broken frames within so many seconds are no accident."""


class Link:
    """`flying` are the host's requests without a response, `asked` our own (login, keep-alive, logout), by number.

    `unwritten` are the numbers of those that nobody has taken to write: whatever the peer sends cannot answer them.
    """

    __slots__ = (
        *("_answers", "_broken", "_requests", "asked", "dialect", "flying", "inbox", "liveness", "numbers"),
        *("reader", "traffic", "unwritten"),
    )

    def __init__(self, dialect: Dialect, config: SessionConfig, now: float) -> None:
        self.dialect = dialect
        self.reader = dialect.reader()
        self.numbers = Numbers(dialect)
        self.flying: dict[int, Waiting] = {}
        self.asked: dict[int, str] = {}
        self.inbox = Inbox()
        self.liveness = Liveness(config.keep_alive, config.response_timeout, now)
        self.traffic = now
        self._broken: deque[float] = deque(maxlen=MOST_BROKEN)
        self.unwritten: set[int] = set()
        self._answers: list[bytes] = []
        self._requests: list[bytes] = []

    def output(self) -> bytes:
        """The octets to write, all at once; from now on they may have been sent, and requests may be answered."""
        out = self._answers + self._requests if self._answers else self._requests
        self._answers, self._requests = [], []
        self.unwritten.clear()
        return out[0] if len(out) == 1 else b"".join(out)

    @property
    def has_output(self) -> bool:
        """Whether there is something to write."""
        return bool(self._requests or self._answers)

    def submit(self, item: Waiting, number: int, deadline: float) -> None:
        """Write a request of the host's; FrameError, and the number is free again, where the codec cannot."""
        try:
            octets = self.dialect.encode(item.frame, number)
        except FrameError:
            self.numbers.give_back(number)
            raise
        item.deadline = deadline
        self.flying[number] = item
        self.unwritten.add(number)
        self._requests.append(octets)

    def ask(self, frame: Frame, what: str) -> bool:
        """Write a request of our own; False where no number is free for it."""
        number = self.numbers.next(self.flying, self.asked)
        if number is None:
            return False
        self.asked[number] = what
        self.unwritten.add(number)
        self._requests.append(self.dialect.encode(frame, number))
        return True

    def probe(self, keep_alive: Frame, now: float) -> bool:
        """Ask whether the peer is there; False where no number is free for it: then it owes us responses."""
        asked = self.ask(keep_alive, "keep-alive")
        if asked:
            self.liveness.ask(now)
        else:
            self.liveness.put_off(now)
        return asked

    def reply(self, frame: Frame, reply: Reply) -> None:
        """Answer a request of the peer, where it wants an answer."""
        self.say(self.dialect.reply_to(frame, reply), self.dialect.sequence_of(frame))

    def say(self, frame: Frame | None, number: int) -> None:
        """Write a frame under the peer's number."""
        if frame is not None:
            self._answers.append(self.dialect.encode(frame, number))

    def deliver(self, frame: Frame, raw: bytes) -> bool:
        """Whether a delivery is new; one that is repeated, or one too many, is answered here."""
        taken = self.inbox.take(self.dialect.sequence_of(frame), raw)
        if taken is Taken.ANSWERED:
            self._answers.append(self.inbox.last_answer)
        elif taken is Taken.FULL:
            self.reply(frame, Reply.RETRY_LATER)
        return taken is Taken.NEW

    def acknowledge(self, delivery: Delivery, reply: Reply, answer: Frame | None) -> bool:
        """Answer a delivery; False where it does not wait for an answer."""
        frame, raw = delivery.frame, delivery.raw
        number = self.dialect.sequence_of(frame)
        if not self.inbox.holds(number, raw):
            return False
        answer = answer if answer is not None else self.dialect.reply_to(frame, reply)
        octets = self.dialect.encode(answer, number) if answer is not None else b""
        self._answers += self.inbox.answered(number, raw, octets, accepted=reply is Reply.ACCEPTED)
        return True

    def garbled(self, error: FrameError, now: float) -> bool:
        """Answer a broken frame; whether that is the end, since no more can be read or too many came of late."""
        self.say(self.dialect.garbled(error), error.sequence or 0)
        self._broken.append(now)
        return error.fatal or (len(self._broken) == MOST_BROKEN and now - self._broken[0] < BROKEN_SPAN)

    def unasked(self, number: int) -> str:
        """What to say of a response that nothing waits for."""
        if number in self.unwritten:
            return "before its request was written"
        return "after its request was given up" if self.numbers.release(number) else "that nothing asked for"

    def only_one(self) -> Waiting | None:
        """The request that alone waits for a response, taken off; None where several do, or one of our own."""
        written = [number for number in self.flying if number not in self.unwritten]
        return self.flying.pop(written[0]) if len(written) == 1 and not self.asked else None

    def expired(self, now: float) -> list[Waiting]:
        """The requests whose response is overdue, given up; their numbers are not used again."""
        late = [number for number, item in self.flying.items() if item.deadline <= now]
        for number in late:
            self.numbers.quarantine(number)
        return [self.flying.pop(number) for number in late]

    def end(self) -> tuple[list[Waiting], list[Waiting]]:
        """The requests that may have been sent, and those that certainly were not and now never will be.

        What answers the peer is still to be written, where there is a connection to write it to.
        """
        unwritten = self.unwritten
        sent = [item for number, item in self.flying.items() if number not in unwritten]
        unsent = [item for number, item in self.flying.items() if number in unwritten]
        for left in (self.flying, self.asked, self._requests, unwritten):
            left.clear()
        return sent, unsent

    @property
    def quiet(self) -> bool:
        """Whether nobody waits for an answer of either side."""
        return not self.inbox and all(item.sink.done() for item in self.flying.values())

    @property
    def due(self) -> float:
        """When a response will be overdue, or a keep-alive is to be sent."""
        return min([self.liveness.due, *(item.deadline for item in self.flying.values())])
