"""Requests handed to a simulator in the same process, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..errors import TransportError
from ..http import HttpRequest, HttpResponse, WebhookRequest
from ..network import NetworkPolicy
from ..simulation import LostAnswer, Simulator

__all__ = ["AsyncSimulatedTransport", "Fault", "SimulatedTransport"]

Fault = Callable[[HttpRequest], HttpResponse | None]


class SimulatedTransport:
    """Keeps every request in `requests`; a `fault` may answer in the simulator's place, or raise `TransportError`."""

    def __init__(self, simulator: Simulator, fault: Fault | None = None) -> None:
        self.simulator, self.fault = simulator, fault
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The simulator's answer."""
        self.requests.append(request)
        faulty = self.fault(request) if self.fault else None
        if faulty is not None:
            return faulty
        try:
            made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        except LostAnswer:
            raise TransportError("the answer was lost", sent=True) from None
        return HttpResponse(made.status, made.headers, made.body)

    def close(self) -> None:
        """Nothing to close."""


class AsyncSimulatedTransport:
    """`SimulatedTransport` with `await`; gives way to other tasks before each answer."""

    def __init__(self, simulator: Simulator, fault: Fault | None = None) -> None:
        self.inner = SimulatedTransport(simulator, fault)

    @property
    def requests(self) -> list[HttpRequest]:
        """Every request so far."""
        return self.inner.requests

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The simulator's answer."""
        await asyncio.sleep(0)
        return self.inner.send(request, policy)

    async def aclose(self) -> None:
        """Nothing to close."""
