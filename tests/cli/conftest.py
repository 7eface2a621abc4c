from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from commandline import TOKEN, Run, write_channels

from sms_adapters import Registry
from sms_adapters.cli.app import cli
from sms_adapters.sandbox.server import serve
from sms_adapters.simulation import Simulator


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in an empty directory; nothing of the environment reaches it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMS_ADAPTERS_CHANNELS", raising=False)

    def invoke(*args: str, stdin: bytes | str | None = None) -> Result:
        result = CliRunner().invoke(cli, list(args), input=stdin)
        assert isinstance(result.exception, SystemExit | None), result.exc_info
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def simulator() -> Simulator:
    return Registry(installed=False).simulator("twilio")


@pytest.fixture
def served(simulator: Simulator, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """The channel `main` in the working directory's file, and the simulator that it leads to."""
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    with serve(simulator.handle) as url:
        write_channels(tmp_path, url, simulator)
        yield simulator


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of installed packages; what is imported from it is forgotten again."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if name.startswith("acme_"):
            del sys.modules[name]
