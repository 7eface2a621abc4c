"""Plans: hand-computed cases, the counts of smsutil, and what holds for every text."""

from __future__ import annotations

import pytest
import smsutil
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from text_samples import CORPUS, clusters, gsm_texts, known_texts, read_tables, sticky_texts

from sms_adapters.text import (
    Encoding,
    NationalLanguage,
    TextTooLong,
    UnencodableText,
    concatenation_header,
    encode_segment,
    gsm7,
    plan,
)

GSM7, UCS2, BINARY = Encoding
TURKISH, SPANISH, PORTUGUESE = NationalLanguage.TURKISH, NationalLanguage.SPANISH, NationalLanguage.PORTUGUESE
HINDI = NationalLanguage.HINDI
FAMILY = "👨\u200d👩\u200d👧\u200d👦"  # 4 surrogate pairs and 3 joiners: 11 units
TABLES = read_tables()


@pytest.mark.parametrize(
    ("text", "encoding", "units", "per_segment", "remaining"),
    [
        ("", GSM7, [0], 160, 160),
        ("a" * 160, GSM7, [160], 160, 0),
        ("a" * 161, GSM7, [153, 8], 153, 145),
        ("a" * 306, GSM7, [153, 153], 153, 0),
        ("a" * 307, GSM7, [153, 153, 1], 153, 152),
        ("€" * 80, GSM7, [160], 160, 0),
        ("€" * 81, GSM7, [152, 10], 153, 143),
        ("a" * 152 + "€" + "a" * 10, GSM7, [152, 12], 153, 141),
        ("a" * 151 + "€" + "a" * 10, GSM7, [153, 10], 153, 143),
        ("a" * 152 + "\r\n" + "b" * 10, GSM7, [152, 12], 153, 141),
        ("a" * 151 + "\r\n" + "b" * 10, GSM7, [153, 10], 153, 143),
        ("@" * 161, GSM7, [153, 8], 153, 145),
        ("я" * 70, UCS2, [70], 70, 0),
        ("я" * 71, UCS2, [67, 4], 67, 63),
        ("я" * 134, UCS2, [67, 67], 67, 0),
        ("я" * 135, UCS2, [67, 67, 1], 67, 66),
        ("😀" * 35, UCS2, [70], 70, 0),
        ("😀" * 36, UCS2, [66, 6], 67, 61),
        ("я" * 66 + "😀" + "я" * 10, UCS2, [66, 12], 67, 55),
        ("я" * 65 + "😀" + "я" * 10, UCS2, [67, 10], 67, 57),
        ("я" * 60 + FAMILY + "я" * 5, UCS2, [60, 16], 67, 51),
        ("я" * 56 + FAMILY + "я" * 5, UCS2, [67, 5], 67, 62),
        ("я" * 65 + "🇫🇷🇩🇪", UCS2, [65, 8], 67, 59),
        ("я" * 63 + "🇫🇷🇩🇪", UCS2, [67, 4], 67, 63),
        ("я" * 66 + "и\u0306" + "я" * 10, UCS2, [66, 12], 67, 55),
        ("я" * 66 + "क्ष" + "я" * 10, UCS2, [66, 13], 67, 54),
        ("\0", UCS2, [1], 70, 69),
        ("\x1b", UCS2, [1], 70, 69),
        # A cluster that no segment holds is cut, and begins where it stands.
        ("e" + "\u0301" * 100, UCS2, [67, 34], 67, 33),
        ("я" * 10 + "e" + "\u0301" * 100, UCS2, [67, 44], 67, 23),
        ("я" * 10 + "e" + "\u0301" * 66, UCS2, [10, 67], 67, 0),
        ("я" * 66 + "👩" + "\u200d👩" * 40, UCS2, [66, 66, 56], 67, 11),
    ],
)
def test_plans_by_hand(text, encoding, units, per_segment, remaining):
    planned = plan(text)
    assert planned.encoding is encoding
    assert [segment.units for segment in planned.segments] == units
    assert (planned.per_segment, planned.remaining) == (per_segment, remaining)
    assert (planned.count, planned.units, planned.text) == (len(units), sum(units), text)
    assert (planned.locking, planned.single, planned.reference_bits) == (None, None, 8)


