"""The fixture `sms_sandbox`, as a package that has it installed uses it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = """
from sms_adapters import Client, NetworkPolicy, OutboundMessage

HANDSET = "+12025550123"


def send(sandbox):
    with Client(network=NetworkPolicy(allow_http=True, allow_private=True)) as client:
        client.send(sandbox.channel("hormuud"), OutboundMessage(HANDSET, "Muraho"))


def test_first(sms_sandbox):
    send(sms_sandbox)
    sms_sandbox.faults(error_rate=1)
    sms_sandbox.register("hormuud", public_url="http://127.0.0.1:9")
    sms_sandbox.wait_for(handset=HANDSET, status="delivered")


def test_second(sms_sandbox):
    sms_sandbox.assert_sent(0)
    assert sms_sandbox.adapter("hormuud").hosts == []
    send(sms_sandbox)
    sms_sandbox.assert_sent(1, text="muraho")


def test_without():
    import sys

    assert "fastapi" in sys.modules, "the tests before this one used it"
"""
LIGHT = """
def test_without(request):
    import sys

    assert not {"fastapi", "httpx", "sms_adapters.sandbox.desk"} & set(sys.modules)
"""


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_host.py").write_text(text)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "sms_adapters.sandbox.plugin"]
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_each_test_has_an_empty_sandbox(tmp_path: Path) -> None:
    made = run(tmp_path, TESTS)
    assert "3 passed" in made.stdout, made.stdout


def test_a_run_that_does_not_ask_for_it_imports_nothing(tmp_path: Path) -> None:
    made = run(tmp_path, LIGHT)
    assert "1 passed" in made.stdout, made.stdout


def test_it_is_an_entry_point_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plugin = import_module(project["entry-points"]["pytest11"]["sms_sandbox"])
    assert callable(plugin.sms_sandbox)
