"""seven's side, simulated: messages, their status, and both webhooks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sms_adapters.http import HttpRequest, WebhookRequest, WebhookResponse
from sms_adapters.results import Status
from sms_adapters.simulation import Fate, SimulatedMessage, Simulator, fate_of
from sms_adapters.text import plan

KEY = "simulated-api-key-1"
SIGNING_SECRET = "simulated-signing-secret-1"  # noqa: S105 - made up
REFUSALS: Mapping[Fate, str] = {
    Fate.INVALID: "202",
    Fate.OPTED_OUT: "202",
    Fate.THROTTLED: "403",
    Fate.UNAVAILABLE: "600",
}
WORDS: Mapping[Status, str] = {
    Status.QUEUED: "ACCEPTED",
    Status.SENT: "TRANSMITTED",
    Status.DELIVERED: "DELIVERED",
    Status.FAILED: "FAILED",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTED",
    Status.UNDELIVERABLE: "NOTDELIVERED",
}


class SevenSimulator(Simulator):
    """One account whose webhooks are registered at one URL."""

    adapter = "seven"

    def config(self, base_url: str) -> dict[str, Any]:
        """The configuration of a channel that this account accepts."""
        return {"base_url": base_url, "api_key": KEY, "signing_secret": SIGNING_SECRET}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Answer a request as the aggregator would: a refusal is a code alone, with status 200."""
        path = urlsplit(request.url).path
        if request.headers.get("X-Api-Key") != KEY:
            return WebhookResponse.json(900)
        if path == "/api/sms" and request.method == "POST":
            return self._submit(request.json_object())
        if path == "/api/status":
            return self._status(request.query().get("msg_id"))
        return WebhookResponse.plain("not found", 404)

    def _status(self, wanted: str | None) -> WebhookResponse:
        for message in self.accepted:
            if message.id == wanted:
                return WebhookResponse.json({"id": wanted, "status": "TRANSMITTED", "statusTime": self._time()})
        return WebhookResponse.json(901)

    def _submit(self, values: Mapping[str, Any]) -> WebhookResponse:
        to, sender, text = (str(values.get(name) or "") for name in ("to", "from", "text"))
        if not to or not text or len(text) > 1520:
            return WebhookResponse.json(305 if not text else 401 if to else 301)
        if refusal := REFUSALS.get(fate_of(to)):
            return WebhookResponse.json(int(refusal))
        made = SimulatedMessage(f"7730{self.serial():07d}", to, sender, text, values=values)
        self.accept(made)
        planned = plan(text)
        first = {
            "id": made.id,
            "sender": sender,
            "recipient": to.removeprefix("+"),
            "text": text,
            "encoding": "gsm" if planned.encoding == "gsm7" else "ucs2",
            "parts": planned.count,
            "price": 0.075 * planned.count,
            "success": True,
            "error": None,
            "error_text": None,
        }
        answer = {"success": "100", "total_price": first["price"], "balance": 12.4, "debug": "false"}
        return WebhookResponse.json({**answer, "sms_type": "direct", "messages": [first]})

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """The event `dlr`."""
        if status not in WORDS:
            return None
        data = {"msg_id": message.id, "status": WORDS[status], "timestamp": self._time()}
        return self._event("dlr", data | {"foreign_id": message.values.get("foreign_id")})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """The event `sms_mo`."""
        numbers = {"sender": sender.removeprefix("+"), "system": to.removeprefix("+")}
        moment = str(int(self.clock().timestamp()))
        data = {"id": f"99{self.serial():05d}", **numbers, "text": text, "time": moment, "message_type": "SMS"}
        event = self._event("sms_mo", data)
        return [] if event is None else [event]

    def _time(self) -> str:
        return self.clock().strftime("%Y-%m-%d %H:%M:%S.%f")

    def _event(self, name: str, data: Mapping[str, Any]) -> HttpRequest | None:
        if self.inbound_url is None:
            return None
        values = {"data": dict(data), "webhook_event": name, "webhook_timestamp": self._time()[:19]}
        request = HttpRequest.json(self.inbound_url, values)
        stamp, nonce = str(int(self.clock().timestamp())), f"{self.serial():032x}"
        request = request.with_header("X-Timestamp", stamp).with_header("X-Nonce", nonce)
        return request.with_header("X-Signature", _signature(stamp, nonce, request.url, request.body))

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """The same webhook, signed with the simulated secret."""
        stamp, nonce = (request.headers.get(name) or "" for name in ("X-Timestamp", "X-Nonce"))
        signature = _signature(stamp, nonce, request.url, request.body)
        return replace(request, headers=request.headers.having("X-Signature", signature))


def _signature(stamp: str, nonce: str, url: str, body: bytes) -> str:
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return hmac.digest(SIGNING_SECRET.encode(), "\n".join((stamp, nonce, "POST", url, digest)).encode(), "sha256").hex()
