"""A channel: one adapter with one configuration and address, as a host keeps it in its database."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote, urlsplit

from ._guesses import meant
from .errors import ConfigError, InvalidMessage, MalformedInbound
from .http import encode_form
from .ids import same_id
from .results import Reason

if TYPE_CHECKING:
    from .http import WebhookRequest
    from .manifest import Manifest
    from .messages import OutboundMessage
    from .registry import Plugin

__all__ = ["Channel"]

ConfigT = TypeVar("ConfigT")
SECRET_PARAMETER = "key"  # noqa: S105 - the name of a parameter


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


RULES: dict[str, tuple[str, str]] = {
    "id": (r"(?s).+", "text that is not empty"),
    "address": (r"(?s).*", "a number, short code or alphanumeric sender"),
    "country": (r"[A-Za-z]{2}", "an ISO 3166-1 alpha-2 code, such as RW"),
    "public_url": (r"(?s).*", "text, an http or https URL"),
    "callback_secret": (r"(?s).*", "text"),
}
"""What the options of a channel look like, and how that is said."""


def misfits(options: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each option of a channel that is none, or is not what it has to be; no value is quoted."""
    known = [one.name for one in fields(Channel)[1:] if one.name != "config"]
    for name, value in options.items():
        pattern, says = RULES.get(name, ("", "a callable"))
        if name not in known:
            yield f"unknown option {name!r}{meant(name, known)}"
        elif value is None and name != "id":
            continue
        elif not (callable(value) if not pattern else isinstance(value, str) and re.fullmatch(pattern, value)):
            yield f"{name} has to be {says}"


@dataclass(frozen=True, slots=True, eq=False)
class Channel(Generic[ConfigT]):
    """Opened by `Registry.open`.

    `address` is the sender: E.164, short code or alphanumeric. `country` is ISO 3166-1 alpha-2 and reads national
    numbers. `public_url` is the host's base URL as the aggregator reaches it. `callback_secret`, where set, is added
    to callback URLs and asked of every webhook: for aggregators that do not sign. `clock` gives aware datetimes,
    `entropy` random octets.
    """

    plugin: Plugin
    id: str
    config: ConfigT
    address: str | None = None
    country: str | None = None
    public_url: str | None = None
    callback_secret: str | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = field(default=now, repr=False)
    entropy: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    @property
    def adapter(self) -> str:
        """The adapter's id."""
        return self.plugin.id

    @property
    def manifest(self) -> Manifest:
        """The adapter's manifest."""
        return self.plugin.manifest

    def callback_url(self, action: str, /, **query: str) -> str:
        """The public URL of a webhook action, `{public_url}/c/{adapter}/{channel id}/{action}`."""
        if not self.public_url:
            raise ConfigError(
                f"channel {self.id!r} has no public_url, so {self.adapter!r} cannot be told where to report"
            )
        if self.callback_secret:
            query[SECRET_PARAMETER] = self.callback_secret
        prefix = next(iter(self.manifest.aliases), self.adapter)
        url = f"{self.public_url.rstrip('/')}/c/{prefix}/{self._written_id}/{action}"
        return f"{url}?{encode_form(query)}" if query else url

    def external_url(self, request: WebhookRequest) -> str:
        """The URL that the aggregator used for `request`: behind a proxy the host's server saw another one."""
        if not self.public_url:
            return request.url
        seen = urlsplit(request.url)
        start = seen.path.find(f"/c/{self._prefix_in(seen.path)}/{self._written_id}/")
        path = seen.path[start:] if start >= 0 else seen.path
        query = f"?{seen.query}" if seen.query else ""
        return f"{self.public_url.rstrip('/')}{path}{query}"

    def _prefix_in(self, path: str) -> str:
        names = (self.adapter, *self.manifest.aliases)
        return next((name for name in names if f"/c/{name}/{self._written_id}/" in path), self.adapter)

    @property
    def _written_id(self) -> str:
        """The id as it stands in a path."""
        return self.id if self.id.isalnum() and self.id.isascii() else quote(self.id, safe="")

    def sender_of(self, message: OutboundMessage, form: str = "") -> str:
        """The sender in the aggregator's wire form, or in `form` for a product of its that has another.

        ConfigError if neither message nor channel has one.
        """
        sender = message.sender or self.address
        if not sender:
            raise ConfigError(f"channel {self.id!r} has no address and the message names no sender")
        return self.wire(sender, form or self.manifest.numbers.sender, Reason.INVALID_SENDER)

    def recipient_of(self, message: OutboundMessage, form: str = "") -> str:
        """The recipient in the aggregator's wire form, or in `form`."""
        return self.wire(message.to, form or self.manifest.numbers.recipient)

    def wire(self, number: str, form: str, reason: Reason = Reason.INVALID_RECIPIENT) -> str:
        """A number (E.164, else kept as it is) in the wire form `form`, a name of `phone.WireForm`.

        InvalidMessage with `reason` for a number that has no such form, as one of another country has no national one.
        """
        if form == "plus" or not number.startswith("+"):
            return number
        if form == "digits":
            return number[1:]
        from .phone import InvalidNumber, WireForm, parse_recipient, to_wire

        try:
            return to_wire(parse_recipient(number), WireForm(form), self.country)
        except InvalidNumber as error:
            raise InvalidMessage(str(error), reason) from None

    def number(self, raw: str) -> str:
        """A number as the aggregator delivers it, in E.164 where it is one; MalformedInbound only if it is empty."""
        from .phone import InvalidNumber, WireForm, from_wire, parse_inbound

        form = self.manifest.numbers.inbound
        try:
            if form == "plus":
                return str(parse_inbound(raw, self.country))
            return str(from_wire(raw, WireForm(form), self.country))
        except InvalidNumber as error:
            raise MalformedInbound(str(error)) from None

    def same_id(self, first: str, second: str) -> bool:
        """Whether two ids name the same submission, by `id_match` of the configuration if it has one, or the manifest.

        Of several submissions that a report may be for, the one whose id is equal as text comes first.
        """
        return same_id(first, second, getattr(self.config, "id_match", self.manifest.id_match))

    def __repr__(self) -> str:
        return f"Channel({self.adapter!r}, id={self.id!r}, address={self.address!r})"


AnyChannel = Channel[Any]
