"""Acme's side, simulated."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sms_adapters import Headers, HttpRequest, Status, WebhookRequest, WebhookResponse, plan
from sms_adapters.simulation import Fate, SimulatedMessage, Simulator, fate_of

KEY, SECRET = "test_acme_key_1", "acme-signing-secret-1"
REFUSALS: Mapping[Fate, tuple[int, str, str]] = {
    Fate.INVALID: (400, "to.invalid", "no such number"),
    Fate.OPTED_OUT: (400, "to.opted_out", "the recipient said STOP"),
    Fate.THROTTLED: (429, "rate.exceeded", "20 requests a second"),
    Fate.UNAVAILABLE: (503, "service.unavailable", "try later"),
}


class AcmeSimulator(Simulator):
    """One account."""

    adapter = "acme"

    def config(self, base_url: str) -> dict[str, Any]:
        """The account's key."""
        return {"api_key": KEY, "signing_secret": SECRET, "base_url": base_url}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages and the account."""
        if request.headers.get("x-api-key") != KEY:
            return _error(401, "auth.bad_key", "unknown key")
        path = urlsplit(request.url).path
        if path == "/v3/account":
            return WebhookResponse.json({"name": "Specimen"})
        if path == "/v3/messages" and request.method == "POST":
            return self._submit(request.json_object())
        for message in self.accepted:
            if path == f"/v3/messages/{message.id}":
                return WebhookResponse.json(self._event(message, Status.SENT))
        return _error(404, "not.found", "no such resource")

    def _submit(self, values: Mapping[str, Any]) -> WebhookResponse:
        to, text = f"+{values['to']}", values.get("text") or ""
        if fate_of(to) in REFUSALS:
            return _error(*REFUSALS[fate_of(to)])
        if not text and not values.get("media"):
            return _error(400, "text.empty", "nothing to send")
        if len(text) > 1000:
            return _error(400, "text.too_long", "at most 1000 characters")
        sender = values["from"]
        sender = f"+{sender}" if sender.isdigit() and len(sender) > 8 else sender
        made = SimulatedMessage(f"a-{self.serial():06d}", to, sender, text, values.get("report_url"), values=values)
        self.accept(made)
        return WebhookResponse.json({"id": made.id, "status": "queued", "segments": plan(text).count}, 202)

    def _event(self, message: SimulatedMessage, status: Status) -> dict[str, Any]:
        return {
            "type": "report",
            "id": message.id,
            "reference": message.values.get("reference"),
            "status": status.value,
            "to": message.to[1:],
            "at": self.clock().isoformat(),
        }

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A batch of one report."""
        return self._signed(message.callback, [self._event(message, status)]) if message.callback else None

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """A batch of one message."""
        if self.inbound_url is None:
            return []
        event = {"type": "message", "id": f"m-{self.serial()}", "from": sender[1:], "to": to[1:], "text": text}
        return [self._signed(self.inbound_url, [{**event, "at": self.clock().isoformat()}])]

    def _signed(self, url: str, events: list[dict[str, Any]]) -> HttpRequest:
        body, at = json.dumps({"events": events}).encode(), str(int(self.clock().timestamp()))
        digest = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Acme-Signature": f"t={at},v1={digest}"}
        return HttpRequest("POST", url, Headers(headers), body)


def _error(status: int, code: str, text: str) -> WebhookResponse:
    return WebhookResponse.json({"error": {"code": code, "message": text}}, status)
