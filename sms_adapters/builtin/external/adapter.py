"""The generic External API of RapidPro and TextIt (channel type EX): HTTP by templates out, fixed URLs in.

Sources: "handlers/external/handler.go", "handlers/errors.go", "handlers/split.go" of courier,
https://github.com/nyaruka/courier/blob/main/handlers/external/handler.go,
https://github.com/nyaruka/courier/blob/main/handlers/errors.go and
https://github.com/nyaruka/courier/blob/main/handlers/split.go.

Different from courier on purpose: `max_length` counts characters, where courier counts UTF-8 octets and so cuts a
Cyrillic text at half the length. No part ends inside a grapheme, and an attachment's URL is kept in one part where it
fits. Variables are filled in one pass. A national number is made only for the channel's own country. A lost answer is
in doubt and never sent again, and so is a 5xx other than 503, which courier sends again: it may come from a proxy whose
gateway has the message, or from a gateway that failed after it took it. Retry-After is read. JSON is understood
inbound. A report whose `uuid` is none is refused even if its `id` is one.

`OutboundMessage.extra["session_status"]` fills the variable of that name. Reports quote the message's own id, so it has
to be a UUID or a whole number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from ...auth import Auth
from ...errors import AuthError, DeliveryUncertain, Rejected, TemporaryFailure, Throttled
from ...hookspecs import hookimpl
from ...http import Headers, HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from ...kits import SendKit
from ...messages import InboundEvent, OutboundMessage
from ...parts import Part, chunks, parts_of
from ...results import PartResult
from ...text import Encoding
from ...text.gsm7 import fits
from .config import Config
from .incoming import STATUSES, ExternalChannel, answer_to, message_of, opt_out_of, report_of
from .template import FORM_STYLE

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Config", "External"]

READERS: Mapping[str, Callable[[ExternalChannel, WebhookRequest], InboundEvent]] = {
    "receive": message_of,
    "stopped": opt_out_of,
    **dict.fromkeys(STATUSES, report_of),
}
SHOWN = 300


@dataclass(frozen=True, slots=True, repr=False)
class ChannelHeaders(Auth):
    """The channel's own headers, each in place of one of its name."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values, and the part of each behind a scheme's name."""
        return tuple(value for _, whole in self.pairs for value in (whole, whole.rpartition(" ")[2]) if value)

    def apply(self, request: HttpRequest, now: datetime) -> HttpRequest:
        """The request with the headers."""
        for name, value in self.pairs:
            request = request.with_header(name, value)
        return request


class External(SendKit):
    """The adapter."""

    Config = Config

    @hookimpl
    def authenticate(self, channel: ExternalChannel) -> Auth:
        """Whatever the configured headers say; credentials may as well be in the templates."""
        return ChannelHeaders(channel.config.header_pairs)

    def split(self, channel: ExternalChannel, message: OutboundMessage) -> Sequence[Part]:
        """The text in parts, attachments at its end as URLs, each on a line of its own."""
        config = channel.config
        if config.encoding == "S":
            message = replace(message, transliterate=True)
        parts = parts_of(channel, message, max_chars=config.max_length)
        if not message.media:
            return parts
        texts = _with_urls([part.text for part in parts], [item.url for item in message.media], config.max_length)
        return [
            Part(text, number, len(texts), Encoding.GSM7 if fits(text) else Encoding.UCS2)
            for number, text in enumerate(texts, 1)
        ]

    def build_request(self, channel: ExternalChannel, message: OutboundMessage, part: Part) -> HttpRequest:
        """Both templates, filled."""
        config, style = channel.config, channel.config.style
        values = _values(channel, message, part.text)
        replies = message.quick_replies if part.last else ()
        body = "" if config.method == "GET" else config.body.fill(values, style, replies)
        url = config.url.fill(values, FORM_STYLE, replies)
        return HttpRequest(config.method, url, Headers((("Content-Type", style.content_type),)), body.encode())

    def read_response(self, channel: ExternalChannel, part: Part, response: HttpResponse) -> PartResult:
        """Accepted by any 2xx that contains what is configured; the answer has no id to read."""
        if not response.ok:
            _refuse(response)
        check = channel.config.mt_response_check
        if check and check.encode() not in response.body and check not in response.text:
            sentence = f"HTTP {response.status}, but the answer does not contain mt_response_check"
            raise Rejected(sentence, provider_code=response.status, provider_text=_start(response.text))
        return PartResult()

    @hookimpl
    def parse_inbound(self, channel: ExternalChannel, request: WebhookRequest) -> Sequence[InboundEvent]:
        """One event; the last element of the path says which."""
        return [READERS[request.action](channel, request)]

    @hookimpl
    def respond_inbound(self, channel: ExternalChannel, events: Sequence[InboundEvent]) -> WebhookResponse:
        """What courier answers."""
        return answer_to(channel, events[0])


def _values(channel: ExternalChannel, message: OutboundMessage, text: str) -> dict[str, str]:
    config = channel.config
    named = not config.names.isdisjoint(("from", "from_no_plus"))
    sender = channel.sender_of(message) if named else ""
    to = channel.wire(message.to, "national_significant") if config.use_national else channel.recipient_of(message)
    return {
        "uuid": message.id,
        "id": message.id,
        "text": text,
        "to": to,
        "to_no_plus": to.removeprefix("+"),
        "from": sender,
        "from_no_plus": sender.removeprefix("+"),
        "channel": channel.id,
        "session_status": str(message.extra.get("session_status") or ""),
    }


def _with_urls(texts: list[str], urls: Sequence[str], limit: int) -> list[str]:
    """URLs after the last text while it has room, else in further parts."""
    texts = [text for text in texts if text]
    for url in urls:
        joined = f"{texts[-1]}\n{url}" if texts else url
        if len(joined) <= limit:
            texts[-1:] = [joined]
        else:
            texts += chunks(url, limit)
    return texts


def _refuse(response: HttpResponse) -> NoReturn:
    """Raise for a status that is not 2xx; of all 5xx only 503 says that nothing was accepted."""
    status = response.status
    told: dict[str, Any] = {"provider_code": status, "provider_text": _start(response.text)}
    if status == 429:
        raise Throttled("HTTP 429: too many requests", response.retry_after, **told)
    if status == 503:
        raise TemporaryFailure("HTTP 503: the gateway is not available", **told)
    if status >= 500:
        raise DeliveryUncertain(f"HTTP {status}: the gateway failed, perhaps after accepting the message", **told)
    if status in (401, 407):
        raise AuthError(f"HTTP {status}: the credentials were refused", **told)
    raise Rejected(f"HTTP {status}: the gateway refused the request", **told)


def _start(text: str) -> str | None:
    """The start of a text, cut between words: the redactor would not know half a secret."""
    text = text.strip()
    return (text if len(text) <= SHOWN else text[:SHOWN].rpartition(" ")[0]) or None
