"""Where a connection to an SMSC fails, step by step and in sentences; no message is sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigError
from .config import SessionConfig
from .dialects import BindMode, Frame, Kind, Outcome, Reply, Verdict, outcome_for
from .dialling import Address, Step, Unreachable, address_of, alert_of, dial, resolve
from .errors import FrameError

if TYPE_CHECKING:
    from ..network import NetworkPolicy
    from .values import Login

__all__ = ["Found", "probe"]

PATIENCE = 10.0
SETTLING = 0.3
"""Seconds in which an SMSC hangs up that takes TLS or a login and then does not want us."""

KEPT, OVERLAP = 512, 4
ECHO = "what listens there sends back what we send: an echo service, no SMSC"
FOREIGN = {b"HTTP/": "an HTTP answer", b"SSH-": "SSH", b"\x15\x03": "TLS: write an s behind the protocol in base_url"}
"""What the first octets of other protocols say."""

VERDICTS = {
    Verdict.AUTH: "user name, password, or the address we connect from",
    Verdict.THROTTLED: "it takes no more connections at present",
    Verdict.TEMPORARY: "it cannot take the login at present; an old session may not have timed out yet",
    Verdict.REFUSED: "compare the login fields with what the operator gave",
    Verdict.SESSION: "it takes the account for logged in already, or another mode of login is needed",
    Verdict.OUT_OF_STEP: "it could not read the login: try checksum = false, if its operator leaves them out",
    Verdict.DEFECT: "it did not understand the login: another version of the protocol, or another protocol",
}
HINTS = {
    ("cimd2", "104"): "set window to what the operator allows",
    ("cimd2", "105"): "set window to 1",
}
"""For single codes, by protocol."""


@dataclass(frozen=True, slots=True)
class Found:
    """One step of one bind; `sentence` says what was found, or what is wrong and what to do."""

    step: str
    ok: bool
    sentence: str
    bind: BindMode | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        values: dict[str, Any] = {"step": self.step, "ok": self.ok, "sentence": self.sentence}
        return values if self.bind is None else {**values, "bind": self.bind.value}


class Failed(Exception):
    """A step failed, and those after it cannot be tried."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step


