"""The command `sandbox`, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from commandline import Run

from sms_adapters import Client, NetworkPolicy, OutboundMessage, Registry
from sms_adapters.channels_file import read_channels

OPEN = NetworkPolicy(allow_http=True, allow_private=True)
HANDSET = "+12025550123"


def words(*options: str) -> list[str]:
    return [sys.executable, "-m", "sms_adapters", "sandbox", "--port", "0", *options]


def launched(*options: str, **environ: str) -> subprocess.Popen[str]:
    environment = {**os.environ, **environ}
    return subprocess.Popen(words(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The running process, and what it says of itself."""
    with subprocess.Popen(
        words("--json", *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield process, json.loads(line)
        finally:
            process.kill()


def send(values: dict[str, Any], adapter: str, **config: Any) -> Any:
    channel = dict(values["channels"][adapter])
    channel["config"] = {**channel["config"], **config}
    with Client(network=OPEN) as client:
        opened = Registry().open(channel.pop("adapter"), **channel)
        return client.send(opened, OutboundMessage(HANDSET, "Muraho"))


def test_it_serves_until_it_is_told_to_end_and_leaves_nothing() -> None:
    with started("twilio", "hormuud") as (process, values), httpx.stream("GET", f"{values['api']}/events") as stream:
        assert next(stream.iter_lines()) == ": listening"
        assert sorted(values["channels"]) == ["hormuud", "twilio"]
        assert send(values, "twilio").id
        assert httpx.get(f"{values['api']}/messages").json()["items"][0]["handset"] == HANDSET
        assert httpx.get(values["openapi"]).json()["openapi"].startswith("3.1")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0, "an open stream does not keep it from ending"
        assert process.stderr.read() == ""


def test_the_banner_is_a_channels_file(tmp_path: Path) -> None:
    with launched("--webhooks", "http://127.0.0.1:8000", "twilio", "kannel", "external") as process:
        told = []
        while "Ctrl-C ends it." not in "".join(told):
            told.append(process.stderr.readline())
            assert told[-1], told
        process.send_signal(signal.SIGINT)
        banner, _ = process.communicate(timeout=10)
    path = tmp_path / "sms-adapters.toml"
    path.write_text(banner)
    assert tomllib.loads(banner)["channels"]["twilio"]["public_url"] == "http://127.0.0.1:8000"
    assert "Phone      http://127.0.0.1:" in told[1]
    registry = Registry()
    opened = [read_channels(path).open(name, registry) for name in ("twilio", "kannel", "external")]
    assert [channel.adapter for channel in opened] == ["twilio", "kannel", "external"]


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    kept = tmp_path / "sandbox.db"
    with started("twilio", "--db", str(kept), "--hold") as (process, values):
        first = [send(values, "twilio").id for _ in range(3)]
        process.kill()
        process.wait()
    with started("twilio", "--db", str(kept), "--pace", "0") as (_, values):
        second = send(values, "twilio").id
        api = values["api"]
        held = httpx.get(f"{api}/wait", params={"status": "delivered", "count": 4, "timeout": 10}).json()
    assert [item["provider_id"] for item in held["items"]] == [*first, second]
    assert len({*first, second}) == 4, "no id is given twice"


def test_a_file_belongs_to_one_sandbox(run: Run, tmp_path: Path) -> None:
    with started("hormuud", "--db", str(tmp_path / "sandbox.db")):
        second = run("sandbox", "hormuud", "--port", "0", "--db", str(tmp_path / "sandbox.db"))
    assert second.exit_code == 2
    assert "sandbox.db: database is locked" in second.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--host", "0.0.0.0"), "other machines can reach '0.0.0.0': add --token"),
        (("twillio",), "no adapter 'twillio' is installed: did you mean twilio?"),
        (("--db", "/nonexistent/file.db"), "--db /nonexistent/file.db: unable to open database file"),
        (("hormuud", "--webhooks", "ftp://example.org"), "--webhooks and --channel-id: String should match pattern"),
        (("--error-rate", "2"), "2.0 is not in the range 0<=x<=1"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_served(run: Run, options: tuple[str, ...], sentence: str) -> None:
    made = run("sandbox", "--port", "0", *options)
    assert made.exit_code == 2
    assert sentence in made.stderr
    assert made.stdout == ""


def test_the_token_may_be_in_the_environment_and_is_not_told() -> None:
    options = ("--json", "--host", "0.0.0.0", "--host-name", "localhost", "hormuud", "smpp", "--smsc-port", "free")
    with launched(*options, SMS_ADAPTERS_SANDBOX_TOKEN="t0ps3cret") as process:
        try:
            line = process.stdout.readline()
            channels, url = json.loads(line)["channels"], json.loads(line)["url"]
            assert url.startswith("http://localhost:")
            assert channels["smpp"]["config"]["base_url"].startswith("smpp://localhost:")
            assert httpx.get(f"{url}/api/health").status_code == 401
            assert httpx.get(f"{url}/api/health", headers={"Authorization": "Bearer t0ps3cret"}).status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
    assert "t0ps3cret" not in line + errors
