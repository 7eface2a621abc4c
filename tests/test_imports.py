"""Listing is static: what is imported for it, and what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from installed import make_installed

HEAVY = ("httpx", "pydantic", "pluggy", "jsonschema", "phonenumbers", "aiohttp", "cryptography", "sqlite3", "asyncio")
LOADED = "; import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules(code: str, path: str = "") -> set[str]:
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code + LOADED], env=environment, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not {name for name in modules("import sms_adapters") if name.startswith(HEAVY)}


def test_listing_150_installed_adapters_imports_none_of_them(tmp_path: Path) -> None:
    code = (
        "from sms_adapters import Registry; r = Registry(); assert len([i for i in r.listings() if not i.error]) >= 151"
    )
    found = modules(code, str(make_installed(tmp_path)))
    assert not {name for name in found if name.startswith(("sms_made", "sms_adapters.builtin", "httpx", "pydantic"))}


def test_opening_one_adapter_imports_no_other(tmp_path: Path) -> None:
    code = "from sms_adapters import Registry; Registry().load('twilio')"
    found = modules(code, str(make_installed(tmp_path)))
    adapters = {name.split(".")[2] for name in found if name.startswith("sms_adapters.builtin.")}
    assert adapters == {"twilio"}
    assert not {name for name in found if name.startswith(("sms_made", "httpx", "aiohttp"))}


@pytest.mark.parametrize("name", ["Client", "OutboundMessage", "Registry", "Status", "hookimpl"])
def test_every_public_name_is_there(name: str) -> None:
    import sms_adapters

    assert name in dir(sms_adapters)
    assert all(getattr(sms_adapters, each) is not None for each in sms_adapters.__all__)
