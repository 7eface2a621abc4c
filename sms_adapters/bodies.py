"""Headers, form fields and bodies: read from octets and written to them.

Whatever is wrong with the octets ends as ValueError; `http` says whose fault it is.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import unquote, unquote_to_bytes

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "FORM",
    "Headers",
    "MultiDict",
    "Pairs",
    "charset_of",
    "encode_form",
    "media_type_of",
    "parse_json",
    "parse_multipart",
    "parse_pairs",
    "parse_xml",
]

Pairs: TypeAlias = "Mapping[str, Any] | MultiDict | Iterable[tuple[str, Any]]"
FORM = "application/x-www-form-urlencoded"
SEQUENCES = (list, tuple)
MAX_FIELDS = 1000
MAX_PARTS = 100
CHARSETS = (
    *("ascii", "big5", "cp", "euc_", "gb", "hz", "iso2022", "iso8859", "johab", "koi8", "mac-", "ptcp", "shift_jis"),
    *("tis-620", "utf-16", "utf-32", "utf-8"),
)


class MultiDict:
    """Ordered (name, value) pairs, repeated names allowed; `[]` and `get` give the first value."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Pairs = ()) -> None:
        self._pairs = tuple([(str(name), str(value)) for name, value in _items(pairs)])

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Of pairs that are text already, as what was parsed is."""
        made = cls.__new__(cls)
        made._pairs = tuple(pairs)
        return made

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`."""
        for key, value in self._pairs:
            if key == name:
                return value
        return default

    def get_all(self, name: str) -> list[str]:
        """All values of `name`, in order."""
        return [value for key, value in self._pairs if key == name]

    def items(self) -> tuple[tuple[str, str], ...]:
        """All pairs, in order."""
        return self._pairs

    def to_dict(self) -> dict[str, str | list[str]]:
        """Names to a value, or to a list of values where the name is repeated."""
        plain: dict[str, str | list[str]] = dict(self._pairs)
        if len(plain) == len(self._pairs):
            return plain
        values: dict[str, list[str]] = {}
        for name, value in self._pairs:
            values.setdefault(name, []).append(value)
        return {name: found[0] if len(found) == 1 else found for name, found in values.items()}

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._pairs))

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(name for name in self)})"


