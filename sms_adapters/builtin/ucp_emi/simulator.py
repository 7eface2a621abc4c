"""A small UCP/EMI SMSC, simulated: one large account, messages by 51, 30 and 01, notifications, incoming messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ...results import Status
from ...simulation import Fate, SimulatedMessage
from ...smsc.dialects import BindMode, Dialect
from ...smsc.simulator import Admission, Quirk, SessionSimulator
from ...smsc.ucp import (
    Ack,
    CallInput,
    Deliver,
    Frame,
    MessageTransfer,
    Nack,
    Notification,
    Session,
    Submit,
    UcpError,
    XSer,
    pack_originator,
    read_services,
    unpack_originator,
    write_services,
    write_stamp,
)
from ...smsc.ucp.content import ALPHABETS, DCS, UDH
from ...smsc.ucp.dialect import UCP
from ...smsc.values import DeliverRequest
from ...text import Encoding, concatenation_header, encode_segment, gsm7, plan
from .incoming import content_of

__all__ = ["UcpEmiSimulator"]

USERNAME, PASSWORD = "6543", "emi-pass"
INTERNATIONAL, ALPHANUMERIC = "1139", "5039"
GREETING = "BIND AUTHENTICATED"
DELIVERED, NOT_DELIVERED, BUFFERED = 1, 2, 4
SUBMITS = (Submit, MessageTransfer, CallInput)

REFUSALS: Mapping[Fate, tuple[str, str]] = {
    Fate.INVALID: ("06", "AdC INVALID"),
    Fate.OPTED_OUT: ("05", "CALL BARRING ACTIVE"),
    Fate.THROTTLED: ("04", "TOO MANY MESSAGES"),
    Fate.UNAVAILABLE: ("55", "SYSTEM ERROR"),
}
NOTIFICATIONS: Mapping[Status, tuple[int, str, str, str]] = {
    Status.SENT: (BUFFERED, "1", "107", "buffered"),
    Status.DELIVERED: (DELIVERED, "0", "000", "delivered"),
    Status.FAILED: (NOT_DELIVERED, "2", "108", "not delivered"),
    Status.EXPIRED: (NOT_DELIVERED, "2", "010", "not delivered: network time-out"),
    Status.REJECTED: (NOT_DELIVERED, "2", "208", "not delivered: invalid message type"),
    Status.UNDELIVERABLE: (NOT_DELIVERED, "2", "101", "not delivered: unknown subscriber"),
}
"""Which of NT asks for it, Dst, Rsn and the words."""


class UcpEmiSimulator(SessionSimulator):
    """One account; every message has a stamp that no other message to its recipient has."""

    adapter = "ucp_emi"
    dialect: Dialect = UCP

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._stamped: dict[str, datetime] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "username": USERNAME, "password": PASSWORD}

    def login(self, frame: Frame) -> Admission:
        """Operation 60."""
        given = (frame.oadc, frame.pwd.upper()) if isinstance(frame, Session) else None
        if given != (USERNAME, gsm7.encode(PASSWORD).hex().upper()):
            return Admission(Nack("07", "AUTHENTICATION FAILURE", ot=Session.ot), None)
        return Admission(Ack(sm=GREETING, ot=Session.ot), BindMode.TRANSCEIVER)

    def answer(self, frame: Frame) -> Iterable[Frame]:
        """The result of a submission; other operations are not supported."""
        if not isinstance(frame, SUBMITS):
            return [self._refusal("03", "OPERATION NOT SUPPORTED", frame)]
        if not (frame.adc.isascii() and frame.adc.isdigit()):
            return [self._refusal("06", "AdC INVALID", frame)]
        try:
            message = self._message(frame)
        except UcpError:
            return [self._refusal("02", "SYNTAX ERROR", frame)]
        if refusal := REFUSALS.get(message.fate):
            return [self._refusal(*refusal, frame)]
        self.accept(message)
        return [Ack(sm=f"{frame.adc}:{message.values['SCTS']}", ot=frame.ot)]

    def congested(self, frame: Frame) -> Frame:
        """The refusal of a submission that comes too fast."""
        return self._refusal(*REFUSALS[Fate.THROTTLED], frame)

    def _refusal(self, ec: str, words: str, frame: Frame) -> Nack:
        return Nack(ec, "" if Quirk.BARE_ERROR in self.quirks else words, ot=getattr(frame, "ot", Submit.ot))

    def _message(self, frame: Submit | MessageTransfer | CallInput) -> SimulatedMessage:
        mt = "3" if isinstance(frame, MessageTransfer) else frame.mt
        submit = frame if isinstance(frame, Submit) else Submit(frame.adc, frame.oadc, mt=mt, msg=frame.msg)
        text, data = content_of(submit, dict(read_services(submit.xser)), "gsm")
        scts = self._stamp(frame.adc)
        recipient = frame.adc.removeprefix("00")
        return SimulatedMessage(
            f"{recipient}:{scts}",
            f"+{recipient}" if len(recipient) > 6 else recipient,
            _sender(submit),
            text,
            data=data,
            values={**UCP.describe(frame), "SCTS": scts},
        )

    def _stamp(self, recipient: str) -> str:
        """The present, or a second after the last stamp for this recipient: it is the only id there is."""
        now = self.clock().replace(microsecond=0)
        last = self._stamped.get(recipient)
        self._stamped[recipient] = now if last is None or last < now else last + timedelta(seconds=1)
        return write_stamp(self._stamped[recipient], UTC, seconds=True)

    def report(self, message: SimulatedMessage, status: Status) -> DeliverRequest | None:
        """Operation 53, if NRq and NT ask for it; NT 0 means what is final."""
        asked = message.values
        made = NOTIFICATIONS.get(status)
        wanted = int(asked.get("NT") or 0) or DELIVERED | NOT_DELIVERED
        if made is None or asked.get("NRq") != "1" or not made[0] & wanted:
            return None
        _, dst, rsn, words = made
        prefix = "00" if Quirk.PADDED_ID in self.quirks else ""
        frame = Notification(
            asked["OAdC"],
            f"{prefix}{asked['AdC']}",
            scts=asked["SCTS"],
            dst=dst,
            rsn=rsn,
            dscts=write_stamp(self.clock(), UTC, seconds=True),
            **_words(f"Message for {asked['AdC']} {words}", wide=Quirk.UCS2_RECEIPT in self.quirks),
        )
        return DeliverRequest(frame, dialect=UCP)

    def inbound(self, sender: str, to: str, text: str) -> Iterable[DeliverRequest]:
        """Operation 52, one for each segment."""
        planned, serial = plan(text), self.serial()
        oadc, otoa = _originator(sender)
        for number, segment in enumerate(planned.segments, 1):
            octets = encode_segment(segment.text, planned)
            udh = concatenation_header(serial % 256, planned.count, number)
            wide = planned.encoding is Encoding.UCS2
            services = [*([XSer(UDH, udh)] if udh else []), *([XSer(DCS, b"\x08")] if wide else [])]
            frame = Deliver(
                to.removeprefix("+"),
                oadc,
                otoa=otoa,
                scts=self._stamp(f"{sender}/{to}"),
                mt="4" if wide else "3",
                nb=str(8 * len(octets)) if wide else "",
                msg=octets.hex().upper(),
                xser=write_services(services),
            )
            yield DeliverRequest(frame, dialect=UCP)


def _words(text: str, *, wide: bool) -> dict[str, Any]:
    if wide:
        return {"mt": "4", "nb": str(16 * len(text)), "msg": text.encode("utf-16-be").hex().upper(), "xser": "020108"}
    return {"mt": "3", "msg": ALPHABETS["gsm"].encode(text).hex().upper()}


def _sender(frame: Submit) -> str:
    if frame.otoa == ALPHANUMERIC:
        return unpack_originator(frame.oadc)
    return f"+{frame.oadc}" if frame.otoa == INTERNATIONAL else frame.oadc


def _originator(sender: str) -> tuple[str, str]:
    """OAdC and OTOA of a handset, or of something with a name."""
    digits = sender.removeprefix("+")
    return (digits, "") if digits.isascii() and digits.isdigit() else (pack_originator(sender), ALPHANUMERIC)
