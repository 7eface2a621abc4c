"""The messages: what a host wants sent, and the events that webhooks bring."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeAlias

from ._quick import quick
from .errors import SmsError
from .results import Price, Reason, Status

__all__ = [
    "ControlEvent",
    "DeliveryReport",
    "InboundEvent",
    "InboundMessage",
    "InboundPage",
    "Media",
    "OptIn",
    "OptOut",
    "OutboundMessage",
    "PartInfo",
    "UnreadableEvent",
    "event_to_dict",
]


_RANDOM: list[bytes] = []
"""Octets for the next ids. Asking the system for each gives way to other threads, in the middle of a message."""
if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_RANDOM.clear)


def _random() -> bytes:
    try:
        return _RANDOM.pop()
    except IndexError:
        octets = os.urandom(4096)
        _RANDOM.extend(octets[start : start + 16] for start in range(16, 4096, 16))
        return octets[:16]


def new_id() -> str:
    """A random UUID as text; `str(uuid4())` takes three times as long.

    Source: "RFC 9562: Universally Unique IDentifiers (UUIDs)", section 5.4, https://www.rfc-editor.org/rfc/rfc9562.
    """
    digits = _random().hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment by its URL; `content_type` is a MIME type where known."""

    url: str
    content_type: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to send (MT).

    `to` is a number in any form that `phone.parse_recipient` reads; the driver hands it to the adapter in E.164 or as
    a short code. `id` is the host's own, made up if not given. `sender` replaces the channel's address. `data` with
    an optional `udh` (user data header, its length octet included) makes a binary message and excludes `text`.
    `validity` counts from now; `send_at` is aware. `report` asks for delivery reports. `encoding` is "gsm7" or "ucs2"
    to force one. `extra` holds an adapter's own options, named in its manifest.
    """

    to: str
    text: str = ""
    id: str = field(default_factory=new_id)
    sender: str | None = None
    media: tuple[Media, ...] = ()
    data: bytes | None = None
    udh: bytes | None = None
    flash: bool = False
    validity: timedelta | None = None
    send_at: datetime | None = None
    quick_replies: tuple[str, ...] = ()
    report: bool = True
    encoding: str | None = None
    transliterate: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartInfo:
    """Place of an unjoined part: `number` counts from 1 to `total`, `reference` groups the parts of a message.

    Some senders cut within a character. `head` and `tail` are then, in hexadecimal, the octets of it at either end of
    the part: half a surrogate pair of UTF-16, or the escape of the GSM alphabet. The text has U+FFFD or a space there.
    """

    reference: str
    number: int
    total: int
    head: str | None = None
    tail: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message from a handset (MO).

    `sender` and `to` are E.164, short code or alphanumeric; `id` is the aggregator's, for de-duplication, None where
    it gives none. `received_at` is aware, None where the aggregator does not say. `part` is set while the message
    is one part of several; `incomplete` when the time limit passed before all parts came. `raw` is what arrived.
    """

    sender: str
    text: str = ""
    to: str | None = None
    id: str | None = None
    received_at: datetime | None = None
    media: tuple[Media, ...] = ()
    data: bytes | None = None
    udh: bytes | None = None
    part: PartInfo | None = None
    incomplete: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a submission.

    `id` is the aggregator's id of the submission, `message_id` the host's own where the report quotes it; at least
    one is set. `word` and `code` are the aggregator's own. `at` is aware, None where it does not say.
    """

    status: Status
    id: str | None = None
    message_id: str | None = None
    word: str | None = None
    code: str | None = None
    description: str | None = None
    reason: Reason | None = None
    recipient: str | None = None
    at: datetime | None = None
    price: Price | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptOut:
    """The owner of `address` wants no more messages; `keyword` is what was typed, where known."""

    address: str
    to: str | None = None
    keyword: str | None = None
    id: str | None = None
    at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptIn:
    """The owner of `address` wants messages again."""

    address: str
    to: str | None = None
    keyword: str | None = None
    id: str | None = None
    at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlEvent:
    """Something about the webhook itself, such as a subscription to confirm; the adapter's `follow_up` acts on it."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """One item of a webhook that could not be read; the others beside it are not lost."""

    error: SmsError
    raw: Mapping[str, Any] = field(default_factory=dict)


InboundEvent: TypeAlias = InboundMessage | DeliveryReport | OptOut | OptIn | ControlEvent | UnreadableEvent


@dataclass(frozen=True, slots=True)
class InboundPage:
    """What a poll of `fetch_inbound` brought; `cursor` is passed to the next poll, `more` says not to wait."""

    events: tuple[InboundEvent, ...]
    cursor: str | None = None
    more: bool = False


def event_to_dict(event: Any) -> dict[str, Any]:
    """An event or result as JSON-ready values under `type`; fields without a value are left out."""
    values = _plain(event)
    return {"type": type(event).__name__, **values} if isinstance(values, dict) else {"value": values}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        found = ((item.name, getattr(value, item.name)) for item in fields(value))
        return {name: _plain(item) for name, item in found if _is_told(item)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return _scalar(value)


def _is_told(item: Any) -> bool:
    """Whether a field has a value; a balance of zero is one."""
    return not (item is None or item is False or item == () or item == {})


def _scalar(value: Any) -> Any:
    match value:
        case SmsError():
            return value.to_dict()
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.hex()
        case str() | int() | float() | None:
            return value
    return str(value)
