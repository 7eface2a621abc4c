"""`sms-adapters conformance`: runs the suite, or records against an account; its status says what came of it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sms_adapters
from sms_adapters import Registry, WebhookRequest, WebhookResponse
from sms_adapters.cli.app import cli
from sms_adapters.conformance.cases import exchange_cases
from sms_adapters.conformance.check import selected
from sms_adapters.conformance.playing import play
from sms_adapters.conformance.subject import Subject
from sms_adapters.sandbox.server import serve

pytestmark = pytest.mark.whole

ACCOUNT, TOKEN = "AC9f8e7d6c5b4a39281706f5e4d3c2b1a0", "c0ffee11d00d22feed33face44beef55"
HANDSET = "+250788123123"
CHANNELS = """
[channels.test]
adapter = "twilio"
address = "+250788000111"
[channels.test.config]
account_sid = "{account}"
auth_token = {{ env = "TEST_TOKEN" }}
base_url = "{url}"
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*args: str) -> Result:
        result = CliRunner().invoke(cli, ["conformance", *args])
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        assert not any(value in result.output for value in (TOKEN, HANDSET))
        return result

    return invoke


class Aggregator:
    """Twilio's simulator behind another account; `change` alters its answers."""

    def __init__(self) -> None:
        self.simulator = Registry(installed=False).simulator("twilio")
        self.own = self.simulator.config("")
        self.change: Callable[[bytes], bytes] = lambda body: body

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        good = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        own = base64.b64encode(f"{self.own['account_sid']}:{self.own['auth_token']}".encode()).decode()
        known = request.headers["authorization"] == f"Basic {good}"
        headers = request.headers.having("Authorization", f"Basic {own}" if known else "Basic eDp5")
        url = request.url.replace(ACCOUNT, self.own["account_sid"])
        answer = self.simulator.handle(WebhookRequest(request.method, url, headers, request.body))
        body = answer.body.replace(self.own["account_sid"].encode(), ACCOUNT.encode())
        return replace(answer, body=self.change(body))


@pytest.fixture
def aggregator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aggregator]:
    """Served, with the channel `test` in the file of the working directory."""
    made = Aggregator()
    monkeypatch.setenv("TEST_TOKEN", TOKEN)
    with serve(made.handle) as url:
        (tmp_path / "sms-adapters.toml").write_text(CHANNELS.format(account=ACCOUNT, url=url))
        monkeypatch.setenv("SMS_ADAPTERS_TWILIO_BASE_URL", url)
        yield made


RECORD = ("--record", "--allow-http", "--allow-private", "--into", "out", "--to", HANDSET, "--refused", "+250788123195")
CASES = ("--case", "account", "--case", "text", "--case", "login_refused", "--case", "refused_recipient")


def test_recording_ends_well_when_every_case_is_recorded_and_nothing_changed(
    run: Run, aggregator: Aggregator, tmp_path: Path
) -> None:
    result = run(*RECORD, *CASES, "--channel", "test")
    assert result.exit_code == 0, result.output
    subject = Subject("twilio", Registry(installed=False))
    found = list(exchange_cases(tmp_path / "out"))
    assert {case.name for case in found} == {"account", "text", "login_refused", "refused_recipient"}
    for case in found:
        play(subject, case)
    octets = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*.*"))
    assert not any(value.encode() in octets for value in (TOKEN, ACCOUNT, "788123123", "788000111", "127.0.0.1"))
    again = run(*RECORD, *CASES, "--channel", "test")
    assert again.exit_code == 0, again.output
    assert "nothing changed in 4 recordings" in again.output
    assert (tmp_path / "out/exchanges/text.new.yaml").exists()


def test_drift_has_a_status_of_its_own_and_is_told_as_text_and_json(
    run: Run, aggregator: Aggregator, tmp_path: Path
) -> None:
    run(*RECORD, "--case", "text", "--channel", "test")
    aggregator.change = lambda body: body.replace(b'"status":"queued"', b'"status":"accepted"')
    result = run(*RECORD, "--case", "text", "--channel", "test")
    assert result.exit_code == 3
    assert "exchanges/text: answer 1 body $.status: another word: queued -> accepted" in result.output
    result = run(*RECORD, "--case", "text", "--channel", "test", "--json", "--adopt")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert told["cases"] == [
        {
            "case": "text",
            "state": "recorded beside the old one",
            "error": None,
            "files": "exchanges/text.new.yaml",
        }
    ]
    assert {change["place"] for change in told["drift"]["changes"]} == {
        "answer 1 body $.status",
        "outcome part 1 word",
    }
    assert told["adopted"] == ["exchanges/text"]
    assert not list((tmp_path / "out").rglob("*.new.*"))
    assert run(*RECORD, "--case", "text", "--channel", "test").exit_code == 0


