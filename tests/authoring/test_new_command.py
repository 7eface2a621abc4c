"""`sms-adapters new` and `sms-adapters exchange` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from made import subject

from sms_adapters import Registry
from sms_adapters.authoring.package import forget
from sms_adapters.authoring.skeleton import ANSWERS
from sms_adapters.cli import exchange
from sms_adapters.cli.app import cli
from sms_adapters.conformance.check import load_checks

REFUSAL = '{"code": "E77", "message": "the sender is not approved"}'


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


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of an adapter that the command finds as if it were installed."""
    call("new", "acme")
    folder = tmp_path / "sms-acme" / "sms_acme"
    monkeypatch.setattr(exchange, "Registry", lambda: Registry(builtin=False, installed=False, folders=[folder]))
    return folder


def replays(folder: Path) -> None:
    for name in ("REC001", "REC003", "REC004", "REC005"):
        load_checks()[name].run(subject(folder.parent))


def test_an_answer_of_the_documents_becomes_a_documented_exchange(acme: Path, tmp_path: Path) -> None:
    Path("answer.json").write_text(REFUSAL)
    place = ("--title", "Acme API: errors", "--url", "https://docs.acme.example/errors", "--seen", "2026-11-01")
    told: Any = json.loads(
        call("exchange", "acme", "sender", "--status", "422", "--answer", "answer.json", *place, "--json")
    )
    assert told["sender"]["error"] == "Rejected"
    assert told["sender"]["provider_code"] == "E77"
    written = (acme / "exchanges" / "sender.toml").read_text()
    assert 'evidence = "documented"' in written
    assert "date = 2026-11-01" in written
    replays(acme)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    forget(path.parent)  # another process would not know what was here


def test_cases_that_are_there_get_the_request_of_now_and_keep_source_message_and_documented_answer(acme: Path) -> None:
    Path("answer.json").write_text(REFUSAL)
    call(
        "exchange", "acme", "sender", "--status", "422", "--answer", "answer.json", "--title", "A", "--url", "https://a"
    )
    edit(acme / "exchanges" / "text.toml", "Muraho", "Mwaramutse")
    edit(acme / "exchanges" / "text.toml", "this package's simulator", "Mine")
    edit(acme / "adapter.py", '"text": part.text', '"text": part.text, "class": 1')
    assert set(json.loads(call("exchange", "acme", "--json"))) == {"refused", "sender", "text"}
    text, sender = ((acme / "exchanges" / f"{name}.yaml").read_text() for name in ("text", "sender"))
    assert '"class":1' in text
    assert "Mwaramutse" in text
    assert '"class":1' in sender
    assert "the sender is not approved" in sender
    assert "Mine" in (acme / "exchanges" / "text.toml").read_text()
    replays(acme)


def test_a_recording_is_not_written_anew(acme: Path) -> None:
    edit(acme / "exchanges" / "text.toml", '"simulated"', '"live"')
    before = (acme / "exchanges" / "text.yaml").read_bytes()
    assert "was recorded" in call("exchange", "acme", "text", status=2)
    assert set(json.loads(call("exchange", "acme", "--json"))) == {"refused"}
    assert (acme / "exchanges" / "text.yaml").read_bytes() == before


def test_an_answer_without_its_document_is_refused(acme: Path) -> None:
    Path("answer.json").write_text(REFUSAL)
    assert "who says so" in call("exchange", "acme", "sender", "--answer", "answer.json", status=2)
    assert "are of an answer" in call("exchange", "acme", "text", "--title", "x", status=2)
    assert "name the case" in call("exchange", "acme", "--answer", "answer.json", status=2)
    assert not (acme / "exchanges" / "sender.toml").exists()
