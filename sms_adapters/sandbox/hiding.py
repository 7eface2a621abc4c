"""Secrets hidden from exchanges: before one is written to a file, and before one is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..http import Headers, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from ..redact import Redactor
    from .records import Exchange

__all__ = ["hide"]


def hide(row: Exchange, redactor: Redactor) -> Exchange:
    """Take the secrets out of a row in place; the same row.

    Doing so takes several times as long as all else about a message. Therefore what is only in memory stays as it came
    until somebody looks at it.
    """
    sent = Headers(json.loads(row.request_headers))
    request = redactor.request(HttpRequest(row.method, row.url, sent, row.request_body))
    row.url, row.request_body = request.url, request.body
    row.request_headers = json.dumps(request.headers.items())
    if row.status is not None:
        received = Headers(json.loads(row.response_headers))
        answer = redactor.response(HttpResponse(row.status, received, row.response_body))
        row.response_headers, row.response_body = json.dumps(answer.headers.items()), answer.body
    return row
