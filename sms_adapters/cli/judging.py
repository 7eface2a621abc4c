"""The conformance suite, run by pytest in this process, and what came of it in a table."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest

from ..conformance import plugin
from ..conformance.certified import standings
from ..conformance.check import load_checks, selected
from ..conformance.evidence import AdapterReport, Outcome, report_of
from ..conformance.report import as_json as report_json
from ..conformance.subject import Subject
from ..registry import Registry
from ..tabular import table, visible
from .exits import Exit
from .options import echo_json

__all__ = ["judge"]

PLUGIN = "sms_adapters.conformance.plugin"
HEADINGS = ("adapter", "level", "passed", "failed", "exempt", "not applicable", "newest evidence")
COUNTED = (Outcome.PASSED, Outcome.FAILED, Outcome.EXEMPT, Outcome.NOT_APPLICABLE)


class Watch:
    """Gathers the results of a pytest run, and what kept it from running."""

    def __init__(self, advance: Callable[[str], object]) -> None:
        self.collected = plugin.Collected(Path())
        self.errors: list[str] = []
        self.failed = False
        self._advance = advance

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a result."""
        before = self._count()
        self.collected.pytest_runtest_logreport(report)
        if self._count() > before:
            self._advance(report.nodeid)

    def _count(self) -> int:
        return sum(map(len, self.collected.results.values()))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what stood in the way of collecting."""
        if report.failed:
            self.errors.append(str(report.longreprtext))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep pytest's own failure."""
        self.errors.append(str(excrepr))


def judge(
    ids: Sequence[str],
    *,
    checks: Sequence[str],
    report: Path | None,
    exitfirst: bool,
    processes: int,
    dossiers: Sequence[Path] = (),
    as_json: bool,
) -> int:
    """Run the suite, print what came of it, and give the exit status."""
    registry = Registry()
    wanted = _wanted(registry, ids)
    found = selected(checks)
    if not found:
        raise click.UsageError(f"no check begins with {', '.join(checks)}; there are {', '.join(_families())}")
    standing = standings(dossiers, registry)
    strange = [adapter for adapter in standing if adapter not in wanted]
    if strange:
        raise click.UsageError(f"--dossier names one of {strange[0]}, which is not judged")
    arguments = _arguments(wanted, checks, report, exitfirst=exitfirst, processes=processes)
    arguments += [f"--sms-dossier={path.absolute()}" for path in dossiers if report is not None]
    watch = _run(arguments, len(wanted) * len(found))
    if watch.errors:
        click.echo("\n".join(["The suite could not be run:", *watch.errors]), err=True)
        return Exit.DEFECT
    subjects = {adapter: Subject(adapter, registry) for adapter in wanted}
    found_results = sorted(watch.collected.results.items())
    reports = [report_of(subjects[adapter], results, standing.get(adapter)) for adapter, results in found_results]
    if as_json:
        echo_json(report_json(reports, datetime.now(UTC)))
    else:
        _show(reports)
    # What fails above the level that an adapter claims is shown, and is no failure to pytest either.
    return Exit.REFUSED if watch.failed else Exit.OK


def _wanted(registry: Registry, ids: Sequence[str]) -> list[str]:
    if ids:
        return list(dict.fromkeys(registry.manifest(name).id for name in ids))
    found = [listing.id for listing in registry.listings() if listing.error is None]
    if not found:
        raise click.UsageError("no adapter is installed")
    return found


def _families() -> list[str]:
    return list(dict.fromkeys(name[:3] for name in load_checks()))


def _arguments(
    ids: Sequence[str], checks: Sequence[str], report: Path | None, *, exitfirst: bool, processes: int
) -> list[str]:
    """Pytest's, so that nothing of the working directory has a say: no configuration, no conftest, no cache."""
    arguments = ["-c", os.devnull, f"--rootdir={plugin.SUITE.parent}", "--noconftest", "-p", "no:cacheprovider"]
    arguments += ["-p", "no:terminal", f"--sms-adapters={','.join(ids)}"]
    if not entry_points(group="pytest11", name="sms_adapters"):
        arguments[:0] = ["-p", PLUGIN]
    arguments += [f"--sms-checks={prefix}" for prefix in checks]
    if report is not None:
        arguments.append(f"--sms-report={report.absolute()}")
    if exitfirst:
        arguments.append("-x")
    if processes > 1:
        if find_spec("xdist") is None:
            raise click.UsageError("-n needs pytest-xdist, which is not installed")
        arguments += ["-n", str(processes)]
    return arguments


def _run(arguments: list[str], total: int) -> Watch:
    """Run pytest; a progress bar shows on a terminal."""
    with _bar(total) as bar:
        watch = Watch(lambda name: bar.update(1, name) if bar else None)
        status = pytest.main(arguments, plugins=[watch])
    if not watch.errors and status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    watch.failed = status == pytest.ExitCode.TESTS_FAILED
    if not watch.errors and status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        watch.errors.append(f"pytest ended with status {int(status)}")
    return watch


def _bar(total: int) -> Any:
    if not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(
        length=total,
        file=sys.stderr,
        label="checks",
        show_pos=True,
        item_show_func=lambda name: str(name or "").rpartition("[")[2].rstrip("]"),
    )


def _counts(report: AdapterReport) -> list[int]:
    outcomes = [result.outcome for result in report.results.values()]
    return [outcomes.count(outcome) for outcome in COUNTED]


def _show(reports: Sequence[AdapterReport]) -> None:
    """The failures with their mends, then a line for each adapter."""
    for report in reports:
        for name, result in sorted(report.results.items()):
            if result.outcome == Outcome.FAILED:
                lines = result.message.strip().splitlines()
                click.echo(f"{report.adapter} {name} failed")
                click.echo("\n".join(f"  {visible(line)}" for line in lines), nl=True)
    rows = [
        (
            report.adapter,
            "-" if report.level is None else report.level.value,
            *map(str, _counts(report)),
            "-" if report.newest is None else report.newest.isoformat(),
        )
        for report in reports
    ]
    click.echo(table(HEADINGS, rows))
    if any(report.level is None for report in reports):
        click.echo("Level -: not every check was run.")
