"""PDUs that carry messages and ask after them.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 4.4 to 4.10 and 4.12, https://smpp.org/.
"""

from __future__ import annotations

from dataclasses import dataclass

from .base import Pdu
from .layout import Destination, Failure, destinations, failures, message, octet, text

__all__ = [
    "Accepted",
    "AlertNotification",
    "CancelSm",
    "CancelSmResp",
    "DataSm",
    "DataSmResp",
    "DeliverSm",
    "DeliverSmResp",
    "Message",
    "QuerySm",
    "QuerySmResp",
    "ReplaceSm",
    "ReplaceSmResp",
    "SubmitMulti",
    "SubmitMultiResp",
    "SubmitSm",
    "SubmitSmResp",
]


@dataclass(slots=True)
class Message(Pdu):
    """What submit_sm and deliver_sm share."""

    service_type: str = text(6)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    dest_addr_ton: int = octet()
    dest_addr_npi: int = octet()
    destination_addr: str = text(21)
    esm_class: int = octet()
    protocol_id: int = octet()
    priority_flag: int = octet()
    schedule_delivery_time: str = text(17)
    validity_period: str = text(17)
    registered_delivery: int = octet()
    replace_if_present_flag: int = octet()
    data_coding: int = octet()
    sm_default_msg_id: int = octet()
    short_message: bytes = message()


class SubmitSm(Message):
    """A message for the SMSC to deliver."""

    __slots__ = ()
    COMMAND = 0x00000004


class DeliverSm(Message):
    """A message, or a receipt, from the SMSC."""

    __slots__ = ()
    COMMAND = 0x00000005


@dataclass(slots=True)
class Accepted(Pdu):
    """Answers of a message id."""

    message_id: str | None = text(65)


class SubmitSmResp(Accepted):
    """Answers submit_sm."""

    __slots__ = ()
    COMMAND = 0x80000004


class DeliverSmResp(Accepted):
    """Answers deliver_sm; its message_id is empty."""

    __slots__ = ()
    COMMAND = 0x80000005


@dataclass(slots=True)
class DataSm(Pdu):
    """A message in either direction, its text in message_payload."""

    COMMAND = 0x00000103

    service_type: str = text(6)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(65)
    dest_addr_ton: int = octet()
    dest_addr_npi: int = octet()
    destination_addr: str = text(65)
    esm_class: int = octet()
    registered_delivery: int = octet()
    data_coding: int = octet()


class DataSmResp(Accepted):
    """Answers data_sm."""

    __slots__ = ()
    COMMAND = 0x80000103


@dataclass(slots=True)
class SubmitMulti(Pdu):
    """A message for up to 254 addresses or distribution lists."""

    COMMAND = 0x00000021

    service_type: str = text(6)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    dest_address: tuple[Destination, ...] = destinations()
    esm_class: int = octet()
    protocol_id: int = octet()
    priority_flag: int = octet()
    schedule_delivery_time: str = text(17)
    validity_period: str = text(17)
    registered_delivery: int = octet()
    replace_if_present_flag: int = octet()
    data_coding: int = octet()
    sm_default_msg_id: int = octet()
    short_message: bytes = message()


@dataclass(slots=True)
class SubmitMultiResp(Pdu):
    """Answers submit_multi, with the recipients refused."""

    COMMAND = 0x80000021

    message_id: str | None = text(65)
    unsuccess_sme: tuple[Failure, ...] = failures()


@dataclass(slots=True)
class QuerySm(Pdu):
    """Asks what became of a message."""

    COMMAND = 0x00000003

    message_id: str = text(65)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)


@dataclass(slots=True)
class QuerySmResp(Pdu):
    """Answers query_sm."""

    COMMAND = 0x80000003

    message_id: str | None = text(65)
    final_date: str = text(17)
    message_state: int = octet()
    error_code: int = octet()


@dataclass(slots=True)
class CancelSm(Pdu):
    """Withdraws a message, or without an id all that match."""

    COMMAND = 0x00000008

    service_type: str = text(6)
    message_id: str = text(65)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    dest_addr_ton: int = octet()
    dest_addr_npi: int = octet()
    destination_addr: str = text(21)


class CancelSmResp(Pdu):
    """Answers cancel_sm."""

    __slots__ = ()
    COMMAND = 0x80000008


@dataclass(slots=True)
class ReplaceSm(Pdu):
    """Changes a message that is not delivered yet."""

    COMMAND = 0x00000007

    message_id: str = text(65)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    schedule_delivery_time: str = text(17)
    validity_period: str = text(17)
    registered_delivery: int = octet()
    sm_default_msg_id: int = octet()
    short_message: bytes = message()


class ReplaceSmResp(Pdu):
    """Answers replace_sm."""

    __slots__ = ()
    COMMAND = 0x80000007


@dataclass(slots=True)
class AlertNotification(Pdu):
    """A handset that could not be reached is there again; not answered."""

    COMMAND = 0x00000102

    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(65)
    esme_addr_ton: int = octet()
    esme_addr_npi: int = octet()
    esme_addr: str = text(65)
