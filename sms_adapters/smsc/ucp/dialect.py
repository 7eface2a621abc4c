"""UCP/EMI as the session knows it: login by operation 60, keep-alive by 31, no logout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import cycle
from typing import Any

from ...text import UnencodableText, gsm7
from ..dialects import OK, BindMode, Credentials, Dialect, Kind, Outcome, Reply
from ..errors import FrameError
from ..recipients import same_recipient
from .codes import outcome_of
from .frames import Reader, UcpError, encode
from .operations import (
    Ack,
    Alert,
    CallInput,
    CallInputToMany,
    CallInputWithServices,
    Delete,
    DeleteOutcome,
    Deliver,
    Frame,
    Inquiry,
    InquiryOutcome,
    ListManagement,
    MessageTransfer,
    Modify,
    Nack,
    Notification,
    Operation,
    Result,
    Session,
    Submit,
    field_names,
)

__all__ = ["UCP", "UcpDialect", "submitted"]

KINDS: Mapping[type[Frame], Kind] = {
    Ack: Kind.RESPONSE,
    Nack: Kind.RESPONSE,
    Alert: Kind.KEEP_ALIVE,
    **dict.fromkeys((Deliver, Notification, InquiryOutcome, DeleteOutcome), Kind.DELIVER),
    **dict.fromkeys((CallInput, CallInputToMany, CallInputWithServices, MessageTransfer), Kind.SUBMIT),
    **dict.fromkeys((Submit, Modify, Inquiry, Delete, ListManagement), Kind.SUBMIT),
}

OPEN_SESSIONS = ("1", "4")
"""STYP of a login; the others change a password."""

SHORT_NUMBER, PRIVATE, VERSION, TCP_IP = "6", "5", "0100", "0539"

SYNTAX, NOT_SUPPORTED, NOT_ALLOWED = "02", "03", "04"

SUBMITTED = re.compile(r"(?P<adc>\+?\d+):(?P<scts>\d{12})", re.ASCII)

BLANK = "2A"
"""A star, as a password's characters are written."""

_SPELLINGS = (
    "AdC OAdC OAC AC NRq NAdC NT NPID LRq LRAd LPID DD DDT VP RPID SCTS Dst Rsn DSCTS MT NB Msg MMS PR DCs MCLs RPI "
    "CPg RPLy OTOA HPLMN XSer RES4 RES5 PID OTON ONPI STYP PWD NPWD VERS LAdC LTON LNPI OPID RES1 RES2 RP LRP LPR UM "
    "LUM RC LRC MVP SM EC"
)
SPELLED = {name.lower(): name for name in _SPELLINGS.split()} | {"areas": "GA", "recipients": "AdC"}
"""The fields as the specification spells them."""


