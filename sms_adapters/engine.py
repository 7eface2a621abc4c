"""What happens around an adapter's hooks, once for both clients.

`Engine` is sans-IO like the adapters: its methods are generators that yield `Call` (a request to carry out) and
`AuthNeeded` (credentials, which a client fetches one at a time). The engine puts credentials on requests, renews a
token once, checks where requests may go, tells certain failures from uncertain ones, scrubs errors, and calls the
host's plug-ins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from inspect import isgenerator
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from .auth import Auth
from .errors import (
    AdapterDefect,
    ConfigError,
    InvalidMessage,
    SmsError,
    Unsupported,
)
from .http import HttpRequest, HttpResponse
from .manager import AdapterPluginManager
from .manifest import Capability
from .network import NetworkPolicy
from .outbound import prepare
from .results import AccountInfo, Reason, SendResult
from .smsc.values import SubmitRequest
from .talk import AuthNeeded, Steps, Talk

if TYPE_CHECKING:
    from .channel import AnyChannel
    from .messages import DeliveryReport, InboundPage, OutboundMessage
    from .registry import Plugin

__all__ = ["Engine"]

T = TypeVar("T")
MOST_TOKENS = 10_000
MOST_KEPT = 64
MOST_MANAGERS = 1000
LONGEST_URL = 65_536  # what httpx takes
REQUESTS = (HttpRequest, SubmitRequest)


class Engine:
    """The shared part of `Client` and `AsyncClient`."""

    def __init__(self, plugins: Iterable[object] = (), network: NetworkPolicy | None = None) -> None:
        self.network = network or NetworkPolicy()
        self._plugins = tuple(plugins)
        self._managers: dict[int, tuple[Plugin, AdapterPluginManager]] = {}
        self._tokens: dict[tuple[str, str], tuple[Any, Auth]] = {}
        self._kept: dict[str, tuple[datetime, HttpResponse]] = {}
        for plugin in self._plugins:
            AdapterPluginManager().register_host(plugin)

    def manager(self, channel: AnyChannel) -> AdapterPluginManager:
        """The manager that holds the channel's adapter and the host's plug-ins."""
        found = self._managers.get(id(channel.plugin))
        if found is None:
            manager = AdapterPluginManager()
            manager.register_adapter(channel.plugin.adapter, channel.manifest)
            for plugin in self._plugins:
                manager.register_host(plugin)
            while len(self._managers) >= MOST_MANAGERS:
                del self._managers[next(iter(self._managers))]
            found = self._managers[id(channel.plugin)] = (channel.plugin, manager)
        return found[1]

    def send(self, channel: AnyChannel, message: OutboundMessage) -> Steps[SendResult]:
        """Submit a message."""
        manager = self.manager(channel)
        talk = Talk(self, manager, channel, submits=True)
        try:
            message = prepare(channel, message)
            if manager.listened:
                manager.consult("sms_before_send", channel=channel, message=message)
            result = yield from talk.run("send", channel=channel, message=message)
            if type(result) is not SendResult or not result.parts:
                raise talk.broken(f"send returned {type(result).__name__} instead of a SendResult with parts")
        except SmsError as error:
            talk.finish(error)
            manager.notify("sms_send_failed", channel=channel, message=message, error=error)
            raise
        except GeneratorExit:
            # Cancelled, or interrupted: whoever waited is gone, and who counts and traces has to know all the same.
            left = talk.abandoned()
            talk.finish(left)
            manager.notify("sms_send_failed", channel=channel, message=message, error=left)
            raise
        if manager.listened:
            manager.notify("sms_after_send", channel=channel, message=message, result=result)
        return result

    def check_account(self, channel: AnyChannel) -> Steps[AccountInfo]:
        """Ask whether the credentials are accepted."""
        result = yield from self.ask(channel, Capability.CHECK_ACCOUNT)
        return cast("AccountInfo", result)

    def query_status(self, channel: AnyChannel, reference: str) -> Steps[DeliveryReport]:
        """Ask for the status of a submission."""
        result = yield from self.ask(channel, Capability.QUERY_STATUS, reference=reference)
        return cast("DeliveryReport", result)

    def fetch_inbound(self, channel: AnyChannel, cursor: str | None) -> Steps[InboundPage]:
        """Poll for events."""
        result = yield from self.ask(channel, Capability.FETCH_INBOUND, cursor=cursor)
        return cast("InboundPage", result)

    def ask(self, channel: AnyChannel, capability: Capability, **values: Any) -> Steps[Any]:
        """Call an optional hook that is tied to the capability of its name."""
        manager = self.manager(channel)
        if not channel.manifest.offers(capability):
            raise Unsupported(f"{channel.adapter!r} has no {capability}", capability=capability)
        talk = Talk(self, manager, channel, submits=False)
        try:
            result = yield from talk.run(capability, channel=channel, **values)
        except SmsError as error:
            talk.finish(error)
            raise
        return result

    def known_auth(self, need: AuthNeeded) -> Auth | None:
        """Credentials that need no request: configured, or a token still good; None where one has to be fetched."""
        config, token = self._tokens.get(need.key) or (None, None)
        channel = need.channel
        if token is not None:
            fresh = token.expires_at is None or token.expires_at > channel.clock()
            if fresh and token is not need.stale and (config is channel.config or config == channel.config):
                return token
            del self._tokens[need.key]
        made = self._authenticate(channel)
        if not isinstance(made, Auth):
            return None
        self._keep(channel, made)
        return made

    def fetch_auth(self, channel: AnyChannel) -> Steps[Auth]:
        """Fetch a token, and keep it for its lifetime."""
        made = self._authenticate(channel)
        if isgenerator(made):
            talk = Talk(self, self.manager(channel), channel, submits=False, auth=Auth())
            try:
                made = yield from talk.drive(made)
            except SmsError as error:
                talk.finish(error)
                raise
        if not isinstance(made, Auth):
            raise AdapterDefect(f"{channel.adapter!r}: authenticate gave {type(made).__name__}, not an Auth")
        self._keep(channel, made)
        return made

    def _keep(self, channel: AnyChannel, auth: Auth) -> None:
        """Keep credentials for their lifetime; of many thousand channels, those of the latest."""
        while len(self._tokens) >= MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[channel.adapter, channel.id] = (channel.config, auth)

    def kept(self, request: HttpRequest, now: datetime) -> HttpResponse | None:
        """An answer that may be given again; None where there is none, or no longer."""
        until, response = self._kept.get(request.url) or (None, None)
        return response if request.keep and until is not None and until > now else None

    def keep(self, request: HttpRequest, response: HttpResponse, now: datetime) -> None:
        """Keep a public file for as long as the request says; of many, the latest."""
        if not (request.keep and request.method == "GET" and response.ok):
            return
        self._kept.pop(request.url, None)
        while len(self._kept) >= MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[request.url] = (now + timedelta(seconds=request.keep), response)

    def _authenticate(self, channel: AnyChannel) -> Any:
        try:
            made = self.manager(channel).ask("authenticate", channel=channel)
        except SmsError:
            raise
        except Exception as error:  # noqa: BLE001
            # Without the text: what makes credentials has nothing but secrets to tell of, and no redactor knows them.
            raise AdapterDefect(f"adapter {channel.adapter!r}: authenticate raised {type(error).__name__}") from None
        if isinstance(made, Auth) or isgenerator(made):
            return made
        raise AdapterDefect(f"{channel.adapter!r}: authenticate gave {type(made).__name__}, neither Auth nor flow")

    def session_policy(self, channel: AnyChannel) -> NetworkPolicy | None:
        """The policy for the address of a channel's SMSC; None where every address is allowed."""
        host = urlsplit(channel.config.base_url).hostname or ""
        return None if self.network.allow_private or _names(channel.manifest.hosts, host) else self.network

    def policy(self, channel: AnyChannel, request: HttpRequest) -> NetworkPolicy | None:
        """The policy for a request's host; None for the aggregator's own hosts over https."""
        scheme, host = _origin(channel, request.url)
        if self.network.open:
            return None
        own = scheme == "https" and _names(channel.manifest.hosts, host)
        return None if own else self.network


