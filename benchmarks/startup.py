"""Start-up with 150 adapters installed, against a bare interpreter that scans entry points, in one run."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from installed import make_installed

SCAN = "from importlib.metadata import entry_points; entry_points(group='sms_adapters')"
CASES = {
    "bare interpreter": ["-c", "pass"],
    "bare, entry points scanned": ["-c", SCAN],
    "import sms_adapters": ["-c", "import sms_adapters"],
    "sms-adapters list": ["-m", "sms_adapters", "list"],
    "list in Python": ["-c", "from sms_adapters import Registry; Registry().listings()"],
}


def best(arguments: list[str], folder: Path, rounds: int) -> float:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = make_installed(Path(name))
        found = {case: best(arguments, folder, given.rounds) for case, arguments in CASES.items()}
    floor = found["bare, entry points scanned"]
    if given.json:
        print(json.dumps({case: {"seconds": value, "ratio": value / floor} for case, value in found.items()}, indent=2))
        return
    for case, value in found.items():
        print(f"{case:28} {value * 1000:7.0f} ms {value / floor:6.2f} x the scan")


if __name__ == "__main__":
    main()
