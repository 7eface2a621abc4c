"""Grapheme clusters, against the regex package's \\X."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_samples import CORPUS, clusters, is_known, known_texts, sticky_texts

from sms_adapters.text import graphemes

PRIVATE_PLANES = range(0xF0100, 0x10FF00)


@cache
def known() -> list[str]:
    """Every assigned character; of the two planes for private use, which are all alike, where they begin and end."""
    codes = (code for code in range(0x110000) if code not in PRIVATE_PLANES)
    return [character for character in map(chr, codes) if is_known(character)]


def own_clusters(text: str) -> list[str]:
    borders = [0, *(index for index in range(1, len(text)) if graphemes.is_break(text, index)), len(text)]
    return [text[start:end] for start, end in pairwise(borders) if text[start:end]]


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_corpus_has_the_same_clusters(text):
    assert own_clusters(text) == clusters(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "a"), ("a", "\u0301"), ("क\u094d", ""), ("\u1100", "\u11a8"), ("", "\u1161"), ("🇦", "🇧")],
    ids=ascii,
)
def test_every_assigned_character_joins_its_neighbours_as_elsewhere(before, after):
    # "\n" on each side keeps the samples apart, so one pass serves all of them.
    samples = [before + character + after for character in known() if character != "\n"]
    assert own_clusters("\n".join(samples)) == clusters("\n".join(samples))


@given(sticky_texts)
@settings(max_examples=300)
def test_awkward_texts_have_the_same_clusters(text):
    assert own_clusters(text) == clusters(text)


@given(known_texts)
def test_no_text_is_broken_where_it_should_hold(text):
    expected = clusters(text)
    borders = {sum(map(len, expected[:count])) for count in range(len(expected) + 1)}
    assert all(index in borders for index in range(1, len(text)) if graphemes.is_break(text, index))


@pytest.mark.parametrize("pictograph", ["❤", "👩", "🏳", "🫶", "⚕", "♀"])
def test_a_joiner_holds_pictographs_only(pictograph):
    assert own_clusters(f"👩\ufe0f\u200d{pictograph}") == [f"👩\ufe0f\u200d{pictograph}"]
    assert own_clusters(f"x\u200d{pictograph}") == ["x\u200d", pictograph]
    assert own_clusters(f"👩\u200d\u200d{pictograph}") == ["👩\u200d\u200d", pictograph]


def test_start_and_end_of_a_cluster_stop_at_the_limits_given():
    text = "ab\u0301\u0301\u0301cd"
    assert graphemes.cluster_start(text, 3, 0) == 1
    assert graphemes.cluster_start(text, 3, 2) == 2
    assert graphemes.cluster_end(text, 3, 99) == 5
    assert graphemes.cluster_end(text, 3, 4) == 4
    assert graphemes.cluster_end("e\u0301", 1, 99) == 2


def test_a_character_that_is_taken_to_join_nothing_joins_nothing() -> None:
    alone = [chr(code) for code in range(0x10000) if graphemes.is_break_every(chr(code) * 2, 1)]
    assert {"a", "ж", "ش", "漢"} <= set(alone)
    assert {graphemes._kind(character) for character in alone} <= {"other", "control", "pictograph"}
    assert "\r" not in alone


@given(known_texts, st.integers(1, 5))
def test_places_seen_at_once_are_breaks_one_by_one(text: str, width: int) -> None:
    if len(text) > width and graphemes.is_break_every(text, width):
        assert all(graphemes.is_break(text, place) for place in range(width, len(text), width))
