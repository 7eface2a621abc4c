"""SignalWire's side, simulated."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any

from ...http import HttpRequest, WebhookRequest
from ...kits.twiml_simulator import TwimlSimulator
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage

__all__ = ["SignalWireSimulator"]

REFUSALS = {
    Fate.INVALID: (400, "21211", "The 'To' number provided has an invalid format"),
    Fate.OPTED_OUT: (400, "21610", "The message was blocked by the user"),
    Fate.THROTTLED: (429, "20429", "There were too many requests"),
    Fate.UNAVAILABLE: (503, "20504", "An internal error occurred"),
}
REFUSED = {
    "no recipient": (422, "21604", "The 'To' number is required to send a message"),
    "recipient without plus": (422, "21603", "The format of the 'To' is invalid"),
    "no sender": (422, "21705", "The message was attempted without a From number or Number Group"),
    "no content": (422, "21602", "The message has neither a media URL nor a text body"),
    "too long": (422, "21617", "The concatenated message body exceeds the allowed character limit"),
    "too many media": (422, "21623", "The number of media files exceeds the allowed limit"),
    "validity": (422, "21624", "The validity period provided is invalid"),
}
WORDS = {
    Status.SENT: ("sent", None),
    Status.DELIVERED: ("delivered", None),
    Status.UNDELIVERABLE: ("undelivered", "30006"),
    Status.FAILED: ("failed", "30008"),
    Status.EXPIRED: ("failed", "30009"),
    Status.REJECTED: ("failed", "30007"),
}


REDELIVERY = Redelivery(
    waits=(1, 2),
    timeout=5,
)


class SignalWireSimulator(TwimlSimulator):
    """Ids are UUIDs, codes text, counts numbers; reports are JSON, signed in hex, messages a form."""

    adapter = "signalwire"
    redelivery = REDELIVERY
    account = "3b1f0a52-7a9e-4a52-9f64-2f1f6a5e9d10"
    token = "PTexample0123456789abcdef"  # noqa: S105 - the simulator's own
    key = "PSK_9qWm3hTexampleKey"
    root = "/api/laml"
    signature_header = "X-SignalWire-Signature"
    more_info = "https://signalwire.com/docs/compatibility-api/reference/errors#"
    max_media = 8
    validity_seconds = range(1, 172_801)
    unknown_key = (401, "20003", "Authentication failed")
    unknown_path = (404, "20404", "The resource does not exist")
    refusals = REFUSALS
    refused = REFUSED
    words = WORDS

    def config(self, base_url: str) -> dict[str, Any]:
        """With the key that signs webhooks."""
        return {**super().config(base_url), "signing_key": self.key}

    def resource(self, message: SimulatedMessage) -> dict[str, Any]:
        """Segments and media are numbers."""
        values = super().resource(message)
        return {**values, **{name: int(values[name]) for name in ("num_segments", "num_media")}}

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A status callback in JSON, as its specification has it."""
        made = super().report(message, status)
        if made is None:
            return None
        word, code = self.words[status]
        told: dict[str, Any] = {
            "MessageStatus": word,
            "MessageSid": message.id,
            "AccountSid": self.account,
            "From": message.sender,
        }
        told |= {"To": message.to, "Body": message.text, "NumMedia": 0} | ({"ErrorCode": code} if code else {})
        request = HttpRequest.json(made.url, told)
        signature = self.whole_signature(request.url, request.body)
        return replace(request, headers=request.headers.having(self.signature_header, signature))

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """As a whole, where the body is JSON and the URL has no digest of it."""
        if request.media_type != "application/json" or request.query().get(self.body_digest):
            return super().resign(request)
        signature = self.whole_signature(request.url, request.body)
        return replace(request, headers=request.headers.having(self.signature_header, signature))

    def whole_signature(self, url: str, body: bytes) -> str:
        """What SignalWire writes into its header for a JSON body."""
        return hmac.new(self.key.encode(), url.encode() + body, hashlib.sha1).hexdigest()
