"""A session with a simulated SMSC in the same process: frames go through the codec both ways, over no connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .dialects import Dialect, Frame, Kind, Reply
from .errors import FrameError
from .simulator import SessionSimulator
from .values import DeliverRequest

__all__ = ["SimulatedSession", "delivered", "passed"]


def passed(dialect: Dialect, frame: Frame, sequence: int) -> tuple[Frame, bytes]:
    """A frame as its receiver reads it, and its octets; FrameError where the codec cannot write or read it."""
    raw = dialect.encode(frame, sequence)
    [(found, _)] = dialect.reader().feed(raw)
    if isinstance(found, FrameError):
        raise found
    return found, raw


def delivered(dialect: Dialect, requests: Iterable[DeliverRequest]) -> Iterator[DeliverRequest]:
    """What a simulator pushes, as it reaches the other side."""
    numbers = dialect.peer_sequences()
    for request in requests:
        frame, raw = passed(dialect, request.frame, next(numbers))
        yield DeliverRequest(frame, raw, request.remote or "127.0.0.1", dialect)


class SimulatedSession:
    """Answers one frame at a time; whether somebody has logged in is for the peer to care about."""

    def __init__(self, simulator: SessionSimulator) -> None:
        self.simulator = simulator
        self.dialect = simulator.dialect

    def answer(self, octets: bytes) -> bytes | None:
        """The response to a frame; None where there is none. LostAnswer as from the simulator."""
        [(frame, _)] = self.dialect.reader().feed(octets)
        if isinstance(frame, FrameError):
            made, number = self.dialect.garbled(frame), frame.sequence or 0
        else:
            made, number = self._answer(frame), self.dialect.sequence_of(frame)
        return None if made is None else self.dialect.encode(made, number)

    def _answer(self, frame: Frame) -> Frame | None:
        kind = self.dialect.kind(frame)
        if kind is Kind.LOGIN:
            return self.simulator.login(frame).response
        if kind is Kind.SUBMIT:
            return next(iter(self.simulator.answer(frame)), None)
        return self.dialect.reply_to(frame, Reply.ACCEPTED)
