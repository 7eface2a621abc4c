"""The exported VPN configuration and the real programs: what they read in it, and an SMPP bind through the tunnel."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from processes import Unavailable
from tunnels import (
    Charon,
    Host,
    charon,
    eventually,
    install,
    run,
    session,
    two_hosts,
    wireguard_keys,
    wireguard_up,
)

from sms_adapters.intake import read_dossier
from sms_adapters.intake.blank import toml_value
from sms_adapters.intake.export import export

pytestmark = pytest.mark.peer

OURS, THEIRS = "198.51.100.10", "203.0.113.20"
OUR_HOST, SMSC = "192.0.2.17", "10.20.0.5"
NO_WAY = "[Uu]nreachable|TransportError|no route"
SENT = "bound as simulated, sent 1 message, reported delivered (True)"
PSK = 'a "pre-shared" key # of {quotes}'
IPSEC: dict[str, Any] = {
    "kind": "ipsec",
    "psk": {"env": "TELECOM_PSK"},
    "ours": {"gateway": OURS, "networks": [f"{OUR_HOST}/32"]},
    "theirs": {"gateway": THEIRS, "networks": [f"{SMSC}/32"]},
    "ike": {"version": 2, "encryption": "aes256", "integrity": "sha256", "group": 14, "lifetime": 86400},
    "esp": {"encryption": "aes256", "integrity": "sha256", "group": 14, "lifetime": 3600},
}


def dossier(vpn: dict[str, Any], folder: Path, name: str = "Example Telecom") -> Path:
    """The file of a dossier that has what the export and the client need."""
    smsc = {"protocol": "smpp", "host": SMSC, "port": 2775, "user": "simulated", "address": "+12025550100"}
    smsc["password"] = {"env": "SMSC_PASSWORD"}
    values = {"format": 1, "kind": "smsc", "name": name, "adapter": "smpp", "country": "US", "smsc": smsc, "vpn": vpn}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text("\n".join(f"{key} = {toml_value(value)}" for key, value in values.items()))
    return path


def mirrored(vpn: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The VPN as the other side sees it."""
    return {**vpn, "ours": vpn["theirs"], "theirs": vpn["ours"], **changes}


def written(made: Path, folder: Path) -> dict[str, Path]:
    paths, left = export(read_dossier(made), (), folder, pdf=False)
    assert left == []
    return {path.name: path for path in paths}


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """Our host and the operator's; skips with what the kernel said where it does not allow that."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(two_hosts(OURS, OUR_HOST, THEIRS, SMSC))
        except Unavailable as error:
            pytest.skip(f"this kernel has no namespaces with cables and TUN devices: {error}")
        yield found


@pytest.fixture(autouse=True)
def programs() -> None:
    try:
        install("ip", "wg", "wg-quick", "wireguard-go", "swanctl", "charon-systemd")
    except Unavailable as error:
        if os.environ.get("SMS_ADAPTERS_REQUIRE_PEERS") == "1":
            raise
        pytest.skip(str(error))


# --- strongSwan


def loaded(daemon: Charon, vpn: dict[str, Any], name: str, folder: Path) -> str:
    """Load what is exported for a VPN, its key brought by the exported script."""
    files = written(dossier(vpn, folder, name), folder)
    script = next((path for file, path in files.items() if file.endswith(".sh")), None)
    if script is not None:
        subprocess.run(["sh", str(script), str(folder)], env={**os.environ, "TELECOM_PSK": PSK}, check=True)
    return daemon.load(next(path for file, path in files.items() if file.endswith(".swanctl.conf")))


PROPOSALS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"version": 1}, {}),
    ({"encryption": "aes256gcm16", "integrity": "sha384", "group": 20}, {"encryption": "aes256gcm16", "group": 19}),
    ({"encryption": "aes128gcm16", "integrity": "sha512", "group": 21}, {"encryption": "aes128gcm16", "group": 21}),
    ({"encryption": "aes128", "integrity": "sha512", "group": 16}, {"integrity": "sha512", "group": 15}),
    ({"encryption": "aes192", "integrity": "sha384", "group": 31}, {"encryption": "aes192", "integrity": "sha384"}),
    ({"encryption": "3des", "integrity": "sha1", "group": 2}, {"encryption": "3des", "integrity": "sha1", "group": 2}),
    ({"integrity": "md5", "group": 5}, {"integrity": "md5", "lifetime": 28800}),
]


@pytest.mark.parametrize("authentication", ["psk", "certificate"])
def test_strongswan_reads_every_proposal_that_a_dossier_can_have(
    hosts: tuple[Host, Host], tmp_path: Path, authentication: str
) -> None:
    with charon(hosts[0], tmp_path / "state") as daemon:
        for number, (ike, esp) in enumerate(PROPOSALS):
            vpn = {**IPSEC, "ike": {**IPSEC["ike"], **ike}, "esp": {**IPSEC["esp"], **esp}}
            vpn |= {"authentication": authentication, "starts": ("us", "them", "both")[number % 3]}
            if number % 2:  # without perfect forward secrecy
                del vpn["esp"]["group"]
            folder = tmp_path / str(number)
            _certificate(folder / "x509" / "example-telecom.pem")
            told = loaded(daemon, vpn, "Example Telecom", folder)
            assert "successfully loaded 1 connections" in told
            assert ("loaded ike secret 'ike-example-telecom'" in told) == (authentication == "psk")
            listed = daemon.swanctl("--list-conns")
            version = "IKEv1" if ike.get("version") == 1 else "IKEv2"
            assert listed.startswith(f"example-telecom: {version}")
            assert f"local:  {OUR_HOST}/32" in listed
            assert f"remote: {SMSC}/32" in listed
            assert f"remote: {THEIRS}" in listed


def _certificate(path: Path) -> None:
    """A certificate of our gateway; swanctl looks for it in x509, beside the configuration."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, OURS)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(key, SHA256())
    path.parent.mkdir(parents=True)
    path.write_bytes(made.public_bytes(Encoding.PEM))


