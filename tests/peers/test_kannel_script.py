"""What the script that starts Kannel says where it cannot, and what it writes; no Kannel needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kannel
import pytest


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """A machine without Kannel, with apt-get, as root; gives what apt-get was asked for."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(kannel, "missing", lambda: ["bearerbox"])
    monkeypatch.setattr(kannel, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(kannel, "_apt", lambda *arguments: asked.append((*arguments, str(kannel.POLICY.exists()))))
    monkeypatch.setattr(kannel.shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(kannel.os, "geteuid", lambda: 0)
    return asked


def test_nothing_is_installed_where_kannel_is(monkeypatch: pytest.MonkeyPatch, bare: list[Any]) -> None:
    monkeypatch.setattr(kannel, "missing", list)
    kannel.install()
    assert bare == []


def test_without_root_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, bare: list[Any]) -> None:
    monkeypatch.setattr(kannel.os, "geteuid", lambda: 1000)
    with pytest.raises(kannel.Unavailable, match="as root, apt-get install kannel kannel-extras"):
        kannel.install()
    assert bare == []


def test_without_apt_it_says_so(monkeypatch: pytest.MonkeyPatch, bare: list[Any]) -> None:
    monkeypatch.setattr(kannel.shutil, "which", lambda name, **_: None)
    with pytest.raises(kannel.Unavailable, match="there is no apt-get"):
        kannel.install()
    assert bare == []


def test_packages_start_no_services_while_they_are_installed(bare: list[tuple[str, ...]]) -> None:
    with pytest.raises(kannel.Unavailable, match="missing although"):
        kannel.install()
    assert [arguments[0] for arguments in bare] == ["update", "install"]
    assert bare[1][-3:] == ("kannel", "kannel-extras", "True")
    assert not kannel.POLICY.exists()


def test_a_policy_that_is_there_stays(bare: list[tuple[str, ...]]) -> None:
    kannel.POLICY.write_text("theirs")
    with pytest.raises(kannel.Unavailable):
        kannel.install()
    assert kannel.POLICY.read_text() == "theirs"


def test_a_failure_leaves_no_policy_and_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, bare: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: str) -> None:
        raise kannel.Unavailable("apt-get update failed: no network")

    monkeypatch.setattr(kannel, "_apt", fail)
    assert kannel.main(["install"]) == 1
    assert capsys.readouterr().err == "apt-get update failed: no network\n"
    assert not kannel.POLICY.exists()


def test_every_port_is_on_loopback(tmp_path: Path) -> None:
    ports = kannel.Ports(1, 2, 3, 4)
    written = kannel.configuration(tmp_path, ports, [kannel.Service("http://127.0.0.1/?a=%b")])
    values = dict(line.split(" = ", 1) for line in written.splitlines() if " = " in line)
    addresses = ("admin-interface", "smsbox-interface", "our-host", "bearerbox-host", "sendsms-interface")
    assert {values[name] for name in addresses} == {"127.0.0.1"}
    assert [values[name] for name in ("admin-port", "smsbox-port", "port", "sendsms-port")] == ["1", "2", "3", "4"]
    assert values["get-url"] == '"http://127.0.0.1/?a=%b"'


LOG = b"""\
2026-11-23 07:35:53 [1] [0] DEBUG: Got message 1: <12345 +12025550123 text a > b>
2026-11-23 07:35:53 [1] [0] DEBUG: fakesmsc: sent message 1
2026-11-23 07:35:53 [1] [0] DEBUG: Got message 2: <Acme +12025550123 udh %05%00%03%07%02%01 data %00+a>
2026-11-23 07:35:53 [1] [0] DEBUG: Got message 3: <1 +12025550123 ucs-2 %046>
"""


def test_the_log_of_the_fake_smsc_is_read(tmp_path: Path) -> None:
    (tmp_path / "fakesmsc.out").write_bytes(LOG)
    gateway = kannel.Gateway(tmp_path, kannel.Ports(1, 2, 3, 4))
    assert gateway.sent() == [
        kannel.Sent("12345", "+12025550123", "text", b"a > b"),
        kannel.Sent("Acme", "+12025550123", "data", b"\x00 a", bytes.fromhex("050003070201")),
        kannel.Sent("1", "+12025550123", "ucs-2", "ж".encode("utf-16-be")),
    ]
