"""Bandwidth's answers, and its refusals: a type for each kind, and for a request that is none the fields at fault.

Sources: "Errors" https://dev.bandwidth.com/docs/messaging/errors; bandwidth-sdk 23.3.1,
https://github.com/Bandwidth/python-sdk, models/create_message_request_error.py (fieldErrors).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ...errors import AuthError, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from ...http import HttpResponse
from ...kits import fail_by_status
from ...kits.tables import error_table, lookup_table, table_error
from ...kits.values import objects_of, text_of
from ...results import Reason

__all__ = ["answer_of"]

ERRORS = error_table(
    (AuthError, "unauthorized forbidden"),
    (Rejected, "unsupported-content-type"),
    (Throttled, "max-message-queue-size-exceeded rate_limit_exceeded"),
)
FIELDS = lookup_table(
    (Reason.INVALID_RECIPIENT, "to"),
    (Reason.INVALID_SENDER, "from"),
    (Reason.INVALID_CONTENT, "text media tag priority expiration"),
)
"""Why a request is no valid one, by the first of its fields that are not; any other is the channel's."""


def answer_of(response: HttpResponse, *, submitted: bool = True) -> Mapping[str, Any]:
    """The JSON object of a good answer; else the error."""
    try:
        values = response.json_object()
    except ProtocolError:
        if response.ok:
            raise
        values = {}
    if not response.ok or (values.get("type") and "id" not in values):
        _fail(response, values, submitted=submitted)
    return values


def _fail(response: HttpResponse, values: Mapping[str, Any], *, submitted: bool) -> NoReturn:
    """Raise for the answer's `type`, for its fields, or for the HTTP status.

    "Errors" says of every 4xx and 5xx that the message is not sent; that is taken for true of Bandwidth's own answers,
    not of those of a proxy on the way.
    """
    code, text = text_of(values.get("type")), _text(values)
    if found := table_error(ERRORS, code or "", text, retry_after=response.retry_after):
        raise found
    if code == "request-validation":
        raise _invalid(values, code, text)
    if response.status >= 500 and code:
        sentence = f"HTTP {response.status}: Bandwidth failed, and sends no message"
        raise TemporaryFailure(sentence, provider_code=code, provider_text=text)
    if response.ok:
        raise Rejected("refused for a reason that is not documented", provider_code=code, provider_text=text)
    fail_by_status(response, text, code=code, submitted=submitted)


def _invalid(values: Mapping[str, Any], code: str, text: str | None) -> SmsError:
    named = next(iter(objects_of(values.get("fieldErrors"))), {})
    field = (text_of(named.get("fieldName")) or "").partition("[")[0]
    reason = FIELDS.get(field, Reason.UNKNOWN)
    return Rejected(f"refused: {field or 'not a valid request'}", reason, provider_code=code, provider_text=text)


def _text(values: Mapping[str, Any]) -> str | None:
    """What is said of the fields, else of the whole; a 404 says it in another member."""
    said = [text_of(item.get("description")) for item in objects_of(values.get("fieldErrors"))]
    whole = text_of(values.get("description")) or text_of(values.get("message")) or text_of(values.get("error"))
    return "; ".join(text for text in said if text) or whole
