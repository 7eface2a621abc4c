"""Planning a text: which encoding, how many segments, what is in each.

Sources: "3GPP TS 23.038; Alphabets and language-specific information" and "3GPP TS 23.040; Technical realization of
the Short Message Service (SMS)", https://www.3gpp.org/dynareport/23038.htm and /23040.htm. Units are septets in
GSM 7-bit, UTF-16 code units in UCS-2 and octets in 8-bit data.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from .codings import Coding, Encoding, Octets, Ucs2, UnencodableText
from .cuts import Ends, cut
from .graphemes import cluster_end, cluster_start, is_break, is_break_every
from .gsm7 import Alphabet, alphabet
from .headers import MAX_SEGMENTS, ReferenceBits, check_reference_bits, header_octets
from .national import NationalLanguage
from .transliteration import transliterate as look_alike

_USER_DATA_OCTETS = 140
_BITS_PER_UNIT = {Encoding.GSM7: 7, Encoding.UCS2: 16, Encoding.BINARY: 8}
_UCS2 = Ucs2()
_NO_LANGUAGES: frozenset[NationalLanguage] = frozenset()
_TABLELESS: dict[Encoding, Coding] = {Encoding.UCS2: _UCS2, Encoding.BINARY: Octets()}


class TextTooLong(ValueError):
    """The text needs more than 255 segments; `at_least` is how many, before any loss at the borders of segments."""

    def __init__(self, at_least: int) -> None:
        super().__init__(at_least)
        self.at_least = at_least

    def __str__(self) -> str:
        return f"the text needs at least {self.at_least} segments, a message has at most {MAX_SEGMENTS}"


class Segment(NamedTuple):
    """One segment: its text and the units that this takes, the header not counted."""

    text: str
    units: int


@dataclass(frozen=True, init=False)
class TextPlan:
    """How a text is to be sent.

    `text` is what was planned: what was given, or its transliteration if that was allowed and of use. `units` are those
    of all segments, `ends` says where in the text each segment ends.
    """

    encoding: Encoding
    text: str
    units: int
    ends: Sequence[int]
    locking: NationalLanguage | None
    single: NationalLanguage | None
    reference_bits: ReferenceBits

    def __init__(
        self,
        encoding: Encoding,
        text: str,
        units: int,
        ends: Sequence[int],
        locking: NationalLanguage | None,
        single: NationalLanguage | None,
        reference_bits: ReferenceBits,
    ) -> None:
        # The method that a frozen dataclass makes itself sets each field by a call, a quarter of the time of a plan.
        fields = self.__dict__
        fields["encoding"] = encoding
        fields["text"] = text
        fields["units"] = units
        fields["ends"] = ends
        fields["locking"] = locking
        fields["single"] = single
        fields["reference_bits"] = reference_bits

    @property
    def count(self) -> int:
        """Segments."""
        return len(self.ends)

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The segments, cut on first use: who only counts does not wait for it."""
        starts = (0, *self.ends[:-1])
        pieces = [self.text[start:end] for start, end in zip(starts, self.ends, strict=True)]
        if isinstance(self.ends, Ends):
            return tuple(map(Segment, pieces, self.ends.lengths))
        if self.units == len(self.text):
            return tuple(map(Segment, pieces, map(len, pieces)))
        return tuple(map(Segment, pieces, map(_coding_of(self).units, pieces)))

    @property
    def per_segment(self) -> int:
        """Units that one segment of this plan can hold beside its header."""
        return _budgets(_coding_of(self), self.reference_bits)[self.count > 1]

    @property
    def remaining(self) -> int:
        """Units left in the last segment."""
        return self.per_segment - self.segments[-1].units


def plan(
    text: str,
    *,
    encoding: Encoding | None = None,
    transliterate: bool = False,
    national: Collection[NationalLanguage] = (),
    reference_bits: ReferenceBits = 8,
) -> TextPlan:
    """Choose the encoding of `text` (unless given) and split it into segments.

    Without an `encoding`: GSM 7-bit in the default alphabet if that holds every character, otherwise UCS-2. The tables
    of the languages in `national` are used where that saves a segment; among their combinations the one with the fewest
    segments wins, then the one with the fewest units. `transliterate` lets look-alikes replace characters if the whole
    text then goes into GSM 7-bit. Forced to BINARY, a text is octets: the characters U+0000 to U+00FF.

    No segment ends within an escape pair, a surrogate pair or a grapheme cluster; only a cluster that is longer than a
    segment is cut, between code points. Raises UnencodableText for a character outside the encoding forced and for a
    lone surrogate, TextTooLong beyond 255 segments.
    """
    check_reference_bits(reference_bits)
    wanted = Encoding(encoding) if encoding else None
    if wanted and wanted in _TABLELESS:
        return _planned(text, _TABLELESS[wanted], reference_bits)
    languages = frozenset(map(NationalLanguage, national)) if national else _NO_LANGUAGES
    for wording in _wordings(text) if transliterate else (text,):
        found = _seven_bit(wording, languages, reference_bits)
        if found and (wanted or _beats_ucs2(found)):
            return found
    if wanted:
        raise _obstacle(text, languages)
    return _planned(text, _UCS2, reference_bits)


def encode_segment(segment_text: str, plan: TextPlan) -> bytes:
    """The text of one segment of `plan` as octets: unpacked septets, UTF-16 big-endian, or the data itself.

    The header is not part of it: `concatenation_header` makes that.
    """
    return _coding_of(plan).encode(segment_text)


