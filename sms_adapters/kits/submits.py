"""Part by part over a session with an SMSC: one submit for each part of a message."""

from __future__ import annotations

from ..channel import AnyChannel
from ..messages import OutboundMessage
from ..parts import Part
from ..results import PartResult
from ..smsc.values import SessionFlow, SubmitRequest, SubmitResponse
from .parts import SendKit

__all__ = ["SubmitKit"]


class SubmitKit(SendKit):
    """`SendKit` for session adapters: frames in place of HTTP requests, a refusal raised by the response's outcome."""

    def build_request(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> SubmitRequest:  # type: ignore[override]
        """The frame that submits `part`."""
        raise NotImplementedError

    def exchange(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> SessionFlow[SubmitResponse]:  # type: ignore[override]
        """Submit `part`; the error that the SMSC's outcome stands for."""
        response = yield self.build_request(channel, message, part)
        response.raise_for_error()
        return response

    def read_response(self, channel: AnyChannel, part: Part, response: SubmitResponse) -> PartResult:  # type: ignore[override]
        """The accepted part."""
        raise NotImplementedError
