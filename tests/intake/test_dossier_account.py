"""The test account of a dossier as a channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dossiers import complete, registry

from sms_adapters import Channel, ConfigError, Registry
from sms_adapters.intake import read_dossier
from sms_adapters.intake.account import open_account, unresolved

REGISTRY = Registry(installed=False)
SECRETS = {"SMSC_PASSWORD": "smsc-pass", "TWILIO_AUTH_TOKEN": "a-token-of-a-test", "CALLBACK_SECRET": "a-callback"}
SMSC: dict[str, Any] = {
    "protocol": '"smpp"',
    "host": '"10.20.0.5"',
    "port": "2775",
    "user": '"example"',
    "password": '{ env = "SMSC_PASSWORD" }',
    "address": '"8008"',
}


def smsc(folder: Path, more: str = "", adapter: str = "smpp", **changes: str) -> Path:
    path = folder / "x.toml"
    lines = [f"{name} = {value}" for name, value in {**SMSC, **changes}.items()]
    head = f'format = 1\nkind = "smsc"\nname = "Example Telecom"\nadapter = "{adapter}"\ncountry = "RW"\n'
    path.write_text(f"{head}[smsc]\n" + "\n".join(lines) + f"\n{more}")
    return path


def opened(path: Path, environ: dict[str, str] | None = None) -> Channel[Any]:
    return open_account(read_dossier(path, REGISTRY), path, REGISTRY, SECRETS if environ is None else environ)


@pytest.mark.parametrize(
    ("adapter", "changes", "url"),
    [
        ("smpp", {}, "smpp://10.20.0.5:2775"),
        ("smpp", {"tls": "true", "host": '"smsc.example.net"'}, "smpps://smsc.example.net:2775"),
        ("smpp", {"host": '"2001:db8::5"'}, "smpp://[2001:db8::5]:2775"),
        ("ucp_emi", {"protocol": '"ucp_emi"', "port": "5000", "user": '"8008"'}, "ucp://10.20.0.5:5000"),
        ("cimd2", {"protocol": '"cimd2"', "tls": "true"}, "cimd2s://10.20.0.5:2775"),
    ],
)
def test_every_protocol_s_adapter_gets_its_account(
    tmp_path: Path, adapter: str, changes: dict[str, str], url: str
) -> None:
    channel = opened(smsc(tmp_path, adapter=adapter, **changes))
    config = channel.config
    user = changes.get("user", SMSC["user"]).strip('"')
    assert (config.base_url, config.username, config.password.get_secret_value()) == (url, user, "smsc-pass")
    assert (channel.adapter, channel.address, channel.country) == (adapter, "8008", "RW")


def test_what_was_agreed_is_configured(tmp_path: Path) -> None:
    agreed = {"window": "5", "throughput": "20", "keep_alive": "60", "version": '"3.3"', "system_type": '"VMA"'}
    agreed |= {"bind": '"transmitter and receiver"', "long_texts": '"udh"', "international": '"2/1"'}
    config = opened(smsc(tmp_path, **agreed)).config
    assert (config.window, config.throughput, config.keep_alive, config.version) == (5, 20, 60, "3.3")
    assert (config.system_type, config.bind, config.splitting) == ("VMA", "transmitter and receiver", "udh")
    assert config.international == "2/1"


def test_what_an_adapter_does_not_take_is_left_to_it_and_its_own_configuration_wins(tmp_path: Path) -> None:
    more = "[channel.config]\nwindow = 3\n"
    config = opened(smsc(tmp_path, more, window="5000", long_texts='"none"', version='"9"')).config
    assert (config.window, config.splitting, config.version) == (3, "udh", "3.4")
    assert opened(smsc(tmp_path, window="5000")).config.window == 10


REST = """
format = 1
kind = "rest"
name = "Acme"
adapter = "twilio"
[channel]
id = "test"
address = "+12025550100"
public_url = "https://sms.example.org"
callback_secret = { env = "CALLBACK_SECRET" }
[channel.config]
account_sid = "AC00112233445566778899aabbccddeeff"
auth_token = { env = "TWILIO_AUTH_TOKEN" }
"""


def test_a_rest_account_is_the_channel_of_the_dossier(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(REST)
    channel = opened(path)
    assert channel.config.auth_token.get_secret_value() == "a-token-of-a-test"
    assert channel.callback_url("status") == "https://sms.example.org/c/twilio/test/status?key=a-callback"


def test_an_account_that_the_adapter_cannot_have_is_told_in_the_adapter_s_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="configuration of 'ucp_emi': username: string should match"):
        opened(smsc(tmp_path, adapter="ucp_emi", protocol='"ucp_emi"'))


@pytest.mark.parametrize(
    ("path", "environ", "words"),
    [
        ({}, {}, "the test account: config.password: the environment variable SMSC_PASSWORD is not set"),
        ({}, {"SMSC_PASSWORD": ""}, "the environment variable SMSC_PASSWORD is empty"),
        ({"adapter": "smp"}, SECRETS, "did you mean smpp"),
        ({"port": "2775\ncolour = 1"}, SECRETS, "unknown key 'colour'"),
    ],
)
def test_what_stands_in_the_way_is_told(
    tmp_path: Path, path: dict[str, str], environ: dict[str, str], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        opened(smsc(tmp_path, **path), environ)


def test_a_dossier_without_an_adapter_opens_nothing(tmp_path: Path) -> None:
    path = smsc(tmp_path)
    path.write_text(path.read_text().replace('adapter = "smpp"\n', ""))
    with pytest.raises(ConfigError, match='names no adapter: write adapter = "ID"'):
        opened(path)


def test_references_that_lead_nowhere_are_told_by_their_place(tmp_path: Path) -> None:
    dossier = read_dossier(complete(tmp_path, kind="smsc"), registry(tmp_path))
    found = dict(unresolved(dossier, {"SMSC_PASSWORD": "x", "VPN_PSK": ""}))
    assert found == {
        "channel.callback_secret": "the environment variable CALLBACK_SECRET is not set",
        "vpn.psk": "the environment variable VPN_PSK is empty",
    }
