"""Every kind of SMPP PDU that we write, as Wireshark's dissector reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from peers import peer
from tshark import Dissected, dissect, judge

from sms_adapters.smsc.smpp import PDUS, Pdu, encode, make_tlvs
from sms_adapters.smsc.smpp import pdus as p
from sms_adapters.smsc.smpp.layout import Integer, Message, Text
from sms_adapters.smsc.smpp.tlvs import _TABLE

pytestmark = pytest.mark.peer

ONLY_3_3 = {0x22, 0x23, 0x24}
TIME_FIELDS = {"schedule_delivery_time", "validity_period", "final_date"}
BITS = {"esm_class", "registered_delivery", "replace_if_present_flag"}
# The specification has two octets, this version of the dissector reads one and stumbles over the other.
MISREAD = {"broadcast_rep_num"}
TLVS = [row for row in _TABLE if row[0] not in MISREAD]
KNOWN = [PDUS[code] for code in sorted(PDUS) if code & 0xFF not in ONLY_3_3]


def filled(kind: type[Pdu]) -> Pdu:
    """A PDU with a different value in each field, so that none can pass for another."""
    values: dict[str, Any] = {}
    for number, each in enumerate((each for each in fields(kind) if "kind" in each.metadata), 1):
        match each.metadata["kind"]:
            case Integer():
                values[each.name] = number
            case Text():
                values[each.name] = "261123051000000+" if each.name in TIME_FIELDS else f"f{number}"
            case Message():
                values[each.name] = b"text %d" % number
    if kind in (p.SubmitMulti, p.QueryMsgDetailsResp):
        values["dest_address"] = (p.Destination(1, 1, "447700900002"), p.Destination(list_name="everybody"))
    if kind is p.SubmitMultiResp:
        values["unsuccess_sme"] = (p.Failure(1, 1, "447700900003", 0x0B),)
    if "message_state" in values:
        values["message_state"] = 2
    return kind(sequence=kind.COMMAND & 0xFFF, status=0, **values)


@pytest.fixture(scope="module", autouse=True)
def tshark() -> Iterator[None]:
    with peer(judge()):
        yield


def judged(pdus: list[Pdu], place: Path) -> list[Dissected]:
    return dissect([encode(pdu) for pdu in pdus], "smpp", place)


def test_every_field_of_every_pdu_is_where_the_dissector_looks_for_it(tmp_path: Path) -> None:
    pdus = [filled(kind) for kind in KNOWN]
    for pdu, seen in zip(pdus, judged(pdus, tmp_path), strict=True):
        name = type(pdu).__name__
        assert seen.complaints == [], name
        assert int(seen.shown("smpp.command_id")[0], 0) == pdu.command_id
        assert seen.shown("smpp.sequence_number") == [str(pdu.sequence)]
        for each in fields(pdu):
            kind, value = each.metadata.get("kind"), getattr(pdu, each.name)
            if isinstance(kind, Text):
                assert seen.octets(f"smpp.{each.name}") == [value.encode() + b"\0"], (name, each.name)
            elif isinstance(kind, Integer) and each.name not in BITS:
                assert seen.octets(f"smpp.{each.name}") == [bytes((value,))], (name, each.name)
            elif isinstance(kind, Message):
                assert seen.octets("smpp.message") == [value], name


def test_the_lists_of_submit_multi_are_read(tmp_path: Path) -> None:
    request, response = judged([filled(p.SubmitMulti), filled(p.SubmitMultiResp)], tmp_path)
    assert request.octets("smpp.destination_addr") == [b"447700900002\0"]
    assert request.octets("smpp.dl_name") == [b"everybody\0"]
    assert response.octets("smpp.destination_addr") == [b"447700900003\0"]
    assert response.octets("smpp.error_status_code") == [b"\0\0\0\x0b"]


def test_every_optional_parameter_is_known_by_its_tag_and_size(tmp_path: Path) -> None:
    sizes = {name: bytes(kind) if isinstance(kind, int) else b"x" for name, _, kind in _TABLE}
    sizes |= {
        "network_error_code": b"\3\0\0",
        "broadcast_content_type": bytes(3),
        "broadcast_frequency_interval": bytes(3),
        "its_session_info": bytes(2),
        "broadcast_end_time": b"261123051000000+\0",
    }
    made = [p.DataSm(sequence=1, tlvs=((tag, sizes[name]),)) for name, tag, _ in TLVS]
    for (name, tag, kind), seen in zip(TLVS, judged(made, tmp_path), strict=True):
        assert seen.complaints == [], name
        assert [int(each, 0) for each in seen.shown("smpp.opt_param_tag")] == [tag]
        if isinstance(kind, int) and f"smpp.{name}" in seen.fields:
            assert len(seen.octets(f"smpp.{name}")[0]) == kind, name


def test_optional_parameters_carry_their_values(tmp_path: Path) -> None:
    tlvs = make_tlvs(
        receipted_message_id="1A2B3C", message_state=2, network_error_code=b"\3\1\2", sar_msg_ref_num=0x1234,
        sar_total_segments=2, sar_segment_seqnum=1, message_payload=b"hello", user_message_reference=7,
    )  # fmt: skip
    (seen,) = judged([p.DeliverSm(sequence=1, esm_class=4, tlvs=(*tlvs, (0x1400, b"own")))], tmp_path)
    assert seen.complaints == []
    assert seen.octets("smpp.receipted_message_id") == [b"1A2B3C\0"]
    assert seen.shown("smpp.message_state") == ["2"]
    assert (seen.shown("smpp.network_error.type"), seen.octets("smpp.network_error.code")) == (["3"], [b"\1\2"])
    assert seen.octets("smpp.sar_msg_ref_num") == [b"\x12\x34"]
    assert (seen.shown("smpp.sar_total_segments"), seen.shown("smpp.sar_segment_seqnum")) == (["2"], ["1"])
    assert seen.octets("smpp.message_payload") == [b"hello"]
    assert seen.octets("smpp.vendor_op") == [b"own"]


def test_an_error_is_a_header_alone(tmp_path: Path) -> None:
    kinds = [
        kind for kind in KNOWN if kind.COMMAND & p.RESPONSE and any("kind" in each.metadata for each in fields(kind))
    ]
    pdus = []
    for kind in kinds:
        first = next(each.name for each in fields(kind) if "kind" in each.metadata)
        pdus.append(kind(sequence=9, status=0x58, **{first: None}))
    for pdu, seen in zip(pdus, judged(pdus, tmp_path), strict=True):
        assert seen.complaints == [], type(pdu).__name__
        assert seen.shown("smpp.command_length") == ["16"]
        assert "Throttl" in seen.summary or "0x58" in seen.summary or "exceeded" in seen.summary


def test_the_dissector_objects_to_a_frame_that_is_wrong(tmp_path: Path) -> None:
    """So that its silence above means something."""
    whole = encode(p.SubmitSm(sequence=1, destination_addr="447700900002", short_message=b"hello"))
    cut = (len(whole) - 9).to_bytes(4, "big") + whole[4:-9]
    (seen,) = dissect([cut], "smpp", tmp_path)
    assert seen.complaints
