"""What carries requests: the seam between the engine and an HTTP client.

A transport opens the connections and nothing else: no retry, no redirect, no cookie. It raises `TransportError` with
`sent=False` only where it is proven that the request did not leave. Where `policy` is given, it connects to no address
that the policy refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..http import HttpRequest, HttpResponse
    from ..network import NetworkPolicy

__all__ = ["AsyncTransport", "Transport"]


class Transport(Protocol):
    """A synchronous transport; safe to use from several threads."""

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        ...

    def close(self) -> None:
        """Give up all connections."""
        ...


class AsyncTransport(Protocol):
    """An asynchronous transport."""

    async def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The answer to `request`, or `TransportError`."""
        ...

    async def aclose(self) -> None:
        """Give up all connections."""
        ...
