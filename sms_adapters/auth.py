"""Credentials as values: each puts itself on a request, and none reads a clock or makes up anything.

`authenticate` of an adapter returns one of these, or a flow that ends in one. An aggregator with a scheme of its own
gets a subclass of `Auth` in its adapter: a frozen dataclass with `apply` and `secrets`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from . import _jwt, _sigv4
from ._places import PLACES
from .errors import AuthError, ConfigError, ProtocolError, TemporaryFailure, Throttled
from .http import HttpRequest, HttpResponse

__all__ = [
    "Auth",
    "BasicAuth",
    "BearerAuth",
    "FormAuth",
    "HeaderAuth",
    "HmacAuth",
    "JsonAuth",
    "JwtAuth",
    "NoAuth",
    "QueryAuth",
    "SigV4Auth",
    "XmlAuth",
    "oauth2_client_credentials",
    "read_token",
]

Fields: TypeAlias = tuple[tuple[str, str], ...]
REFRESH_MARGIN = 60.0
REFUSED_CLIENT = frozenset({"invalid_client", "unauthorized_client", "invalid_grant", "access_denied"})


class Auth:
    """Base of the values; itself it puts nothing on a request."""

    __slots__ = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be seen in a log or a recording, derived forms included."""
        return ()

    @property
    def expires_at(self) -> datetime | None:
        """When to fetch new ones; aware, None for never."""
        return None

    @property
    def refreshable(self) -> bool:
        """Whether a flow made the value and may make another one."""
        return False

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the credentials on it; `now` is aware."""
        return request

    def refused(self, response: HttpResponse) -> bool:
        """Whether the answer says that the credentials are no longer good; asked only of refreshable ones."""
        return response.status == 401

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@dataclass(frozen=True, slots=True, repr=False)
class NoAuth(Auth):
    """For aggregators that ask for none, or only for one in the address."""


@dataclass(frozen=True, slots=True, repr=False)
class HeaderAuth(Auth):
    """One header, such as `X-API-Key: <value>` or `Authorization: App <value>`."""

    name: str
    value: str

    def __post_init__(self) -> None:
        _check_header(self.value, self.name)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The value, and the part of it behind a scheme's name."""
        return _kept(self.value, self.value.rpartition(" ")[2])

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the header, in place of one of that name."""
        return request.with_header(self.name, self.value)


@dataclass(frozen=True, slots=True, repr=False)
class BasicAuth(Auth):
    """HTTP Basic with both parts in UTF-8 (RFC 7617)."""

    username: str
    password: str
    _header: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if ":" in self.username:
            raise ConfigError("a user name for HTTP Basic cannot hold a colon")
        encoded = b64encode(f"{self.username}:{self.password}".encode()).decode()
        object.__setattr__(self, "_header", f"Basic {encoded}")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, or the user name where a token stands in its place, and the encoded pair."""
        return _kept(self.password or self.username, self._header.removeprefix("Basic "))

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with `Authorization: Basic`."""
        return request.with_header("Authorization", self._header)


@dataclass(frozen=True, slots=True, repr=False)
class BearerAuth(Auth):
    """A bearer token (RFC 6750); `refreshable` is set by the flow that fetched it."""

    token: str
    expires_at: datetime | None = None
    refreshable: bool = False

    def __post_init__(self) -> None:
        _check_header(self.token, "the token")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return _kept(self.token)

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with `Authorization: Bearer`."""
        return request.with_header("Authorization", f"Bearer {self.token}")


@dataclass(frozen=True, slots=True, repr=False)
class _FieldsAuth(Auth):
    """Credentials as named values; those named in `public` (a user name) are no secrets."""

    fields: Fields
    public: tuple[str, ...] = ()
    _place: ClassVar[str]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values of all fields but the public ones."""
        return _kept(*(value for name, value in self.fields if name not in self.public))

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the fields; AdapterDefect if its body is not what they go into."""
        return PLACES[self._place](request, self.fields) if self.fields else request


@dataclass(frozen=True, slots=True, repr=False)
class QueryAuth(_FieldsAuth):
    """Parameters at the end of the query."""

    _place = "query"


