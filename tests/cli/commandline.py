"""Command lines, run within this process and as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

import sms_adapters
from sms_adapters import Registry
from sms_adapters.simulation import Simulator

ROOT = Path(sms_adapters.__file__).parent.parent
TOKEN = Registry(installed=False).simulator("twilio").config("")["auth_token"]
Run = Callable[..., Result]
CHANNELS = """
[channels.main]
adapter = "twilio"
address = "+12025550100"
country = "US"
{more}
[channels.main.config]
account_sid = "{account}"
auth_token = {{ env = "TWILIO_TOKEN" }}
base_url = "{url}"
"""


def write_channels(folder: Path, url: str, simulator: Simulator, *, more: str = "") -> Path:
    """A file with the channel `main`, which leads to `url`."""
    path = folder / "sms-adapters.toml"
    path.write_text(CHANNELS.format(account=simulator.config(url)["account_sid"], url=url, more=more))
    return path


def environment(**more: str) -> dict[str, str]:
    """Ours without what concerns the command, and a package that is not installed."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SMS_ADAPTERS", "_SMS", "TWILIO"))
    }
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **more}


def process(*args: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A real run of the command, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "sms_adapters", *args],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told(result: Result) -> Any:
    """The JSON on stdout."""
    return json.loads(result.stdout)
