"""`webhook`: an inbound example of an adapter, from a webhook in the documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..registry import Registry
from ..tabular import visible
from .exits import Exit
from .options import adapter_ids, echo_json, json_option
from .sources import ExampleCommand, described, source_options, type_of

__all__ = ["command"]

FORM = "application/x-www-form-urlencoded"


def _header(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [value.partition(":")[::2] for value in values]
    if wrong := [name for name, value in pairs if not (name.strip() and value.strip())]:
        raise click.BadParameter(f"{wrong[0]!r} is no header: write 'Name: value'")
    return [(name.strip(), value.strip()) for name, value in pairs]


@click.command("webhook", cls=ExampleCommand)
@click.argument("adapter", shell_complete=adapter_ids)
@click.argument("case", required=False)
@click.option(
    "--body",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The body, as the documents show it.",
)
@click.option("--query", default="", metavar="TEXT", help="The parameters in the URL, encoded: id=7&status=ok.")
@click.option("--action", default="receive", show_default=True, help="The last word of the webhook's URL.")
@click.option("--method", default="POST", show_default=True, help="GET for one without a body.")
@click.option("--header", "headers", multiple=True, metavar="'N: V'", callback=_header, help="A header; repeatable.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    metavar="TIME",
    help="When it came, for signatures with a time.",
)
@source_options
@json_option
def command(adapter: str, case: str | None, as_json: bool, **options: Any) -> int:
    """Write inbound/CASE.http, .json and .toml of ADAPTER: a webhook of the documents, and the events it brings.

    It is signed anew with the simulator's secret. Read the events that are shown: the suite holds the adapter to them
    from now on. Without CASE the examples that the simulator made are made anew.

    \b
      sms-adapters webhook acme
      sms-adapters webhook acme message --body mo.json --title "Acme API: webhooks" --url https://...
      sms-adapters webhook acme report --action status --method GET --query "id=7&status=ok" --title ... --url ...
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    from ..authoring.webhooks import simulate_webhooks, write_webhook

    registry = Registry()
    body, query = options.pop("body"), options["query"]
    if case is None:
        if body or query:
            raise click.UsageError("name the case that the webhook is of")
        return _told(simulate_webhooks(registry, adapter), as_json=as_json)
    if not (body or query):
        raise click.UsageError("give the webhook: --body, --query or both")
    about = {name: options.pop(name) for name in ("title", "url", "seen", "reference")}
    content = body.read_bytes().rstrip(b"\n") if body else b""
    headers = _typed(options.pop("headers"), content)
    at: datetime | None = options.pop("at")
    given = {**options, "headers": headers, "body": content, **({"at": at} if at else {})}
    return _told({case: write_webhook(registry, adapter, case, described(**about), **given)}, as_json=as_json)


def _typed(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """The headers, with the type that the body looks like unless they have one."""
    if not body or any(name.lower() == "content-type" for name, _ in headers):
        return headers
    return [("Content-Type", type_of(body, FORM)), *headers]


def _told(outcomes: Mapping[str, Any], *, as_json: bool) -> int:
    if as_json:
        echo_json(outcomes)
    for case, events in () if as_json else outcomes.items():
        click.echo(f"{case}: from now on this has to come of it:")
        for event in events:
            click.echo("  " + visible(", ".join(f"{name} = {value!r}" for name, value in event.items())))
    return Exit.OK
