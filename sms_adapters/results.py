"""What became of a message: statuses, reasons, and the result of a send.

All values are immutable. Aggregators' own words and codes are kept beside ours, never replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ._quick import quick

__all__ = ["AccountInfo", "PartResult", "Price", "Reason", "SendResult", "Status"]


class Status(StrEnum):
    """Where a message is on its way; `rank` orders the states, `final` says that no other follows."""

    UNKNOWN = "unknown"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    UNDELIVERABLE = "undeliverable"

    @property
    def final(self) -> bool:
        """Whether the aggregator will say nothing more about the message."""
        return self in _FINAL

    @property
    def rank(self) -> int:
        """0 unknown, 1 queued, 2 sent, 3 any final status."""
        return _RANK.get(self, 3)

    def merge(self, later: Status) -> Status:
        """The status to keep when `later` is reported after this one.

        A final status stays, except that "delivered" replaces another final status: reports of several parts or
        routes can contradict each other, and a handset's acknowledgement cannot be taken back. Otherwise the
        higher rank wins, so a late "sent" never replaces "delivered" and an unreadable report changes nothing.
        """
        if self.final:
            return later if later is Status.DELIVERED else self
        return later if later.rank >= self.rank else self


_FINAL = frozenset({Status.DELIVERED, Status.FAILED, Status.EXPIRED, Status.REJECTED, Status.UNDELIVERABLE})
_RANK = {Status.UNKNOWN: 0, Status.QUEUED: 1, Status.SENT: 2}


class Reason(StrEnum):
    """Why a message was refused or not delivered, in words common to all aggregators."""

    INVALID_RECIPIENT = "invalid_recipient"
    INVALID_SENDER = "invalid_sender"
    INVALID_CONTENT = "invalid_content"
    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"
    NO_ROUTE = "no_route"
    NO_CREDIT = "no_credit"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REGULATION = "regulation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Price:
    """An amount as the aggregator told it; `currency` is ISO 4217 or the aggregator's own unit, such as "credits"."""

    amount: Decimal
    currency: str


@quick
@dataclass(frozen=True, slots=True)
class PartResult:
    """One accepted submission.

    `id` is the aggregator's, opaque, and None where it gives none (its reports then quote the message's own id).
    `segments` is the number of segments the aggregator counted, None where it does not say.
    `status` is what it said at once, `word` its own word for that.
    """

    id: str | None = None
    segments: int | None = None
    price: Price | None = None
    status: Status = Status.QUEUED
    word: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class SendResult:
    """An accepted message: one `PartResult` for each submission, in the order of the text."""

    parts: tuple[PartResult, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The aggregator's ids that delivery reports will quote, in the order of the text."""
        return tuple(part.id for part in self.parts if part.id is not None)

    @property
    def id(self) -> str | None:
        """The first of `ids`, None where the aggregator gives none."""
        return next(iter(self.ids), None)

    @property
    def segments(self) -> int | None:
        """Segments of all parts together, None as soon as one part's count is not known."""
        counts = [part.segments for part in self.parts]
        return None if None in counts else sum(count for count in counts if count is not None)


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """What an aggregator says about the account: proof that the credentials are accepted, and what it adds.

    `senders` are the sender ids it lists; `checked_at` is aware.
    """

    name: str | None = None
    balance: Price | None = None
    senders: tuple[str, ...] = ()
    checked_at: datetime | None = None
