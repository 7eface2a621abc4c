"""Exchanges and inbound examples of an adapter's folder.

`exchanges/<case>.yaml` is a cassette in vcrpy's format, `<case>.toml` says what was done (channel, message, hook), what
came of it, and where the exchange is from. `inbound/<case>.http` is a raw webhook, `<case>.json` the events expected,
`<case>.toml` the source. `exchanges/channel.toml` and `inbound/channel.toml` hold the channel that the cases share.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..errors import SmsError
from ..http import Headers, WebhookRequest
from ..messages import Media, OutboundMessage, event_to_dict

__all__ = ["Evidence", "ExchangeCase", "InboundCase", "Source", "exchange_cases", "inbound_cases", "outcome"]

CLOCK = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


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
    shared = _toml(folder / "exchanges" / "channel.toml")
    for path in sorted((folder / "exchanges").glob("*.yaml")):
        values = _toml(path.with_suffix(".toml"))
        message = values.get("message")
        yield ExchangeCase(
            path.stem,
            _source(values["source"]),
            _merged(shared, values.get("channel", {})),
            values.get("hook", "send"),
            None if message is None else _message(message),
            values.get("reference"),
            values["expect"],
            path,
        )


def inbound_cases(folder: Path) -> Iterator[InboundCase]:
    """The inbound examples below an adapter's folder, by name."""
    shared = _toml(folder / "inbound" / "channel.toml")
    for path in sorted((folder / "inbound").glob("*.http")):
        values = _toml(path.with_suffix(".toml"))
        channel = _merged(shared, values.get("channel", {}))
        expect = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        source, request = _source(values["source"]), read_http(path.read_bytes())
        yield InboundCase(path.stem, source, channel, request, expect, values.get("answer"))


def outcome(result: object) -> dict[str, Any]:
    """A result or an error as the `expect` table of a case has it: the keys that a case names are compared."""
    if isinstance(result, SmsError):
        values = result.to_dict()
        return {key: str(value) if key == "reason" else value for key, value in values.items()}
    return event_to_dict(result)


def read_http(raw: bytes) -> WebhookRequest:
    """A raw request: request line with the full URL or with a Host header, headers, an empty line, the body.

    Lines of the head may end in LF; a Content-Length is not needed, the body is all that follows.
    """
    head, _, body = raw.replace(b"\r\n", b"\n", raw.count(b"\r\n")).partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, target, *_ = first.split(" ")
    headers = Headers([(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)])
    url = target if "://" in target else f"https://{headers.get('Host', 'localhost')}{target}"
    return WebhookRequest(method, url, headers, body[:-1] if body.endswith(b"\n") else body)


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _source(values: Mapping[str, Any]) -> Source:
    return Source(**{**values, "evidence": Evidence(values["evidence"])})


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    config = {**shared.get("config", {}), **own.get("config", {})}
    return {**shared, **own, "config": config}


def _message(values: Mapping[str, Any]) -> OutboundMessage:
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
