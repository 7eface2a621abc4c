"""The GSM 7-bit codec, against gsm0338 and vectors worked out by hand."""

from __future__ import annotations

import pickle

import gsm0338
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_samples import GSM_CHARACTERS, gsm_texts, read_tables

from sms_adapters.text import NationalLanguage, UnencodableText, gsm7

TABLES = read_tables()
PAIRS = [(locking, single) for locking in (None, *NationalLanguage) for single in (None, *NationalLanguage)]
pairs = st.sampled_from(PAIRS)


def test_default_alphabet_agrees_with_gsm0338_over_its_repertoire():
    peer = gsm0338.Codec()
    # gsm0338 gives U+001B a septet of its own, as if the escape could be sent as a character.
    repertoire = set(peer._encoding_map) - {"\x1b"}
    assert len(repertoire) == 137
    for character in repertoire:
        septets = gsm7.encode(character)
        assert (septets, len(septets)) == (peer.encode(character)[0], gsm7.septets(character))
        assert gsm7.decode(septets) == character
    assert {chr(code) for code in range(0x11000) if gsm7.fits(chr(code))} == repertoire
    # Behind many others as well, where it is not seen at first sight.
    assert {chr(code) for code in range(0x11000) if gsm7.fits("é" * 40 + chr(code))} == repertoire


def test_spanish_single_shift_agrees_with_gsm0338():
    peer = gsm0338.Codec(single_shift_decode_map=gsm0338.SINGLE_SHIFT_CHARACTER_SET_SPANISH)
    for character in set(peer._encoding_map) - {"\x1b"}:
        septets = peer.encode(character)[0]
        assert gsm7.encode(character, single=NationalLanguage.SPANISH) == septets
        assert gsm7.decode(septets, single=NationalLanguage.SPANISH) == character


@pytest.mark.parametrize(("language", "kind"), TABLES, ids=str)
def test_every_cell_of_the_specification_is_encoded_and_decoded(language, kind):
    tables = {"locking": language} if kind == "locking" else {"single": language}
    prefix = b"" if kind == "locking" else b"\x1b"
    cells = TABLES[language, kind]
    for septet, character in cells.items():
        assert gsm7.decode(prefix + bytes([septet]), **tables) == character
        assert gsm7.decode(gsm7.encode(character, **tables), **tables) == character
    if kind == "locking":
        assert [gsm7.encode(character, **tables) for character in cells.values()] == [bytes([s]) for s in cells]


def test_spanish_has_no_locking_table_of_its_own():
    assert (NationalLanguage.SPANISH, "locking") not in TABLES
    assert gsm7.encode(GSM_CHARACTERS, NationalLanguage.SPANISH) == gsm7.encode(GSM_CHARACTERS)


@pytest.mark.parametrize(
    ("text", "locking", "single", "septets"),
    [
        ("@", None, None, "00"),
        ("é@\x0c€", None, None, "05001b0a1b65"),
        ("ı€", NationalLanguage.TURKISH, None, "0704"),
        ("ı€", None, NationalLanguage.TURKISH, "1b691b65"),
        ("ğ{", NationalLanguage.TURKISH, NationalLanguage.TURKISH, "0c1b28"),
        ("कA१", NationalLanguage.HINDI, NationalLanguage.HINDI, "151b411b1d"),
        ("ã", NationalLanguage.PORTUGUESE, None, "7b"),
    ],
)
def test_known_encodings(text, locking, single, septets):
    assert gsm7.encode(text, locking, single) == bytes.fromhex(septets)


@pytest.mark.parametrize(
    ("text", "index"),
    [("\0", 0), ("a\0ж", 1), ("ж\0", 0), ("ab\x1b", 2), ("`", 0), ("a\tb", 1), ("ç", 0), ("\ud800", 0), ("\ufffe", 0)],
)
def test_a_character_outside_the_alphabet_is_named_with_its_place(text, index):
    assert not gsm7.fits(text)
    for refused in (gsm7.encode, gsm7.septets):
        with pytest.raises(UnencodableText) as caught:
            refused(text)
        assert (caught.value.character, caught.value.index) == (text[index], index)
        assert f"U+{ord(text[index]):04X}" in str(caught.value)


def test_the_error_survives_pickling_and_prints_a_lone_surrogate():
    error = pickle.loads(pickle.dumps(UnencodableText("\ud800", 3)))
    assert (error.character, error.index, str(error).isascii()) == ("\ud800", 3, True)


@given(data=st.data(), tables=pairs)
def test_what_an_alphabet_holds_comes_back(data, tables):
    repertoire = sorted(gsm7.alphabet(*tables).repertoire)
    text = data.draw(st.text(st.sampled_from(repertoire), max_size=300))
    septets = gsm7.encode(text, *tables)
    assert gsm7.decode(septets, *tables) == text
    assert len(septets) == gsm7.alphabet(*tables).units(text)
    assert septets.isascii()


@pytest.mark.parametrize(
    ("septets", "tables", "text"),
    [
        # TS 23.038 clause 6.2.1.1: an escape that leads nowhere shows the character of the main table.
        ("1b61", (None, None), "a"),
        ("411b0042", (None, None), "A@B"),
        ("1b07", (NationalLanguage.TURKISH, None), "ı"),
        # Note 1 there: a second escape, for a table still to come, shows a space; the next septet is an ordinary one.
        ("1b1b65", (None, None), " e"),
        ("1b1b1b65", (None, None), " €"),
    ],
)
def test_unknown_escapes_are_shown_as_the_specification_says(septets, tables, text):
    assert gsm7.decode(bytes.fromhex(septets), *tables) == text


