"""`sms-adapters new` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from made import subject

from sms_adapters.authoring.skeleton import ANSWERS
from sms_adapters.cli.app import cli


@pytest.fixture(autouse=True)
def _own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def call(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == status, done.output
    return done.output


def test_flags_are_answers_and_the_rest_has_the_template_s_default(tmp_path: Path) -> None:
    told = call("new", "go_sms", "--body", "xml", "--auth", "fields", "--countries", "SO,ET", "--name", "Go & Co")
    folder = tmp_path / "sms-go-sms"
    assert "Made sms-go-sms" in told
    answers = yaml.safe_load((folder / ANSWERS).read_text())
    assert answers | {"body": "xml", "auth": "fields", "inbound": "none", "name": "Go & Co"} == answers
    found = subject(folder)
    assert found.manifest.countries == ("SO", "ET")
    assert found.manifest.name == "Go & Co"
    assert not list(folder.rglob("__pycache__"))


def test_json_tells_the_folder_and_the_questions(tmp_path: Path) -> None:
    told = json.loads(call("new", "acme", "--json"))
    assert told["folder"] == "sms-acme"
    assert any("test account" in question for question in told["questions"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name the adapter"),
        (("Acme",), "a lower-case word"),
        (("acme", "--base-url", "http://x.example"), "an https URL"),
        (("acme", "--countries", "so"), "codes such as"),
        (("acme", "--name", 'A"B'), "without quotes"),
        (("acme", "--ref", "1"), "goes with --template"),
        (("acme", "--operation", "POST /x"), "goes with --openapi"),
        (("acme", "--openapi", "none.yaml"), "none.yaml cannot be read"),
        (("acme", "--openapi", "none.yaml", "--auth", "basic"), "--auth does not go with --openapi"),
        (("acme", "--template", "/no/such/template"), "no/such/template"),
    ],
)
def test_what_cannot_be_made_is_told_and_leaves_nothing(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    assert sentence in call("new", *arguments, status=2)
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == []
