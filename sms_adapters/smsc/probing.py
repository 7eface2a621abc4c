"""Where a connection to an SMSC fails, step by step and in sentences; no message is sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .config import SessionConfig
from .dialects import BindMode, Frame, Kind, Outcome, Reply, Verdict
from .dialling import Address, Step, Unreachable, address_of, dial, resolve
from .errors import FrameError

if TYPE_CHECKING:
    from ..network import NetworkPolicy
    from .values import Login

__all__ = ["Found", "probe"]

PATIENCE = 10.0
VERDICTS = {
    Verdict.AUTH: "user name, password, or the address we connect from",
    Verdict.THROTTLED: "it takes no more connections at present",
    Verdict.TEMPORARY: "it cannot take the login at present; an old session may not have timed out yet",
    Verdict.REFUSED: "compare the login fields with what the operator gave",
    Verdict.SESSION: "it takes the account for logged in already, or another mode of login is needed",
    Verdict.DEFECT: "it did not understand the login: another version of the protocol, or another protocol",
}


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
        self.foreign = ""
        self._reader = self.dialect.reader()
        self._waiting: dict[int, asyncio.Future[Frame]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any longer."""
        self.closed.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError())
                future.exception()  # it may be one that nobody waits for

    def data_received(self, data: bytes) -> None:
        """Sort what came."""
        for frame, raw in self._reader.feed(data):
            if isinstance(frame, FrameError):
                self.foreign = f"{frame} ({raw[:24]!r})"
            elif self.dialect.kind(frame) is Kind.RESPONSE:
                future = self._waiting.pop(self.dialect.sequence_of(frame), None)
                if future is not None and not future.done():
                    future.set_result(frame)
            else:
                self._answer(frame)

    def _answer(self, frame: Frame) -> None:
        """Nothing that is delivered meanwhile is taken from whoever listens for it."""
        later = self.dialect.kind(frame) is Kind.DELIVER
        answer = self.dialect.reply_to(frame, Reply.RETRY_LATER if later else Reply.ACCEPTED)
        if answer is not None:
            self.transport.write(self.dialect.encode(answer, self.dialect.sequence_of(frame)))

    def ask(self, frame: Frame) -> asyncio.Future[Frame]:
        """Send a request."""
        number = next(self.numbers)
        self._waiting[number] = future = asyncio.get_running_loop().create_future()
        self.transport.write(self.dialect.encode(frame, number))
        return future


async def probe(
    login: Login, config: SessionConfig, policy: Callable[[], NetworkPolicy | None]
) -> AsyncIterator[Found]:
    """What is found at each step; the first that fails is the last."""
    try:
        address = address_of(config, login.dialect)
        found = await resolve(address, policy())
        yield Found(Step.NAME, True, f"{address.host} is {', '.join(found)}")
        for mode in dict.fromkeys(login.binds):
            async with aclosing(_bind(login, config, policy, address, mode)) as steps:
                async for step in steps:
                    yield step
    except (Unreachable, Failed) as error:
        yield Found(error.step, False, str(error))
    except ConfigError as error:
        yield Found("configuration", False, error.message)


async def _bind(
    login: Login,
    config: SessionConfig,
    policy: Callable[[], NetworkPolicy | None],
    address: Address,
    mode: BindMode,
) -> AsyncGenerator[Found, None]:
    wire = _Wire(login)
    try:
        async with asyncio.timeout(config.connect_timeout):
            await dial(lambda: wire, config, login.dialect, policy())
    except TimeoutError:
        sentence = f"{address} does not answer within {config.connect_timeout:g} s: no route, a firewall, or the VPN"
        raise Unreachable(f"{sentence} is down", Step.ROUTE) from None
    try:
        for step, sentence in _connected(wire, address):
            yield Found(step, True, sentence, mode)
        yield Found("login", True, await _logged_in(wire, config, mode), mode)
        yield Found("keep-alive", True, await _alive(wire, config), mode)
        if mode.submits:
            yield Found("window", True, await _window(wire, config), mode)
        await _logged_out(wire)
    finally:
        wire.transport.abort()


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
        return "the account needs no login"
    try:
        answer = await _response(wire.ask(frame), config.connect_timeout)
    except FrameError as error:
        raise Failed("login", f"the login cannot be written: {error}") from error
    except ConnectionResetError:
        sentence = "the SMSC hung up on the login without a word: often it does not know the address we connect from"
        raise Failed("login", sentence) from None
    if answer is None:
        other = f"; what came instead is no frame: {wire.foreign}" if wire.foreign else ""
        raise Failed("login", f"no answer to the login within {config.connect_timeout:g} s{other}")
    outcome = wire.dialect.outcome(answer)
    if not outcome.ok:
        raise Failed("login", f"the SMSC refuses the {mode.value} login: {outcome}: {VERDICTS[outcome.verdict]}")
    return f"logged in as {wire.login.username}, {mode.value}"


async def _alive(wire: _Wire, config: SessionConfig) -> str:
    patience = min(config.response_timeout, PATIENCE)
    try:
        answer = await _response(wire.ask(wire.dialect.keep_alive(wire.login)), patience)
    except ConnectionResetError:
        raise Failed("keep-alive", "the SMSC hung up on a keep-alive: set keep_alive to 0") from None
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
        raise Failed("window", f"the SMSC hung up: {too_much}")
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
