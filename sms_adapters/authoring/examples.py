"""What is made from an adapter's code: its JSON Schema, exchanges and inbound examples.

An exchange made here has the adapter's own request. Its answer is the simulator's, or one that the aggregator's
documents show; only the latter is knowledge about the aggregator, and says so.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..conformance.case_files import cassette, http_file, json_file, save, source_table, toml_file
from ..conformance.cases import CLOCK, Evidence, Source, channel_options, exchange_cases, shared_channel
from ..conformance.drafting import expectation
from ..conformance.playing import events_of, receiver
from ..conformance.subject import OPEN, RECIPIENT, as_webhook
from ..conformance.tape import RecordingTransport
from ..errors import ConfigError, SmsError
from ..http import HttpRequest, HttpResponse
from ..messages import OutboundMessage
from ..results import Status
from ..simulation import SimulatedMessage
from ..transports.replay import read_cassette, recorded_answer
from ..transports.simulated import SimulatedTransport

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..registry import Registry
    from ..simulation import Simulator

__all__ = ["made_up", "write_examples", "write_exchange", "write_schema", "written_cases"]

SCHEMA = "config.schema.json"
MESSAGE_ID = "6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11"
RECORDED = frozenset({Evidence.LIVE, Evidence.SANDBOX})
CHANNEL = {"id": "8eb23e93", "address": "+12025550100", "country": "US", "public_url": "https://sms.example.org"}


def made_up(title: str, day: date) -> Source:
    """The source of what the package's own simulator answered."""
    return Source(Evidence.SIMULATED, title, day)


def write_schema(registry: Registry, adapter: str) -> Path:
    """Write the JSON Schema of an adapter's configuration beside it."""
    path = registry.folder(adapter) / SCHEMA
    schema = registry.load(adapter).config.model_json_schema()
    path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def write_exchange(
    registry: Registry,
    adapter: str,
    name: str,
    *,
    source: Source | None = None,
    answer: HttpResponse | None = None,
    to: str = RECIPIENT,
    text: str = "Muraho",
) -> Mapping[str, Any]:
    """Write `exchanges/<name>.yaml` and `.toml`, and give the outcome that they expect from now on.

    `answer` stands in the place of the simulator's to the request that submits. A case that is there already keeps its
    message, its source unless a `source` is given, and an answer that is not the simulator's. ConfigError for one that
    was recorded: it has to be recorded again.
    """
    folder = registry.folder(adapter) / "exchanges"
    table = _table(folder / f"{name}.toml") or {"message": {"to": to, "id": MESSAGE_ID, "text": text}}
    _refuse_recorded(name, table)
    if answer is None and table.get("source", {}).get("evidence", Evidence.SIMULATED) != Evidence.SIMULATED:
        answer = _kept_answer(folder / f"{name}.yaml")
    if source is not None:
        table["source"] = source_table(source)
    simulator = registry.simulator(adapter, clock=lambda: CLOCK)
    files = _shared(folder, simulator)
    channel = registry.open(adapter, **_options(folder, simulator))
    requests, result = _sent(channel, simulator, OutboundMessage(**table["message"]), answer)
    expect = expectation(result)
    order = {"source": table.pop("source"), **table, "expect": expect}
    files |= {folder / f"{name}.yaml": cassette(requests), folder / f"{name}.toml": toml_file(order)}
    save(files)
    return expect


def _refuse_recorded(name: str, table: Mapping[str, Any]) -> None:
    if table.get("hook", "send") != "send":
        raise ConfigError(f"the exchange {name!r} is not of a message that is sent")
    if table.get("source", {}).get("evidence") in RECORDED:
        raise ConfigError(f"the exchange {name!r} was recorded: `sms-adapters conformance --record` records it again")


def _kept_answer(path: Path) -> HttpResponse | None:
    """The last answer of a case that is no simulator's."""
    return recorded_answer(read_cassette(path)[-1]) if path.exists() else None


def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _shared(folder: Path, simulator: Simulator) -> dict[Path, bytes]:
    """The file with the channel that all cases share, where it is not there yet."""
    path = folder / "channel.toml"
    return {} if path.exists() else {path: toml_file({**CHANNEL, "config": _config(simulator)})}


def _config(simulator: Simulator) -> dict[str, Any]:
    """The simulated account's, at the aggregator's own address."""
    config = simulator.config("https://simulator.invalid")
    config.pop("base_url")
    return config


def _options(folder: Path, simulator: Simulator) -> dict[str, Any]:
    values = shared_channel(folder) or {**CHANNEL, "config": _config(simulator)}
    fixed = {"clock": CLOCK, "entropy": "exchange"}
    return channel_options({**fixed, **values})


def _sent(
    channel: AnyChannel, simulator: Simulator, message: OutboundMessage, answer: HttpResponse | None
) -> tuple[list[tuple[HttpRequest, Any]], object]:
    fault = None if answer is None else lambda request: answer if request.submits else None
    transport = RecordingTransport(SimulatedTransport(simulator, fault))
    with Client(transport=transport, network=OPEN) as client:
        try:
            result: object = client.send(channel, message)
        except SmsError as error:
            result = error
    return [(each.request, each.answer) for each in transport.tape.interactions], result


def written_cases(registry: Registry, adapter: str) -> list[str]:
    """The names of the exchanges of messages that `write_exchange` may write anew."""
    cases = exchange_cases(registry.folder(adapter))
    return [case.name for case in cases if case.hook == "send" and case.source.evidence not in RECORDED]


def write_examples(registry: Registry, adapter: str, source: Source) -> list[str]:
    """Write one inbound example for a message and one for a report, as the simulator makes them; their names."""
    simulator = registry.simulator(adapter, clock=lambda: CLOCK)
    folder = registry.folder(adapter) / "inbound"
    channel = registry.open(adapter, **_options(folder, simulator))
    simulator.inbound_url = channel.callback_url("receive")
    sent = SimulatedMessage("m000001", RECIPIENT, CHANNEL["address"], "Muraho", channel.callback_url("status"))
    made = {"text": list(simulator.inbound(RECIPIENT, CHANNEL["address"], "Muraho"))}
    made["report_delivered"] = [found for found in [simulator.report(sent, Status.DELIVERED)] if found]
    for name, requests in made.items():
        for request in requests:
            receipt = receiver(channel.plugin).receive(channel, as_webhook(request))
            files = {
                folder / f"{name}.http": http_file(as_webhook(request)),
                folder / f"{name}.json": json_file(events_of(receipt)),
                folder / f"{name}.toml": toml_file({"source": source_table(replace(source, title=f"{name}"))}),
            }
            save({**_shared(folder, simulator), **files})
    return [name for name, requests in made.items() if requests]
