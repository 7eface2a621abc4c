"""Messages as submit_sm.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 4.4 and 5.2, https://smpp.org/.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Any

from ...errors import InvalidMessage
from ...messages import OutboundMessage
from ...parts import Part
from ...results import Reason
from ...smsc.smpp import SmppError, Tlv, make_tlvs
from ...smsc.smpp.contents import UDHI
from ...smsc.smpp.layout import MAX_MESSAGE
from ...smsc.smpp.pdus import SubmitSm
from ...smsc.smpp.times import format_time
from ...text import Encoding, parse_header
from .config import SmppChannel
from .texts import USER_DATA, content, flash_coding, room_of

__all__ = ["EXTRA", "source_of", "submit"]

EXTRA = ("priority", "service_type", "protocol_id", "parameters")
"""Of `OutboundMessage.extra`: three fields of submit_sm, and optional parameters, tag to value in hexadecimal."""

NO_PARAMETERS: tuple[dict[str, str], ...] = ({}, {})
# With class 0: GSM, 8-bit and UCS-2 in the general group of TS 23.038.
FLASH = {Encoding.GSM7: 0x10, Encoding.BINARY: 0x14, Encoding.UCS2: 0x18}
DISPLAY = 1
REPORTS = {"final": 0x01, "failed": 0x02, "delivered": 0x03, "intermediate": 0x11}


def submit(channel: SmppChannel, message: OutboundMessage, part: Part) -> SubmitSm:
    """One submit_sm; InvalidMessage for what it cannot hold."""
    config, extra = channel.config, message.extra
    udh, tlvs = _place(channel, part)
    octets = udh + content(channel, message, part, len(udh))
    if part.data is not None and len(octets) > USER_DATA:
        raise InvalidMessage(f"{len(octets)} octets of data and header: 140 fit", Reason.INVALID_CONTENT)
    if len(octets) > (room_of(channel, part) if config.splitting == "payload" else MAX_MESSAGE):
        tlvs, octets = (*tlvs, *make_tlvs(message_payload=octets)), b""
    if message.flash and config.flash == "dest_addr_subunit":
        tlvs = (*tlvs, *make_tlvs(dest_addr_subunit=DISPLAY))
    return SubmitSm(
        tlvs=(*tlvs, *_parameters(config.parameters, extra.get("parameters", {}))),
        service_type=str(extra.get("service_type", config.service_type)),
        esm_class=config.message_mode | (UDHI if udh else 0),
        protocol_id=_octet(extra, "protocol_id", 0),
        priority_flag=_octet(extra, "priority", config.priority),
        registered_delivery=REPORTS[config.reports] if message.report else 0,
        data_coding=_coding(channel, message, part),
        short_message=octets,
        **source_of(channel, message),
        **_destination(channel, message),
        **_times(message),
    )


def _place(channel: SmppChannel, part: Part) -> tuple[bytes, tuple[Tlv, ...]]:
    """The header, or the optional parameters in its place."""
    if channel.config.splitting != "sar" or part.total == 1:
        return part.udh, ()
    found = parse_header(part.udh).concatenation
    reference = found.reference if found else 0
    return b"", make_tlvs(sar_msg_ref_num=reference, sar_total_segments=part.total, sar_segment_seqnum=part.number)


def _coding(channel: SmppChannel, message: OutboundMessage, part: Part) -> int:
    config = channel.config
    if flash_coding(channel, message):
        return FLASH[part.encoding]
    if part.encoding is Encoding.GSM7:
        return config.text_coding
    return config.unicode_coding if part.encoding is Encoding.UCS2 else config.binary_coding


def source_of(channel: SmppChannel, message: OutboundMessage | None = None) -> dict[str, Any]:
    """The sender's address; the channel's without a message."""
    number, form = (message.sender if message else None) or channel.address or "", channel.config.number_form
    written = channel.sender_of(message, form) if message else channel.wire(number, form, Reason.INVALID_SENDER)
    ton, npi = _ton_npi(channel, number, written, Reason.INVALID_SENDER)
    return {"source_addr_ton": ton, "source_addr_npi": npi, "source_addr": written}


def _destination(channel: SmppChannel, message: OutboundMessage) -> dict[str, Any]:
    written = channel.recipient_of(message, channel.config.number_form)
    ton, npi = _ton_npi(channel, message.to, written, Reason.INVALID_RECIPIENT)
    return {"dest_addr_ton": ton, "dest_addr_npi": npi, "destination_addr": written}


def _ton_npi(channel: SmppChannel, number: str, written: str, reason: Reason) -> tuple[int, int]:
    """By what the number is: E.164, digits without a country, or a name."""
    if not written.isascii() or len(written) > 20:
        raise InvalidMessage(f"{written!r} is no address: at most 20 characters of ASCII", reason)
    config = channel.config
    kind = (
        config.international
        if number.startswith("+")
        else config.short_code
        if number.isdigit()
        else config.alphanumeric
    )
    return _pair(kind)


@lru_cache(maxsize=64)
def _pair(written: str) -> tuple[int, int]:
    ton, npi = written.split("/")
    return int(ton), int(npi)


def _times(message: OutboundMessage) -> dict[str, Any]:
    """InvalidMessage for times beyond what two digits of a year can say."""
    try:
        return {
            "validity_period": format_time(message.validity) if message.validity is not None else "",
            "schedule_delivery_time": format_time(message.send_at) if message.send_at is not None else "",
        }
    except SmppError as error:
        raise InvalidMessage(str(error), Reason.INVALID_CONTENT) from None


def _octet(extra: Any, name: str, usual: int) -> int:
    value = extra.get(name, usual)
    if not isinstance(value, int) or not 0 <= value <= 255:
        raise InvalidMessage(f"extra[{name!r}] is a number of one octet, not {value!r}", Reason.INVALID_CONTENT)
    return value


def _parameters(*groups: Any) -> Iterable[Tlv]:
    """InvalidMessage for what is not hexadecimal; the channel's were checked with its configuration."""
    if groups == NO_PARAMETERS:
        return ()
    try:
        return tuple((int(tag, 16), bytes.fromhex(value)) for tag, value in chain(*(group.items() for group in groups)))
    except (ValueError, TypeError, AttributeError):
        sentence = "extra['parameters'] are tags and values in hexadecimal, such as {'1400': '31323300'}"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT) from None
