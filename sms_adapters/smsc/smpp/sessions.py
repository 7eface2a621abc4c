"""PDUs that begin, hold and end a session.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 4.1, 4.2, 4.3 and 4.11, https://smpp.org/.
"""

from __future__ import annotations

from dataclasses import dataclass

from .base import Pdu
from .layout import octet, text

__all__ = [
    "BindReceiver",
    "BindReceiverResp",
    "BindTransceiver",
    "BindTransceiverResp",
    "BindTransmitter",
    "BindTransmitterResp",
    "EnquireLink",
    "EnquireLinkResp",
    "GenericNack",
    "Outbind",
    "Unbind",
    "UnbindResp",
]

# The specification has 15 and 8 characters; there are SMSCs that give out longer names and passwords and ask for them.
_LONG = 65


@dataclass(slots=True)
class _Bind(Pdu):
    """What the three binds share."""

    system_id: str = text(_LONG)
    password: str = text(_LONG, secret=True)
    system_type: str = text(13)
    interface_version: int = octet(0x34)
    addr_ton: int = octet()
    addr_npi: int = octet()
    address_range: str = text(41)


class BindReceiver(_Bind):
    """Asks for a session that only receives."""

    __slots__ = ()
    COMMAND = 0x00000001


class BindTransmitter(_Bind):
    """Asks for a session that only submits."""

    __slots__ = ()
    COMMAND = 0x00000002


class BindTransceiver(_Bind):
    """Asks for a session that does both (3.4 on)."""

    __slots__ = ()
    COMMAND = 0x00000009


@dataclass(slots=True)
class _BindResp(Pdu):
    """What the answers to the three share; `status` says why it was refused."""

    system_id: str | None = text(_LONG)


class BindReceiverResp(_BindResp):
    """Answers bind_receiver."""

    __slots__ = ()
    COMMAND = 0x80000001


class BindTransmitterResp(_BindResp):
    """Answers bind_transmitter."""

    __slots__ = ()
    COMMAND = 0x80000002


class BindTransceiverResp(_BindResp):
    """Answers bind_transceiver."""

    __slots__ = ()
    COMMAND = 0x80000009


@dataclass(slots=True)
class Outbind(Pdu):
    """The SMSC has called, and asks to be bound to as a receiver."""

    COMMAND = 0x0000000B

    system_id: str = text(_LONG)
    password: str = text(_LONG, secret=True)


class Unbind(Pdu):
    """Ends the session; either side may."""

    __slots__ = ()
    COMMAND = 0x00000006


class UnbindResp(Pdu):
    """Answers unbind."""

    __slots__ = ()
    COMMAND = 0x80000006


class EnquireLink(Pdu):
    """Asks whether the other side is there."""

    __slots__ = ()
    COMMAND = 0x00000015


class EnquireLinkResp(Pdu):
    """Answers enquire_link."""

    __slots__ = ()
    COMMAND = 0x80000015


class GenericNack(Pdu):
    """Answers what is no PDU, or none that is known."""

    __slots__ = ()
    COMMAND = 0x80000000
