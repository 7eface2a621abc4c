"""SND: what a host asks for is what the aggregator is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone
from typing import Any

from ...errors import InvalidMessage, Unsupported
from ...http import HttpResponse
from ...manifest import Capability, Support
from ...messages import Media
from ...results import PartResult, Reason
from ...simulation import SimulatedMessage
from ..attempts import (
    TEXT,
    Attempt,
    Line,
    answered,
    difference,
    distinct,
    failed,
    message,
    ready,
    refused,
    sent,
    several,
)
from ..cases import CLOCK
from ..check import Level, NotApplicable, check, expect
from ..subject import PUBLIC_URL, RECIPIENT, SENDER, Subject
from ..wire import told, written

HOUR = timedelta(hours=1)
OTHER_ID = "0197b1c0-7a11-7c3e-9a55-3d0c2f6a9e02"
OTHER_SENDER = "+12025550101"
SENDER_ID = "Muraho24"
DATA = bytes((0, 1, 13, 10, 27, 38, 43, 61, 127, 128, 200, 255))
PORTS = bytes.fromhex("0605040b8423f0")
"""A user data header: application port addressing, 16 bit (3GPP TS 23.040, 9.2.3.24.4)."""
PICTURES = (Media("https://media.example.org/a%20b.jpg?size=1&v=2"), Media("https://media.example.org/c.png"))
REPLIES = ("Yego", "Oya, reka")
ASKS: tuple[tuple[Capability, dict[str, Any]], ...] = (
    (Capability.MEDIA, {"media": PICTURES[:1]}),
    (Capability.BINARY, {"text": "", "data": DATA}),
    (Capability.FLASH, {"flash": True}),
    (Capability.VALIDITY, {"validity": HOUR}),
    (Capability.SCHEDULING, {"send_at": CLOCK + HOUR}),
    (Capability.QUICK_REPLIES, {"quick_replies": REPLIES}),
    (Capability.ALPHANUMERIC_SENDER, {"sender": SENDER_ID}),
)


@check("SND001", Level.BRONZE)
def a_message_is_accepted_once(subject: Subject) -> None:
    """A message is accepted once, as it was meant.

    What: A short text is sent. The simulator has to take one submission with that text, for that recipient (told in
        E.164) and from the channel's address, and the result has to have one part.
    Why: An adapter that drops a field, doubles a request or reports a success of its own making still looks fine
        in a log.
    Mend: Compare the request with the aggregator's document; make one `PartResult` for each accepted submission.
    Exempt: Never.
    """
    attempt = sent(subject, message())
    taken = attempt.accepted
    expect(len(taken) == 1, f"one submission was expected, the simulator took {len(taken)}")
    expect(taken[0].text == TEXT, f"the text {TEXT!r} arrived as {taken[0].text!r}")
    expect(taken[0].to == RECIPIENT, f"the message for {RECIPIENT} was submitted for {taken[0].to}")
    parts = attempt.result.parts if attempt.result else ()
    expect(len(parts) == 1, f"a result with one part was expected, it has {len(parts)}")


@check("SND002", Level.BRONZE)
def the_ids_are_kept(subject: Subject) -> None:
    """The id of every submission is kept, in order.

    What: A short text and one that needs several submissions are sent. For each submission the result has to hold
        the id that the simulator gave, in the order of the text; a part has no id only where the answer has none.
    Why: Delivery reports quote these ids. Systems that keep the first of several never learn that the rest failed.
    Mend: Read the id of each answer into its own `PartResult.id`, as text and unchanged.
    Exempt: Never. Where the aggregator gives no id, the check does not apply.
    """
    found = [sent(subject, message()), *(attempt for _, attempt in filter(None, [several(subject)]))]
    channel = subject.channel()
    told_any = False
    for attempt in found:
        parts = attempt.result.parts if attempt.result else ()
        count = len(attempt.accepted)
        expect(len(parts) == count, f"the simulator took {count} submissions, the result has {len(parts)} parts")
        for part, taken, body in zip(parts, attempt.accepted, _bodies(attempt), strict=False):
            told_any |= _kept(part, taken, body, channel)
    if not told_any:
        raise NotApplicable("the aggregator gives no message id")


def _bodies(attempt: Attempt) -> Iterator[bytes]:
    """The answer to each submission; one request can make several of a long text."""
    for exchange in attempt.exchanges:
        for _ in range(exchange.taken):
            yield exchange.response.body if exchange.response else b""


def _kept(part: PartResult, taken: SimulatedMessage, body: bytes, channel: Any) -> bool:
    """Whether there was an id to keep."""
    if part.id is None:
        expect(taken.id.encode() not in body, f"the answer told the id {taken.id!r}, but the part has none")
        return False
    expect(type(part.id) is str, f"the id of a part is of type {type(part.id).__name__}, not str")
    expect(channel.same_id(part.id, taken.id), f"the simulator gave the id {taken.id!r}, the part has {part.id!r}")
    return True


@check("SND003", Level.BRONZE)
def numbers_have_the_declared_form(subject: Subject) -> None:
    """Numbers are written in the form that the manifest declares.

    What: The request of a plain message is read for the recipient and, where the aggregator is told one, the sender.
        Each has to be there in the wire form of the manifest's `numbers`.
    Why: An aggregator that wants 12025550123 takes +12025550123 for another number, or for none, and some accept it
        without a word. Hosts and people read the manifest to know.
    Mend: Write numbers with `channel.recipient_of` and `channel.sender_of`, or correct `numbers` in the manifest.
    Exempt: Where numbers travel encrypted or encoded, so that no request shows them.
    """
    attempt = sent(subject, message())
    values = [value for request in attempt.requests for value in told(request)]
    rules = subject.manifest.numbers
    channel = subject.channel()
    for who, number, form in (("recipient", RECIPIENT, rules.recipient), ("sender", SENDER, rules.sender)):
        found = written(channel, values, number)
        right = form in found or (who == "sender" and not found)
        seen = ", ".join(f"{name}: {text}" for name, text in found.items()) or f"no {who}"
        expect(right, f"the manifest says {who} = {form!r}, but the request has {seen}")


@check("SND004", Level.BRONZE)
def the_same_message_makes_the_same_requests(subject: Subject) -> None:
    """The same message makes the same requests.

    What: A message is sent twice by fresh channels with the same clock and the same source of randomness, then once
        more after another message. Its requests have to be the same octet for octet.
    Why: An adapter with a clock, a random id or a memory of its own cannot be recorded and replayed, and two of its
        sends influence each other.
    Mend: Take the time from `channel.clock`, randomness from `channel.entropy`, the reference from `message.id`; keep
        nothing on the adapter.
    Exempt: Never.
    """
    item = message()
    first, second = sent(subject, item).requests, sent(subject, item).requests
    expect(first == second, f"the second time the requests were others: {difference(first, second)}")
    line = Line(subject.session())
    line.sent(message("Ejo", id=OTHER_ID, sender=OTHER_SENDER))
    third = subject.unnumbered(line.sent(item).requests)
    # A token that was fetched for the other message is not fetched again.
    kept = subject.unnumbered(first[len(first) - len(third) :])
    expect(third and kept == third, f"after another message the requests were others: {difference(kept, third)}")


@check("SND005", Level.BRONZE)
def a_sender_of_its_own(subject: Subject) -> None:
    """A message's own sender replaces the channel's.

    What: A message with a sender of its own is sent. The simulator has to see that sender.
    Why: A host with several numbers on one account answers from the number that was written to; a reply from another
        one starts a new conversation on the handset, or breaks a rule on consent.
    Mend: Use `channel.sender_of(message)` instead of `channel.address`.
    Exempt: Never. Where the account and not the request chooses the sender, the check does not apply.
    """
    if sent(subject, message()).accepted[0].sender != SENDER:
        raise NotApplicable("the aggregator chooses the sender")
    seen = sent(subject, message(sender=OTHER_SENDER)).accepted[0].sender
    expect(seen == OTHER_SENDER, f"the message's sender {OTHER_SENDER} was expected, the simulator saw {seen}")


@check("SND006", Level.BRONZE)
def what_is_not_offered_is_refused(subject: Subject) -> None:
    """What the manifest does not offer is refused before any exchange.

    What: A message is sent with each of media, data, flash, validity, a time to send, quick replies and an
        alphanumeric sender that the manifest does not offer. Each has to end in Unsupported (or, for the sender, in
        InvalidMessage) before any request.
    Why: A flash message that arrives as a plain one, or a validity that is dropped, is found out by the recipient.
    Mend: Offer the capability in the manifest, or raise `Unsupported` for it.
    Exempt: Never.
    """
    missing = [(capability, values) for capability, values in ASKS if not subject.manifest.offers(capability)]
    if not missing:
        raise NotApplicable("the manifest offers everything that a message can ask for")
    for capability, values in missing:
        attempt = Line(subject.session()).send(message(**values))
        error = failed(attempt, f"a message that asks for {capability}, which the manifest does not offer,")
        named = isinstance(error, Unsupported) and error.capability == capability
        bad_sender = isinstance(error, InvalidMessage) and "sender" in values
        found = f"{type(error).__name__} came after {len(attempt.requests)} requests"
        expect((named or bad_sender) and not attempt.requests, f"Unsupported({capability}) was expected, {found}")


@check("SND007", Level.BRONZE, Capability.ALPHANUMERIC_SENDER)
def a_sender_id_arrives_as_typed(subject: Subject) -> None:
    """An alphanumeric sender arrives as it is written.

    What: A message is sent from a name, once as the message's own sender and once as the channel's address. The
        simulator has to see the name, letter for letter.
    Why: A name that is put through the formatting of numbers loses its letters or gains a plus sign; registered
        sender ids are compared exactly, and networks drop what is not registered.
    Mend: Write the sender with `channel.sender_of(message)`, which leaves names alone.
    Exempt: Never.
    """
    for options, item in (({}, message(sender=SENDER_ID)), ({"address": SENDER_ID}, message())):
        seen = sent(subject, item, **options).accepted[0].sender
        expect(seen == SENDER_ID, f"the sender {SENDER_ID!r} was expected, the simulator saw {seen!r}")


@check("SND008", Level.BRONZE, Capability.MEDIA)
def media_arrive(subject: Subject) -> None:
    """Media arrive, with the text and in order.

    What: A message with text and a picture is sent; with full support also one with two pictures, and one with a
        picture alone. The URLs have to be in what is submitted, unchanged and in order, and the text beside them.
    Why: An escaped "&" or a second picture that replaces the first is not refused by anybody: the handset shows a
        broken message.
    Mend: Pass every `message.media` URL as it is, with the last part of the text; or declare partial support.
    Exempt: Where the adapter uploads the octets and the URL is told to nobody.
    """
    full = subject.manifest.support(Capability.MEDIA) is Support.FULL
    ready(subject, message(media=PICTURES[:1]), "media")
    for text, media in ((TEXT, PICTURES[:1]), (TEXT, PICTURES), ("", PICTURES[:1]))[: 3 if full else 1]:
        item = message(text, media=media)
        attempt = sent(subject, item, config=ready(subject, item, "media"))
        whole = "\n".join(value for request in attempt.requests for value in told(request))
        places = [whole.find(picture.url) for picture in media]
        expect(-1 not in places, f"of {len(media)} media, {places.count(-1)} are not in the request")
        expect(places == sorted(places), "the media are in another order than in the message")
        expect(text in attempt.text, f"the text {text!r} beside the media arrived as {attempt.text!r}")


@check("SND009", Level.BRONZE, Capability.VALIDITY)
def the_validity_arrives(subject: Subject) -> None:
    """How long a message is worth delivering is told.

    What: A message is sent without a validity, with two hours and with three. Each has to be accepted, and no two
        requests may be the same.
    Why: A one-time password that arrives the next morning is worse than none. A field under a wrong name is
        ignored by most aggregators.
    Mend: Write `message.validity` in the unit of the aggregator's document.
    Exempt: Never.
    """
    distinct(subject, "validity", [{}, {"validity": 2 * HOUR}, {"validity": 3 * HOUR}])


@check("SND010", Level.BRONZE, Capability.SCHEDULING)
def the_time_arrives(subject: Subject) -> None:
    """When a message is to be sent is told, whatever the zone it is written in.

    What: A message is sent for two hours from now, for three hours from now, and for the first of these times
        written in another zone. The first two requests have to differ from each other and from one without a time;
        the third has to be the same as the first.
    Why: A time whose zone is dropped sends the message hours early or late.
    Mend: Convert `message.send_at` to what the aggregator's document wants, usually UTC, before writing it.
    Exempt: Never.
    """
    soon, late = CLOCK + 2 * HOUR, CLOCK + 3 * HOUR
    asked = distinct(subject, "send_at", [{}, {"send_at": soon}, {"send_at": late}])
    item = message(send_at=soon.astimezone(timezone(timedelta(hours=5, minutes=45))))
    same = sent(subject, item, config=ready(subject, item, "send_at")).requests
    expect(same == asked[1].requests, "the same time, written in another zone, made another request")


@check("SND011", Level.BRONZE, Capability.BINARY)
def octets_arrive(subject: Subject) -> None:
    """Binary data and its header arrive octet for octet.

    What: Octets that are no text are sent, without and with a user data header. The simulator has to see the same
        octets, and the header has to change the request. With partial support a header may end in Unsupported.
    Why: Octets that pass through a text encoding arrive as something else, and a SIM or a meter that reads them fails
        without a word.
    Mend: Encode `part.data` and `part.udh` as the aggregator's document says (hex, base64, percent), not as text.
    Exempt: Never.
    """
    bare: dict[str, Any] = {"text": "", "data": DATA}
    headed = {**bare, "udh": PORTS}
    partial = subject.manifest.support(Capability.BINARY) is Support.PARTIAL
    no_header = partial and isinstance(Line(subject.session()).send(message(**headed)).error, Unsupported)
    for attempt in distinct(subject, "data", [bare] if no_header else [bare, headed]):
        seen = attempt.accepted[0].data
        expect(seen in (DATA, PORTS + DATA), f"the data {DATA.hex()} arrived as {seen.hex() if seen else seen}")


@check("SND012", Level.BRONZE, Capability.FLASH)
def flash_is_asked_for(subject: Subject) -> None:
    """A flash message is asked for as one.

    What: The same text is sent as a flash message and as a plain one. Both have to be accepted with their text, by
        different requests.
    Why: A warning that should be on the screen at once lies unread in the inbox instead.
    Mend: Write `message.flash` as the aggregator's document says, often as message class 0.
    Exempt: Never.
    """
    for attempt in distinct(subject, "flash", [{}, {"flash": True}]):
        expect(attempt.text == TEXT, f"the text {TEXT!r} arrived as {attempt.text!r}")


@check("SND013", Level.BRONZE, Capability.QUICK_REPLIES)
def quick_replies_arrive(subject: Subject) -> None:
    """Quick replies arrive, in order.

    What: A message with two quick replies is sent. Both have to be in the request as written, in order, once.
    Why: A reply that lacks, or that a comma has cut in two, leads the conversation astray.
    Mend: Write each of `message.quick_replies` as an item of its own, with the last part of the text.
    Exempt: Never.
    """
    item = message(quick_replies=REPLIES)
    attempt = sent(subject, item, config=ready(subject, item, "quick_replies"))
    values = [value for request in attempt.requests for value in told(request)]
    found = [value for value in values if value in REPLIES]
    expect(tuple(found) == REPLIES, f"the quick replies {REPLIES} were expected in the request, it has {found}")


@check("SND014", Level.BRONZE, Capability.IDEMPOTENCY)
def the_same_id_is_accepted_once(subject: Subject) -> None:
    """A message that is sent again under its id is accepted once.

    What: A message is sent twice, then once under another id. The simulator has to take two submissions, not three,
        and the first two results have to name the same submission. With partial support, the second may be refused
        as a duplicate instead.
    Why: This is what an idempotency key is for: it makes it safe to send again when an answer was lost.
    Mend: Make the key of `message.id` and the part's number, and let the simulator treat the key as the aggregator
        does.
    Exempt: Never.
    """
    line = Line(subject.session(config=ready(subject, message(), "id")))
    first, again = line.send(message()), line.send(message())
    other = line.send(message(id=OTHER_ID))
    partial = subject.manifest.support(Capability.IDEMPOTENCY) is Support.PARTIAL
    refused_twice = partial and getattr(again.error, "reason", None) is Reason.DUPLICATE
    for attempt in (first, other) if refused_twice else (first, again, other):
        expect(attempt.error is None, f"a message under an idempotency key ended in {attempt.error}")
    expect(not again.accepted, "the message that was sent again under its id was accepted a second time")
    expect(other.accepted, "another message with the same text was taken for the first one")
    expect(
        refused_twice or _ids(again) == _ids(first),
        f"the first send gave the ids {_ids(first)}, the second {_ids(again)}",
    )


def _ids(attempt: Attempt) -> tuple[str, ...]:
    return attempt.result.ids if attempt.result else ()


@check("SND015", Level.SILVER, Capability.DELIVERY_REPORTS)
def no_reports_where_none_are_wanted(subject: Subject) -> None:
    """A message that wants no reports asks for none.

    What: A message is sent with `report` and without. Where the first names the host's URL, the second must not.
    Why: Reports cost money at some aggregators, and a host that did not store the message cannot place them.
    Mend: Ask for reports only `if message.report`.
    Exempt: Never. Where reports are set up in the aggregator's console, the check does not apply.
    """
    wanted, unwanted = sent(subject, message()), sent(subject, message(report=False))
    if wanted.requests == unwanted.requests and not _names_host(wanted):
        raise NotApplicable("the request says nothing about reports: they are set up at the aggregator's")
    expect(not _names_host(unwanted), "the message wants no reports, but its request names the URL for them")


def _names_host(attempt: Attempt) -> bool:
    return any(PUBLIC_URL in value for request in attempt.requests for value in told(request))


@check("SND016", Level.BRONZE)
def what_was_accepted_is_not_forgotten(subject: Subject) -> None:
    """What was accepted before a failure is kept, and not sent again.

    What: A text that needs several submissions is sent while the second one is throttled, and again while the
        second connection is refused. The error has to carry the accepted part as `partial`, must not be retryable, and
        no later part may go out.
    Why: A host that sends the whole message again makes the recipient read, and pay for, its beginning twice.
    Mend: Use `SendKit`, or set `partial` on the error with the parts accepted so far.
    Exempt: Never. Where each message is one request, the check does not apply.
    """
    found = several(subject, 3) or several(subject)
    if found is None:
        raise NotApplicable("each message is one request")
    item, whole = found
    second = whole.places[1]
    before = whole.exchanges[whole.places[0]].taken
    first = whole.result.parts[:before] if whole.result else ()
    for meddle, what in ((answered(second, HttpResponse(429)), "throttled"), (refused(second), "refused")):
        attempt = Line(subject.session(), meddle).send(item)
        error = failed(attempt, f"a text whose second part was {what}")
        after = len(attempt.accepted) - before
        expect(not after, f"after the second part was {what}, {after} others were submitted all the same")
        kept = error.partial.parts if error.partial else ()
        expect(kept == first, f"{_ids_of(first)} were accepted before one was {what}, partial has {_ids_of(kept)}")
        expect(not error.retryable, "the error is retryable although a part was accepted")


def _ids_of(parts: tuple[PartResult, ...]) -> str:
    return f"parts with the ids {', '.join(str(part.id) for part in parts)}" if parts else "no parts"
