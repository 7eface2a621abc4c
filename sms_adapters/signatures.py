"""Proof that a webhook comes from the aggregator: pure, in constant time, `InvalidSignature` for anything else.

The sentence of the error says what did not match and never what was expected. A key that cannot be one, because it is
empty or no PEM, is the host's mistake: `ConfigError`, so that nobody signs with it and the aggregator tries again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hmac import compare_digest
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from . import _jwt
from .errors import ConfigError, InvalidSignature
from .http import MultiDict, WebhookRequest

__all__ = [
    "NO_SIGNATURE",
    "Verified",
    "bearer_token",
    "twilio_form_bytes",
    "url_variants",
    "verify_basic",
    "verify_digest",
    "verify_ed25519",
    "verify_hmac",
    "verify_jwt",
    "verify_rsa",
    "verify_shared_secret",
    "verify_source",
    "verify_time",
]

Secrets: TypeAlias = str | bytes | Iterable[str | bytes]
Messages: TypeAlias = bytes | Iterable[bytes]
Offered: TypeAlias = str | Iterable[str] | None
Encoding: TypeAlias = Literal["hex", "base64", "base64url"]

DIGESTS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
MAX_OFFERED = 8
FIRST_MILLISECONDS = 10**11
_ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "hex": lambda raw: raw.hex().encode(),
    "base64": lambda raw: b64encode(raw).rstrip(b"="),
    "base64url": lambda raw: urlsafe_b64encode(raw).rstrip(b"="),
}
_AUTHORITY = re.compile(r"(https?)://((?:[^/?#@]*@)?(?:\[[^\]/?#]*\]|[^/?#:@[]*))(?::(\d+))?(?=[/?]|\Z)", re.I)
_EPOCH = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was proven: the scheme, when the aggregator signed where it says, and the claims of a JWT."""

    scheme: str
    signed_at: datetime | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


NO_SIGNATURE: Final = Verified("none")


def verify_hmac(
    key: Secrets,
    message: Messages,
    given: Offered,
    *,
    digest: str = "sha256",
    encoding: Encoding = "hex",
    prefix: str = "",
    signed_at: datetime | None = None,
    what: str = "the signature",
) -> Verified:
    """Check an HMAC. Several keys (rotation), messages (spellings of a URL) and offered values are alternatives.

    `prefix` stands before the encoded value. Hex is compared without regard to case, base64 without its padding.
    """
    keys = _secrets(key)
    macs = (hmac.digest(one, signed, digest) for signed in _several(message) for one in keys)
    _match(macs, _offered(given, encoding, prefix, what), encoding, f"{what} (HMAC, {_digest(digest)})")
    return Verified(f"hmac-{digest}", signed_at)


def verify_digest(
    message: Messages, given: Offered, *, digest: str = "sha256", encoding: Encoding = "hex", what: str = "the digest"
) -> Verified:
    """Check a bare digest: of a body, or of a text that has the secret in it."""
    hashes = (hashlib.new(digest, signed).digest() for signed in _several(message))
    _match(hashes, _offered(given, encoding, "", what), encoding, f"{what} ({_digest(digest)})")
    return Verified(digest)


def verify_shared_secret(expected: Secrets, given: str | None, what: str = "the shared secret") -> Verified:
    """Check a value that the aggregator sends as it was told; several are alternatives."""
    secrets = _secrets(expected)
    if given is None:
        raise InvalidSignature(f"{what} is missing")
    if not any(compare_digest(secret, _octets(given)) for secret in secrets):
        raise InvalidSignature(f"{what} does not match")
    return Verified("shared-secret")


