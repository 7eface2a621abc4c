"""The documentation is a tested contract."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sms_adapters import Registry
from sms_adapters.cli.app import cli
from sms_adapters.hookspecs import AdapterHooks, HostHooks
from sms_adapters.manager import ADAPTER_HOOKS, HOST_HOOKS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def signature(name: str) -> str:
    function = getattr(AdapterHooks, name, None) or getattr(HostHooks, name)
    names = [parameter for parameter in inspect.signature(function).parameters if parameter != "self"]
    return f"{name}({', '.join(names)})"


def test_every_hook_has_a_heading_with_its_exact_arguments_and_no_other_has() -> None:
    headings = re.findall(r"^### `(.+)`$", (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [signature(name) for name in (*ADAPTER_HOOKS, *HOST_HOOKS)]


@pytest.mark.parametrize("name", [*ADAPTER_HOOKS, *HOST_HOOKS])
def test_every_hook_has_at_most_three_parameters(name: str) -> None:
    assert signature(name).count(",") <= 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and "_generated/" not in target:  # those are Sphinx's to check
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("number", range(len(re.findall(r"```python\n", README))))
def test_the_readme_s_python_runs(number: int, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    code = "\n".join(blocks[: number + 1])
    exec(compile(code, f"README block {number}", "exec"), {"__name__": "readme"})


def test_the_readme_s_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set(re.findall(r"\bmake ([a-z-]+)", README))
    assert used
    assert used <= targets


def command_lines(text: str) -> list[list[str]]:
    """The command lines of the fenced blocks of a page, without their comments."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for kind, block in blocks if not kind for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("sms-adapters ")]


@pytest.mark.parametrize("words", command_lines(README), ids=" ".join)
def test_the_readme_s_command_lines_are_understood(words: list[str]) -> None:
    context = click.Context(cli, info_name="sms-adapters")
    command: click.Command | None = cli
    while isinstance(command, click.Group):
        command = command.get_command(context, words[0])
        words = words[1:]
    assert command is not None
    command.make_context(command.name, list(words), parent=context)


def test_the_readme_s_dossier_is_begun_without_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (words,) = [words for words in command_lines(README) if words[0] == "intake"]
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (tmp_path / "acme.dossier.toml").is_file()


def test_the_readme_s_sentence_about_json_is_true() -> None:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    without = {
        name
        for name, command in found.items()
        for one in (command.commands.values() if isinstance(command, click.Group) else [command])
        if not any("--json" in parameter.opts for parameter in one.params)
    }
    assert without == {"completion"}
    assert "but for `completion`, `--json`" in README.replace("\n", " ")


def test_the_extras_that_pages_install_are_there_and_carry_what_their_commands_need() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {
        extra.strip()
        for page in PAGES
        for found in re.findall(r"sms-adapters\[([a-z, ]+)\]", page.read_text(encoding="utf-8"))
        for extra in found.split(",")
    }
    assert named
    assert named <= set(extras)
    assert set(extras["crypto"]) <= set(extras["sandbox"]), "simulators sign with them"
    assert re.search(r"pip install .*\bsandbox\b.*\nsms-adapters demo", (ROOT / "docs" / "index.md").read_text())


def test_the_readme_s_table_has_every_adapter() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.+?) \|", README, re.MULTILINE))
    registry = Registry(installed=False)
    assert rows == {name: registry.manifest(name).name for name in registry.ids()}


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs a git checkout")
def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    words = ["/work" + "/", "/root" + "/", "py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs.org"]
    pattern = "|".join(re.escape(word) for word in words)
    found = subprocess.run(["git", "grep", "-nIE", pattern], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout == ""


def test_the_manifest_page_names_every_capability_and_key() -> None:
    from dataclasses import fields

    from sms_adapters.manifest import Capability, Manifest

    page = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    tables = {"text", "numbers", "documents", "webhooks", "limits", "features"}
    keys = {field.name for field in fields(Manifest)} - tables
    assert {key for key in keys if f"`adapter.{key}`" not in page} == set()
    assert {name for name in Capability if f"`{name}`" not in page} == set()


def test_the_page_of_checks_is_the_one_made_from_the_docstrings() -> None:
    from sms_adapters.conformance.docs import checks_page

    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert page == checks_page(), "python -m sms_adapters.conformance.docs > docs/checks.md"


def test_every_changelog_fragment_is_of_a_kind_that_the_changelog_has() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = {kind["directory"] for kind in settings["type"]}
    names = [path.name for path in (ROOT / "changes").iterdir() if path.name not in settings["ignore"]]
    assert [name for name in names if not re.fullmatch(rf"(\d+|\+[a-z0-9-]+)\.({'|'.join(kinds)})\.md", name)] == []