class _Wire(asyncio.Protocol):
    """A connection that keeps the responses that come, and answers what the SMSC asks."""

    transport: asyncio.Transport

    def __init__(self, login: Login) -> None:
        self.login, self.dialect = login, login.dialect
        self.numbers = self.dialect.sequences()
        self.closed = asyncio.Event()
        self.lost: Exception | None = None
        self.logged_out = False
        self.logs_in = True
        self.flaw: FrameError | None = None
        self.came = b""  # the first octets of what came
        self.count = 0
        self._frames = 0
        self._sent: set[bytes] = set()
        self._reader = self.dialect.reader()
        self._waiting: dict[int, asyncio.Future[Frame]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any longer."""
        self.lost = exc
        self.closed.set()
        self._fail(ConnectionResetError())

    def _fail(self, error: Exception) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
                future.exception()  # it may be one that nobody waits for

    def data_received(self, data: bytes) -> None:
        """Sort what came."""
        self.count += len(data)
        self.came = (self.came + data)[:KEPT]
        for frame, raw in self._reader.feed(data):
            if isinstance(frame, FrameError):
                self.flaw = frame
            elif self.dialect.kind(frame) is Kind.RESPONSE:
                self._frames += 1
                self._take(frame)
            else:
                self._frames += 1
                self._asked(frame, raw)

    def _take(self, frame: Frame) -> None:
        """Give a response to whom it is for; an error of a request that could not be read may carry any number."""
        number = self.dialect.sequence_of(frame)
        if number not in self._waiting and len(self._waiting) == 1 and not self.dialect.outcome(frame).ok:
            number = next(iter(self._waiting))
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_result(frame)

    def _asked(self, frame: Frame, raw: bytes) -> None:
        """Nothing that is delivered meanwhile is taken from whoever listens for it."""
        kind = self.dialect.kind(frame)
        if raw in self._sent and (kind is Kind.LOGIN or not self.logs_in):
            self._fail(Failed(kind.value.replace("_", "-"), ECHO))
            return
        self.logged_out = self.logged_out or kind is Kind.LOGOUT
        answer = self.dialect.reply_to(frame, Reply.RETRY_LATER if kind is Kind.DELIVER else Reply.ACCEPTED)
        if answer is not None:
            self.transport.write(self.dialect.encode(answer, self.dialect.sequence_of(frame)))

    def ask(self, frame: Frame) -> asyncio.Future[Frame]:
        """Send a request."""
        number = next(self.numbers)
        octets = self.dialect.encode(frame, number)
        self._waiting[number] = future = asyncio.get_running_loop().create_future()
        self._sent.add(octets)
        self.transport.write(octets)
        if self.closed.is_set():
            self._fail(ConnectionResetError())
        return future

    @property
    def ended(self) -> str:
        """How the SMSC ended the connection."""
        if isinstance(self.lost, ssl.SSLError):
            return f"the SMSC ended TLS: {alert_of(self.lost)}"
        return "the SMSC logged us out" if self.logged_out else "the SMSC hung up"

    @property
    def foreign(self) -> str:
        """What came if it was no frame, without its octets: a login that comes back has the password in it."""
        if not self.count or self._frames:
            return ""
        told = f"what came instead is no frame of {self.dialect.name}: {self.count} octets"
        if self._returned():
            return f"{told} of our own login, changed on the way"
        known = next((what for start, what in FOREIGN.items() if self.came.startswith(start)), "")
        return f"{told}, {known or self.flaw}" if known or self.flaw else told

    def _returned(self) -> bool:
        """Whether the octets that came have some in common with those that were sent."""
        windows = {sent[at : at + OVERLAP] for sent in self._sent for at in range(len(sent) - OVERLAP + 1)}
        return any(self.came[at : at + OVERLAP] in windows for at in range(len(self.came) - OVERLAP + 1))


async def probe(
    login: Login, config: SessionConfig, policy: Callable[[], NetworkPolicy | None]
) -> AsyncIterator[Found]:
    """What is found at each step; the first that fails is the last."""
    try:
        address = address_of(config, login.dialect)
    except ConfigError as error:
        yield Found("configuration", False, error.message)
        return
    try:
        found = await resolve(address, policy())
    except Unreachable as error:
        yield Found(error.step, False, str(error))
        return
    except ConfigError as error:
        yield Found("policy", False, error.message)
        return
    yield Found(Step.NAME, True, f"{address.host} is {', '.join(found)}")
    for mode in dict.fromkeys(login.binds):
        async with aclosing(_steps(_Probed(login, config, policy, address), mode)) as steps:
            async for step in steps:
                yield step
                if not step.ok:
                    return


class _Probed(NamedTuple):
    """What is tried, once its name is resolved."""

    login: Login
    config: SessionConfig
    policy: Callable[[], NetworkPolicy | None]
    address: Address


async def _steps(probed: _Probed, mode: BindMode) -> AsyncGenerator[Found, None]:
    """Those of one bind."""
    try:
        async with aclosing(_bind(probed, mode)) as steps:
            async for step in steps:
                yield step
    except (Unreachable, Failed) as error:
        if error.step == Step.TLS and isinstance(error, Unreachable):
            yield Found(Step.TCP, True, f"{probed.address} takes connections", mode)
        yield Found(error.step, False, str(error), mode)
    except ConfigError as error:
        yield Found("configuration", False, error.message, mode)


async def _bind(probed: _Probed, mode: BindMode) -> AsyncGenerator[Found, None]:
    config, address = probed.config, probed.address
    wire = await _dialled(probed)
    try:
        for step, sentence in _connected(wire, address):
            yield Found(step, True, sentence, mode)
        if address.tls and await _settled(wire):  # what is written now could lose us the alert that says why
            raise Failed(Step.TLS, _unwanted(wire, config))
        yield Found("login", True, await _logged_in(wire, config, mode), mode)
        if config.keep_alive:
            yield Found("keep-alive", True, await _alive(wire, config), mode)
            if mode.submits:
                yield Found("window", True, await _window(wire, config), mode)
        else:
            yield Found("keep-alive", True, "not tried, nor the window: keep_alive is 0", mode)
        await _logged_out(wire)
    finally:
        wire.transport.abort()


async def _dialled(probed: _Probed) -> _Wire:
    login, config, policy, address = probed
    made: list[_Wire] = []  # one is made once TCP is there, before TLS

    def make() -> _Wire:
        made.append(_Wire(login))
        return made[-1]

    try:
        async with asyncio.timeout(config.connect_timeout):
            await dial(make, config, login.dialect, policy())
    except TimeoutError:
        within = f"within {config.connect_timeout:g} s"
        if made and address.tls:
            sentence = f"{address} takes connections and does not answer the TLS handshake {within}"
            raise Unreachable(f"{sentence}: it may not speak TLS on this port", Step.TLS) from None
        sentence = f"{address} does not answer {within}: no route, a firewall, or the VPN is down"
        raise Unreachable(sentence, Step.ROUTE) from None
    return made[-1]


def _connected(wire: _Wire, address: Address) -> Iterator[tuple[str, str]]:
    yield Step.TCP, f"{address} takes connections"
    tls: ssl.SSLObject | None = wire.transport.get_extra_info("ssl_object")
    if tls is not None:
        verified = "the certificate is accepted" if tls.getpeercert() else "the certificate was not verified"
        yield Step.TLS, f"{tls.version()}, {verified}"


async def _response(future: asyncio.Future[Frame], seconds: float) -> Frame | None:
    """The response; None where none came in time. ConnectionResetError where the connection ended instead."""
    try:
        return await asyncio.wait_for(asyncio.shield(future), seconds)
    except TimeoutError:
        return None


async def _logged_in(wire: _Wire, config: SessionConfig, mode: BindMode) -> str:
    frame = wire.dialect.login(wire.login, mode)
    if frame is None:
        wire.logs_in = False
        return "the account needs no login"
    try:
        answer = await _response(wire.ask(frame), config.connect_timeout)
    except FrameError as error:
        raise Failed("login", f"the login cannot be written: {error}") from error
    except ConnectionResetError:
        raise Failed("login", _hung_up(wire, config)) from None
    if answer is None:
        sentence = f"no answer to the login within {config.connect_timeout:g} s"
        raise Failed("login", "; ".join(part for part in (sentence, wire.foreign) if part))
    _accepted(wire, frame, answer, mode)
    if await _settled(wire):
        raise Failed("login", f"{wire.ended} right after it took the login: ask the operator why")
    return f"logged in as {wire.login.username}, {mode.value}"


async def _settled(wire: _Wire) -> bool:
    """Whether the SMSC hangs up within a moment."""
    with suppress(TimeoutError):
        await asyncio.wait_for(wire.closed.wait(), SETTLING)
    return wire.closed.is_set()


def _unwanted(wire: _Wire, config: SessionConfig) -> str:
    if isinstance(wire.lost, ssl.SSLError):
        return wire.ended
    ours = "does not take our certificate" if config.tls_certificate_file else "wants one of ours: tls_certificate_file"
    return f"the SMSC hung up right after the TLS handshake: it does not know our address, or {ours}"


def _accepted(wire: _Wire, frame: Frame, answer: Frame, mode: BindMode) -> None:
    outcome = outcome_for(wire.dialect, frame, answer)
    if not outcome.ok:
        hint = HINTS.get((wire.dialect.name, outcome.code)) or VERDICTS.get(outcome.verdict, "")
        raise Failed("login", f"the SMSC refuses the {mode.value} login: {outcome}: {hint}")


def _hung_up(wire: _Wire, config: SessionConfig) -> str:
    if isinstance(wire.lost, ssl.SSLError) or wire.logged_out:
        return f"{wire.ended} instead of an answer to the login"
    if wire.foreign:
        return f"the SMSC hung up on the login; {wire.foreign}"
    often = "often it does not know the address we connect from"
    other = "" if config.tls else f", or takes TLS only: {wire.dialect.name}s:// in base_url"
    return f"the SMSC hung up on the login without a word: {often}{other}"


async def _alive(wire: _Wire, config: SessionConfig) -> str:
    patience = min(config.response_timeout, PATIENCE)
    try:
        answer = await _response(wire.ask(wire.dialect.keep_alive(wire.login)), patience)
    except ConnectionResetError:
        raise Failed("keep-alive", f"{wire.ended} on a keep-alive: set keep_alive to 0") from None
    if answer is None:
        sentence = f"no answer to a keep-alive within {patience:g} s: set keep_alive to 0, or ask the operator"
        raise Failed("keep-alive", sentence)
    return "keep-alives are answered"


async def _window(wire: _Wire, config: SessionConfig) -> str:
    """As many requests at once as the window holds; keep-alives, since nothing else is without effect."""
    window, patience = min(config.window, wire.dialect.window_limit - 2), min(config.response_timeout, PATIENCE)
    asked = [wire.ask(wire.dialect.keep_alive(wire.login)) for _ in range(window)]
    too_much = f"{window} requests at once are too much: agree on a smaller window with the operator, and set it"
    done, left = await asyncio.wait(asked, timeout=patience)
    if any(future.exception() for future in done):
        raise Failed("window", f"{wire.ended}: {too_much}")
    if left:
        raise Failed("window", f"{len(left)} of {window} got no answer within {patience:g} s: {too_much}")
    outcomes: list[Outcome] = [wire.dialect.outcome(future.result()) for future in done]
    complaint = next((one for one in outcomes if one.verdict is Verdict.THROTTLED), None)
    if complaint is not None:
        raise Failed("window", f"the SMSC says {complaint}: {too_much}")
    return f"{window} requests at once are answered; for submissions the operator's own limit may be smaller"


async def _logged_out(wire: _Wire) -> None:
    frame = wire.dialect.logout()
    if frame is not None and not wire.closed.is_set():
        try:
            await _response(wire.ask(frame), 2.0)
        except ConnectionResetError:
            return
