"""submit_sm, deliver_sm and their answers, written and read in one go: nine of ten PDUs are one of them.

`layout` does the same field by field, and is what decides and explains where this finds anything odd.
"""

from __future__ import annotations

from typing import TypeVar

from .errors import SmppError
from .layout import MAX_MESSAGE, read_fields, write_fields
from .messaging import Accepted, Message
from .tlvs import parse_tlvs

__all__ = ["read_accepted", "read_message", "write_message"]

_M = TypeVar("_M", bound=Message)
_A = TypeVar("_A", bound=Accepted)
_BODY = "%s\0%c%c%s\0%c%c%s\0%c%c%c%s\0%s\0%c%c%c%c%c"
_HEADER = 16


def read_message(kind: type[_M], octets: bytes, sequence: int, status: int) -> _M:
    """The PDU whose header was read; raises SmppError."""
    # One decoding and slices of the text are cheaper than five decodings.
    text = octets.decode("latin-1")
    try:
        a = text.index("\0", _HEADER)
        b = text.index("\0", a + 3)
        c = text.index("\0", b + 3)
        d = text.index("\0", c + 4)
        e = text.index("\0", d + 1)
        end = e + 6 + octets[e + 5]
    except (ValueError, IndexError):
        end = len(octets) + 1
    if end > len(octets):
        read_fields(kind, octets, _HEADER)
        raise SmppError("the PDU ends within its mandatory parameters")
    return kind(
        sequence,
        status,
        parse_tlvs(octets, end) if end < len(octets) else (),
        text[_HEADER:a],
        octets[a + 1],
        octets[a + 2],
        text[a + 3 : b],
        octets[b + 1],
        octets[b + 2],
        text[b + 3 : c],
        octets[c + 1],
        octets[c + 2],
        octets[c + 3],
        text[c + 4 : d],
        text[d + 1 : e],
        octets[e + 1],
        octets[e + 2],
        octets[e + 3],
        octets[e + 4],
        octets[e + 6 : end],
    )


def write_message(pdu: Message) -> bytes:
    """The mandatory parameters; raises SmppError."""
    service, source, destination = pdu.service_type, pdu.source_addr, pdu.destination_addr
    schedule, validity, short = pdu.schedule_delivery_time, pdu.validity_period, pdu.short_message
    try:
        if (
            len(service) > 5
            or len(source) > 20
            or len(destination) > 20
            or len(schedule) > 16
            or len(validity) > 16
            or len(short) > MAX_MESSAGE
            or "\0" in "".join((service, source, destination, schedule, validity))
        ):
            return write_fields(pdu)
        body = _BODY % (
            service,
            pdu.source_addr_ton,
            pdu.source_addr_npi,
            source,
            pdu.dest_addr_ton,
            pdu.dest_addr_npi,
            destination,
            pdu.esm_class,
            pdu.protocol_id,
            pdu.priority_flag,
            schedule,
            validity,
            pdu.registered_delivery,
            pdu.replace_if_present_flag,
            pdu.data_coding,
            pdu.sm_default_msg_id,
            len(short),
        )
        return body.encode("latin-1") + short
    except (TypeError, ValueError, OverflowError):
        return write_fields(pdu)


def read_accepted(kind: type[_A], octets: bytes, sequence: int, status: int) -> _A:
    """An answer of a message_id, which ends at its NUL or with the PDU; what follows and is no parameter is left out.

    A message that was accepted would be in doubt otherwise.
    """
    end = octets.find(0, _HEADER)
    found = octets[_HEADER : end if end >= 0 else len(octets)].decode("latin-1")
    if end < 0 or end + 1 == len(octets):
        return kind(sequence, status, (), found)
    try:
        return kind(sequence, status, parse_tlvs(octets, end + 1), found)
    except SmppError:
        return kind(sequence, status, (), found)
