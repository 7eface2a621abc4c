"""`sig`: how requests and webhooks of the SMS API are signed, by five methods.

Source: "Signing messages", https://developer.vonage.com/en/getting-started/concepts/signing-messages (the recipe), and
the vendor's libraries where it is silent: https://github.com/Vonage/vonage-java-sdk, `RequestSigning` (names are
cleaned as values are, blank values are left out, five minutes) and https://github.com/Vonage/vonage-php-sdk-core,
`Signature` (blank values are signed).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias
from urllib.parse import parse_qsl

from ...auth import Auth, FormAuth
from ...channel import SECRET_PARAMETER
from ...http import HttpRequest, MultiDict
from ...signatures import Verified, verify_digest, verify_hmac, verify_time

__all__ = ["SigAuth", "signature", "verify_sig"]

Pairs: TypeAlias = Iterable[tuple[str, str]]
CLEANED = str.maketrans("&=", "__")
PLAIN_HASH = "md5hash"


def signed_text(pairs: Pairs) -> bytes:
    """`&name=value` of each pair, sorted by name, with `&` and `=` inside of them as `_`."""
    cleaned = [f"&{name.translate(CLEANED)}={value.translate(CLEANED)}" for name, value in sorted(pairs)]
    return "".join(cleaned).encode("utf-8", "surrogatepass")


def signature(pairs: Pairs, secret: str, method: str) -> str:
    """The `sig` of `pairs`, in lower-case hex; `method` is one of `Config.signature_method`."""
    text, key = signed_text(pairs), secret.encode()
    if method == PLAIN_HASH:
        return hashlib.md5(text + key, usedforsecurity=False).hexdigest()
    return hmac.digest(key, text, method).hex()


@dataclass(frozen=True, slots=True, repr=False)
class SigAuth(Auth):
    """`api_key`, `timestamp` and `sig` at the end of a form: a signed request must not hold the API secret."""

    api_key: str
    secret: str
    method: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """The signature secret."""
        return (self.secret,)

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the three fields."""
        request = FormAuth((("api_key", self.api_key), ("timestamp", str(int(now.timestamp()))))).apply(request, now)
        pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True)
        return FormAuth((("sig", signature(pairs, self.secret, self.method)),)).apply(request, now)


def verify_sig(fields: MultiDict, secret: str, method: str, now: datetime) -> Verified:
    """Prove a webhook by all of its parameters, repeated ones included, and by its `timestamp`."""
    pairs = [pair for pair in fields.items() if pair[0] != "sig"]
    texts, given = map(signed_text, _readings(pairs)), fields.get("sig")
    if method == PLAIN_HASH:
        key = secret.encode()
        found = verify_digest((text + key for text in texts), given, digest="md5", what="sig")
    else:
        found = verify_hmac(secret, texts, given, digest=method, what="sig")
    return replace(found, signed_at=verify_time(fields.get("timestamp"), now))


def _readings(pairs: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """What may have been signed: Vonage's libraries differ on blank values, and our own parameter may not count."""
    for kept in (pairs, [pair for pair in pairs if pair[0] != SECRET_PARAMETER]):
        yield kept
        yield [pair for pair in kept if pair[1].strip()]
