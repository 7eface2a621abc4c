"""`check`: whether a channel's credentials are accepted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..tabular import visible
from .channel_options import channel_names, channels_option, network_options, opened, policy
from .options import Command, echo_json, json_option

if TYPE_CHECKING:
    from ..results import AccountInfo

__all__ = ["command"]


@click.command("check", cls=Command)
@click.argument("channel", shell_complete=channel_names)
@channels_option
@network_options
@json_option
def command(channel: str, channels: Path, allow_http: bool, allow_private: bool, as_json: bool) -> None:
    """Ask whether the credentials of CHANNEL are accepted.

    Nothing is sent to any handset.
    """
    from ..client import Client
    from ..messages import event_to_dict

    target = opened(channels, channel)
    with Client(network=policy(allow_http=allow_http, allow_private=allow_private)) as client:
        info = client.check_account(target)
    if as_json:
        echo_json({**event_to_dict(info), "channel": channel, "adapter": target.adapter})
    else:
        click.echo(f"{channel}: {target.adapter} accepts the credentials{visible(_told(info))}")


def _told(info: AccountInfo) -> str:
    balance = f"{info.balance.amount} {info.balance.currency}" if info.balance else ""
    facts = (("account", info.name), ("balance", balance), ("senders", ", ".join(info.senders)))
    return "".join(f"; {name} {value}" for name, value in facts if value)
