"""UCP/EMI: octets to values and back."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fuzzing import WANTED, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from stx_frames import fed, spoilt

from sms_adapters.smsc import ucp
from sms_adapters.smsc.ucp.content import DCS, UDH, octets_of
from sms_adapters.smsc.ucp.frames import ChecksumError
from sms_adapters.smsc.ucp.operations import OPERATIONS, field_names
from sms_adapters.text import UnencodableText, gsm7

FRAMES: dict[str, ucp.Frame] = {
    "00/00051/O/60/6543/6/5/1/736563726574//0100//////A7": ucp.Session(
        "6543", "6", "5", "1", "736563726574", vers="0100"
    ),
    "00/00019/R/60/A//6D": ucp.Ack(ot=60),
    "00/00037/R/60/A/BIND AUTHENTICATED/6D": ucp.Ack(sm="BIND AUTHENTICATED", ot=60),
    "00/00044/R/60/N/07/AUTHENTICATION FAILURE/56": ucp.Nack("07", "AUTHENTICATION FAILURE", ot=60),
    "01/00026/O/31/6543/0539/C9": ucp.Alert("6543", "0539", trn=1),
    "01/00023/R/31/A/0000/27": ucp.Ack(sm="0000", ot=31, trn=1),
    "01/00022/R/31/N/06//08": ucp.Nack("06", ot=31, trn=1),
    "02/00100/O/51/447700900002/0DCDBC501E769301//1//3/////////////3//48656C6C6F201B65////////5039/////B6": ucp.Submit(
        "447700900002", "0DCDBC501E769301", nrq="1", nt="3", mt="3", msg="48656C6C6F201B65", otoa="5039", trn=2
    ),
    "02/00045/R/51/A//447700900002:231126051000/8D": ucp.Ack(sm="447700900002:231126051000", ot=51, trn=2),
    "02/00039/R/51/N/04/TOO MANY MESSAGES/D0": ucp.Nack("04", "TOO MANY MESSAGES", ot=51, trn=2),
    "00/00020/R/52/A///95": ucp.Ack(ot=52),
    "04/00043/O/01/447700900002/12345//3/4869/20": ucp.CallInput("447700900002", "12345", mt="3", msg="4869", trn=4),
    "06/00066/O/03/447700900002/12345//0/////////1/2411261200/3/4869/82": ucp.CallInputWithServices(
        "447700900002", "12345", dd="1", ddt="2411261200", mt="3", msg="4869", trn=6
    ),
    "07/00062/O/30/447700900002/12345//1//0539///2411261200/4869/D3": ucp.MessageTransfer(
        "447700900002", "12345", nrq="1", npid="0539", vp="2411261200", msg="4869", trn=7
    ),
    "07/00045/R/30/A//447700900002:231126051000/8F": ucp.Ack(sm="447700900002:231126051000", ot=30, trn=7),
    "08/00066/O/55/447700900002/12345////////////////////////////////48": ucp.Inquiry("447700900002", "12345", trn=8),
    "10/00053/O/61/6543/6/5/1///0100/447700900009/1/1///F8": ucp.ListManagement(
        "6543", "6", "5", "1", vers="0100", ladc="447700900009", lton="1", lnpi="1", trn=10
    ),
}
"""Frames with their lengths and checksums, read alike by Wireshark's dissector."""

