"""Collected by the plug-in for `pytest --sms-adapters=...`: one test for each adapter and check."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from sms_adapters.conformance.check import Check, selected
from sms_adapters.conformance.plugin import ADAPTERS
from sms_adapters.conformance.subject import Subject
from sms_adapters.conformance.suite import judge


@cache
def _subject(adapter: str) -> Subject:
    return Subject(adapter)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each adapter asked for, with each check selected."""
    wanted = metafunc.config.stash[ADAPTERS]
    checks = selected(metafunc.config.getoption("sms_checks"))
    rows = [pytest.param(adapter, check, id=f"{adapter}-{check.id}") for adapter in wanted for check in checks]
    metafunc.parametrize(("adapter", "check"), rows)


@pytest.mark.sms_conformance
def test_check(adapter: str, check: Check, record_property: Any) -> None:
    """One check of one adapter."""
    record_property("sms_adapter", adapter)
    record_property("sms_check", check.id)
    judge(check, _subject(adapter))
