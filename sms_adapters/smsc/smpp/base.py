"""What every PDU has.

A PDU is a value: nothing here changes one once it is made. It is not frozen, since Python takes ten times as long to
make a frozen dataclass, and twenty fields of one are made for each message. Give arguments by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .tlvs import Tlv, TlvValue, read_tlv

__all__ = ["RESPONSE", "OtherPdu", "Pdu"]

RESPONSE = 0x80000000
"""The bit of command_id that makes a response of a request."""


@dataclass(slots=True)
class Pdu:
    """What all have: `sequence` (sequence_number), `status` (command_status) and the optional parameters."""

    COMMAND: ClassVar[int] = 0

    sequence: int = 0
    status: int = 0
    tlvs: tuple[Tlv, ...] = ()

    @property
    def command_id(self) -> int:
        """The number of the operation."""
        return self.COMMAND

    @property
    def is_response(self) -> bool:
        """Whether it answers a request of the same sequence number."""
        return bool(self.command_id & RESPONSE)

    def tlv(self, name: str) -> TlvValue | None:
        """The value of the first optional parameter of that name, as `tlvs.read_tlv` gives it; None without one."""
        return read_tlv(self.tlvs, name) if self.tlvs else None


@dataclass(slots=True)
class OtherPdu(Pdu):
    """A PDU that is not known here, such as a vendor's; `code` is its command_id, `body` what follows the header."""

    code: int = 0
    body: bytes = b""

    @property
    def command_id(self) -> int:
        """See Pdu."""
        return self.code
