"""The simulated account's keys, and how the simulated AWS checks what is signed with them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ...auth import SigV4Auth
from ...http import Headers, HttpRequest, WebhookRequest

__all__ = ["KEY_ID", "REGION", "SECRET", "unsigned"]

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - the example key of AWS's documents
REGION = "us-east-1"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=\w+"
)


def unsigned(request: WebhookRequest, service: str) -> str | None:
    """What is wrong with the signature; None where nothing is."""
    given = request.headers.get("authorization") or ""
    found = AUTHORIZATION.fullmatch(given)
    if found is None:
        return "MissingAuthenticationTokenException"
    key_id, region, named, headers = found.groups()
    if key_id != KEY_ID:
        return "UnrecognizedClientException"
    names = headers.split(";")
    kept = Headers(
        [(name, value) for name, value in request.headers.items() if name.lower() in names if name.lower() != "host"]
    )
    try:
        stamp = datetime.strptime(request.headers.get("x-amz-date") or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return "IncompleteSignatureException"
    bare = HttpRequest(request.method, request.url, kept, request.body)
    made = SigV4Auth(KEY_ID, SECRET, region, service).apply(bare, stamp).headers.get("authorization")
    return None if (region, named, made) == (REGION, service, given) else "InvalidSignatureException"
