"""What all commands share: their class, --json, and the text of an argument."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..registry import Registry
from .exits import statuses_help

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["Command", "adapter_ids", "echo_json", "json_option", "read_text"]

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command that takes --debug, too, and ends its help with the exit statuses."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"epilog": statuses_help(), **options})
        self.params.append(click.Option(["--debug"], is_flag=True, hidden=True, expose_value=False))


def adapter_ids(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of adapters that begin so."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(found) for found in Registry().ids() if found.startswith(incomplete)]


def json_option(command: F) -> F:
    """Add --json as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON; errors, too.")(command)


def echo_json(value: Any) -> None:
    """Print JSON in ASCII, which no terminal can take for a command."""
    click.echo(json.dumps(value, indent=2))


def read_text(argument: str) -> str:
    """The text of an argument; for "-" that of stdin, in UTF-8, without the line end that `echo` adds."""
    if argument != "-":
        return argument
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"stdin is not UTF-8 text: see byte {error.start}") from None
    return text.removesuffix("\n").removesuffix("\r")
