"""One simulated aggregator as the sandbox serves it: its simulator, its hosts, its faults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..channel import Channel
from ..config_schema import literal_secrets
from ..manifest import Capability
from ..redact import Redactor
from ..registry import Plugin
from ..simulation import Redelivery, planned, segments_in
from ..text import Encoding, TextTooLong
from ..text.gsm7 import fits
from .models import Faults, HostSettings
from .records import Message

if TYPE_CHECKING:
    from ..manifest import Manifest
    from ..registry import Registry
    from ..simulation import SimulatedMessage

__all__ = ["CALLBACK_SECRET", "HOST_NUMBER", "Aggregator", "inbound_url", "to_toml"]

HOST_NUMBER = "+12025550100"
CALLBACK_SECRET = "sandbox-callback-secret"  # noqa: S105 - the sandbox's own, for channels whose aggregator signs nothing
_written = json.JSONEncoder(default=str).encode
OCTETS, OCTETS_OF_A_PART = 140, 134
CODINGS = {Encoding.GSM7: "gsm7", Encoding.UCS2: "ucs2"}


class Aggregator:
    """A simulator below `base_url`; `hosts` are inbound URLs by the host's number, "" for every other number."""

    def __init__(self, registry: Registry, adapter: str, base_url: str) -> None:
        self.registry, self.id, self.base_url = registry, adapter, base_url
        self.manifest: Manifest = registry.manifest(adapter)
        self.hosts: dict[str, str] = {}
        self.public: HostSettings = HostSettings()
        self.faults: Faults | None = None
        self.simulator: Any
        self.config: dict[str, Any]
        self.renew()
        self.redactor = Redactor(_secrets(registry.schema(adapter), self.config))

    def renew(self) -> None:
        """Begin with a simulator that has seen nothing."""
        self.simulator = self.registry.simulator(self.id)
        self.config = self.simulator.config(self.base_url)

    def inbound_url(self, number: str) -> str | None:
        """Where messages to this number of the host go."""
        return self.hosts.get(number) or self.hosts.get("")

    @property
    def redelivery(self) -> Redelivery:
        """How it treats a webhook that was not taken."""
        found: Redelivery = getattr(self.simulator, "redelivery", Redelivery())
        return found

    def pointed_at(self, number: str) -> Any:
        """The simulator, its webhooks pointed at the host that has this number."""
        self.simulator.inbound_url = self.inbound_url(number)
        return self.simulator

    def relative(self, url: str) -> str:
        """A URL without the aggregator's own place in its path: a simulator is written for the vendor's paths."""
        return url.replace(f"/{self.id}", "", 1)

    def channel(self) -> dict[str, Any]:
        """A channel that works here, as the arguments of `Registry.open`."""
        host = self.public
        secret = host.callback_secret or (None if self.manifest.offers(Capability.SIGNED_WEBHOOKS) else CALLBACK_SECRET)
        options = {"public_url": host.public_url, "callback_secret": secret}
        given = {name: value for name, value in options.items() if value is not None}
        place = {"adapter": self.id, "id": host.channel_id, "address": HOST_NUMBER, "country": "US"}
        return {**place, **given, "config": self.config}

    def register(self, host: HostSettings) -> str:
        """Point the aggregator's console at a host; the inbound URL."""
        if host.number is None:
            self.public = host
        url = host.inbound_url or inbound_url(self.manifest, host)
        self.hosts[host.number or ""] = url
        return url

    def forget_hosts(self) -> None:
        """Point the console nowhere."""
        self.hosts.clear()
        self.public = HostSettings()

    def shown_hosts(self) -> list[tuple[str, str]]:
        """The hosts without secrets."""
        return [(number, self.redactor.url(url)) for number, url in self.hosts.items()]

    def taken(self, number: int, message: SimulatedMessage, at: str, submission: int, lasting: bool) -> Message:
        """The row of a submission that the simulator accepted; what only a later run needs is left out of memory."""
        encoding, segments = counted(message.text, message.data)
        return Message(
            id=number,
            adapter=self.id,
            direction="mt",
            provider_id=message.id,
            handset=message.to,
            number=message.sender,
            text=message.text,
            data=message.data.hex() if message.data is not None else None,
            encoding=encoding,
            segments=segments,
            status="queued",
            fate=message.fate.value,
            at=at,
            submission=submission,
            callback=message.callback,
            submitted=_written(message.values) if lasting else "{}",
        )


def counted(text: str, data: bytes | None = None) -> tuple[str, int]:
    """The encoding by the name that the API has for it, and the number of segments."""
    if data is not None:
        return "binary", 1 if len(data) <= OCTETS else -(-len(data) // OCTETS_OF_A_PART)
    try:
        return CODINGS[planned(text).encoding], segments_in(text)
    except TextTooLong:
        return CODINGS[Encoding.GSM7 if fits(text) else Encoding.UCS2], segments_in(text)


def inbound_url(manifest: Manifest, host: HostSettings) -> str:
    """The webhook URL that a host with this package's mounts has for incoming messages."""
    secret = host.callback_secret or (None if manifest.offers(Capability.SIGNED_WEBHOOKS) else CALLBACK_SECRET)
    # A channel without a configuration is enough to word its URLs, and imports no adapter.
    plugin = Plugin(manifest.id, manifest, None, None)  # type: ignore[arg-type]
    named: Channel[None] = Channel(plugin, host.channel_id, None, public_url=host.public_url, callback_secret=secret)
    return named.callback_url("receive")


def origin(url: str) -> str:
    """Host and port of a URL, as in its Host header."""
    return urlsplit(url).netloc.lower()


def _secrets(schema: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    names = {place.partition(".")[0].partition("[")[0] for place in literal_secrets(schema, config)}
    return [secret for name in names for secret in _texts(config.get(name))] + [CALLBACK_SECRET]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _texts(item)


def to_toml(name: str, channel: Mapping[str, Any]) -> str:
    """A channel as a table of sms-adapters.toml."""
    lines = [f"[channels.{name}]"]
    lines += [f"{key} = {_toml(value)}" for key, value in channel.items() if key != "config"]
    lines += ["", f"[channels.{name}.config]"]
    lines += [f"{key} = {_toml(value)}" for key, value in channel["config"].items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """An inline TOML value; what JSON writes of text, numbers and truth is TOML as well."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
