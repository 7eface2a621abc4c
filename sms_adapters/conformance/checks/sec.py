"""SEC: no secret is seen by anybody, and nothing that is committed is anybody's."""

from __future__ import annotations

import contextlib
import html
import io
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ...auth import Auth
from ...errors import ProtocolError, SmsError, TransportError
from ...hookspecs import hookimpl
from ...http import Headers, HttpRequest, HttpResponse
from ...redact import Redactor, secrets_of
from ...simulation import REFUSED
from ...transports.simulated import Fault
from ..canaries import Watch, canaried, canary
from ..cases import InboundCase
from ..check import Level, NotApplicable, check, expect
from ..committed import Case, cases, configured_secrets, files, is_signed_with, known_secrets, secret_values, text_of
from ..exercise import NUMBERS, asked, attempt, credentials, outbound, sent, submitted, webhooks
from ..made_up import LIVE, is_reserved, looks_live, numbers_in
from ..subject import Session, Subject

CALLBACK_SECRET = canary("x" * 24, "the secret of callback URLs")
PLAIN, HTML, JSON = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"
PADDINGS = ("", "-" * 8, "-" * 16)
"""Where an echo begins, so that a limit on the length of a text cuts a secret at one of them."""


def _answer(status: int, body: bytes = b"", kind: str = PLAIN, **headers: str) -> HttpResponse:
    return HttpResponse(status, Headers({"Content-Type": kind, **headers}), body)


def _always(answer: HttpResponse) -> Fault:
    return lambda _: answer


def _not_sent(request: HttpRequest) -> HttpResponse:
    raise TransportError(f"no connection for {request.method} {request.url}", sent=False)


def _lost(request: HttpRequest) -> HttpResponse:
    raise TransportError(f"the connection of {request.url} with {request.headers.items()} was reset", sent=True)


FAULTS: Mapping[str, Fault] = {
    "an empty answer": _always(_answer(200)),
    "an HTML page": _always(_answer(200, b"<html><body>Welcome</body></html>", HTML)),
    "a cut JSON answer": _always(_answer(200, b'{"id": "1', JSON)),
    "HTTP 400": _always(_answer(400, b"bad request")),
    "HTTP 401": _always(_answer(401)),
    "HTTP 429": _always(_answer(429)),
    "HTTP 500": _always(_answer(500, b"<html><body>Oops</body></html>", HTML)),
    "HTTP 503": _always(_answer(503)),
    "a connection refused": _not_sent,
    "a lost answer": _lost,
}


def _armed(subject: Subject, fault: Fault | None = None, **options: Any) -> tuple[Session, Watch]:
    """A session with canaries for secrets, which the simulator refuses, and a watch for them."""
    config, canaries = canaried(subject)
    session = subject.session(config=config, fault=fault, **options)
    return session, Watch(secrets_of(session.channel.config), canaries.values())


def _genuine(subject: Subject, **options: Any) -> tuple[Session, Watch]:
    """A session with the simulator's own secrets, and a watch for these and for what credentials make of them."""
    session = subject.session(**options)
    return session, Watch((*secrets_of(session.channel.config), *credentials(session).secrets))


@check("SEC001", Level.BRONZE)
def errors_show_no_secret(subject: Subject) -> None:
    """No error shows a secret.

    What: errors of every fate of the simulator, of refused credentials, and of answers and connections that fail, hold
    no secret in any form: not in text, attributes, exchange or traceback.
    Why: errors end in logs, tickets and screenshots, and many aggregators take the password in the URL.
    Mend: make secrets `SecretStr`, name what credentials make of them in `secrets`, and never cut a text that may hold
    one: the redactor knows whole secrets only.
    Exempt: never.
    """
    session, watch = _genuine(subject)
    for outcome in [*sent(session), *asked(session)]:
        watch.expect_nothing(outcome, f"{type(outcome).__name__} after a message or question")
    for what, fault in FAULTS.items():
        session, watch = _armed(subject, fault)
        for outcome in [
            submitted(session),
            *asked(session),
        ]:
            watch.expect_nothing(outcome, f"{type(outcome).__name__} after {what}")


@check("SEC002", Level.BRONZE)
def echoed_secrets_are_scrubbed(subject: Subject) -> None:
    """A secret that the aggregator sends back is scrubbed, whole or cut.

    What: the aggregator's own refusals, and plain answers, with the request and its secrets quoted at several places of
    the text: what is raised shows neither a secret nor eight characters of one.
    Why: gateways answer "login x with password y failed"; and a text that is shortened before it is scrubbed ends in
    half a password, which no redactor knows.
    Mend: hand the whole text on, or cut it between words: `text[:200].rpartition(" ")[0]`.
    Exempt: never.
    """
    for answer in _refusals(subject):
        for padding in PADDINGS:
            session, watch = _armed(subject)
            session.transport.fault = _echo(answer, padding, secrets_of(session.channel.config))
            outcome = submitted(session)
            watch.expect_nothing(outcome, f"{type(outcome).__name__} after HTTP {answer.status} that quotes the secret")


