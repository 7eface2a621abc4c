"""Requests handed to a simulator in the same process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import TransportError
from ..http import Headers, HttpRequest, HttpResponse, WebhookRequest
from ..network import NetworkPolicy
from ..simulation import LostAnswer, Simulator
from ..smsc.in_process import SimulatedSession
from ..smsc.simulator import SessionSimulator
from ..smsc.values import SubmitRequest, SubmitResponse
from .frames import LOGIN, SUBMIT, Framed, read_frame, status_of

if TYPE_CHECKING:
    from ..talk import Submission

__all__ = ["AsyncSimulatedTransport", "Fault", "SimulatedTransport"]

Fault = Callable[[Any], HttpResponse | SubmitResponse | None]


class SimulatedTransport(Framed):
    """Keeps every request in `requests`, every frame for an SMSC in `submits` besides.

    A `fault` may answer in the simulator's place, or raise `TransportError`.
    """

    blanks = False

    def __init__(self, simulator: Simulator | SessionSimulator, fault: Fault | None = None) -> None:
        self.simulator, self.fault = simulator, fault
        self.requests: list[HttpRequest] = []
        self.submits: list[SubmitRequest] = []
        self._session = SimulatedSession(simulator) if isinstance(simulator, SessionSimulator) else None

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The simulator's answer; a frame of a session comes as a request of `transports.frames`."""
        self.requests.append(request)
        faulty = self.fault(request) if self.fault else None
        if isinstance(faulty, SubmitResponse):
            faulty = self._framed(request, faulty)
        return faulty if faulty is not None else self.handled(request)

    def submit(self, submission: Submission) -> SubmitResponse:
        """The simulated SMSC's response."""
        self.submits.append(submission.request)
        return super().submit(submission)

    def handled(self, request: HttpRequest) -> HttpResponse:
        """What the simulator answers, whatever `fault` would."""
        try:
            if self._session is not None:
                return self._exchanged(self._session, request)
            assert isinstance(self.simulator, Simulator)
            made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        except LostAnswer:
            raise TransportError("the answer was lost", sent=True) from None
        return HttpResponse(made.status, made.headers, made.body)

    def _exchanged(self, session: SimulatedSession, request: HttpRequest) -> HttpResponse:
        if request.method not in (LOGIN, SUBMIT):
            raise TransportError("an SMSC answers no HTTP request", sent=False)
        octets = session.answer(request.body)
        if octets is None:
            raise TransportError("the SMSC does not answer", sent=True)
        frame = read_frame(session.dialect, octets)
        return HttpResponse(status_of(session.dialect, frame), Headers({"Frame": type(frame).__name__}), octets)

    def _framed(self, request: HttpRequest, response: SubmitResponse) -> HttpResponse | None:
        """A fault that is a frame answers a submission, no login."""
        if self._session is None or request.method != SUBMIT:
            return None
        dialect = self._session.dialect
        number = dialect.sequence_of(read_frame(dialect, request.body))
        return HttpResponse(status_of(dialect, response.frame), Headers(), dialect.encode(response.frame, number))

    def close(self) -> None:
        """Nothing to close."""


class AsyncSimulatedTransport:
    """`SimulatedTransport` with `await`; gives way to other tasks before each answer."""

    def __init__(self, simulator: Simulator | SessionSimulator, fault: Fault | None = None) -> None:
        self.inner = SimulatedTransport(simulator, fault)

    @property
    def requests(self) -> list[HttpRequest]:
        """Every request so far."""
        return self.inner.requests

    @property
    def submits(self) -> list[SubmitRequest]:
        """Every frame so far."""
        return self.inner.submits

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The simulator's answer."""
        await asyncio.sleep(0)
        return self.inner.send(request, policy)

    async def submit(self, submission: Submission) -> SubmitResponse:
        """The simulated SMSC's response."""
        await asyncio.sleep(0)
        return self.inner.submit(submission)

    async def aclose(self) -> None:
        """Nothing to close."""
