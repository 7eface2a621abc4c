"""`sms-adapters exchange` without a case: each of an adapter's exchanges is written anew, and is what it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sms_adapters import Registry
from sms_adapters.authoring.bench import table_of
from sms_adapters.cli import exchange
from sms_adapters.cli.app import cli
from sms_adapters.conformance.check import load_checks
from sms_adapters.conformance.subject import Subject
from sms_adapters.transports.replay import read_cassette, recorded_answer, recorded_request

KEPT = ("source", "channel", "message", "hook", "reference")


class Copied(Registry):
    """The adapters of the package with their cases elsewhere."""

    def __init__(self, cases: Path) -> None:
        super().__init__(installed=False)
        self.cases = cases

    def folder(self, adapter: str) -> Path:
        return self.cases


def tables(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: table_of(path) for path in sorted((folder / "exchanges").glob("*.toml"))}


def requests(path: Path) -> list[tuple[str, str, bytes]]:
    made = map(recorded_request, read_cassette(path))
    return [(request.method, request.url, request.body) for request in made]


@pytest.fixture
def copied(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copied:
    found = Copied(Path(shutil.copytree(Registry(installed=False).folder(request.param), tmp_path / request.param)))
    monkeypatch.setattr(exchange, "Registry", lambda: found)
    return found


def rewritten(copied: Copied) -> set[str]:
    done = CliRunner().invoke(cli, ["exchange", copied.cases.name, "--json"])
    assert done.exit_code == 0, done.output
    return set(json.loads(done.output))


# SMSCs and cases with channels of their own; several answers to a case, lost ones; a configuration that each case
# completes; answers with nulls.
@pytest.mark.parametrize("copied", ["cimd2", "ucp_emi", "smpp", "yo", "bandwidth", "twilio"], indirect=True)
def test_cases_written_anew_ask_the_same_on_the_same_channel_and_replay(copied: Copied) -> None:
    source, folder = Registry(installed=False).folder(copied.cases.name), copied.cases
    before = tables(folder)
    assert any("config" in table.get("channel", {}) for table in before.values())
    names = rewritten(copied)
    assert names
    after = tables(folder)
    assert after.keys() == before.keys()
    assert after.get("channel") == before.get("channel"), "the shared channel"
    for name in names:
        assert {key: after[name].get(key) for key in KEPT} == {key: before[name].get(key) for key in KEPT}
        asked, now = (requests(place / "exchanges" / f"{name}.yaml") for place in (source, folder))
        assert asked == now, name
    load_checks()["REC001"].run(Subject(folder.name, copied))


@pytest.mark.parametrize("copied", ["cimd2", "ucp_emi"], indirect=True)
def test_only_what_the_simulator_answered_is_asked_of_it_again(copied: Copied) -> None:
    folder, before = copied.cases, tables(copied.cases)
    rewritten(copied)
    after = tables(folder)
    for name, table in before.items():
        if name == "channel" or "simulated SMSC" in table["source"]["title"]:
            continue
        assert told(after[name]["expect"], table["expect"]) == table["expect"], name


def told(found: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    return {key: found.get(key) for key in asked}


@pytest.mark.parametrize("copied", ["cimd2"], indirect=True)
def test_an_answer_of_the_simulator_has_the_time_of_the_case(copied: Copied) -> None:
    path = copied.cases / "exchanges" / "report.toml"
    path.write_text(path.read_text().replace("2026-11-29T20:38:41+00:00", "2026-11-30T07:08:09+00:00"))
    rewritten(copied)
    assert table_of(path)["expect"]["parts"][0]["id"] == "12025550123:261130070809"
    assert b"060:261130070809" in recorded_answer(read_cassette(path.with_suffix(".yaml"))[-1]).body
