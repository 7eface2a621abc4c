"""What an event has to be like, so that a host can store it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..errors import InboundError
from ..messages import DeliveryReport, InboundEvent, InboundMessage, Media, UnreadableEvent
from ..results import Status
from .check import CheckFailed, expect

if TYPE_CHECKING:
    from ..webhooks.core import Receipt

__all__ = ["MOMENTS", "expect_sound", "faults_of"]

MOMENTS = ("received_at", "at")
TEXTS: Mapping[str, tuple[str, ...]] = {
    "InboundMessage": ("sender", "text", "to", "id"),
    "DeliveryReport": ("id", "message_id", "word", "code", "description", "recipient"),
    "OptOut": ("address", "to", "keyword", "id"),
    "OptIn": ("address", "to", "keyword", "id"),
    "ControlEvent": ("kind",),
}
NEEDED: Mapping[str, tuple[str, ...]] = {"InboundMessage": ("sender",), "OptOut": ("address",), "OptIn": ("address",)}


def expect_sound(receipt: Receipt, what: str) -> None:
    """The receipt has no error or one of the sender's, and events that a host can store."""
    error, status = receipt.error, receipt.response.status
    if error is not None and not isinstance(error, InboundError):
        raise CheckFailed(f"{what} ended in {type(error).__name__}: {error}")
    expect(error is None or 400 <= status < 500, f"{what} was refused, but answered {status}")
    for event in receipt.events:
        if isinstance(event, UnreadableEvent):
            sound = isinstance(event.error, InboundError)
            expect(sound, f"{what} made an UnreadableEvent of {type(event.error).__name__}: {event.error}")
        for fault in faults_of(event):
            raise CheckFailed(f"{what}: {fault}")


def faults_of(event: InboundEvent) -> Iterator[str]:
    """What in an event is not what its type says, so that a host would stumble over it."""
    kind = type(event).__name__
    if isinstance(event, UnreadableEvent):
        return
    values = {item.name: getattr(event, item.name) for item in fields(event)}
    for name in TEXTS[kind]:
        fault = _text_fault(values[name], needed=name in NEEDED.get(kind, ()))
        if fault:
            yield f"{kind}.{name} {fault}"
    for name in MOMENTS:
        if name in values and not _aware(values[name]):
            yield f"{kind}.{name} is {values[name]!r}, no time with a zone"
    if isinstance(event, DeliveryReport):
        yield from _report_faults(event)
    if isinstance(event, InboundMessage):
        yield from _message_faults(event)


def _text_fault(value: Any, *, needed: bool) -> str | None:
    if value is None and not needed:
        return None
    if not isinstance(value, str):
        return f"is {value!r}, no text"
    if needed and not value:
        return "is empty"
    torn = any("\ud800" <= character <= "\udfff" for character in value)
    return "has half of a surrogate pair, which no database stores" if torn else None


def _aware(value: Any) -> bool:
    return value is None or (isinstance(value, datetime) and value.utcoffset() is not None)


def _report_faults(report: DeliveryReport) -> Iterator[str]:
    status: object = report.status
    if not isinstance(status, Status):
        yield f"DeliveryReport.status is {status!r}, no Status"
    if not (report.id or report.message_id):
        yield "a DeliveryReport has neither id nor message_id"


def _message_faults(message: InboundMessage) -> Iterator[str]:
    media: tuple[object, ...] = message.media
    for item in media:
        if not (isinstance(item, Media) and item.url and isinstance(item.url, str)):
            yield f"InboundMessage.media has {item!r}, no attachment with a URL"
