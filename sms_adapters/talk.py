"""One run of an adapter's flow: what it asks for, and what is known about its outcome."""

from __future__ import annotations

from collections.abc import Generator
from inspect import isgenerator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

from .auth import Auth
from .errors import AdapterDefect, DeliveryUncertain, NotAnOutcome, SmsError, TransportError, Vetoed
from .http import HttpRequest, HttpResponse
from .redact import Redactor, secrets_of
from .smsc.values import DeliverRequest, Login, SubmitRequest, SubmitResponse

if TYPE_CHECKING:
    from .channel import AnyChannel
    from .engine import Engine
    from .http import WebhookRequest
    from .manager import AdapterPluginManager
    from .network import NetworkPolicy

__all__ = ["AuthNeeded", "Call", "Steps", "Submission", "Talk"]

T = TypeVar("T")
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


def _unforeseen(error: Exception) -> TransportError:
    """For what a transport is not meant to raise; its text is left to the cause, where it is scrubbed."""
    return TransportError(f"{type(error).__name__} in the transport: the request may have arrived", sent=True)


class Talk:
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
        response: SubmitResponse = yield from self._answered(Submission(self.channel, login, request), counts)
        self.response = response
        if "sms_after_exchange" in listened:
            seen = {"request": self._shown(request, login), "response": self.redactor.value(response)}
            self.manager.notify("sms_after_exchange", channel=self.channel, **seen)
        return response

    def _shown(self, request: SubmitRequest, login: Login) -> SubmitRequest:
        """A frame for others to see: with its octets, and without secrets."""
        return cast("SubmitRequest", self.redactor.value(login.shown(request)))

    def _answered(self, step: Call | Submission, counts: bool) -> Steps[Any]:
        """The answer to what is carried out now, or the error for one that did not come."""
        try:
            return (yield step)
        except NotAnOutcome:
            raise
        except Exception as error:  # noqa: BLE001 - what a transport is not meant to raise leaves the outcome open as well
            raise self._lost(error, counts) from (None if isinstance(error, SmsError) else error)

    def _lost(self, error: Exception, counts: bool) -> SmsError:
        """The error for an answer that did not come: in doubt where it may have been a submission."""
        if not isinstance(error, SmsError):
            error = _unforeseen(error)
        if not (counts and isinstance(error, TransportError) and error.sent):
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
        call = Call(request, self.engine.policy(self.channel, request))
        response: HttpResponse = yield from self._answered(call, counts)
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

    def abandoned(self) -> SmsError:
        """The error for a call that nobody waits for any more: in doubt if a submission was under way."""
        if self.submits and self.request is not None and self.request.submits:
            return DeliveryUncertain("the send was cancelled while it waited for the answer: it may have been accepted")
        return TransportError("the send was cancelled before the request was written", sent=False)

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

    def rejected(self, request: WebhookRequest | DeliverRequest, error: SmsError) -> None:
        """Tell the host's plug-ins of something inbound that was not accepted."""
        if "sms_inbound_rejected" in self.manager.listened:
            shown = self.redactor.value(request)
            self.manager.notify("sms_inbound_rejected", channel=self.channel, request=shown, error=error)

    def finish(self, error: SmsError) -> None:
        """Say where the error comes from, and scrub it."""
        error.adapter = self.channel.adapter
        if not isinstance(error, Vetoed):
            error.request, error.response = self._decisive(), self.response
        self.redactor.error(error)
