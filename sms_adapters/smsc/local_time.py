"""Connections whose protocol writes times in the SMSC's local time, without a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from .config import SessionConfig

__all__ = ["LocalTimeConfig", "rounded_up"]


class LocalTimeConfig(SessionConfig):
    """`SessionConfig` with the time zone of the SMSC."""

    timezone: str = Field(
        "UTC",
        title="Time zone",
        description="Of the SMSC, as in Europe/London: its protocol writes local times without a zone.",
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        _zone(value)
        return value

    @property
    def zone(self) -> tzinfo:
        """The time zone."""
        return _zone(self.timezone)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone; names are like Europe/London") from None


def rounded_up(moment: datetime, step: timedelta) -> datetime:
    """The first whole `step` that is not before `moment`."""
    over = (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % step
    return moment if not over else moment - over + step
