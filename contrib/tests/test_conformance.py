"""The conformance suite for every adapter of this distribution, as a third party runs it."""

from __future__ import annotations

from importlib.metadata import entry_points

from sms_adapters.conformance.suite import conformance

TestDartMedia = conformance("dart_media")
TestHub9 = conformance("hub9")
TestSeven = conformance("seven")


def test_every_adapter_of_the_distribution_is_tested_here() -> None:
    offered = {entry.name for entry in entry_points(group="sms_adapters") if "contrib" in entry.value}
    tested = {name.removeprefix("Test").lower() for name in globals() if name.startswith("Test")}
    assert {name.replace("_", "") for name in offered} == tested
