"""What hosts use: `Client` and `AsyncClient`, the same calls without and with `await`."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .engine import AuthNeeded, Call, Engine, Steps, Submission
from .flow import arun, run
from .joining import PartJoiner
from .network import NetworkPolicy
from .webhooks.core import Receipt, receive

if TYPE_CHECKING:
    from .auth import Auth
    from .channel import AnyChannel
    from .http import WebhookRequest
    from .messages import DeliveryReport, InboundPage, OutboundMessage
    from .results import AccountInfo, SendResult
    from .transports import AsyncTransport, Transport

__all__ = ["AsyncClient", "Client"]

T = TypeVar("T")
OWN_JOINER: Any = object()


class _Base:
    def __init__(
        self, plugins: Iterable[object] = (), network: NetworkPolicy | None = None, joiner: PartJoiner | None = None
    ) -> None:
        self._engine = Engine(plugins, network)
        self._joiner = joiner

    def _received(self, channel: AnyChannel, request: WebhookRequest) -> Steps[Receipt]:
        receipt = yield from receive(self._engine, channel, request)
        return self._join(channel, receipt)

    def _join(self, channel: AnyChannel, receipt: Receipt) -> Receipt:
        if self._joiner is None or not (receipt.events or receipt.error is None):
            return receipt
        key, now = (channel.adapter, channel.id), channel.clock()
        joined = self._joiner.feed(key, receipt.events, now)
        late = self._joiner.overdue(key, now)
        return Receipt(joined + late, receipt.response, receipt.error, receipt.verified)


class Client(_Base):
    """Sends and receives for any channel; safe to share between threads, close it when done.

    `transport` replaces httpx. `plugins` are host plug-ins. `network` says where a channel's own URLs may lead. Parts
    of inbound messages are joined by `joiner`, one of its own unless given; None leaves them as they come.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        plugins: Iterable[object] = (),
        network: NetworkPolicy | None = None,
        joiner: PartJoiner | None = OWN_JOINER,
    ) -> None:
        super().__init__(plugins, network, PartJoiner() if joiner is OWN_JOINER else joiner)
        if transport is None:
            from .transports.httpx import HttpxTransport

            transport = HttpxTransport()
        self._transport = transport
        self._sessions: Any = transport
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)

    def send(self, channel: AnyChannel, message: OutboundMessage) -> SendResult:
        """Submit a message once; an `SmsError` tells whether it was refused or is in doubt."""
        return run(self._engine.send(channel, message), self._perform)

    def receive(self, channel: AnyChannel, request: WebhookRequest) -> Receipt:
        """Read a webhook; store `events`, then answer with `response`. Errors are in the receipt, not raised."""
        return run(self._received(channel, request), self._perform)

    def check_account(self, channel: AnyChannel) -> AccountInfo:
        """Ask whether the credentials are accepted, without sending anything."""
        return run(self._engine.check_account(channel), self._perform)

    def query_status(self, channel: AnyChannel, reference: str) -> DeliveryReport:
        """Ask for the status of a submission by its id from `SendResult.ids`."""
        return run(self._engine.query_status(channel, reference), self._perform)

    def fetch_inbound(self, channel: AnyChannel, cursor: str | None = None) -> InboundPage:
        """Poll for events from `cursor` on."""
        return run(self._engine.fetch_inbound(channel, cursor), self._perform)

    def _perform(self, step: Call | AuthNeeded | Submission) -> Any:
        if isinstance(step, Call):
            return self._transport.send(step.request, step.policy)
        if isinstance(step, Submission):
            return self._sessions.submit(step)
        return self._engine.known_auth(step) or self._fetch(step)

    def _fetch(self, need: AuthNeeded) -> Auth:
        with self._locks[need.key]:
            return self._engine.known_auth(need) or run(self._engine.fetch_auth(need.channel), self._perform)

    def close(self) -> None:
        """Close the transport's connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Base):
    """`Client` with `await`; one event loop."""

    def __init__(
        self,
        *,
        transport: AsyncTransport | None = None,
        plugins: Iterable[object] = (),
        network: NetworkPolicy | None = None,
        joiner: PartJoiner | None = OWN_JOINER,
    ) -> None:
        super().__init__(plugins, network, PartJoiner() if joiner is OWN_JOINER else joiner)
        if transport is None:
            from .transports.httpx import AsyncHttpxTransport

            transport = AsyncHttpxTransport()
        self._transport = transport
        self._sessions: Any = transport
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, channel: AnyChannel, message: OutboundMessage) -> SendResult:
        """Submit a message once; an `SmsError` tells whether it was refused or is in doubt."""
        return await arun(self._engine.send(channel, message), self._perform)

    async def receive(self, channel: AnyChannel, request: WebhookRequest) -> Receipt:
        """Read a webhook; store `events`, then answer with `response`. Errors are in the receipt, not raised."""
        return await arun(self._received(channel, request), self._perform)

    async def check_account(self, channel: AnyChannel) -> AccountInfo:
        """Ask whether the credentials are accepted, without sending anything."""
        return await arun(self._engine.check_account(channel), self._perform)

    async def query_status(self, channel: AnyChannel, reference: str) -> DeliveryReport:
        """Ask for the status of a submission by its id from `SendResult.ids`."""
        return await arun(self._engine.query_status(channel, reference), self._perform)

    async def fetch_inbound(self, channel: AnyChannel, cursor: str | None = None) -> InboundPage:
        """Poll for events from `cursor` on."""
        return await arun(self._engine.fetch_inbound(channel, cursor), self._perform)

    async def _perform(self, step: Call | AuthNeeded | Submission) -> Any:
        if isinstance(step, Call):
            return await self._transport.send(step.request, step.policy)
        if isinstance(step, Submission):
            return await self._sessions.submit(step)
        return self._engine.known_auth(step) or await self._fetch(step)

    async def _fetch(self, need: AuthNeeded) -> Auth:
        async with self._locks[need.key]:
            known = self._engine.known_auth(need)
            return known if known is not None else await arun(self._engine.fetch_auth(need.channel), self._perform)

    async def aclose(self) -> None:
        """Close the transport's connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
