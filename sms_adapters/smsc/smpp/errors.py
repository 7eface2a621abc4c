"""What the SMPP codec raises, and nothing else."""

from __future__ import annotations

from ..errors import FrameError

__all__ = ["SmppError"]

INVALID_MESSAGE_LENGTH = 0x01
INVALID_COMMAND_LENGTH = 0x02
INVALID_OPTIONAL_PART = 0xC0


class SmppError(FrameError):
    """Octets that are no PDU, or a value that fits into none.

    `status` is the command_status that tells the peer what is wrong with its PDU. Only a command_length that cannot
    be is `fatal`: with a broken body in a sound frame the next PDU still begins where it should.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = INVALID_COMMAND_LENGTH,
        fatal: bool = False,
        raw: bytes | None = None,
        sequence: int | None = None,
        operation: int | None = None,
    ) -> None:
        super().__init__(message, fatal=fatal, raw=raw, sequence=sequence, operation=operation)
        self.status = status