def test_a_case_that_is_not_recorded_is_a_failure(run: Run, aggregator: Aggregator, tmp_path: Path) -> None:
    aggregator.change = lambda body: body.replace(b'"num_media"', b'"contact":"+447911123456","num_media"')
    result = run(*RECORD, "--case", "text", "--channel", "test")
    assert result.exit_code == 1
    assert "exchanges/text.yaml, answer 1, body: a phone number (unmapped)" in result.output
    assert "7911" not in result.output
    assert not (tmp_path / "out").exists()


def test_the_account_may_come_from_the_environment(
    run: Run, aggregator: Aggregator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_ADAPTERS_TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("SMS_ADAPTERS_TWILIO_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("SMS_ADAPTERS_TWILIO_TO", HANDSET)
    without_to = [item for item in RECORD if item not in ("--to", HANDSET)]
    result = run("twilio", *without_to, "--case", "account", "--json")
    assert (result.exit_code, json.loads(result.stdout)["cases"][0]["state"]) == (0, "recorded")


def test_without_a_public_url_nothing_is_sent_whose_webhooks_could_not_arrive(
    run: Run, aggregator: Aggregator, tmp_path: Path
) -> None:
    options = [item for item in RECORD if item != "--allow-private"]
    result = run(*options, "--channel", "test", "--json")
    assert "Left out without --public-url: report, reply" in result.stderr
    told = json.loads(result.stdout)["cases"]
    assert {item["case"] for item in told} & {"report", "reply"} == set()
    refused = [item["case"] for item in told if "is not a public address" in item["error"]]
    assert refused == ["account", "login_refused", "text", "text_unicode_long", "refused_recipient"]
    assert (result.exit_code, aggregator.simulator.accepted) == (1, [])


DOSSIER = """
format = 1
kind = "rest"
name = "Acme"
adapter = "twilio"
[test]
number = "{handset}"
refused = "+250788123195"
[channel]
address = "+250788000111"
[channel.config]
account_sid = "{account}"
auth_token = {{ env = "TEST_TOKEN" }}
base_url = "{url}"
"""


@pytest.fixture
def dossier(aggregator: Aggregator, tmp_path: Path) -> Path:
    path = tmp_path / "acme.dossier.toml"
    channels = (tmp_path / "sms-adapters.toml").read_text()
    url = channels.partition('base_url = "')[2].partition('"')[0]
    path.write_text(DOSSIER.format(account=ACCOUNT, handset=HANDSET, url=url))
    (tmp_path / "sms-adapters.toml").unlink()
    return path


def test_account_and_numbers_may_come_from_the_dossier(
    run: Run, aggregator: Aggregator, dossier: Path, tmp_path: Path
) -> None:
    result = run(*RECORD[:5], *CASES, "--dossier", str(dossier))
    assert result.exit_code == 0, result.output
    assert {case.name for case in exchange_cases(tmp_path / "out")} == {
        "account",
        "text",
        "login_refused",
        "refused_recipient",
    }
    assert [message.to for message in aggregator.simulator.accepted] == [HANDSET]
    octets = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*.*"))
    assert not any(value.encode() in octets for value in (TOKEN, ACCOUNT, "788123123", "788123195", "127.0.0.1"))


def test_a_variable_of_the_dossier_that_is_not_set_is_told(
    run: Run, dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_TOKEN")
    result = run(*RECORD[:5], "--dossier", str(dossier))
    assert result.exit_code == 2
    assert "the test account: config.auth_token: the environment variable TEST_TOKEN is not set" in result.output


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--record", "kannel"], "is about twilio, not about kannel"),
        (["--record", "--channel", "test"], "--record takes one account"),
        (["kannel", "--checks", "MAN001"], "--dossier names one of twilio, which is not judged"),
    ],
)
def test_a_dossier_of_something_else_is_refused(run: Run, dossier: Path, args: list[str], sentence: str) -> None:
    result = run(*args, "--dossier", str(dossier))
    assert result.exit_code == 2
    assert sentence in result.output


USAGE = [
    (["--record"], "--record needs --channel NAME, --dossier FILE, or one adapter"),
    (["--record", "twilio"], "the environment has no account of twilio: set SMS_ADAPTERS_TWILIO_"),
    (["--record", "--channel", "test"], "--record needs --to NUMBER"),
    (["--record", "--channel", "test", "kannel", "--to", HANDSET], "is one of twilio, not of kannel"),
    (["--record", "--channel", "test", "--to", HANDSET, "--case", "no"], "there is no case no; there are account"),
    (["--record", "-x"], "do not go with --record"),
    (["twilio", "--channel", "test"], "--channel goes with --record"),
    (["--checks", "ZZZ"], "no check begins with ZZZ; there are MAN"),
    (["twlio"], "did you mean twilio?"),
]


@pytest.mark.parametrize(("args", "sentence"), USAGE)
def test_a_command_line_that_cannot_be_meant_is_refused(
    run: Run, aggregator: Aggregator, monkeypatch: pytest.MonkeyPatch, args: list[str], sentence: str
) -> None:
    monkeypatch.delenv("SMS_ADAPTERS_TWILIO_BASE_URL")
    result = run(*args)
    assert result.exit_code == 2
    assert sentence in result.output


# --- the suite; in a process of its own, since pytest runs inside of it


def script(tmp_path: Path, code: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A process whose working directory and environment are not ours."""
    env = {"PATH": "", "PYTHONPATH": str(Path(sms_adapters.__file__).parent.parent)}
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)


def test_the_suite_runs_whatever_the_working_directory_says_and_tells_the_level(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not ours')\n")
    code = "import sys\nfrom sms_adapters.cli import main\nmain(sys.argv[1:])"
    ran = script(tmp_path, code, "conformance", "twilio", "--checks", "MAN", "--report", "out", "-n", "2")
    assert (ran.returncode, ran.stderr) == (0, "")
    count = len(selected(["MAN"]))
    assert [line.split()[:4] for line in ran.stdout.splitlines()[1:2]] == [["twilio", "-", str(count), "0"]]
    assert json.loads((tmp_path / "out/conformance.json").read_text())["adapters"][0]["adapter"] == "twilio"
    assert (tmp_path / "out/conformance.html").exists()
    assert not (tmp_path / ".pytest_cache").exists()


IN = "import sys\nsys.path.append({!r})"
FAILING = """
import sys
from sms_adapters.cli import main
from sms_adapters.conformance import check

check.load_checks()

@check.check("MAN900", check.Level.BRONZE)
def fails(subject):
    '''It fails.

    What: a.
    Why: b.
    Mend: mend it.
    Exempt: never.
    '''
    check.expect(False, "this cannot pass")

main(sys.argv[1:])
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_check_that_fails_is_told_with_its_mend_and_ends_with_status_1(tmp_path: Path, as_json: bool) -> None:
    options = ["--json"] if as_json else []
    ran = script(tmp_path, FAILING, "conformance", "twilio", "--checks", "MAN9", *options)
    assert ran.returncode == 1, ran.stderr
    if as_json:
        (adapter,) = json.loads(ran.stdout)["adapters"]
        assert adapter["checks"]["MAN900"]["outcome"] == "failed"
        assert "Mend: mend it." in adapter["checks"]["MAN900"]["message"]
    else:
        assert "twilio MAN900 failed" in ran.stdout
        assert "this cannot pass" in ran.stdout
        assert ran.stdout.splitlines()[-2].split()[:4] == ["twilio", "-", "0", "1"]


def test_a_crash_is_reported_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    """By its module, its line and what it said: the report is sent to others."""
    home = tmp_path / "alice"
    site, work = home / "site", home / "work"
    (site / "sms_acme").mkdir(parents=True)
    work.mkdir()
    (site / "sms_acme" / "adapter.py").write_text(f"def send():\n    open({str(home / 'nowhere')!r})\n")
    crash = "from sms_acme.adapter import send; send()"
    code = FAILING.replace('check.expect(False, "this cannot pass")', crash).replace("import sys", IN.format(str(site)))
    assert crash in code
    ran = script(work, code, "conformance", "twilio", "--checks", "MAN9", "--report", "out", "--json")
    assert ran.returncode == 1, ran.stderr
    written = [(work / "out" / f"conformance.{kind}").read_text() for kind in ("json", "html")]
    for text in (ran.stdout, *written):
        assert "sms_acme/adapter.py:2: FileNotFoundError" in text
        assert "No such file or directory" in text
        places = (tmp_path, Path(sms_adapters.__file__).parent.parent, Path(sys.prefix), Path.home())
        assert [place for place in places if str(place) in text] == []


@pytest.mark.parametrize(("missing", "args"), [("pytest", ["twilio"]), ("yaml", ["--record", "--channel", "a"])])
def test_a_missing_extra_is_told(tmp_path: Path, missing: str, args: list[str]) -> None:
    code = f"import sys\nsys.modules[{missing!r}] = None\nfrom sms_adapters.cli import main\nmain(sys.argv[1:])"
    ran = script(tmp_path, code, "conformance", *args)
    assert ran.returncode == 2
    assert "install sms-adapters[conformance]" in ran.stderr
