"""The stream of what happens, for pages and tests that look on."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

__all__ = ["Events", "TooManyListeners"]

KEPT = 2000
"""Events that a listener who lost its connection can still be given."""
LISTENERS = 64
WAITING = 1000
BEAT = 15.0
"""Seconds of silence after which a comment is sent, so that neither end takes the connection for dead."""


Event: TypeAlias = "tuple[int, str, Callable[..., Any], tuple[Any, ...]]"
"""Its number, its kind, and what words it of which values."""


class TooManyListeners(RuntimeError):
    """The stream has as many listeners as it can have."""


class Events:
    """Publishes to any number of listeners; one that does not keep up is told to start over (`resync`)."""

    def __init__(self) -> None:
        self._last = 0
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._listeners: set[asyncio.Queue[str | None]] = set()

    def publish(self, kind: str, word: Callable[..., Any], *values: Any) -> None:
        """An event; `word` makes something JSON-ready of `values`, and is called only if somebody wants to hear it."""
        self._last += 1
        event = (self._last, kind, word, values)
        self._kept.append(event)
        if self._listeners:
            text = _worded(*event)
            for listener in self._listeners:
                _offer(listener, text)

    def close(self) -> None:
        """End every stream."""
        for listener in self._listeners:
            while listener.full():
                listener.get_nowait()
            listener.put_nowait(None)

    def listen(self, last: int | None = None) -> AsyncIterator[str]:
        """Server-sent events from now on, or from the one after `last`."""
        if len(self._listeners) >= LISTENERS:
            raise TooManyListeners(f"the stream has {LISTENERS} listeners already")
        return self._told(last)

    def _missed(self, last: int | None) -> list[str]:
        if last is None:
            return []
        first = self._kept[0][0] if self._kept else self._last + 1
        if last > self._last or last + 1 < first:
            return [_worded(self._last, "resync", dict, ())]
        return [_worded(*event) for event in self._kept if event[0] > last]

    async def _told(self, last: int | None) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        self._listeners.add(queue)
        try:
            yield ": listening\n\n" + "".join(self._missed(last))
            while True:
                try:
                    text = await asyncio.wait_for(queue.get(), BEAT)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._listeners.discard(queue)


def _worded(number: int, kind: str, word: Callable[..., Any], values: tuple[Any, ...]) -> str:
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(word(*values), ensure_ascii=False)}\n\n"


def _offer(listener: asyncio.Queue[str | None], text: str) -> None:
    """Put an event into a queue; into a full one, that its listener has to start over."""
    if not listener.full():
        listener.put_nowait(text)
        return
    while not listener.empty():
        listener.get_nowait()
    listener.put_nowait("event: resync\ndata: {}\n\n")
