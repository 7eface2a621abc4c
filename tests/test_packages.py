"""Third-party adapters as they are really installed: wheels, built outside the tree, in a scratch environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from wheels import build, environment

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parent.parent
TEMPLATE = "sms_adapters/authoring/adapter_skeleton/"
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "1.2.3"
[project.entry-points.sms_adapters]
{entry} = "{package}"
[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""
MANIFEST = """
[adapter]
id = "{id}"
name = "Acme"
spec_version = "{spec}"
implementation = "adapter:Acme"
[capabilities]
inbound = "full"
unicode = "full"
[[webhooks]]
action = "receive"
methods = ["GET", "POST"]
"""
ADAPTER = """
from pydantic import Field, SecretStr
from sms_adapters import AdapterConfig, HttpRequest, InboundMessage, PartResult, hookimpl
from sms_adapters.auth import BearerAuth
from sms_adapters.kits import SendKit, fail_by_status

class AcmeConfig(AdapterConfig):
    base_url: str = Field("https://api.acme.example")
    token: SecretStr

class Acme(SendKit):
    Config = AcmeConfig

    @hookimpl
    def authenticate(self, channel):
        return BearerAuth(channel.config.token.get_secret_value())

    def build_request(self, channel, message, part):
        return HttpRequest.json(channel.config.base_url + "/sms", {"to": message.to, "text": part.text})

    def read_response(self, channel, part, response):
        if not response.ok:
            fail_by_status(response)
        return PartResult(id=response.json_object()["id"])

    @hookimpl
    def parse_inbound(self, channel, request):
        values = request.params()
        return [InboundMessage(channel.number(values["from"]), values["text"])]
"""
USE = """
import json, sys
from sms_adapters import Client, NetworkPolicy, OutboundMessage, Registry, WebhookRequest
registry = Registry()
before = sorted(name for name in sys.modules if name.startswith("acme"))
channel = registry.open("acme", id="1", config={"token": "t-123456", "base_url": sys.argv[1]}, address="12345")
with Client(network=NetworkPolicy(allow_http=True, allow_private=True)) as client:
    ids = client.send(channel, OutboundMessage(to="+12025550123", text="Muraho")).ids
    url = "https://sms.example.org/c/acme/1/receive?from=%2B12025550123&text=hi"
    events = [event.text for event in client.receive(channel, WebhookRequest("GET", url)).events]
print(json.dumps({"before": before, "ids": ids, "events": events, "origin":
    next(item.origin for item in registry.listings() if item.id == "acme")}))
"""
LIST = """
import json
from sms_adapters import Registry
registry = Registry()
found = {item.id: item.error for item in registry.listings(load=True)}
usable = registry.load("twilio").id
print(json.dumps({"found": found, "twilio": usable}))
"""


def write_package(
    folder: Path, name: str, *, id: str = "acme", package: str = "", spec: str = "1.0", code: str = ADAPTER
) -> Path:
    package = package or name.replace("-", "_")
    (folder / package).mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT.format(name=name, entry=id, package=package))
    (folder / package / "__init__.py").write_text("")
    (folder / package / "manifest.toml").write_text(MANIFEST.format(id=id, spec=spec))
    (folder / package / "adapter.py").write_text(code)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes environments that see this one's packages, and installs wheels into them."""
    return lambda *wheels: environment(tmp_path_factory.mktemp("env"), *wheels)


def run(python: Path, code: str, *arguments: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=clean, check=False)
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def test_a_third_party_s_wheel_is_found_opened_and_used(scratch: Any, tmp_path: Path) -> None:
    from scripted import http, scripted

    wheel = build(write_package(tmp_path / "acme", "sms-acme", package="acme_sms"), tmp_path)
    with scripted(http("200 OK", b'{"id":"m1"}')) as wire:
        used = run(scratch(wheel), USE, wire.url)
    assert used == {"before": [], "ids": ["m1"], "events": ["hi"], "origin": "sms-acme 1.2.3"}
    assert b"Authorization: Bearer t-123456" in wire.requests[0]


def changed(before: str, after: str) -> dict[str, str]:
    """The good adapter with one thing changed."""
    assert before in ADAPTER
    return {"code": ADAPTER.replace(before, after)}


