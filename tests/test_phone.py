"""Phone numbers: what is read as what, what is refused, and that every wire form comes back as it went.

Numbers written here are from the ranges kept free for examples (+1 202 555 01xx, +44 7700 900xxx); those of other
countries are libphonenumber's own examples, made at run time.
"""

from __future__ import annotations

import pickle
import subprocess
import sys

import gsm0338
import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from sms_adapters import phone, sender_ids
from sms_adapters.phone import (
    Address,
    InvalidNumber,
    NumberKind,
    WireForm,
    country_code,
    from_wire,
    mask,
    parse_inbound,
    parse_recipient,
    parse_sender,
    region,
    to_wire,
)

US, GB = "+12025550123", "+447700900123"
E164, SHORT_CODE, ALPHANUMERIC = NumberKind.E164, NumberKind.SHORT_CODE, NumberKind.ALPHANUMERIC
NATIONAL_FORMS = [WireForm.NATIONAL, WireForm.NATIONAL_SIGNIFICANT]
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
PARSERS = [parse_recipient, parse_sender, parse_inbound]


def sample(country: str, kind: int = PhoneNumberType.MOBILE) -> str:
    """libphonenumber's example of this kind, in E.164; of Tristan da Cunha it has landlines only."""
    number = phonenumbers.example_number_for_type(country, kind) or phonenumbers.example_number(country)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def significant(value: str) -> str:
    return phonenumbers.national_significant_number(phonenumbers.parse(value))


@pytest.fixture
def no_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)


# Recipients


@pytest.mark.parametrize(
    "raw",
    [
        "+12025550123",
        "+1 202 555 0123",
        "+1-202-555-0123",
        "+1.202.555.0123",
        "+1 (202) 555-0123",
        "(+1) 202 555 0123",
        "  +12025550123\r\n",
        "+1\u00a0202\u00a0555\u00a00123",
        "+1\u2011202\u2013555\u22120123",
        "\u202a+12025550123\u202c",
        "\u200f+1 202\u200e 555 0123\u2069",
        "\ufeff+12025550\u200b123",
        "\uff0b\uff11\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13",
        "+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0662\u0663",
        "0012025550123",
        "00 1 202 555 0123",
        "12025550123",
    ],
)
def test_every_spelling_of_an_international_number_is_the_same_address(raw):
    for parse in PARSERS:
        assert parse(raw) == Address(US, E164)


@pytest.mark.parametrize(
    ("raw", "country", "value"),
    [
        ("2025550123", "US", US),
        ("(202) 555-0123", "US", US),
        ("1 202 555 0123", "US", US),
        ("202.555.0123", "us", US),
        ("07700 900123", "GB", GB),
        ("7700900123", "GB", GB),
        ("447700900123", "GB", GB),
        ("4407700900123", "GB", GB),
        ("447700900123", "US", GB),
        ("447700900123", "RW", GB),
        ("12025550123", "RW", US),
        ("00447700900123", "RW", GB),
        ("00447700900123", "US", GB),
        ("00447700900123", "BR", GB),
        ("011447700900123", "US", GB),
        ("0011447700900123", "AU", GB),
        ("010447700900123", "JP", GB),
        ("810447700900123", "RU", GB),
        ("\u0660\u0667\u0667\u0660\u0660\u0669\u0660\u0660\u0661\u0662\u0663", "GB", GB),
        ("+44 (0)7700 900123", None, GB),
        ("(+44) (0) 7700 900123", "RW", GB),
        ("0044(0)7700900123", None, GB),
    ],
)
def test_national_and_dialled_forms_are_read_with_the_country(raw, country, value):
    for parse in PARSERS:
        assert parse(raw, country) == Address(value, E164)


@pytest.mark.parametrize("country", REGIONS)
def test_the_mobile_of_every_country_is_read_from_each_spelling(country):
    value = sample(country)
    wires = [to_wire(Address(value, E164), form, country) for form in WireForm]
    for parse in PARSERS:
        assert [str(parse(wire, country)) for wire in wires] == [value] * len(WireForm)


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("2255", None),
        ("12345", None),
        ("123", "RW"),
        ("2255", "RW"),
        ("62 226", "DE"),
        ("12345", "LU"),
        ("123456", "FI"),
    ],
)
def test_three_to_six_digits_are_a_short_code(raw, country):
    for parse in PARSERS:
        assert parse(raw, country) == Address(raw.replace(" ", ""), SHORT_CODE)


