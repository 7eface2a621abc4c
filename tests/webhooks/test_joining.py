"""Unjoined parts become their message whatever order they come in, and nothing of them is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import DeliveryReport, InboundMessage, Media, Status
from sms_adapters.joining import PartJoiner
from sms_adapters.messages import PartInfo

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LIMIT = timedelta(minutes=10)
HERE, THERE = ("letterbox", "8eb23e93"), ("letterbox", "19bd5c2a")
ANNE, BEN = "+12025550123", "+12025550145"


def piece(number: int, total: int = 3, text: str | None = None, **values: Any) -> InboundMessage:
    reference = values.pop("reference", "7")
    given_id = values.pop("id", f"{reference}-{number}")
    made = InboundMessage(values.pop("sender", ANNE), f"<{number}>" if text is None else text, id=given_id, **values)
    return replace(made, part=PartInfo(reference, number, total))


def texts(events: Any) -> list[str]:
    return [event.text for event in events]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 1, 2, 2, 3), (3, 3, 3, 1, 2)])
def test_parts_join_in_their_own_order_once_all_have_come(order: tuple[int, ...]) -> None:
    joiner = PartJoiner()
    for number in order[:-1]:
        assert joiner.feed(HERE, [piece(number)], NOW) == ()
    (whole,) = joiner.feed(HERE, [piece(order[-1])], NOW)
    assert (whole.text, whole.id, whole.part, whole.incomplete) == ("<1><2><3>", "7-1", None, False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=2, max_size=8), st.data())
def test_any_order_and_any_batches_join_to_the_same_text(wanted: list[str], data: st.DataObject) -> None:
    total = len(wanted)
    pieces = [piece(number, total, text) for number, text in enumerate(wanted, 1)]
    order = data.draw(st.permutations(pieces))
    cut = data.draw(st.integers(0, total))
    joiner = PartJoiner()
    found = [*joiner.feed(HERE, order[:cut], NOW), *joiner.feed(HERE, order[cut:], NOW)]
    assert texts(found) == ["".join(wanted)]
    assert joiner.overdue(HERE, NOW + LIMIT) == ()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 3), st.sampled_from("ab")), max_size=20))
def test_whatever_comes_no_text_is_lost(items: list[tuple[int, int, str]]) -> None:
    pieces = [
        piece(number, total, chr(ord("A") + place), reference=reference, id=None)
        for place, (number, total, reference) in enumerate(items)
    ]
    joiner = PartJoiner()
    found = texts((*joiner.feed(HERE, pieces, NOW), *joiner.overdue(HERE, NOW + LIMIT)))
    assert sorted("".join(found)) == sorted(texts(pieces))


def test_events_without_parts_pass_at_once_and_in_place() -> None:
    whole = InboundMessage(ANNE, "whole", id="w")
    report = DeliveryReport(Status.DELIVERED, id="r")
    single = piece(1, 1)
    joiner = PartJoiner()
    assert joiner.feed(HERE, [piece(1, 2), whole, single, report], NOW) == (whole, single, report)


@pytest.mark.parametrize("number", [0, -1, 3, 255])
def test_a_part_whose_number_is_impossible_is_given_out_and_joins_nothing(number: int) -> None:
    joiner = PartJoiner()
    joiner.feed(HERE, [piece(1, 2)], NOW)
    stray = piece(number, 2, "stray")
    assert joiner.feed(HERE, [stray], NOW) == (replace(stray, incomplete=True),)
    assert texts(joiner.feed(HERE, [piece(2, 2)], NOW)) == ["<1><2>"]


def test_data_and_media_of_all_parts_are_kept() -> None:
    picture, sound = Media("https://example.org/1"), Media("https://example.org/2")
    joiner = PartJoiner()
    parts = [piece(2, 2, "", data=b"\x02", media=(sound,)), piece(1, 2, "", data=b"\x01", media=(picture,))]
    (whole,) = joiner.feed(HERE, parts, NOW)
    assert (whole.data, whole.media) == (b"\x01\x02", (picture, sound))


APART = [
    ("senders", HERE, {"sender": ANNE}, HERE, {"sender": BEN}),
    ("channels", HERE, {}, THERE, {}),
    ("references", HERE, {"reference": "7"}, HERE, {"reference": "8"}),
    ("recipients", HERE, {"to": "1234"}, HERE, {"to": "1235"}),
]


@pytest.mark.parametrize(("what", "first", "one", "second", "other"), APART, ids=[row[0] for row in APART])
def test_two_messages_are_never_mixed(what, first, one, second, other) -> None:
    joiner = PartJoiner()
    assert joiner.feed(first, [piece(1, 2, "A1", **one)], NOW) == ()
    assert joiner.feed(second, [piece(2, 2, "B2", **other)], NOW) == ()
    assert texts(joiner.feed(first, [piece(2, 2, "A2", **one)], NOW)) == ["A1A2"]
    assert texts(joiner.feed(second, [piece(1, 2, "B1", **other)], NOW)) == ["B1B2"]


def test_a_message_whose_time_is_up_is_given_out_incomplete_by_its_own_channel() -> None:
    joiner = PartJoiner(LIMIT)
    joiner.feed(HERE, [piece(3), piece(1)], NOW)
    joiner.feed(HERE, [piece(1, reference="8")], NOW + timedelta(seconds=1))
    assert joiner.overdue(HERE, NOW + LIMIT - timedelta(seconds=1)) == ()
    assert joiner.overdue(THERE, NOW + LIMIT) == ()
    (late,) = joiner.overdue(HERE, NOW + LIMIT)
    assert (late.text, late.id, late.incomplete, late.part) == ("<1><3>", "7-1", True, PartInfo("7", 1, 3))
    assert texts(joiner.overdue(HERE, NOW + LIMIT * 2)) == ["<1>"]
    assert joiner.overdue(HERE, NOW + LIMIT * 3) == ()


def test_beyond_most_the_oldest_of_the_same_channel_goes_first() -> None:
    joiner = PartJoiner(most=2)
    joiner.feed(THERE, [piece(1, reference="old")], NOW)
    for reference in "abc":
        joiner.feed(HERE, [piece(1, reference=reference)], NOW)
    assert [event.id for event in joiner.overdue(HERE, NOW)] == ["a-1"]
    assert joiner.overdue(THERE, NOW) == ()


def test_a_reference_used_again_for_another_text_loses_neither() -> None:
    joiner = PartJoiner()
    found = [*joiner.feed(HERE, [piece(1, 2, "old", id="a"), piece(1, 2, "new", id="b")], NOW)]
    found += joiner.feed(HERE, [piece(2, 2, " text", id="c")], NOW)
    assert [(event.text, event.incomplete) for event in found] == [("old", True), ("new text", False)]


def test_a_part_that_comes_again_brings_the_same_message_again() -> None:
    joiner = PartJoiner(LIMIT)
    (whole,) = joiner.feed(HERE, [piece(1, 2), piece(2, 2)], NOW)
    assert joiner.feed(HERE, [piece(2, 2)], NOW + LIMIT - timedelta(seconds=1)) == (whole,)
    assert joiner.overdue(HERE, NOW + LIMIT) == ()
    assert joiner.feed(HERE, [piece(2, 2)], NOW + LIMIT) == ()


def test_the_same_text_with_other_ids_is_another_message() -> None:
    joiner = PartJoiner()
    first = joiner.feed(HERE, [piece(1, 2, id="a"), piece(2, 2, id="b")], NOW)
    second = joiner.feed(HERE, [piece(1, 2, id="c"), piece(2, 2, id="d")], NOW)
    assert [event.id for event in (*first, *second)] == ["a", "c"]


def test_what_could_not_be_stored_is_given_out_again() -> None:
    joiner = PartJoiner(LIMIT)
    joiner.feed(HERE, [piece(1)], NOW)
    joiner.feed(HERE, [piece(1, reference="8")], NOW + LIMIT)
    late = joiner.overdue(HERE, NOW + LIMIT)
    joiner.give_back(HERE, [*late, InboundMessage(ANNE, "the aggregator delivers this again")])
    assert joiner.overdue(THERE, NOW + LIMIT) == ()
    assert joiner.overdue(HERE, NOW + LIMIT) == late
    assert joiner.overdue(HERE, NOW + LIMIT) == ()


def test_what_waits_is_given_up_to_who_goes_and_what_was_joined_is_still_known() -> None:
    joiner = PartJoiner(LIMIT)
    (whole,) = joiner.feed(HERE, [piece(1, 2), piece(2, 2)], NOW)
    joiner.feed(HERE, [piece(1, reference="8")], NOW)
    assert joiner.give_up(THERE) == ()
    (rest,) = joiner.give_up(HERE)
    assert rest.incomplete
    assert joiner.give_up(HERE) == joiner.overdue(HERE, NOW) == ()
    joiner.give_back(HERE, [rest])
    assert joiner.give_up(HERE) == (rest,)
    assert joiner.feed(HERE, [piece(2, 2)], NOW) == (whole,)


def test_nothing_is_kept_once_all_is_given_out_and_forgotten() -> None:
    joiner = PartJoiner(LIMIT)
    joiner.feed(HERE, [piece(1, 2), piece(2, 2), piece(1, reference="8")], NOW)
    joiner.overdue(HERE, NOW + LIMIT)
    assert not joiner._held
