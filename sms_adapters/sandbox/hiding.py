"""Secrets hidden from what is kept, fast enough for every exchange of a load test."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..http import Headers
from ..redact import Redactor

__all__ = ["hidden_body", "hidden_headers", "hidden_url"]

LARGEST_KEPT = 64 << 10
"""Octets of a body that are kept; a larger one is only measured, for part of a secret cannot be found any more."""

_STEMS = (
    b"pass", b"pwd", b"pw", b"pin", b"secret", b"token", b"key", b"sig", b"hmac", b"auth", b"bearer", b"credential",
    b"assertion", b"jwt", b"session", b"cookie",
)  # fmt: skip
"""One of them is in each name that the redactor takes for a secret's."""
_BETWEEN = bytes(octet for octet in range(256) if not chr(octet).isalnum() or octet > 127)


def hidden_body(redactor: Redactor, exchange: Any) -> bytes:
    """The body of a request or answer without secrets.

    What tells a secret by its name is looked for only where a part of such a name is: finding none takes a hundredth
    of the time of reading the body's structure.
    """
    body: bytes = exchange.body
    if not body:
        return body
    if len(body) > LARGEST_KEPT:
        return f"({len(body)} octets, not kept)".encode()
    if _may_name_a_secret(body):
        exchange = redactor.value(replace(exchange, headers=Headers()))
        return bytes(exchange.body)
    return redactor.data(body)


def _may_name_a_secret(body: bytes) -> bool:
    letters = body.lower().translate(None, _BETWEEN)
    for stem in _STEMS:
        if stem in letters:
            return True
    return b"://" in body


# Clients send the same headers to the same place again and again.


@lru_cache(maxsize=1024)
def hidden_headers(redactor: Redactor, headers: tuple[tuple[str, str], ...]) -> str:
    """Headers without secrets, as JSON."""
    return json.dumps(redactor.headers(Headers(headers)).items())


@lru_cache(maxsize=1024)
def hidden_url(redactor: Redactor, url: str) -> str:
    """A URL without secrets."""
    return redactor.url(url)
