"""What the SMSC delivers: messages of handsets, and receipts.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 4.6, 4.7 and 5.2.12 and appendix B,
https://smpp.org/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...errors import MalformedInbound
from ...messages import DeliveryReport, InboundEvent, InboundMessage, PartInfo
from ...phone import InvalidNumber, parse_inbound
from ...results import Status
from ...smsc.smpp.codings import GSM7, UCS2, alphabet_of, decode_text
from ...smsc.smpp.contents import Content, content_of
from ...smsc.smpp.pdus import DataSm, DeliverSm, QuerySmResp
from ...smsc.smpp.receipts import STATES, Receipt, State, is_receipt, read_receipt
from ...smsc.user_data import cut_of, part_of
from ...smsc.values import DeliverRequest
from ...text import Encoding
from .config import SmppChannel

__all__ = ["event_of", "report_of_query"]

ACCEPTED = 6
ENCODINGS = {GSM7: Encoding.GSM7, UCS2: Encoding.UCS2}
INTERNATIONAL, NATIONAL, ALPHANUMERIC = 1, 2, 5


def event_of(channel: SmppChannel, request: DeliverRequest) -> InboundEvent:
    """The event; MalformedInbound for what is neither deliver_sm nor data_sm."""
    pdu = request.frame
    if not isinstance(pdu, DeliverSm | DataSm):
        raise MalformedInbound(f"{type(pdu).__name__} brings neither a message nor a report")
    if is_receipt(pdu) or channel.config.reports_by_text:
        receipt = read_receipt(pdu, channel.config.alphabets)
        # One that says nothing readable is handed over as a message: some SMSCs mark ordinary ones as receipts.
        if receipt is not None:
            return _report(channel, pdu, receipt, request.values)
    return _message(channel, pdu, request.values)


def report_of_query(channel: SmppChannel, answer: QuerySmResp) -> DeliveryReport:
    """What query_sm says of a message."""
    state = STATES.get(answer.message_state)
    return DeliveryReport(
        _status(channel, state),
        answer.message_id,
        word=state.word if state else str(answer.message_state),
        code=str(answer.error_code) if answer.error_code else None,
        reason=state.reason if state else None,
    )


def _report(channel: SmppChannel, pdu: DeliverSm | DataSm, receipt: Receipt, raw: Mapping[str, Any]) -> DeliveryReport:
    state = receipt.state
    recipient = _address(channel, pdu.source_addr_ton, pdu.source_addr)
    return DeliveryReport(
        _status(channel, state),
        receipt.id,
        word=receipt.word,
        code=receipt.error,
        description=receipt.text or None,
        reason=state.reason if state else None,
        recipient=recipient or None,
        at=_moment(channel, receipt.done),
        raw=raw,
    )


def _moment(channel: SmppChannel, told: datetime | None) -> datetime | None:
    return told.replace(tzinfo=channel.config.zone) if told is not None and told.tzinfo is None else told


def _status(channel: SmppChannel, state: State | None) -> Status:
    if state is None:
        return Status.UNKNOWN
    return Status(channel.config.accepted_means) if state.code == ACCEPTED else state.status


def _message(channel: SmppChannel, pdu: DeliverSm | DataSm, raw: Mapping[str, Any]) -> InboundMessage:
    content = content_of(pdu)
    found = decode_text(content.octets, pdu.data_coding, channel.config.alphabets, header=content.header)
    return InboundMessage(
        _address(channel, pdu.source_addr_ton, pdu.source_addr),
        found.text,
        to=_address(channel, pdu.dest_addr_ton, pdu.destination_addr) or None,
        data=found.data,
        udh=content.udh or None,
        part=_part(channel, pdu, content),
        raw={**raw, "damaged": True} if found.damaged else raw,
    )


def _part(channel: SmppChannel, pdu: DeliverSm | DataSm, content: Content) -> PartInfo | None:
    part = part_of(content.udh) or _sar(pdu)
    encoding = ENCODINGS.get(alphabet_of(pdu.data_coding, channel.config.alphabets))
    if part is None or encoding is None:
        return part
    head, tail = cut_of(content.octets, encoding)
    return replace(part, head=head, tail=tail)


def _sar(pdu: DeliverSm | DataSm) -> PartInfo | None:
    found = [pdu.tlv(f"sar_{name}") for name in ("msg_ref_num", "segment_seqnum", "total_segments")]
    reference, number, total = (value if isinstance(value, int) else 0 for value in found)
    return PartInfo(str(reference), number, total) if total > 1 else None


def _address(channel: SmppChannel, ton: int, written: str) -> str:
    """By the type of number where that helps: many SMSCs state none, or a wrong one."""
    if ton == ALPHANUMERIC or not written:
        return written
    if ton == INTERNATIONAL and written.isdigit():
        written = f"+{written}"
    try:
        return str(parse_inbound(written, channel.country)) if ton == NATIONAL else channel.number(written)
    except (InvalidNumber, MalformedInbound):
        return written
