"""A small CIMD2 SMS centre, simulated: one account that may do everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ...results import Status
from ...simulation import Fate, SimulatedMessage
from ...smsc.cimd import (
    CONVERSIONS,
    Cancel,
    CancelResponse,
    CimdError,
    Deliver,
    DeliveryRequest,
    DeliveryRequestResponse,
    Enquiry,
    EnquiryResponse,
    Get,
    GetResponse,
    Login,
    LoginResponse,
    Packet,
    Request,
    Response,
    Set,
    SetResponse,
    StatusReport,
    Submit,
    SubmitResponse,
    number_of,
    response_class,
    write_stamp,
)
from ...smsc.cimd.dialect import CIMD2
from ...smsc.dialects import BindMode, Dialect
from ...smsc.simulator import Admission, Quirk, SessionSimulator
from ...smsc.values import DeliverRequest
from ...text import Encoding, concatenation_header, encode_segment, plan
from .incoming import content_of

__all__ = ["Cimd2Simulator"]

USERNAME, PASSWORD = "cimd-user", "cimd-pass"
CENTRE_TIME = "501"
WINDOW = 128

REFUSALS: Mapping[Fate, tuple[str, str]] = {
    Fate.INVALID: ("300", "Incorrect destination address"),
    Fate.OPTED_OUT: ("323", "Online closed user group rejection"),
    Fate.THROTTLED: ("10", "Temporary congestion error"),
    Fate.UNAVAILABLE: ("5", "No response from SMS Center"),
}
REPORTS: Mapping[Status, tuple[int, str, str]] = {
    Status.DELIVERED: (8, "4", "0"),
    Status.FAILED: (4, "3", "36"),
    Status.EXPIRED: (2, "2", "29"),
    Status.REJECTED: (4, "3", "114"),
    Status.UNDELIVERABLE: (4, "3", "1"),
}
"""Which bit of 056 asks for it, 061 and 062."""


class Cimd2Simulator(SessionSimulator):
    """One account; every message has a stamp that no other message to its recipient has."""

    adapter = "cimd2"
    dialect: Dialect = CIMD2

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._stamped: dict[str, datetime] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "username": USERNAME, "password": PASSWORD}

    def login(self, frame: Packet) -> Admission:
        """Operation 01."""
        if not isinstance(frame, Login) or (frame.user, frame.password) != (USERNAME, PASSWORD):
            return Admission(LoginResponse(error="100", error_text="Invalid login"), None)
        if frame.window is not None and not 1 <= (number_of(frame.window) or 0) <= WINDOW:
            return Admission(LoginResponse(error="104", error_text="Invalid window size"), None)
        return Admission(LoginResponse(), BindMode.TRANSCEIVER)

    def answer(self, frame: Packet) -> Iterable[Packet]:
        """The response to a request of the client."""
        answers: Mapping[type[Packet], Callable[[Any], Response]] = {
            Submit: self._submit,
            Enquiry: self._enquire,
            Cancel: self._cancel,
            Get: self._get,
            Set: lambda _: SetResponse(error="801", error_text="Changing password not allowed"),
            DeliveryRequest: _waiting,
        }
        answer = answers[type(frame)](frame)
        return [replace(answer, error_text=None) if Quirk.BARE_ERROR in self.quirks else answer]

    def congested(self, frame: Packet) -> Packet:
        """The refusal of a request that comes too fast."""
        error, text = REFUSALS[Fate.THROTTLED]
        kind = response_class(frame) if isinstance(frame, Request) else SubmitResponse
        return kind(error=error, error_text=text)

    def _submit(self, frame: Submit) -> SubmitResponse:
        refusal = _flaw(frame)
        if refusal:
            return SubmitResponse(destination=frame.destination, error=refusal[0], error_text=refusal[1])
        number = frame.destination or ""
        try:
            text, data = content_of(frame, "nordic")
        except CimdError:
            return SubmitResponse(destination=number, error="302", error_text="Syntax error in user data parameter")
        recipient, sender = number.removeprefix("+"), frame.alphanumeric_originator or _number(frame.originator or "")
        stamp = self._stamp(recipient)
        told = {**CIMD2.describe(frame), "stamp": stamp}
        message = SimulatedMessage(f"{recipient}:{stamp}", _number(recipient), sender, text, data=data, values=told)
        if found := REFUSALS.get(message.fate):
            return SubmitResponse(destination=number, error=found[0], error_text=found[1])
        self.accept(message)
        return SubmitResponse(destination=number, stamp=stamp)

    def _known(self, destination: str | None, stamp: str | None) -> SimulatedMessage | None:
        name = f"{(destination or '').removeprefix('+')}:{stamp}"
        return next((message for message in self.accepted if message.id == name), None)

    def _enquire(self, frame: Enquiry) -> EnquiryResponse:
        if not frame.destination:
            return EnquiryResponse(error="400", error_text="Incorrect address parameter usage")
        known = self._known(frame.destination, frame.stamp)
        return EnquiryResponse(destination=frame.destination, stamp=frame.stamp, status="1" if known else "0")

    def _cancel(self, frame: Cancel) -> CancelResponse:
        if frame.cancel_mode not in ("0", "1", "2"):
            return CancelResponse(error="602", error_text="Incorrect mode parameter usage")
        known = self._known(frame.destination, frame.stamp) if frame.cancel_mode == "2" else None
        if frame.cancel_mode == "2" and (known is None or known.values.get("cancel_enabled") != "1"):
            return CancelResponse(error="600", error_text="Incorrect scts parameter usage")
        return CancelResponse()

    def _get(self, frame: Get) -> GetResponse:
        if frame.wanted != CENTRE_TIME:
            return GetResponse(error="900", error_text="Unsupported item requested")
        return GetResponse(centre_time=write_stamp(self.clock(), UTC))

    def _stamp(self, recipient: str) -> str:
        """The present, or a second after the last stamp for this recipient: it is the only id there is."""
        now = self.clock().replace(microsecond=0)
        last = self._stamped.get(recipient)
        self._stamped[recipient] = now if last is None or last < now else last + timedelta(seconds=1)
        return write_stamp(self._stamped[recipient], UTC)

    def report(self, message: SimulatedMessage, status: Status) -> DeliverRequest | None:
        """Operation 23, if 056 asks for it."""
        made = REPORTS.get(status)
        if made is None or not made[0] & (number_of(message.values.get("report_request")) or 0):
            return None
        prefix = "00" if Quirk.PADDED_ID in self.quirks else ""
        frame = StatusReport(
            destination=f"{prefix}{message.values['destination']}",
            stamp=message.values["stamp"],
            status=made[1],
            status_error=made[2],
            discharge=write_stamp(self.clock(), UTC),
        )
        return DeliverRequest(frame, dialect=CIMD2)

    def inbound(self, sender: str, to: str, text: str) -> Iterable[DeliverRequest]:
        """Operation 20, one for each segment."""
        planned, serial = plan(text), self.serial()
        for number, segment in enumerate(planned.segments, 1):
            udh = concatenation_header(serial % 256, planned.count, number)
            wide = planned.encoding is Encoding.UCS2
            frame = Deliver(
                destination=to.removeprefix("+"),
                originator=sender.removeprefix("+"),
                dcs="8" if wide else None,
                udh=udh.hex().upper() or None,
                text=None if wide else CONVERSIONS["nordic"].write(segment.text),
                binary=encode_segment(segment.text, planned).hex().upper() if wide else None,
                stamp=self._stamp(f"{sender}/{to}"),
            )
            yield DeliverRequest(frame, dialect=CIMD2)


def _flaw(frame: Submit) -> tuple[str, str] | None:
    """What is wrong with a submit, as far as a centre of one account looks."""
    if len(frame.all(21)) > 1:
        return "301", "Incorrect number of destination addresses"
    if not frame.destination or not frame.destination.removeprefix("+").isdigit():
        return "300", "Incorrect destination address"
    if frame.text is not None and frame.binary is not None:
        return "303", "Incorrect bin/head/normal user data parameter combination"
    return None


def _waiting(frame: DeliveryRequest) -> DeliveryRequestResponse:
    """Everything is delivered at once, so that nothing waits."""
    if frame.mode == "0":
        return DeliveryRequestResponse(count="0")
    return DeliveryRequestResponse(error="500", error_text="No messages available")


def _number(digits: str) -> str:
    """E.164, or a short number as it is."""
    plain = digits.removeprefix("+")
    return f"+{plain}" if len(plain) > 6 and plain.isdigit() else digits
