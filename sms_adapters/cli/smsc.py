"""`smsc`: direct connections to an SMSC."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..tabular import visible
from .channel_options import channel_names, channels_option, network_options, opened, policy
from .exits import Exit, statuses_help
from .options import Command, echo_json, json_option

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..network import NetworkPolicy
    from ..smsc.probing import Found

__all__ = ["command"]

STATUS = {
    "configuration": Exit.USAGE,
    "policy": Exit.USAGE,
    "login": Exit.CREDENTIALS,
    "keep-alive": Exit.REFUSED,
    "window": Exit.REFUSED,
}


@click.group("smsc", epilog=statuses_help())
def command() -> None:
    """Direct connections to an SMSC: find out why one does not work."""


@command.command("probe", cls=Command)
@click.argument("channel", shell_complete=channel_names)
@channels_option
@network_options
@json_option
def probe(channel: str, channels: Path, allow_http: bool, allow_private: bool, as_json: bool) -> int:
    """Say where the connection of CHANNEL fails.

    Name, route, TCP, TLS, login, keep-alive and window are tried in this order, for each kind of login that the channel
    has. No message is sent, and what the SMSC delivers meanwhile is left to whoever listens for it.
    """
    import asyncio

    target = opened(channels, channel)
    found = asyncio.run(_probed(target, policy(allow_http=allow_http, allow_private=allow_private), quiet=as_json))
    failed = next((one for one in found if not one.ok), None)
    if as_json:
        steps = [one.to_dict() for one in found]
        echo_json({"channel": channel, "adapter": target.adapter, "ok": failed is None, "steps": steps})
    elif failed is None:
        click.echo("The connection works.")
    return Exit.OK if failed is None else STATUS.get(failed.step, Exit.LATER)


async def _probed(channel: AnyChannel, network: NetworkPolicy, *, quiet: bool) -> list[Found]:
    from ..engine import Engine
    from ..redact import Redactor, secrets_of
    from ..smsc.listening import session_login
    from ..smsc.probing import probe as steps

    login = session_login(channel, channel.plugin.adapter.authenticate(channel))
    engine, found = Engine(network=network), []
    redactor = Redactor((*secrets_of(channel.config), *login.secrets))
    async for told in steps(login, channel.config, lambda: engine.session_policy(channel)):
        mend = " (--allow-private, for this command)" if told.step == "policy" else ""
        one = replace(told, sentence=redactor.text(told.sentence) + mend)
        found.append(one)
        if not quiet:
            click.echo(visible(f"{'ok' if one.ok else 'FAILED':<7}{one.step:<14}{one.sentence}"))
    return found
