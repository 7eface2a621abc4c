"""A sandbox as a test sees it: what was sent, what handsets answer, what goes wrong."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

import httpx

from ..registry import Registry
from ..simulation import Fate
from ..transports.httpx import ssl_context
from .models import Adapter, Faults, Found, Message, MessageDetail, Page, Settings

if TYPE_CHECKING:
    from ..channel import AnyChannel

__all__ = ["SandboxClient", "SandboxError"]

SLACK = 10.0
"""Seconds that an answer may take beyond what was asked for."""


class SandboxError(RuntimeError):
    """The sandbox refused; the sentence is its own."""


class SandboxClient:
    """The control API of a sandbox at `url`; filters are those of `GET /api/messages`.

    `registry` opens channels, by default one of all installed adapters. `verify` is the certificate of a sandbox that
    serves https with one of its own.
    """

    def __init__(
        self, url: str, *, token: str | None = None, registry: Registry | None = None, verify: str | None = None
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        trusted = ssl.create_default_context(cafile=verify) if verify else ssl_context()
        self._http = httpx.Client(
            base_url=f"{self.url}/api", headers=headers, timeout=SLACK, trust_env=False, verify=trusted
        )
        self._registry = registry or Registry()

    def adapters(self) -> list[Adapter]:
        """Every simulated aggregator."""
        return [Adapter(**item) for item in self._call("GET", "/adapters")]

    def adapter(self, adapter: str) -> Adapter:
        """One simulated aggregator: `base_url`, and in `channel` credentials that it accepts."""
        return Adapter(**self._call("GET", f"/adapters/{adapter}"))

    def channel(self, adapter: str, **options: Any) -> AnyChannel:
        """A channel that sends here; `options` replace those of `Registry.open`, such as `id` or `address`."""
        given = {**self.adapter(adapter).channel, **options}
        return self._registry.open(given.pop("adapter"), **given)

    def register(self, adapter: str, **host: Any) -> Adapter:
        """Point an aggregator's console at a host; `host` are the fields of `HostSettings`."""
        return Adapter(**self._call("PUT", f"/adapters/{adapter}/host", host))

    def register_all(self, public_url: str) -> None:
        """Point every console at one host that mounts this package's webhooks."""
        for adapter in self.adapters():
            if adapter.kind == "session":
                continue
            self.register(adapter.id, public_url=public_url, channel_id=adapter.channel["id"])

    def messages(self, limit: int = 500, **filters: Any) -> list[Message]:
        """Messages that match, the oldest first."""
        return list(Page(**self._call("GET", "/messages", None, order="oldest", limit=limit, **filters)).items)

    def message(self, number: int) -> MessageDetail:
        """A message with its raw exchanges."""
        return MessageDetail(**self._call("GET", f"/messages/{number}"))

    def wait_for(self, count: int = 1, *, timeout: float = 5.0, **filters: Any) -> list[Message]:
        """The first `count` messages that match; AssertionError with what there is after `timeout` seconds."""
        found = Found(**self._call("GET", "/wait", None, count=count, timeout=timeout, **filters))
        if not found.complete:
            wanted = f"{count} messages{_words(filters)}"
            raise AssertionError(f"waited {timeout:g} s for {wanted}; there are {_listed(self.messages())}")
        return list(found.items)

    def inject(
        self, adapter: str, sender: str, text: str, *, to: str | None = None, fate: Fate | None = None
    ) -> Message:
        """A handset sends a message to the host."""
        values = {"adapter": adapter, "sender": sender, "text": text, "to": to, "fate": fate}
        return Message(**self._call("POST", "/messages", values))

    def change_fate(self, number: int, fate: Fate) -> Message:
        """Choose what becomes of a message that was accepted."""
        return Message(**self._call("PUT", f"/messages/{number}/fate", {"fate": fate}))

    def choose(self, handset: str, fate: Fate | None) -> None:
        """Give a number a fate whatever its last digits say; None takes it back."""
        if fate is None:
            self._call("DELETE", f"/fates/{handset}")
        else:
            self._call("PUT", f"/fates/{handset}", {"fate": fate})

    def faults(self, adapter: str | None = None, **faults: Any) -> None:
        """Set the faults of one aggregator or of all; without any, none strikes."""
        place = f"/adapters/{adapter}/faults" if adapter else "/faults"
        self._call("PUT", place, Faults(**faults).model_dump())

    def settings(self, **settings: Any) -> None:
        """Change how time passes; what is not named stays."""
        self._call("PUT", "/settings", Settings(**{**self._call("GET", "/settings"), **settings}).model_dump())

    def assert_sent(self, count: int = 1, **filters: Any) -> list[Message]:
        """The messages to handsets that match; AssertionError unless there are `count`."""
        found = self.messages(direction="mt", **filters)
        if len(found) != count:
            wanted = f"{count} messages{_words(filters)}"
            raise AssertionError(f"expected {wanted}, found {len(found)}; there are {_listed(self.messages())}")
        return found

    def reset(self, *, hosts: bool = False) -> None:
        """Forget messages, exchanges, chosen fates and faults; `hosts`: the registered hosts, too."""
        self._call("POST", "/reset", None, hosts=hosts)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> SandboxClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _call(self, method: str, path: str, values: Any = None, **query: Any) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        wait = SLACK + float(given.get("timeout", 0))
        answer = self._http.request(method, path, json=values, params=given, timeout=wait)
        if answer.is_error:
            raise SandboxError(f"{method} {path}: {_reason(answer)}")
        return answer.json() if answer.content else None


def _reason(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.text.strip()
    if isinstance(detail, str):
        return detail
    return "; ".join(f"{'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in detail)


def _words(filters: dict[str, Any]) -> str:
    return "".join(f" {name}={value!r}" for name, value in filters.items())


def _listed(messages: Iterable[Message]) -> str:
    shown = [f"{item.adapter} {item.direction} {item.handset} {item.status} {item.text[:40]!r}" for item in messages]
    return "; ".join(shown) or "none"
