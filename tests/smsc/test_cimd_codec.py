"""CIMD2: octets to values and back, and the conversion of user data."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from fuzzing import WANTED, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from stx_frames import fed, spoilt

from sms_adapters.smsc import cimd
from sms_adapters.smsc.cimd.frames import ChecksumError
from sms_adapters.smsc.cimd.packets import OPERATIONS
from sms_adapters.smsc.cimd.parameters import PARAMETERS, Packet
from sms_adapters.smsc.cimd.user_data import COMBINATIONS
from sms_adapters.text import UnencodableText, gsm7

PACKETS: dict[str, cimd.Packet] = {
    "01:001|010:cimduser|011:secret|019:10|00": cimd.Login(user="cimduser", password="secret", window="10", number=1),
    "51:001|3C": cimd.LoginResponse(number=1),
    "51:001|900:100|901:Invalid login|86": cimd.LoginResponse(error="100", error_text="Invalid login", number=1),
    "03:003|021:447700900002|027:MyBrand|033:Hello _XXe _Oa _L- _XX<1_XX>|056:14|AF": cimd.Submit(
        destination="447700900002",
        alphanumeric_originator="MyBrand",
        text="Hello _XXe _Oa _L- _XX<1_XX>",
        report_request="14",
        number=3,
    ),
    "53:003|021:447700900002|060:261123051000|A5": cimd.SubmitResponse(
        destination="447700900002", stamp="261123051000", number=3
    ),
    "53:003|021:447700900002|900:300|901:Incorrect destination address|34": cimd.SubmitResponse(
        destination="447700900002", error="300", error_text="Incorrect destination address", number=3
    ),
    "03:005|021:447700900002|023:12345|030:8|032:0500032A0201|034:041F04400438043204350442|044:1|46": cimd.Submit(
        destination="447700900002",
        originator="12345",
        dcs="8",
        udh="0500032A0201",
        binary="041F04400438043204350442",
        more_messages="1",
        number=5,
    ),
    "20:000|021:12345|023:447700900002|033:STOP|060:261123051105|98": cimd.Deliver(
        destination="12345", originator="447700900002", text="STOP", stamp="261123051105"
    ),
    "70:000|3C": cimd.DeliverResponse(),
    "23:002|021:447700900002|060:261123051000|061:4|062:0|063:261123051012|EE": cimd.StatusReport(
        destination="447700900002",
        stamp="261123051000",
        status="4",
        status_error="0",
        discharge="261123051012",
        number=2,
    ),
    "73:002|41": cimd.StatusReportResponse(number=2),
    "04:007|021:447700900002|060:261123051000|A5": cimd.Enquiry(
        destination="447700900002", stamp="261123051000", number=7
    ),
    "54:007|021:447700900002|060:261123051000|061:4|063:261123051012|EC": cimd.EnquiryResponse(
        destination="447700900002", stamp="261123051000", status="4", discharge="261123051012", number=7
    ),
    "05:009|068:0|54": cimd.DeliveryRequest(mode="0", number=9),
    "55:009|066:2|59": cimd.DeliveryRequestResponse(count="2", number=9),
    "06:011|021:447700900002|059:2|060:261123051000|B5": cimd.Cancel(
        destination="447700900002", cancel_mode="2", stamp="261123051000", number=11
    ),
    "56:011|42": cimd.CancelResponse(number=11),
    "09:013|500:501|B0": cimd.Get(wanted="501", number=13),
    "59:013|501:261123051300|78": cimd.GetResponse(centre_time="261123051300", number=13),
    "08:015|011:newsecret|E8": cimd.Set(password="newsecret", number=15),
    "58:015|900:801|BD": cimd.SetResponse(error="801", number=15),
    "40:017|41": cimd.Alive(number=17),
    "90:017|46": cimd.AliveResponse(number=17),
    "99:017|4F": cimd.Nack(number=17),
    "98:019|900:1|5D": cimd.GeneralError(error="1", number=19),
    "02:021|3A": cimd.Logout(number=21),
    "52:021|3F": cimd.LogoutResponse(number=21),
}
"""Packets with their checksums, `|` for a tab, read alike by Wireshark's dissector."""


def octets_of(written: str) -> bytes:
    return b"\x02%b\x03" % written.replace("|", "\t").encode("latin-1")


VALID = [octets_of(written) for written in PACKETS]
VALUE = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\x02\x03\t"), max_size=12)


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """Packets of every operation, with parameters that the operation knows and others."""
    operation = draw(st.integers(0, 99) | st.sampled_from(sorted(OPERATIONS)))
    parameters = draw(
        st.lists(st.tuples(st.integers(0, 999) | st.sampled_from(sorted(PARAMETERS.values())), VALUE), max_size=9)
    )
    number = draw(st.integers(0, 255))
    known = OPERATIONS.get(operation)
    if known is None:
        return cimd.UnknownPacket(operation=operation, number=number, extra=tuple(parameters))
    packet: Packet = known.read(number, parameters)
    return packet


