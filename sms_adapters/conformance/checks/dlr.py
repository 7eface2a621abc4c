"""DLR: delivery reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import permutations
from typing import TYPE_CHECKING, Any

from ...errors import SmsError
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...manifest import Capability
from ...messages import DeliveryReport, InboundEvent
from ...results import Status
from ...simulation import Fate
from ..cases import CLOCK
from ..check import CheckFailed, Level, NotApplicable, check, expect
from ..genuine import PLAIN, Genuine, Sent, genuine, received, reports_of, send, unverified
from ..soundness import faults_of
from ..subject import Session, Subject
from ..variants import fields_of

if TYPE_CHECKING:
    from ...channel import AnyChannel

REPORTS = Capability.DELIVERY_REPORTS

ENDS: Mapping[Fate, frozenset[Status]] = {
    Fate.DELIVERED: frozenset({Status.DELIVERED}),
    Fate.LATE: frozenset({Status.DELIVERED}),
    Fate.DUPLICATED: frozenset({Status.DELIVERED}),
    Fate.OUT_OF_ORDER: frozenset({Status.DELIVERED}),
    Fate.FAILED: frozenset({Status.FAILED, Status.UNDELIVERABLE}),
    Fate.EXPIRED: frozenset({Status.EXPIRED, Status.FAILED, Status.UNDELIVERABLE}),
    Fate.REJECTED: frozenset({Status.REJECTED, Status.FAILED}),
    Fate.UNDELIVERABLE: frozenset({Status.UNDELIVERABLE, Status.FAILED}),
}
"""What a message's fate may be called: not every aggregator has a word for each way to fail."""


@check("DLR001", Level.SILVER, REPORTS)
def each_fate_ends_in_its_status(subject: Subject) -> None:
    """Each fate ends in the right status.

    What: Messages that are delivered, late, delivered twice, reported out of order, failed, expired, rejected and
    undeliverable are sent; the reports of each, merged by `Status.merge`, end in the status of the fate, or in
    a more general one of the same outcome.
    Why: A failure shown as delivered is the worst that a report can say.
    Mend: Map every status word of the documents in the adapter's table of statuses.
    Exempt: Never.
    """
    session = subject.session()
    for fate, ends in ENDS.items():
        sent = send(session, fate)
        reports = [report for message in sent.accepted for report in reports_of(session, message)]
        expect(reports or fate is not Fate.DELIVERED, "no report comes of a message that is delivered")
        if reports:
            _expect_end(fate, sent, [report.status for report in reports], ends)


def _expect_end(fate: Fate, sent: Sent, statuses: Sequence[Status], ends: Collection[Status]) -> None:
    end = reduce(Status.merge, statuses, sent.result.parts[0].status)
    told, wanted = ", ".join(map(str, statuses)), " or ".join(sorted(ends))
    expect(end in ends, f"the reports {told} of a message that is {fate.value} end in {end.value}, not in {wanted}")


@check("DLR002", Level.SILVER, REPORTS)
def on_the_way_is_not_final(subject: Subject) -> None:
    """What is on its way is neither delivered nor failed.

    What: The simulator's reports that a message was taken or handed to the operator are read as queued, sent or
    unknown, never as a final status.
    Why: "Sent" read as delivered counts messages that never arrived; a final status also shuts out the true one
    that comes later.
    Mend: In the table of statuses, keep "accepted", "buffered", "sent" and their like apart from "delivered".
    Exempt: Never.
    """
    session = subject.session()
    made = [
        session.simulator.report(message, status)
        for message in send(session).accepted
        for status in (Status.QUEUED, Status.SENT)
    ]
    requests = [request for request in made if request is not None]
    if not requests:
        raise NotApplicable("the aggregator reports nothing before the end")
    for report in _reports(session.events(requests)):
        expect(not report.status.final, f"a report that the message is on its way was read as {report.status.value}")


@check("DLR003", Level.SILVER, REPORTS)
def order_and_number_of_reports_do_not_matter(subject: Subject) -> None:
    """Reports that come twice or in another order end in the same status.

    What: The reports of each fate, each of them twice, are read in every order; each is read as it was the first
    time, and every order ends in the same status.
    Why: Aggregators deliver reports from several machines, again after a timeout, and late; a "sent" that comes last
    must not take back "delivered".
    Mend: Keep nothing between webhooks in the adapter: each report is read by itself, and `Status.merge` decides.
    Exempt: Never.
    """
    session = subject.session()
    for fate, ends in ENDS.items():
        sent = send(session, fate)
        requests = session.simulator.reports(sent.accepted[0])
        first = [_only(session, request) for request in requests]
        for order in set(permutations([*range(len(requests))] * 2)):
            reports = [_only(session, requests[place]) for place in order]
            for place, report in zip(order, reports, strict=True):
                expect(report == first[place], f"a report of a message that is {fate.value} is read in two ways")
            if reports:
                _expect_end(fate, sent, [report.status for report in reports], ends)


