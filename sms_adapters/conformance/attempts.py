"""One send as a check looks at it: what went over the line, what the simulator took, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from ..errors import AdapterDefect, ConfigError, SmsError, TransportError
from ..http import HttpRequest, HttpResponse
from ..messages import OutboundMessage
from ..results import SendResult
from ..simulation import FATES, Fate, SimulatedMessage
from .check import CheckFailed, expect
from .subject import RECIPIENT, Session, Subject

__all__ = [
    "TEXT",
    "Attempt",
    "Exchange",
    "Line",
    "Meddling",
    "answered",
    "crashed",
    "difference",
    "distinct",
    "failed",
    "long_texts",
    "message",
    "ready",
    "refused",
    "renumbered",
    "sent",
    "several",
    "swapped",
    "to_fate",
]

TEXT = "Muraho"
ID = "0197b1c0-7a11-7c3e-9a55-3d0c2f6a9e01"
MOST_TRIES = 5
TAILS: Mapping[Fate, str] = {fate: tail for tail, fate in FATES.items()}

Meddling: TypeAlias = Callable[[int, Callable[[], HttpResponse]], HttpResponse]
"""Answers the exchange of that number, or raises; the callable hands the request to the simulator and gives its
answer."""


@dataclass(slots=True)
class Exchange:
    """A request, the answer that the client got (None for an error), and how many messages the simulator took."""

    request: HttpRequest
    response: HttpResponse | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one send; either `result` or `error` is set."""

    result: SendResult | None
    error: SmsError | None
    exchanges: tuple[Exchange, ...]
    accepted: tuple[SimulatedMessage, ...]

    @property
    def requests(self) -> tuple[HttpRequest, ...]:
        """All requests, those for a token too."""
        return tuple(exchange.request for exchange in self.exchanges)

    @property
    def text(self) -> str:
        """The accepted texts, joined."""
        return "".join(item.text for item in self.accepted)

    @property
    def places(self) -> tuple[int, ...]:
        """The numbers of the exchanges by which the simulator took a message."""
        return tuple(number for number, exchange in enumerate(self.exchanges) if exchange.taken)

    @property
    def last(self) -> HttpResponse:
        """The answer that decided; empty where none came."""
        found = self.exchanges[-1].response if self.exchanges else None
        return found or HttpResponse(0)


class Line:
    """Between a session's client and its simulator: notes every exchange, and may meddle with it."""

    def __init__(self, session: Session, meddle: Meddling | None = None) -> None:
        self.session, self.meddle = session, meddle
        self._noted: list[Exchange] = []
        self._ids = count()
        session.transport.fault = self

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, in the transport's place."""
        exchange = Exchange(request)
        self._noted.append(exchange)
        place = len(self._noted) - 1
        exchange.response = self.meddle(place, lambda: self._pass(exchange)) if self.meddle else self._pass(exchange)
        return exchange.response

    def _pass(self, exchange: Exchange) -> HttpResponse:
        accepted = self.session.simulator.accepted
        before = len(accepted)
        try:
            return self.session.transport.handled(exchange.request)
        finally:
            exchange.taken = len(accepted) - before

    def send(self, message: OutboundMessage) -> Attempt:
        """Send once, and say what came of it."""
        self._noted = []
        start = len(self.session.simulator.accepted)
        result, error = None, None
        try:
            result = self.session.client.send(self.session.channel, message)
        except SmsError as failure:
            error = failure
        return Attempt(result, error, tuple(self._noted), tuple(self.session.simulator.accepted[start:]))

    def send_anew(self, item: OutboundMessage) -> Attempt:
        """Send once, under an id that this line has not had: an aggregator may accept each id once."""
        return self.send(replace(item, id=str(uuid5(NAMESPACE_URL, f"anew {next(self._ids)}"))))

    def sent(self, item: OutboundMessage) -> Attempt:
        """Send once; CheckFailed if the simulator does not take it."""
        return _accepted(self.send(item), _named(item))


def message(text: str = TEXT, **values: Any) -> OutboundMessage:
    """A message with the suite's recipient and id."""
    return OutboundMessage(**{"to": RECIPIENT, "text": text, "id": ID, **values})


def to_fate(fate: Fate, **values: Any) -> OutboundMessage:
    """A message whose recipient has that fate in the simulator."""
    return message(to=f"{RECIPIENT[:-2]}{TAILS[fate]}", **values)


def sent(subject: Subject, item: OutboundMessage, **options: Any) -> Attempt:
    """Send `item` by a new session with `options`; CheckFailed if the simulator does not take it."""
    return Line(subject.session(**options)).sent(item)


def _accepted(attempt: Attempt, what: str) -> Attempt:
    expect(attempt.error is None, f"{what} should have been accepted, but ended in {_shown(attempt.error)}")
    expect(attempt.accepted, f"{what} was taken for accepted, but the simulator accepted nothing")
    return attempt


