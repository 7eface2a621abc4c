"""What stands in fields is read as what it means, or as nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_adapters import Price
from sms_adapters.kits.values import count_of, moment_of, price_of, text_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-23T12:00:00Z", NOON),
        ("2026-11-23T12:00:00.000Z", NOON),
        ("2026-11-23 12:00:00", NOON),
        (" 2026-11-23T12:00:00 ", NOON),
        ("2026-11-23T13:00:00.000+0100", NOON),
        ("2026-11-23T13:00:00+01:00", NOON),
        ("", None),
        ("yesterday", None),
        ("2026-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        (1795435200, None),
        (None, None),
        ([], None),
    ],
)
def test_a_time_is_aware_or_none(written: Any, read: datetime | None) -> None:
    assert moment_of(written) == read


def test_a_time_without_a_zone_is_in_the_one_that_the_aggregator_states() -> None:
    nairobi = timezone(timedelta(hours=3))
    assert moment_of("2026-11-23 15:00:00", nairobi) == NOON
    assert moment_of("2026-11-23 15:00:00", None) is None
    assert moment_of("2026-11-23T12:00:00Z", None) == NOON


@pytest.mark.parametrize(
    ("written", "read"),
    [(1, 1), ("1", 1), ("007", 7), (0, None), ("0", None), (-1, None), ("-1", None), (1.0, None), (True, None)]
    + [("²", None), ("9" * 5000, None), (10**30, None), ("", None), (None, None), ({}, None)],
)
def test_a_count_is_a_whole_number_above_zero(written: Any, read: int | None) -> None:
    assert count_of(written) == read


@pytest.mark.parametrize(
    ("amount", "currency", "read"),
    [
        ("0.8000", "KES", Price(Decimal("0.8000"), "KES")),
        (0.01, "EUR", Price(Decimal("0.01"), "EUR")),
        (0, "EUR", Price(Decimal(0), "EUR")),
        ("-0.5", None, Price(Decimal("-0.5"), "")),
        ("1", 978, Price(Decimal(1), "978")),
        ("NaN", "EUR", None),
        (float("inf"), "EUR", None),
        ("free", "EUR", None),
        (True, "EUR", None),
        (None, "EUR", None),
        ([1], "EUR", None),
    ],
)
def test_a_price_is_a_finite_number(amount: Any, currency: Any, read: Price | None) -> None:
    assert price_of(amount, currency) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("x", "x"),
        (" ", " "),
        ("", None),
        (26, "26"),
        (0, "0"),
        (True, None),
        (1.5, None),
        (10**4400, None),
        (None, None),
    ],
)
def test_a_text_is_not_empty_and_an_id_may_be_a_number(written: Any, read: str | None) -> None:
    assert text_of(written) == read


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_whatever_json_holds_is_read_or_nothing(value: Any, other: Any) -> None:
    assert count_of(value) is None or count_of(value) > 0  # type: ignore[operator]
    assert text_of(value) is None or json.dumps(text_of(value)) != '""'
    assert price_of(value, other) is None or price_of(value, other).amount.is_finite()  # type: ignore[union-attr]
    assert moment_of(value) is None or moment_of(value).utcoffset() is not None  # type: ignore[union-attr]
