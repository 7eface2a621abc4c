"""Secrets and phone numbers taken out of recordings, and the proof that none is left.

By value: each secret, name and number is replaced by its test value in the same derived form (`layers`, `needles`). A
token that an answer brought is a secret, too; it is known by the name of its field. What may still be wrong is found
by `Scrubber.inspect`, which looks with the means of `redact` as well.

A phone number is unmapped if it stands behind a `+`, escaped or not, or under the name of a number (`to`, `msisdn`),
and is neither a test number, nor reserved for examples, nor allowed. Other digits may be any id and are left alone,
unless they hold the national part of a number that is mapped. Of numbers that events name see `recorder`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from ..bodies import FORM, media_type_of, parse_json, parse_xml
from ..errors import NotAnOutcome
from ..http import Headers, HttpRequest, HttpResponse, WebhookRequest
from ..redact import MASK, Redactor
from ..redact.naming import _secret_field, secret_header
from .layers import apply, edits_in
from .made_up import is_reserved, numbers_in
from .needles import (
    Needle,
    Needles,
    address_pairs,
    derived_pairs,
    national_part,
    number_needles,
    spaced,
    text_needles,
    unwritable,
)

__all__ = ["Finding", "Piece", "ScrubRefused", "Scrubber", "token_like", "tokens_in"]

PASSES = 4
SPACED = re.compile(rb"\+([1-9](?:[ ().\-]{0,2}[0-9]){9,14})(?![0-9A-Za-z])")
DROPPED = frozenset(
    ("connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length", "trailer", "upgrade")
)
"""Headers of the connection or of the body's former encoding: they are not true of what is kept."""
ROUTE = re.compile(r"x-forwarded-.*|forwarded|via|x-real-ip|cf-.*|x-envoy-.*|x-amzn-trace-id|x-request-start")
"""Headers that a proxy on the way adds to a webhook; they name our side's addresses."""
COOKIE = "set-cookie"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is left where; never the value."""

    kind: str
    form: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind} ({self.form})"


class ScrubRefused(NotAnOutcome):
    """A recording cannot be saved: something is left in it that must not be published, or it cannot be remade."""

    def __init__(self, sentence: str, findings: Iterable[Finding] = ()) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join([sentence, *map(str, self.findings)]))


@dataclass(frozen=True, slots=True)
class Piece:
    """Octets that are to be written, and where: the file, the interaction, the part of it.

    A `whole` file has words of ours, too, one of which may be somebody's user name: names are not looked for in it.
    """

    place: str
    data: bytes
    whole: bool = False


class Scrubber:
    """Puts test values in the place of real ones.

    `secrets` are found anywhere and in any form, their digests too; `names` (a user name, an account, the URL of a test
    gateway) only as whole words. `numbers` are E.164 on both sides. A value that is the same on both sides is left.
    `canaries` are texts that must not survive, `allowed` numbers that may. `learned` are secrets that a recording
    brought, with values that nobody chose. ValueError for chosen values that cannot be told apart once they are
    replaced, or that would need an escape nobody has seen.
    """

    def __init__(
        self,
        secrets: Mapping[str, str],
        numbers: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
        *,
        learned: Mapping[str, str] | None = None,
        canaries: Iterable[str] = (),
        allowed: Iterable[str] = (),
    ) -> None:
        self.secrets = _different(secrets)
        self.numbers = _different(numbers or {})
        self.names = _different({old: new for pair in (names or {}).items() for old, new in address_pairs(*pair)})
        self.learned = _different(learned or {})
        self.canaries = tuple(canaries)
        self.allowed = frozenset(number.lstrip("+") for number in (*allowed, *(numbers or {}).values()))
        pairs = (derived for pair in self.secrets.items() for derived in derived_pairs(*pair))
        derived = {**self.learned, **{old: new for old, new in pairs if old not in self.secrets}}
        names = {old: new for old, new in self.names.items() if old not in self.secrets}
        private: tuple[Needle, ...] = (
            *text_needles(self.secrets),
            *text_needles(derived),
            *number_needles(self.numbers),
        )
        self._private = Needles(private)
        self._needles = Needles((*private, *text_needles(names, whole=True)))
        self._redactor = Redactor((*self.secrets, *derived))
        self._watch = Redactor(self.canaries)
        for old, new in (*self.secrets.items(), *self.names.items(), *self.numbers.items()):
            self._check(old, new)

    def _check(self, old: str, new: str) -> None:
        """ValueError, without the real value, for a pair that cannot work."""
        if not new:
            raise ValueError("a value is to be replaced by nothing: name a test value")
        if char := unwritable(old, new):
            sentence = f"the test value {new!r} holds {char!r}, which its real value does not"
            raise ValueError(f"{sentence}: nobody could see how to escape it; use letters, digits and . _ - only")
        if self._needles.edits(new.encode()):
            raise ValueError(f"the test value {new!r} holds a value that is to be replaced: choose another")

    def knowing(self, learned: Mapping[str, str]) -> Scrubber:
        """A scrubber that has learned more secrets."""
        known = {**learned, **self.learned}
        options: dict[str, Any] = {"learned": known, "canaries": self.canaries, "allowed": self.allowed}
        return Scrubber(self.secrets, self.numbers, self.names, **options)

    def data(self, value: bytes, *, url: bool = False) -> bytes:
        """Octets, those of a URL or form if `url`, with test values; the same object if there is nothing to replace."""
        for _ in range(PASSES):
            edits = edits_in(value, self._needles.edits, url=url) if value and self._needles else []
            if not edits:
                break
            value = apply(value, edits)
        return value

    def text(self, value: str, *, url: bool = False) -> str:
        """Text with test values."""
        return self.data(value.encode("utf-8", "surrogatepass"), url=url).decode("utf-8", "surrogatepass")

    def value(self, obj: Any) -> Any:
        """Text, octets and what is in mappings, lists and tuples, with test values."""
        if isinstance(obj, str):
            return self.text(obj)
        if isinstance(obj, bytes):
            return self.data(obj)
        if isinstance(obj, Mapping):
            return {self.value(key): self.value(item) for key, item in obj.items()}
        return type(obj)(self.value(item) for item in obj) if isinstance(obj, list | tuple) else obj

    def request(self, request: HttpRequest) -> HttpRequest:
        """A request with test values; what is computed from a secret is left to be remade."""
        headers = Headers((name, self.text(value)) for name, value in request.headers.items())
        return replace(request, url=self.text(request.url, url=True), headers=headers, body=self._body(request))

    def response(self, response: HttpResponse) -> HttpResponse:
        """An answer with test values, without cookies and headers of the connection."""
        return HttpResponse(response.status, self._headers(response.headers), self._body(response))

    def webhook(self, request: WebhookRequest) -> WebhookRequest:
        """A webhook with test values, as the aggregator sent it; its signature is no longer right."""
        own = Headers((name, value) for name, value in request.headers.items() if not ROUTE.fullmatch(name.lower()))
        url = self.text(request.url, url=True)
        return WebhookRequest(request.method, url, self._headers(own), self._body(request))

    def _body(self, message: HttpRequest | HttpResponse | WebhookRequest) -> bytes:
        return self.data(message.body, url=media_type_of(message.headers) == FORM)

    def _headers(self, headers: Headers) -> Headers:
        kept = ((name, value) for name, value in headers.items() if name.lower() not in DROPPED)
        return Headers((name, MASK if name.lower() == COOKIE else self.text(value)) for name, value in kept)

    def inspect(self, pieces: Iterable[Piece]) -> list[Finding]:
        """What is left of secrets, names, canaries and numbers in octets that are to be written."""
        return list(dict.fromkeys(found for piece in pieces for found in self._inspected(piece)))

    def _inspected(self, piece: Piece) -> Iterator[Finding]:
        for form in self._redactor.find(piece.data):
            yield Finding("a secret", form, piece.place)
        for form in self._watch.find(piece.data):
            yield Finding("a canary", form, piece.place)
        for edit in edits_in(piece.data, (self._private if piece.whole else self._needles).edits):
            yield Finding("a value that was to be replaced", edit.form, piece.place)
        for form in self._numbers_left(piece.data):
            yield Finding("a phone number", form, piece.place)

    def _numbers_left(self, data: bytes) -> Iterator[str]:
        parts = [national_part(number) for number in self.numbers]
        yield from (f"the national part of a mapped one, {form}" for form in Redactor(parts).find(data))
        views = _views(data)
        if any(spaced(part).search(view) for part in parts for view in views):
            yield "the national part of a mapped one, with separators"
        told = (number for view in views for number in numbers_in(view.decode("latin-1")))
        spelt = (re.sub(rb"[^0-9]", b"", match[1]).decode() for view in views for match in SPACED.finditer(view))
        if not all(self.is_public(number) for number in (*told, *spelt)):
            yield "unmapped"

    def is_public(self, number: str) -> bool:
        """Whether a number, with or without its plus, may be published."""
        digits = number.lstrip("+")
        return is_reserved(digits) or digits in self.allowed


def _views(data: bytes) -> list[bytes]:
    """The octets, and what they say once escapes are read; a plus that follows a letter or digit is a space."""
    plain = re.sub(rb"%2[Bb]|&#0*43;|&#[xX]0*2[Bb];|\\u002[Bb]|\\x2[Bb]", b" +", data)
    spelt = re.sub(rb"(?<=[0-9A-Za-z])\+", b" ", plain)
    octets = unquote_to_bytes(spelt)
    wide = re.sub(rb"\x00([\x20-\x7e])|([\x20-\x7e])\x00", rb"\1\2", octets) if b"\0" in octets else octets
    return list(dict.fromkeys((spelt, wide)))


def _different(pairs: Mapping[str, str]) -> dict[str, str]:
    return {old: new for old, new in pairs.items() if old and old != new}


# --- what answers bring

SURE = re.compile(r"(?:token|secret|passw(?:or)?d|passphrase|jwt|session_?id|credentials?)$", re.IGNORECASE)
SIGNED = re.compile("sig|hmac|digest", re.IGNORECASE)
LEAST_SURE, LEAST_TOKEN, LONG_TOKEN = 6, 8, 24


def tokens_in(message: HttpResponse | WebhookRequest) -> Iterator[str]:
    """Values of an answer or webhook that are secrets by the names of their fields: access tokens, sessions, cookies.

    Where the name may mean another thing (`key`), or the answer is an error, words are left alone. So are signatures,
    which are made anew.
    """
    fine = isinstance(message, WebhookRequest) or message.ok
    for name, value in (*_heads(message), *_fields(message)):
        text = value.strip()
        if _secret_field(name) and not SIGNED.search(name) and not re.search(r"\s", text):
            noise = re.search("[0-9]", text) and re.search("[A-Za-z]", text)
            least = LEAST_SURE if fine and SURE.search(name) else LEAST_TOKEN if noise else LONG_TOKEN
            if len(text) >= least:
                yield text


def _heads(message: HttpResponse | WebhookRequest) -> Iterator[tuple[str, str]]:
    """Names and values of headers and query, where a name is known to be that of a secret under one that says so."""
    for name, value in message.headers.items():
        if name.lower() == COOKIE:
            yield "token", value.partition(";")[0].partition("=")[2]
        elif secret_header(name) and not SIGNED.search(name):
            yield "token", value.rpartition(" ")[2]
    if isinstance(message, WebhookRequest):
        yield from parse_qsl(urlsplit(message.url).query, encoding="latin-1")


def _fields(message: HttpResponse | WebhookRequest) -> Iterator[tuple[str, str]]:
    """Names and texts of a body, whatever its type says: JSON, XML, or a form."""
    body = message.body
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    with suppress(ValueError):
        if start in (b"{", b"["):
            yield from _members("", parse_json(body, None))
        elif start == b"<":
            for element in parse_xml(body).iter():
                yield str(element.tag).rpartition("}")[2], element.text or ""
                yield from element.attrib.items()
        else:
            yield from parse_qsl(body.decode("latin-1").strip())


def _members(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _members(str(key), item)
    elif isinstance(value, list):
        for item in value:
            yield from _members(name, item)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield name, str(value)


def token_like(number: int, like: str) -> str:
    """A token that says that it is none, as long as the one it replaces."""
    if like.isdigit():
        return f"1{number:0{len(like) - 1}d}"
    made = f"test-token-{number}-"
    return made.ljust(len(like), "x") if len(like) >= len(made) else f"t{number}".ljust(len(like), "x")
