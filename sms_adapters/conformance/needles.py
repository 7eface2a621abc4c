"""What is looked for in a recording: secrets, names and phone numbers, each with what stands in its place.

Needles know one spelling at a time; `layers` looks for them inside encodings.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..phone import InvalidNumber, WireForm, parse_inbound, to_wire
from .layers import Edit

__all__ = [
    "Needle",
    "Needles",
    "NumberNeedle",
    "TextNeedle",
    "address_pairs",
    "derived_pairs",
    "national_part",
    "number_needles",
    "spaced",
    "text_needles",
    "unwritable",
]

SHORT = 4
ENCODINGS = ("utf-8", "latin-1", "utf-16-be", "utf-16-le")
LEAST_CASELESS = 8
DIGESTS = ("md5", "sha1", "sha256", "sha512")
ESCAPED = (b'"', b"'", b"/", b"\\")
"""First characters that belong to the backslash before them: there a text is found once that is read."""
QUIET = re.compile(r"[A-Za-z0-9._-]")
"""What no encoder of our field escapes but for those that escape all."""


@dataclass(frozen=True, slots=True)
class TextNeedle:
    """A text, found anywhere, or with `whole` only where no letter or digit touches it."""

    old: str
    new: str
    form: str = "plain"
    whole: bool = False

    @property
    def spellings(self) -> list[tuple[bytes, bytes]]:
        """Its octets, and those of what replaces it; `layers` reads ASCII in UTF-16."""
        found: dict[bytes, bytes] = {}
        for codec in ENCODINGS[:1] if self.old.isascii() else ENCODINGS:
            with suppress(UnicodeEncodeError):
                found.setdefault(self.old.encode(codec), self.new.encode(codec))
        return list(found.items())

    @property
    def trace(self) -> bytes:
        """A pattern without which it is not there."""
        return b"|".join(re.escape(old) for old, _ in self.spellings)

    def edits(self, data: bytes) -> Iterator[Edit]:
        """Where it stands in one of the encodings of text."""
        for old, new in self.spellings:
            yield from self._found(data, old, new)

    def _found(self, data: bytes, old: bytes, new: bytes) -> Iterator[Edit]:
        start = data.find(old)
        while start >= 0:
            end = start + len(old)
            left = data[start - 1 : start]
            escaped = left == b"\\" and old[:1] in ESCAPED
            if escaped or (self.whole and (_joined(left, old[:1]) or _joined(old[-1:], data[end : end + 1]))):
                start = data.find(old, start + 1)
            else:
                yield Edit(start, end, new, self.form)
                start = data.find(old, end)


def _joined(left: bytes, right: bytes) -> bool:
    """Whether two octets belong to one word."""
    return left.isalnum() and right.isalnum()


def text_needles(pairs: Mapping[str, str], *, whole: bool = False) -> list[TextNeedle]:
    """Needles for texts; the longest first, since one may be part of another."""
    found = [TextNeedle(old, new, whole=whole or len(old) < SHORT) for old, new in pairs.items() if old != new]
    return sorted(found, key=lambda needle: -len(needle.old))


def derived_pairs(old: str, new: str) -> Iterator[tuple[str, str]]:
    """A secret in capitals or small letters, and its digests in hex and base64; with those of what replaces it."""
    if len(old) >= LEAST_CASELESS:
        yield from ((old.upper(), new.upper()), (old.lower(), new.lower()))
    for name in DIGESTS:
        raw, other = (hashlib.new(name, text.encode(), usedforsecurity=False).digest() for text in (old, new))
        yield raw.hex(), other.hex()
        yield raw.hex().upper(), other.hex().upper()
        yield b64encode(raw).decode(), b64encode(other).decode()


def unwritable(old: str, new: str) -> str:
    """The first character of `new` that may need an escape which `old` does not show; empty if there is none.

    Only a character that stands in the old value, too, shows how it was written where the value was found.
    """
    free = old.startswith("-----BEGIN")  # a key in PEM is never sent
    return "" if free else next((char for char in new if not QUIET.fullmatch(char) and char not in old), "")


def address_pairs(old: str, new: str) -> Iterator[tuple[str, str]]:
    """A value and what replaces it; of a URL also host and port, as the header Host has them, and the host's name."""
    yield old, new
    if "://" in old and "://" in new:
        ours, theirs = urlsplit(old), urlsplit(new)
        yield ours.netloc, theirs.netloc
        if "." in (ours.hostname or "") and re.search("[a-z]", ours.hostname or ""):
            yield ours.hostname or "", theirs.hostname or ""


# --- phone numbers

_GAP = rb"(?:[ ().\-/\xa0]|\xc2\xa0){0,3}"
LEAST_PART = 6


@dataclass(frozen=True, slots=True)
class NumberNeedle:
    """A number's digits in one form, also with spaces, brackets, dots or dashes between them."""

    digits: str
    new: str
    form: str
    pattern: re.Pattern[bytes]

    @property
    def trace(self) -> bytes:
        """A pattern without which it is not there."""
        return self.pattern.pattern

    def edits(self, data: bytes) -> Iterator[Edit]:
        """Where it stands; what is between the digits stays if the new number has as many."""
        for match in self.pattern.finditer(data):
            yield Edit(match.start(), match.end(), self._laid_out(match[0]), self.form)

    def _laid_out(self, old: bytes) -> bytes:
        if len(self.digits) != len(self.new):
            return self.new.encode()
        left = iter(self.new.encode())
        return bytes(next(left) if 48 <= octet <= 57 else octet for octet in old)


Needle = TextNeedle | NumberNeedle


class Needles:
    """Several, the earlier ones first; most texts are done with after one look for their traces."""

    __slots__ = ("_all", "_trace")

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._all = tuple(needles)
        self._trace = re.compile(b"|".join(needle.trace for needle in self._all))

    def __bool__(self) -> bool:
        return bool(self._all)

    def edits(self, data: bytes) -> list[Edit]:
        """Where they stand."""
        if not self._all or self._trace.search(data) is None:
            return []
        return [edit for needle in self._all for edit in needle.edits(data)]


def number_needles(numbers: Mapping[str, str]) -> list[NumberNeedle]:
    """Needles for E.164 numbers in every wire form; the national ones need the extra `phone`."""
    found = [needle for old, new in numbers.items() if old != new for needle in _number(old, new)]
    return sorted(found, key=lambda needle: -len(needle.digits))


def _number(old: str, new: str) -> Iterator[NumberNeedle]:
    for form in (WireForm.DIGITS, WireForm.NATIONAL, WireForm.NATIONAL_SIGNIFICANT):
        digits, other = _written(old, form), _written(new, form)
        if digits and len(digits) >= LEAST_PART:
            pattern = _GAP.join(digit.encode() for digit in digits)
            edge = rb"(?<![0-9])" if form is WireForm.NATIONAL else b""
            yield NumberNeedle(digits, other or new.lstrip("+"), f"number, {form}", re.compile(edge + pattern))


def _written(number: str, form: WireForm) -> str:
    try:
        return to_wire(parse_inbound(number), form)
    except InvalidNumber:
        return ""


def national_part(number: str) -> str:
    """The digits by which a number is known whatever stands before them: without its country code.

    Without the extra `phone` these are all but the first three, as many as a country code can have.
    """
    digits = number.lstrip("+")
    found = _written(number, WireForm.NATIONAL_SIGNIFICANT) or digits[3:]
    return found if len(found) >= LEAST_PART else digits


def spaced(digits: Iterable[str]) -> re.Pattern[bytes]:
    """A pattern for digits with or without separators."""
    return re.compile(_GAP.join(digit.encode() for digit in digits))
