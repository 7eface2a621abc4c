"""REC: recordings, and the evidence that they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from ...manifest import Capability
from ...transports.replay import ReplayMismatch, read_cassette
from ..cases import Evidence, ExchangeCase, InboundCase, Source, outcome
from ..check import CHECKS, CheckFailed, Level, check, expect
from ..playing import events_of, play, receive_case
from ..subject import Exemption, Subject

Case: TypeAlias = ExchangeCase | InboundCase

FRESH = timedelta(days=180)
LONGEST_EXEMPTION = timedelta(days=180)
KNOWN = frozenset(Evidence) - {Evidence.SIMULATED}
FROM_THE_AGGREGATOR = frozenset({Evidence.LIVE, Evidence.SANDBOX})
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OSError)
"""What reading a case's files raises where they are not as they should be; TOML's and JSON's errors are ValueErrors."""


@check("REC001", Level.BRONZE)
def exchanges_replay(subject: Subject) -> None:
    """Every exchange replays, to the octet.

    What: Each case in `exchanges/` is played: the adapter has to make the recorded requests, with the same method, URI,
    body and recorded headers, in this order and all of them, and what comes of the answers has to be what the case
    expects.
    Why: A request that differs in one octet from the one that the aggregator accepted is another request.
    Mend: If the adapter is wrong, mend it; if the aggregator changed, record again and look at the drift report. Never
    edit a recording to fit.
    Exempt: Never.
    """
    cases = _exchanges(subject)
    expect(cases, "there is no exchange in exchanges/: nothing shows what the adapter sends")
    for case in cases:
        try:
            found = outcome(play(subject, case))
        except ReplayMismatch as mismatch:
            raise CheckFailed(f"exchange {mismatch}") from mismatch
        _expect_same(f"exchange {case.name}", {key: found.get(key) for key in case.expect}, case.expect)


@check("REC002", Level.SILVER)
def inbound_examples_bring_their_events(subject: Subject) -> None:
    """Every inbound example brings its events.

    What: Each webhook in `inbound/` is accepted, and brings exactly the events of its JSON file, in this order.
    Why: What a webhook looks like is known from these files alone; a reader that drifts away from them reads
    something else than what comes.
    Mend: If the adapter is wrong, mend it; an example with another outcome than expected is never edited to fit.
    Exempt: Never.
    """
    for case in _inbound(subject):
        receipt = receive_case(subject, case)
        expect(receipt.error is None, f"inbound example {case.name} was refused: {receipt.error}")
        found = events_of(receipt)
        many = f"inbound example {case.name} brings {len(found)} events, not {len(case.expect)}"
        expect(len(found) == len(case.expect), many)
        for one, wanted in zip(found, case.expect, strict=True):
            _expect_same(f"inbound example {case.name}", one, wanted)


