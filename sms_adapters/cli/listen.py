"""`listen`: a host that prints what webhooks and SMSCs bring."""

from __future__ import annotations

import gc
import ipaddress
import socket
from contextlib import closing
from pathlib import Path

import click

from ..channels_file import read_channels
from .channel_options import channel_names, channels_option, network_options, opened, policy
from .exits import Exit
from .options import Command, json_option

__all__ = ["bound_socket", "command"]


@click.command("listen", cls=Command)
@click.argument("names", metavar="[CHANNEL]...", nargs=-1, shell_complete=channel_names)
@channels_option
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--public", is_flag=True, help="Allow an address that other machines can reach.")
@network_options
@json_option
def command(
    names: tuple[str, ...],
    channels: Path,
    port: int,
    host: str,
    public: bool,
    allow_http: bool,
    allow_private: bool,
    as_json: bool,
) -> int:
    """Print what webhooks and connections to SMSCs bring.

    For each CHANNEL, by default all of the file; one line for each event, with --json an object in each line. Messages
    and reports are printed only: do not point a channel in production here, for its aggregator will not deliver them
    again. Ctrl-C ends it.
    """
    from .receiving import listen

    gc.enable()
    chosen = dict.fromkeys(names or read_channels(channels).entries)
    if not chosen:
        raise click.UsageError(f"{channels} has no channel")
    named = {name: opened(channels, name) for name in chosen}
    network = policy(allow_http=allow_http, allow_private=allow_private)
    with closing(bound_socket(host, port, public=public)) as bound:
        listen(named, bound, network, as_json=as_json)
    return Exit.OK


def bound_socket(host: str, port: int, *, public: bool, allow: str = "--public if that is meant") -> socket.socket:
    """A listening socket; a usage error if it cannot be had, or can be reached from elsewhere without `public`.

    `allow` says how that would be allowed.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        if not public and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
            raise click.UsageError(f"other machines can reach {host!r}: add {allow}")
        bound = socket.create_server((str(address[0]), port), family=family)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host} port {port}: {error.strerror or error}") from None
    # asyncio sets it only where the socket names its protocol; without it answers wait for the client's ACK.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