@pytest.mark.parametrize(
    ("text", "options", "encoding", "units", "per_segment"),
    [
        ("a" * 161, {"reference_bits": 16}, GSM7, [152, 9], 152),
        ("a" * 160, {"reference_bits": 16}, GSM7, [160], 160),
        ("я" * 71, {"reference_bits": 16}, UCS2, [66, 5], 66),
        ("abc", {"encoding": UCS2}, UCS2, [3], 70),
        ("", {"encoding": UCS2}, UCS2, [0], 70),
        ("abc€", {"encoding": GSM7}, GSM7, [5], 160),
        ("\x00\xff" * 70, {"encoding": BINARY}, BINARY, [140], 140),
        ("\x00" * 141, {"encoding": BINARY}, BINARY, [134, 7], 134),
        ("\x00" * 141, {"encoding": BINARY, "reference_bits": 16}, BINARY, [133, 8], 133),
        ("\xe9\xe9", {"encoding": "ucs2"}, UCS2, [2], 70),
        ("a", {"encoding": "gsm7"}, GSM7, [1], 160),
    ],
)
def test_wishes_are_kept(text, options, encoding, units, per_segment):
    planned = plan(text, **options)
    assert planned.encoding is encoding
    assert [segment.units for segment in planned.segments] == units
    assert planned.per_segment == per_segment
    assert planned.reference_bits == options.get("reference_bits", 8)


@pytest.mark.parametrize(
    ("text", "languages", "bits", "tables", "units", "per_segment"),
    [
        # Header of a single segment: length octet and 3 octets for each table, that is 160 - 5 and 160 - 8 septets.
        ("ş" * 155, {TURKISH}, 8, (TURKISH, None), [155], 155),
        # With concatenation 9 and 12 octets, 10 and 13 with 16 bits: 11, 14, 12 and 15 septets less than 160.
        ("ş" * 156, {TURKISH}, 8, (TURKISH, None), [149, 7], 149),
        ("ş" * 156, {TURKISH}, 16, (TURKISH, None), [148, 8], 148),
        ("क" * 150 + "A", {HINDI}, 8, (HINDI, HINDI), [152], 152),
        ("क" * 151 + "A", {HINDI}, 8, (HINDI, HINDI), [146, 7], 146),
        ("क" * 151 + "A", {HINDI}, 16, (HINDI, HINDI), [145, 8], 145),
        # è is not in the Turkish locking table, ş is two septets in the single shift table.
        ("è" * 70 + "ş" * 20, {TURKISH}, 8, (None, TURKISH), [110], 155),
        ("á" * 71, [SPANISH], 8, (None, SPANISH), [142], 155),
        ("á" * 71, [SPANISH, PORTUGUESE], 8, (PORTUGUESE, None), [71], 155),
        # 306 septets in the default alphabet, but the border is in a pair: three segments. 296 of 2 times 149 here.
        ("a" * 152 + "€" + "a" * 134 + "€" * 9, {TURKISH}, 8, (TURKISH, None), [149, 147], 149),
        # One septet instead of two saves the second segment.
        ("€" * 100, {TURKISH}, 8, (TURKISH, None), [100], 155),
        # No segment saved: no tables, which not every handset has.
        ("a" * 161, set(NationalLanguage), 8, (None, None), [153, 8], 153),
        ("€" * 70, {TURKISH}, 8, (None, None), [140], 160),
        ("", {TURKISH}, 8, (None, None), [0], 160),
        # A virama and its consonant, 2 septets, stay together: 148 of 149.
        ("क" * 148 + "\u094dष" + "क" * 10, {HINDI}, 8, (HINDI, None), [147, 13], 149),
    ],
)
def test_national_tables_by_hand(text, languages, bits, tables, units, per_segment):
    planned = plan(text, national=languages, reference_bits=bits)
    assert planned.encoding is GSM7
    assert (planned.locking, planned.single) == tables
    assert [segment.units for segment in planned.segments] == units
    assert (planned.per_segment, planned.text) == (per_segment, text)


@pytest.mark.parametrize(
    ("text", "languages"),
    [("ş" * 70, {TURKISH}), ("ş" * 155, {SPANISH}), ("क" * 60, set(NationalLanguage)), ("ş я", {TURKISH})],
)
def test_ucs2_where_national_tables_save_no_segment_or_lack_a_character(text, languages):
    planned = plan(text, national=languages)
    assert (planned.encoding, planned.locking, planned.single) == (UCS2, None, None)


def test_forced_to_gsm_national_tables_need_not_save_a_segment():
    planned = plan("ş", encoding=GSM7, national={TURKISH})
    assert (planned.encoding, planned.locking, planned.units) == (GSM7, TURKISH, 1)


