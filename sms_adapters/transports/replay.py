"""Answers from a cassette in vcrpy's format, without a network.

The requests have to come in the cassette's order, with the same method, the same URI and body to the octet, and the
same values of the headers that the cassette names. vcrpy's own patching is not used: it lets a transport that it does
not know through to the network.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, AnyStr

from ..errors import NotAnOutcome, TransportError
from ..http import Headers, HttpRequest, HttpResponse
from ..network import NetworkPolicy
from .frames import Framed

__all__ = ["ReplayMismatch", "ReplayTransport", "read_cassette", "recorded_answer", "recorded_request"]

IGNORED = frozenset({"user-agent", "accept", "accept-encoding", "connection", "host", "content-length"})


class ReplayMismatch(NotAnOutcome):
    """A request is not the one that was recorded."""


def read_cassette(path: Path) -> list[dict[str, Any]]:
    """The interactions of a cassette; the safe YAML loader is used."""
    import yaml

    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    interactions: list[dict[str, Any]] = loaded["interactions"]
    return interactions


def recorded_answer(interaction: dict[str, Any]) -> HttpResponse:
    """The answer of an interaction; TransportError where none came."""
    recorded = interaction["response"]
    if "failure" in recorded:
        raise TransportError(recorded["failure"]["text"], sent=recorded["failure"]["sent"])
    return HttpResponse(recorded["status"]["code"], _headers(recorded["headers"]), _body(recorded["body"]))


def recorded_request(interaction: dict[str, Any]) -> HttpRequest:
    """The request of an interaction."""
    recorded = interaction["request"]
    return HttpRequest(recorded["method"], recorded["uri"], _headers(recorded["headers"]), _body(recorded["body"]))


class ReplayTransport(Framed):
    """Plays a cassette once; `assert_played` says whether all of it was used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = read_cassette(path)
        self._place = 0

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """The recorded answer, or ReplayMismatch with what differs."""
        if self._place >= len(self._left):
            raise ReplayMismatch(f"{self.path.name}: request {self._place + 1} was not recorded: {request!r}")
        interaction = self._left[self._place]
        self._place += 1
        differences = list(_differences(interaction["request"], request))
        if differences:
            raise ReplayMismatch(f"{self.path.name}: request {self._place}: " + "; ".join(differences))
        return recorded_answer(interaction)

    def close(self) -> None:
        """Nothing to close."""

    def assert_played(self) -> None:
        """ReplayMismatch if a recorded request was not made."""
        if self._place < len(self._left):
            raise ReplayMismatch(f"{self.path.name}: {len(self._left) - self._place} recorded requests were not made")


def _differences(recorded: dict[str, Any], request: HttpRequest) -> Any:
    if recorded["method"] != request.method:
        yield f"method {request.method}, recorded {recorded['method']}"
    if recorded["uri"] != request.url:
        yield f"URI {_apart(request.url, recorded['uri'])}"
    body = _body(recorded.get("body"))
    if body != request.body:
        yield f"body {_apart(request.body, body)}"
    for name, value in _headers(recorded.get("headers") or {}).items():
        if name.lower() not in IGNORED and request.headers.get(name) != value:
            yield f"header {name}: {request.headers.get(name)!r}, recorded {value!r}"


def _apart(made: AnyStr, recorded: AnyStr) -> str:
    """Both from shortly before they differ: the whole of a long text hides the one octet."""
    pairs = zip(made, recorded, strict=False)
    common = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(made), len(recorded)))
    start = max(common - 24, 0)
    shown = (repr(whole[start : common + 48]) for whole in (made, recorded))
    return ", recorded ".join(shown) + f" (from place {start})"


def _headers(recorded: dict[str, Any]) -> Headers:
    pairs = ((name, values if isinstance(values, list) else [values]) for name, values in recorded.items())
    return Headers([(name, value) for name, values in pairs for value in values])


def _body(recorded: Any) -> bytes:
    """A body in vcrpy's format: it writes a body as text, as a `string`, or as `base64_string` where it is not text."""
    if isinstance(recorded, dict):
        if "base64_string" in recorded:
            return base64.b64decode(recorded["base64_string"])
        recorded = recorded.get("string")
    if recorded is None:
        return b""
    return recorded.encode() if isinstance(recorded, str) else bytes(recorded)
