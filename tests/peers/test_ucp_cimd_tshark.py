"""Every kind of UCP/EMI and CIMD2 frame that we write, as Wireshark's dissectors read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from peers import peer
from tshark import Dissected, dissect, judge

from sms_adapters.smsc import cimd, ucp
from sms_adapters.smsc.cimd.packets import OPERATIONS as CIMD_OPERATIONS
from sms_adapters.smsc.cimd.parameters import PARAMETERS, Packet
from sms_adapters.smsc.ucp.dialect import SPELLED
from sms_adapters.smsc.ucp.operations import OPERATIONS as UCP_OPERATIONS
from sms_adapters.smsc.ucp.operations import field_names

pytestmark = pytest.mark.peer

DIGITS = "nrq nt lrq dd dst mms pr dcs mcls rpi oton onpi styp rp um rc lton lnpi cpg rply"
ONE_DIGIT = dict.fromkeys(DIGITS.split(), "1")
OF_THEIR_OWN = {
    "mt": "3",
    "msg": "4869",
    "ddt": "2411261200",
    "vp": "2411261300",
    "scts": "231126051000",
    "dscts": "231126051012",
    "rsn": "107",
    "rpid": "0064",
    "nb": "16",
    "xser": "01060500032A0201020108",
    "pwd": "736563726574",
    "npwd": "6E6577",
    "vers": "0100",
    "opid": "39",
    "npid": "0539",
    "lpid": "0100",
    "pid": "0539",
    "areas": ("21", "22"),
    "recipients": ("447700900002", "447700900003"),
}
STYP = {60: "STYP0", 61: "STYP1"}
SHOWN_AS_TEXT = {"msg": "AMsg"}
# Of the reserved fields the dissector shows a remark in place of the value, and of XSer the services.
REMARKED = {"cpg", "rply", "res1", "res2", "res4", "res5", "xser"}


def filled(kind: type[ucp.Operation]) -> tuple[ucp.Operation, dict[str, Any]]:
    """An operation with a value in each field that is of the field's size, and different where that can be."""
    values: dict[str, Any] = {}
    for number, name in enumerate(field_names(kind), 1):
        values[name] = ONE_DIGIT.get(name) or OF_THEIR_OWN.get(name) or f"44770090{number:04d}"
    return kind(**values, trn=kind.ot), values


@pytest.fixture(scope="module", autouse=True)
def tshark() -> Iterator[None]:
    with peer(judge()):
        yield


def judged(frames: Sequence[bytes], protocol: str, place: Path) -> list[Dissected]:
    return dissect(frames, protocol, place)


def test_every_field_of_every_operation_is_where_the_dissector_looks_for_it(tmp_path: Path) -> None:
    made = [filled(kind) for kind in UCP_OPERATIONS.values()]
    seen = judged([ucp.encode(frame) for frame, _ in made], "ucp", tmp_path)
    checked = 0
    for (frame, values), found in zip(made, seen, strict=True):
        assert (found.complaints, "invalid" in found.summary) == ([], False), frame
        assert (found.octets("ucp.hdr.OT"), found.octets("ucp.hdr.O_R")) == ([b"%02d" % frame.ot], [b"O"])
        for name in set(values) - REMARKED:
            value = values[name] if isinstance(values[name], tuple) else (values[name],)
            spelled = STYP[frame.ot] if name == "styp" else SHOWN_AS_TEXT.get(name, SPELLED.get(name, name))
            assert found.octets(f"ucp.parm.{spelled}") == [item.encode() for item in value], (type(frame), name)
            checked += 1
    assert checked > 270


def test_the_extra_services_are_read_one_by_one(tmp_path: Path) -> None:
    [found] = judged([ucp.encode(filled(ucp.Submit)[0])], "ucp", tmp_path)
    assert found.shown("ucp.xser.service") == ["0x01", "0x02"]
    assert found.shown("ucp.xser.length") == ["6", "1"]


