"""Values of JSON are read as what they are documented to be, or as not told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_adapters.kits.values import count_of, moment_of, object_of, objects_of, price_of, text_of
from sms_adapters.results import Price

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (" ", " "), (12025550123, "12025550123"), (0, "0"), ("", None), (True, None), (1.5, None), ([], None)],
)
def test_a_text_may_be_written_as_an_integer(value: Any, text: str | None) -> None:
    assert text_of(value) == text


def test_a_number_too_long_to_be_written_is_no_text() -> None:
    assert text_of(10**4400) is None


@pytest.mark.parametrize(
    ("value", "count"),
    [(1, 1), ("3", 3), ("007", 7), (0, None), ("0", None), (-1, None), ("x", None), ("²", None), (True, None)],
)
def test_a_count_is_above_zero(value: Any, count: int | None) -> None:
    assert count_of(value) == count


def test_a_count_that_nobody_reckons_with_is_none() -> None:
    assert count_of("9" * 5000) is None
    assert count_of(10**12) is None


@pytest.mark.parametrize(
    "text",
    ["2026-11-23T08:00:00Z", "2026-11-23T08:00:00.000+00:00", "2026-11-23T09:00:00+0100", "2026-11-23 08:00:00Z"],
)
def test_a_time_is_read_in_utc(text: str) -> None:
    found = moment_of(text)
    assert found == EIGHT
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    ["", "tomorrow", "2026-02-30T00:00:00Z", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00", None, 0, 1e300, {}],
)
def test_what_is_no_time_or_beyond_the_calendar_is_none(value: Any) -> None:
    assert moment_of(value) is None
    assert moment_of(value, UTC) is None


def test_a_time_without_a_zone_is_in_the_one_that_the_documents_state() -> None:
    assert moment_of("2026-11-23 11:00:00", timezone(timedelta(hours=3))) == EIGHT
    assert moment_of("2026-11-23T09:00:00+01:00", timezone(timedelta(hours=3))) == EIGHT
    assert moment_of("2026-11-23 11:00:00") is None
    assert moment_of("9999-12-31 23:59:59", timezone(timedelta(hours=-3))) is None


@pytest.mark.parametrize(
    ("amount", "currency", "price"),
    [
        ("0.0051", "USD", Price(Decimal("0.0051"), "USD")),
        (0.07, "EUR", Price(Decimal("0.07"), "EUR")),
        (0, None, Price(Decimal(0), "")),
        (None, "USD", None),
        ("NaN", "USD", None),
        (float("inf"), "USD", None),
        ("free", "USD", None),
        (True, "USD", None),
        ([], "USD", None),
    ],
)
def test_a_price_is_exact(amount: Any, currency: Any, price: Price | None) -> None:
    assert price_of(amount, currency) == price


@given(JSON)
def test_no_value_is_too_odd(value: Any) -> None:
    assert isinstance(text_of(value), str | None)
    assert isinstance(count_of(value), int | None)
    assert isinstance(moment_of(value), datetime | None)
    assert isinstance(price_of(value, value), Price | None)
    assert object_of(value) == (value if isinstance(value, dict) else {})
    assert json.dumps(list(objects_of(value))) or value
    assert all(isinstance(item, dict) and item in value for item in objects_of(value))
