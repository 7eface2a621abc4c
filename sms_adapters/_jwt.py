"""JSON Web Tokens on PyJWT, imported on first use: keys are parsed once, and no clock is read.

PyJWT warns of keys shorter than RFC 7518 advises. The aggregator chooses the length of its secret, so a warning at
every webhook would change nothing: the length is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, InvalidSignature

if TYPE_CHECKING:
    from jwt import PyJWS

__all__ = ["MISSING", "check_parties", "check_times", "sign", "verify"]

MISSING = "signatures of this kind need cryptography and PyJWT: install sms-adapters[crypto]"
MAX_TOKEN = 16_384
SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


def _any_length(key: Any) -> str | None:  # noqa: ARG001 - the name is PyJWT's
    """In place of PyJWT's advice on key lengths."""
    return None


@lru_cache(maxsize=1)
def _engine() -> PyJWS:
    """PyJWT's reader and writer with algorithm objects of its own, which no other user of PyJWT shares."""
    try:
        from jwt import PyJWS
    except ImportError as error:
        raise ConfigError(MISSING) from error
    engine = PyJWS()
    engine.unregister_algorithm("none")
    for name in engine.get_algorithms():
        engine.get_algorithm_by_name(name).check_key_length = _any_length  # type: ignore[method-assign]
    return engine


@lru_cache(maxsize=64)
def _key(algorithm: str, key: str | bytes) -> Any:
    """The key, parsed; parsing a PEM costs a hundred times what signing with it does."""
    if algorithm not in SYMMETRIC + ASYMMETRIC:
        raise ConfigError(f"{algorithm!r} is none of {', '.join(SYMMETRIC + ASYMMETRIC)}")
    engine = _engine()
    try:
        return engine.get_algorithm_by_name(algorithm).prepare_key(key)
    except NotImplementedError as error:
        raise ConfigError(MISSING) from error
    except Exception:  # noqa: BLE001 - PyJWT's and cryptography's own, ValueError and TypeError among them
        kind = "a secret" if algorithm in SYMMETRIC else "a PEM without password"
        raise ConfigError(f"the key is not one for {algorithm}: {kind} is expected") from None


def sign(payload: bytes, key: str | bytes, algorithm: str, headers: Mapping[str, Any]) -> str:
    """The compact token; ConfigError for a key that cannot sign."""
    parsed = _key(algorithm, key)
    if not isinstance(parsed, bytes) and not hasattr(parsed, "sign"):
        raise ConfigError(f"the {algorithm} key is a public one, which cannot sign")
    return _engine().encode(payload, parsed, algorithm, headers=dict(headers))


def verify(token: str, keys: Iterable[str | bytes], algorithms: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Algorithm and claims of a token that one of `keys` signed; InvalidSignature for any other.

    A secret serves the HS algorithms and a PEM the others, whatever a token asks for.
    """
    engine = _engine()
    from jwt.exceptions import InvalidSignatureError, PyJWTError

    if not token:
        raise InvalidSignature("the token is missing")
    if len(token) > MAX_TOKEN or not token.isascii():
        raise InvalidSignature("the token is too long, or not ASCII")
    try:
        header = engine.get_unverified_header(token)
        algorithm = header.get("alg")
        # Older releases of PyJWT pass over "crit", by which a token asks for what no aggregator needs.
        if algorithm not in tuple(algorithms) or "crit" in header:
            raise InvalidSignature("the token asks for an algorithm or extension that is not accepted here")
        for key in keys:
            if _is_pem(key) is not algorithm.startswith("HS"):
                try:
                    return algorithm, _claims(engine.decode(token, _key(algorithm, key), [algorithm]))
                except InvalidSignatureError:
                    continue
    except PyJWTError as error:
        raise InvalidSignature(f"the token cannot be read: {str(error)[:80]}") from None
    raise InvalidSignature(f"the token's {algorithm} signature does not match")


def _is_pem(key: str | bytes) -> bool:
    return (key if isinstance(key, bytes) else key.encode()).lstrip().startswith(b"-----BEGIN ")


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidSignature("the token's payload is not a JSON object")
    return found


def _instant(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise InvalidSignature(f"the token's claim {name!r} is not a time") from None


def check_times(
    claims: Mapping[str, Any], now: datetime, leeway: timedelta, max_age: timedelta | None
) -> datetime | None:
    """RFC 7519 sections 4.1.4 to 4.1.6; gives the time of issue, or that from which the token is good."""
    issued, start, end = (_instant(claims, name) for name in ("iat", "nbf", "exp"))
    if any(moment is not None and moment > now + leeway for moment in (issued, start)):
        raise InvalidSignature("the token is of the future")
    if end is not None and end <= now - leeway:
        raise InvalidSignature("the token has expired")
    if end is None and max_age is not None and (issued is None or issued < now - max_age - leeway):
        raise InvalidSignature("the token has no end, and is too old or does not say how old it is")
    return issued or start


def check_parties(claims: Mapping[str, Any], issuer: str | None, audience: str | Collection[str] | None) -> None:
    if issuer is not None and claims.get("iss") != issuer:
        raise InvalidSignature("the token is of another issuer")
    if audience is not None:
        named = claims.get("aud")
        wanted = (audience,) if isinstance(audience, str) else audience
        if not any(one in wanted for one in (named if isinstance(named, list) else [named]) if isinstance(one, str)):
            raise InvalidSignature("the token is for another audience")
