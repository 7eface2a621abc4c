"""Cutting UCS-2 text with one regular expression, which finds all segments in a single call.

The rules are those of `graphemes`. The expression takes as many units as a segment can hold and looks at the few
characters on both sides of that place. If a cluster surely ends there, so does the segment. If surely none does, the
place before is tried. If these characters do not tell, the expression takes all the rest of the text: a segment that is
too long says that `graphemes` has to look. That is also how a cluster longer than a segment shows: the segment that
begins with it has no end, and only then was the one before ended too early.

Making the expression costs some ten milliseconds, once for each budget and for texts with and without surrogate pairs.
"""

import re
from codecs import utf_16_be_decode, utf_16_be_encode, utf_16_le_decode
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate, groupby, pairwise
from typing import overload

from .code_points import edges
from .graphemes import (
    CONSONANT,
    CONTROL,
    LINKER,
    MARK,
    OTHER,
    PICTOGRAPH,
    PREPEND,
    REGIONAL,
    SPACING_MARK,
    ZWJ,
    ZWNJ,
    L,
    kinds,
)

_SEEN = (range(0x3400), range(0xA000, 0xAC00), range(0xF900, 0x10000), range(0x1D400, 0x1D800), range(0x1F000, 0x1FC00))
"""The code points whose kinds the expression knows, beside `_ALIKE`: behind a border it knows no others."""

_SYLLABLE, _LOW_SURROGATE = "syllable", "low surrogate"
_HIGH_SURROGATES = (0xD835, 0xD83C, 0xD83D, 0xD83E)
"""Those of `_SEEN`."""

_CONTROL_HIGH = (0xD80D, 0xD82F, 0xD834, 0xDB40, 0xDB41, 0xDB42, 0xDB43)
"""The high surrogates of all controls of two units; whatever else has them is taken for one."""

_PREPENDED_LOW = "DCBD DCCD DD3F DD41 DD46 DDC2-DDC3 DE84-DE89 DF02 DFD1"
"""The low surrogates of all prepended characters of two units; whatever else has them is taken for one."""

_ALIKE = {
    OTHER: "3400-9FFF",
    _SYLLABLE: "AC00-D7A3",
    _LOW_SURROGATE: "DC00-DFFF",
    PREPEND: _PREPENDED_LOW,
}
_VARIATION_SELECTOR = (0xFE0F, 0xFE10)
_CR, _LF = "\r", "\n"
_APART = (_CR, _LF, ZWNJ, ZWJ)
"""Characters with rules of their own, here not among those of their kind."""

_IS_SEEMING = bytes(0xD8 <= octet < 0xE0 for octet in range(0x100))
_FEW = 32
"""With more characters than this for the error handler, `graphemes` is quicker."""

_Span = tuple[int, int]
"""The first code point and the one after the last."""


def cut(text: str, octets: bytes, budget: int) -> Sequence[int] | None:
    """Where the segments of `text` end if each holds `budget` units; None if the expression cannot tell.

    `octets` are the text in UTF-16, big-endian.
    """
    length, units = len(octets) // 2, text
    if length > len(text):
        # Read with the octets in the wrong order a surrogate is a character like others, so each unit is one.
        try:
            units = utf_16_le_decode(octets)[0]
        except UnicodeDecodeError:
            units = _with_seeming_surrogates(octets)
        if len(units) < length:
            return None
    pieces = _all_segments(budget, length > len(text))(units)
    return None if len(pieces[-1]) > budget else Ends(text, pieces)


def _with_seeming_surrogates(octets: bytes) -> str:
    """The units, where among them are U+00D8 and others that in the wrong order of octets look like a surrogate.

    A few of them only cost time. What looks like a pair becomes one character, and then the text is too short.
    """
    seeming = octets[1::2].translate(_IS_SEEMING).count(1)
    return utf_16_le_decode(octets, "surrogatepass")[0] if seeming <= _FEW else ""