def test_seven_and_eight_digits_are_a_number_where_mobiles_are_that_short_and_else_a_short_code():
    assert parse_recipient("56767880") == Address("56767880", SHORT_CODE)
    assert parse_recipient("56767880", "IN") == Address("56767880", SHORT_CODE)
    eight_digit_mobile = sample("SG")
    assert parse_recipient(significant(eight_digit_mobile), "SG") == Address(eight_digit_mobile, E164)
    with pytest.raises(InvalidNumber, match="not a possible number in 'US'"):
        parse_recipient("555-0123", "US")
    assert parse_sender("5550123", "US") == Address("5550123", SHORT_CODE)


@pytest.mark.parametrize("country", ["SH", "TA", "AC", "NU", "FO", "TK"])
def test_small_plans_have_numbers_where_others_have_short_codes(country):
    value = sample(country)
    national = significant(value)
    assert len(national) <= 7
    assert parse_recipient(value) == Address(value, E164)
    assert parse_recipient(national, country) == Address(value, E164)
    assert parse_recipient(national, "RW" if len(national) < 7 else None) == Address(national, SHORT_CODE)
    assert from_wire(value[1:], WireForm.DIGITS, country) == Address(value, E164)


def test_the_table_of_small_plans_is_what_the_metadata_says():
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
    examples = {country: [phonenumbers.example_number_for_type(country, kind) for kind in kinds] for country in REGIONS}
    assert {
        country
        for country, numbers in examples.items()
        if any(number and len(phonenumbers.national_significant_number(number)) <= 6 for number in numbers)
    } == phone._SHORT_PLANS


@pytest.mark.parametrize("value", ["+9991234567", "+1200123", "+123456789012345", "+15550000000"])
def test_what_has_a_plus_is_not_held_against_the_numbering_plans(value):
    assert parse_recipient(value, "RW") == Address(value, E164)


def test_digits_with_the_countrys_own_code_are_taken_as_written_even_if_the_plan_has_moved_on():
    old_mexican_mobile = "521" + significant(sample("MX"))
    assert parse_recipient(old_mexican_mobile, "MX") == Address("+" + old_mexican_mobile, E164)


def test_a_mobile_reading_wins_over_a_landline_reading():
    german, rwandan = sample("DE"), sample("RW")
    assert parse_recipient(german[1:], "DE") == Address(german, E164)
    assert parse_recipient(rwandan[1:], "DE") == Address(rwandan, E164)
    indian = sample("IN")
    ten_digits_starting_with_91 = "91" + significant(indian)[2:]
    assert parse_recipient(ten_digits_starting_with_91, "IN") == Address("+91" + ten_digits_starting_with_91, E164)


def test_of_two_landline_readings_the_national_one_wins_unless_the_own_calling_code_is_written():
    nigerian, indonesian = sample("NG", PhoneNumberType.FIXED_LINE), sample("ID", PhoneNumberType.FIXED_LINE)
    for digits in (significant(nigerian), indonesian[1:]):
        assert phonenumbers.is_valid_number(phonenumbers.parse("+" + digits))
    assert parse_recipient(significant(nigerian), "NG") == Address(nigerian, E164)
    assert parse_recipient(indonesian[1:], "ID") == Address(indonesian, E164)


@pytest.mark.parametrize("prefix", ["+39 (0)", "0039(0)", "(+39) (0)"])
def test_the_zero_of_an_italian_landline_is_part_of_the_number(prefix):
    italian = sample("IT", PhoneNumberType.FIXED_LINE)
    assert italian.startswith("+390")
    assert parse_recipient(prefix + italian[4:]) == Address(italian, E164)


