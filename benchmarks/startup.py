"""Start-up with 150 adapters installed, against a bare interpreter that scans entry points, in one run.

What counts is the CPU of the processes; bytecode is cached, as that of installed packages is. `--json` for machines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from installed import make_installed
from turns import Case, Target, judged, of_children, print_cases, print_targets, take_turns

ROOT = Path(__file__).parent.parent
SCAN = "from importlib.metadata import entry_points; entry_points(group='sms_adapters')"
FLOOR = "bare, entry points scanned"
COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    FLOOR: ["-c", SCAN],
    "import sms_adapters": ["-c", "import sms_adapters"],
    "sms-adapters list": ["-m", "sms_adapters", "list"],
    "list in Python": ["-c", "from sms_adapters import Registry; Registry().listings()"],
}
TARGETS = [Target("import sms_adapters", FLOOR, 3.0), Target("sms-adapters list", FLOOR, 3.0)]


def started(arguments: list[str], folder: Path) -> Case:
    """Starts the interpreter with `arguments`, the adapters of `folder` beside this package."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join((str(ROOT), str(folder)))
    environment |= {"PYTHONPATH": path, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}

    def run(count: int) -> None:
        for _ in range(count):
            subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = make_installed(Path(name))
        cases = {case: started(arguments, folder) for case, arguments in COMMANDS.items()}
        turns = take_turns(cases, 1, given.rounds, clock=of_children)
    rows = [judged(target, turns) for target in TARGETS]
    if given.json:
        print(json.dumps({"cases": turns, "targets": rows}, indent=2))
        return
    print_cases(turns)
    print_targets(rows)


if __name__ == "__main__":
    main()
