"""What Infobip's status and error objects mean: the same in answers, reports and logs.

Source: "Response status and error codes",
https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import DeliveryUncertain, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from ...kits.tables import error_table, lookup_table, table_error
from ...kits.values import text_of
from ...results import Reason, Status

__all__ = ["reason_of", "refusal_of", "state_of"]

GROUPS = lookup_table(
    (Status.QUEUED, "ACCEPTED OK"),
    (Status.SENT, "PENDING"),
    (Status.UNDELIVERABLE, "UNDELIVERABLE"),
    (Status.DELIVERED, "DELIVERED"),
    (Status.EXPIRED, "EXPIRED"),
    (Status.REJECTED, "REJECTED"),
)
GROUP_NAMES = ("ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")
"""By the group's id."""
WITHIN_GROUPS: Mapping[tuple[str, str], Status] = {
    ("PENDING", "26"): Status.QUEUED,
    ("UNDELIVERABLE", "4"): Status.REJECTED,
    ("EXPIRED", "87"): Status.REJECTED,
}
"""The ids that mean something else than their group: still at Infobip, refused by the operator, taken for fraud."""

ERRORS = error_table(
    (Reason.INVALID_RECIPIENT, "8 18 51 52"),
    (Reason.INVALID_SENDER, "11 13"),
    (Reason.INVALID_CONTENT, "24 25"),
    (Reason.NO_CREDIT, "12 17"),
    (Reason.OPTED_OUT, "10"),
    (Reason.BLOCKED, "14 87"),
    (Reason.DUPLICATE, "23"),
    (Reason.NO_ROUTE, "6 19"),
    (Reason.EXPIRED, "15"),
    (Reason.UNKNOWN, "4 9 31 100"),
    (Throttled, "20"),
    (TemporaryFailure, "21"),
    (DeliveryUncertain, "29"),
)
"""By a status's id."""

REASONS = lookup_table(
    (Reason.INVALID_RECIPIENT, "1 5 11 351 352 565 568 629 3041"),
    (Reason.INVALID_SENDER, "368 375 562 563 564 2053"),
    (Reason.INVALID_CONTENT, "355 561 2051"),
    (Reason.NO_CREDIT, "4099"),
    (Reason.OPTED_OUT, "573 603 2050"),
    (Reason.BLOCKED, "9 13 560 566 569 574 604 607 608 2049 2052"),
    (Reason.DUPLICATE, "5492"),
    (Reason.NO_ROUTE, "345 592 597 598"),
    (Reason.REGULATION, " ".join(("488 571 572 594", *map(str, range(4106, 4159))))),
    (Reason.SUSPENDED, "433"),
    (Reason.EXPIRED, "811 4098 4100 4101"),
    (Reason.UNKNOWN, "6 27 32"),
)
"""By an error's id, which says more than the status; those from 4106 to 4158 are of India's register (DLT)."""


def state_of(status: Mapping[str, Any]) -> tuple[Status, str | None]:
    """What a status object means, and its group's name; a name that nobody knows is unknown, whatever the id."""
    name, number = text_of(status.get("groupName")), text_of(status.get("groupId")) or ""
    if name is None and number in map(str, range(len(GROUP_NAMES))):
        name = GROUP_NAMES[int(number)]
    group = (name or "").upper()
    exception = WITHIN_GROUPS.get((group, text_of(status.get("id")) or ""))
    return exception or GROUPS.get(group, Status.UNKNOWN), name


def refusal_of(state: Status, status: Mapping[str, Any]) -> SmsError:
    """The error for a status that is not on its way; one of a group that nobody knows may be."""
    code = text_of(status.get("id"))
    said = [text for text in (text_of(status.get("name")), text_of(status.get("description"))) if text]
    words: dict[str, Any] = {"provider_code": code, "provider_text": ": ".join(said) or None}
    if state is Status.UNKNOWN:
        return ProtocolError("the message's status is not known", **words)
    found = table_error(ERRORS, code or "", words["provider_text"])
    return found or Rejected("refused for a reason that is not documented", **words)


def reason_of(status: Mapping[str, Any], error: Mapping[str, Any]) -> Reason | None:
    """Why a message was not delivered, by the error, else by the status."""
    meaning = REASONS.get(text_of(error.get("id")) or "") or ERRORS.get(text_of(status.get("id")) or "")
    return meaning if isinstance(meaning, Reason) else None
