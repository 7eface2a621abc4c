"""The forms in which encoders of our field write a secret, and the patterns that find them.

An encoder may leave any character as it is, so a form is matched character by character.
"""

from __future__ import annotations

import json
import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain, groupby
from typing import AnyStr, Generic, NamedTuple, TypeAlias
from urllib.parse import quote, quote_plus

SHORT = 4

Ways: TypeAlias = tuple[str, ...]
"""The ways to write one character."""
Spelling: TypeAlias = tuple[Ways, ...]
"""A secret in one family of forms, character by character."""


def _encodings(text: str) -> list[bytes]:
    """UTF-8, and Latin-1 where that is possible and different: HTTP clients use either for credentials."""
    found = [text.encode("utf-8", "surrogatepass")]
    try:
        found.append(text.encode("latin-1"))
    except UnicodeEncodeError:
        return found
    return list(dict.fromkeys(found))


def _in_hex(text: str) -> list[bytes]:
    return [*_encodings(text), text.encode("utf-16-be", "surrogatepass")]


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _core(raw: bytes, shift: int) -> tuple[str, str, str]:
    """Base64 of `raw` after `shift` (0 to 2) unknown bytes: possible first characters, the certain ones, possible last.

    A character holds six bits. Those that `raw` fills are certain; one that it shares with what stands before or
    after can be one of a few.
    """
    bits = 8 * (shift + len(raw))
    first, last = -(-8 * shift // 6), bits // 6
    certain = _base64(bytes(shift) + raw + bytes(2))[first:last]
    heads = {_base64(bytes((0, low))[-shift:] + raw)[first - 1] for low in range(16)} if shift else set()
    tails = {_base64(bytes(shift) + raw + bytes((high << 4, 0)))[last] for high in range(16)} if bits % 6 else set()
    return "".join(sorted(heads)), certain, "".join(sorted(tails))


def _percent_forms(secret: str) -> Iterator[str]:
    for encoded in _encodings(secret):
        for once in (quote(encoded, safe=""), quote_plus(encoded)):
            for form in (once, _lower_hex(once)):
                yield form
                yield quote(form, safe="")
                yield _lower_hex(quote(form, safe=""))


def _lower_hex(quoted: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)


def _base64_forms(secret: str) -> Iterator[str]:
    for raw in _encodings(secret):
        whole = _base64(raw)
        cores = (_core(raw, shift)[1] for shift in range(3))
        for form in (whole, whole.rstrip("="), *(core for core in cores if len(core) >= SHORT)):
            yield form
            yield form.translate(str.maketrans("+/", "-_"))


def _markup_forms(secret: str) -> Iterator[str]:
    text = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield text
    for double, single in (("&quot;", "&apos;"), ("&quot;", "&#x27;"), ("&quot;", "&#39;"), ("&#34;", "&#39;")):
        yield text.replace('"', double).replace("'", single)
    yield text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _escaped_forms(secret: str) -> Iterator[str]:
    for ascii_only in (True, False):
        text = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield text
        yield text.replace("/", "\\/")
    yield repr(secret)[1:-1]
    yield ascii(secret)[1:-1]
    for raw in _encodings(secret):
        yield repr(raw)[2:-1]


def forms(secret: str) -> frozenset[str]:
    """Every derived form by which `secret` may appear; of base64 also the part that is the same whatever surrounds it.

    Percent-encoded (once, twice, either case of hex), escaped as in JSON, XML, HTML and Python literals, base64
    (both alphabets, with and without padding, at all three byte alignments), hex. UTF-8, and Latin-1 where possible; in
    hex also UTF-16, as UCP and CIMD2 write a text.
    """
    if not secret:
        return frozenset()
    found = {secret, *_percent_forms(secret), *_base64_forms(secret), *_markup_forms(secret), *_escaped_forms(secret)}
    for raw in _in_hex(secret):
        found |= {raw.hex(), raw.hex().upper()}
    return frozenset(found)


# --- families of forms: for each character the ways to write it
# Each family can be read in one way only (a backslash is never itself), so that matching takes linear time.

_NAMED_ESCAPES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quiet(char: str) -> bool:
    """Whether every encoder but those of URLs leaves the character alone."""
    return char.isascii() and (char.isalnum() or char in "-_.")


def _plain(char: str) -> Iterable[str]:
    return (char,)


def _percent(char: str) -> Iterable[str]:
    yield char
    if char.isascii() and char.isalnum():
        return
    if char == " ":
        yield "+"
    for raw in _encodings(char):
        upper = "".join(f"%{byte:02X}" for byte in raw)
        yield from (upper, upper.lower())


def _double_percent(char: str) -> Iterable[str]:
    for once in _percent(char):
        yield once
        if once != char:
            yield from (once.replace("%", "%25"), once.replace("+", "%2B"), once.replace("+", "%2b"))


def _json(char: str) -> Iterable[str]:
    if char != "\\":
        yield char
    if _quiet(char):
        return
    if char in "\\\"/'":
        yield "\\" + char
    if char in _NAMED_ESCAPES:
        yield _NAMED_ESCAPES[char]
    wide = char.encode("utf-16-be", "surrogatepass").hex()
    units = [wide[place : place + 4] for place in range(0, len(wide), 4)]
    yield from ("".join("\\u" + unit for unit in units), "".join("\\u" + unit.upper() for unit in units))


def _repr(char: str) -> Iterable[str]:
    if char != "\\":
        yield char
    if _quiet(char):
        return
    if char in "\\\"'":
        yield "\\" + char
    if char in _NAMED_ESCAPES:
        yield _NAMED_ESCAPES[char]
    for raw in _encodings(char):
        yield "".join(f"\\x{byte:02x}" for byte in raw)
    yield f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _xml(char: str) -> Iterable[str]:
    if char != "&":
        yield char
    if _quiet(char):
        return
    from html.entities import codepoint2name

    code = ord(char)
    named = {"'": "apos"}.get(char) or codepoint2name.get(code)
    if named:
        yield f"&{named};"
    for number in ("", "02", "03"):
        yield from (f"&#{code:{number}d};", f"&#x{code:{number}x};", f"&#x{code:{number}X};")


def _in_literal(text: str) -> Iterable[str]:
    """`text` as part of a JSON string or a Python literal: the outer of two layers."""
    single_quoted = repr('"' + text)[2:-1]
    for form in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1], single_quoted):
        yield from (form, form.replace("/", "\\/"))


