"""UCP/EMI, sans-IO: operations and results as values, their octets, and a reader of the stream.

Sources: "EMI-UCP Interface Specification" (CMG, LogicaCMG, Acision; versions 3.5 to 5.2), and for the frame and the
operations 00 to 31 "ETS 300 133-3; Electromagnetic compatibility and Radio spectrum Matters (ERM); Enhanced Radio
MEssage System (ERMES); Part 3: Network aspects", https://www.etsi.org/deliver/etsi_i_ets/300133_/30013303/.
Field names are the specification's in lower case (AdC is `adc`). Every field is text as it travels, so that nothing a
peer writes is refused or lost; `content` and `codes` say what the texts mean.
"""

from .content import XSer, pack_originator, read_services, read_stamp, unpack_originator, write_services, write_stamp
from .frames import MAX_FRAME, Reader, UcpError, decode, encode
from .operations import (
    Ack,
    Alert,
    CallInput,
    CallInputToMany,
    CallInputWithServices,
    Delete,
    DeleteOutcome,
    Deliver,
    Frame,
    Inquiry,
    InquiryOutcome,
    ListManagement,
    MessageTransfer,
    Modify,
    Nack,
    Notification,
    Operation,
    Result,
    Session,
    ShortMessage,
    Submit,
    UnknownOperation,
)

__all__ = [
    "MAX_FRAME",
    "Ack",
    "Alert",
    "CallInput",
    "CallInputToMany",
    "CallInputWithServices",
    "Delete",
    "DeleteOutcome",
    "Deliver",
    "Frame",
    "Inquiry",
    "InquiryOutcome",
    "ListManagement",
    "MessageTransfer",
    "Modify",
    "Nack",
    "Notification",
    "Operation",
    "Reader",
    "Result",
    "Session",
    "ShortMessage",
    "Submit",
    "UcpError",
    "UnknownOperation",
    "XSer",
    "decode",
    "encode",
    "pack_originator",
    "read_services",
    "read_stamp",
    "unpack_originator",
    "write_services",
    "write_stamp",
]
