"""Exchanges from an adapter's code: its own request, and the simulator's answer or one that the documents show.

Only the latter is knowledge about the aggregator, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from ..client import Client
from ..conformance.case_files import cassette, message_table, save, source_table, toml_file
from ..conformance.cases import Evidence, Source, exchange_cases, message_of
from ..conformance.drafting import expectation
from ..conformance.remaking import Deed, perform
from ..conformance.subject import OPEN, RECIPIENT
from ..conformance.tape import RecordingTransport
from ..errors import TransportError
from ..http import HttpRequest, HttpResponse
from ..messages import OutboundMessage
from ..smsc.simulator import SessionSimulator
from ..transports.frames import answers, blanked, read_frame
from ..transports.replay import read_cassette, recorded_answer, recorded_request
from ..transports.simulated import SimulatedTransport
from .bench import MESSAGE_ID, RECORDED, Bench, table_of

if TYPE_CHECKING:
    from ..registry import Registry
    from ..smsc.dialects import Dialect

Kept: TypeAlias = "tuple[tuple[str, object], HttpResponse | TransportError]"
"""To which request of a case, and its answer there."""
OWN = re.compile(r"simulat", re.IGNORECASE)
"""In the title of a source that is the adapter's own simulator; others say `simulated` of answers written by hand."""

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
    does and on which channel, its source unless a `source` is given, and answers that the simulator would not give.
    ConfigError for one that was recorded: it has to be recorded again.
    """
    path = registry.folder(adapter) / "exchanges" / f"{name}.yaml"
    table = table_of(path.with_suffix(".toml"))
    bench = Bench(registry, adapter, "exchanges", table.get("channel", {}))
    bench.refuse_recorded(name, table)
    deed = _deed(table) if table else deed or new_message()
    dialect = bench.simulator.dialect if isinstance(bench.simulator, SessionSimulator) else None
    answers_kept = _kept(path, dialect) if answer is None and table and _is_kept(table) else []
    requests, result = _done(bench, deed, _Told(dialect, deed, answer, answers_kept))
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


def _is_kept(table: Mapping[str, Any]) -> bool:
    """Whether a case keeps its answers: those that no simulator gave, and of a message that this run does not send."""
    source = table.get("source", {})
    made_here = source.get("evidence") == Evidence.SIMULATED and OWN.search(source.get("title", ""))
    return not made_here or table.get("hook") == "query_status"


class _Told:
    """Answers in the simulator's place: those a case keeps, each to its request, else `answer` to what is asked."""

    def __init__(self, dialect: Dialect | None, deed: Deed, answer: HttpResponse | None, kept: list[Kept]) -> None:
        self.dialect, self.deed, self.answer, self.kept = dialect, deed, answer, kept
        if kept and dialect is None and answer is None:
            self.answer = next((told for _, told in reversed(kept) if isinstance(told, HttpResponse)), None)

    def __call__(self, request: HttpRequest) -> HttpResponse | None:
        where = _place(self.dialect, request)
        found = next((one for one in self.kept if one[0] == where), None)
        if found is None:
            return self.answer if self._asked(request) else None
        self.kept.remove(found)
        if isinstance(found[1], TransportError):
            raise found[1]
        return found[1]

    def _asked(self, request: HttpRequest) -> bool:
        if self.dialect is not None:
            return self.answer is not None and answers(self.dialect, request, self.answer)
        return request.submits if self.deed.hook == "send" else b"grant_type" not in request.body


def _kept(path: Path, dialect: Dialect | None) -> list[Kept]:
    found: list[Kept] = []
    for interaction in read_cassette(path) if path.exists() else ():
        where = _place(dialect, recorded_request(interaction))
        try:
            found.append((where, recorded_answer(interaction)))
        except TransportError as failure:
            found.append((where, failure))
    return found


def _place(dialect: Dialect | None, request: HttpRequest) -> tuple[str, object]:
    """By what an answer belongs to a request, whatever else is in it: its path, or the number of a frame."""
    if dialect is None:
        return request.method, urlsplit(request.url).path
    return request.method, dialect.sequence_of(read_frame(dialect, request.body))


def _done(bench: Bench, deed: Deed, told: _Told) -> tuple[list[tuple[HttpRequest, Any]], object]:
    """The exchanges that came of it, and the outcome."""
    transport = RecordingTransport(SimulatedTransport(bench.simulator, told))
    channel = bench.channel()
    bench.simulator.clock = channel.clock
    with Client(transport=transport, network=OPEN) as client:
        result = perform(client, channel, deed)
    made = [(each.request, each.answer) for each in transport.tape.interactions]
    dialect = told.dialect
    return [(blanked(dialect, request) if dialect else request, found) for request, found in made], result


def written_cases(registry: Registry, adapter: str) -> list[str]:
    """The names of the exchanges that `write_exchange` may write anew."""
    cases = exchange_cases(registry.folder(adapter))
    return [case.name for case in cases if case.source.evidence not in RECORDED]
