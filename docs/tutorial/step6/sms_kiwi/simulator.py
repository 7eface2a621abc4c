"""Kiwi's side, simulated: one account."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sms_adapters import Headers, HttpRequest, Status, WebhookRequest, WebhookResponse
from sms_adapters.simulation import Fate, SimulatedMessage, Simulator, fate_of

TOKEN, SECRET = "simulated-token", "simulated-secret"
REFUSALS: Mapping[Fate, tuple[int, int, str]] = {
    Fate.INVALID: (400, 1003, "to is no mobile number"),
    Fate.OPTED_OUT: (400, 1004, "the recipient opted out"),
    Fate.THROTTLED: (429, 1009, "ten messages a second"),
    Fate.UNAVAILABLE: (503, 1010, "try later"),
}
STATES: Mapping[Status, str] = {
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.FAILED: "failed",
    Status.UNDELIVERABLE: "failed",
    Status.EXPIRED: "expired",
    Status.REJECTED: "rejected",
}


class KiwiSimulator(Simulator):
    """One account, in memory."""

    adapter = "kiwi"

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "token": TOKEN, "secret": SECRET}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Take a message, or say why not."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, 1001, "unknown token")
        if (request.method, urlsplit(request.url).path) != ("POST", "/v1/messages"):
            return _error(404, 1000, "no such resource")
        values = request.json_object()
        if fate_of(values["to"]) in REFUSALS:
            return _error(*REFUSALS[fate_of(values["to"])])
        if not values.get("text") or len(values["text"]) > 1600:
            return _error(400, 1006, "from 1 to 1600 characters")
        return self._accepted(values)

    def _accepted(self, values: Mapping[str, Any]) -> WebhookResponse:
        sender, own = values["from"], f"k-{self.serial()}"
        sender = f"+{sender}" if sender.isdigit() and len(sender) > 8 else sender
        callback = values.get("report_url")
        self.accept(SimulatedMessage(own, f"+{values['to']}", sender, values["text"], callback, values=values))
        return WebhookResponse.json({"id": own, "state": "queued"}, 202)

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """One post to the URL that the message named."""
        if message.callback is None or status not in STATES:
            return None
        told = {"id": message.id, "ref": message.values["ref"], "state": STATES[status], "to": message.to[1:]}
        return self._signed(message.callback, {"type": "report", **told})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One post to the URL of the console."""
        if self.inbound_url is None:
            return []
        told = {"id": f"m-{self.serial()}", "from": sender[1:], "to": to.lstrip("+"), "text": text}
        return [self._signed(self.inbound_url, {"type": "message", **told})]

    def _signed(self, url: str, values: dict[str, Any]) -> HttpRequest:
        body = json.dumps({**values, "at": self.clock().isoformat()}).encode()
        return HttpRequest("POST", url, _headers(body), body)

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """A recorded webhook, signed with this simulator's secret."""
        return WebhookRequest(request.method, request.url, _headers(request.body), request.body)


def _headers(body: bytes) -> Headers:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Headers({"Content-Type": "application/json", "Kiwi-Signature": digest})


def _error(status: int, code: int, text: str) -> WebhookResponse:
    return WebhookResponse.json({"error": {"code": code, "text": text}}, status)
