"""A package follows the template: what an author wrote and what the template learned since are merged."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sms_adapters.authoring import skeleton
from sms_adapters.cli.app import cli

pytestmark = [pytest.mark.whole, pytest.mark.skipif(not shutil.which("git"), reason="needs git")]


@pytest.fixture
def git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Git in a folder, with nobody's configuration but a name."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "somebody@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def call(folder: Path, *arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return call


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the template that stands in place of the packaged one, to be changed."""
    folder = tmp_path / "template"
    shutil.copytree(skeleton.packaged(), folder)
    monkeypatch.setattr(skeleton, "packaged", lambda: folder)
    return folder


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def command(*arguments: object) -> Any:
    done = CliRunner().invoke(cli, [*map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def committed(git: Any, folder: Path) -> Path:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "as made")
    return folder


def edited(git: Any, folder: Path) -> None:
    """What an author does: another path, another code."""
    change(folder / "sms_acme" / "adapter.py", "/messages", "/v2/sms")
    change(folder / "sms_acme" / "adapter.py", '"no_credit"', '"no_credit E42"')
    git(folder, "commit", "--quiet", "-am", "the aggregator's own")


def learned(template: Path) -> None:
    """What a later version of the template brings: a row, a file, a job of the CI."""
    change(template / "template" / "tests" / "test_conformance.py.jinja", '"""The', '"""Anew: the')
    adapter = template / "parts" / "rest_adapter.jinja"
    change(adapter, "# What the aggregator's error codes mean", "# Version two. What the aggregator's error codes mean")
    (template / "template" / "CONTRIBUTING.md.jinja").write_text("For {{ name }}.\n")


def check_merged(folder: Path) -> None:
    adapter = (folder / "sms_acme" / "adapter.py").read_text()
    assert all(found in adapter for found in ("/v2/sms", "no_credit E42", "# Version two. What"))
    assert "<<<<<<<" not in adapter
    assert (folder / "tests" / "test_conformance.py").read_text().startswith('"""Anew: the')
    assert (folder / "CONTRIBUTING.md").read_text() == "For Acme.\n"


def test_copier_update_merges_a_later_version_from_a_git_repository(git: Any, template: Path, tmp_path: Path) -> None:
    committed(git, template)
    git(template, "tag", "1.0.0")
    folder = tmp_path / "sms-acme"
    command("new", "acme", "--into", folder, "--template", template, "--ref", "1.0.0")
    edited(git, committed(git, folder))
    learned(template)
    git(template, "add", "--all")
    git(template, "commit", "--quiet", "-m", "two")
    git(template, "tag", "2.0.0")
    from copier import run_update

    run_update(folder, defaults=True, overwrite=True, quiet=True)
    check_merged(folder)
    assert "_commit: 2.0.0" in (folder / skeleton.ANSWERS).read_text()


def test_the_command_s_update_merges_what_a_later_installation_brings(git: Any, template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sms-acme"
    command("new", "acme", "--into", folder)
    edited(git, committed(git, folder))
    before = skeleton.kept_versions().ref
    exchange = (folder / "sms_acme" / "exchanges" / "text.yaml").read_bytes()
    learned(template)
    told = command("new", "--update", "--into", folder)
    assert told == {"folder": str(folder), "before": before, "after": f"{before}.post1"}
    check_merged(folder)
    assert (folder / "sms_acme" / "exchanges" / "text.yaml").read_bytes() == exchange
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "merged")
    assert command("new", "--update", "--into", folder)["before"] == told["after"]


def test_an_edit_of_the_same_line_is_a_conflict_that_is_shown(git: Any, template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sms-acme"
    command("new", "acme", "--into", folder)
    committed(git, folder)
    change(folder / "sms_acme" / "adapter.py", "# What the aggregator's error codes", "# Our codes")
    git(folder, "commit", "--quiet", "-am", "ours")
    learned(template)
    command("new", "--update", "--into", folder)
    adapter = (folder / "sms_acme" / "adapter.py").read_text()
    assert "<<<<<<< before updating" in adapter
    assert "# Our codes" in adapter


def refused(*arguments: object) -> str:
    done = CliRunner().invoke(cli, [*map(str, arguments), "--json"])
    assert done.exit_code == 2, done.output
    return str(json.loads(done.stdout)["message"])


def test_what_cannot_be_updated_is_told(git: Any, template: Path, tmp_path: Path) -> None:
    assert "name the folder of a package" in refused("new", "--update", "--into", tmp_path)
    folder = tmp_path / "sms-acme"
    command("new", "acme", "--into", folder)
    assert "not empty" in refused("new", "acme", "--into", folder)
    committed(git, folder)
    change(folder / "sms_acme" / "adapter.py", "/messages", "/v2/sms")
    assert "dirty" in refused("new", "--update", "--into", folder)
    git(folder, "commit", "--quiet", "-am", "ours")
    change(folder / skeleton.ANSWERS, "_commit: ", "_commit: 0.0.")
    assert "has never been in use here" in refused("new", "--update", "--into", folder)


def test_a_version_is_kept_once(git: Any, template: Path) -> None:
    first = skeleton.kept_versions()
    assert skeleton.kept_versions() == first
    learned(template)
    assert skeleton.kept_versions().ref == f"{first.ref}.post1"
    assert skeleton.kept_versions().ref == f"{first.ref}.post1"
