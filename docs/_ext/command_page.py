"""The command line's page: what each command says of itself with --help."""

from __future__ import annotations

from collections.abc import Iterator

import click
from markup import heading

from sms_adapters.cli.app import NAME, cli

__all__ = ["command_page"]

ABOUT = """# Command line

Made from the commands themselves; `sms-adapters COMMAND --help` says the same. The command comes with the extra `cli`:
`pip install "sms-adapters[cli]"`.
"""
WIDTH = 88


def command_page() -> str:
    """The page in Markdown."""
    return "\n".join((ABOUT, *_sections(cli, click.Context(cli, info_name=NAME, terminal_width=WIDTH), 2)))


def _sections(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield heading(f"`{context.command_path}`", level)
    yield f"```text\n{command.get_help(context).strip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                below = click.Context(found, parent=context, info_name=name, terminal_width=WIDTH)
                yield from _sections(found, below, min(level + 1, 4))
