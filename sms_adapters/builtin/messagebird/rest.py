"""The REST API: JSON both ways, numbers in digits, errors with a code and the parameter at fault.

Sources: "SMS API" https://developers.messagebird.com/api/sms-messaging; "MMS API"
https://developers.messagebird.com/api/mms-messaging (2000 characters); "I am missing my delivery reports"
https://support.messagebird.com/hc/en-us/articles/360001869258-I-am-missing-my-delivery-reports (no report without a
reference, which has at most 128 characters); https://github.com/messagebird/messagebird-nodejs, types/messages.d.ts
(datacoding, mclass); https://github.com/messagebird/php-rest-api, src/MessageBird/Common/ResponseError.php (codes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import quote

from ...auth import Auth, HeaderAuth
from ...errors import AuthError, InvalidMessage, ProtocolError, Rejected, SmsError
from ...flow import Flow
from ...http import HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ...kits import SendKit, fail_by_status
from ...kits.tables import ErrorTable, error_table, lookup_table, table_error
from ...kits.values import count_of, object_of, objects_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...parts import Part, parts_of
from ...results import AccountInfo, PartResult, Reason, Status
from ...signatures import Verified
from ...text import Encoding
from . import rest_webhooks
from .config import BirdChannel
from .rest_webhooks import STATUSES, outcome_of, reference_of, report_of

__all__ = ["ERRORS", "Rest"]

LONGEST_MMS = 2000
ACCEPT = {"Accept": "application/json"}
LOST = frozenset({Status.FAILED, Status.UNDELIVERABLE, Status.EXPIRED})
CODINGS: Mapping[Encoding, str] = {Encoding.GSM7: "plain", Encoding.UCS2: "unicode"}

# 99 is an internal error, of which the HTTP status says whether anything may have been accepted.
ERRORS: ErrorTable = error_table(
    (AuthError, "2"),
    (Reason.NO_CREDIT, "25"),
    (Reason.UNKNOWN, "20 21 98"),
)
BY_PARAMETER = frozenset({"9", "10"})
PARAMETERS = lookup_table(
    (Reason.INVALID_RECIPIENT, "recipients recipient"),
    (Reason.INVALID_SENDER, "originator"),
    (Reason.INVALID_CONTENT, "body datacoding mclass mediaUrls scheduledDatetime subject type typeDetails validity"),
)
"""What a parameter that is missing (9) or wrong (10) means."""


class Rest(SendKit):
    """The hooks for a key of the REST API."""

    def authenticate(self, channel: BirdChannel) -> Auth:
        """The access key under a scheme of its own."""
        return HeaderAuth("Authorization", f"AccessKey {channel.config.access_key.get_secret_value()}")

    def split(self, channel: BirdChannel, message: OutboundMessage) -> Sequence[Part]:
        """The parts; a message with media is one, and takes none of what an SMS may have beside its text."""
        if not message.media:
            return parts_of(channel, message)
        if message.data is not None or message.flash or message.validity is not None:
            raise InvalidMessage("an MMS is neither binary nor flash, and has no validity", Reason.INVALID_CONTENT)
        if len(message.text) > LONGEST_MMS:
            raise InvalidMessage(f"the text of an MMS has at most {LONGEST_MMS} characters", Reason.INVALID_CONTENT)
        return (Part(message.text),)

    def build_request(self, channel: BirdChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """An MMS if there are media, else an SMS."""
        own = _mms(message) if message.media else _sms(channel, message, part)
        values = {
            "originator": channel.sender_of(message),
            "recipients": [channel.recipient_of(message)],
            **own,
            "reference": reference_of(message) if message.report else None,
            "scheduledDatetime": message.send_at and message.send_at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        told = {name: value for name, value in values.items() if value is not None}
        path = "/mms" if message.media else "/messages"
        return HttpRequest.json(channel.config.root + path, told, headers=ACCEPT)

    def read_response(self, channel: BirdChannel, part: Part, response: HttpResponse) -> PartResult:
        """The message of a 2xx answer; one that has failed already is refused."""
        values = _answer(response)
        if not (isinstance(values.get("id"), str) and values["id"]):
            raise ProtocolError(f"HTTP {response.status}: the answer has no id")
        item = _recipient(values)
        word, price = text_of(item.get("status")), object_of(item.get("price"))
        status, reason = outcome_of(item) if word in STATUSES else (Status.QUEUED, None)
        if status in LOST:
            code = text_of(item.get("statusErrorCode")) or word
            raise _refused(reason or Reason.UNKNOWN, code, text_of(item.get("statusReason")))
        cost = price_of(price.get("amount"), price.get("currency"))
        return PartResult(values["id"], count_of(item.get("messagePartCount")), cost, status, word)

    def verify_inbound(self, channel: BirdChannel, request: WebhookRequest) -> Verified:
        """A JWT over URL and body."""
        return rest_webhooks.verify(channel, request)

    def parse_inbound(self, channel: BirdChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One message or one report."""
        return [rest_webhooks.event_of(channel, request)]

    def respond_inbound(self) -> WebhookResponse:
        """The word that MessageBird's own tools look for."""
        return WebhookResponse.plain("OK")

    def check_account(self, channel: BirdChannel) -> Flow[AccountInfo]:
        """Ask for the balance, in money or in credits."""
        values = _answer((yield _get(channel, "/balance")), submitted=False)
        return AccountInfo(balance=price_of(values.get("amount"), values.get("type")), checked_at=channel.clock())

    def query_status(self, channel: BirdChannel, reference: str) -> Flow[DeliveryReport]:
        """Read the message."""
        values = _answer((yield _get(channel, f"/messages/{quote(reference, safe='')}")), submitted=False)
        item = _recipient(values)
        return report_of(channel, {**item, "id": reference, "reference": values.get("reference")}, values)