SPECIFIED: dict[str, ucp.Frame] = {
    "18/00113/O/51/012345/09876//1/1920870340125000/4/0539//////3012961212//////3//4D657373616765203531"
    "/////////////CD": (
        ucp.Submit(
            "012345",
            "09876",
            nrq="1",
            nadc="1920870340125000",
            nt="4",
            npid="0539",
            vp="3012961212",
            mt="3",
            msg=b"Message 51".hex().upper(),
            trn=18,
        )
    ),
    "39/00099/O/51/0657467/078769//1//7//1/0545765/0122/1/0808971800///////4/32/F5AA34DE////1/////////65": (
        ucp.Submit(
            "0657467",
            "078769",
            nrq="1",
            nt="7",
            lrq="1",
            lrad="0545765",
            lpid="0122",
            dd="1",
            ddt="0808971800",
            mt="4",
            nb="32",
            msg="F5AA34DE",
            mcls="1",
            trn=39,
        )
    ),
    "00/00039/R/51/A//012234:090996101010/68": ucp.Ack(sm="012234:090996101010", ot=51),
    "00/00022/R/51/N/31//07": ucp.Nack("31", ot=51),
    "00/00039/R/52/A//076567:010196010101/6C": ucp.Ack(sm="076567:010196010101", ot=52),
    "00/00032/R/53/A//020296020202/F2": ucp.Ack(sm="020296020202", ot=53),
    "00/00022/R/53/N/02//07": ucp.Nack("02", ot=53),
    "02/00059/O/60/07656765/2/1/1/50617373776F7264//0100//////61": ucp.Session(
        "07656765", "2", "1", "1", b"Password".hex().upper(), vers="0100", trn=2
    ),
    "00/00022/R/60/N/01//04": ucp.Nack("01", ot=60),
    "02/00035/O/31/0234765439845/0139/A0": ucp.Alert("0234765439845", "0139", trn=2),
    "04/00023/R/31/A/0003/2D": ucp.Ack(sm="0003", ot=31, trn=4),
    "44/00077/O/30/0673845336//////1/1003961344/1203961200/4D657373616765204F4B/27": ucp.MessageTransfer(
        "0673845336", dd="1", ddt="1003961344", vp="1203961200", msg=b"Message OK".hex().upper(), trn=44
    ),
    "15/00058/O/03/01234568/0756663/2435/0//////////3/434D47/1B": ucp.CallInputWithServices(
        "01234568", "0756663", "2435", lrp=None, mt="3", msg="434D47", trn=15
    ),
    "22/00067/O/03/01234568/0756663//0////////1/0602961500/2/89123334/CF": ucp.CallInputWithServices(
        "01234568", "0756663", lrp=None, dd="1", ddt="0602961500", mt="2", msg="89123334", trn=22
    ),
    "00/00087/O/54/012345/0111111//////1/0654321/0100/////010197120501////3///////////////4C": ucp.Modify(
        "012345", "0111111", lrq="1", lrad="0654321", lpid="0100", scts="010197120501", mt="3"
    ),
    "00/00058/O/61/04568768///2///0100/1920870340094000//5///06": ucp.ListManagement(
        "04568768", styp="2", vers="0100", ladc="1920870340094000", lnpi="5"
    ),
    "82/00059/R/02/A/0654321:090196113940,065432:090196113940/86": ucp.Ack(
        sm="0654321:090196113940,065432:090196113940", ot=2, trn=82
    ),
    "17/00069/O/02/5/01111/02222/03333/04444/05555/0123456789//2/563444/44": ucp.CallInputToMany(
        ("01111", "02222", "03333", "04444", "05555"), "0123456789", mt="2", msg="563444", trn=17
    ),
    "65/00066/O/55/0786483/0786875676////////////////////////////////7B": ucp.Inquiry("0786483", "0786875676", trn=65),
}
"""Examples of "EMI - UCP Interface Specification" 4.0, as the tests of other implementations quote them."""

VALID = [b"\x02%b\x03" % frame.encode() for frame in {**FRAMES, **SPECIFIED}]

FIELD = st.text(st.characters(max_codepoint=0xFF, exclude_characters="/\x02\x03"), max_size=12)
TRN = st.integers(0, 99)
EXTRA = st.lists(FIELD, max_size=3).map(tuple)


def operations() -> st.SearchStrategy[ucp.Frame]:
    def of(kind: type[ucp.Operation]) -> st.SearchStrategy[ucp.Operation]:
        lists = {"recipients": EXTRA, "areas": EXTRA}
        values = {name: lists.get(name, FIELD) for name in field_names(kind)}
        return st.builds(kind, **values, trn=TRN, extra=EXTRA)

    unknown = sorted(set(range(100)) - set(OPERATIONS))
    return st.one_of(
        *map(of, OPERATIONS.values()),
        st.builds(
            ucp.UnknownOperation,
            ot=st.sampled_from(unknown),
            trn=TRN,
            extra=st.lists(FIELD, min_size=1, max_size=40).map(tuple),
        ),
    )


@st.composite
def results(draw: st.DrawFn) -> ucp.Frame:
    ot, trn, extra = draw(st.integers(0, 99)), draw(TRN), draw(EXTRA)
    if draw(st.booleans()):
        return ucp.Nack(draw(FIELD), draw(FIELD), ot=ot, trn=trn, extra=extra)
    mvp = draw(FIELD) if ot == 30 or 51 <= ot <= 58 else ""
    return ucp.Ack(mvp, draw(FIELD), ot=ot, trn=trn, extra=extra)


def mended(octets: bytes) -> bytes:
    """The frame with its length and checksum made right."""
    text = octets.strip(b"\x02\x03")
    if len(text) < 17 or text[-3:-2] != b"/":
        return octets
    text = b"%b%05d%b" % (text[:3], len(text), text[8:-2])
    return b"\x02%b%02X\x03" % (text, sum(text) & 0xFF)


@pytest.mark.parametrize(("written", "frame"), [*FRAMES.items(), *SPECIFIED.items()])
def test_documented_frames(written: str, frame: ucp.Frame) -> None:
    octets = b"\x02%b\x03" % written.encode()
    assert ucp.decode(octets) == frame
    assert ucp.encode(frame) == octets


