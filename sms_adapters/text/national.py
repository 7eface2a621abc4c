"""The GSM 7-bit alphabets of 3GPP TS 23.038 as data: default, extension, national locking and single shift.

Sources: "3GPP TS 23.038; Alphabets and language-specific information", clause 6.2.1 (default alphabet and its
extension), annex A.2 (single shift tables), annex A.3 (locking shift tables),
https://www.3gpp.org/dynareport/23038.htm. A table is a string of 128 characters, the place of a character being its
septet; UNDEFINED stands where the specification leaves the place empty, and in the place of the escape itself.

Two places differ from the letter of the specification, which has a misprint there: Kannada locking shift 24 hex is
U+0CA1 (printed 0CAA, which is also at 3D), and the digits of the Tamil and Telugu single shift tables run on without a
break. The Telugu single shift table has no euro sign in the specification, so it has none here; some handsets add it.
"""

from enum import IntEnum
from functools import cache

from .code_points import codes

UNDEFINED = "\ufffe"
"""The mark of an empty place; a noncharacter, and the mark that `codecs.charmap_build` itself takes for "none"."""

ESCAPE = 0x1B
"""The septet that announces a character of the extension or single shift table."""


class NationalLanguage(IntEnum):
    """National language identifiers, 3GPP TS 23.038 table 6.2.1.2.4.1; the value is what goes into the header."""

    TURKISH = 1
    SPANISH = 2
    PORTUGUESE = 3
    BENGALI = 4
    GUJARATI = 5
    HINDI = 6
    KANNADA = 7
    MALAYALAM = 8
    ORIYA = 9
    PUNJABI = 10
    TAMIL = 11
    TELUGU = 12
    URDU = 13


_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    f"Δ_ΦΓΛΩΠΨΣΘΞ{UNDEFINED}ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

# Places and characters that are read in step: the first place takes the first character, and so on.
_EXTENSION = ("0A 14 28-29 2F 3C-3E 40 65", "\f^{}\\[~]|€")

# Locking shift tables of the languages in Latin letters: what differs from the default alphabet.
_LATIN_LOCKING: dict[NationalLanguage | None, tuple[str, str]] = {
    NationalLanguage.TURKISH: ("04 07 0B-0C 1C-1D 40 60", "€ıĞğŞşİç"),
    NationalLanguage.PORTUGUESE: (
        "04 06-09 0B-0C 0E-0F 12-1A 1C-1E 24 40 5B-5D 60 7B-7D",
        "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚ~ãõ`",
    ),
}

# Single shift tables of the languages in Latin letters: what they have beside the extension table.
_LATIN_SINGLE: dict[NationalLanguage | None, tuple[str, str]] = {
    NationalLanguage.TURKISH: ("47 49 53 63 67 69 73", "ĞİŞçğış"),
    NationalLanguage.SPANISH: ("09 41 49 4F 55 61 69 6F 75", "çÁÍÓÚáíóú"),
    NationalLanguage.PORTUGUESE: (
        "05 09 0B-0C 0E-0F 12-13 15-19 1F 41 49 4F 55 5B-5C 61 69 6F 75 7B-7C 7F",
        "êçÔôÁáΦΓΩΠΨΣΘÊÀÍÓÚÃÕÂíóúãõâ",
    ),
}

