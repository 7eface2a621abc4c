"""Replacing octets inside encodings: percent, escapes, entities, base64, hex, UTF-16, and these inside each other.

A layer reads what stands in an encoding, has edits made to that, and writes them back where they were, the way it was
written: the same characters escaped, the same case of hex, the same alphabet and padding. All else stays to the octet.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

__all__ = ["Edit", "Finder", "apply", "edits_in"]

DEPTH = 3
"""How many encodings inside each other are looked through: base64 of JSON in a percent-encoded parameter."""


LONG = 128
_VISIBLE = bytes((*range(32, 127), 0, 9, 10, 13))


class Edit(NamedTuple):
    """`new` in place of the octets from `start` to `end`; `form` names the encodings, outermost first."""

    start: int
    end: int
    new: bytes
    form: str


Finder: TypeAlias = Callable[[bytes], Iterable[Edit]]
"""Gives the edits to octets that are in no encoding; the earlier ones win where they overlap."""


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """`data` with edits that do not overlap and are in order."""
    kept, place = [], 0
    for edit in edits:
        kept += [data[place : edit.start], edit.new]
        place = edit.end
    return b"".join((*kept, data[place:]))


def edits_in(data: bytes, find: Finder, depth: int = DEPTH, *, url: bool = False) -> list[Edit]:
    """The edits that `find` asks for, in `data` itself and in every encoding in it; in order, without overlaps.

    In a `url`, or a form, base64 that had no character to be escaped may get one: it is percent-encoded there.
    """
    taken = _Taken()
    for edit in find(data):
        taken.add(edit)
    if depth and _is_text(data):
        for layer in LAYERS:
            for edit in layer(data, lambda inner: edits_in(inner, find, depth - 1)):
                taken.add(_quoted(edit, data) if url and edit.form.startswith("base64") else edit)
    return taken.edits


def _is_text(data: bytes) -> bool:
    """Whether another encoding may be in octets: most runs of letters are no base64, and decode to noise."""
    if len(data) >= LONG or len(data.translate(None, _VISIBLE)) <= len(data) // 3:
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _quoted(edit: Edit, data: bytes) -> Edit:
    """The edit with percent-encoding for what base64 needs and the replaced base64 did not show."""
    new = edit.new
    for sign in (b"+", b"/", b"="):
        if sign not in data[edit.start : edit.end]:
            new = new.replace(sign, b"%%%02X" % sign[0])
    return edit._replace(new=new)


@dataclass(slots=True)
class _Taken:
    """Edits in order of their places."""

    edits: list[Edit] = field(default_factory=list)

    def add(self, edit: Edit) -> None:
        """Take an edit, unless an earlier one touches the same octets."""
        place = bisect_left(self.edits, edit.start, key=lambda taken: taken.start)
        before, after = self.edits[place - 1 : place], self.edits[place : place + 1]
        if not any(other.end > edit.start for other in before) and not any(other.start < edit.end for other in after):
            self.edits.insert(place, edit)


Inner: TypeAlias = Callable[[bytes], list[Edit]]

# --- escapes: an encoding in which most characters stand for themselves


@dataclass(frozen=True, slots=True)
class _Escapes:
    """`token` matches what stands for something else, `read` gives its octets, `write` escapes a character."""

    name: str
    sign: bytes
    token: re.Pattern[bytes]
    read: Callable[[bytes], bytes]
    write: Callable[[str], bytes]
    by_octet: bool = False

    def __call__(self, data: bytes, inner: Inner) -> Iterator[Edit]:
        """The edits to what the escapes stand for, as edits to the text with escapes."""
        if self.sign not in data:
            return
        decoded = self.token.sub(lambda match: self.read(match[0]), data)
        edits = inner(decoded) if decoded != data else []
        pieces = self._pieces(data) if edits else []
        for edit in edits:
            seen = self._seen(data, decoded, pieces, edit)
            start, end = pieces[edit.start][0], pieces[edit.end - 1][1]
            yield Edit(start, end, self._written(edit.new, seen), f"{self.name}, {edit.form}")

    def _pieces(self, data: bytes) -> list[tuple[int, int]]:
        """For each octet that `data` stands for from where to where it is written."""
        pieces: list[tuple[int, int]] = []
        place = 0
        for match in self.token.finditer(data):
            start, end = match.span()
            pieces += [(at, at + 1) for at in range(place, start)]
            pieces += [(start, end)] * len(self.read(match[0]))
            place = end
        return pieces + [(at, at + 1) for at in range(place, len(data))]

    def _seen(self, data: bytes, decoded: bytes, pieces: list[tuple[int, int]], edit: Edit) -> dict[bytes, bytes]:
        """How each character, or octet, was written in what is replaced."""
        found: dict[bytes, bytes] = {}
        place = edit.start
        for unit in self._units(decoded[edit.start : edit.end]):
            start, end = pieces[place][0], pieces[place + len(unit) - 1][1]
            found.setdefault(unit, data[start:end])
            place += len(unit)
        return found

    def _units(self, data: bytes) -> list[bytes]:
        try:
            return [bytes([octet]) for octet in data] if self.by_octet else [char.encode() for char in data.decode()]
        except UnicodeDecodeError:
            return [bytes([octet]) for octet in data]

    def _written(self, new: bytes, seen: dict[bytes, bytes]) -> bytes:
        return b"".join(seen.get(unit) or self._safe(unit) for unit in self._units(new))

    def _safe(self, unit: bytes) -> bytes:
        return unit if re.fullmatch(rb"[A-Za-z0-9._-]", unit) else self.write(unit.decode("utf-8", "surrogateescape"))


def _percent_octet(token: bytes) -> bytes:
    return b" " if token == b"+" else bytes([int(token[1:], 16)])


def _percent(unit: str) -> bytes:
    return b"".join(b"%%%02X" % octet for octet in unit.encode("utf-8", "surrogateescape"))


_NAMED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _unescaped(token: bytes) -> bytes:
    kind, rest = token[1:2], token[2:]
    if kind == b"x":
        return bytes([int(rest, 16)])
    if kind == b"u":
        units = bytes.fromhex(token.replace(b"\\u", b"").decode())
        return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
    return _NAMED.get(kind, kind)


def _json(unit: str) -> bytes:
    return json.dumps(unit.encode("utf-8", "surrogateescape").decode("latin-1"))[1:-1].encode("latin-1")


def _entity(token: bytes) -> bytes:
    return html.unescape(token.decode("ascii")).encode("utf-8", "replace")


def _xml(unit: str) -> bytes:
    return f"&#{ord(unit)};".encode()


_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_FORM = re.compile(rb"%[0-9A-Fa-f]{2}|\+")
_BACKSLASH = re.compile(
    rb"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
    rb"""|\\["'\\/bfnrt]"""
)
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);")

