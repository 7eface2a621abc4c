"""Whether what is committed is plainly made up: phone numbers from reserved ranges, secrets that nobody uses."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote

__all__ = ["LIVE", "is_reserved", "is_secret_name", "looks_live", "numbers_in"]

RESERVED = (
    re.compile(r"(?:1|001)?[2-9]\d\d55501\d\d"),
    re.compile(r"(?:44|0044|0)?7700900\d{3}"),
)
"""North America, 555-0100 to 555-0199 of every area code; mobile numbers of the United Kingdom.

Source: "Fictitious telephone number", https://en.wikipedia.org/wiki/Fictitious_telephone_number.
"""

_INTERNATIONAL = re.compile(r"(?:\+|%2B|\\u002B)(\d{7,15})(?!\d)", re.IGNORECASE)
_NUMBER_NAME = (
    r"(?:to|from|sender|recipients?|msisdns?|phone|mobile|destination|dest|source|originator|receiver|address"
    r"|(?:phone|mobile|to|from|dest|destination|source|sender|recipient)[_-]?number)"
)
_NAMED = re.compile(rf"""(?<![a-z]){_NUMBER_NAME}["']?\s*[=:]\s*\[?\s*["']?(\d{{8,15}})(?!\d)""", re.IGNORECASE)
_ELEMENT = re.compile(rf"<(?:[\w.-]+:)?{_NUMBER_NAME}(?:\s[^<>]*)?>\s*(\d{{8,15}})\s*<", re.IGNORECASE)

LIVE = re.compile(
    r"\b(?:sk_live_|rk_live_|live_[0-9a-z]{8}|AKIA(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}|AIza[\w-]{35}|xox[abprs]-\w|gh[pousr]_\w{20}"
    r"|github_pat_\w{20}|glpat-[\w-]{20}|SG\.[\w-]{16,}\.[\w-]{16,}|EAA[0-9A-Za-z]{40})"
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
)
"""How keys begin that their issuers mark as live ones; a private key is one wherever it stands."""

WORDS = re.compile(
    r"acme|dummy|example|fake|fixture|made.?up|nobody|password|placeholder|redacted|replaced|sample|secret|simulat|specimen|test",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"(?:^|_)(?:authorization|cookie|credentials?|jwt|pass|passphrase|passwd|password|pin|pwd|secret"
    r"|(?<!public_)(?<!idempotency_)key|(?<!idempotency_)(?<!page_)token)$"
)
_DERIVED = re.compile(
    r"(?:credential|digest|domain|expires|mac|max-age|nonce|passworddigest|path|sig|signature|signedheaders)="
    r"|(?:aws4-hmac-sha256|x-amz-[a-z0-9-]+)\Z",
    re.I,
)
SHORTEST = 16
ORDER = "0123456789abcdefghijklmnopqrstuvwxyz"


def is_reserved(number: str) -> bool:
    """Whether digits without a plus sign are of a range that is reserved for examples."""
    return any(pattern.fullmatch(number) for pattern in RESERVED)


def numbers_in(text: str) -> Iterator[str]:
    """The phone numbers in a text, in digits: behind a plus sign, or under the name of a number."""
    for pattern in (_INTERNATIONAL, _NAMED, _ELEMENT):
        yield from pattern.findall(text)


def is_secret_name(name: str) -> bool:
    """Whether a field or header of that name holds a secret, in whatever style it is written; signatures are none."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return _TELLING.search(re.sub(r"[^a-z0-9]+", "_", snake.lower())) is not None


def looks_live(value: str) -> bool:
    """Whether a value in the place of a secret may be one that is in use: long, without a pattern or a telling word."""
    if LIVE.search(value):
        return True
    if value.startswith("Basic "):
        return _is_noise(_password(value[6:]))
    chunks = (chunk for chunk in re.split(r"[\s;,]+", unquote(value)) if not _DERIVED.match(chunk))
    return any(_is_noise(chunk.rpartition("=")[2] or chunk) for chunk in chunks)


def _password(encoded: str) -> str:
    """The password of an encoded pair; what cannot be decoded as it is."""
    try:
        return base64.b64decode(encoded, validate=True).decode().rpartition(":")[2]
    except ValueError:
        return encoded


def _is_noise(text: str) -> bool:
    return len(text) >= SHORTEST and not WORDS.search(text) and not _is_patterned(text)


def _is_patterned(value: str) -> bool:
    """Whether most characters follow from those before them: 0000, 0123, 0f1e2d. Of noise a third does at most."""
    places = [ORDER.index(char) for char in value.lower() if char in ORDER]
    steps = [
        abs(here - before) <= 1 or abs(here - earlier) <= 1
        for earlier, before, here in zip(places, places[1:], places[2:], strict=False)
    ]
    return not steps or sum(steps) / len(steps) > 0.6
