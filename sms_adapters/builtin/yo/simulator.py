"""Yo!'s side, simulated: one account and one gateway, which reports nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ...http import HttpRequest, WebhookRequest, WebhookResponse, encode_form
from ...results import Status
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of

__all__ = ["YoSimulator"]

ACCOUNT, PASSWORD = "1000000044", "simulated-password"
DENIED = "YBS AutoCreate Subsystem: Access denied due to wrong authorization code"
STATES: Mapping[Fate, str] = {Fate.INVALID: "REJECTED", Fate.OPTED_OUT: "BLACKLISTED"}
STATUSES: Mapping[Fate, tuple[int, str]] = {
    Fate.THROTTLED: (429, "Too many requests"),
    Fate.UNAVAILABLE: (503, "Service unavailable"),
}
SHORT = 8


class YoSimulator(Simulator):
    """One account; `inbound_url` is the URL that Yo! was given."""

    adapter = "yo"

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "ybsacctno": ACCOUNT, "password": PASSWORD}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Sendsms by GET."""
        if request.method != "GET" or not urlsplit(request.url).path.endswith("/sendsms"):
            return WebhookResponse.plain("Not found", 404)
        values = dict(request.query().items())
        if (values.get("ybsacctno"), values.get("password")) != (ACCOUNT, PASSWORD):
            return _answer("ERROR", DENIED)
        number, sender = values.get("destinations") or "", values.get("origin") or ""
        if not (number.isdigit() and sender and values.get("sms_content")):
            return _answer("ERROR", "YBS AutoCreate Subsystem: a parameter is missing")
        return self._submit(number, sender, values["sms_content"], values)

    def _submit(self, number: str, sender: str, text: str, values: Mapping[str, Any]) -> WebhookResponse:
        fate = fate_of(number)
        if fate in STATUSES:
            status, said = STATUSES[fate]
            return WebhookResponse.plain(said, status)
        if fate in STATES:
            return _answer("ERROR", f"{number}:{STATES[fate]}")
        self.accept(SimulatedMessage(f"untold-{self.serial()}", _full(number), _full(sender), text, values=values))
        return _answer("OK", f"{number}:SUBMITTED")

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """None: Yo! reports nothing."""
        return None

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One GET, with the time in Kampala's zone or another, as RFC 3339 has it."""
        if self.inbound_url is None:
            return []
        said = {"account": ACCOUNT, "dest": to.lstrip("+"), "sender": sender.lstrip("+"), "message": text}
        return [HttpRequest.get(self.inbound_url, {**said, "date": self.clock().isoformat()})]


def _full(number: str) -> str:
    return f"+{number}" if number.isdigit() and len(number) > SHORT else number


def _answer(status: str, message: str) -> WebhookResponse:
    return WebhookResponse.plain(encode_form({"ybs_autocreate_message": message, "ybs_autocreate_status": status}))
