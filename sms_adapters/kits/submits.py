"""Part by part over a session with an SMSC: one submit for each part of a message."""

from __future__ import annotations

from typing import ClassVar

from ..channel import AnyChannel
from ..errors import DeliveryUncertain, ProtocolError, SmsError
from ..messages import OutboundMessage
from ..parts import Part
from ..results import PartResult
from ..smsc.dialects import Dialect
from ..smsc.values import SessionFlow, SubmitRequest, SubmitResponse
from .parts import SendKit

__all__ = ["SubmitKit"]


class SubmitKit(SendKit):
    """`SendKit` for session adapters: frames in place of HTTP requests, a refusal raised by the response's outcome."""

    dialect: ClassVar[Dialect | None] = None
    """Says which responses answer which requests; without one all that come under a request's number do."""

    def build_request(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> SubmitRequest:  # type: ignore[override]
        """The frame that submits `part`."""
        raise NotImplementedError

    def exchange(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> SessionFlow[SubmitResponse]:  # type: ignore[override]
        """Submit `part`; the error that the SMSC's outcome stands for."""
        return (yield from self.ask(self.build_request(channel, message, part)))

    def ask(self, request: SubmitRequest) -> SessionFlow[SubmitResponse]:
        """The response that accepts `request`, or the error of a refusal.

        What answers another request says nothing about this one: DeliveryUncertain for a submission, else
        ProtocolError.
        """
        response = yield request
        if self.dialect is not None and not self.dialect.answers(request.frame, response.frame):
            raise _foreign(request, response)
        response.raise_for_error()
        return response

    def read_response(self, channel: AnyChannel, part: Part, response: SubmitResponse) -> PartResult:  # type: ignore[override]
        """The accepted part."""
        raise NotImplementedError


def _foreign(request: SubmitRequest, response: SubmitResponse) -> SmsError:
    asked, came = type(request.frame).__name__, type(response.frame).__name__
    told = f"the SMSC's answer ({came}) is not one to this request ({asked})"
    if request.submits:
        return DeliveryUncertain(f"{told}: the message may have been accepted")
    return ProtocolError(told)
