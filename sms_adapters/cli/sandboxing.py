"""What `sandbox` runs: the sandbox, told of its options, and a banner."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import json
import logging
import socket
import sqlite3
from contextlib import ExitStack
from functools import partial
from typing import Any

import click
from pydantic import ValidationError

from ..registry import Registry
from ..sandbox.aggregator import to_toml
from ..sandbox.app import Door
from ..sandbox.desk import Sandbox
from ..sandbox.models import Faults, HostSettings, Settings
from ..sandbox.serving import Server, Tls, serve_until_told, url_of
from ..tabular import visible
from .ending import quieted, told_to_end
from .sandbox import FAULTS, PUBLIC_RATE

__all__ = ["serve"]


def serve(bound: socket.socket, adapters: tuple[str, ...], options: dict[str, Any], *, as_json: bool) -> None:
    """Serve on a listening socket until a signal comes."""
    try:
        with quieted({"uvicorn.error": logging.CRITICAL}):
            asyncio.run(_serve(bound, adapters, options, as_json=as_json))
    except sqlite3.Error as error:
        raise click.UsageError(f"--db {options['path']}: {error}") from None


async def _serve(bound: socket.socket, adapters: tuple[str, ...], options: dict[str, Any], *, as_json: bool) -> None:
    faults = Faults(**{name.replace("-", "_"): options[name.replace("-", "_")] for name in _fault_names()})
    settings = Settings(pace=options["pace"], hold=options["hold"])
    kept = {name: options[name] for name in ("path", "seed", "smsc_port")}
    sandbox = Sandbox(Registry(), adapters=adapters, settings=settings, faults=faults, **kept)
    sandbox.deliveries.allowed.update(place.lower() for place in options["allow_webhooks"])
    tls = Tls(*options["tls"]) if options["tls"] else None

    def ready(server: Server) -> None:
        stack.enter_context(told_to_end(partial(setattr, server, "should_exit", True)))
        _register(sandbox, options)
        # What is there by now stays, and so do messages: the collector need not look at them so often.
        gc.freeze()
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(20_000, 20, 50)
        _greet(sandbox, bound, tls, options, as_json=as_json)

    with ExitStack() as stack:
        await serve_until_told(sandbox, bound, _door(bound, options), ready, tls, name=_name(options))


def _name(options: dict[str, Any]) -> str | None:
    """The name that the sandbox is told to have; the first of several."""
    return next(iter(options["names"]), None)


def _fault_names() -> list[str]:
    return [name for name, _, _ in FAULTS] + ["webhook-outage", "smsc-profile"]


def _door(bound: socket.socket, options: dict[str, Any]) -> Door:
    public = not ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback
    rate = options["rate"] if options["rate"] is not None else PUBLIC_RATE if public else 0.0
    return Door(options["token"], frozenset(name.lower() for name in options["names"]), options["largest"], rate)


def _register(sandbox: Sandbox, options: dict[str, Any]) -> None:
    if options["webhooks"] is None:
        return
    try:
        host = HostSettings(public_url=options["webhooks"], channel_id=options["channel_id"])
    except ValidationError as error:
        raise click.UsageError(f"--webhooks and --channel-id: {error.errors()[0]['msg']}") from None
    for adapter in sandbox.aggregators.keys() - {line.id for line in sandbox.lines}:
        sandbox.register(adapter, host)


def _greet(sandbox: Sandbox, bound: socket.socket, tls: Tls | None, options: dict[str, Any], *, as_json: bool) -> None:
    """The channels on stdout, where they can be kept as a file; the rest beside them on stderr."""
    url = url_of(bound, tls, _name(options))
    channels = {name: aggregator.channel() for name, aggregator in sandbox.aggregators.items()}
    if as_json:
        places = {"url": url, "page": f"{url}/", "api": f"{url}/api", "openapi": f"{url}/api/openapi.json"}
        kept = str(options["path"]) if options["path"] else None
        told = {"db": kept, "webhooks": options["webhooks"], "left_out": sandbox.left_out, "channels": channels}
        click.echo(json.dumps({**places, **told}))
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
        *(f"  Left out   {reason}" for reason in sandbox.left_out.values()),
        "Numbers that end in 88 to 99 are refused, fail, come late, twice or in disorder; others are delivered.",
        "Ctrl-C ends it.",
    ]
