"""The fixtures that the package ships, and a host."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hosting import SmallHost, hosting

from sms_adapters.sandbox.plugin import sms_sandbox, sms_sandbox_server
from sms_adapters.transports.httpx import ssl_context

__all__ = ["sms_sandbox", "sms_sandbox_server"]


@pytest.fixture
def host() -> Iterator[SmallHost]:
    with hosting() as made:
        yield made


@pytest.fixture
def http(sms_sandbox_server: str) -> Iterator[httpx.Client]:
    """A bare client; one of its own for each request would make a TLS context each time."""
    with httpx.Client(base_url=sms_sandbox_server, verify=ssl_context(), trust_env=False) as client:
        yield client