class Headers(MultiDict):
    """`MultiDict` whose names are compared without regard to case."""

    __slots__ = ()

    def having(self, name: str, value: str) -> Headers:
        """The same headers with this one in place of those of its name, at the end."""
        lower = name.lower()
        return Headers.of([*[pair for pair in self._pairs if pair[0].lower() != lower], (name, value)])

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`."""
        wanted = name.lower()
        for key, value in self._pairs:
            if key.lower() == wanted:
                return value
        return default

    def get_all(self, name: str) -> list[str]:
        """All values of `name`, in order."""
        wanted = name.lower()
        return [value for key, value in self._pairs if key.lower() == wanted]


def charset_of(headers: Headers) -> str | None:
    """The charset parameter of Content-Type, without quotes; ValueError for one that no text of an aggregator is in."""
    told = headers.get("content-type")
    for parameter in told.split(";")[1:] if told and ";" in told else ():
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return _known(value.strip().strip("\"'")) if value.strip() else None
    return None


@lru_cache(maxsize=64)
def _known(charset: str) -> str:
    """`charset`, if it is one of texts: Python's others are quadratic (punycode), executable escapes or no texts."""
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        name = ""
    if not name.startswith(CHARSETS):
        raise ValueError(f"unknown charset {charset[:40]!r}")
    return charset


def media_type_of(headers: Headers) -> str:
    """Content-Type in lower case, without parameters; empty if there is none."""
    return (headers.get("content-type") or "").partition(";")[0].strip().lower()


def parse_json(body: bytes, charset: str | None) -> Any:
    """JSON in the declared charset, else as RFC 8259 detects it; ValueError for anything that is not JSON.

    Half of a surrogate pair, which JSON can write and no database stores, becomes U+FFFD.
    """
    try:
        plain = body.isascii() and b"\\u" not in body and b"\0" not in body  # nearly always, and quickly seen
        odd = not plain and (_SURROGATES.search(body) or body.startswith(codecs.BOM_UTF8))
        if charset and charset.lower() != "utf-8":
            text: str | bytes = body.decode(charset)
        else:
            text = body if odd else body.decode()
        return _paired(json.loads(text)) if odd else _loads(text)
    except (LookupError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__} while reading JSON") from error


def _loads(text: Any) -> Any:
    """`json.loads`, without what it asks before and after: that takes longer than to read a short answer."""
    try:
        value, end = _decode(text)
    except json.JSONDecodeError:
        return json.loads(text)  # which allows for white space before it, or says what is wrong
    return value if end == len(text) else json.loads(text)


_decode = json.JSONDecoder().raw_decode
_SURROGATES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")
"""An escape of a surrogate, one in UTF-8, or a wide encoding: worth a closer look."""


def _paired(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_paired(item) for item in value]
    return {_paired(key): _paired(item) for key, item in value.items()} if isinstance(value, dict) else value


def parse_xml(body: bytes) -> Element:
    """The root element; a document type declaration is refused, so no entity is ever expanded."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise ValueError(f"{type(error).__name__} while reading XML") from error
    return root


def encode_form(fields: Pairs) -> str:
    """Form encoding in UTF-8 with space as `+`; a list or tuple repeats its name, None leaves it out."""
    written = []
    for name, value in _items(fields):
        if value is None:
            continue
        if value.__class__ is str and value.isascii():
            written.append(f"{_name(name)}={_url(value) if '://' in value else value.translate(_ASCII)}")
        elif isinstance(value, SEQUENCES):
            written += [f"{_name(name)}={_quoted(str(item))}" for item in value]
        else:
            written.append(f"{_name(name)}={_quoted(value if type(value) is str else str(value))}")
    return "&".join(written)


def _items(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    if isinstance(pairs, SEQUENCES):  # asked first: Mapping is the slowest to ask for
        return pairs
    return pairs.items() if isinstance(pairs, MAPPINGS) else pairs


_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_WRITTEN = [chr(octet) if octet in _SAFE else f"%{octet:02X}" for octet in range(256)]
_WRITTEN[0x20] = "+"
_ASCII = dict(enumerate(_WRITTEN[:128]))  # whole: a character that `translate` does not find costs an exception


MAPPINGS = (dict, MultiDict, Mapping)


def _quoted(text: str) -> str:
    """`quote_plus` by a table, since the library's loop is the largest cost of building a request."""
    if text.isascii():
        return text.translate(_ASCII)
    return "".join(map(_WRITTEN.__getitem__, text.encode()))


def _url(text: str) -> str:
    """`_quoted` for a URL in ASCII: `translate` takes three times as long where so many signs are written longer."""
    if text.encode().translate(None, _OF_URLS):
        return text.translate(_ASCII)
    for sign, written in _SIGNS:
        text = text.replace(sign, written)
    return text


_SIGNS = [(sign, _ASCII[ord(sign)]) for sign in "%:/?=&+"]  # the percent sign first
_OF_URLS = bytes(_SAFE) + b"%:/?=&+"
_name = lru_cache(maxsize=1024)(_quoted)


def parse_pairs(raw: str, charset: str, errors: str = "strict") -> Sequence[tuple[str, str]]:
    """What `parse_qsl` makes of a text with blank values kept, at half of its cost."""
    if raw.count("&") >= MAX_FIELDS:
        raise ValueError(f"there are more than {MAX_FIELDS} parameters")
    found = []
    for item in raw.split("&"):
        name, _, value = item.partition("=")
        if "%" in item or "+" in item:
            name, value = _unquoted(name, charset, errors), _unquoted(value, charset, errors)
        if item:
            found.append((name, value))
    return found


def _unquoted(text: str, charset: str, errors: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    # The same for ASCII, which a form is written in, without a search for what is not.
    return unquote_to_bytes(text).decode(charset, errors) if text.isascii() else unquote(text, charset, errors)


def parse_multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Fields of a multipart form, read by the standard library's MIME parser; file contents are left out."""
    from email.parser import BytesParser
    from email.policy import HTTP

    if body.count(b"\n--") > MAX_PARTS:
        raise ValueError(f"there are more than {MAX_PARTS} parts")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    try:
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        found = [field for part in message.iter_parts() if (field := _field(part))] if message.is_multipart() else []
    except RecursionError as error:
        raise ValueError("the parts are nested too deep") from error
    if not found and body:
        raise ValueError("the body is not a multipart form")
    return found


def _field(part: Any) -> tuple[str, str] | None:
    name = part.get_param("name", header="content-disposition")
    if not isinstance(name, str) or part.get_filename() is not None:
        return None
    content = part.get_payload(decode=True)
    return name, content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