def _refusals(subject: Subject) -> list[HttpResponse]:
    """The simulator's answers to what it refuses, each kind once, and plain ones."""
    found = [_answer(200, b"ERR"), _answer(400, b"Bad request"), _answer(500, b"<p>Internal error</p>", HTML)]
    for session in (subject.session(), _armed(subject)[0]):
        session.transport.fault = _noting(session, found)
        for fate in REFUSED:
            submitted(session, outbound(NUMBERS[fate]))
    return list({(item.status, item.body): item for item in found}.values())


def _noting(session: Session, found: list[HttpResponse]) -> Fault:
    def fault(request: HttpRequest) -> HttpResponse:
        answer = session.transport.handled(request)
        found.append(answer)
        return answer

    return fault


def _echo(answer: HttpResponse, padding: str, secrets: tuple[str, ...]) -> Fault:
    """The answer with the secrets and the request in its texts."""

    def fault(request: HttpRequest) -> HttpResponse:
        credentials_sent = " ".join(value for _, value in request.headers.items())
        words = f"{padding}{' '.join(secrets)} "
        quoted = words * 20 + f"{request.url} {credentials_sent} {request.body.decode('latin-1')}"
        return replace(answer, body=_with_echo(answer, quoted).encode())

    return fault


def _with_echo(answer: HttpResponse, quoted: str) -> str:
    try:
        return json.dumps(_quoting(answer.json(), quoted))
    except ProtocolError:
        text = answer.text
    if re.search(r">[^<>]*\s[^<>]*<", text):
        return re.sub(r">([^<>]*\s[^<>]*)<", lambda found: f">{found[1]} {html.escape(quoted)}<", text)
    return f"{text} {quoted}"


def _quoting(value: Any, quoted: str) -> Any:
    """A JSON value whose sentences are followed by `quoted`; words alone may be codes and stay."""
    if isinstance(value, dict):
        return {name: _quoting(item, quoted) for name, item in value.items()}
    if isinstance(value, list):
        return [_quoting(item, quoted) for item in value]
    return f"{value} {quoted}" if isinstance(value, str) and " " in value else value


