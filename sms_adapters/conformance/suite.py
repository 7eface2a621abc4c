"""The suite as tests: collected by `pytest --sms-adapters=...`, or as a class in anybody's own tests."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from .check import Check, CheckFailed, Level, NotApplicable, selected
from .guard import loopback_only
from .subject import Exemption, Subject

if TYPE_CHECKING:
    from ..registry import Registry

__all__ = ["conformance", "judge"]

ORDER = list(Level)


def judge(check: Check, subject: Subject) -> None:
    """Run one check under pytest: passes, fails, or is skipped as not applicable or exempt."""
    if check.needs is not None and not subject.manifest.offers(check.needs):
        pytest.skip(f"not applicable: the manifest does not offer {check.needs}")
    if check.http and subject.is_session:
        pytest.skip("not applicable: it is about HTTP, and this adapter holds a connection")
    exemption = subject.exemptions.get(check.id)
    try:
        with loopback_only():
            check.run(subject)
    except NotApplicable as reason:
        pytest.skip(f"not applicable: {reason}")
    except Exception as error:
        _excuse(exemption, error)
        if ORDER.index(check.level) > ORDER.index(subject.claim):
            pytest.xfail(f"{check.level} is above the level claimed, {subject.claim}: {error}")
        if isinstance(error, CheckFailed):
            pytest.fail(f"{subject.id} {check.id}: {error}\nMend: {check.doc['Mend']}", pytrace=False)
        raise
    if exemption is not None:
        pytest.fail(f"{check.id} passes: take its exemption out of conformance.toml", pytrace=False)


def _excuse(exemption: Exemption | None, error: Exception) -> None:
    if exemption is None:
        return
    if exemption.until < datetime.now(UTC).date():
        pytest.fail(f"the exemption from {exemption.check} ended on {exemption.until}: {error}", pytrace=False)
    pytest.skip(f"exempt until {exemption.until}: {exemption.reason}")


def conformance(adapter: str, *, checks: tuple[str, ...] = (), registry: Registry | None = None) -> type:
    """Make a test class with all checks of an adapter; `checks` are id prefixes, to run only those.

    One line is all that a package needs: `TestAcme = conformance("acme")`.
    """
    found = selected(checks)

    @cache
    def subject() -> Subject:
        return Subject(adapter, registry)

    class TestConformance:
        """One test for each check."""

        @pytest.mark.sms_conformance
        @pytest.mark.parametrize("check", found, ids=lambda check: check.id)
        def test_check(self, check: Check, record_property: Any) -> None:
            record_property("sms_adapter", subject().id)
            record_property("sms_check", check.id)
            judge(check, subject())

    return TestConformance
