"""What Jasmin says when it takes no message.

Sources: "HTTP API", section "HTTP response",
https://github.com/jookies/jasmin/blob/0.11.0/misc/doc/sources/apis/http/index.rst; "validation.py"
https://github.com/jookies/jasmin/blob/0.11.0/jasmin/protocols/http/validation.py and "endpoints/send.py" beside it. The
program differs from the document: a missing right is a 400, too high a rate a 403.
"""

from __future__ import annotations

import re
from typing import NoReturn

from ...errors import AuthError, DeliveryUncertain, Rejected, TemporaryFailure, Throttled
from ...http import HttpResponse
from ...kits import fail_by_status
from ...kits.tables import Meaning, table_error
from ...results import Reason

__all__ = ["REFUSALS", "fail"]

SHOWN = 200
TOLD = re.compile(r'(?:Error )?"(.*)"', re.DOTALL)
"""A refusal of /send, or of /balance, which is a JSON string."""

REFUSALS: tuple[tuple[str, Meaning], ...] = (
    (r"Authentication failure", AuthError),
    (r"Authorization failed", AuthError),
    (r"(Mandatory a|A)rgument \[(username|password)\]", AuthError),
    (r"(Mandatory a|A)rgument \[to\]", Reason.INVALID_RECIPIENT),
    (r"Value filter failed .*\(destination_address ", Reason.INVALID_RECIPIENT),
    (r"Value filter failed .*\(source_address ", Reason.INVALID_SENDER),
    (r"Value filter failed|Mandatory argument|Argument|Invalid hex-content|(hex-)?content ", Reason.INVALID_CONTENT),
    (r"Cannot charge submit_sm", Reason.NO_CREDIT),
    (r"User throughput exceeded", Throttled),
    (r"No route found", Reason.NO_ROUTE),
    (r"Failover route has no bound connectors", TemporaryFailure),
    (r"InterceptorPB not ", TemporaryFailure),
    (r"Failed running interception script", Reason.UNKNOWN),
    (r"Cannot send submit_sm", TemporaryFailure),
    (r"Unknown error", DeliveryUncertain),
)
"""How the text of an error begins: it tells more than the status, which is 403 for five meanings."""
INTERCEPTED = "Interception specific error code"


def fail(response: HttpResponse, *, submitted: bool = True) -> NoReturn:
    """Raise the error of an answer; `submitted` as in `fail_by_status`."""
    body = response.text.strip()
    found = TOLD.fullmatch(body)
    text, status = _start(found[1] if found else body), str(response.status)
    meaning = _meaning(text, response.status) if found else None
    if meaning is DeliveryUncertain and not submitted:
        meaning = TemporaryFailure
    error = table_error({status: meaning}, status, text, retry_after=response.retry_after) if meaning else None
    if error is not None:
        raise error
    if response.status == 404:
        raise Rejected("HTTP 404: no Jasmin is there, mend base_url", provider_code=status, provider_text=text)
    fail_by_status(response, text, submitted=submitted)


def _meaning(text: str, status: int) -> Meaning | None:
    """What an error means; an interceptor's status is its script's own, and comes before anything is accepted."""
    if text.startswith(INTERCEPTED):
        return Throttled if status == 429 else TemporaryFailure if status >= 500 else Reason.UNKNOWN
    return next((meaning for start, meaning in REFUSALS if re.match(start, text, re.DOTALL)), None)


def _start(text: str) -> str:
    """The start of a text, cut between words: the redactor would not know half a secret."""
    return text if len(text) <= SHOWN else text[:SHOWN].rpartition(" ")[0]
