"""The aggregator's side, simulated: what an adapter's `simulator.py` builds on.

A simulator is as pure as an adapter: it is handed a request and gives an answer, and makes the webhooks it would fire
as values. What it does is simulated; it never counts as knowledge about the aggregator.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from .channel import now
from .http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from .results import Status
from .text import TextPlan, TextTooLong, plan

__all__ = [
    "FATES",
    "Fate",
    "LostAnswer",
    "Redelivery",
    "SimulatedAccount",
    "SimulatedMessage",
    "Simulator",
    "choosing",
    "course_of",
    "fate_of",
    "number_key",
    "planned",
    "segments_in",
]

W = TypeVar("W")


class Fate(StrEnum):
    """What becomes of a message in a simulator."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    UNDELIVERABLE = "undeliverable"
    OPTED_OUT = "opted_out"
    INVALID = "invalid"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    LATE = "late"
    DUPLICATED = "duplicated"
    OUT_OF_ORDER = "out_of_order"
    LOST_ANSWER = "lost_answer"


FATES: Mapping[str, Fate] = {
    "88": Fate.UNAVAILABLE,
    "89": Fate.UNDELIVERABLE,
    "90": Fate.LOST_ANSWER,
    "91": Fate.FAILED,
    "92": Fate.EXPIRED,
    "93": Fate.REJECTED,
    "94": Fate.OPTED_OUT,
    "95": Fate.INVALID,
    "96": Fate.THROTTLED,
    "97": Fate.LATE,
    "98": Fate.DUPLICATED,
    "99": Fate.OUT_OF_ORDER,
}
"""The last two digits of a recipient choose its fate; every other number is delivered."""

REFUSED = frozenset({Fate.OPTED_OUT, Fate.INVALID, Fate.THROTTLED, Fate.UNAVAILABLE})
_COURSE: Mapping[Fate, tuple[Status, ...]] = {
    Fate.FAILED: (Status.SENT, Status.FAILED),
    Fate.EXPIRED: (Status.SENT, Status.EXPIRED),
    Fate.REJECTED: (Status.REJECTED,),
    Fate.UNDELIVERABLE: (Status.SENT, Status.UNDELIVERABLE),
    Fate.DUPLICATED: (Status.SENT, Status.DELIVERED, Status.DELIVERED),
    Fate.OUT_OF_ORDER: (Status.DELIVERED, Status.SENT),
}


SIGNIFICANT_DIGITS = 9
_chosen: ContextVar[Mapping[str, Fate]] = ContextVar("chosen_fates", default=MappingProxyType({}))


def fate_of(number: str) -> Fate:
    """The fate of a recipient: the one that `choosing` gave it, else by its last two digits."""
    chosen = _chosen.get()
    found = chosen.get(number_key(number)) if chosen else None
    return found or FATES.get(number[-2:], Fate.DELIVERED)


def number_key(number: str) -> str:
    """What a number's wire forms have in common: its last nine digits."""
    return "".join(character for character in number if character.isdigit())[-SIGNIFICANT_DIGITS:]


class choosing:  # noqa: N801 - a context manager, named as a function is
    """While the context lasts, numbers have these fates, by `number_key`, whatever their digits say."""

    __slots__ = ("_fates", "_token")

    def __init__(self, fates: Mapping[str, Fate]) -> None:
        self._fates = fates

    def __enter__(self) -> None:
        self._token = _chosen.set(self._fates)

    def __exit__(self, *_: object) -> None:
        _chosen.reset(self._token)


def course_of(fate: Fate) -> tuple[Status, ...]:
    """The statuses that a message of this fate passes through, in the order in which they are reported."""
    return _COURSE.get(fate, (Status.SENT, Status.DELIVERED))


@lru_cache(maxsize=64)
def planned(text: str) -> TextPlan:
    """How a text is cut: asked when it is checked, when it is answered and when it is kept, worked out once."""
    return plan(text)


def segments_in(text: str) -> int:
    """How many segments a text needs, be it more than a message can have: an aggregator counts what it refuses, too."""
    try:
        return planned(text).count
    except TextTooLong as error:
        return error.at_least


class LostAnswer(Exception):
    """Raised by a simulator after it accepted a message: the server cuts the connection without an answer."""


