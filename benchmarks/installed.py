"""150 adapters as distributions of their own, in a folder to put on PYTHONPATH."""

from __future__ import annotations

from pathlib import Path

TWILIO = Path(__file__).parent.parent / "sms_adapters" / "builtin" / "twilio" / "manifest.toml"


def manifest(name: str) -> str:
    """Twilio's own manifest, the longest kind there is, under another id."""
    text = TWILIO.read_text(encoding="utf-8")
    assert 'id = "twilio"' in text
    return text.replace('id = "twilio"', f'id = "{name}"')


def make_installed(folder: Path, count: int = 150) -> Path:
    """Write `count` installed distributions with one adapter each below `folder`."""
    for number in range(count):
        name = f"made{number:03d}"
        package = folder / f"sms_{name}"
        package.mkdir(parents=True)
        for module in ("__init__", "adapter", "simulator"):
            (package / f"{module}.py").write_text("raise ImportError('an adapter was imported')\n")
        (package / "manifest.toml").write_text(manifest(name))
        info = folder / f"sms_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sms-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sms_adapters]\n{name} = sms_{name}\n")
    return folder
