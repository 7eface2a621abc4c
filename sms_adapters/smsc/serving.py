"""A simulated SMSC on a TCP port, in plain or TLS, well behaved or in one of the ways that real ones are not."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, TypeAlias

from ..simulation import Fate, LostAnswer, SimulatedMessage
from .dialects import BindMode, Frame, Kind, Reply
from .errors import FrameError
from .simulator import Quirk, SessionSimulator
from .values import DeliverRequest

__all__ = ["PROFILES", "Answering", "Profile", "SmscServer", "listening", "serve", "serving"]

Answering: TypeAlias = Callable[[Frame], Awaitable[Sequence[Frame] | None]]
"""Answers a submission; None cuts the connection."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How an SMSC behaves beside the protocol.

    `quirks` are within its frames. `window` unanswered submissions are one too many for the next, 0 for no limit, each
    answered after `delay` seconds; so are more than `rate` within a second. It hangs up after `idle` seconds without
    a frame, sends garbage after every `garbage`th submission, and writes `chunk` octets at a time; 0 for never.
    `early` sends receipts before the response.
    """

    summary: str
    quirks: frozenset[Quirk] = frozenset()
    window: int = 0
    delay: float = 0.0
    rate: int = 0
    idle: float = 0.0
    garbage: int = 0
    chunk: int = 0
    early: bool = False


GOOD = Profile("as the protocol has it")
PROFILES: Mapping[str, Profile] = {
    "good": GOOD,
    "hex_id": Profile("ids in hexadecimal in the response, in decimal in the receipt", frozenset({Quirk.HEX_ID})),
    "padded_id": Profile("ids with leading zeros in the receipt", frozenset({Quirk.PADDED_ID})),
    "bare_error": Profile("error responses without a body", frozenset({Quirk.BARE_ERROR})),
    "ucs2_receipt": Profile("the text of receipts in UCS-2", frozenset({Quirk.UCS2_RECEIPT})),
    "early_receipt": Profile("receipts before the response to the submission", early=True),
    "small_window": Profile("a window of two, whatever was agreed", window=2, delay=0.02),
    "throttle": Profile("no more than twenty submissions a second", rate=20),
    "idle_cut": Profile("the connection is cut after a second without a frame", idle=1.0),
    "garbage": Profile("garbage after every third submission", garbage=3),
    "slow": Profile("one octet at a time", chunk=1),
}
"""The ways of misbehaving that the driver is tested against, by name."""

GARBAGE = b"\x00\x00\x00\x10\x02no frame\x03\r\n"
"""For SMPP a PDU of sixteen octets with a command that there is not, for UCP/EMI and CIMD2 noise and a frame of it."""
WINDOW = 10
OCTET_TIME = 0.0005
EARLY_WAIT = 5.0


class _Peer(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, server: SmscServer) -> None:
        self.server = server
        self.dialect = server.simulator.dialect
        self.mode: BindMode | None = None
        self.waiting: dict[int, DeliverRequest] = {}
        self._reader = self.dialect.reader()
        self._numbers = self.dialect.peer_sequences()
        self._recent: deque[float] = deque()
        self._unanswered = self._submits = 0
        self._slow: deque[bytes] = deque()
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        self.server.peers.append(self)
        self._touch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.peers.remove(self)
        self.server.requeue(self.waiting.values())
        if self._idle is not None:
            self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        self._touch()
        for frame, _ in self._reader.feed(data):
            if isinstance(frame, FrameError):
                self._garbled(frame)
            else:
                self._frame(frame)

    def deliver(self, request: DeliverRequest) -> None:
        """Send a message or report; it is sent again on another connection if this one ends without an answer."""
        number = next(self._numbers)
        self.waiting[number] = request
        self._say(request.frame, number)

    def _garbled(self, error: FrameError) -> None:
        answer = self.dialect.garbled(error)
        if answer is not None:
            self._say(answer, error.sequence or 0)
        if error.fatal:
            self._close()

    def _frame(self, frame: Frame) -> None:
        kind, number = self.dialect.kind(frame), self.dialect.sequence_of(frame)
        if kind is Kind.RESPONSE:
            self.server.answered(self.waiting.pop(number, None), frame)
        elif kind is Kind.LOGIN:
            self._login(frame, number)
        elif kind is Kind.SUBMIT and self.mode is not None:
            self._submit(frame, number)
        else:
            self._other(frame, kind, number)

    def _login(self, frame: Frame, number: int) -> None:
        admission = self.server.simulator.login(frame)
        self.mode = admission.mode
        self._say(admission.response, number)
        if self.mode is None:
            self._close()
        else:
            self.server.push_waiting()

    def _other(self, frame: Frame, kind: Kind, number: int) -> None:
        allowed = kind in (Kind.KEEP_ALIVE, Kind.LOGOUT, Kind.NOTICE)
        answer = self.dialect.reply_to(frame, Reply.ACCEPTED if allowed else Reply.REFUSED)
        if answer is not None:
            self._say(answer, number)
        if kind is Kind.LOGOUT:
            self._close()

    def _submit(self, frame: Frame, number: int) -> None:
        profile = self.server.profile
        self._submits += 1
        if self._too_much(profile):
            self._say(self.server.simulator.congested(frame), number)
        elif profile.delay:
            self._unanswered += 1
            self.loop.call_later(profile.delay, self._answer, frame, number)
        else:
            self._unanswered += 1
            self._answer(frame, number)
        if profile.garbage and self._submits % profile.garbage == 0:
            self._write(GARBAGE)

    def _too_much(self, profile: Profile) -> bool:
        if profile.window and self._unanswered >= profile.window:
            return True
        if profile.rate:
            while self._recent and self._recent[0] <= self.loop.time() - 1:
                self._recent.popleft()
            if len(self._recent) >= profile.rate:
                return True
            self._recent.append(self.loop.time())
        return False

    async def _answer_later(self, frame: Frame, number: int, answering: Answering) -> None:
        answers = await answering(frame)
        if self.server.profile.early and answers is not None:
            await self.server.next_push()
        self._unanswered -= 1
        if answers is None:
            self.transport.abort()
        elif not self.transport.is_closing():
            for answer in answers:
                self._say(answer, number)

    def _answer(self, frame: Frame, number: int) -> None:
        if self.server.answering is not None:
            self.server.spawn(self._answer_later(frame, number, self.server.answering))
            return
        self._unanswered -= 1
        simulator = self.server.simulator
        before = len(simulator.accepted)
        try:
            answers = list(simulator.answer(frame))
        except LostAnswer:
            self.transport.abort()
            return
        accepted = simulator.accepted[before:]
        if self.server.profile.early:
            self.server.report(accepted)
        for answer in answers:
            self._say(answer, number)
        if not self.server.profile.early:
            self.server.report(accepted)

    def _say(self, frame: Frame, number: int) -> None:
        self._write(self.dialect.encode(frame, number))

    def _write(self, octets: bytes) -> None:
        chunk = self.server.profile.chunk
        if not chunk:
            self.transport.write(octets)
            return
        if not self._slow:
            self.loop.call_later(OCTET_TIME, self._write_slowly)
        self._slow.extend(octets[start : start + chunk] for start in range(0, len(octets), chunk))

    def _write_slowly(self) -> None:
        if self._slow and not self.transport.is_closing():
            self.transport.write(self._slow.popleft())
            if self._slow:
                self.loop.call_later(OCTET_TIME, self._write_slowly)

    def _close(self) -> None:
        """Hang up once all is written, slowly or not."""
        if self._slow:
            self.loop.call_later(OCTET_TIME, self._close)
        else:
            self.transport.close()

    def _touch(self) -> None:
        if self.server.profile.idle:
            if self._idle is not None:
                self._idle.cancel()
            self._idle = self.loop.call_later(self.server.profile.idle, self.transport.abort)


class SmscServer:
    """A simulated SMSC that listens: what it wants to deliver waits until somebody who receives is logged in.

    `answering` answers submissions in the simulator's place, in its own time, and reports on them itself.
    """

    def __init__(
        self,
        simulator: SessionSimulator,
        profile: Profile = GOOD,
        *,
        reports: bool = True,
        answering: Answering | None = None,
    ) -> None:
        self.simulator, self.profile, self.reports, self.answering = simulator, GOOD, reports, answering
        self.peers: list[_Peer] = []
        self.host, self.port, self.tls = "", 0, False
        self.delivered = 0
        self._queue: deque[DeliverRequest] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._pushed = asyncio.Event()
        self.behave(profile)

    def behave(self, profile: Profile) -> None:
        """Behave in another way, from the next frame on."""
        self.simulator.quirks = (self.simulator.quirks - self.profile.quirks) | profile.quirks
        self.profile = profile

    async def next_push(self) -> None:
        """Wait for the next delivery, but not for long: what becomes of a message may bring none."""
        self._pushed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._pushed.wait(), EARLY_WAIT)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that takes its time."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Cut the connections, and stop what is being done."""
        for peer in list(self.peers):
            peer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def soon(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Call something in the server's event loop, from any thread."""
        self._loop.call_soon_threadsafe(call, *arguments)

    def push(self, request: DeliverRequest) -> None:
        """Deliver a message or report."""
        self._queue.append(request)
        self._pushed.set()
        self.push_waiting()

    def inbound(self, sender: str, to: str, text: str) -> None:
        """A handset sends a message."""
        for request in self.simulator.inbound(sender, to, text):
            self.push(request)

    def report(self, messages: list[SimulatedMessage]) -> None:
        """Send the receipts that the fates of messages make; those that are late wait a second."""
        for message in messages if self.reports else ():
            if message.fate is Fate.LATE:
                self._loop.call_later(1.0, self._report, message)
            else:
                self._report(message)

    def _report(self, message: SimulatedMessage) -> None:
        for request in self.simulator.reports(message):
            self.push(request)

    def push_waiting(self) -> None:
        """Send what waits to whoever receives, as far as their windows allow."""
        for peer in self.peers:
            while self._queue and peer.mode is not None and peer.mode.receives and len(peer.waiting) < WINDOW:
                peer.deliver(self._queue.popleft())

    def requeue(self, requests: Any) -> None:
        """What was not answered is sent again, first."""
        self._queue.extendleft(reversed(list(requests)))
        self.push_waiting()

    def answered(self, request: DeliverRequest | None, response: Frame) -> None:
        """A delivery was answered; one that was not accepted is sent again after a while."""
        if request is not None and self.simulator.dialect.outcome(response).ok:
            self.delivered += 1
        elif request is not None:
            self._loop.call_later(0.2, self.push, request)
        self.push_waiting()

    @property
    def url(self) -> str:
        """Where it listens, as `base_url` wants it."""
        return f"{self.simulator.dialect.name}{'s' if self.tls else ''}://{self.host}:{self.port}"


@asynccontextmanager
async def serve(
    simulator: SessionSimulator,
    profile: Profile = GOOD,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: SSLContext | None = None,
    reports: bool = True,
) -> AsyncIterator[SmscServer]:
    """Serve a simulator within the block; port 0 takes a free one."""
    server = SmscServer(simulator, profile, reports=reports)
    async with listening(server, host, port, tls):
        yield server


@asynccontextmanager
async def listening(
    server: SmscServer, host: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None
) -> AsyncIterator[None]:
    """Let a server listen within the block; OSError if it cannot."""
    bound = await asyncio.get_running_loop().create_server(lambda: _Peer(server), host, port, ssl=tls)
    server.host, server.port = bound.sockets[0].getsockname()[:2]
    server.tls = tls is not None
    try:
        yield
    finally:
        bound.close()
        await server.end()
        await asyncio.sleep(0)


@contextmanager
def serving(simulator: SessionSimulator, profile: Profile = GOOD, **options: Any) -> Iterator[SmscServer]:
    """`serve` on a thread of its own; call the server's methods through `server.soon`."""
    ready: Future[tuple[SmscServer, asyncio.Event]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        try:
            async with serve(simulator, profile, **options) as server:
                ready.set_result((server, stop))
                await stop.wait()
        except OSError as error:
            ready.set_exception(error)

    worker = threading.Thread(target=lambda: asyncio.run(run()), name="simulated SMSC", daemon=True)
    worker.start()
    server, stop = ready.result()
    try:
        yield server
    finally:
        server.soon(stop.set)
        worker.join()