def test_results_are_read(tmp_path: Path) -> None:
    frames: list[ucp.Frame] = []
    for ot in UCP_OPERATIONS:
        period = "2411261200" if ot == 30 or 51 <= ot <= 58 else ""
        frames += [
            ucp.Ack(period, "447700900002:231126051000" if ot != 31 else "0000", ot=ot, trn=7),
            ucp.Nack("06", "AdC INVALID", ot=ot, trn=8),
        ]
    seen = judged([ucp.encode(frame) for frame in frames], "ucp", tmp_path)
    for frame, found in zip(frames, seen, strict=True):
        assert (found.complaints, "invalid" in found.summary) == ([], False), frame
        assert found.octets("ucp.hdr.O_R") == [b"R"]
        if isinstance(frame, ucp.Nack):
            assert (found.octets("ucp.parm.EC"), found.octets("ucp.parm.SM")) == ([b"06"], [b"AdC INVALID"])
        elif frame.mvp:
            assert found.octets("ucp.parm.MVP") == [frame.mvp.encode()]
        assert found.octets("ucp.parm.ACK") == [frame.data()[0].encode()]


def test_the_dissector_tells_a_wrong_checksum(tmp_path: Path) -> None:
    """What makes the silence of the other tests worth something."""
    good_ucp, good_cimd = ucp.encode(ucp.Alert("6543", "0539")), cimd.encode(cimd.Alive(number=17))
    [ucp_seen] = judged([good_ucp[:-3] + b"00\x03"], "ucp", tmp_path)
    [cimd_seen] = judged([good_cimd[:-3] + b"00\x03"], "cimd", tmp_path)
    assert "checksum invalid" in ucp_seen.summary.lower() or "invalid checksum" in ucp_seen.summary.lower()
    assert "invalid checksum" in cimd_seen.summary.lower() or cimd_seen.complaints


CIMD_FIELDS = {
    "user": "ui",
    "password": "passwd",
    "subaddress": "saddr",
    "window": "ws",
    "destination": "da",
    "originator": "oa",
    "imsi": "oimsi",
    "alphanumeric_originator": "aoi",
    "visited_msc": "ovma",
    "dcs": "dcs",
    "udh": "udh",
    "text": "ud",
    "binary": "udb",
    "more_messages": "mms",
    "relative_validity": "vpr",
    "absolute_validity": "vpa",
    "protocol": "pi",
    "relative_first_delivery": "fdtr",
    "absolute_first_delivery": "fdta",
    "reply_path": "rpath",
    "report_request": "srr",
    "cancel_enabled": "ce",
    "cancel_mode": "cm",
    "stamp": "scts",
    "status": "stcode",
    "status_error": "sterrcode",
    "discharge": "dt",
    "tariff": "tclass",
    "service": "sdes",
    "count": "mcount",
    "priority": "priority",
    "mode": "drmode",
    "centre_address": "scaddr",
    "wanted": "gpar",
    "centre_time": "smsct",
    "error": "errcode",
    "error_text": "errtext",
}
VALUES = {
    "dcs": "8",
    "udh": "0500032A0201",
    "text": "Hi",
    "binary": "041F",
    "stamp": "261123051000",
    "discharge": "261123051012",
    "centre_time": "261123051013",
    "absolute_validity": "261124051000",
    "absolute_first_delivery": "261124050000",
    "status": "4",
    "status_error": "29",
    "wanted": "501",
    "error": "300",
    "error_text": "Incorrect destination address",
    "alphanumeric_originator": "MyBrand",
}


def test_every_parameter_of_every_packet_is_known_by_its_number(tmp_path: Path) -> None:
    packets: list[Packet] = []
    for operation, kind in CIMD_OPERATIONS.items():
        names = [name for name in PARAMETERS if name in kind.__dataclass_fields__]
        values = {name: VALUES.get(name, str(number)) for number, name in enumerate(names, 1)}
        packets.append(kind(number=1 if operation < 20 or operation > 50 else 2, **values))
    seen = judged([cimd.encode(packet) for packet in packets], "cimd", tmp_path)
    checked = 0
    for packet, found in zip(packets, seen, strict=True):
        assert (found.complaints, "invalid" in found.summary.lower()) == ([], False), packet
        assert found.shown("cimd.opcode") == [str(packet.operation)]
        assert found.shown("cimd.pnumber") == [str(packet.number)]
        for number, value in packet.parameters():
            name = next(name for name, each in PARAMETERS.items() if each == number)
            assert found.octets(f"cimd.{CIMD_FIELDS[name]}") == [value.encode()], (type(packet), name)
            checked += 1
    assert checked > 80
