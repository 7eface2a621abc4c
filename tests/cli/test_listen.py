"""`listen`: a process of its own that receives real webhooks, prints them, and ends when it is told to."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from commandline import TOKEN, environment, process, write_channels

from sms_adapters import HttpRequest, HttpResponse, InboundMessage, OutboundMessage, Registry, Status
from sms_adapters.channel import AnyChannel
from sms_adapters.cli.receiving import Printer
from sms_adapters.joining import PartJoiner
from sms_adapters.messages import PartInfo
from sms_adapters.simulation import SimulatedMessage, Simulator
from sms_adapters.transports.httpx import HttpxTransport

HANDSET, SENDER = "+12025550123", "+12025550100"
SECRET = "callback-secret-of-a-test"
DEADLINE = 20


class Listening:
    """A running `listen`, and what it printed so far."""

    def __init__(self, run: subprocess.Popen[str], *, reads: bool) -> None:
        self.run = run
        self.lines: list[str] = []
        self.greeting: list[str] = []
        streams = [(run.stderr, self.greeting), *([(run.stdout, self.lines)] if reads else [])]
        self.threads = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in streams]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))

    @staticmethod
    def wait(holds: Any) -> Any:
        """The first true value of `holds`; a failure if it does not come."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if found := holds():
                return found
            time.sleep(0.01)
        raise AssertionError("it did not happen in time")

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.wait(lambda: next(iter(re.findall(r"Listening on (\S+);", "\n".join(self.greeting))), ""))

    def hook(self, action: str) -> str:
        """The URL of a webhook, with the secret that the greeting masks."""
        shown = self.wait(lambda: next((line for line in self.greeting if f"  {action}  " in line), ""))
        return shown.rpartition("  ")[2].replace("***", SECRET)

    def first(self, count: int) -> list[Any]:
        """As many lines of output, once they are there."""
        self.wait(lambda: len(self.lines) >= count)
        return list(self.lines)

    def stop(self, number: int = signal.SIGINT) -> int:
        """End it by a signal; its status, once all it wrote is read."""
        self.run.send_signal(number)
        status = self.run.wait(DEADLINE)
        for thread in self.threads:
            thread.join(DEADLINE)
        return status


@contextmanager
def listening(folder: Path, *args: str, reads: bool = True) -> Iterator[Listening]:
    command = [sys.executable, "-m", "sms_adapters", "listen", "--port", "0", *args]
    env = environment(TWILIO_TOKEN=TOKEN, CALLBACK=SECRET)
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        found = Listening(run, reads=reads)
        try:
            yield found
        finally:
            if run.poll() is None:
                run.kill()


@pytest.fixture
def folder(tmp_path: Path, simulator: Simulator) -> Path:
    write_channels(tmp_path, "https://api.twilio.com", simulator, more='callback_secret = { env = "CALLBACK" }')
    return tmp_path


def posted(webhook: HttpRequest) -> HttpResponse:
    transport = HttpxTransport()
    try:
        return transport.send(webhook)
    finally:
        transport.close()


def sent(simulator: Simulator, callback: str) -> SimulatedMessage:
    return SimulatedMessage("SM" + "0" * 32, HANDSET, SENDER, OutboundMessage(HANDSET, "x").text, callback)


def test_events_are_lines_and_the_command_ends_without_a_trace(folder: Path, simulator: Simulator) -> None:
    with listening(folder, "main") as found:
        simulator.inbound_url = found.hook("receive")
        (webhook,) = simulator.inbound(HANDSET, SENDER, "Yego \x1b[31m Ж\nsecond line")
        assert posted(webhook).status == 200
        report = simulator.report(sent(simulator, found.hook("status")), Status.DELIVERED)
        assert report is not None
        assert posted(report).status == 204
        first, second = found.first(2)
        port = int(found.url.rpartition(":")[2])
        assert found.stop() == 0
    assert first.endswith(rf"main  message  from {HANDSET}: Yego \x1b[31m Ж\nsecond line")
    assert second.endswith(f"main  report  SM{'0' * 32} delivered")
    assert found.lines == [first, second]
    assert [line.split("  ")[:2] for line in found.greeting[1:3]] == [["main", "receive"], ["main", "status"]]
    assert SECRET not in "\n".join(found.greeting)
    with socket.create_server(("127.0.0.1", port)):
        pass  # the port is free again


def test_with_json_each_line_is_an_event_without_secrets(folder: Path, simulator: Simulator) -> None:
    with listening(folder, "--json") as found:
        simulator.inbound_url = found.hook("receive")
        (webhook,) = simulator.inbound(HANDSET, SENDER, "Yego Ж\nsecond line")
        posted(webhook)
        (line,) = found.first(1)
        found.stop()
    event = json.loads(line)
    assert (event["channel"], event["adapter"], event["type"]) == ("main", "twilio", "InboundMessage")
    assert (event["sender"], event["to"], event["text"]) == (HANDSET, SENDER, "Yego Ж\nsecond line")
    assert event["raw"]["From"] == HANDSET
    assert SECRET not in line
    assert TOKEN not in line