def test_strongswan_refuses_a_file_that_is_broken(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    files = written(dossier(IPSEC, tmp_path), tmp_path / "out")
    path = files["example-telecom.swanctl.conf"]
    with charon(hosts[0], tmp_path / "state") as daemon:
        for old, new in (("modp2048", "modp2049"), ("version = 2", "version = two"), (f"{SMSC}/32", "nowhere/99")):
            good = path.read_text()
            assert old in good
            path.write_text(good.replace(old, new))
            with pytest.raises(Unavailable, match="loading connection 'example-telecom' failed"):
                daemon.load(path)
            path.write_text(good)


@pytest.mark.parametrize(("ike", "esp"), PROPOSALS[:3], ids=["IKEv2", "IKEv1", "GCM and elliptic groups"])
def test_an_smpp_bind_goes_through_strongswan_s_tunnel(
    hosts: tuple[Host, Host], tmp_path: Path, ike: dict[str, Any], esp: dict[str, Any]
) -> None:
    ours, theirs = hosts
    vpn = {**IPSEC, "ike": {**IPSEC["ike"], **ike}, "esp": {**IPSEC["esp"], **esp}}
    with pytest.raises(OSError, match=NO_WAY):
        session(ours, theirs, dossier(vpn, tmp_path), tmp_path)
    with charon(theirs, tmp_path / "b") as operator, charon(ours, tmp_path / "a") as daemon:
        loaded(operator, mirrored(vpn, starts="them"), "Example Platform", tmp_path / "theirs")
        loaded(daemon, vpn, "Example Telecom", tmp_path / "ours")
        eventually(lambda: "INSTALLED" in daemon.swanctl("--list-sas"), "the tunnel is up")
        assert "ESTABLISHED" in operator.swanctl("--list-sas")
        assert daemon.octets() == (0, 0)
        told, smsc = session(ours, theirs, dossier(vpn, tmp_path), tmp_path)
        assert told == SENT
        assert smsc == f"connected from {OUR_HOST}"
        came, went = daemon.octets()
        assert (came > 100, went > 100) == (True, True)


def test_with_another_key_there_is_no_tunnel(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    ours, theirs = hosts
    with charon(theirs, tmp_path / "b") as operator, charon(ours, tmp_path / "a") as daemon:
        loaded(operator, mirrored(IPSEC, starts="them"), "Example Platform", tmp_path / "theirs")
        files = written(dossier(IPSEC, tmp_path), tmp_path / "ours")
        script = files["example-telecom-credentials.sh"]
        subprocess.run(["sh", str(script), str(tmp_path / "ours")], env={**os.environ, "TELECOM_PSK": "x"}, check=True)
        daemon.load(files["example-telecom.swanctl.conf"])
        eventually(lambda: "AUTH_FAILED" in (tmp_path / "a" / "charon.log").read_text(), "the key is refused")
        with pytest.raises(OSError, match=NO_WAY):
            session(ours, theirs, dossier(IPSEC, tmp_path), tmp_path)


# --- WireGuard


def keyed() -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """The VPN of each side, and the variables that hold its keys."""
    (private, public), (their_private, their_public) = wireguard_keys(), wireguard_keys()
    shared = {"preshared_key": {"env": "WG_SHARED"}, "our_port": 51820, "their_port": 51820, "keep_alive": 25}
    keys = {"private_key": {"env": "WG_OURS"}, "our_key": public, "their_key": their_public}
    vpn = {"kind": "wireguard", "ours": IPSEC["ours"], "theirs": IPSEC["theirs"]}
    ours = {**vpn, "wireguard": {**shared, **keys, "our_address": f"{OUR_HOST}/32", "mtu": 1380}}
    keys = {"private_key": {"env": "WG_THEIRS"}, "our_key": their_public, "their_key": public}
    theirs = {**mirrored(vpn), "wireguard": {**shared, **keys, "our_address": f"{SMSC}/32"}}
    values = {"WG_OURS": private, "WG_THEIRS": their_private, "WG_SHARED": run("wg", "genpsk").strip()}
    return ours, theirs, values


def test_wg_quick_reads_the_configuration_and_leaves_wg_what_it_knows(tmp_path: Path) -> None:
    vpn, _, values = keyed()
    path = written(dossier(vpn, tmp_path), tmp_path)["example-telecom.conf"]
    stripped = run("wg-quick", "strip", str(path))
    wanted = {
        "ListenPort = 51820",
        f"PublicKey = {vpn['wireguard']['their_key']}",
        f"Endpoint = {THEIRS}:51820",
        f"AllowedIPs = {SMSC}/32",
        "PersistentKeepalive = 25",
    }
    assert wanted <= set(stripped.splitlines())
    assert not [value for value in values.values() if value in path.read_text()]


def test_an_smpp_bind_goes_through_wireguard_s_tunnel(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    ours, theirs = hosts
    vpn, their_vpn, values = keyed()
    mine = written(dossier(vpn, tmp_path), tmp_path / "ours")["example-telecom.conf"]
    other = written(dossier(their_vpn, tmp_path, "Platform"), tmp_path / "theirs")["platform.conf"]
    with pytest.raises(OSError, match=NO_WAY):
        session(ours, theirs, dossier(vpn, tmp_path), tmp_path)
    for host in hosts:  # wg-quick gives the address inside to the tunnel's own interface
        host.run("ip", "address", "delete", f"{host.inside}/32", "dev", "lo")
    with wireguard_up(theirs, other, values), wireguard_up(ours, mine, values):
        shown = ours.run("wg", "show", "example-telecom", "dump").splitlines()
        assert shown[0].split("\t")[0] == values["WG_OURS"]
        assert shown[1].split("\t")[1] == values["WG_SHARED"]
        told, smsc = session(ours, theirs, dossier(vpn, tmp_path), tmp_path)
        assert told == SENT
        assert smsc == f"connected from {OUR_HOST}"
        came, went = map(int, ours.run("wg", "show", "example-telecom", "transfer").split()[1:])
        assert (came > 100, went > 100) == (True, True)


def test_without_its_key_the_tunnel_does_not_come_up(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    vpn, _, values = keyed()
    path = written(dossier(vpn, tmp_path), tmp_path)["example-telecom.conf"]
    del values["WG_OURS"]
    with pytest.raises(Unavailable, match="Invalid length key in key file"), wireguard_up(hosts[0], path, values):
        pass
    assert "example-telecom" not in hosts[0].run("ip", "link")