def test_what_the_specification_s_examples_say() -> None:
    head = b"\x0200/00120/O/52/076523578/07686745/////////////120396111055////3//"
    octets = head + b"43616C6C20796F75206261636B206C617465722E///0//////////A3\x03"
    frame = ucp.decode(octets)
    assert isinstance(frame, ucp.Deliver)
    assert (frame.adc, frame.oadc, frame.scts, frame.dcs) == ("076523578", "07686745", "120396111055", "0")
    assert gsm7.decode(octets_of(frame.msg)).endswith("back later.")
    assert ucp.encode(frame) == octets


@given(st.one_of(operations(), results()))
def test_what_is_written_is_read(frame: ucp.Frame) -> None:
    assert ucp.decode(ucp.encode(frame)) == frame


@given(st.lists(st.one_of(operations(), results()), max_size=5), st.lists(st.integers(0, 2000), max_size=9))
def test_a_stream_is_read_however_it_is_fed(frames: list[ucp.Frame], cuts: list[int]) -> None:
    stream = b"\r\n".join(ucp.encode(frame) for frame in frames)
    assert fed(ucp.Reader(), stream, cuts) == [(frame, ucp.encode(frame)) for frame in frames]


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused_with_the_codecs_error(octets: bytes) -> None:
    for whole in (octets, b"\x02%b\x03" % octets, mended(b"\x02%b/00\x03" % octets)):
        with contextlib.suppress(ucp.UcpError):
            ucp.decode(whole)
            continue
        with pytest.raises(ucp.UcpError) as caught:
            ucp.decode(whole)
        assert (caught.value.raw, caught.value.fatal) == (whole, False)


def test_fuzzed_frames() -> None:
    reader, read = ucp.Reader(), 0
    for octets in fuzzed("UCP/EMI", spoilt(VALID, mended)):
        for found, raw in reader.feed(octets):
            assert isinstance(found, ucp.Frame | ucp.UcpError)
            if isinstance(found, ucp.Frame):
                read += 1
                assert ucp.decode(ucp.encode(found)) == found, raw
        assert reader.pending <= ucp.MAX_FRAME
    assert read > WANTED // 5


@pytest.mark.parametrize(
    ("written", "ec", "sequence", "operation", "word"),
    [
        ("01/00026/O/31/6543/0539/C8", "01", 1, 31, "checksum C9"),
        ("01/00027/O/31/6543/0539/CA", "02", 1, 31, "LEN says 27"),
        ("01/00022/R/31/X/06//12", "02", 1, None, "A or N"),
        ("0a/00026/O/31/6543/0539/C9", "02", None, None, "TRN/LEN"),
        ("01/00026/Q/31/6543/0539/CB", "02", None, None, "TRN/LEN"),
        ("", "02", None, None, "TRN/LEN"),
        ("01/00016/O/31/E2", "02", 1, 31, "slash"),
        ("01/00025/O/31/6543/0539C8", "02", 1, 31, "slash"),
        ("04/00030/O/02/9/447700900002/A0", "02", 4, 2, "fewer entries"),
        ("04/00029/O/02/x/447700900002/A0", "02", 4, 2, "no number"),
    ],
)
def test_broken_frames_say_what_the_peer_can_be_told(
    written: str, ec: str, sequence: int | None, operation: int | None, word: str
) -> None:
    octets = b"\x02%b\x03" % written.encode()
    octets = mended(octets) if word in ("fewer entries", "no number", "A or N") else octets
    (error, raw) = ucp.Reader().feed(octets)[0]
    assert isinstance(error, ucp.UcpError)
    assert (error.ec, error.sequence, error.operation, raw) == (ec, sequence, operation, octets)
    assert word in str(error)
    assert isinstance(error, ChecksumError) == (ec == "01")


def test_one_broken_frame_costs_no_other() -> None:
    good = ucp.encode(ucp.Alert("6543", "0539", trn=5))
    stream = good + good[:-3] + b"00\x03" + good[:9] + good + b"\x02" + b"9" * 9000 + b"\x03" + good
    found = [item for item, _ in ucp.Reader().feed(stream)]
    assert [isinstance(item, ucp.Alert) for item in found] == [True, False, False, True, False, True]


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (ucp.Submit(adc="44/77"), "slash"),
        (ucp.Submit(adc="44\x03"), "slash"),
        (ucp.Submit(oadc="Ж"), "field 2"),
        (ucp.Alert(trn=100), "0 to 99"),
        (ucp.Ack(ot=100), "0 to 99"),
        (ucp.Submit(msg="0" * 9000), "the most are"),
    ],
)
def test_values_that_fit_into_no_frame(frame: ucp.Frame, word: str) -> None:
    with pytest.raises(ucp.UcpError, match=word):
        ucp.encode(frame)


