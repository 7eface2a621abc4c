"""Inbound examples: webhooks that the documents show, or that the simulator makes, with the events they bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..conformance.case_files import http_file, json_file, save, source_table, toml_file
from ..conformance.cases import CLOCK, Evidence, Source
from ..conformance.frames import receive
from ..conformance.playing import events_of, receiver
from ..conformance.subject import OPEN, RECIPIENT, SENDER, as_webhook
from ..errors import ConfigError
from ..http import Headers, Pairs, WebhookRequest
from ..messages import OutboundMessage
from ..results import Status
from ..simulation import SimulatedMessage
from ..smsc.in_process import delivered
from ..smsc.simulator import SessionSimulator
from ..transports.frames import webhook_of
from ..transports.simulated import SimulatedTransport
from .bench import MESSAGE_ID, Bench, made_up, table_of

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
    to the URL. ConfigError if the adapter does not accept it, the case was recorded, or an SMSC would deliver it.
    """
    bench = Bench(registry, adapter, "inbound")
    bench.refuse_recorded(name, table_of(bench.folder / f"{name}.toml"))
    if isinstance(bench.simulator, SessionSimulator):
        raise ConfigError("an SMSC delivers frames: `sms-adapters conformance --record` records them")
    url = bench.channel(at).callback_url(action)
    joint = "&" if "?" in url else "?"
    request = WebhookRequest(method, f"{url}{joint}{query}" if query else url, Headers(headers), body)
    return _write(bench, name, source, bench.simulator.resign(request), at)


def simulate_webhooks(registry: Registry, adapter: str) -> dict[str, Events]:
    """Write an example of a message and of a report as the simulator makes them, where none but such are there."""
    bench = Bench(registry, adapter, "inbound")
    channel = bench.channel()
    if isinstance(bench.simulator, SessionSimulator):
        return _simulate_deliveries(bench)
    bench.simulator.inbound_url = channel.callback_url("receive")
    sent = SimulatedMessage("m000001", RECIPIENT, SENDER, "Muraho", channel.callback_url("status"))
    made = {
        "text": next(iter(bench.simulator.inbound(RECIPIENT, SENDER, "Muraho")), None),
        "report_delivered": bench.simulator.report(sent, Status.DELIVERED),
    }
    wanted = {name: request for name, request in made.items() if request is not None and _is_simulated(bench, name)}
    return {name: _write(bench, name, made_up(TITLE), as_webhook(request), CLOCK) for name, request in wanted.items()}


def _simulate_deliveries(bench: Bench) -> dict[str, Events]:
    """The same of an SMSC, which reports what it was sent: a message that asks for a report."""
    simulator, channel = bench.simulator, bench.channel()
    with Client(transport=SimulatedTransport(simulator), network=OPEN) as client:
        client.send(channel, OutboundMessage(RECIPIENT, "Muraho", id=MESSAGE_ID))
    report = simulator.report(simulator.accepted[-1], Status.DELIVERED)
    made = {
        "text": list(simulator.inbound(RECIPIENT, SENDER, "Muraho")),
        "report_delivered": [report] if report else [],
    }
    wanted = {name: requests for name, requests in made.items() if requests and _is_simulated(bench, name)}
    dialect, url = simulator.dialect, channel.config.base_url
    return {
        name: _write(bench, name, made_up(TITLE), webhook_of(dialect, next(delivered(dialect, requests)), url), CLOCK)
        for name, requests in wanted.items()
    }


def _is_simulated(bench: Bench, name: str) -> bool:
    evidence = table_of(bench.folder / f"{name}.toml").get("source", {}).get("evidence", Evidence.SIMULATED)
    return bool(evidence == Evidence.SIMULATED)


def _write(bench: Bench, name: str, source: Source, request: WebhookRequest, at: datetime) -> Events:
    channel = bench.channel(at)
    receipt = receive(receiver(channel.plugin), channel, request)
    if receipt.error is not None:
        raise ConfigError(f"the adapter does not accept the webhook {name!r}: {receipt.error}")
    table = {"source": source_table(source), **({} if at == CLOCK else {"channel": {"clock": at}})}
    path, events = bench.folder / f"{name}.http", events_of(receipt)
    files = {path: http_file(request), path.with_suffix(".json"): json_file(events)}
    save({**bench.files(), **files, path.with_suffix(".toml"): toml_file(table)})
    return events