def _in_url(text: str) -> Iterable[str]:
    quoted = quote(text.encode("utf-8", "surrogatepass"), safe="")
    yield from (quoted, _lower_hex(quoted), quoted.replace("%20", "+"))
    if "%" not in text:
        yield text


def _in_markup(text: str) -> Iterable[str]:
    base = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield from (base, base.replace('"', "&quot;"), base.replace('"', "&#34;"))
    yield from (base.replace("'", "&apos;"), base.replace("'", "&#39;"), base.replace("'", "&#x27;"))
    yield base.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _layers(
    inner: Callable[[str], Iterable[str]], outer: Callable[[str], Iterable[str]]
) -> Callable[[str], Iterable[str]]:
    def both(char: str) -> Iterable[str]:
        return (char,) if _quiet(char) else chain.from_iterable(outer(form) for form in inner(char))

    return both


_FAMILIES: dict[str, Callable[[str], Iterable[str]]] = {
    "plain": _plain,
    "percent": _percent,
    "double percent": _double_percent,
    "json": _json,
    "repr": _repr,
    "xml": _xml,
    "json in a literal": _layers(_json, _in_literal),
    "json in percent": _layers(_json, _in_url),
    "json in xml": _layers(_json, _in_markup),
    "xml in a literal": _layers(_xml, _in_literal),
    "xml in percent": _layers(_xml, _in_url),
    "xml in xml": _layers(_xml, _in_markup),
}
_BASE64_ALSO = {"+": ("-", "%2B", "%2b"), "/": ("_", "\\/", "%2F", "%2f")}
_PADDING = ("==", "=", "%3D%3D", "%3d%3d", "%3D", "%3d", "")


def _base64_ways(chars: str) -> Ways:
    return tuple(form for char in chars for form in (char, *_BASE64_ALSO.get(char, ())))


def _base64_spellings(secret: str) -> Iterator[Spelling]:
    for raw in _encodings(secret):
        if len(secret) < SHORT:
            yield (*map(_base64_ways, _base64(raw).rstrip("=")), _PADDING)
            continue
        for shift in range(3):
            heads, certain, tails = _core(raw, shift)
            yield ((*_base64_ways(heads), ""), *map(_base64_ways, certain), (*_base64_ways(tails), ""), _PADDING)


@lru_cache(maxsize=4096)
def _ways(family: str, char: str) -> Ways:
    return tuple(dict.fromkeys(_FAMILIES[family](char)))


def _spellings(secret: str) -> Iterator[tuple[str, Spelling]]:
    """Name of the family and the spelling, for every family in which the secret looks different."""
    seen: set[Spelling] = set()
    for name in _FAMILIES:
        spelling = tuple(_ways(name, char) for char in secret)
        if spelling not in seen:
            seen.add(spelling)
            yield name, spelling
    yield from (("base64", spelling) for spelling in _base64_spellings(secret))
    for raw in _in_hex(secret):
        yield from (("hex", tuple((digit,) for digit in digits)) for digits in (raw.hex(), raw.hex().upper()))


# --- from families to patterns

