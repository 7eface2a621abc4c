"""AUT: credentials go with every request, and wrong ones are told from everything else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ...auth import Auth, NoAuth
from ...errors import AuthError, SmsError
from ...flow import run
from ...http import HttpRequest, HttpResponse
from ...manager import AdapterPluginManager
from ...manifest import Capability
from ...outbound import prepare
from ...redact import secrets_of
from ...results import AccountInfo
from ...simulation import Simulator
from ..canaries import Watch, canaried
from ..cases import CLOCK
from ..check import Level, NotApplicable, check, expect
from ..exercise import LONG, attempt, credentials, outbound, submitted
from ..subject import Session, Subject, as_webhook


def _locked_out(subject: Subject) -> Session:
    """A session in which every secret of the configuration is another one than the simulator's."""
    config, canaries = canaried(subject)
    if not canaries:
        raise NotApplicable("the configuration has no secrets that can be replaced")
    return subject.session(config=config)


def _expect_auth_error(outcome: object, what: str) -> None:
    kind = type(outcome).__name__
    words = f"{kind}: {outcome}" if isinstance(outcome, SmsError) else kind
    expect(isinstance(outcome, AuthError), f"{what} with wrong credentials ended in {words}, not in AuthError")
    expect(not getattr(outcome, "retryable", False), f"{what} with wrong credentials is called retryable")


@check("AUT001", Level.BRONZE)
def wrong_credentials_are_an_auth_error(subject: Subject) -> None:
    """Wrong credentials end in AuthError.

    What: a message sent with other secrets than the simulator's is refused with AuthError, which is not retryable,
    and nothing is accepted.
    Why: an expired key that looks like a bad number marks every contact as invalid; one that looks like a passing
    failure is tried again until the aggregator locks the account.
    Mend: map the aggregator's codes for refused credentials to AuthError, and let the simulator look at them.
    Exempt: where the aggregator knows no credentials and tells customers by their address.
    """
    session = _locked_out(subject)
    outcome = submitted(session)
    expect(not session.simulator.accepted, "the simulator accepted a message with wrong credentials")
    _expect_auth_error(outcome, "a message")


@check("AUT002", Level.BRONZE, http=True)
def every_request_carries_credentials(subject: Subject) -> None:
    """Every request carries the credentials of `authenticate`.

    What: each request of a message in one part and in several, of an account check and of a status query is
    changed by the credentials; as the adapter built it, without them, the simulator does not accept it.
    Why: credentials that a request builder writes are not renewed when they expire, nor scrubbed from logs; and the
    second request of a hook is easily forgotten.
    Mend: build requests without credentials, and return them from `authenticate`; let the simulator ask for them.
    Exempt: where the aggregator asks for none at one of its resources.
    """
    session = subject.session()
    auth = credentials(session)
    if type(auth) in (Auth, NoAuth):
        _expect_bare(session)
        raise NotApplicable("the adapter has no credentials beside those in the address")
    for what, flow in _conversations(session):
        run(flow, partial(_with_and_without, session.simulator, auth, what))


def _expect_bare(session: Session) -> None:
    """CheckFailed if requests carry secrets elsewhere than in the URL although `authenticate` adds none."""
    watch = Watch(secrets_of(session.channel.config))
    submitted(session)
    for request in session.transport.requests:
        watch.expect_nothing([request.headers, request.body], f"authenticate adds nothing, yet a {request.method}")


def _conversations(session: Session) -> Iterator[tuple[str, Any]]:
    channel, offers = session.channel, session.channel.manifest.offers
    manager = AdapterPluginManager()
    manager.register_adapter(channel.plugin.adapter, channel.manifest)
    for what, text in (("a message", "Muraho"), ("a long message", LONG)):
        yield what, manager.hook.send(channel=channel, message=prepare(channel, outbound(text=text)))
    if offers(Capability.CHECK_ACCOUNT):
        yield "the account check", manager.hook.check_account(channel=channel)
    if offers(Capability.QUERY_STATUS):
        yield "the status query", manager.hook.query_status(channel=channel, reference=session.simulator.accepted[0].id)


def _with_and_without(simulator: Simulator, auth: Auth, what: str, bare: HttpRequest) -> HttpResponse:
    """The answer to a request with credentials; CheckFailed if they make no difference."""
    request, before = auth.apply(bare, CLOCK), len(simulator.accepted)
    expect(request != bare, f"the {bare.method} of {what} is not changed by the credentials of authenticate")
    without = _answer(simulator, bare)
    expect(len(simulator.accepted) == before, f"the simulator accepted the {bare.method} of {what} without credentials")
    answer = _answer(simulator, request)
    same = (without.status, without.body) == (answer.status, answer.body)
    expect(not same, f"the {bare.method} of {what} is answered the same with credentials and without: {answer.status}")
    return answer


def _answer(simulator: Simulator, request: HttpRequest) -> HttpResponse:
    made = simulator.handle(as_webhook(request))
    return HttpResponse(made.status, made.headers, made.body)


@check("AUT003", Level.BRONZE, Capability.CHECK_ACCOUNT)
def an_account_check_tells_and_sends_nothing(subject: Subject) -> None:
    """The account check tells right credentials from wrong ones, and sends nothing.

    What: with the simulator's credentials it gives AccountInfo with an aware time, with others AuthError; no message
    is accepted, and none of its requests is marked as submitting one.
    Why: hosts call it when a channel is saved: a check that passes with anything lets a channel go live that never
    sends, and one that sends costs money each time.
    Mend: ask for the balance or the account; `submits=False` on its requests; raise for a refusal.
    Exempt: where the aggregator has nothing to ask: then do not offer the capability.
    """
    session = subject.session()
    info = attempt(lambda: session.client.check_account(session.channel))
    expect(
        isinstance(info, AccountInfo), f"with the right credentials it ended in {type(info).__name__}, not AccountInfo"
    )
    expect(getattr(info, "checked_at", None), "AccountInfo has no checked_at: take it from channel.clock()")
    marked = [request.method for request in session.transport.requests if request.submits]
    expect(not marked, f"a {''.join(marked[:1])} of the account check is marked as submitting a message")
    expect(not session.simulator.accepted, "the account check sent a message")
    locked = _locked_out(subject)
    _expect_auth_error(attempt(lambda: locked.client.check_account(locked.channel)), "the account check")


@check("AUT004", Level.SILVER, http=True)
def a_token_is_fetched_once(subject: Subject) -> None:
    """A token is fetched once and serves until it expires.

    What: where `authenticate` fetches a token, the first message makes one request more than the second and the third,
    and the token requests are not marked as submitting a message.
    Why: aggregators throttle their token resource far below the rate of messages; a token for each message halves the
    throughput, then locks the account out.
    Mend: return `BearerAuth` with the time at which the aggregator says the token expires, `refreshable=True`.
    Exempt: where a token serves one request only.
    """
    session = subject.session()
    before = len(session.transport.requests)
    credentials(session)
    fetched = session.transport.requests[before:]
    if not fetched:
        raise NotApplicable("the credentials are configured, no token is fetched")
    expect(not any(request.submits for request in fetched), "a request for a token is marked as submitting a message")
    counts = [_requests_of_a_message(session) for _ in range(3)]
    first, *later = counts
    expect(first == later[0] + len(fetched), f"three messages made {counts} requests: the token is not kept")
    expect(later[0] == later[1], f"three messages made {counts} requests: the token is not kept")


def _requests_of_a_message(session: Session) -> int:
    before = len(session.transport.requests)
    outcome = submitted(session)
    expect(not isinstance(outcome, SmsError), f"a message ended in {outcome}")
    return len(session.transport.requests) - before
