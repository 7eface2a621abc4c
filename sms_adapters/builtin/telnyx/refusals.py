"""Telnyx's errors: a code for each, the field at fault beside it, and an HTTP status.

Sources: "Messaging error codes" https://developers.telnyx.com/docs/messaging/messages/error-codes; "API error codes"
https://developers.telnyx.com/development/api-fundamentals/api-errors, and the page of each code, such as
https://developers.telnyx.com/api/errors/40320; "Rate limiting"
https://developers.telnyx.com/development/api-fundamentals/reliability/rate-limiting (x-ratelimit-reset).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...errors import AuthError, DeliveryUncertain, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from ...http import HttpResponse
from ...kits import fail_by_status
from ...kits.tables import error_table, lookup_table, table_error
from ...kits.values import count_of, object_of, objects_of, text_of
from ...results import Reason

__all__ = ["ERRORS", "REASONS", "Values", "data_of", "first_of", "refusal_of", "refused", "words_of"]

Values: TypeAlias = Mapping[str, Any]

# 10007, "unexpected error", is left to its HTTP status. 40300, a block rule, and 40320, a number that is being
# provisioned, both come as 409.
ERRORS = error_table(
    (AuthError, "10009 10010 10035 10038 20001 20002 20003 20006 20008 20012 20013 20014 20015 20016 20017"),
    (AuthError, "40311 40313 40314"),
    (Throttled, "10011 40318"),
    (TemporaryFailure, "10036 10037 40320"),
    (DeliveryUncertain, "10008"),
    (Reason.NO_CREDIT, "20100 40333"),
    (Reason.OPTED_OUT, "40300"),
    (Reason.INVALID_RECIPIENT, "40310"),
    (Reason.NO_ROUTE, "40301 40309 40319 40331"),
    (Reason.INVALID_SENDER, "40100 40150 40151 40155 40305 40306 40307 40308 40312 40315 40321 40323 40325 40330"),
    (Reason.REGULATION, "40329"),
    (Reason.INVALID_CONTENT, "40302 40304 40316 40317 40322 40327 40328"),
    (Reason.DUPLICATE, "10012"),
    (Reason.UNKNOWN, "10005 10039 40303"),
)
REASONS = lookup_table(
    (Reason.INVALID_RECIPIENT, "40001 40012"),
    (Reason.INVALID_SENDER, "40003 40013"),
    (Reason.INVALID_CONTENT, "40009 40015 40017"),
    (Reason.BLOCKED, "40002 40020"),
    (Reason.REGULATION, "40010 40019"),
    (Reason.EXPIRED, "40005 40014"),
    (Reason.UNKNOWN, "40004 40006 40007 40008 40011 40016 40018"),
) | {code: meaning for code, meaning in ERRORS.items() if isinstance(meaning, Reason)}
"""Codes of reports; some refusals are found out only after a message was accepted."""

FIELDS = lookup_table(
    (Reason.INVALID_RECIPIENT, "to"),
    (Reason.INVALID_SENDER, "from messaging_profile_id"),
    (Reason.INVALID_CONTENT, "text subject media_urls encoding send_at"),
)
"""What a value that is missing or wrong means (10004, 10015, 10016 and others), by the field that `source` names."""


def first_of(value: Any) -> Values:
    """The first object of a JSON list; an empty one for anything else."""
    return next(iter(objects_of(value)), {})


def words_of(errors: Any) -> tuple[str | None, str | None]:
    """Code and text of the first of a list of errors: what failed, then what it failed on."""
    first = first_of(errors)
    told = [text for text in (text_of(first.get("title")), text_of(first.get("detail"))) if text]
    return text_of(first.get("code")), ": ".join(told) or None


def data_of(response: HttpResponse, *, submitted: bool = True) -> Values:
    """`data` of a 2xx answer without errors; else the error by code, by the field at fault or by the HTTP status."""
    try:
        answer = response.json_object()
    except ProtocolError:
        if response.ok:
            raise
        answer = {}
    data, errors = object_of(answer.get("data")), answer.get("errors")
    if response.ok and data and not errors:
        return data
    code, text = words_of(errors)
    found = table_error(ERRORS, code or "", text, retry_after=_wait(response)) or _by_field(response, errors)
    if found is None:
        fail_by_status(response, text, code=code, submitted=submitted)
    raise found


def _wait(response: HttpResponse) -> float | None:
    return count_of(response.headers.get("x-ratelimit-reset")) if response.retry_after is None else response.retry_after


def _by_field(response: HttpResponse, errors: Any) -> SmsError | None:
    pointer = text_of(object_of(first_of(errors).get("source")).get("pointer")) or ""
    reason = FIELDS.get(pointer.strip("/").partition("/")[0]) if response.status in (400, 422) else None
    return None if reason is None else refused(errors, reason)


def refused(errors: Any, reason: Reason = Reason.UNKNOWN) -> SmsError:
    """The error of a refusal for good in Telnyx's words, whose code the table does not have."""
    code, text = words_of(errors)
    return Rejected(f"refused: {reason.value.replace('_', ' ')}", reason, provider_code=code, provider_text=text)


def refusal_of(errors: Any) -> SmsError:
    """The error for a message that was given an id, but has failed by the time of the answer."""
    code, text = words_of(errors)
    return table_error({**REASONS, **ERRORS}, code or "", text) or refused(errors)
