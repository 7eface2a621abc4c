"""Other people's programs: installed without their services, started on loopback, and gone afterwards."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import processes
import pytest
from processes import Programs, Unavailable

MISSING, PACKAGES = ["bearerbox"], ["kannel", "kannel-extras"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """A machine with apt-get, as root; gives what apt-get was asked for, and whether services were held back."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(processes, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(processes, "run", lambda command: calls.append((*command, f"held={processes.POLICY.exists()}")))
    monkeypatch.setattr(processes.shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(processes.os, "geteuid", lambda: 0)
    return calls


def test_without_root_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]]) -> None:
    monkeypatch.setattr(processes.os, "geteuid", lambda: 1000)
    with pytest.raises(Unavailable, match="bearerbox is missing: as root, apt-get install kannel kannel-extras"):
        processes.install(MISSING, PACKAGES)
    assert asked == []


def test_without_apt_it_says_so(monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]]) -> None:
    monkeypatch.setattr(processes.shutil, "which", lambda name, **_: None)
    with pytest.raises(Unavailable, match="there is no apt-get to install kannel kannel-extras"):
        processes.install(MISSING, PACKAGES)
    assert asked == []


def test_packages_start_no_services_while_they_are_installed(asked: list[tuple[str, ...]]) -> None:
    processes.install(MISSING, PACKAGES)
    assert [arguments[1] for arguments in asked] == ["update", "install"]
    assert asked[1][-3:] == ("kannel", "kannel-extras", "held=True")
    assert not processes.POLICY.exists()


def test_a_policy_that_is_there_stays(asked: list[tuple[str, ...]]) -> None:
    processes.POLICY.write_text("theirs")
    processes.install(MISSING, PACKAGES)
    assert processes.POLICY.read_text() == "theirs"


def test_a_failure_leaves_no_policy(monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, ...]]) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("apt-get update failed: no network")

    monkeypatch.setattr(processes, "run", fail)
    with pytest.raises(Unavailable, match="no network"):
        processes.install(MISSING, PACKAGES)
    assert not processes.POLICY.exists()


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(Unavailable, match=r"python\S* -c failed: no network"):
        processes.run([sys.executable, "-c", "import sys; sys.exit('no network')"])


def test_free_ports_are_free_and_differ() -> None:
    ports = processes.free_ports(20)
    assert len(set(ports)) == 20
    assert not any(processes.listens(port) for port in ports)


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def test_a_program_that_will_not_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    programs = Programs("Peer", tmp_path, exit_seconds=0.2)
    programs.start("stubborn", [sys.executable, "-c", STUBBORN])
    programs.wait(lambda: bool(programs.last_words("stubborn")), "it speaks", 20.0)
    pids = [programs.running["stubborn"].pid, int(programs.last_words("stubborn"))]
    assert all(alive(pid) for pid in pids)
    programs.close()
    limit = time.monotonic() + 10.0
    while any(alive(pid) for pid in pids) and time.monotonic() < limit:
        time.sleep(0.05)
    assert [alive(pid) for pid in pids] == [False, False]
    assert programs.running == {}


def test_a_program_that_ends_too_soon_is_quoted(tmp_path: Path) -> None:
    programs = Programs("Peer", tmp_path)
    programs.start("hasty", [sys.executable, "-c", "print('no such file')"])
    with pytest.raises(Unavailable, match="Peer: not so far that it listens: hasty ended: no such file; see "):
        programs.wait(lambda: False, "it listens", 20.0)
    programs.close()


def test_ctrl_c_is_not_for_the_programs(tmp_path: Path) -> None:
    programs = Programs("Peer", tmp_path)
    programs.start("own", [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"])
    programs.wait(lambda: bool(programs.last_words("own")), "it speaks", 20.0)
    group = os.getpgid(programs.running["own"].pid)
    assert group != os.getpgid(0)
    programs.running["own"].send_signal(signal.SIGTERM)
    programs.close()
