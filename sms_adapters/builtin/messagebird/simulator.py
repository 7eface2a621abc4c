"""MessageBird's side, simulated: the REST API with its signed webhooks; `simulated_bird` is the platform."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias
from urllib.parse import urlsplit

from ...http import HttpRequest, WebhookRequest, WebhookResponse, encode_form
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator, fate_of, segments_in
from ...text.gsm7 import fits
from .simulated_bird import BirdSide

__all__ = ["MessageBirdSimulator", "token"]

ACCESS_KEY = "simulated0access0key00000"
SIGNING_KEY = "simulated-signing-key-of-32-octets-or-more"
HEADER = "MessageBird-Signature-JWT"
Values: TypeAlias = Mapping[str, Any]
Refusal: TypeAlias = tuple[int, int, str, str | None]
NOT_ALLOWED: Refusal = (401, 2, "Request not allowed (incorrect access_key)", "access_key")
REFUSALS: Mapping[Fate, Refusal] = {
    Fate.INVALID: (422, 9, "no (correct) recipients found", "recipients"),
    Fate.THROTTLED: (429, 0, "Too many requests", None),
    Fate.UNAVAILABLE: (503, 99, "Internal error", None),
}
WORDS: Mapping[Status, tuple[str, str | None, int | None]] = {
    Status.QUEUED: ("buffered", None, None),
    Status.SENT: ("sent", "pending DLR", None),
    Status.DELIVERED: ("delivered", "successfully delivered", None),
    Status.UNDELIVERABLE: ("delivery_failed", "unknown subscriber", 1),
    Status.FAILED: ("delivery_failed", "received network error", 34),
    Status.EXPIRED: ("expired", "DLR not received", None),
    Status.REJECTED: ("delivery_failed", "carrier rejected", None),
}
CHECKS: tuple[tuple[Callable[[Values], bool], Refusal], ...] = (
    (lambda values: not values.get("originator"), (422, 9, "originator is required", "originator")),
    (lambda values: not values.get("recipients"), (422, 9, "no (correct) recipients found", "recipients")),
    (lambda values: not str(values["recipients"][0]).isdigit(), REFUSALS[Fate.INVALID]),
    (lambda values: not (values.get("body") or values.get("mediaUrls")), (422, 9, "body is required", "body")),
    (lambda values: len(values.get("reference") or "") > 128, (422, 10, "reference is too long", "reference")),
    (
        lambda values: values.get("type") != "binary" and segments_in(values.get("body") or "") > 9,
        (422, 10, "body is too long", "body"),
    ),
)


REDELIVERY = Redelivery(waits=(5, 300, 1800, 7200, 18_000, 36_000, 36_000))


class MessageBirdSimulator(Simulator):
    """One account: of the REST API, or of the platform once `platform_config` was asked for."""

    adapter = "messagebird"
    redelivery = REDELIVERY
    needs: ClassVar = {"jwt": "sms-adapters[crypto]"}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._told: dict[str, Status] = {}
        self._platform: BirdSide | None = None

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"access_key": ACCESS_KEY, "signing_key": SIGNING_KEY, "base_url": base_url}

    def platform_config(self, base_url: str) -> dict[str, Any]:
        """An account of the platform; from now on the simulator is the platform."""
        self._platform = BirdSide(self)
        return self._platform.config(base_url)

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages with or without media, a message by its id, and the balance."""
        if self._platform is not None:
            return self._platform.handle(request)
        if request.headers.get("authorization") != f"AccessKey {ACCESS_KEY}":
            return _error(*NOT_ALLOWED)
        path = urlsplit(request.url).path
        if path in ("/messages", "/mms") and request.method == "POST":
            return self._take(request.json_object(), path)
        if path == "/balance":
            return WebhookResponse.json({"payment": "prepaid", "type": "euros", "amount": 9.2})
        for message in self.accepted:
            if path == f"/messages/{message.id}":
                return WebhookResponse.json(self._resource(message))
        return _error(404, 20, "message not found")

    def _take(self, values: Values, path: str) -> WebhookResponse:
        refusal = next((no for bad, no in CHECKS if bad(values)), None)
        fate = fate_of(str(values["recipients"][0])) if refusal is None else Fate.INVALID
        refusal = refusal or REFUSALS.get(fate)
        if refusal is not None:
            return _error(*refusal)
        binary, body = values.get("type") == "binary", values.get("body") or ""
        message = SimulatedMessage(
            f"e8077d803532c0b5937c{self.serial():012x}",
            _number(values["recipients"][0]),
            _number(values["originator"]),
            "" if binary else body if path == "/mms" else _as_sent(body, values.get("datacoding")),
            values.get("reportUrl") if values.get("reference") else None,
            bytes.fromhex(body) if binary else None,
            values,
        )
        if fate is Fate.OPTED_OUT:
            failed = {"status": "delivery_failed", "statusReason": "opted out", "statusErrorCode": 103}
            return WebhookResponse.json(self._resource(message, failed), 201)
        self.accept(message)
        return WebhookResponse.json(self._resource(message), 201)

    def _resource(self, message: SimulatedMessage, more: Values | None = None) -> dict[str, Any]:
        values = message.values
        scheduled = "scheduled" if values.get("scheduledDatetime") else "sent"
        word, reason, code = WORDS.get(self._told.get(message.id, Status.UNKNOWN), (scheduled, None, None))
        item = {
            "recipient": int(message.to.lstrip("+")),
            "status": word,
            "statusDatetime": self._stamp(),
            "statusReason": reason,
            "statusErrorCode": code,
            "messagePartCount": segments_in(message.text),
            "price": {"amount": 0.075, "currency": "EUR"},
        }
        names = ("originator", "body", "reference", "reportUrl", "validity", "gateway", "mediaUrls", "subject")
        return {
            "id": message.id,
            "href": f"https://rest.messagebird.com/messages/{message.id}",
            "direction": "mt",
            **{name: values.get(name) for name in names},
            "createdDatetime": self._stamp(),
            "recipients": {"totalCount": 1, "totalSentCount": 1, "items": [{**item, **(more or {})}]},
        }

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A GET to the message's own URL, if it has a reference."""
        if self._platform is not None:
            return self._platform.report(message, status)
        if status not in WORDS:
            return None
        self._told[message.id] = status
        word, reason, code = WORDS[status]
        if message.callback is None:
            return None
        told = {
            "id": message.id,
            "reference": message.values["reference"],
            "recipient": message.to.lstrip("+"),
            "status": word,
            "statusReason": reason,
            "statusDatetime": self._stamp(),
            "statusErrorCode": code,
            "price[amount]": "0.075",
            "price[currency]": "EUR",
        }
        joint = "&" if "?" in message.callback else "?"
        return self._signed(HttpRequest("GET", f"{message.callback}{joint}{encode_form(told)}"))

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One webhook: the parts are joined."""
        if self.inbound_url is None:
            return []
        if self._platform is not None:
            return [self._platform.inbound(self.inbound_url, sender, to, text)]
        fields = {
            "id": f"11aa22bb33cc44dd55ee{self.serial():012x}",
            "recipient": to.lstrip("+"),
            "originator": sender.lstrip("+"),
            "body": text,
            "createdDatetime": self._stamp(),
        }
        return [self._signed(HttpRequest.form(self.inbound_url, fields))]

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """Signed with this simulator's key, at the time that the webhook was signed."""
        if self._platform is not None or request.headers.get("webhook-signature"):
            return (self._platform or BirdSide(self)).resign(request)
        payload = (request.headers.get(HEADER) or "").split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        made = token(claims, request.url, request.body)
        return replace(request, headers=request.headers.having(HEADER, made))

    def _signed(self, request: HttpRequest) -> HttpRequest:
        now = int(self.clock().timestamp())
        claims = {"iss": "MessageBird", "nbf": now, "exp": now + 60, "jti": f"jti-{self.serial()}"}
        return request.with_header(HEADER, token(claims, request.url, request.body))

    def _stamp(self) -> str:
        return self.clock().isoformat(timespec="seconds")


def token(claims: Values, url: str, body: bytes, key: str = SIGNING_KEY) -> str:
    """A JWT (HS256) with `claims`, of a request to `url`; one without a body has no hash of it."""
    kept = {name: value for name, value in claims.items() if name != "payload_hash"}
    kept |= {"url_hash": hashlib.sha256(url.encode()).hexdigest()}
    kept |= {"payload_hash": hashlib.sha256(body).hexdigest()} if body else {}
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, kept))
    return (signed + b"." + _encoded(hmac.digest(key.encode(), signed, "sha256"))).decode()


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _number(raw: object) -> str:
    """E.164 for digits that are no short code."""
    text = str(raw)
    return f"+{text}" if text.isdigit() and len(text) > 8 else text


def _as_sent(text: str, coding: str | None) -> str:
    """Without `unicode` or `auto` what is outside of GSM 7-bit is lost."""
    return text if coding in ("unicode", "auto") else "".join(one if fits(one) else "?" for one in text)


def _error(status: int, code: int, description: str, parameter: str | None = None) -> WebhookResponse:
    error = {"code": code, "description": description, "parameter": parameter}
    return WebhookResponse.json({"errors": [error]}, status)
