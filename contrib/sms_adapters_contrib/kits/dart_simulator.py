"""The gateway's side, simulated: one account, and reports in the numbers that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from sms_adapters import HttpRequest, Status, WebhookRequest, WebhookResponse
from sms_adapters.simulation import Fate, SimulatedMessage, Simulator, fate_of

from .dart import ACCEPTED, REPORTS

__all__ = ["DartSimulator"]

USERID, PASSWORD = "simulated", "simulated-password"
DENIED, INVALID = "001 Authentication error", "101 Account expired or invalid parameters"
STATUSES: Mapping[Fate, tuple[int, str]] = {
    Fate.THROTTLED: (429, "Too many requests"),
    Fate.UNAVAILABLE: (503, "Service unavailable"),
}
REFUSED = frozenset({Fate.INVALID, Fate.OPTED_OUT})
WORDS: Mapping[Status, str] = {
    Status.SENT: "1",
    Status.DELIVERED: "10",
    Status.FAILED: "21",
    Status.UNDELIVERABLE: "22",
    Status.EXPIRED: "23",
    Status.REJECTED: "24",
}
SHORT = 8


class DartSimulator(Simulator):
    """One account; `inbound_url` is the URL for messages that the aggregator was given, reports go beside it."""

    script: ClassVar[str]
    longest: ClassVar[int]

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"base_url": base_url, "userid": USERID, "password": PASSWORD}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """The script, by GET."""
        if request.method != "GET" or not urlsplit(request.url).path.endswith(self.script):
            return WebhookResponse.plain("Not found", 404)
        values = dict(request.query().items())
        if (values.get("userid"), values.get("password")) != (USERID, PASSWORD):
            return WebhookResponse.plain(DENIED)
        if not self._complete(values):
            return WebhookResponse.plain(INVALID)
        return self._submit(values)

    def _complete(self, values: Mapping[str, str]) -> bool:
        named = values.get("original") and values.get("messageid") and values.get("message")
        plain = (values.get("dcs"), values.get("udhl")) == ("0", "0")
        return bool(named and plain and values.get("sendto", "").isdigit() and len(values["message"]) <= self.longest)

    def _submit(self, values: Mapping[str, str]) -> WebhookResponse:
        fate = fate_of(values["sendto"])
        if fate in STATUSES:
            status, said = STATUSES[fate]
            return WebhookResponse.plain(said, status)
        if fate in REFUSED:
            return WebhookResponse.plain(INVALID)
        to, sender = _full(values["sendto"]), _full(values["original"])
        self.accept(SimulatedMessage(values["messageid"], to, sender, values["message"], values=values))
        return WebhookResponse.plain(ACCEPTED)

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """One GET for each submission."""
        if self.inbound_url is None or status not in WORDS:
            return None
        parts = urlsplit(self.inbound_url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{REPORTS}"))
        return HttpRequest.get(url, {"messageid": message.id, "status": WORDS[status]})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One GET, with the account's credentials in it, as other programs have seen."""
        if self.inbound_url is None:
            return []
        said = {
            "userid": USERID,
            "password": PASSWORD,
            "original": sender.lstrip("+"),
            "sendto": to.lstrip("+"),
            "messagetype": "0",
            "messageid": f"{self.serial()}@{to.lstrip('+')}",
            "message": text,
            "date": self.clock().strftime("%Y%m%d%H%M%S"),
            "dcs": "0",
            "udhl": "0",
            "charset": "utf-8",
        }
        return [HttpRequest.get(self.inbound_url, said)]


def _full(number: str) -> str:
    return f"+{number}" if number.isdigit() and len(number) > SHORT else number
