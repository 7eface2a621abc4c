"""The simulated Amazon SNS: its key and certificate, which are this simulator's own, and the envelopes it signs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .envelopes import CONFIRMATIONS, NOTIFICATION, signed_text

__all__ = ["CERTIFICATE", "TOPIC", "certificate", "confirmation", "notification", "sealed"]

TOPIC = "arn:aws:sns:us-east-1:123456789012:sms"
CERTIFICATE = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
SUBSCRIPTION = f"{TOPIC}:c9135db0-26c4-47ec-8998-413945fb5a96"
P = int(
    "fc4346de17cac218d69694315c628950761e7b2688ee98ea230bee3b8517421c1f6c48425a4e9337665ee9d0b40dff95a8d6"
    "a458c0f64c5dbe2d4e3ad5e3e1d350815d45b900ef8a9c6c9466242150a6ad6d9053cf919985bfc04ab77613bce50be5b630"
    "2c26fe0902b0bd9b6e99871511b29d1f268e5aadbf439223c8fd5165",
    16,
)
Q = int(
    "dddbf4874b40ff776dd9ae70350ae03778c18a06c124636a7d9a61c0659e774292f5bc5f0ea9be6a725fd41bc1b707a16443"
    "b119525a23e5a8b5ee26196f0c2c04a278f38bf3de0e613bfbeb14ee92b648de5d7ef8229d9ea9db4f6130f9cfab91326d82"
    "6f4cd737536a9d6b5ed933eabffab3a457d5541283c5f0b3388f8c95",
    16,
)
EXPONENT = 65537
DIGESTS = {"1": "SHA1", "2": "SHA256"}


@lru_cache(maxsize=1)
def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    d = pow(EXPONENT, -1, (P - 1) * (Q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, P * Q)
    numbers = rsa.RSAPrivateNumbers(P, Q, d, d % (P - 1), d % (Q - 1), pow(Q, -1, P), public)
    return numbers.private_key()


@lru_cache(maxsize=1)
def certificate() -> bytes:
    """The certificate in PEM; the same at each call."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.simulator.invalid")])
    builder = x509.CertificateBuilder(name, name, _key().public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2036, 1, 1, tzinfo=UTC)
    )
    return builder.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def notification(text: str, identity: str, now: datetime) -> dict[str, str]:
    """The members of a notification, before it is signed."""
    return _envelope(NOTIFICATION, text, identity, now)


def confirmation(base: str, token: str, identity: str, now: datetime) -> dict[str, str]:
    """The members of what SNS asks of a new subscription, before it is signed."""
    url = f"{base}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={token}"
    text = f"You have chosen to subscribe to the topic {TOPIC}."
    return {**_envelope(CONFIRMATIONS[0], text, identity, now), "Token": token, "SubscribeURL": url}


def sealed(envelope: dict[str, str], base: str, version: str) -> dict[str, str]:
    """The envelope with signature, certificate and, for a notification, the way out."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    digest = getattr(hashes, DIGESTS[version])()
    signature = _key().sign(signed_text(envelope).encode(), PKCS1v15(), digest)
    made = {**envelope, "SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}
    made["SigningCertURL"] = f"{base}{CERTIFICATE}"
    if envelope["Type"] == NOTIFICATION:
        made["UnsubscribeURL"] = f"{base}/?Action=Unsubscribe&SubscriptionArn={SUBSCRIPTION}"
    return made


def _envelope(kind: str, text: str, identity: str, now: datetime) -> dict[str, str]:
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
    return {"Type": kind, "MessageId": identity, "TopicArn": TOPIC, "Message": text, "Timestamp": stamp}
