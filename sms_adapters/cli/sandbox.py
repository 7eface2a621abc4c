"""`sandbox`: every simulated aggregator on one port, and a phone in the browser."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import json
import logging
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..registry import Registry
from ..tabular import visible
from .exits import Exit
from .listen import bound_socket
from .options import Command, adapter_ids, json_option

if TYPE_CHECKING:
    import socket

    from ..sandbox.app import Door
    from ..sandbox.desk import Sandbox
    from ..sandbox.serving import Server, Tls

__all__ = ["command"]

F = TypeVar("F", bound=Callable[..., Any])
PORT = 8025
PUBLIC_RATE = 50.0
SHARE = click.FloatRange(0, 1)
SECONDS = click.FloatRange(0, 3600)
FAULTS: tuple[tuple[str, Any, str], ...] = (
    ("latency", SECONDS, "Seconds before each answer."),
    ("error-rate", SHARE, "Share of requests answered with HTTP 500, nothing accepted."),
    ("throttle-rate", SHARE, "Share answered with 429 and Retry-After, nothing accepted."),
    ("reset-rate", SHARE, "Share whose connection is reset, nothing accepted."),
    ("lost-answer-rate", SHARE, "Share that is accepted but never answered."),
    ("slow-body", SECONDS, "Seconds over which each body is stretched."),
)


def fault_options(command: F) -> F:
    """Add the switches of faults."""
    for name, kind, text in reversed(FAULTS):
        command = click.option(f"--{name}", type=kind, default=0.0, help=text)(command)
    return click.option("--webhook-outage", is_flag=True, help="Webhooks wait until the page or API ends it.")(command)


@click.command("sandbox", cls=Command)
@click.argument("adapters", metavar="[ADAPTER]...", nargs=-1, shell_complete=adapter_ids)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 for any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option(
    "--db", "path", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep it all in a file."
)
@click.option("--webhooks", metavar="URL", help="The host's base URL: incoming messages go there.")
@click.option("--channel-id", default="sandbox", show_default=True, help="The channels' id in webhook URLs.")
@click.option("--allow-webhooks", multiple=True, metavar="HOST[:PORT]", help="Fire webhooks there as well.")
@click.option("--pace", type=click.FloatRange(0, 100), default=1.0, show_default=True, help="0 lets nothing wait.")
@click.option("--hold", is_flag=True, help="Messages stay queued until a fate is chosen on the page.")
@click.option("--seed", type=int, help="Faults strike alike at each start.")
@click.option("--token", envvar="SMS_ADAPTERS_SANDBOX_TOKEN", show_envvar=True, help="Asked for by page and API.")
@click.option("--host-name", "names", multiple=True, metavar="NAME", help="Serve requests to this name, too.")
@click.option(
    "--rate", type=click.FloatRange(0), help=f"Requests per second of one address; {PUBLIC_RATE:g} if public."
)
@click.option("--largest", type=click.IntRange(1), default=2 << 20, show_default=True, help="Octets of a body.")
@click.option("--tls", nargs=2, type=click.Path(exists=True, dir_okay=False), metavar="CERT KEY", help="Serve https.")
@fault_options
@json_option
def command(adapters: tuple[str, ...], host: str, port: int, as_json: bool, **options: Any) -> int:
    """Serve simulated aggregators, and a phone in the browser.

    Each ADAPTER, by default every one that is installed, is served below /ADAPTER on one port: it authenticates,
    refuses and counts as the aggregator does, and fires signed webhooks. The channels that work with it are printed
    for sms-adapters.toml. The last digits of a number choose what becomes of a message: see the page. Nothing leaves
    the machine, unless a host elsewhere is named. Ctrl-C ends it.
    """
    gc.enable()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    token = options["token"]
    needed = "--token, or $SMS_ADAPTERS_SANDBOX_TOKEN, if that is meant"
    with closing(bound_socket(host, port, public=bool(token), allow=needed)) as bound:
        try:
            asyncio.run(_serve(bound, adapters, options, as_json=as_json))
        except sqlite3.Error as error:
            raise click.UsageError(f"--db {options['path']}: {error}") from None
    return Exit.OK


async def _serve(bound: socket.socket, adapters: tuple[str, ...], options: dict[str, Any], *, as_json: bool) -> None:
    from ..sandbox.desk import Sandbox
    from ..sandbox.models import Faults, Settings
    from ..sandbox.serving import Tls, serve_until_told

    faults = Faults(**{name.replace("-", "_"): options[name.replace("-", "_")] for name in _fault_names()})
    settings = Settings(pace=options["pace"], hold=options["hold"])
    kept = {name: options[name] for name in ("path", "seed")}
    sandbox = Sandbox(Registry(), adapters=adapters, settings=settings, faults=faults, **kept)
    sandbox.deliveries.allowed.update(place.lower() for place in options["allow_webhooks"])
    tls = Tls(*options["tls"]) if options["tls"] else None

    def ready(server: Server) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        _register(sandbox, options)
        _greet(sandbox, bound, tls, options, as_json=as_json)

    await serve_until_told(sandbox, bound, _door(bound, options), ready, tls)


def _fault_names() -> list[str]:
    return [name for name, _, _ in FAULTS] + ["webhook-outage"]


def _door(bound: socket.socket, options: dict[str, Any]) -> Door:
    from ..sandbox.app import Door

    public = not ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback
    rate = options["rate"] if options["rate"] is not None else PUBLIC_RATE if public else 0.0
    return Door(options["token"], frozenset(name.lower() for name in options["names"]), options["largest"], rate)


def _register(sandbox: Sandbox, options: dict[str, Any]) -> None:
    from pydantic import ValidationError

    from ..sandbox.models import HostSettings

    if options["webhooks"] is None:
        return
    try:
        host = HostSettings(public_url=options["webhooks"], channel_id=options["channel_id"])
    except ValidationError as error:
        raise click.UsageError(f"--webhooks and --channel-id: {error.errors()[0]['msg']}") from None
    for adapter in sandbox.aggregators:
        sandbox.register(adapter, host)


def _greet(sandbox: Sandbox, bound: socket.socket, tls: Tls | None, options: dict[str, Any], *, as_json: bool) -> None:
    """The channels on stdout, where they can be kept as a file; the rest beside them on stderr."""
    from ..sandbox.aggregator import to_toml
    from ..sandbox.serving import url_of

    url = url_of(bound, tls)
    channels = {name: aggregator.channel() for name, aggregator in sandbox.aggregators.items()}
    if as_json:
        places = {"url": url, "page": f"{url}/", "api": f"{url}/api", "openapi": f"{url}/api/openapi.json"}
        kept = str(options["path"]) if options["path"] else None
        click.echo(json.dumps({**places, "db": kept, "webhooks": options["webhooks"], "channels": channels}))
        return
    for name, channel in channels.items():
        click.echo(to_toml(name, channel))
    for line in _told(sandbox, url, options):
        click.echo(visible(line), err=True)


def _told(sandbox: Sandbox, url: str, options: dict[str, Any]) -> list[str]:
    entrance = f"{url}/?token=..." if options["token"] else f"{url}/"
    hosts = options["webhooks"] or "nowhere yet: --webhooks URL, or PUT /api/adapters/ADAPTER/host"
    return [
        f"Sandbox of {len(sandbox.aggregators)} aggregators; the channels above go into sms-adapters.toml.",
        f"  Phone      {entrance}",
        f"  API        {url}/api/openapi.json",
        f"  Webhooks   {hosts}",
        f"  Kept in    {options['path'] or 'memory'}",
        "Numbers that end in 88 to 99 are refused, fail, come late, twice or in disorder; others are delivered.",
        "Ctrl-C ends it.",
    ]
