"""Africa's Talking's side, simulated: one application, its form and JSON endpoints, its inbox and its callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ...http import HttpRequest, WebhookRequest, WebhookResponse
from ...results import Status
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of, segments_in
from ...text.headers import MAX_SEGMENTS

__all__ = ["AfricasTalkingSimulator"]

USERNAME, KEY = "simulated", "atsk_simulated_0a1b2c3d4e5f60718293"
SHARED_SENDER = "AFRICASTKNG"
NETWORK = "99999"
REFUSALS: Mapping[Fate, tuple[int, str]] = {
    Fate.INVALID: (403, "InvalidPhoneNumber"),
    Fate.OPTED_OUT: (406, "UserInBlacklist"),
    Fate.UNAVAILABLE: (501, "GatewayError"),
}
WORDS: Mapping[Status, tuple[str, str | None]] = {
    Status.QUEUED: ("Buffered", None),
    Status.SENT: ("Sent", None),
    Status.DELIVERED: ("Success", None),
    Status.FAILED: ("Failed", "DeliveryFailure"),
    Status.EXPIRED: ("Expired", None),
    Status.REJECTED: ("Rejected", "UserInBlackList"),
    Status.UNDELIVERABLE: ("AbsentSubscriber", None),
}
PRICE = 0.8


class AfricasTalkingSimulator(Simulator):
    """One application; `inbound_url` is the callback of incoming messages, the others are beside it."""

    adapter = "africastalking"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inbox: list[dict[str, str]] = []

    def config(self, base_url: str) -> dict[str, Any]:
        """The application that this simulator knows."""
        return {"base_url": base_url, "username": USERNAME, "api_key": KEY}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Both endpoints for sending, the inbox and the balance."""
        method, path = request.method, urlsplit(request.url).path.partition("/version1")[2]
        asked: dict[str, Any] = request.params().to_dict()
        if request.media_type == "application/json":
            asked = request.json_object()
        if request.headers.get("apiKey") != KEY or asked.get("username") != USERNAME:
            return WebhookResponse.plain("The supplied authentication is invalid", 401)
        if "application/json" not in (request.headers.get("Accept") or ""):
            return WebhookResponse.plain("<AfricasTalkingResponse/>", 201, "application/xml")
        if (method, path) == ("GET", "/user"):
            return WebhookResponse.json({"UserData": {"balance": "KES 1234.5600"}})
        if (method, path) == ("GET", "/messaging"):
            return self._messages(int(asked.get("lastReceivedId") or 0))
        if (method, path) == ("POST", "/messaging/bulk"):
            return self._submit(asked.get("phoneNumbers") or [], asked.get("senderId"), asked)
        if (method, path) == ("POST", "/messaging"):
            return self._submit(str(asked.get("to") or "").split(","), asked.get("from"), asked)
        return WebhookResponse.plain("Not found", 404)

    def _messages(self, after: int) -> WebhookResponse:
        found = [item for item in self.inbox if int(item["id"]) > after]
        return WebhookResponse.json({"SMSMessageData": {"Messages": found}})

    def _submit(self, numbers: list[str], sender: str | None, asked: Mapping[str, Any]) -> WebhookResponse:
        if not asked.get("message") or not numbers:
            return WebhookResponse.plain("Request is missing required form field 'message' or 'to'", 400)
        if segments_in(str(asked["message"])) > MAX_SEGMENTS:
            return WebhookResponse.plain("The message is too long", 400)
        if sender and len(sender) > 11 and not sender.lstrip("+").isdigit():
            return _summary("InvalidSenderId", [])
        if any(fate_of(number) is Fate.THROTTLED for number in numbers):
            return WebhookResponse.plain("Too many requests", 429)
        found = [self._recipient(number, sender, asked) for number in numbers]
        taken = sum(entry["messageId"] != "None" for entry in found)
        return _summary(f"Sent to {taken}/{len(found)} Total Cost: KES {taken * PRICE:.4f}", found)

    def _recipient(self, number: str, sender: str | None, asked: Mapping[str, Any]) -> dict[str, Any]:
        refusal = REFUSALS.get(fate_of(number))
        if not (number.startswith("+") and number[1:].isdigit()):
            refusal = REFUSALS[Fate.INVALID]
        if refusal is not None:
            code, word = refusal
            return {"statusCode": code, "number": number, "status": word, "cost": "0", "messageId": "None"}
        text = str(asked["message"])
        message = SimulatedMessage(f"ATXid_{self.serial():032x}", number, sender or SHARED_SENDER, text, values=asked)
        self.accept(message)
        entry = {"statusCode": 102 if str(asked.get("enqueue")) in ("1", "True") else 101, "number": number}
        entry |= {"status": "Success", "cost": f"KES {PRICE:.4f}", "messageId": message.id}
        return entry | {"messageParts": segments_in(text)}

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """The callback for delivery reports."""
        if status not in WORDS:
            return None
        word, reason = WORDS[status]
        fields = {"id": message.id, "status": word, "phoneNumber": message.to, "networkCode": NETWORK}
        return self._callback("status", {**fields, "failureReason": reason})

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One callback: parts come joined; the message is in the inbox, too."""
        date = self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        found = {"id": str(self.serial()), "from": sender, "to": to, "text": text, "date": date}
        self.inbox.append(found)
        request = self._callback("receive", {**found, "networkCode": NETWORK})
        return [] if request is None else [request]

    def opted_out(self, number: str, sender: str) -> HttpRequest | None:
        """The callback for somebody who wants no more messages from a sender."""
        return self._callback("optout", {"senderId": sender, "phoneNumber": number})

    def subscribed(self, number: str, keyword: str, update: str = "addition") -> HttpRequest | None:
        """The callback for somebody who subscribes to a premium product, or ends it (`deletion`)."""
        fields = {"phoneNumber": number, "shortCode": "22384", "keyword": keyword, "updateType": update}
        return self._callback("subscription", fields)

    def _callback(self, action: str, fields: Mapping[str, str | None]) -> HttpRequest | None:
        if self.inbound_url is None:
            return None
        parts = urlsplit(self.inbound_url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{action}"))
        return HttpRequest.form(url, fields)


def _summary(message: str, recipients: list[dict[str, Any]]) -> WebhookResponse:
    return WebhookResponse.json({"SMSMessageData": {"Message": message, "Recipients": recipients}}, 201)
