"""The operations of CIMD2 as values, each with the parameters that it may have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from .parameters import Packet, Parameter, Request, Response

__all__ = [
    "OPERATIONS",
    "Alive",
    "AliveResponse",
    "Cancel",
    "CancelResponse",
    "Deliver",
    "DeliverResponse",
    "DeliveryRequest",
    "DeliveryRequestResponse",
    "Enquiry",
    "EnquiryResponse",
    "GeneralError",
    "Get",
    "GetResponse",
    "Login",
    "LoginResponse",
    "Logout",
    "LogoutResponse",
    "Nack",
    "Set",
    "SetResponse",
    "StatusReport",
    "StatusReportResponse",
    "Submit",
    "SubmitResponse",
    "UnknownPacket",
    "response_class",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(Request):
    """01; `window` asks for more than one unanswered request."""

    operation: ClassVar[int] = 1
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    subaddress: str | None = None
    window: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout(Request):
    """02."""

    operation: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit(Request):
    """03, submit message."""

    operation: ClassVar[int] = 3
    destination: str | None = None
    originator: str | None = None
    alphanumeric_originator: str | None = None
    dcs: str | None = None
    udh: str | None = None
    text: str | None = None
    binary: str | None = None
    more_messages: str | None = None
    relative_validity: str | None = None
    absolute_validity: str | None = None
    protocol: str | None = None
    relative_first_delivery: str | None = None
    absolute_first_delivery: str | None = None
    reply_path: str | None = None
    report_request: str | None = None
    cancel_enabled: str | None = None
    tariff: str | None = None
    service: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry(Request):
    """04, enquire message status."""

    operation: ClassVar[int] = 4
    destination: str | None = None
    stamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRequest(Request):
    """05; `mode` 0 asks how many messages wait, 1 for one message, 2 for all."""

    operation: ClassVar[int] = 5
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Request):
    """06; `cancel_mode` 0 all to a destination, 1 all of the account, 2 the one of destination and stamp."""

    operation: ClassVar[int] = 6
    destination: str | None = None
    cancel_mode: str | None = None
    stamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Request):
    """08, set; a new password, or in `extra` what else the centre lets be set."""

    operation: ClassVar[int] = 8
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Get(Request):
    """09, get; `wanted` is the number of a parameter."""

    operation: ClassVar[int] = 9
    wanted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver(Request):
    """20, deliver message: what a handset sent."""

    operation: ClassVar[int] = 20
    destination: str | None = None
    originator: str | None = None
    imsi: str | None = None
    visited_msc: str | None = None
    dcs: str | None = None
    udh: str | None = None
    text: str | None = None
    binary: str | None = None
    protocol: str | None = None
    stamp: str | None = None
    centre_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport(Request):
    """23, deliver status report; `destination` and `stamp` are those of the message's response."""

    operation: ClassVar[int] = 23
    destination: str | None = None
    originator: str | None = None
    stamp: str | None = None
    status: str | None = None
    status_error: str | None = None
    discharge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive(Request):
    """40."""

    operation: ClassVar[int] = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginResponse(Response):
    """51."""

    operation: ClassVar[int] = 51


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutResponse(Response):
    """52."""

    operation: ClassVar[int] = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitResponse(Response):
    """53; `destination` and `stamp` together name the message."""

    operation: ClassVar[int] = 53
    destination: str | None = None
    stamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryResponse(Response):
    """54."""

    operation: ClassVar[int] = 54
    destination: str | None = None
    stamp: str | None = None
    status: str | None = None
    status_error: str | None = None
    discharge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRequestResponse(Response):
    """55."""

    operation: ClassVar[int] = 55
    count: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResponse(Response):
    """56."""

    operation: ClassVar[int] = 56


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResponse(Response):
    """58."""

    operation: ClassVar[int] = 58


@dataclass(frozen=True, slots=True, kw_only=True)
class GetResponse(Response):
    """59; the parameter asked for is in `centre_time` or in `extra`."""

    operation: ClassVar[int] = 59
    centre_time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverResponse(Response):
    """70."""

    operation: ClassVar[int] = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReportResponse(Response):
    """73."""

    operation: ClassVar[int] = 73


@dataclass(frozen=True, slots=True, kw_only=True)
class AliveResponse(Response):
    """90."""

    operation: ClassVar[int] = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralError(Response):
    """98: the request of this number is not known, or not allowed now."""

    operation: ClassVar[int] = 98


@dataclass(frozen=True, slots=True, kw_only=True)
class Nack(Response):
    """99: a request had a wrong checksum or a wrong number; `number` is the one that was expected."""

    operation: ClassVar[int] = 99


@dataclass(frozen=True, slots=True)
class UnknownPacket(Packet):
    """An operation that is none of these; its parameters are kept in `extra` and not shown."""

    operation: int = field(default=0, kw_only=True)  # type: ignore[misc]
    extra: tuple[Parameter, ...] = field(default=(), kw_only=True, repr=False)


OPERATIONS: dict[int, type[Any]] = {
    kind.operation: kind
    for kind in (
        Login,
        Logout,
        Submit,
        Enquiry,
        DeliveryRequest,
        Cancel,
        Set,
        Get,
        Deliver,
        StatusReport,
        Alive,
        LoginResponse,
        LogoutResponse,
        SubmitResponse,
        EnquiryResponse,
        DeliveryRequestResponse,
        CancelResponse,
        SetResponse,
        GetResponse,
        DeliverResponse,
        StatusReportResponse,
        AliveResponse,
        GeneralError,
        Nack,
    )
}


def response_class(request: Request) -> type[Response]:
    """The class of a request's response: its operation plus 50."""
    found: type[Response] = OPERATIONS[request.operation + 50]
    return found