def _sms(channel: BirdChannel, message: OutboundMessage, part: Part) -> dict[str, Any]:
    binary, told = part.data is not None, message.report and channel.public_url
    return {
        "body": part.text if part.data is None else part.data.hex(),
        "type": "binary" if binary else "flash" if message.flash else "sms",
        "datacoding": CODINGS.get(part.encoding),
        "mclass": 0 if message.flash else None,
        "typeDetails": {"udh": part.udh.hex()} if part.udh else None,
        "validity": int(message.validity.total_seconds()) if message.validity else None,
        "gateway": channel.config.gateway,
        "reportUrl": channel.callback_url("status") if told else None,
    }


def _mms(message: OutboundMessage) -> dict[str, Any]:
    return {
        "subject": message.extra.get("subject"),
        "body": message.text or None,
        "mediaUrls": [item.url for item in message.media],
    }


def _get(channel: BirdChannel, path: str) -> HttpRequest:
    return HttpRequest.get(channel.config.root + path, headers=ACCEPT, submits=False)


def _recipient(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The only recipient's part of a message."""
    return next(iter(objects_of(object_of(values.get("recipients")).get("items"))), {})


def _answer(response: HttpResponse, *, submitted: bool = True) -> Mapping[str, Any]:
    """A 2xx answer without errors; else the error by code, by parameter or by the HTTP status."""
    try:
        values = response.json_object()
    except ProtocolError:
        if response.ok:
            raise
        values = {}
    errors = objects_of(values.get("errors"))
    if response.ok and not errors:
        return values
    first: Mapping[str, Any] = next(iter(errors), {})
    code, text = text_of(first.get("code")), text_of(first.get("description"))
    if code in BY_PARAMETER:
        raise _refused(PARAMETERS.get(text_of(first.get("parameter")) or "", Reason.UNKNOWN), code, text)
    found = table_error(ERRORS, code or "", text)
    if found is None:
        fail_by_status(response, text, code=code, submitted=submitted)
    raise found


def _refused(reason: Reason, code: str | None, text: str | None) -> SmsError:
    sentence = f"refused: {reason.value.replace('_', ' ')}"
    return Rejected(sentence, reason, provider_code=code, provider_text=text)
