"""A send up to the point where it would leave: the requests, with nothing sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..channel import AnyChannel
from ..client import Client
from ..errors import ConfigError, SmsError, TransportError
from ..hookspecs import hookimpl
from ..http import Headers, HttpRequest, HttpResponse, WebhookResponse
from ..messages import OutboundMessage
from ..network import NetworkPolicy
from ..parts import parts_of
from ..smsc.values import SubmitRequest, SubmitResponse
from ..transports.frames import SUBMIT

if TYPE_CHECKING:
    from ..talk import Submission

__all__ = ["Rehearsal", "rehearse"]

TOKEN = {"access_token": "dry-run", "token_type": "Bearer", "expires_in": 3600}
LATER_PARTS = "the text makes {count} submissions; the first is shown, the others follow its answer"
LATER_REQUESTS = "the requests after these depend on what the aggregator answers"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`requests` are scrubbed; `note` says what is missing, empty where they are `complete`."""

    requests: tuple[HttpRequest, ...]
    note: str = ""

    @property
    def complete(self) -> bool:
        """Whether these are all requests that the send would make if all goes well."""
        return not self.note


@dataclass(slots=True)
class _Stage:
    """Host plug-in and transport in one: it sees each request with its secrets scrubbed, and sends none.

    A request without effect is answered as a token server would: without a token most flows end before the message.
    """

    seen: list[HttpRequest] = field(default_factory=list)
    answered: bool = False
    submitted: bool = False

    @hookimpl
    def sms_before_exchange(self, channel: AnyChannel, request: HttpRequest | SubmitRequest) -> None:
        """Keep the request, unless it is an attempt at another address after the refusal."""
        if not self.submitted:
            self.seen.append(_described(channel, request) if isinstance(request, SubmitRequest) else request)

    def submit(self, submission: Submission) -> SubmitResponse:
        """A frame is not sent either, nor is anybody logged in."""
        self.submitted = True
        raise TransportError("a dry run sends nothing", sent=False)

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """Check the address as a transport would, then refuse what would submit."""
        if policy is not None:
            policy.check_url(request.url)
        if request.submits:
            self.submitted = True
            raise TransportError("a dry run sends nothing", sent=False)
        self.answered = True
        answer = WebhookResponse.json(TOKEN)
        return HttpResponse(answer.status, answer.headers, answer.body)

    def close(self) -> None:
        """Nothing to close."""


def _described(channel: AnyChannel, request: SubmitRequest) -> HttpRequest:
    """A frame in place of a request: what is in it, as JSON, for its octets are not for reading."""
    dialect = channel.plugin.adapter.authenticate(channel).dialect
    values = {**dialect.describe(request.frame), "octets": request.raw.hex(" ")}
    body = json.dumps(values, indent=2, ensure_ascii=False).encode()
    return HttpRequest(SUBMIT, channel.config.base_url, Headers({"Frame": type(request.frame).__name__}), body)


def rehearse(channel: AnyChannel, message: OutboundMessage, network: NetworkPolicy) -> Rehearsal:
    """Drive the channel's flow without sending; an `SmsError` if the message would be refused before any exchange."""
    stage = _Stage()
    try:
        Client(transport=stage, plugins=[stage], network=network).send(channel, message)
    except SmsError as error:
        misled = stage.answered and not isinstance(error, ConfigError)
        if not (stage.submitted or misled):
            raise
    if not stage.submitted:
        return Rehearsal(tuple(stage.seen), LATER_REQUESTS)
    count = len(parts_of(channel, message))
    return Rehearsal(tuple(stage.seen), LATER_PARTS.format(count=count) if count > 1 else "")
