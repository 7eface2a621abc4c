"""MTN's side, simulated: one app with its tokens, both versions of the SMS product, and its callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ...http import HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of

__all__ = ["MtnSimulator"]

KEY, SECRET = "simulated-consumer-key", "simulated-consumer-secret-0a1b2c3d"
LIFETIME = 3599
V2, V3 = "/v2/messages/sms/outbound", "/v3/sms/messages/sms/outbound"
CORRELATORS = {V2: "clientCorrelator", V3: "clientCorrelatorId"}
REFUSALS: Mapping[Fate, tuple[int, str, str]] = {
    Fate.INVALID: (404, "1000", "User not found"),
    Fate.OPTED_OUT: (404, "1000", "User not found"),
    Fate.THROTTLED: (429, "3006", "Rate exceeded"),
    Fate.UNAVAILABLE: (503, "3000", "Service not available"),
}
WORDS: Mapping[Status, tuple[str, str]] = {
    Status.QUEUED: ("ENROUTE", "MessageWaiting"),
    Status.SENT: ("ACCEPTD", "DeliveredToNetwork"),
    Status.DELIVERED: ("DELIVERED", "DeliveredToTerminal"),
    Status.FAILED: ("DELETED", "DeliveryImpossible"),
    Status.EXPIRED: ("EXPIRED", "DeliveryImpossible"),
    Status.REJECTED: ("REJECTED", "DeliveryImpossible"),
    Status.UNDELIVERABLE: ("UNDELIVERED", "DeliveryImpossible"),
}
"""The word of V3, and that of V2."""


class MtnSimulator(Simulator):
    """One app; `inbound_url` is the registered callbackUrl, and deliveryReportUrl is beside it."""

    adapter = "mtn"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tokens: dict[str, datetime] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The app that this simulator knows, for SMS V3."""
        return {"base_url": base_url, "consumer_key": KEY, "consumer_secret": SECRET}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Tokens and both versions."""
        path = urlsplit(request.url).path
        if path == "/v1/oauth/access_token":
            return self._token(request)
        token = (request.headers.get("authorization") or "").removeprefix("Bearer ")
        expires = self.tokens.get(token)
        if expires is None or expires <= self.clock():
            return _error(401, "4000", "Unauthorized")
        if path not in CORRELATORS or request.method != "POST":
            return _error(404, "1000", "Resource not found")
        return self._submit(path, request.json_object())

    def _token(self, request: WebhookRequest) -> WebhookResponse:
        form = request.form()
        granted = request.query().get("grant_type") == "client_credentials"
        if (form.get("client_id"), form.get("client_secret")) != (KEY, SECRET) or not granted:
            return WebhookResponse.json({"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"}, 401)
        token = f"simulated{self.serial():08d}"
        self.tokens[token] = self.clock() + timedelta(seconds=LIFETIME)
        answer = {"token_type": "BearerToken", "access_token": token, "expires_in": str(LIFETIME)}
        return WebhookResponse.json(answer)

    def _submit(self, path: str, values: Mapping[str, Any]) -> WebhookResponse:
        to, text = values.get("receiverAddress") or [], values.get("message") or ""
        correlator = str(values.get(CORRELATORS[path]) or "")
        sender = str(values.get("senderAddress") or values.get("serviceCode") or "")
        if len(to) != 1 or not text or not sender or not 0 < len(correlator) <= 36 or len(text) > 160:
            return _error(400, "5000", "Invalid parameters")
        if refusal := REFUSALS.get(fate_of(str(to[0]))):
            return _error(*refusal)
        own = correlator if path == V3 else f"req{self.serial():08d}"
        numbers = _plus(str(to[0])), _plus(sender)
        self.accept(SimulatedMessage(own, *numbers, text, callback=path, values=values))
        answer = {"statusCode": "0000", "statusMessage": "Successful", "transactionId": f"1365478-{self.serial()}"}
        if path == V3:
            return WebhookResponse.json({**answer, "data": {"status": "PENDING"}})
        return WebhookResponse.json({**answer, "data": {"requestId": own, "clientCorrelator": correlator}}, 201)

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """The callback for reports, where the message asked for one; V2 reports every message."""
        version = message.callback or V3
        if status not in WORDS or (version == V3 and not message.values.get("requestDeliveryReceipt")):
            return None
        words, to = WORDS[status], message.to.lstrip("+")
        if version == V3:
            numbers = {"senderAddress": message.sender.lstrip("+"), "receiverAddress": to}
            return self._callback("status", {"clientCorrelatorId": message.id, "deliveryStatus": words[0], **numbers})
        listed = [{"receiverAddress": to, "status": words[1]}]
        quoted = {"requestId": message.id, "clientCorrelator": message.values["clientCorrelator"]}
        return self._callback("status", {"deliveryInfo": {**quoted, "deliveryStatus": listed}})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One callback, without an id."""
        moment = int(self.clock().timestamp() * 1000)
        numbers = {"senderAddress": sender.lstrip("+"), "receiverAddress": to.lstrip("+")}
        request = self._callback("receive", {**numbers, "message": text, "created": moment, "id": None})
        return [] if request is None else [request]

    def _callback(self, action: str, values: Mapping[str, Any]) -> HttpRequest | None:
        if self.inbound_url is None:
            return None
        parts = urlsplit(self.inbound_url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{action}"))
        return HttpRequest.json(url, values)


def _plus(number: str) -> str:
    return f"+{number}" if number.isdigit() and len(number) > 8 else number


def _error(status: int, code: str, text: str) -> WebhookResponse:
    return WebhookResponse.json({"statusCode": code, "statusMessage": text, "transactionId": "simulated"}, status)
