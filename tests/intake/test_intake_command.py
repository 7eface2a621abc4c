"""`sms-adapters intake`: begun, checked, shown and exported, with a status and with JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dossiers import complete, completed

from sms_adapters.cli.app import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*args: str) -> Result:
        result = CliRunner().invoke(cli, ["intake", *args])
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        assert "Traceback" not in result.output
        return result

    return invoke


NEW = ("new", "acme.dossier.toml", "--kind", "rest", "--name", "Acme", "--adapter", "twilio")


def test_a_dossier_is_begun_and_checked_until_it_is_complete(run: Run, tmp_path: Path) -> None:
    assert run(*NEW).exit_code == 0
    result = run("check", "acme.dossier.toml")
    assert result.exit_code == 1
    assert "The aggregator owes the full API document" not in result.output  # there is a line for it, still empty
    assert "The aggregator owes the api document itself: its url or file (documents[0]).\n" in result.output
    assert "We owe the name of our company (us.company).\n" in result.output
    assert result.output.endswith("Acme: 34 missing (5 from us, 29 from the aggregator)\n")
    path = tmp_path / "acme.dossier.toml"
    path.write_text(completed(path.read_text()).replace("2030-01-15", "2026-01-15"))
    result = run("check", "acme.dossier.toml")
    assert (result.exit_code, result.output) == (0, "Acme: complete\n")


def test_check_tells_json_and_one_side_s_part(run: Run) -> None:
    run(*NEW)
    result = run("check", "acme.dossier.toml", "--json", "--owner", "us")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["complete"]) == (1, False)
    assert {item["owner"] for item in told["findings"]} == {"us"}
    assert told["findings"][0] == {
        "sort": "missing",
        "path": "us.company",
        "owner": "us",
        "sentence": "We owe the name of our company (us.company).",
        "title": "the name of our company",
    }


@pytest.mark.parametrize("owner", ["them", "aggregator"])
def test_the_other_side_may_be_called_by_its_name(run: Run, owner: str) -> None:
    run(*NEW)
    told = json.loads(run("check", "acme.dossier.toml", "--json", "--owner", owner).stdout)
    assert {item["owner"] for item in told["findings"]} == {"aggregator"}
    result = run("check", "acme.dossier.toml", "--owner", "operator")
    assert (result.exit_code, "is about an aggregator, not about an operator" in result.output) == (2, True)


def test_check_looks_for_the_secrets_if_it_is_asked_to(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete(tmp_path, {"2030-01-15": "2026-01-15"})
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "x")
    for name in ("CONSOLE_PASSWORD", "CALLBACK_SECRET", "TWILIO_API_KEY_SECRET", "TWILIO_SHARED_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert run("check", "acme.dossier.toml").exit_code == 0
    result = run("check", "acme.dossier.toml", "--secrets")
    assert result.exit_code == 1
    assert "test.console.password: the environment variable CONSOLE_PASSWORD is not set.\n" in result.output
    assert "TWILIO_AUTH_TOKEN" not in result.output


class Keyring:
    """A backend with one entry."""

    @staticmethod
    def get_password(service: str, user: str) -> str | None:
        return "from-the-keyring" if (service, user) == ("acme", "qa") else None


def test_a_keyring_is_asked_for_what_it_holds(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_password", Keyring.get_password)
    changes = {"2030-01-15": "2026-01-15", '{ env = "CONSOLE_PASSWORD" }': '{ keyring = "acme/qa" }'}
    complete(tmp_path, {**changes, '{ env = "CALLBACK_SECRET" }': '{ keyring = "acme/other" }'})
    result = run("check", "acme.dossier.toml", "--secrets")
    assert "channel.callback_secret: the keyring entry acme/other is not set.\n" in result.output
    assert "acme/qa" not in result.output
    assert "from-the-keyring" not in result.output


def test_show_is_an_overview_without_secrets(run: Run, tmp_path: Path) -> None:
    complete(tmp_path)
    result = run("show", "acme.dossier.toml")
    assert result.exit_code == 0
    for line in (
        "REST, aggregator, US, adapter twilio",
        "  the test account is open  done  2030-01-15",
        "  password  in the environment variable CONSOLE_PASSWORD",
        "  send     POST, https://api.example.net/v2/messages, 1 input parameter, output json",
        "  api  Messaging API, version 2.1, 2.1, https://docs.example.net/sms, received 2030-01-10",
        "  support  Service desk, support@example.net, +442079460001, Mon-Fri 08:00-17:00 CAT",
    ):
        assert line in result.output.splitlines(), line
    told = json.loads(run("show", "acme.dossier.toml", "--json").stdout)
    assert told["dossier"]["test"]["number"] == "+12025550123"
    assert told["dossier"]["channel"]["config"]["auth_token"] == {"env": "TWILIO_AUTH_TOKEN"}


def test_export_writes_beside_the_dossier_and_tells_what_it_left_out(run: Run, tmp_path: Path) -> None:
    run("new", "x.dossier.toml", "--kind", "smsc", "--name", "Example Telecom", "--vpn", "wireguard")
    result = run("export", "x.dossier.toml", "--no-pdf")
    assert result.exit_code == 0
    assert {path.name for path in (tmp_path / "x").iterdir()} == {"letter.md", "letter.html", "vpn-form.html"}
    assert "Left out: example-telecom.conf, until there is vpn." in result.stderr
    told = json.loads(run("export", "x.dossier.toml", "--no-pdf", "--into", "out", "--json").stdout)
    assert told["files"] == ["out/letter.md", "out/letter.html", "out/vpn-form.html"]
    assert len(told["left_out"]) == 1


def test_without_the_library_for_pdf_nothing_is_written_and_it_is_told_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("new", "x.dossier.toml", "--kind", "smsc", "--name", "Example Telecom")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    result = run("export", "x.dossier.toml")
    assert result.exit_code == 2
    assert "the PDF needs WeasyPrint: install sms-adapters[intake], or give --no-pdf" in result.output
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("new", "y.toml"), "give --kind: rest or smsc"),
        (("new", "y.toml", "--kind", "rest"), "give --name: the aggregator or operator"),
        (("new", "y.toml", "--kind", "rest", "--name", "x", "--vpn", "ipsec"), "go with --kind smsc"),
        (("new", "y.toml", "--kind", "rest", "--name", "x", "--adapter", "twlio"), "did you mean twilio?"),
        (("new", "y.toml", "--kind", "rest", "--name", "x", "--country", "rw"), "country has to be an ISO 3166-1"),
        (("new", "acme.dossier.toml", "--kind", "rest", "--name", "x"), "is there already: choose another name"),
        (("new", "none/y.toml", "--kind", "rest", "--name", "x"), "cannot be written: No such file or directory"),
        (("check", "none.toml"), "there is no dossier none.toml"),
        (("export", "none.toml"), "there is no dossier none.toml"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_refused(
    run: Run, tmp_path: Path, args: tuple[str, ...], sentence: str
) -> None:
    run(*NEW)
    before = (tmp_path / "acme.dossier.toml").read_text()
    result = run(*args)
    assert result.exit_code == 2
    assert sentence in result.output
    assert (tmp_path / "acme.dossier.toml").read_text() == before
    assert not (tmp_path / "y.toml").exists()


def test_force_writes_over(run: Run) -> None:
    run(*NEW)
    assert run(*NEW[:2], "--kind", "rest", "--name", "Other", "--force").exit_code == 0
    assert "Other" in run("check", "acme.dossier.toml").output
