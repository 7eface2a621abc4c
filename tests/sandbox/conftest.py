"""The fixtures that the package ships, and a host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hosting import SmallHost, hosting

from sms_adapters.sandbox.plugin import sms_sandbox, sms_sandbox_server

__all__ = ["sms_sandbox", "sms_sandbox_server"]


@pytest.fixture
def host() -> Iterator[SmallHost]:
    with hosting() as made:
        yield made
