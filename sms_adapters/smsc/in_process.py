"""A session with a simulated SMSC in the same process: frames go through the codec both ways, over no connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import AdapterDefect, AuthError, TransportError
from ..simulation import LostAnswer
from .dialects import Dialect, Frame, Kind, Reply
from .errors import FrameError
from .simulator import SessionSimulator
from .values import DeliverRequest, Login, SubmitRequest, SubmitResponse

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
    """Logs in once for each `Login`, then answers one request at a time."""

    def __init__(self, simulator: SessionSimulator) -> None:
        self.simulator = simulator
        self._bound: Login | None = None

    def submit(self, login: Login, request: SubmitRequest) -> SubmitResponse:
        """The response; AuthError for a refused login, TransportError for a lost response."""
        dialect = login.dialect
        try:
            if self._bound != login:
                self._bind(login)
            number = next(dialect.sequences())
            frame, _ = passed(dialect, request.frame, number)
            made = [self._answer(dialect, frame)]
            answer, raw = passed(dialect, made[0], number)
        except FrameError as error:
            raise AdapterDefect(f"a frame cannot be written: {error}") from error
        except LostAnswer:
            raise TransportError("the connection was lost before the response", sent=True) from None
        return SubmitResponse(answer, dialect.outcome(answer), raw)

    def _bind(self, login: Login) -> None:
        dialect = login.dialect
        asked = dialect.login(login, login.binds[0])
        if asked is not None:
            number = next(dialect.sequences())
            frame, _ = passed(dialect, asked, number)
            admission = self.simulator.login(frame)
            answer, _ = passed(dialect, admission.response, number)
            outcome = dialect.outcome(answer)
            if admission.mode is None or not outcome.ok:
                code, text = outcome.code or None, outcome.text or None
                raise AuthError("the SMSC refused the login", provider_code=code, provider_text=text)
        self._bound = login

    def _answer(self, dialect: Dialect, frame: Frame) -> Frame:
        """The first response to a frame; the server's own for what is no submission."""
        if dialect.kind(frame) is not Kind.SUBMIT:
            return dialect.reply_to(frame, Reply.ACCEPTED)
        for answer in self.simulator.answer(frame):
            return answer
        raise LostAnswer
