"""The suite as people run it: by option, by the one-line class in a package outside this tree, with workers."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sms_adapters import Registry
from sms_adapters.conformance.certified import Standing
from sms_adapters.conformance.check import CHECKS, Level, load_checks
from sms_adapters.conformance.evidence import Outcome, Result, level_of, report_of
from sms_adapters.conformance.guard import NetworkUsed, loopback_only
from sms_adapters.conformance.subject import Subject

pytestmark = pytest.mark.whole

SPECIMEN = Path(__file__).parent / "specimen" / "acme"
CLASS = """
from pathlib import Path
from sms_adapters import Registry
from sms_adapters.conformance.suite import conformance

registry = Registry(builtin=False, installed=False, folders=[Path({folder!r})])
TestAcme = conformance("acme", checks=({checks}), registry=registry)
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def counted(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1].rpartition(" in ")[0]


def acme(folder: Path, checks: str = "'MAN',", exempt: str = "", **changes: tuple[str, str]) -> Path:
    """The specimen beside a test module of one line, in a folder of its own, with one file changed."""
    copy = folder / "package" / "acme"
    copy.mkdir(parents=True)
    for path in SPECIMEN.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            target = copy / path.relative_to(SPECIMEN)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    for name, (before, after) in changes.items():
        file = copy / f"{name}.toml" if name == "manifest" else copy / f"{name}.py"
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))
    if exempt:
        (copy / "conformance.toml").write_text(exempt)
    (folder / "test_acme.py").write_text(CLASS.format(folder=str(copy), checks=checks))
    return folder


def exemption(check: str, days: int) -> str:
    until = datetime.now(UTC).date() + timedelta(days=days)
    return f'[[exempt]]\ncheck = "{check}"\nreason = "tried"\nuntil = {until}\n'


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_the_option_runs_the_checks_asked_for_and_nothing_else(tmp_path: Path, workers: tuple[str, ...]) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = .\n")
    (tmp_path / "test_other.py").write_text("def test_other():\n    raise AssertionError('not asked for')\n")
    report = tmp_path / "report"
    given = ("--sms-adapters=twilio,kannel", "--sms-checks=MAN00", "--sms-checks=IMP001", f"--sms-report={report}")
    done = run(tmp_path, *given, *workers)
    assert done.returncode == 0, done.stdout
    wanted = {key for key in load_checks() if key.startswith(("MAN00", "IMP001"))}
    found = json.loads((report / "conformance.json").read_text())["adapters"]
    assert {item["adapter"]: set(item["checks"]) for item in found} == {"twilio": wanted, "kannel": wanted}
    assert {item["level"] for item in found} == {None}
    assert "<title>SMS adapter conformance</title>" in (report / "conformance.html").read_text()


def test_an_unknown_adapter_is_a_usage_error_with_a_hint(tmp_path: Path) -> None:
    done = run(tmp_path, "--sms-adapters=twilo")
    assert done.returncode == 4
    assert "did you mean twilio?" in done.stderr


def test_without_the_option_the_plug_in_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    assert counted(run(tmp_path)) == "1 passed"


def test_one_line_is_a_suite_outside_this_tree(tmp_path: Path) -> None:
    done = run(acme(tmp_path))
    assert done.returncode == 0, done.stdout
    assert counted(done).endswith("passed") or "skipped" in counted(done)
    assert f"{sum(key.startswith('MAN') for key in load_checks())}" in counted(done) or "skipped" in counted(done)


def test_a_failure_says_what_to_mend(tmp_path: Path) -> None:
    folder = acme(tmp_path, manifest=('spec_version = "1.0"', 'spec_version = "1.99"'))
    done = run(folder, "-x")
    assert done.returncode == 1
    assert "acme MAN002" in done.stdout
    assert f"Mend: {load_checks()['MAN002'].doc['Mend']}" in " ".join(done.stdout.split())


BROKEN = ('spec_version = "1.0"', 'spec_version = "1.99"')


@pytest.mark.parametrize(
    ("days", "changes", "status", "words"),
    [
        (30, {"manifest": BROKEN}, 0, "1 skipped"),
        (-1, {"manifest": BROKEN}, 1, "the exemption from MAN002 ended on"),
        (30, {}, 1, "MAN002 passes: take its exemption out of conformance.toml"),
    ],
    ids=["in force", "ended", "not needed"],
)
def test_an_exemption_has_an_end_and_a_use(
    tmp_path: Path, days: int, changes: dict[str, Any], status: int, words: str
) -> None:
    done = run(acme(tmp_path, "'MAN002',", exemption("MAN002", days), **changes))
    assert done.returncode == status, done.stdout
    assert words in done.stdout


