"""The webhooks of an adapter as anybody on the internet finds them, and garbage at each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ..bodies import Headers
from ..http import WebhookRequest
from .garbage import BODIES, QUERIES
from .subject import PUBLIC_URL, Subject

__all__ = ["Door", "doors", "garbage_at", "posted"]

Door: TypeAlias = tuple[str, str]
"""Method and URL of a webhook."""


def doors(subject: Subject) -> Iterator[Door]:
    """Each webhook of the manifest by each of its methods."""
    for hook in subject.manifest.webhooks:
        for method in hook.methods:
            yield method, f"{PUBLIC_URL}/c/{subject.id}/8eb23e93/{hook.action}"


def posted(door: Door, kind: str, body: bytes) -> WebhookRequest:
    """A body of a content type; of none if it is empty."""
    return WebhookRequest(*door, Headers({"Content-Type": kind} if kind else {}), body)


def garbage_at(found: Iterable[Door]) -> Iterator[tuple[str, WebhookRequest]]:
    """What nobody should send there, and what it is."""
    for method, url in found:
        for what, query in QUERIES:
            yield what, WebhookRequest(method, f"{url}?{query}")
        for what, kind, body in BODIES:
            yield what, posted((method, url), kind, body)
