"""A Vonage channel, what it is answered, and the webhooks it is handed: for the tests beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gsm0338

from sms_adapters import (
    Channel,
    Client,
    OutboundMessage,
    Registry,
    SmsError,
)
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.transports.simulated import SimulatedTransport

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("vonage")
ACCOUNT, SECRET = "abcd1234", "abcdef0123456789"
SIGNATURE_SECRET = "example-signature-secret-of-32-octets"
APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
HOOK = "https://sms.example.org/c/vonage/8eb23e93"
METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")
ID = "7f1d6c1e-3f5b-4c43-9a58-4d4b7a0c5e11"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"account": ACCOUNT, "api_secret": SECRET, "signature_secret": SIGNATURE_SECRET, **(config or {})}
    options = {"address": "+12025550100", "country": "US", "public_url": "https://sms.example.org", **options}
    kept = {name: value for name, value in values.items() if value is not None}
    return REGISTRY.open("vonage", **{"id": "8eb23e93", "config": kept, "clock": lambda: CLOCK, **options})


class Answers:
    """A transport that keeps requests and gives answers."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers, self.requests = list(answers), list[HttpRequest]()

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)

    def close(self) -> None: ...


def answer(status: int, value: object, **headers: str) -> HttpResponse:
    return HttpResponse(status, Headers({"Content-Type": "application/json", **headers}), json.dumps(value).encode())


def elements(*items: object, status: int = 200) -> HttpResponse:
    return answer(status, {"message-count": str(len(items)), "messages": list(items)})


def taken(number: int) -> dict[str, str]:
    return {"to": "12025550123", "message-id": f"{number:016X}", "status": "0", "message-price": "0.0333"}


def refused(status: object, text: str = "About it") -> dict[str, object]:
    return {"status": status, "error-text": text}


def message(text: str = "Muraho", **values: Any) -> OutboundMessage:
    return OutboundMessage(**{"to": "+12025550123", "text": text, "id": ID, **values})


def submit(item: OutboundMessage, *answers: HttpResponse, **options: Any) -> tuple[Any, list[HttpRequest]]:
    """The result or the error, and the requests."""
    transport = Answers(*answers)
    with Client(transport=transport) as client:
        try:
            result: Any = client.send(channel_of(**options), item)
        except SmsError as error:
            result = error
    return result, transport.requests


def failure(*answers: HttpResponse, item: OutboundMessage | None = None, **options: Any) -> SmsError:
    error, _ = submit(item or message(), *answers, **options)
    assert isinstance(error, SmsError)
    return error


def form_of(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


UUID_ANSWER = answer(202, {"message_uuid": APPLICATION})
# Source: SMS API specification 1.2.0, InboundMessage: the values are its examples.
DOCUMENTED = {
    "api-key": "abcd1234",
    "msisdn": "447700900001",
    "to": "447700900000",
    "messageId": "0A0000000123ABCD1",
    "text": "Hello world",
    "type": "text",
    "keyword": "HELLO",
    "message-timestamp": "2020-01-01 12:00:00",
}
BODY = json.dumps(
    {
        "channel": "sms",
        "message_uuid": APPLICATION,
        "to": "447700900000",
        "from": "447700900001",
        "timestamp": "2020-01-01T14:00:00.000Z",
        "text": "Hello From Vonage!",
    }
).encode()


def gsm_by_another_codec(text: str) -> bool:
    """Whether GSM 7-bit holds a text, by gsm0338; it takes the escape itself for a character."""
    try:
        gsm0338.Codec().encode(text)
    except UnicodeError:
        return False
    return "\x1b" not in text


def webhook(fields: Mapping[str, str], style: str = "get", action: str = "receive", query: str = "") -> WebhookRequest:
    if style == "get":
        return WebhookRequest("GET", f"{HOOK}/{action}?{query and query + '&'}{urlencode(fields)}")
    kind = "application/json" if style == "json" else "application/x-www-form-urlencoded"
    body = json.dumps(fields) if style == "json" else urlencode(fields)
    return WebhookRequest(
        "POST", f"{HOOK}/{action}{query and '?' + query}", Headers({"Content-Type": kind}), body.encode()
    )


def posted(token: str | None, body: bytes = BODY, action: str = "receive") -> WebhookRequest:
    head = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token is not None else {})
    return WebhookRequest("POST", f"{HOOK}/{action}", Headers(head), body)


def bearer(request: HttpRequest) -> str:
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    assert scheme == "Bearer"
    return token


def simulated(channel: Channel[Any], simulator: Any) -> Client:
    simulator.inbound_url = channel.callback_url("receive")
    return Client(transport=SimulatedTransport(simulator))
