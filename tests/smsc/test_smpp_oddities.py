"""What peers in the field send, and other libraries stumble over: taken, refused or flagged, but never a crash."""

from __future__ import annotations

from typing import Any

import pytest

from sms_adapters.smsc.smpp import SmppError, decode, encode
from sms_adapters.smsc.smpp import pdus as p


def frame(command: int, body: bytes = b"", status: int = 0, sequence: int = 1) -> bytes:
    head = (16 + len(body), command, status, sequence)
    return b"".join(number.to_bytes(4, "big") for number in head) + body


def deliver(tail: bytes = b"", *, cut: int | None = None, **values: Any) -> bytes:
    """A deliver_sm with odd values, written octet by octet: our own encoder keeps to the specification."""
    given = {"ton": 1, "npi": 1, "source": b"447700900002", "priority": 0, "esm": 0, "registered": 0, "coding": 0}
    given |= {"validity": b"", "text": b"hello", "length": None} | values
    length = len(given["text"]) if given["length"] is None else given["length"]
    body = b"\0" + bytes((given["ton"], given["npi"])) + given["source"] + b"\0" + b"\x05\x00MyBrand\0"
    body += bytes((given["esm"], 0, given["priority"])) + b"\0" + given["validity"] + b"\0"
    body += bytes((given["registered"], 0, given["coding"], 0, length)) + given["text"] + tail
    return frame(5, body[:cut])


TAKEN: list[tuple[str, bytes, dict[str, Any]]] = [
    ("error response without body", frame(0x80000004, status=0x45), {"status": 0x45, "message_id": None}),
    ("error response with an empty id", frame(0x80000004, b"\0", 0x45), {"status": 0x45, "message_id": ""}),
    ("error response with an id", frame(0x80000004, b"7\0", 0x45), {"status": 0x45, "message_id": "7"}),
    ("submit answer without NUL", frame(0x80000004, b"12"), {"message_id": "12"}),
    ("submit answer with octets behind the id", frame(0x80000004, b"12\0zz"), {"message_id": "12", "tlvs": ()}),
    ("submit answer with a NUL too many", frame(0x80000004, b"12\0\0"), {"message_id": "12"}),
    ("vendor status 0x400", frame(0x80000004, status=0x400), {"status": 0x400}),
    ("unlisted status 0x69", frame(0x80000004, status=0x69), {"status": 0x69}),
    ("status of all bits", frame(0x80000004, status=0xFFFFFFFF), {"status": 0xFFFFFFFF}),
    ("accepted without body", frame(0x80000005), {"status": 0, "message_id": None}),
    ("unknown request", frame(0x77, b"xyz"), {"code": 0x77, "body": b"xyz"}),
    ("unknown response", frame(0x80000077, b"xyz"), {"code": 0x80000077, "is_response": True}),
    ("vendor request", frame(0x00010200, b"\0\1"), {"code": 0x00010200, "body": b"\0\1"}),
    ("bind refused without body", frame(0x80000009, status=0x0D), {"status": 0x0D, "system_id": None}),
    ("bind refused with body", frame(0x80000009, b"SMSC\0", 0x0E), {"status": 0x0E, "system_id": "SMSC"}),
    ("bind answer without version", frame(0x80000009, b"SMSC\0"), {"system_id": "SMSC", "tlvs": ()}),
    ("interface version 0", frame(9, b"a\0b\0\0\0\0\0\0"), {"interface_version": 0}),
    ("password of nine characters", frame(9, b"a\0" + b"123456789\0" + b"\0\x34\0\0\0"), {"password": "123456789"}),
    ("vendor TLV", deliver(b"\x14\x00\x00\x02ab"), {"tlvs": ((0x1400, b"ab"),)}),
    ("reserved TLV", deliver(b"\x00\x99\x00\x01a"), {"tlvs": ((0x0099, b"a"),)}),
    ("empty TLV", deliver(b"\x13\x0c\x00\x00"), {"tlvs": ((0x130C, b""),)}),
    ("the same TLV twice", deliver(b"\x02\x04\x00\x01a" * 2), {"tlvs": ((0x0204, b"a"),) * 2}),
    ("one NUL at the end", deliver(b"\0"), {"tlvs": (), "short_message": b"hello"}),
    ("TON 7", deliver(ton=7), {"source_addr_ton": 7}),
    ("TON 255", deliver(ton=255), {"source_addr_ton": 255}),
    ("NPI 13", deliver(npi=13), {"source_addr_npi": 13}),
    ("priority 9", deliver(priority=9), {"priority_flag": 9}),
    ("esm_class 0x1C", deliver(esm=0x1C), {"esm_class": 0x1C}),
    ("registered_delivery 0x11", deliver(registered=0x11), {"registered_delivery": 0x11}),
    ("data_coding 0xF1", deliver(coding=0xF1), {"data_coding": 0xF1}),
    ("data_coding 0x11", deliver(coding=0x11), {"data_coding": 0x11}),
    ("data_coding 0xC8", deliver(coding=0xC8), {"data_coding": 0xC8}),
    ("high octets under data_coding 0", deliver(text=b"na\xefve"), {"short_message": b"na\xefve"}),
    ("UCS-2 of odd length", deliver(coding=8, text=b"\0h\0i\0"), {"short_message": b"\0h\0i\0"}),
    ("empty text", deliver(text=b""), {"short_message": b""}),
    ("254 octets", deliver(text=bytes(254)), {"short_message": bytes(254)}),
    ("255 octets", deliver(text=bytes(255)), {"short_message": bytes(255)}),
    ("NULs in the text", deliver(text=b"\0a\0"), {"short_message": b"\0a\0"}),
    ("malformed validity", deliver(validity=b"tomorrow"), {"validity_period": "tomorrow"}),
    ("validity of 40 characters", deliver(validity=b"9" * 40), {"validity_period": "9" * 40}),
    ("source of 21 characters", deliver(source=b"1" * 21), {"source_addr": "1" * 21}),
    ("source beyond ASCII", deliver(source=b"Caf\xe9"), {"source_addr": "Café"}),
    ("empty source", deliver(source=b""), {"source_addr": ""}),
    (
        "text and message_payload",
        deliver(b"\x04\x24\x00\x02hi", text=b"hello"),
        {"short_message": b"hello", "tlvs": ((0x0424, b"hi"),)},
    ),
    ("enquire_link with a body", frame(0x15, b"\x14\x00\x00\x01a"), {"tlvs": ((0x1400, b"a"),)}),
    ("generic_nack of sequence 0", frame(0x80000000, status=2, sequence=0), {"sequence": 0, "status": 2}),
    ("request with a status", frame(0x15, status=9), {"status": 9}),
    ("sequence of all bits", frame(0x15, sequence=0xFFFFFFFF), {"sequence": 0xFFFFFFFF}),
]

