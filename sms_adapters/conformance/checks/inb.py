"""INB: incoming messages, and webhooks that are none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from ...bodies import FORM
from ...errors import NotForThisAdapter
from ...http import WebhookRequest, WebhookResponse
from ...manifest import Capability
from ...messages import InboundEvent, InboundMessage, UnreadableEvent, event_to_dict
from ..cases import CLOCK, InboundCase
from ..check import Level, NotApplicable, check, expect
from ..doors import doors, garbage_at, posted
from ..garbage import VALUES, WORDS
from ..genuine import PLAIN, Genuine, genuine, received, shape_of, typed, unverified
from ..playing import receive_case
from ..properties import DOCUMENTS, HANDSET_TEXTS, OCTETS, for_all
from ..soundness import MOMENTS, expect_sound
from ..subject import RECIPIENT, SENDER, Subject
from ..variants import MISSING, Batch, Field, batches_of, fields_of

if TYPE_CHECKING:
    from ...channel import AnyChannel
    from ...webhooks.core import Receipt

MESSAGES = Capability.INBOUND
JSON = "application/json"

TRICKY = (
    "Price: 10€ [a|b] {c} ~\\^",
    "a & b = c + d % e <f> \"g\" 'h'",
    "100%25 %2B %u0041 &amp; &#65; \\u0041",
    "first line\nsecond line",
    "Кириллица и 👨‍👩‍👧 " * 20,
    "مرحبا ١٢٣ ‏hello",
    "{{to}} ${text} %s {0} <script>",
    "STOPPING is no STOP",
    "0",
    "null",
)
"""Texts that meet what encoders, templates and parsers do wrong; none begins or ends in a space."""


@check("INB001", Level.GOLD, MESSAGES)
def a_message_is_read(subject: Subject) -> None:
    """A handset's message is read as one message, with its sender and its text.

    What: The simulator makes the webhooks of one incoming message; exactly one `InboundMessage` comes of them, with
    the sender's number, the text, and the recipient where the aggregator names it.
    Why: Replies that are taken for reports, or that come twice, are the first thing a user notices.
    Mend: In `parse_inbound`, tell messages from reports by the field that the documents name for it, and give one
    event for each message; parts of a message carry `PartInfo` and are joined behind the adapter.
    Exempt: Never.
    """
    events = typed(subject, subject.session(), RECIPIENT, PLAIN)
    names = ", ".join(type(event).__name__ for event in events)
    expect(
        len(events) == 1 and isinstance(events[0], InboundMessage),
        f"an incoming message has to make one InboundMessage; it made {names or 'nothing'}",
    )
    message = _messages(events)[0]
    _same("sender", message.sender, RECIPIENT)
    _same("text", message.text, PLAIN)
    if message.to is not None:
        _same("recipient", message.to, SENDER)


@check("INB002", Level.GOLD, MESSAGES)
def every_text_is_read_as_typed(subject: Subject) -> None:
    """A handset's text is read to the character.

    What: Texts in many scripts, with the signs that forms, JSON, XML and templates treat as their own, and texts made
    up by hypothesis go in through the simulator; each is read exactly as it was typed.
    Why: A plus sign that becomes a space, an emoji that becomes question marks or a text cut at a line end changes
    answers of surveys without anybody seeing it.
    Mend: Read bodies by the request's own `form()`, `query()`, `json()` and `xml()`, with the charset that the
    aggregator uses, and change nothing: no strip, no second unquoting.
    Exempt: Where the aggregator itself changes texts, with its document as the reason.
    """
    session = subject.session()

    def examine(text: str) -> None:
        found = "".join(message.text for message in _messages(typed(subject, session, RECIPIENT, text)))
        expect(found == text, f"the handset's text {text!r} was read as {found!r}")

    for text in TRICKY:
        examine(text.strip())
    for_all(HANDSET_TEXTS.map(str.strip).filter(bool), examine)


ADDRESS = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{1,8}")


@check("INB003", Level.GOLD, MESSAGES)
def numbers_are_e164(subject: Subject) -> None:
    """Numbers of incoming messages are in E.164.

    What: Messages from two countries are read with the sender in E.164; every number in the events of the inbound
    examples is E.164, a short code of up to 8 digits, or a name.
    Why: A host looks the sender up among its contacts: 00447700900123, 447700900123 and tel:+447700900123 are three
    strangers.
    Mend: Pass every number through `channel.number`, and state the aggregator's form in the manifest's
    `[numbers] inbound`.
    Exempt: Never.
    """
    session = subject.session()
    for number in (RECIPIENT, "+447700900123"):
        for message in _messages(typed(subject, session, number, PLAIN)):
            _same("sender", message.sender, number)
    for item, event in _genuine_events(subject):
        for name in ("sender", "to", "address", "recipient"):
            written = getattr(event, name, None)
            expect(written is None or _is_address(written), f"{item.name} has {name} {written!r}, which is not E.164")


@check("INB004", Level.GOLD, MESSAGES)
def times_are_aware(subject: Subject) -> None:
    """Times of incoming messages have a zone, and the right one.

    What: `received_at` and `at` of every event are aware; a message that the simulator sends now is read as sent now,
    to the minute.
    Why: A local time read as UTC puts an answer before its question, or into the next day.
    Mend: Give times the zone that the documents state (`replace(tzinfo=...)`), or leave them None if they state none.
    Exempt: Never.
    """
    for item, event in _genuine_events(subject):
        for name in MOMENTS:
            moment = getattr(event, name, None)
            expect(moment is None or moment.utcoffset() is not None, f"{item.name} has {name} without a time zone")
    for message in _messages(typed(subject, subject.session(), RECIPIENT, PLAIN)):
        away = abs((message.received_at - CLOCK).total_seconds()) if message.received_at else 0
        expect(away <= 60, f"a message of now was read as one of {message.received_at}: {away / 3600:.1f} hours away")


@check("INB005", Level.GOLD, MESSAGES)
def a_message_is_known_again(subject: Subject) -> None:
    """A message that is delivered twice can be told from two messages.

    What: The same webhook read twice gives equal events, ids included; two messages with the same sender and text
    have different ids, where the aggregator gives ids.
    Why: Every aggregator delivers again after a timeout; without a stable id the answer is counted twice, or the
    second of two equal answers is thrown away.
    Mend: Set `InboundMessage.id` to the aggregator's id of the message, never to one made up or to that of the
    sender; leave it None where there is none.
    Exempt: Never.
    """
    for item in genuine(subject):
        first, second = (_shown(received(item.open(), item.request).events) for _ in range(2))
        expect(first == second, f"{item.name}, delivered twice, gave different events: {_difference(first, second)}")
    session = subject.session()
    ids = [message.id for _ in range(2) for message in _messages(typed(subject, session, RECIPIENT, PLAIN))]
    given = [value for value in ids if value is not None]
    expect(len(given) in (0, len(ids)), "of two messages, one has an id and the other has none")
    expect(len(set(given)) == len(given), f"two messages have the same id {given[:1]}")


@check("INB006", Level.GOLD, MESSAGES)
def a_broken_item_loses_no_other(subject: Subject) -> None:
    """One broken item of a batch takes no other with it.

    What: Where a body holds a list of events, one is put among them that is null, a number, a text, an empty object,
    or lacks one of its members; the others are all read, and null becomes an `UnreadableEvent`.
    Why: Refusing the whole batch makes the aggregator deliver it again until it gives up; skipping the item loses
    it unseen.
    Mend: Read each item by itself, and turn what fails into `UnreadableEvent(MalformedInbound(...), raw)`; note that
    `channel.number` raises `MalformedInbound`.
    Exempt: Never.
    """
    seen = 0
    for item in genuine(subject):
        channel = unverified(item.open())
        for batch in batches_of(item.request):
            alone = _events_with(channel, batch, batch.items)
            if not alone or len(_events_with(channel, batch, [*batch.items, *batch.items])) <= len(alone):
                continue
            seen += 1
            _examine_batch(item, channel, batch, alone)
    if not seen:
        raise NotApplicable("no webhook of this adapter has a list of events")


def _examine_batch(item: Genuine, channel: AnyChannel, batch: Batch, alone: list[dict[str, Any]]) -> None:
    for place, broken in product((0, len(batch.items)), (*batch.broken, *_maimed(batch.items[0]))):
        items = [*batch.items]
        items.insert(place, broken)
        receipt = received(channel, batch.having(items))
        found = _shown(receipt.events)
        lost = [event for event in alone if event not in found]
        what = f"{item.name}: with {_short(broken)} among the items of {batch.place}"
        expect_sound(receipt, what)
        expect(receipt.error is None, f"{what} the whole batch was refused: {receipt.error}")
        expect(not lost, f"{what} {len(lost)} of {len(alone)} other events were lost")
        unreadable = any(isinstance(event, UnreadableEvent) for event in receipt.events)
        expect(broken is not None or unreadable, f"{what} it was passed over without an UnreadableEvent")


def _maimed(item: Any) -> Iterator[Any]:
    """The item without each of its members, and with each one empty, for JSON."""
    for name in item if isinstance(item, dict) else ():
        yield {key: value for key, value in item.items() if key != name}
        yield {**item, name: ""}


def _events_with(channel: AnyChannel, batch: Batch, items: Sequence[Any]) -> list[dict[str, Any]]:
    events = received(channel, batch.having(items)).events
    return _shown(tuple(event for event in events if not isinstance(event, UnreadableEvent)))


@check("INB007", Level.SILVER, http=True)
def garbage_is_refused(subject: Subject) -> None:
    """Garbage is refused as garbage.

    What: Each webhook of the manifest is given bodies and queries that no aggregator sends: empty, cut, nested, in
    wrong charsets, XML bombs, thousands of parameters, and what hypothesis makes up; once as it is, once behind the
    signature. The answer is a typed `InboundError` with a 4xx status, or nothing to complain about.
    Why: A webhook is open to everybody. An exception ends as 500, the aggregator sends again and switches the
    webhook off; and a bomb takes the host with it.
    Mend: Read bodies by the request's own readers, which raise `MalformedInbound`, and check types of what they give.
    Exempt: Never.
    """
    if not subject.manifest.webhooks:
        raise NotApplicable("the adapter has no webhooks")
    made = subject.channel()
    channels = (made, unverified(made)) if subject.manifest.offers(Capability.SIGNED_WEBHOOKS) else (made,)

    def examine(what: str, request: WebhookRequest) -> None:
        for channel in channels:
            expect_sound(received(channel, request), f"{what} to {request.method} .../{request.action}")

    found = list(doors(subject))
    for what, request in garbage_at(found):
        examine(what, request)

    def everywhere(kind: str, body: bytes) -> None:
        for door in found:
            examine(f"{kind or 'a body'} that was made up", posted(door, kind, body))

    for kind in (JSON, FORM, "text/xml", ""):
        for_all(OCTETS, partial(everywhere, kind), 10)
    for_all(DOCUMENTS.map(json.dumps).map(str.encode), partial(everywhere, JSON))


@check("INB008", Level.SILVER, http=True)
def one_wrong_value_is_no_defect(subject: Subject) -> None:
    """A wrong value in a webhook is read round, or refused, and never breaks the adapter.

    What: In each kind of genuine webhook each field is in turn left out and replaced by values that are none: empty,
    too long, numbers and times that cannot be reckoned with, other JSON types, half a surrogate pair. What comes is
    a typed `InboundError`, an `UnreadableEvent`, or events whose fields are of their types.
    Why: Aggregators add types, leave fields out and send null where the document says text; a host that gets a
    number for an id, or a time that no database takes, fails after it has answered.
    Mend: Check types where values are read (`isinstance`), catch ValueError and OverflowError around times and
    numbers, and raise `MalformedInbound`.
    Exempt: Never.
    """
    seen: set[tuple[tuple[str, ...], str]] = set()
    for item in genuine(subject):
        channel = unverified(item.open())
        for field in fields_of(item.request):
            key = (shape_of(item.request), re.sub(r"\d+", "0", field.place))
            if key not in seen:
                seen.add(key)
                _examine_field(item, channel, field)


def _examine_field(item: Genuine, channel: AnyChannel, field: Field) -> None:
    others = (*WORDS, *VALUES) if field.place.startswith("JSON") else WORDS
    for value in (MISSING, *others):
        written = "left out" if value is MISSING else f"as {_short(value)}"
        expect_sound(received(channel, field.put(value)), f"{item.name} with {field.place} {written}")


UNUSED_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE")


@check("INB009", Level.SILVER, http=True)
def what_is_not_declared_is_not_read(subject: Subject) -> None:
    """Actions and methods that the manifest does not name are answered 404 and 405.

    What: A genuine webhook at an action that does not exist is refused with 404; by a method that the action does not
    have, with 405 and an Allow header. No action has the methods PATCH, DELETE or TRACE.
    Why: A webhook read at the wrong address is a message read as a report, or one that a scanner made up.
    Mend: List in the manifest's `[[webhooks]]` exactly the actions and methods that the aggregator calls.
    Exempt: Where an aggregator calls with one of these methods, with its document as the reason.
    """
    for item in _one_of_each(genuine(subject)):
        channel = item.open()
        request, action = item.request, item.request.action
        url = request.url.replace(f"/{action}", f"/no-{action}", 1)
        _expect_refusal(channel, replace(request, url=url), 404, f"{item.name} at an action that does not exist")
        methods = subject.manifest.methods(action)
        strange = sorted({"PATCH", "DELETE", "TRACE"}.intersection(methods))
        expect(not strange, f"the manifest says that {action!r} is called by {', '.join(strange)}")
        for method in UNUSED_METHODS:
            if method not in methods:
                made = _expect_refusal(channel, replace(request, method=method), 405, f"{item.name} by {method}")
                expect(made.response.headers.get("Allow"), f"the answer to {item.name} by {method} has no Allow header")


def _one_of_each(items: Sequence[Genuine]) -> list[Genuine]:
    return list({shape_of(item.request): item for item in items}.values())


def _expect_refusal(channel: AnyChannel, request: WebhookRequest, status: int, what: str) -> Receipt:
    receipt = received(channel, request)
    expect(
        isinstance(receipt.error, NotForThisAdapter) and receipt.response.status == status,
        f"{what} has to be refused with {status}; it was answered {receipt.response.status}",
    )
    return receipt


SEEN_BY_HANDSETS = ("text/plain", "text/html", "")


@check("INB010", Level.GOLD, MESSAGES)
def the_answer_says_nothing_to_the_handset(subject: Subject) -> None:
    """The answer to a webhook is 2xx, and nothing that a handset would be shown.

    What: Each genuine webhook is answered 2xx with an empty body, or with the acknowledgement that an inbound example
    documents in its `[answer]` (status, content_type, body): that very text, or for JSON and XML that content type.
    Why: Many aggregators send the body of the answer to the handset as a reply, and pay for it with the user's credit.
    Mend: Leave `respond_inbound` out; or, where the aggregator insists on an acknowledgement, write it into the
    `[answer]` of an inbound example with the source that asks for it.
    Exempt: Never.
    """
    declared = {(case.request.action, _kind(answer), answer.get("body")) for case, answer in _with_answer(subject)}
    for item in genuine(subject):
        response = received(item.open(), item.request).response
        expect(200 <= response.status < 300, f"{item.name} was answered {response.status}")
        action, text = item.request.action, response.body.decode("utf-8", "replace")
        kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        seen = kind in SEEN_BY_HANDSETS
        known = any(entry == (action, kind, text if seen else entry[2]) for entry in declared)
        what = f"{item.name} was answered {_short(text)} as {kind or 'text'}"
        expect(not text or known, f"{what}, which no inbound example declares in [answer]")
    for case, answer in _with_answer(subject):
        _expect_answer(case.name, answer, receive_case(subject, case).response)


def _with_answer(subject: Subject) -> list[tuple[InboundCase, Mapping[str, Any]]]:
    return [(case, case.answer) for case in subject.inbound if case.answer]


def _kind(answer: Mapping[str, Any]) -> str:
    return str(answer.get("content_type", "")).partition(";")[0].strip().lower()


def _expect_answer(case: str, answer: Mapping[str, Any], response: WebhookResponse) -> None:
    found = {
        "status": response.status,
        "content_type": (response.headers.get("Content-Type") or "").partition(";")[0],
        "body": response.body.decode("utf-8", "replace"),
    }
    for name, value in answer.items():
        _same(f"answer to {case}, {name}", found.get(name), value)


def _genuine_events(subject: Subject) -> Iterator[tuple[Genuine, InboundEvent]]:
    for item in genuine(subject):
        for event in received(item.open(), item.request).events:
            yield item, event


def _messages(events: Sequence[InboundEvent]) -> list[InboundMessage]:
    return [event for event in events if isinstance(event, InboundMessage)]


def _same(what: str, found: object, wanted: object) -> None:
    expect(found == wanted, f"the {what} has to be {wanted!r}; it was read as {found!r}")


def _is_address(written: str) -> bool:
    return bool(ADDRESS.fullmatch(written)) or (any(map(str.isalpha, written)) and ":" not in written)


def _shown(events: Sequence[InboundEvent]) -> list[dict[str, Any]]:
    return [event_to_dict(event) for event in events]


def _difference(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> str:
    for one, other in zip(first, second, strict=False):
        for name in one:
            if one[name] != other.get(name):
                return f"{name} was {one[name]!r}, then {other.get(name)!r}"
    return f"{len(first)} events, then {len(second)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
