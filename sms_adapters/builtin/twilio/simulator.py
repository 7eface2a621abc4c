"""Twilio's side, simulated: the Messages resource, status callbacks and incoming messages, signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from email.utils import format_datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ...http import HttpRequest, MultiDict, WebhookRequest, WebhookResponse
from ...results import Status
from ...signatures import twilio_form_bytes
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of
from ...text import plan

__all__ = ["TwilioSimulator"]

ACCOUNT = "AC00112233445566778899aabbccddeeff"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - the simulator's own
POOLED = "+12025550100"
Refusal: TypeAlias = tuple[int, int, str]
REFUSALS: Mapping[Fate, Refusal] = {
    Fate.INVALID: (400, 21211, "Invalid 'To' Phone Number"),
    Fate.OPTED_OUT: (400, 21610, "Attempt to send to unsubscribed recipient"),
    Fate.THROTTLED: (429, 20429, "Too Many Requests"),
    Fate.UNAVAILABLE: (503, 20503, "Service unavailable"),
}
WORDS: Mapping[Status, tuple[str, str | None]] = {
    Status.SENT: ("sent", None),
    Status.DELIVERED: ("delivered", None),
    Status.UNDELIVERABLE: ("undelivered", "30005"),
    Status.FAILED: ("failed", "30008"),
    Status.EXPIRED: ("failed", "30036"),
    Status.REJECTED: ("canceled", None),
}
CHECKS: tuple[tuple[Callable[[MultiDict], bool], Refusal], ...] = (
    (lambda form: not form.get("To"), (400, 21604, "A 'To' phone number is required.")),
    (lambda form: not str(form.get("To")).startswith("+"), (400, 21211, "Invalid 'To' Phone Number")),
    (
        lambda form: not form.get("From") and not form.get("MessagingServiceSid"),
        (400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message"),
    ),
    (lambda form: not form.get("Body") and not form.get("MediaUrl"), (400, 21602, "Message body is required")),
    (
        lambda form: len(form.get("Body") or "") > 1600,
        (400, 21617, "The concatenated message body exceeds the 1600 character limit"),
    ),
    (lambda form: len(form.get_all("MediaUrl")) > 10, (400, 21623, "Number of media files exceeds allowed limit")),
    (
        lambda form: not 1 <= int(form.get("ValidityPeriod") or 1) <= 36000,
        (400, 21624, "Invalid validity period value"),
    ),
    (
        lambda form: bool(form.get("SendAt")) and not form.get("MessagingServiceSid"),
        (400, 35118, "MessagingServiceSid is required to schedule a message"),
    ),
)


class TwilioSimulator(Simulator):
    """One account with any number of senders."""

    adapter = "twilio"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._told: dict[str, tuple[str, str | None]] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"account_sid": ACCOUNT, "auth_token": TOKEN, "base_url": base_url}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages.json, a message by its sid, and the account."""
        pair = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return _error(401, 20003, "Authenticate")
        path = urlsplit(request.url).path
        rest = path.partition(f"/2010-04-01/Accounts/{ACCOUNT}")[2]
        if rest == "/Messages.json" and request.method == "POST":
            return self._submit(request.form())
        if rest == ".json":
            return WebhookResponse.json({"sid": ACCOUNT, "friendly_name": "Simulated", "status": "active"})
        for message in self.accepted:
            if rest == f"/Messages/{message.id}.json":
                return WebhookResponse.json(self._resource(message))
        return _error(404, 20404, f"The requested resource {path} was not found")

    def _submit(self, form: MultiDict) -> WebhookResponse:
        to = form.get("To") or ""
        refusal = REFUSALS.get(fate_of(to)) or next((found for wrong, found in CHECKS if wrong(form)), None)
        if refusal is not None:
            return _error(*refusal)
        sid = f"{'MM' if form.get('MediaUrl') else 'SM'}{self.serial():032x}"
        sender, text = form.get("From") or POOLED, form.get("Body") or ""
        message = SimulatedMessage(sid, to, sender, text, form.get("StatusCallback"), values=form.to_dict())
        return WebhookResponse.json(self._resource(self.accept(message)), 201)

    def _resource(self, message: SimulatedMessage) -> dict[str, Any]:
        """With a messaging service the sender and the segments are not known before the message goes out."""
        stamp, form = format_datetime(self.clock()), message.values
        media = form.get("MediaUrl") or []
        service = form.get("MessagingServiceSid")
        first = "scheduled" if form.get("SendAt") else "accepted" if service else "queued"
        word, code = self._told.get(message.id, (first, None))
        pending = service is not None and word == first
        return {
            "sid": message.id,
            "account_sid": ACCOUNT,
            "messaging_service_sid": service,
            "status": word,
            "direction": "outbound-api",
            "from": form.get("From") if pending else message.sender,
            "to": message.to,
            "body": message.text,
            "num_segments": "0" if pending else str(plan(message.text).count),
            "num_media": str(len([media] if isinstance(media, str) else media)),
            "price": None,
            "price_unit": "USD",
            "error_code": code and int(code),
            "error_message": None,
            "date_created": stamp,
            "date_updated": stamp,
        }

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A status callback, if the message asked for it."""
        if status not in WORDS:
            return None
        word, code = self._told[message.id] = WORDS[status]
        if message.callback is None:
            return None
        fields = {"MessageSid": message.id, "SmsSid": message.id, "MessageStatus": word, "SmsStatus": word}
        fields |= {"From": message.sender, "To": message.to}
        return self._signed(message.callback, fields | ({"ErrorCode": code} if code else {}))

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One webhook: Twilio joins the parts."""
        if self.inbound_url is None:
            return []
        sid = f"SM{self.serial():032x}"
        fields = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received"}
        fields |= {"From": sender, "To": to, "Body": text, "NumMedia": "0", "NumSegments": str(plan(text).count)}
        return [self._signed(self.inbound_url, fields)]

    def _signed(self, url: str, fields: dict[str, str]) -> HttpRequest:
        values = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **fields}
        digest = hmac.digest(TOKEN.encode(), twilio_form_bytes(url, MultiDict(values)), hashlib.sha1)
        header = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        return HttpRequest.form(url, values, headers=header)


def _error(status: int, code: int, text: str) -> WebhookResponse:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return WebhookResponse.json({"code": code, "message": text, "more_info": more, "status": status}, status)
