"""Idempotency keys: what an aggregator knows a message by that is sent again."""

from __future__ import annotations

import re
from hashlib import sha256

from ..channel import AnyChannel
from ..messages import OutboundMessage
from ..parts import Part

__all__ = ["key_of"]

KEY = re.compile(r"[A-Za-z0-9_:-]+")


def key_of(channel: AnyChannel, message: OutboundMessage, part: Part, *, longest: int = 255) -> str:
    """The key of a part, of at most `longest` characters (64 or more) that any header takes.

    It names the channel, since all keys of an aggregator's account are of one space.
    """
    key = ":".join((channel.id, message.id, *([str(part.number)] if part.total > 1 else ())))
    return key if len(key) <= longest and KEY.fullmatch(key) else sha256(key.encode()).hexdigest()
