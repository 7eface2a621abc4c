"""Drift: what an aggregator changed between a recording and the one that waits beside it as `<case>.new.*`.

A change is one of shape (a member that is new or gone, another type, another header that matters) or of meaning
(another HTTP status, another word of its vocabulary, another outcome). Values that differ at each exchange are none.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..http import Headers
from ..transports.replay import _body, _headers, read_cassette
from .cases import WAITING, read_http
from .shapes import Shape, is_error_name, shape_of

__all__ = ["Change", "Drift", "adopt", "drift_of"]

HEADERS = ("content-type", "retry-after", "location", "www-authenticate", "link", "deprecation", "sunset")
"""Headers that change what an answer means; of all but the type only whether they are there."""
OUTCOME = ("type", "error", "status", "word", "reason", "provider_code", "code", "retryable", "sent")
FILES = {"exchanges": (".yaml", ".toml"), "inbound": (".http", ".json", ".toml")}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: in which case, where in it, what kind of change, and the old and the new."""

    case: str
    place: str
    what: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        values = " -> ".join(value or "nothing" for value in (self.before, self.after))
        return f"{self.case}: {self.place}: {self.what}" + (f": {values}" if self.before or self.after else "")


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed in the recordings of an adapter, and which were compared."""

    adapter: str
    compared: tuple[str, ...]
    changes: tuple[Change, ...]

    def to_text(self) -> str:
        """A line for each change, below one that sums up."""
        cases = f"{len(self.compared)} recording{'s' if len(self.compared) != 1 else ''}"
        if not self.changes:
            return f"{self.adapter}: nothing changed in {cases} that were made again"
        count = f"{len(self.changes)} change{'s' if len(self.changes) != 1 else ''}"
        return "\n".join([f"{self.adapter}: {count} in {cases}", *(f"  {change}" for change in self.changes)])

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        changes = [asdict(change) for change in self.changes]
        return {"adapter": self.adapter, "compared": list(self.compared), "changes": changes}


def drift_of(folder: Path) -> Drift:
    """Compare what waits below an adapter's folder with what it would replace."""
    pairs = [(kind, path) for kind in FILES for path in _waiting(folder / kind, FILES[kind][0])]
    changes = [change for kind, path in pairs for change in _COMPARE[kind](_old(path), path)]
    return Drift(folder.name, tuple(f"{kind}/{_old(path).stem}" for kind, path in pairs), tuple(changes))


def adopt(folder: Path) -> tuple[str, ...]:
    """Put what waits in the place of what it was compared with; gives the names of the cases."""
    names = []
    for kind, endings in FILES.items():
        for path in _waiting(folder / kind, endings[0]):
            names.append(f"{kind}/{_old(path).stem}")
            for ending in endings:
                new = path.with_suffix(ending)
                os.replace(new, _old(new))
    return tuple(names)


def _waiting(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.glob(f"*{WAITING}{ending}"))


def _old(path: Path) -> Path:
    return path.with_name(path.stem.removesuffix(WAITING) + path.suffix)


# --- exchanges


def _exchange(old: Path, new: Path) -> Iterator[Change]:
    name = f"exchanges/{old.stem}"
    before, after = read_cassette(old), read_cassette(new)
    if len(before) != len(after):
        yield Change(name, "exchange", "another number of requests", str(len(before)), str(len(after)))
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        yield from _request(name, f"request {number}", _seen(one["request"]), _seen(other["request"]))
        yield from _answer(name, f"answer {number}", one["response"], other["response"])
    tables = [tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8")) for path in (old, new)]
    yield from _outcome(name, "outcome", *(table.get("expect", {}) for table in tables))


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Headers
    body: bytes


def _seen(recorded: Mapping[str, Any]) -> _Request:
    headers = _headers(recorded.get("headers") or {})
    return _Request(recorded["method"], recorded["uri"], headers, _body(recorded.get("body")))


def _request(name: str, place: str, one: _Request, other: _Request) -> Iterator[Change]:
    if one.method != other.method:
        yield Change(name, place, "another method", one.method, other.method)
    old, new = (_parameters(item.url) for item in (one, other))
    yield from _members(name, f"{place} query", "parameter", old, new)
    yield from _shapes(name, f"{place} body", shape_of(one.headers, one.body), shape_of(other.headers, other.body))


def _parameters(url: str) -> frozenset[str]:
    return frozenset(key for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True, encoding="latin-1"))


