"""Tests against other people's servers and in a browser run only where they are asked for."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# No test is timed, a property neither: on a busy machine its first example takes a second.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("calm"), derandomize=True)
# What decides over a change must not depend on chance; elsewhere every run looks at other values.
settings.load_profile("ci" if os.environ.get("CI") else "calm")

ASKED_FOR = {
    "peer": "needs a real peer: pytest -m peer, or make test-peers",
    "whole": "installs or runs whole programs: pytest -m whole, or make test-whole",
    "template": "makes every package of the template: pytest -m template, or make test-template",
    "load": "takes a minute: pytest -m load, or make test-load",
    "browser": "needs Chromium: pytest -m browser, or make test-browser",
    "site": "needs the built site and Chromium: pytest -m site, or make test-site",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is marked as needing much, unless -m names it."""
    asked = config.getoption("markexpr") or ""
    for item in items:
        marks = [mark for mark in ASKED_FOR if item.get_closest_marker(mark)]
        if marks and not any(mark in asked for mark in marks):
            item.add_marker(pytest.mark.skip(reason=ASKED_FOR[marks[-1]]))
