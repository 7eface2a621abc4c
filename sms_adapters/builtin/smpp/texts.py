"""Texts as an SMSC takes them: how they are cut, and the octets of a part.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 5.2.19 and 5.2.21, https://smpp.org/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...errors import InvalidMessage
from ...manifest import Splitting
from ...messages import OutboundMessage
from ...parts import Part, chunks, parts_of
from ...results import Reason
from ...smsc.smpp.codings import GSM7, PACKED, UCS2, encode_text
from ...text import Encoding, UnencodableText, concatenation_header, gsm7
from .config import SmppChannel

__all__ = ["USER_DATA", "content", "flash_coding", "parts", "room_of"]

USER_DATA, SEPTETS = 140, 160
HEADER, MOST_PARTS = 6, 255


def parts(channel: SmppChannel, message: OutboundMessage) -> Sequence[Part]:
    """The submissions: whole if the SMSC splits, otherwise by segments, of which each gets a header or parameters."""
    whole = channel.config.splitting == "payload"
    splits = Splitting.AGGREGATOR if whole else Splitting.UDH
    if _in_alphabet(channel, message):
        return _by_octets(channel, message, whole=whole)
    split = parts_of(channel, message, splits=splits)
    if _septets(channel, message) or all(_fits(channel, part) for part in split):
        return split
    return parts_of(channel, replace(message, encoding="ucs2"), splits=splits)


def flash_coding(channel: SmppChannel, message: OutboundMessage) -> bool:
    """Whether data_coding says the class: it then names the alphabet as GSM does, whatever the operator's is."""
    return message.flash and channel.config.flash == "data_coding"


def _septets(channel: SmppChannel, message: OutboundMessage) -> bool:
    return channel.config.alphabet in (GSM7, PACKED) or flash_coding(channel, message)


def _in_alphabet(channel: SmppChannel, message: OutboundMessage) -> bool:
    """Whether a text beyond the GSM alphabet goes in the operator's."""
    if channel.config.beyond_gsm == "ucs2" or message.data is not None or message.encoding or message.transliterate:
        return False
    text = message.text
    return not _septets(channel, message) and not gsm7.fits(text) and _encodable(text, channel.config.alphabet)


def _by_octets(channel: SmppChannel, message: OutboundMessage, *, whole: bool) -> tuple[Part, ...]:
    """Parts in the operator's alphabet, counted in its octets; their `encoding` says that it is his."""
    text, alphabet = message.text, channel.config.alphabet
    if whole or len(encode_text(text, alphabet)) <= USER_DATA:
        return (Part(text),)
    pieces: list[str] = []
    while text:
        room = limit = USER_DATA - HEADER
        while len(octets := encode_text(next(chunks(text, limit)), alphabet)) > room:
            limit = max(1, min(limit - 1, limit * room // len(octets)))
        pieces.append(next(chunks(text, limit)))
        text = text[len(pieces[-1]) :]
    reference, total = sum(message.id.encode()) % 256, len(pieces)
    if total > MOST_PARTS:
        raise InvalidMessage(f"{total} parts: at most {MOST_PARTS} make a message", Reason.INVALID_CONTENT)
    return tuple(
        Part(piece, number, total, udh=concatenation_header(reference, total, number))
        for number, piece in enumerate(pieces, 1)
    )


def _fits(channel: SmppChannel, part: Part) -> bool:
    """Whether a text that is in the GSM alphabet is in the operator's as well."""
    if part.data is not None or part.encoding is not Encoding.GSM7:
        return True
    return _encodable(part.text, channel.config.alphabet)


def _encodable(text: str, alphabet: str) -> bool:
    try:
        encode_text(text, alphabet)
    except (UnicodeEncodeError, UnencodableText):
        return False
    return True


def room_of(channel: SmppChannel, part: Part) -> int:
    """Octets of one message in short_message: 160 where each is a septet, else 140."""
    septets = part.data is None and part.encoding is Encoding.GSM7 and channel.config.alphabet != PACKED
    return SEPTETS if septets and gsm7.fits(part.text) else USER_DATA


def content(channel: SmppChannel, message: OutboundMessage, part: Part, header_octets: int) -> bytes:
    """The octets of a part behind a header of so many."""
    if part.data is not None:
        return part.data
    alphabet = UCS2 if part.encoding is Encoding.UCS2 else channel.config.alphabet
    if part.encoding is Encoding.GSM7 and alphabet != PACKED and flash_coding(channel, message):
        alphabet = GSM7
    return encode_text(part.text, alphabet, header_octets=header_octets if alphabet == PACKED else 0)
