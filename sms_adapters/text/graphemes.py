"""Where a text may be cut without taking apart what a reader sees as one character.

The rules are those of "Unicode Standard Annex 29: Unicode Text Segmentation", clause 3.1.1, extended grapheme clusters,
as of Unicode 17, https://www.unicode.org/reports/tr29/. Most properties follow from the general category that
`unicodedata` knows; the tables below hold what does not. Two rules are simplified so that they join a little more than
the annex: pictographs are whole blocks, and a virama joins the next consonant whatever stands before it.
"""

import re
from bisect import bisect_right
from functools import cache, lru_cache

from .code_points import edges

_FIRST_MARK = "\u0300"
"""Below this only CR LF is a cluster of more than one character."""

_LONER = (
    r"[\t\n -\u02ff\u0370-\u0482\u048a-\u058f\u05d0-\u05ea\u0620-\u064a\u0660-\u066f"
    r"\u0671-\u06d3\u10a0-\u10ff\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20cf"
    r"\u2100-\u214f\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff]"
)
"""Characters that join nothing of their own kind: not all of those, but whole alphabets."""

_two_loners = re.compile(f"{_LONER}{{2}}").match
_only_loners = re.compile(f"{_LONER}*").fullmatch

OTHER = "other"
CONTROL = "control"
MARK = "mark"
LINKER = "linker"
SPACING_MARK = "spacing mark"
PREPEND = "prepend"
REGIONAL = "regional indicator"
PICTOGRAPH = "pictograph"
CONSONANT = "consonant"
L, _V, _T, _LV, _LVT = "L", "V", "T", "LV", "LVT"
ZWNJ, ZWJ = "\u200c", "\u200d"

# Character properties by ascending ranges; the first row that has the character decides.
_RANGES = (
    (REGIONAL, "1F1E6-1F1FF"),
    (
        LINKER,
        "94D 9CD ACD B4D C4D D4D 1039 17D2 1A60 1B44 1BAB A9C0 AAF6 10A3F 11133 113D0 1193E 11A47 11A99 11F42",
    ),
    (
        CONSONANT,
        (
            "915-939 958-95F 978-97F 995-9A8 9AA-9B0 9B2 9B6-9B9 9DC-9DD 9DF 9F0-9F1 A95-AA8 AAA-AB0 AB2-AB3 "
            "AB5-AB9 AF9 B15-B28 B2A-B30 B32-B33 B35-B39 B5C-B5D B5F B71 C15-C28 C2A-C39 C58-C5A D15-D3A 1000-102A "
            "103F 1050-1055 105A-105D 1061 1065-1066 106E-1070 1075-1081 108E 1780-17B3 1A20-1A54 1B0B-1B0C "
            "1B13-1B33 1B45-1B4C 1B83-1BA0 1BAE-1BAF 1BBB-1BBD A989-A98B A98F-A9B2 A9E0-A9E4 A9E7-A9EF A9FA-A9FE "
            "AA60-AA6F AA71-AA73 AA7A AA7E-AA7F AAE0-AAEA ABC0-ABDA 10A00 10A10-10A13 10A15-10A17 10A19-10A35 "
            "11103-11126 11144 11147 11380-11389 1138B 1138E 11390-113B5 11900-11906 11909 1190C-11913 11915-11916 "
            "11918-1192F 11A00 11A0B-11A32 11A50 11A5C-11A83 11B0A 11DF1 11F04-11F10 11F12-11F33"
        ),
    ),
    (
        MARK,  # spacing or format characters that attach like a non-spacing mark
        (
            "9BE 9D7 B3E B57 BBE BD7 CC0 CC2 CC7-CC8 CCA-CCB CD5-CD6 D3E D57 DCF DDF 1715 1734 1B35 1B3B 1B3D "
            "1B43-1B44 1BAA 1BF2-1BF3 200C-200D 302E-302F A953 FF9E-FF9F 111C0 11235 1133E 1134D 11357 114B0 114BD "
            "115AF 116B6 11930 1193D 16FF0-16FF1 1D165-1D166 1D16D-1D172 1F3FB-1F3FF E0020-E007F E0100-E01EF"
        ),
    ),
    (SPACING_MARK, "E33 EB3 1171E"),
    (
        OTHER,  # spacing marks by category that stand for themselves
        "102B-102C 1038 1062-1064 1067-106D 1083 1087-108C 108F 109A-109C 1A61 1A63-1A64 AA7B AA7D 11720-11721",
    ),
    (PREPEND, "600-605 6DD 70F 890-891 8E2 D4E 110BD 110CD 111C2-111C3 113D1 1193F 11941 11A84-11A89 11D46 11F02"),
    (L, "1100-115F A960-A97C"),
    (_V, "1160-11A7 D7B0-D7C6 16D63 16D67-16D6A"),
    (_T, "11A8-11FF D7CB-D7FB"),
    (CONTROL, "2065 FFF0-FFF8 E0000-E0FFF"),
    (
        PICTOGRAPH,
        (
            "A9 AE 203C 2049 2122 2139 2194-21AA 231A-23FA 24C2 25AA-27BF 2934-2935 2B05-2B55 3030-303D 3297-3299 "
            "1F000-1F0FF 1F10D-1F1E5 1F201-1F3FA 1F400-1FAFF 1FC00-1FFFD"
        ),
    ),
)

