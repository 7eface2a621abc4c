"""Hormuud's side, simulated: one API user, tokens that expire, and refusals inside a 200."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ...http import HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of

__all__ = ["HormuudSimulator"]

USERNAME, PASSWORD = "simulated", "simulated-password"
LIFETIME = timedelta(seconds=3599)
REFUSALS: Mapping[Fate, tuple[str, str]] = {
    Fate.INVALID: ("207", "Wrong mobile number"),
    Fate.OPTED_OUT: ("207", "Wrong mobile number"),
}
STATUSES = {Fate.THROTTLED: 429, Fate.UNAVAILABLE: 503}
SHORT = 8


class HormuudSimulator(Simulator):
    """One user; `tokens` are those that are good, with the time at which each ends, `logins` how many were handed out.

    With `says_401` a refused token is answered by HTTP 401, else by the code 201 inside a 200.
    """

    adapter = "hormuud"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tokens: dict[str, datetime] = {}
        self.logins = 0
        self.says_401 = False

    def config(self, base_url: str) -> dict[str, Any]:
        """The user that this simulator knows."""
        return {"base_url": base_url, "username": USERNAME, "password": PASSWORD}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """The login and both endpoints for sending."""
        path = urlsplit(request.url).path.lower()
        if request.method != "POST":
            return WebhookResponse.json({"Message": "The requested resource does not support this method."}, 405)
        if path.endswith("/token"):
            return self._login(request.form().to_dict())
        if path.endswith(("/api/sendsms", "/api/sms/send")):
            return self._submit(request, basic=path.endswith("/send"))
        return WebhookResponse.json({"Message": "No HTTP resource was found."}, 404)

    def _login(self, values: Mapping[str, Any]) -> WebhookResponse:
        named = {name.lower(): value for name, value in values.items()}
        if (named.get("username"), named.get("password"), named.get("grant_type")) != (USERNAME, PASSWORD, "password"):
            refused = {"error": "invalid_grant", "error_description": "The user name or password is incorrect."}
            return WebhookResponse.json(refused, 400)
        token = f"simulated-token-{self.serial():032x}"
        self.tokens[token] = self.clock() + LIFETIME
        self.logins += 1
        told: dict[str, Any] = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }
        return WebhookResponse.json(told)

    def _known(self, given: str, *, basic: bool) -> bool:
        if basic:
            return given == f"Basic {b64encode(f'{USERNAME}:{PASSWORD}'.encode()).decode()}"
        ends = self.tokens.get(given.removeprefix("Bearer "))
        return given.startswith("Bearer ") and ends is not None and ends > self.clock()

    def _submit(self, request: WebhookRequest, *, basic: bool) -> WebhookResponse:
        if not self._known(request.headers.get("Authorization") or "", basic=basic):
            if self.says_401:
                return WebhookResponse.json({"Message": "Authorization has been denied for this request."}, 401)
            return _answer("201", "Authentication Failed")
        values = request.json_object()
        number, sender, text = (str(values.get(name) or "") for name in ("mobile", "senderid", "message"))
        fate = fate_of(number)
        if fate in STATUSES:
            return WebhookResponse.json({"Message": "Try again later."}, STATUSES[fate])
        if fate in REFUSALS or not number.isdigit():
            return _answer(*REFUSALS.get(fate, REFUSALS[Fate.INVALID]))
        if not sender:
            return _answer("203", "Invalid Sender ID")
        message = SimulatedMessage(f"hm-{self.serial():06d}", _full(number), _full(sender), text, values=values)
        return _answer("200", "SUCCESS!.", self.accept(message).id)

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """None: Hormuud reports nothing."""
        return None

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One form post, with the day as a number."""
        if self.inbound_url is None:
            return []
        said = {"Sender": sender.lstrip("+"), "MessageText": text, "ShortCode": to.lstrip("+")}
        return [HttpRequest.form(self.inbound_url, {**said, "TimeSent": self.clock().strftime("%Y%m%d")})]


def _full(number: str) -> str:
    return f"+{number}" if number.isdigit() and len(number) > SHORT else number


def _answer(code: str, text: str, own: str = "null") -> WebhookResponse:
    data = {"MessageID": own, "Description": "Accepted" if code == "200" else ""}
    return WebhookResponse.json({"ResponseCode": code, "ResponseMessage": text, "Data": data})
