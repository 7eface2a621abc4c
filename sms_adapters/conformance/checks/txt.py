"""TXT: what was typed is what is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import strategies as st

from ...errors import InvalidMessage, Rejected, Unsupported
from ...manifest import Capability, Splitting
from ...text import graphemes, gsm7, plan
from ..attempts import Attempt, Line, message, renumbered, sent, several
from ..check import Level, NotApplicable, check, expect
from ..properties import for_all
from ..subject import Subject

GSM_TEXTS: Mapping[str, str] = {
    "the GSM alphabet": "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0189:;<=>?¡AZÄÖÑÜ§¿azäöñüà",
    "the extension table": "^{}\\[~]|€ 10€ [a|b]",
    "metacharacters": "a & b = c + d % e <f> \"g\" 'h'; i/j?k#l @m, </text> ]]> <!-- &amp; &#39; %20 %41 \\n \\u0041",
    "template braces": "{{to}} {{text}} {text} {0} ${HOME} #{x} %s %(to)s %T %%",
    "spaces at both ends": "  two before, two after  ",
    "line feeds": "one\ntwo\n\nfour\n",
    "CR LF": "one\r\ntwo\r\n",
    "digits only": "0012345",
    "words of formats": "null",
}
UNICODE_TEXTS: Mapping[str, str] = {
    "accents": "ÁáÍíÓóÚúÂâÊêÕõÃãçŁł",
    "Turkish": "ığüşöç İĞÜŞÖÇ",
    "Cyrillic": "Съешь ещё этих мягких булок",
    "Arabic": "مرحبا، كيف حالك؟ ١٢٣",
    "Hindi": "नमस्ते दुनिया, क्षमा",
    "Amharic": "ሰላም ለዓለም",
    "Chinese": "你好,世界。𠀀",
    "emoji": "👨‍👩‍👧‍👦 🇷🇼 👍🏽 ❤️",
    "typography": "“quoted” – it’s… done",
    "combining marks": "e\u0301 is not \u00e9, n\u0303 is not \u00f1",
    "invisible characters": "a\u00a0b\u200bc\u200fd\u202ae\u202cf\ufeffg",
    "a tab": "one\ttwo",
}
CONTROL_TEXTS: Mapping[str, str] = {
    "NUL": "a\x00b",
    "control characters": "a\x01\x1b\x7fb",
    "a form feed": "a\x0cb",
    "nothing but spaces": "   ",
    "noncharacters": "a\uffffb",
}
ALPHABET = "aZ09 .,:;!?'\"&=+%#/\\<>{}[]|~^@£$€_\néßÑøΔç“”’–\u00a0жЯışİعربक्षि你好𠀀\u0301\u200d\ufe0f👍🏽👩🇷🇼"
LENGTHS = (160, 161, 306, 307, 1600, 1601, 5000)
WIDE_LENGTHS = (70, 71, 1601)
CLUSTERS = ("👨‍👩‍👧‍👦", "🇷🇼", "👍🏽", "e\u0301", "नि")
BOUNDARIES = ("a" * 160, "a" * 161, "a" * 306, "a" * 307, "a" * 159 + "€", "a" * 158 + "€", "a" * 152 + "€" * 5)
WIDE_BOUNDARIES = ("ж" * 70, "ж" * 71, "ж" * 134, "ж" * 135, "ж" * 69 + "👍", "ж" * 66 + "👍" * 5)
UDH_SEPTETS, UDH_UNITS = 153, 67


@check("TXT001", Level.BRONZE)
def simple_texts_arrive(subject: Subject) -> None:
    """Texts in GSM 7-bit arrive unchanged.

    What: Texts of the GSM alphabet and its extension table, with the metacharacters of every format, template
        braces, spaces at both ends and line ends are sent. Each has to arrive character for character.
    Why: A "+" that becomes a space, an "&" that ends the text, a "{{to}}" that is filled in: none is refused, all are
        read by the recipient.
    Mend: Let `HttpRequest.form`, `json` and `xml` do the escaping, once; strip nothing.
    Exempt: Never.
    """
    _arrive(subject, GSM_TEXTS)


@check("TXT002", Level.BRONZE)
def all_scripts_arrive(subject: Subject) -> None:
    """Texts in every script arrive unchanged, or are refused where the manifest offers no unicode.

    What: Accented, Turkish, Cyrillic, Arabic, Hindi, Amharic and Chinese texts, emoji of several code points,
        combining marks and invisible characters are sent. Each has to arrive code point for code point. Without the
        capability unicode each may be refused instead, with nothing accepted.
    Why: Question marks in place of a language, and surrogates that were counted as characters, are the field's
        oldest faults.
    Mend: Send UTF-8, with the field that asks for Unicode where there is one; do not normalise.
    Exempt: Never.
    """
    _arrive(subject, UNICODE_TEXTS, refusable=not subject.manifest.offers(Capability.UNICODE))


@check("TXT003", Level.BRONZE)
def control_characters_do_no_harm(subject: Subject) -> None:
    """Control characters and blanks arrive unchanged, or the message is refused.

    What: Texts with NUL, other controls and noncharacters, and one of spaces alone, are sent. Each has to arrive
        unchanged or to be refused for good, with nothing accepted.
    Why: A NUL ends the text in a C program, and no XML document can hold it: what follows is lost, or the message
        is, without an error.
    Mend: Raise `InvalidMessage` with `Reason.INVALID_CONTENT` for what the aggregator's format cannot carry.
    Exempt: Never.
    """
    _arrive(subject, CONTROL_TEXTS, refusable=True)


@check("TXT004", Level.BRONZE)
def long_texts_arrive(subject: Subject) -> None:
    """Long texts arrive whole and in order, or are refused.

    What: Texts around the lengths of one and two segments, around 1600 and of 5000 characters are sent, in GSM 7-bit
        and, where offered, in Cyrillic. The texts of all submissions, joined, have to be the text. A text beyond the
        manifest's `max_chars`, or any of more than one segment without the capability long_text, may be refused
        instead, with nothing accepted.
    Why: Gateways cut off what is too long and answer "accepted"; only the recipient notices.
    Mend: Declare `text.max_chars` and who splits; let `parts_of` make the parts.
    Exempt: Never.
    """
    limit = subject.manifest.text.max_chars
    long = subject.manifest.offers(Capability.LONG_TEXT)
    line = Line(subject.session())
    for number, text in enumerate(_long_texts(subject), 1):
        attempt = line.send(renumbered(message(text), number))
        beyond = 0 < limit < len(text) or (not long and plan(text).count > 1)
        _unchanged(attempt, text, f"a text of {len(text)} characters", refusable=beyond)


def _long_texts(subject: Subject) -> Iterator[str]:
    for length in LENGTHS:
        yield ("0123456789 Umuntu ngumuntu. " * (length // 20))[: length - 1] + "!"
    if subject.manifest.offers(Capability.UNICODE):
        for length in WIDE_LENGTHS:
            yield ("Съешь ещё этих булок, 👍🏽. " * length)[: length - 1] + "ы"


def _arrive(subject: Subject, texts: Mapping[str, str], *, refusable: bool = False) -> None:
    line = Line(subject.session())
    for number, (name, text) in enumerate(texts.items(), 1):
        _unchanged(line.send(renumbered(message(text), number)), text, name, refusable=refusable)


def _unchanged(attempt: Attempt, text: str, name: str, *, refusable: bool) -> None:
    error = attempt.error
    if refusable and error is not None:
        for_good = isinstance(error, InvalidMessage | Rejected | Unsupported)
        found = f"it ended in {type(error).__name__} with {len(attempt.accepted)} submissions accepted"
        expect(for_good and not attempt.accepted, f"{name}: a refusal has to be for good and whole, but {found}")
        return
    expect(error is None, f"{name}: the text should have been accepted, but ended in {type(error).__name__}: {error}")
    seen = attempt.text
    expect(seen == text, f"{name}: the text arrived changed, {_first_difference(text, seen)}")


def _first_difference(text: str, seen: str) -> str:
    place = next((at for at, pair in enumerate(zip(text, seen, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        return f"with {len(seen)} characters instead of {len(text)}"
    return f"from character {place} on: {text[place : place + 12]!r} became {seen[place : place + 12]!r}"


@check("TXT005", Level.BRONZE, Capability.UNICODE)
def any_text_arrives(subject: Subject) -> None:
    """Any text arrives unchanged.

    What: Texts made up of letters of many scripts, symbols, metacharacters, joiners and line ends are sent. Each has
        to arrive code point for code point.
    Why: Faults hide in combinations: a surrogate pair at the end of a part, a joiner after a space, a brace after a
        percent sign.
    Mend: Reproduce the text of the failure, and look at what escapes, splits or replaces characters on its way.
    Exempt: Never.
    """
    line = Line(subject.session())
    most = 400 if subject.manifest.offers(Capability.LONG_TEXT) else 34

    def examine(text: str) -> None:
        _unchanged(line.send_anew(message(text)), text, f"the text {text[:60]!r}", refusable=False)

    # Long ones bring most pairs of characters, short ones are what a failure is reduced to.
    texts = st.text(ALPHABET, max_size=most) | st.text(ALPHABET, min_size=most // 2, max_size=most)
    for_all(texts.map(lambda text: f"{text}."), examine, 40)


@check("TXT006", Level.BRONZE, Capability.LONG_TEXT)
def parts_are_cut_between_characters(subject: Subject) -> None:
    """Parts are cut between what a reader sees as characters, and each fits.

    What: Long texts of families, flags, skin tones and letters with marks are sent, each shifted step by step. No
        submission may end inside one of them, exceed `max_chars` or, where parts have a header, a segment.
    Why: A flag that is cut in two is shown as two boxed letters, half a surrogate pair as a question mark; and a part
        that does not fit is cut once more, elsewhere.
    Mend: Let `parts_of` or `chunks` make the parts instead of slices.
    Exempt: Where the aggregator counts octets and one character is longer than a request.
    """
    if several(subject) is None:
        raise NotApplicable("each message is one request")
    line = Line(subject.session())
    clusters = CLUSTERS if subject.manifest.offers(Capability.UNICODE) else ("€",)
    for cluster in clusters:
        for shift in range(len(cluster)):
            text = "x" * shift + cluster * (_enough(subject) // len(cluster))
            attempt = line.send_anew(message(text))
            _unchanged(attempt, text, f"{cluster!r} repeated", refusable=False)
            _cut_well(subject, attempt, text)


def _enough(subject: Subject) -> int:
    """Characters that need several submissions."""
    limit = subject.manifest.text.max_chars
    return limit + limit // 2 if limit else 2000


def _cut_well(subject: Subject, attempt: Attempt, text: str) -> None:
    place = 0
    for part in attempt.accepted:
        _fits(subject, part.text, several=len(attempt.accepted) > 1)
        place += len(part.text)
        if place < len(text):
            around = text[max(place - 4, 0) : place + 4]
            expect(graphemes.is_break(text, place), f"a part ends within a character, in the middle of {around!r}")


def _fits(subject: Subject, text: str, *, several: bool) -> None:
    rules = subject.manifest.text
    limit = rules.max_chars
    expect(not limit or len(text) <= limit, f"a part has {len(text)} characters, max_chars is {limit}")
    if rules.splits is Splitting.UDH and several:
        wide = not gsm7.fits(text)
        units = len(text.encode("utf-16-be")) // 2 if wide else gsm7.septets(text)
        most = UDH_UNITS if wide else UDH_SEPTETS
        expect(units <= most, f"a part with a header has {units} units, there is room for {most}")
    if rules.splits is Splitting.SEPARATE and not limit:
        count = plan(text).count
        expect(count == 1, f"a part that is a message of its own needs {count} segments")


@check("TXT007", Level.SILVER)
def segments_are_counted_alike(subject: Subject) -> None:
    """The aggregator's segments are read, and are those of the plan.

    What: Texts at the borders of one and two segments are sent, in GSM 7-bit and, where offered, in Unicode. Where
        the answer tells segments, their number has to be the one that `plan` gives for what was submitted.
    Why: Segments are what is paid for. A host that shows the price before it sends has to count as the aggregator
        does.
    Mend: Read the segments from the right field; if the aggregator counts otherwise, say so in the manifest's notes.
    Exempt: Where the aggregator's document says that it counts otherwise, as with national tables or other encodings.
    """
    wide = WIDE_BOUNDARIES if subject.manifest.offers(Capability.UNICODE) else ()
    texts = [*BOUNDARIES, *wide] if subject.manifest.offers(Capability.LONG_TEXT) else [BOUNDARIES[0], *wide[:1]]
    told = 0
    for text in texts:
        attempt = sent(subject, message(text))
        found = attempt.result.segments if attempt.result else None
        wanted = sum(plan(part.text).count for part in attempt.accepted)
        told += found is not None
        expect(found in (None, wanted), f"{len(text)} characters are {wanted} segments, the result says {found}")
    if not told:
        raise NotApplicable("the answers tell no number of segments")
