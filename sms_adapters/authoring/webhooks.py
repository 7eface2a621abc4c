"""Inbound examples: webhooks that the documents show, or that the simulator makes, with the events they bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..conformance.case_files import http_file, json_file, save, source_table, toml_file
from ..conformance.cases import CLOCK, Evidence, Source
from ..conformance.playing import events_of, receiver
from ..conformance.subject import RECIPIENT, SENDER, as_webhook
from ..errors import ConfigError
from ..http import Headers, Pairs, WebhookRequest
from ..results import Status
from ..simulation import SimulatedMessage
from .bench import Bench, made_up, table_of

if TYPE_CHECKING:
    from ..registry import Registry

__all__ = ["simulate_webhooks", "write_webhook"]

Events = Sequence[Mapping[str, Any]]
TITLE = "this package's simulator: put a webhook of the aggregator's documents in its place"


def write_webhook(
    registry: Registry,
    adapter: str,
    name: str,
    source: Source,
    *,
    action: str = "receive",
    method: str = "POST",
    headers: Pairs = (),
    body: bytes = b"",
    query: str = "",
    at: datetime = CLOCK,
) -> Events:
    """Write `inbound/<name>.http`, `.json` and `.toml`, and give the events that they expect from now on.

    The webhook comes to the channel's URL for `action`, at a time, signed with the simulator's secret; `query` is added
    to the URL. ConfigError if the adapter does not accept it, or the case was recorded.
    """
    bench = Bench(registry, adapter, "inbound")
    bench.refuse_recorded(name, table_of(bench.folder / f"{name}.toml"))
    url = bench.channel(at).callback_url(action)
    joint = "&" if "?" in url else "?"
    request = WebhookRequest(method, f"{url}{joint}{query}" if query else url, Headers(headers), body)
    return _write(bench, name, source, bench.simulator.resign(request), at)


def simulate_webhooks(registry: Registry, adapter: str) -> dict[str, Events]:
    """Write an example of a message and of a report as the simulator makes them, where none but such are there."""
    bench = Bench(registry, adapter, "inbound")
    channel = bench.channel()
    bench.simulator.inbound_url = channel.callback_url("receive")
    sent = SimulatedMessage("m000001", RECIPIENT, SENDER, "Muraho", channel.callback_url("status"))
    made = {
        "text": next(iter(bench.simulator.inbound(RECIPIENT, SENDER, "Muraho")), None),
        "report_delivered": bench.simulator.report(sent, Status.DELIVERED),
    }
    wanted = {name: request for name, request in made.items() if request is not None and _is_simulated(bench, name)}
    return {name: _write(bench, name, made_up(TITLE), as_webhook(request), CLOCK) for name, request in wanted.items()}


def _is_simulated(bench: Bench, name: str) -> bool:
    evidence = table_of(bench.folder / f"{name}.toml").get("source", {}).get("evidence", Evidence.SIMULATED)
    return bool(evidence == Evidence.SIMULATED)


def _write(bench: Bench, name: str, source: Source, request: WebhookRequest, at: datetime) -> Events:
    channel = bench.channel(at)
    receipt = receiver(channel.plugin).receive(channel, request)
    if receipt.error is not None:
        raise ConfigError(f"the adapter does not accept the webhook {name!r}: {receipt.error}")
    table = {"source": source_table(source), **({} if at == CLOCK else {"channel": {"clock": at}})}
    path, events = bench.folder / f"{name}.http", events_of(receipt)
    files = {path: http_file(request), path.with_suffix(".json"): json_file(events)}
    save({**bench.files(), **files, path.with_suffix(".toml"): toml_file(table)})
    return events
