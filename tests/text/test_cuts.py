"""The expression that cuts UCS-2 text, against `segments._ends`, which looks at every cluster."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from text_samples import CORPUS, STICKY

from sms_adapters.text import Encoding, cuts, graphemes, plan, segments
from sms_adapters.text.code_points import codes
from sms_adapters.text.codings import Ucs2

# Small segments have more borders than long ones; 67 units is what a segment has.
BUDGETS = [5, 16, 67]
MAX_ONE_UNIT = "\uffff"
FAMILY = "👨🏽\u200d👩🏽\u200d👧🏽\u200d👦🏽"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
MORE = [
    *STICKY,
    *("\u0600", "\u070f", "\U000110bd", "\U000110cd"),  # prepended
    *("\U00011046", "\U0001d165", "\U0001e8d0", "\U000e0100"),  # marks and a virama above U+FFFF
    *("\U0001d173", "\U000e0001", "\u200b", "\u2028", "\x85"),  # controls
    *("\u1100", "\u1161", "\u11a8", "가", "각", "\ua960", "\ud7b0"),  # Hangul
    *("द", "\u093c", "\u0947", "\u0902", "ক", "\u09cd", "ക", "\u0d4d", "\u0d4e", "က", "\u1039"),  # Indic, Burmese
    *("♀", "⛹", "\ufe0f", "🏳", "🧑", "🏿", "🇺", "🇸", "\U0001f200", "\U0001fb00", "\U0001d5d4", "𠀀"),
    *("Ø", "Ü", "\u12d8", "\u12dc", "\ue000", "漢", "я", " ", "x"),  # the first four look like surrogates, exchanged
    *("\r\n", FAMILY, ENGLAND, "ज़ें", "क्ष", "🇫🇷🇩🇪", "e" + "\u0301" * 20, "👩" + "\u200d👩" * 9, "е\u0301" * 10),
    "e" + "\u0301" * 70,
]
awkward_texts = st.lists(st.sampled_from(MORE) | st.characters(exclude_categories=("Cs",)), min_size=1, max_size=90)


def told(text: str, budget: int) -> list[int] | None:
    found = cuts.cut(text, text.encode("utf-16-be"), budget)
    return None if found is None else list(found)


def looked_up(text: str, budget: int) -> list[int]:
    return list(segments._ends(text, len(text.encode("utf-16-be")) // 2, Ucs2(), budget))


@given(awkward_texts.map("".join), st.sampled_from(BUDGETS))
@settings(max_examples=1500, deadline=None)
@example("ØÜ" + "😀" * 4, 5)
@example("я" * 10 + "e" + "\u0301" * 70, 67)
@example("я" * 66 + "👩" + "\u200d👩" * 40, 67)
def test_what_the_expression_tells_is_so(text: str, budget: int) -> None:
    assert told(text, budget) in (None, looked_up(text, budget))


@pytest.fixture(scope="module")
def characters() -> list[str]:
    """Every character that joins others or is joined, and some of those that do not, most of which are ideographs."""
    shown = [*range(0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE0200)]
    kinds = graphemes.kinds(range(0xE0200))
    return [chr(code) for code in shown if kinds[code] != graphemes.OTHER or code % 29 == 0]


@pytest.mark.parametrize(
    "before",
    [
        *("я", "👩", "👩\u200d", "👩\ufe0f\u200d", "👩🏽\u200d", "x\u200d", "🇫", "я🇫🇷", "\u1100", "\r", "\n", "\u0600"),
        *("क", "क\u094d", "क\u093c", "क\u093c\u0947", "क\u093c\u0947\u0902", "क\u200c", "क\u094d\u200c"),
        *("क\u094d\u200d", "क\u094d\u093c", "क\u094d\u093c\u0947", "क\u094d\u093c\u0947\u0902", "😀\u0947", "🏽"),
    ],
    ids=ascii,
)
def test_of_every_character_behind_a_border_the_truth_is_told(characters: list[str], before: str) -> None:
    front = before.rjust(8 - len(before.encode("utf-16-be")) // 2 + len(before), "я")
    texts = [f"{front}{character}{'я' * 9}" for character in characters]
    assert [text for text in texts if told(text, 8) not in (None, looked_up(text, 8))] == []


@pytest.mark.parametrize("behind", ["я", "\u0301", "क", "👩", "🇫", "\n", "가", "\u1161", "🏽", "\u200b"], ids=ascii)
def test_of_every_character_before_a_border_the_truth_is_told(characters: list[str], behind: str) -> None:
    texts = [f"{'я' * (7 - (character > MAX_ONE_UNIT))}{character}{behind}{'я' * 9}" for character in characters]
    assert [text for text in texts if told(text, 8) not in (None, looked_up(text, 8))] == []


@pytest.mark.parametrize(
    "text",
    [
        *(text for name, text in CORPUS.items() if name not in {"korean, decomposed", "flags", "prepended"}),
        "क्षत्रिय 😀 ज़ें 👩🏽\u200d🚀 ⛹\ufe0f\u200d♀\ufe0f ",
        "я👍🏽 🇫🇷 x\r\n",
        "汉字 𝗯𝗼𝗹𝗱 🎉",
        "Schöne Grüße 🎉 ",
    ],
    ids=ascii,
)
def test_of_usual_texts_all_is_told(text: str) -> None:
    for budget in (66, 67):
        assert told(text * 30, budget) == looked_up(text * 30, budget)


@pytest.mark.parametrize("text", ["я" * 60 + "🇫🇷" * 40, "🎉" + "שלום לכם " * 20, "🎉ØÜ" * 40], ids=ascii)
def test_what_cannot_be_told_is_looked_up(text: str) -> None:
    assert told(text, 67) is None
    assert list(plan(text).ends) == looked_up(text, 67)


def test_the_halves_of_pairs_that_may_stand_before_a_border_are_all_known() -> None:
    kinds = graphemes.kinds(range(0x10000, 0x110000))
    pairs = {kind: [at for at, found in enumerate(kinds) if found == kind] for kind in ("prepend", "control")}
    assert {0xD800 + at // 0x400 for at in pairs["control"]} == {*cuts._CONTROL_HIGH}
    assert {0xDC00 + at % 0x400 for at in pairs["prepend"]} == {*codes(cuts._PREPENDED_LOW)}


@pytest.mark.parametrize("block", [*cuts._SEEN, range(0x10000, 0x12000), range(0xE0000, 0xE1000)], ids=str)
def test_kinds_of_many_are_those_of_each(block: range) -> None:
    assert graphemes.kinds(block) == [graphemes._kind.__wrapped__(chr(code)) for code in block]


def test_a_plan_with_surrogate_pairs_is_like_any_other() -> None:
    text = "Happy 🎉 day 👨‍👩‍👧 " * 20
    planned, ends = plan(text), looked_up(text, 67)
    assert planned.count == len(planned.ends) == len(ends)
    assert planned.ends[0] == ends[0]
    assert planned.ends[1:3] == tuple(ends[1:3])
    assert planned.ends == tuple(ends) == planned.ends
    again = plan(text)
    assert planned == again
    assert hash(planned) == hash(again)
    assert planned != plan(text, reference_bits=16)
    assert repr(tuple(ends)) in repr(planned)
    assert pickle.loads(pickle.dumps(planned)) == copy.deepcopy(planned) == planned
    assert planned.encoding is Encoding.UCS2
