"""What happens around an adapter's hooks, once for both clients.

`Engine` is sans-IO like the adapters: its methods are generators that yield `Call` (a request to carry out) and
`AuthNeeded` (credentials, which a client fetches one at a time). The engine puts credentials on requests, renews a
token once, checks where requests may go, tells certain failures from uncertain ones, scrubs errors, and calls the
host's plug-ins.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from inspect import isgenerator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

from .auth import Auth
from .errors import AdapterDefect, ConfigError, DeliveryUncertain, SmsError, TransportError, Unsupported, Vetoed
from .http import HttpRequest, HttpResponse
from .manager import AdapterPluginManager
from .manifest import Capability
from .network import NetworkPolicy
from .outbound import prepare
from .redact import Redactor, secrets_of
from .results import AccountInfo, SendResult
from .smsc.values import Login, SubmitRequest, SubmitResponse

if TYPE_CHECKING:
    from .channel import AnyChannel
    from .messages import DeliveryReport, InboundPage, OutboundMessage
    from .registry import Plugin

__all__ = ["AuthNeeded", "Call", "Engine", "Steps", "Submission"]

T = TypeVar("T")
MOST_TOKENS = 10_000
MOST_KEPT = 64
REQUESTS = (HttpRequest, SubmitRequest)


class Call(NamedTuple):
    """A request to carry out, and the policy for its address; None where the host is the aggregator's own."""

    request: HttpRequest
    policy: NetworkPolicy | None


class AuthNeeded(NamedTuple):
    """Credentials for a channel; `stale` is the value that the aggregator has just refused."""

    channel: AnyChannel
    stale: Auth | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What one token serves."""
        return self.channel.adapter, self.channel.id


class Submission(NamedTuple):
    """A frame for the SMSC of a session channel."""

    channel: AnyChannel
    login: Login
    request: SubmitRequest


Step: TypeAlias = Call | AuthNeeded | Submission
Steps: TypeAlias = Generator[Step, Any, T]


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
            found = self._managers[id(channel.plugin)] = (channel.plugin, manager)
        return found[1]

    def send(self, channel: AnyChannel, message: OutboundMessage) -> Steps[SendResult]:
        """Submit a message."""
        manager = self.manager(channel)
        talk = _Talk(self, manager, channel, submits=True)
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
        talk = _Talk(self, manager, channel, submits=False)
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
            talk = _Talk(self, self.manager(channel), channel, submits=False, auth=Auth())
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
        made = self.manager(channel).ask("authenticate", channel=channel)
        if isinstance(made, Auth) or isgenerator(made):
            return made
        raise AdapterDefect(f"{channel.adapter!r}: authenticate gave {type(made).__name__}, neither Auth nor flow")

    def session_policy(self, channel: AnyChannel) -> NetworkPolicy | None:
        """The policy for the address of a channel's SMSC; None where every address is allowed."""
        host = urlsplit(channel.config.base_url).hostname or ""
        return None if self.network.allow_private or _names(channel.manifest.hosts, host) else self.network

    def policy(self, channel: AnyChannel, request: HttpRequest) -> NetworkPolicy | None:
        """The policy for a request's host; None for the aggregator's own hosts over https."""
        if not request.url.startswith(("https://", "http://")):
            raise ConfigError(f"the scheme of a URL of channel {channel.id!r} is neither https nor http")
        if self.network.open:
            return None
        own = request.url.startswith("https://") and _names(channel.manifest.hosts, request.host)
        return None if own else self.network


@lru_cache(maxsize=1024)
def _names(patterns: tuple[str, ...], host: str) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)


