"""Infobip's side, simulated: one account with its messages, logs, inbox and balance, and signed batches."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ...http import Headers, HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage, Simulator, fate_of, segments_in

__all__ = ["InfobipSimulator"]

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0-5d1e3c2b-4a59-6877-8695-a4b3c2d1e0f1"
SECRET, HEADER = "simulated-hmac-secret-0a1b2c3d", "X-Signature"
SHARED_SENDER = "InfoSMS"
GROUPS = ("OK", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")
Row = tuple[int, int, str, str]
"""Group, id, name and description of a status or of an error."""
TAKEN: Row = (1, 26, "PENDING_ACCEPTED", "Message sent to next instance")
LONG: Row = (5, 25, "REJECTED_MESSAGE_TOO_LONG", "Message too long")
TWICE: Row = (5, 23, "REJECTED_DUPLICATE_MESSAGE_ID", "Duplicate message id")
REFUSALS: Mapping[Fate, Row] = {
    Fate.INVALID: (5, 52, "REJECTED_DESTINATION", "Invalid destination"),
    Fate.OPTED_OUT: (5, 10, "REJECTED_DND", "Subscriber is on a Do Not Disturb list"),
    Fate.UNAVAILABLE: (5, 21, "REJECTED_SYSTEM_ERROR", "System error"),
}
STATUSES: Mapping[Status, Row] = {
    Status.QUEUED: TAKEN,
    Status.SENT: (1, 7, "PENDING_ENROUTE", "Message sent to next instance"),
    Status.DELIVERED: (3, 5, "DELIVERED_TO_HANDSET", "Message delivered to handset"),
    Status.FAILED: (2, 9, "UNDELIVERABLE_NOT_DELIVERED", "Message sent not delivered"),
    Status.UNDELIVERABLE: (2, 9, "UNDELIVERABLE_NOT_DELIVERED", "Message sent not delivered"),
    Status.EXPIRED: (4, 15, "EXPIRED_EXPIRED", "Message expired"),
    Status.REJECTED: (2, 4, "UNDELIVERABLE_REJECTED_OPERATOR", "Message rejected by operator"),
}
NO_ERROR: Row = (0, 0, "NO_ERROR", "No Error")
ERRORS: Mapping[Status, Row] = {
    Status.FAILED: (1, 32, "EC_SM_DELIVERY_FAILURE", "SM Delivery Failure"),
    Status.UNDELIVERABLE: (1, 1, "EC_UNKNOWN_SUBSCRIBER", "Unknown Subscriber"),
    Status.EXPIRED: (2, 4101, "EC_VALIDITY_EXPIRED", "Validity period expired"),
    Status.REJECTED: (3, 632, "EC_SMS_REJECTED_BY_MOBILE_OPERATOR", "SMS rejected by the mobile operator"),
}
ERROR_GROUPS = ("OK", "HANDSET_ERRORS", "USER_ERRORS", "OPERATOR_ERRORS")
PRICE = {"pricePerMessage": 0.01, "currency": "EUR"}


REDELIVERY = Redelivery(waits=tuple(60.0 * (1 + number**2) for number in range(1, 11)))


class InfobipSimulator(Simulator):
    """One account; messages come to `inbound_url`, reports to the URL of the message, else to `status` beside it."""

    adapter = "infobip"
    redelivery = REDELIVERY

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inbox: list[dict[str, Any]] = []
        self._told: dict[str, Status] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows, with a subscription that signs."""
        return {"base_url": base_url, "api_key": KEY, "webhook_secret": SECRET, "webhook_header": HEADER}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages, logs, the inbox and the balance."""
        if request.headers.get("Authorization") != f"App {KEY}":
            return _error(401, "The request lacks valid authentication credentials for the requested resource.")
        place = request.method, urlsplit(request.url).path
        if place == ("POST", "/sms/3/messages"):
            return self._submit(request.json_object())
        if place == ("GET", "/sms/3/logs"):
            return WebhookResponse.json({"results": self._logs(request.query().get("messageId"))})
        if place == ("GET", "/sms/1/inbox/reports"):
            taken, self.inbox = self.inbox, []
            return WebhookResponse.json(_page(taken))
        if place == ("GET", "/account/1/balance"):
            return WebhookResponse.json({"balance": 12.34, "currency": "EUR"})
        return _error(404, "Not found")

    def _submit(self, asked: Mapping[str, Any]) -> WebhookResponse:
        wanted = [(item, to) for item in asked.get("messages") or [] for to in item.get("destinations") or []]
        if not wanted or not all(to.get("to") for _, to in wanted):
            return _error(400, "Request cannot be processed.", "messages[0].destinations[0].to", "must not be empty")
        if any(fate_of(to["to"]) is Fate.THROTTLED for _, to in wanted):
            return _error(429, "Too many requests sent.")
        counted = bool((asked.get("options") or {}).get("includeSmsCountInResponse"))
        found = [self._take(item, to, counted=counted) for item, to in wanted]
        return WebhookResponse.json({"bulkId": f"{self.serial():019d}", "messages": found})

    def _take(self, item: Mapping[str, Any], to: Mapping[str, Any], *, counted: bool) -> dict[str, Any]:
        text, hexed = item["content"].get("text") or "", item["content"].get("hex")
        count = 1 if hexed else segments_in(text)
        own = to.get("messageId") or f"{self.serial():032x}"
        refusal = REFUSALS.get(fate_of(to["to"]))
        if count > 25 or len(text.encode()) > 4000:
            refusal = LONG
        elif any(message.id == own for message in self.accepted):
            refusal = TWICE
        elif not to["to"].isdigit():
            refusal = REFUSALS[Fate.INVALID]
        if refusal is None:
            self._keep(own, item, to, text, hexed)
        answer = {"messageId": own, "status": _status(refusal or TAKEN), "destination": to["to"]}
        return answer | ({"details": {"messageCount": count}} if counted else {})

    def _keep(
        self, own: str, item: Mapping[str, Any], to: Mapping[str, Any], text: str, hexed: str | None
    ) -> SimulatedMessage:
        url = ((item.get("webhooks") or {}).get("delivery") or {}).get("url")
        data = bytes.fromhex(hexed) if hexed else None
        sender = _plus(item.get("sender") or SHARED_SENDER)
        return self.accept(SimulatedMessage(own, _plus(to["to"]), sender, text, url, data, item))

    def _logs(self, own: str | None) -> list[dict[str, Any]]:
        found = [message for message in self.accepted if own in (None, message.id)]
        return [self._result(message, self._told.get(message.id, Status.QUEUED), log=True) for message in found]

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A batch of one: to the message's own URL without, by the subscription with a signature."""
        webhooks = message.values.get("webhooks") or {}
        if status not in STATUSES or (webhooks.get("delivery") or {}).get("notify") is False:
            return None
        self._told[message.id] = status
        batch = {"results": [self._result(message, status)]}
        if message.callback is not None:
            return HttpRequest.json(message.callback, batch)
        if self.inbound_url is None:
            return None
        parts = urlsplit(self.inbound_url)
        return _signed(urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/status")), batch)

    def _result(self, message: SimulatedMessage, status: Status, *, log: bool = False) -> dict[str, Any]:
        webhooks, now = message.values.get("webhooks") or {}, _time(self)
        result: dict[str, Any] = {
            "bulkId": "0",
            "messageId": message.id,
            "destination" if log else "to": message.to[1:],
        }
        result |= {"sender": message.sender.removeprefix("+"), "sentAt": now, "doneAt": now}
        result |= {"messageCount": 1 if message.data else segments_in(message.text), "price": PRICE}
        result |= {"status": _status(STATUSES[status]), "error": _error_of(ERRORS.get(status, NO_ERROR))}
        told = {} if log else {"callbackData": webhooks.get("callbackData")}
        return result | {name: value for name, value in told.items() if value is not None}

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One batch of one message: Infobip joins the parts."""
        own = f"{self.serial():018d}"
        item: dict[str, Any] = {
            "messageId": own,
            "from": sender.removeprefix("+"),
            "to": to.removeprefix("+"),
            "text": text,
        }
        item |= {"cleanText": text, "keyword": "", "receivedAt": _time(self), "smsCount": segments_in(text)}
        item |= {"price": {"pricePerMessage": 0, "currency": "EUR"}, "callbackData": None}
        if self.inbound_url is None:
            self.inbox.append(item)
            return []
        return [_signed(self.inbound_url, _page([item]))]


def _page(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"results": list(items), "messageCount": len(items), "pendingMessageCount": 0}


def _signed(url: str, batch: Mapping[str, Any]) -> HttpRequest:
    body = json.dumps(batch).encode()
    headers = {"Content-Type": "application/json", HEADER: hmac.digest(SECRET.encode(), body, "sha256").hex()}
    return HttpRequest("POST", url, Headers(headers), body)


def _status(row: Row) -> dict[str, Any]:
    group, number, name, description = row
    words = {"id": number, "name": name, "description": description}
    return {"groupId": group, "groupName": GROUPS[group], **words}


def _error_of(row: Row) -> dict[str, Any]:
    return _status(row) | {"groupName": ERROR_GROUPS[row[0]], "permanent": row[1] == 1}


def _error(status: int, description: str, wrong: str = "", why: str = "") -> WebhookResponse:
    violations = [{"property": wrong, "violation": why}] if wrong else []
    value = {"errorCode": f"E{status}", "description": description, "action": "", "violations": violations}
    return WebhookResponse.json({**value, "resources": []}, status)


def _plus(number: str) -> str:
    return f"+{number}" if number.isdigit() and len(number) > 8 else number


def _time(simulator: Simulator) -> str:
    return simulator.clock().isoformat(timespec="milliseconds").replace("+00:00", "+0000")
