"""PDUs that only one version has: broadcasts of 5.0, and three queries of 3.3.

Sources: "SMPP Protocol Specification v5.0" (SMS Forum), section 4.4, https://smpp.org/; those of 3.3 are laid out as in
its client library smppapi, https://sourceforge.net/projects/smppapi/.
"""

from __future__ import annotations

from dataclasses import dataclass

from .base import Pdu
from .layout import Destination, destinations, message, message_ids, octet, text

__all__ = [
    "BroadcastSm",
    "BroadcastSmResp",
    "CancelBroadcastSm",
    "CancelBroadcastSmResp",
    "ParamRetrieve",
    "ParamRetrieveResp",
    "QueryBroadcastSm",
    "QueryBroadcastSmResp",
    "QueryLastMsgs",
    "QueryLastMsgsResp",
    "QueryMsgDetails",
    "QueryMsgDetailsResp",
]


@dataclass(slots=True)
class BroadcastSm(Pdu):
    """A message for all handsets in an area; the text is in message_payload."""

    COMMAND = 0x00000111

    service_type: str = text(6)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    message_id: str = text(65)
    priority_flag: int = octet()
    schedule_delivery_time: str = text(17)
    validity_period: str = text(17)
    replace_if_present_flag: int = octet()
    data_coding: int = octet()
    sm_default_msg_id: int = octet()


@dataclass(slots=True)
class BroadcastSmResp(Pdu):
    """Answers broadcast_sm."""

    COMMAND = 0x80000111

    message_id: str | None = text(65)


@dataclass(slots=True)
class QueryBroadcastSm(Pdu):
    """Asks what became of a broadcast."""

    COMMAND = 0x00000112

    message_id: str = text(65)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)


@dataclass(slots=True)
class QueryBroadcastSmResp(Pdu):
    """Answers query_broadcast_sm; the state and the areas are optional parameters."""

    COMMAND = 0x80000112

    message_id: str | None = text(65)


@dataclass(slots=True)
class CancelBroadcastSm(Pdu):
    """Withdraws a broadcast."""

    COMMAND = 0x00000113

    service_type: str = text(6)
    message_id: str = text(65)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)


class CancelBroadcastSmResp(Pdu):
    """Answers cancel_broadcast_sm."""

    __slots__ = ()
    COMMAND = 0x80000113


@dataclass(slots=True)
class ParamRetrieve(Pdu):
    """Asks for a parameter of the SMSC."""

    COMMAND = 0x00000022

    param_name: str = text(32)


@dataclass(slots=True)
class ParamRetrieveResp(Pdu):
    """Answers param_retrieve."""

    COMMAND = 0x80000022

    param_value: str | None = text(101)


@dataclass(slots=True)
class QueryLastMsgs(Pdu):
    """Asks for the ids of the last messages of a sender."""

    COMMAND = 0x00000023

    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    number_of_messages: int = octet()


@dataclass(slots=True)
class QueryLastMsgsResp(Pdu):
    """Answers query_last_msgs."""

    COMMAND = 0x80000023

    message_ids: tuple[str, ...] | None = message_ids()


@dataclass(slots=True)
class QueryMsgDetails(Pdu):
    """Asks for a message with up to `sm_length` octets of its text."""

    COMMAND = 0x00000024

    message_id: str = text(65)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    sm_length: int = octet()


@dataclass(slots=True)
class QueryMsgDetailsResp(Pdu):
    """Answers query_msg_details."""

    COMMAND = 0x80000024

    service_type: str | None = text(6)
    source_addr_ton: int = octet()
    source_addr_npi: int = octet()
    source_addr: str = text(21)
    dest_address: tuple[Destination, ...] = destinations()
    protocol_id: int = octet()
    priority_flag: int = octet()
    schedule_delivery_time: str = text(17)
    validity_period: str = text(17)
    registered_delivery: int = octet()
    data_coding: int = octet()
    short_message: bytes = message()
    message_id: str = text(65)
    final_date: str = text(17)
    message_state: int = octet()
    error_code: int = octet()
