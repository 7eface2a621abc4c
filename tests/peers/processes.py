"""Programs of others on loopback: installed where they are missing, started, watched, and stopped again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
POLICY = Path("/usr/sbin/policy-rc.d")
SBIN = "/usr/sbin:/usr/local/sbin"


class Unavailable(RuntimeError):
    """The peer is not here and cannot be installed, or did not start; the message says what is missing."""


def program(name: str) -> str | None:
    """The path of a program, also of one that only root has on its path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SBIN}")


def install(missing: Sequence[str], packages: Sequence[str]) -> None:
    """Install Debian's `packages` because `missing` is, without letting them start services of their own."""
    name, wanted = ", ".join(missing), " ".join(packages)
    if program("apt-get") is None:
        raise Unavailable(f"{name} is missing, and there is no apt-get to install {wanted}")
    if os.geteuid() != 0:
        raise Unavailable(f"{name} is missing: as root, apt-get install {wanted}")
    with _no_services():
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


@contextmanager
def _no_services() -> Iterator[None]:
    """invoke-rc.d starts nothing while policy-rc.d says 101; one that is there already is left as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def run(command: Sequence[str]) -> None:
    """Run a program to its end; Unavailable with its last words if it fails."""
    ran = subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        words = (ran.stderr or ran.stdout).strip()[-400:]
        raise Unavailable(f"{Path(command[0]).name} {command[1]} failed: {words}")


def free_ports(count: int) -> list[int]:
    """Ports that are free now; another program may take one before the peer does, then the start is tried again."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [int(server.getsockname()[1]) for server in taken]


def listens(port: int) -> bool:
    """Whether something takes connections at `port`."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


class Programs:
    """Programs of one peer, whose output goes to files in `state`."""

    def __init__(self, peer: str, state: Path, exit_seconds: float = 6.0) -> None:
        self.peer, self.state, self.exit_seconds = peer, state, exit_seconds
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], **options: Any) -> None:
        """Start a program under a name; `options` are those of Popen."""
        with (self.state / f"{name}.out").open("ab") as out:
            self.running[name] = subprocess.Popen(
                [*_tether(), *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.state,
                start_new_session=True,  # Ctrl-C is for us: we stop them in order
                **{"stdin": subprocess.DEVNULL, **options},
            )

    def stop(self, name: str) -> None:
        """End a program, wait until it is gone, and end what it has started and left."""
        process = self.running.pop(name, None)
        if process is None:
            return
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.exit_seconds)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """End all programs, the last one first."""
        for name in reversed(list(self.running)):
            self.stop(name)

    def wait(self, done: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait until `done`; Unavailable if a program ends before that, or the time does."""
        limit = time.monotonic() + seconds
        while not done():
            gone = [name for name, process in self.running.items() if process.poll() is not None]
            if gone or time.monotonic() > limit:
                reason = f"{gone[0]} ended: {self.last_words(gone[0])}" if gone else f"waited {seconds:.0f} s"
                raise Unavailable(f"{self.peer}: not so far that {what}: {reason}; see {self.state}")
            time.sleep(0.05)

    def last_words(self, name: str) -> str:
        """The end of what a program has printed."""
        return (self.state / f"{name}.out").read_text("utf-8", "replace").strip()[-300:]


def _tether() -> list[str]:
    """Ends the programs even when this process is killed outright."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def quiet_environment(home: Path, **more: str) -> Mapping[str, str]:
    """An environment of which nothing leads a program to a user's files or settings."""
    return {"PATH": f"{os.environ.get('PATH', '')}:{SBIN}", "LANG": "C.UTF-8", "HOME": str(home), **more}