@pytest.mark.parametrize(
    ("raw", "country", "why"),
    [
        ("", None, "no digits; write"),
        (" \t\n\u00a0\u200f", None, "no digits; write"),
        ("--", None, "no digits; write"),
        ("()", None, "short code has 3 to 8 digits"),
        ("12", None, "short code has 3 to 8 digits"),
        ("+", None, "after \\+ come a country code"),
        ("+123456", None, "7 to 15 digits"),
        ("+1234567890123456", None, "7 to 15 digits"),
        ("+07700900123", "GB", "never starts with 0"),
        ("++12025550123", None, "7 to 15 digits"),
        ("1202+5550123", None, "write \\+ and the country code"),
        ("07700900123", None, "name the country"),
        ("0007700900123", None, "name the country"),
        ("1234567890123456", None, "7 to 15 digits"),
        ("07700900123", "RW", "not a possible number in 'RW'"),
        ("0770090012345", "GB", "not a possible number in 'GB'"),
        ("07700900123", "UK", "country 'UK' has no numbering plan"),
        ("07700900123", "Great Britain", "ISO 3166"),
        ("not a number", None, "contains 'n'"),
        ("1-800-FLOWERS", "US", "contains 'F'"),
        ("ACME", None, "contains 'A'"),
        ("+12025550123;ext=1", None, "contains ';'"),
        ("07700900123/07700900124", "GB", "contains '/'"),
        ("\U0001f4f1", None, "contains '\U0001f4f1'"),
        ("+1202555\x000123", None, r"contains '\\x00'"),
        ("+1202555012\u00b3", None, "contains '\u00b3'"),
        ("\ud800", None, r"contains '\\ud800'"),
        ("+" + "1" * 10_000, None, "10001 characters long"),
        ("9" * 10_000, "US", "10000 characters long"),
        ("x" * 10_000, None, "10000 characters long"),
    ],
)
def test_what_is_no_recipient_is_refused_with_the_reason_and_the_mend(raw, country, why):
    with pytest.raises(InvalidNumber, match=why) as refusal:
        parse_recipient(raw, country)
    assert len(str(refusal.value)) < 300
    str(refusal.value).encode()


# Senders


@pytest.mark.parametrize(
    "raw",
    [
        "ACME Bank",
        "Bank",
        "A",
        "Info-24/7",
        "D\u00e9j\u00e0 vu",
        "\u0394\u03a9",
        "A.B&C",
        "x" * 11,
        "4YOU",
        "A\u20ac\u20ac\u20ac\u20ac\u20ac",
    ],
)
def test_a_sender_id_is_kept_as_typed(raw):
    assert parse_sender(raw, "RW") == Address(raw, ALPHANUMERIC)


def test_a_sender_id_loses_only_what_is_invisible_around_it():
    assert parse_sender(" \u200fACME Bank\u202c\n") == Address("ACME Bank", ALPHANUMERIC)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "no digits"),
        ("   ", "no digits"),
        ("12", "short code"),
        ("-&-", "contains '&'"),
        ("ACME Bank Ltd", "takes 13 characters; shorten it to 11"),
        ("AB\u20ac\u20ac\u20ac\u20ac\u20ac", "takes 12 characters"),
        ("\u0411\u0430\u043d\u043a", "'\u0411', which is not in GSM-7"),
        ("ACME\u00a0Bank", r"'\\xa0', which is not in GSM-7"),
        ("AC\nME", r"'\\n', which is not in GSM-7"),
        ("Hi\U0001f600", "'\U0001f600', which is not in GSM-7"),
        ("AC\x00ME", r"'\\x00', which is not in GSM-7"),
        ("x" * 10_000, "10000 characters"),
        ("07700900123", "name the country"),
    ],
)
def test_what_is_no_sender_is_refused_with_the_reason(raw, why):
    with pytest.raises(InvalidNumber, match=why):
        parse_sender(raw)


def test_the_alphabet_of_sender_ids_is_gsm_7_without_its_controls():
    codec = gsm0338.Codec()

    def septets(char: str) -> int:
        try:
            return len(codec.encode(char)[0])
        except UnicodeError:
            return 0

    lengths = {
        char: septets(char) for char in map(chr, (*range(0xD800), *range(0xE000, 0x10000))) if char.isprintable()
    }
    assert {char for char, length in lengths.items() if length} <= sender_ids.GSM7
    assert {char for char in sender_ids.GSM7 if lengths[char] == 2} == sender_ids.GSM7_EXTENSION
    assert not [char for char in sender_ids.GSM7 if not lengths[char]]


# What aggregators deliver


