"""Requests and answers as values, and the readers of their bodies.

Adapters build `HttpRequest` and read `HttpResponse`; webhooks come as `WebhookRequest` and are answered by
`WebhookResponse`. Nothing here opens a connection. No representation shows a header, a query or a body.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from ._quick import quick
from ._version import __version__
from .bodies import (
    FORM,
    Headers,
    MultiDict,
    Pairs,
    charset_of,
    encode_form,
    media_type_of,
    parse_json,
    parse_multipart,
    parse_pairs,
    parse_xml,
)
from .errors import MalformedInbound, ProtocolError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "FORM",
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "MultiDict",
    "Pairs",
    "WebhookRequest",
    "WebhookResponse",
    "encode_form",
]

T = TypeVar("T")
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # dumps() would make one for each body
FORM_HEADERS = Headers({"Content-Type": FORM})
JSON_HEADERS = Headers({"Content-Type": "application/json"})
USER_AGENT = f"sms-adapters/{__version__}"


@quick
@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to an aggregator.

    `headers` are sent in this order beside the transport's own Host and Content-Length. `timeout` is in seconds,
    None for the client's. `submits` says whether the request can create a message: if it can, a lost answer leaves
    the outcome unknown. An `anonymous` one goes without the channel's credentials: for a public file, or for a URL that
    a webhook named. `keep` is for how many seconds a 2xx answer to an anonymous GET may be given again, to any channel.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    timeout: float | None = None
    submits: bool = True
    anonymous: bool = False
    keep: float = 0.0

    @classmethod
    def get(cls, url: str, params: Pairs = (), *, headers: Pairs = (), **options: Any) -> HttpRequest:
        """A GET with `params` form-encoded in the query (space as `+`), appended to one that `url` already has."""
        query = encode_form(params)
        joint = "&" if "?" in url else "?"
        return cls("GET", f"{url}{joint}{query}" if query else url, Headers(headers), **options)

    @classmethod
    def form(cls, url: str, fields: Pairs, *, method: str = "POST", headers: Pairs = (), **options: Any) -> HttpRequest:
        """A form-encoded body in UTF-8; a list or tuple as value repeats its name, None leaves it out."""
        typed = Headers((("Content-Type", FORM), *Headers(headers).items())) if headers else FORM_HEADERS
        return cls(method, url, typed, encode_form(fields).encode("ascii"), **options)

    @classmethod
    def json(cls, url: str, value: Any, *, method: str = "POST", headers: Pairs = (), **options: Any) -> HttpRequest:
        """A JSON body in UTF-8, without spaces between tokens."""
        typed = (("Content-Type", "application/json"), *Headers(headers).items())
        body = _compact(value).encode()
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
        options = (self.timeout, self.submits, self.anonymous, self.keep)
        return HttpRequest(self.method, self.url, headers, self.body, *options)

    @property
    def host(self) -> str:
        """Host name or address, without port, in lower case."""
        return urlsplit(self.url).hostname or ""

    @property
    def scheme(self) -> str:
        """`https` or `http`, in lower case."""
        return self.url.partition(":")[0].lower()

    def __repr__(self) -> str:
        return f"HttpRequest({self.method} {_shown(lambda: self.host)}, {len(self.body)} body bytes)"


@quick
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
            return self.body.decode(charset_of(self.headers) or "utf-8", errors="replace")
        except ValueError:
            return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON; ProtocolError if it is none."""
        try:
            return parse_json(self.body, charset_of(self.headers))
        except ValueError as error:
            raise ProtocolError(f"HTTP {self.status}: the answer is not JSON, but {self._kind}") from error

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; ProtocolError if it is anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise ProtocolError(f"HTTP {self.status}: the answer is no JSON object, but {self._kind}")
        return value

    def xml(self) -> Element:
        """The root element of an XML body; ProtocolError if it is none or has a document type."""
        try:
            return parse_xml(self.body)
        except ValueError as error:
            raise ProtocolError(f"HTTP {self.status}: the answer is not XML, but {self._kind}") from error

    def form(self) -> MultiDict:
        """The body as form-encoded pairs."""
        return MultiDict(parse_qsl(self.text.strip(), keep_blank_values=True))

    @property
    def _kind(self) -> str:
        """The body without its content, part of which could be a cut secret: `SmsError.response` has it redacted."""
        return f"{len(self.body)} octets of {media_type_of(self.headers) or 'no stated type'}"

    @property
    def retry_after(self) -> float | None:
        """Seconds of a Retry-After header (a date counts from the answer's own Date); None if absent or unreadable."""
        value = (self.headers.get("retry-after") or "").strip()
        if value.isascii() and value.isdigit():
            return float(value) if len(value) <= 10 else None
        from email.utils import parsedate_to_datetime

        try:
            wait = parsedate_to_datetime(value) - parsedate_to_datetime(self.headers.get("date") or "")
        except (ValueError, TypeError):
            return None
        return max(wait.total_seconds(), 0.0)

    def __repr__(self) -> str:
        return f"HttpResponse({self.status}, {len(self.body)} body bytes)"


@quick
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
        return media_type_of(self.headers)

    @property
    def text(self) -> str:
        """The body in its declared charset, else UTF-8; MalformedInbound if it is not in it."""
        return _well_formed(lambda: self.body.decode(charset_of(self.headers) or "utf-8"), "text in its charset")

    def query(self, charset: str = "utf-8", errors: str = "strict") -> MultiDict:
        """The query's parameters; in "latin-1" each character is an octet, for an aggregator that mixes charsets."""
        what = "the parameters of the URL"
        return MultiDict(_well_formed(lambda: parse_pairs(urlsplit(self.url).query, charset, errors), what))

    def form(self) -> MultiDict:
        """The fields of a form-encoded or multipart body; empty for a body of another type."""
        if self._form is None:
            # Kept, since a signature over the fields is checked before they are read, and parsing costs more than both.
            object.__setattr__(self, "_form", _well_formed(self._read_form, "a form"))
        return self._form or MultiDict()

    def _read_form(self) -> MultiDict:
        media_type = self.media_type
        if media_type == "multipart/form-data":
            return MultiDict(parse_multipart(self.headers.get("content-type") or "", self.body))
        if media_type != FORM:
            return MultiDict()
        charset = charset_of(self.headers) or "utf-8"
        raw = self.body.decode("ascii" if self.body.isascii() else charset)
        return MultiDict.of(parse_pairs(raw, charset))

    def params(self) -> MultiDict:
        """The form's fields, then the query's."""
        form, query = self.form(), self.query()
        return MultiDict(form.items() + query.items()) if query else form

    def json(self) -> Any:
        """The body as JSON; MalformedInbound if it is none."""
        return _well_formed(lambda: parse_json(self.body, charset_of(self.headers)), "JSON")

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; MalformedInbound if it is anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise MalformedInbound("the body is not a JSON object")
        return value

    def xml(self) -> Element:
        """The root element of an XML body; MalformedInbound if it is none or has a document type."""
        return _well_formed(lambda: parse_xml(self.body), "XML without a document type")

    def __repr__(self) -> str:
        return f"WebhookRequest({self.method} .../{_shown(lambda: self.action)}, {len(self.body)} body bytes)"


def _shown(read: Callable[[], str]) -> str:
    """A part of a URL; a representation must not fail for one that is none."""
    try:
        return read()
    except ValueError:
        return "?"


def _well_formed(read: Callable[[], T], what: str) -> T:
    try:
        return read()
    except ValueError as error:
        raise MalformedInbound(f"what came cannot be read as {what} ({error})") from error


@quick
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
        return cls(status, JSON_HEADERS, _compact(value).encode())
