"""Commands that serve until they are told to end, and leave their process as it was."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

__all__ = ["quieted", "told_to_end"]


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


@contextmanager
def quieted(levels: Mapping[str, int]) -> Iterator[None]:
    """Give loggers these levels; afterwards they have their own again."""
    before = {name: logging.getLogger(name).level for name in levels}
    try:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
