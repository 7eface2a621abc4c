"""What a message PDU carries: a user data header, and what follows it.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 5.2.12 and 5.3.2.32, https://smpp.org/.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...text import MalformedHeader, UserDataHeader, parse_header
from .base import Pdu

__all__ = ["UDHI", "Content", "content_of"]

UDHI = 0x40
"""The bit of esm_class that says that a user data header begins the content."""


@dataclass(frozen=True, slots=True)
class Content:
    """`udh` is the header's octets with the length octet, empty where there is none; `octets` is the rest."""

    udh: bytes
    octets: bytes
    header: UserDataHeader | None = None


def content_of(pdu: Pdu) -> Content:
    """The content of short_message, or of message_payload where that is empty.

    A header that is none is left in the octets: what was announced wrongly is not lost.
    """
    octets = getattr(pdu, "short_message", b"")
    payload = pdu.tlv("message_payload")
    if not octets and isinstance(payload, bytes):
        octets = payload
    if getattr(pdu, "esm_class", 0) & UDHI:
        try:
            header = parse_header(octets)
        except MalformedHeader:
            return Content(b"", octets)
        return Content(octets[: header.length], octets[header.length :], header)
    return Content(b"", octets)
