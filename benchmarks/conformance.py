"""The whole suite for many adapters: copies of the specimen, installed as distributions, on two workers.

Prints seconds and the largest resident size of a worker, for a tenth of the adapters and for all of them: the first
says what an adapter costs, the second whether memory grows with their number.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPECIMEN = Path(__file__).parent.parent / "tests" / "conformance" / "specimen" / "acme"


def install(folder: Path, count: int) -> list[str]:
    """Write `count` distributions below `folder`; gives the adapters' ids."""
    names = [f"acme{number:03d}" for number in range(count)]
    for name in names:
        package = folder / f"sms_{name}"
        shutil.copytree(SPECIMEN, package, ignore=shutil.ignore_patterns("__pycache__"))
        manifest = (package / "manifest.toml").read_text(encoding="utf-8")
        (package / "manifest.toml").write_text(manifest.replace('id = "acme"', f'id = "{name}"'), encoding="utf-8")
        for path in package.rglob("*.http"):
            path.write_bytes(path.read_bytes().replace(b"/c/acme/", f"/c/{name}/".encode()))
        for path in package.rglob("*.yaml"):
            path.write_bytes(path.read_bytes().replace(b"/c/acme/", f"/c/{name}/".encode()))
        info = folder / f"sms_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sms-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sms_adapters]\n{name} = sms_{name}\n")
    return names


def measured(folder: Path, names: list[str], workers: int) -> dict[str, float]:
    """One run of the suite."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-n", str(workers)]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, f"--sms-adapters={','.join(names)}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    print(done.stdout.strip().splitlines()[-1], file=sys.stderr)
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"adapters": len(names), "seconds": seconds, "largest_process_mib": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        names = install(Path(name), given.count)
        rows = [measured(Path(name), names[: max(1, given.count // 10)], given.workers)]
        rows.append(measured(Path(name), names, given.workers))
    if given.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        each = row["seconds"] / row["adapters"]
        size = row["largest_process_mib"]
        print(f"{row['adapters']:4.0f} adapters {row['seconds']:6.0f} s, {each:5.2f} s each, largest {size:5.0f} MiB")


if __name__ == "__main__":
    main()
