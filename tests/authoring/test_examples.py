"""`sms-adapters exchange` and `sms-adapters webhook`: examples from an adapter's code and from documents."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from made import Answers, make, subject

from sms_adapters import Registry
from sms_adapters.authoring.package import forget, new_package
from sms_adapters.authoring.skeleton import Skeleton, packaged
from sms_adapters.cli import exchange, webhook
from sms_adapters.cli.app import cli
from sms_adapters.conformance.check import load_checks

REFUSAL = '{"code": "E77", "message": "the sender is not approved"}'


def call(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == status, done.output
    return done.output


def found(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The adapter in a package, which the commands find as if it were installed."""
    package = next(folder.glob("*/manifest.toml")).parent
    for module in (exchange, webhook):
        monkeypatch.setattr(module, "Registry", lambda: Registry(builtin=False, installed=False, folders=[package]))
    monkeypatch.chdir(folder.parent)
    return package


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = {"id": "acme", "inbound": "json", "signature": "hmac"}
    folder = tmp_path_factory.mktemp("made") / "sms-acme"
    return new_package(Skeleton(str(packaged())), folder, answers).folder


@pytest.fixture
def acme(made_once: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return found(monkeypatch, Path(shutil.copytree(made_once, tmp_path / "sms-acme")))


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


def test_a_new_setting_reaches_the_channel_of_the_cases(acme: Path) -> None:
    for name in ("adapter.py", "simulator.py"):
        edit(acme / name, "webhook_secret", "signing_secret")
    assert set(json.loads(call("exchange", "acme", "--json"))) == {"refused", "text"}
    assert set(json.loads(call("webhook", "acme", "--json"))) == {"report_delivered", "text"}
    for kind in ("exchanges", "inbound"):
        channel = (acme / kind / "channel.toml").read_text()
        assert "signing_secret" in channel
        assert "webhook_secret" not in channel
    replays(acme)


def test_a_question_is_an_exchange_as_well(acme: Path) -> None:
    hook = """
    @hookimpl
    def query_status(self, channel: Channel[Settings], reference: str) -> Any:
        url = f"{channel.config.base_url}/messages/{reference}"
        values = json_answer((yield HttpRequest.get(url, submits=False)))
        return DeliveryReport(STATUSES[values["status"]], id=values["id"])

    @hookimpl
    def verify_inbound("""
    edit(acme / "adapter.py", "\n    @hookimpl\n    def verify_inbound(", hook)
    edit(acme / "manifest.toml", 'inbound = "full"', 'inbound = "full"\nquery_status = "full"')
    Path("answer.json").write_text('{"id": "m7", "status": "expired"}')
    arguments = ("--answer", "answer.json", "--title", "A", "--url", "https://a.example")
    assert "goes with --hook" in call("exchange", "acme", "status", *arguments, "--id", "m7", status=2)
    told = json.loads(call("exchange", "acme", "status", *arguments, "--hook", "query_status", "--id", "m7", "--json"))
    assert (told["status"]["type"], told["status"]["status"]) == ("DeliveryReport", "expired")
    assert 'reference = "m7"' in (acme / "exchanges" / "status.toml").read_text()
    replays(acme)


def test_a_webhook_of_the_documents_becomes_a_documented_example(acme: Path) -> None:
    Path("mo.json").write_text('{"id": "in7", "from": "12025550123", "to": "12025550100", "text": "Danke"}')
    place = ("--title", "Acme API: webhooks", "--url", "https://docs.acme.example/webhooks")
    stamp = ("--header", "X-Webhook-Timestamp: 1741000000")
    told = json.loads(
        call(
            "webhook",
            "acme",
            "message",
            "--body",
            "mo.json",
            *stamp,
            "--at",
            "2025-03-03T11:06:40+00:00",
            *place,
            "--json",
        )
    )
    assert [(event["type"], event["text"]) for event in told["message"]] == [("InboundMessage", "Danke")]
    assert 'evidence = "documented"' in (acme / "inbound" / "message.toml").read_text()
    report = ("--action", "status", "--header", "X-Webhook-Timestamp: 1795420800")
    Path("dlr.json").write_text('{"id": "m7", "status": "expired"}')
    call("webhook", "acme", "report", "--body", "dlr.json", *report, *place)
    assert json.loads((acme / "inbound" / "report.json").read_text())[0]["status"] == "expired"
    for name in ("REC002", "REC003", "REC004", "REC005"):
        load_checks()[name].run(subject(acme.parent))


def test_simulated_webhooks_do_not_replace_documented_ones(acme: Path) -> None:
    edit(acme / "inbound" / "text.toml", '"simulated"', '"documented"')
    assert set(json.loads(call("webhook", "acme", "--json"))) == {"report_delivered"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("message",), "give the webhook"),
        (("--body", "mo.json"), "name the case"),
        (("message", "--body", "mo.json"), "who says so"),
        (("message", "--body", "mo.json", "--header", "x"), "'x' is no header"),
        (("message", "--body", "mo.json", "--title", "A", "--url", "https://a"), "does not accept the webhook"),
    ],
)
def test_a_webhook_that_says_nothing_is_refused_and_leaves_nothing(
    arguments: tuple[str, ...], sentence: str, acme: Path
) -> None:
    Path("mo.json").write_text('{"text": "Danke"}')
    assert sentence in call("webhook", "acme", *arguments, status=2)
    assert not list((acme / "inbound").glob("message*"))


def test_a_webhook_by_get_is_all_query(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = found(monkeypatch, make(Answers("query", "query", "query", "none"), tmp_path))
    arguments = ("--method", "GET", "--query", "id=7&from=%2B12025550123&text=hi", "--title", "A", "--url", "https://a")
    told = json.loads(call("webhook", "x_query_query_query_none", "message", *arguments, "--json"))
    assert told["message"][0]["text"] == "hi"
    assert b"receive?id=7&from=%2B12025550123&text=hi HTTP" in (folder / "inbound" / "message.http").read_bytes()
