"""`completion`: the script that completes commands, adapters and channels in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .options import Command

__all__ = ["command"]

VARIABLE = "_SMS_ADAPTERS_COMPLETE"
"""Where click looks for what a shell asks; it follows from the command's name."""


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: eval "$(sms-adapters completion bash)"             in ~/.bashrc
    zsh:  eval "$(sms-adapters completion zsh)"              in ~/.zshrc
    fish: sms-adapters completion fish | source              in config.fish
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click has no completion for {shell}")
    root = ctx.find_root()
    click.echo(found(root.command, {}, str(root.info_name), VARIABLE).source())