def _expect_same(what: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for key in (*wanted, *found):
        same = found.get(key) == wanted.get(key)
        expect(same, f"{what}: {key} is {found.get(key)!r}, where {wanted.get(key)!r} is expected")


@check("REC003", Level.BRONZE)
def each_case_expects_something(subject: Subject) -> None:
    """Each case says what has to come of it.

    What: The `[expect]` of an exchange names the type of the result with its parts, status or other values, or the
    error with its reason or the aggregator's code; each event of an inbound example has its type.
    Why: A case that expects nothing passes whatever the adapter makes of it.
    Mend: Write out the outcome: `type = "SendResult"` with `parts`, `error = "Rejected"` with `reason`.
    Exempt: Never.
    """
    for case in _exchanges(subject):
        kind = case.expect.get("type") or case.expect.get("error")
        expect(kind, f"exchange {case.name} expects neither a type nor an error")
        needed = TELLING.get(str(kind), ())
        told = not needed or any(name in case.expect for name in needed)
        expect(told, f"exchange {case.name} expects {kind}, but none of {', '.join(needed)}")
    for example in _inbound(subject):
        typed = isinstance(example.expect, list) and all(event.get("type") for event in example.expect)
        expect(typed, f"inbound example {example.name} has an event without a type")


TELLING: Mapping[str, Sequence[str]] = {
    "SendResult": ("parts",),
    "DeliveryReport": ("status",),
    "Rejected": ("reason", "provider_code", "provider_text"),
    "InvalidMessage": ("reason",),
}


@check("REC004", Level.BRONZE)
def each_case_has_a_source(subject: Subject) -> None:
    """Each case says where it is from, and when that was seen.

    What: Each case has a title, a kind of evidence and a date that is not in the future; what is documented or
    from a reference has the URL, what is live or from a sandbox names the software and its version.
    Why: In two years somebody has to know whether a recording or the aggregator is out of date, and where to look.
    Mend: Complete the `[source]`: evidence, title, url, date, software.
    Exempt: Never.
    """
    for case in _cases(subject):
        for fault in _source_faults(case.source, subject.today):
            raise CheckFailed(f"the source of {case.name} {fault}")


def _source_faults(source: Source, today: date) -> Iterator[str]:
    if not source.title.strip():
        yield "has no title"
    seen: object = source.date
    if type(seen) is not date:
        yield f"has the date {seen!r}: write a day of TOML, without quotes and time"
    elif seen > today:
        yield f"is of {seen}, which is in the future"
    linked = source.url.startswith(("https://", "http://"))
    if source.evidence in (Evidence.DOCUMENTED, Evidence.REFERENCE) and not linked:
        yield f"is {source.evidence.value}, but has no URL"
    if source.evidence in FROM_THE_AGGREGATOR and not source.software.strip():
        yield f"is {source.evidence.value}, but names no software with its version"


FILES = {"exchanges": (".yaml", ".toml"), "inbound": (".http", ".json", ".toml")}


@check("REC005", Level.BRONZE)
def no_file_is_left_over(subject: Subject) -> None:
    """No file of a case is missing or left over.

    What: In `exchanges/` each case has its cassette and its table, in `inbound/` its webhook, events and table, and
    there is nothing else but `channel.toml` and recordings that wait as `.new`.
    Why: A cassette whose table was renamed is played by nobody, and looks like evidence.
    Mend: Delete what is left over, or give it its other half.
    Exempt: Never.
    """
    for folder, endings in FILES.items():
        names = {path.name for path in _files(subject.folder / folder)} - {"channel.toml"}
        stems = {name.rpartition(".")[0] for name in names}
        wanted = {f"{stem}{ending}" for stem in stems for ending in endings}
        missing, left = sorted(wanted - names), sorted(names - wanted)
        expect(not left, f"{folder}/ holds what belongs to no case: {', '.join(left)}")
        expect(not missing, f"{folder}/ lacks {', '.join(missing)}")


def _files(folder: Path) -> Iterator[Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return (path for path in found if not path.name.startswith(".") and ".new." not in path.name)


@check("REC006", Level.BRONZE)
def cassettes_are_vcrpys(subject: Subject) -> None:
    """Cassettes can be read by vcrpy.

    What: vcrpy's own loader reads every cassette, by its safe YAML reader, and finds the same requests.
    Why: The recordings outlive this package only if common tools can read them.
    Mend: Record with `--record`, which writes vcrpy's format; do not write cassettes by hand.
    Exempt: Never.
    """
    from vcr.serialize import deserialize
    from vcr.serializers import yamlserializer

    for path in sorted((subject.folder / "exchanges").glob("*.yaml")):
        try:
            ours = [interaction["request"] for interaction in read_cassette(path)]
            theirs, *_ = deserialize(path.read_text(encoding="utf-8"), yamlserializer)
        except Exception as error:
            raise CheckFailed(f"{path.name} cannot be read: {type(error).__name__}: {error}") from error
        expect(ours, f"{path.name} has no request")
        same = [(item.method, item.uri) for item in theirs] == [(item["method"], item["uri"]) for item in ours]
        expect(same, f"vcrpy reads other requests from {path.name}")


@check("REC007", Level.BRONZE)
def exemptions_are_few_words_and_few_months(subject: Subject) -> None:
    """Every exemption has a reason and an end.

    What: Each entry of `conformance.toml` names a check that may be exempted from, gives a reason in words, and ends
    within 180 days.
    Why: An exemption without an end is a check that does not exist.
    Mend: Complete the entry, or mend what the check found.
    Exempt: Never.
    """
    try:
        exemptions = list(subject.exemptions.values())
    except UNREADABLE as error:
        raise CheckFailed(f"conformance.toml cannot be read: {type(error).__name__}: {error}") from error
    for item in exemptions:
        for fault in _exemption_faults(item, subject.today):
            raise CheckFailed(f"the exemption from {item.check} {fault}")


def _exemption_faults(item: Exemption, today: date) -> Iterator[str]:
    known = CHECKS.get(item.check)
    if known is None:
        yield "is from a check that does not exist"
    elif known.doc["Exempt"].startswith("Never"):
        yield "is not possible: the check knows no exemption"
    if len(item.reason.split()) < 3:
        yield f"has the reason {item.reason!r}: say what is missing and why"
    end: object = item.until
    if type(end) is not date:
        yield f"ends on {end!r}: write a day of TOML, without quotes and time"
    elif end > today + LONGEST_EXEMPTION:
        yield f"ends on {end}, later than in {LONGEST_EXEMPTION.days} days"


@check("REC008", Level.SILVER)
def sending_is_known(subject: Subject) -> None:
    """That a message is sent, refused, not paid for by a wrong key and slowed down is known, not guessed.

    What: Among the exchanges that are documented, from a reference, from a sandbox or live there is one for each of:
    a message that is accepted, one that is refused, credentials that are refused, and an answer to come back later.
    Why: Simulated exchanges show what the adapter's author thinks of the aggregator, and nothing about it.
    Mend: Add exchanges from the documents, with title, URL and date, or record them against a test account.
    Exempt: Where the aggregator documents no such answer and its test account gives none.
    """
    _expect_shown(_exchanges(subject), SENDING)


@check("REC009", Level.SILVER, Capability.DELIVERY_REPORTS)
def reports_are_known(subject: Subject) -> None:
    """What a delivery report looks like is known, not guessed.

    What: Among the inbound examples that are documented, from a reference, from a sandbox or live there is a report
    of a message that was delivered and one of a message that was not.
    Why: A status word that was guessed turns failures into successes for as long as nobody looks.
    Mend: Add examples from the documents, with title, URL and date, or record them against a test account.
    Exempt: Where the aggregator never reports one of the two, with its document as the reason.
    """
    _expect_shown(_inbound(subject), REPORTS)


@check("REC010", Level.SILVER, Capability.INBOUND)
def messages_are_known(subject: Subject) -> None:
    """What an incoming message looks like is known, not guessed.

    What: Among the inbound examples, or the exchanges that poll, there is an incoming message that is documented, from
    a reference, from a sandbox or live.
    Why: A webhook that was guessed is first read in production, by users.
    Mend: Add examples from the documents, with title, URL and date, or record them against a test account.
    Exempt: Never.
    """
    _expect_shown(_cases(subject), MESSAGES)


Shows: TypeAlias = Callable[[Case], bool]


def _comes_to(*names: str) -> Shows:
    """A send or another exchange that ends in a result or an error of these names."""

    def shows(case: Case) -> bool:
        return isinstance(case, ExchangeCase) and any(case.expect.get(key) in names for key in ("type", "error"))

    return shows


def _brings(kind: str, **values: Collection[str]) -> Shows:
    """A webhook with an event of a type, whose values are among those given."""

    def shows(case: Case) -> bool:
        events = case.expect if isinstance(case, InboundCase) else case.expect.get("events", ())
        of_kind = [event for event in events if event.get("type", kind) == kind]
        return any(all(event.get(name) in allowed for name, allowed in values.items()) for event in of_kind)

    return shows


FAILURES = ("failed", "undeliverable", "rejected", "expired")
SENDING: Mapping[str, Shows] = {
    "a message that is accepted": _comes_to("SendResult"),
    "a message that is refused": _comes_to("Rejected"),
    "credentials that are refused": _comes_to("AuthError"),
    "an answer to come back later": _comes_to("Throttled", "TemporaryFailure"),
}
REPORTS: Mapping[str, Shows] = {
    "a report of a message that was delivered": _brings("DeliveryReport", status=("delivered",)),
    "a report of a message that was not delivered": _brings("DeliveryReport", status=FAILURES),
}
MESSAGES: Mapping[str, Shows] = {"an incoming message": _brings("InboundMessage")}


def _expect_shown(cases: Iterable[Case], wanted: Mapping[str, Shows]) -> None:
    known = [case for case in cases if case.source.evidence in KNOWN]
    for what, shows in wanted.items():
        expect(any(map(shows, known)), f"no exchange at this level: {what} is not shown by anything but a simulation")


HOOKS = (Capability.CHECK_ACCOUNT, Capability.QUERY_STATUS, Capability.FETCH_INBOUND)
EVENTS: Mapping[Capability, Shows] = {
    Capability.DELIVERY_REPORTS: _brings("DeliveryReport"),
    Capability.INBOUND: _brings("InboundMessage"),
    Capability.OPT_OUT_EVENTS: lambda case: _brings("OptOut")(case) or _brings("OptIn")(case),
}


@check("REC011", Level.SILVER)
def what_is_offered_is_shown(subject: Subject) -> None:
    """Whatever the manifest offers is shown by a case.

    What: Each hook that the manifest offers (check_account, query_status, fetch_inbound) has an exchange; each webhook
    action has an inbound example; so have incoming messages, their media, opt-outs and reports, where they are offered.
    Why: A capability that no case shows was never tried, and the table of adapters promises it.
    Mend: Add the case, or take the capability out of the manifest.
    Exempt: Never.
    """
    for hook in HOOKS:
        shown = any(case.hook == hook for case in _exchanges(subject))
        expect(shown or not subject.manifest.offers(hook), f"the manifest offers {hook}, but no exchange shows it")
    actions = {case.request.action for case in _inbound(subject)}
    for webhook in subject.manifest.webhooks:
        expect(webhook.action in actions, f"the manifest has the webhook {webhook.action!r}, but no inbound example")
    for capability, shows in {**EVENTS, Capability.INBOUND_MEDIA: _has_media}.items():
        shown = any(map(shows, _cases(subject)))
        expect(shown or not subject.manifest.offers(capability), f"the manifest offers {capability}; no case shows it")


def _has_media(case: Case) -> bool:
    return isinstance(case, InboundCase) and any("media" in event for event in case.expect)


@check("REC012", Level.GOLD)
def the_aggregator_was_asked_lately(subject: Subject) -> None:
    """The aggregator itself was asked within the last 180 days.

    What: An accepted message, a delivery report and an incoming message, as far as the manifest offers them, were each
    recorded live or in the aggregator's sandbox within the last 180 days.
    Why: Aggregators change without a notice; the only proof that an adapter works is that it worked lately.
    Mend: Record against a test account: `pytest --sms-adapters=... --record`.
    Exempt: Never.
    """
    wanted = {
        "a message that is accepted": (None, _comes_to("SendResult")),
        "a delivery report": (Capability.DELIVERY_REPORTS, _brings("DeliveryReport")),
        "an incoming message": (Capability.INBOUND, _brings("InboundMessage")),
    }
    real = [case for case in _cases(subject) if case.source.evidence in FROM_THE_AGGREGATOR]
    for what, (capability, shows) in wanted.items():
        if capability is None or subject.manifest.offers(capability):
            newest = max((case.source.date for case in real if shows(case)), default=None)
            expect(newest, f"no recording of {what} is live or from a sandbox")
            fresh = newest is not None and subject.today - newest <= FRESH
            expect(fresh, f"the newest recording of {what} is of {newest}, more than {FRESH.days} days ago")


def _cases(subject: Subject) -> list[Case]:
    return [*_exchanges(subject), *_inbound(subject)]


def _exchanges(subject: Subject) -> list[ExchangeCase]:
    try:
        return subject.exchanges
    except UNREADABLE as error:
        raise CheckFailed(f"the exchanges cannot be read: {type(error).__name__}: {error}") from error


def _inbound(subject: Subject) -> list[InboundCase]:
    try:
        return subject.inbound
    except UNREADABLE as error:
        raise CheckFailed(f"the inbound examples cannot be read: {type(error).__name__}: {error}") from error