@pytest.mark.parametrize(
    ("failed", "level"),
    [
        ((), Level.GOLD),
        ((Level.GOLD,), Level.SILVER),
        ((Level.SILVER,), Level.BRONZE),
        ((Level.BRONZE,), Level.NONE),
        ((Level.BRONZE, Level.GOLD), Level.NONE),
    ],
)
def test_a_level_is_computed_and_can_be_lost(failed: tuple[Level, ...], level: Level) -> None:
    load_checks()
    results = {key: Result(key, Outcome.PASSED) for key in CHECKS}
    for lost in failed:
        key = next(key for key, check in CHECKS.items() if check.level is lost)
        results[key] = Result(key, Outcome.FAILED)
    assert level_of(results) is level
    del results["MAN001"]
    assert level_of(results) is None


@pytest.mark.parametrize(
    ("failed", "dossier", "level"),
    [
        (None, Standing(complete=True), Level.CERTIFIED),
        (None, Standing(complete=False, missing=1), Level.GOLD),
        (None, None, Level.GOLD),
        (Level.GOLD, Standing(complete=True), Level.SILVER),
        (Level.BRONZE, Standing(complete=True), Level.NONE),
    ],
)
def test_certified_is_gold_with_a_complete_dossier(
    failed: Level | None, dossier: Standing | None, level: Level
) -> None:
    results = {key: Result(key, Outcome.PASSED) for key in load_checks()}
    key = next((key for key, check in CHECKS.items() if check.level is failed), None)
    if key is not None:
        results[key] = Result(key, Outcome.FAILED)
    report = report_of(Subject("twilio", Registry(installed=False)), results, dossier)
    assert report.level is level
    assert report.to_dict().get("dossier") == (None if dossier is None else dossier.to_dict())


def test_no_check_is_of_the_level_certified_and_none_can_claim_it(tmp_path: Path) -> None:
    assert Level.CERTIFIED not in {check.level for check in load_checks().values()}
    folder = acme(tmp_path, exempt='claim = "certified"\n')
    subject = Subject("acme", Registry(builtin=False, installed=False, folders=[folder / "package" / "acme"]))
    with pytest.raises(ValueError, match="claims certified, which a run with a dossier gives: claim gold"):
        _ = subject.claim


DOSSIER = 'format = 1\nkind = "rest"\nname = "Secretive Example Ltd"\n'


def test_the_report_tells_how_far_the_dossier_is_and_nothing_of_what_it_holds(tmp_path: Path) -> None:
    path, report = tmp_path / "a.toml", tmp_path / "report"
    path.write_text(f'{DOSSIER}adapter = "twilio"\n')
    given = ("--sms-adapters=twilio,kannel", "--sms-checks=MAN001", f"--sms-report={report}")
    done = run(tmp_path, *given, f"--sms-dossier={path}")
    assert done.returncode == 0, done.stdout
    text = (report / "conformance.json").read_text()
    found = {item["adapter"]: item.get("dossier") for item in json.loads(text)["adapters"]}
    assert found["kannel"] is None
    assert found["twilio"]["complete"] is False
    assert found["twilio"]["missing"] > 10
    page = (report / "conformance.html").read_text()
    assert "dossier incomplete" in page
    assert "Secretive" not in page + text


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([DOSSIER], "names no adapter"),
        ([f'{DOSSIER}adapter = "twilio"'] * 2, "is the second dossier of twilio"),
        (["format = 2"], "format has to be 1"),
    ],
)
def test_a_dossier_that_cannot_be_used_is_a_usage_error(tmp_path: Path, files: list[str], words: str) -> None:
    options = []
    for number, text in enumerate(files):
        (tmp_path / f"{number}.toml").write_text(text)
        options.append(f"--sms-dossier={tmp_path / f'{number}.toml'}")
    done = run(tmp_path, "--sms-adapters=twilio", "--sms-checks=MAN001", f"--sms-report={tmp_path}", *options)
    assert done.returncode == 4
    assert words in done.stderr


def test_the_guard_keeps_to_loopback() -> None:
    import socket

    with loopback_only(), socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        for call in (
            lambda: socket.create_connection(("192.0.2.1", 9), 0.1),
            lambda: socket.getaddrinfo("a.invalid", 9),
        ):
            with pytest.raises(NetworkUsed):
                call()


def test_every_built_in_adapter_can_be_judged() -> None:
    registry = Registry(installed=False)
    assert set(registry.ids()) >= {"external", "kannel", "twilio"}
    assert len(load_checks()) >= 60


@pytest.mark.parametrize(("claim", "status"), [("bronze", 0), ("silver", 1)])
def test_what_fails_above_the_level_claimed_is_told_and_does_not_fail_the_run(
    tmp_path: Path, claim: str, status: int
) -> None:
    documents = SPECIMEN.joinpath("manifest.toml").read_text().partition("[[documents]]")[1:]
    folder = acme(tmp_path, "'MAN007',", f'claim = "{claim}"\n', manifest=("".join(documents), ""))
    done = run(folder)
    assert load_checks()["MAN007"].level is Level.SILVER
    assert done.returncode == status, done.stdout
    assert "1 xfailed" in done.stdout or claim == "silver"
