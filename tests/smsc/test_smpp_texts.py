"""SMPP: times, alphabets and receipts, each in the forms that SMSCs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sms_adapters import Status
from sms_adapters.ids import same_id
from sms_adapters.smsc.smpp import SmppError, make_tlvs
from sms_adapters.smsc.smpp.codings import (
    ALPHABETS,
    BINARY,
    GSM7,
    PACKED,
    UCS2,
    alphabet_of,
    check_alphabet,
    decode_text,
    encode_text,
)
from sms_adapters.smsc.smpp.pdus import DataSm, DeliverSm
from sms_adapters.smsc.smpp.receipts import STATES, is_receipt, read_receipt, receipt_text, state_of
from sms_adapters.smsc.smpp.times import format_time, parse_time
from sms_adapters.text import gsm7, parse_header

TIMES = [
    ("000000001000000R", timedelta(minutes=10)),
    ("010203040506000R", timedelta(days=365 + 60 + 3, hours=4, minutes=5, seconds=6)),
    ("261123051000000+", datetime(2026, 11, 23, 5, 10, tzinfo=UTC)),
    ("261123051000908+", datetime(2026, 11, 23, 5, 10, 0, 900_000, timezone(timedelta(hours=2)))),
    ("261123051000008-", datetime(2026, 11, 23, 5, 10, tzinfo=timezone(-timedelta(hours=2)))),
    ("", None),
    ("tomorrow", None),
    ("261323051000000+", None),
    ("26112305100000", None),
    ("2611230510000+00", None),
    ("٢٦١١٢٣٠٥١٠٠٠٠٠٠+", None),
]


@pytest.mark.parametrize(("text", "time"), TIMES)
def test_a_time_is_read(text: str, time: datetime | timedelta | None) -> None:
    assert parse_time(text) == time


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.timezones()).map(  # noqa: DTZ001
        lambda t: t.replace(microsecond=t.microsecond // 100_000 * 100_000).astimezone(UTC)
    )
    | st.integers(0, 36_499 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
)
def test_a_time_survives_the_field(time: datetime | timedelta) -> None:
    field = format_time(time)
    assert len(field) == 16
    assert parse_time(field) == time


@given(st.text(max_size=20))
def test_no_text_of_a_time_raises(text: str) -> None:
    assert parse_time(text) is None or len(text) == 16


@pytest.mark.parametrize(
    ("time", "says"),
    [
        (datetime(2026, 1, 1), "without a time zone"),  # noqa: DTZ001
        (datetime(1999, 1, 1, tzinfo=UTC), "1999"),
        (datetime(2100, 1, 1, tzinfo=UTC), "2100"),
        (timedelta(seconds=-1), "0 to 100 years"),
        (timedelta(days=36_500), "0 to 100 years"),
    ],
)
def test_a_time_that_the_field_cannot_say_is_refused(time: Any, says: str) -> None:
    with pytest.raises(SmppError, match=says):
        format_time(time)


CODINGS = [
    *((code, name) for code, name in ALPHABETS.items()),
    (0x0B, BINARY), (0x10, GSM7), (0x11, GSM7), (0x14, BINARY), (0x18, UCS2), (0x1C, BINARY), (0x20, BINARY),
    (0x30, BINARY), (0x40, BINARY), (0x80, BINARY), (0xC0, GSM7), (0xC8, GSM7), (0xD0, GSM7), (0xE0, UCS2),
    (0xF0, GSM7), (0xF1, GSM7), (0xF4, BINARY), (0xF5, BINARY),
]  # fmt: skip


@pytest.mark.parametrize(("code", "alphabet"), CODINGS)
def test_a_data_coding_names_an_alphabet(code: int, alphabet: str) -> None:
    assert alphabet_of(code) == alphabet


def test_an_operator_may_mean_another_alphabet() -> None:
    assert alphabet_of(0, {0: "latin-1"}) == "latin-1"
    assert alphabet_of(0x81, {0x81: "cp1251"}) == "cp1251"
    assert alphabet_of(8, {0: "latin-1"}) == UCS2
    assert decode_text("Жук".encode("cp1251"), 0x81, {0x81: "cp1251"}).text == "Жук"


TEXTS = [
    (b"Hello \x1be", 0x00, "Hello €", False),
    (b"\x00\x02\x11", 0x00, "@$_", False),
    (b"na\xefve", 0x00, "naïve", True),
    (b"ends \x1b", 0x00, "ends  ", True),
    (b"caf\xe9", 0x03, "café", False),
    (b"caf\xe9", 0x01, "caf\ufffd", True),
    ("Привет 😀".encode("utf-16-be"), 0x08, "Привет 😀", False),
    (b"\0h\0i\0", 0x08, "hi", True),
    (b"\xff\xfeh\0i\0", 0x08, "hi", False),
    (b"\xfe\xff\0h\0i", 0x08, "hi", False),
    (b"\xd8\x00\0a", 0x08, "\ufffda", True),
    ("Жук".encode("iso8859-5"), 0x06, "Жук", False),
    (b"flash", 0xF0, "flash", False),
    (b"flash", 0x10, "flash", False),
    (b"", 0x00, "", False),
    (b"", 0x08, "", False),
]


@pytest.mark.parametrize(("octets", "coding", "text", "damaged"), TEXTS)
def test_a_text_is_read_by_its_data_coding(octets: bytes, coding: int, text: str, damaged: bool) -> None:
    found = decode_text(octets, coding)
    assert (found.text, found.data, found.damaged) == (text, None, damaged)


def test_octets_of_no_alphabet_are_handed_over() -> None:
    assert decode_text(b"\x01\xff", 0x04).data == b"\x01\xff"
    assert decode_text(b"\x01\xff", 0x0B).data == b"\x01\xff"


HEADERS = {0: None, **{udh[0] + 1: parse_header(udh) for udh in (b"\5\0\3\1\2\1", b"\6\x08\4\0\1\2\1", b"\3\x24\1\1")}}


@given(st.binary(), st.integers(0, 255), st.sampled_from(sorted(HEADERS)))
@example(b"", 0, 6)
def test_no_text_raises(octets: bytes, coding: int, header: int) -> None:
    for alphabets in (ALPHABETS, {0: PACKED, 8: PACKED}):
        found = decode_text(octets, coding, alphabets, header=HEADERS[header])
        assert found.data is None or (found.data, found.text) == (octets, "")


def test_packed_septets_are_those_of_the_specification() -> None:
    packed = encode_text("hellohello", PACKED)
    assert packed.hex() == "e8329bfd4697d9ec37"
    assert decode_text(packed, 0, {0: PACKED}).text == "hellohello"
    assert encode_text("hi", PACKED, header_octets=6).hex() == "d069"
    assert decode_text(bytes.fromhex("d069"), 0, {0: PACKED}, header=HEADERS[6]).text == "hi"


@pytest.mark.parametrize("filling", [b"", b"\r", b"\0"])
def test_what_fills_the_last_octet_is_no_character(filling: bytes) -> None:
    packed = gsm7.pack(gsm7.encode("seven l") + filling)
    assert decode_text(packed, 0, {0: PACKED}).text == "seven l"
    assert decode_text(gsm7.pack(b"\r" + gsm7.encode("seven l")), 0, {0: PACKED}).text == "\rseven l"
    assert decode_text(b"", 0, {0: PACKED}).text == ""


@given(
    st.text("abcXYZ 0123€[]~éÑ", max_size=160),
    st.sampled_from([GSM7, PACKED, UCS2]),
    st.sampled_from([0, 6, 7]),
)
def test_a_text_survives_its_alphabet(text: str, alphabet: str, header: int) -> None:
    octets = encode_text(text, alphabet, header_octets=header)
    assert decode_text(octets, 0, {0: alphabet}, header=HEADERS[header]).text == text


def test_a_header_names_the_national_table() -> None:
    turkish = parse_header(b"\3\x24\1\1")
    assert decode_text(b"\x1bS", 0, header=turkish).text == "Ş"
    assert decode_text(b"\x1bS", 0).text == "S"


def test_an_alphabet_is_checked_by_name() -> None:
    assert [check_alphabet(name) for name in (GSM7, PACKED, "cp1251", "utf-8")] == [GSM7, PACKED, "cp1251", "utf-8"]
    for name in ("klingon", "base64", ""):
        with pytest.raises(ValueError, match="is no alphabet"):
            check_alphabet(name)


STANDARD = (
    b"id:1715004 sub:001 dlvrd:001 submit date:2611230509 done date:2611230510 stat:DELIVRD err:000 text:Hello stat:no"
)
SUBMITTED, DONE = datetime(2026, 11, 23, 5, 9), datetime(2026, 11, 23, 5, 10)  # noqa: DTZ001

RECEIPTS: list[tuple[str, DeliverSm | DataSm, dict[str, Any]]] = [
    (
        "as in the specification",
        DeliverSm(esm_class=4, short_message=STANDARD),
        {
            "id": "1715004", "word": "DELIVRD", "state": STATES[2], "error": "000", "submitted": SUBMITTED,
            "done": DONE, "submitted_parts": "001", "delivered_parts": "001", "text": "Hello stat:no",
        },
    ),
    (
        "parameters before text",
        DeliverSm(
            short_message=STANDARD,
            tlvs=make_tlvs(receipted_message_id="1A2B3C", message_state=5, network_error_code=b"\x03\x01\x02"),
        ),
        {"id": "1A2B3C", "text_id": "1715004", "state": STATES[5], "word": "DELIVRD", "error": "000"},
    ),
    (
        "parameters alone",
        DeliverSm(tlvs=make_tlvs(receipted_message_id="7", message_state=2, network_error_code=b"\x03\x01\x02")),
        {"id": "7", "text_id": None, "word": "DELIVRD", "state": STATES[2], "error": "3:258", "done": None},
    ),
    (
        "id without NUL, unknown state",
        DeliverSm(tlvs=((0x1E, b"ABC"), (0x427, b"\x63"))),
        {"id": "ABC", "word": "99", "state": None},
    ),
    (
        "upper case, other order",
        DeliverSm(esm_class=4, short_message=b"STAT:EXPIRED ERR:00A ID:0000123 DONE DATE:20261123051000"),
        {"id": "0000123", "word": "EXPIRED", "state": STATES[3], "error": "00A", "done": DONE, "submitted": None},
    ),
    (
        "commas, spaces and underscores",
        DeliverSm(esm_class=4, short_message=b"id: 9, submit_date: 261123050900, stat: UNDELIV, err: 12"),
        {"id": "9", "state": STATES[5], "submitted": SUBMITTED, "error": "12"},
    ),
    (
        "keys that nobody knows",
        DeliverSm(esm_class=4, short_message=b"id:9 network:x1 stat:REJECTD mid:3 err:5 text:"),
        {"id": "9", "state": STATES[8], "error": "5", "text": ""},
    ),
    (
        "a word that nobody knows",
        DeliverSm(esm_class=4, short_message=b"id:9 stat:LIMBO err:001"),
        {"id": "9", "word": "LIMBO", "state": None},
    ),
    (
        "in UCS-2",
        DeliverSm(esm_class=4, data_coding=8, short_message=STANDARD.decode().encode("utf-16-be")),
        {"id": "1715004", "state": STATES[2]},
    ),
    (
        "in ASCII under UCS-2",
        DeliverSm(esm_class=4, data_coding=8, short_message=STANDARD),
        {"id": "1715004", "state": STATES[2]},
    ),
    (
        "in UCS-2 under 0",
        DeliverSm(esm_class=4, short_message=STANDARD.decode().encode("utf-16-be")),
        {"id": "1715004"},
    ),
    (
        "in message_payload of data_sm",
        DataSm(esm_class=4, tlvs=make_tlvs(message_payload=STANDARD)),
        {"id": "1715004", "done": DONE},
    ),
    (
        "intermediate",
        DeliverSm(esm_class=0x20, short_message=b"id:9 stat:ENROUTE"),
        {"id": "9", "state": STATES[1], "intermediate": True},
    ),
    (
        "the text before the state",
        DeliverSm(esm_class=4, short_message=b"id:9 text:hello there stat:DELIVRD err:001"),
        {"id": "9", "state": STATES[2], "error": "001", "text": "hello there "},
    ),
    (
        "the text before all else, and one that looks like a state",
        DeliverSm(esm_class=4, short_message=b"id:9 text:my stat:UNDELIV sub:001 done date:2611230510 stat:DELIVRD"),
        {"id": "9", "state": STATES[2], "text": "my stat:UNDELIV ", "done": DONE},
    ),
    (
        "behind a header",
        DeliverSm(esm_class=0x44, short_message=b"\5\0\3\1\1\1id:9 stat:DELIVRD"),
        {"id": "9", "state": STATES[2]},
    ),
    (
        "marked to have a header, without one",
        DeliverSm(esm_class=0x44, short_message=STANDARD),
        {"id": "1715004", "state": STATES[2]},
    ),
    (
        "in quotes",
        DeliverSm(esm_class=4, short_message=b"id:\"9\" stat:'DELIVRD' err:\"001\""),
        {"id": "9", "state": STATES[2], "error": "001"},
    ),
    (
        "seconds since 1970",
        DeliverSm(esm_class=4, short_message=b"id:9 stat:DELIVRD done date:1795410660"),
        {"done": datetime(2026, 11, 23, 5, 11, tzinfo=UTC)},
    ),
    ("a century", DeliverSm(esm_class=4, short_message=b"id:9 stat:DELIVRD done date:202611230510"), {"done": DONE}),
    ("dates that are none", DeliverSm(esm_class=4, short_message=b"id:9 stat:DELIVRD done date:2613"), {"done": None}),
    ("a month 13", DeliverSm(esm_class=4, short_message=b"id:9 stat:DELIVRD done date:2613230510"), {"done": None}),
]  # fmt: skip


@pytest.mark.parametrize(("pdu", "told"), [case[1:] for case in RECEIPTS], ids=[case[0] for case in RECEIPTS])
def test_a_receipt_is_read(pdu: DeliverSm | DataSm, told: dict[str, Any]) -> None:
    assert is_receipt(pdu)
    receipt = read_receipt(pdu)
    assert receipt is not None
    assert {name: getattr(receipt, name) for name in told} == told


@pytest.mark.parametrize(
    ("esm_class", "text", "is_one", "is_read"),
    [
        (0, STANDARD, False, True),  # a handset can send this
        (4, b"see you at nine", True, False),
        (4, b"id:9", True, False),
        (0x40, b"hi", False, False),
        (0x44, b"id:9 stat:DELIVRD", True, True),
        (0x08, b"id:9 stat:DELIVRD", False, True),
    ],
)
def test_only_the_envelope_makes_a_receipt_believable(esm_class: int, text: bytes, is_one: bool, is_read: bool) -> None:
    pdu = DeliverSm(esm_class=esm_class, short_message=text)
    assert (is_receipt(pdu), read_receipt(pdu) is not None) == (is_one, is_read)


@pytest.mark.parametrize("state", STATES.values(), ids=lambda state: state.word)
def test_a_receipt_that_is_written_is_read(state: Any) -> None:
    text = receipt_text("00ABC", state, submitted=SUBMITTED, done=DONE, error="1E", text="stat:DELIVRD id:7")
    receipt = read_receipt(DeliverSm(esm_class=4, short_message=text))
    assert receipt is not None
    assert (receipt.id, receipt.state, receipt.error) == ("00ABC", state, "1E")
    assert (receipt.submitted, receipt.done, receipt.text) == (SUBMITTED, DONE, "stat:DELIVRD id:7")


@given(st.binary(max_size=254), st.integers(0, 255), st.lists(st.tuples(st.integers(), st.binary(max_size=9))))
def test_no_receipt_raises(text: bytes, coding: int, tlvs: list[tuple[int, bytes]]) -> None:
    pdu = DeliverSm(esm_class=4, data_coding=coding, short_message=b"id:1 stat:" + text, tlvs=tuple(tlvs))
    receipt = read_receipt(pdu)
    assert receipt is None or receipt.id


@pytest.mark.parametrize(
    ("submitted", "reported"),
    [("1A2B3C", "1715004"), ("1715004", "1a2b3c"), ("00001715004", "1715004"), ("ABC", "0abc"), ("x-1", "X-1")],
)
def test_an_id_is_the_same_in_any_notation(submitted: str, reported: str) -> None:
    assert same_id(submitted, reported, "hex-decimal")
    assert same_id(submitted, reported, "hex-digits")


@pytest.mark.parametrize(
    ("submitted", "reported"),
    [("10", "16"), ("16", "10"), ("1_0", "10"), ("\u0661\u0660", "10"), ("+10", "10"), ("1a-", "1a"), ("A", "11")],
)
def test_digits_alone_are_decimal_and_what_is_no_number_is_text(submitted: str, reported: str) -> None:
    assert not same_id(submitted, reported, "hex-decimal")


def test_digits_may_be_hexadecimal_where_a_channel_says_so() -> None:
    assert same_id("10", "16", "hex-digits")
    assert not same_id("1_0", "10", "hex-digits")


def test_words_and_codes_of_states() -> None:
    assert {state.word for state in STATES.values() if state.status.final} == {
        "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "SKIPPED",
    }  # fmt: skip
    assert state_of("delivrd") is STATES[2] is state_of(2)
    assert state_of("UNDELIVERABLE") is STATES[5]
    assert state_of("LIMBO") is state_of(77) is None
    assert STATES[7].status is Status.UNKNOWN
