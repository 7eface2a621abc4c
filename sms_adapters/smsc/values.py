"""What a session adapter handles in place of HTTP requests: frames going out, their responses, frames coming in.

An adapter for an SMSC never sees a socket, a sequence number or a clock: `authenticate` returns a `Login`, `send`
yields `SubmitRequest` and is sent `SubmitResponse`, `parse_inbound` is given a `DeliverRequest`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from .._quick import quick
from ..auth import Auth
from ..errors import AuthError, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from .dialects import OK, BindMode, Dialect, Frame, Outcome, Reply, Verdict
from .errors import FrameError

__all__ = ["DeliverRequest", "DeliverResponse", "Login", "SessionFlow", "SubmitRequest", "SubmitResponse"]

T = TypeVar("T")


@quick
@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """A request frame for the SMSC; the session fills in its sequence number.

    `timeout` is for the response, in seconds, None for the channel's. `submits` says whether it can create a message:
    if it can, a lost response leaves the outcome unknown. `raw` are its octets under the first sequence number, set
    by the driver where somebody looks (a host's plug-in, a recording, an error).
    """

    frame: Frame
    timeout: float | None = None
    submits: bool = True
    raw: bytes = b""

    def __repr__(self) -> str:
        return f"SubmitRequest({type(self.frame).__name__})"


@quick
@dataclass(frozen=True, slots=True)
class SubmitResponse:
    """The SMSC's response, and what it means in words common to all protocols; `raw` are its octets."""

    frame: Frame
    outcome: Outcome = OK
    raw: bytes = b""
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the request was accepted."""
        return self.outcome.verdict is Verdict.OK

    def error(self) -> SmsError | None:
        """What a refusal is in the error tree; None where the request was accepted."""
        outcome = self.outcome
        if outcome.verdict is Verdict.OK:
            return None
        own: dict[str, Any] = {"provider_code": outcome.code or None, "provider_text": outcome.text or None}
        if outcome.verdict is Verdict.THROTTLED:
            return Throttled("the SMSC takes no more at present", self.retry_after, **own)
        if outcome.verdict is Verdict.REFUSED:
            return Rejected("the SMSC refused the message", outcome.reason, **own)
        kind, sentence = _ERRORS[outcome.verdict]
        return kind(sentence, **own)

    def raise_for_error(self) -> None:
        """Raise `error()`, if there is one."""
        found = self.error()
        if found is not None:
            raise found

    def __repr__(self) -> str:
        return f"SubmitResponse({type(self.frame).__name__}, {self.outcome})"


_ERRORS: Mapping[Verdict, tuple[type[SmsError], str]] = {
    Verdict.TEMPORARY: (TemporaryFailure, "the SMSC cannot take the message at present"),
    Verdict.SESSION: (TemporaryFailure, "the SMSC says that the session is not bound for this"),
    Verdict.OUT_OF_STEP: (TemporaryFailure, "the SMSC could not read the request, or expected another number"),
    Verdict.AUTH: (AuthError, "the SMSC does not allow this account to do so"),
    Verdict.DEFECT: (ProtocolError, "the SMSC did not understand the request"),
}


@quick
@dataclass(frozen=True, slots=True)
class DeliverRequest:
    """A frame from the SMSC that brings a message or a report, given to `parse_inbound`.

    `raw` are its octets as they came, `remote` the SMSC's address. `values` is the frame as JSON-ready values.
    """

    frame: Frame
    raw: bytes = b""
    remote: str | None = None
    dialect: Dialect | None = field(default=None, repr=False, compare=False)

    @property
    def values(self) -> dict[str, Any]:
        """The operation and its fields by the protocol's names, for an event's `raw`; empty without a dialect."""
        return self.dialect.describe(self.frame) if self.dialect is not None else {}

    def __repr__(self) -> str:
        return f"DeliverRequest({type(self.frame).__name__}, {len(self.raw)} octets)"


@dataclass(frozen=True, slots=True)
class DeliverResponse:
    """What to answer the SMSC; `frame` replaces the protocol's usual answer for `reply`.

    `respond_inbound` of a session adapter may return one; without the hook a frame is accepted once the host has it.
    """

    reply: Reply = Reply.ACCEPTED
    frame: Frame | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Login(Auth):
    """How a session logs in: what `authenticate` of a session adapter returns.

    `fields` are further login fields by the dialect's names (SMPP: system_type, addr_ton, ...). `binds` are the
    connections to hold open, one entry each.
    """

    dialect: Dialect
    username: str
    password: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    binds: tuple[BindMode, ...] = (BindMode.TRANSCEIVER,)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password."""
        return (self.password,) if self.password else ()

    def shown(self, request: SubmitRequest) -> SubmitRequest:
        """The request with its octets, passwords blanked by the codec; without octets where it cannot be written."""
        frame = self.dialect.without_secrets(request.frame)
        try:
            raw = self.dialect.encode(frame, next(self.dialect.sequences()))
        except FrameError:
            raw = b""
        return replace(request, frame=frame, raw=raw)


SessionFlow: TypeAlias = Generator[SubmitRequest, SubmitResponse, T]
"""What the flows of a session adapter are: `response = yield SubmitRequest(frame)` until `return result`."""
