"""A small SMSC, simulated: binds, takes messages, answers questions about them, reports and delivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ...results import Status
from ...simulation import Fate, SimulatedMessage
from ...smsc.dialects import BindMode, Dialect
from ...smsc.simulator import Admission, Quirk, SessionSimulator
from ...smsc.smpp import Pdu, make_tlvs, pdus
from ...smsc.smpp.codings import ALPHABETS, GSM7, UCS2, decode_text, encode_text
from ...smsc.smpp.contents import UDHI, content_of
from ...smsc.smpp.dialect import SmppDialect
from ...smsc.smpp.receipts import receipt_text
from ...smsc.values import DeliverRequest
from ...text import Encoding, concatenation_header, plan
from .answers import ANSWERS, WORDS

__all__ = ["SmppSimulator"]

SYSTEM_ID, PASSWORD = "simulated", "simpass1"
NAME, VERSION = "SIMULATOR", 0x34
SIDE: Dialect = SmppDialect(smsc=True)
RECEIPT, NOTIFICATION = 0x04, 0x20
FIRST_ID = 0x1A2B3C
OK, INVALID_COMMAND, INVALID_PASSWORD, INVALID_SYSTEM_ID = 0x00, 0x03, 0x0E, 0x0F
THROTTLED = 0x58

REFUSALS: Mapping[Fate, int] = {
    Fate.INVALID: 0x0B,
    Fate.OPTED_OUT: 0x45,
    Fate.THROTTLED: 0x58,
    Fate.UNAVAILABLE: 0x08,
}
"""command_status of the fates that are refused at once."""

FINAL_WANTED, NOTIFICATION_WANTED = 0x03, 0x10
SWAPPED: Mapping[str, str] = {
    "source_addr_ton": "dest_addr_ton",
    "source_addr_npi": "dest_addr_npi",
    "source_addr": "destination_addr",
    "dest_addr_ton": "source_addr_ton",
    "dest_addr_npi": "source_addr_npi",
    "destination_addr": "source_addr",
}
"""The fields of a receipt that are others of the submission."""
BINDS: Mapping[type[Pdu], tuple[type[Any], BindMode]] = {
    pdus.BindTransceiver: (pdus.BindTransceiverResp, BindMode.TRANSCEIVER),
    pdus.BindTransmitter: (pdus.BindTransmitterResp, BindMode.TRANSMITTER),
    pdus.BindReceiver: (pdus.BindReceiverResp, BindMode.RECEIVER),
}


class SmppSimulator(SessionSimulator):
    """One account; `alphabets` are what the operator takes a data_coding for, beside the usual."""

    adapter: ClassVar[str] = "smpp"
    system_id, password = SYSTEM_ID, PASSWORD
    alphabets: Mapping[int, str] = ALPHABETS

    @property
    def dialect(self) -> Dialect:
        """SMPP."""
        return SIDE

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "username": self.system_id, "password": self.password}

    def login(self, frame: Any) -> Admission:
        """Answer a bind."""
        response, mode = BINDS[type(frame)]
        known = frame.system_id == self.system_id
        if not known or frame.password != self.password:
            return Admission(response(status=INVALID_PASSWORD if known else INVALID_SYSTEM_ID, system_id=None), None)
        return Admission(response(system_id=NAME, tlvs=make_tlvs(sc_interface_version=VERSION)), mode)

    def answer(self, frame: Pdu) -> Iterable[Pdu]:
        """The response to a request."""
        answering = ANSWERS.get(type(frame))
        return [answering(self, frame) if answering else pdus.GenericNack(status=INVALID_COMMAND)]

    def congested(self, frame: Pdu) -> Pdu:
        """ESME_RTHROTTLED."""
        kind = pdus.PDUS[frame.command_id | pdus.RESPONSE]
        return kind(status=THROTTLED)

    @property
    def no_id(self) -> str | None:
        """message_id of an error: empty, or no body at all."""
        return None if Quirk.BARE_ERROR in self.quirks else ""

    def report(self, message: SimulatedMessage, status: Status) -> DeliverRequest | None:
        """A receipt by parameters and by text, if the submission asked for one."""
        wanted = message.values.get("registered_delivery", 0)
        if not wanted & (FINAL_WANTED if status.final else NOTIFICATION_WANTED) or status not in WORDS:
            return None
        state, written, now = WORDS[status], self._receipted_id(message), self.clock()
        text = receipt_text(written, state, submitted=now, done=now, text=message.text)
        wide = Quirk.UCS2_RECEIPT in self.quirks
        tlvs = make_tlvs(receipted_message_id=written, message_state=state.code)
        return self._deliver(
            pdus.DeliverSm(
                tlvs=make_tlvs(message_payload=text.decode().encode("utf-16-be")) if wide else tlvs,
                data_coding=8 if wide else 0,
                **{name: message.values[other] for name, other in SWAPPED.items()},
                esm_class=RECEIPT if status.final else NOTIFICATION,
                short_message=b"" if wide else text,
            )
        )

    def _receipted_id(self, message: SimulatedMessage) -> str:
        form = "d" if Quirk.HEX_ID in self.quirks else "X"
        width = "016" if Quirk.PADDED_ID in self.quirks else ""
        return format(message.values["number"], width + form)

    def inbound(self, sender: str, to: str, text: str) -> Iterable[DeliverRequest]:
        """deliver_sm, with a header where the text needs several."""
        planned, reference = plan(text), self.serial() % 256
        wide = planned.encoding is Encoding.UCS2
        for number, segment in enumerate(planned.segments, 1):
            udh = concatenation_header(reference, planned.count, number) if planned.count > 1 else b""
            yield self._deliver(
                pdus.DeliverSm(
                    **_address("source_addr", "source_addr", sender),
                    **_address("dest_addr", "destination_addr", to),
                    esm_class=UDHI if udh else 0,
                    data_coding=8 if wide else 0,
                    short_message=udh + encode_text(segment.text, UCS2 if wide else GSM7),
                )
            )

    def _deliver(self, pdu: pdus.DeliverSm) -> DeliverRequest:
        return DeliverRequest(pdu, dialect=self.dialect)

    def take(self, pdu: pdus.SubmitSm | pdus.DataSm | pdus.SubmitMulti, to: str) -> tuple[int, str | None]:
        """command_status and message_id for one recipient."""
        message = self._message(pdu, to)
        refused = REFUSALS.get(message.fate)
        if refused is not None:
            return refused, self.no_id
        self.accept(message)
        return OK, message.id

    def find(self, message_id: str) -> SimulatedMessage | None:
        """The message of an id."""
        return next((message for message in self.accepted if message.id == message_id), None)

    def _message(self, pdu: pdus.SubmitSm | pdus.DataSm | pdus.SubmitMulti, to: str) -> SimulatedMessage:
        content = content_of(pdu)
        found = decode_text(content.octets, pdu.data_coding, self.alphabets, header=content.header)
        number = self.serial() + FIRST_ID
        values = {name: getattr(pdu, name) for name in _KEPT if hasattr(pdu, name)}
        values |= {"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": to} | values
        values |= {"number": number, "udh": content.udh.hex(), "tlvs": pdu.tlvs}
        sender = f"+{pdu.source_addr}" if pdu.source_addr_ton == 1 else pdu.source_addr
        return SimulatedMessage(f"{number:X}", f"+{to}", sender, found.text, data=found.data, values=values)


_KEPT = (
    *SWAPPED, "registered_delivery", "data_coding", "esm_class", "validity_period", "schedule_delivery_time",
    "priority_flag", "service_type", "protocol_id",

)  # fmt: skip


def _address(prefix: str, name: str, number: str) -> dict[str, Any]:
    ton, npi = (1, 1) if number.startswith("+") else (0, 1) if number.isdigit() else (5, 0)
    return {f"{prefix}_ton": ton, f"{prefix}_npi": npi, name: number.removeprefix("+")}
