"""The contract: the hooks of an adapter and the hooks of a host, names and signatures only.

Exactly one adapter answers an adapter hook; any number of host plug-ins listen to the host's. Implementations carry
`@hookimpl` and take the parameters they need, by these names and without defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

import pluggy

if TYPE_CHECKING:
    from .auth import Auth
    from .channel import AnyChannel
    from .errors import SmsError
    from .flow import Flow
    from .http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
    from .messages import DeliveryReport, InboundEvent, InboundPage, OutboundMessage
    from .results import AccountInfo, SendResult
    from .signatures import Verified
    from .smsc.states import Health
    from .smsc.values import DeliverRequest, DeliverResponse, SessionFlow, SubmitRequest, SubmitResponse

__all__ = ["SPEC_VERSION", "AdapterHooks", "HostHooks", "hookimpl"]

SPEC_VERSION: Final = "1.0"
PROJECT: Final = "sms_adapters"
hookimpl = pluggy.HookimplMarker(PROJECT)
_adapter_hook = pluggy.HookspecMarker(PROJECT)(firstresult=True)
_host_hook = pluggy.HookspecMarker(PROJECT)


class AdapterHooks(Protocol):
    """What an adapter implements; none of these may return None."""

    @_adapter_hook
    def authenticate(self, channel: AnyChannel) -> Auth | Flow[Auth]:
        """How requests of this channel authenticate; a flow where a token has to be fetched first."""

    @_adapter_hook
    def send(self, channel: AnyChannel, message: OutboundMessage) -> Flow[SendResult] | SessionFlow[SendResult]:
        """Submit a message: yield requests, return the accepted parts, raise an `SmsError` for anything else."""

    @_adapter_hook
    def parse_inbound(self, channel: AnyChannel, request: WebhookRequest | DeliverRequest) -> Sequence[InboundEvent]:
        """The events of a webhook or of an SMSC's frame; pure. One unreadable of several is an `UnreadableEvent`."""

    @_adapter_hook
    def verify_inbound(self, channel: AnyChannel, request: WebhookRequest) -> Verified | Flow[Verified]:
        """Prove that a webhook comes from the aggregator, or raise `InvalidSignature`."""

    @_adapter_hook
    def respond_inbound(
        self, channel: AnyChannel, request: WebhookRequest | DeliverRequest, events: Sequence[InboundEvent]
    ) -> WebhookResponse | DeliverResponse:
        """What this aggregator wants to hear; a refused webhook has one `UnreadableEvent` with the error."""

    @_adapter_hook
    def check_account(self, channel: AnyChannel) -> Flow[AccountInfo] | SessionFlow[AccountInfo]:
        """Whether the credentials are accepted, without sending anything."""

    @_adapter_hook
    def query_status(self, channel: AnyChannel, reference: str) -> Flow[DeliveryReport] | SessionFlow[DeliveryReport]:
        """The present status of a submission; `reference` is an id from `SendResult.ids`."""

    @_adapter_hook
    def fetch_inbound(self, channel: AnyChannel, cursor: str | None) -> Flow[InboundPage]:
        """Events of an aggregator that is polled, from `cursor` on; None is the beginning."""

    @_adapter_hook
    def follow_up(self, channel: AnyChannel, event: InboundEvent) -> Flow[bool]:
        """Act on a `ControlEvent`, such as confirming a subscription; returns whether anything was done."""


class HostHooks(Protocol):
    """What a host plug-in may listen to; an exception in a `before` hook stops the message, any other is logged."""

    @_host_hook
    def sms_before_send(self, channel: AnyChannel, message: OutboundMessage) -> None:
        """A message is about to be sent; raise `Vetoed` to stop it."""

    @_host_hook
    def sms_before_exchange(self, channel: AnyChannel, request: HttpRequest | SubmitRequest) -> None:
        """A request, with secrets scrubbed, is about to leave; raise `Vetoed` to stop it."""

    @_host_hook
    def sms_after_exchange(
        self, channel: AnyChannel, request: HttpRequest | SubmitRequest, response: HttpResponse | SubmitResponse
    ) -> None:
        """An answer came; both are scrubbed."""

    @_host_hook
    def sms_after_send(self, channel: AnyChannel, message: OutboundMessage, result: SendResult) -> None:
        """A message was accepted."""

    @_host_hook
    def sms_send_failed(self, channel: AnyChannel, message: OutboundMessage, error: SmsError) -> None:
        """A message was refused, or its outcome is unknown."""

    @_host_hook
    def sms_inbound(self, channel: AnyChannel, event: InboundEvent) -> None:
        """A message, an opt-out or an opt-in came."""

    @_host_hook
    def sms_inbound_rejected(
        self, channel: AnyChannel, request: WebhookRequest | DeliverRequest, error: SmsError
    ) -> None:
        """A webhook, frame or one item of it was refused: an `InboundError`, or the adapter's or channel's fault."""

    @_host_hook
    def sms_delivery_report(self, channel: AnyChannel, report: DeliveryReport) -> None:
        """A delivery report came."""

    @_host_hook
    def sms_session_changed(self, channel: AnyChannel, health: Health) -> None:
        """A connection to an SMSC changed its state, or something went wrong on it; `health.reason` is a sentence."""
