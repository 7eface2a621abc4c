"""One bind at an SMSC as a state machine, for every protocol; it opens nothing and reads no clock.

Whoever drives it (`smsc.driver`, or a test with a clock of its own) tells it what happened and when, in seconds of any
monotonic clock, then writes `link.output()`, acts on `happened`, and calls `tick` at `due`. The rules:

- A request that was written and got no response is in doubt, and never written again. One that was not written, or
  that the SMSC says it did not accept (throttled, not bound), goes back to the backlog.
- What the SMSC delivers is answered only by `acknowledge`, which the host's storing comes before.
- After silence the SMSC is asked whether it is there; two questions without an answer end the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..errors import AdapterDefect, AuthError, ConfigError, SmsError, TransportError
from .backlog import Backlog, Waiting
from .dialects import Frame, Kind, Outcome, Reply, Verdict, outcome_for
from .errors import FrameError
from .link import Link
from .pacing import Allowance, BackOff
from .states import ANEW, LOGGED_IN, REPLIES, TABLE, TAKING, Connect, Delivery, Disconnect, Event, Health, State
from .values import Login, SubmitResponse

if TYPE_CHECKING:
    from .config import SessionConfig

__all__ = ["Session"]

NEVER = float("inf")
LOGOUT_TIMEOUT = 5.0


class Session:
    """The bind `number` of a login through all its connections, one after the other."""

    def __init__(
        self, login: Login, config: SessionConfig, backlog: Backlog, random: Callable[[], float], number: int = 0
    ) -> None:
        self.login, self.config, self.backlog, self.number = login, config, backlog, number
        self.mode = login.binds[number]
        self.asks = self.mode.submits or not any(mode.submits for mode in login.binds)
        self.dialect = login.dialect
        self.state = State.CLOSED
        self.happened: list[Connect | Delivery | Disconnect | Health] = []
        self.due = NEVER
        self.login_answer = b""
        self.held_open = False  # somebody listens, so the idle limit does not count
        self.full = False  # the driver's buffer is: nothing more is taken from the backlog
        self._random = random
        self._allowance = Allowance(min(config.window, self.dialect.window_limit))
        self._back_off = BackOff(config.reconnect_first, config.reconnect_longest)
        self._connection = 0
        self._final = False
        self._until = NEVER  # the deadline of the state: of a login, a pause, a logout
        self.link = Link(self.dialect, config, 0.0)

    # What the driver tells.

    def open(self, now: float) -> None:
        """Begin to connect, from closed or lost."""
        self._step(Event.OPEN, "connecting", now)
        self._until = now + self.config.connect_timeout
        self.happened.append(Connect())
        self._schedule()

    def connected(self, now: float) -> None:
        """The connection is there, TLS included: log in."""
        self.link = Link(self.dialect, self.config, now)
        self._connection += 1
        self._step(Event.CONNECTED, "logging in", now)
        try:
            self._log_in(now)
        except FrameError as error:
            reason = f"the login cannot be written: {error}"
            self._drop(reason, now, lambda: ConfigError(reason))

    def receive(self, data: bytes, now: float) -> None:
        """Octets came."""
        if self.state in (State.CLOSED, State.LOST, State.CONNECTING):
            return
        link, kind, connection = self.link, self.dialect.kind, self._connection
        link.liveness.heard(now)
        for frame, raw in link.reader.feed(data):
            if isinstance(frame, FrameError):
                self._garbled(frame, now)
            elif kind(frame) is Kind.RESPONSE:
                self._response(frame, raw, now)
            else:
                self._request(frame, raw, now)
            if connection != self._connection:
                return
        self.pump(now)

    def cut(self, reason: str, now: float, error: Callable[[], SmsError] | None = None) -> None:
        """The connection is gone, or could not be made; `error` makes what every request fails with, where one does."""
        self._lose(reason, now, error)
        self.pump(now)  # what was put while it was closing wants a new one

    def _lose(self, reason: str, now: float, error: Callable[[], SmsError] | None) -> None:
        if self.state in (State.CLOSED, State.LOST):
            return
        self._connection += 1
        self._settle(reason)
        pause = self._back_off.pause(now, self._random(), refused=error is not None)
        self._until = NEVER if self.state is State.CLOSING else now + pause
        self._step(Event.CUT, reason, now)
        self.backlog.deserted(reason, error)
        self._schedule()

    def pump(self, now: float) -> None:
        """Write what the backlog holds, as far as window, pace and buffer allow."""
        if self.state is State.BOUND and self.asks:
            self._fill(now)
        elif self.state is State.CLOSED and not self._final and len(self.backlog):
            self.open(now)
        if self.backlog.due < self.due:
            self.due = self.backlog.due

    def acknowledge(self, delivery: Delivery, reply: Reply, now: float, frame: Frame | None = None) -> bool:
        """Answer what was delivered; False where its connection is gone, so that it will come again."""
        if delivery.connection != self._connection or not self.link.acknowledge(delivery, reply, frame):
            return False
        self.link.traffic = now
        self._drained(now)
        return True

    def tick(self, now: float) -> None:
        """Time has passed."""
        self.backlog.expire(now)
        if now >= self._until:
            self._overdue(now)
        if self.state in LOGGED_IN:
            self._expire(now)
        if self.state in LOGGED_IN:
            self._keep_alive(now)
        self._schedule()
        self.pump(now)

    def hold_open(self, *, held: bool) -> None:
        """Whether somebody listens, so that the idle limit does not count."""
        self.held_open = held
        self._schedule()

    def close(self, now: float, reason: str = "closed by the host", *, final: bool = True) -> None:
        """Take no more, wait for the last responses, log out, disconnect; at once where it is not bound."""
        self._final = self._final or final
        if self.state in (State.CLOSED, State.CLOSING):
            return
        bound = self.state in TAKING
        self._step(Event.CLOSE, reason, now)
        if bound:
            self._until = now + self.config.response_timeout
            self._drained(now)
        else:
            self._disconnect()
        self._schedule()

    # Requests and their responses.

    def _fill(self, now: float) -> None:
        backlog, pace, timeout, link = self.backlog, self.backlog.pace, self.config.response_timeout, self.link
        while len(link.flying) < self._allowance.room and len(backlog) and not self.full:
            if pace is not None and not pace.take(now):
                self.due = min(self.due, pace.next_at)
                return
            item = backlog.take()
            if item is None:
                return
            number = link.numbers.next(link.flying, link.asked)
            if number is None:
                backlog.put_back(item)
                self._exhausted(now)
                return
            self._write(item, number, now + (item.timeout or timeout))
            link.traffic = now

    def _write(self, item: Waiting, number: int, deadline: float) -> None:
        try:
            self.link.submit(item, number, deadline)
        except FrameError as error:
            item.fail(AdapterDefect(f"a frame cannot be written: {error}"))
        if deadline < self.due:
            self.due = deadline

    def _exhausted(self, now: float) -> None:
        """No number is free, and none will be: those left were given to requests that were never answered."""
        if not self.link.flying:
            self._drop("every sequence number is in use by a request that was never answered", now)

    def _response(self, frame: Frame, raw: bytes, now: float) -> None:
        link, number = self.link, self.dialect.sequence_of(frame)
        item = link.flying.pop(number, None) if number not in link.unwritten else None
        if item is None:
            self._own_response(number, frame, raw, now)
            return
        outcome = outcome_for(self.dialect, item.frame, frame)
        response = SubmitResponse(frame, outcome, raw)
        if outcome.verdict is Verdict.THROTTLED:
            self._throttled(item, response, now)
        elif outcome.verdict in ANEW:
            self._again(item, response)
            self._drop(f"{ANEW[outcome.verdict]}: {outcome}", now)
        else:
            item.answer(response)
            if not self._allowance.full:
                self._allowance.recover()
        if self.state is State.CLOSING:
            self._drained(now)

    def _again(self, item: Waiting, response: SubmitResponse) -> None:
        """Put back what was not accepted, or tell so once that was tried often enough."""
        item.attempts += 1
        item.told = response
        if item.attempts > self.config.throttle_retries or self.state is State.CLOSING:
            item.answer(response)
        else:
            self.backlog.put_back(item)

    def _throttled(self, item: Waiting, response: SubmitResponse, now: float) -> None:
        """Pause, and go on with half of what was in flight; a burst that is refused as a whole counts once."""
        if self.state is State.BOUND:
            pause = self._allowance.halve(len(self.link.flying) + 1, self._random())
            self._until = now + pause
            self._step(Event.THROTTLE, f"{response.outcome}: pausing for {pause:.1f} s", now)
            self.due = min(self.due, self._until)
        wait = max(self._until - now, 0.0) if self.state is State.THROTTLED else None
        self._again(item, SubmitResponse(response.frame, response.outcome, response.raw, wait))

    def _own_response(self, number: int, frame: Frame, raw: bytes, now: float) -> None:
        """A response to a login, a keep-alive or a logout; or one that nothing waits for."""
        link, outcome = self.link, self.dialect.outcome(frame)
        asked = link.asked.pop(number, None) if number not in link.unwritten else None
        if asked == "login":
            self.login_answer = raw
            self._login_answered(outcome_for(self.dialect, self.dialect.login(self.login, self.mode), frame), now)
        elif asked == "logout":
            self._gone(now)
        elif outcome.verdict is Verdict.OUT_OF_STEP:
            self._out_of_step(SubmitResponse(frame, outcome, raw), now)
        elif asked is None:
            self._tell(f"a response came {link.unasked(number)} (sequence number {number})", now)

    def _out_of_step(self, response: SubmitResponse, now: float) -> None:
        """The SMSC refused a request and does not name it; where only one is unanswered, it is that."""
        item = self.link.only_one()
        if item is not None:
            self._again(item, response)
        self._drop(f"{ANEW[response.outcome.verdict]}: {response.outcome}", now)

    # The peer's own requests.

    def _request(self, frame: Frame, raw: bytes, now: float) -> None:
        kind, link = self.dialect.kind(frame), self.link
        if kind is Kind.DELIVER and self.state in LOGGED_IN:
            link.traffic = now
            if link.deliver(frame, raw):
                self.happened.append(Delivery(frame, raw, self._connection))
            return
        reply = REPLIES.get(kind, Reply.REFUSED)
        link.reply(frame, reply)
        if kind is Kind.LOGOUT:
            self._drop("the SMSC logged us out", now)
        elif reply is not Reply.ACCEPTED:
            self._tell(f"an unexpected request came: {self.dialect.describe(frame).get('operation', kind)}", now)

    def _garbled(self, error: FrameError, now: float) -> None:
        if self.link.garbled(error, now):
            self._drop(f"what comes is not {self.dialect.name}: {error}", now)
        else:
            self._tell(f"a broken frame came: {error}", now)

    # Logging in and out, and losing the connection.

    def _log_in(self, now: float) -> None:
        frame = self.dialect.login(self.login, self.mode)
        if frame is None:
            self._admitted(now)
        else:
            self.link.ask(frame, "login")
            self._schedule()

    def _login_answered(self, outcome: Outcome, now: float) -> None:
        if outcome.ok:
            self._admitted(now)
            return
        refused = outcome.verdict in (Verdict.AUTH, Verdict.REFUSED)
        sentence = "the SMSC refused the login"
        error = partial(AuthError, sentence, provider_code=outcome.code or None, provider_text=outcome.text or None)
        self._drop(f"{sentence}: {outcome}", now, error if refused else None)

    def _admitted(self, now: float) -> None:
        self._until = NEVER
        self._back_off.bound(now)
        self._step(Event.ADMITTED, "logged in", now)
        self._schedule()
        self.pump(now)

    def _drained(self, now: float) -> None:
        """Log out once nothing is left to wait for."""
        if self.state is not State.CLOSING or not self.link.quiet or "logout" in self.link.asked.values():
            return
        frame = self.dialect.logout()
        if frame is None or not self.link.ask(frame, "logout"):
            self._gone(now)
        else:
            self._until = now + min(LOGOUT_TIMEOUT, self.config.response_timeout)

    def _gone(self, now: float) -> None:
        self._settle("the session was closed")
        self._step(Event.DONE, "logged out", now)
        self._disconnect()
        self.pump(now)

    def _disconnect(self) -> None:
        self._connection += 1
        self._until = NEVER
        self.happened.append(Disconnect())
        self._schedule()

    def _drop(self, reason: str, now: float, error: Callable[[], SmsError] | None = None) -> None:
        """End the connection from our side; what is still to be written (an answer to a logout) goes out first."""
        self._lose(reason, now, error)
        self.happened.append(Disconnect())
        self.pump(now)

    def _settle(self, reason: str) -> None:
        """Put back what was not written, and leave the rest in doubt."""
        written, unwritten = self.link.end()
        for item in written:
            item.fail(TransportError(f"the connection was lost before the response: {reason}", sent=True))
        for item in reversed(unwritten):
            self.backlog.put_back(item)
        if self._final:
            self.backlog.fail(reason)

    # Time.

    def _overdue(self, now: float) -> None:
        """The deadline of the state has passed."""
        if self.state is State.LOST:
            self.open(now)
        elif self.state is State.THROTTLED:
            self._until = NEVER
            self._step(Event.RESUME, f"going on with {self._allowance.room:.0f} at a time", now)
        elif self.state is State.CLOSING:
            self._gone(now)
        elif self.state in (State.CONNECTING, State.BINDING):
            what = "connection" if self.state is State.CONNECTING else "answer to the login"
            self._drop(f"no {what} within {self.config.connect_timeout:g} s", now)

    def _expire(self, now: float) -> None:
        """Give up the requests whose response is overdue, and ask whether the SMSC is still there."""
        late = self.link.expired(now)
        for item in late:
            item.fail(TransportError("the SMSC did not respond in time", sent=True))
        if late:
            self._tell(f"{len(late)} requests got no response in time", now)
            self._drained(now)
            if self.state in TAKING and not self.link.liveness.asked:
                self._probe(now)

    def _keep_alive(self, now: float) -> None:
        if self.link.liveness.dead(now):
            self._drop("two keep-alives got no answer", now)
        elif self.link.liveness.due <= now:
            self._probe(now)
        elif self._idle_at <= now:
            self.close(now, "nothing to do", final=False)

    @property
    def _idle_at(self) -> float:
        """When the connection will have been of no use for long enough."""
        busy = self.held_open or not self.link.quiet or self.state is not State.BOUND
        return NEVER if busy or not self.config.idle_limit else self.link.traffic + self.config.idle_limit

    def _probe(self, now: float) -> None:
        if not self.link.probe(self.dialect.keep_alive(self.login), now):
            self._exhausted(now)

    def _schedule(self) -> None:
        """Work out when to be called again."""
        times = [self._until, self.backlog.due, self._idle_at]
        if self.state in LOGGED_IN:
            times.append(self.link.due)
        self.due = min(times)

    def _step(self, event: Event, reason: str, now: float) -> None:
        before, self.state = self.state, TABLE[self.state][event]
        if self.asks and (before in TAKING) != (self.state in TAKING):
            if self.state in TAKING:
                self.backlog.admitted()
            else:
                self.backlog.bound -= 1
        self._tell(reason, now)

    def _tell(self, reason: str, now: float) -> None:
        self.happened.append(Health(self.number, self.mode, self.state, reason, now))
