"""Shell completion: the scripts, and what they are told to offer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from commandline import Run, environment, process

CHANNELS = (
    '[channels.main]\nadapter="twilio"\n[channels.mains]\nadapter="kannel"\n[channels.other]\nadapter="external"\n'
)


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete --no-files")]
)
def test_a_script_asks_the_command(run: Run, shell: str, part: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert part in result.stdout
    assert f"_SMS_ADAPTERS_COMPLETE={shell}_complete" in result.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_takes_its_script(tmp_path: Path) -> None:
    script = process("completion", "bash", cwd=tmp_path).stdout
    run = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ncomplete -p sms-adapters"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("sms-adapters\n")


OFFERS = [
    # what is typed; what is offered
    ("sms-adapters des", {"describe"}),
    ("sms-adapters describe twil", {"twilio"}),
    ("sms-adapters schema kan", {"kannel"}),
    ("sms-adapters send ma", {"main", "mains"}),
    ("sms-adapters listen main o", {"other"}),
    ("sms-adapters check --channels none.toml ma", set()),
    ("sms-adapters check --channels more/own.toml ow", {"own"}),
    ("sms-adapters send --encoding u", {"ucs2"}),
    ("sms-adapters list --capability quick", {"quick_replies"}),
    ("sms-adapters completion z", {"zsh"}),
]


@pytest.mark.parametrize(("words", "offered"), OFFERS)
def test_commands_adapters_and_channels_complete(tmp_path: Path, words: str, offered: set[str]) -> None:
    (tmp_path / "sms-adapters.toml").write_text(CHANNELS)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "own.toml").write_text('[channels.own]\nadapter="twilio"\n')
    asked = {"_SMS_ADAPTERS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    result = process(cwd=tmp_path, **asked)
    assert result.stderr == ""
    assert {line.partition(",")[2] for line in result.stdout.split()} == offered
