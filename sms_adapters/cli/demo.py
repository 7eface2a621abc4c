"""`demo`: the main job with simulated aggregators."""

from __future__ import annotations

import gc

import click

from ..tabular import visible
from .exits import Exit
from .options import Command, echo_json, json_option

__all__ = ["command"]


@click.command("demo", cls=Command)
@json_option
def command(as_json: bool) -> int:
    """Do the main job with simulated aggregators.

    For each built-in adapter: a channel is opened, a GSM-7 text, a long Unicode text and one that is refused are sent,
    and its simulator fires delivery reports and a reply at the host's webhooks, over real HTTP both ways. Nothing
    leaves the machine. Ends with status 1, and says what did not happen, unless all of it did.
    """
    from ..sandbox.demo import run_demo

    gc.enable()
    shown = run_demo()
    if as_json:
        values = {"ok": shown.ok, "adapters": shown.adapters, "failures": shown.failures}
        echo_json(values | {"timeline": shown.timeline.to_dicts()})
    else:
        click.echo(shown.timeline.render())
        click.echo(
            f"\n{', '.join(shown.adapters)}: " + ("all of it happened" if shown.ok else "not all of it happened")
        )
    for failure in shown.failures:
        click.echo(f"Did not happen: {visible(failure)}", err=True)
    return Exit.OK if shown.ok else Exit.REFUSED
