"""Part by part: one request for each part of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from ..channel import AnyChannel
from ..errors import AuthError, DeliveryUncertain, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from ..flow import Flow
from ..hookspecs import hookimpl
from ..http import HttpRequest, HttpResponse
from ..messages import OutboundMessage
from ..parts import Part, parts_of
from ..results import PartResult, SendResult

__all__ = ["SendKit", "fail_by_status"]


class SendKit:
    """Turns `build_request` and `read_response` into the `send` hook.

    Parts go out in order; where one fails, the error carries the parts that were accepted before it as `partial`.
    """

    def split(self, channel: AnyChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts to submit; by the manifest's text rules unless an adapter knows better."""
        return parts_of(channel, message)

    def build_request(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """The request that submits `part`, without credentials."""
        raise NotImplementedError

    def exchange(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> Flow[HttpResponse]:
        """Submit `part`; one request, unless the aggregator has another host to ask where the first was not reached."""
        return (yield self.build_request(channel, message, part))

    def read_response(self, channel: AnyChannel, part: Part, response: HttpResponse) -> PartResult:
        """The accepted part, or an `SmsError`; `fail_by_status` raises the one for a bare HTTP status."""
        raise NotImplementedError

    def read_results(self, channel: AnyChannel, part: Part, response: HttpResponse) -> Sequence[PartResult]:
        """The submissions that came of `part`: one, unless the aggregator splits it and answers for each segment.

        Where it took only some of them, the error raised has these as its `partial`.
        """
        return (self.read_response(channel, part, response),)

    def own_id(self, channel: AnyChannel, message: OutboundMessage, part: Part) -> str | None:
        """The id that `build_request` put on the submission; asked for where the answer gave none of its own."""
        return None

    @hookimpl
    def send(self, channel: AnyChannel, message: OutboundMessage) -> Flow[SendResult]:
        """Submit each part."""
        accepted: list[PartResult] = []
        for part in self.split(channel, message):
            try:
                response = yield from self.exchange(channel, message, part)
                found = self.read_results(channel, part, response)
                accepted += self._identified(channel, message, part, found)
            except SmsError as error:
                accepted += error.partial.parts if error.partial else ()
                if accepted:
                    error.partial = SendResult(tuple(accepted))
                raise
        return SendResult(tuple(accepted))

    def _identified(
        self, channel: AnyChannel, message: OutboundMessage, part: Part, found: Sequence[PartResult]
    ) -> Sequence[PartResult]:
        if None not in [one.id or None for one in found]:
            return found
        own = self.own_id(channel, message, part)
        return [one if one.id else replace(one, id=own) for one in found] if own else found


def fail_by_status(
    response: HttpResponse, text: str | None = None, *, code: Any = None, submitted: bool = True
) -> NoReturn:
    """Raise the error for an HTTP status alone, for answers that the aggregator's documents do not explain.

    Only 429 and 503 say that nothing was accepted; behind a bare 500, 502 or 504 the message may be on its way, if
    the request `submitted` one.
    """
    status = response.status
    told: dict[str, Any] = {"provider_code": code if code is not None else status, "provider_text": text}
    if status in (401, 407):
        raise AuthError(f"HTTP {status}: the credentials were refused", **told)
    if status == 403:
        raise AuthError("HTTP 403: the account may not do this", **told)
    if status == 429:
        raise Throttled("HTTP 429: too many requests", response.retry_after, **told)
    if status == 503:
        raise TemporaryFailure("HTTP 503: the aggregator is not available", **told)
    if status >= 500 and not submitted:
        raise TemporaryFailure(f"HTTP {status}: the aggregator failed", **told)
    if status >= 500:
        raise DeliveryUncertain(f"HTTP {status}: the aggregator failed, perhaps after accepting the message", **told)
    if status >= 400:
        raise Rejected(f"HTTP {status}: the aggregator refused the request", **told)
    raise ProtocolError(f"HTTP {status}: the answer is none that the aggregator's documents describe", **told)
