"""Sending by the SMS API: a form in, 200 for everything out, with a result for each segment.

Sources: "SMS API" specification 1.2.0, https://developer.vonage.com/en/api/sms (fields, answers); "Troubleshooting SMS"
https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms and "API errors: SMS API"
https://developer.vonage.com/en/api-errors/sms (statuses of an answer); "Concatenation and encoding"
https://developer.vonage.com/en/messaging/sms/guides/concatenation-and-encoding (3200 characters, why `type` matters);
https://github.com/Vonage/vonage-java-sdk, `MessageStatus` (statuses no longer in use). Prices are in euros: "SMS API,
keys and values" of https://github.com/Nexmo/nexmo-developer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import AuthError, ConfigError, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from ...http import HttpRequest, HttpResponse
from ...kits import fail_by_status
from ...kits.tables import Meaning, error_table, table_error
from ...kits.values import price_of, text_of
from ...messages import OutboundMessage
from ...parts import Part
from ...results import PartResult, Reason, SendResult
from ...text import Encoding
from .config import EURO, LONGEST_REFERENCE, VonageChannel

__all__ = ["ERRORS", "build_request", "read_results"]

LONGEST_CALLBACK = 100
EXTRA = ("entity_id", "content_id", "account_ref", "protocol_id")

# 5 and 13 stand beside a message that got no id: it was not taken.
ERRORS = error_table(
    (Throttled, "1 10"),
    (Reason.INVALID_CONTENT, "2 3 12 16 20 23"),
    (AuthError, "4 8 11 14 32"),
    (TemporaryFailure, "5 13"),
    (Reason.INVALID_RECIPIENT, "6 17 22 33"),
    (Reason.BLOCKED, "7"),
    (Reason.NO_CREDIT, "9"),
    (Reason.INVALID_SENDER, "15"),
    (Reason.UNKNOWN, "18 19"),
    (Reason.NO_ROUTE, "29"),
)
BLAMED: Mapping[str, Meaning] = {
    "to": Reason.INVALID_RECIPIENT,
    "from": Reason.INVALID_SENDER,
    "api_key": AuthError,
    "api_secret": AuthError,
}
"""What a status 2 or 3 means by the parameter that its text names."""
PARAMETER = re.compile(r"(?:missing|param(?:eter)?:?)\s+`?(to|from|api_key|api_secret)\b", re.IGNORECASE)


def build_request(channel: VonageChannel, message: OutboundMessage, part: Part) -> HttpRequest:
    """One form; `type` is said for every text, since what is outside of GSM 7-bit is lost without `unicode`."""
    wide = part.encoding is Encoding.UCS2 or message.encoding == "ucs2"
    fields = {
        "from": channel.sender_of(message),
        "to": channel.recipient_of(message),
        "type": "binary" if part.data is not None else "unicode" if wide else "text",
        "text": part.text or None,
        "body": None if part.data is None else part.data.hex(),
        "udh": part.udh.hex() or None,
        "message-class": 0 if message.flash else None,
        "ttl": int(message.validity.total_seconds() * 1000) if message.validity else None,
        "status-report-req": None if message.report else "false",
        "callback": _callback(channel) if message.report else None,
        "client-ref": message.id if len(message.id) <= LONGEST_REFERENCE else None,
    }
    own = {name.replace("_", "-"): message.extra[name] for name in EXTRA if name in message.extra}
    return HttpRequest.form(f"{channel.config.root}/sms/json", fields | own)


def _callback(channel: VonageChannel) -> str | None:
    if channel.config.reports == "dashboard" or not channel.public_url:
        return None
    url = channel.callback_url("status")
    if len(url) > LONGEST_CALLBACK:
        mend = "enter it in the dashboard and set reports = 'dashboard'"
        raise ConfigError(f"the URL for reports has {len(url)} characters, Vonage takes {LONGEST_CALLBACK}: {mend}")
    return url


def read_results(response: HttpResponse) -> Sequence[PartResult]:
    """A result for each segment; the first that was refused decides, and keeps those that were not."""
    items = _items(response)
    taken = [item for item in items if response.ok and text_of(item.get("status")) == "0" and _id(item)]
    accepted = tuple(PartResult(_id(item), 1, price_of(item.get("message-price"), EURO)) for item in taken)
    if len(accepted) == len(items):
        return accepted
    error = _error(next(item for item in items if item not in taken), response)
    error.partial = SendResult(accepted) if accepted else None
    raise error


def _items(response: HttpResponse) -> list[dict[str, Any]]:
    """The elements of the answer; one that is none of the documented ones becomes empty, and fails."""
    try:
        items = response.json_object().get("messages")
    except ProtocolError:
        if not response.ok:
            fail_by_status(response)
        raise
    if isinstance(items, list) and items:
        return [item if isinstance(item, dict) else {} for item in items]
    if not response.ok:
        fail_by_status(response)
    raise ProtocolError("the answer has no messages")


def _id(item: Mapping[str, Any]) -> str | None:
    return text_of(item.get("message-id"))


def _error(item: Mapping[str, Any], response: HttpResponse) -> SmsError:
    """The error for an element's status, and for the parameter that its text names; a 0 that was not taken has none."""
    code, words = text_of(item.get("status")), text_of(item.get("error-text"))
    code = None if code == "0" else code
    named = PARAMETER.search(words or "") if code in ("2", "3") else None
    meaning = BLAMED[named[1].lower()] if named else ERRORS.get(code or "")
    found = table_error({code: meaning}, code, words, retry_after=response.retry_after) if code and meaning else None
    if found is not None:
        return found
    if not response.ok:
        fail_by_status(response, words, code=code)
    if code is None:
        return ProtocolError("an element of the answer has no status, or no id", provider_text=words)
    return Rejected(f"refused with the unknown status {code}", provider_code=code, provider_text=words)
