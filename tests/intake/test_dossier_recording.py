"""`conformance --record --dossier` for an SMSC: account, handset and refused number come from the dossier alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sms_adapters import Registry
from sms_adapters.cli.app import cli
from sms_adapters.conformance.cases import exchange_cases, inbound_cases
from sms_adapters.smsc.serving import serving

HANDSET, REFUSED, SHORT_CODE = "+250788123123", "+250788123195", "+250788000111"
CASES = ("account", "login_refused", "refused_recipient", "report")


def test_an_smsc_is_recorded_with_what_its_dossier_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECOM_PASSWORD", "simpass1")
    simulator = Registry(installed=False).simulator("smpp")
    path = tmp_path / "telecom.dossier.toml"
    with serving(simulator) as server:
        path.write_text(f"""
            format = 1
            kind = "smsc"
            name = "Example Telecom"
            adapter = "smpp"
            country = "RW"
            [test]
            number = "{HANDSET}"
            refused = "{REFUSED}"
            [smsc]
            protocol = "smpp"
            host = "{server.host}"
            port = {server.port}
            user = "simulated"
            password = {{ env = "TELECOM_PASSWORD" }}
            address = "{SHORT_CODE}"
        """)
        words = ["--record", "--dossier", str(path), "--into", str(tmp_path / "out"), "--allow-private", "--json"]
        words += [word for case in CASES for word in ("--case", case)]
        result = CliRunner().invoke(cli, ["conformance", *words])
    told = json.loads(result.stdout)
    assert [(case["case"], case["state"], case["error"]) for case in told["cases"]] == [
        (name, "recorded", None) for name in CASES
    ]
    assert result.exit_code == 0
    assert {case.name for case in exchange_cases(tmp_path / "out")} == set(CASES)
    assert [case.expect[0]["status"] for case in inbound_cases(tmp_path / "out")] == ["delivered"]
    octets = b"".join(file.read_bytes() for file in (tmp_path / "out").rglob("*.*"))
    assert not [number for number in (HANDSET, REFUSED, SHORT_CODE) if number[1:].encode() in octets]
    assert server.host.encode() not in octets
