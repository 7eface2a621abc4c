"""What a session needs to know of SMPP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import count
from typing import Any

from ..dialects import BindMode, Credentials, Dialect, Kind, Outcome, Reply, Verdict
from ..errors import FrameError
from .base import Pdu
from .codec import encode
from .errors import SmppError
from .pdus import (
    PDUS,
    RESPONSE,
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    OtherPdu,
    Outbind,
    Unbind,
    UnbindResp,
)
from .reader import FrameReader
from .statuses import outcome_of
from .tlvs import NAMES

__all__ = ["DIALECT", "SmppDialect"]

_LAST_SEQUENCE = 0x7FFFFFFF
_INVALID_COMMAND = 0x03

_BINDS: Mapping[BindMode, type[BindReceiver | BindTransceiver | BindTransmitter]] = {
    BindMode.TRANSCEIVER: BindTransceiver,
    BindMode.TRANSMITTER: BindTransmitter,
    BindMode.RECEIVER: BindReceiver,
}

_KINDS: dict[type[Any], Kind] = {
    **{pdu: Kind.RESPONSE if code & RESPONSE else Kind.SUBMIT for code, pdu in PDUS.items()},
    **dict.fromkeys((DeliverSm, DataSm), Kind.DELIVER),
    **dict.fromkeys((BindReceiver, BindTransceiver, BindTransmitter), Kind.LOGIN),
    **dict.fromkeys((AlertNotification, Outbind), Kind.NOTICE),
    EnquireLink: Kind.KEEP_ALIVE,
    Unbind: Kind.LOGOUT,
    OtherPdu: Kind.UNKNOWN,
}

# The status that says so: ESME_RX_T_APPN asks the SMSC to try again, ESME_RX_R_APPN not to.
_REPLIES: Mapping[Reply, int] = {Reply.ACCEPTED: 0, Reply.RETRY_LATER: 0x64, Reply.REFUSED: 0x66}

_ANSWERS: Mapping[type[Pdu], Callable[[int], Pdu]] = {
    DeliverSm: lambda status: DeliverSmResp(status=status),
    DataSm: lambda status: DataSmResp(status=status, message_id=None if status else ""),
    EnquireLink: lambda status: EnquireLinkResp(status=status),
    Unbind: lambda status: UnbindResp(status=status),
    BindReceiver: lambda status: BindReceiverResp(status=status, system_id=None if status else ""),
    BindTransceiver: lambda status: BindTransceiverResp(status=status, system_id=None if status else ""),
    BindTransmitter: lambda status: BindTransmitterResp(status=status, system_id=None if status else ""),
}


@dataclass(frozen=True, slots=True)
class SmppDialect:
    """SMPP; `version` is the interface_version that a bind states: 0x33, 0x34 or 0x50.

    `verdicts` say what codes of an operator mean, before the usual: command_status and verdict. `smsc` makes it the
    SMSC's side, for which data_sm is a submission.
    """

    version: int = 0x34
    verdicts: tuple[tuple[int, Verdict], ...] = ()
    smsc: bool = False

    @property
    def name(self) -> str:
        """See Dialect."""
        return "smpp"

    @property
    def port(self) -> int:
        """See Dialect; that of SMPP in TLS, 3550, is the adapter's."""
        return 2775

    @property
    def window_limit(self) -> int:
        """See Dialect."""
        return _LAST_SEQUENCE

    @property
    def gapless(self) -> bool:
        """See Dialect."""
        return False

    def reader(self) -> FrameReader:
        """See Dialect."""
        return FrameReader()

    def sequences(self) -> Iterator[int]:
        """See Dialect."""
        for _ in count():
            yield from range(1, _LAST_SEQUENCE + 1)

    def peer_sequences(self) -> Iterator[int]:
        """See Dialect; each side numbers its own requests."""
        return self.sequences()

    def encode(self, frame: Pdu, sequence: int) -> bytes:
        """See Dialect."""
        return encode(frame, sequence)

    def kind(self, frame: Pdu) -> Kind:
        """See Dialect."""
        kind = _KINDS[type(frame)]
        if kind is Kind.DELIVER and self.smsc and isinstance(frame, DataSm):
            return Kind.SUBMIT
        # A response that is not known still answers a request: with Kind.UNKNOWN it would be answered itself.
        return Kind.RESPONSE if kind is Kind.UNKNOWN and frame.is_response else kind

    def sequence_of(self, frame: Pdu) -> int:
        """See Dialect."""
        return frame.sequence

    def outcome(self, frame: Pdu) -> Outcome:
        """See Dialect."""
        return outcome_of(frame, self.verdicts)

    def answers(self, request: Pdu, response: Pdu) -> bool:
        """See Dialect; a generic_nack that names an error answers whatever was asked."""
        if response.command_id == request.command_id | RESPONSE:
            return True
        return isinstance(response, GenericNack) and response.status != 0

    def login(self, credentials: Credentials, mode: BindMode) -> Pdu:
        """See Dialect; `fields` may name those of the bind: system_type, addr_ton, addr_npi, address_range."""
        return _BINDS[mode](
            system_id=credentials.username,
            password=credentials.password,
            **{"interface_version": self.version, **credentials.fields},
        )

    def logout(self) -> Pdu:
        """See Dialect."""
        return Unbind()

    def keep_alive(self, credentials: Credentials) -> Pdu:
        """See Dialect."""
        return EnquireLink()

    def reply_to(self, frame: Pdu, reply: Reply) -> Pdu | None:
        """See Dialect; what no ESME can answer is answered with generic_nack."""
        if frame.is_response or isinstance(frame, AlertNotification | Outbind):
            return None
        answer = _ANSWERS.get(type(frame))
        return answer(_REPLIES[reply]) if answer else GenericNack(status=_INVALID_COMMAND)

    def garbled(self, error: FrameError) -> Pdu | None:
        """See Dialect; a broken response is not answered, since its sender would take that for one to a request."""
        if error.operation is not None and error.operation & RESPONSE:
            return None
        return GenericNack(status=error.status if isinstance(error, SmppError) else 0x02)

    def without_secrets(self, frame: Pdu) -> Pdu:
        """See Dialect."""
        if isinstance(frame, BindReceiver | BindTransceiver | BindTransmitter | Outbind) and frame.password:
            return replace(frame, password="*" * len(frame.password))
        return frame

    def describe(self, frame: Pdu) -> dict[str, Any]:
        """See Dialect."""
        shown = self.without_secrets(frame)
        values: dict[str, Any] = {"operation": type(frame).__name__, "command_id": f"0x{frame.command_id:08X}"}
        for each in fields(shown):
            if each.name != "tlvs":
                values[each.name] = _plain(getattr(shown, each.name))
        for tag, octets in shown.tlvs:
            values.setdefault("tlvs", []).append([NAMES.get(tag, f"0x{tag:04X}"), octets.hex()])
        return values


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [
            item if isinstance(item, str) else {e.name: getattr(item, e.name) for e in fields(item)} for item in value
        ]
    return value


DIALECT: Dialect = SmppDialect()
