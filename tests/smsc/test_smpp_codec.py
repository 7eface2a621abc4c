"""SMPP: values to octets and back, and what the specification's sizes and the wire's oddities do to both."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpp_pdus import ANY_PDU, pdus_of

from sms_adapters.smsc.smpp import PDUS, OtherPdu, Pdu, SmppError, decode, encode, make_tlvs
from sms_adapters.smsc.smpp import pdus as p
from sms_adapters.smsc.smpp.layout import read_fields, write_fields
from sms_adapters.smsc.smpp.messages import read_message, write_message

# Computed by hand from the specification, and read by Wireshark.
WORKED = {
    "bind_transceiver": (
        p.BindTransceiver(sequence=1, system_id="esme", password="secret"),
        "00000021 00000009 00000000 00000001 65736d6500 73656372657400 00 34 00 00 00",
    ),
    "bind_transceiver_resp": (
        p.BindTransceiverResp(sequence=1, system_id="SMSC", tlvs=make_tlvs(sc_interface_version=0x34)),
        "0000001a 80000009 00000000 00000001 534d534300 0210 0001 34",
    ),
    "bind refused": (
        p.BindTransceiverResp(sequence=1, status=0x0E, system_id=None),
        "00000010 80000009 0000000e 00000001",
    ),
    "submit_sm": (
        p.SubmitSm(
            sequence=2,
            source_addr_ton=5,
            source_addr="MyBrand",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr="447700900002",
            registered_delivery=1,
            short_message=b"Hello \x1be",
        ),
        (
            "0000003c 00000004 00000000 00000002 00 05 00 4d794272616e6400 01 01 34343737303039303030303200"
            "00 00 00 00 00 01 00 00 00 08 48656c6c6f201b65"
        ),
    ),
    "submit_sm_resp": (
        p.SubmitSmResp(sequence=2, message_id="1A2B3C"),
        "00000017 80000004 00000000 00000002 31413242334300",
    ),
    "throttled": (
        p.SubmitSmResp(sequence=3, status=0x58, message_id=None),
        "00000010 80000004 00000058 00000003",
    ),
    "deliver_sm_resp": (p.DeliverSmResp(sequence=77), "00000011 80000005 00000000 0000004d 00"),
    "query_sm": (
        p.QuerySm(sequence=11, message_id="1A2B3C", source_addr_ton=5, source_addr="MyBrand"),
        "00000021 00000003 00000000 0000000b 31413242334300 05 00 4d794272616e6400",
    ),
    "query_sm_resp": (
        p.QuerySmResp(sequence=11, message_id="1A2B3C", final_date="261123051000000+", message_state=2),
        "0000002a 80000003 00000000 0000000b 31413242334300 3236313132333035313030303030302b00 02 00",
    ),
    "enquire_link": (p.EnquireLink(sequence=8), "00000010 00000015 00000000 00000008"),
    "unbind_resp": (p.UnbindResp(sequence=9), "00000010 80000006 00000000 00000009"),
    "generic_nack": (p.GenericNack(sequence=10, status=3), "00000010 80000000 00000003 0000000a"),
    "submit_multi": (
        p.SubmitMulti(
            sequence=1,
            dest_address=(p.Destination(1, 1, "447700900002"), p.Destination(list_name="all")),
            short_message=b"hi",
        ),
        (
            "00000036 00000021 00000000 00000001 00 00 00 00 02 01 01 01 34343737303039303030303200 02 616c6c00"
            "00 00 00 00 00 00 00 00 00 02 6869"
        ),
    ),
    "submit_multi_resp": (
        p.SubmitMultiResp(sequence=1, message_id="7", unsuccess_sme=(p.Failure(1, 1, "44", 0x0B),)),
        "0000001c 80000021 00000000 00000001 3700 01 01 01 343400 0000000b",
    ),
    "data_sm": (
        p.DataSm(sequence=1, destination_addr="44", tlvs=make_tlvs(message_payload=b"hi")),
        "00000022 00000103 00000000 00000001 00 00 00 00 00 00 343400 00 00 00 0424 0002 6869",
    ),
    "alert_notification": (
        p.AlertNotification(sequence=1, source_addr="1", esme_addr="2", tlvs=make_tlvs(ms_availability_status=0)),
        "0000001d 00000102 00000000 00000001 00 00 3100 00 00 3200 0422 0001 00",
    ),
    "outbind": (
        p.Outbind(sequence=1, system_id="a", password="b"),
        "00000014 0000000b 00000000 00000001 6100 6200",
    ),
}


@pytest.mark.parametrize("name", WORKED)
def test_a_worked_example_is_written_and_read_as_the_specification_has_it(name: str) -> None:
    pdu, octets = WORKED[name]
    assert encode(pdu).hex() == octets.replace(" ", "")
    assert decode(bytes.fromhex(octets)) == pdu


@pytest.mark.parametrize("code", sorted(PDUS), ids=lambda code: PDUS[code].__name__)
@given(data=st.data())
def test_every_operation_survives_the_wire(code: int, data: st.DataObject) -> None:
    pdu = data.draw(pdus_of(PDUS[code]))
    octets = encode(pdu)
    assert decode(octets) == pdu
    assert int.from_bytes(octets[:4], "big") == len(octets)


@given(ANY_PDU, st.integers(0, 0xFFFFFFFF))
def test_a_sequence_number_given_replaces_the_pdus_own(pdu: Pdu, sequence: int) -> None:
    assert decode(encode(pdu, sequence)) == replace(pdu, sequence=sequence)


@given(st.binary())
def test_no_octets_raise_anything_but_the_codecs_error(octets: bytes) -> None:
    _decode_or_refuse(octets)


@given(ANY_PDU, st.data())
def test_no_damage_to_a_pdu_raises_anything_but_the_codecs_error(pdu: Pdu, data: st.DataObject) -> None:
    octets = bytearray(encode(pdu))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    del octets[data.draw(st.integers(0, len(octets))) :]
    octets[0:4] = len(octets).to_bytes(4, "big")
    _decode_or_refuse(bytes(octets))


def _decode_or_refuse(octets: bytes) -> None:
    found = _outcome(octets)
    if isinstance(found, SmppError):
        assert found.raw == octets
        assert found.fatal == (len(octets) < 16 or int.from_bytes(octets[:4], "big") != len(octets))
    else:
        assert found.sequence == int.from_bytes(octets[12:16], "big")
        assert found.command_id == int.from_bytes(octets[4:8], "big")


def _outcome(octets: bytes) -> Pdu | SmppError:
    try:
        return decode(octets)
    except SmppError as error:
        return error


MESSAGES = pdus_of(p.SubmitSm) | pdus_of(p.DeliverSm)


@given(MESSAGES)
def test_the_quick_way_of_messages_is_that_of_the_fields(pdu: p.Message) -> None:
    body = write_fields(pdu)
    assert write_message(pdu) == body
    values, end = read_fields(type(pdu), bytes(16) + body, 16)
    quick = read_message(type(pdu), bytes(16) + body, 7, 8)
    assert end == 16 + len(body)
    assert quick == type(pdu)(7, 8, (), *values)


WRONG = [
    (p.SubmitSm(source_addr="1" * 21), "source_addr: 21 characters where 20 are allowed"),
    (p.SubmitSm(destination_addr="1\0"), "destination_addr: a NUL within the string"),
    (p.SubmitSm(source_addr="Ж"), "source_addr: a character above U+00FF"),
    (p.SubmitSm(service_type=None), "service_type: not a string"),
    (p.SubmitSm(short_message=bytes(255)), "short_message: 255 octets where 254 are allowed: use message_payload"),
    (p.SubmitSm(short_message="text"), "short_message: not bytes"),
    (p.SubmitSm(data_coding=256), "data_coding: 256 is no unsigned integer of 1 octets"),
    (p.SubmitSm(esm_class=-1), "esm_class: -1 is no unsigned integer of 1 octets"),
    (p.SubmitSm(tlvs=((0x10000, b""),)), "tlvs: "),
    (p.SubmitSm(tlvs=((1, bytes(65536)),)), "tlvs: "),
    (p.SubmitSm(tlvs=((1, "text"),)), "tlvs: "),
    (p.SubmitSm(status=1 << 32), "status, sequence or code"),
    (p.SubmitMulti(dest_address=(p.Destination(1, 1, "44", list_name="x"),)), "dest_address: a destination is an"),
    (p.SubmitMulti(dest_address=(p.Destination(),) * 255), "dest_address: 255 items where 254 are allowed"),
    (p.SubmitMulti(dest_address=("44",)), "dest_address: a value of another type"),
    (p.SubmitSmResp(message_id=None, tlvs=((1, b""),)), "message_id is None"),
    (p.QuerySmResp(message_id=None, message_state=2), "message_id is None"),
    (OtherPdu(code=4, body=b""), "code: 00000004 hex is known: use SubmitSm"),
    (OtherPdu(code=0x10200, tlvs=((1, b""),)), "body: "),
]


@pytest.mark.parametrize(("pdu", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_value_that_does_not_fit_is_refused_by_name(pdu: Pdu, says: str) -> None:
    with pytest.raises(SmppError) as caught:
        encode(pdu)
    assert str(caught.value).startswith(says)


def test_a_password_is_in_no_representation() -> None:
    for kind in (p.BindReceiver, p.BindTransceiver, p.BindTransmitter, p.Outbind):
        assert "s3cret" not in repr(kind(system_id="esme", password="s3cret"))


def test_each_command_id_has_its_own_class_and_each_request_its_response() -> None:
    one_way = {p.Outbind, p.AlertNotification}
    for code, kind in PDUS.items():
        if not code & p.RESPONSE and kind not in one_way:
            assert PDUS[code | p.RESPONSE].__name__ == f"{kind.__name__}Resp"
    assert len(set(PDUS.values())) == len(PDUS) == 39
    assert all(each.name in {"sequence", "status", "tlvs"} for each in fields(p.EnquireLink))