@dataclass(slots=True)
class SimulatedMessage:
    """A submission that a simulator accepted, as the aggregator understood it; numbers in E.164 where they are."""

    id: str
    to: str
    sender: str
    text: str
    callback: str | None = None
    data: bytes | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fate(self) -> Fate:
        """What becomes of it."""
        return fate_of(self.to)


def _is_success(answer: HttpResponse) -> bool:
    return answer.ok


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How an aggregator treats a webhook that its receiver did not take.

    `waits` are the seconds before the second, third, ... attempt, `timeout` the seconds for each; `takes` says which
    answer counts as taken. If `any_answer_ends`, it tries again only where no answer came. The manifest's
    `redelivery` names the document that says so; where nothing is documented, the defaults are this project's own.
    """

    waits: tuple[float, ...] = (10, 60, 300)
    timeout: float = 15.0
    takes: Callable[[HttpResponse], bool] = _is_success
    any_answer_ends: bool = False

    def again(self, answer: HttpResponse | None) -> bool:
        """Whether it tries again after this answer, None for none."""
        return answer is None or not (self.any_answer_ends or self.takes(answer))

    def __str__(self) -> str:
        """When it tries again, in words."""
        *first, last = [f"{wait:g} s" for wait in self.waits] or [""]
        if not last:
            return "once only"
        return f"again after {', '.join(first)} and {last}" if first else f"again after {last}"


class SimulatedAccount(ABC, Generic[W]):
    """One account of an aggregator or SMSC, in memory; `W` is what it pushes at the host.

    `accepted` are the submissions it took, in order. `needs` are libraries without which its webhooks cannot be signed,
    or be verified by a host of this package: the module of each, and what installs it.
    """

    adapter: ClassVar[str]
    needs: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self.clock = clock
        self.accepted: list[SimulatedMessage] = []
        self._made = 0

    def serial(self) -> int:
        """A number that this simulator has not given before."""
        self._made += 1
        return self._made

    def lacking(self) -> str:
        """A sentence that names a library that it needs and that is not installed; empty where there is none."""
        for module, extra in self.needs.items():
            if find_spec(module) is None:
                return f"its webhooks are signed with {module}, which is not installed: install {extra}"
        return ""

    @property
    def made(self) -> int:
        """How many serials it has given."""
        return self._made

    def restore(self, accepted: Iterable[SimulatedMessage], made: int) -> None:
        """Go on where an earlier simulator of this account ended."""
        self.accepted[:] = accepted
        self._made = made

    @abstractmethod
    def config(self, base_url: str) -> dict[str, Any]:
        """A configuration of the adapter that this simulator accepts; `base_url` is where it is served."""

    @abstractmethod
    def report(self, message: SimulatedMessage, status: Status) -> W | None:
        """What reports `status` to the host; None where this aggregator sends nothing for it."""

    @abstractmethod
    def inbound(self, sender: str, to: str, text: str) -> Iterable[W]:
        """What a handset's message makes; several where the aggregator delivers parts singly."""

    def accept(self, message: SimulatedMessage) -> SimulatedMessage:
        """Take a submission; LostAnswer if its fate is to lose the answer."""
        self.accepted.append(message)
        if message.fate is Fate.LOST_ANSWER:
            raise LostAnswer(message.id)
        return message

    def reports(self, message: SimulatedMessage) -> list[W]:
        """What a message's fate makes it push at the host, in this order."""
        made = (self.report(message, status) for status in course_of(message.fate))
        return [pushed for pushed in made if pushed is not None]


class Simulator(SimulatedAccount[HttpRequest]):
    """One aggregator with one account, in memory; it pushes webhooks, and again as `redelivery` says.

    `inbound_url` is the webhook that the aggregator's console would hold for incoming messages.
    """

    redelivery: ClassVar[Redelivery] = Redelivery()

    def __init__(self, *, clock: Callable[[], datetime] = now, inbound_url: str | None = None) -> None:
        super().__init__(clock=clock)
        self.inbound_url = inbound_url

    @abstractmethod
    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Answer a request as the aggregator would; its path is relative to where the simulator is served."""

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """A recorded webhook, its secrets replaced by this simulator's, signed anew; unchanged where none is signed.

        `request.url` is the URL that the aggregator was told.
        """
        return request
