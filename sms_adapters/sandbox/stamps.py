"""The time as the sandbox writes it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["stamp"]


def stamp() -> str:
    """The present in ISO 8601 with microseconds, in UTC."""
    second, nanosecond = divmod(time.time_ns(), 1_000_000_000)
    return f"{_written(second)}.{nanosecond // 1000:06}+00:00"


@lru_cache(maxsize=1)
def _written(second: int) -> str:
    """Date and time of day; each message has several stamps, and they share most of themselves."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
