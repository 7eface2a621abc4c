"""What every encoding offers to the splitting of a text, and the two encodings that are not GSM 7-bit."""

from codecs import utf_16_be_decode, utf_16_be_encode
from enum import StrEnum
from typing import NoReturn, Protocol

from .national import NationalLanguage


class Encoding(StrEnum):
    """How the text travels: GSM 7-bit, UCS-2 (in fact UTF-16, big-endian) or 8-bit data."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"
    BINARY = "binary"


class UnencodableText(ValueError):
    """A character has no place in the repertoire asked for; `index` is its place in the text."""

    def __init__(self, character: str, index: int, repertoire: str = "the GSM 7-bit alphabet") -> None:
        super().__init__(character, index, repertoire)
        self.character = character
        self.index = index
        self.repertoire = repertoire

    def __str__(self) -> str:
        # The character as a number: the text may be private, and a lone surrogate cannot be printed.
        return f"U+{ord(self.character):04X} at index {self.index} is not in {self.repertoire}"


class Coding(Protocol):
    """An encoding at work; `units` and `encode` raise UnencodableText."""

    def __hash__(self) -> int:
        """There is one object of each."""

    @property
    def encoding(self) -> Encoding:
        """What this is."""

    @property
    def locking(self) -> NationalLanguage | None:
        """The national locking shift table, GSM 7-bit only."""

    @property
    def single(self) -> NationalLanguage | None:
        """The national single shift table, GSM 7-bit only."""

    def encode(self, text: str) -> bytes:
        """The octets of `text`; of GSM 7-bit its septets, one in each octet."""

    def units(self, text: str) -> int:
        """Units that `text` takes."""

    def fit(self, text: str, start: int, budget: int) -> int:
        """Where to stop so that `text` from `start` takes at most `budget` units; no pair of units is cut."""


class Ucs2:
    """UTF-16, big-endian, without a byte order mark; a unit is two octets."""

    encoding = Encoding.UCS2
    locking: NationalLanguage | None = None
    single: NationalLanguage | None = None

    def encode(self, text: str) -> bytes:
        """See Coding."""
        try:
            return utf_16_be_encode(text)[0]
        except UnicodeEncodeError as error:
            _refuse(error, "Unicode text: a lone surrogate")

    def units(self, text: str) -> int:
        """See Coding."""
        return len(self.encode(text)) // 2

    def fit(self, text: str, start: int, budget: int) -> int:
        """See Coding."""
        octets = utf_16_be_encode(text[start : start + budget])[0]
        # "ignore" leaves out the first half of a surrogate pair at the end.
        return start + len(utf_16_be_decode(octets[: 2 * budget], "ignore", True)[0])


class Octets:
    """8-bit data, each octet written as the character U+0000 to U+00FF of its value."""

    encoding = Encoding.BINARY
    locking: NationalLanguage | None = None
    single: NationalLanguage | None = None

    def encode(self, text: str) -> bytes:
        """See Coding."""
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError as error:
            _refuse(error, "8-bit data")

    def units(self, text: str) -> int:
        """See Coding."""
        return len(self.encode(text))

    def fit(self, text: str, start: int, budget: int) -> int:
        """See Coding."""
        return min(start + budget, len(text))


def _refuse(error: UnicodeEncodeError, repertoire: str) -> NoReturn:
    raise UnencodableText(error.object[error.start], error.start, repertoire) from None
