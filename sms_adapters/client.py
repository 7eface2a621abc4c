"""What hosts use: `Client` and `AsyncClient`, the same calls without and with `await`."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from .engine import Engine
from .flow import arun, run
from .joining import PartJoiner
from .network import NetworkPolicy
from .smsc import listening
from .smsc.receiving import receive_frame
from .talk import AuthNeeded, Call, Steps, Submission
from .webhooks.core import Receipt, receive

if TYPE_CHECKING:
    from .auth import Auth
    from .channel import AnyChannel
    from .http import WebhookRequest
    from .messages import DeliveryReport, InboundPage, OutboundMessage
    from .results import AccountInfo, SendResult
    from .smsc.background import Arrival, BackgroundPool
    from .smsc.pool import SessionPool
    from .smsc.values import DeliverRequest
    from .transports import AsyncTransport, Transport
    from .webhooks.mounting import Handle

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

    def _delivered(self, channel: AnyChannel, request: DeliverRequest) -> Steps[Receipt]:
        receipt = yield from receive_frame(self._engine, channel, request)
        return self._join(channel, receipt)

    def _late(self, channel: AnyChannel) -> Receipt:
        """The messages whose missing parts have not come in time."""
        if self._joiner is None:
            return Receipt()
        return Receipt(self._joiner.overdue((channel.adapter, channel.id), channel.clock()))

    def _rest(self, channel: AnyChannel) -> Receipt:
        """The messages of which parts are missing still."""
        return Receipt() if self._joiner is None else Receipt(self._joiner.give_up((channel.adapter, channel.id)))

    def _give_back(self, channel: AnyChannel, receipt: Receipt) -> None:
        """Keep what only memory holds of events that the host did not store."""
        if self._joiner is not None:
            self._joiner.give_back((channel.adapter, channel.id), receipt.events)

    def _join(self, channel: AnyChannel, receipt: Receipt) -> Receipt:
        if self._joiner is None or not (receipt.events or receipt.error is None):
            return receipt
        key, now = (channel.adapter, channel.id), channel.clock()
        joined = self._joiner.feed(key, receipt.events, now)
        late = self._joiner.overdue(key, now)
        return replace(receipt, events=joined + late)


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
        self._own_sessions: BackgroundPool | None = None
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._opening = threading.Lock()

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

    @contextmanager
    def listening(self, channel: AnyChannel, handle: Handle) -> Iterator[None]:
        """Within the block, hand what a session channel's SMSC delivers to `handle`, on a thread of the block's own.

        `handle(channel, receipt)` stores `receipt.events`, idempotently on their `id`. The SMSC is answered once it has
        returned, and asked to deliver again if it raises. Messages of which parts are missing when the block ends are
        handed over `incomplete`, since their other parts were acknowledged.
        """
        arrivals: SimpleQueue[Arrival | None] = SimpleQueue()
        thread = threading.Thread(target=self._handle, args=(channel, handle, arrivals), name="sms-adapters listener")
        with self._subscribed(channel, handle, arrivals):
            thread.start()
            try:
                yield
            finally:
                arrivals.put(None)
                thread.join()

    def listen(self, channel: AnyChannel, handle: Handle) -> None:
        """`listening` on the calling thread, until it is interrupted."""
        arrivals: SimpleQueue[Arrival | None] = SimpleQueue()
        with self._subscribed(channel, handle, arrivals):
            self._handle(channel, handle, arrivals)

    def disconnect(self, channel: AnyChannel) -> None:
        """Log a channel out of its SMSC once it has answered, such as one that is deleted; a send connects again."""
        if self._own_sessions is not None:
            self._own_sessions.disconnect(channel)

    @contextmanager
    def _subscribed(self, channel: AnyChannel, handle: Handle, arrivals: SimpleQueue[Arrival | None]) -> Iterator[None]:
        login = listening.session_login(channel, self._perform(AuthNeeded(channel)))
        sessions = self._sessions
        sessions.listen(channel, login, arrivals)
        try:
            yield
        finally:
            sessions.leave(channel)
            while not arrivals.empty():
                if arrival := arrivals.get():
                    arrival.answer(listening.LATER)
            listening.take_rest(self, channel, handle)

    def _handle(self, channel: AnyChannel, handle: Handle, arrivals: SimpleQueue[Arrival | None]) -> None:
        while (arrival := self._next(channel, handle, arrivals)) is not None:
            answer = listening.LATER
            try:
                answer = listening.take(self, channel, handle, arrival.request)
            finally:
                arrival.answer(answer)

    def _next(self, channel: AnyChannel, handle: Handle, arrivals: SimpleQueue[Arrival | None]) -> Arrival | None:
        while True:
            try:
                return arrivals.get(timeout=listening.EVERY)
            except Empty:
                listening.take_late(self, channel, handle)

    def _receive_frame(self, channel: AnyChannel, request: DeliverRequest) -> Receipt:
        return run(self._delivered(channel, request), self._perform)

    @property
    def _sessions(self) -> BackgroundPool:
        """The connections to SMSCs, or a transport that stands in for them."""
        if hasattr(self._transport, "submit"):
            return cast("BackgroundPool", self._transport)
        if self._own_sessions is None:
            from .smsc.background import BackgroundPool

            with self._opening:
                self._own_sessions = self._own_sessions or BackgroundPool(self._engine)
        return self._own_sessions

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
        """Log out of SMSCs once they have answered, and close all connections."""
        try:
            if self._own_sessions is not None:
                self._own_sessions.close()
        finally:
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
        self._own_sessions: SessionPool | None = None
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

    @asynccontextmanager
    async def listening(self, channel: AnyChannel, handle: Handle) -> AsyncIterator[None]:
        """Within the block, hand what a session channel's SMSC delivers to `handle`, several at a time.

        `handle(channel, receipt)` stores `receipt.events`, idempotently on their `id`. The SMSC is answered once it has
        returned, and asked to deliver again if it raises. A sync one runs in the event loop and must not block. The
        block ends once what came before is handled; messages of which parts are missing then are handed over
        `incomplete`, since their other parts were acknowledged.
        """
        login = listening.session_login(channel, await self._perform(AuthNeeded(channel)))
        sessions = self._sessions
        sessions.line(channel, login).listen(partial(listening.atake, self, channel, handle))
        late = asyncio.create_task(listening.atake_late(self, channel, handle))
        try:
            yield
        finally:
            late.cancel()
            if (line := sessions.leave(channel)) is not None:
                await line.settled()
            await listening.atake_rest(self, channel, handle)

    async def listen(self, channel: AnyChannel, handle: Handle) -> None:
        """`listening` until cancelled."""
        async with self.listening(channel, handle):
            await asyncio.Event().wait()

    async def disconnect(self, channel: AnyChannel) -> None:
        """Log a channel out of its SMSC once it has answered, such as one that is deleted; a send connects again."""
        if self._own_sessions is not None:
            await self._own_sessions.disconnect(channel)

    async def _receive_frame(self, channel: AnyChannel, request: DeliverRequest) -> Receipt:
        return await arun(self._delivered(channel, request), self._perform)

    @property
    def _sessions(self) -> SessionPool:
        """The connections to SMSCs, or a transport that stands in for them."""
        if hasattr(self._transport, "submit"):
            return cast("SessionPool", self._transport)
        if self._own_sessions is None:
            from .smsc.pool import SessionPool

            self._own_sessions = SessionPool(self._engine)
        return self._own_sessions

    def _perform(self, step: Call | AuthNeeded | Submission) -> Awaitable[Any]:
        if isinstance(step, Call):
            return self._transport.send(step.request, step.policy)
        if isinstance(step, Submission):
            return self._sessions.submit(step)
        return self._fetch(step)

    async def _fetch(self, need: AuthNeeded) -> Auth:
        known = self._engine.known_auth(need)
        if known is not None:
            return known
        async with self._locks[need.key]:
            known = self._engine.known_auth(need)
            return known if known is not None else await arun(self._engine.fetch_auth(need.channel), self._perform)

    async def aclose(self) -> None:
        """Log out of SMSCs once they have answered, and close all connections."""
        try:
            if self._own_sessions is not None:
                await self._own_sessions.aclose()
        finally:
            await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
