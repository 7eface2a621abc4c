"""Operations and results of UCP/EMI as values: the fields in the order in which they travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar, Self

__all__ = [
    "OPERATIONS",
    "Ack",
    "Alert",
    "CallInput",
    "CallInputToMany",
    "CallInputWithServices",
    "Delete",
    "DeleteOutcome",
    "Deliver",
    "Frame",
    "Inquiry",
    "InquiryOutcome",
    "ListManagement",
    "MessageTransfer",
    "Modify",
    "Nack",
    "Notification",
    "Operation",
    "Result",
    "Session",
    "ShortMessage",
    "Submit",
    "UnknownOperation",
    "field_names",
    "has_validity",
]


@dataclass(frozen=True, slots=True)
class Frame:
    """What one frame says; `trn` is its transaction reference, 0 to 99.

    `extra` are the fields behind the last one that this code knows, the separator inside a text being one of them.
    """

    trn: int = field(default=0, kw_only=True)
    extra: tuple[str, ...] = field(default=(), kw_only=True)

    def data(self) -> tuple[str, ...]:
        """The fields as they travel, `extra` included."""
        return (*(getattr(self, name) for name in field_names(type(self))), *self.extra)

    @classmethod
    def read(cls, trn: int, texts: Sequence[str]) -> Self:
        """The value of these fields; those that are missing at the end are empty."""
        count = len(field_names(cls))
        missing = ("",) * (count - len(texts))
        return cls(*texts[:count], *missing, trn=trn, extra=tuple(texts[count:]))


def field_names(kind: type[Frame]) -> tuple[str, ...]:
    """The fields that travel, in order."""
    found = _NAMES.get(kind)
    if found is None:
        found = _NAMES[kind] = tuple(item.name for item in fields(kind) if not item.kw_only)
    return found


_NAMES: dict[type[Frame], tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Operation(Frame):
    """A request of either side; `ot` is its operation type."""

    ot: ClassVar[int]


@dataclass(frozen=True, slots=True)
class CallInput(Operation):
    """01, the oldest way to send; MT 2 has digits in `msg`, MT 3 text."""

    ot: ClassVar[int] = 1
    adc: str = ""
    oadc: str = ""
    oac: str = field(default="", repr=False)
    mt: str = ""
    msg: str = ""


@dataclass(frozen=True, slots=True)
class CallInputToMany(Operation):
    """02, the same for several recipients."""

    ot: ClassVar[int] = 2
    recipients: tuple[str, ...] = ()
    oadc: str = ""
    oac: str = field(default="", repr=False)
    mt: str = ""
    msg: str = ""

    def data(self) -> tuple[str, ...]:
        """See Frame."""
        return (str(len(self.recipients)), *self.recipients, self.oadc, self.oac, self.mt, self.msg, *self.extra)

    @classmethod
    def read(cls, trn: int, texts: Sequence[str]) -> Self:
        """See Frame; ValueError for a number of recipients that is none, or more than the frame has."""
        listed, rest = _listed(texts)
        oadc, oac, mt, msg, *extra = (*rest, *("",) * (4 - len(rest)))
        return cls(listed, oadc, oac, mt, msg, trn=trn, extra=tuple(extra))


@dataclass(frozen=True, slots=True)
class CallInputWithServices(Operation):
    """03, with supplementary services; `areas` are the GA, and `lrp` to `lrc` legitimisation codes.

    ERMES has LRP among the fields, the examples of EMI 4.0 have not: it is None where it does not travel.
    """

    ot: ClassVar[int] = 3
    adc: str = ""
    oadc: str = ""
    oac: str = field(default="", repr=False)
    areas: tuple[str, ...] = ()
    rp: str = ""
    lrp: str | None = field(default="", repr=False)
    pr: str = ""
    lpr: str = field(default="", repr=False)
    um: str = ""
    lum: str = field(default="", repr=False)
    rc: str = ""
    lrc: str = field(default="", repr=False)
    dd: str = ""
    ddt: str = ""
    mt: str = ""
    msg: str = ""

    def data(self) -> tuple[str, ...]:
        """See Frame."""
        behind = (getattr(self, name) for name in field_names(type(self))[4:])
        told = (text for text in behind if text is not None)
        return (self.adc, self.oadc, self.oac, str(len(self.areas)), *self.areas, *told, *self.extra)

    @classmethod
    def read(cls, trn: int, texts: Sequence[str]) -> Self:
        """See Frame; ValueError for a number of areas that is none, or more than the frame has."""
        listed, rest = _listed(texts[3:])
        adc, oadc, oac = (*texts[:3], *("",) * (3 - len(texts)))
        count = len(field_names(cls)) - 4
        without = len(rest) == count - 1
        behind = (*rest[:1], "", *rest[1:]) if without else (*rest[:count], *("",) * (count - len(rest)))
        rp, lrp, pr, lpr, um, lum, rc, lrc, dd, ddt, mt, msg = behind
        known = (pr, lpr, um, lum, rc, lrc, dd, ddt, mt, msg)
        return cls(adc, oadc, oac, listed, rp, None if without else lrp, *known, trn=trn, extra=tuple(rest[count:]))


def _listed(texts: Sequence[str]) -> tuple[tuple[str, ...], Sequence[str]]:
    """A list that begins with the number of its entries, and what follows it."""
    written = texts[0] if texts else ""
    if written and not (written.isascii() and written.isdigit() and len(written) <= 4):
        raise ValueError("the number of entries of a list is no number")
    count = int(written or "0")
    if count > len(texts) - 1 and count:
        raise ValueError("a list has fewer entries than it says")
    return tuple(texts[1 : 1 + count]), texts[1 + count :]


@dataclass(frozen=True, slots=True)
class MessageTransfer(Operation):
    """30, SMS message transfer; `msg` is always text."""

    ot: ClassVar[int] = 30
    adc: str = ""
    oadc: str = ""
    ac: str = field(default="", repr=False)
    nrq: str = ""
    nadc: str = ""
    npid: str = ""
    dd: str = ""
    ddt: str = ""
    vp: str = ""
    msg: str = ""


@dataclass(frozen=True, slots=True)
class Alert(Operation):
    """31, SMT alert: tells that an account is there, and serves as keep-alive."""

    ot: ClassVar[int] = 31
    adc: str = ""
    pid: str = ""


@dataclass(frozen=True, slots=True)
class ShortMessage(Operation):
    """The 33 fields of the operations 51 to 58; `msg` is NMsg, AMsg or TMsg by `mt` (2, 3 or 4)."""

    adc: str = ""
    oadc: str = ""
    ac: str = field(default="", repr=False)
    nrq: str = ""
    nadc: str = ""
    nt: str = ""
    npid: str = ""
    lrq: str = ""
    lrad: str = ""
    lpid: str = ""
    dd: str = ""
    ddt: str = ""
    vp: str = ""
    rpid: str = ""
    scts: str = ""
    dst: str = ""
    rsn: str = ""
    dscts: str = ""
    mt: str = ""
    nb: str = ""
    msg: str = ""
    mms: str = ""
    pr: str = ""
    dcs: str = ""
    mcls: str = ""
    rpi: str = ""
    cpg: str = ""
    rply: str = ""
    otoa: str = ""
    hplmn: str = ""
    xser: str = ""
    res4: str = ""
    res5: str = ""


@dataclass(frozen=True, slots=True)
class Submit(ShortMessage):
    """51, submit short message."""

    ot: ClassVar[int] = 51


@dataclass(frozen=True, slots=True)
class Deliver(ShortMessage):
    """52, deliver short message: what a handset sent."""

    ot: ClassVar[int] = 52


@dataclass(frozen=True, slots=True)
class Notification(ShortMessage):
    """53, delivery notification: `adc` is who sent, `oadc` who received, `scts` the stamp of the acknowledgement."""

    ot: ClassVar[int] = 53


@dataclass(frozen=True, slots=True)
class Modify(ShortMessage):
    """54, modify the message that `adc`, `oadc` and `scts` name."""

    ot: ClassVar[int] = 54


@dataclass(frozen=True, slots=True)
class Inquiry(ShortMessage):
    """55, inquiry message; what becomes of it is told by a 57."""

    ot: ClassVar[int] = 55


@dataclass(frozen=True, slots=True)
class Delete(ShortMessage):
    """56, delete message; what becomes of it is told by a 58."""

    ot: ClassVar[int] = 56


@dataclass(frozen=True, slots=True)
class InquiryOutcome(ShortMessage):
    """57, response to an inquiry."""

    ot: ClassVar[int] = 57


@dataclass(frozen=True, slots=True)
class DeleteOutcome(ShortMessage):
    """58, response to a delete."""

    ot: ClassVar[int] = 58


@dataclass(frozen=True, slots=True)
class Session(Operation):
    """60, session management; `pwd` and `npwd` are hexadecimal and never shown."""

    ot: ClassVar[int] = 60
    oadc: str = ""
    oton: str = ""
    onpi: str = ""
    styp: str = ""
    pwd: str = field(default="", repr=False)
    npwd: str = field(default="", repr=False)
    vers: str = ""
    ladc: str = ""
    lton: str = ""
    lnpi: str = ""
    opid: str = ""
    res1: str = ""


@dataclass(frozen=True, slots=True)
class ListManagement(Operation):
    """61, management of the lists of addresses."""

    ot: ClassVar[int] = 61
    oadc: str = ""
    oton: str = ""
    onpi: str = ""
    styp: str = ""
    pwd: str = field(default="", repr=False)
    npwd: str = field(default="", repr=False)
    vers: str = ""
    ladc: str = ""
    lton: str = ""
    lnpi: str = ""
    res1: str = ""
    res2: str = ""


@dataclass(frozen=True, slots=True)
class UnknownOperation(Operation):
    """An operation that is none of these; its fields are kept in `extra` and not shown, for one may be a password."""

    ot: int = field(default=0, kw_only=True)  # type: ignore[misc]
    extra: tuple[str, ...] = field(default=("",), kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Result(Frame):
    """The answer to an operation of type `ot`."""

    ot: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Ack(Result):
    """A positive result; `mvp` is the validity as the SMSC changed it, where the operation has that field.

    `sm` is the system message: `AdC:SCTS` for what was submitted.
    """

    mvp: str = ""
    sm: str = ""

    def data(self) -> tuple[str, ...]:
        """See Frame."""
        period = (self.mvp,) if has_validity(self.ot) else ()
        return ("A", *period, self.sm, *self.extra)


@dataclass(frozen=True, slots=True)
class Nack(Result):
    """A negative result; `ec` is the error code, two digits, `sm` what the SMSC says in words."""

    ec: str = ""
    sm: str = ""

    def data(self) -> tuple[str, ...]:
        """See Frame."""
        return ("N", self.ec, self.sm, *self.extra)


def has_validity(ot: int) -> bool:
    """Whether a positive result of this operation has the field MVP."""
    return ot == MessageTransfer.ot or 51 <= ot <= 58


OPERATIONS: dict[int, type[Operation]] = {
    kind.ot: kind
    for kind in (
        CallInput,
        CallInputToMany,
        CallInputWithServices,
        MessageTransfer,
        Alert,
        Submit,
        Deliver,
        Notification,
        Modify,
        Inquiry,
        Delete,
        InquiryOutcome,
        DeleteOutcome,
        Session,
        ListManagement,
    )
}
