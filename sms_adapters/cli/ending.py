"""Commands that serve until they are told to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["told_to_end"]


@contextmanager
def told_to_end(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` for Ctrl-C and SIGTERM; afterwards both do what they did before, for the process may go on."""
    before = {number: signal.signal(number, lambda *_: end()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None: it was not set from Python, and cannot be set again.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
