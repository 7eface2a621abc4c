"""User data headers, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_adapters.text import MalformedHeader, NationalLanguage, UserDataHeader, concatenation_header, parse_header

TURKISH, HINDI = NationalLanguage.TURKISH, NationalLanguage.HINDI
NOTHING = {"concatenation": None, "locking": None, "single": None, "ports": None, "others": ()}


@pytest.mark.parametrize(
    ("arguments", "options", "header"),
    [
        ((0x5A, 3, 1), {}, "0500035A0301"),
        ((0, 255, 255), {}, "05000300FFFF"),
        ((0x1234, 2, 2), {"reference_bits": 16}, "06080412340202"),
        ((0x5A, 2, 1), {"locking": TURKISH}, "0800035A0201250101"),
        ((0x5A, 2, 1), {"single": HINDI}, "0800035A0201240106"),
        ((1, 2, 1), {"locking": HINDI, "single": HINDI, "reference_bits": 16}, "0C080400010201250106240106"),
        ((0, 1, 1), {}, ""),
        ((9, 1, 1), {"locking": TURKISH}, "03250101"),
        ((0, 1, 1), {"locking": HINDI, "single": TURKISH}, "06250106240101"),
    ],
)
def test_headers_by_hand(arguments, options, header):
    made = concatenation_header(*arguments, **options)
    assert made.hex().upper() == header
    if made:
        read = parse_header(made + b"text")
        wanted = arguments if arguments[1] > 1 else None
        assert (read.concatenation, read.length) == (wanted, len(made))
        assert (read.locking, read.single) == (options.get("locking"), options.get("single"))


@pytest.mark.parametrize(
    ("arguments", "reference_bits", "says"),
    [
        ((256, 2, 1), 8, "reference"),
        ((65536, 2, 1), 16, "reference"),
        ((-1, 2, 1), 8, "reference"),
        ((0, 256, 1), 8, "segment"),
        ((0, 2, 0), 8, "segment"),
        ((0, 2, 3), 8, "segment"),
        ((0, 0, 0), 8, "segment"),
        ((0, 2, 1), 12, "bits"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(arguments, reference_bits, says):
    with pytest.raises(ValueError, match=says):
        concatenation_header(*arguments, reference_bits=reference_bits)


@given(
    st.sampled_from([8, 16]).flatmap(lambda bits: st.tuples(st.just(bits), st.integers(0, 2**bits - 1))),
    st.integers(2, 255).flatmap(lambda total: st.tuples(st.just(total), st.integers(1, total))),
    st.sampled_from([None, *NationalLanguage]),
    st.sampled_from([None, *NationalLanguage]),
)
def test_what_is_made_is_read(bits_and_reference, total_and_number, locking, single):
    bits, reference = bits_and_reference
    header = concatenation_header(reference, *total_and_number, reference_bits=bits, locking=locking, single=single)
    expected = NOTHING | {"concatenation": (reference, *total_and_number), "locking": locking, "single": single}
    assert parse_header(header) == UserDataHeader(**expected, length=len(header))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("00", {}),
        ("06050423F40000", {"ports": (9204, 0)}),  # vCard port of 3GPP TS 23.040, application port addressing
        ("0404021234", {"ports": (0x12, 0x34)}),
        ("03700101", {"others": ((0x70, b"\x01"),)}),
        ("027000", {"others": ((0x70, b""),)}),
        # Not repeatable: the last one holds (TS 23.040 clause 9.2.3.24), also of two that exclude each other.
        ("0A000301020100030A0202", {"concatenation": (10, 2, 2)}),
        ("0B0003010201080401000302", {"concatenation": (0x100, 3, 2)}),
        ("0A050400010002" + "04020304", {"ports": (3, 4)}),
        # To be ignored by a receiver: number or total 0, number beyond the total, languages that are reserved.
        ("050003010200", {"others": ((0, b"\x01\x02\x00"),)}),
        ("050003010000", {"others": ((0, b"\x01\x00\x00"),)}),
        ("050003010203", {"others": ((0, b"\x01\x02\x03"),)}),
        ("06250100" + "24010E", {"others": ((0x25, b"\x00"), (0x24, b"\x0e"))}),
    ],
)
def test_headers_of_others(header, found):
    octets = bytes.fromhex(header)
    assert parse_header(octets) == UserDataHeader(**(NOTHING | found), length=len(octets))


@pytest.mark.parametrize(
    "header",
    [
        *("", "01", "0100", "0500035A03", "FF"),  # shorter than the length octet says
        *("020003", "0400035A03", "0500045A030101"),  # an element over the end, or without its length
        *("0600045A030101", "050803000102", "022400", "0425020101", "03040101", "04050201" + "02"),  # wrong length
    ],
)
def test_malformed_headers_are_refused(header):
    with pytest.raises(MalformedHeader):
        parse_header(bytes.fromhex(header))


@given(st.one_of(st.binary(max_size=30), st.binary(max_size=30).map(lambda octets: bytes([len(octets)]) + octets)))
def test_any_octets_are_a_header_or_malformed(octets):
    try:
        header = parse_header(octets)
    except MalformedHeader:
        return
    assert header.length == octets[0] + 1 <= len(octets)
    assert parse_header(octets + b"after") == header
