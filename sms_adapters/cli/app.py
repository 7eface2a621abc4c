"""The group of commands: each is imported when it is called, and every error ends in a sentence and a status."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from .._version import __version__
from ..tabular import visible
from .exits import Exit, failure_of, statuses_help

__all__ = ["COMMANDS", "cli"]

COMMANDS: Mapping[str, str] = {
    "sandbox": "sandbox",
    "list": "listing",
    "describe": "describe",
    "schema": "schema",
    "check": "check",
    "send": "send",
    "segments": "segments",
    "listen": "listen",
    "smsc": "smsc",
    "demo": "demo",
    "conformance": "conformance",
    "intake": "intake",
    "new": "new",
    "exchange": "exchange",
    "webhook": "webhook",
    "completion": "completion",
}
"""Command to the module below this package that has it as `command`."""
NAME = "sms-adapters"


class LazyGroup(click.Group):
    """Imports a command's module when it is called, and turns what it raises into a sentence and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found: click.Command = import_module(f".{module}", __package__).command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Click's, with the names most like an unknown one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], COMMANDS, 2)
            hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command {args[0]!r}: {hint}", error.ctx) from None

    def main(self, args: Sequence[str] | None = None, *_: Any, **options: Any) -> NoReturn:
        """Run, and exit; the options of click's own `main` are not needed."""
        given = list(sys.argv[1:] if args is None else args)
        words = given[: given.index("--")] if "--" in given else given
        try:
            status = super().main(given, NAME, standalone_mode=False)
        except Exception as error:
            if "--debug" in words:
                raise
            status = _told(error, as_json="--json" in words)
        sys.exit(status if isinstance(status, int) else Exit.OK)


def _told(error: Exception, *, as_json: bool) -> Exit:
    failure = failure_of(error)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
    click.echo(f"Error: {visible(failure.sentence)}", err=True)
    if failure.mend:
        click.echo(f"Mend: {visible(failure.mend)}", err=True)
    for name, value in failure.facts.items():
        click.echo(f"{name.replace('_', ' ').capitalize()}: {visible(value)}", err=True)
    if as_json:
        click.echo(json.dumps(failure.to_dict()))
    return failure.status


@click.group(
    NAME,
    cls=LazyGroup,
    epilog=statuses_help(),
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Send and receive SMS through any aggregator.

    `list` and `describe` show the adapters. Channels, that is adapters with their credentials, are in a file: the help
    of `send` shows one. With --json what a command tells is JSON.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(Exit.USAGE)