@pytest.mark.parametrize(
    ("septets", "tables", "start", "replaced"),
    [
        ("411b", (None, None), 1, "A "),
        ("1b651b", (None, None), 2, "€ "),
        ("41ff42", (None, None), 1, "A�B"),
        ("1bff", (None, None), 1, " �"),
        ("1b65000c41", (NationalLanguage.BENGALI, None), 3, "€ঁ�ভ"),
        ("1b0c", (NationalLanguage.BENGALI, None), 0, "�"),
    ],
)
def test_what_is_no_text_is_refused_or_replaced(septets, tables, start, replaced):
    octets = bytes.fromhex(septets)
    with pytest.raises(UnicodeDecodeError) as caught:
        gsm7.decode(octets, *tables)
    assert (caught.value.start, caught.value.object) == (start, octets)
    assert gsm7.decode(octets, *tables, errors="replace") == replaced


@given(octets=st.lists(st.sampled_from([*range(128), *[0x1B] * 40, 0x80, 0xFF]), max_size=60).map(bytes), tables=pairs)
def test_any_octets_decode_as_the_tables_say_or_raise_unicode_decode_error(octets, tables):
    text, sound = shown(octets, *tables)
    assert gsm7.decode(octets, *tables, errors="replace") == text
    if sound:
        assert gsm7.decode(octets, *tables) == text
    else:
        with pytest.raises(UnicodeDecodeError):
            gsm7.decode(octets, *tables)


def shown(octets, locking, single):
    """What a receiver shows, septet by septet, and whether every septet had a meaning."""
    main = TABLES.get((locking, "locking"), TABLES[None, "locking"])
    text, sound, escaped = "", True, False
    for octet in octets:
        if octet == 0x1B and not escaped:
            escaped = True
            continue
        if escaped and octet > 0x7F:
            text, sound, escaped = text + " ", False, False
        character = main.get(octet)
        if escaped:
            character = " " if octet == 0x1B else TABLES[single, "single"].get(octet, character)
        text, sound, escaped = text + (character or "�"), sound and character is not None, False
    return (text + " ", False) if escaped else (text, sound)


def test_only_two_error_modes():
    with pytest.raises(ValueError, match="strict"):
        gsm7.decode(b"a", errors="ignore")


@given(gsm_texts)
def test_septets_count_escapes_twice(text):
    extension = set(TABLES[None, "single"].values())
    assert gsm7.septets(text) == len(text) + sum(character in extension for character in text)


@pytest.mark.parametrize(
    ("text", "fill_bits", "octets"),
    [
        ("", 0, ""),
        ("hellohello", 0, "E8329BFD4697D9EC37"),  # the usual example of 3GPP TS 23.038 clause 6.1.2.1 packing
        ("Hello", 0, "C8329BFD06"),
        ("A", 1, "82"),  # 1000001 one bit further
        ("A", 6, "4010"),  # 1 in the top bit but one, 10000 in the next octet
        ("AA", 0, "C120"),
    ],
)
def test_packing_by_hand(text, fill_bits, octets):
    septets = text.encode()
    assert gsm7.pack(septets, fill_bits).hex().upper() == octets
    assert gsm7.unpack(bytes.fromhex(octets), len(septets), fill_bits) == septets


@given(st.binary(max_size=180).map(lambda octets: bytes(octet & 0x7F for octet in octets)), st.integers(0, 6))
def test_packing_comes_back_and_takes_seven_bits_each(septets, fill_bits):
    octets = gsm7.pack(septets, fill_bits)
    assert len(octets) == -(-(7 * len(septets) + fill_bits) // 8)
    assert gsm7.unpack(octets, len(septets), fill_bits) == septets
    assert int.from_bytes(octets, "little") % (1 << fill_bits) == 0


def test_the_count_tells_seven_spare_bits_from_a_last_character():
    seven, eight = gsm7.pack(b"1234567"), gsm7.pack(b"1234567\0")
    assert seven == eight
    assert (gsm7.unpack(seven, 7), gsm7.unpack(eight, 8)) == (b"1234567", b"1234567\0")
    assert gsm7.unpack(gsm7.pack(b"1234567\r"), 8) == b"1234567\r"


@pytest.mark.parametrize(
    ("octets", "count", "fill_bits"),
    [(b"", 1, 0), (b"a", 2, 0), (b"a", 1, 2), (b"a", -1, 0), (b"a", 1, 7), (b"a", 1, -1)],
)
def test_unpacking_more_than_there_is_is_refused(octets, count, fill_bits):
    with pytest.raises(ValueError, match="fill bits"):
        gsm7.unpack(octets, count, fill_bits)


@pytest.mark.parametrize(("septets", "fill_bits"), [(b"\x80", 0), (b"a", 7), (b"a", -1)])
def test_packing_what_is_no_septet_is_refused(septets, fill_bits):
    with pytest.raises(ValueError, match=r"7F|fill bits"):
        gsm7.pack(septets, fill_bits)


@pytest.mark.parametrize(("header_octets", "bits"), [(0, 0), (4, 3), (6, 1), (7, 0), (9, 5), (12, 2)])
def test_fill_bits_reach_the_next_septet_border(header_octets, bits):
    assert gsm7.fill_bits(header_octets) == bits
    assert (8 * header_octets + bits) % 7 == 0