_authority = re.compile(r"(https?)://(?:[^/?#@]*@)*([^/?#@]*)", re.IGNORECASE).match


def _origin(channel: AnyChannel, url: str) -> tuple[str, str]:
    """Scheme and host of a URL that can be asked: no transport is given another, since each fails in its own way."""
    found = _authority(url)
    if found is None:
        raise ConfigError(f"the scheme of a URL of channel {channel.id!r} is neither https nor http")
    if len(url) > LONGEST_URL:
        sentence = (
            f"the text is too long: with it the URL has {len(url)} characters, and servers take no more than 65536"
        )
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT)
    try:
        return found[1].lower(), _host(found[2])
    except ValueError as error:
        raise ConfigError(f"a URL of channel {channel.id!r} names no host: {error}") from None


@lru_cache(maxsize=1024)
def _host(authority: str) -> str:
    """The host of an authority without user information; ValueError for what can be none."""
    parts = urlsplit(f"//{authority}")
    host, _ = parts.hostname or "", parts.port
    if ":" not in host:
        labels = host.removesuffix(".").encode("idna" if not host.isascii() else "ascii").split(b".")
        if not all(0 < len(label) < 64 for label in labels):
            raise ValueError("it is empty, or a part of it is, or has more than 63 characters")
    return host


@lru_cache(maxsize=1024)
def _names(patterns: tuple[str, ...], host: str) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)
