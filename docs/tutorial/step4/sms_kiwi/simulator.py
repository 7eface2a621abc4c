"""Kiwi's side, simulated: one account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sms_adapters import HttpRequest, Status, WebhookRequest, WebhookResponse
from sms_adapters.simulation import Fate, SimulatedMessage, Simulator, fate_of

TOKEN = "simulated-token"
REFUSALS: Mapping[Fate, tuple[int, int, str]] = {
    Fate.INVALID: (400, 1003, "to is no mobile number"),
    Fate.OPTED_OUT: (400, 1004, "the recipient opted out"),
    Fate.THROTTLED: (429, 1009, "ten messages a second"),
    Fate.UNAVAILABLE: (503, 1010, "try later"),
}


class KiwiSimulator(Simulator):
    """One account, in memory."""

    adapter = "kiwi"

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "token": TOKEN}

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
        self.accept(SimulatedMessage(own, f"+{values['to']}", sender, values["text"], values=values))
        return WebhookResponse.json({"id": own, "state": "queued"}, 202)

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """None: the adapter does not ask for reports yet."""
        return None

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """Nothing: the adapter does not take messages yet."""
        return []


def _error(status: int, code: int, text: str) -> WebhookResponse:
    return WebhookResponse.json({"error": {"code": code, "text": text}}, status)
