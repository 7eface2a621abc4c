"""Requests handed to a simulator in the same process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ..errors import TransportError
from ..http import HttpRequest, HttpResponse, WebhookRequest
from ..network import NetworkPolicy
from ..simulation import LostAnswer, Simulator
from ..smsc.in_process import SimulatedSession
from ..smsc.simulator import SessionSimulator
from ..smsc.values import SubmitRequest, SubmitResponse

if TYPE_CHECKING:
    from ..engine import Submission

__all__ = ["AsyncSimulatedTransport", "Fault", "SimulatedTransport"]

Fault = Callable[[Any], HttpResponse | SubmitResponse | None]


class SimulatedTransport:
    """Keeps every request in `requests`, every frame for an SMSC in `submits`.

    A `fault` may answer in the simulator's place, or raise `TransportError`.
    """

    def __init__(self, simulator: Simulator | SessionSimulator, fault: Fault | None = None) -> None:
        self.simulator, self.fault = simulator, fault
        self.requests: list[HttpRequest] = []
        self.submits: list[SubmitRequest] = []
        self._session = SimulatedSession(simulator) if isinstance(simulator, SessionSimulator) else None

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The simulator's answer."""
        self.requests.append(request)
        faulty = self.fault(request) if self.fault else None
        if faulty is not None:
            return cast("HttpResponse", faulty)
        if isinstance(self.simulator, SessionSimulator):
            raise TransportError("an SMSC answers no HTTP request", sent=False)
        try:
            made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        except LostAnswer:
            raise TransportError("the answer was lost", sent=True) from None
        return HttpResponse(made.status, made.headers, made.body)

    def submit(self, submission: Submission) -> SubmitResponse:
        """The simulated SMSC's response."""
        self.submits.append(submission.request)
        faulty = self.fault(submission.request) if self.fault else None
        if faulty is not None:
            return cast("SubmitResponse", faulty)
        if self._session is None:
            raise TransportError("an HTTP API answers no frame", sent=False)
        return self._session.submit(submission.login, submission.request)

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