@pytest.mark.parametrize(
    ("raw", "country", "value", "kind"),
    [
        ("Bank", None, "Bank", ALPHANUMERIC),
        ("  ACME Bank ", "RW", "ACME Bank", ALPHANUMERIC),
        ("\u0411\u0430\u043d\u043a \U0001f3e6", None, "\u0411\u0430\u043d\u043a \U0001f3e6", ALPHANUMERIC),
        ("B\x00ank\n2\ud800", None, "Bank 2", ALPHANUMERIC),
        ("not a number", None, "not a number", ALPHANUMERIC),
        ("a" * 10_000, None, "a" * 10_000, ALPHANUMERIC),
        ("+2255", None, "2255", SHORT_CODE),
        ("7", None, "7", SHORT_CODE),
        ("5550123", "US", "5550123", SHORT_CODE),
        ("+07700900123", "GB", GB, E164),
        ("447700900123", "ZZ", GB, E164),
        ("07700900123", None, "07700900123", ALPHANUMERIC),
        ("07700900123", "ZZ", "07700900123", ALPHANUMERIC),
        ("1" * 20, "US", "1" * 20, ALPHANUMERIC),
        ("+", None, "+", ALPHANUMERIC),
        ("--", None, "--", ALPHANUMERIC),
        ("+1\x00202\x005550123", None, US, E164),
    ],
)
def test_whatever_is_delivered_is_kept_as_what_it_most_likely_is(raw, country, value, kind):
    assert parse_inbound(raw, country) == Address(value, kind)


@pytest.mark.parametrize("raw", ["", "  ", "\x00", "\u200b\u202e", "\r\n"])
def test_only_an_empty_delivery_is_refused(raw):
    with pytest.raises(InvalidNumber, match="empty"):
        parse_inbound(raw)
    with pytest.raises(InvalidNumber, match="empty"):
        from_wire(raw, WireForm.DIGITS)


# Wire forms


@pytest.mark.parametrize(
    ("value", "country", "wires"),
    [
        (US, "US", [US, "12025550123", "0012025550123", "2025550123", "2025550123"]),
        (GB, "GB", [GB, "447700900123", "00447700900123", "07700900123", "7700900123"]),
        (GB, None, [GB, "447700900123", "00447700900123", "07700900123", "7700900123"]),
    ],
)
def test_a_number_is_written_in_each_wire_form(value, country, wires):
    assert [to_wire(Address(value, E164), form, country) for form in WireForm] == wires


def test_national_forms_follow_the_habits_of_the_country():
    argentine, brazilian, italian = sample("AR"), sample("BR"), sample("IT", PhoneNumberType.FIXED_LINE)
    mobile = significant(argentine)
    assert mobile.startswith("911")
    written = {
        value: [to_wire(Address(value, E164), form) for form in NATIONAL_FORMS]
        for value in (argentine, brazilian, italian)
    }
    assert written == {
        argentine: ["011" + "15" + mobile[3:], mobile],
        brazilian: [brazilian[3:], brazilian[3:]],
        italian: [italian[3:], italian[3:]],
    }
    assert italian[3] == "0"


@pytest.mark.parametrize("form", WireForm)
@pytest.mark.parametrize(
    "address", [Address("2255", SHORT_CODE), Address("56767880", SHORT_CODE), Address("ACME Bank", ALPHANUMERIC)]
)
def test_short_codes_and_sender_ids_are_the_same_in_every_form(address, form):
    assert to_wire(address, form, "IN") == address.value
    assert from_wire(address.value, form, "IN") == address
    assert from_wire(address.value, form) == address


@pytest.mark.parametrize("form", WireForm)
def test_every_example_number_comes_back_from_every_form(form):
    lost = []
    for country in REGIONS:
        for kind in phonenumbers.supported_types_for_region(country):
            value = sample(country, kind)
            wire = to_wire(Address(value, E164), form, country)
            subscriber = kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
            unambiguous = subscriber or min(len(wire), len(value) - 1) > 6
            if unambiguous and from_wire(wire, form, country) != Address(value, E164):
                lost.append((country, kind, value, wire))
    assert not lost


@pytest.mark.parametrize("form", WireForm)
def test_a_zero_that_the_library_writes_and_does_not_read_is_read(form):
    unassigned = parse_recipient("+24170000000")
    assert to_wire(unassigned, WireForm.NATIONAL, "GA") == "070000000"
    assert from_wire(to_wire(unassigned, form, "GA"), form, "GA") == unassigned


@settings(max_examples=300, deadline=None)
@given(data=st.data(), country=st.sampled_from(REGIONS), form=st.sampled_from(list(WireForm)))
def test_unassigned_numbers_of_a_mobiles_length_come_back_too(data, country, form):
    value = sample(country)
    length = len(significant(value))
    prefix = value[:-length]
    raw = prefix + data.draw(st.text("0123456789", min_size=length, max_size=length))
    number = phonenumbers.parse(raw)
    assume(prefix + phonenumbers.national_significant_number(number) == raw)
    assume(phonenumbers.is_possible_number_for_type(number, PhoneNumberType.MOBILE))
    # Argentina writes the 9 of +54 9 as a 15 behind the area code, whose length is known of assigned numbers only.
    assume(country != "AR" or form is not WireForm.NATIONAL or phonenumbers.is_valid_number(number))
    address = parse_recipient(raw)
    assert from_wire(to_wire(address, form, country), form, country) == address


