"""Wheels, and scratch environments that they are installed into."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

__all__ = ["build", "environment"]


def build(folder: Path, out: Path) -> Path:
    """The wheel of the project in `folder`, built into `out`."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return max(out.glob("*.whl"), key=lambda path: path.stat().st_mtime)


def environment(folder: Path, *wheels: Path) -> Path:
    """The Python of an environment made in `folder`, which sees this one's packages and has the wheels installed."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    # The .pth also runs the other environment's own .pth files: ours may be installed as editable.
    (site / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    for wheel in wheels:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
        subprocess.run([*command, "--no-index", "--target", str(site), str(wheel)], check=True, capture_output=True)
    return folder / "bin" / "python"
