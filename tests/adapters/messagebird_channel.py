"""MessageBird and Bird channels, what they are answered, and the webhooks they get: for the tests beside this."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from sms_adapters import Channel, Client, InvalidSignature, OutboundMessage, Registry, SmsError
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.messages import InboundEvent

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("messagebird")
ACCESS_KEY = "example0access0key0000000"
SIGNING_KEY = "example-signing-key-" * 4
PLATFORM_KEY = "bk_eu1_example0key"
WEBHOOK_SECRET = "exampleSecretOfTheWebhook1234567"
REST = {"access_key": ACCESS_KEY, "signing_key": SIGNING_KEY}
PLATFORM = {"access_key": PLATFORM_KEY, "signing_key": f"whsec_{WEBHOOK_SECRET}"}
RECEIVE = "https://sms.example.org/c/messagebird/8eb23e93/receive"
STATUS = "https://sms.example.org/c/messagebird/8eb23e93/status"
MESSAGE = OutboundMessage(to="+12025550123", text="Muraho", id="m-4471")
MID = "6fe65f90454aa61536e6a88b88972670"
SMS_ID = "sms_01krdgeqcxet5s7t44vh8rt9mg"
FORM = "application/x-www-form-urlencoded"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {**REST, **(config or {})}
    options = {"address": "+12025550100", "country": "US", "public_url": "https://sms.example.org", **options}
    kept = {name: value for name, value in values.items() if value is not None}
    return REGISTRY.open("messagebird", **{"id": "8eb23e93", "config": kept, "clock": lambda: CLOCK, **options})


class Answers:
    """A transport that keeps requests and gives answers."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers, self.requests = list(answers), list[HttpRequest]()

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)

    def close(self) -> None: ...


class Wired(Answers):
    """A transport that hands requests to a simulator."""

    def __init__(self, simulator: Any) -> None:
        super().__init__()
        self.simulator = simulator

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        made = self.simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(made.status, made.headers, made.body)


def answer(status: int, value: object, **headers: str) -> HttpResponse:
    pairs = {name.replace("_", "-"): text for name, text in headers.items()}
    return HttpResponse(status, Headers({"Content-Type": "application/json", **pairs}), json.dumps(value).encode())


def sent(channel: Channel[Any], message: OutboundMessage, *answers: HttpResponse) -> list[HttpRequest]:
    transport = Answers(*answers)
    with Client(transport=transport) as client:
        client.send(channel, message)
    return transport.requests


def body_of(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.body)
    return found


def failure(channel: Channel[Any], *answers: HttpResponse, message: OutboundMessage = MESSAGE) -> SmsError:
    transport = Answers(*answers)
    with Client(transport=transport) as client, pytest.raises(SmsError) as caught:
        client.send(channel, message)
    assert transport.answers == []
    return caught.value


def read(channel: Channel[Any], request: WebhookRequest) -> InboundEvent:
    """What a webhook brings, whoever signed it."""
    (event,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    found: InboundEvent = event
    return found


def accepts(channel: Channel[Any], request: WebhookRequest) -> bool:
    try:
        channel.plugin.adapter.verify_inbound(channel=channel, request=request)
    except InvalidSignature:
        return False
    return True


def at(moment: datetime, config: Mapping[str, Any] = REST) -> Channel[Any]:
    return channel_of(config, clock=lambda: moment)


def with_token(
    request: WebhookRequest, key: str = SIGNING_KEY, algorithm: str = "HS256", **claims: Any
) -> WebhookRequest:
    """Signed by PyJWT, which encodes a token as nobody else here does; a claim of None is left out."""
    import jwt

    now = int(CLOCK.timestamp())
    made = {"iss": "MessageBird", "nbf": now - 2, "exp": now + 58, "jti": "0b4b0d0e", "url_hash": sha256(request.url)}
    if request.body:
        made["payload_hash"] = sha256(request.body)
    told = {name: value for name, value in (made | claims).items() if value is not None}
    token = jwt.encode(told, key, algorithm=algorithm)
    headers = request.headers.having("MessageBird-Signature-JWT", token)
    return WebhookRequest(request.method, request.url, headers, request.body)


def sha256(value: str | bytes) -> str:
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def got(query: str, url: str = STATUS) -> WebhookRequest:
    return WebhookRequest("GET", f"{url}?{query}")


def posted(body: bytes, content_type: str = "application/json", url: str = RECEIVE, **headers: str) -> WebhookRequest:
    return WebhookRequest("POST", url, Headers({"Content-Type": content_type, **headers}), body)


def event(kind: str, **data: Any) -> WebhookRequest:
    told = {"type": kind, "timestamp": "2026-11-23T07:59:57Z", "data": data}
    return posted(json.dumps(told, ensure_ascii=False).encode())


def as_standard(
    request: WebhookRequest, stamp: str, identity: str = "evt_1", secret: str = WEBHOOK_SECRET
) -> WebhookRequest:
    """Signed as the specification of Standard Webhooks has it."""
    signed = f"{identity}.{stamp}.".encode() + request.body
    mac = base64.b64encode(hmac.digest(base64.b64decode(secret), signed, "sha256")).decode()
    headers = {"webhook-id": identity, "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}"}
    pairs = Headers([*request.headers.items(), *headers.items()])
    return WebhookRequest(request.method, request.url, pairs, request.body)