def verify_basic(request: WebhookRequest, username: str, password: str) -> Verified:
    """Check HTTP Basic credentials in UTF-8."""
    if not password:
        raise ConfigError("no password is configured for the webhook's HTTP Basic authentication")
    scheme, _, encoded = (request.headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        raise InvalidSignature("the Authorization header has no Basic credentials")
    if not compare_digest(_unbase64(encoded, "the Authorization header"), _octets(f"{username}:{password}")):
        raise InvalidSignature("user name and password of the Authorization header do not match")
    return Verified("basic")


def bearer_token(request: WebhookRequest) -> str | None:
    """The token of `Authorization: Bearer`."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def verify_jwt(
    token: str | None,
    keys: Secrets,
    algorithms: Collection[str],
    *,
    now: datetime,
    leeway: timedelta = timedelta(seconds=30),
    max_age: timedelta | None = timedelta(minutes=5),
    issuer: str | None = None,
    audience: str | Collection[str] | None = None,
    hashes: Mapping[str, Messages] = MappingProxyType({}),
    claims: Mapping[str, Any] = MappingProxyType({}),
) -> Verified:
    """Check a JSON Web Token: signature, times, and what it says of the request.

    A token has to end (`exp`), or `iat` has to be at most `max_age` ago; None accepts one without either. `hashes`
    maps claims to the octets of which they are the SHA-256 in hex: the body, or alternatives such as spellings of a
    URL; such a claim may be absent only for an empty body. `claims` maps others to the value expected, None for any.
    """
    algorithm, found = _jwt.verify((token or "").strip(), _secrets(keys), algorithms)
    issued = _jwt.check_times(found, _aware(now), leeway, max_age)
    _jwt.check_parties(found, issuer, audience)
    for name, content in hashes.items():
        if name in found or content != b"":
            given = found.get(name)
            verify_digest(content, given if isinstance(given, str) else None, what=f"the token's claim {name!r}")
    for name, value in claims.items():
        if name not in found or value not in (None, found[name]):
            raise InvalidSignature(f"the token's claim {name!r} is missing, or not the one expected")
    return Verified(f"jwt-{algorithm.lower()}", issued, found)


def verify_ed25519(
    public_key: str,
    message: bytes,
    signature: str | None,
    *,
    signed_at: datetime | None = None,
    what: str = "the signature",
) -> Verified:
    """Check an Ed25519 signature (RFC 8032); key and signature in base64 or hex."""
    verify = _ed25519(public_key).verify
    from cryptography.exceptions import InvalidSignature as Mismatch

    try:
        verify(_unhex(signature, 64, what), message)
    except Mismatch:
        raise InvalidSignature(f"{what} (Ed25519) does not match") from None
    return Verified("ed25519", signed_at)


def verify_rsa(
    key: str,
    message: bytes,
    signature: str | None,
    *,
    digest: str = "sha256",
    signed_at: datetime | None = None,
    what: str = "the signature",
) -> Verified:
    """Check an RSA PKCS#1 v1.5 signature in base64; `key` is a PEM of a public key or certificate, or base64 DER."""
    verify = _rsa(key).verify
    from cryptography.exceptions import InvalidSignature as Mismatch
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    try:
        algorithm = getattr(hashes, _digest(digest).upper())()
        verify(_unbase64(signature, what), message, PKCS1v15(), algorithm)
    except Mismatch:
        raise InvalidSignature(f"{what} (RSA, {digest}) does not match") from None
    return Verified(f"rsa-{digest}", signed_at)


def verify_time(
    signed_at: datetime | str | float | None, now: datetime, window: timedelta = timedelta(minutes=5)
) -> datetime:
    """The time of signing, in UTC, if it is at most `window` from `now`, which is aware.

    Text is ISO 8601, an RFC 5322 date, or like a number the seconds or milliseconds since 1970.
    """
    present = _aware(now)
    try:
        moment = _moment(signed_at)
        if moment.tzinfo is None:
            raise InvalidSignature("the time of signing has no time zone")
        moment = moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        raise InvalidSignature("the time of signing is missing, or cannot be read") from None
    if moment < present - window:
        raise InvalidSignature("the time of signing is too long ago")
    if moment > present + window:
        raise InvalidSignature("the time of signing is in the future")
    return moment


def verify_source(remote: str | None, networks: Sequence[str]) -> Verified:
    """Check the peer's address against networks or addresses; IPv4 inside IPv6 counts as IPv4."""
    allowed = _networks(tuple(networks))
    try:
        address = _plain_address(remote or "")
    except ValueError:
        raise InvalidSignature("the peer's address is not known, or is none") from None
    if not any(address in network for network in allowed):
        raise InvalidSignature("the peer's address is in none of the aggregator's networks")
    return Verified("source")


def url_variants(url: str) -> tuple[str, ...]:
    """The spellings that an aggregator may have signed: as given, then with the scheme's port or without a port.

    The fragment is never signed. Twilio's validators try the same two, since its services differ in whether they
    sign the port, its own (:443) or another. Source: twilio/twilio-python, issues 392 and 402.
    """
    plain = url.partition("#")[0]
    match = _AUTHORITY.match(plain)
    if match is None:
        return (plain,)
    scheme, authority, port = match.groups()
    new = "" if port else ":443" if scheme.lower() == "https" else ":80"
    return plain, f"{scheme}://{authority}{new}{plain[match.end() :]}"


def twilio_form_bytes(url: str, form: MultiDict) -> bytes:
    """What Twilio and its likes sign of a form: the URL, then names and values without separators.

    Sorted by name, the distinct values of a repeated name sorted too, the name before each. Source: "Webhooks
    security", https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    return _octets(url + "".join([name + value for name, value in sorted(set(form.items()))]))


def _several(message: Messages) -> Iterable[bytes]:
    return (message,) if isinstance(message, bytes) else message


def _secrets(key: Secrets) -> tuple[bytes, ...]:
    keys = (key,) if isinstance(key, str | bytes) else key
    found = tuple(_octets(one) if isinstance(one, str) else one for one in keys)
    if not found or not all(found):
        raise ConfigError("no secret is configured to check webhooks with")
    return found


def _octets(text: str) -> bytes:
    """UTF-8; lone surrogates, which no header holds but a test may, are kept apart."""
    return text.encode("utf-8", "surrogatepass")


def _digest(name: str) -> str:
    if name not in DIGESTS:
        raise InvalidSignature(f"signatures by {name[:20]!r} are not accepted")
    return name


def _offered(given: Offered, encoding: str, prefix: str, what: str) -> list[bytes]:
    values = [one.strip() for one in islice([given] if isinstance(given, str) else given or (), MAX_OFFERED)]
    if not any(values):
        raise InvalidSignature(f"{what} is missing")
    kept = [_octets(one[len(prefix) :]) for one in values if one.startswith(prefix)]
    if not kept:
        raise InvalidSignature(f"{what} does not start with {prefix!r}")
    return [one.lower() if encoding == "hex" else one.rstrip(b"=") for one in kept]


def _match(expected: Iterable[bytes], offered: Collection[bytes], encoding: str, what: str) -> None:
    encode = _ENCODERS[encoding]
    for raw in expected:
        wanted = encode(raw)
        for one in offered:
            if compare_digest(wanted, one):
                return
    raise InvalidSignature(f"{what} does not match")


def _unbase64(text: str | None, what: str) -> bytes:
    """Octets of base64 in either alphabet, padded or not."""
    plain = (text or "").strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise InvalidSignature(f"{what} is missing, or not base64") from None


def _unhex(text: str | None, size: int, what: str) -> bytes:
    """`size` octets of hex, or base64."""
    if text and len(text.strip()) == 2 * size:
        with suppress(ValueError):
            return bytes.fromhex(text)
    return _unbase64(text, what)


@lru_cache(maxsize=64)
def _ed25519(key: str) -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise ConfigError(_jwt.MISSING) from error
    try:
        return Ed25519PublicKey.from_public_bytes(_unhex(key, 32, "the key"))
    except (ValueError, InvalidSignature):
        raise ConfigError("the public key is not an Ed25519 key: 32 octets in base64 or hex") from None


@lru_cache(maxsize=64)
def _rsa(key: str) -> Any:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.x509 import load_pem_x509_certificate
    except ImportError as error:
        raise ConfigError(_jwt.MISSING) from error
    parsed: Any = None
    try:
        if "-----BEGIN CERTIFICATE" in key:
            parsed = load_pem_x509_certificate(key.encode()).public_key()
        elif "-----BEGIN" in key:
            parsed = serialization.load_pem_public_key(key.encode())
        else:
            parsed = serialization.load_der_public_key(_unbase64(key, "the key"))
    except Exception:  # noqa: BLE001, S110 - cryptography has errors of its own beside ValueError
        pass
    if not isinstance(parsed, RSAPublicKey):
        raise ConfigError("the key is neither an RSA public key nor a certificate with one, in PEM or base64 DER")
    return parsed


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("the present has no time zone")
    return now


def _moment(value: datetime | str | float | None) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        text = value.strip()[:64]
        if not _EPOCH.fullmatch(text):
            return _dated(text)
        value = float(text)
    if value is None:
        raise ValueError("no time")
    return datetime.fromtimestamp(value / 1000 if value >= FIRST_MILLISECONDS else value, UTC)


def _dated(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


@lru_cache(maxsize=64)
def _networks(names: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    if not names:
        raise ConfigError("no networks are configured to compare the peer's address with")
    try:
        return tuple(ip_network(name) for name in names)
    except ValueError as error:
        raise ConfigError(f"a network to compare the peer's address with is none: {error}") from None


def _plain_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
