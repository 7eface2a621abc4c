"""Kannel's own CIMD2 test centre, `test_cimd2` of Debian's kannel-extras, on loopback for one client at a time.

It ends with its client, so that it is started anew for each connection; what it prints tells what it understood. It
listens on all interfaces, so each one gets a port that was free for the moment that it needs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import processes
from processes import Programs, Unavailable, free_ports, program

PACKAGES = ("kannel-extras",)
CENTRE = Path("/usr/lib/kannel/test/test_cimd2")
USER, PASSWORD = "cimduser", "cimdpass"
SILENT, ANSWERS, DELIVERS = 0, 1, 2
"""Its activity: 2 also delivers messages of random octets every few seconds."""


@dataclass(slots=True)
class Centre:
    """A running centre."""

    port: int
    state: Path

    @property
    def url(self) -> str:
        """As base_url of a channel."""
        return f"cimd2://127.0.0.1:{self.port}"

    def printed(self) -> str:
        """What it has said so far."""
        return (self.state / "test_cimd2.out").read_text("utf-8", "replace")


def install() -> None:
    """Install the package where the centre is missing."""
    if not CENTRE.exists():
        processes.install([CENTRE.name], PACKAGES)
    if not CENTRE.exists():
        raise Unavailable(f"{CENTRE.name} is missing although the package is installed")


@contextmanager
def cimd2_centre(state: Path, activity: int = ANSWERS, intro: str = "") -> Iterator[Centre]:
    """A centre that waits for its client, stopped at the end; Unavailable if it cannot be had."""
    install()
    state.mkdir(parents=True, exist_ok=True)
    (state / "test_cimd2.out").write_bytes(b"")
    [port] = free_ports(1)
    programs = Programs("test_cimd2", state)
    options = ["--user", USER, "--password", PASSWORD, "--activity", str(activity), "--logging", "2"]
    options += ["--intro", intro] if intro else []
    unbuffered = [program("stdbuf") or "stdbuf", "-oL"]
    programs.start("test_cimd2", [*unbuffered, str(CENTRE), "--port", str(port), *options])
    try:
        # It serves its first connection only, so that nothing may knock to see whether it listens.
        programs.wait(lambda: _listens(port), "it listens", 10.0)
        yield Centre(port, state)
    finally:
        programs.close()


def _listens(port: int) -> bool:
    """Whether a socket of this machine listens on `port`, as /proc says."""
    time.sleep(0.05)
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in lines)
