"""What a command changes in the process that it serves in is changed back."""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from commandline import Run, write_channels

from sms_adapters.simulation import Simulator

ENDS = (signal.SIGINT, signal.SIGTERM)
QUIETED = ("sms_adapters.webhooks", "sms_adapters.smsc", "uvicorn.error")


def of_the_host(*_: Any) -> None:
    """A handler that the process had before."""


@pytest.fixture(autouse=True)
def _levels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in QUIETED:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.signal(number, of_the_host) for number in ENDS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def words(request: pytest.FixtureRequest, tmp_path: Path, simulator: Simulator, monkeypatch: Any) -> list[str]:
    monkeypatch.setenv("TWILIO_TOKEN", "0123456789abcdef")
    path = write_channels(tmp_path, "https://api.twilio.com", simulator)
    told = {"listen": ["listen", "--channels", str(path)], "sandbox": ["sandbox", "--smsc-port", "free", "twilio"]}
    return [*told[request.param], "--port", "0"]


both = pytest.mark.parametrize("words", ["listen", "sandbox"], indirect=True)


@both
@pytest.mark.parametrize("number", ENDS)
def test_a_signal_ends_the_command_and_the_handlers_of_before_are_back(
    words: list[str], number: signal.Signals, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(server: uvicorn.Server, sockets: Any = None) -> None:
        os.kill(os.getpid(), number)
        assert server.should_exit

    monkeypatch.setattr(uvicorn.Server, "serve", serve)
    threshold, levels = gc.get_threshold(), {name: logging.getLogger(name).level for name in QUIETED}
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert [signal.getsignal(each) for each in ENDS] == [of_the_host] * 2
    assert gc.get_threshold() == threshold
    assert {name: logging.getLogger(name).level for name in QUIETED} == levels


@both
def test_a_command_that_fails_leaves_the_handlers_of_before(
    words: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(server: uvicorn.Server, sockets: Any = None) -> None:
        raise OSError("out of files")

    monkeypatch.setattr(uvicorn.Server, "serve", serve)
    assert run(*words).exit_code != 0
    assert [signal.getsignal(each) for each in ENDS] == [of_the_host] * 2