BROKEN = [
    ({"code": "import no_such_library"}, "No module named 'no_such_library'"),
    ({"code": "raise RuntimeError('boom')"}, "RuntimeError: boom"),
    ({"spec": "2.0"}, "written for hook specification 2.0, this is 1.0: upgrade sms-adapters"),
    ({"spec": "0.9"}, "upgrade the adapter"),
    (changed("    @hookimpl\n    def parse", "    def parse"), "parse_inbound lacks the decorator @hookimpl"),
    (changed("def authenticate", "def authentciate"), "authentciate is no hook; did you mean authenticate?"),
    (changed("def authenticate(self, channel)", "def authenticate(self, channel=None)"), "'channel' has a default"),
    (changed("inbound(self, channel, request)", "inbound(self, channel, req)"), "'req' is none of channel, request"),
    ({"id": "twilio"}, "belongs to a built-in adapter"),
]


def test_broken_packages_are_listed_with_the_reason_and_harm_nothing(scratch: Any, tmp_path: Path) -> None:
    wheels, reasons = [], {}
    for number, (changes, reason) in enumerate(BROKEN):
        values = {"id": f"acme{number}", **changes}
        folder = write_package(tmp_path / str(number), f"sms-acme{number}", **values)
        wheels.append(build(folder, tmp_path / f"out{number}"))
        key = values["id"] if values["id"] != "twilio" else f"twilio (sms-acme{number} 1.2.3)"
        reasons[key] = reason
    for number in (1, 2):
        folder = write_package(tmp_path / f"twin{number}", f"sms-twin{number}", id="twin")
        wheels.append(build(folder, tmp_path / f"outtwin{number}"))
    reasons["twin"] = "both claim the id 'twin': uninstall one of them"
    listed = run(scratch(*wheels), LIST)
    assert listed["twilio"] == "twilio"
    assert listed["found"]["twilio"] is None
    for key, reason in reasons.items():
        assert reason in (listed["found"][key] or ""), key


AUTHOR = """
import json, sys
from pathlib import Path
from click.testing import CliRunner
from sms_adapters.authoring.skeleton import packaged
from sms_adapters.cli.app import cli
into = Path(sys.argv[1]) / "sms-acme"
done = CliRunner().invoke(cli, ["new", "acme", "--into", str(into), "--inbound", "json", "--json"])
assert done.exit_code == 0, done.output
print(json.dumps({"template": str(packaged()), "made": json.loads(done.stdout)["folder"]}))
"""
SEND = """
import json
from sms_adapters import Client, NetworkPolicy, OutboundMessage, Registry
from sms_adapters.sandbox.server import serve
registry = Registry()
simulator = registry.simulator("acme")
with serve(simulator.handle) as url:
    channel = registry.open("acme", id="1", config=simulator.config(url), address="+12025550100")
    with Client(network=NetworkPolicy(allow_http=True, allow_private=True)) as client:
        ids = client.send(channel, OutboundMessage(to="+12025550123", text="Muraho")).ids
origin = next(item.origin for item in registry.listings() if item.id == "acme")
print(json.dumps({"ids": ids, "origin": origin, "schema": registry.schema("acme")["required"]}))
"""


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_our_wheel_makes_a_package_that_installs_and_sends(
    scratch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    ours = build(ROOT, tmp_path)
    made = run(scratch(ours), AUTHOR, str(tmp_path))
    assert made["template"].endswith("site-packages/sms_adapters/authoring/adapter_skeleton")
    theirs = build(Path(made["made"]), tmp_path / "out")
    used = run(scratch(ours, theirs), SEND)
    assert used == {"ids": ["m000001"], "origin": "sms-acme 0.1.0", "schema": ["token"]}


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs a git checkout")
def test_our_wheel_has_what_the_package_needs_and_nothing_else(tmp_path: Path) -> None:
    names = zipfile.ZipFile(build(ROOT, tmp_path)).namelist()
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "sms_adapters"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    tracked = [name for name in tracked if (ROOT / name).exists()]
    inside = {name for name in names if ".dist-info/" not in name}
    template = {name for name in inside if name.startswith(TEMPLATE)}
    assert inside - template == set(tracked)
    skeleton = ROOT / "templates" / "adapter_skeleton"
    found = {path.relative_to(skeleton).as_posix() for path in skeleton.rglob("*") if path.is_file()}
    assert {name.removeprefix(TEMPLATE) for name in template} == found
    assert "sms_adapters/py.typed" in inside
    assert "sms_adapters/builtin/twilio/manifest.toml" in inside
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs a git checkout")
def test_our_source_distribution_has_what_its_makefile_uses(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = {name for name in listed.split("\0") if name and not name.startswith(".")}
    assert {"examples/conversation.py", "benchmarks/send.py"} <= wanted
    assert wanted - names == set()
