"""Frames of a session as requests: how recordings, replays and simulators carry them without a connection.

`LOGIN`, `SUBMIT` and `DELIVER` stand in place of HTTP methods, the SMSC's address is the URL, the octets of the frame
are the body, and the header `Frame` has its name. Numbers begin anew with each login, so that the same conversation is
the same octets each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import AdapterDefect, AuthError, MalformedInbound, TransportError
from ..http import Headers, HttpRequest, HttpResponse, WebhookRequest
from ..smsc.dialects import Dialect, Frame, Kind, Verdict
from ..smsc.errors import FrameError
from ..smsc.values import DeliverRequest, Login, SubmitResponse

if TYPE_CHECKING:
    from ..network import NetworkPolicy
    from ..talk import Submission

__all__ = [
    "DELIVER",
    "LOGIN",
    "SUBMIT",
    "Framed",
    "answers",
    "blanked",
    "delivery_of",
    "read_frame",
    "renumbered",
    "request_of",
    "status_of",
    "webhook_of",
]

LOGIN, SUBMIT, DELIVER = "LOGIN", "SUBMIT", "DELIVER"
STATUS = {
    Verdict.OK: 200,
    Verdict.THROTTLED: 429,
    Verdict.TEMPORARY: 503,
    Verdict.REFUSED: 400,
    Verdict.AUTH: 401,
    Verdict.SESSION: 409,
    Verdict.OUT_OF_STEP: 503,
    Verdict.DEFECT: 400,
}
"""What a reader of a cassette may think of; what a response means is read from its octets."""


def request_of(method: str, url: str, dialect: Dialect, frame: Frame, number: int, **options: Any) -> HttpRequest:
    """A frame to the SMSC; AdapterDefect where it cannot be written."""
    try:
        octets = dialect.encode(frame, number)
    except FrameError as error:
        raise AdapterDefect(f"a frame cannot be written: {error}") from error
    return HttpRequest(method, url, Headers({"Frame": type(frame).__name__}), octets, **options)


def read_frame(dialect: Dialect, octets: bytes) -> Frame | None:
    """The frame that octets are; None where they are none, or not just one."""
    found = dialect.reader().feed(octets)
    if len(found) != 1 or isinstance(found[0][0], FrameError) or found[0][1] != octets:
        return None
    return found[0][0]


def status_of(dialect: Dialect, frame: Frame) -> int:
    """The status that stands for a response."""
    return STATUS[dialect.outcome(frame).verdict]


def webhook_of(dialect: Dialect, request: DeliverRequest, url: str) -> WebhookRequest:
    """A delivery as the file of an inbound example has it."""
    octets = request.raw or dialect.encode(request.frame, next(dialect.peer_sequences()))
    return WebhookRequest(DELIVER, url, Headers({"Frame": type(request.frame).__name__}), octets)


def delivery_of(dialect: Dialect, request: WebhookRequest) -> DeliverRequest:
    """A delivery from such a file; MalformedInbound where its body is no frame."""
    frame = read_frame(dialect, request.body)
    if frame is None or dialect.kind(frame) is not Kind.DELIVER:
        raise MalformedInbound(f"the body is no frame by which {dialect.name} delivers")
    return DeliverRequest(frame, request.body, request.remote, dialect)


class Framed:
    """For a transport with `send`: logs in once for each login, then submits one frame at a time.

    `blanks` says whether passwords are blanked in what it sends: not where a simulator is to judge them.
    """

    blanks = True
    _login: Login | None = None
    _numbers: Iterator[int]

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """Overridden by the transport."""
        raise NotImplementedError

    def submit(self, submission: Submission) -> SubmitResponse:
        """The response; TransportError where what comes is none."""
        login, url = submission.login, submission.channel.config.base_url
        dialect, request = login.dialect, submission.request
        if login != self._login:
            self._log_in(login, url)
        options = {"timeout": request.timeout, "submits": request.submits}
        made = request_of(SUBMIT, url, dialect, request.frame, next(self._numbers), **options)
        return _response(dialect, made, self.send(made, None))

    def _log_in(self, login: Login, url: str) -> None:
        dialect = login.dialect
        self._login, self._numbers = None, dialect.sequences()
        frame = dialect.login(login, login.binds[0])
        if frame is not None:
            frame = dialect.without_secrets(frame) if self.blanks else frame
            made = request_of(LOGIN, url, dialect, frame, next(self._numbers), submits=False)
            try:
                outcome = _response(dialect, made, self.send(made, None)).outcome
            except TransportError as error:
                raise TransportError(f"not sent: {error.message}", sent=False) from None
            if not outcome.ok:
                own = {"provider_code": outcome.code or None, "provider_text": outcome.text or None}
                raise AuthError("the SMSC refused the login", **own)  # type: ignore[arg-type]
        self._login = login


def _response(dialect: Dialect, request: HttpRequest, answer: HttpResponse) -> SubmitResponse:
    frame, asked = read_frame(dialect, answer.body), read_frame(dialect, request.body)
    if frame is None or dialect.kind(frame) is not Kind.RESPONSE:
        raise TransportError("what came is no response of an SMSC", sent=True)
    if asked is not None and dialect.sequence_of(frame) != dialect.sequence_of(asked):
        raise TransportError("what came answers another request", sent=True)
    return SubmitResponse(frame, dialect.outcome(frame), answer.body)


def blanked(dialect: Dialect, request: HttpRequest) -> HttpRequest:
    """The request with the passwords of its frame blanked."""
    frame = read_frame(dialect, request.body)
    return replace(request, body=dialect.encode(dialect.without_secrets(frame), dialect.sequence_of(frame)))


def answers(dialect: Dialect, request: HttpRequest, answer: HttpResponse) -> bool:
    """Whether an answer has the number of the request."""
    asked, told = read_frame(dialect, request.body), read_frame(dialect, answer.body)
    return told is not None and dialect.sequence_of(told) == dialect.sequence_of(asked)


def renumbered(dialect: Dialect, request: HttpRequest, number: int) -> HttpRequest:
    """The same request under another number."""
    return replace(request, body=dialect.encode(read_frame(dialect, request.body), number))
