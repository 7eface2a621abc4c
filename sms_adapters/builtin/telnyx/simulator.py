"""Telnyx's side, simulated: messages with idempotency keys, the balance, and signed events."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from ...http import Headers, HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator, fate_of, segments_in
from ...text.gsm7 import fits

__all__ = ["SEED", "TelnyxSimulator"]

API_KEY = "KEY0123456789ABCDEF_simulated"
PROFILE = "740572b6-099c-44a1-89b9-6c92163bc68d"
POOLED = "+12025550100"
SEED = bytes(range(32))
STAMP, SIGNATURE = "telnyx-timestamp", "telnyx-signature-ed25519"
PUBLIC_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
Values: TypeAlias = Mapping[str, Any]
Refusal: TypeAlias = tuple[int, str, str, str]
REFUSALS: Mapping[Fate, Refusal] = {
    Fate.INVALID: (400, "40310", "Invalid 'to' address", "/to"),
    Fate.OPTED_OUT: (409, "40300", "Blocked due to STOP message", ""),
    Fate.THROTTLED: (429, "10011", "Too many requests", ""),
    Fate.UNAVAILABLE: (503, "10037", "Service unavailable", ""),
}
WORDS: Mapping[Status, tuple[str, str | None]] = {
    Status.SENT: ("sent", None),
    Status.DELIVERED: ("delivered", None),
    Status.UNDELIVERABLE: ("delivery_failed", "40008"),
    Status.FAILED: ("sending_failed", "40006"),
    Status.EXPIRED: ("expired", "40005"),
    Status.REJECTED: ("sending_failed", "40322"),
}
CHECKS: tuple[tuple[Callable[[Values], bool], Refusal], ...] = (
    (lambda values: not values.get("to"), (422, "10004", "Missing required parameter", "/to")),
    (lambda values: not str(values["to"]).startswith("+"), (400, "40310", "Invalid 'to' address", "/to")),
    (
        lambda values: not (values.get("from") or values.get("messaging_profile_id")),
        (422, "10004", "Missing required parameter", "/from"),
    ),
    (
        lambda values: not (values.get("text") or values.get("media_urls")),
        (400, "40316", "No content provided for message", "/text"),
    ),
    (lambda values: segments_in(values.get("text") or "") > 10, (400, "40302", "Message too large", "/text")),
    (lambda values: len(values.get("media_urls") or ()) > 10, (400, "40317", "Invalid MMS content", "/media_urls")),
    (
        lambda values: values.get("encoding") == "gsm7" and not fits(values.get("text") or ""),
        (400, "10015", "Bad Request", "/encoding"),
    ),
)


REDELIVERY = Redelivery(
    waits=(2, 4),
    timeout=2,
)


class TelnyxSimulator(Simulator):
    """One account with one messaging profile and any number of senders."""

    adapter = "telnyx"
    redelivery = REDELIVERY
    needs: ClassVar = {"cryptography": "sms-adapters[crypto]"}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._told: dict[str, tuple[str, str | None]] = {}
        self._answers: dict[str, tuple[bytes, WebhookResponse]] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {
            "api_key": API_KEY,
            "public_key": PUBLIC_KEY,
            "messaging_profile_id": PROFILE,
            "base_url": base_url,
        }

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages, a message by its id, and the balance."""
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            return _error(401, "10009", "Authentication failed")
        path = urlsplit(request.url).path
        if path == "/v2/messages" and request.method == "POST":
            return self._once(request)
        if path == "/v2/balance":
            values = {"record_type": "balance", "balance": "300.00", "credit_limit": "0.00", "currency": "USD"}
            return WebhookResponse.json({"data": values})
        for message in self.accepted:
            if path == f"/v2/messages/{message.id}":
                return WebhookResponse.json({"data": self._resource(message)})
        return _error(404, "10005", "Resource not found")

    def _once(self, request: WebhookRequest) -> WebhookResponse:
        """A success is replayed for the same key and octets; other octets under the key are refused."""
        key = request.headers.get("idempotency-key") or ""
        body, answer = self._answers.get(key) or (b"", None)
        if answer is not None:
            return answer if body == request.body else _error(422, "10027", "Unprocessable Entity")
        values = request.json_object()
        refusal = REFUSALS.get(fate_of(str(values.get("to")))) or next((no for bad, no in CHECKS if bad(values)), None)
        if refusal is not None:
            return _error(*refusal)
        identity = str(UUID(int=0x5B6F1E0A2C3D4E4F8A9B0C1D2E3F4A00 + self.serial()))
        sender, text, callback = values.get("from") or POOLED, values.get("text") or "", values.get("webhook_url")
        message = SimulatedMessage(identity, values["to"], sender, text, callback, values=values)
        made = WebhookResponse.json({"data": self._resource(message)})
        if key:
            self._answers[key] = request.body, made
        self.accept(message)
        return made

    def _resource(self, message: SimulatedMessage) -> dict[str, Any]:
        values = message.values
        word, code = self._told.get(message.id, ("scheduled" if values.get("send_at") else "queued", None))
        return {
            "record_type": "message",
            "id": message.id,
            "direction": "outbound",
            "type": "MMS" if values.get("media_urls") else "SMS",
            "messaging_profile_id": PROFILE,
            "from": {"phone_number": message.sender, "carrier": "Telnyx", "line_type": "Wireless"},
            "to": [{"phone_number": message.to, "status": word, "carrier": "CARRIER", "line_type": "Wireless"}],
            "text": message.text,
            "media": [{"url": url} for url in values.get("media_urls") or ()],
            "parts": segments_in(message.text),
            "encoding": "GSM-7" if fits(message.text) else "UTF-16",
            "cost": {"amount": "0.0051", "currency": "USD"},
            "errors": [{"code": code, "title": "Simulated"}] if code else [],
            "webhook_url": message.callback,
            "received_at": _stamp(self.clock()),
        }

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """An event to the message's own URL, else to that of the profile unless the message wants none."""
        if status not in WORDS:
            return None
        self._told[message.id] = WORDS[status]
        profile = self.inbound_url if message.values.get("use_profile_webhooks", True) else None
        url = message.callback or profile
        kind = "message.sent" if status is Status.SENT else "message.finalized"
        return self._event(url, kind, self._resource(message)) if url else None

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One event: Telnyx joins the parts."""
        if self.inbound_url is None:
            return []
        payload = {
            "record_type": "message",
            "direction": "inbound",
            "id": str(UUID(int=0x84CCA17597554859B67F4730D7F58000 + self.serial())),
            "type": "SMS",
            "messaging_profile_id": PROFILE,
            "from": {"phone_number": sender, "carrier": "CARRIER", "line_type": "Wireless"},
            "to": [{"phone_number": to, "carrier": "Telnyx", "line_type": "Wireless", "status": "webhook_delivered"}],
            "text": text,
            "media": [],
            "parts": segments_in(text),
            "received_at": _stamp(self.clock()),
        }
        return [self._event(self.inbound_url, "message.received", payload)]

    def _event(self, url: str, kind: str, payload: Values) -> HttpRequest:
        identity = str(UUID(int=0xB301ED3F1490491F995F6E64E6967000 + self.serial()))
        event = {"record_type": "event", "event_type": kind, "id": identity, "occurred_at": _stamp(self.clock())}
        document = {"data": {**event, "payload": payload}, "meta": {"attempt": 1, "delivered_to": url}}
        body = json.dumps(document, ensure_ascii=False).encode()
        stamp = str(int(self.clock().timestamp()))
        signed = {STAMP: stamp, SIGNATURE: _signature(stamp, body)}
        return HttpRequest("POST", url, Headers({"Content-Type": "application/json", **signed}), body)

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """Signed with this account's key, at the time that the event was signed."""
        made = _signature(request.headers.get(STAMP) or "", request.body)
        return replace(request, headers=request.headers.having(SIGNATURE, made))


def _signature(stamp: str, body: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(f"{stamp}|".encode() + body)
    return base64.b64encode(signature).decode()


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _error(status: int, code: str, title: str, pointer: str = "") -> WebhookResponse:
    error = {"code": code, "title": title, "detail": f"{title}."}
    source = {"source": {"pointer": pointer}} if pointer else {}
    return WebhookResponse.json({"errors": [{**error, **source}]}, status)
