"""Times as SMPP writes them: `YYMMDDhhmmsstnnp`, absolute with an offset in quarter hours, or relative.

Source: "Short Message Peer to Peer Protocol Specification v3.4", section 7.1.1, https://smpp.org/.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from .errors import SmppError

__all__ = ["format_time", "parse_time"]

_FORM = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])", re.ASCII)
_CENTURY = 2000
_DAYS_OF_YEAR, _DAYS_OF_MONTH = 365, 30
_QUARTER = timedelta(minutes=15)
_LONGEST = timedelta(days=_DAYS_OF_YEAR * 100)


def parse_time(text: str) -> datetime | timedelta | None:
    """An aware datetime, or a timedelta of a relative time; None for an empty field and for one that is no time.

    The specification leaves the length of a month and of a year in a relative time open: 30 and 365 days here.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    years, months, days, hours, minutes, seconds, tenths, quarters = map(int, form.groups()[:8])
    if form[9] == "R":
        whole = years * _DAYS_OF_YEAR + months * _DAYS_OF_MONTH + days
        return timedelta(whole, seconds, 0, tenths * 100, minutes, hours)
    offset = timezone(quarters * _QUARTER if form[9] == "+" else -quarters * _QUARTER) if quarters < 96 else UTC
    try:
        return datetime(_CENTURY + years, months, days, hours, minutes, seconds, tenths * 100_000, offset)
    except ValueError:
        return None


def format_time(time: datetime | timedelta) -> str:
    """The field of an aware datetime (in UTC, to a tenth of a second) or of a timedelta (to a second).

    Raises SmppError for what the field cannot say: a naive datetime, a year outside 2000 to 2099, a negative
    duration.
    """
    if isinstance(time, timedelta):
        return _relative(time)
    if time.tzinfo is None:
        raise SmppError("a time without a time zone says nothing to an SMSC")
    utc = time.astimezone(UTC)
    if not _CENTURY <= utc.year < _CENTURY + 100:
        raise SmppError(f"the year {utc.year} has no place in two digits: 2000 to 2099")
    return f"{utc:%y%m%d%H%M%S}{utc.microsecond // 100_000}00+"


def _relative(time: timedelta) -> str:
    if not timedelta() <= time < _LONGEST:
        raise SmppError("a relative time is 0 to 100 years")
    years, days = divmod(time.days, _DAYS_OF_YEAR)
    months, days = divmod(days, _DAYS_OF_MONTH)
    hours, seconds = divmod(time.seconds, 3600)
    return f"{years:02}{months:02}{days:02}{hours:02}{seconds // 60:02}{seconds % 60:02}000R"