def _answer(name: str, place: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Change]:
    if "failure" in one or "failure" in other:
        kinds = [str(item.get("failure", {}).get("text", "an answer")) for item in (one, other)]
        if kinds[0] != kinds[1]:
            yield Change(name, place, "an answer has become a failure, or a failure an answer", *kinds)
        return
    statuses = [str(item["status"]["code"]) for item in (one, other)]
    if statuses[0] != statuses[1]:
        yield Change(name, place, "another HTTP status", *statuses)
    heads = [_headers(item["headers"]) for item in (one, other)]
    for header in HEADERS:
        found = [_header(header, head) for head in heads]
        if found[0] != found[1]:
            yield Change(name, f"{place} header {header}", "another header", *found)
    bodies = [shape_of(head, _body(item["body"])) for head, item in zip(heads, (one, other), strict=True)]
    yield from _shapes(name, f"{place} body", *bodies)


def _header(name: str, headers: Headers) -> str:
    value = headers.get(name)
    return "" if value is None else value.lower().replace(" ", "") if name == "content-type" else "there"


# --- webhooks


def _webhook(old: Path, new: Path) -> Iterator[Change]:
    name = f"inbound/{old.stem}"
    one, other = read_http(old.read_bytes()), read_http(new.read_bytes())
    seen = [_Request(item.method, item.url, item.headers, item.body) for item in (one, other)]
    yield from _request(name, "webhook", seen[0], seen[1])
    events = [json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) for path in (old, new)]
    if len(events[0]) != len(events[1]):
        yield Change(name, "events", "another number of events", str(len(events[0])), str(len(events[1])))
    for number, pair in enumerate(zip(*events, strict=False), 1):
        yield from _outcome(name, f"event {number}", *pair)


_COMPARE = {"exchanges": _exchange, "inbound": _webhook}

# --- what both have


def _shapes(name: str, place: str, one: Shape, other: Shape) -> Iterator[Change]:
    if one.kind != other.kind:
        yield Change(name, place, "another kind of body", one.kind, other.kind)
        return
    yield from _members(name, place, "member", frozenset(one.types), frozenset(other.types), _empty_lists(one, other))
    for path in sorted(set(one.types) & set(other.types)):
        old, new = one.types[path] - {"null"}, other.types[path] - {"null"}
        if old and new and old != new:
            yield Change(name, f"{place} {path}", "another type", ", ".join(sorted(old)), ", ".join(sorted(new)))
    for path in sorted(set(one.words) & set(other.words)):
        old, new = one.words[path], other.words[path]
        if old != new:
            what = "another error or code" if is_error_name(path) else "another word"
            yield Change(name, f"{place} {path}", what, ", ".join(sorted(old)), ", ".join(sorted(new)))


def _members(
    name: str, place: str, what: str, old: frozenset[str], new: frozenset[str], unknown: tuple[str, ...] = ()
) -> Iterator[Change]:
    """Members that are new or gone; what is below a list that is empty on one side is not known."""
    for paths, told in ((new - old, f"new {what}"), (old - new, f"{what} is gone")):
        for path in sorted(paths):
            above = any(path.startswith(prefix) for prefix in unknown)
            nested = any(other != path and path.startswith((f"{other}.", f"{other}[]", f"{other}/")) for other in paths)
            if not above and not nested:
                yield Change(name, f"{place} {path}", told)


def _empty_lists(one: Shape, other: Shape) -> tuple[str, ...]:
    """The paths below lists, and below members that are null, of which one side shows nothing."""
    hidden = []
    for shape in (one, other):
        for path, types in shape.types.items():
            if "list" in types and not any(known.startswith(f"{path}[]") for known in shape.types):
                hidden.append(f"{path}[]")
            if types == {"null"}:
                hidden += [f"{path}.", f"{path}[]"]
    return tuple(hidden)


def _outcome(name: str, place: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Change]:
    for key in OUTCOME:
        if one.get(key) != other.get(key):
            yield Change(name, f"{place} {key}", "another outcome", *(_told(item.get(key)) for item in (one, other)))
    for number, pair in enumerate(zip(one.get("parts", ()), other.get("parts", ()), strict=False), 1):
        yield from _outcome(name, f"{place} part {number}", *pair)
    for key in sorted((set(one) ^ set(other)) - set(OUTCOME)):
        yield Change(name, f"{place} {key}", "no longer told" if key in one else "newly told")


def _told(value: object) -> str:
    return "" if value is None else str(value)
