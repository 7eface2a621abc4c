"""The one redactor: takes secrets out of text, requests, answers, errors and log records.

Two lines of defence. By value: a known secret is found in every form in which encoders of our field write it, see
`forms`; an encoder may leave any character as it is, so a form is matched character by character. By name: what a
header, parameter or JSON field called "Authorization" or "password" holds is masked whether or not it is known.

A secret that was cut (by a limit on length, say) is not found: redact first, shorten after.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from itertools import chain, groupby
from typing import Any, AnyStr, Generic, NamedTuple, TypeAlias, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from .errors import SmsError
from .http import Headers, HttpRequest, HttpResponse, MultiDict, WebhookRequest, WebhookResponse

__all__ = ["MASK", "RedactingFilter", "Redactor", "forms", "secrets_of"]

MASK = "***"
SHORT = 4
DEEPEST = 100

Ways: TypeAlias = tuple[str, ...]
"""The ways to write one character."""
Spelling: TypeAlias = tuple[Ways, ...]
"""A secret in one family of forms, character by character."""
Exchange = TypeVar("Exchange", bound=HttpRequest | HttpResponse | WebhookRequest | WebhookResponse)


# --- forms of a secret


def _encodings(text: str) -> list[bytes]:
    """UTF-8, and Latin-1 where that is possible and different: HTTP clients use either for credentials."""
    found = [text.encode("utf-8", "surrogatepass")]
    try:
        found.append(text.encode("latin-1"))
    except UnicodeEncodeError:
        return found
    return list(dict.fromkeys(found))


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
    (both alphabets, with and without padding, at all three byte alignments), hex. UTF-8, and Latin-1 where possible.
    """
    if not secret:
        return frozenset()
    found = {secret, *_percent_forms(secret), *_base64_forms(secret), *_markup_forms(secret), *_escaped_forms(secret)}
    for raw in _encodings(secret):
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
    for raw in _encodings(secret):
        yield from (("hex", tuple((digit,) for digit in digits)) for digits in (raw.hex(), raw.hex().upper()))


# --- from families to patterns

_NARROW = ("utf-8", "latin-1")
_WIDE = ("utf-16-le", "utf-16-be")
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
    return ("utf-8",) if secret.isascii() else _NARROW


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


def _forms_in(secret: str, view: str) -> Iterator[_Form]:
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
def _text_matcher(secrets: tuple[str, ...]) -> _Matcher[str]:
    found = [form for secret in secrets for form in _forms_in(secret, "text")]
    return _Matcher(_alternation(found), tuple(_anchors(found)))


@lru_cache(maxsize=256)
def _data_matcher(secrets: tuple[str, ...], wide: str | None) -> _Matcher[bytes]:
    """The matcher for UTF-8 and Latin-1, or for one kind of UTF-16."""
    views = ((secret, view) for secret in secrets for view in ((wide,) if wide else _views(secret)))
    found = [form for secret, view in views for form in _forms_in(secret, view)]
    return _Matcher(_alternation(found).encode("latin-1"), tuple(text.encode("latin-1") for text in _anchors(found)))


# --- by name
# The bodies are strangers' work, so every pattern here takes linear time on any text.

_SECRET_FIELDS = frozenset(
    (
        "password", "passwd", "passphrase", "pass", "pwd", "pw", "pin", "apipass", "apipwd", "userpass", "userpwd",
        "smspass", "httppass", "secret", "token", "key", "apikey", "accesskey", "secretkey", "authkey", "privatekey",
        "subscriptionkey", "signature", "sig", "hmac", "auth", "authorization", "bearer", "credential", "credentials",
        "accesstoken", "refreshtoken", "authtoken", "apitoken", "idtoken", "sessiontoken", "bearertoken",
        "securitytoken", "usertoken", "clientsecret", "clientassertion", "assertion", "jwt", "session", "sessionid",
        "cookie",
    )
)  # fmt: skip
_SECRET_ENDINGS = (
    "password", "passwd", "passphrase", "secret", "apikey", "privatekey", "secretkey", "signature",
    "accesstoken", "refreshtoken", "authtoken", "apitoken", "securitytoken",
)  # fmt: skip
_SECRET_HEADER_PARTS = ("authorization", "cookie")
_SECRET_HEADER_ENDINGS = ("-token", "-secret", "-signature", "-password", "-passwd", "-pass", "-auth", "-credential")
_SECRET_KEY_HEADERS = ("api-key", "apikey", "auth-key", "access-key", "subscription-key", "secret-key", "private-key")

