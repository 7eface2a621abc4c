"""command_status: the name and words of the specifications, and what each means for a message.

Sources: "Short Message Peer to Peer Protocol Specification v3.4", section 5.1.3, and "SMPP Protocol Specification
v5.0", section 4.7.6, https://smpp.org/. Codes 400 to 4FF hex are the operator's own. What to do about a code is not in
the specifications; where it matters the comment says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...results import Reason
from ..dialects import OK, Outcome, Verdict
from .base import Pdu
from .sessions import BindReceiverResp, BindTransceiverResp, BindTransmitterResp, GenericNack

__all__ = ["STATUSES", "CommandStatus", "outcome_of", "status_words"]

_REFUSED, _TEMPORARY, _THROTTLED = Verdict.REFUSED, Verdict.TEMPORARY, Verdict.THROTTLED
_AUTH, _SESSION, _DEFECT = Verdict.AUTH, Verdict.SESSION, Verdict.DEFECT
_TO, _FROM, _CONTENT, _ANY = Reason.INVALID_RECIPIENT, Reason.INVALID_SENDER, Reason.INVALID_CONTENT, Reason.UNKNOWN


class CommandStatus(NamedTuple):
    """One code: its name without ESME_, its words, and what it says of a request."""

    name: str
    words: str
    verdict: Verdict
    reason: Reason = Reason.UNKNOWN


STATUSES: dict[int, CommandStatus] = {
    0x00: CommandStatus("ROK", "No Error", Verdict.OK),
    0x01: CommandStatus("RINVMSGLEN", "Message Length is invalid", _REFUSED, _CONTENT),
    0x02: CommandStatus("RINVCMDLEN", "Command Length is invalid", _DEFECT),
    0x03: CommandStatus("RINVCMDID", "Invalid Command ID", _DEFECT),
    0x04: CommandStatus("RINVBNDSTS", "Incorrect BIND Status for given command", _SESSION),
    0x05: CommandStatus("RALYBND", "ESME Already in Bound State", _SESSION),
    0x06: CommandStatus("RINVPRTFLG", "Invalid Priority Flag", _REFUSED),
    0x07: CommandStatus("RINVREGDLVFLG", "Invalid Registered Delivery Flag", _REFUSED),
    0x08: CommandStatus("RSYSERR", "System Error", _TEMPORARY),
    0x0A: CommandStatus("RINVSRCADR", "Invalid Source Address", _REFUSED, _FROM),
    0x0B: CommandStatus("RINVDSTADR", "Invalid Dest Addr", _REFUSED, _TO),
    0x0C: CommandStatus("RINVMSGID", "Message ID is invalid", _REFUSED),
    # Refused credentials have codes of their own; this one is mostly said of too many binds, which passes.
    0x0D: CommandStatus("RBINDFAIL", "Bind Failed", _TEMPORARY),
    0x0E: CommandStatus("RINVPASWD", "Invalid Password", _AUTH),
    0x0F: CommandStatus("RINVSYSID", "Invalid System ID", _AUTH),
    0x11: CommandStatus("RCANCELFAIL", "Cancel SM Failed", _REFUSED),
    0x13: CommandStatus("RREPLACEFAIL", "Replace SM Failed", _REFUSED),
    0x14: CommandStatus("RMSGQFUL", "Message Queue Full", _THROTTLED),
    0x15: CommandStatus("RINVSERTYP", "Invalid Service Type", _REFUSED),
    0x33: CommandStatus("RINVNUMDESTS", "Invalid number of destinations", _DEFECT),
    0x34: CommandStatus("RINVDLNAME", "Invalid Distribution List name", _REFUSED, _TO),
    0x40: CommandStatus("RINVDESTFLAG", "Destination flag is invalid", _DEFECT),
    0x42: CommandStatus("RINVSUBREP", "Invalid 'submit with replace' request", _REFUSED),
    0x43: CommandStatus("RINVESMCLASS", "Invalid esm_class field data", _REFUSED, _CONTENT),
    0x44: CommandStatus("RCNTSUBDL", "Cannot Submit to Distribution List", _REFUSED, _TO),
    0x45: CommandStatus("RSUBMITFAIL", "submit_sm or submit_multi failed", _REFUSED),
    0x48: CommandStatus("RINVSRCTON", "Invalid Source address TON", _REFUSED, _FROM),
    0x49: CommandStatus("RINVSRCNPI", "Invalid Source address NPI", _REFUSED, _FROM),
    0x50: CommandStatus("RINVDSTTON", "Invalid Destination address TON", _REFUSED, _TO),
    0x51: CommandStatus("RINVDSTNPI", "Invalid Destination address NPI", _REFUSED, _TO),
    0x53: CommandStatus("RINVSYSTYP", "Invalid system_type field", _AUTH),
    0x54: CommandStatus("RINVREPFLAG", "Invalid replace_if_present flag", _DEFECT),
    0x55: CommandStatus("RINVNUMMSGS", "Invalid number of messages", _DEFECT),
    0x58: CommandStatus("RTHROTTLED", "Throttling error (ESME has exceeded allowed message limits)", _THROTTLED),
    0x61: CommandStatus("RINVSCHED", "Invalid Scheduled Delivery Time", _REFUSED),
    0x62: CommandStatus("RINVEXPIRY", "Invalid message validity period (Expiry time)", _REFUSED),
    0x63: CommandStatus("RINVDFTMSGID", "Predefined Message Invalid or Not Found", _REFUSED),
    0x64: CommandStatus("RX_T_APPN", "ESME Receiver Temporary App Error Code", _TEMPORARY),
    0x65: CommandStatus("RX_P_APPN", "ESME Receiver Permanent App Error Code", _REFUSED),
    0x66: CommandStatus("RX_R_APPN", "ESME Receiver Reject Message Error Code", _REFUSED),
    0x67: CommandStatus("RQUERYFAIL", "query_sm request failed", _REFUSED),
    0xC0: CommandStatus("RINVOPTPARSTREAM", "Error in the optional part of the PDU Body", _DEFECT),
    0xC1: CommandStatus("ROPTPARNOTALLWD", "Optional Parameter not allowed", _REFUSED),
    0xC2: CommandStatus("RINVPARLEN", "Invalid Parameter Length", _DEFECT),
    0xC3: CommandStatus("RMISSINGOPTPARAM", "Expected Optional Parameter missing", _DEFECT),
    0xC4: CommandStatus("RINVOPTPARAMVAL", "Invalid Optional Parameter Value", _REFUSED),
    0xFE: CommandStatus("RDELIVERYFAILURE", "Delivery Failure (used for data_sm_resp)", _REFUSED),
    0xFF: CommandStatus("RUNKNOWNERR", "Unknown Error", _TEMPORARY),
    0x100: CommandStatus("RSERTYPUNAUTH", "ESME Not authorised to use specified service_type", _AUTH),
    0x101: CommandStatus("RPROHIBITED", "ESME Prohibited from using specified operation", _AUTH),
    0x102: CommandStatus("RSERTYPUNAVAIL", "Specified service_type is unavailable", _TEMPORARY),
    0x103: CommandStatus("RSERTYPDENIED", "Specified service_type is denied", _AUTH),
    0x104: CommandStatus("RINVDCS", "Invalid Data Coding Scheme", _REFUSED, _CONTENT),
    0x105: CommandStatus("RINVSRCADDRSUBUNIT", "Source Address Sub unit is Invalid", _REFUSED, _FROM),
    0x106: CommandStatus("RINVDSTADDRSUBUNIT", "Destination Address Sub unit is Invalid", _REFUSED, _TO),
    0x107: CommandStatus("RINVBCASTFREQINT", "Broadcast Frequency Interval is invalid", _REFUSED),
    0x108: CommandStatus("RINVBCASTALIAS_NAME", "Broadcast Alias Name is invalid", _REFUSED),
    0x109: CommandStatus("RINVBCASTAREAFMT", "Broadcast Area Format is invalid", _REFUSED),
    0x10A: CommandStatus("RINVNUMBCAST_AREAS", "Number of Broadcast Areas is invalid", _REFUSED),
    0x10B: CommandStatus("RINVBCASTCNTTYPE", "Broadcast Content Type is invalid", _REFUSED),
    0x10C: CommandStatus("RINVBCASTMSGCLASS", "Broadcast Message Class is invalid", _REFUSED),
    0x10D: CommandStatus("RBCASTFAIL", "broadcast_sm operation failed", _REFUSED),
    0x10E: CommandStatus("RBCASTQUERYFAIL", "query_broadcast_sm operation failed", _REFUSED),
    0x10F: CommandStatus("RBCASTCANCELFAIL", "cancel_broadcast_sm operation failed", _REFUSED),
    0x110: CommandStatus("RINVBCAST_REP", "Number of Repeated Broadcasts is invalid", _REFUSED),
    0x111: CommandStatus("RINVBCASTSRVGRP", "Broadcast Service Group is invalid", _REFUSED),
    0x112: CommandStatus("RINVBCASTCHANIND", "Broadcast Channel Indicator is invalid", _REFUSED),
}

NACK = Outcome(_DEFECT, "0x00000000", "generic_nack without an error")
"""Nothing was accepted by it, whatever its status says: no operation is answered with generic_nack otherwise."""

_BIND_RESPONSES = (BindReceiverResp, BindTransceiverResp, BindTransmitterResp)


def status_words(status: int) -> str:
    """The name and the words of a code; for one that has none, whose it is."""
    known = STATUSES.get(status)
    if known is not None:
        return f"ESME_{known.name}: {known.words}"
    return "the operator's own code" if 0x400 <= status <= 0x4FF else "a reserved code"


def outcome_of(pdu: Pdu, verdicts: Sequence[tuple[int, Verdict]] = ()) -> Outcome:
    """What a response says of its request; a code that is not in the table refuses, and is kept.

    `verdicts` are an operator's own, before those of `STATUSES`. At a bind, "already bound" passes once the SMSC gives
    up the old session.
    """
    if pdu.status == 0:
        return NACK if type(pdu) is GenericNack else OK
    known = STATUSES.get(pdu.status)
    verdict = known.verdict if known else _REFUSED
    for code, told in verdicts:
        if code == pdu.status:
            verdict = told
    if verdict is _SESSION and isinstance(pdu, _BIND_RESPONSES):
        verdict = _TEMPORARY
    return Outcome(verdict, f"0x{pdu.status:08X}", _words(pdu), known.reason if known else _ANY)


def _words(pdu: Pdu) -> str:
    own = pdu.tlv("additional_status_info_text")
    return f"{status_words(pdu.status)} ({own})" if isinstance(own, str) and own else status_words(pdu.status)
