"""Error and status tables, one row for what one thing means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from ..errors import Rejected, SmsError, Throttled
from ..results import Reason

__all__ = ["ErrorTable", "Meaning", "error_table", "lookup_table", "table_error"]

Meaning: TypeAlias = Reason | type[SmsError]
ErrorTable: TypeAlias = Mapping[str, Meaning]
T = TypeVar("T")


def lookup_table(*rows: tuple[T, str]) -> dict[str, T]:
    """Each row names a value and, separated by spaces, the aggregator's words for it."""
    return {word: value for value, words in rows for word in words.split()}


def error_table(*rows: tuple[Meaning, str]) -> ErrorTable:
    """Each row names what the codes mean: a `Reason` for a refusal for good, or the error's class."""
    return lookup_table(*rows)


def table_error(table: ErrorTable, code: str, text: str | None, *, retry_after: float | None = None) -> SmsError | None:
    """The error that `table` has for `code`; None where it has none."""
    meaning = table.get(code)
    if meaning is None:
        return None
    words: dict[str, Any] = {"provider_code": code, "provider_text": text}
    if isinstance(meaning, Reason):
        return Rejected(f"refused: {meaning.value.replace('_', ' ')}", meaning, **words)
    if meaning is Throttled:
        return Throttled("too many requests", retry_after, **words)
    return meaning(meaning.__doc__.splitlines()[0].rstrip(".") if meaning.__doc__ else "", **words)
