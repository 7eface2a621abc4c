"""The tutorial: each step is a state of the code that does what its page says, and every output shown is a real one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sms_adapters import Registry
from sms_adapters.conformance.check import NotApplicable, load_checks
from sms_adapters.conformance.evidence import Outcome, Result, level_of
from sms_adapters.conformance.subject import Subject

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorial"
STEPS = sorted(int(path.name.removeprefix("step")) for path in TUTORIAL.glob("step?"))
FAILING: Mapping[int, tuple[str, set[str]]] = {
    1: ("none", {"MAN012", "MAN013", "REC001", "REC008", "REC012"}),
    2: ("none", {"MAN012", "MAN013", "REC008", "REC012"}),
    3: ("none", {"MAN012", "MAN013", "REC012"}),
    4: ("silver", {"MAN012", "REC012"}),
    5: ("silver", {"MAN012", "REC012"}),
    6: ("silver", {"MAN012", "REC012"}),
    7: ("silver", {"REC012"}),
}
"""Level and failing checks of each state; silver before the seventh, since what is not offered is not asked for."""
ENTRY = "[sms_adapters]\nkiwi = sms_kiwi\n"
METADATA = "Metadata-Version: 2.1\nName: sms-kiwi\nVersion: 0.1.0\n"


def state(step: int, folder: Path) -> Path:
    """The package as it is at the end of a step: each step's files over those of the steps before."""
    for number in range(1, step + 1):
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TUTORIAL / f"step{number}", folder, dirs_exist_ok=True, ignore=hidden)
    return folder


def shown(step: int, name: str) -> str:
    """An output that a page shows."""
    return (TUTORIAL / f"step{step}" / f"{name}.txt").read_text(encoding="utf-8")


def command(folder: Path, *arguments: str, **environment: str) -> str:
    """What the command line prints in a state that is installed."""
    facts = folder / "sms_kiwi-0.1.0.dist-info"
    facts.mkdir(exist_ok=True)
    (facts / "METADATA").write_text(METADATA)
    (facts / "entry_points.txt").write_text(ENTRY)
    found = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))), **environment}
    done = subprocess.run(
        [sys.executable, "-m", "sms_adapters", *arguments],
        cwd=folder, env=found, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def judged(subject: Subject, *only: str) -> dict[str, Result]:
    """Every check of the suite, or only those named."""
    results = {}
    for check in (check for check in load_checks().values() if not only or check.id in only):
        outcome, message = Outcome.PASSED, ""
        try:
            if check.needs is not None and not subject.manifest.offers(check.needs):
                raise NotApplicable(check.needs)
            check.run(subject)
        except NotApplicable:
            outcome = Outcome.NOT_APPLICABLE
        except Exception as error:
            outcome, message = Outcome.FAILED, str(error)
        results[check.id] = Result(check.id, outcome, message)
    return results


def opened(step: int, tmp_path: Path) -> Subject:
    folder = state(step, tmp_path / "state")
    (folder / "sms_kiwi").rename(folder / "kiwi")  # a loose adapter is found by its folder's name
    return Subject("kiwi", Registry(builtin=False, installed=False, folders=[folder / "kiwi"]))


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_a_state_that_reaches_what_its_page_says(step: int, tmp_path: Path) -> None:
    subject = opened(step, tmp_path)
    results = judged(subject)
    level, failing = FAILING[step]
    assert {key: results[key].message for key in results if results[key].outcome == Outcome.FAILED}.keys() == failing
    assert level_of(results) == level
    assert subject.registry.schema("kiwi") == subject.plugin.config.model_json_schema()


def spaced(text: str) -> list[list[str]]:
    """Words by line: how wide a column is depends on what else is installed."""
    return [line.split() for line in text.splitlines()]


def test_the_outputs_shown_are_those_of_the_commands(tmp_path: Path) -> None:
    listed = spaced(command(state(1, tmp_path / "1"), "list"))
    assert [line for line in listed if line[:1] in (["ID"], ["kiwi"])] == spaced(shown(1, "list"))
    send = ("send", "test", "+12025550123", "Kia ora", "--id", "6d2f5c04", "--dry-run")
    dry = command(state(2, tmp_path / "2"), *send, KIWI_TOKEN="secret-token-1")
    assert dry == shown(2, "dry-run")
    assert "secret-token-1" not in dry


@pytest.mark.parametrize(("step", "file", "level"), [(4, "suite-before", "bronze"), (7, "suite", "silver")])
def test_the_reports_shown_are_of_the_suite(step: int, file: str, level: str, tmp_path: Path) -> None:
    """Numbers of checks are not compared: they grow."""
    subject = opened(step, tmp_path)
    if file == "suite-before":
        shutil.copy(TUTORIAL / "step3/sms_kiwi/adapter.py", subject.folder / "adapter.py")
    *told, _, row = shown(step, file).splitlines()
    named = dict(zip((line.split()[1] for line in told[::2]), told[1::2], strict=True))
    failing = FAILING[step][1] | ({"ERR013"} if file == "suite-before" else set())
    found = judged(subject, *failing)
    assert named.keys() == failing
    assert all(named[key].endswith(result.message) for key, result in found.items())
    assert row.split()[:2] == ["kiwi", level]


def test_every_file_of_a_step_is_one_that_the_step_changes() -> None:
    for step in STEPS[1:]:
        for path in (TUTORIAL / f"step{step}").rglob("*"):
            below = path.relative_to(TUTORIAL / f"step{step}")
            before = [TUTORIAL / f"step{number}" / below for number in range(1, step)]
            last = next((found for found in reversed(before) if found.is_file()), None)
            if path.is_file() and last is not None and "__pycache__" not in path.parts:
                assert path.read_bytes() != last.read_bytes(), below


def test_a_first_working_adapter_is_short() -> None:
    """Sixty lines to an adapter that sends: the promise to whoever begins."""
    source = (TUTORIAL / "step2/sms_kiwi/adapter.py").read_text()
    code = [line for line in re.sub(r'"""(.|\n)*?"""', "", source).splitlines() if line.strip()]
    assert len(code) <= 60


def test_the_steps_are_all_in_the_tutorial_s_table() -> None:
    index = (TUTORIAL / "index.md").read_text()
    assert [f"step{step}.md" in index for step in STEPS] == [True] * 7
