"""A send up to the point where it would leave: the requests, with nothing sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..channel import AnyChannel
from ..client import Client
from ..errors import ConfigError, SmsError, TransportError
from ..hookspecs import hookimpl
from ..http import HttpRequest, HttpResponse, WebhookResponse
from ..messages import OutboundMessage
from ..network import NetworkPolicy
from ..parts import parts_of

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
    def sms_before_exchange(self, request: HttpRequest) -> None:
        """Keep the request, unless it is an attempt at another address after the refusal."""
        if not self.submitted:
            self.seen.append(request)

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