def test_missing_and_further_fields() -> None:
    short = mended(b"\x0201/00000/O/52/12345/447700900002/00\x03")
    assert ucp.decode(short) == ucp.Deliver("12345", "447700900002", trn=1)
    longer = ucp.decode(ucp.encode(ucp.Deliver("12345", extra=("", "new"))))
    assert longer.extra == ("", "new")


def test_a_slash_in_a_text_of_the_smsc_is_kept() -> None:
    found = ucp.decode(mended(b"\x0201/00000/R/51/N/04/limit 10/s reached/00\x03"))
    assert found == ucp.Nack("04", "limit 10", ot=51, trn=1, extra=("s reached",))


def test_no_password_is_shown() -> None:
    secret = "736563726574"
    values = [
        ucp.Session("6543", pwd=secret, npwd=secret),
        ucp.ListManagement("6543", pwd=secret, npwd=secret),
        ucp.Submit(ac=secret),
        ucp.MessageTransfer(ac=secret),
        ucp.CallInput(oac=secret),
        ucp.CallInputToMany(oac=secret),
        ucp.CallInputWithServices(oac=secret, lrp=secret, lpr=secret, lum=secret, lrc=secret),
        ucp.UnknownOperation(ot=7, extra=(secret,)),
    ]
    assert not [value for value in values if secret in repr(value)]
    assert all(secret.encode() in ucp.encode(value) for value in values)


@pytest.mark.parametrize("kind", [ucp.Submit, ucp.Deliver, ucp.Notification, ucp.Modify])
def test_values_cannot_be_changed(kind: type[ucp.ShortMessage]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind().adc = "1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("sender", "field"),
    [
        ("ALPHA@NUM", "10412614190438AB4D"),
        ("MyBrand", "0DCDBC501E769301"),
        ("Test1234", "0ED4F29C1E93CD68"),
        ("A", "0241"),
        ("", "00"),
    ],
)
def test_alphanumeric_sender(sender: str, field: str) -> None:
    assert ucp.pack_originator(sender) == field
    assert ucp.unpack_originator(field) == sender


def test_a_writer_that_counts_whole_octets_adds_no_character() -> None:
    assert ucp.unpack_originator("0ECDBC501E769301") == "MyBrand"


@given(st.text(st.sampled_from(sorted(gsm7.alphabet().repertoire)), max_size=11))
def test_every_sender_is_read_again(sender: str) -> None:
    if gsm7.septets(sender) > 11:
        with pytest.raises(ucp.UcpError, match="11 septets"):
            ucp.pack_originator(sender)
        return
    cut = gsm7.septets(sender) == 8 and sender.endswith("@")
    assert ucp.unpack_originator(ucp.pack_originator(sender)) == (sender[:-1] if cut else sender)


def test_a_sender_that_gsm_does_not_have() -> None:
    with pytest.raises(UnencodableText):
        ucp.pack_originator("Марка")


@given(st.text(max_size=30))
def test_any_field_is_a_sender_or_refused(field: str) -> None:
    try:
        ucp.unpack_originator(field)
        ucp.read_services(field)
    except ucp.UcpError:
        return
    assert len(field) % 2 == 0


def test_extra_services() -> None:
    field = "01060500032A0201020108"
    services = ucp.read_services(field)
    assert services == (ucp.XSer(UDH, bytes.fromhex("0500032A0201")), ucp.XSer(DCS, b"\x08"))
    assert ucp.write_services(services) == field


@given(st.lists(st.builds(ucp.XSer, st.integers(0, 255), st.binary(max_size=255)), max_size=5).map(tuple))
def test_services_are_read_again(services: tuple[ucp.XSer, ...]) -> None:
    assert ucp.read_services(ucp.write_services(services)) == services


@pytest.mark.parametrize("field", ["01", "0106", "010605", "0", "zz", "01 0"])
def test_services_that_run_over_the_end(field: str) -> None:
    with pytest.raises(ucp.UcpError):
        ucp.read_services(field)


def test_hexadecimal_is_nothing_else() -> None:
    assert octets_of("00fF") == b"\x00\xff"
    for field in ("0", "0g", " 00", "0 0", "éé"):
        with pytest.raises(ucp.UcpError):
            octets_of(field)


def test_stamps_are_the_smscs_local_time() -> None:
    zone = timezone(timedelta(hours=2))
    moment = datetime(2026, 11, 23, 3, 10, 59, tzinfo=UTC)
    assert ucp.write_stamp(moment, zone) == "2311260510"
    assert ucp.write_stamp(moment, zone, seconds=True) == "231126051059"
    assert ucp.read_stamp("231126051059", zone) == moment
    assert ucp.read_stamp("2311260510", UTC) == datetime(2026, 11, 23, 5, 10, tzinfo=UTC)
    for field in ("", "000000000000", "231126", "23112605105x", "²31126051059"):
        assert ucp.read_stamp(field, UTC) is None
