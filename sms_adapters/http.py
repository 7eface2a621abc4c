"""Requests and answers as values, and the readers of their bodies.

Adapters build `HttpRequest` and read `HttpResponse`; webhooks come as `WebhookRequest` and are answered by
`WebhookResponse`. Nothing here opens a connection. No representation shows a header, a query or a body.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, quote_plus, unquote, urlsplit

from ._version import __version__
from .errors import MalformedInbound, ProtocolError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "MultiDict",
    "Pairs",
    "WebhookRequest",
    "WebhookResponse",
]

Pairs: TypeAlias = "Mapping[str, Any] | MultiDict | Iterable[tuple[str, Any]]"
USER_AGENT = f"sms-adapters/{__version__}"
FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 1000


class MultiDict:
    """Ordered (name, value) pairs, repeated names allowed; `[]` and `get` give the first value."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Pairs = ()) -> None:
        items = pairs if type(pairs) in (tuple, list) else _items(pairs)
        self._pairs = tuple([(str(name), str(value)) for name, value in items])

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
        made = Headers.__new__(Headers)
        made._pairs = (*[pair for pair in self._pairs if pair[0].lower() != lower], (name, value))
        return made

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


def _charset(headers: Headers) -> str | None:
    """The charset parameter of Content-Type, without quotes."""
    for parameter in (headers.get("content-type") or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def _media_type(headers: Headers) -> str:
    return (headers.get("content-type") or "").partition(";")[0].strip().lower()


def _parse_json(body: bytes, charset: str | None) -> Any:
    """JSON in the declared charset, else as RFC 8259 detects it; ValueError for anything that is not JSON."""
    try:
        text: str | bytes = body.decode(charset) if charset and charset.lower() != "utf-8" else body
        return json.loads(text)
    except (LookupError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__} while reading JSON") from error


def _parse_xml(body: bytes) -> Element:
    """The root element; a document type declaration is refused, so no entity is ever expanded."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise ValueError(f"{type(error).__name__} while reading XML") from error
    return root


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to an aggregator.

    `headers` are sent in this order beside the transport's own Host and Content-Length. `timeout` is in seconds,
    None for the client's. `submits` says whether the request can create a message: if it can, a lost answer leaves
    the outcome unknown.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    timeout: float | None = None
    submits: bool = True

    @classmethod
    def get(cls, url: str, params: Pairs = (), *, headers: Pairs = (), **options: Any) -> HttpRequest:
        """A GET with `params` form-encoded in the query (space as `+`), appended to one that `url` already has."""
        query = encode_form(params)
        joint = "&" if "?" in url else "?"
        return cls("GET", f"{url}{joint}{query}" if query else url, Headers(headers), **options)

    @classmethod
    def form(cls, url: str, fields: Pairs, *, method: str = "POST", headers: Pairs = (), **options: Any) -> HttpRequest:
        """A form-encoded body in UTF-8; a list or tuple as value repeats its name, None leaves it out."""
        typed = (("Content-Type", FORM), *Headers(headers).items())
        return cls(method, url, Headers(typed), encode_form(fields).encode("ascii"), **options)

    @classmethod
    def json(cls, url: str, value: Any, *, method: str = "POST", headers: Pairs = (), **options: Any) -> HttpRequest:
        """A JSON body in UTF-8, without spaces between tokens."""
        typed = (("Content-Type", "application/json"), *Headers(headers).items())
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(method, url, Headers(typed), body, **options)

    @classmethod
    def xml(
        cls, url: str, body: str | bytes, *, method: str = "POST", headers: Pairs = (), **options: Any
    ) -> HttpRequest:
        """An XML body; text is encoded as UTF-8, which the content type says."""
        typed = (("Content-Type", "text/xml; charset=utf-8"), *Headers(headers).items())
        return cls(method, url, Headers(typed), body.encode() if isinstance(body, str) else body, **options)

    def with_header(self, name: str, value: str) -> HttpRequest:
        """The same request with one header more, in place of those of that name."""
        headers = self.headers.having(name, value)
        return HttpRequest(self.method, self.url, headers, self.body, self.timeout, self.submits)

    @property
    def host(self) -> str:
        """Host name or address, without port, in lower case."""
        return urlsplit(self.url).hostname or ""

    def __repr__(self) -> str:
        return f"HttpRequest({self.method} {self.host}, {len(self.body)} body bytes)"


def encode_form(fields: Pairs) -> str:
    """Form encoding in UTF-8 with space as `+`; a list or tuple repeats its name, None leaves it out."""
    written = []
    for name, value in _items(fields):
        if type(value) is str:
            written.append(f"{_name(name)}={_quoted(value)}")
        elif isinstance(value, list | tuple):
            written.extend([f"{_name(name)}={_quoted(str(item))}" for item in value])
        elif value is not None:
            written.append(f"{_name(name)}={_quoted(str(value))}")
    return "&".join(written)


def _items(pairs: Pairs) -> Iterable[tuple[str, Any]]:
    return pairs.items() if isinstance(pairs, dict | MultiDict | Mapping) else pairs


_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_ESCAPES = {octet: "+" if octet == 0x20 else f"%{octet:02X}" for octet in range(128) if octet not in _SAFE}


def _quoted(text: str) -> str:
    """`quote_plus`; ASCII by a table, since the library's loop is the largest cost of building a request."""
    if not text.isascii():
        return quote_plus(text)
    return text if text.isalnum() else text.translate(_ESCAPES)


_name = lru_cache(maxsize=1024)(_quoted)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An aggregator's answer, its body whole and decoded from any content encoding."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx; whether the message was accepted is for the body to say."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body in its declared charset, else UTF-8; what cannot be decoded becomes U+FFFD."""
        try:
            return self.body.decode(_charset(self.headers) or "utf-8", errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON; ProtocolError if it is none."""
        try:
            return _parse_json(self.body, _charset(self.headers))
        except ValueError as error:
            raise ProtocolError(f"HTTP {self.status}: the answer is not JSON: {self._start}") from error

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; ProtocolError if it is anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise ProtocolError(f"HTTP {self.status}: the answer is not a JSON object: {self._start}")
        return value

    def xml(self) -> Element:
        """The root element of an XML body; ProtocolError if it is none or has a document type."""
        try:
            return _parse_xml(self.body)
        except ValueError as error:
            raise ProtocolError(f"HTTP {self.status}: the answer is not XML: {self._start}") from error

    def form(self) -> MultiDict:
        """The body as form-encoded pairs."""
        return MultiDict(parse_qsl(self.text.strip(), keep_blank_values=True))

    @property
    def _start(self) -> str:
        return repr(self.text[:80])

    @property
    def retry_after(self) -> float | None:
        """Seconds of a Retry-After header (a date counts from the answer's own Date); None if absent or unreadable."""
        value = (self.headers.get("retry-after") or "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        from email.utils import parsedate_to_datetime

        try:
            wait = parsedate_to_datetime(value) - parsedate_to_datetime(self.headers.get("date") or "")
        except (ValueError, TypeError):
            return None
        return max(wait.total_seconds(), 0.0)

    def __repr__(self) -> str:
        return f"HttpResponse({self.status}, {len(self.body)} body bytes)"


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request that reached the host from an aggregator.

    `url` is the full URL as the host's server saw it; `Channel.external_url` gives the one the aggregator used.
    `remote` is the peer's address where the host knows it.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    remote: str | None = None
    _form: MultiDict | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if type(self.headers) is not Headers:
            object.__setattr__(self, "headers", Headers(self.headers))

    @property
    def action(self) -> str:
        """The last element of the path: `receive`, `status`, ..."""
        return urlsplit(self.url).path.rstrip("/").rpartition("/")[2]

    @property
    def media_type(self) -> str:
        """Content-Type in lower case, without parameters; empty if there is none."""
        return _media_type(self.headers)

    @property
    def text(self) -> str:
        """The body in its declared charset, else UTF-8; MalformedInbound if it is not in it."""
        charset = _charset(self.headers) or "utf-8"
        try:
            return self.body.decode(charset)
        except (LookupError, UnicodeDecodeError) as error:
            raise MalformedInbound(f"the body is not {charset!r} text") from error

    def query(self, charset: str = "utf-8", errors: str = "strict") -> MultiDict:
        """The query's parameters; in "latin-1" each character is an octet, for an aggregator that mixes charsets."""
        return MultiDict(_pairs(urlsplit(self.url).query, charset, errors))

    def form(self) -> MultiDict:
        """The fields of a form-encoded or multipart body; empty for a body of another type."""
        if self._form is None:
            # Kept, since a signature over the fields is checked before they are read, and parsing costs more than both.
            object.__setattr__(self, "_form", self._read_form())
        return self._form or MultiDict()

    def _read_form(self) -> MultiDict:
        media_type = self.media_type
        if media_type == "multipart/form-data":
            return MultiDict(_multipart(self))
        if media_type != FORM:
            return MultiDict()
        raw = self.body.decode("ascii") if self.body.isascii() else self.text
        return MultiDict(_pairs(raw, _charset(self.headers) or "utf-8"))

    def params(self) -> MultiDict:
        """The form's fields, then the query's."""
        form, query = self.form(), self.query()
        return MultiDict(form.items() + query.items()) if query else form

    def json(self) -> Any:
        """The body as JSON; MalformedInbound if it is none."""
        try:
            return _parse_json(self.body, _charset(self.headers))
        except ValueError as error:
            raise MalformedInbound("the body is not JSON") from error

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; MalformedInbound if it is anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise MalformedInbound("the body is not a JSON object")
        return value

    def xml(self) -> Element:
        """The root element of an XML body; MalformedInbound if it is none or has a document type."""
        try:
            return _parse_xml(self.body)
        except ValueError as error:
            raise MalformedInbound(f"the body is not acceptable XML ({error})") from error

    def __repr__(self) -> str:
        return f"WebhookRequest({self.method} .../{self.action}, {len(self.body)} body bytes)"


def _pairs(raw: str, charset: str, errors: str = "strict") -> Sequence[tuple[str, str]]:
    """What `parse_qsl` makes of a text with blank values kept, at half of its cost."""
    if raw.count("&") >= MAX_FIELDS:
        raise MalformedInbound(f"there are more than {MAX_FIELDS} parameters")
    found = []
    try:
        for item in raw.split("&"):
            name, _, value = item.partition("=")
            if "%" in item or "+" in item:
                name, value = _unquoted(name, charset, errors), _unquoted(value, charset, errors)
            if item:
                found.append((name, value))
    except (ValueError, LookupError) as error:
        raise MalformedInbound(f"the parameters are not form-encoded {charset!r} text") from error
    return found


def _unquoted(text: str, charset: str, errors: str) -> str:
    text = text.replace("+", " ")
    return unquote(text, charset, errors) if "%" in text else text


def _multipart(request: WebhookRequest) -> list[tuple[str, str]]:
    """Fields of a multipart form, read by the standard library's MIME parser; file contents are left out."""
    from email.parser import BytesParser
    from email.policy import HTTP

    head = f"Content-Type: {request.headers.get('content-type')}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            content = part.get_payload(decode=True)
            found.append((name, content.decode("utf-8", "replace") if isinstance(content, bytes) else ""))
    if not found and request.body:
        raise MalformedInbound("the body is not a multipart form")
    return found


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """What to answer an aggregator; the default is an empty 200."""

    status: int = 200
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @classmethod
    def plain(cls, text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> WebhookResponse:
        """A text answer in UTF-8."""
        return cls(status, Headers({"Content-Type": content_type}), text.encode())

    @classmethod
    def json(cls, value: Any, status: int = 200) -> WebhookResponse:
        """A JSON answer."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, Headers({"Content-Type": "application/json"}), body)
