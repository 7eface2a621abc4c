"""Messages as operation 03.

Source: "CIMD Interface Specification" of the Nokia SMS Center, chapter on the submit message operation.
"""

from __future__ import annotations

import re
from typing import Any

from ...errors import InvalidMessage
from ...messages import OutboundMessage
from ...parts import Part
from ...results import Reason
from ...smsc.cimd import CONVERSIONS, Submit, write_relative
from ...smsc.user_data import dcs_of
from ...text import Encoding, UnencodableText
from .config import CimdChannel

__all__ = ["EXTRA", "submit"]

EXTRA = ("protocol", "reply_path", "cancel_enabled", "tariff", "service", "priority")
"""Of `OutboundMessage.extra`: the parameters 052, 055, 058, 064, 065 and 067, as numbers."""

USER_DATA = 140
ALPHANUMERIC = re.compile(r"[ -~]{1,11}")


def submit(channel: CimdChannel, message: OutboundMessage, part: Part) -> Submit:
    """One part, to one recipient: not every centre takes several."""
    prefix = channel.config.international_prefix if message.to.startswith("+") else ""
    options: dict[str, Any] = {name: str(message.extra[name]) for name in EXTRA if name in message.extra}
    return Submit(
        destination=f"{prefix}{channel.recipient_of(message)}",
        udh=part.udh.hex().upper() if part.udh else None,
        more_messages=None if part.last else "1",
        report_request=str(channel.config.reports if message.report else 0),
        **_originator(channel, message),
        **_times(channel, message),
        **_content(channel, message, part),
        **options,
    )


def _originator(channel: CimdChannel, message: OutboundMessage) -> dict[str, Any]:
    """023 without what the centre puts before it, or 027."""
    sender = channel.sender_of(message, "digits")
    if not (sender.isascii() and sender.isdigit()):
        if not ALPHANUMERIC.fullmatch(sender):
            sentence = "an alphanumeric sender has up to 11 printable ASCII characters in CIMD2"
            raise InvalidMessage(sentence, Reason.INVALID_SENDER)
        return {"alphanumeric_originator": sender}
    own = channel.config.account_number
    if not sender.startswith(own):
        sentence = f"the sender does not begin with {own}, the number of the account, which the centre puts before it"
        raise InvalidMessage(sentence, Reason.INVALID_SENDER)
    return {"originator": sender.removeprefix(own) or None}


def _times(channel: CimdChannel, message: OutboundMessage) -> dict[str, Any]:
    """Relative to now, so that the centre's clock and zone do not matter; rounded up to the steps of the scale."""
    times = {} if message.validity is None else {"relative_validity": write_relative(message.validity)}
    if message.send_at is None or message.send_at <= channel.clock():
        return times
    return times | {"relative_first_delivery": write_relative(message.send_at - channel.clock())}


def _content(channel: CimdChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
    """033 for text in GSM 7-bit, 034 for everything else, and the coding where it is not the default."""
    dcs = dcs_of(part.encoding, 0 if message.flash else None)
    coding = {"dcs": str(dcs)} if dcs else {}
    if part.data is None and part.encoding is Encoding.GSM7:
        return {"text": _text(channel, part), **coding}
    octets = part.text.encode("utf-16-be") if part.data is None else part.data
    if len(octets) + len(part.udh) > USER_DATA:
        sentence = f"{len(octets) + len(part.udh)} octets with the header are more than the {USER_DATA} of a message"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT)
    return {"binary": octets.hex().upper(), **coding}


def _text(channel: CimdChannel, part: Part) -> str:
    try:
        return CONVERSIONS[channel.config.user_data].write(part.text)
    except UnencodableText as error:
        sentence = f"the text cannot be sent: {error}; with encoding='ucs2' it can"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT) from error