@given(st.text(st.sampled_from("aş€{ğıèæ ÄÇç"), max_size=400), st.sets(st.sampled_from([TURKISH, PORTUGUESE, SPANISH])))
def test_no_combination_of_tables_has_fewer_segments(text, languages):
    """By counting septets alone: none of these characters can be lost at a border but half of a pair."""
    fewest = ucs2 = 1 if len(text) <= 70 else -(-len(text) // 67)
    for locking in {None, *languages} - {SPANISH}:
        for single in {None, *languages}:
            main, extension = (set(TABLES[key].values()) for key in ((locking, "locking"), (single, "single")))
            if set(text) <= main | extension:
                units = sum(1 if character in main else 2 for character in text)
                tables = 3 * ((locking is not None) + (single is not None))
                room = 160 - -(-8 * (tables + 1) // 7) if tables else 160
                fewest = min(fewest, 1 if units <= room else -(-units // (160 - -(-8 * (tables + 6) // 7))))
    planned = plan(text, national=languages)
    assert fewest <= planned.count <= max(fewest + 1, 1)
    assert planned.count <= ucs2 or gsm7.fits(text)
    if planned.locking or planned.single:
        assert planned.count < ucs2


@pytest.mark.parametrize(
    ("text", "options", "character", "index"),
    [
        ("abcя", {"encoding": GSM7}, "я", 3),
        ("`", {"encoding": GSM7}, "`", 0),
        ("ab\x1b", {"encoding": GSM7}, "\x1b", 2),
        ("ş я", {"encoding": GSM7, "national": {TURKISH}}, "я", 2),
        ("“ я", {"encoding": GSM7, "transliterate": True}, "“", 0),
        ("ab\ud800", {}, "\ud800", 2),
        ("\udc00", {}, "\udc00", 0),
        ("\ud83d\ude00", {}, "\ud83d", 0),
        ("я\udfff", {"national": {TURKISH}, "transliterate": True}, "\udfff", 1),
        ("a\ud800", {"encoding": UCS2}, "\ud800", 1),
        ("a\ud800", {"encoding": GSM7}, "\ud800", 1),
        ("aĀ", {"encoding": BINARY}, "Ā", 1),
    ],
)
def test_a_character_that_cannot_travel_is_named(text, options, character, index):
    with pytest.raises(UnencodableText) as caught:
        plan(text, **options)
    assert (caught.value.character, caught.value.index) == (character, index)


@pytest.mark.parametrize(
    ("text", "at_least"),
    [
        ("a" * (255 * 153 + 1), 256),
        ("я" * (255 * 67 + 1), 256),
        ("я" * 20_000, 299),
        ("a" * 1_000_000, 6536),
        ("€" * (255 * 76 + 1), 256),  # 38,762 septets would go into 254 segments if pairs could be cut
    ],
)
def test_more_than_255_segments_are_refused(text, at_least):
    with pytest.raises(TextTooLong) as caught:
        plan(text)
    assert caught.value.at_least == at_least
    assert str(at_least) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "count"),
    [("a" * 255 * 153, 255), ("я" * 255 * 67, 255), ("€" * 255 * 76, 255), ("a" * 20_000, 131), ("🇫🇷" * 4_000, 250)],
)
def test_long_texts_are_planned(text, count):
    planned = plan(text)
    assert (planned.count, planned.text) == (count, text)


def test_a_text_too_long_for_ucs2_may_fit_by_other_means():
    assert plan("ş" * 18_000, national={TURKISH}).count == 121
    assert plan("“a”" * 6_000, transliterate=True).count == 118


@pytest.mark.parametrize("bits", [0, 7, 32, None])
def test_other_references_are_refused(bits):
    with pytest.raises(ValueError, match="8 or 16 bits"):
        plan("a", reference_bits=bits)


@pytest.mark.parametrize(
    ("text", "options", "encoding", "planned_text"),
    [
        ("“Hi” – é", {}, GSM7, '"Hi" - é'),
        ("“Да”", {}, UCS2, "“Да”"),
        ("“Hi” 😀", {}, UCS2, "“Hi” 😀"),
        ("“Hi”", {"encoding": GSM7}, GSM7, '"Hi"'),
        ("“Hi”", {"encoding": UCS2}, UCS2, "“Hi”"),
        ("ş" * 80, {"national": {TURKISH}}, GSM7, "ş" * 80),
        ("ş" * 80, {}, GSM7, "s" * 80),
        ("“ष”" * 50, {"national": {HINDI}}, GSM7, '"ष"' * 50),
    ],
)
def test_look_alikes_are_used_only_if_all_is_gsm_then(text, options, encoding, planned_text):
    planned = plan(text, transliterate=True, **options)
    assert (planned.encoding, planned.text) == (encoding, planned_text)
    assert plan(planned_text, **options).text == planned_text


def test_look_alikes_are_off_unless_asked_for():
    assert (plan("“Hi”").encoding, plan("“Hi”").text) == (UCS2, "“Hi”")


options = st.fixed_dictionaries(
    {
        "reference_bits": st.sampled_from([8, 16]),
        "national": st.sets(st.sampled_from(list(NationalLanguage)), max_size=3),
        "encoding": st.sampled_from([None, None, UCS2]),
    }
)
hindi_texts = st.text(st.sampled_from("कषि् ्ा़।Aa1{\r\n"), max_size=400)
turkish_texts = st.text(st.sampled_from("aşĞ€{è\r\n"), max_size=400)
any_texts = st.one_of(
    gsm_texts,
    sticky_texts,
    known_texts,
    hindi_texts,
    turkish_texts,
    st.sampled_from(list(CORPUS.values())).map(lambda t: t * 9),
)


def units_of(text, planned):
    if planned.encoding is UCS2:
        return sum(2 if character > "\uffff" else 1 for character in text)
    main = set(TABLES[planned.locking, "locking"].values())
    return sum(1 if character in main else 2 for character in text)


@given(any_texts, options)
@settings(max_examples=300, deadline=None)
def test_every_plan_is_sound(text, options):
    planned = plan(text, **options)
    assert "".join(segment.text for segment in planned.segments) == text == planned.text
    assert planned.units == units_of(text, planned)
    for number, segment in enumerate(planned.segments, 1):
        assert segment.text or not text
        assert segment.units == units_of(segment.text, planned) <= planned.per_segment
        octets = encode_segment(segment.text, planned)
        assert len(octets) == segment.units * (2 if planned.encoding is UCS2 else 1)
        assert in_the_air(planned, number, segment.units) <= 140
    # One unit more would not fit: the budget is the largest there can be.
    assert in_the_air(planned, 1, planned.per_segment) <= 140 < in_the_air(planned, 1, planned.per_segment + 1)


def in_the_air(planned, number, units):
    """Octets of user data that a segment of so many units takes with its header."""
    header = concatenation_header(
        1,
        planned.count,
        number,
        reference_bits=planned.reference_bits,
        locking=planned.locking,
        single=planned.single,
    )
    if planned.encoding is UCS2:
        return len(header) + 2 * units
    return len(header) + len(gsm7.pack(bytes(units), gsm7.fill_bits(len(header))))


@given(any_texts, options)
@settings(max_examples=300, deadline=None)
def test_no_cluster_that_fits_in_a_segment_is_cut_and_no_room_is_left_for_one(text, options):
    planned = plan(text, **options)
    starts, ends = {0: 0}, {}
    position = 0
    for cluster in clusters(text):
        ends.update(dict.fromkeys(range(position + 1, position + len(cluster)), cluster))
        starts[position] = len(cluster)
        position += len(cluster)
    border = 0
    for segment, following in zip(planned.segments, planned.segments[1:], strict=False):
        border += len(segment.text)
        if border in ends:
            assert units_of(ends[border], planned) > planned.per_segment
        else:
            first = clusters(text[border:])[0]
            assert segment.units + units_of(first, planned) > planned.per_segment
        assert following.text


@given(any_texts, st.sets(st.sampled_from(list(NationalLanguage)), max_size=3))
@settings(deadline=None)
def test_segments_decode_to_the_text(text, languages):
    planned = plan(text, national=languages)
    octets = b"".join(encode_segment(segment.text, planned) for segment in planned.segments)
    if planned.encoding is UCS2:
        assert octets.decode("utf-16-be") == text
    else:
        assert gsm7.decode(octets, planned.locking, planned.single) == text


@given(st.binary(max_size=500).map(lambda octets: octets.decode("latin-1")))
def test_binary_data_travels_octet_by_octet(data):
    planned = plan(data, encoding=BINARY)
    assert b"".join(encode_segment(segment.text, planned) for segment in planned.segments) == data.encode("latin-1")
    assert all(len(segment.text) == segment.units <= planned.per_segment for segment in planned.segments)


@given(gsm_texts | known_texts | st.text(st.sampled_from("я😀€a"), max_size=300))
@settings(max_examples=300)
def test_counts_agree_with_smsutil(text):
    # smsutil takes the escape for a character of the alphabet, and the empty text for UCS-2 without parts.
    assume(text and "\x1b" not in text)
    # smsutil cuts clusters, CR LF among them: what is compared is the counting, on texts without any.
    assume(all(len(cluster) == 1 for cluster in clusters(text)))
    planned, peer = plan(text), smsutil.split(text)
    assert planned.encoding is {"gsm0338": GSM7, "utf_16_be": UCS2}[peer.encoding]
    assert [segment.text for segment in planned.segments] == [part.content for part in peer.parts]
    octets_per_unit = 1 if planned.encoding is GSM7 else 2
    assert [segment.units * octets_per_unit for segment in planned.segments] == [part.bytes for part in peer.parts]


def test_the_package_is_cheap_to_import():
    import subprocess
    import sys

    code = (
        "import sys, sms_adapters.text as t; t.plan('hello'); "
        "print(sorted({'unicodedata', 'regex', 'pydantic', 'httpx'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
