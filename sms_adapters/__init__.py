"""Every SMS aggregator a plug-in with one contract.

The names below are loaded when first used, so that importing the package costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .channel import Channel
    from .client import AsyncClient, Client
    from .config import AdapterConfig
    from .errors import (
        AdapterDefect,
        AuthError,
        ConfigError,
        DeliveryUncertain,
        InboundError,
        InvalidMessage,
        InvalidSignature,
        MalformedInbound,
        NotForThisAdapter,
        ProtocolError,
        Rejected,
        SmsError,
        TemporaryFailure,
        Throttled,
        TransportError,
        UnknownAdapter,
        Unsupported,
        Vetoed,
    )
    from .flow import Flow
    from .hookspecs import SPEC_VERSION, AdapterHooks, HostHooks, hookimpl
    from .http import Headers, HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
    from .manifest import Capability, Manifest, Support
    from .messages import (
        ControlEvent,
        DeliveryReport,
        InboundEvent,
        InboundMessage,
        InboundPage,
        Media,
        OptIn,
        OptOut,
        OutboundMessage,
        UnreadableEvent,
        event_to_dict,
    )
    from .network import NetworkPolicy
    from .registry import Registry
    from .results import AccountInfo, PartResult, Price, Reason, SendResult, Status
    from .smsc.config import SessionConfig
    from .smsc.values import DeliverRequest, DeliverResponse, Login, SessionFlow, SubmitRequest, SubmitResponse
    from .text import plan
    from .webhooks.core import Receipt

_MODULES = {
    "channel": "Channel",
    "client": "AsyncClient Client",
    "config": "AdapterConfig",
    "errors": (
        "AdapterDefect AuthError ConfigError DeliveryUncertain InboundError InvalidMessage InvalidSignature"
        " MalformedInbound NotForThisAdapter ProtocolError Rejected SmsError TemporaryFailure Throttled TransportError"
        " UnknownAdapter Unsupported Vetoed"
    ),
    "flow": "Flow",
    "hookspecs": "SPEC_VERSION AdapterHooks HostHooks hookimpl",
    "http": "Headers HttpRequest HttpResponse WebhookRequest WebhookResponse",
    "manifest": "Capability Manifest Support",
    "messages": (
        "ControlEvent DeliveryReport InboundEvent InboundMessage InboundPage Media OptIn OptOut OutboundMessage"
        " UnreadableEvent event_to_dict"
    ),
    "network": "NetworkPolicy",
    "registry": "Registry",
    "results": "AccountInfo PartResult Price Reason SendResult Status",
    "smsc.config": "SessionConfig",
    "smsc.values": "DeliverRequest DeliverResponse Login SessionFlow SubmitRequest SubmitResponse",
    "text": "plan",
    "webhooks.core": "Receipt",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*globals(), *_HOMES))


__all__ = [
    "SPEC_VERSION",
    "AccountInfo",
    "AdapterConfig",
    "AdapterDefect",
    "AdapterHooks",
    "AsyncClient",
    "AuthError",
    "Capability",
    "Channel",
    "Client",
    "ConfigError",
    "ControlEvent",
    "DeliverRequest",
    "DeliverResponse",
    "DeliveryReport",
    "DeliveryUncertain",
    "Flow",
    "Headers",
    "HostHooks",
    "HttpRequest",
    "HttpResponse",
    "InboundError",
    "InboundEvent",
    "InboundMessage",
    "InboundPage",
    "InvalidMessage",
    "InvalidSignature",
    "Login",
    "MalformedInbound",
    "Manifest",
    "Media",
    "NetworkPolicy",
    "NotForThisAdapter",
    "OptIn",
    "OptOut",
    "OutboundMessage",
    "PartResult",
    "Price",
    "ProtocolError",
    "Reason",
    "Receipt",
    "Registry",
    "Rejected",
    "SendResult",
    "SessionConfig",
    "SessionFlow",
    "SmsError",
    "Status",
    "SubmitRequest",
    "SubmitResponse",
    "Support",
    "TemporaryFailure",
    "Throttled",
    "TransportError",
    "UnknownAdapter",
    "UnreadableEvent",
    "Unsupported",
    "Vetoed",
    "WebhookRequest",
    "WebhookResponse",
    "__version__",
    "event_to_dict",
    "hookimpl",
    "plan",
]
