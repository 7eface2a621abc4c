"""The recorder at work on real software: what it records of Kannel and Jasmin is clean, plays, and does not drift."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import jasmin
import kannel
import pytest

from sms_adapters import Registry
from sms_adapters.conformance.cases import Evidence, exchange_cases, inbound_cases
from sms_adapters.conformance.playing import play
from sms_adapters.conformance.subject import Subject
from sms_adapters.transports.replay import ReplayMismatch

pytestmark = pytest.mark.peer
SECRET_USER, SENDER, HANDSET = "tester", "+442079460123", "+447700900123"
CASES = ("login_refused", "text", "text_unicode_long", "report")
GATEWAYS: dict[str, Any] = {
    "kannel": (kannel.kannel_gateway, kannel.PASSWORD),
    "jasmin": (jasmin.jasmin_gateway, jasmin.PASSWORD),
}


@pytest.fixture(params=GATEWAYS, scope="module")
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Adapter, URL and password of a running gateway."""
    start, password = GATEWAYS[request.param]
    with ExitStack() as stack:
        made: AbstractContextManager[Any] = start(tmp_path_factory.mktemp(request.param))
        try:
            opened = stack.enter_context(made)
        except (kannel.Unavailable, jasmin.Unavailable) as error:
            if os.environ.get("SMS_ADAPTERS_REQUIRE_PEERS") == "1":
                raise
            pytest.skip(str(error))
        yield request.param, opened.url, password


def recorded(folder: Path, adapter: str, url: str, password: str, *options: str) -> dict[str, Any]:
    """What the command tells of a recording into `folder`."""
    values = {"adapter": adapter, "id": "9c1d", "address": SENDER, "country": "GB"}
    lines = ["[channels.test]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    config = {"base_url": url, "username": SECRET_USER}
    lines += ["[channels.test.config]", *(f"{key} = {json.dumps(value)}" for key, value in config.items())]
    (folder / "channels.toml").write_text("\n".join([*lines, 'password = { env = "GATEWAY_PASSWORD" }', ""]))
    command = [sys.executable, "-m", "sms_adapters", "conformance", adapter, "--record", "--channel", "test", "--json"]
    command += ["--channels", str(folder / "channels.toml"), "--to", HANDSET, "--into", str(folder / "out"), *options]
    command += ["--wait", "30s", "--software", f"{adapter} under test", "--allow-http", "--allow-private"]
    command += [word for case in CASES for word in ("--case", case)]
    environment = {**os.environ, "GATEWAY_PASSWORD": password}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return {"status": done.returncode, "told": json.loads(done.stdout), "stderr": done.stderr}


def test_what_is_recorded_is_live_clean_and_plays(gateway: tuple[str, str, str], tmp_path: Path) -> None:
    adapter, url, password = gateway
    made = recorded(tmp_path, adapter, url, password)
    assert made["status"] == 0, made
    cases = {case.name: case for case in exchange_cases(tmp_path / "out")}
    assert set(cases) == set(CASES)
    webhooks = list(inbound_cases(tmp_path / "out"))
    assert {event["type"] for case in webhooks for event in case.expect} == {"DeliveryReport"}
    assert {case.source.evidence for case in (*cases.values(), *webhooks)} == {Evidence.LIVE}
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    placeholder = Subject(adapter, Registry(installed=False)).exchanges[0].channel["config"]["password"]
    for unwanted in (url, SENDER, SENDER[1:], HANDSET, HANDSET[1:], *(() if password == placeholder else (password,))):
        assert unwanted.encode() not in written, unwanted
    for case in cases.values():
        result = play(Subject(adapter, Registry(installed=False)), case)
        assert type(result).__name__ == case.expect.get("error", "SendResult")


def test_a_wrong_byte_fails_on_replay(gateway: tuple[str, str, str], tmp_path: Path) -> None:
    adapter, url, password = gateway
    recorded(tmp_path, adapter, url, password)
    case = next(case for case in exchange_cases(tmp_path / "out") if case.name == "text")
    text = case.cassette.read_text(encoding="utf-8")
    assert "Muraho" in text
    case.cassette.write_text(text.replace("Muraho", "muraho"), encoding="utf-8")
    with pytest.raises(ReplayMismatch):
        play(Subject(adapter, Registry(installed=False)), case)


def test_recording_again_finds_no_drift(gateway: tuple[str, str, str], tmp_path: Path) -> None:
    adapter, url, password = gateway
    assert recorded(tmp_path, adapter, url, password)["status"] == 0
    again = recorded(tmp_path, adapter, url, password)
    assert again["status"] == 0, again
