"""Messages as operations 51, 30 and 01.

Source: "EMI-UCP Interface Specification", chapters on the operations of the 50 series and on XSer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...errors import InvalidMessage, Unsupported
from ...manifest import Capability
from ...messages import OutboundMessage
from ...parts import Part
from ...results import Reason
from ...smsc.local_time import rounded_up
from ...smsc.ucp import CallInput, MessageTransfer, Operation, Submit, UcpError, XSer, pack_originator, write_services
from ...smsc.ucp import write_stamp as stamp_of
from ...smsc.ucp.content import ALPHABETS, DCS, UDH
from ...smsc.user_data import dcs_of
from ...text import Encoding, UnencodableText
from .config import UcpChannel

__all__ = ["EXTRA", "FRAMES"]

EXTRA = ("priority", "rpid", "billing")
"""Of `OutboundMessage.extra`: PR 0 to 3, RPID four digits, and the hexadecimal billing identifier of XSer 0C."""

INTERNATIONAL, ALPHANUMERIC = "1139", "5039"
TEXT, TRANSPARENT = "3", "4"
TCP_IP = "0539"
BILLING = 0x0C
USER_DATA = 140
MINUTE = timedelta(minutes=1)


def submit(channel: UcpChannel, message: OutboundMessage, part: Part) -> Submit:
    """Operation 51."""
    config = channel.config
    oadc, otoa = _sender(channel, message)
    return Submit(
        _recipient(channel, message),
        oadc,
        ac=_code(channel),
        otoa=otoa,
        mms="" if part.last else "1",
        mcls="0" if message.flash else "",
        pr=str(message.extra.get("priority", "")),
        rpid=str(message.extra.get("rpid", "")),
        **_notification(channel, message, npid=config.notification_address is not None, nt=True),
        **_times(channel, message),
        **_content(channel, message, part),
    )


def transfer(channel: UcpChannel, message: OutboundMessage, part: Part) -> MessageTransfer:
    """Operation 30."""
    text = _short_text(channel, message, part)
    notification = _notification(channel, message, npid=True, nt=False)
    times = _times(channel, message)
    return MessageTransfer(
        _recipient(channel, message), _digits(channel, message), ac=_code(channel), msg=text, **notification, **times
    )


def call(channel: UcpChannel, message: OutboundMessage, part: Part) -> CallInput:
    """Operation 01."""
    text = _short_text(channel, message, part)
    if message.validity is not None or message.send_at is not None:
        raise Unsupported("operation 01 carries no times: set operation to 51 or 30", capability=Capability.SCHEDULING)
    return CallInput(_recipient(channel, message), _digits(channel, message), oac=_code(channel), mt=TEXT, msg=text)


FRAMES: Mapping[str, Callable[[UcpChannel, OutboundMessage, Part], Operation]] = {
    "51": submit,
    "30": transfer,
    "01": call,
}
"""By the channel's `operation`."""


def _recipient(channel: UcpChannel, message: OutboundMessage) -> str:
    number = channel.recipient_of(message)
    return f"{channel.config.recipient_prefix}{number}" if message.to.startswith("+") else number


def _sender(channel: UcpChannel, message: OutboundMessage) -> tuple[str, str]:
    """OAdC and OTOA: a short number, an international one, or packed characters."""
    sender = channel.sender_of(message, "plus")
    if sender.startswith("+"):
        return sender[1:], INTERNATIONAL
    if sender.isascii() and sender.isdigit():
        return sender, ""
    try:
        return pack_originator(sender), ALPHANUMERIC
    except (UcpError, UnencodableText) as error:
        raise InvalidMessage(f"the sender cannot be sent: {error}", Reason.INVALID_SENDER) from error


def _digits(channel: UcpChannel, message: OutboundMessage) -> str:
    oadc, otoa = _sender(channel, message)
    if otoa == ALPHANUMERIC:
        sentence = f"operation {channel.config.operation} carries no alphanumeric sender: set operation to 51"
        raise Unsupported(sentence, capability=Capability.ALPHANUMERIC_SENDER)
    return oadc


def _code(channel: UcpChannel) -> str:
    code = channel.config.authentication_code
    return code.get_secret_value() if code else ""


def _notification(channel: UcpChannel, message: OutboundMessage, *, npid: bool, nt: bool) -> dict[str, Any]:
    if not message.report:
        return {}
    config = channel.config
    wanted = {"nrq": "1", "nadc": config.notification_address or "", "npid": TCP_IP if npid else ""}
    return wanted | ({"nt": str(config.notifications)} if nt else {})


def _times(channel: UcpChannel, message: OutboundMessage) -> dict[str, Any]:
    """Whole minutes, rounded up, in the SMSC's local time."""
    zone = channel.config.zone

    def stamp(moment: datetime) -> str:
        return stamp_of(rounded_up(moment, MINUTE), zone)

    times = {} if message.send_at is None else {"dd": "1", "ddt": stamp(message.send_at)}
    return times | ({} if message.validity is None else {"vp": stamp(channel.clock() + message.validity)})


def _content(channel: UcpChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
    """MT, NB, the message, and what XSer says of it."""
    services = [XSer(UDH, part.udh)] if part.udh else []
    if part.data is None and part.encoding is Encoding.UCS2:
        services.append(XSer(DCS, bytes((dcs_of(Encoding.UCS2, 0 if message.flash else None),))))
    services += _billing(message)
    xser = write_services(services)
    if part.data is None and part.encoding is Encoding.GSM7:
        return {"mt": TEXT, "msg": _text(channel, part), "xser": xser}
    octets = part.text.encode("utf-16-be") if part.data is None else part.data
    if len(octets) + len(part.udh) > USER_DATA:
        sentence = f"{len(octets) + len(part.udh)} octets with the header are more than the {USER_DATA} of a message"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT)
    return {"mt": TRANSPARENT, "nb": str(8 * len(octets)), "msg": octets.hex().upper(), "xser": xser}


def _billing(message: OutboundMessage) -> list[XSer]:
    written = str(message.extra.get("billing", ""))
    try:
        return [XSer(BILLING, bytes.fromhex(written))] if written else []
    except ValueError:
        raise InvalidMessage("extra: billing is a hexadecimal text", Reason.INVALID_CONTENT) from None


def _text(channel: UcpChannel, part: Part) -> str:
    try:
        return ALPHABETS[channel.config.alphabet].encode(part.text).hex().upper()
    except UnencodableText as error:
        sentence = f"the text cannot be sent: {error}; with encoding='ucs2' it can"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT) from error


def _short_text(channel: UcpChannel, message: OutboundMessage, part: Part) -> str:
    asked = {
        Capability.BINARY: part.data is not None,
        Capability.UNICODE: part.encoding is Encoding.UCS2,
        Capability.FLASH: message.flash,
    }
    for capability in (name for name, wanted in asked.items() if wanted):
        sentence = f"operation {channel.config.operation} carries GSM texts only: set operation to 51"
        raise Unsupported(sentence, capability=capability)
    return _text(channel, part)
