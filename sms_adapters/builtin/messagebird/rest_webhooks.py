"""Webhooks of the REST API: reports by GET, messages by form, JSON or GET, both with a JWT over URL and body.

Sources: "Verify HTTP requests" https://developers.messagebird.com/docs/verify-http-requests and
https://github.com/messagebird/go-rest-api, signature_jwt (claims, one second of leeway); "SMS API"
https://developers.messagebird.com/api/sms-messaging (statuses); "SMS platform extended error codes"
https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources/sms-platform-extended-error-codes;
https://github.com/messagebirdguides/subscriptions-guide (`payload` of a flow). That 103 is an opt-out, and the names of
a short code's webhook, are from https://github.com/nyaruka/courier, handlers/messagebird.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeAlias

from ...channel import SECRET_PARAMETER
from ...errors import ConfigError, InvalidSignature, MalformedInbound
from ...http import WebhookRequest
from ...kits.tables import lookup_table
from ...kits.values import moment_of, object_of, price_of, text_of
from ...messages import DeliveryReport, InboundEvent, InboundMessage, Media, OutboundMessage
from ...results import Price, Reason, Status
from ...signatures import Verified, url_variants, verify_jwt
from .config import BirdChannel

__all__ = ["FAILURES", "FAILURES_BY_WORDS", "STATUSES", "event_of", "outcome_of", "reference_of", "report_of", "verify"]

Outcome: TypeAlias = tuple[Status, Reason | None]

LONGEST_REFERENCE = 128
DIGEST = "sha256-"
ALGORITHMS = ("HS256", "HS384", "HS512")
TEXTS = ("body", "message", "payload")
MEDIA = "mediaUrls"

STATUSES = lookup_table(
    (Status.QUEUED, "scheduled buffered"),
    (Status.SENT, "sent"),
    (Status.DELIVERED, "delivered"),
    (Status.FAILED, "delivery_failed"),
    (Status.EXPIRED, "expired"),
)
FAILURES: Mapping[str, Outcome] = lookup_table(
    ((Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT), "1 2 3 5 9 10 11 12"),
    ((Status.UNDELIVERABLE, Reason.UNKNOWN), "8 26 27 31"),
    ((Status.FAILED, Reason.UNKNOWN), "0 34"),
    ((Status.FAILED, Reason.OPTED_OUT), "103"),
)
"""What a `statusErrorCode` means beside "delivery_failed": subscribers who are unknown or not there, then others."""
FAILURES_BY_WORDS: Mapping[str, Outcome] = {
    "unknown subscriber": (Status.UNDELIVERABLE, Reason.INVALID_RECIPIENT),
    "unavailable subscriber": (Status.UNDELIVERABLE, Reason.UNKNOWN),
    "opted out": (Status.FAILED, Reason.OPTED_OUT),
    "carrier rejected": (Status.FAILED, Reason.BLOCKED),
    "insufficient balance": (Status.FAILED, Reason.NO_CREDIT),
}
"""What a `statusReason` means that holds these words, where no code says it."""


def reference_of(message: OutboundMessage) -> str:
    """What reports quote: the message's id, or a digest of one that is too long."""
    if len(message.id) <= LONGEST_REFERENCE:
        return message.id
    return DIGEST + sha256(message.id.encode()).hexdigest()


def outcome_of(values: Mapping[str, Any]) -> Outcome:
    """What a message's `status` is, and why."""
    word, code, text = (_first(values, name) or "" for name in ("status", "statusErrorCode", "statusReason"))
    status = STATUSES.get(word.lower(), Status.UNKNOWN)
    if status is Status.FAILED:
        by_words = (outcome for words, outcome in FAILURES_BY_WORDS.items() if words in text.lower())
        return FAILURES.get(code) or next(by_words, (status, None))
    return status, Reason.EXPIRED if status is Status.EXPIRED else None


def verify(channel: BirdChannel, request: WebhookRequest) -> Verified:
    """The token of MessageBird-Signature-JWT; it has no hash of the body where there is none."""
    if channel.config.signing_key is None:
        raise ConfigError("webhooks cannot be checked: the channel's configuration has no signing_key")
    urls = [url.encode("utf-8", "surrogatepass") for url in url_variants(channel.external_url(request))]
    found = verify_jwt(
        request.headers.get("messagebird-signature-jwt"),
        channel.config.signing_key.get_secret_value(),
        ALGORITHMS,
        now=channel.clock(),
        leeway=timedelta(seconds=1),
        issuer="MessageBird",
        hashes={"url_hash": urls, "payload_hash": request.body},
        claims={"nbf": None, "exp": None},
    )
    if not request.body and "payload_hash" in found.claims:
        raise InvalidSignature("the token has the hash of a body, but there is none")
    return found


def event_of(channel: BirdChannel, request: WebhookRequest) -> InboundEvent:
    """A report, which is told by its `status`, or a message."""
    values = _values_of(request)
    if "status" in values:
        return report_of(channel, values, values)
    sender = _first(values, "originator")
    if sender is None or not (any(name in values for name in TEXTS) or any(_media(values))):
        raise MalformedInbound("the webhook is neither a report nor a message: it lacks status, originator or text")
    to = _first(values, "recipient", "shortcode")
    return InboundMessage(
        channel.number(sender),
        _first(values, *TEXTS) or "",
        to=channel.number(to) if to else None,
        id=_first(values, "id", "mid"),
        received_at=moment_of(_first(values, "createdDatetime", "receive_datetime")),
        media=tuple(_media(values)),
        raw=values,
    )


def report_of(channel: BirdChannel, values: Mapping[str, Any], raw: Mapping[str, Any]) -> DeliveryReport:
    """What has become of a message; webhooks and answers use the same names."""
    identity, reference, word = (_first(values, name) for name in ("id", "reference", "status"))
    if not (identity or reference):
        raise MalformedInbound("the report names no message: it has neither id nor reference")
    code, text, recipient = (_first(values, name) for name in ("statusErrorCode", "statusReason", "recipient"))
    status, reason = outcome_of(values)
    return DeliveryReport(
        status,
        id=identity,
        message_id=None if reference is None or reference.startswith(DIGEST) else reference,
        word=word,
        code=code,
        description=text,
        reason=reason,
        recipient=channel.number(recipient) if recipient else None,
        at=moment_of(_first(values, "statusDatetime")),
        price=_price(values),
        raw=raw,
    )


def _values_of(request: WebhookRequest) -> dict[str, Any]:
    """The parameters of query and form, or the members of a JSON object."""
    found = request.json_object() if request.media_type == "application/json" else request.params().to_dict()
    return {name: value for name, value in found.items() if name != SECRET_PARAMETER}


def _first(values: Mapping[str, Any], *names: str) -> str | None:
    """The first of `names` that has a text; of a repeated parameter, the first one."""
    found = (values.get(name) for name in names)
    return next(filter(None, (text_of(item[0] if isinstance(item, list) and item else item) for item in found)), None)


def _media(values: Mapping[str, Any]) -> Iterator[Media]:
    """The media, whichever way a list was written: `mediaUrls`, `mediaUrls[]` or `mediaUrls[0]`."""
    for name, value in values.items():
        if name.startswith(MEDIA):
            yield from (Media(url) for url in map(text_of, value if isinstance(value, list) else [value]) if url)


def _price(values: Mapping[str, Any]) -> Price | None:
    price = object_of(values.get("price"))
    amount = price.get("amount") if price else _first(values, "price[amount]")
    return price_of(amount, price.get("currency") if price else _first(values, "price[currency]"))
