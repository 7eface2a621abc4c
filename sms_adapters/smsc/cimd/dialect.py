"""CIMD2 as the session knows it: odd numbers for what we ask, even ones for what the centre asks, none left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from ..dialects import BindMode, Credentials, Dialect, Kind, Outcome, Reply
from ..errors import FrameError
from ..recipients import same_recipient
from .codes import outcome_of
from .frames import Reader, encode
from .packets import (
    Alive,
    Cancel,
    Deliver,
    DeliveryRequest,
    Enquiry,
    GeneralError,
    Get,
    Login,
    Logout,
    Nack,
    Set,
    StatusReport,
    Submit,
    response_class,
)
from .parameters import PARAMETERS, Packet, Request, Response

__all__ = ["CIMD2", "CimdDialect"]

KINDS: Mapping[type[Packet], Kind] = {
    Login: Kind.LOGIN,
    Logout: Kind.LOGOUT,
    Alive: Kind.KEEP_ALIVE,
    Deliver: Kind.DELIVER,
    StatusReport: Kind.DELIVER,
    **dict.fromkeys((Submit, Enquiry, DeliveryRequest, Cancel, Set, Get), Kind.SUBMIT),
}

UNEXPECTED, CONGESTED = "1", "10"
DELIVERY_FAILED, CODING_NOT_SUPPORTED = "710", "711"

REFUSALS: Mapping[tuple[Kind, Reply], str] = {
    (Kind.DELIVER, Reply.RETRY_LATER): DELIVERY_FAILED,
    (Kind.DELIVER, Reply.REFUSED): CODING_NOT_SUPPORTED,
    (Kind.SUBMIT, Reply.RETRY_LATER): CONGESTED,
    (Kind.SUBMIT, Reply.REFUSED): UNEXPECTED,
}
"""Older centres take no error in the answer to a delivery: they see an answer, and keep nothing."""

FIRST_RESPONSE = 50

NAMES = {number: name for name, number in PARAMETERS.items()}


@dataclass(frozen=True, slots=True)
class CimdDialect:
    """See Dialect. Login fields: `window`, asked for where it is above 1, and `subaddress`.

    `checksum` false is for centres that take packets without one only.
    """

    checksum: bool = True
    name: str = "cimd2"
    port: int = 9971
    window_limit: int = 128
    gapless: bool = True

    def reader(self) -> Reader:
        """See Dialect."""
        return Reader()

    def sequences(self) -> Iterator[int]:
        """See Dialect; the login is always number 1."""
        return cycle(range(1, 256, 2))

    def peer_sequences(self) -> Iterator[int]:
        """See Dialect."""
        return cycle(range(0, 256, 2))

    def encode(self, frame: Packet, sequence: int) -> bytes:
        """See Dialect."""
        return encode(frame, sequence, checksum=self.checksum)

    def kind(self, frame: Packet) -> Kind:
        """See Dialect."""
        answers = isinstance(frame, Response) or frame.operation >= FIRST_RESPONSE
        return Kind.RESPONSE if answers else KINDS.get(type(frame), Kind.UNKNOWN)

    def sequence_of(self, frame: Packet) -> int:
        """See Dialect."""
        return frame.number

    def outcome(self, frame: Packet) -> Outcome:
        """See Dialect."""
        return outcome_of(frame)

    def answers(self, request: Packet, response: Packet) -> bool:
        """See Dialect; a nack, and a general error that names one, answer whatever was asked."""
        if isinstance(response, GeneralError):
            return bool(response.error)
        if not isinstance(request, Request) or not isinstance(response, (response_class(request), Nack)):
            return isinstance(response, Nack)
        asked, told = getattr(request, "destination", None), getattr(response, "destination", None)
        return not asked or not told or same_recipient(asked, told)

    def login(self, credentials: Credentials, mode: BindMode) -> Login:
        """See Dialect; the centre knows by the account which way messages go."""
        given = credentials.fields
        window, subaddress = int(given.get("window") or 1), given.get("subaddress")
        return Login(
            user=credentials.username,
            password=credentials.password,
            subaddress=None if subaddress is None else str(subaddress),
            window=str(window) if window > 1 else None,
        )

    def logout(self) -> Logout:
        """See Dialect."""
        return Logout()

    def keep_alive(self, credentials: Credentials) -> Alive:
        """See Dialect."""
        return Alive()

    def reply_to(self, frame: Packet, reply: Reply) -> Response | None:
        """See Dialect; of what it does not know only a centre, which is asked under odd numbers, can say so."""
        if isinstance(frame, Request):
            error = REFUSALS.get((self.kind(frame), reply))
            return response_class(frame)(error=error)
        if self.kind(frame) is Kind.RESPONSE or frame.number % 2 == 0:
            return None
        return GeneralError(error=UNEXPECTED)

    def garbled(self, error: FrameError) -> Nack | None:
        """See Dialect; a response is never answered."""
        readable = error.operation is not None and error.operation < FIRST_RESPONSE and (error.sequence or 0) < 256
        return Nack() if readable and error.sequence is not None else None

    def without_secrets(self, frame: Packet) -> Packet:
        """See Dialect."""
        if not frame.all(PARAMETERS["password"]):
            return frame
        extra = tuple((number, _blank(number, value)) for number, value in frame.extra)
        if isinstance(frame, Login | Set) and frame.password:
            return replace(frame, password="*" * len(frame.password), extra=extra)
        return replace(frame, extra=extra)

    def describe(self, frame: Packet) -> dict[str, Any]:
        """See Dialect."""
        shown: dict[str, Any] = {"operation": f"{frame.operation:02d} {type(frame).__name__}"}
        shown["number"] = f"{frame.number:03d}"
        for number, value in self.without_secrets(frame).parameters():
            name = NAMES.get(number, f"{number:03d}")
            found = shown.get(name)
            shown[name] = value if found is None else [*(found if isinstance(found, list) else [found]), value]
        return shown


def _blank(number: int, value: str) -> str:
    return "*" * len(value) if number == PARAMETERS["password"] else value


CIMD2: Dialect = CimdDialect()
"""The value for centres that take checksums, as almost all do."""
