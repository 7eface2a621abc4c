"""What a session needs of a protocol: the one seam between the codecs and everything that connects.

A `Dialect` is a value without state. SMPP, UCP/EMI and CIMD2 each have one in their codec's package; the session, the
driver, the simulators' server, the recorder and the probe know no more of a protocol than is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from ..results import Reason
from .errors import FrameError

__all__ = [
    "OK",
    "BindMode",
    "Credentials",
    "Dialect",
    "Frame",
    "FrameReader",
    "Kind",
    "Outcome",
    "Reply",
    "Verdict",
    "outcome_for",
]

Frame: TypeAlias = Any
"""A value of a codec: one operation, request or response."""


class Kind(StrEnum):
    """What a frame is to the side that receives it."""

    RESPONSE = "response"  # answers a request of ours
    SUBMIT = "submit"  # asks an SMSC for something: submit, query, cancel, ...
    DELIVER = "deliver"  # brings a message or a report
    KEEP_ALIVE = "keep_alive"
    LOGIN = "login"
    LOGOUT = "logout"
    NOTICE = "notice"  # wants no answer
    UNKNOWN = "unknown"  # an operation that the codec has no value for


class Verdict(StrEnum):
    """What a response says of its request."""

    OK = "ok"
    THROTTLED = "throttled"  # too fast or queue full: nothing accepted, slow down
    TEMPORARY = "temporary"  # nothing accepted, the same may succeed later
    REFUSED = "refused"  # for good
    AUTH = "auth"  # credentials or permissions
    SESSION = "session"  # not allowed in the session's state: nothing accepted, bind again
    OUT_OF_STEP = "out_of_step"  # read nothing: wrong number or checksum; its number may be the one it expects
    DEFECT = "defect"  # the peer calls the request malformed


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response in words common to all protocols; `code` and `text` are the protocol's own."""

    verdict: Verdict
    code: str = ""
    text: str = ""
    reason: Reason = Reason.UNKNOWN

    @property
    def ok(self) -> bool:
        """Whether the request was accepted."""
        return self.verdict is Verdict.OK

    def __str__(self) -> str:
        return " ".join(part for part in (self.code, self.text) if part) or self.verdict.value


OK = Outcome(Verdict.OK)


class Reply(StrEnum):
    """What a request of the peer is answered with."""

    ACCEPTED = "accepted"
    RETRY_LATER = "retry_later"
    REFUSED = "refused"


class BindMode(StrEnum):
    """Which way messages go on one connection."""

    TRANSCEIVER = "transceiver"
    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"

    @property
    def submits(self) -> bool:
        """Whether submissions may leave on it."""
        return self is not BindMode.RECEIVER

    @property
    def receives(self) -> bool:
        """Whether messages and reports come in on it."""
        return self is not BindMode.TRANSMITTER


class Credentials(Protocol):
    """What `Dialect.login` is given: the account, and the login fields of the protocol by its own names."""

    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def password(self) -> str: ...  # noqa: D102
    @property
    def fields(self) -> Mapping[str, Any]: ...  # noqa: D102


class FrameReader(Protocol):
    """Octets in, frames out; holds no more than one frame of the longest kind."""

    def feed(self, data: bytes) -> list[tuple[Frame | FrameError, bytes]]:
        """What `data` completes, each frame with its own octets, in order.

        A broken frame is a `FrameError` in its place, not raised; after a fatal one nothing more is read.
        """
        ...

    @property
    def pending(self) -> int:
        """Octets held of a frame that has not ended."""
        ...


class Dialect(Protocol):
    """A protocol. Frames that are sent carry no sequence number of their own: `encode` is given it."""

    @property
    def name(self) -> str:
        """`smpp`, `ucp`, `cimd2`: also the scheme of its URLs; with an `s` for TLS."""
        ...

    @property
    def port(self) -> int:
        """The usual port, where a URL names none."""
        ...

    @property
    def window_limit(self) -> int:
        """The most requests that may be unanswered, by the range of sequence numbers."""
        ...

    @property
    def gapless(self) -> bool:
        """Whether the peer refuses a number that was skipped (CIMD2)."""
        ...

    def reader(self) -> FrameReader:
        """A reader for one connection, of what either side sends."""
        ...

    def sequences(self) -> Iterator[int]:
        """The sequence numbers of one connection's requests of a client, without end."""
        ...

    def peer_sequences(self) -> Iterator[int]:
        """Those of an SMSC's requests."""
        ...

    def encode(self, frame: Frame, sequence: int) -> bytes:
        """The octets of a frame; FrameError for values that fit into none."""
        ...

    def kind(self, frame: Frame) -> Kind:
        """What a received frame is."""
        ...

    def sequence_of(self, frame: Frame) -> int:
        """The number of a received frame."""
        ...

    def outcome(self, frame: Frame) -> Outcome:
        """What a response says; one that answers nothing in particular (generic_nack) is a response too."""
        ...

    def answers(self, request: Frame, response: Frame) -> bool:
        """Whether a response can be one to that request: of its operation, and about the recipient that it names."""
        ...

    def login(self, credentials: Credentials, mode: BindMode) -> Frame | None:
        """The login; None where the protocol or the account needs none."""
        ...

    def logout(self) -> Frame | None:
        """The logout; None where the protocol has none and the connection is just closed."""
        ...

    def keep_alive(self, credentials: Credentials) -> Frame:
        """A request without effect that every peer answers."""
        ...

    def reply_to(self, frame: Frame, reply: Reply) -> Frame | None:
        """The answer to a request of the peer, of any kind; None where it wants none."""
        ...

    def garbled(self, error: FrameError) -> Frame | None:
        """The answer to a broken frame; None where the protocol has none. Sent under `error.sequence`, 0 if unread."""
        ...

    def without_secrets(self, frame: Frame) -> Frame:
        """The frame with its passwords blanked; the same object where it holds none."""
        ...

    def describe(self, frame: Frame) -> dict[str, Any]:
        """The operation and its fields as JSON-ready values by the protocol's names, passwords blanked."""
        ...


def outcome_for(dialect: Dialect, request: Frame, response: Frame) -> Outcome:
    """What a response says of that request; DEFECT where it answers another, for then it says nothing."""
    outcome = dialect.outcome(response)
    if dialect.answers(request, response):
        return outcome
    asked, came = type(request).__name__, type(response).__name__
    return Outcome(Verdict.DEFECT, outcome.code, f"{came} is no answer to {asked}")
