"""What a start costs: which modules each command imports, in an interpreter of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import environment
from distributions import ADAPTER, install

MODULES = """
import json, sys
from sms_adapters.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    print(json.dumps({"status": end.code or 0, "modules": sorted(sys.modules)}), file=sys.stderr)
"""
HEAVY = (
    "httpx",
    "pydantic",
    "pydantic_core",
    "jsonschema",
    "aiohttp",
    "uvicorn",
    "asyncio",
    "phonenumbers",
    "acme_acme",
)


def imported(*args: str, cwd: Path, **env: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", MODULES, *args],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = json.loads(run.stderr.splitlines()[-1])
    assert found["status"] == 0, run.stderr
    return set(found["modules"])


LIGHT = [
    ("--help",),
    ("--version",),
    ("list",),
    ("list", "--json"),
    ("list", "--capability", "media"),
    ("describe", "twilio"),
    ("schema", "twilio"),
    ("segments", "Muraho"),
    ("segments", "Жук", "--json"),
    ("completion", "zsh"),
]


@pytest.mark.parametrize("args", LIGHT, ids=" ".join)
def test_what_only_tells_imports_no_adapter_and_no_client(tmp_path: Path, args: tuple[str, ...]) -> None:
    site = tmp_path / "site"
    install(site, "acme", adapter=ADAPTER)
    modules = imported(*args, cwd=tmp_path, PYTHONPATH=f"{environment()['PYTHONPATH']}:{site}")
    assert not modules & set(HEAVY)
    assert not {name for name in modules if name.startswith("sms_adapters.builtin.")}
    assert "sms_adapters.cli.app" in modules


def test_a_command_imports_no_other(tmp_path: Path) -> None:
    modules = imported("list", cwd=tmp_path)
    others = {"send", "check", "listen", "demo", "describe", "schema", "segments", "completion", "rehearsal"}
    assert not {f"sms_adapters.cli.{name}" for name in others} & modules
    assert not {f"sms_adapters.{name}" for name in ("client", "channels_file", "messages", "redact", "text")} & modules


@pytest.mark.parametrize(
    ("missing", "args", "sentence"),
    [
        ("click", ["list"], "install sms-adapters[cli]"),
        (
            "cryptography",
            ["sandbox", "--port", "0", "telnyx"],
            "telnyx cannot be simulated: its webhooks are signed with crypt",
        ),
        ("cryptography", ["sandbox", "--port", "0", "telnyx"], "Mend: install sms-adapters[crypto]"),
        (
            "jwt",
            ["sandbox", "--port", "0", "messagebird"],
            "messagebird cannot be simulated: its webhooks are signed with jwt",
        ),
        ("copier", ["new", "acme"], "the command needs copier\nMend: install sms-adapters[authoring]"),
        ("jinja2", ["intake", "export", "x.toml"], "the command needs jinja2\nMend: install sms-adapters[intake]"),
        ("uvicorn", ["listen", "--port", "0"], "the command needs uvicorn\nMend: install sms-adapters[cli]"),
    ],
)
def test_a_missing_extra_is_told(tmp_path: Path, missing: str, args: list[str], sentence: str) -> None:
    (tmp_path / "sms-adapters.toml").write_text(
        '[channels.a]\nadapter = "twilio"\n[channels.a.config]\n'
        'account_sid = "AC00112233445566778899aabbccddeeff"\nauth_token = { env = "TWILIO_TOKEN" }\n'
    )
    code = f"import sys; sys.modules[{missing!r}] = None\nfrom sms_adapters.cli import main; main({args!r})"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(TWILIO_TOKEN="x"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
