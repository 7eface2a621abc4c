"""What reaches a terminal: nothing that it would obey, in columns that line up."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_adapters import (
    ControlEvent,
    DeliveryReport,
    InboundMessage,
    MalformedInbound,
    Media,
    OptIn,
    OptOut,
    Status,
    UnreadableEvent,
)
from sms_adapters.sandbox.timeline import Timeline, wording
from sms_adapters.tabular import cells, excerpt, table, visible

VISIBLE = [
    ("Muraho €", "Muraho €"),
    ("two\nlines\ttab", r"two\nlines\ttab"),
    ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
    ("\x9b31m", r"\x9b31m"),
    ("abc\u202ecba", r"abc\u202ecba"),
    ("lone \ud83d", r"lone \ud83d"),
    ("\u2028", r"\u2028"),
    ("👨‍👩‍👧", "👨‍👩‍👧"),
    ("ไทย", "ไทย"),
]


@pytest.mark.parametrize(("text", "shown"), VISIBLE)
def test_controls_become_visible_and_texts_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(shown.splitlines()) <= 1
    shown.encode()


CELLS = [("abc", 3), ("中文", 4), ("e\u0301", 1), ("é", 1), ("👍", 2), ("👍\u200d", 2), ("", 0)]


@pytest.mark.parametrize(("text", "count"), CELLS)
def test_a_character_takes_the_cells_that_a_terminal_gives_it(text: str, count: int) -> None:
    assert cells(text) == count


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_an_excerpt_fits_and_is_the_beginning(text: str, most: int) -> None:
    found = excerpt(text, most)
    assert cells(found) <= most
    assert visible(text).startswith(found.removesuffix("…"))
    assert (found == visible(text)) == (cells(visible(text)) <= most)


def test_columns_line_up_by_cells() -> None:
    lines = table(("ID", "TEXT"), [("中文", "x"), ("abc", "y\n"), ("", "z")]).splitlines()
    assert lines == ["ID    TEXT", "中文  x", r"abc   y\n", "      z"]


WHEN = datetime(2026, 11, 23, 8, 5, 6, 7891, tzinfo=UTC)


def test_a_timeline_is_a_table_in_the_order_of_what_happened() -> None:
    timeline = Timeline()
    timeline.add(WHEN, "twilio", "out", "accepted", "SM1")
    timeline.add(WHEN, "kannel", "in", "message", "x" * 200)
    first, second, third = timeline.render().splitlines()
    assert first.split() == ["TIME", "CHANNEL", "DIRECTION", "WHAT", "DETAIL"]
    assert second.split() == ["08:05:06.007", "twilio", "out", "accepted", "SM1"]
    assert third.endswith("xxx…")
    assert len(third) < 150


def test_a_timeline_as_values_has_all_of_it() -> None:
    timeline = Timeline()
    timeline.add(WHEN, "kannel", "in", "message", "x" * 200)
    (entry,) = timeline.to_dicts()
    assert entry == {
        "when": "2026-11-23T08:05:06.007891+00:00",
        "channel": "kannel",
        "direction": "in",
        "what": "message",
        "detail": "x" * 200,
    }


EVENTS = [
    (InboundMessage("+12025550123", "hi"), ("message", "from +12025550123: hi")),
    (
        InboundMessage("+12025550123", media=(Media("https://m.example.org/1"),)),
        ("message", "from +12025550123: https://m.example.org/1"),
    ),
    (InboundMessage("+12025550123", data=b"\0\1"), ("message", "from +12025550123: 2 octets of data")),
    (InboundMessage("+12025550123"), ("message", "from +12025550123: (empty)")),
    (DeliveryReport(Status.DELIVERED, id="SM1", word="delivered"), ("report", "SM1 delivered")),
    (DeliveryReport(Status.FAILED, message_id="m1", word="x", code="7"), ("report", "m1 failed (x 7)")),
    (OptOut("+12025550123"), ("opt-out", "+12025550123")),
    (OptIn("+12025550123"), ("opt-in", "+12025550123")),
    (ControlEvent("subscription"), ("control", "subscription")),
    (UnreadableEvent(MalformedInbound("no date")), ("unreadable", "no date")),
]


@pytest.mark.parametrize(("event", "words"), EVENTS)
def test_every_event_has_words(event: object, words: tuple[str, str]) -> None:
    assert wording(event) == words
