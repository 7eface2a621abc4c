"""A made-up aggregator for the webhook tests: signed, in batches, in JSON, XML or a form, with an alias."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr

from sms_adapters.auth import Auth
from sms_adapters.channel import Channel
from sms_adapters.config import AdapterConfig
from sms_adapters.errors import MalformedInbound
from sms_adapters.hookspecs import hookimpl
from sms_adapters.http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from sms_adapters.manifest import Capability, Feature, Kind, Manifest, Support, Webhook
from sms_adapters.messages import ControlEvent, InboundEvent, InboundMessage, PartInfo, UnreadableEvent
from sms_adapters.registry import Plugin
from sms_adapters.signatures import Verified, verify_hmac

SECRET = "letterbox-test-secret"
HEADER = "X-Letterbox-Signature"
FULL = Feature(Support.FULL)
BROKEN = "broken"


class Config(AdapterConfig):
    base_url: str = "https://letterbox.example.org"
    secret: SecretStr = SecretStr(SECRET)


class Letterbox:
    """Reads `{"messages": [...]}`, `<messages><message id= from=>text</message></messages>`, or one message's form."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: Channel[Config]) -> Auth:
        return Auth()

    @hookimpl
    def send(self, channel, message):
        raise NotImplementedError

    @hookimpl
    def verify_inbound(self, channel: Channel[Config], request: WebhookRequest) -> Verified:
        return verify_hmac(channel.config.secret.get_secret_value(), request.body, request.headers.get(HEADER))

    @hookimpl
    def parse_inbound(self, channel: Channel[Config], request: WebhookRequest) -> Sequence[InboundEvent]:
        if request.media_type == "text/xml":
            items = [{**item.attrib, "text": item.text or ""} for item in request.xml()]
        elif request.media_type == "application/json":
            items = request.json_object().get("messages")
        elif request.media_type == "application/x-www-form-urlencoded":
            items = [{name: request.form().get(name) for name in request.form()}]
        else:
            raise MalformedInbound(f"the letterbox takes no {request.media_type!r}")
        if not isinstance(items, list) or not items:
            raise MalformedInbound("there are no messages")
        return [self.event(item, request) for item in items]

    def event(self, item: Any, request: WebhookRequest) -> InboundEvent:
        if item == BROKEN:
            return None
        try:
            if "confirm" in item:
                return ControlEvent("confirm", {"url": item["confirm"]})
            part = PartInfo(*item["part"]) if "part" in item else None
            seen = {"url": request.url, "remote": request.remote}
            return InboundMessage(item["from"], item["text"], id=item["id"], part=part, raw=seen)
        except (KeyError, TypeError):
            return UnreadableEvent(MalformedInbound("the item is no message"), {"item": repr(item)})

    @hookimpl
    def respond_inbound(self, channel, request: WebhookRequest, events: Sequence[InboundEvent]) -> WebhookResponse:
        if events and all(isinstance(event, UnreadableEvent) for event in events):
            return WebhookResponse.plain("the letterbox cannot read this", 422)
        return WebhookResponse.plain(f"took {len(events)}")

    @hookimpl
    def follow_up(self, channel, event: InboundEvent):
        response: HttpResponse = yield HttpRequest.get(event.values["url"])
        return response.ok


WEBHOOKS = (Webhook("receive", ("POST", "GET")), Webhook("batch"), Webhook("crash"))
SIGNED = {Capability.SIGNED_WEBHOOKS: FULL, Capability.FOLLOW_UP: FULL}


def plugin(adapter: object | None = None, **manifest: Any) -> Plugin:
    """The letterbox as a loaded adapter; `adapter` replaces the class, `manifest` values of it."""
    values = {"id": "letterbox", "name": "Letterbox", "spec_version": "1.0", "implementation": "letterbox:Letterbox"}
    values |= {"kind": Kind.REST, "aliases": ("lb",), "webhooks": WEBHOOKS, "features": SIGNED, **manifest}
    return Plugin(values["id"], Manifest(**values), adapter or Letterbox(), Config)


def channel(adapter: object | None = None, *, manifest: dict[str, Any] | None = None, **options: Any) -> Channel[Any]:
    made = plugin(adapter, **(manifest or {}))
    return Channel(made, **{"id": "8eb23e93", "config": Config(), **options})


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, content_type: str = "application/json", **headers: str) -> dict[str, str]:
    """The headers with which the letterbox would deliver `body`."""
    return {"Content-Type": content_type, HEADER: signature(body), **headers}