class _Listener:
    """A host plug-in that keeps all it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    @hookimpl
    def sms_before_exchange(self, channel: Any, request: HttpRequest) -> None:
        """Keep the request."""
        self.told += [channel, request]

    @hookimpl
    def sms_after_exchange(self, channel: Any, request: HttpRequest, response: HttpResponse) -> None:
        """Keep both."""
        self.told += [request, response]

    @hookimpl
    def sms_after_send(self, channel: Any, result: Any) -> None:
        """Keep the result."""
        self.told.append(result)

    @hookimpl
    def sms_send_failed(self, channel: Any, error: SmsError) -> None:
        """Keep the error."""
        self.told.append(error)


class _Records(logging.Handler):
    """Keeps every record as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record with its extra fields."""
        self.lines += [self.format(record), repr(vars(record))]


@contextlib.contextmanager
def _overheard() -> Iterator[Callable[[], list[str]]]:
    """All that is logged at any level, and printed, while the context lasts."""
    records, printed, level = _Records(), io.StringIO(), logging.root.level
    logging.root.addHandler(records)
    logging.root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield lambda: [*records.lines, printed.getvalue()]
    finally:
        logging.root.setLevel(level)
        logging.root.removeHandler(records)


@check("SEC003", Level.BRONZE)
def hosts_are_shown_no_secret(subject: Subject) -> None:
    """What a host logs and sees holds no secret.

    What: the copies that host plug-ins are handed, everything that is logged at DEBUG or printed, and the
    representations of channel, credentials and requests, while messages of every fate are sent and questions asked.
    Why: a host writes these to its log on purpose, and trusts that they are clean.
    Mend: give a credentials class of your own `repr=False` and complete `secrets`; log and print nothing.
    Exempt: never.
    """
    for made in (_genuine, _armed):
        listener = _Listener()
        with _overheard() as heard:
            session, watch = made(subject, plugins=[listener])
            results = [*sent(session), *asked(session)]
        watch.expect_nothing(heard(), "what was logged or printed")
        watch.expect_nothing(listener.told, "what a host plug-in was told")
        watch.expect_nothing([item for item in results if not isinstance(item, SmsError)], "a result")
        requests = session.transport.requests
        watch.expect_nothing(
            [text for item in requests for text in (repr(item), str(item))], "the representation of a request"
        )
        auth = attempt(partial(credentials, session))
        watch.expect_nothing(
            [repr(auth), str(auth)] if isinstance(auth, Auth) else [], "the representation of the credentials"
        )


@check("SEC004", Level.BRONZE, http=True)
def webhooks_pass_on_no_secret(subject: Subject) -> None:
    """What comes of a webhook holds neither the callback secret nor another.

    What: with a callback secret in the channel's URLs, the events of the simulator's webhooks with their `raw`, the
    answers, and the errors of webhooks that are refused, do not hold it.
    Why: `raw` is stored with each message and shown to support staff; whoever reads the callback secret there can
    forge messages and reports.
    Mend: leave `SECRET_PARAMETER` out of `raw` and of what is quoted from a request.
    Exempt: never.
    """
    session = subject.session(callback_secret=CALLBACK_SECRET)
    submitted(session)
    requests = webhooks(session)
    if not requests:
        raise NotApplicable("the simulator fires no webhooks")
    watch = Watch(secrets_of(session.channel.config), (CALLBACK_SECRET,))
    for request in requests:
        receipt = session.fire(request)
        expect(receipt.error is None, f"a webhook of the simulator was refused: {receipt.error}")
        for event in receipt.events:
            watch.expect_nothing(event, f"a {type(event).__name__}")
        watch.expect_nothing(receipt.response, "the answer to a webhook")
        for what, broken in _broken(request):
            refused = session.fire(broken)
            watch.expect_nothing([refused.error, refused.response], f"the refusal of a webhook with {what}")
            watch.expect_nothing(refused.events, f"an event of a webhook with {what}")


def _broken(request: HttpRequest) -> Iterator[tuple[str, HttpRequest]]:
    parts = urlsplit(request.url)
    secret = next((pair for pair in parts.query.split("&") if CALLBACK_SECRET in pair), "")
    yield "another callback secret", replace(request, url=request.url.replace(CALLBACK_SECRET, "another"))
    yield "nothing but the callback secret", replace(request, url=parts._replace(query=secret).geturl(), body=b"")
    yield "a broken body", replace(request, body=b"\xff{<" + request.body[: len(request.body) // 2])
    yield "another method", replace(request, method="PATCH")
    yield "another action", replace(request, url=parts._replace(path=f"{parts.path}x").geturl())


@check("SEC005", Level.BRONZE)
def committed_secrets_are_made_up(subject: Subject) -> None:
    """No committed secret is one that is in use.

    What: secrets in the channels of the cases, and whatever stands under the name of a secret in exchanges and inbound
    examples, are plainly made up (a telling word, a pattern), or made of those; nothing looks like a vendor's live key.
    Why: a recording is made with real credentials and published with the source; from there they are taken within
    minutes.
    Mend: record through the recorder, which replaces them; revoke what was committed, it is known by now.
    Exempt: never.
    """
    for path in files(subject):
        expect(
            not LIVE.search(text_of(path)), f"{path.parent.name}/{path.name} has what looks like a vendor's live key"
        )
    for case in cases(subject):
        secrets = known_secrets(subject, case)
        known = Redactor(secrets)
        for name, value in configured_secrets(subject, case):
            expect(not looks_live(value), f"the case {case.name}: {name} looks like a secret in use")
        for name, value in secret_values(case):
            live = looks_live(value) and not (known.find(value) or is_signed_with(value, secrets))
            expect(not live, f"the case {case.name}: what stands under {name!r} looks like a secret in use")


@check("SEC006", Level.BRONZE)
def committed_numbers_are_reserved(subject: Subject) -> None:
    """Committed phone numbers are nobody's.

    What: each phone number in exchanges and inbound examples is of a range reserved for examples (+1 xxx 555 01xx,
    +44 7700 900xxx), or quoted from a document, which the note of the case says with the number.
    Why: a recorded number belongs to somebody, with the text beside it; and an example that is tried sends.
    Mend: record through the recorder, which maps numbers; name a document's own numbers in `source.note`.
    Exempt: never.
    """
    notes = {(_folder(case), case.name): re.sub(r"\W+", "", case.source.note) for case in cases(subject)}
    for path in files(subject):
        for number in numbers_in(text_of(path)):
            told = is_reserved(number) or number in notes.get((path.parent.name, path.stem), "")
            expect(
                told, f"{path.parent.name}/{path.name}: the number that ends in {number[-4:]} is of no reserved range"
            )


def _folder(case: Case) -> str:
    return "inbound" if isinstance(case, InboundCase) else "exchanges"
