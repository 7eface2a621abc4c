"""What Africa's Talking calls back with, form-encoded, one event in each callback.

Sources: "Sms Notifications" https://docs.africastalking.com/sms/notifications and "Delivery reports"
https://docs.africastalking.com/sms/deliveryreports (fields, statuses, reasons); "Subscription notifications"
https://docs.africastalking.com/subscriptions/callback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from ...errors import MalformedInbound
from ...kits.tables import lookup_table
from ...kits.values import moment_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, OptIn, OptOut
from ...results import Reason, Status
from .config import AtChannel

__all__ = ["READERS", "message_of"]

STATUSES = lookup_table(
    (Status.QUEUED, "Buffered"),
    (Status.SENT, "Sent Submitted"),
    (Status.DELIVERED, "Success"),
    (Status.UNDELIVERABLE, "AbsentSubscriber"),
    (Status.FAILED, "Failed"),
    (Status.EXPIRED, "Expired"),
    (Status.REJECTED, "Rejected"),
)
FAILURES = lookup_table(
    (Reason.INVALID_RECIPIENT, "UserDoesNotExist UserIsInactive"),
    (Reason.NO_ROUTE, "NotNetworkSubcriber"),
    (Reason.OPTED_OUT, "UserInBlackList"),
    (Reason.BLOCKED, "DoNotDisturbRejection UserAccountSuspended UserNotSubscribedToProduct"),
    (Reason.INVALID_CONTENT, "InvalidLinkId"),
    (Reason.UNKNOWN, "DeliveryFailure InsufficientCredit"),
)
"""Account, subscription and credit are those of the handset's owner, not the channel's."""

UPDATES: Mapping[str, type[OptIn | OptOut]] = {"addition": OptIn, "deletion": OptOut}


def message_of(channel: AtChannel, values: Mapping[str, Any]) -> InboundMessage:
    """A message, from a callback or a page; its time is in UTC whether it says so or not."""
    to = text_of(values.get("to"))
    return InboundMessage(
        channel.number(_needed(values, "from")),
        text_of(values.get("text")) or "",
        to=channel.number(to) if to else None,
        id=text_of(values.get("id")),
        received_at=moment_of(values.get("date"), UTC),
        raw=values,
    )


def report_of(channel: AtChannel, values: Mapping[str, Any]) -> DeliveryReport:
    """A report; it has no time."""
    word, code = _needed(values, "status"), text_of(values.get("failureReason"))
    to = text_of(values.get("phoneNumber"))
    return DeliveryReport(
        STATUSES.get(word, Status.UNKNOWN),
        id=_needed(values, "id"),
        word=word,
        code=code,
        reason=FAILURES.get(code or ""),
        recipient=channel.number(to) if to else None,
        raw=values,
    )


def opt_out_of(channel: AtChannel, values: Mapping[str, Any]) -> OptOut:
    """An opt-out from a sender id."""
    return OptOut(channel.number(_needed(values, "phoneNumber")), to=text_of(values.get("senderId")), raw=values)


def subscription_of(channel: AtChannel, values: Mapping[str, Any]) -> OptIn | OptOut:
    """A subscription to a premium product, or its end; the documents write the type in two ways."""
    kind = UPDATES.get(_needed(values, "updateType").lower())
    if kind is None:
        raise MalformedInbound("updateType is neither addition nor deletion")
    to, keyword = text_of(values.get("shortCode")), text_of(values.get("keyword"))
    return kind(channel.number(_needed(values, "phoneNumber")), to=to, keyword=keyword, raw=values)


def _needed(values: Mapping[str, Any], name: str) -> str:
    found = text_of(values.get(name))
    if found is None:
        raise MalformedInbound(f"the callback has no {name}")
    return found


READERS: Mapping[str, Callable[[AtChannel, Mapping[str, Any]], InboundEvent]] = {
    "receive": message_of,
    "status": report_of,
    "optout": opt_out_of,
    "subscription": subscription_of,
}
