"""The pytest plug-in: `pytest --sms-adapters=twilio,kannel`, found through the entry point `pytest11`.

It is loaded in every pytest run of an environment, so nothing else is imported before an option asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .certified import Standing
    from .evidence import Result

__all__ = ["ADAPTERS", "Collected"]

ADAPTERS = pytest.StashKey[list[str]]()
IS_ALONE = pytest.StashKey[bool]()
ALONE = "sms_adapters_alone"
SUITE = Path(__file__).with_name("test_suite.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options."""
    group = parser.getgroup("sms_adapters", "conformance of SMS adapters")
    group.addoption("--sms-adapters", metavar="IDS", help="run the conformance suite for these adapters, or for all")
    group.addoption(
        "--sms-checks",
        metavar="PREFIX",
        action="append",
        default=[],
        help="only checks whose id begins with PREFIX (SND, SND004); may be given several times",
    )
    group.addoption(
        "--sms-dossier",
        metavar="FILE",
        action="append",
        default=[],
        help="the dossier of an adapter's test account: complete, it makes gold certified; may be given several times",
    )
    group.addoption("--sms-report", metavar="DIR", help="write conformance.json and conformance.html there")


def pytest_configure(config: pytest.Config) -> None:
    """Add the suite to what is collected, and gather its results."""
    config.addinivalue_line("markers", "sms_conformance: a check of the SMS adapter conformance suite")
    given = config.getoption("sms_adapters")
    if given:
        config.stash[ADAPTERS] = _wanted(given)
        _collect_the_suite(config)
    if config.getoption("sms_dossier") and not config.getoption("sms_report"):
        raise pytest.UsageError("--sms-dossier goes with --sms-report: it is for the level in the report")
    if config.getoption("sms_report") and not hasattr(config, "workerinput"):
        collected = Collected(Path(config.getoption("sms_report")), _standings(config.getoption("sms_dossier")))
        config.pluginmanager.register(collected, "sms_adapters_report")


def _collect_the_suite(config: pytest.Config) -> None:
    """The suite beside the paths that were given, or alone where none was; a worker of xdist is told which."""
    alone = getattr(config, "workerinput", {}).get(ALONE)
    config.stash[IS_ALONE] = config.args_source is not pytest.Config.ArgsSource.ARGS if alone is None else alone
    if config.stash[IS_ALONE]:
        config.args[:] = []
    if str(SUITE) not in config.args:
        config.args.append(str(SUITE))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist, which does not see where its paths are from."""
    node.workerinput[ALONE] = node.config.stash.get(IS_ALONE, False)


def _wanted(given: str) -> list[str]:
    from ..errors import SmsError
    from ..registry import Registry

    registry = Registry()
    if given == "all":
        return [listing.id for listing in registry.listings() if listing.error is None]
    try:
        return [registry.manifest(name.strip()).id for name in given.split(",")]
    except SmsError as error:
        raise pytest.UsageError(str(error)) from None


def _standings(paths: list[str]) -> dict[str, Standing]:
    if not paths:
        return {}
    from ..errors import SmsError
    from ..registry import Registry
    from .certified import standings

    try:
        return standings(map(Path, paths), Registry())
    except SmsError as error:
        raise pytest.UsageError(str(error)) from None


class Collected:
    """Gathers the results of all checks, from workers too, and writes the report at the end."""

    def __init__(self, folder: Path, dossiers: Mapping[str, Standing] | None = None) -> None:
        self.folder = folder
        self.dossiers = dossiers or {}
        self.results: dict[str, dict[str, Result]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the outcome of a check's call, or of what kept it from being called."""
        named = dict(report.user_properties)
        if report.when == "teardown" or "sms_check" not in named or (report.when == "setup" and report.passed):
            return
        from .evidence import Result
        from .whereabouts import without_whereabouts

        outcome, message = _outcome(report)
        adapter, check = str(named["sms_adapter"]), str(named["sms_check"])
        self.results.setdefault(adapter, {})[check] = Result(
            check, outcome, without_whereabouts(message), report.duration
        )

    def pytest_sessionfinish(self) -> None:
        """Write the report."""
        if self.results:
            from .report import write_report

            write_report(self.folder, self.results, dossiers=self.dossiers)


def _outcome(report: pytest.TestReport) -> tuple[str, str]:
    from .evidence import Outcome

    if report.passed:
        return Outcome.PASSED, ""
    text = _text(report)
    if hasattr(report, "wasxfail"):
        return Outcome.FAILED, str(report.wasxfail).removeprefix("reason: ")
    if report.skipped:
        return (Outcome.EXEMPT if text.startswith("exempt") else Outcome.NOT_APPLICABLE), text
    return Outcome.FAILED, text


def _text(report: Any) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longreprtext)[-4000:]
