"""Exchanges from an adapter's code: its own request, and the simulator's answer or one that the documents show.

Only the latter is knowledge about the aggregator, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..conformance.case_files import cassette, message_table, save, source_table, toml_file
from ..conformance.cases import Evidence, Source, exchange_cases, message_of
from ..conformance.drafting import expectation
from ..conformance.remaking import Deed, perform
from ..conformance.subject import OPEN, RECIPIENT
from ..conformance.tape import RecordingTransport
from ..http import HttpRequest, HttpResponse
from ..messages import OutboundMessage
from ..smsc.simulator import SessionSimulator
from ..transports.frames import answers, blanked
from ..transports.replay import read_cassette, recorded_answer
from ..transports.simulated import SimulatedTransport
from .bench import MESSAGE_ID, RECORDED, Bench, table_of

if TYPE_CHECKING:
    from ..registry import Registry

__all__ = ["Deed", "new_message", "write_exchange", "written_cases"]


def write_exchange(
    registry: Registry,
    adapter: str,
    name: str,
    *,
    source: Source | None = None,
    answer: HttpResponse | None = None,
    deed: Deed | None = None,
) -> Mapping[str, Any]:
    """Write `exchanges/<name>.yaml` and `.toml`, and give the outcome that they expect from now on.

    `answer` stands in the place of the simulator's to what `deed` asks. A case that is there already keeps what it
    does, its source unless a `source` is given, and an answer that is not the simulator's. ConfigError for one that
    was recorded: it has to be recorded again.
    """
    bench = Bench(registry, adapter, "exchanges")
    path = bench.folder / f"{name}.yaml"
    table = table_of(path.with_suffix(".toml"))
    bench.refuse_recorded(name, table)
    deed = _deed(table) if table else deed or new_message()
    if answer is None and table.get("source", {}).get("evidence", Evidence.SIMULATED) != Evidence.SIMULATED:
        answer = _kept_answer(path)
    requests, result = _done(bench, deed, answer)
    expect = expectation(result)
    kept = {key: item for key, item in table.items() if key not in ("source", "expect")} or _written(deed)
    written = {"source": source_table(source) if source else table["source"], **kept, "expect": expect}
    save({**bench.files(), path: cassette(requests), path.with_suffix(".toml"): toml_file(written)})
    return expect


def new_message(to: str = RECIPIENT, text: str = "Muraho") -> Deed:
    """A message to a number that is nobody's, under an id that is always the same."""
    return Deed(message=OutboundMessage(to, text, id=MESSAGE_ID))


def _deed(table: Mapping[str, Any]) -> Deed:
    message = message_of(table["message"]) if "message" in table else None
    return Deed(table.get("hook", "send"), message, table.get("reference"))


def _written(deed: Deed) -> dict[str, Any]:
    if deed.message is not None:
        return {"message": message_table(deed.message)}
    return {"hook": deed.hook, "reference": deed.reference}


def _kept_answer(path: Path) -> HttpResponse | None:
    """The last answer of a case that is no simulator's."""
    return recorded_answer(read_cassette(path)[-1]) if path.exists() else None


def _done(bench: Bench, deed: Deed, answer: HttpResponse | None) -> tuple[list[tuple[HttpRequest, Any]], object]:
    """The exchanges that came of it, and the outcome."""
    dialect = bench.simulator.dialect if isinstance(bench.simulator, SessionSimulator) else None

    def fault(request: HttpRequest) -> HttpResponse | None:
        asked = request.submits if deed.hook == "send" else b"grant_type" not in request.body
        if dialect is not None:
            asked = answer is not None and answers(dialect, request, answer)
        return answer if asked else None

    transport = RecordingTransport(SimulatedTransport(bench.simulator, fault))
    channel = bench.channel()
    with Client(transport=transport, network=OPEN) as client:
        result = perform(client, channel, deed)
    made = [(each.request, each.answer) for each in transport.tape.interactions]
    return [(blanked(dialect, request) if dialect else request, found) for request, found in made], result


def written_cases(registry: Registry, adapter: str) -> list[str]:
    """The names of the exchanges that `write_exchange` may write anew."""
    cases = exchange_cases(registry.folder(adapter))
    return [case.name for case in cases if case.source.evidence not in RECORDED]