def _coding_of(plan: TextPlan) -> Coding:
    return _TABLELESS.get(plan.encoding) or alphabet(plan.locking, plan.single)


def _wordings(text: str) -> Iterator[str]:
    yield text
    yield look_alike(text)


def _seven_bit(text: str, languages: frozenset[NationalLanguage], reference_bits: ReferenceBits) -> TextPlan | None:
    """The best plan in GSM 7-bit, None if no combination of tables holds the text."""
    if not languages:
        units = alphabet().units_if_fit(text)
        return None if units is None else _split(text, units, alphabet(), reference_bits)
    best: tuple[tuple[int, bool, int], TextPlan] | None = None
    # The least number of segments is known without splitting; what cannot become the best is not split.
    for rank, coding in sorted(_ranked(text, languages, reference_bits), key=lambda entry: entry[0]):
        if best and best[0] <= rank:
            break
        split = _split(text, rank[-1], coding, reference_bits)
        exact = (split.count, *rank[1:])
        if best is None or exact < best[0]:
            best = exact, split
    return best[1] if best else None


def _ranked(
    text: str, languages: frozenset[NationalLanguage], reference_bits: ReferenceBits
) -> Iterator[tuple[tuple[int, bool, int], Alphabet]]:
    """Combinations of tables that hold the text: fewest segments first, then without tables, then fewest units."""
    characters = frozenset(text)
    for coding in _combinations(characters, languages):
        if characters <= coding.repertoire:
            units = coding.units(text)
            alone, joined = _budgets(coding, reference_bits)
            at_least = 1 if units <= alone else -(-units // joined)
            yield (at_least, _is_shifted(coding), units), coding


def _combinations(characters: frozenset[str], languages: frozenset[NationalLanguage]) -> Iterator[Alphabet]:
    for locking in (None, *sorted(languages - {NationalLanguage.SPANISH})):
        plain = alphabet(locking)
        yield plain
        # A single shift table only adds characters: where none is missing it saves nothing.
        if not characters <= plain.repertoire:
            yield from (alphabet(locking, single) for single in sorted(languages))


def _is_shifted(coding: Alphabet | TextPlan) -> bool:
    return coding.locking is not None or coding.single is not None


def _beats_ucs2(found: TextPlan) -> bool:
    """True for the default alphabet, and for national tables that save a segment."""
    if not _is_shifted(found):
        return True
    try:
        return found.count < _planned(found.text, _UCS2, found.reference_bits).count
    except TextTooLong:
        return True


def _obstacle(text: str, languages: frozenset[NationalLanguage]) -> UnencodableText:
    """The first character that no combination of tables gets past."""
    reached = UnencodableText(text[0], 0)
    for coding in _combinations(frozenset(text), languages):
        try:
            coding.units(text)
        except UnencodableText as error:
            reached = max(reached, error, key=lambda obstacle: obstacle.index)
    return reached


def _planned(text: str, coding: Coding, reference_bits: ReferenceBits) -> TextPlan:
    if coding is not _UCS2:
        return _split(text, coding.units(text), coding, reference_bits)
    octets = _UCS2.encode(text)
    return _split(text, len(octets) // 2, coding, reference_bits, octets)


def _split(text: str, units: int, coding: Coding, reference_bits: ReferenceBits, octets: bytes = b"") -> TextPlan:
    """The plan of `text`, which takes `units` in `coding`; `octets` is what it is in UTF-16, if that is the coding."""
    alone, joined = _budgets(coding, reference_bits)
    if units <= alone:
        ends: Sequence[int] = (len(text),)
    else:
        at_least = -(-units // joined)
        if at_least > MAX_SEGMENTS:
            raise TextTooLong(at_least)
        if units == len(text) and is_break_every(text, joined):
            ends = (*range(joined, units, joined), units)
        else:
            ends = (octets and cut(text, octets, joined)) or tuple(_ends(text, units, coding, joined))
        if len(ends) > MAX_SEGMENTS:
            raise TextTooLong(len(ends))
    return TextPlan(coding.encoding, text, units, ends, coding.locking, coding.single, reference_bits)


def _ends(text: str, units: int, coding: Coding, budget: int) -> Iterator[int]:
    """Cut `text` every `budget` units or a little before."""
    start, length = 0, len(text)
    narrow = units == length
    while start < length:
        end = min(start + budget, length) if narrow else coding.fit(text, start, budget)
        if end < length and not is_break(text, end):
            end = _cut(text, start, end, coding, budget)
        yield end
        start = end


def _cut(text: str, start: int, end: int, coding: Coding, budget: int) -> int:
    """Where to end a segment instead of `end`, which is inside a cluster: before that, if it fits in a segment."""
    first = cluster_start(text, end - 1, start)
    last = cluster_end(text, end + 1, first + budget + 1)
    # A cluster that reaches back to `start` never fits, since `end` is where the room from there on ends.
    return first if coding.units(text[first:last]) <= budget else end


@cache
def _budgets(coding: Coding, reference_bits: ReferenceBits) -> tuple[int, int]:
    """Units that a segment can hold if it is the only one, and if it is one of several.

    That is the whole units in the 140 octets of user data after the header. In septets the fill bits after the header
    need no mention: 140 octets are 160 septets exactly, so what is left over at the end is left over at the front.
    """
    alone, joined = (
        _USER_DATA_OCTETS
        - header_octets(several, reference_bits=reference_bits, locking=coding.locking, single=coding.single)
        for several in (False, True)
    )
    bits = _BITS_PER_UNIT[coding.encoding]
    return 8 * alone // bits, 8 * joined // bits
