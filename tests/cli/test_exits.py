"""Exit statuses: the table, every error, every misuse of the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from commandline import Run, environment, process, told

from sms_adapters import (
    PartResult,
    Rejected,
    SendResult,
    SmsError,
    TemporaryFailure,
    Throttled,
    TransportError,
    errors,
)
from sms_adapters.cli.app import COMMANDS, cli
from sms_adapters.cli.conformance import STATUSES as OF_THE_SUITE
from sms_adapters.cli.exits import EXITS, Exit, exit_status, failure_of
from sms_adapters.cli.intake import STATUSES as OF_INTAKE

OWN = {("conformance",): dict(OF_THE_SUITE), ("intake",): dict(OF_INTAKE)}
STATUSES = {
    "AdapterDefect": 6,
    "AuthError": 5,
    "ConfigError": 2,
    "DeliveryUncertain": 4,
    "InboundError": 1,
    "InvalidMessage": 1,
    "InvalidSignature": 1,
    "MalformedInbound": 1,
    "NotForThisAdapter": 1,
    "ProtocolError": 4,
    "Rejected": 1,
    "SmsError": 4,
    "TemporaryFailure": 3,
    "Throttled": 3,
    "TransportError": 3,
    "UnknownAdapter": 2,
    "Unsupported": 1,
    "Vetoed": 1,
}


NAMES = [name for name in errors.__all__ if issubclass(getattr(errors, name), SmsError)]


@pytest.mark.parametrize("name", NAMES)
def test_every_error_has_its_status_and_a_mend(name: str) -> None:
    failure = failure_of(getattr(errors, name)("it did not work"))
    assert failure.status == STATUSES[name]
    assert failure.mend


PARTIAL = SendResult((PartResult("SM1"),))


@pytest.mark.parametrize(
    "error", [Throttled(partial=PARTIAL), TemporaryFailure(partial=PARTIAL), Rejected(partial=PARTIAL)]
)
def test_nothing_says_try_again_once_a_part_was_accepted(error: SmsError) -> None:
    failure = failure_of(error)
    assert failure.status is Exit.UNKNOWN
    assert "SM1" in failure.mend
    assert "twice" in failure.mend


def test_only_what_may_be_sent_again_ends_in_3() -> None:
    for name in NAMES:
        error = getattr(errors, name)("it did not work")
        assert (exit_status(error) is Exit.LATER) == error.retryable, name
    assert exit_status(TransportError("refused", sent=False)) is Exit.LATER


def test_the_time_to_wait_is_told() -> None:
    assert "wait 30 seconds" in failure_of(Throttled("slow down", 30.0)).mend


def test_an_error_of_our_own_shows_its_type_and_not_its_values() -> None:
    failure = failure_of(KeyError("a-secret"))
    assert failure.status is Exit.DEFECT
    assert "KeyError" in failure.sentence
    assert "a-secret" not in str(failure)


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_every_help_has_the_table_of_statuses(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: sms-adapters")
    for status, meaning in OWN.get(command, EXITS).items():
        assert f"{status:>3}  {meaning}" in result.stdout


@pytest.mark.parametrize("command", ["send", "completion", "new", "webhook"])
def test_no_help_shows_the_mark_that_keeps_lines_apart(run: Run, command: str) -> None:
    assert "\\b" not in run(command, "--help").stdout


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield from command.commands.items() if isinstance(command, click.Group) else [(name, command)]


def test_every_option_and_command_is_explained() -> None:
    for name, command in commands():
        assert command.get_short_help_str(), name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, f"{name} {parameter.name}"


def test_every_command_that_tells_of_something_has_json() -> None:
    assert {name for name, command in commands() if not any("--json" in item.opts for item in command.params)} == {
        "completion"
    }


WAITING = """
import sys
from sms_adapters.cli import main, options
read = options.read_text
def told(argument):
    print("reading")
    return read(argument)