def mended(octets: bytes) -> bytes:
    """The packet with its checksum made right."""
    end = octets.rfind(b"\t") + 1
    return b"%b%02X\x03" % (octets[:end], sum(octets[:end]) & 0xFF) if end else octets


@pytest.mark.parametrize("written", PACKETS)
def test_documented_packets(written: str) -> None:
    assert cimd.decode(octets_of(written)) == PACKETS[written]
    assert cimd.encode(PACKETS[written]) == octets_of(written)


@given(packets(), st.booleans())
def test_what_is_written_is_read(packet: Packet, checksum: bool) -> None:
    assert cimd.decode(cimd.encode(packet, checksum=checksum)) == packet


@given(st.lists(packets(), max_size=5), st.lists(st.integers(0, 2000), max_size=9))
def test_a_stream_is_read_however_it_is_fed(values: list[Packet], cuts: list[int]) -> None:
    stream = b"CIMD2-A ConnectionInfo\r\n" + b"\r\n".join(cimd.encode(packet) for packet in values)
    assert fed(cimd.Reader(), stream, cuts) == [(packet, cimd.encode(packet)) for packet in values]


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused_with_the_codecs_error(octets: bytes) -> None:
    for whole in (octets, b"\x02%b\x03" % octets, mended(b"\x0203:001\t%b\t\x03" % octets)):
        with contextlib.suppress(cimd.CimdError):
            cimd.decode(whole)
            continue
        with pytest.raises(cimd.CimdError) as caught:
            cimd.decode(whole)
        assert (caught.value.raw, caught.value.fatal) == (whole, False)


def test_fuzzed_packets() -> None:
    reader, read = cimd.Reader(), 0
    for octets in fuzzed("CIMD2", spoilt(VALID, mended)):
        for found, raw in reader.feed(octets):
            assert isinstance(found, Packet | cimd.CimdError)
            if isinstance(found, Packet):
                read += 1
                assert cimd.decode(cimd.encode(found)) == found, raw
        assert reader.pending <= cimd.MAX_FRAME
    assert read > WANTED // 5


@pytest.mark.parametrize(
    ("written", "sequence", "operation", "word"),
    [
        ("40:017|42", 17, 40, "checksum 41"),
        ("40:017|4", 17, 40, "two digits"),
        ("40:017|4x", 17, 40, "two digits"),
        ("40:017", None, None, "ZZ:NNN"),
        ("4:017|", None, None, "ZZ:NNN"),
        ("40:17|", None, None, "ZZ:NNN"),
        ("", None, None, "ZZ:NNN"),
        ("40:256|", 256, 40, "0 to 255"),
        ("20:002|021:1|33:STOP|", 2, 20, "parameter 2"),
        ("20:002||", 2, 20, "parameter 1"),
        ("20:002|021:a\0b|", 2, 20, "parameter 1"),
        ("20:002|²21:1|", 2, 20, "parameter 1"),
    ],
)
def test_broken_packets_say_what_the_peer_can_be_told(
    written: str, sequence: int | None, operation: int | None, word: str
) -> None:
    (error, raw) = cimd.Reader().feed(octets_of(written))[0]
    assert isinstance(error, cimd.CimdError)
    assert (error.sequence, error.operation, raw) == (sequence, operation, octets_of(written))
    assert word in str(error)
    assert isinstance(error, ChecksumError) == error.wrong_checksum == word.startswith("checksum")


def test_one_broken_packet_costs_no_other() -> None:
    good = cimd.encode(cimd.Alive(number=4))
    stream = good + good[:-3] + b"00\x03" + good[:5] + good + b"\x02" + b"9" * 5000 + b"\x03" + good
    found = [item for item, _ in cimd.Reader().feed(stream)]
    assert [isinstance(item, cimd.Alive) for item in found] == [True, False, False, True, False, True]


def test_a_checksum_is_optional_and_its_case_is_free() -> None:
    for written in ("53:003|021:447700900002|060:261123051000|", "53:003|021:447700900002|060:261123051000|a5"):
        assert cimd.decode(octets_of(written)) == cimd.SubmitResponse(
            destination="447700900002", stamp="261123051000", number=3
        )


@pytest.mark.parametrize(
    ("packet", "word"),
    [
        (cimd.Submit(destination="44\t77"), "parameter 021"),
        (cimd.Submit(destination="44\x03"), "parameter 021"),
        (cimd.Submit(text="Ж"), "parameter 033"),
        (cimd.Submit(extra=((1000, ""),)), "0 to 999"),
        (cimd.Alive(number=256), "0 to 255"),
        (cimd.UnknownPacket(operation=100), "0 to 99"),
        (cimd.Submit(text="0" * 5000), "the most are"),
    ],
)
def test_values_that_fit_into_no_packet(packet: Packet, word: str) -> None:
    with pytest.raises(cimd.CimdError, match=word):
        cimd.encode(packet)


def test_several_destinations_and_unknown_parameters_are_kept() -> None:
    packet = cimd.decode(octets_of("53:003|021:1|060:261123051000|021:2|060:261123051001|777:new|"))
    assert packet.all(21) == ("1", "2")
    assert packet.all(60) == ("261123051000", "261123051001")
    assert packet.all(777) == ("new",)
    assert isinstance(packet, cimd.SubmitResponse)
    assert (packet.destination, packet.stamp) == ("1", "261123051000")


