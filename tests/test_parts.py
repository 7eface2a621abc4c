"""Who splits a text, and that nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import toy_channel, toy_manifest

from sms_adapters import OutboundMessage
from sms_adapters.manifest import Splitting, TextRules
from sms_adapters.parts import chunks, parts_of
from sms_adapters.text import plan

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=400) | st.text(
    "a€é [👨‍👩‍👧ж", min_size=1
)


def split(text: str, splits: Splitting, max_chars: int = 0, max_segments: int = 0) -> list[str]:
    channel = toy_channel(manifest=toy_manifest(text=TextRules(splits, max_chars, max_segments)))
    return [part.text for part in parts_of(channel, OutboundMessage(to="+12025550123", text=text))]


@given(TEXTS, st.sampled_from(Splitting))
def test_parts_joined_are_the_text(text: str, splits: Splitting) -> None:
    assert "".join(split(text, splits)) == text


@given(TEXTS)
def test_separate_messages_need_one_segment_each(text: str) -> None:
    assert [plan(part).count for part in split(text, Splitting.SEPARATE)] == [1] * len(split(text, Splitting.SEPARATE))


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("x" * 160, [160]),
        ("x" * 161, [160, 1]),
        ("€" * 81, [80, 1]),
        ("ж" * 71, [70, 1]),
        ("👋" * 36, [35, 1]),
        ("x" * 150 + " " + "y" * 20, [151, 20]),
    ],
)
def test_separate_messages_are_cut_by_units_and_after_a_space(text: str, lengths: list[int]) -> None:
    assert [len(part) for part in split(text, Splitting.SEPARATE)] == lengths


@given(TEXTS, st.integers(1, 50))
def test_no_chunk_is_longer_than_the_limit(text: str, limit: int) -> None:
    assert all(0 < len(piece) <= limit for piece in chunks(text, limit))


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("one two three", 8, ["one two ", "three"]),
        ("onetwothree", 6, ["onetwo", "three"]),
        ("aaaa👨‍👩‍👧", 6, ["aaaa", "👨‍👩‍👧"]),
        ("e\u0301" * 3, 3, ["e\u0301", "e\u0301", "e\u0301"]),
        ("👨‍👩‍👧", 2, ["👨\u200d", "👩\u200d", "👧"]),
    ],
)
def test_a_chunk_ends_after_a_space_if_one_is_near_and_never_in_a_grapheme_that_fits(
    text: str, limit: int, pieces: list[str]
) -> None:
    assert list(chunks(text, limit)) == pieces


@given(TEXTS.map(lambda text: text * 40), st.integers(1, 10))
def test_a_request_has_no_more_segments_than_the_aggregator_splits(text: str, most: int) -> None:
    parts = split(text, Splitting.AGGREGATOR, max_segments=most)
    assert "".join(parts) == text
    assert all(plan(part).count <= most for part in parts)


@pytest.mark.parametrize(
    ("text", "most", "lengths"),
    [
        ("x" * 160, 1, [160]),
        ("x" * 1530, 10, [1530]),
        ("x" * 1531, 10, [1530, 1]),
        ("ж" * 670, 10, [670]),
        ("ж" * 671, 10, [670, 1]),
        ("x" * 669 + "жx", 10, [670, 1]),
    ],
)
def test_a_request_is_as_full_as_its_encoding_allows(text: str, most: int, lengths: list[int]) -> None:
    assert [len(part) for part in split(text, Splitting.AGGREGATOR, max_segments=most)] == lengths
