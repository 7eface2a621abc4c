"""SMPP of another make on loopback: the npm package "smpp", as an SMSC (node_smsc.js) and as an ESME (node_esme.js).

The package is installed below `HOME`, where it stays for the next start. Nothing listens beside 127.0.0.1.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import Programs, Unavailable, free_ports, install, program, run

VERSION = "0.5.1"
HERE = Path(__file__).parent
HOME = Path(__file__).parents[2] / ".peers" / "node-smpp"
SYSTEM_ID, PASSWORD = "esme", "secret"
START_SECONDS, RUN_SECONDS, ATTEMPTS = 20.0, 60.0, 3


def install_node_smpp(home: Path = HOME) -> Path:
    """Install what is missing; gives the directory that the scripts find the package in."""
    missing = [name for name in ("node", "npm") if program(name) is None]
    if missing:
        install(missing, ["nodejs", "npm"])
    home.mkdir(parents=True, exist_ok=True)
    modules = home / "node_modules"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (modules / "smpp").exists():
            quiet = ["--no-audit", "--no-fund", "--no-save", "--loglevel", "error"]
            run([program("npm") or "npm", "install", "--prefix", str(home), *quiet, f"smpp@{VERSION}"])
    return modules


def _environment(modules: Path) -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "NODE_PATH": str(modules), "HOME": str(modules.parent)}


class NodeSmsc:
    """The SMSC; `port` is plain, `tls_port` inside TLS where it was given a certificate."""

    def __init__(self, state: Path, modules: Path, certificate: tuple[Path, Path] | None = None) -> None:
        self.state, self.modules, self.certificate = state, modules, certificate
        self.port, self.tls_port = free_ports(2)
        self.programs = Programs("node-smpp", state)

    def open(self) -> None:
        """Start it and wait until it listens."""
        command = [program("node") or "node", str(HERE / "node_smsc.js"), str(self.port)]
        if self.certificate:
            certificate, key = self.certificate
            command += [str(self.tls_port), str(key), str(certificate)]
        environment = _environment(self.modules)
        self.programs.start("node", command, env=environment, stdin=subprocess.PIPE)
        wanted = 2 if self.certificate else 1
        self.wait(lambda: len(self.told("listening")) == wanted, "it listens", START_SECONDS)

    def told(self, what: str) -> list[dict[str, Any]]:
        """What it printed of one kind so far."""
        lines = (self.state / "node.out").read_text("utf-8").splitlines()
        return [found for found in map(json.loads, lines) if found["what"] == what]

    def submits(self, to: str) -> list[dict[str, Any]]:
        """The submit_sm for a number so far."""
        return [found for found in self.told("submit") if found["to"] == to.removeprefix("+")]

    def say(self, **asked: Any) -> None:
        """Tell it to deliver a message, or to drop its connections."""
        stdin = self.programs.running["node"].stdin
        assert stdin is not None
        stdin.write(json.dumps(asked).encode() + b"\n")
        stdin.flush()

    def wait(self, done: Any, what: str, seconds: float = START_SECONDS) -> None:
        """Wait until `done()`, or fail with what the program says."""
        self.programs.wait(done, what, seconds)


@contextmanager
def node_smsc(state: Path, certificate: tuple[Path, Path] | None = None) -> Iterator[NodeSmsc]:
    """The SMSC, stopped at the end; Unavailable if it cannot be had. `certificate` is a file with one, and its key."""
    modules = install_node_smpp()
    for attempt in range(1, ATTEMPTS + 1):
        (state / "node.out").unlink(missing_ok=True)
        smsc = NodeSmsc(state, modules, certificate)
        try:
            smsc.open()
        except Unavailable:
            smsc.programs.close()
            if attempt == ATTEMPTS:
                raise
            continue
        try:
            yield smsc
        finally:
            smsc.programs.close()
        return


@contextmanager
def node_modules() -> Iterator[Path]:
    """The package; Unavailable if it cannot be had."""
    yield install_node_smpp()


def node_esme(
    modules: Path, port: int, account: tuple[str, str], *, to: str, text: str, count: int = 1, window: int = 1
) -> dict[str, Any]:
    """Run the ESME to its end; what it printed."""
    script = [program("node") or "node", str(HERE / "node_esme.js"), str(port), *account]
    command = [*script, str(count), str(window), to.removeprefix("+"), text]
    ran = subprocess.run(
        command, env=_environment(modules), capture_output=True, text=True, timeout=RUN_SECONDS, check=True
    )
    return dict(json.loads(ran.stdout))