def _reports(events: Iterable[InboundEvent]) -> list[DeliveryReport]:
    return [event for event in events if isinstance(event, DeliveryReport)]


def _only(session: Session, request: HttpRequest) -> DeliveryReport:
    reports = _reports(session.events([request]))
    expect(len(reports) == 1, f"a report of the simulator was read as {len(reports)} reports")
    return reports[0]


@check("DLR004", Level.SILVER, REPORTS)
def a_report_may_come_before_the_answer(subject: Subject) -> None:
    """A report that comes before the answer to the send is read, and finds its message.

    What: The reports of a message are delivered while its submission still waits for the answer; each is read, and
    names the message by the id that the answer then gives, or by the message's own.
    Why: Fast aggregators report within milliseconds. An adapter that has to know the id first loses these reports.
    Mend: Keep no table of ids in the adapter; it is the host that looks for the message.
    Exempt: Never.
    """
    session = subject.session()
    early: list[DeliveryReport] = []

    def answer(request: HttpRequest) -> HttpResponse:
        known = len(session.simulator.accepted)
        made = session.transport.handled(request)
        for message in session.simulator.accepted[known:]:
            early.extend(_reports(session.events(session.simulator.reports(message))))
        return made

    session.transport.fault = answer
    sent = send(session)
    expect(early, "the reports that came before the answer brought no event")
    for report in early:
        expect(_names(session.channel, report, sent, 0), _lost(report, sent))


def _names(channel: AnyChannel, report: DeliveryReport, sent: Sent, part: int) -> bool:
    """Whether a report is that of a part: by its id where it has one, and by no other part's."""
    if report.id is None or sent.result.parts[part].id is None:
        return report.message_id == sent.message.id
    named = [channel.same_id(report.id, item.id) for item in sent.result.parts if item.id is not None]
    return named[part]


def _lost(report: DeliveryReport, sent: Sent) -> str:
    known = f"id {', '.join(sent.result.ids) or 'none'}, message_id {sent.message.id}"
    return f"a report with id {report.id} and message_id {report.message_id} finds no message: those known are {known}"


@check("DLR005", Level.SILVER, REPORTS)
def each_part_is_reported_for_itself(subject: Subject) -> None:
    """A report finds its message, whichever part it is about.

    What: A short message and one that the adapter submits in several parts are sent; the reports of each part name
    it by the part's id from `SendResult`, and no other part's, or by the message's own id where the aggregator gives
    none; the recipient, where it is told, is the message's.
    Why: Of a message in three parts, the first part's report alone says nothing about what the handset shows.
    Mend: Give each `PartResult` the id of its own submission, and state in the manifest's `id_match` how the
    aggregator writes ids in reports.
    Exempt: Never.
    """
    for text in (PLAIN, _long(subject)):
        session = subject.session()
        sent = send(session, text=text)
        for part, message in enumerate(sent.accepted):
            for report in reports_of(session, message):
                expect(_names(session.channel, report, sent, part), _lost(report, sent))
                others = [n for n in range(len(sent.accepted)) if n != part and report.id is not None]
                mixed = [n + 1 for n in others if sent.result.parts[n].id and _names(session.channel, report, sent, n)]
                expect(not mixed, f"the report of part {part + 1} is one of part {mixed} too: both have id {report.id}")
                whose = report.recipient in (None, sent.message.to)
                expect(whose, f"the report on {sent.message.to} names the recipient {report.recipient}")