@pytest.mark.parametrize("form", NATIONAL_FORMS)
@pytest.mark.parametrize(
    ("value", "country", "why"),
    [
        (GB, "US", "no national form in 'US'"),
        (US, "GB", "no national form in 'GB'"),
        ("+9991234567", None, "no national form in any known"),
        ("+120255501234", "US", "no national form in 'US'"),
        (US, "XX", "country 'XX'"),
    ],
)
def test_a_national_form_that_would_reach_a_stranger_is_refused(value, country, why, form):
    with pytest.raises(InvalidNumber, match=why):
        to_wire(Address(value, E164), form, country)


@pytest.mark.parametrize(
    ("raw", "form", "country", "value"),
    [
        (US, WireForm.DIGITS, "GB", US),
        ("2025550123", WireForm.DIGITS, "US", "+2025550123"),
        ("2025550123", WireForm.PLUS, "US", US),
        ("+1 202-555-0123", WireForm.NATIONAL, "GB", US),
        ("07700900123", WireForm.DIGITS, "GB", GB),
        ("07700900123", WireForm.NATIONAL_SIGNIFICANT, "GB", GB),
        ("7700900123", WireForm.NATIONAL, "GB", GB),
        ("447700900123", WireForm.NATIONAL, "GB", GB),
        ("447700900123", WireForm.NATIONAL_SIGNIFICANT, "US", GB),
        ("447700900123", WireForm.DOUBLE_ZERO, "GB", GB),
        ("447700900123", WireForm.NATIONAL, None, GB),
        ("447700900123", WireForm.NATIONAL, "ZZ", GB),
        ("+07700900123", WireForm.NATIONAL, "GB", GB),
    ],
)
def test_what_is_not_in_the_declared_form_is_still_read(raw, form, country, value):
    assert from_wire(raw, form, country) == Address(value, E164)


# What is known about an address


def test_country_code_and_region_of_an_address():
    freephone = phonenumbers.format_number(
        phonenumbers.example_number_for_non_geo_entity(800), phonenumbers.PhoneNumberFormat.E164
    )
    values = [US, GB, sample("RW"), sample("CA"), sample("JE"), freephone, "+9991234567"]
    addresses = [*map(parse_recipient, values), parse_recipient("2255"), parse_sender("ACME")]
    known = [(country_code(address), region(address)) for address in addresses]
    assert known == [
        (1, "US"),
        (44, None),  # metadata leaves the examples of +44 unassigned, and four regions share the code
        (250, "RW"),
        (1, "CA"),
        (44, "JE"),
        (800, None),
        (None, None),
        (None, None),
        (None, None),
    ]
    assert parse_recipient(freephone.replace("+", "00"), "RW") == Address(freephone, E164)


def test_an_address_is_its_value_and_numeric_kinds_have_digits():
    assert [str(Address(US, E164)), Address(US, E164).digits, Address("2255", SHORT_CODE).digits] == [
        US,
        "12025550123",
        "2255",
    ]
    with pytest.raises(InvalidNumber, match="no digits to dial"):
        _ = Address("ACME", ALPHANUMERIC).digits


def test_addresses_are_frozen_hashable_and_pickle():
    address = parse_recipient(US)
    assert pickle.loads(pickle.dumps(address)) == address
    assert len({address, Address(US, E164)}) == 1
    with pytest.raises(AttributeError):
        address.value = GB


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        (US, "+1202•••••23"),
        ("+44 7700 900123", "+4477•••••23"),
        ("(+44) 7700 900123", "+4477•••••23"),
        ("07700900123", "0770•••••23"),
        ("\uff0b\uff14\uff14\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11\uff12\uff13", "+4477•••••23"),
        ("call 07700900123 now", "0770•••••23"),
        ("+1234567", "+1•••••67"),
        ("12345678", "12•••••78"),
        ("2255", "2255"),
        ("ACME Bank", "ACME Bank"),
        ("ACME\r\nBank", "ACME  Bank"),
        ("someone@example.org", "so•••••"),
        ("", ""),
        ("\x00", ""),
    ],
)
def test_a_mask_shows_the_start_and_the_end_of_a_number(raw, masked):
    assert mask(raw) == masked


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_mask_hides_at_least_four_digits(value):
    shown = sum(map(str.isdigit, mask(value)))
    assert len(value) - 1 - shown >= 4


