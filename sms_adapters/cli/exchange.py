"""`exchange`: a documented exchange of an adapter, written from its code and an answer in the documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..registry import Registry
from ..tabular import visible
from .exits import Exit
from .options import adapter_ids, echo_json, json_option
from .sources import ExampleCommand, described, source_options, type_of

if TYPE_CHECKING:
    from ..authoring.exchanges import Deed
    from ..conformance.cases import Source
    from ..http import HttpResponse

__all__ = ["command"]

HOOKS = ("send", "check_account", "query_status")


@click.command("exchange", cls=ExampleCommand)
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
@click.option("--hook", type=click.Choice(HOOKS), default="send", show_default=True, help="What a new case does.")
@click.option("--id", "reference_id", metavar="ID", help="With query_status: the message asked about.")
@click.option("--text", default="Muraho", show_default=True, help="The text of a new case.")
@source_options
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
    from ..authoring.exchanges import write_exchange, written_cases

    registry = Registry()
    if case is None:
        if options["answer"] or options["title"]:
            raise click.UsageError("name the case that the answer is of")
        names = written_cases(registry, adapter)
        return _told({name: write_exchange(registry, adapter, name) for name in names}, as_json=as_json)
    answer = _answer(options.pop("answer"), options["status"], options["content_type"])
    source = _source(registry.folder(adapter) / "exchanges" / f"{case}.toml", answer, **options)
    deed = _deed(**{name: options[name] for name in ("hook", "reference_id", "to", "text")})
    expect = write_exchange(registry, adapter, case, source=source, answer=answer, deed=deed)
    return _told({case: expect}, as_json=as_json)


def _deed(hook: str, reference_id: str | None, to: str, text: str) -> Deed:
    from ..authoring.exchanges import Deed, new_message

    if (hook == "query_status") != bool(reference_id):
        raise click.UsageError("--id goes with --hook query_status: the message that is asked about")
    if hook == "send":
        return new_message(to, text)
    return Deed(hook, reference=reference_id)


def _told(outcomes: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> int:
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
    return HttpResponse(status, Headers({"Content-Type": content_type or type_of(body, "text/plain")}), body)


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
    from ..authoring.bench import made_up

    if answer is not None:
        return described(title, url, seen, reference=reference)
    if title or url or reference:
        raise click.UsageError("--title, --url and --reference are of an answer: give it with --answer")
    return None if path.exists() else made_up("the adapter's own simulator")
