"""What the simulated SMSC answers to each request.

Source: "Short Message Peer to Peer Protocol Specification v3.4", sections 4.4, 4.5 and 4.7 to 4.10, https://smpp.org/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from ...results import Status
from ...simulation import course_of
from ...smsc.smpp import Pdu, pdus
from ...smsc.smpp.codings import decode_text
from ...smsc.smpp.receipts import STATES, State
from ...smsc.smpp.times import format_time

if TYPE_CHECKING:
    from .simulator import SmppSimulator

__all__ = ["ANSWERS", "WORDS"]

OK, INVALID_ID, CANCEL_FAILED, REPLACE_FAILED = 0x00, 0x0C, 0x11, 0x13

WORDS: Mapping[Status, State] = {
    Status.SENT: STATES[1],
    Status.DELIVERED: STATES[2],
    Status.EXPIRED: STATES[3],
    Status.FAILED: STATES[4],
    Status.UNDELIVERABLE: STATES[5],
    Status.REJECTED: STATES[8],
}
"""How an SMSC writes a status."""


def _submit(smsc: SmppSimulator, pdu: Any) -> Pdu:
    status, made = smsc.take(pdu, pdu.destination_addr.removeprefix("+"))
    kind = pdus.SubmitSmResp if isinstance(pdu, pdus.SubmitSm) else pdus.DataSmResp
    return kind(status=status, message_id=made)


def _multi(smsc: SmppSimulator, pdu: Any) -> Pdu:
    """The ids of all recipients are one in SMPP; here that of the first that was accepted."""
    made, refused = "", []
    for each in pdu.dest_address:
        status, own = smsc.take(pdu, each.address.removeprefix("+"))
        made = made or own or ""
        if status:
            refused.append(pdus.Failure(each.ton, each.npi, each.address, status))
    return pdus.SubmitMultiResp(message_id=made, unsuccess_sme=tuple(refused))


def _query(smsc: SmppSimulator, pdu: Any) -> Pdu:
    found = smsc.find(pdu.message_id)
    if found is None:
        return pdus.QuerySmResp(status=INVALID_ID, message_id=None)
    status = reduce(Status.merge, course_of(found.fate))
    final = format_time(smsc.clock()) if status.final else ""
    return pdus.QuerySmResp(message_id=found.id, final_date=final, message_state=WORDS[status].code)


def _cancel(smsc: SmppSimulator, pdu: Any) -> Pdu:
    return pdus.CancelSmResp(status=OK if smsc.find(pdu.message_id) else CANCEL_FAILED)


def _replace(smsc: SmppSimulator, pdu: Any) -> Pdu:
    found = smsc.find(pdu.message_id)
    if found is None:
        return pdus.ReplaceSmResp(status=REPLACE_FAILED)
    found.text = decode_text(pdu.short_message, found.values["data_coding"]).text
    return pdus.ReplaceSmResp()


ANSWERS: Mapping[type[Pdu], Callable[[SmppSimulator, Any], Pdu]] = {
    pdus.SubmitSm: _submit,
    pdus.DataSm: _submit,
    pdus.SubmitMulti: _multi,
    pdus.QuerySm: _query,
    pdus.CancelSm: _cancel,
    pdus.ReplaceSm: _replace,
}