# The tables of the other scripts all have the same frame; the script fills the places that the frame leaves.
_LOCKING_FRAME = ("0A 0D 20-21 28-29 2C 2E 30-3B 3F 61-7A", "\n\r !)(,.0123456789:;?abcdefghijklmnopqrstuvwxyz")
_LOCKING_SCRIPT_PLACES = "00-09 0B-0C 0E-1A 1C-1F 22-27 2A-2B 2D 2F 3C-3E 40-60 7B-7F"
_SINGLE_FRAME = (
    "00-0C 0E-18 28-29 2F 3C-3E 40-5A",
    "@£$¥¿\"¤%&'\f*+-/<=>¡^¡_#*{}\\[~]|ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)
_SINGLE_SCRIPT_PLACES = "19-1A 1C-27 2A-2E 30-3B 3F"

_LOCKING_SCRIPT = {
    NationalLanguage.BENGALI: (
        "981-983 985-98C . . 98F-990 . . 993-9A8 . 9AA-9B0 . 9B2 . . . 9B6-9B9 9BC-9C4 . . 9C7-9C8 . . 9CB-9CE "
        "9D7 9DC-9DD 9F0-9F1"
    ),
    NationalLanguage.GUJARATI: (
        "A81-A83 A85-A8D . A8F-A91 . A93-AA8 . AAA-AB0 . AB2-AB3 . AB5-AB9 ABC-AC5 . AC7-AC9 . ACB-ACD AD0 AE0-AE3 AF1"
    ),
    NationalLanguage.HINDI: "901-903 905-939 93C-94D 950 972 97B-97C 97E-97F",
    NationalLanguage.KANNADA: (
        ". C82-C83 C85-C8C . C8E-C90 . C92-CA8 . CAA-CB3 . CB5-CB9 CBC-CC4 . CC6-CC8 . CCA-CCD CD5-CD6 CE0-CE3"
    ),
    NationalLanguage.MALAYALAM: (
        ". D02-D03 D05-D0C . D0E-D10 . D12-D28 . D2A-D39 . D3D-D44 . D46-D48 . D4A-D4D D57 D60-D63 D79"
    ),
    NationalLanguage.ORIYA: (
        "B01-B03 B05-B0C . . B0F-B10 . . B13-B28 . B2A-B30 . B32-B33 . B35-B39 B3C-B44 . . B47-B48 . . B4B-B4D "
        "B56-B57 B60-B63"
    ),
    NationalLanguage.PUNJABI: (
        "A01-A03 A05-A0A . . . . A0F-A10 . . A13-A28 . A2A-A30 . A32-A33 . A35-A36 . A38-A39 A3C . A3E-A42 "
        ". . . . A47-A48 . . A4B-A4D A51 A70-A74"
    ),
    NationalLanguage.TAMIL: (
        ". B82-B83 B85-B8A . . . B8E-B90 . B92-B95 . . . B99-B9A . B9C . B9E-B9F . . . BA3-BA4 . . . BA8-BAA "
        ". . . BAE-BB9 . . BBE-BC2 . . . BC6-BC8 . BCA-BCD BD0 BD7 BF0-BF2 BF9"
    ),
    NationalLanguage.TELUGU: (
        "C01-C03 C05-C0C . C0E-C10 . C12-C28 . C2A-C33 . C35-C39 . C3D-C44 . C46-C48 . C4A-C4D C55-C56 C60-C63"
    ),
    NationalLanguage.URDU: (
        "627 622 628 67B 680 67E 6A6 62A 6C2 67F 679 67D 67A 67C 62B-62C 681 684 683 685-687 62D-62F 68C 688-68A "
        "68F 68D 630-631 691 693 699 632 696 698 69A 633-639 641-642 6A9-6AB 6AF 6B3 6B1 644-646 6BA-6BC 648 6C4 "
        "6D5 6C1 6BE 621 6CC 6D0 6D2 64D 650 64F 657 654-655 651 653 656 670"
    ),
}

_SINGLE_SCRIPT = {
    NationalLanguage.BENGALI: "9E6-9EF 9DF-9E3 9F2-9FA",
    NationalLanguage.GUJARATI: "964-965 AE6-AEF",
    NationalLanguage.HINDI: "964-96F 951-954 958-963 970-971",
    NationalLanguage.KANNADA: "964-965 CE6-CEF CDE CF1-CF2",
    NationalLanguage.MALAYALAM: "964-965 D66-D75 D7A-D7F",
    NationalLanguage.ORIYA: "964-965 B66-B6F B5C-B5D B5F B70-B71",
    NationalLanguage.PUNJABI: "964-965 A66-A6F A59-A5C A5E A75",
    NationalLanguage.TAMIL: "964-965 BE6-BEF BF3-BF8 BFA",
    NationalLanguage.TELUGU: ". . C66-C6F C58-C59 C78-C7F",
    NationalLanguage.URDU: "600-601 6F0-6F9 60C-614 61B 61F 640 652 658 66B-66C 672-673 6CD 6D4",
}

_EMPTY = UNDEFINED * 128
_NOTHING = ("", "")
_WITHOUT_EURO = frozenset({NationalLanguage.TELUGU})


@cache
def locking_table(language: NationalLanguage | None) -> str:
    """The 128 characters of a locking shift table; the default alphabet for None and Spanish, which has none."""
    if language is None or language not in _LOCKING_SCRIPT:
        return _filled(_DEFAULT, *_LATIN_LOCKING.get(language, _NOTHING))
    script = _LOCKING_SCRIPT[language]
    return _filled(_filled(_EMPTY, *_LOCKING_FRAME), _LOCKING_SCRIPT_PLACES, _characters(script))


@cache
def single_shift_table(language: NationalLanguage | None) -> str:
    """The 128 characters that an escape reaches; the extension table of the default alphabet for None."""
    if language is None or language not in _SINGLE_SCRIPT:
        return _filled(_filled(_EMPTY, *_EXTENSION), *_LATIN_SINGLE.get(language, _NOTHING))
    frame = _filled(_EMPTY, *_SINGLE_FRAME)
    if language not in _WITHOUT_EURO:
        frame = _filled(frame, "65", "€")
    script = _SINGLE_SCRIPT[language]
    return _filled(frame, _SINGLE_SCRIPT_PLACES, _characters(script))


def _filled(table: str, places: str, characters: str) -> str:
    """`table` with `characters` put into the first of `places`, in step."""
    cells = list(table)
    for place, character in zip(codes(places), characters, strict=False):
        if place is not None:
            cells[place] = character
    return "".join(cells)


def _characters(script: str) -> str:
    return "".join(UNDEFINED if code is None else chr(code) for code in codes(script))