class _Talk:
    """One run of an adapter's flow, and what is known about its outcome."""

    __slots__ = (
        *("_redactor", "auth", "channel", "engine", "fetched", "in_doubt", "manager", "request", "response", "submits"),
    )

    def __init__(
        self,
        engine: Engine,
        manager: AdapterPluginManager,
        channel: AnyChannel,
        *,
        submits: bool,
        auth: Auth | None = None,
    ) -> None:
        self.engine, self.manager, self.channel = engine, manager, channel
        self.submits = submits
        self.auth = auth
        self.fetched = auth is None
        self.request: HttpRequest | SubmitRequest | None = None
        self.response: HttpResponse | SubmitResponse | None = None
        self.in_doubt = False
        self._redactor: tuple[Auth | None, Redactor] | None = None

    def run(self, hook: str, **values: Any) -> Steps[Any]:
        """Call a hook and drive the flow it returns."""
        try:
            flow = self.manager.ask(hook, **values)
        except SmsError:
            raise
        except Exception as error:
            raise self.broken(f"it raised {type(error).__name__}: {error}") from error
        if not isgenerator(flow):
            raise self.broken(f"{hook} returned {type(flow).__name__}, not a flow")
        return self.drive(flow)

    def drive(self, flow: Generator[Any, Any, Any]) -> Steps[Any]:
        """Drive a flow of the adapter; whatever goes wrong becomes an `SmsError`."""
        answer: Any = None
        send = flow.send
        try:
            while True:
                try:
                    request = send(answer)
                except StopIteration as stop:
                    return stop.value
                except SmsError:
                    raise
                except Exception as error:
                    raise self.broken(f"it raised {type(error).__name__}: {error}") from error
                try:
                    answer, send = (yield from self._exchange(request)), flow.send
                except SmsError as error:
                    answer, send = error, flow.throw
        finally:
            flow.close()

    def _exchange(self, request: Any) -> Steps[HttpResponse | SubmitResponse]:
        if not isinstance(request, REQUESTS):
            raise self.broken(f"it yielded {type(request).__name__} instead of an HttpRequest")
        counts = self.submits and request.submits
        if counts and self.in_doubt:
            raise self.broken("it submitted again although the outcome of an earlier request is unknown")
        if isinstance(request, SubmitRequest):
            return self._submit(request, counts)
        return self._public(request, counts) if request.anonymous else self._call(request, counts)

    def _submit(self, request: SubmitRequest, counts: bool) -> Steps[SubmitResponse]:
        """One frame and its response; a session logs in by itself, so no credentials go on it."""
        login = self.auth
        if login is None:
            need = AuthNeeded(self.channel)
            login = self.auth = self.engine.known_auth(need) or (yield need)
        if not isinstance(login, Login):
            raise AdapterDefect(f"{self.channel.adapter!r} yielded a SubmitRequest, but authenticate gave no Login")
        self.request, self.response = request, None
        listened = self.manager.listened
        if "sms_before_exchange" in listened:
            self.manager.consult("sms_before_exchange", channel=self.channel, request=self._shown(request, login))
        try:
            response: SubmitResponse = yield Submission(self.channel, login, request)
        except TransportError as error:
            raise self._lost(error, counts) from None
        self.response = response
        if "sms_after_exchange" in listened:
            seen = {"request": self._shown(request, login), "response": self.redactor.value(response)}
            self.manager.notify("sms_after_exchange", channel=self.channel, **seen)
        return response

    def _shown(self, request: SubmitRequest, login: Login) -> SubmitRequest:
        """A frame for others to see: with its octets, and without secrets."""
        return cast("SubmitRequest", self.redactor.value(login.shown(request)))

    def _lost(self, error: TransportError, counts: bool) -> SmsError:
        """The error for an answer that did not come: in doubt where it may have been a submission."""
        if not (counts and error.sent):
            return error
        self.in_doubt = True
        return DeliveryUncertain(f"no answer, and the message may have been accepted ({error.message})")

    def _call(self, request: HttpRequest, counts: bool) -> Steps[HttpResponse]:
        if self.auth is None:
            need = AuthNeeded(self.channel)
            self.auth = self.engine.known_auth(need) or (yield need)
        response = yield from self._carry(request, counts, self.auth)
        if self.auth.refreshable and self.fetched and self.auth.refused(response):
            self.fetched = False
            self.auth = yield AuthNeeded(self.channel, self.auth)
            response = yield from self._carry(request, counts, self.auth)
        return response

    def _public(self, request: HttpRequest, counts: bool) -> Steps[HttpResponse]:
        """The answer to a request without credentials, which may be one that was kept."""
        now = self.channel.clock()
        response = self.engine.kept(request, now)
        if response is None:
            response = yield from self._carry(request, counts, Auth())
            self.engine.keep(request, response, now)
        return response

    def _carry(self, bare: HttpRequest, counts: bool, auth: Auth) -> Steps[HttpResponse]:
        request = self._applied(auth, bare)
        self.request, self.response = request, None
        listened = self.manager.listened
        if "sms_before_exchange" in listened:
            self.manager.consult("sms_before_exchange", channel=self.channel, request=self.redactor.request(request))
        try:
            response: HttpResponse = yield Call(request, self.engine.policy(self.channel, request))
        except TransportError as error:
            raise self._lost(error, counts) from None
        self.response = response
        if "sms_after_exchange" in listened:
            seen = {"request": self.redactor.request(request), "response": self.redactor.response(response)}
            self.manager.notify("sms_after_exchange", channel=self.channel, **seen)
        return response

    def _applied(self, auth: Auth, bare: HttpRequest) -> HttpRequest:
        try:
            return auth.apply(bare, self.channel.clock())
        except SmsError:
            raise
        except Exception as error:
            raise self.broken(f"it raised {type(error).__name__}: {error}") from error

    def broken(self, sentence: str) -> SmsError:
        """The error for an adapter that breaks the contract: in doubt once a submission was written."""
        if self.submits and self.request is not None:
            return DeliveryUncertain(f"adapter {self.channel.adapter!r} failed after submitting: {sentence}")
        return AdapterDefect(f"adapter {self.channel.adapter!r}: {sentence}")

    @property
    def redactor(self) -> Redactor:
        """Knows the secrets of the configuration, of the credentials in use and of the callback URLs."""
        channel, auth = self.channel, self.auth
        if self._redactor is None or self._redactor[0] is not auth:
            secrets = (*secrets_of(channel.config), *(auth.secrets if auth else ()))
            made = Redactor((*secrets, channel.callback_secret) if channel.callback_secret else secrets)
            self._redactor = auth, made
        return self._redactor[1]

    def _decisive(self) -> HttpRequest | SubmitRequest | None:
        request, login = self.request, self.auth
        return login.shown(request) if isinstance(request, SubmitRequest) and isinstance(login, Login) else request

    def finish(self, error: SmsError) -> None:
        """Say where the error comes from, and scrub it."""
        error.adapter = self.channel.adapter
        if not isinstance(error, Vetoed):
            error.request, error.response = self._decisive(), self.response
        self.redactor.error(error)