def test_a_webhook_that_is_refused_is_told_and_answered(folder: Path, simulator: Simulator) -> None:
    with listening(folder, "--json") as found:
        hook = found.hook("receive")
        unsigned = HttpRequest.form(hook, {"MessageSid": "SM1", "From": HANDSET, "Body": "x"})
        assert posted(unsigned).status == 403
        assert posted(HttpRequest.form(hook.replace(SECRET, "guess"), {})).status == 403
        assert posted(HttpRequest.form(hook.replace("/main/", "/none/"), {})).status == 404
        assert posted(HttpRequest("POST", hook, body=b"x" * (2 << 20))).status == 413
        (webhook,) = webhooks(simulator, hook)
        assert posted(webhook).status == 200
        first, second, third = (json.loads(line) for line in found.first(3))
        assert found.stop() == 0
    assert [item.get("error") for item in (first, second)] == ["InvalidSignature", "InvalidSignature"]
    assert third["type"] == "InboundMessage"
    assert "/c/twilio/none/receive belongs to no channel here" in found.greeting
    assert "Traceback" not in "\n".join(found.greeting)


@pytest.fixture
def channel(simulator: Simulator) -> AnyChannel:
    config = simulator.config("https://api.twilio.com")
    return Registry(installed=False).open("twilio", id="main", config=config, callback_secret=SECRET)


def test_what_a_payload_holds_of_the_secrets_is_not_printed(
    channel: AnyChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    event = InboundMessage(HANDSET, f"it is {TOKEN}", raw={"key": SECRET, "Body": f"it is {TOKEN}"})
    for as_json in (True, False):
        Printer({"main": channel}, as_json=as_json).show(channel, [event])
        printed = capsys.readouterr().out
        assert HANDSET in printed
        assert SECRET not in printed
        assert TOKEN not in printed


def test_a_message_of_which_parts_are_missing_is_printed_at_the_end(
    channel: AnyChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    joiner = PartJoiner()
    part = InboundMessage(HANDSET, "first half, ", to=SENDER, part=PartInfo("7", 1, 2))
    assert joiner.feed((channel.adapter, channel.id), [part], channel.clock()) == ()
    Printer({"main": channel}, as_json=True).show_rest(joiner)
    event = json.loads(capsys.readouterr().out)
    assert (event["text"], event["incomplete"]) == ("first half, ", True)


def webhooks(simulator: Simulator, hook: str) -> list[HttpRequest]:
    simulator.inbound_url = hook
    return list(simulator.inbound(HANDSET, SENDER, "still here"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_either_signal_ends_it_also_while_somebody_is_connected(folder: Path, number: int) -> None:
    with listening(folder) as found:
        host, _, port = found.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(b"POST /c/twilio/main/receive HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
            assert found.stop(number) == 0
    assert found.lines == []


def test_a_reader_that_is_gone_ends_it_and_the_event_stays_with_the_aggregator(
    folder: Path, simulator: Simulator
) -> None:
    with listening(folder, reads=False) as found:
        (webhook,) = webhooks(simulator, found.hook("receive"))
        assert found.run.stdout is not None
        found.run.stdout.close()
        assert posted(webhook).status == 500
        assert found.run.wait(DEADLINE) == 0
    assert "Traceback" not in "\n".join(found.greeting)


def test_a_port_in_use_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = process("listen", "--port", str(port), cwd=folder, TWILIO_TOKEN=TOKEN, CALLBACK=SECRET)
    assert result.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_address_that_others_reach_needs_public(folder: Path, host: str) -> None:
    result = process("listen", "--port", "0", "--host", host, cwd=folder, TWILIO_TOKEN=TOKEN, CALLBACK=SECRET)
    assert result.returncode == 2
    assert "add --public" in result.stderr


def test_public_listens_where_others_reach_it(folder: Path) -> None:
    with listening(folder, "--host", "0.0.0.0", "--public") as found:
        assert found.url.startswith("http://0.0.0.0:")
        assert found.stop() == 0


REFUSED = [
    ("", "sms-adapters.toml has no channel"),
    ('[channels.a]\nadapter = "twilio"', "account_sid: required, but missing"),
    ('[channels.a]\nadapter = "none"', "no adapter 'none'"),
]


@pytest.mark.parametrize(("text", "part"), REFUSED)
def test_channels_that_cannot_be_opened_are_told_before_it_listens(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "sms-adapters.toml").write_text(text)
    result = process("listen", "--port", "0", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert part in result.stderr