def failed(attempt: Attempt, what: str) -> SmsError:
    """The attempt's error; CheckFailed if it was read as a success."""
    if attempt.error is None:
        raise CheckFailed(f"{what} was read as a success; an SmsError was expected")
    return attempt.error


def crashed(error: SmsError | None) -> bool:
    """Whether the adapter raised something of its own or broke the contract, which the engine makes an error of."""
    return isinstance(error, AdapterDefect) or "failed after submitting: " in str(error or "")


def answered(place: int, response: HttpResponse) -> Meddling:
    """Answer that exchange in the simulator's place, which does not see it."""
    return lambda number, handed: response if number == place else handed()


def swapped(place: int, response: HttpResponse) -> Meddling:
    """Hand that exchange to the simulator, and give this answer instead of its own."""

    def meddle(number: int, handed: Callable[[], HttpResponse]) -> HttpResponse:
        own = handed()
        return response if number == place else own

    return meddle


def refused(place: int) -> Meddling:
    """Refuse the connection from that exchange on: nothing leaves. CheckFailed for an adapter that does not give up."""

    def meddle(number: int, handed: Callable[[], HttpResponse]) -> HttpResponse:
        if number < place:
            return handed()
        expect(number < place + MOST_TRIES, f"after {MOST_TRIES} refused connections the adapter still tries again")
        raise TransportError("connection refused", sent=False)

    return meddle


def ready(subject: Subject, item: OutboundMessage, field: str) -> dict[str, Any]:
    """What to add to the simulator's configuration so that the adapter sends `item`.

    A capability can need a setting that a simulator's configuration does not have; an exchange with `field` shows it.
    """
    error: SmsError | None = None
    for config in _configs(subject, field):
        attempt = Line(subject.session(config=config)).send(item)
        if not isinstance(attempt.error, ConfigError):
            _accepted(attempt, _named(item, field))
            return config
        error = error or attempt.error
    raise CheckFailed(f"the manifest offers {field}, but no configuration for it is known: {error}")


def distinct(subject: Subject, field: str, variants: list[dict[str, Any]]) -> list[Attempt]:
    """One attempt for each variant of a message, all accepted, no two by the same requests."""
    items: list[OutboundMessage] = [message(**values) for values in variants]
    config = ready(subject, items[-1], field)
    attempts = [sent(subject, item, config=config) for item in items]
    for number, attempt in enumerate(attempts):
        twins = [other for other in range(number) if attempts[other].requests == attempt.requests]
        named = " and ".join(_described(variants[place]) for place in (*twins, number))
        expect(not twins, f"{field} makes no difference: a message with {named} makes the same requests")
    return attempts


def _configs(subject: Subject, field: str) -> Iterator[dict[str, Any]]:
    yield {}
    known = subject.simulator().config(subject.base_url)
    for case in subject.exchanges:
        if case.message is not None and getattr(case.message, field):
            yield {key: value for key, value in case.channel["config"].items() if key not in known}


def long_texts(subject: Subject) -> Iterator[str]:
    """Texts in GSM 7-bit that need ever more submissions, wherever somebody splits."""
    words = "Umuntu ngumuntu ngabantu. "
    limit = subject.manifest.text.max_chars
    for length in (161, 1601, 5000, limit + limit // 5):
        yield (words * (length // len(words) + 1))[: length - 1] + "!"


def several(subject: Subject, least: int = 2) -> tuple[OutboundMessage, Attempt] | None:
    """A message that the adapter submits in at least so many requests, and how; None where it never does."""
    for text in long_texts(subject):
        item = message(text)
        attempt = Line(subject.session()).send(item)
        if attempt.error is None and len(attempt.places) >= least:
            return item, attempt
    return None


def difference(one: Sequence[HttpRequest], other: Sequence[HttpRequest]) -> str:
    """Where two series of requests differ, without a value."""
    if len(one) != len(other):
        return f"{len(one)} requests and {len(other)}"
    for number, (left, right) in enumerate(zip(one, other, strict=True), 1):
        for name in ("method", "url", "headers", "body"):
            if getattr(left, name) != getattr(right, name):
                return f"{name} of request {number}"
    return "nothing"


def renumbered(item: OutboundMessage, number: int) -> OutboundMessage:
    """The same message with an id and a recipient of its own; `number` is 1 to 87, so that it is delivered."""
    return replace(item, id=str(uuid5(NAMESPACE_URL, str(number))), to=f"{RECIPIENT[:-2]}{number:02d}")


def _described(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items() if value != "") or "nothing of it"


def _named(item: OutboundMessage, field: str = "") -> str:
    return f"a message with {field}" if field else f"a text of {len(item.text)} characters"


def _shown(error: SmsError | None) -> str:
    return f"{type(error).__name__}: {error}"
