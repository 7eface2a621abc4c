"""Tests against other people's servers and in a browser run only where they are asked for."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    # What decides over a change must not depend on chance; elsewhere every run looks at other values.
    settings.load_profile("ci")

ASKED_FOR = {
    "peer": "needs a real peer: pytest -m peer, or make test-peers",
    "template": "makes every package of the template: pytest -m template, or make test-template",
    "load": "takes a minute: pytest -m load, or make test-load",
    "browser": "needs Chromium: pytest -m browser, or make test-browser",
    "site": "needs the built site and Chromium: pytest -m site, or make test-site",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked as needing much, unless -m names it."""
    asked = config.getoption("markexpr") or ""
    for mark, reason in ASKED_FOR.items():
        if mark not in asked:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=reason))