@dataclass(frozen=True, slots=True)
class UcpDialect:
    """See Dialect. Login fields: `oton`, `onpi`, `opid`, `vers`, and `login` false for accounts known by address."""

    name: str = "ucp"
    port: int = 5000
    window_limit: int = 100
    gapless: bool = False

    def reader(self) -> Reader:
        """See Dialect."""
        return Reader()

    def sequences(self) -> Iterator[int]:
        """See Dialect."""
        return cycle(range(100))

    def peer_sequences(self) -> Iterator[int]:
        """See Dialect; each side counts for itself."""
        return cycle(range(100))

    def encode(self, frame: Frame, sequence: int) -> bytes:
        """See Dialect."""
        return encode(frame, sequence)

    def kind(self, frame: Frame) -> Kind:
        """See Dialect."""
        if isinstance(frame, Session):
            return Kind.LOGIN if frame.styp in OPEN_SESSIONS else Kind.SUBMIT
        return KINDS.get(type(frame), Kind.UNKNOWN)

    def sequence_of(self, frame: Frame) -> int:
        """See Dialect."""
        return frame.trn

    def outcome(self, frame: Frame) -> Outcome:
        """See Dialect."""
        if isinstance(frame, Nack):
            return outcome_of(frame)
        return Outcome(OK.verdict, text=frame.sm) if isinstance(frame, Ack) and frame.sm else OK

    def answers(self, request: Frame, response: Frame) -> bool:
        """See Dialect."""
        if not (isinstance(request, Operation) and isinstance(response, Result) and request.ot == response.ot):
            return False
        told = submitted(response)
        return told is None or same_recipient(getattr(request, "adc", "") or told["adc"], told["adc"])

    def login(self, credentials: Credentials, mode: BindMode) -> Session | None:
        """See Dialect; a connection carries both directions whatever the mode."""
        given = credentials.fields
        if given.get("login") is False:
            return None
        return Session(
            credentials.username,
            str(given.get("oton", SHORT_NUMBER)),
            str(given.get("onpi", PRIVATE)),
            OPEN_SESSIONS[0],
            _hexadecimal(credentials.password),
            vers=str(given.get("vers", VERSION)),
            opid=str(given.get("opid", "")),
        )

    def logout(self) -> None:
        """There is none."""

    def keep_alive(self, credentials: Credentials) -> Alert:
        """See Dialect; any result proves the link, even a negative one."""
        return Alert(credentials.username, TCP_IP)

    def reply_to(self, frame: Frame, reply: Reply) -> Result | None:
        """See Dialect; an SMSC repeats what was answered "not allowed"."""
        if not isinstance(frame, Operation):
            return None
        kind = self.kind(frame)
        if kind is Kind.UNKNOWN:
            return Nack(NOT_SUPPORTED, ot=frame.ot)
        if reply is Reply.ACCEPTED or kind is Kind.KEEP_ALIVE:
            return Ack(sm=_acknowledged(frame), ot=frame.ot)
        unreadable = reply is Reply.REFUSED and kind is Kind.DELIVER
        return Nack(SYNTAX if unreadable else NOT_ALLOWED, ot=frame.ot)

    def garbled(self, error: FrameError) -> Nack | None:
        """See Dialect; a result is never answered."""
        if error.operation is None or error.sequence is None:
            return None
        return Nack(error.ec if isinstance(error, UcpError) else SYNTAX, ot=error.operation)

    def without_secrets(self, frame: Frame) -> Frame:
        """See Dialect."""
        held = ((name, getattr(frame, name)) for name in secrets_of(type(frame)))
        blanks: dict[str, Any] = {name: BLANK * max(1, len(value) // 2) for name, value in held if value}
        return replace(frame, **blanks) if blanks else frame

    def describe(self, frame: Frame) -> dict[str, Any]:
        """See Dialect."""
        shown: dict[str, Any] = {"operation": type(frame).__name__, "TRN": f"{frame.trn:02d}"}
        if isinstance(frame, Operation | Result):
            shown["OT"] = f"{frame.ot:02d}"
        secret = secrets_of(type(frame))
        for name in field_names(type(frame)):
            value = "" if name in secret else getattr(frame, name)
            if value:
                shown[SPELLED.get(name, name)] = list(value) if isinstance(value, tuple) else value
        return {**shown, "more": list(frame.extra)} if any(frame.extra) else shown


def submitted(result: Frame) -> re.Match[str] | None:
    """The recipient and the time stamp, `adc` and `scts`, that the system message of a positive result names."""
    return SUBMITTED.search(result.sm or result.mvp) if isinstance(result, Ack) else None


def secrets_of(kind: type[Frame]) -> tuple[str, ...]:
    """The fields of passwords and codes: those that no representation shows."""
    return tuple(item.name for item in fields(kind) if not item.repr and item.name != "extra")


def _hexadecimal(password: str) -> str:
    try:
        return gsm7.encode(password).hex().upper()
    except UnencodableText:
        raise UcpError("the password has a character that is not in GSM 7-bit", operation=Session.ot) from None


def _acknowledged(frame: Operation) -> str:
    """The system message that says what was taken."""
    if isinstance(frame, Deliver):
        return f"{frame.adc}:{frame.scts}"
    if isinstance(frame, Notification):
        return frame.scts
    return "0000" if isinstance(frame, Alert) else ""


UCP: Dialect = UcpDialect()
"""The one value that sessions need."""