class Ends(Sequence[int]):
    """Where the segments of a text end: in which of its characters only on first use, since planning has to count them.

    `pieces` are the segments, with one character for each unit.
    """

    _found: tuple[int, ...] = ()

    def __init__(self, text: str, pieces: Sequence[str]) -> None:
        self._text = text
        self._pieces = pieces

    @property
    def lengths(self) -> Iterator[int]:
        """Units of each segment."""
        return map(len, self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...
    def __getitem__(self, index: int | slice) -> int | tuple[int, ...]:
        return self._ends()[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ends())

    def __eq__(self, other: object) -> bool:
        return self._ends() == (other._ends() if isinstance(other, Ends) else other)

    def __hash__(self) -> int:
        return hash(self._ends())

    def __repr__(self) -> str:
        return repr(self._ends())

    def _ends(self) -> tuple[int, ...]:
        if not self._found:
            borders = tuple(accumulate(self.lengths))
            self._found = borders if borders[-1] == len(self._text) else self._in_characters(borders)
        return self._found

    def _in_characters(self, borders: Sequence[int]) -> tuple[int, ...]:
        octets = utf_16_be_encode(self._text)[0]
        pieces = [octets[2 * start : 2 * end] for start, end in pairwise((0, *borders))]
        return tuple(accumulate([len(utf_16_be_decode(piece)[0]) for piece in pieces]))


@cache
def _all_segments(budget: int, wide: bool) -> Callable[[str], list[str]]:
    """What cuts a text into segments, the last of which is all the rest if it cannot tell where one ends."""
    seen = _Classes(wide=wide)
    whole = f"(?!{seen.one(_LOW_SURROGATE)})" if wide else ""
    breaks, joints = "|".join(_breaks(seen)), "|".join(_joints(seen))
    return re.compile(f"(?s).{{1,{budget}}}{whole}(?:(?={breaks})|(?!{joints}).*)|.+").findall


def _breaks(seen: "_Classes") -> Iterator[str]:
    """Places where a cluster surely ends: the character behind it, then what is asked of those before that one."""
    yield seen.one(OTHER, CONTROL, _CR, _SYLLABLE) + seen.none_before(".", PREPEND, L)
    for right in seen.pairs(OTHER, PICTOGRAPH):
        yield right + seen.none_before("..", PREPEND, ZWJ)
    yield seen.one(CONSONANT) + _unlinked(seen)
    yield seen.one(PICTOGRAPH) + seen.none_before(".", PREPEND, ZWJ)
    for flag in seen.pairs(REGIONAL):
        yield f"{flag}(?:(?<!{flag}..){seen.none_before('..', PREPEND)}|(?<={flag}{flag}..)(?<!{flag}{flag}{flag}..))"
    yield f"{seen.one(_LF)}(?<!{seen.one(_CR)}.)"
    yield r"\Z"


def _joints(seen: "_Classes") -> Iterator[str]:
    """Places surely within a cluster, told the same way."""
    attached = MARK, ZWNJ, ZWJ, LINKER, SPACING_MARK
    yield seen.one(*attached) + seen.none_before(".", CONTROL, _CR, _LF)
    for right in seen.pairs(*attached):
        yield right + seen.none_before("..", CONTROL, _CR, _LF)
    linker = seen.one(LINKER)
    yield f"{seen.one(CONSONANT)}(?:(?<={linker}.)|(?<={linker}{seen.one(ZWJ)}.))"
    pictographs = [seen.one(PICTOGRAPH), *seen.pairs(PICTOGRAPH)]
    marks = ["", seen.of(_VARIATION_SELECTOR), *seen.pairs(MARK)]
    joined = "|".join(f"(?<={before}{mark}{seen.one(ZWJ)})" for before in pictographs for mark in marks)
    yield f"(?:{joined})(?={'|'.join(pictographs)})"
    for flag in seen.pairs(REGIONAL):
        yield f"{flag}(?<={flag}..)(?<!{flag}{flag}..)"
    yield f"{seen.one(_LF)}(?<={seen.one(_CR)}.)"


def _unlinked(seen: "_Classes") -> str:
    """No linker among up to three characters before, the foremost of which is no mark either: that ends the search."""
    linker, mark = seen.one(LINKER, PREPEND, _LOW_SURROGATE), seen.one(MARK, ZWJ, LINKER, PREPEND, _LOW_SURROGATE)
    return f"(?:(?<!{mark}.)|(?<!{linker}.)(?:(?<!{mark}..)|(?<!{linker}..)(?<!{mark}...)))"


class _Classes:
    """Kinds of characters as regular expressions; `wide` if they are to see UTF-16 units with the octets exchanged."""

    def __init__(self, *, wide: bool) -> None:
        self._wide = wide

    def one(self, *wanted: str) -> str:
        """Of the characters of one unit these."""
        return self.of(*(span for kind in wanted for span in _members()[kind]))

    def pairs(self, *wanted: str) -> list[str]:
        """Of those of two units these, in parts."""
        highs: dict[str, list[int]] = {}
        for high in _HIGH_SURROGATES if self._wide else ():
            if lows := self._lows(high, *wanted):
                highs.setdefault(lows, []).append(high)
        return [self._units(*found) + lows for lows, found in highs.items()]

    def none_before(self, gap: str, *unwanted: str) -> str:
        """Before the gap, which has as many dots as units, is none of these."""
        pair = f"(?<!{self._units(*_CONTROL_HIGH)}.{gap})" if self._wide and CONTROL in unwanted else ""
        return f"(?<!{self.one(*unwanted)}{gap}){pair}"

    def of(self, *spans: _Span) -> str:
        """Of the characters of one unit those in these spans."""
        return f"[{_spelled(spans, self._wide)}]"

    def _lows(self, high: int, *wanted: str) -> str:
        """The second half of the characters wanted that begin with this one, said in the shorter of two ways."""
        block = 0x10000 + (high - 0xD800) * 0x400
        spans = [span for kind in wanted for span in _members()[kind] if block < span[1] and span[0] < block + 0x400]
        these = [(max(first - block, 0) + 0xDC00, min(after - block, 0x400) + 0xDC00) for first, after in sorted(spans)]
        borders = (0xDC00, *(border for span in these for border in span), 0xE000)
        others = zip(borders[::2], borders[1::2], strict=True)
        positive, negative = self.of(*these), self.of(*others)
        if "[]" in (positive, negative):
            return "." if these else ""
        return positive if len(positive) < len(negative) else f"[^{negative[1:]}"

    def _units(self, *units: int) -> str:
        return self.of(*((unit, unit + 1) for unit in units))


@cache
def _spelled(spans: tuple[_Span, ...], wide: bool) -> str:
    """The inside of a class of a regular expression."""
    members = bytearray(0x10000)
    for first, after in spans:
        if first < len(members):
            members[first:after] = b"\1" * (after - first)
    if wide:
        members = bytearray().join(members[low::0x100] for low in range(0x100))
    members.append(0)
    found, after = [], 0
    while (first := members.find(1, after)) >= 0:
        after = members.find(0, first)
        found.append(_span(chr(first), chr(after - 1)))
    return "".join(found)


def _span(first: str, last: str) -> str:
    if first < "\x80":
        first, last = re.escape(first), re.escape(last)
    return first if first == last else f"{first}-{last}"


@cache
def _members() -> dict[str, list[_Span]]:
    """The spans of each kind, and of each character that is apart."""
    found = {kind: list(pairwise(edges(notation)))[::2] for kind, notation in _ALIKE.items()}
    for codes in _SEEN:
        code, kinds_here = codes.start, kinds(codes)
        for character in _APART:
            if ord(character) in codes:
                kinds_here[ord(character) - code] = character
        for kind, run in groupby(kinds_here):
            after = code + len(list(run))
            found.setdefault(kind, []).append((code, after))
            code = after
    return found
