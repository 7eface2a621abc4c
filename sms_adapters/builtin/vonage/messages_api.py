"""Sending by the Messages API: JSON both ways, and problems as RFC 9457 has them.

Sources: "Messages API" specification, https://developer.vonage.com/en/api/messages (fields); "API errors: Messages API"
https://developer.vonage.com/en/api-errors/messages and "API errors" https://developer.vonage.com/en/api-errors (codes).
That `ttl` is in seconds, and a text may have 3200 characters, is from https://github.com/Vonage/vonage-python-sdk,
`vonage_messages`; the specification says 1000, and https://github.com/Vonage/vonage-java-sdk milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ...errors import InvalidMessage, ProtocolError, Rejected
from ...http import HttpRequest, HttpResponse
from ...kits import fail_by_status
from ...kits.tables import lookup_table
from ...kits.values import objects_of, text_of
from ...messages import Media, OutboundMessage
from ...parts import Part
from ...results import PartResult, Reason
from .config import LONGEST_REFERENCE, VonageChannel

__all__ = ["KINDS", "REASONS", "build_request", "code_of", "read_response"]

LONGEST_CAPTION = 2000
KINDS = ("image", "audio", "video", "vcard", "file")
EXTRA = ("entity_id", "content_id", "pool_id")
ENCODINGS = {"gsm7": "text", "ucs2": "unicode"}

REASONS = lookup_table(
    (Reason.INVALID_CONTENT, "1010 1020 1021 1022 1090 1130 1150 1380 1381 1382 1410 1440 1450"),
    (Reason.INVALID_RECIPIENT, "1040 1170 1190 1260 1300 1430"),
    (Reason.BLOCKED, "1050 1210 1270 1280"),
    (Reason.SUSPENDED, "1060 1080"),
    (Reason.NO_CREDIT, "1070"),
    (Reason.INVALID_SENDER, "1120 1420"),
    (Reason.OPTED_OUT, "1240"),
    (Reason.NO_ROUTE, "1160 1200 1250"),
    (Reason.DUPLICATE, "1320"),
    (Reason.EXPIRED, "1360"),
    (Reason.UNKNOWN, "1000 1030 1100 1140 1180 1220 1230 1241 1290 1310 1330 1331 1340 1350 1370 1400"),
)
TWO_MEANINGS = frozenset({"1000", "1060", "1100", "1140"})
"""Numbers that the specification's examples of answers use for something else than its table of codes: 1000 for an
internal error as for throttling, 1060 for the client reference. So the HTTP status decides about an answer."""
BLAMED: Mapping[str, Reason] = {
    "to": Reason.INVALID_RECIPIENT,
    "invalid recipient": Reason.INVALID_RECIPIENT,
    "from": Reason.INVALID_SENDER,
    "invalid sender": Reason.INVALID_SENDER,
}
"""What an invalid parameter means by its name, or a problem by its title."""


def build_request(channel: VonageChannel, message: OutboundMessage, part: Part) -> HttpRequest:
    """One JSON object, for the channel `mms` where there are media."""
    told = message.report and channel.public_url and channel.config.reports == "message"
    own = {name: message.extra[name] for name in EXTRA if name in message.extra}
    options = ({"encoding_type": ENCODINGS[message.encoding]} if message.encoding else {}) | own
    values = {
        "channel": "mms" if message.media else "sms",
        **(_media(message) if message.media else {"message_type": "text", "text": part.text}),
        "to": channel.recipient_of(message),
        "from": channel.sender_of(message),
        "ttl": int(message.validity.total_seconds()) if message.validity else None,
        "client_ref": message.id if len(message.id) <= LONGEST_REFERENCE else None,
        "webhook_url": channel.callback_url("status") if told else None,
        "webhook_version": "v1" if told else None,
        "sms": options or None,
    }
    body = {name: value for name, value in values.items() if value is not None}
    return HttpRequest.json(f"{channel.config.messages_root}/v1/messages", body)


def _media(message: OutboundMessage) -> dict[str, Any]:
    """One medium under its kind, several as a list; the text is the caption of the first."""
    if len(message.text) > LONGEST_CAPTION:
        sentence = f"the text beside media has {len(message.text)} characters, more than {LONGEST_CAPTION}"
        raise InvalidMessage(sentence, Reason.INVALID_CONTENT)
    kinds = [_kind(item) for item in message.media]
    items = [{"url": item.url} for item in message.media]
    if message.text:
        items[0]["caption"] = message.text
    if len(items) == 1:
        return {"message_type": kinds[0], kinds[0]: items[0]}
    content = [{"type": kind, **item} for kind, item in zip(kinds, items, strict=True)]
    return {"message_type": "content", "content": content}


def _kind(item: Media) -> str:
    major, _, minor = (item.content_type or "image").lower().partition("/")
    if "vcard" in minor:
        return "vcard"
    return major if major in KINDS else "file"


def read_response(response: HttpResponse) -> PartResult:
    """The message's id; segments and price come with the reports."""
    uuid = response.json_object().get("message_uuid") if response.ok else None
    if not (isinstance(uuid, str) and uuid):
        _fail(response)
    return PartResult(uuid)


def _fail(response: HttpResponse) -> NoReturn:
    """Raise the error for the HTTP status, in the words of the problem; a 400 or 422 has its reason from these."""
    try:
        problem = response.json_object()
    except ProtocolError:
        problem = {}
    text, code = text_of(problem.get("detail")) or text_of(problem.get("title")), code_of(problem)
    told: dict[str, Any] = {"provider_code": code or response.status, "provider_text": text}
    if response.status == 402:
        raise Rejected("HTTP 402: the balance is low", Reason.NO_CREDIT, **told)
    if response.status in (400, 422):
        raise Rejected(f"HTTP {response.status}: the request is not valid", _reason(problem, code), **told)
    if not response.ok:
        fail_by_status(response, text, code=code or None)
    raise ProtocolError("the answer has no message_uuid", **told)


def _reason(problem: Mapping[str, Any], code: str) -> Reason:
    named = [text_of(item.get("name")) or "" for item in objects_of(problem.get("invalid_parameters"))]
    title = (text_of(problem.get("title")) or "").lower()
    known = {} if code in TWO_MEANINGS else REASONS
    return next((BLAMED[name] for name in (*named, title) if name in BLAMED), known.get(code, Reason.INVALID_CONTENT))


def code_of(problem: Mapping[str, Any]) -> str:
    """The fragment of the problem's type; in reports its title as well."""
    title = text_of(problem.get("title")) or ""
    return (text_of(problem.get("type")) or "").partition("#")[2] or (title if title.isdigit() else "")
