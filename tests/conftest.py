"""Tests against other people's servers run only where they are asked for."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked `peer`, unless -m names it."""
    if "peer" in (config.getoption("markexpr") or ""):
        return
    skip = pytest.mark.skip(reason="needs a real peer: pytest -m peer, or make test-peers")
    for item in items:
        if "peer" in item.keywords:
            item.add_marker(skip)
