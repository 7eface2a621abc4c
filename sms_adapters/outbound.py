"""What is checked about a message before any exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import InvalidMessage, Unsupported
from .manifest import Capability
from .messages import Media
from .phone import InvalidNumber, is_e164, parse_recipient, parse_sender
from .results import Reason
from .text import transliterate
from .text.gsm7 import fits

if TYPE_CHECKING:
    from .channel import AnyChannel
    from .messages import OutboundMessage

__all__ = ["ASKED", "prepare"]

_DAY = timedelta(days=1)

ASKED: tuple[tuple[Capability, Callable[[OutboundMessage], bool]], ...] = (
    (Capability.MEDIA, lambda message: bool(message.media)),
    (Capability.BINARY, lambda message: message.data is not None or message.udh is not None),
    (Capability.FLASH, lambda message: message.flash),
    (Capability.VALIDITY, lambda message: message.validity is not None),
    (Capability.SCHEDULING, lambda message: message.send_at is not None),
    (Capability.QUICK_REPLIES, lambda message: bool(message.quick_replies)),
    (Capability.UNICODE, lambda message: message.encoding == "ucs2"),
)
"""What a message asks for that not every aggregator offers."""


def prepare(channel: AnyChannel, message: OutboundMessage) -> OutboundMessage:
    """The message with its numbers normalised; InvalidMessage or Unsupported if it cannot be sent as it is."""
    _check_types(message)
    _check_content(message)
    if not _plain(message):
        _check_times(channel, message)
        for capability, asks in ASKED:
            if asks(message) and not channel.manifest.offers(capability):
                raise Unsupported(f"{channel.adapter!r} does not offer {capability}", capability=capability)
    to, sender = message.to, message.sender
    if not is_e164(to):
        to = _number(parse_recipient, to, channel.country, Reason.INVALID_RECIPIENT)
    if sender is not None:
        sender = _number(parse_sender, sender, channel.country, Reason.INVALID_SENDER)
    _check_sender(channel, message)
    if to == message.to and sender == message.sender:
        return message
    return replace(message, to=to, sender=sender)


def _check_types(message: OutboundMessage) -> None:
    """InvalidMessage for a value that is none of its field's: an adapter would trip over it, and get the blame."""
    if type(message.to) is type(message.text) is type(message.id) is str and not (message.sender or message.media):
        return
    for name in ("to", "text", "id", "sender", "encoding"):
        value = getattr(message, name)
        if not (isinstance(value, str) or (value is None and name in ("sender", "encoding"))):
            reason = {"to": Reason.INVALID_RECIPIENT, "sender": Reason.INVALID_SENDER}.get(name, Reason.INVALID_CONTENT)
            raise InvalidMessage(f"the message's {name} is {type(value).__name__}, not text", reason)
    strange = next((item for item in message.media if not _is_media(item)), None)
    if strange is not None:
        raise InvalidMessage(f"media are Media(url), not {type(strange).__name__}", Reason.INVALID_CONTENT)


def _is_media(item: object) -> bool:
    return isinstance(item, Media) and isinstance(item.url, str)


def _check_times(channel: AnyChannel, message: OutboundMessage) -> None:
    """InvalidMessage for times beyond what a calendar has, whatever zone an aggregator wants them in."""
    try:
        if message.validity is not None:
            channel.clock() + message.validity + _DAY
        if message.send_at is not None:
            _ = message.send_at - _DAY, message.send_at + _DAY
    except OverflowError:
        raise InvalidMessage("validity or send_at is beyond the year 9999", Reason.INVALID_CONTENT) from None


@lru_cache(maxsize=1024)
def _is_name(sender: str) -> bool:
    """Whether a sender is alphanumeric."""
    return not sender.startswith("+") and not sender.isdigit() and any(map(str.isalpha, sender))


def _check_sender(channel: AnyChannel, message: OutboundMessage) -> None:
    sender = message.sender or channel.address
    if sender and _is_name(sender):
        capability = Capability.ALPHANUMERIC_SENDER
        if not channel.manifest.offers(capability):
            raise Unsupported(f"{channel.adapter!r} does not offer {capability}", capability=capability)


def _plain(message: OutboundMessage) -> bool:
    """Whether the message asks for nothing but its text: nearly all do, so `ASKED` is not gone through for them."""
    asked = message.media or message.flash or message.quick_replies or message.encoding
    timed = message.validity is not None or message.send_at is not None
    return not (asked or timed or message.data is not None or message.udh is not None)


def _number(parse: Callable[..., object], raw: str, country: str | None, reason: Reason) -> str:
    try:
        return str(parse(raw, country))
    except InvalidNumber as error:
        raise InvalidMessage(str(error), reason) from None


def _check_content(message: OutboundMessage) -> None:
    if not (message.text or message.media or message.data):
        raise InvalidMessage("the message is empty: it has neither text, media nor data", Reason.INVALID_CONTENT)
    if message.text and message.data is not None:
        raise InvalidMessage("a message has either text or data, not both", Reason.INVALID_CONTENT)
    if message.udh is not None and message.data is None:
        raise InvalidMessage("a user data header goes with data, not with a text", Reason.INVALID_CONTENT)
    if message.send_at is not None and message.send_at.tzinfo is None:
        raise InvalidMessage("send_at has no time zone", Reason.INVALID_CONTENT)
    if message.encoding is not None:
        _check_encoding(message)
    if not (message.text.isascii() and message.id.isascii()) or message.quick_replies or message.media or message.extra:
        _check_texts(message)


def _check_texts(message: OutboundMessage) -> None:
    urls = (item.url for item in message.media)
    for text in (message.text, message.id, *message.quick_replies, *urls, *_texts(message.extra)):
        check_text(text)


def _texts(value: Any) -> Iterator[str]:
    """Every text in an adapter's own options."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _check_encoding(message: OutboundMessage) -> None:
    if message.encoding not in ("gsm7", "ucs2"):
        raise InvalidMessage(f"encoding is {message.encoding!r}, not gsm7 or ucs2", Reason.INVALID_CONTENT)
    if message.encoding == "gsm7" and not fits(message.text):
        text = transliterate(message.text) if message.transliterate else message.text
        if not fits(text):
            raise InvalidMessage("the text does not fit in GSM 7-bit, which was asked for", Reason.INVALID_CONTENT)


def check_text(text: str) -> None:
    """InvalidMessage for a lone surrogate: it has no encoding in any protocol."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        sentence = f"a text of the message has a lone surrogate at index {error.start}; it cannot be encoded"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT) from None
