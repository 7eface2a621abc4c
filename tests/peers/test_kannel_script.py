"""What the script that starts Kannel says where it cannot, and what it writes; no Kannel needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kannel
import processes
import pytest


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A machine without Kannel; gives what was to be installed."""
    wanted: list[Any] = []
    monkeypatch.setattr(kannel, "missing", lambda: ["bearerbox"])
    monkeypatch.setattr(processes, "install", lambda *arguments: wanted.append(arguments))
    return wanted


def test_nothing_is_installed_where_kannel_is(monkeypatch: pytest.MonkeyPatch, asked: list[Any]) -> None:
    monkeypatch.setattr(kannel, "missing", list)
    kannel.install()
    assert asked == []


def test_what_is_missing_although_it_was_installed_is_said(asked: list[Any]) -> None:
    with pytest.raises(kannel.Unavailable, match="bearerbox is missing although"):
        kannel.install()
    assert asked == [(["bearerbox"], ("kannel", "kannel-extras"))]


def test_a_failure_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise kannel.Unavailable("apt-get update failed: no network")

    monkeypatch.setattr(processes, "install", fail)
    assert kannel.main(["install"]) == 1
    assert capsys.readouterr().err == "apt-get update failed: no network\n"


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
