"""Look-alikes: what is replaced, what stays, and that nothing changes twice."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from text_samples import CORPUS, GSM_CHARACTERS, gsm_texts, known_texts, sticky_texts

from sms_adapters.text import gsm7, transliterate

REPLACED = [
    ("“Hello” ‘you’ „dort“ «là» ‹ici›", '"Hello" \'you\' "dort" "là" \'ici\''),
    ("it’s 5′ 6″", "it's 5' 6\""),
    ("1–2 — 3 − 1‑2", "1-2 - 3 - 1-2"),
    ("wait… a·b • c", "wait... a.b * c"),
    ("a\xa0b\u202fc\u2009d\u3000e\tf", "a b c d e f"),
    ("a\u200bb\ufeffc\xadd\u200ee\u2060", "abcde"),
    ("line\u2028line\x0bline", "line\nline\nline"),
    ("ＡＢＣ　１２３！～｀", "ABC 123!~'"),
    ("ﬁnd oﬀ ﬃ Œuvre œil ĳ ǆ ŉ", "find off ffi OEuvre oeil ij dz 'n"),
    ("Ⅻ ⅳ №", "XII iv No"),
    ("çÇ êâîôû ëï éèùàì", "cÇ eaiou ei éèùàì"),
    ("Łódź, Đorđe, ħ, ŧ, ı, İ, ş, ğ, ẞ", "Lodz, Dorde, h, t, i, I, s, g, ß"),
    ("Tiếng Việt ự ǘ ǟ ǿ ǽ", "Tieng Viet u ü ä ø æ"),
    ("e\u0301 n\u0303 e\u0302 a\u0308\u0304 x\u0302", "é ñ e ä x"),
    ("Å\u212b K\u212a Ω\u2126", "ÅÅ KK ΩΩ"),
    ("ﬁ\u0301", "fi"),
]

KEPT = [
    "Привет",
    "你好",
    "한국어",
    "हिन्दी",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "می\u200cخواهم",
    "и\u0306",
    "þ ð ŋ ə",
    "10² ½",
    "\u0301",
    "a\u0300\u0302\u0323\u0331",
    "\0",
    "\ud800",
]


@pytest.mark.parametrize(("text", "replaced"), REPLACED)
def test_a_reader_sees_the_same_in_gsm(text, replaced):
    assert transliterate(text) == replaced
    assert gsm7.fits(replaced)


@pytest.mark.parametrize("text", KEPT)
def test_what_has_no_look_alike_stays(text):
    assert transliterate(text) == text


def test_around_what_stays_the_rest_is_replaced():
    assert transliterate("“Да”…\u200b!") == '"Да"...!'


def test_every_accented_latin_letter_of_europe_gets_into_gsm():
    letters = [
        chr(code)
        for code in (*range(0xC0, 0x180), *range(0x1E00, 0x1F00))
        if unicodedata.decomposition(chr(code))[:1] not in ("", "<") and "LONG S" not in unicodedata.name(chr(code))
    ]
    assert len(letters) > 300
    for letter in letters:
        base = unicodedata.normalize("NFD", letter)[0]
        nearest = transliterate(letter)
        assert gsm7.fits(nearest)
        assert unicodedata.normalize("NFD", nearest)[0] == base


@given(gsm_texts)
def test_gsm_texts_are_unchanged(text):
    assert transliterate(text) == text


def test_every_gsm_character_is_unchanged():
    assert transliterate(GSM_CHARACTERS) == GSM_CHARACTERS
    assert transliterate(GSM_CHARACTERS + "я") == GSM_CHARACTERS + "я"


@pytest.mark.parametrize("text", [text for text, _ in REPLACED] + list(CORPUS.values()))
def test_twice_is_once(text):
    once = transliterate(text)
    assert transliterate(once) == once


@given(known_texts | sticky_texts)
def test_twice_is_once_for_any_text(text):
    once = transliterate(text)
    assert transliterate(once) == once


def test_twice_is_once_for_every_character():
    for code in (*range(0x3000), *range(0xA720, 0xA800), *range(0xF900, 0x10000)):
        once = transliterate(chr(code))
        assert transliterate(once) == once
        with_mark = transliterate(chr(code) + "\u0301")
        assert transliterate(with_mark) == with_mark
