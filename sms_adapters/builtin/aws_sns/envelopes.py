"""What Amazon SNS wraps around messages: the envelope, its signature, and the certificate that proves it.

Sources: "Verifying the signatures of Amazon SNS messages"
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html (what is signed, both versions; the URL
of the certificate has to be checked); "Amazon SNS message and JSON formats"
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html; "Message delivery retries"
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html (up to an hour, with the first Timestamp).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from ...errors import ConfigError, InvalidSignature, TemporaryFailure
from ...flow import Flow
from ...http import HttpRequest, HttpResponse, WebhookRequest
from ...kits import fail_by_status
from ...kits.values import text_of
from ...signatures import Verified, verify_rsa, verify_time
from .config import DEFAULT_URL, AwsChannel

__all__ = ["CONFIRMATIONS", "NOTIFICATION", "SIGNED", "checked", "confirmed", "is_of_sns", "signed_text"]

NOTIFICATION = "Notification"
CONFIRMATIONS = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    **dict.fromkeys(CONFIRMATIONS, _CONFIRMATION),
}
DIGESTS = {"1": "sha1", "2": "sha256"}
HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
WINDOW = timedelta(minutes=65)
KEPT = 3600.0
"""Seconds for which the client keeps a certificate, which never changes under its URL."""


def checked(channel: AwsChannel, request: WebhookRequest) -> Flow[Verified]:
    """Prove that the envelope is from one of the channel's topics, signed by SNS within the last hour."""
    envelope = request.json_object()
    topics = channel.config.topic_arns
    if not topics:
        raise ConfigError("webhooks cannot be checked: the channel's configuration has no topic_arns")
    if envelope.get("TopicArn") not in topics:
        raise InvalidSignature("the webhook is from none of the channel's topics")
    signed_at = verify_time(text_of(envelope.get("Timestamp")), channel.clock(), WINDOW)
    digest = DIGESTS.get(str(envelope.get("SignatureVersion")))
    if digest is None:
        raise InvalidSignature("the webhook has a SignatureVersion that is neither 1 nor 2")
    message, signature = signed_text(envelope), text_of(envelope.get("Signature"))
    certificate = yield _certificate(channel, text_of(envelope.get("SigningCertURL")) or "")
    return verify_rsa(_pem(certificate), message.encode(), signature, digest=digest, signed_at=signed_at)


def signed_text(envelope: dict[str, Any]) -> str:
    """What is signed: names and values in lines, a missing Subject left out."""
    names = SIGNED.get(str(envelope.get("Type")))
    if names is None:
        raise InvalidSignature("the webhook is of no type that Amazon SNS signs")
    values = ((name, envelope.get(name)) for name in names)
    told = [(name, value) for name, value in values if value is not None or name != "Subject"]
    if not all(isinstance(value, str) for _, value in told):
        raise InvalidSignature("the webhook lacks a member that Amazon SNS signs")
    return "".join(f"{name}\n{value}\n" for name, value in told)


def is_of_sns(channel: AwsChannel, url: str) -> bool:
    """Whether a URL leads to Amazon SNS, or to what answers in its place by the channel's own `base_url`."""
    base = channel.config.base_url
    if base != DEFAULT_URL and url.startswith(f"{base.rstrip('/')}/"):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.port in (None, 443) and bool(HOST.fullmatch(parts.netloc))
    except ValueError:
        return False


def confirmed(channel: AwsChannel, url: str) -> Flow[bool]:
    """Confirm a subscription by the URL that its envelope names."""
    if not is_of_sns(channel, url):
        raise InvalidSignature("SubscribeURL does not lead to Amazon SNS")
    response = yield HttpRequest.get(url, submits=False, anonymous=True)
    if not response.ok:
        fail_by_status(response, submitted=False)
    return True


def _certificate(channel: AwsChannel, url: str) -> HttpRequest:
    if not (is_of_sns(channel, url) and urlsplit(url).path.endswith(".pem")):
        raise InvalidSignature("SigningCertURL does not lead to a certificate of Amazon SNS")
    return HttpRequest.get(url, submits=False, anonymous=True, keep=KEPT)


def _pem(response: HttpResponse) -> str:
    if response.ok:
        return response.text
    if response.status == 429 or response.status >= 500:
        raise TemporaryFailure(f"HTTP {response.status}: the certificate cannot be had at present")
    raise InvalidSignature(f"HTTP {response.status}: there is no certificate at SigningCertURL")
