"""`exchange`: a documented exchange of an adapter, written from its code and an answer in the documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..registry import Registry
from ..tabular import visible
from .exits import Exit
from .options import Command, adapter_ids, echo_json, json_option

if TYPE_CHECKING:
    from ..conformance.cases import Source
    from ..http import HttpResponse

__all__ = ["command"]

TYPES = (("{", "application/json"), ("[", "application/json"), ("<", "text/xml"))


@click.command("exchange", cls=Command)
@click.argument("adapter", shell_complete=adapter_ids)
@click.argument("case", required=False)
@click.option(
    "--answer",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The body of the answer, as the documents show it; without it the simulator answers.",
)
@click.option("--status", type=click.IntRange(100, 599), default=200, show_default=True, help="The answer's status.")
@click.option("--content-type", metavar="TYPE", help="The answer's type; by default what the body looks like.")
@click.option("--to", metavar="NUMBER", default="+12025550123", show_default=True, help="The recipient of a new case.")
@click.option("--text", default="Muraho", show_default=True, help="The text of a new case.")
@click.option("--title", metavar="TEXT", help="The document that shows the answer, and where in it.")
@click.option("--url", metavar="URL", help="Where that document is.")
@click.option("--seen", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="When it was read; by default today.")
@click.option(
    "--reference", is_flag=True, help="The document is the aggregator's own client library or API description."
)
@json_option
def command(adapter: str, case: str | None, as_json: bool, **options: Any) -> int:
    """Write exchanges/CASE.yaml and CASE.toml of ADAPTER: its own request, an answer, and what comes of it.

    A case that is there already keeps its message, its source and the documents' answer, and gets the request that the
    adapter makes now; without CASE each of them does. Read the outcome that is shown: the suite holds the adapter to
    it from now on.

    \b
      sms-adapters exchange acme
      sms-adapters exchange acme no_credit --status 402 --answer body.json --title "Acme API: errors" --url https://...
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    try:
        from ..authoring.examples import write_exchange, written_cases
    except ModuleNotFoundError:
        raise click.UsageError("the command needs vcrpy: install sms-adapters[conformance]") from None
    registry = Registry()
    if case is None:
        if options["answer"] or options["title"]:
            raise click.UsageError("name the case that the answer is of")
        return _told(
            {name: write_exchange(registry, adapter, name) for name in written_cases(registry, adapter)}, as_json
        )
    answer = _answer(options.pop("answer"), options["status"], options["content_type"])
    source = _source(registry.folder(adapter) / "exchanges" / f"{case}.toml", answer, **options)
    given = {name: options[name] for name in ("to", "text")}
    return _told({case: write_exchange(registry, adapter, case, source=source, answer=answer, **given)}, as_json)


def _told(outcomes: Mapping[str, Mapping[str, Any]], as_json: bool) -> int:
    if as_json:
        echo_json(outcomes)
    for case, expect in () if as_json else outcomes.items():
        click.echo(f"{case}: from now on this has to come of it:")
        for name, value in expect.items():
            click.echo(f"  {name} = {visible(repr(value))}")
    return Exit.OK


def _answer(path: Path | None, status: int, content_type: str | None) -> HttpResponse | None:
    from ..http import Headers, HttpResponse

    if path is None:
        return None
    body = path.read_bytes().strip()
    kind = content_type or next((kind for start, kind in TYPES if body.startswith(start.encode())), "text/plain")
    return HttpResponse(status, Headers({"Content-Type": kind}), body)


def _source(
    path: Path,
    answer: HttpResponse | None,
    *,
    title: str | None,
    url: str | None,
    seen: datetime | None,
    reference: bool,
    **_: Any,
) -> Source | None:
    """The source of the case; None to leave the one that is in its file."""
    from ..conformance.cases import Evidence, Source

    day: date = (seen or datetime.now(UTC)).date()
    if answer is not None:
        if not (title and url):
            raise click.UsageError("an answer from the documents needs --title and --url: who says so, and where?")
        return Source(Evidence.REFERENCE if reference else Evidence.DOCUMENTED, title, day, url)
    if title or url or reference:
        raise click.UsageError("--title, --url and --reference are of an answer: give it with --answer")
    return None if path.exists() else Source(Evidence.SIMULATED, "the adapter's own simulator", day)
