"""A session and an SMSC under a clock of the test's own: nothing waits, and every octet can be cut."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import count
from typing import Any

from toy_smsc import TOY, Line, ToyConfig, ToySmsc

from sms_adapters import Login
from sms_adapters.simulation import LostAnswer
from sms_adapters.smsc.backlog import Backlog
from sms_adapters.smsc.dialects import BindMode, Kind, Reply
from sms_adapters.smsc.errors import FrameError
from sms_adapters.smsc.session import Session
from sms_adapters.smsc.states import Connect, Delivery, Disconnect, Health, State

LATENCY = 0.01


class Answer:
    """What a host waits for; kept short of asyncio's Future."""

    def __init__(self) -> None:
        self.result: Any = None
        self.error: Any = None
        self.cancelled = False
        self.told = 0

    def done(self) -> bool:
        return self.cancelled or self.told > 0

    def set_result(self, result: Any) -> None:
        self.result, self.told = result, self.told + 1

    def set_exception(self, error: Any) -> None:
        self.error, self.told = error, self.told + 1

    @property
    def state(self) -> str:
        if not self.told:
            return "waiting"
        if self.error is not None:
            sent = getattr(self.error, "sent", False)
            return "in doubt" if sent else f"unsent: {type(self.error).__name__}"
        return self.result.outcome.verdict.value


class Peer:
    """The SMSC's end of one connection after the other."""

    def __init__(self, smsc: ToySmsc) -> None:
        self.smsc = smsc
        self.refuse_connections = 0
        self.silent: set[str] = set()  # names of frames that it takes and does not answer
        self.seen: list[Line] = []
        self.connections = 0
        self.answers: list[Line] = []
        self.override: Callable[[Line], list[Line] | None] = lambda frame: None
        self.fresh()

    def fresh(self) -> None:
        self.reader = TOY.reader()
        self.numbers = TOY.peer_sequences()

    def take(self, data: bytes) -> tuple[bytes, bool]:
        """What it answers, and whether it then closes."""
        out, closes = b"", False
        for frame, _ in self.reader.feed(data):
            assert not isinstance(frame, FrameError), frame
            self.seen.append(frame)
            made = self.override(frame)
            if made is None:
                try:
                    made = self._answer(frame)
                except LostAnswer:
                    made, closes = [], True
            out += b"".join(TOY.encode(one, one.sequence or frame.sequence) for one in made)
        return out, closes

    def _answer(self, frame: Line) -> list[Line]:
        kind = TOY.kind(frame)
        if frame.name in self.silent:
            return []
        if kind is Kind.RESPONSE:
            self.answers.append(frame)
            return []
        if kind is Kind.LOGIN:
            return [self.smsc.login(frame).response]
        if kind is Kind.SUBMIT:
            return list(self.smsc.answer(frame))
        return [TOY.reply_to(frame, Reply.ACCEPTED)]

    def push(self, frame: Line) -> bytes:
        return TOY.encode(frame, next(self.numbers))


class Rig:
    """One channel's sessions, its backlog, one peer and one clock."""

    def __init__(self, *, modes: tuple[BindMode, ...] = (BindMode.TRANSCEIVER,), seed: int = 1, **config: Any) -> None:
        self.config = ToyConfig(**config)
        self.smsc = ToySmsc()
        self.peer = Peer(self.smsc)
        self.now = 100.0
        login = Login(TOY, "toy-user", self.config.password.get_secret_value(), binds=modes)
        self.backlog = Backlog(self.config.queue_timeout, self.config.throughput)
        dice = random.Random(seed).random
        self.sessions = [Session(login, self.config, self.backlog, dice, number) for number in range(len(modes))]
        self.health: list[Health] = []
        self.deliveries: list[Delivery] = []
        self.handle: Callable[[Delivery], Reply | None] = lambda delivery: Reply.ACCEPTED
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._wire: dict[int, int] = {}
        self.cut_after: int | None = None  # octets that still reach the peer before the connection breaks
        self.cut_answers_after: int | None = None

    @property
    def session(self) -> Session:
        return self.sessions[0]

    @property
    def states(self) -> list[State]:
        return [one.state for one in self.health]

    def at(self, when: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), call))

    def open(self) -> Rig:
        for session in self.sessions:
            session.open(self.now)
        self.run(1)
        return self

    def submit(self, text: str = "Hi", to: str = "+12025550123", timeout: float | None = None) -> Answer:
        answer = Answer()
        self.backlog.put(Line("SUBMIT", (to, "+12025550100", text)), answer, self.now, timeout)
        for session in self.sessions:
            session.pump(self.now)
        self.settle()
        return answer

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        self.settle()
        while True:
            due = min([one.due for one in self.sessions] + [self._events[0][0] if self._events else end])
            if due > end:
                break
            self.now = max(self.now, due)
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
                self.settle()
            for session in self.sessions:
                if session.due <= self.now:
                    session.tick(self.now)
                    self.settle()
                    assert session.due > self.now, f"{session.state} would be ticked for ever"
            if due == end:
                break
        self.now = end

    def settle(self) -> None:
        for session in self.sessions:
            self._settle(session)

    def _settle(self, session: Session) -> None:
        while session.happened:
            happening = session.happened.pop(0)
            match happening:
                case Health():
                    self.health.append(happening)
                case Delivery():
                    self.deliveries.append(happening)
                    reply = self.handle(happening)
                    if reply is not None:
                        session.acknowledge(happening, reply, self.now)
                case Connect():
                    self.at(self.now + LATENCY, lambda: self._connect(session))
                case Disconnect():
                    self._send(session)
                    self._wire.pop(session.number, None)
        self._send(session)

    def _connect(self, session: Session) -> None:
        if session.state is not State.CONNECTING:
            return
        if self.peer.refuse_connections:
            self.peer.refuse_connections -= 1
            session.cut("connection refused", self.now)
            return
        self.peer.connections += 1
        self.peer.fresh()
        self._wire[session.number] = self.peer.connections
        session.connected(self.now)

    def _send(self, session: Session) -> None:
        data = session.link.output()
        wire = self._wire.get(session.number)
        if not data or wire is None:
            return
        if self.cut_after is not None:
            data, rest = data[: self.cut_after], data[self.cut_after :]
            self.cut_after -= len(data)
            if rest or not self.cut_after:
                self.cut_after = None
                self.at(self.now + LATENCY, lambda: self.lose(session))
        answer, closes = self.peer.take(data)
        if answer:
            self.at(self.now + LATENCY, lambda: self.arrive(session, answer, wire))
        if closes:
            self.at(self.now + LATENCY, lambda: self.lose(session))

    def arrive(self, session: Session, data: bytes, wire: int | None = None) -> None:
        """Octets reach the session, unless its connection is another by now."""
        current = self._wire.get(session.number)
        if current is None or (wire is not None and wire != current):
            return
        if self.cut_answers_after is None:
            session.receive(data, self.now)
            return
        kept, rest = data[: self.cut_answers_after], data[self.cut_answers_after :]
        self.cut_answers_after -= len(kept)
        if kept:
            session.receive(kept, self.now)
        if rest or not self.cut_answers_after:
            self.cut_answers_after = None
            self.lose(session)

    def lose(self, session: Session | None = None, reason: str = "reset by peer") -> None:
        session = session or self.session
        if self._wire.pop(session.number, None) is not None:
            session.cut(reason, self.now)
            self.settle()