_FIELD_NAME = re.compile(r"(?<![\w.\[\]%:+-])([\w.\[\]%:+-]++)[ \t]*=[ \t]*")
_FORM_VALUE = re.compile(r"[^&]*")
_ANY_VALUE = re.compile(r"""(?P<quote>["'])(?:(?!(?P=quote)).)*|[^&\s"'<>\\]*""", re.DOTALL)
_ELEMENT = re.compile(
    r"(<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>)(<!\[CDATA\[(?:(?!<!\[CDATA\[).)*?\]\]>|[^<]++)(?=</)", re.DOTALL
)
_PART = re.compile(
    r"""(^Content-Disposition:[^\r\n]{0,200}?name="?([^";\r\n]{1,200}+)[^\r\n]*+(?:\r?\n[^\r\n]++){0,9}+\r?\n\r?\n)"""
    r"""(.*?)(?=\r?\n--|\Z)""",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_JSON_TOKEN = re.compile(
    rf'(?P<key>{_STRING}")\s*+:|(?P<open>[\[{{])|(?P<close>[\]}}])|{_STRING}"?|[^\s\[\]{{}},:"]++', re.DOTALL
)
_USERINFO = re.compile(r"""(?<=://)([^/?#\s"'<>\\]+)@""")


def _secret_field(name: str) -> bool:
    """Whether a field of that name holds a secret, whatever its style: api_key, apiKey, user[API-Key]."""
    parts = [part for part in re.split(r"[\[\].:]+", unquote_plus(name)) if part]
    plain = re.sub("[^a-z0-9]", "", parts[-1].lower()) if parts else ""
    return plain in _SECRET_FIELDS or plain.endswith(_SECRET_ENDINGS)


def _secret_header(name: str) -> bool:
    lower = name.strip().lower()
    return (
        any(part in lower for part in _SECRET_HEADER_PARTS)
        or lower.endswith(_SECRET_HEADER_ENDINGS + _SECRET_KEY_HEADERS)
        or _secret_field(lower.removeprefix("x-"))
    )


def _mask_pairs(text: str, value: re.Pattern[str]) -> str:
    """`name=value` with the value masked where the name says so; `value` finds where it ends."""
    kept, place = [], 0
    for match in _FIELD_NAME.finditer(text):
        if match.start() < place or not _secret_field(match[1]):
            continue
        start, end = _value_span(text, match.end(), value)
        if end > start:
            kept += [text[place:start], MASK]
            place = end
    return "".join(kept) + text[place:]


def _value_span(text: str, start: int, value: re.Pattern[str]) -> tuple[int, int]:
    """Where the value that begins at `start` begins and ends, without quotes."""
    quoted = value is _ANY_VALUE and text.startswith(('"', "'"), start)
    found = value.match(text, start)
    return start + quoted, found.end() if found else start


class _JsonMask:
    """Replacement for the tokens of a JSON text: masks what stands under a telling name, to any depth."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._depth = self._hidden = 0
        self._armed = False

    def __call__(self, match: re.Match[str]) -> str:
        token = match[0]
        if match["key"]:
            self._armed = _secret_field(_unescaped(match["key"]))
        elif match["open"]:
            self._depth += 1
            if self._armed and not self._hidden:
                self._hidden = self._depth
            self._armed = False
        elif match["close"]:
            if self._depth == self._hidden:
                self._hidden = 0
            self._depth -= 1
        else:
            token = self._scalar(token)
        return token

    def _scalar(self, token: str) -> str:
        by_name, self._armed = self._armed or bool(self._hidden), False
        if token in ("null", "true", "false", '""'):
            return token
        # A number is quoted when it is masked, so that the text stays JSON.
        return f'"{MASK}"' if by_name or (token[0] != '"' and self._known(token)) else token


def _unescaped(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')


def _named_group(match: re.Match[str]) -> str:
    """Replacement for a match of a head (1), a name (2) and a value (3)."""
    return match[1] + MASK if match[3].strip() and _secret_field(match[2]) else match[0]


def _body_by_name(text: str, known: Callable[[str], bool]) -> str:
    """A body with the values of telling names masked; its kind is read off its start, as content types often lie."""
    start = text.lstrip("\ufeff\xef\xbb\xbf \t\r\n")[:1]
    if start in ("{", "["):
        return _prose_by_name(_JSON_TOKEN.sub(_JsonMask(known), text))
    if start == "<":
        return _prose_by_name(_ELEMENT.sub(_named_group, text))
    if "form-data" in text:
        return _PART.sub(_named_group, text)
    return _prose_by_name(text) if re.search(r"\s", text.strip()) else _mask_pairs(text, _FORM_VALUE)


def _prose_by_name(text: str) -> str:
    """Text in which URLs, parameters and attributes may stand."""
    return _mask_pairs(_USERINFO.sub(_userinfo, text), _ANY_VALUE)


def _userinfo(match: re.Match[str]) -> str:
    return f"{MASK}:{MASK}@" if ":" in match[1] else f"{MASK}@"


def _url_by_name(url: str) -> str:
    start = re.search("[?#]|$", url, re.DOTALL)
    cut = start.start() if start else len(url)
    return _USERINFO.sub(_userinfo, url[:cut]) + _mask_pairs(url[cut:], _FORM_VALUE)


# --- the redactor


class Redactor:
    """Replaces known secrets by `MASK`, in every form of theirs.

    A secret shorter than four characters is masked only where no letter or digit touches it, and not inside longer
    base64. One that consists of up to three stars is ignored: it is what a mask looks like.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = (secrets,) if isinstance(secrets, str) else secrets
        self._secrets = tuple([secret for secret in given if secret and secret not in MASK])
        # Nothing is compiled before the first use: most sends never fail.

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def merge(self, *more: str) -> Redactor:
        """A redactor that knows `more` besides."""
        return Redactor((*self._secrets, *more))

    def _known(self, text: str) -> bool:
        return bool(self._secrets) and _text_matcher(self._secrets).found(text)

    def text(self, value: str) -> str:
        """`value` without secrets; the same object if there is none."""
        return _text_matcher(self._secrets).sub(MASK, value) if self._secrets and value else value

    def data(self, value: bytes) -> bytes:
        """`value` without secrets in UTF-8, Latin-1 or UTF-16; the same object if there is none."""
        if not self._secrets or not value:
            return value
        value = _data_matcher(self._secrets, None).sub(MASK.encode(), value)
        if b"\0" in value:
            for view in _WIDE:
                value = _data_matcher(self._secrets, view).sub(MASK.encode(view), value)
        return value

    def find(self, value: str | bytes) -> list[str]:
        """Names of the forms ("plain", "base64", "hex", ...) in which a secret is still present; empty if none is."""
        if (self.text(value) if isinstance(value, str) else self.data(value)) is value:
            return []
        if isinstance(value, str):
            return sorted(self._names("text", value))
        found = {name for view in _NARROW for name in self._names(view, value.decode("latin-1"))}
        wide = any(self._names(view, value.decode("latin-1")) for view in _WIDE)
        return sorted(found | {"utf-16"} if wide else found)

    def _names(self, view: str, text: str) -> set[str]:
        """Each occurrence counts for the first family that reads it: plain text can be read as any."""
        found = set()
        for form in chain.from_iterable(_forms_in(secret, view) for secret in self._secrets):
            text, count = re.subn(form.pattern, MASK, text, flags=re.ASCII if view in _NARROW else 0)
            if count:
                found.add(form.name)
        return found

    def value(self, obj: Any) -> Any:
        """A copy of `obj` without secrets: mappings (keys too), sequences, sets, dataclasses, HTTP values, text, bytes.

        Anything else stays, but for a number that is a secret. What is deeper than a hundred levels, or contains
        itself, becomes the mask.
        """
        return self._value(obj, ())

    def _value(self, obj: Any, path: tuple[int, ...]) -> Any:
        if isinstance(obj, str):
            return self.text(obj)
        if isinstance(obj, bytes):
            return self.data(obj)
        if isinstance(obj, int):
            return MASK if self._is_number(obj) else obj
        if isinstance(obj, HttpRequest | HttpResponse | WebhookRequest | WebhookResponse):
            return self._exchange(obj)
        if isinstance(obj, Headers):
            return self.headers(obj)
        if not _is_container(obj):
            return obj
        if len(path) > DEEPEST or id(obj) in path:
            return MASK
        return self._container(obj, (*path, id(obj)))

    def _is_number(self, number: int) -> bool:
        """Whether the number is a secret of digits; a short one could be any count or status."""
        return any(len(secret) >= SHORT and secret.isdecimal() and int(secret) == number for secret in self._secrets)

    def _container(self, obj: Any, path: tuple[int, ...]) -> Any:
        if isinstance(obj, Mapping | MultiDict):
            pairs = [(self._value(key, path), self._value(item, path)) for key, item in obj.items()]
            return MultiDict(pairs) if isinstance(obj, MultiDict) else dict(pairs)
        if is_dataclass(obj):
            return self._dataclass(obj, path)
        items = [self._value(item, path) for item in obj]
        if hasattr(obj, "_fields"):
            return type(obj)(*items)
        kind: Callable[[list[Any]], Any] = next(kind for kind in (list, tuple, frozenset, set) if isinstance(obj, kind))
        return kind(items)

    def _dataclass(self, obj: Any, path: tuple[int, ...]) -> Any:
        old = {field.name: getattr(obj, field.name) for field in fields(obj) if field.init}
        new = {name: self._value(item, path) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item != old[name]}
        return replace(obj, **changed) if changed else obj

    def url(self, url: str) -> str:
        """`url` without secrets, without userinfo and without the values of parameters with telling names."""
        return self.text(_url_by_name(url))

    def headers(self, headers: Headers) -> Headers:
        """`headers` without secrets and without the values of Authorization, Cookie and the like."""
        return Headers((self.text(name), self._header(name, value)) for name, value in headers.items())

    def _header(self, name: str, value: str) -> str:
        if value and _secret_header(name):
            return MASK
        return self.text(_prose_by_name(value))

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        detected = json.detect_encoding(body)
        codec = detected if detected.startswith("utf-16") else "latin-1"
        try:
            named = _body_by_name(body.decode(codec), self._known).encode(codec)
        except UnicodeError:
            named = _body_by_name(body.decode("latin-1"), self._known).encode("latin-1")
        return self.data(named)

    def _exchange(self, exchange: Exchange) -> Exchange:
        changes: dict[str, Any] = {"headers": self.headers(exchange.headers), "body": self._body(exchange.body)}
        if isinstance(exchange, HttpRequest | WebhookRequest):
            changes["url"] = self.url(exchange.url)
        return replace(exchange, **changes)

    def request(self, request: HttpRequest) -> HttpRequest:
        """`request` without secrets, nor values of telling names in query, headers and body."""
        return self._exchange(request)

    def response(self, response: HttpResponse) -> HttpResponse:
        """`response` without secrets, nor values of telling names in headers and body."""
        return self._exchange(response)

    def error(self, error: SmsError) -> None:
        """Take the secrets out of `error` in place: arguments, attributes, notes, and the errors it is chained to.

        A foreign error that shows a secret is unchained, for a traceback would print it; a note tells its type and
        its text without the secret. Source lines in a traceback and local variables are out of reach.
        """
        seen: set[int] = set()
        waiting: list[BaseException] = [error]
        while waiting:
            current = waiting.pop()
            if id(current) not in seen:
                seen.add(id(current))
                self._own(current)
                waiting += self._links(current)

    def _own(self, error: BaseException) -> None:
        """Scrub what the error itself holds; of a foreign one only its notes can be changed safely."""
        if hasattr(error, "__notes__"):
            error.__notes__ = [self.text(str(note)) for note in error.__notes__]
        if isinstance(error, SmsError):
            error.args = self.value(error.args)
            for name, item in list(vars(error).items()):
                if name != "__notes__":
                    setattr(error, name, self._attribute(item))

    def _attribute(self, item: Any) -> Any:
        if isinstance(item, BaseException) and self._known(_printed(item)):
            return self.text(_described(item))
        return self.value(item)

    def _shows(self, error: BaseException) -> bool:
        """Whether printing a foreign error would show a secret; ours are scrubbed instead."""
        return not isinstance(error, SmsError) and self._known(_printed(error))

    def _links(self, error: BaseException) -> list[BaseException]:
        """The chained errors that may stay; cuts off the others."""
        cause, context = error.__cause__, error.__context__
        printed = cause if cause is not None else None if error.__suppress_context__ else context
        if printed is not None and self._shows(printed):
            self._note(error, printed)
        if cause is not None and self._shows(cause):
            error.__cause__ = None
        if context is not None and self._shows(context):
            error.__context__, error.__suppress_context__ = None, True
        return [link for link in (error.__cause__, error.__context__) if link is not None]

    def _note(self, error: BaseException, cut: BaseException) -> None:
        """Tell on `error` what was cut off it, and what that was chained to in turn."""
        seen: set[int] = {id(error)}
        link: BaseException | None = cut
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            error.add_note(self.text(f"caused by {_described(link)}"))
            shown = None if link.__suppress_context__ else link.__context__
            link = shown if link.__cause__ is None else link.__cause__


def _is_container(obj: Any) -> bool:
    return isinstance(obj, Mapping | MultiDict | list | tuple | set | frozenset) or (
        is_dataclass(obj) and not isinstance(obj, type)
    )


def _printed(error: BaseException) -> str:
    """All that a traceback prints of an error by itself, and its representation."""
    if isinstance(error, BaseExceptionGroup):
        return "".join(traceback.format_exception(error))
    try:
        shown = repr(error)
    except Exception:  # noqa: BLE001 - a broken representation must not hide the error that is being reported
        shown = ""
    return "".join([*traceback.format_exception_only(error), shown])


def _described(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).rstrip("\n")


# --- logs

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def _rendered(record: logging.LogRecord) -> str | None:
    """The message as it would be shown; None if it cannot be."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - whatever an argument raises while it is being shown
        return None


class RedactingFilter(logging.Filter):
    """Takes secrets out of log records, extra fields and exceptions included; drops none.

    Put it on handlers: a filter of a logger does not see the records of the loggers below it.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub `record` in place."""
        try:
            self._message(record)
            self._exception(record)
            for name in vars(record).keys() - _OWN_FIELDS:
                setattr(record, name, self._redactor.value(getattr(record, name)))
        except Exception as error:  # noqa: BLE001 - an object in the record failed; nothing of it may be shown
            record.msg, record.args = f"log record withheld: redacting it raised {type(error).__name__}", ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _message(self, record: logging.LogRecord) -> None:
        """Scrub message and arguments each by itself; together where a secret shows only then.

        What cannot be formatted is joined, too: logging would print the error and the arguments.
        """
        shown = _rendered(record)
        wanted = self._redactor.text(f"{record.msg!s} {record.args!r}" if shown is None else shown)
        record.msg, record.args = self._redactor.value(record.msg), self._redactor.value(record.args)
        if shown is None or _rendered(record) != wanted:
            record.msg, record.args = wanted, ()

    def _exception(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            shown = logging.Formatter().formatException(record.exc_info)
            clean = self._redactor.text(shown)
            if clean != shown:
                record.exc_info, record.exc_text = None, clean
        for name in ("exc_text", "stack_info"):
            setattr(record, name, self._redactor.value(getattr(record, name)))


# --- secrets of a configuration

_URL_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\s]*)@")


def _in_urls(text: str) -> Iterator[str]:
    """Passwords in URLs, as written and decoded."""
    for match in _URL_USERINFO.finditer(text):
        password = match[1].partition(":")[2]
        yield from (password, unquote(password))


def _leaves(secret: Any) -> Iterator[str]:
    """All text inside the value of a secret field; without the white space around it, too, as a header carries it."""
    if isinstance(secret, str):
        yield from (secret, secret.strip())
    elif isinstance(secret, bytes):
        yield secret.decode("utf-8" if secret.isascii() else "latin-1")
    elif secret is not None and not isinstance(secret, bool):
        children = _children(secret)
        yield from (str(secret),) if children is None else chain.from_iterable(map(_leaves, children))


def _children(obj: Any) -> list[Any] | None:
    """What a container, model or dataclass holds; None for anything else."""
    if isinstance(obj, Mapping):
        return list(obj.values())
    if isinstance(obj, list | tuple | set | frozenset):
        return list(obj)
    if hasattr(type(obj), "model_fields"):
        extra = getattr(obj, "__pydantic_extra__", None) or {}
        return [*vars(obj).values(), *extra.values()]
    if is_dataclass(obj) and not isinstance(obj, type):
        return [getattr(obj, field.name) for field in fields(obj)]
    return None


def secrets_of(config: object) -> tuple[str, ...]:
    """The secrets in a configuration, each once, in order.

    These are the values with a `get_secret_value()` (pydantic's SecretStr and its like) and the passwords in URLs, in
    models, dataclasses, mappings and sequences to any depth.
    """
    found: dict[str, None] = {}
    seen: set[int] = set()
    waiting: list[Any] = [config]
    while waiting:
        obj = waiting.pop()
        if callable(getattr(obj, "get_secret_value", None)):
            found.update(dict.fromkeys(_leaves(cast("Any", obj).get_secret_value())))
        elif isinstance(obj, str) or hasattr(obj, "unicode_string"):
            found.update(dict.fromkeys(_in_urls(str(obj))))
        elif id(obj) not in seen:
            seen.add(id(obj))
            waiting += reversed(_children(obj) or ())
    return tuple(secret for secret in found if secret)
