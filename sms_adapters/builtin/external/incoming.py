"""What the External API brings: messages, opt-outs and reports, and the answers that a gateway expects.

Sources: "handlers/external/handler.go", "core/channels/responses.go" of courier,
https://github.com/nyaruka/courier/blob/main/handlers/external/handler.go and
https://github.com/nyaruka/courier/blob/main/core/channels/responses.go (parameters, order, sentences of the errors).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from ...channel import SECRET_PARAMETER, Channel
from ...errors import MalformedInbound
from ...http import WebhookResponse
from ...messages import DeliveryReport, InboundEvent, InboundMessage, OptOut, UnreadableEvent
from ...phone import InvalidNumber, NumberKind, parse_inbound
from ...results import Status
from .config import Config
from .xpath import read_xpath, xml_of

if TYPE_CHECKING:
    from ...http import WebhookRequest

__all__ = ["STATUSES", "ExternalChannel", "answer_to", "message_of", "opt_out_of", "report_of"]

ExternalChannel: TypeAlias = Channel[Config]
STATUSES = {"sent": Status.SENT, "delivered": Status.DELIVERED, "failed": Status.FAILED}
LETTERS = {status: word[0].upper() for word, status in STATUSES.items()}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_OLD_ID = re.compile(r"[0-9]{1,19}")
_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
SHOWN = 64


def _values(channel: ExternalChannel, request: WebhookRequest) -> Mapping[str, Any]:
    """The parameters by name, the first of each: those of the body, form or JSON object, before the query's.

    The callback secret is none of them: they are kept with the message.
    """
    secret = (SECRET_PARAMETER, channel.callback_secret)
    query = tuple(pair for pair in request.query().items() if pair != secret)
    if request.body and re.fullmatch(r"application/(.+\+)?json", request.media_type):
        own = {name: _whole(value) for name, value in request.json_object().items() if value is not None}
        return {**_first(query), **own}
    return _first((*request.form().items(), *query))


def _first(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(reversed(pairs))


def _whole(value: Any) -> Any:
    """Without halves of surrogate pairs, which JSON can write and nothing else can store."""
    return _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _pick(values: Mapping[str, Any], *names: str) -> str:
    """The first of these parameters that is present, even if it is empty; empty if none is."""
    name = next((name for name in names if name and name in values), None)
    value = "" if name is None else values[name]
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise MalformedInbound(f"field '{name}' has to be text")
    return str(value)


def message_of(channel: ExternalChannel, request: WebhookRequest) -> InboundMessage:
    """The message of `receive`."""
    config = channel.config
    values = _xml_values(request, config) if config.from_xpath else _values(channel, request)
    sender = _pick(values, config.mo_from_field, "from", "sender")
    text = _pick(values, config.mo_text_field, "text")
    date = _pick(values, config.mo_date_field, "date", "time")
    if not sender:
        raise MalformedInbound("must have one of 'sender' or 'from' set")
    at = _instant(date) if date else channel.clock()
    return InboundMessage(_number(channel, sender), text, received_at=at, raw=dict(values))


def _xml_values(request: WebhookRequest, config: Config) -> Mapping[str, str]:
    document = xml_of(request)
    sender, text = read_xpath(document, config.from_xpath), read_xpath(document, config.text_xpath)
    if sender is None or text is None:
        raise MalformedInbound(f"missing from at: {config.from_xpath} or text at: {config.text_xpath} node")
    return {"from": sender, "text": text}


def opt_out_of(channel: ExternalChannel, request: WebhookRequest) -> OptOut:
    """The opt-out of `stopped`."""
    values = _values(channel, request)
    sender = _pick(values, "from")
    if not sender:
        raise MalformedInbound("field 'from' required")
    return OptOut(_number(channel, sender), at=channel.clock(), raw=dict(values))


def report_of(channel: ExternalChannel, request: WebhookRequest) -> DeliveryReport:
    """The report of `sent`, `delivered` or `failed`.

    An id is a UUID, or the number that older installations send. UUIDs are given back in lower case: databases show
    them in either.
    """
    values = _values(channel, request)
    old, new = _pick(values, "id"), _pick(values, "uuid")
    if not (old or new):
        raise MalformedInbound("parameters id or uuid should not be empty")
    given = new or old
    if not (_UUID.fullmatch(given) or _OLD_ID.fullmatch(given)):
        shown = f"id '{old[:SHOWN]}' and uuid '{new[:SHOWN]}'"
        raise MalformedInbound(f"parsing failed: {shown} are not valid UUIDs")
    word = request.action
    return DeliveryReport(STATUSES[word], message_id=given.lower(), word=word, raw=dict(values))


def _number(channel: ExternalChannel, raw: str) -> str:
    try:
        address = parse_inbound(raw, channel.country)
    except InvalidNumber:
        raise MalformedInbound("not a possible number") from None
    if address.kind is NumberKind.ALPHANUMERIC:
        raise MalformedInbound("not a possible number")
    return address.value


def _instant(text: str) -> datetime:
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise MalformedInbound("invalid date format, must be RFC 3339")


def answer_to(channel: ExternalChannel, event: InboundEvent) -> WebhookResponse:
    """The platform's JSON, or what the channel is configured to answer to a message."""
    match event:
        case InboundMessage():
            return _message_answer(channel, event)
        case DeliveryReport(status=reported):
            data = {"type": "status", "channel_uuid": channel.id, "status": LETTERS.get(reported, "S")}
            return _answer("Status Update Accepted", data)
        case OptOut(address=address, at=at):
            data = {"type": "event", "channel_uuid": channel.id, "event_type": "stop_contact", "urn": f"tel:{address}"}
            return _answer("Event Accepted", {**data, "received_on": _stamp(at)})
        case UnreadableEvent(error=error):
            return _answer("Error", {"type": "error", "error": error.message}, 400)
    return _answer("Ignored", {"type": "info", "info": "nothing to do"})


def _message_answer(channel: ExternalChannel, message: InboundMessage) -> WebhookResponse:
    """`msg_uuid` is made up: the host has not stored the message yet, and gateways may insist on the field."""
    config = channel.config
    if config.mo_response:
        kind = config.mo_response_content_type or "text/plain; charset=utf-8"
        return WebhookResponse.plain(config.mo_response, content_type=kind)
    data = {
        "type": "msg",
        "channel_uuid": channel.id,
        "msg_uuid": str(UUID(bytes=channel.entropy(16), version=4)),
        "text": message.text,
        "urn": f"tel:{message.sender}",
        "received_on": _stamp(message.received_at),
    }
    return _answer("Message Accepted", data)


def _answer(message: str, data: Mapping[str, str | None], status: int = 200) -> WebhookResponse:
    return WebhookResponse.json({"message": message, "data": [data]}, status)


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