_REGIONAL_INDICATORS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_SYLLABLES = range(0xAC00, 0xD7A4)
_SYLLABLES_OF_ONE_LV = 28

_BY_CATEGORY = {
    "Cc": CONTROL,
    "Cf": CONTROL,
    "Cs": CONTROL,
    "Zl": CONTROL,
    "Zp": CONTROL,
    "Mn": MARK,
    "Me": MARK,
    "Mc": SPACING_MARK,
}

_HANGUL = frozenset(
    {(L, L), (L, _V), (L, _LV), (L, _LVT), (_LV, _V), (_LV, _T), (_V, _V), (_V, _T), (_LVT, _T), (_T, _T)}
)
_ATTACHED = frozenset({MARK, LINKER, SPACING_MARK})


def is_break_every(text: str, width: int) -> bool:
    """True if a cluster surely ends every `width` characters; for most texts all places are seen at once."""
    # One look at the first place, and texts in other scripts are done with.
    return bool(_two_loners(text, width - 1)) and bool(_only_loners(text[width - 1 :: width] + text[width::width]))


def is_break(text: str, index: int) -> bool:
    """True if a cluster ends before `text[index]`; `index` is inside the text, neither 0 nor its end."""
    sure = _is_break_between(text[index - 1], text[index])
    if sure is not None:
        return sure
    right = _kind(text[index])
    if right == REGIONAL:
        return _regional_indicators_before(text, index) % 2 == 0
    return not (_joined_to_pictograph(text, index) if right == PICTOGRAPH else _joined_to_consonant(text, index))


@lru_cache(maxsize=8192)
def _is_break_between(before: str, after: str) -> bool | None:
    """What two neighbours decide by themselves, None if it depends on what stands before them."""
    if before < _FIRST_MARK > after:
        return before != "\r" or after != "\n"
    left, right = _kind(before), _kind(after)
    if CONTROL in (left, right):
        return True
    if right in _ATTACHED or left == PREPEND or (left, right) in _HANGUL:
        return False
    depends = left == REGIONAL if right == REGIONAL else left in _ATTACHED and right in (PICTOGRAPH, CONSONANT)
    return None if depends else True


def cluster_start(text: str, index: int, floor: int) -> int:
    """Where the cluster that has a character on each side of `index` begins, but not before `floor`."""
    while index > floor and not is_break(text, index):
        index -= 1
    return index


def cluster_end(text: str, index: int, ceiling: int) -> int:
    """Where the cluster that has a character on each side of `index` ends, but not after `ceiling`."""
    ceiling = min(ceiling, len(text))
    while index < ceiling and not is_break(text, index):
        index += 1
    return index


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    from unicodedata import category  # costs a shared library, which GSM texts never need

    code = ord(character)
    if code in _SYLLABLES:
        return _LVT if (code - _SYLLABLES.start) % _SYLLABLES_OF_ONE_LV else _LV
    for kind, table in _tables():
        if bisect_right(table, code) % 2:
            return kind
    return _BY_CATEGORY.get(category(character), OTHER)


def kinds(codes: range) -> list[str]:
    """The kinds of these code points, at less cost than one by one; none of them a Hangul syllable."""
    from unicodedata import category

    found = [_BY_CATEGORY.get(category(chr(code)), OTHER) for code in codes]
    for kind, table in reversed(_tables()):
        for first, after in zip(table[::2], table[1::2], strict=True):
            inside = slice(max(first - codes.start, 0), max(after - codes.start, 0))
            found[inside] = [kind] * len(found[inside])
    return found


@cache
def _tables() -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((kind, edges(notation)) for kind, notation in _RANGES)


def _regional_indicators_before(text: str, index: int) -> int:
    return index - len(text[:index].rstrip(_REGIONAL_INDICATORS))


def _joined_to_pictograph(text: str, index: int) -> bool:
    """Rule GB11: pictograph, marks, zero width joiner before `index`."""
    if text[index - 1] != ZWJ:
        return False
    place = index - 2
    while place >= 0 and text[place] != ZWJ and _kind(text[place]) in (MARK, LINKER):
        place -= 1
    return place >= 0 and _kind(text[place]) == PICTOGRAPH


def _joined_to_consonant(text: str, index: int) -> bool:
    """Rule GB9c: a linker (a virama that joins) among the marks before `index`, whatever carries them."""
    place = index - 1
    while place > 0 and text[place] != ZWNJ and _kind(text[place]) == MARK:
        place -= 1
    return _kind(text[place]) == LINKER
