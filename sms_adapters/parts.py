"""Who splits a text: the parts that an adapter submits one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._quick import quick
from .errors import InvalidMessage
from .manifest import Splitting
from .results import Reason
from .text import Encoding, TextPlan, concatenation_header, graphemes, plan, transliterate
from .text.gsm7 import fits, septets

if TYPE_CHECKING:
    from .channel import AnyChannel
    from .messages import OutboundMessage

__all__ = ["Part", "chunks", "parts_of", "plan_of"]


@quick
@dataclass(frozen=True, slots=True)
class Part:
    """One submission: `number` counts from 1 to `total`.

    `encoding` is the one the text needs. `udh` is the user data header to send with it, length octet included; empty
    where there is none. `data` is set for a binary message instead of `text`.
    """

    text: str
    number: int = 1
    total: int = 1
    encoding: Encoding = Encoding.GSM7
    udh: bytes = b""
    data: bytes | None = None

    @property
    def last(self) -> bool:
        """Whether no other part follows."""
        return self.number == self.total


def plan_of(message: OutboundMessage) -> TextPlan:
    """The plan of a message's text; InvalidMessage for a text that cannot be sent."""
    try:
        encoding = Encoding(message.encoding) if message.encoding else None
        return plan(message.text, encoding=encoding, transliterate=message.transliterate)
    except ValueError as error:
        raise InvalidMessage(f"the text cannot be sent: {error}", Reason.INVALID_CONTENT) from error


def parts_of(
    channel: AnyChannel,
    message: OutboundMessage,
    *,
    max_chars: int = 0,
    max_segments: int = 0,
    splits: Splitting | None = None,
) -> tuple[Part, ...]:
    """The submissions that `message` needs by the manifest's text rules, or by what replaces them here."""
    if message.data is not None:
        return (Part("", encoding=Encoding.BINARY, udh=message.udh or b"", data=message.data),)
    rules = channel.manifest.text
    text = _wanted(message)
    limit = max_chars or rules.max_chars
    splits = splits or rules.splits
    if splits is Splitting.AGGREGATOR:
        if most := max_segments or rules.max_segments:
            return _grouped(message, most)
        return _numbered(list(chunks(text, limit)) if limit else [text])
    if splits is Splitting.SEPARATE:
        return _numbered(list(chunks(text, limit))) if limit else _numbered(list(_singles(text)))
    return _with_headers(message, text)


def _wanted(message: OutboundMessage) -> str:
    if message.transliterate:
        replaced = transliterate(message.text)
        return replaced if fits(replaced) else message.text
    return message.text


def _numbered(texts: list[str]) -> tuple[Part, ...]:
    if len(texts) == 1:
        return (Part(texts[0], 1, 1, Encoding.GSM7 if fits(texts[0]) else Encoding.UCS2),)
    return tuple(
        Part(text, number, len(texts), Encoding.GSM7 if fits(text) else Encoding.UCS2)
        for number, text in enumerate(texts, 1)
    )


def _grouped(message: OutboundMessage, most: int) -> tuple[Part, ...]:
    """As many segments in each part as the aggregator makes of one request."""
    planned = plan_of(message)
    starts = range(0, planned.count, most)
    texts = ["".join(item.text for item in planned.segments[at : at + most]) for at in starts]
    return tuple(Part(text, number, len(texts), planned.encoding) for number, text in enumerate(texts, 1))


def _with_headers(message: OutboundMessage, text: str) -> tuple[Part, ...]:
    """Parts with a concatenation header whose reference is taken from the message's id, so that a replay agrees."""
    planned = plan_of(message)
    if planned.count == 1:
        return (Part(text, encoding=planned.encoding),)
    reference, total = sum(message.id.encode()) % 256, planned.count
    return tuple(
        Part(segment.text, number, total, planned.encoding, concatenation_header(reference, total, number))
        for number, segment in enumerate(planned.segments, 1)
    )


def _singles(text: str) -> Iterator[str]:
    """Pieces that each fit in one segment of their own."""
    wide = not fits(text)
    while text:
        cost, room, end = 0, 70 if wide else 160, 0
        while end < len(text) and (cost := cost + _units(text[end], wide=wide)) <= room:
            end += 1
        piece = next(chunks(text, end)) if end < len(text) else text
        yield piece
        text = text[len(piece) :]


def _units(character: str, *, wide: bool) -> int:
    return 1 + (character > "\uffff") if wide else septets(character)


def chunks(text: str, limit: int) -> Iterator[str]:
    """Pieces of at most `limit` characters, cut after a space in the last fifth if there is one, not in a grapheme."""
    start = 0
    while len(text) - start > limit:
        end = graphemes.cluster_start(text, start + limit, start)
        end = end if end > start else start + limit
        space = text.rfind(" ", start + limit - limit // 5, end)
        end = space + 1 if space > start else end
        yield text[start:end]
        start = end
    yield text[start:]
