"""A PDU to octets and back.

Source: "Short Message Peer to Peer Protocol Specification v3.4", section 3.2, https://smpp.org/.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812

from .errors import SmppError
from .layout import layout, read_fields, write_fields
from .messages import read_accepted, read_message, write_message
from .messaging import Accepted, Message
from .pdus import PDUS, RESPONSE, OtherPdu, Pdu
from .tlvs import parse_tlvs, write_tlvs

__all__ = ["HEADER", "decode", "encode"]

HEADER = Struct(">IIII")
"""command_length, command_id, command_status, sequence_number."""


def encode(pdu: Pdu, sequence: int | None = None) -> bytes:
    """The octets of `pdu`, with another sequence number if one is given.

    Raises SmppError that names the field that does not fit, and nothing else.
    """
    body = write_message(pdu) if isinstance(pdu, Message) else _write_body(pdu)
    if pdu.tlvs:
        body += write_tlvs(pdu.tlvs)
    number = pdu.sequence if sequence is None else sequence
    try:
        return HEADER.pack(16 + len(body), pdu.command_id, pdu.status, number) + body
    except StructError:
        raise SmppError("status, sequence or code is no unsigned integer of 4 octets") from None


def decode(octets: bytes) -> Pdu:
    """The PDU that `octets` are, from the first of command_length to the last.

    Raises SmppError and nothing else; the error has the sequence number and command_id where there are sixteen octets.
    """
    length = len(octets)
    if length < 16:
        raise SmppError(f"{length} octets are no PDU: its header has 16", fatal=True, raw=octets)
    stated, command_id, status, sequence = HEADER.unpack_from(octets)
    if stated != length:
        raise SmppError(f"command_length is {stated}, but there are {length} octets", fatal=True, raw=octets)
    try:
        kind = PDUS.get(command_id)
        if kind is None:
            return OtherPdu(sequence, status, (), command_id, octets[16:])
        if issubclass(kind, Message):
            return read_message(kind, octets, sequence, status)
        return _read_body(kind, octets, sequence, status)
    except SmppError as error:
        raise SmppError(
            str(error), status=error.status, fatal=False, raw=octets, sequence=sequence, operation=command_id
        ) from None


def _read_body(kind: type[Pdu], octets: bytes, sequence: int, status: int) -> Pdu:
    if issubclass(kind, Accepted) and len(octets) > HEADER.size:
        return read_accepted(kind, octets, sequence, status)
    names = layout(kind)
    if len(octets) == 16 and kind.COMMAND & RESPONSE and names:
        pdu = kind(sequence, status)
        setattr(pdu, names[0][0], None)
        return pdu
    values, end = read_fields(kind, octets, 16)
    return kind(sequence, status, parse_tlvs(octets, end), *values)


def _write_body(pdu: Pdu) -> bytes:
    if isinstance(pdu, OtherPdu):
        return _other_body(pdu)
    names = layout(type(pdu))
    if names and pdu.command_id & RESPONSE and getattr(pdu, names[0][0]) is None:
        return _no_body(pdu)
    return write_fields(pdu)


def _no_body(pdu: Pdu) -> bytes:
    """Nothing, after a look whether anything would be lost by it."""
    empty = type(pdu)(pdu.sequence, pdu.status)
    name = layout(type(pdu))[0][0]
    setattr(empty, name, None)
    if pdu != empty:
        raise SmppError(f"{name} is None, so that the response is a header alone: no other field can be sent")
    return b""


def _other_body(pdu: OtherPdu) -> bytes:
    if pdu.code in PDUS:
        raise SmppError(f"code: {pdu.code:08X} hex is known: use {PDUS[pdu.code].__name__}")
    if pdu.tlvs or not isinstance(pdu.body, bytes):
        raise SmppError("body: what follows the header of an unknown PDU, as bytes")
    return pdu.body
