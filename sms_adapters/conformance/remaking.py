"""The requests of a recording made anew: with test credentials and numbers, from the answers that will be published.

What is saved is what the adapter itself makes, so no request holds what scrubbing missed. It has to equal the request
that was recorded, but for digests and signatures, which are other ones with another key.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..auth import HmacAuth, JwtAuth, SigV4Auth
from ..client import Client
from ..errors import SmsError, TransportError
from ..http import HttpRequest, HttpResponse
from ..transports.frames import Framed
from .scrub import ScrubRefused
from .subject import OPEN

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..messages import OutboundMessage
    from ..network import NetworkPolicy

__all__ = ["Deed", "compare", "declared_digests", "perform", "remake"]

Answer = HttpResponse | TransportError
Pairs = dict[str, str]

HEX_SIZES = frozenset({32, 40, 48, 56, 64, 96, 128})
BASE64_SIZES = frozenset({16, 20, 28, 32, 48, 64, 96, 128, 132, 256, 384, 512})
"""Lengths of digests and signatures, as hex digits and as octets of base64."""
_WORDS = (
    re.compile(r"((?:[A-Za-z0-9_-]|%2[BbFf])+(?:=|%3[Dd]){0,2})"),
    re.compile(r"((?:[A-Za-z0-9_+/-]|%2[BbFf])+(?:=|%3[Dd]){0,2})"),
)
"""Where a digest may begin and end: a slash separates, or belongs to base64."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a case does: a hook of the client with its arguments."""

    hook: str = "send"
    message: OutboundMessage | None = None
    reference: str | None = None


def perform(client: Client, channel: AnyChannel, deed: Deed) -> object:
    """The result, or the `SmsError` that the case ends in."""
    given = deed.message if deed.hook == "send" else deed.reference
    try:
        return getattr(client, deed.hook)(channel, *([] if given is None else [given]))
    except SmsError as error:
        return error


@dataclass
class _Feed(Framed):
    """A transport that gives answers in order and keeps the requests."""

    answers: Sequence[Answer]
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        self.requests.append(request)
        if len(self.requests) > len(self.answers):
            raise ScrubRefused(f"with test values the adapter makes more than {len(self.answers)} requests")
        answer = self.answers[len(self.requests) - 1]
        if isinstance(answer, TransportError):
            raise TransportError(answer.message, sent=answer.sent)
        return answer

    def close(self) -> None:
        """Nothing to close."""


def remake(
    channel: Callable[[], AnyChannel], deed: Deed, answers: Sequence[Answer]
) -> tuple[list[HttpRequest], object]:
    """The requests with test values and what comes of them; ScrubRefused if a second run makes others."""
    (first, outcome), (second, _) = (_once(channel(), deed, answers) for _ in range(2))
    if first != second:
        raise ScrubRefused("the adapter makes another request at each run: what it makes up has to come from entropy")
    if len(first) < len(answers):
        raise ScrubRefused(f"with test values the adapter makes {len(first)} requests, {len(answers)} were recorded")
    return first, outcome


def _once(channel: AnyChannel, deed: Deed, answers: Sequence[Answer]) -> tuple[list[HttpRequest], object]:
    feed = _Feed(answers)
    with Client(transport=feed, network=OPEN) as client:
        return feed.requests, perform(client, channel, deed)


def declared_digests(channel: AnyChannel) -> frozenset[str]:
    """The headers or parameters into which the channel's credentials put what they compute."""
    made = channel.plugin.adapter.authenticate(channel)
    if isinstance(made, HmacAuth):
        return frozenset({made.header.lower()})
    return frozenset({"authorization"}) if isinstance(made, SigV4Auth | JwtAuth) else frozenset()


def compare(recorded: HttpRequest, remade: HttpRequest, declared: Collection[str] = ()) -> tuple[list[str], Pairs]:
    """Where a remade request differs from the scrubbed one, and the digests that are others, old to new."""
    found, pairs = [], Pairs()
    for place, old, new in _places(recorded, remade):
        if old == new:
            continue
        digests = _digests(old, new)
        if digests is None and _are_declared(place, old, new, declared):
            continue
        if digests is None:
            found.append(place + _where(place, old, new))
        else:
            pairs |= digests
    return found, pairs


def _places(recorded: HttpRequest, remade: HttpRequest) -> Iterator[tuple[str, str, str]]:
    yield "method", recorded.method, remade.method
    yield "url", recorded.url, remade.url
    names = dict.fromkeys(name.lower() for request in (recorded, remade) for name in request.headers)
    for name in names:
        old, new = ("\n".join(request.headers.get_all(name)) for request in (recorded, remade))
        yield f"header {name}", old, new
    yield "body", recorded.body.decode("latin-1"), remade.body.decode("latin-1")


def _digests(old: str, new: str) -> Pairs | None:
    """The words in which two texts differ if each is a digest; None if anything else is different."""
    for words in _WORDS:
        first, second = words.split(old), words.split(new)
        if len(first) != len(second) or first[::2] != second[::2]:
            continue
        pairs = {one: other for one, other in zip(first[1::2], second[1::2], strict=True) if one != other}
        if all(_are_digests(one, other) for one, other in pairs.items()):
            return pairs
    return None


def _are_declared(place: str, old: str, new: str, declared: Collection[str]) -> bool:
    """Whether two texts are the same but for headers or parameters that are declared to be computed from a secret."""
    if place.partition(" ")[2].lower() in declared:
        return True
    for name in declared:
        old, new = _without(name, old), _without(name, new)
    return _digests(old, new) is not None


def _without(name: str, text: str) -> str:
    """A query, form or JSON text without the value of a member."""
    quoted = re.escape(name)
    text = re.sub(rf'("{quoted}"\s*:\s*)"[^"]*"', r'\1""', text, flags=re.IGNORECASE)
    return re.sub(rf"((?:^|[?&]){quoted}=)[^&#]*", r"\1", text, flags=re.IGNORECASE)


def _are_digests(old: str, new: str) -> bool:
    return _size(old) is not None and _size(old) == _size(new)


def _size(word: str) -> tuple[str, int] | None:
    """The kind and length of what may be a digest; None for what is none."""
    text = unquote(word).rstrip("=")
    if re.fullmatch("[0-9a-f]+|[0-9A-F]+", text):
        return ("hex", len(text)) if len(text) in HEX_SIZES else None
    if len(text) % 4 == 1:
        return None
    raw = b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
    return ("base64", len(raw)) if len(raw) in BASE64_SIZES else None


def _where(place: str, old: str, new: str) -> str:
    """The parameters or members in which two texts differ, else the octet; no values, since one may be a secret."""
    if place == "method" or place.startswith("header"):
        return ""
    for read in (_members, _parameters):
        first, second = read(old), read(new)
        names = [name for name in dict.fromkeys((*first, *second)) if first.get(name) != second.get(name)]
        if first and second and names:
            return f" ({', '.join(names)})"
    same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    return f" (from octet {min(len(old), len(new)) if same is None else same})"


def _parameters(text: str) -> Mapping[str, Any]:
    query = urlsplit(text).query if "://" in text else text
    return dict(parse_qsl(query, keep_blank_values=True, encoding="latin-1")) if "=" in query else {}


def _members(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return dict(_leaves("", value)) if isinstance(value, dict) else {}


def _leaves(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    pairs: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    found = [leaf for key, item in pairs for leaf in _leaves(f"{path}.{key}" if path else str(key), item)]
    return found or [(path, value)]