REFUSED: list[tuple[str, bytes, int, bool]] = [
    ("no octets", b"", 0x02, True),
    ("a header cut short", frame(0x15)[:15], 0x02, True),
    ("a stated length too long", b"\0\0\0\x11" + frame(0x15)[4:], 0x02, True),
    ("bind answer without NUL", frame(0x80000009, b"SMSC"), 0x02, False),
    ("request without body", frame(5), 0x02, False),
    ("TLV header cut short", deliver(b"\x04\x24\x00"), 0xC0, False),
    ("TLV longer than the PDU", deliver(b"\x04\x24\x00\x09hi"), 0xC0, False),
    ("one octet at the end", deliver(b"x"), 0xC0, False),
    ("sm_length beyond the PDU", deliver(length=99), 0x01, False),
    ("ends in the addresses", deliver(cut=10), 0x02, False),
    ("ends before sm_length", deliver(cut=33), 0x02, False),
    ("dest_flag 3", frame(0x21, b"\0\0\0\0" + b"\1\3"), 0x40, False),
]


@pytest.mark.parametrize(("octets", "told"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_an_odd_pdu_is_taken_with_nothing_lost(octets: bytes, told: dict[str, Any]) -> None:
    pdu = decode(octets)
    assert {name: getattr(pdu, name) for name in told} == told


@pytest.mark.parametrize(
    ("octets", "status", "fatal"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_broken_pdu_is_refused_with_what_the_peer_can_be_told(octets: bytes, status: int, fatal: bool) -> None:
    with pytest.raises(SmppError) as caught:
        decode(octets)
    error = caught.value
    assert (error.status, error.fatal, error.raw) == (status, fatal, octets)
    if not fatal:
        assert (error.sequence, error.operation) == (1, int.from_bytes(octets[4:8], "big"))


@pytest.mark.parametrize(
    ("octets", "name", "value"),
    [
        (deliver(b"\x00\x1e\x00\x03ABC"), "receipted_message_id", "ABC"),
        (deliver(b"\x00\x1e\x00\x04ABC\0"), "receipted_message_id", "ABC"),
        (deliver(b"\x00\x1e\x00\x00"), "receipted_message_id", ""),
        (deliver(b"\x04\x27\x00\x01\x02"), "message_state", 2),
        (deliver(b"\x04\x27\x00\x04\0\0\0\x02"), "message_state", 2),
        (deliver(b"\x04\x27\x00\x00"), "message_state", None),
        (deliver(b"\x04\x23\x00\x03\x03\0\x07"), "network_error_code", b"\x03\0\x07"),
        (deliver(), "message_state", None),
    ],
)
def test_an_optional_parameter_is_read_by_name(octets: bytes, name: str, value: Any) -> None:
    assert decode(octets).tlv(name) == value


def test_an_optional_parameter_that_has_no_name_is_an_error_of_the_caller() -> None:
    with pytest.raises(SmppError, match="no optional parameter is named 'colour'"):
        decode(deliver(b"\x04\x27\x00\x01\x02")).tlv("colour")


def test_what_was_taken_oddly_is_written_back_as_it_was_where_the_specification_allows_it() -> None:
    octets = deliver(b"\x14\x00\x00\x02ab", ton=7, npi=13, priority=9, esm=0x1C, coding=0xC8, source=b"Caf\xe9")
    assert encode(decode(octets)) == octets
    assert isinstance(decode(octets), p.DeliverSm)
