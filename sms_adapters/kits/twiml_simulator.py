"""The other side of Twilio's family, simulated: the Messages resource, status callbacks and incoming messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any, ClassVar, TypeAlias
from urllib.parse import urlsplit

from ..http import HttpRequest, MultiDict, WebhookRequest, WebhookResponse
from ..results import Status
from ..signatures import twilio_form_bytes
from ..simulation import Fate, SimulatedMessage, Simulator, fate_of, segments_in

__all__ = ["Fault", "Refusal", "TwimlSimulator"]

Refusal: TypeAlias = tuple[int, int | str, str]
"""HTTP status, the code as the service writes it, and its words."""

FAULTS: Mapping[str, Callable[[MultiDict, TwimlSimulator], bool]] = {
    "no recipient": lambda form, _: not form.get("To"),
    "recipient": lambda form, _: not str(form.get("To")).removeprefix("+").isdigit(),
    "recipient without plus": lambda form, _: not str(form.get("To")).startswith("+"),
    "no sender": lambda form, _: not form.get("From") and not form.get("MessagingServiceSid"),
    "no content": lambda form, _: not form.get("Body") and not form.get("MediaUrl"),
    "no body": lambda form, _: not form.get("Body"),
    "too long": lambda form, _: len(form.get("Body") or "") > 1600,
    "too many media": lambda form, service: len(form.get_all("MediaUrl")) > service.max_media,
    "validity": lambda form, service: int(form.get("ValidityPeriod") or 1) not in service.validity_seconds,
    "scheduled without service": lambda form, _: bool(form.get("SendAt")) and not form.get("MessagingServiceSid"),
}
Fault: TypeAlias = str
"""What is wrong with a submission, a name in `FAULTS`."""


class TwimlSimulator(Simulator):
    """One account with any number of senders; a service states its names, refusals and words, and what differs.

    `root` is what stands before `/2010-04-01`, `key` signs webhooks, `refused` are the faults it finds, in its order.
    """

    account: ClassVar[str]
    token: ClassVar[str]
    key: ClassVar[str]
    root: ClassVar[str] = ""
    pooled: ClassVar[str] = "+12025550100"
    signature_header: ClassVar[str] = "X-Twilio-Signature"
    body_digest: ClassVar[str] = "bodySHA256"
    more_info: ClassVar[str] = "https://www.twilio.com/docs/errors/"
    max_media: ClassVar[int] = 10
    validity_seconds: ClassVar[range] = range(1, 36_001)
    unknown_key: ClassVar[Refusal] = (401, 20003, "Authenticate")
    unknown_path: ClassVar[Refusal] = (404, 20404, "The requested resource was not found")
    refusals: ClassVar[Mapping[Fate, Refusal]]
    refused: ClassVar[Mapping[Fault, Refusal]]
    words: ClassVar[Mapping[Status, tuple[str, str | None]]]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._told: dict[str, tuple[str, str | None]] = {}

    def config(self, base_url: str) -> dict[str, Any]:
        """The account that this simulator knows."""
        return {"account_sid": self.account, "auth_token": self.token, "base_url": base_url}

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Messages.json, a message by its sid, and the account."""
        pair = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return self._error(self.unknown_key)
        rest = urlsplit(request.url).path.partition(f"{self.root}/2010-04-01/Accounts/{self.account}")[2]
        if rest == "/Messages.json":
            return self._submit(request.form()) if request.method == "POST" else self._listed()
        if rest == ".json":
            return WebhookResponse.json({"sid": self.account, "friendly_name": "Simulated", "status": "active"})
        for message in self.accepted:
            if rest == f"/Messages/{message.id}.json":
                return WebhookResponse.json(self.resource(message))
        return self._error(self.unknown_path)

    def _listed(self) -> WebhookResponse:
        return WebhookResponse.json({"page": 0, "messages": [self.resource(message) for message in self.accepted]})

    def _submit(self, form: MultiDict) -> WebhookResponse:
        to = form.get("To") or ""
        found = (refusal for fault, refusal in self.refused.items() if FAULTS[fault](form, self))
        refusal = self.refusals.get(fate_of(to)) or next(found, None)
        if refusal is not None:
            return self._error(refusal)
        sender, text = form.get("From") or self.pooled, form.get("Body") or ""
        sid, callback = self.sid(media=bool(form.get("MediaUrl"))), form.get("StatusCallback")
        message = SimulatedMessage(sid, to, sender, text, callback, values=form.to_dict())
        return WebhookResponse.json(self.resource(self.accept(message)), 201)

    def sid(self, *, media: bool = False) -> str:
        """A new message's id; a UUID unless the service has a form of its own."""
        digits = f"{self.serial():032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def resource(self, message: SimulatedMessage) -> dict[str, Any]:
        """The message; with a messaging service sender and segments are not known before the message goes out."""
        stamp, form = format_datetime(self.clock()), message.values
        media = form.get("MediaUrl") or []
        service = form.get("MessagingServiceSid")
        first = "scheduled" if form.get("SendAt") else "accepted" if service else "queued"
        word, code = self._told.get(message.id, (first, None))
        pending = service is not None and word == first
        return {
            "sid": message.id,
            "account_sid": self.account,
            "messaging_service_sid": service,
            "status": word,
            "direction": "outbound-api",
            "from": form.get("From") if pending else message.sender,
            "to": message.to,
            "body": message.text,
            "num_segments": "0" if pending else str(segments_in(message.text)),
            "num_media": str(len([media] if isinstance(media, str) else media)),
            "price": None,
            "price_unit": "USD",
            "error_code": code,
            "error_message": None,
            "date_created": stamp,
            "date_updated": stamp,
        }

    def report(self, message: SimulatedMessage, status: Status) -> HttpRequest | None:
        """A status callback, if the message asked for it."""
        if status not in self.words:
            return None
        word, code = self._told[message.id] = self.words[status]
        if message.callback is None:
            return None
        fields = {"MessageSid": message.id, "SmsSid": message.id, "MessageStatus": word, "SmsStatus": word}
        fields |= {"From": message.sender, "To": message.to}
        return self._signed(message.callback, fields | ({"ErrorCode": code} if code else {}))

    def inbound(self, sender: str, to: str, text: str) -> Iterable[HttpRequest]:
        """One webhook: the family joins the parts."""
        if self.inbound_url is None:
            return []
        sid = self.sid()
        fields = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received"}
        fields |= {"From": sender, "To": to, "Body": text, "NumMedia": "0", "NumSegments": str(segments_in(text))}
        return [self._signed(self.inbound_url, fields)]

    def resign(self, request: WebhookRequest) -> WebhookRequest:
        """Signed with the simulator's key, whatever signed it before; the digest of a body that is no form as well."""
        url = request.url
        if request.query().get(self.body_digest):
            digest = hashlib.sha256(request.body).hexdigest()
            url = re.sub(f"(?<={self.body_digest}=)[0-9A-Fa-f]*", digest, url)
        headers = request.headers.having(self.signature_header, self.form_signature(url, request.form()))
        return replace(request, url=url, headers=headers)

    def form_signature(self, url: str, form: MultiDict) -> str:
        """What the service writes into its header for a form."""
        return base64.b64encode(hmac.digest(self.key.encode(), twilio_form_bytes(url, form), hashlib.sha1)).decode()

    def _signed(self, url: str, fields: dict[str, str]) -> HttpRequest:
        values = {"AccountSid": self.account, "ApiVersion": "2010-04-01", **fields}
        return HttpRequest.form(
            url, values, headers={self.signature_header: self.form_signature(url, MultiDict(values))}
        )

    def _error(self, refusal: Refusal) -> WebhookResponse:
        status, code, text = refusal
        told = {"code": code, "message": text, "more_info": f"{self.more_info}{code}", "status": status}
        return WebhookResponse.json(told, status)
