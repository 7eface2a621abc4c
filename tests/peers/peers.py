"""How tests treat a peer that cannot be had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

import pytest
from processes import Unavailable

T = TypeVar("T")


@contextmanager
def peer(started: AbstractContextManager[T]) -> Iterator[T]:
    """The peer; where there can be none the test is skipped, or fails if it has to run (make test-peers)."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(started)
        except Unavailable as error:
            if os.environ.get("SMS_ADAPTERS_REQUIRE_PEERS") == "1":
                raise
            pytest.skip(str(error))
        yield found
