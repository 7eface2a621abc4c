"""What stands in an adapter's folder is true, also where it is above the level that the adapter claims."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from sms_adapters import Registry
from sms_adapters.conformance.check import load_checks
from sms_adapters.conformance.subject import Subject

ADAPTERS = sorted(entry.name for entry in entry_points(group="sms_adapters") if "contrib" in entry.value)
CHECKS = ("REC001", "REC002", "INB010")
"""Exchanges replay, inbound examples bring their events, webhooks are answered as the examples say."""


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_cases_of_the_folder_hold(adapter: str, check: str) -> None:
    load_checks()[check].run(Subject(adapter))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_committed_schema_is_the_generated_one(adapter: str) -> None:
    registry = Registry()
    assert registry.schema(adapter) == registry.load(adapter).config.model_json_schema()
