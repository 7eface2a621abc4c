"""What every codec raises for octets that are no frame of its protocol, and for values that no frame can hold."""

from __future__ import annotations

__all__ = ["FrameError"]


class FrameError(ValueError):
    """Octets that are no frame, or values that fit into none; each codec has one subclass and raises nothing else.

    `fatal` says that the stream cannot be read on: the frame's end is unknown, so the connection has to be closed.
    `sequence` and `operation` are those of the broken frame where they could be read, as its protocol numbers them,
    so that the peer can be answered. `raw` are the octets concerned (they may hold a password: never log them); None
    for a value that was refused before it was encoded.
    """

    def __init__(
        self,
        message: str,
        *,
        fatal: bool = False,
        raw: bytes | None = None,
        sequence: int | None = None,
        operation: int | None = None,
    ) -> None:
        super().__init__(message)
        self.fatal = fatal
        self.raw = raw
        self.sequence = sequence
        self.operation = operation
