"""The aggregator's side, simulated: what an adapter's `simulator.py` builds on.

A simulator is as pure as an adapter: it is handed a request and gives an answer, and makes the webhooks it would fire
as values. What it does is simulated; it never counts as knowledge about the aggregator.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from .channel import now
from .http import HttpRequest, WebhookRequest, WebhookResponse
from .results import Status

__all__ = ["FATES", "Fate", "LostAnswer", "SimulatedAccount", "SimulatedMessage", "Simulator", "fate_of"]

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


def fate_of(number: str) -> Fate:
    """The fate of a recipient by its last two digits."""
    return FATES.get(number[-2:], Fate.DELIVERED)


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


class SimulatedAccount(ABC, Generic[W]):
    """One account of an aggregator or SMSC, in memory; `W` is what it pushes at the host.

    `accepted` are the submissions it took, in order.
    """

    adapter: ClassVar[str]

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self.clock = clock
        self.accepted: list[SimulatedMessage] = []
        self._made = 0

    def serial(self) -> int:
        """A number that this simulator has not given before."""
        self._made += 1
        return self._made

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
        course = _COURSE.get(message.fate, (Status.SENT, Status.DELIVERED))
        made = (self.report(message, status) for status in course)
        return [pushed for pushed in made if pushed is not None]


class Simulator(SimulatedAccount[HttpRequest]):
    """One aggregator with one account, in memory; it pushes webhooks.

    `inbound_url` is the webhook that the aggregator's console would hold for incoming messages.
    """

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
