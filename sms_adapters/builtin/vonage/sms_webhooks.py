"""Webhooks of the SMS API: reports, and messages whose parts come one by one, by GET, form or JSON.

Sources: "Inbound SMS" https://developer.vonage.com/en/messaging/sms/guides/inbound-sms (fields, parts, transports);
"Delivery receipts" https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts (words and codes); "SMS API"
specification 1.2.0, https://developer.vonage.com/en/api/sms.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from ...channel import SECRET_PARAMETER
from ...errors import MalformedInbound
from ...http import MultiDict, WebhookRequest
from ...kits.tables import lookup_table
from ...kits.values import count_of, moment_of, price_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, PartInfo
from ...results import Reason, Status
from .config import EURO, VonageChannel

__all__ = ["REPORT_REASONS", "STATUSES", "event_of", "fields_of"]

MOST_PARTS = 255

STATUSES = lookup_table(
    (Status.SENT, "accepted buffered"),
    (Status.DELIVERED, "delivered"),
    (Status.EXPIRED, "expired"),
    (Status.FAILED, "failed"),
    (Status.REJECTED, "rejected"),
    (Status.UNKNOWN, "unknown"),
)
REPORT_REASONS = lookup_table(
    (Reason.UNKNOWN, "1 2 7 8 15 99"),
    (Reason.INVALID_RECIPIENT, "3 12"),
    (Reason.BLOCKED, "4 6 13 14"),
    (Reason.NO_ROUTE, "5 11"),
    (Reason.OPTED_OUT, "9"),
    (Reason.INVALID_CONTENT, "10"),
    (Reason.INVALID_SENDER, "51"),
    (Reason.REGULATION, "50 52 53 54"),
)


def fields_of(request: WebhookRequest) -> MultiDict:
    """The parameters of a webhook, of which a GET has them in its query, and a POST in a form or a JSON object."""
    if request.method.upper() == "GET":
        return request.query()
    if request.media_type != "application/json":
        return request.form()
    return MultiDict([(name, _plain(value)) for name, value in request.json_object().items()])


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        raise MalformedInbound("a parameter of the webhook is no text")
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def event_of(channel: VonageChannel, fields: MultiDict) -> InboundEvent:
    """A report, which is told by its `status`, or a message or one part of it."""
    raw: Mapping[str, Any] = {name: value for name, value in fields.to_dict().items() if name != SECRET_PARAMETER}
    values = dict(reversed(fields.items()))
    if not values.get("messageId") or not values.get("msisdn"):
        raise MalformedInbound("the webhook has no messageId, or no msisdn")
    if values.get("status"):
        return _report(channel, values, raw)
    if not any(name in values for name in ("type", "text", "data")):
        raise MalformedInbound("the webhook is neither a report nor a message: it has no status, type, text or data")
    return _message(channel, values, raw)


def _report(channel: VonageChannel, values: Mapping[str, str], raw: Mapping[str, Any]) -> DeliveryReport:
    """`scts` is not read: in Vonage's own example it is an hour off the other time, so it is the operator's."""
    word, code = values["status"], values.get("err-code") or None
    return DeliveryReport(
        STATUSES.get(word.lower(), Status.UNKNOWN),
        id=values["messageId"],
        message_id=values.get("client-ref") or None,
        word=word,
        code=code,
        reason=REPORT_REASONS.get(code or ""),
        recipient=channel.number(values["msisdn"]),
        at=moment_of(values.get("message-timestamp"), UTC),
        price=price_of(values.get("price"), EURO),
        raw=raw,
    )


def _message(channel: VonageChannel, values: Mapping[str, str], raw: Mapping[str, Any]) -> InboundMessage:
    binary = values.get("type") == "binary"
    return InboundMessage(
        channel.number(values["msisdn"]),
        values.get("text") or "",
        to=channel.number(values["to"]) if values.get("to") else None,
        id=values["messageId"],
        received_at=moment_of(values.get("message-timestamp"), UTC),
        data=_octets(values, "data") if binary else None,
        udh=(_octets(values, "udh") or None) if binary else None,
        part=_part(values),
        raw=raw,
    )


def _octets(values: Mapping[str, str], name: str) -> bytes:
    try:
        return bytes.fromhex(values.get(name) or "")
    except ValueError:
        raise MalformedInbound(f"{name} is not in hex") from None


def _part(values: Mapping[str, str]) -> PartInfo | None:
    """The place of a part; a message whose place cannot be read is taken for a whole one, so that it is not lost."""
    reference = values.get("concat-ref")
    number, total = count_of(values.get("concat-part")), count_of(values.get("concat-total"))
    if values.get("concat", "").lower() != "true" or not (reference and number and total):
        return None
    return PartInfo(reference, number, total) if number <= total <= MOST_PARTS else None
