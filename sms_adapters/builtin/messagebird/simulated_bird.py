"""The Bird platform, simulated: messages with idempotency keys, and events signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from ...http import Headers, HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, SimulatedMessage, fate_of, segments_in
from ...text.gsm7 import fits

if TYPE_CHECKING:
    from ...simulation import Simulator

__all__ = ["BirdSide"]

KEY = "bk_eu1_simulated0key"
SECRET = b"simulated-secret-of-the-webhook."
PATH = "/v1/sms/messages"
Values: TypeAlias = Mapping[str, Any]
Refusal: TypeAlias = tuple[int, str, str, str, str | None]
REFUSALS: Mapping[Fate, Refusal] = {
    Fate.INVALID: (422, "validation_error", "E04001", "SMSInvalidRecipient", "to"),
    Fate.THROTTLED: (429, "rate_limit_error", "E01006", "RateLimited", None),
    Fate.UNAVAILABLE: (503, "service_unavailable_error", "E01007", "ServiceUnavailable", None),
}
NOT_ALLOWED: Refusal = (401, "auth_error", "E02001", "InvalidAPIKey", None)
NOT_FOUND: Refusal = (404, "not_found_error", "E03001", "NotFound", None)
REUSED: Refusal = (409, "conflict_error", "E01005", "IdempotencyKeyReuse", None)
WORKSPACE = "ws_01krdgeqcxet5s7t44vh8rt9mg"
UNUSED = ("requested_language", "resolved_language", "template_id", "template_version_id", "template_content_hash")
COST = {
    "amount": "0.00990",
    "currency_code": "EUR",
    "transaction_amount": "0.00790",
    "passthrough_amount": "0.00200",
}
PREVIEW = ("media_urls", "binary", "validity_period", "scheduled_at")
CATEGORIES = ("transactional", "marketing", "authentication", "service")
WORDS: Mapping[Status, tuple[str, str | None]] = {
    Status.SENT: ("sent", None),
    Status.DELIVERED: ("delivered", None),
    Status.UNDELIVERABLE: ("undelivered", "unreachable"),
    Status.FAILED: ("failed", "blocked_by_carrier"),
    Status.EXPIRED: ("expired", "unreachable"),
    Status.REJECTED: ("rejected", "content_rejected"),
}


def _wrong(parameter: str) -> Refusal:
    return 422, "validation_error", "E01001", "ValidationError", parameter


CHECKS: tuple[tuple[Callable[[Values], bool], Refusal], ...] = (
    (lambda values: not str(values.get("to") or "").startswith("+"), _wrong("to")),
    (lambda values: not values.get("from"), _wrong("from")),
    (lambda values: not values.get("text") or segments_in(values["text"]) > 12, _wrong("text")),
    (lambda values: values.get("category") not in CATEGORIES, _wrong("category")),
    (lambda values: len(json.dumps(values.get("metadata"))) > 2048, _wrong("metadata")),
    (
        lambda values: any(name in values for name in PREVIEW),
        (422, "validation_error", "E04002", "SMSUnsupportedFeature", None),
    ),
)


class BirdSide:
    """A workspace with one key and one webhook subscription, at the simulator's `inbound_url`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._told: dict[str, Status] = {}
        self._answers: dict[str, tuple[bytes, WebhookResponse]] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The workspace."""
        secret = base64.b64encode(SECRET).decode()
        return {"access_key": KEY, "signing_key": f"whsec_{secret}", "base_url": base_url}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages, the list of them, and a message by its id."""
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(*NOT_ALLOWED)
        path = urlsplit(request.url).path
        if path == PATH and request.method == "POST":
            return self._once(request)
        if path == PATH:
            return WebhookResponse.json({"data": [], "next_cursor": None})
        for message in self._simulator.accepted:
            if path == f"{PATH}/{message.id}":
                return WebhookResponse.json(self._resource(message))
        return _error(*NOT_FOUND)

    def _once(self, request: WebhookRequest) -> WebhookResponse:
        """What a key was answered is repeated, unless that was 5xx; another body under the key is refused.

        Of 429 the documents do not say it; Bird's own library asks again under the same key, so it cannot be repeated.
        """
        key = request.headers.get("idempotency-key") or ""
        body, answer = self._answers.get(key) or (b"", None)
        if answer is not None:
            again = replace(answer, headers=answer.headers.having("Idempotency-Replay", "true"))
            return again if body == request.body else _error(*REUSED)
        made, message = self._made(request.json_object())
        if key and made.status < 500 and made.status != 429:
            self._answers[key] = request.body, made
        if message is not None:
            self._simulator.accept(message)
        return made

    def _made(self, values: Values) -> tuple[WebhookResponse, SimulatedMessage | None]:
        refusal = next((no for bad, no in CHECKS if bad(values)), None) or REFUSALS.get(fate_of(str(values.get("to"))))
        if refusal is not None:
            return _error(*refusal), None
        identity = f"sms_01krdgeqcxet5s7t4{self._simulator.serial():09d}"
        message = SimulatedMessage(identity, values["to"], values["from"], values["text"], values=values)
        if message.fate is not Fate.OPTED_OUT:
            return WebhookResponse.json(self._resource(message), 202), message
        refused = {"status": "rejected", "error": self._failure("recipient_opted_out")}
        return WebhookResponse.json({**self._resource(message), **refused}, 202), None

    def _resource(self, message: SimulatedMessage) -> dict[str, Any]:
        word, code = WORDS.get(self._told.get(message.id, Status.UNKNOWN), ("accepted", None))
        return {
            "id": message.id,
            "direction": "outbound",
            "status": word,
            **self._shared(message.to, message.sender, message.text, message.values.get("metadata")),
            "category": message.values["category"],
            "created_at": self._stamp(),
            "sent_at": None,
            "delivered_at": self._stamp() if word == "delivered" else None,
            "error": self._failure(code) if code else None,
        }

    def _shared(self, to: str, sender: str, text: str, metadata: object) -> dict[str, Any]:
        encoding = "GSM_7BIT" if fits(text) else "UCS2"
        segments = {"count": segments_in(text), "encoding": encoding, "characters": len(text)}
        told = {"to": to, "from": sender, "text": text, "segments": segments, "cost": COST, "metadata": metadata}
        return {**told, "tags": None, **dict.fromkeys(UNUSED)}

    def _failure(self, code: str) -> dict[str, Any]:
        return {"code": code, "description": "Simulated", "carrier_error_code": None, "occurred_at": self._stamp()}

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """An event to the subscription."""
        url = self._simulator.inbound_url
        if status not in WORDS or url is None:
            return None
        self._told[message.id] = status
        word, code = WORDS[status]
        data = self._shared(message.to, message.sender, message.text, message.values.get("metadata"))
        del data["text"]
        return self._event(
            url, f"sms.{word}", {"sms_id": message.id, **data, **({"error": self._failure(code)} if code else {})}
        )

    def inbound(self, url: str, sender: str, to: str, text: str) -> HttpRequest:
        """One event: the parts are joined."""
        identity = f"sms_01krdgeqcxet5s7t5{self._simulator.serial():09d}"
        return self._event(url, "sms.received", {"sms_id": identity, **self._shared(to, sender, text, None)})

    def _event(self, url: str, kind: str, data: Values) -> HttpRequest:
        event = {"type": kind, "timestamp": self._stamp(), "data": {**data, "workspace_id": WORKSPACE}}
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": f"evt_01krdgeqcxet5s7t4{self._simulator.serial():09d}",
            "webhook-timestamp": str(int(self._simulator.clock().timestamp())),
        }
        signature = _signature(headers["webhook-id"], headers["webhook-timestamp"], body)
        return HttpRequest("POST", url, Headers({**headers, "webhook-signature": signature}), body)

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """Signed with this workspace's secret, at the time that the webhook was signed."""
        identity, stamp = (request.headers.get(f"webhook-{name}") or "" for name in ("id", "timestamp"))
        made = _signature(identity, stamp, request.body)
        return replace(request, headers=request.headers.having("webhook-signature", made))

    def _stamp(self) -> str:
        return self._simulator.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _signature(identity: str, stamp: str, body: bytes) -> str:
    mac = hmac.digest(SECRET, f"{identity}.{stamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def _error(status: int, kind: str, code: str, name: str, parameter: str | None) -> WebhookResponse:
    error = {"type": kind, "code": code, "name": name, "message": "Simulated.", "request_id": "req_simulated"}
    made = WebhookResponse.json({"error": {**error, **({"param": parameter} if parameter else {})}}, status)
    return replace(made, headers=made.headers.having("Retry-After", "2")) if status == 429 else made