def _long(subject: Subject) -> str:
    """A text that no adapter submits in one part, unless its aggregator takes any length."""
    if not subject.manifest.offers(Capability.LONG_TEXT):
        return PLAIN
    return "Umuntu ngumuntu ngabantu. " * ((subject.manifest.text.max_chars + 500) // 26)


@check("DLR006", Level.SILVER, REPORTS)
def an_unknown_word_is_unknown(subject: Subject) -> None:
    """A status word that nobody knows is unknown, and kept.

    What: In genuine reports the status word is replaced by one that does not exist; the report has the status
    "unknown" and the new word in `word`.
    Why: Aggregators add words without a notice. Taken for failed, a new word for "read by the handset" sends
    everything a second time; refused, it is delivered again for hours.
    Mend: `STATUSES.get(word, Status.UNKNOWN)`, and `word=word` as it came.
    Exempt: Never.
    """
    seen = 0
    for item, report in _genuine_reports(subject):
        word = report.word or ""
        unknown = UNKNOWN_NUMBER if word.isdigit() else UNKNOWN_WORD
        request = _reworded(item.request, word, unknown) if word else item.request
        if request is item.request:
            continue
        seen += 1
        receipt = received(unverified(item.open()), request)
        expect(receipt.error is None, f"{item.name}, with the status word {unknown!r}, was refused: {receipt.error}")
        for found in receipt.events:
            status, kept = getattr(found, "status", None), getattr(found, "word", None)
            what = f"{item.name}, with the status word {unknown!r}"
            expect(status is Status.UNKNOWN, f"{what}, was read as {status or type(found).__name__}, not as unknown")
            expect(kept is not None and kept.casefold() == unknown, f"{what}, was read with the word {kept!r}")
    if not seen:
        raise NotApplicable("no report has its status word as a value of its own")


UNKNOWN_WORD, UNKNOWN_NUMBER = "teleported", "987654"


def _reworded(request: WebhookRequest, word: str, unknown: str) -> WebhookRequest:
    """The request with another word wherever `word` is a value; the same one if it is nowhere."""
    places = [field.place for field in fields_of(request) if _written(field.value).casefold() == word.casefold()]
    for place in places:
        field = next(field for field in fields_of(request) if field.place == place)
        request = field.put(int(unknown) if isinstance(field.value, int) else unknown)
    return request


def _written(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""


@check("DLR007", Level.SILVER, REPORTS)
def the_aggregators_words_are_kept(subject: Subject) -> None:
    """Word and code of a report are the aggregator's own.

    What: Every genuine report has a `word`; word and code are found in the webhook, character by character but for
    case.
    Why: When a user asks the aggregator's support why a message failed, only its own word and code help.
    Mend: Set `word` to the status as it came, and `code` to the error code as it came, never to ours.
    Exempt: Never.
    """
    for item, report in _genuine_reports(subject):
        said = [item.request.action, *(_written(field.value) for field in fields_of(item.request))]
        expect(report.word, f"{item.name} was read without the aggregator's status word")
        for name, value in (("word", report.word), ("code", report.code)):
            told = value is None or any(value.casefold() in text.casefold() for text in said)
            expect(told, f"{item.name} has the {name} {value!r}, which is not in the webhook")


@check("DLR008", Level.SILVER, REPORTS)
def reports_can_be_stored(subject: Subject) -> None:
    """Reports are of their types, with times that have a zone, and the right one.

    What: Each genuine report has an id or a message id, a `Status`, texts that are texts, and an aware time; what the
    simulator reports now is read as of now, to the minute.
    Why: A time in the wrong zone shows a message delivered before it was sent; a number for an id is not found.
    Mend: Give times the zone that the documents state, or leave them None; `str()` ids that JSON gives as numbers.
    Exempt: Never.
    """
    for item, report in _genuine_reports(subject):
        for fault in faults_of(report):
            raise CheckFailed(f"{item.name}: {fault}")
    session = subject.session()
    for report in reports_of(session, send(session).accepted[0]):
        away = abs((report.at - CLOCK).total_seconds()) if report.at else 0
        expect(away <= 60, f"a report of now was read as one of {report.at}: {away / 3600:.1f} hours away")


@check("DLR009", Level.SILVER, Capability.QUERY_STATUS)
def a_status_can_be_asked_for(subject: Subject) -> None:
    """Asked for a status, the adapter reports on that very message.

    What: A message is sent, and its status asked for by the id from `SendResult.ids`; the report is about that
    message, in a known status, and nothing is submitted by asking.
    Why: A host asks where a report did not come or a send is in doubt; an answer about another message, or a second
    submission, makes the doubt worse.
    Mend: Build the request from `reference` with `submits=False`, and read the answer by the same table of statuses
    as the reports.
    Exempt: Never.
    """
    session = subject.session()
    sent = send(session)
    expect(sent.result.id is not None, "the manifest offers query_status, but send gives no id to ask for")
    report = _asked(session, sent.result.id or "")
    expect(_names(session.channel, report, sent, 0), _lost(report, sent))
    expect(report.status is not Status.UNKNOWN, f"the status of an accepted message is unknown: {report.word!r}")
    expect(len(session.simulator.accepted) == len(sent.accepted), "asking for a status submitted a message")


def _asked(session: Session, reference: str) -> DeliveryReport:
    try:
        report: object = session.client.query_status(session.channel, reference)
    except SmsError as error:
        raise CheckFailed(f"asking for an accepted message ended in {type(error).__name__}: {error}") from error
    if not isinstance(report, DeliveryReport):
        raise CheckFailed(f"query_status gave {type(report).__name__}, no DeliveryReport")
    return report


def _genuine_reports(subject: Subject) -> Iterator[tuple[Genuine, DeliveryReport]]:
    """Webhooks that bring one report and nothing else."""
    found = 0
    for item in genuine(subject):
        events = received(item.open(), item.request).events
        if len(events) == 1 and isinstance(events[0], DeliveryReport):
            found += 1
            yield item, events[0]
    expect(found, "the manifest offers delivery reports, but no webhook brings one")
