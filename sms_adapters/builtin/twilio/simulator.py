"""Twilio's side, simulated: the Messages resource, status callbacks and incoming messages, signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from ...http import HttpRequest, MultiDict, WebhookRequest, WebhookResponse
from ...results import Status
from ...signatures import twilio_form_bytes
from ...simulation import Fate, SimulatedMessage, Simulator, fate_of
from ...text import plan

__all__ = ["TwilioSimulator"]

ACCOUNT = "AC00112233445566778899aabbccddeeff"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - the simulator's own
REFUSALS: Mapping[Fate, tuple[int, int, str]] = {
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


class TwilioSimulator(Simulator):
    """One account with any number of senders."""

    adapter = "twilio"

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
        to, text = form.get("To") or "", form.get("Body") or ""
        refusal = REFUSALS.get(fate_of(to))
        if not to.startswith("+"):
            refusal = REFUSALS[Fate.INVALID]
        elif not form.get("From") and not form.get("MessagingServiceSid"):
            refusal = (400, 21603, "A 'From' phone number is required.")
        elif not text and not form.get_all("MediaUrl"):
            refusal = (400, 21602, "Message body is required.")
        elif len(text) > 1600:
            refusal = (400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if refusal is not None:
            return _error(*refusal)
        sid = f"SM{self.serial():032x}"
        sender = form.get("From") or "+12025550100"
        message = SimulatedMessage(sid, to, sender, text, form.get("StatusCallback"), values=form.to_dict())
        return WebhookResponse.json(self._resource(self.accept(message)), 201)

    def _resource(self, message: SimulatedMessage) -> dict[str, Any]:
        stamp = format_datetime(self.clock())
        return {
            "sid": message.id,
            "account_sid": ACCOUNT,
            "status": "queued",
            "direction": "outbound-api",
            "from": message.sender,
            "to": message.to,
            "body": message.text,
            "num_segments": str(plan(message.text).count),
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "error_message": None,
            "date_created": stamp,
            "date_updated": stamp,
        }

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A status callback, if the message asked for it."""
        if message.callback is None or status not in WORDS:
            return None
        word, code = WORDS[status]
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
