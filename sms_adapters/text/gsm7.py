"""The GSM 7-bit alphabets as a codec: text, septets (one in each octet) and packed octets.

Source: "3GPP TS 23.038; Alphabets and language-specific information", https://www.3gpp.org/dynareport/23038.htm.
`locking` and `single` name national tables; None is the default alphabet and its extension table.
"""

import codecs
import re
from functools import cache
from typing import Literal

from .codings import Encoding, UnencodableText
from .national import ESCAPE, UNDEFINED, NationalLanguage, locking_table, single_shift_table

__all__ = [
    "Alphabet",
    "UnencodableText",
    "alphabet",
    "decode",
    "encode",
    "fill_bits",
    "fits",
    "pack",
    "septets",
    "unpack",
]

_SHIFTED = 0x80
_SEPTETS = bytes(range(_SHIFTED))
_ESCAPE_PAIR = re.compile(rb"\x1b([\x00-\x7f])")
_NO_SEPTET = re.compile(rb"[\x80-\xff]")
_FRONT = 32


class Alphabet:
    """One pair of a locking and a single shift table, compiled for both directions.

    Between text and septets stands a code of one octet for each character, so that C code does the work: the septet
    itself, or the septet plus 80 hex for a character behind an escape.
    """

    __slots__ = ("_decoding", "_encoding", "_strange", "locking", "repertoire", "single")

    encoding = Encoding.GSM7

    def __init__(self, locking: NationalLanguage | None = None, single: NationalLanguage | None = None) -> None:
        self.locking, self.single = locking, single
        plain, shifted = locking_table(locking), single_shift_table(single)
        self._encoding = codecs.charmap_build(_encoding_table(plain, shifted))
        self._decoding = plain + _shown_after_escape(plain, shifted)
        self.repertoire = frozenset(plain + shifted) - {UNDEFINED}
        self._strange: re.Pattern[str] | None = None

    def encode(self, text: str) -> bytes:
        """The septets of `text`, one in each octet, an escape before each extension character."""
        coded = self._code(text)
        septets = coded.translate(_AT_SIGN)
        for octet in set(coded.translate(None, _SEPTETS)):
            septets = septets.replace(bytes((octet,)), bytes((ESCAPE, octet - _SHIFTED)))
        return septets

    def decode(self, septets: bytes, errors: str = "strict") -> str:
        """The text of unpacked `septets`; see the function `decode`."""
        strange = _NO_SEPTET.search(septets)
        if strange is None:
            return self._decode(septets, errors)
        if errors == "strict":
            raise UnicodeDecodeError("gsm7", septets, strange.start(), strange.end(), "more than seven bits")
        return "\ufffd".join(self._decode(piece, errors) for piece in _NO_SEPTET.split(septets))

    def units(self, text: str) -> int:
        """Septets that `text` takes, an escape pair counting two."""
        return _septets_of(self._code(text))

    def units_if_fit(self, text: str) -> int | None:
        """`units`, or None for a text that does not fit: at less cost than an error."""
        if not text.isascii() and (text[0] not in self.repertoire or self._begins_strange(text)):
            return None
        try:
            coded: bytes = codecs.charmap_encode(text, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            return None
        return None if 0 in coded else _septets_of(coded)

    def _begins_strange(self, text: str) -> bool:
        """True if a character near the front has no septet; most texts for another encoding show it there."""
        if self._strange is None:
            self._strange = re.compile(f"[^{re.escape(''.join(sorted(self.repertoire)))}]")
        return self._strange.search(text, 0, _FRONT) is not None

    def fit(self, text: str, start: int, budget: int) -> int:
        """Where to stop so that `text` from `start` takes at most `budget` septets, no escape pair cut."""
        septets = self.encode(text[start : start + budget])[:budget]
        # Of a pair only the escape counts as a septet without a character; one that is left alone at the end as well.
        return start + len(septets) - septets.count(ESCAPE)

    def _code(self, text: str) -> bytes:
        try:
            coded: bytes = codecs.charmap_encode(text, "strict", self._encoding)[0]
            index = coded.find(0)
        except UnicodeEncodeError as error:
            index = text.find("\0", 0, error.start)
            index = error.start if index < 0 else index
        if index >= 0:
            raise UnencodableText(text[index], index)
        return coded

    def _decode(self, septets: bytes, errors: str) -> str:
        coded = _ESCAPE_PAIR.sub(lambda pair: bytes((pair[1][0] + _SHIFTED,)), septets)
        if errors != "strict":
            coded = coded.replace(b"\x1b", b" ")
        try:
            return codecs.charmap_decode(coded, errors, self._decoding)[0]
        except UnicodeDecodeError as error:
            start = error.start + len(coded[: error.start].translate(None, _SEPTETS))
            reason = "escape at the end" if septets[start] == ESCAPE == septets[-1] else "empty place in the table"
            raise UnicodeDecodeError("gsm7", septets, start, len(septets[: start + 1]), reason) from None


def _septets_of(coded: bytes) -> int:
    return len(coded) if coded.isascii() else len(coded) + len(coded.translate(None, _SEPTETS))


def _encoding_table(plain: str, shifted: str) -> str:
    """The code's 256 characters, each character at one place only, the shorter one.

    `codecs.charmap_build` makes its fast map only of a table that begins with NUL. So the character of septet 0 moves
    to the empty place of the escape, and NUL, which no alphabet has, is refused by looking for code 0.
    """
    table = ["\0", *plain[1:], *(UNDEFINED * len(shifted))]
    table[ESCAPE] = plain[0]
    for septet, character in enumerate(shifted):
        if character not in table:
            table[_SHIFTED + septet] = character
    return "".join(table)


_AT_SIGN = bytes(0 if octet == ESCAPE else octet for octet in range(256))


def _shown_after_escape(plain: str, shifted: str) -> str:
    """What a septet stands for after an escape.

    TS 23.038 clause 6.2.1.1: for a place without a symbol, the character of the same septet in the main table in use;
    for a second escape, reserved for a further table, a space (note 1).
    """
    shown = [main if symbol == UNDEFINED else symbol for main, symbol in zip(plain, shifted, strict=True)]
    shown[ESCAPE] = " "
    return "".join(shown)


@cache
def alphabet(locking: NationalLanguage | None = None, single: NationalLanguage | None = None) -> Alphabet:
    """The alphabet of these tables, made once."""
    return Alphabet(locking, single)


def encode(text: str, locking: NationalLanguage | None = None, single: NationalLanguage | None = None) -> bytes:
    """Unpacked septets of `text`, one in each octet, extension characters as the pair 1B hex and septet.

    Raises UnencodableText.
    """
    return alphabet(locking, single).encode(text)


def decode(
    septets: bytes,
    locking: NationalLanguage | None = None,
    single: NationalLanguage | None = None,
    errors: Literal["strict", "replace"] = "strict",
) -> str:
    """The text of unpacked `septets`.

    An escape before a septet that its table does not know is no error: TS 23.038 clause 6.2.1.1 has the receiver show
    the character of the main table, and a space for two escapes. Raises UnicodeDecodeError for an octet above 7F hex,
    an empty place of a national table and an escape at the end; with "replace" these become U+FFFD, U+FFFD and, as
    clause 6.2.1 note 1 has it for a receiver that cannot use the escape, a space.
    """
    if errors not in ("strict", "replace"):
        raise ValueError(f"errors is 'strict' or 'replace', not {errors!r}")
    return alphabet(locking, single).decode(septets, errors)


def fits(text: str) -> bool:
    """True if the default alphabet and its extension table hold every character of `text`."""
    if text.isascii() and text.isprintable() and "`" not in text:  # the one printable of ASCII that it has not
        return True
    return alphabet().units_if_fit(text) is not None


def septets(text: str) -> int:
    """Septets of `text` in the default alphabet; raises UnencodableText."""
    return alphabet().units(text)


def fill_bits(header_octets: int) -> int:
    """Bits between a user data header of this many octets (its length octet counted) and the first septet, 0 to 6.

    3GPP TS 23.040 clause 9.2.3.24: the text begins on a septet boundary counted from the start of the user data.
    """
    return -8 * header_octets % 7


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """`septets` packed into octets, TS 23.038 clause 6.1.2.1, after `fill_bits` zero bits.

    If seven bits are left at the end they are zero, which reads like an eighth septet, "@". The number of septets is
    sent beside the octets in a short message, so that no filling CR is needed: give it to `unpack`.
    """
    _check_fill_bits(fill_bits)
    if not septets.isascii():
        raise ValueError("a septet is at most 7F hex")
    value = 0
    for septet in reversed(septets):
        value = value << 7 | septet
    return (value << fill_bits).to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first `count` septets of packed `octets`, one in each octet; raises ValueError if there are fewer.

    `count` decides whether seven spare bits at the end are a character or nothing, so an "@" or a CR there is kept.
    """
    _check_fill_bits(fill_bits)
    if not 0 <= 7 * count + fill_bits <= 8 * len(octets):
        raise ValueError(f"{len(octets)} octets do not hold {count} septets after {fill_bits} fill bits")
    value = int.from_bytes(octets, "little") >> fill_bits
    return bytes(value >> 7 * place & 0x7F for place in range(count))


def _check_fill_bits(fill_bits: int) -> None:
    if not 0 <= fill_bits <= 6:
        raise ValueError(f"fill bits are 0 to 6, not {fill_bits}")
