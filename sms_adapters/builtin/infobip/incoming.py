"""What Infobip pushes: batches of messages (MO_JSON_2, MO_MMS_2) and of reports (of the SMS API 3 and 2).

Sources: "Infobip SMS API", webhooks of the API description,
https://www.infobip.com/docs/api/channels/sms/logs-and-status-reports/receive-outbound-sms-message-report-v3,
https://www.infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages and
https://www.infobip.com/docs/api/channels/mms/receive-mms/receive-inbound-mms-messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import MalformedInbound
from ...kits.values import count_of, moment_of, object_of, objects_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, Media, UnreadableEvent
from ...results import Price, Status
from .config import InfobipChannel
from .statuses import reason_of, state_of

__all__ = ["event_of", "report_of"]


def event_of(channel: InfobipChannel, item: Any) -> InboundEvent:
    """The report or the message that an item of a batch is; one that is neither takes no other with it."""
    values = object_of(item)
    try:
        if "status" in values:
            return report_of(channel, values)
        return _message(channel, values)
    except MalformedInbound as error:
        return UnreadableEvent(error, values or {"item": item})


def report_of(channel: InfobipChannel, item: Mapping[str, Any]) -> DeliveryReport:
    """The report, in the names of either version or of a log."""
    own, callback_data = text_of(item.get("messageId")), text_of(item.get("callbackData"))
    if own is None and callback_data is None:
        raise MalformedInbound("the report has neither messageId nor callbackData")
    status, error = object_of(item.get("status")), object_of(item.get("error"))
    state, word = state_of(status)
    told = status if text_of(error.get("id")) in (None, "0") else error
    to = text_of(item.get("to")) or text_of(item.get("destination"))
    return DeliveryReport(
        state,
        id=own,
        message_id=callback_data,
        word=word,
        code=text_of(told.get("id")),
        description=_words(status, told),
        reason=reason_of(status, error) if state.final and state is not Status.DELIVERED else None,
        recipient=channel.number(to) if to else None,
        at=moment_of(item.get("doneAt")),
        price=_price(item),
        raw=item,
    )


def _words(status: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    """The names of status and error, which have ids of their own each, and what the more telling one says."""
    names = dict.fromkeys(text_of(values.get("name")) for values in (status, told))
    found = [", ".join(name for name in names if name), text_of(told.get("description"))]
    return ": ".join(text for text in found if text) or None


def _price(item: Mapping[str, Any]) -> Price | None:
    """The price of all segments: Infobip tells that of one."""
    price = object_of(item.get("price"))
    one = price_of(price.get("pricePerMessage"), price.get("currency"))
    count = count_of(item.get("messageCount")) or count_of(item.get("smsCount")) or 1
    return one and Price(one.amount * count, one.currency)


def _message(channel: InfobipChannel, item: Mapping[str, Any]) -> InboundMessage:
    """A text with its keyword, or the segments of an MMS."""
    sender, to = text_of(item.get("from")), text_of(item.get("to"))
    if sender is None:
        raise MalformedInbound("the item has neither a status nor a sender")
    segments = objects_of(item.get("message"))
    texts = [text_of(item.get("text")), *(text_of(segment.get("value")) for segment in segments)]
    urls = [(text_of(segment.get("url")), text_of(segment.get("contentType"))) for segment in segments]
    return InboundMessage(
        channel.number(sender),
        "\n".join(text for text in texts if text),
        to=channel.number(to) if to else None,
        id=text_of(item.get("messageId")),
        received_at=moment_of(item.get("receivedAt")),
        media=tuple(Media(url, kind) for url, kind in urls if url),
        raw=item,
    )
