"""150 adapters as distributions of their own, in a folder to put on PYTHONPATH."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """[adapter]
id = "{id}"
name = "Made {id}"
spec_version = "1.0"
implementation = "adapter:Made"
summary = "made for a measurement"
homepage = "https://{id}.example.org/"
hosts = ["api.{id}.example.org"]

[text]
splits = "aggregator"
max_chars = 1600

[numbers]
recipient = "plus"
sender = "plus"

[capabilities]
unicode = "full"
long_text = "full"
inbound = "full"
delivery_reports = {{ support = "partial", note = "not for every operator" }}

[[webhooks]]
action = "receive"
methods = ["POST", "GET"]

[[documents]]
title = "API reference"
url = "https://{id}.example.org/docs"
seen = "2026-11-23"
"""


def make_installed(folder: Path, count: int = 150) -> Path:
    """Write `count` installed distributions with one adapter each below `folder`."""
    for number in range(count):
        name = f"made{number:03d}"
        package = folder / f"sms_{name}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise ImportError('an adapter was imported')\n")
        (package / "manifest.toml").write_text(MANIFEST.format(id=name))
        info = folder / f"sms_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sms-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sms_adapters]\n{name} = sms_{name}\n")
    return folder
