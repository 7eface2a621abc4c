"""The exception tree: every way in which a call of this package can fail.

::

    SmsError                     adapter, request, response (redacted), provider_code, provider_text, retryable,
    |                            partial, mend
    |- ConfigError               before any exchange: the channel's configuration or an address it names
    |  `- UnknownAdapter         no such adapter is installed; close matches are offered
    |- AdapterDefect             the adapter or its manifest breaks the contract
    |- Vetoed                    a host plug-in stopped the message; nothing was sent
    |- Unsupported               names the capability that the adapter lacks
    |- AuthError                 credentials refused
    |- Rejected                  refused for good, with a `Reason`
    |  `- InvalidMessage         refused here, before any exchange: not a number, not a text
    |- Throttled                 too fast; `retry_after` in seconds where told; nothing accepted
    |- TemporaryFailure          told to try later, nothing accepted
    |- DeliveryUncertain         may have been accepted: never send again without asking
    |- ProtocolError             the answer was not understood
    |- TransportError            no answer; `sent=False` proves that the request did not leave
    `- InboundError              a webhook that was not accepted
       |- InvalidSignature
       |- MalformedInbound
       `- NotForThisAdapter

A send ends accepted, refused or unknown. `retryable` is true only where sending again cannot make a second message:
`TransportError(sent=False)`, `Throttled`, `TemporaryFailure`, and none of them once a part was accepted (`partial`).
`uncertain` is true where the message, or a part of it, may have been accepted; where neither holds, it was refused.
No message, attribute or representation of an error contains a secret: the driver scrubs them by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from .results import Reason, SendResult

if TYPE_CHECKING:
    from .http import HttpRequest, HttpResponse
    from .smsc.values import SubmitRequest, SubmitResponse

__all__ = [
    "AdapterDefect",
    "AuthError",
    "ConfigError",
    "DeliveryUncertain",
    "InboundError",
    "InvalidMessage",
    "InvalidSignature",
    "MalformedInbound",
    "NotAnOutcome",
    "NotForThisAdapter",
    "ProtocolError",
    "Rejected",
    "SmsError",
    "TemporaryFailure",
    "Throttled",
    "TransportError",
    "UnknownAdapter",
    "Unsupported",
    "Vetoed",
]


class NotAnOutcome(AssertionError):
    """Raised by what stands in for a transport, a recording or a check: it ends the call as it is.

    Whatever else a transport raises is an outcome of the message, for which only `DeliveryUncertain` is safe.
    """


class SmsError(Exception):
    """Base of all errors; `provider_code` and `provider_text` are the aggregator's own words.

    `adapter` is the adapter's id, `request` and `response` the exchange that decided, with secrets scrubbed; all
    three are filled in by the driver. `partial` holds the parts that were accepted before the failure. `mend` is what
    to do about it, where the kind of error does not say that already.
    """

    _may_retry: ClassVar[bool] = False
    _in_doubt: ClassVar[bool] = False
    _labels: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        message: str = "",
        *,
        provider_code: str | int | None = None,
        provider_text: str | None = None,
        partial: SendResult | None = None,
        mend: str = "",
    ) -> None:
        super().__init__(message)
        self.mend = mend
        self.adapter: str | None = None
        self.request: HttpRequest | SubmitRequest | None = None
        self.response: HttpResponse | SubmitResponse | None = None
        self.provider_code = None if provider_code is None else str(provider_code)
        self.provider_text = provider_text
        self.partial = partial

    @property
    def message(self) -> str:
        """The sentence the error was raised with."""
        return str(self.args[0]) if self.args else ""

    @property
    def retryable(self) -> bool:
        """Whether the same message may be sent again without the risk of sending it twice."""
        return self._may_retry and self.partial is None

    @property
    def uncertain(self) -> bool:
        """Whether the message, or a part of it, may have been accepted all the same: ask before it is sent again."""
        return self._in_doubt or self.partial is not None

    def __str__(self) -> str:
        own = " ".join(str(item) for item in (self.provider_code, self.provider_text) if item)
        text = self.message or type(self).__name__
        return text if not own or own in text else f"{text} [{own}]"

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON-ready values, for logs and `--json`."""
        values: dict[str, Any] = {
            "error": type(self).__name__,
            "message": str(self),
            "retryable": self.retryable,
        }
        for name in ("adapter", "provider_code", "provider_text", *self._labels):
            if getattr(self, name) is not None:
                values[name] = getattr(self, name)
        if self.partial is not None:
            values["accepted_ids"] = list(self.partial.ids)
        return values


class ConfigError(SmsError):
    """The channel cannot work as configured; `problems` has one sentence for each field."""

    def __init__(self, message: str = "", *, problems: tuple[str, ...] = (), mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.problems = problems


class UnknownAdapter(ConfigError):
    """No adapter of that id is installed; `matches` are the installed ids most like it."""

    def __init__(self, message: str = "", *, matches: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.matches = matches


class AdapterDefect(SmsError):
    """The adapter breaks the contract; its author has to mend it, no host or user can."""


class Vetoed(SmsError):
    """A host plug-in stopped the message before anything was sent; `plugin` is its name."""

    _labels = ("plugin",)

    def __init__(self, message: str = "", *, plugin: str | None = None) -> None:
        super().__init__(message)
        self.plugin = plugin


class Unsupported(SmsError):
    """The message asks for something the adapter does not offer; `capability` names it."""

    _labels = ("capability",)

    def __init__(self, message: str = "", *, capability: str | None = None) -> None:
        super().__init__(message)
        self.capability = capability


class AuthError(SmsError):
    """The aggregator refused the credentials."""


class Rejected(SmsError):
    """The aggregator refused the message for good."""

    _labels = ("reason",)

    def __init__(self, message: str = "", reason: Reason = Reason.UNKNOWN, **details: Any) -> None:
        super().__init__(message, **details)
        self.reason = reason


class InvalidMessage(Rejected):
    """The message was refused here, before any exchange."""


class Throttled(SmsError):
    """Too many requests; `retry_after` is the number of seconds the aggregator asked for, None where it did not."""

    _may_retry = True
    _labels = ("retry_after",)

    def __init__(self, message: str = "", retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class TemporaryFailure(SmsError):
    """The aggregator said that it accepted nothing and to try later."""

    _may_retry = True


class DeliveryUncertain(SmsError):
    """The aggregator may or may not have accepted the message; sending it again may send it twice."""

    _in_doubt = True


class ProtocolError(SmsError):
    """The aggregator's answer was not understood."""

    _in_doubt = True


class TransportError(SmsError):
    """No answer came; `sent` is False where it is proven that the request did not leave.

    A transport raises it with either value; for a request that submits a message the driver turns `sent=True` into
    `DeliveryUncertain`, so a host sees `sent=True` only for requests without effect (a token, a balance).
    """

    _may_retry = True
    _labels = ("sent",)

    def __init__(self, message: str = "", *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class InboundError(SmsError):
    """A webhook was not accepted."""


class InvalidSignature(InboundError):
    """The webhook does not prove that it comes from the aggregator."""


class MalformedInbound(InboundError):
    """The webhook cannot be read."""


class NotForThisAdapter(InboundError):
    """The webhook is none that this adapter knows: wrong method, action or channel."""