def test_no_password_is_shown() -> None:
    values: list[Packet] = [
        cimd.Login(user="a", password="topsecret"),
        cimd.Set(password="topsecret"),
        cimd.Login(user="a", password="b", extra=((11, "topsecret"),)),
        cimd.UnknownPacket(operation=10, extra=((11, "topsecret"),)),
    ]
    assert not [value for value in values if "topsecret" in repr(value)]
    assert all(b"topsecret" in cimd.encode(value) for value in values)


@pytest.mark.parametrize("request_class", [kind for kind in OPERATIONS.values() if issubclass(kind, cimd.Request)])
def test_every_request_has_its_response(request_class: Any) -> None:
    found = cimd.response_class(request_class())
    assert issubclass(found, cimd.Response)
    assert found.operation == request_class.operation + 50


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Hello € @ £ [1]", "Hello _XXe _Oa _L- _XX<1_XX>"),
        ("a_b\n", "a_--b\n"),
        ("ÄÖÜäöüß", '_A"_O"_U"_a"_o"_u"_ss'),
        ("{}[]~\\^|\f", "_XX(_XX)_XX<_XX>_XX=_XX/_XX_gl_XX_!!_XX\n"),
        ("è é", "_e` _e'"),
    ],
)
def test_user_data_is_written_in_combinations(text: str, written: str) -> None:
    assert cimd.CONVERSIONS["nordic"].write(text) == written
    assert cimd.CONVERSIONS["nordic"].read(written) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("nordic", "[\\]^{|}~", "ÄÖÅÜäöåü"),
        ("german", "@[\\]{|}~", "§ÄÖÜäöüß"),
        ("ascii", "@[\\]^{|}~", "@[\\]^{|}~"),
        ("latin-1", "_Oa [é]", "_Oa [é]"),
        ("nordic", "grün £ À", "grün £ À"),
        ("nordic", "_ab_ _", "_ab_ _"),
        ("nordic", "__Oa", "_@"),
        ("nordic", "_XX", " "),
        ("nordic", "_XXq", "q"),
        ("nordic", "_XX_XX", " "),
        ("ascii", "_XX^", " ^"),
        ("nordic", "_XXÀ", " À"),
    ],
)
def test_user_data_as_centres_write_it(name: str, value: str, text: str) -> None:
    assert cimd.CONVERSIONS[name].read(value) == text


@pytest.mark.parametrize("name", ["nordic", "german", "ascii"])
@given(text=st.text(st.sampled_from(sorted(gsm7.alphabet().repertoire)), max_size=40))
def test_every_gsm_text_is_read_again(name: str, text: str) -> None:
    conversion = cimd.CONVERSIONS[name]
    written = conversion.write(text)
    assert written.isascii()
    assert conversion.read(written) == text


@given(st.text(max_size=40))
def test_any_value_is_some_text(value: str) -> None:
    for conversion in cimd.CONVERSIONS.values():
        assert len(conversion.read(value)) <= len(value) + 1


def test_user_data_that_gsm_does_not_have() -> None:
    with pytest.raises(UnencodableText):
        cimd.CONVERSIONS["nordic"].write("Привет")
    with pytest.raises(UnencodableText, match="Latin-1"):
        cimd.CONVERSIONS["latin-1"].write("€")


def test_no_two_combinations_are_the_same_character() -> None:
    assert len(set(COMBINATIONS.values())) == len(COMBINATIONS) == 42


@pytest.mark.parametrize(
    ("span", "value"),
    [
        (timedelta(0), "0"),
        (timedelta(minutes=5), "0"),
        (timedelta(minutes=5, seconds=1), "1"),
        (timedelta(hours=12), "143"),
        (timedelta(hours=12, seconds=1), "144"),
        (timedelta(hours=24), "167"),
        (timedelta(hours=25), "168"),
        (timedelta(days=30), "196"),
        (timedelta(days=31), "197"),
        (timedelta(weeks=63), "255"),
        (timedelta(weeks=100), "255"),
    ],
)
def test_relative_times_are_rounded_up(span: timedelta, value: str) -> None:
    assert cimd.write_relative(span) == value


def test_every_relative_time_is_read_again() -> None:
    spans = [cimd.read_relative(str(value)) for value in range(256)]
    assert [cimd.write_relative(span) for span in spans if span] == [str(value) for value in range(256)]
    assert [cimd.read_relative(value) for value in ("256", "-1", "", "x", None)] == [None] * 5


def test_stamps_are_the_centres_local_time() -> None:
    zone = timezone(timedelta(hours=2))
    moment = datetime(2026, 11, 23, 3, 10, 59, tzinfo=UTC)
    assert cimd.write_stamp(moment, zone) == "261123051059"
    assert cimd.read_stamp("261123051059", zone) == moment
    for value in ("", None, "000000000000", "2611230510", "26112305105x"):
        assert cimd.read_stamp(value, UTC) is None