# Any text


NUMBERISH = st.text("+00112345678９٣ ()-.\u00a0\u2011\u200f\u202aA\x00", max_size=24)
COUNTRIES = st.sampled_from([None, "", "GB", "US", "DE", "IN", "BR", "AU", "RU", "SH", "FO", "XX", "\u0130"])


@settings(max_examples=400, deadline=None)
@given(raw=st.one_of(st.text(), NUMBERISH), country=COUNTRIES)
@example(raw="+51234", country="SH")
@example(raw="00", country="GB")
def test_any_text_is_an_address_that_reads_as_itself_or_is_refused(raw, country):
    for parse in PARSERS:
        try:
            address = parse(raw, country)
        except InvalidNumber:
            assert parse is not parse_inbound or not any(char.isprintable() and not char.isspace() for char in raw)
        else:
            assert parse(address.value, country) == address


@settings(max_examples=300, deadline=None)
@given(raw=st.one_of(st.text(), NUMBERISH), form=st.sampled_from(list(WireForm)), country=COUNTRIES)
def test_any_delivered_text_reads_as_something_whatever_the_form(raw, form, country):
    assume(any(char.isprintable() and not char.isspace() for char in raw))
    address = from_wire(raw, form, country)
    assert address.value
    assert (address.kind == E164) == (
        address.value[0] == "+" and address.value[1:].isdigit() and len(address.value) > 7
    )
    assert mask(raw) is not None


# Without the extra


@pytest.mark.usefixtures("no_library")
def test_without_the_library_national_forms_say_what_to_install():
    install = r"install sms-adapters\[phone\]"
    for parse in (parse_recipient, parse_sender):
        for raw in ("07700900123", "447700900123", "5550123"):
            with pytest.raises(InvalidNumber, match=install):
                parse(raw, "GB")
    with pytest.raises(InvalidNumber, match=install):
        parse_recipient("12345", "SH")
    for form in NATIONAL_FORMS:
        with pytest.raises(InvalidNumber, match=install):
            to_wire(Address(GB, E164), form, "GB")
    for question in (country_code, region):
        with pytest.raises(InvalidNumber, match=install):
            question(Address(GB, E164))


@pytest.mark.usefixtures("no_library")
def test_without_the_library_all_else_works():
    for raw in (GB, "+44 7700 900123", "00447700900123"):
        assert parse_recipient(raw, "GB") == Address(GB, E164)
    assert parse_recipient("447700900123") == Address(GB, E164)
    assert parse_recipient("2255", "RW") == Address("2255", SHORT_CODE)
    assert parse_sender("ACME Bank", "RW") == Address("ACME Bank", ALPHANUMERIC)
    for form in (WireForm.PLUS, WireForm.DIGITS, WireForm.DOUBLE_ZERO):
        assert from_wire(to_wire(Address(GB, E164), form, "GB"), form, "GB") == Address(GB, E164)


@pytest.mark.usefixtures("no_library")
def test_without_the_library_what_is_delivered_is_read_as_if_no_country_were_known():
    assert parse_inbound("447700900123", "GB") == Address(GB, E164)
    assert parse_inbound("07700900123", "GB") == Address("07700900123", ALPHANUMERIC)
    assert parse_inbound("5550123", "US") == Address("5550123", SHORT_CODE)
    assert from_wire("07700900123", WireForm.NATIONAL, "GB") == Address("07700900123", ALPHANUMERIC)


def test_the_library_is_not_imported_until_a_national_form_needs_it():
    code = (
        "import sys; from sms_adapters.phone import *\n"
        f"for raw in ({GB!r}, '+1 202 555 0123', '2255', '00447700900123', 'ACME'):\n"
        "    address = parse_inbound(raw)\n"
        "    parse_sender(raw); mask(raw)\n"
        "    [to_wire(address, form, 'GB') for form in (WireForm.PLUS, WireForm.DIGITS, WireForm.DOUBLE_ZERO)]\n"
        "parse_recipient('2255', 'RW')\n"
        "print('phonenumbers' in sys.modules)\n"
        "print(parse_recipient('07700900123', 'GB'), 'phonenumbers' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", GB, "True"]
