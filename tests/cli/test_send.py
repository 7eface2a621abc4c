"""`send` and `check` against a simulated aggregator: what arrives, how each outcome ends, and what is never shown."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from commandline import TOKEN, Run, environment, told, write_channels
from distributions import ADAPTER, MANIFEST, install

from sms_adapters import HttpRequest, WebhookRequest, WebhookResponse
from sms_adapters.cli.channel_options import duration, moment
from sms_adapters.sandbox.server import serve
from sms_adapters.simulation import FATES, Fate, Simulator

LOCAL = ("--allow-http", "--allow-private")
TAILS = {fate: tail for tail, fate in FATES.items()}
HANDSET = "+12025550123"
DEADLINE = 20


def number(fate: Fate) -> str:
    return f"+120255501{TAILS[fate]}"


def test_a_message_arrives_as_it_was_typed(run: Run, served: Simulator) -> None:
    result = run("send", "main", HANDSET, "Muraho {{to}} €\n", "--id", "my-1", *LOCAL)
    (message,) = served.accepted
    assert (message.to, message.sender, message.text) == (HANDSET, "+12025550100", "Muraho {{to}} €\n")
    assert result.stdout == f"accepted: {message.id}, queued, 1 segment\nmessage id: my-1\n"
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_result_as_json_has_the_ids(run: Run, served: Simulator) -> None:
    values = told(run("send", "main", HANDSET, "Muraho", "--id", "my-1", "--json", *LOCAL))
    assert values == {
        "type": "SendResult",
        "parts": [{"id": served.accepted[0].id, "segments": 1, "status": "queued", "word": "queued"}],
        "channel": "main",
        "message_id": "my-1",
    }


def test_the_text_can_come_from_stdin(run: Run, served: Simulator) -> None:
    run("send", "main", HANDSET, "-", *LOCAL, stdin="Жук 👍\n".encode())
    assert [message.text for message in served.accepted] == ["Жук 👍"]


def test_a_text_that_begins_with_a_dash_goes_after_two(run: Run, served: Simulator) -> None:
    run("send", *LOCAL, "main", HANDSET, "--", "--json")
    assert [message.text for message in served.accepted] == ["--json"]


def test_options_reach_the_aggregator(run: Run, served: Simulator) -> None:
    more = ("--from", "Acme", "--media", "https://m.example.org/1", "--media", "https://m.example.org/2")
    assert run("send", "main", HANDSET, "x", *more, "--validity", "30m", *LOCAL).exit_code == 0
    (message,) = served.accepted
    assert message.sender == "Acme"
    assert message.values["MediaUrl"] == ["https://m.example.org/1", "https://m.example.org/2"]
    assert message.values["ValidityPeriod"] == "1800"


def test_media_need_no_text(run: Run, served: Simulator) -> None:
    assert run("send", "main", HANDSET, "--media", "https://m.example.org/1", *LOCAL).exit_code == 0
    assert "Body" not in served.accepted[0].values


OUTCOMES = {
    # what is sent: status, error, part of the sentence
    "an invalid number": ((number(Fate.INVALID), "x"), 1, "Rejected", "21211"),
    "an owner who opted out": ((number(Fate.OPTED_OUT), "x"), 1, "Rejected", "21610"),
    "a number that is none": (("12x", "x"), 1, "InvalidMessage", "'12x'"),
    "a lone surrogate": ((HANDSET, "x\ud83d"), 1, "InvalidMessage", "surrogate"),
    "an empty text": ((HANDSET, ""), 1, "InvalidMessage", "empty"),
    "what the adapter does not offer": ((HANDSET, "x", "--flash"), 1, "Unsupported", "flash"),
    "too many messages": ((number(Fate.THROTTLED), "x"), 3, "Throttled", "20429"),
    "an aggregator that is down": ((number(Fate.UNAVAILABLE), "x"), 3, "TemporaryFailure", "20503"),
    "an answer that is lost": ((number(Fate.LOST_ANSWER), "x"), 4, "DeliveryUncertain", "may have been accepted"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_every_outcome_has_its_status_and_sentence(run: Run, served: Simulator, case: str) -> None:
    args, status, error, part = OUTCOMES[case]
    result = run("send", "main", *args, *LOCAL)
    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr.startswith("Error: ")
    assert part in result.stderr
    assert "\nMend: " in result.stderr
    values = told(run("send", "main", *args, *LOCAL, "--json"))
    assert (values["error"], values["exit_status"], values["retryable"]) == (error, status, status == 3)
    assert part in values["message"]


def test_a_failure_goes_with_the_id_of_its_message(run: Run, served: Simulator) -> None:
    command = ("send", "main", number(Fate.LOST_ANSWER), "x", "--id", "my-1", *LOCAL)
    assert "Message id: my-1" in run(*command).stderr
    assert told(run(*command, "--json"))["message_id"] == "my-1"


def test_an_interrupted_send_leaves_the_outcome_unknown(tmp_path: Path, simulator: Simulator) -> None:
    asked, done = threading.Event(), threading.Event()

    def slow(request: WebhookRequest) -> WebhookResponse:
        asked.set()
        done.wait(DEADLINE)
        return simulator.handle(request)

    command = [sys.executable, "-m", "sms_adapters", "send", "main", HANDSET, "x", "--json", *LOCAL]
    with serve(slow) as url:
        write_channels(tmp_path, url, simulator)
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment(TWILIO_TOKEN=TOKEN), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as sending:
            assert asked.wait(DEADLINE)
            sending.send_signal(signal.SIGINT)
            out, err = sending.communicate(timeout=DEADLINE)
        done.set()
    assert sending.returncode == 4
    assert json.loads(out)["error"] == "DeliveryUncertain"
    assert b"Traceback" not in err


def test_wrong_credentials_end_in_5_and_are_not_shown(
    run: Run, served: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_TOKEN", "a-wrong-token")
    for command in (("send", "main", HANDSET, "x"), ("check", "main")):
        result = run(*command, *LOCAL, "--json")
        assert (result.exit_code, told(result)["error"]) == (5, "AuthError")
        assert "a-wrong-token" not in result.output


def test_a_private_address_and_plain_http_have_to_be_allowed(run: Run, served: Simulator) -> None:
    for allowed, part in (((), "plain http"), (LOCAL[:1], "not a public address"), (LOCAL[1:], "plain http")):
        for more in ((), ("--dry-run",)):
            result = run("send", "main", HANDSET, "x", *allowed, *more)
            assert result.exit_code == 2
            assert part in result.stderr
    assert served.accepted == []


def test_an_aggregator_that_cannot_be_reached_is_tried_later(
    run: Run, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    with serve(simulator.handle) as url:
        write_channels(tmp_path, url, simulator)
    result = run("send", "main", HANDSET, "x", *LOCAL, "--json")
    assert (result.exit_code, told(result)["sent"]) == (3, False)


def answering(answer: WebhookResponse, run: Run, simulator: Simulator, folder: Path, *args: str) -> Result:
    with serve(lambda _request: answer) as url:
        write_channels(folder, url, simulator)
        return run(*args, *LOCAL)


def test_an_answer_that_is_not_understood_leaves_the_outcome_unknown(
    run: Run, served: Simulator, tmp_path: Path
) -> None:
    page = WebhookResponse.plain("<html>Welcome</html>", content_type="text/html")
    result = answering(page, run, served, tmp_path, "send", "main", HANDSET, "x", "--json")
    assert (result.exit_code, told(result)["error"]) == (4, "ProtocolError")


def test_what_an_aggregator_quotes_is_shown_without_secrets_and_escapes(
    run: Run, served: Simulator, tmp_path: Path
) -> None:
    text = f"no \x1b[31m{TOKEN}\x07"
    answer = WebhookResponse.json({"code": 21211, "message": text, "status": 400}, 400)
    for more in ((), ("--json",), ("--dry-run",)):
        result = answering(answer, run, served, tmp_path, "send", "main", HANDSET, "x", *more)
        assert TOKEN not in result.output
        assert not {"\x1b", "\x07"} & set(result.output)
        assert "***" in result.output


def test_credentials_that_are_accepted_are_told(run: Run, served: Simulator) -> None:
    result = run("check", "main", *LOCAL)
    assert result.stdout == "main: twilio accepts the credentials; account Simulated\n"
    values = told(run("check", "main", *LOCAL, "--json"))
    assert (values["type"], values["name"], values["channel"]) == ("AccountInfo", "Simulated", "main")


def test_an_adapter_that_cannot_check_says_so(run: Run, site: Path, tmp_path: Path) -> None:
    install(site, "acme")
    (tmp_path / "sms-adapters.toml").write_text('[channels.a]\nadapter="acme"')
    result = run("check", "a")
    assert result.exit_code == 1
    assert "'acme' has no check_account" in result.stderr


def test_a_dry_run_shows_the_request_and_sends_nothing(run: Run, served: Simulator) -> None:
    result = run("send", "main", HANDSET, "a & b", "--dry-run", *LOCAL)
    head, _, body = result.stdout.partition("\n\n")
    assert head.startswith("POST http://127.0.0.1:")
    assert "Authorization: ***" in head
    assert body == "To=%2B12025550123&From=%2B12025550100&Body=a+%26+b\n"
    assert (result.exit_code, result.stderr, served.accepted) == (0, "", [])


def test_a_dry_run_as_json_is_the_request_that_the_send_then_makes(run: Run, served: Simulator, tmp_path: Path) -> None:
    seen: list[WebhookRequest] = []

    def handle(request: WebhookRequest) -> WebhookResponse:
        seen.append(request)
        return served.handle(request)

    with serve(handle) as url:
        write_channels(tmp_path, url, served)
        values = told(run("send", "main", HANDSET, "Жук", "--id", "1", "--dry-run", "--json", *LOCAL))
        assert seen == []
        run("send", "main", HANDSET, "Жук", "--id", "1", *LOCAL)
    (shown,), (made,) = values["requests"], seen
    assert values["complete"] is True
    assert (shown["method"], shown["url"], shown["body"]) == (made.method, made.url, made.body.decode())


def test_a_dry_run_refuses_what_a_send_refuses_before_it_starts(run: Run, served: Simulator) -> None:
    assert run("send", "main", "12x", "x", "--dry-run", *LOCAL).exit_code == 1
    assert run("send", "main", HANDSET, "x", "--flash", "--dry-run", *LOCAL).exit_code == 1


TOKEN_FLOW = ADAPTER.replace(
    "return BearerAuth(channel.config.token.get_secret_value())",
    'url, secret = channel.config.base_url + "/token", channel.config.token.get_secret_value()\n'
    '        return oauth2_client_credentials(url, "client", secret, now=channel.clock())',
)
PREPARED = ADAPTER.replace(
    '        return HttpRequest.json(channel.config.base_url + "/sms"',
    "        raise RuntimeError('never called')\n\n"
    "    @hookimpl\n"
    "    def send(self, channel, message):\n"
    '        made = yield HttpRequest.get(channel.config.base_url + "/campaigns", submits=False)\n'
    '        campaign = made.json_object()["campaign"]\n'
    '        yield HttpRequest.json(channel.config.base_url + "/sms"',
)


def rehearsed(run: Run, site: Path, folder: Path, adapter: str, text: str = "x") -> Result:
    install(site, "acme", adapter=adapter, manifest=MANIFEST.format(id="acme", name="Acme"))
    (folder / "sms-adapters.toml").write_text(
        '[channels.a]\nadapter="acme"\naddress="+12025550100"\n[channels.a.config]\ntoken="a-plain-secret"'
    )
    result = run("send", "a", HANDSET, text, "--dry-run", "--json")
    assert "a-plain-secret" not in result.output
    return result


def paths(result: Result) -> list[str]:
    return [request["url"].removeprefix("https://api.acme.example") for request in told(result)["requests"]]


def test_a_dry_run_goes_on_after_a_token_was_asked_for(run: Run, site: Path, tmp_path: Path) -> None:
    result = rehearsed(run, site, tmp_path, TOKEN_FLOW)
    assert paths(result) == ["/token", "/sms"]
    assert (result.exit_code, told(result)["complete"]) == (0, True)


def test_a_dry_run_says_where_it_depends_on_an_answer(run: Run, site: Path, tmp_path: Path) -> None:
    result = rehearsed(run, site, tmp_path, PREPARED)
    assert paths(result) == ["/campaigns"]
    assert (result.exit_code, told(result)["complete"]) == (0, False)
    assert "depend on what the aggregator answers" in result.stderr


def test_a_dry_run_says_how_many_submissions_a_long_text_makes(run: Run, site: Path, tmp_path: Path) -> None:
    result = rehearsed(run, site, tmp_path, ADAPTER, "x" * 400)
    assert paths(result) == ["/sms"]
    assert told(result)["complete"] is False
    assert "the text makes 3 submissions" in result.stderr


def test_a_secret_in_the_file_is_warned_of_on_stderr_only(run: Run, site: Path, tmp_path: Path) -> None:
    result = rehearsed(run, site, tmp_path, ADAPTER)
    assert "Warning: sms-adapters.toml: channel 'a': config.token holds a secret" in result.stderr
    assert told(result)["complete"] is True


def test_a_defect_of_the_adapter_ends_in_6(run: Run, site: Path, tmp_path: Path) -> None:
    result = rehearsed(run, site, tmp_path, ADAPTER.replace("return HttpRequest.json(", "return str("))
    assert (result.exit_code, told(result)["error"]) == (6, "AdapterDefect")


DURATIONS = [
    ("90s", timedelta(seconds=90)),
    ("30m", timedelta(minutes=30)),
    ("4h", timedelta(hours=4)),
    ("2d", timedelta(days=2)),
]


@pytest.mark.parametrize(("text", "length"), DURATIONS)
def test_a_duration_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert duration(text) == length


def test_a_time_keeps_its_offset() -> None:
    assert moment("2030-01-31T18:30+02:00").isoformat() == "2030-01-31T18:30:00+02:00"


def test_the_file_is_that_of_the_option_else_of_the_variable_else_the_one_here(
    run: Run, served: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = write_channels(elsewhere, "https://other.example.org", served)
    third = write_channels(elsewhere, "https://third.example.org", served).rename(elsewhere / "third.toml")
    write_channels(elsewhere, "https://other.example.org", served)
    command = ("send", "main", HANDSET, "x", "--dry-run", "--json", *LOCAL)

    def host(*more: str) -> str:
        return HttpRequest.get(told(run(*command, *more))["requests"][0]["url"]).host

    assert host() == "127.0.0.1"
    monkeypatch.setenv("SMS_ADAPTERS_CHANNELS", str(other))
    assert host() == "other.example.org"
    assert host("--channels", str(third)) == "third.example.org"
