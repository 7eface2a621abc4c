"""The sessions of a client: one set of binds for each channel, opened on first use."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from ..errors import ConfigError, TransportError
from ..redact import Redactor, secrets_of
from .backlog import Backlog
from .config import SessionConfig
from .dialects import Reply
from .driver import Driver
from .session import Session
from .states import Delivery, Health, State
from .values import DeliverRequest, DeliverResponse, Login, SubmitRequest, SubmitResponse

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..engine import Engine
    from ..network import NetworkPolicy
    from ..talk import Submission
    from .backlog import Sink

__all__ = ["Deliver", "SessionPool"]

Deliver: TypeAlias = Callable[[DeliverRequest], Awaitable[DeliverResponse]]
log = logging.getLogger("sms_adapters.smsc")
QUIET = (State.CONNECTING, State.BINDING, State.BOUND, State.CLOSING, State.CLOSED)
MENDED = "to {}, choose another bind in its configuration, such as transceiver"


class Line:
    """The binds of one channel, and who listens."""

    def __init__(self, engine: Engine, channel: AnyChannel, login: Login) -> None:
        config = channel.config
        if not isinstance(config, SessionConfig):
            raise ConfigError(f"the configuration of {channel.adapter!r} is no SessionConfig, so nothing can connect")
        self.engine, self.channel, self.login = engine, channel, login
        self.backlog = Backlog(config.queue_timeout, config.throughput)
        self._redactor = Redactor((*secrets_of(config), *login.secrets))
        self.listener: Deliver | None = None
        self._warned = False
        self._tasks: set[asyncio.Task[None]] = set()
        sessions = [Session(login, config, self.backlog, random.random, number) for number in range(len(login.binds))]
        self.drivers = [Driver(one, self._policy, self._delivered, self._health) for one in sessions]
        self._senders = [driver for driver in self.drivers if driver.session.asks]
        self._submits = any(mode.submits for mode in login.binds)

    def _policy(self) -> NetworkPolicy | None:
        return self.engine.session_policy(self.channel)

    def serves(self, channel: AnyChannel, login: Login) -> bool:
        """Whether these are the binds of a channel as it is configured now."""
        if login is not self.login and login != self.login:
            return False
        return channel.config is self.channel.config or channel.config == self.channel.config

    def put(self, request: SubmitRequest, sink: Sink) -> None:
        """Send a frame on whichever bind has room; ConfigError for a message where all are receivers."""
        if request.submits and not self._submits:
            raise ConfigError(f"channel {self.channel.id!r} binds as receiver only: {MENDED.format('send')}")
        self.backlog.put(request.frame, sink, asyncio.get_running_loop().time(), request.timeout)
        for driver in self._senders:
            driver.pump()
            if not len(self.backlog):
                break

    def listen(self, listener: Deliver | None) -> None:
        """Hand what is delivered to `listener`, and hold the connections open; None ends that."""
        if listener is not None and self.listener is not None:
            raise ConfigError(
                f"somebody listens to channel {self.channel.id!r} already: one listener stores everything"
            )
        if listener is not None and not any(mode.receives for mode in self.login.binds):
            raise ConfigError(f"channel {self.channel.id!r} binds as transmitter only: {MENDED.format('receive')}")
        self.listener, self._warned = listener, False
        for driver in self.drivers:
            driver.hold_open(held=listener is not None)
            if listener is not None:
                driver.open()

    def take_over(self, before: Line) -> None:
        """Go on for who listened to the channel as it was configured before."""
        try:
            self.listen(before.listener)
        except ConfigError as error:  # of a listener that has begun long ago, nobody would be told
            log.warning("smsc %s: nothing more is received: %s", self.channel.id, error.message)

    def _delivered(self, driver: Driver, delivery: Delivery) -> None:
        """What nobody listens for is asked for later: acknowledged, it would be lost."""
        if self.listener is None:
            if not self._warned:
                self._warned = True
                log.warning("smsc %s: messages come and nobody listens: the SMSC is told to try later", self.channel.id)
            driver.acknowledge(delivery, Reply.RETRY_LATER)
            return
        request = DeliverRequest(delivery.frame, delivery.raw, driver.remote, self.login.dialect)
        task = asyncio.get_running_loop().create_task(self._hand_over(driver, delivery, request, self.listener))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(self, driver: Driver, delivery: Delivery, request: DeliverRequest, listener: Deliver) -> None:
        answer = DeliverResponse(Reply.RETRY_LATER)
        try:
            answer = await listener(request)
        finally:
            driver.acknowledge(delivery, answer.reply, answer.frame)

    async def settled(self) -> None:
        """Returns once all that was handed over is handled."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _health(self, health: Health) -> None:
        """Tell plug-ins and log; the words are the SMSC's, which may quote what it was sent."""
        health = health._replace(reason=self._redactor.text(health.reason))
        level = logging.INFO if health.state in QUIET else logging.WARNING
        log.log(level, "smsc %s, bind %d: %s: %s", self.channel.id, health.number, health.state, health.reason)
        self.engine.manager(self.channel).notify("sms_session_changed", channel=self.channel, health=health)

    async def close(self) -> None:
        """Drain and close all binds; what is delivered meanwhile is still handed over, as long as draining may take."""
        self.backlog.refused = lambda: TransportError("not sent: the client is closed", sent=False)
        self.backlog.fail("the client is closed")
        await asyncio.gather(*(driver.close() for driver in self.drivers))
        for task in self._tasks:
            task.cancel()


class SessionPool:
    """All lines of a client, on one event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lines: dict[tuple[str, str], Line] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def line(self, channel: AnyChannel, login: Login) -> Line:
        """The line of a channel; a new one where its configuration has changed, while the old one drains."""
        key = channel.adapter, channel.id
        found = self._lines.get(key)
        if found is not None and found.serves(channel, login):
            return found
        made = self._lines[key] = Line(self._engine, channel, login)
        if found is not None:
            made.take_over(found)
            task = asyncio.get_running_loop().create_task(found.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        return made

    def leave(self, channel: AnyChannel) -> Line | None:
        """Listen to a channel no longer, also where its configuration has changed meanwhile."""
        line = self._lines.get((channel.adapter, channel.id))
        if line is not None:
            line.listen(None)
        return line

    def submit(self, submission: Submission) -> asyncio.Future[SubmitResponse]:
        """The response to come; `TransportError` says whether the frame may have been sent."""
        future: asyncio.Future[SubmitResponse] = asyncio.get_running_loop().create_future()
        self.line(submission.channel, submission.login).put(submission.request, future)
        return future

    async def disconnect(self, channel: AnyChannel) -> None:
        """Drain and close the line of a channel, if it has one."""
        line = self._lines.pop((channel.adapter, channel.id), None)
        if line is not None:
            await line.close()

    def abandon(self) -> None:
        """In a forked process: give up the sockets, of which the parent goes on using its own copies."""
        for line in self._lines.values():
            for driver in line.drivers:
                driver.abandon()

    async def aclose(self) -> None:
        """Drain and close every line."""
        lines, self._lines = list(self._lines.values()), {}
        await asyncio.gather(*(line.close() for line in lines), *self._closing)
