"""The SMSC's side, simulated: what a session adapter's `simulator.py` builds on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from ..results import Status
from ..simulation import SimulatedAccount, SimulatedMessage
from .dialects import BindMode, Dialect, Frame
from .values import DeliverRequest

__all__ = ["Admission", "SessionSimulator"]


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer to a login; `mode` is what the peer may do from now on, None where it was refused."""

    response: Frame
    mode: BindMode | None


class SessionSimulator(SimulatedAccount[DeliverRequest]):
    """One SMSC with one account, in memory and without a connection.

    What it returns carries no sequence numbers: whoever serves it numbers its requests, and gives a response the
    number of its request.
    """

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The protocol it speaks."""

    @abstractmethod
    def login(self, frame: Frame) -> Admission:
        """Answer a login; asked only for frames of that kind."""

    @abstractmethod
    def answer(self, frame: Frame) -> Iterable[Frame]:
        """The responses to a request of a peer that is logged in: submits, queries, cancels.

        LostAnswer, after accepting, where the message's fate is to lose it: the server cuts the connection.
        """

    @abstractmethod
    def report(self, message: SimulatedMessage, status: Status) -> DeliverRequest | None:
        """The receipt that reports `status`; None where this SMSC sends none for it, or none was asked for."""

    @abstractmethod
    def inbound(self, sender: str, to: str, text: str) -> Iterable[DeliverRequest]:
        """What a handset's message makes; several where it needs parts."""
