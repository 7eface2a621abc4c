"""The SMSC's side, simulated: what a session adapter's `simulator.py` builds on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..channel import now
from ..results import Status
from ..simulation import SimulatedAccount, SimulatedMessage
from .dialects import BindMode, Dialect, Frame
from .values import DeliverRequest

__all__ = ["Admission", "Quirk", "SessionSimulator"]


class Quirk(StrEnum):
    """What some SMSCs do otherwise within their frames; a protocol has those that make sense in it."""

    HEX_ID = "hex_id"  # hexadecimal in the response, decimal in the receipt
    PADDED_ID = "padded_id"  # with leading zeros in the receipt
    BARE_ERROR = "bare_error"  # an error response ends after its header
    UCS2_RECEIPT = "ucs2_receipt"  # the text of a receipt is in UCS-2


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

    def __init__(self, *, clock: Callable[[], datetime] = now, quirks: Collection[Quirk] = ()) -> None:
        super().__init__(clock=clock)
        self.quirks = frozenset(quirks)

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
    def congested(self, frame: Frame) -> Frame:
        """The response that tells a submission to come later because it is too much."""

    @abstractmethod
    def report(self, message: SimulatedMessage, status: Status) -> DeliverRequest | None:
        """The receipt that reports `status`; None where this SMSC sends none for it, or none was asked for."""

    @abstractmethod
    def inbound(self, sender: str, to: str, text: str) -> Iterable[DeliverRequest]:
        """What a handset's message makes; several where it needs parts."""
