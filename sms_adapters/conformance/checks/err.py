"""ERR: whatever comes back, a host is told what is certain and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...errors import DeliveryUncertain, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled, TransportError
from ...http import Headers, HttpResponse
from ...results import Reason
from ...simulation import Fate
from ...transports.replay import read_cassette
from ..attempts import Attempt, Line, answered, crashed, failed, message, refused, sent, swapped, to_fate
from ..cases import Evidence, ExchangeCase
from ..check import Level, NotApplicable, check, expect
from ..garbled import changed, charsets, cuts, made_up
from ..properties import for_all
from ..result_soundness import faults_of_attempt
from ..subject import Subject

HTML = b"<!DOCTYPE html><html><head><title>Login</title></head><body><h1>Please log in</h1></body></html>"
OTHER_BODIES = (b"{}", b"[]", b"null", b"true", b"0", b'"ok"', b'{"status":"ok"}', b"<ok/>", b"ok", b"Internal error")
REASONS: Mapping[Fate, frozenset[Reason]] = {
    Fate.INVALID: frozenset({Reason.INVALID_RECIPIENT, Reason.NO_ROUTE, Reason.BLOCKED, Reason.UNKNOWN}),
    Fate.OPTED_OUT: frozenset({Reason.OPTED_OUT, Reason.BLOCKED, Reason.UNKNOWN}),
}
LATER = (Fate.THROTTLED, Fate.UNAVAILABLE)
FAILURES = ((500, b""), (500, HTML), (500, b"{}"), (502, HTML), (504, HTML))
REDIRECTS = (301, 302, 303, 307, 308)
ELSEWHERE = "https://elsewhere.invalid/login"
UNKNOWN_NUMBER, UNKNOWN_WORD = "98765", "zz.unknown.98765"


@check("ERR001", Level.BRONZE)
def a_refusal_is_typed(subject: Subject) -> None:
    """A refusal for good is Rejected, in the aggregator's own words.

    What: Messages are sent to a number that does not exist and to one that opted out. Each has to end in Rejected,
        not retryable, with the aggregator's code or text, and nothing may be accepted.
    Why: A host sends again what it takes for a temporary failure, and support cannot explain a refusal whose words
        were thrown away.
    Mend: Give the aggregator's codes a meaning in an `error_table`; pass code and text to the error.
    Exempt: Never.
    """
    for fate, error in _refusals(subject, REASONS):
        expect(isinstance(error, Rejected), f"{fate}: Rejected was expected, {_shown(error)} came")
        expect(not error.retryable, f"{fate}: the refusal is retryable")
        words = error.provider_code or error.provider_text
        expect(words, f"{fate}: the error has neither the aggregator's code nor its text")


def _refusals(subject: Subject, fates: Mapping[Fate, Any] | tuple[Fate, ...]) -> Iterator[tuple[Fate, SmsError]]:
    for fate in fates:
        attempt = Line(subject.session()).send(to_fate(fate))
        error = failed(attempt, f"a message whose fate in the simulator is {fate}")
        expect(not attempt.accepted, f"{fate}: the simulator accepted what it should refuse")
        yield fate, error


def _shown(error: SmsError) -> str:
    return f"{type(error).__name__} ({error})"


@check("ERR002", Level.SILVER)
def a_refusal_has_its_reason(subject: Subject) -> None:
    """A refusal's reason is the one the aggregator told.

    What: A number that does not exist has to be refused as invalid recipient, no route or blocked, one that opted
        out as opted out or blocked; unknown is right where the aggregator does not say. Where it refuses both in the
        same words, both may have the same reason.
    Why: Hosts stop a contact that opted out and mend a number that is wrong; the wrong reason does either to the
        wrong contact.
    Mend: Correct the rows of the `error_table`.
    Exempt: Never.
    """
    said: set[tuple[str | None, str | None]] = set()
    for fate, error in _refusals(subject, REASONS):
        reason, words = getattr(error, "reason", None), (error.provider_code, error.provider_text)
        wanted = REASONS[fate] | (REASONS[Fate.INVALID] if words in said else set())
        said.add(words)
        expect(reason in wanted, f"{fate}: one of {', '.join(sorted(wanted))} was expected as reason, it is {reason}")


@check("ERR003", Level.SILVER)
def told_to_come_later(subject: Subject) -> None:
    """Where the aggregator says to come later, the host may.

    What: The simulator throttles a message and is not available for another. Each has to end in Throttled or
        TemporaryFailure, retryable, with the aggregator's code or text.
    Why: What is taken for a refusal for good is lost; in a busy hour that is most of a broadcast.
    Mend: Give these codes the meaning Throttled or TemporaryFailure in the `error_table`, if the aggregator's document
        says that nothing was accepted.
    Exempt: Where the document says that the message may have been accepted all the same.
    """
    for fate, error in _refusals(subject, LATER):
        right = isinstance(error, Throttled | TemporaryFailure) and error.retryable
        expect(right, f"{fate}: a retryable Throttled or TemporaryFailure was expected, {_shown(error)} came")
        words = error.provider_code or error.provider_text
        expect(words, f"{fate}: the error has neither the aggregator's code nor its text")


@check("ERR004", Level.SILVER, http=True)
def a_429_is_throttled(subject: Subject) -> None:
    """A 429 is Throttled, with the seconds that it tells.

    What: In the simulator's place a 429 is answered, empty and as a page, with Retry-After and without. It has to be
        Throttled and retryable, with these seconds or with none.
    Why: Proxies before the aggregator throttle, too, in their own words. A host that does not know how long to wait
        guesses, and is locked out.
    Mend: End the reading of answers in `fail_by_status`, and pass `response.retry_after`.
    Exempt: Never.
    """
    place = sent(subject, message()).places[0]
    for headers, seconds in ((Headers(), None), (Headers({"Retry-After": "17"}), 17.0)):
        for body in (b"", HTML):
            attempt = Line(subject.session(), answered(place, HttpResponse(429, headers, body))).send(message())
            error = failed(attempt, "a 429")
            right = isinstance(error, Throttled) and error.retryable
            expect(right, f"Throttled was expected for a 429, {_shown(error)} came")
            found = getattr(error, "retry_after", None)
            expect(found == seconds, f"the 429 says {seconds} seconds, the error {found}")


@check("ERR005", Level.BRONZE, http=True)
def a_failed_server_leaves_doubt(subject: Subject) -> None:
    """After a failure of the aggregator's server the outcome is in doubt.

    What: In the simulator's place a 500, 502 or 504 is answered, empty, as a page and as an empty object. It must be
        neither a success nor a refusal nor retryable, and nothing may be sent again. Retryable is right where an
        exchange with a documented 5xx (not 503) in the adapter's folder says so.
    Why: Such a server may have passed the message on before it failed. Clients that send again after a 500 send twice.
    Mend: End the reading of answers in `fail_by_status`; if the aggregator's document says that nothing was
        accepted, add an exchange that shows it.
    Exempt: Never.
    """
    place = sent(subject, message()).places[0]
    for status, body in FAILURES:
        attempt = Line(subject.session(), answered(place, HttpResponse(status, body=body))).send(message())
        more = len(attempt.requests) - place - 1
        expect(not more, f"after HTTP {status} the adapter made {more} more requests by itself")
        error = failed(attempt, f"HTTP {status} with {len(body)} octets")
        sure = isinstance(error, DeliveryUncertain | ProtocolError)
        excused = isinstance(error, TemporaryFailure) and any(map(_documents_5xx, subject.exchanges))
        expect(sure or excused, f"HTTP {status} leaves the outcome in doubt, but {_shown(error)} came")


def _documents_5xx(case: ExchangeCase) -> bool:
    if case.source.evidence is Evidence.SIMULATED or not case.expect.get("retryable"):
        return False
    answer = read_cassette(case.cassette)[-1]["response"]
    status = answer["status"]["code"] if "status" in answer else 0
    return status >= 500 and status != 503


@check("ERR006", Level.BRONZE, http=True)
def what_is_no_answer_is_no_success(subject: Subject) -> None:
    """An answer that is not the aggregator's is never a success.

    What: With the status of a good answer come an empty body, a login page and bodies of other shapes. None may be a
        success, or retryable.
    Why: Proxies, expired accounts and captive portals answer 200. Clients that judge by the status report every
        message as sent.
    Mend: Ask of the body what the aggregator's document promises: an id, a status word; else raise `ProtocolError`.
    Exempt: Never. Where the aggregator's good answer has no body, the check does not apply.
    """
    for body, kind in ((b"", "an empty body"), (HTML, "a page"), *((body, repr(body)) for body in OTHER_BODIES)):
        for attempt, status in _instead(subject, body):
            error = failed(attempt, f"HTTP {status} with {kind}")
            expect(not error.retryable, f"HTTP {status} with {kind} is retryable: {_shown(error)}")


def _instead(subject: Subject, body: bytes) -> Iterator[tuple[Attempt, int]]:
    """A send whose good answer has `body` instead of its own, as a page and as what it was."""
    place, good = _good(subject)
    if body and good.body.lower().startswith(body):
        return  # some aggregators answer "ok"
    for content_type in {"text/html", good.headers.get("content-type") or ""}:
        bad = HttpResponse(good.status, Headers({"Content-Type": content_type}), body)
        yield Line(subject.session(), swapped(place, bad)).send(message()), good.status


def _good(subject: Subject) -> tuple[int, HttpResponse]:
    """The number of the exchange that submits a plain message, and its answer."""
    attempt = sent(subject, message())
    answer = attempt.exchanges[attempt.places[0]].response
    if answer is None or not answer.body:
        raise NotApplicable("the aggregator's good answer has no body")
    return attempt.places[0], answer


@check("ERR007", Level.BRONZE, http=True)
def a_cut_answer_is_not_read(subject: Subject) -> None:
    """An answer that is cut off is never read as another one.

    What: The simulator's good answer is cut at many places: JSON and XML anywhere, text before the message's id. The
        send has to fail without being retryable, or to have the result that the whole answer has.
    Why: The message is on its way. A half id matches no report, and a retryable error makes a second message.
    Mend: Raise `ProtocolError` for what cannot be read whole; `response.json_object()` and `response.xml()` do.
    Exempt: Never.
    """
    place, good = _good(subject)
    whole = sent(subject, message())
    for end in cuts(good.body, whole.result.ids if whole.result else ()):
        body = good.body[:end]
        meddle = swapped(place, replace(good, body=body))
        _same_or_failed(Line(subject.session(), meddle).send(message()), whole, f"an answer cut after {end} octets")


def _same_or_failed(attempt: Attempt, whole: Attempt, what: str) -> None:
    if attempt.error is not None:
        expect(not crashed(attempt.error), f"{what} broke the adapter: {attempt.error}")
        expect(not attempt.error.retryable, f"{what} is retryable, though the message was accepted")
        return
    found, wanted = _essence(attempt), _essence(whole)
    expect(found == wanted, f"{what} was read as {found}, the whole one as {wanted}")


def _essence(attempt: Attempt) -> list[Any]:
    return [(part.id, part.status.value) for part in attempt.result.parts] if attempt.result else []


@check("ERR008", Level.BRONZE, http=True)
def a_wrong_charset_is_no_success(subject: Subject) -> None:
    """An answer in another charset than it says is never read as another one.

    What: The good answer comes in UTF-16, with a charset that does not exist, with one that is not its own, compressed
        without a word, and with octets that are no text. The send has to fail without being retryable, or to have the
        result that the good answer has.
    Why: Error pages of proxies come in the charset of their country. An exception from deep in a codec says nothing
        about the message, which may be on its way.
    Mend: Read bodies with `response.text`, `json` and `xml`, which know charsets.
    Exempt: Never.
    """
    place, good = _good(subject)
    whole = sent(subject, message())
    kind = (good.headers.get("content-type") or "text/plain").partition(";")[0]
    for what, charset, body in charsets(good.body):
        bad = HttpResponse(good.status, Headers({"Content-Type": f"{kind}{charset}"}), body)
        meddle = swapped(place, bad)
        _same_or_failed(Line(subject.session(), meddle).send(message()), whole, f"an answer {what}")


@check("ERR009", Level.BRONZE)
def a_lost_answer_is_in_doubt(subject: Subject) -> None:
    """A lost answer leaves the message in doubt, and nothing is sent again.

    What: The simulator accepts a message and cuts the connection. The send has to end in DeliveryUncertain, not
        retryable, after exactly one submission.
    Why: Vendors' own libraries send again up to ten times, and the recipient gets ten messages.
    Mend: Do not catch `DeliveryUncertain`; never submit twice in one flow.
    Exempt: Never.
    """
    attempt = Line(subject.session()).send(to_fate(Fate.LOST_ANSWER))
    error = failed(attempt, "a message whose answer was lost")
    count = len(attempt.accepted)
    expect(count == 1, f"one submission was expected, the simulator took {count}")
    expect(isinstance(error, DeliveryUncertain), f"DeliveryUncertain was expected, {_shown(error)} came")
    expect(not error.retryable, "the error is retryable, though the message was accepted")


@check("ERR010", Level.BRONZE)
def a_refused_connection_may_be_retried(subject: Subject) -> None:
    """A connection that was refused leaves no doubt: the host may send again.

    What: Every connection for the submission is refused. The send has to end in TransportError(sent=False),
        retryable, after a few tries at most.
    Why: Most outages are of this kind. A host that must not send again after one loses the messages of an hour; an
        adapter that tries for ever blocks the host's worker.
    Mend: Let `TransportError` pass; at most try the aggregator's other hosts once.
    Exempt: Never.
    """
    place = sent(subject, message()).places[0]
    attempt = Line(subject.session(), refused(place)).send(message())
    error = failed(attempt, "a refused connection")
    proven = isinstance(error, TransportError) and not error.sent
    expect(proven, f"TransportError with sent=False was expected, {_shown(error)} came")
    expect(error.retryable, "the error is not retryable, though nothing was sent")


@check("ERR011", Level.BRONZE, http=True)
def redirects_are_not_followed(subject: Subject) -> None:
    """A redirect is an error, and is not followed.

    What: The submission is answered with a redirect to another host. The send has to fail without being retryable,
        and no further request may be made.
    Why: A redirect would take message and credentials to a host that nobody configured, and turns a POST into a GET
        that some gateways take for a success.
    Mend: Treat any 3xx as an error; `fail_by_status` does.
    Exempt: Never.
    """
    place = sent(subject, message()).places[0]
    for status in REDIRECTS:
        attempt = Line(
            subject.session(), answered(place, HttpResponse(status, Headers({"Location": ELSEWHERE}), HTML))
        ).send(message())
        more = len(attempt.requests) - place - 1
        expect(not more, f"after HTTP {status} the adapter made {more} more requests")
        error = failed(attempt, f"a redirect (HTTP {status})")
        expect(not error.retryable, f"HTTP {status} is retryable: {_shown(error)}")


@check("ERR012", Level.BRONZE, http=True)
def a_refusal_in_a_200_is_no_success(subject: Subject) -> None:
    """A refusal that comes with a 200 is not a success.

    What: Each refusal of the simulator comes with status 200 instead of its own. None may be read as a success.
    Why: Many aggregators say "bad credentials" or "no credit" in a 200, some only behind a proxy or in an old version
        of their API. Clients that judge by the status report every message as sent.
    Mend: Look for the aggregator's error in the body before the id, and ask for the id.
    Exempt: Never. Refusals without a body are not looked at.
    """
    looked = False
    for fate in (*REASONS, *LATER):
        refusal, place = _refusal(subject, fate)
        if refusal.body:
            looked = True
            meddle = swapped(place, replace(refusal, status=200))
            failed(Line(subject.session(), meddle).send(to_fate(fate)), f"the refusal {fate} in a 200")
    if not looked:
        raise NotApplicable("the aggregator's refusals have no body")


def _refusal(subject: Subject, fate: Fate) -> tuple[HttpResponse, int]:
    """The answer that refuses a message of that fate, and the number of its exchange."""
    attempt = Line(subject.session()).send(to_fate(fate))
    failed(attempt, f"a message whose fate in the simulator is {fate}")
    return attempt.last, len(attempt.exchanges) - 1


@check("ERR013", Level.SILVER, http=True)
def an_unknown_code_is_no_success(subject: Subject) -> None:
    """An error code that nobody knows is an error, and is kept.

    What: The code in the simulator's refusal is replaced by one that no table has, once with the refusal's own status
        and once with 200. The send has to fail, not retryable, and the error has to hold the new code.
    Why: Aggregators add codes without notice. What is not in the table must not pass for a success, nor be sent
        again for ever; and whoever looks into it needs the code.
    Mend: Let the reading of answers end in an error that carries `provider_code`, whatever the code is.
    Exempt: Never. Where refusals have no code of their own, the check does not apply.
    """
    known = failed(Line(subject.session()).send(to_fate(Fate.INVALID)), "a message to an invalid number")
    refusal, place = _refusal(subject, Fate.INVALID)
    code = (known.provider_code or "").encode()
    if not code or code not in refusal.body or known.provider_code == str(refusal.status):
        raise NotApplicable("the aggregator's refusals have no code of their own")
    unknown = UNKNOWN_NUMBER if code.isdigit() else UNKNOWN_WORD
    body = refusal.body.replace(code, unknown.encode())
    for status in (refusal.status, 200):
        bad = replace(refusal, status=status, body=body)
        error = failed(Line(subject.session(), answered(place, bad)).send(to_fate(Fate.INVALID)), f"the code {unknown}")
        expect(not error.retryable, f"HTTP {status}: the unknown code {unknown} is retryable: {_shown(error)}")
        words = f"{error.provider_code} {error.provider_text}"
        expect(unknown in words, f"HTTP {status}: the code {unknown} is not kept in {_shown(error)}")


@check("ERR014", Level.BRONZE)
def no_answer_breaks_the_adapter(subject: Subject) -> None:
    """No answer whatever breaks the adapter.

    What: The good answer and a refusal come back with values of other types, without fields, with changed octets, or
        as octets made up, with any status. The adapter has to raise an SmsError of its own choice, or to give a
        result whose values have their types and whose ids are all there, as the answer tells them.
    Why: An exception of the adapter's own after a submission leaves a host that knows nothing of a message that may
        have gone out; a wrong type breaks the host's database later.
    Mend: Check the type of every value that is read; raise `ProtocolError` for what is not as documented.
    Exempt: Never.
    """
    line = Line(subject.session())
    line.send_anew(message())
    whole = line.sent(message())  # the second one fetches no token
    place, good = whole.places[0], whole.exchanges[whole.places[0]].response
    known = [answer for answer in (good, _refusal(subject, Fate.INVALID)[0]) if answer]

    def examine(answer: HttpResponse) -> None:
        line.meddle = answered(place, answer)
        attempt = line.send_anew(message())
        expect(not crashed(attempt.error), f"an answer of HTTP {answer.status} broke the adapter: {attempt.error}")
        faults = "; ".join(faults_of_attempt(attempt, answer, whole))
        expect(not faults, f"an answer of HTTP {answer.status} with odd values: {faults}")

    for answer in known:
        for odd in changed(answer):
            examine(odd)
    for_all(made_up(known), examine, 40)