NARROW = ("utf-8", "latin-1")
WIDE = ("utf-16-le", "utf-16-be")
_NARROW_EDGES = (
    # A letter or digit that ends an escape (%22, \n, \u0022) is no part of a word.
    r"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))",
    r"(?![^\W_])",
)
_EDGES = {
    "utf-16-le": ("(?<![0-9A-Za-z]\\x00)", "(?![0-9A-Za-z]\\x00)"),
    "utf-16-be": ("(?<!\\x00[0-9A-Za-z])", "(?!\\x00[0-9A-Za-z])"),
}


def _views(secret: str) -> tuple[str, ...]:
    """The encodings of bytes in which the secret looks different."""
    return ("utf-8",) if secret.isascii() else NARROW


def _seen_in(view: str, text: str) -> str:
    """`text` as the pattern of that view sees it: bytes are one character each."""
    if view == "text":
        return text
    return text.encode(view, "strict" if view == "latin-1" else "surrogatepass").decode("latin-1")


@lru_cache(maxsize=4096)
def _ways_pattern(ways: Ways, view: str) -> str:
    patterns = [re.escape(_seen_in(view, form)) for form in sorted(ways, key=len, reverse=True)]
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"


def _pattern(spelling: Spelling, view: str, short: bool) -> str | None:
    """The regular expression of a spelling; None if that view cannot write the secret."""
    try:
        body = "".join(_ways_pattern(ways, view) for ways in spelling)
    except UnicodeEncodeError:
        return None
    before, after = _EDGES.get(view, _NARROW_EDGES) if short else ("", "")
    return before + body + after


def _longest(spelling: Spelling) -> int:
    return sum(max(map(len, ways)) for ways in spelling)


def _anchor(spelling: Spelling, view: str) -> str:
    """The longest part that can be written in one way only: without it in a text, no match."""
    runs = ("".join(ways[0] for ways in run) for single, run in groupby(spelling, _is_single) if single)
    return _seen_in(view, max(runs, key=len, default=""))


def _is_single(ways: Ways) -> bool:
    return len(ways) == 1


class _Form(NamedTuple):
    length: int
    name: str
    pattern: str
    anchor: str


def forms_in(secret: str, view: str) -> Iterator[_Form]:
    """Every form of a secret in one view: text, or octets in an encoding."""
    for name, spelling in _spellings(secret):
        pattern = _pattern(spelling, view, len(secret) < SHORT)
        if pattern is not None:
            yield _Form(_longest(spelling), name, pattern, _anchor(spelling, view))


def _alternation(found: Iterable[_Form]) -> str:
    """One pattern, the longest forms first: a secret may be part of another."""
    return "|".join(dict.fromkeys(form.pattern for form in sorted(found, key=lambda form: -form.length)))


def _anchors(found: Iterable[_Form]) -> list[str]:
    """Of the anchors those that contain no other."""
    kept: list[str] = []
    for anchor in sorted({form.anchor for form in found}, key=len):
        if not any(shorter in anchor for shorter in kept):
            kept.append(anchor)
    return kept


class _Matcher(Generic[AnyStr]):
    """All forms of all secrets: one pattern, behind a quick look for anchors, and compiled when one is first seen."""

    __slots__ = ("_anchors", "_pattern", "_source")

    def __init__(self, source: AnyStr, anchors: tuple[AnyStr, ...]) -> None:
        self._source: AnyStr = source
        self._anchors: tuple[AnyStr, ...] = anchors
        self._pattern: re.Pattern[AnyStr] | None = None

    def found(self, value: AnyStr) -> bool:
        """Whether a form of a secret is in `value`."""
        return any(anchor in value for anchor in self._anchors) and self._compiled().search(value) is not None

    def sub(self, mask: AnyStr, value: AnyStr) -> AnyStr:
        """`value` with masks: again until nothing is found, for a mask can complete a secret that has a star in it."""
        while self.found(value):
            value = self._compiled().sub(mask, value)
        return value

    def _compiled(self) -> re.Pattern[AnyStr]:
        if self._pattern is None:
            self._pattern = re.compile(self._source)
        return self._pattern


# Shared by redactors of the same secrets: a channel's redactor is made anew for each message, and building takes
# milliseconds.


@lru_cache(maxsize=256)
def text_matcher(secrets: tuple[str, ...]) -> _Matcher[str]:
    """The matcher for text."""
    found = [form for secret in secrets for form in forms_in(secret, "text")]
    return _Matcher(_alternation(found), tuple(_anchors(found)))


@lru_cache(maxsize=256)
def data_matcher(secrets: tuple[str, ...], wide: str | None) -> _Matcher[bytes]:
    """The matcher for UTF-8 and Latin-1, or for one kind of UTF-16."""
    views = ((secret, view) for secret in secrets for view in ((wide,) if wide else _views(secret)))
    found = [form for secret, view in views for form in forms_in(secret, view)]
    return _Matcher(_alternation(found).encode("latin-1"), tuple(text.encode("latin-1") for text in _anchors(found)))
