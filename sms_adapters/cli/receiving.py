"""What `listen` runs: a server with the webhooks mounted, and a printer for what they bring."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from ..client import AsyncClient
from ..hookspecs import hookimpl
from ..joining import PartJoiner
from ..manifest import Kind
from ..messages import event_to_dict
from ..redact import MASK, Redactor, secrets_of
from ..sandbox.timeline import wording
from ..tabular import visible
from ..webhooks.asgi import WebhookReceiver
from .ending import quieted, told_to_end

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..errors import SmsError
    from ..http import WebhookRequest
    from ..messages import InboundEvent
    from ..network import NetworkPolicy
    from ..smsc.states import Health
    from ..smsc.values import DeliverRequest
    from ..webhooks.core import Receipt, Route

__all__ = ["Printer", "TellingClient", "listen"]

GRACE = 3
"""Seconds for a webhook that is being answered when the command is asked to end."""
QUIET: Mapping[str, int] = {"sms_adapters.webhooks": logging.ERROR, "sms_adapters.smsc": logging.CRITICAL}
"""The warnings of mount and connections about what was refused say less than the lines that are printed for it."""
SERVER: Mapping[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "server_header": False}


def listen(named: Mapping[str, AnyChannel], bound: socket.socket, network: NetworkPolicy, *, as_json: bool) -> None:
    """Serve the channels on a listening socket until a signal comes."""
    with quieted(QUIET):
        asyncio.run(_serve(Printer(named, as_json=as_json), bound, network))


async def _serve(printer: Printer, bound: socket.socket, network: NetworkPolicy) -> None:
    """Serve until a signal comes, or nobody reads any more."""
    joiner = PartJoiner()
    client = TellingClient(printer.refused, network=network, joiner=joiner, plugins=[Connections(printer)])
    app = WebhookReceiver(client, printer.resolve, printer.handle)
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=GRACE, **SERVER))
    printer.stop = partial(setattr, server, "should_exit", True)
    # uvicorn has handlers of its own while it serves, and raises the signal again when it is done.
    with told_to_end(printer.stop):
        async with client, AsyncExitStack() as listening:
            printer.greet(bound)
            for channel in printer.names:
                if channel.manifest.kind is Kind.SESSION:
                    await listening.enter_async_context(client.listening(channel, printer.handle))
            await server.serve(sockets=[bound])
    printer.show_rest(joiner)


class TellingClient(AsyncClient):
    """`AsyncClient` that calls `tell` with the channel and the error of each webhook that was refused."""

    def __init__(self, tell: Callable[[AnyChannel, SmsError], None], **options: Any) -> None:
        super().__init__(**options)
        self._tell = tell

    async def receive(self, channel: AnyChannel, request: WebhookRequest) -> Receipt:
        """Read a webhook."""
        receipt = await super().receive(channel, request)
        if receipt.error is not None:
            self._tell(channel, receipt.error)
        return receipt

    async def _receive_frame(self, channel: AnyChannel, request: DeliverRequest) -> Receipt:
        """Read what an SMSC delivered."""
        receipt = await super()._receive_frame(channel, request)
        if receipt.error is not None:
            self._tell(channel, receipt.error)
        return receipt


class Connections:
    """A host plug-in that tells what becomes of the connections to SMSCs."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer

    @hookimpl
    def sms_session_changed(self, channel: AnyChannel, health: Health) -> None:
        """A line on stderr."""
        click.echo(visible(f"{self.printer.names[channel]}  {health.state}  {health.reason}"), err=True)


class Printer:
    """The host's side: knows the channels, prints what comes."""

    def __init__(self, named: Mapping[str, AnyChannel], *, as_json: bool) -> None:
        self.names = {channel: name for name, channel in named.items()}
        self.channels = {
            (prefix, channel.id): channel
            for channel in named.values()
            for prefix in (channel.adapter, *channel.manifest.aliases)
        }
        self.as_json = as_json
        self.stop: Callable[[], object] = bool

    def resolve(self, route: Route) -> AnyChannel | None:
        """The channel of a route."""
        channel = self.channels.get((route.adapter, route.channel))
        if channel is None:
            shown = f"/c/{route.adapter}/{route.channel}/{route.action} belongs to no channel here"
            click.echo(visible(shown), err=True)
        return channel

    def handle(self, channel: AnyChannel, receipt: Receipt) -> None:
        """Print the events; without a reader the command ends, and the aggregator hears that they were not taken."""
        try:
            self.show(channel, receipt.events)
        except BrokenPipeError:
            self.stop()
            _discard_output()
            raise

    def show(self, channel: AnyChannel, events: Iterable[InboundEvent]) -> None:
        """A line for each event."""
        for event in events:
            self._line(channel, *wording(event), event_to_dict(event))

    def show_rest(self, joiner: PartJoiner) -> None:
        """The messages of which parts are missing still."""
        for channel in self.names:
            self.show(channel, joiner.overdue((channel.adapter, channel.id), channel.clock() + joiner.limit))

    def refused(self, channel: AnyChannel, error: SmsError) -> None:
        """A line for a webhook that was not accepted."""
        self._line(channel, "refused", f"{type(error).__name__}: {error}", error.to_dict())

    def _line(self, channel: AnyChannel, what: str, detail: str, values: dict[str, Any]) -> None:
        name, when = self.names[channel], channel.clock()
        if self.as_json:
            place = {"at": when.isoformat(), "channel": name, "adapter": channel.adapter, "what": what}
            click.echo(json.dumps({**place, **_scrubbed(channel, values)}))
        else:
            shown = _scrubbed(channel, detail)
            click.echo(visible(f"{when.astimezone():%H:%M:%S}  {name}  {what}  {shown}"))

    def greet(self, bound: socket.socket) -> None:
        """Tell where webhooks are taken, and what to enter at the aggregators."""
        address, port = bound.getsockname()[:2]
        base = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
        click.echo(f"Listening on {base}; Ctrl-C ends.", err=True)
        for channel, name in self.names.items():
            public = channel if channel.public_url else replace(channel, public_url=base)
            for hook in channel.manifest.webhooks:
                url = _scrubbed(channel, public.callback_url(hook.action))
                click.echo(f"{name}  {hook.action}  {'|'.join(hook.methods)}  {url}", err=True)
            if channel.callback_secret:
                click.echo(f"{name}  {MASK} stands for the callback_secret", err=True)


def _discard_output() -> None:
    """Let what is left in the buffer go nowhere: flushing it at the end would fail again, with status 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _scrubbed(channel: AnyChannel, value: Any) -> Any:
    """Without the channel's secrets, which a payload or a callback URL may hold."""
    own = (channel.callback_secret,) if channel.callback_secret else ()
    return Redactor((*secrets_of(channel.config), *own)).value(value)