# --- runs: a stretch of text that is an encoding as a whole

_WORD = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(rb"[0-9A-Fa-f]{8,}")
_WIDE = (
    ("utf-16-be", re.compile(rb"(?:[\x00-\x05].){4,}", re.DOTALL)),
    ("utf-16-le", re.compile(rb"(?:.[\x00-\x05]){4,}", re.DOTALL)),
)
"""Runs of characters up to U+05FF: Latin, Greek, Cyrillic, Armenian and Hebrew."""
_STANDARD = bytes.maketrans(b"-_", b"+/")
_URLSAFE = bytes.maketrans(b"+/", b"-_")


def _base64(data: bytes, inner: Inner) -> Iterator[Edit]:
    """Base64 may begin anywhere in a run of its characters: behind a slash that is none of it, for one."""
    for match in _WORD.finditer(data):
        text = match[0].rstrip(b"=")
        for offset in range(4):
            edit = _base64_edit(text[offset:], len(match[0]) - len(text), inner)
            if edit is not None:
                start = match.start() + offset
                yield Edit(start + edit.start, start + edit.end, edit.new, edit.form)
                break


def _base64_edit(text: bytes, padding: int, inner: Inner) -> Edit | None:
    """One edit to a run: as far as the groups with edits, or to its end where what follows has to move."""
    usable = text[:-1] if len(text) % 4 == 1 else text
    raw = b64decode(usable.translate(_STANDARD) + b"=" * (-len(usable) % 4))
    found = inner(raw)
    if not found:
        return None
    first, last = found[0].start // 3, -(-found[-1].end // 3)
    moved = sum(len(edit.new) - (edit.end - edit.start) for edit in found)
    whole = moved % 3 != 0 or 4 * last >= len(usable)
    new = apply(raw, found)[3 * first : None if whole else 3 * last + moved]
    urlsafe = b"-" in text or b"_" in text
    written = b64encode(new).translate(_URLSAFE) if urlsafe else b64encode(new)
    bare = not padding and (urlsafe or len(usable) % 4)
    end = (len(text) + padding if usable == text else len(usable)) if whole else 4 * last
    return Edit(4 * first, end, written.rstrip(b"=") if bare else written, f"base64, {found[0].form}")


def _hex(data: bytes, inner: Inner) -> Iterator[Edit]:
    for match in _HEX.finditer(data):
        for offset in (0, 1):
            text = match[0][offset:]
            text = text[: len(text) // 2 * 2]
            start = match.start() + offset
            for edit in inner(bytes.fromhex(text.decode())):
                new = edit.new.hex().encode()
                new = new.upper() if match[0].isupper() else new
                yield Edit(start + 2 * edit.start, start + 2 * edit.end, new, f"hex, {edit.form}")


def _wide(data: bytes, inner: Inner) -> Iterator[Edit]:
    """UTF-16, whose characters take two octets each."""
    if b"\0" not in data:
        return
    for codec, pattern in _WIDE:
        for match in pattern.finditer(data):
            text = match[0].decode(codec)
            places = [at for at, char in enumerate(text) for _ in char.encode()]
            for edit in inner(text.encode()):
                start, end = match.start() + 2 * places[edit.start], match.start() + 2 * places[edit.end - 1] + 2
                new = edit.new.decode("utf-8", "surrogateescape").encode(codec, "surrogatepass")
                yield Edit(start, end, new, f"utf-16, {edit.form}")


LAYERS: tuple[Callable[[bytes, Inner], Iterator[Edit]], ...] = (
    _Escapes("percent", b"%", _PERCENT, _percent_octet, _percent, by_octet=True),
    _Escapes("escaped", b"\\", _BACKSLASH, _unescaped, _json),
    _Escapes("entities", b"&", _ENTITY, _entity, _xml),
    _wide,
    _hex,
    _base64,
    _Escapes("form", b"+", _FORM, _percent_octet, _percent, by_octet=True),
)
"""The order matters: a plus is itself in base64, and a space in a form only where nothing else reads it."""
