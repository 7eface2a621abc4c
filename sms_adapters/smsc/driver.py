"""A session on an asyncio event loop: connections, timers, and what is delivered.

A submission costs a Future and no task. What one turn of the event loop makes is written in one call: an SMSC that
acknowledges each segment late would otherwise halve the rate.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .dialling import Unreachable, dial
from .session import Session
from .states import Connect, Delivery, Disconnect, Happening, Health, State

if TYPE_CHECKING:
    from ..network import NetworkPolicy
    from .dialects import Frame, Reply

__all__ = ["Driver", "Wire"]

HIGH_WATER = 1 << 16
MOST_UNREAD = 1 << 20
"""Octets that the SMSC has not read, beyond which nothing of its is read either: only answers to it grow so many."""
CLOSE_TIMEOUT = 5.0
NEVER = float("inf")


class Wire(asyncio.Protocol):
    """One connection; tells its driver what happens as long as the driver has no other."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.transport: asyncio.Transport | None = None
        self.remote = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass on; in TLS this comes after the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(HIGH_WATER)
        peer = transport.get_extra_info("peername")
        self.remote = str(peer[0]) if peer else ""
        self._driver.made(self, transport)

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self._driver.received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on, in words."""
        self._driver.lost(self, "the SMSC closed the connection" if exc is None else f"connection lost: {exc}")

    def pause_writing(self) -> None:
        """The SMSC does not read: leave the rest in the backlog, where it is certain not to have been sent."""
        self._driver.session.full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._driver.session.full = False
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        self._driver.pump()

    def write(self, data: bytes) -> None:
        """Write, and read no more from an SMSC that reads nothing but asks and asks."""
        transport = self.transport
        if transport is not None and data:
            transport.write(data)
            if transport.get_write_buffer_size() > MOST_UNREAD and not transport.is_closing():
                transport.pause_reading()


class Driver:
    """Drives one session; `deliver` and `health` are called with what it brings and tells."""

    def __init__(
        self,
        session: Session,
        policy: Callable[[], NetworkPolicy | None],
        deliver: Callable[[Driver, Delivery], None],
        health: Callable[[Health], None],
    ) -> None:
        self.session = session
        self._policy, self._deliver, self._health = policy, deliver, health
        self._loop = asyncio.get_running_loop()
        self._wire: Wire | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed = NEVER
        self._flushing = False
        self._leaving: set[Wire] = set()
        self._closed = asyncio.Event()

    @property
    def remote(self) -> str:
        """The SMSC's address, empty without a connection."""
        return self._wire.remote if self._wire else ""

    def open(self) -> None:
        """Connect, unless it is connected or on its way."""
        if self.session.state is State.CLOSED:
            self.session.open(self._loop.time())
            self._act()

    def hold_open(self, *, held: bool) -> None:
        """Stay connected without messages, or no longer."""
        self.session.hold_open(held=held)
        self._act()

    def pump(self) -> None:
        """Something was put into the backlog."""
        self.session.pump(self._loop.time())
        self._act()

    def acknowledge(self, delivery: Delivery, reply: Reply, frame: Frame | None = None) -> bool:
        """Answer a delivery; False where its connection is gone."""
        done = self.session.acknowledge(delivery, reply, self._loop.time(), frame)
        self._act()
        return done

    def made(self, wire: Wire, transport: asyncio.Transport) -> None:
        """A connection is there; too late where it is no longer wanted."""
        if self.session.state is not State.CONNECTING:
            transport.abort()
            return
        self._wire = wire
        self.session.connected(self._loop.time())
        self._act()

    def received(self, wire: Wire, data: bytes) -> None:
        """Octets came on a connection."""
        if wire is self._wire:
            self.session.receive(data, self._loop.time())
            self._act()

    def lost(self, wire: Wire, reason: str) -> None:
        """A connection is gone."""
        self._leaving.discard(wire)
        if wire is self._wire:
            self._wire = None
            self.session.full = False
            self.session.cut(reason, self._loop.time())
        self._act()

    async def close(self) -> None:
        """Drain, log out and disconnect."""
        self._closed = asyncio.Event()
        self.session.close(self._loop.time())
        self._act()
        await self._closed.wait()
        if self._timer is not None:
            self._timer.cancel()

    def abort(self) -> None:
        """Drop everything at once, as when the event loop is about to end."""
        for wire in (*self._leaving, self._wire):
            if wire is not None and wire.transport is not None:
                wire.transport.abort()
        for handle in (self._timer, self._dialling):
            if handle is not None:
                handle.cancel()

    def abandon(self) -> None:
        """In a forked process: nothing stands behind our copies of the sockets any more, and no word is sent.

        Closed by the parent, a connection would stay open as long as a copy of it does.
        """
        nothing = os.open(os.devnull, os.O_RDWR)
        transports = [wire.transport for wire in (*self._leaving, self._wire) if wire is not None]
        for transport in transports:
            socket = transport.get_extra_info("socket") if transport is not None else None
            if socket is not None and socket.fileno() >= 0:
                os.dup2(nothing, socket.fileno(), inheritable=False)
        os.close(nothing)

    def _act(self) -> None:
        """Do what the session asks for, after each call of it."""
        session = self.session
        while session.happened:
            self._do(session.happened.pop(0))
        if not self._flushing and session.link.has_output:
            self._flushing = True
            self._loop.call_soon(self._flush)
        if session.due < self._armed:
            self._arm()
        if session.state is State.CLOSED and not self._leaving:
            self._closed.set()

    def _do(self, happening: Happening) -> None:
        match happening:
            case Delivery():
                self._deliver(self, happening)
            case Health():
                self._health(happening)
            case Connect():
                self._dialling = self._loop.create_task(self._dial())
            case Disconnect():
                self._disconnect()

    def _flush(self) -> None:
        self._flushing = False
        if self._wire is not None and self._wire.transport is not None:
            self._wire.write(self.session.link.output())

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = self.session.due
        self._timer = self._loop.call_at(self._armed, self._tick)

    def _tick(self) -> None:
        self._timer, self._armed = None, NEVER
        self.session.tick(self._loop.time())
        self._act()

    async def _dial(self) -> None:
        try:
            config, dialect = self.session.config, self.session.dialect
            await dial(lambda: Wire(self), config, dialect, self._policy())
        except Unreachable as error:
            self.session.cut(str(error), self._loop.time())
        except ConfigError as error:
            sentence = error.message
            self.session.cut(sentence, self._loop.time(), lambda: ConfigError(sentence))
        except Exception as error:  # noqa: BLE001 - whatever it is, another attempt has to follow
            self.session.cut(f"no connection: {type(error).__name__}: {error}", self._loop.time())
        self._act()

    def _disconnect(self) -> None:
        """Give up the connection, or the attempt to make one."""
        if self._dialling is not None and not self._dialling.done():
            self._dialling.cancel()
        self._flush()
        wire, self._wire = self._wire, None
        self.session.full = False
        if wire is not None and wire.transport is not None:
            self._leaving.add(wire)
            wire.transport.close()
            self._loop.call_later(CLOSE_TIMEOUT, wire.transport.abort)
