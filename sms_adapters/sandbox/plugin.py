"""The pytest plug-in: the fixture `sms_sandbox`, found through the entry point `pytest11`.

It is loaded in every pytest run of an environment, so nothing else is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import SandboxClient

__all__ = ["sms_sandbox", "sms_sandbox_server"]


@pytest.fixture(scope="session")
def sms_sandbox_server() -> Iterator[str]:
    """The URL of a sandbox in which nothing waits, and a webhook is tried four times at most; one for the whole run."""
    from ..registry import Registry
    from .desk import Sandbox
    from .models import Settings
    from .serving import running

    with running(lambda: Sandbox(Registry(), settings=Settings(pace=0, attempts=4), seed=0)) as served:
        yield served.url


@pytest.fixture
def sms_sandbox(sms_sandbox_server: str) -> Iterator[SandboxClient]:
    """A sandbox in which nothing has happened yet: send to it, wait for messages, inject answers, assert.

    Its aggregators' consoles point nowhere before `register`; what a test registers is forgotten after it.
    """
    from .client import SandboxClient

    with SandboxClient(sms_sandbox_server) as client:
        client.reset(hosts=True)
        yield client
