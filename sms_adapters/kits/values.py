"""Values of answers and webhooks, read without trusting their types: what is not as documented counts as not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from ..errors import ProtocolError
from ..http import HttpResponse
from ..results import Price

__all__ = ["count_of", "json_answer", "moment_of", "object_of", "objects_of", "price_of", "text_of", "value_at"]


def text_of(value: Any) -> str | None:
    """A text, or an integer as text; None for an empty text and for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 1000 else None
    return value or None if isinstance(value, str) else None


def count_of(value: Any) -> int | None:
    """A count above zero, from an integer or its digits; None for anything else."""
    text = text_of(value) or ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return number or None


def moment_of(value: Any, zone: tzinfo | None = None) -> datetime | None:
    """An ISO 8601 time, in UTC; one that names no zone is in `zone`. None without a zone, and for any other value."""
    try:
        found = datetime.fromisoformat(value)
        if found.utcoffset() is None and zone is not None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC) if found.utcoffset() is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def price_of(amount: Any, currency: Any) -> Price | None:
    """A price from a number or its text; None for an amount that is none."""
    try:
        value = Decimal(str(amount))
    except (InvalidOperation, ValueError):
        return None
    return Price(value, text_of(currency) or "") if value.is_finite() else None


def object_of(value: Any) -> Mapping[str, Any]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> Sequence[Mapping[str, Any]]:
    """The objects in a JSON list; none for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def value_at(value: Any, *path: str | int) -> Any:
    """What is at a path of names and positions in JSON: `value_at(answer, "messages", 0, "id")`; None if nothing is."""
    for step in path:
        if isinstance(step, str):
            value = object_of(value).get(step)
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
    return value


def json_answer(response: HttpResponse) -> Mapping[str, Any]:
    """The JSON object of an answer; an empty one for an answer that is none."""
    try:
        return response.json_object()
    except ProtocolError:
        return {}
