"""Exchanges and inbound examples of an adapter's folder.

`exchanges/<case>.yaml` is a cassette in vcrpy's format, `<case>.toml` says what was done (channel, message, hook), what
came of it, and where the exchange is from. `inbound/<case>.http` is a raw webhook, `<case>.json` the events expected,
`<case>.toml` the source. `exchanges/channel.toml` and `inbound/channel.toml` hold the channel that the cases share.
`clock` in the table `channel` is the time at which the case was recorded, `entropy` a seed of its random octets. Files
named `<case>.new.*` are recordings that wait beside the old ones, and no cases yet.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import SmsError
from ..http import Headers, WebhookRequest
from ..messages import Media, OutboundMessage, event_to_dict

__all__ = [
    "Evidence",
    "ExchangeCase",
    "InboundCase",
    "Source",
    "channel_options",
    "exchange_cases",
    "inbound_cases",
    "merged_channel",
    "message_of",
    "outcome",
    "shared_channel",
]

CLOCK = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WAITING = ".new"
"""The end of a recording's name that waits beside the one it would replace."""


class Evidence(StrEnum):
    """Where the knowledge in a case comes from, strongest first."""

    LIVE = "live"
    SANDBOX = "sandbox"
    REFERENCE = "reference"
    DOCUMENTED = "documented"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Source:
    """`title` and `url` of what the case follows, and the `date` it was seen; `software` for a live recording."""

    evidence: Evidence
    title: str
    date: date
    url: str = ""
    software: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeCase:
    """One exchange: `hook` with its arguments, the cassette, and the outcome as `outcome` writes it."""

    name: str
    source: Source
    channel: Mapping[str, Any]
    hook: str
    message: OutboundMessage | None
    reference: str | None
    expect: Mapping[str, Any]
    cassette: Path


@dataclass(frozen=True, slots=True)
class InboundCase:
    """One webhook, the events that it brings, and where it is told the `answer`: status, content_type and body."""

    name: str
    source: Source
    channel: Mapping[str, Any]
    request: WebhookRequest
    expect: list[dict[str, Any]]
    answer: Mapping[str, Any] | None = None


def exchange_cases(folder: Path) -> Iterator[ExchangeCase]:
    """The exchanges below an adapter's folder, by name."""
    shared = shared_channel(folder / "exchanges")
    for path in _settled(folder / "exchanges", "*.yaml"):
        values = _toml(path.with_suffix(".toml"))
        message = values.get("message")
        yield ExchangeCase(
            path.stem,
            _source(values["source"]),
            merged_channel(shared, values.get("channel", {})),
            values.get("hook", "send"),
            None if message is None else message_of(message),
            values.get("reference"),
            values["expect"],
            path,
        )


def inbound_cases(folder: Path) -> Iterator[InboundCase]:
    """The inbound examples below an adapter's folder, by name."""
    shared = shared_channel(folder / "inbound")
    for path in _settled(folder / "inbound", "*.http"):
        values = _toml(path.with_suffix(".toml"))
        channel = merged_channel(shared, values.get("channel", {}))
        expect = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        source, request = _source(values["source"]), read_http(path.read_bytes())
        yield InboundCase(path.stem, source, channel, request, expect, values.get("answer"))


def shared_channel(folder: Path) -> dict[str, Any]:
    """The channel that the cases of `exchanges` or `inbound` share; empty if they share none."""
    return _toml(folder / "channel.toml")


def channel_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """A case's channel as options of `Registry.open`, made anew at each call: its entropy begins at the beginning."""
    made = dict(values)
    if isinstance(moment := made.get("clock"), datetime):
        made["clock"] = lambda: moment
    if isinstance(seed := made.get("entropy"), str):
        made["entropy"] = _entropy(seed)
    return made


def _entropy(seed: str) -> Callable[[int], bytes]:
    """Octets that are the same for the same seed; no two draws give the same, since aggregators refuse that."""
    draws = count()
    return lambda size: hashlib.shake_256(f"{seed}/{next(draws)}".encode()).digest(size)


def outcome(result: object) -> dict[str, Any]:
    """A result or an error as the `expect` table of a case has it: the keys that a case names are compared."""
    if isinstance(result, SmsError):
        values = result.to_dict()
        return {key: str(value) if key == "reason" else value for key, value in values.items()}
    return event_to_dict(result)


def read_http(raw: bytes) -> WebhookRequest:
    """A raw request: request line with the full URL or with a Host header, headers, an empty line, the body.

    Lines of the head may end in LF; a Content-Length is not needed, the body is all that follows but for one LF.
    """
    end = re.search(rb"\r?\n\r?\n|\r?\n?\Z", raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    method, target, *_ = first.split(" ")
    headers = Headers([(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)])
    url = f"https://{headers.get('Host', 'localhost')}{target}" if target.startswith("/") else target
    return WebhookRequest(method, url, headers, body.removesuffix(b"\n"))


def _settled(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if not path.stem.endswith(WAITING))


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _source(values: Mapping[str, Any]) -> Source:
    return Source(**{**values, "evidence": Evidence(values["evidence"])})


def merged_channel(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The shared channel with what a case has of its own in its place, the configuration key by key."""
    config = {**shared.get("config", {}), **own.get("config", {})}
    return {**shared, **own, "config": config}


def message_of(values: Mapping[str, Any]) -> OutboundMessage:
    """The message of a case's table `message`; ValueError for a field that no message has."""
    named = dict(values)
    if "validity_seconds" in named:
        named["validity"] = timedelta(seconds=named.pop("validity_seconds"))
    if "data_hex" in named:
        named["data"] = bytes.fromhex(named.pop("data_hex"))
    if "udh_hex" in named:
        named["udh"] = bytes.fromhex(named.pop("udh_hex"))
    named["media"] = tuple(Media(**item) for item in named.get("media", ()))
    named["quick_replies"] = tuple(named.get("quick_replies", ()))
    known = {item.name for item in fields(OutboundMessage)}
    if unknown := set(named) - known:
        raise ValueError(f"unknown message field {', '.join(sorted(unknown))}")
    return OutboundMessage(**named)