options.read_text = told
main(["segments", "-"])
"""
MISUSE = [
    # command line, part of the sentence
    (("lst",), "no command 'lst': did you mean list or listen?"),
    (("zzz",), "no command 'zzz': there are sandbox, list, describe"),
    (("list", "--capability", "speech"), "'speech' is not one of"),
    (("list", "--none-such"), "--none-such"),
    (("describe",), "Missing argument 'ADAPTER'"),
    (("describe", "twillio"), "did you mean twilio?"),
    (("schema",), "name one adapter, or give --all"),
    (("schema", "twilio", "--all"), "name one adapter, or give --all"),
    (("schema", "twilio", "--write", "--check"), "give --write or --check"),
    (("send",), "Missing argument 'CHANNEL'"),
    (("send", "main", "+12025550123"), "give TEXT, or --media URL"),
    (("send", "main", "+12025550123", "two", "words"), "unexpected extra argument"),
    (("send", "main", "+12025550123", "x", "--validity", "3"), "'3' is no length of time"),
    (("send", "main", "+12025550123", "x", "--validity", "0m"), "'0m' is no length of time"),
    (("send", "main", "+12025550123", "x", "--at", "tomorrow"), "'tomorrow' is no time"),
    (("send", "main", "+12025550123", "x", "--at", "2030-01-31T18:30"), "has no offset"),
    (("send", "main", "+12025550123", "x", "--encoding", "utf-8"), "'utf-8' is not one of"),
    (("send", "main", "+12025550123", "x"), "there is no channels file sms-adapters.toml"),
    (("send", "main", "+12025550123", "x", "--channels", "none.toml"), "there is no channels file none.toml"),
    (("check", "main"), "there is no channels file"),
    (("segments",), "Missing argument 'TEXT'"),
    (("segments", "x", "--reference-bits", "32"), "'32' is not one of"),
    (("listen", "main"), "there is no channels file"),
    (("listen", "--port", "70000"), "70000 is not in the range"),
]


@pytest.mark.parametrize(("args", "part"), MISUSE)
def test_misuse_ends_in_2_with_what_to_mend(run: Run, args: tuple[str, ...], part: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert part in result.stderr
    assert "\nMend: " in result.stderr
    values = told(run(args[0], "--json", *args[1:]))
    assert values["exit_status"] == 2
    assert part in values["message"]


def test_json_that_is_part_of_the_text_asks_for_nothing(run: Run) -> None:
    assert run("send", "main", "+12025550123", "--", "--json").stdout == ""


def test_no_command_at_all_shows_the_help(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert "Commands:" in result.stdout


def test_a_traceback_is_shown_only_if_asked(tmp_path: Path) -> None:
    quiet, loud, late = (
        process(*args, cwd=tmp_path)
        for args in (("describe", "none"), ("--debug", "describe", "none"), ("describe", "none", "--debug"))
    )
    assert quiet.returncode == 2
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr
    assert "UnknownAdapter" in late.stderr


def test_a_reader_that_is_gone_is_no_error_of_ours(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sms_adapters", "describe", "twilio"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == ""
    assert run.returncode == 1


def test_an_interrupted_command_ends_in_130(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-c", WAITING]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == b"reading\n"
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert b"Error: interrupted" in err
    assert b"Traceback" not in err


def test_a_terminal_without_unicode_gets_escapes(tmp_path: Path) -> None:
    result = process("segments", "Жук", cwd=tmp_path, PYTHONIOENCODING="iso-8859-1")
    assert result.returncode == 0
    assert r"\u0416\u0443\u043a" in result.stdout


CHANNEL = """
[channels.main]
adapter = "twilio"
address = "+12025550100"
[channels.main.config]
account_sid = "AC00112233445566778899aabbccddeeff"
auth_token = "0123456789abcdef0123456789abcdef"
"""
MENDS = [
    (None, ("check", "main"), "write one, or name another with --channels FILE"),
    ("[channels.main", ("check", "main"), "correct sms-adapters.toml at that place"),
    (
        "[channels.main]",
        ("check", "main"),
        "correct sms-adapters.toml; `sms-adapters send --help` shows a channels file",
    ),
    (CHANNEL, ("check", "mian"), "name one that it has, or write a table [channels.mian]"),
    (CHANNEL + "colour = 1", ("check", "main"), "`sms-adapters describe twilio` lists what a channel needs"),
    (CHANNEL + "auth_tokens = { env = 'NONE_SUCH' }", ("check", "main"), "set what is named, in this environment"),
    (
        CHANNEL + 'base_url = "http://sms.example.org"',
        ("send", "main", "+12025550123", "x"),
        "use https, or allow it with --allow-http",
    ),
    (CHANNEL + 'base_url = "http://sms.example.org"', ("check", "main"), "use https, or allow it with --allow-http"),
    (
        CHANNEL + 'base_url = "https://127.0.0.1:9"',
        ("check", "main"),
        "use a public address, or allow it with --allow-private",
    ),
]


@pytest.mark.parametrize(("file", "args", "mend"), MENDS)
def test_what_is_to_be_mended_is_said_for_what_is_wrong(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str | None, args: tuple[str, ...], mend: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if file is not None:
        Path("sms-adapters.toml").write_text(file)
    result = run(*args)
    assert result.exit_code == 2
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Mend: ")]
    assert mend in line
