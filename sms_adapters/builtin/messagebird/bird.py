"""The Bird platform: JSON both ways, numbers in E.164, idempotency keys, errors with a type, a code and a name.

Sources: "Send SMS" https://bird.com/docs/api/sms and messagebird-sdk 0.106.0,
https://github.com/messagebird/bird-sdk-python (fields, 12 segments, what is preview only); "Errors"
https://bird.com/en-us/docs/guides/errors (types and statuses); "Idempotency" https://bird.com/docs/api/idempotency
(keys for three hours, E01004 and E01005).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ...auth import Auth, BearerAuth
from ...errors import AuthError, ProtocolError, Rejected, TemporaryFailure, Throttled, Unsupported
from ...flow import Flow
from ...http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ...kits import SendKit, fail_by_status
from ...kits.idempotency import key_of
from ...kits.tables import ErrorTable, error_table, lookup_table, table_error
from ...kits.values import count_of, object_of, objects_of, text_of
from ...manifest import Capability
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...outbound import ASKED
from ...parts import Part, parts_of
from ...results import AccountInfo, PartResult, Reason, Status
from ...signatures import Verified
from . import bird_webhooks
from .bird_webhooks import REASONS, STATUSES, price_in, report_of
from .config import BirdChannel

__all__ = ["ERRORS", "Bird"]

PATH = "/v1/sms/messages"
MOST_SEGMENTS = 12
LONGEST_METADATA = 1000
LACKING = frozenset(map(Capability, ("media", "binary", "flash", "validity", "scheduling", "unicode")))
"""What is not sent: of Unicode only an alphabet that the text does not need."""
LOST = frozenset({Status.FAILED, Status.UNDELIVERABLE, Status.REJECTED, Status.EXPIRED})

# By code, by name or by type, whichever is here first. "internal_error" is left to its HTTP status, "validation_error"
# to the parameter. A conflict need not be a repetition: only E01005 says that a key was used for another message.
ERRORS: ErrorTable = error_table(
    (TemporaryFailure, "E01004 service_unavailable_error"),
    (AuthError, "auth_error permission_error misdirected_error"),
    (Throttled, "rate_limit_error"),
    (Reason.DUPLICATE, "E01005"),
    (Reason.NO_CREDIT, "billing_error"),
    (Reason.INVALID_RECIPIENT, "SMSInvalidRecipient"),
    (Reason.INVALID_SENDER, "SMSSenderNotConfigured SMSNoEligibleSender SenderCategoryNotPermitted"),
    (Reason.INVALID_SENDER, "SMSMessagingProfileNotFound SMSMessagingProfileSenderBound"),
    (Reason.INVALID_CONTENT, "SMSUnsupportedFeature payload_too_large_error"),
    (Reason.UNKNOWN, "bad_request_error conflict_error not_found_error not_implemented_error precondition_error"),
)
PARAMETERS = lookup_table(
    (Reason.INVALID_RECIPIENT, "to"),
    (Reason.INVALID_SENDER, "from"),
    (Reason.INVALID_CONTENT, "text metadata options"),
)
"""What a value that is wrong (validation_error) means, by the parameter that is named."""


class Bird(SendKit):
    """The hooks for a key of the platform."""

    def authenticate(self, channel: BirdChannel) -> Auth:
        """The key as bearer."""
        return BearerAuth(channel.config.access_key.get_secret_value())

    def split(self, channel: BirdChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts; what the platform does not send is refused before the first of them."""
        for capability, asks in ASKED:
            if capability in LACKING and asks(message):
                raise Unsupported(f"the Bird platform does not offer {capability}", capability=capability)
        return parts_of(channel, message, max_segments=MOST_SEGMENTS)

    def build_request(self, channel: BirdChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """One message with its idempotency key; its id goes along for the webhooks."""
        values: dict[str, Any] = {
            "to": channel.recipient_of(message, "plus"),
            "from": channel.sender_of(message, "plus"),
            "text": part.text,
            "category": channel.config.category,
        }
        if len(message.id.encode()) <= LONGEST_METADATA:
            values["metadata"] = {"message_id": message.id}
        headers = {"Idempotency-Key": key_of(channel, message, part)}
        return HttpRequest.json(channel.config.root + PATH, values, headers=headers)

    def read_response(self, channel: BirdChannel, part: Part, response: HttpResponse) -> PartResult:
        """The message of a 2xx answer; one that has failed already is refused."""
        values = _answer(response)
        if not (isinstance(values.get("id"), str) and values["id"]):
            raise ProtocolError(f"HTTP {response.status}: the answer has no id")
        word = text_of(values.get("status"))
        status = STATUSES.get(word or "", Status.QUEUED)
        if status in LOST:
            error = object_of(values.get("error"))
            code = text_of(error.get("code")) or word
            raise Rejected(
                f"refused: {word}",
                REASONS.get(code or "", Reason.UNKNOWN),
                provider_code=code,
                provider_text=text_of(error.get("description")),
            )
        segments = count_of(object_of(values.get("segments")).get("count"))
        return PartResult(values["id"], segments, price_in(values), status, word)

    def verify_inbound(self, channel: BirdChannel, request: WebhookRequest) -> Verified:
        """HMAC over id, time and body."""
        return bird_webhooks.verify(channel, request)

    def parse_inbound(self, channel: BirdChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message, one report or one opt-out."""
        return [bird_webhooks.event_of(channel, request.json_object())]

    def respond_inbound(self) -> WebhookResponse:
        """Any 2xx will do."""
        return WebhookResponse()

    def check_account(self, channel: BirdChannel) -> Flow[AccountInfo]:
        """Ask for the newest message, since a key may not see the balance."""
        _answer((yield HttpRequest.get(channel.config.root + PATH, {"limit": 1}, submits=False)), submitted=False)
        return AccountInfo(checked_at=channel.clock())

    def query_status(self, channel: BirdChannel, reference: str) -> Flow[DeliveryReport]:
        """Read the message."""
        url = f"{channel.config.root}{PATH}/{quote(reference, safe='')}"
        values = _answer((yield HttpRequest.get(url, submits=False)), submitted=False)
        return report_of(channel, text_of(values.get("status")), {**values, "sms_id": reference}, values)


def _answer(response: HttpResponse, *, submitted: bool = True) -> Mapping[str, Any]:
    """A 2xx answer; else the error by code, name, type or parameter, or by the HTTP status."""
    try:
        values = response.json_object()
    except ProtocolError:
        if response.ok:
            raise
        values = {}
    if response.ok:
        return values
    error = object_of(values.get("error"))
    names = [name for name in map(text_of, map(error.get, ("code", "name", "type"))) if name]
    code, text = next(iter(names), None), _words(error)
    meaning = next((ERRORS[name] for name in names if name in ERRORS), None)
    if meaning is None and "validation_error" in names:
        meaning = PARAMETERS.get(_parameter(error), Reason.UNKNOWN)
    found = table_error({code: meaning}, code, text, retry_after=response.retry_after) if code and meaning else None
    if found is None:
        fail_by_status(response, text, code=code, submitted=submitted)
    raise found


def _parameter(error: Mapping[str, Any]) -> str:
    """The parameter at fault, of several the first, without the place in it (`to[0]`, `options.smart_encoding`)."""
    first: Mapping[str, Any] = next(iter(objects_of(error.get("details"))), {})
    return re.split(r"[.\[]", text_of(error.get("param")) or text_of(first.get("param")) or "")[0]


def _words(error: Mapping[str, Any]) -> str | None:
    """The message, then what it says of each parameter."""
    details = (map(text_of, (item.get("param"), item.get("message"))) for item in objects_of(error.get("details")))
    told = "; ".join(filter(None, (": ".join(filter(None, pair)) for pair in details)))
    return " ".join(filter(None, (text_of(error.get("message")), told))) or None
