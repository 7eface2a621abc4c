"""The webhooks that the simulated Vonage fires, and how it signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...http import HttpRequest, WebhookRequest
from ...results import Status
from ...signatures import bearer_token
from ...simulation import SimulatedMessage
from ...text import Encoding, plan
from .signing import signature
from .sms_webhooks import fields_of

__all__ = [
    "CALLBACKS",
    "RECEIPTS",
    "callback",
    "message",
    "parts",
    "receipt",
    "sealed",
    "sealed_anew",
    "signed",
    "signed_anew",
]

RECEIPTS: Mapping[Status, tuple[str, str]] = {
    Status.QUEUED: ("buffered", "0"),
    Status.SENT: ("accepted", "0"),
    Status.DELIVERED: ("delivered", "0"),
    Status.FAILED: ("failed", "99"),
    Status.EXPIRED: ("expired", "2"),
    Status.REJECTED: ("rejected", "6"),
    Status.UNDELIVERABLE: ("failed", "3"),
}
CALLBACKS: Mapping[Status, tuple[str, str]] = {
    Status.SENT: ("submitted", ""),
    Status.DELIVERED: ("delivered", ""),
    Status.FAILED: ("undeliverable", "1331"),
    Status.EXPIRED: ("rejected", "1360"),
    Status.REJECTED: ("rejected", "1210"),
    Status.UNDELIVERABLE: ("undeliverable", "1190"),
}


def receipt(sent: SimulatedMessage, status: Status, now: datetime) -> dict[str, str]:
    """The parameters of a delivery receipt for one segment."""
    word, code = RECEIPTS[status]
    fields = {"msisdn": _digits(sent.to), "to": _digits(sent.sender), "network-code": "12345", "messageId": sent.id}
    fields |= {"price": "0.0333", "status": word, "err-code": code, "scts": f"{now:%y%m%d%H%M}"}
    reference = sent.values.get("client-ref")
    return fields | ({"client-ref": str(reference)} if reference else {})


def parts(sender: str, to: str, text: str, reference: int) -> Iterator[dict[str, str]]:
    """The parameters of an incoming message, one set for each segment."""
    planned = plan(text)
    kind = "text" if planned.encoding is Encoding.GSM7 else "unicode"
    for number, segment in enumerate(planned.segments, 1):
        fields = {"msisdn": _digits(sender), "to": _digits(to), "messageId": f"{reference:012X}{number:04X}"}
        fields |= {"text": segment.text, "type": kind, "keyword": "SIMULATED"}
        place = {"concat-ref": str(reference), "concat-part": str(number), "concat-total": str(planned.count)}
        yield fields | ({"concat": "true", **place} if planned.count > 1 else {})


def signed(url: str, fields: Mapping[str, str], *, style: str, key: tuple[str, str, str], now: datetime) -> HttpRequest:
    """A webhook of the SMS API by GET, form or JSON; `key` is the account, its signature secret and method."""
    account, secret, method = key
    values = {**fields, "api-key": account, "message-timestamp": f"{now:%Y-%m-%d %H:%M:%S}"}
    values |= {"timestamp": str(int(now.timestamp())), "nonce": f"nonce-of-{fields['messageId']}"}
    values["sig"] = signature(values.items(), secret, method).upper()
    if style == "get":
        return HttpRequest.get(url, values)
    return HttpRequest.form(url, values) if style == "form" else HttpRequest.json(url, values)


def callback(sent: SimulatedMessage, status: Status, now: datetime) -> dict[str, Any]:
    """The body of a status of the Messages API."""
    word, code = CALLBACKS[status]
    more = f"https://developer.vonage.com/api-errors/messages#{code}"
    values: dict[str, Any] = {"message_uuid": sent.id, "to": _digits(sent.to), "from": _digits(sent.sender)}
    values |= {"timestamp": now.isoformat(), "status": word, "channel": sent.values["channel"]}
    values |= {"client_ref": sent.values.get("client_ref")}
    return values | ({"error": {"type": more, "title": code, "detail": "Simulated"}} if code else {})


def message(sender: str, to: str, text: str, uuid: str, now: datetime) -> dict[str, Any]:
    """The body of an incoming message of the Messages API, whole."""
    values = {"channel": "sms", "message_uuid": uuid, "to": _digits(to), "from": _digits(sender)}
    return values | {"timestamp": now.isoformat(), "message_type": "text", "text": text}


def sealed(url: str, values: Mapping[str, Any], *, key: tuple[str, str, str], now: datetime) -> HttpRequest:
    """A webhook of the Messages API; `key` is the account, its signature secret and the application."""
    account, secret, application = key
    request = HttpRequest.json(url, values)
    claims = {"iat": int(now.timestamp()), "jti": hashlib.sha256(request.body).hexdigest()[:32], "iss": "Vonage"}
    claims |= {"api_key": account, "application_id": application}
    return request.with_header("Authorization", _token(request.body, claims, secret))


def sealed_anew(request: WebhookRequest, secret: str) -> WebhookRequest:
    """A webhook of the Messages API whose token holds the digest of its present body; the other claims stay."""
    payload = (bearer_token(request) or "").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return replace(request, headers=request.headers.having("Authorization", _token(request.body, claims, secret)))


def signed_anew(request: WebhookRequest, secret: str, method: str) -> WebhookRequest:
    """A webhook of the SMS API with the signature of its present parameters; unchanged if it has none."""
    pairs = fields_of(request).items()
    given = next((value for name, value in pairs if name == "sig"), None)
    if given is None:
        return request
    sig = signature([pair for pair in pairs if pair[0] != "sig"], secret, method).upper()
    if request.method.upper() == "GET":
        return replace(request, url=request.url.replace(f"sig={given}", f"sig={sig}"))
    return replace(request, body=request.body.replace(given.encode(), sig.encode()))


def _token(body: bytes, claims: Mapping[str, Any], secret: str) -> str:
    claims = {**claims, "payload_hash": hashlib.sha256(body).hexdigest()}
    head = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    return f"Bearer {head}.{_unpadded(hmac.digest(secret.encode(), head.encode(), 'sha256'))}"


def _digits(address: str) -> str:
    return address.removeprefix("+")


def _encoded(value: Mapping[str, Any]) -> str:
    return _unpadded(json.dumps(value, separators=(",", ":")).encode())


def _unpadded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
