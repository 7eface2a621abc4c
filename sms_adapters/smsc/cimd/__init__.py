"""CIMD2, sans-IO: packets as values, their octets, a reader of the stream, and the conversion of user data.

Source: "CIMD Interface Specification" of the Nokia SMS Center, releases 7.0 to 8.1, and of the Nokia Siemens Networks
SMSC release 11, of which operators publish copies. Every parameter is text as it travels, so that nothing a peer writes
is refused or lost; `content`, `user_data` and `codes` say what the texts mean.
"""

from .content import number_of, octets_of, read_relative, read_stamp, write_relative, write_stamp
from .frames import MAX_FRAME, CimdError, Reader, decode, encode
from .packets import (
    Alive,
    AliveResponse,
    Cancel,
    CancelResponse,
    Deliver,
    DeliverResponse,
    DeliveryRequest,
    DeliveryRequestResponse,
    Enquiry,
    EnquiryResponse,
    GeneralError,
    Get,
    GetResponse,
    Login,
    LoginResponse,
    Logout,
    LogoutResponse,
    Nack,
    Set,
    SetResponse,
    StatusReport,
    StatusReportResponse,
    Submit,
    SubmitResponse,
    UnknownPacket,
    response_class,
)
from .parameters import Packet, Request, Response
from .user_data import CONVERSIONS, Conversion

__all__ = [
    "CONVERSIONS",
    "MAX_FRAME",
    "Alive",
    "AliveResponse",
    "Cancel",
    "CancelResponse",
    "CimdError",
    "Conversion",
    "Deliver",
    "DeliverResponse",
    "DeliveryRequest",
    "DeliveryRequestResponse",
    "Enquiry",
    "EnquiryResponse",
    "GeneralError",
    "Get",
    "GetResponse",
    "Login",
    "LoginResponse",
    "Logout",
    "LogoutResponse",
    "Nack",
    "Packet",
    "Reader",
    "Request",
    "Response",
    "Set",
    "SetResponse",
    "StatusReport",
    "StatusReportResponse",
    "Submit",
    "SubmitResponse",
    "UnknownPacket",
    "decode",
    "encode",
    "number_of",
    "octets_of",
    "read_relative",
    "read_stamp",
    "response_class",
    "write_relative",
    "write_stamp",
]
