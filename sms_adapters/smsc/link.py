"""The bookkeeping of one connection: what was asked on it, what was delivered, and what is still to be written."""

from __future__ import annotations

from .backlog import Waiting
from .dialects import Dialect, Frame, Reply
from .errors import FrameError
from .inbox import Inbox, Taken
from .liveness import Liveness
from .numbering import Numbers

__all__ = ["Link"]


class Link:
    """`flying` are the host's requests without a response, `asked` our own (login, keep-alive, logout), by number."""

    __slots__ = (
        *("_fresh", "_out", "asked", "broken", "dialect", "flying", "inbox", "liveness", "numbers"),
        *("reader", "traffic"),
    )

    def __init__(self, dialect: Dialect, keep_alive: float, patience: float, now: float) -> None:
        self.dialect = dialect
        self.reader = dialect.reader()
        self.numbers = Numbers(dialect)
        self.flying: dict[int, Waiting] = {}
        self.asked: dict[int, str] = {}
        self.inbox = Inbox()
        self.liveness = Liveness(keep_alive, patience, now)
        self.traffic = now
        self.broken = 0
        self._out: list[bytes] = []
        self._fresh = 0

    def output(self) -> bytes:
        """The octets to write, all at once; from now on they may have been sent."""
        out, self._out, self._fresh = self._out, [], 0
        return out[0] if len(out) == 1 else b"".join(out)

    @property
    def has_output(self) -> bool:
        """Whether there is something to write."""
        return bool(self._out)

    def submit(self, item: Waiting, number: int, deadline: float) -> None:
        """Write a request of the host's; FrameError, and the number is free again, where the codec cannot."""
        try:
            octets = self.dialect.encode(item.frame, number)
        except FrameError:
            self.numbers.give_back(number)
            raise
        item.deadline = deadline
        self.flying[number] = item
        self._out.append(octets)
        self._fresh += 1

    def ask(self, frame: Frame, what: str) -> None:
        """Write a request of our own; not where no number is free, for then others wait for a response."""
        number = self.numbers.next(self.flying, self.asked)
        if number is not None:
            self.asked[number] = what
            self._out.append(self.dialect.encode(frame, number))

    def reply(self, frame: Frame, reply: Reply) -> None:
        """Answer a request of the peer, where it wants an answer."""
        self.say(self.dialect.reply_to(frame, reply), self.dialect.sequence_of(frame))

    def say(self, frame: Frame | None, number: int) -> None:
        """Write a frame under the peer's number."""
        if frame is not None:
            self._out.append(self.dialect.encode(frame, number))

    def deliver(self, frame: Frame, raw: bytes) -> bool:
        """Whether a delivery is new; one that is repeated, or one too many, is answered here."""
        taken = self.inbox.take(self.dialect.sequence_of(frame), raw)
        if taken is Taken.ANSWERED:
            self._out.append(self.inbox.last_answer)
        elif taken is Taken.FULL:
            self.reply(frame, Reply.RETRY_LATER)
        return taken is Taken.NEW

    def acknowledge(self, frame: Frame, reply: Reply, answer: Frame | None) -> bool:
        """Answer a delivery; False where none waits under its number."""
        number = self.dialect.sequence_of(frame)
        if not self.inbox.holds(number):
            return False
        answer = answer if answer is not None else self.dialect.reply_to(frame, reply)
        octets = self.dialect.encode(answer, number) if answer is not None else b""
        self.inbox.answered(number, octets)
        self._out.append(octets)
        return True

    def expired(self, now: float) -> list[Waiting]:
        """The requests whose response is overdue, given up; their numbers are not used again."""
        late = [number for number, item in self.flying.items() if item.deadline <= now]
        for number in late:
            self.numbers.quarantine(number)
        return [self.flying.pop(number) for number in late]

    def end(self) -> tuple[list[Waiting], list[Waiting]]:
        """The requests that may have been sent, and those that certainly were not; all are taken off."""
        items = list(self.flying.values())
        written = len(items) - self._fresh
        if self._fresh:
            self._out.clear()
        self.flying.clear()
        return items[:written], items[written:]

    @property
    def quiet(self) -> bool:
        """Whether nobody waits for an answer of either side."""
        return not self.inbox and all(item.sink.done() for item in self.flying.values())

    @property
    def due(self) -> float:
        """When a response will be overdue, or a keep-alive is to be sent."""
        return min([self.liveness.due, *(item.deadline for item in self.flying.values())])
