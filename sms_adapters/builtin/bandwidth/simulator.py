"""Bandwidth's side, simulated: one account with its tokens, its application and its callbacks."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ...http import Headers, HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator, fate_of, segments_in

__all__ = ["BandwidthSimulator"]

ACCOUNT, APPLICATION = "9900111", "93de2206-9669-4e07-948d-329f4b722ee2"
USER, PASSWORD = "simulated", "simulated-password-0a1b2c3d"
CLIENT, SECRET = "simulated-client", "simulated-client-secret-4e5f60"
CALLBACK_USER, CALLBACK_PASSWORD = "callback", "simulated-callback-718293"
LIFETIME = 3600
INVALID: Mapping[str, Any] = {
    "type": "request-validation",
    "description": "Your request could not be accepted.",
    "fieldErrors": [{"fieldName": "to", "description": "The number cannot be written to"}],
}
REFUSALS: Mapping[Fate, tuple[int, Mapping[str, Any]]] = {
    Fate.INVALID: (400, INVALID),
    Fate.OPTED_OUT: (400, INVALID),
    Fate.THROTTLED: (429, {"type": "max-message-queue-size-exceeded", "description": "The SMS queue is full."}),
    Fate.UNAVAILABLE: (503, {"type": "service-unavailable", "description": "Try later."}),
}
KINDS: Mapping[Status, tuple[str, str, int | None]] = {
    Status.SENT: ("message-sending", "Message is sending to carrier", None),
    Status.DELIVERED: ("message-delivered", "ok", None),
    Status.FAILED: ("message-failed", "message-send-failed", 5500),
    Status.EXPIRED: ("message-failed", "message-not-sent-expiration-date-passed", 4360),
    Status.REJECTED: ("message-failed", "destination-rejected-message", 4750),
    Status.UNDELIVERABLE: ("message-failed", "invalid-destination-address", 4720),
}
LOOKED_UP: Mapping[str, str] = {
    "message-sending": "SENDING",
    "message-delivered": "DELIVERED",
    "message-failed": "FAILED",
}


REDELIVERY = Redelivery(
    waits=(60, 300, 900, 3600, 14_400, 28_800, 36_000),
    timeout=10,
)


class BandwidthSimulator(Simulator):
    """One account; `inbound_url` is the application's callback for messages, the one for statuses is beside it."""

    adapter = "bandwidth"
    redelivery = REDELIVERY

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tokens: dict[str, datetime] = {}
        self._told: dict[str, tuple[str, int | None]] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows, by its client credentials."""
        return {
            "base_url": base_url,
            "account_id": ACCOUNT,
            "application_id": APPLICATION,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "webhook_username": CALLBACK_USER,
            "webhook_password": CALLBACK_PASSWORD,
        }

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Tokens, messages and the messages of the past."""
        path = urlsplit(request.url).path
        if path == "/api/v1/oauth2/token":
            return self._token(request)
        if not self._known(request.headers.get("authorization") or ""):
            return _json(401, {"type": "unauthorized", "description": "Authentication Failed"})
        if path != f"/api/v2/users/{ACCOUNT}/messages":
            return _json(404, {"status": 404, "error": "Not Found", "message": "Not Found", "path": path})
        if request.method == "GET":
            return self._past(request.query().get("messageId"))
        return self._submit(request.json_object())

    def _token(self, request: WebhookRequest) -> WebhookResponse:
        granted = request.form().get("grant_type") == "client_credentials"
        if request.headers.get("authorization") != _basic(CLIENT, SECRET) or not granted:
            return _json(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        token = f"simulated-token-{self.serial():08d}"
        self.tokens[token] = self.clock() + timedelta(seconds=LIFETIME)
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME})

    def _known(self, presented: str) -> bool:
        expires = self.tokens.get(presented.removeprefix("Bearer "))
        return presented == _basic(USER, PASSWORD) or (expires is not None and expires > self.clock())

    def _submit(self, values: Mapping[str, Any]) -> WebhookResponse:
        to, text, media = values.get("to") or [], values.get("text") or "", values.get("media") or []
        refusal = REFUSALS.get(fate_of(str(to[0]))) if to else None
        wrong = len(to) != 1 or not str(to[0]).startswith("+") or not (text or media) or len(text) > 2048
        if wrong or values.get("applicationId") != APPLICATION:
            refusal = refusal or (400, INVALID)
        if refusal is not None:
            return _json(*refusal)
        message = SimulatedMessage(f"1746514089120{self.serial():016x}", to[0], values["from"], text, values=values)
        self.accept(message)
        return _json(202, self._resource(message))

    def _resource(self, message: SimulatedMessage) -> dict[str, Any]:
        count = 1 if message.values.get("media") else segments_in(message.text)
        named = {"id": message.id, "owner": message.sender, "time": _stamp(self.clock()), "segmentCount": count}
        return {**named, "direction": "out", **message.values}

    def _past(self, wanted: str | None) -> WebhookResponse:
        found = [message for message in self.accepted if wanted in (None, message.id)]
        items = [self._item(message) for message in found]
        return _json(200, {"totalCount": len(items), "pageInfo": {}, "messages": items})

    def _item(self, message: SimulatedMessage) -> dict[str, Any]:
        kind, code = self._told.get(message.id, ("", None))
        numbers = {"sourceTn": message.sender, "destinationTn": message.to}
        status = {"messageStatus": LOOKED_UP.get(kind, "QUEUED"), "errorCode": code or 0}
        return {"messageId": message.id, "accountId": ACCOUNT, **numbers, **status, "messageDirection": "OUTBOUND"}

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """The callback for statuses; the text is left out of it."""
        if status not in KINDS:
            return None
        kind, description, code = KINDS[status]
        self._told[message.id] = kind, code
        event = {"type": kind, "description": description, "to": message.to}
        failed = {} if code is None else {"errorCode": code}
        return self._callback("status", {**event, **failed}, {**self._resource(message), "text": ""})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One callback: parts come joined."""
        named = {"id": f"77ab{self.serial():016x}", "owner": to, "applicationId": APPLICATION, "direction": "in"}
        message = {**named, "time": _stamp(self.clock()), "to": [to], "from": sender, "text": text, "segmentCount": 1}
        event = {"type": "message-received", "description": "Incoming message received", "to": to}
        request = self._callback("receive", event, message)
        return [] if request is None else [request]

    def _callback(self, action: str, event: Mapping[str, Any], message: Mapping[str, Any]) -> HttpRequest | None:
        if self.inbound_url is None:
            return None
        parts = urlsplit(self.inbound_url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{action}"))
        body = json.dumps([{"time": _stamp(self.clock()), **event, "message": message}]).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "BandwidthAPI/v2"}
        authorization = _basic(CALLBACK_USER, CALLBACK_PASSWORD)
        return HttpRequest("POST", url, Headers({**headers, "Authorization": authorization}), body)

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """With this application's callback credentials, whatever came before."""
        authorization = _basic(CALLBACK_USER, CALLBACK_PASSWORD)
        return replace(request, headers=request.headers.having("Authorization", authorization))


def _basic(name: str, secret: str) -> str:
    return f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"


def _stamp(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _json(status: int, values: Mapping[str, Any]) -> WebhookResponse:
    return WebhookResponse.json(dict(values), status)