@dataclass(frozen=True, slots=True, repr=False)
class FormAuth(_FieldsAuth):
    """Fields at the end of a form-encoded body."""

    _place = "form"


@dataclass(frozen=True, slots=True, repr=False)
class JsonAuth(_FieldsAuth):
    """Members at the end of a JSON object body, none of which the object has already."""

    _place = "json"


@dataclass(frozen=True, slots=True, repr=False)
class XmlAuth(_FieldsAuth):
    """Elements at the end of an XML body's root."""

    _place = "xml"


def _check_header(value: str, what: str) -> None:
    """Refuse what a copied secret may carry (a line break, a no-break space) before a transport trips over it."""
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(f"{what} holds a line break or another character that no header can carry")


def _kept(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _forms(key: str | bytes) -> tuple[str, ...]:
    """How a key may have been written."""
    if isinstance(key, str):
        return _kept(key)
    return _kept(b64encode(key).decode(), key.hex(), key.decode() if key.isascii() else "")


def _encode(raw: bytes, encoding: str) -> str:
    return raw.hex() if encoding == "hex" else b64encode(raw).decode()


@dataclass(frozen=True, slots=True, repr=False)
class HmacAuth(Auth):
    """An HMAC over what `message` makes of the request, as `prefix + encoded + suffix` in one header.

    `pairs` gives what goes on first, so that `message` can cover it: a date, a nonce, a digest of the body. `place`
    puts pairs and signature into the query or the body instead. A `key` of octets is one that was written in base64.
    """

    key: str | bytes
    digest: str
    header: str
    message: Callable[[HttpRequest, datetime], bytes]
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    suffix: str = ""
    pairs: Callable[[HttpRequest, datetime], Iterable[tuple[str, str]]] | None = None
    place: Literal["header", "query", "form", "json"] = "header"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key as it may have been written."""
        return _forms(self.key)

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the pairs and the signature."""
        put = PLACES[self.place]
        if self.pairs is not None:
            request = put(request, tuple(self.pairs(request, now)))
        key = self.key.encode() if isinstance(self.key, str) else self.key
        mac = hmac.digest(key, self.message(request, now), self.digest)
        return put(request, ((self.header, f"{self.prefix}{_encode(mac, self.encoding)}{self.suffix}"),))


@dataclass(frozen=True, slots=True, repr=False)
class SigV4Auth(Auth):
    """AWS Signature Version 4; a query has to be percent-encoded throughout (a space as `%20`)."""

    access_key: str
    secret_key: str
    region: str
    service: str
    session_token: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret key and the session token."""
        return _kept(self.secret_key, self.session_token or "")

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with `X-Amz-Date`, `X-Amz-Security-Token` where there is one, and `Authorization`."""
        stamp = _utc(now).strftime("%Y%m%dT%H%M%SZ")
        request = request.with_header("X-Amz-Date", stamp)
        if self.session_token:
            request = request.with_header("X-Amz-Security-Token", self.session_token)
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        names, signature = _sigv4.sign(request, self.secret_key, stamp, scope)
        value = f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        return request.with_header("Authorization", value)


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a naive datetime cannot date a signature")
    return now.astimezone(UTC)


@dataclass(frozen=True, slots=True, repr=False)
class JwtAuth(Auth):
    """A JSON Web Token of our own as bearer: RS256 with a PEM, HS256 with a secret, and their relatives.

    `claims`, or what it makes of the time of issue, is added to `iat`, `exp` and `jti`. A token is issued at each
    half of `lifetime` counted from 1970, so it is the same for any two requests of that half, however many values
    are made from one configuration, and good for half its lifetime at least. `jti` comes from `entropy`: octets, or
    a source of them (`Channel.entropy`) that is drawn from once for each token; without it there is no `jti`.
    """

    key: str | bytes
    algorithm: str
    claims: Mapping[str, Any] | Callable[[datetime], Mapping[str, Any]]
    lifetime: timedelta = timedelta(minutes=15)
    headers: Mapping[str, Any] = field(default_factory=dict)
    entropy: bytes | Callable[[int], bytes] | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key; the tokens are known only by their header."""
        return _forms(self.key)

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with `Authorization: Bearer`; ConfigError if the key cannot sign."""
        lifetime = max(int(self.lifetime.total_seconds()), 2)
        epoch = int(_utc(now).timestamp())
        issued = epoch - epoch % (lifetime // 2)
        own = self.claims(datetime.fromtimestamp(issued, UTC)) if callable(self.claims) else self.claims
        times = {"iat": issued, "exp": issued + lifetime}
        claims = json.dumps({**times, **own}, separators=(",", ":"))
        token = _token(self.key, self.algorithm, claims, json.dumps(dict(self.headers)), self.entropy)
        return request.with_header("Authorization", f"Bearer {token}")


@lru_cache(maxsize=256)
def _token(
    key: str | bytes, algorithm: str, claims: str, headers: str, entropy: bytes | Callable[[int], bytes] | None
) -> str:
    """The token; kept, since an RS256 signature costs as much as a hundred sends."""
    if entropy is not None:
        seed = entropy if isinstance(entropy, bytes) else entropy(16)
        identity = hashlib.sha256(seed + claims.encode()).hexdigest()[:32]
        claims = json.dumps({"jti": identity, **json.loads(claims)}, separators=(",", ":"))
    return _jwt.sign(claims.encode(), key, algorithm, json.loads(headers))


def oauth2_client_credentials(
    url: str,
    client_id: str,
    client_secret: str,
    *,
    now: datetime,
    scope: str | None = None,
    audience: str | None = None,
    style: Literal["basic", "form", "json"] = "basic",
    extra: Iterable[tuple[str, str]] = (),
) -> Generator[HttpRequest, HttpResponse, BearerAuth]:
    """Fetch a token by the client credentials grant (RFC 6749 section 4.4).

    `style` says where id and secret go. `extra` adds fields, or replaces one (another `grant_type`). A field that
    the query of `url` has already is left out of the body. The token expires a minute, or a tenth of its life if
    that is less, before the aggregator says; a lifetime that cannot be read counts as none.
    """
    fields: dict[str, str | None] = {"grant_type": "client_credentials"}
    if style != "basic":
        fields |= {"client_id": client_id, "client_secret": client_secret}
    fields |= {"scope": scope, "audience": audience, **dict(extra)}
    there = dict(parse_qsl(urlsplit(url).query))
    kept = {name: value for name, value in fields.items() if value is not None and name not in there}
    make = HttpRequest.json if style == "json" else HttpRequest.form
    request = make(url, kept, submits=False)
    response = yield BasicAuth(client_id, client_secret).apply(request, now) if style == "basic" else request
    return read_token(response, now)


def read_token(response: HttpResponse, now: datetime) -> BearerAuth:
    """The token in an answer of RFC 6749 section 5, for flows with a login of their own; its errors otherwise."""
    try:
        answer = response.json_object()
    except ProtocolError:
        answer = {}  # its sentence quotes the body, which may be a token in another format
    _check_answer(response, answer)
    token = answer.get("access_token")
    if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
        raise ProtocolError("the answer to the request for a token holds no access_token")
    return BearerAuth(token, _expiry(answer.get("expires_in"), now), refreshable=True)


def _check_answer(response: HttpResponse, answer: Mapping[str, Any]) -> None:
    """Raise for anything but success, with the error and description of RFC 6749 section 5.2."""
    code, text = (answer[key] if isinstance(answer.get(key), str) else None for key in ("error", "error_description"))
    own: dict[str, Any] = {"provider_code": code, "provider_text": text}
    status = response.status
    if status == 429:
        raise Throttled("too many requests for a token", response.retry_after, **own)
    if status >= 500:
        raise TemporaryFailure(f"HTTP {status} to the request for a token", **own)
    if status == 401 or code in REFUSED_CLIENT:
        raise AuthError("the credentials were refused a token", **own)
    if not response.ok:
        raise ProtocolError(f"HTTP {status} to the request for a token", **own)


def _expiry(value: Any, now: datetime) -> datetime | None:
    """When to fetch the next token, from a lifetime in seconds as number or text; None for any other value."""
    try:
        seconds = float(value)
        return now + timedelta(seconds=seconds - min(REFRESH_MARGIN, seconds / 10)) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError):
        return None
