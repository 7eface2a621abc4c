"""The second distribution: what its wheel holds, and that a host finds and uses what is in it.

`make contrib` runs the conformance suite over it in an environment of its own.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from wheels import build, environment

pytestmark = pytest.mark.whole

CONTRIB = Path(__file__).parent.parent / "contrib"
PACKAGE = CONTRIB / "sms_adapters_contrib"
ADAPTERS = sorted(path.parent.name for path in PACKAGE.glob("*/manifest.toml"))
PROJECT = tomllib.loads((CONTRIB / "pyproject.toml").read_text(encoding="utf-8"))["project"]
USE = """
import json, sys
from sms_adapters import Client, OutboundMessage, Registry, WebhookRequest
from sms_adapters.transports.simulated import SimulatedTransport

registry = Registry()
found = {item.id: [item.origin, item.error] for item in registry.listings() if item.origin != "built in"}
imported = sorted(name for name in sys.modules if name.startswith("sms_adapters_contrib"))
ended = {}
for name in found:
    simulator = registry.simulator(name)
    channel = registry.open(name, id="8eb23e93", address="93456", country="ID", public_url="https://sms.example.org",
                            callback_secret="example-secret-1", config=simulator.config("https://gateway.example.net"))
    simulator.inbound_url = channel.callback_url("receive")
    with Client(transport=SimulatedTransport(simulator)) as client:
        message = OutboundMessage(to="+12025550123", text="Selamat pagi")
        result = client.send(channel, message)
        told = [
            event.status.value
            for sent in simulator.reports(simulator.accepted[0])
            for event in client.receive(channel, WebhookRequest(sent.method, sent.url, sent.headers, sent.body)).events
            if event.id == result.id and event.message_id == message.id
        ]
        ended[name] = [simulator.accepted[0].text, told]
print(json.dumps({"found": found, "imported": imported, "ended": ended}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(CONTRIB, tmp_path_factory.mktemp("dist"))


def test_each_adapter_has_its_entry_point_and_a_row_in_the_readme() -> None:
    entries: Mapping[str, str] = PROJECT["entry-points"]["sms_adapters"]
    assert entries == {name: f"sms_adapters_contrib.{name}" for name in ADAPTERS}
    readme = (CONTRIB / "README.md").read_text(encoding="utf-8")
    assert [name for name in ADAPTERS if f"| `{name}` |" not in readme] == []


def test_the_wheel_holds_every_file_of_every_adapter_and_nothing_of_the_core(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert names == {path.relative_to(CONTRIB).as_posix() for path in files}


def test_a_host_finds_and_uses_the_adapters_of_the_wheel(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env", wheel)
    done = subprocess.run([python, "-c", USE], capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, done.stderr
    used = json.loads(done.stdout)
    origin = f"{PROJECT['name']} {PROJECT['version']}"
    assert used["found"] == {name: [origin, None] for name in ADAPTERS}
    assert used["imported"] == []
    assert used["ended"] == {name: ["Selamat pagi", ["sent", "delivered"]] for name in ADAPTERS}
