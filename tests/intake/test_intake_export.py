"""What leaves: the letter, the form, and configuration in which no secret stands."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from dossiers import judged

from sms_adapters.intake import Dossier, findings_of
from sms_adapters.intake.export import export, pages_of
from sms_adapters.intake.form import form_blocks
from sms_adapters.intake.ipsec import credentials_script, swanctl
from sms_adapters.intake.naming import interface, slug
from sms_adapters.intake.wireguard import wireguard

HOSTILE = "<script>alert(1)</script> **x** [y](z) | `q` _"


def bare(kind: str = "smsc", **values: object) -> Dossier:
    return Dossier.model_validate({"format": 1, "kind": kind, "name": "Example Telecom", **values})


def exported(dossier: Dossier, folder: Path) -> tuple[dict[str, str], list[str]]:
    paths, left = export(dossier, findings_of(dossier), folder, pdf=False)
    return {path.name: path.read_text() for path in paths}, left


# --- the letter


def test_the_letter_asks_for_what_they_owe_and_not_for_what_we_owe(tmp_path: Path) -> None:
    files, _ = exported(bare("rest"), tmp_path)
    text = files["letter.md"]
    for asked in (
        "the full API document",
        "a test phone number",
        "the address of the console",
        "a support contact",
        "the endpoint that sends a message",
        "the method of authentication",
    ):
        assert f"- [ ] {asked}" in text
    assert "the name of our company" not in text
    assert "- [ ] the password of the test account, by telephone or over a channel that we agree on" in text
    assert "SMSC" not in text
    assert set(files) == {"letter.md", "letter.html"}


def test_a_letter_about_a_complete_dossier_asks_for_nothing(tmp_path: Path) -> None:
    dossier, found = judged(tmp_path)
    text = pages_of(dossier, found)["letter.md"]
    assert "- [ ]" not in text
    assert "We have all that we need from you." in text
    assert "- Base address of the API: https://api.example.net" in text


def test_the_letter_of_an_smsc_encloses_the_form_and_shows_the_steps_in_order(tmp_path: Path) -> None:
    files, _ = exported(bare(steps={"documents": {"state": "done", "date": "2026-01-02"}}), tmp_path)
    text = files["letter.md"]
    assert "- [ ] the VPN form, enclosed, filled in" in text
    steps = re.findall(r"^(\d)\. (.+): (we|you), (.+)$", text, re.MULTILINE)
    assert [step[1] for step in steps][3:5] == [
        "the VPN is up",
        "the request to route incoming messages to us is made",
    ]
    assert steps[0] == ("1", "the documents are here", "you", "done since 2026-01-02")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def tags(text: str) -> list[str]:
    parser = _Tags()
    parser.feed(text)
    return parser.found


def test_nothing_of_a_dossier_becomes_markup(tmp_path: Path) -> None:
    dossier = bare(us={"company": HOSTILE, "contact": HOSTILE}, notes=HOSTILE, smsc={"charset": HOSTILE})
    hostile = Dossier.model_validate({**dossier.model_dump(mode="json", exclude_none=True), "name": HOSTILE})
    files, _ = exported(hostile, tmp_path)
    plain, _ = exported(bare(), tmp_path / "plain")
    for name in ("letter.html", "vpn-form.html"):
        assert "script" not in tags(files[name])
        assert "&lt;script&gt;alert(1)" in files[name]
    assert set(tags(files["letter.html"])) <= set(tags(plain["letter.html"]))
    assert "\\<script\\>" in files["letter.md"]
    assert "**x**" not in files["letter.md"]


def test_no_page_says_where_our_secrets_are(tmp_path: Path) -> None:
    for facts in ({"kind": "rest"}, {"kind": "smsc"}):
        dossier, found = judged(tmp_path, **facts)
        for text in pages_of(dossier, found).values():
            assert not re.search(r"CONSOLE_PASSWORD|SMSC_PASSWORD|VPN_PSK|AUTH_TOKEN", text)


# --- the form


def fields_of(dossier: Dossier) -> dict[str, str]:
    return {row.field: row.value for block in form_blocks(dossier) for row in block.rows}


def test_the_form_has_a_field_for_all_that_they_owe_about_the_vpn() -> None:
    for kind in ("ipsec", "wireguard"):
        dossier = bare(vpn={"kind": kind})
        owed = {item.path for item in findings_of(dossier) if item.path.startswith("vpn.") and item.owner == "them"}
        assert owed
        assert owed <= set(fields_of(dossier))


def test_what_we_know_already_stands_in_its_field(tmp_path: Path) -> None:
    dossier, found = judged(tmp_path, kind="smsc")
    fields = fields_of(dossier)
    assert fields["vpn.theirs.gateway"] == "203.0.113.20"
    assert fields["vpn.theirs.networks"] == "10.20.0.5/32"
    assert fields["vpn.ike.group"] == "14 (modp2048)"
    assert fields["smsc.port"] == "2775"
    page = pages_of(dossier, found)["vpn-form.html"]
    assert 'name="vpn.theirs.gateway" aria-labelledby="vpn.theirs.gateway-label" value="203.0.113.20"' in page
    assert "198.51.100.10" in page


@pytest.mark.parametrize(("paper", "size"), [("a4", "A4"), ("letter", "letter")])
def test_pages_have_the_size_that_is_asked_for(paper: str, size: str) -> None:
    pages = pages_of(bare(), (), paper)
    assert all(f"@page {{ size: {size};" in pages[name] for name in ("letter.html", "vpn-form.html"))


# --- configuration


def test_configuration_is_left_out_until_both_sides_have_said_what_is_in_it(tmp_path: Path) -> None:
    files, left = exported(bare(), tmp_path)
    assert not [name for name in files if name.endswith((".conf", ".sh"))]
    assert left[0].startswith("example-telecom.swanctl.conf, until there is vpn.ours.gateway, vpn.ours.networks")
    _, left = exported(bare(vpn={"kind": "wireguard"}), tmp_path)
    assert left[0].startswith("example-telecom.conf, until there is vpn.ours.gateway")
    files, left = exported(bare(vpn={"kind": "none"}), tmp_path)
    assert (set(files), left) == ({"letter.md", "letter.html"}, [])


SWANCTL = """\
connections {
  example-telecom {
    version = 2
    local_addrs = 198.51.100.10
    remote_addrs = 203.0.113.20
    proposals = aes256-sha256-modp2048
    rekey_time = 77760s
    over_time = 8640s
    dpd_delay = 30s
    keyingtries = 0
    local {
      auth = psk
      id = vpn.example.org
    }
    remote {
      auth = psk
      id = 203.0.113.20
    }
    children {
      example-telecom {
        local_ts = 192.0.2.16/29
        remote_ts = 10.20.0.5/32
        esp_proposals = aes256-sha256-modp2048
        rekey_time = 3240s
        life_time = 3600s
        start_action = start
        dpd_action = restart
      }
    }
  }
}
include example-telecom.secrets
"""


def test_strongswan_gets_what_was_agreed(tmp_path: Path) -> None:
    dossier, _ = judged(tmp_path, kind="smsc")
    assert swanctl(dossier).split("\n\n", 1)[1] == SWANCTL


def test_each_pair_of_networks_is_a_child_of_its_own(tmp_path: Path) -> None:
    changes = {
        '["192.0.2.16/29"]': '["192.0.2.16/29", "192.0.2.32/32"]',
        '["10.20.0.5/32"]': '["10.20.0.0/24", "10.21.0.0/24"]',
    }
    text = swanctl(judged(tmp_path, changes, kind="smsc")[0])
    pairs = list(zip(re.findall(r"local_ts = (\S+)", text), re.findall(r"remote_ts = (\S+)", text), strict=True))
    assert pairs == [
        ("192.0.2.16/29", "10.20.0.0/24"),
        ("192.0.2.16/29", "10.21.0.0/24"),
        ("192.0.2.32/32", "10.20.0.0/24"),
        ("192.0.2.32/32", "10.21.0.0/24"),
    ]
    names = re.findall(r"^ {6}(example-\S+) \{", text, re.MULTILINE)
    assert names == [f"example-telecom-{number}" for number in (1, 2, 3, 4)]


def test_an_aead_cipher_is_offered_with_a_prf_and_without_integrity(tmp_path: Path) -> None:
    dossier, _ = judged(tmp_path, {'encryption = "aes256"': 'encryption = "aes256gcm16"'}, kind="smsc")
    text = swanctl(dossier)
    assert " proposals = aes256gcm16-prfsha256-modp2048\n" in text
    assert " esp_proposals = aes256gcm16-modp2048\n" in text


@pytest.mark.parametrize(
    ("starts", "action", "dpd"),
    [("us", "start", "restart"), ("both", "start|trap", "restart"), ("them", "none", "clear")],
)
def test_who_starts_decides_what_is_done_at_the_start(tmp_path: Path, starts: str, action: str, dpd: str) -> None:
    text = swanctl(judged(tmp_path, {'starts = "us"': f'starts = "{starts}"'}, kind="smsc")[0])
    assert (f"start_action = {action}\n" in text, f"dpd_action = {dpd}\n" in text) == (True, True)


def test_with_certificates_there_is_no_key_and_no_script(tmp_path: Path) -> None:
    dossier, _ = judged(tmp_path, {'authentication = "psk"': 'authentication = "certificate"'}, kind="smsc")
    text = swanctl(dossier)
    assert "auth = pubkey" in text
    assert "certs = example-telecom.pem" in text
    assert "secrets" not in text
    assert credentials_script(dossier) is None


KEY = 'a "key" with $HOME, `id`, \\ and } # in it'


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_the_script_brings_the_key_from_where_it_is_to_where_swanctl_reads_it(tmp_path: Path) -> None:
    import base64

    files, _ = exported(judged(tmp_path, kind="smsc")[0], tmp_path / "out")
    script = files["example-telecom-credentials.sh"]
    assert "VPN_PSK" in script
    run = ["sh", str(tmp_path / "out" / "example-telecom-credentials.sh"), str(tmp_path)]
    unset = subprocess.run(run, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert unset.returncode == 1
    assert "the pre-shared key is empty: it should be in the environment variable VPN_PSK" in unset.stderr
    subprocess.run(run, env={"PATH": "/usr/bin:/bin", "VPN_PSK": KEY}, check=True)
    written = tmp_path / "example-telecom.secrets"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    found = re.search(r"^ +secret = 0s(\S+)$", written.read_text(), re.MULTILINE)
    assert found is not None
    assert base64.b64decode(found[1]).decode() == KEY
    assert re.findall(r"^ +id-[12] = (\S+)$", written.read_text(), re.MULTILINE) == ["vpn.example.org", "203.0.113.20"]


WIREGUARD = """\
[Interface]
Address = 192.0.2.17/32
ListenPort = 51820
MTU = 1380
PostUp = wg set %i private-key <(printenv WG_PRIVATE_KEY)
PostUp = wg set %i peer TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0= preshared-key <(printenv WG_PRESHARED_KEY)

[Peer]
PublicKey = TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=
Endpoint = 203.0.113.20:51820
AllowedIPs = 10.20.0.5/32
PersistentKeepalive = 25
"""


def test_wireguard_gets_what_was_agreed_and_reads_its_keys_elsewhere(tmp_path: Path) -> None:
    dossier, _ = judged(tmp_path, kind="smsc", vpn="wireguard")
    assert wireguard(dossier).split("\n\n", 1)[1] == WIREGUARD


def test_a_key_of_a_keyring_and_an_ipv6_gateway_are_written_as_they_have_to_be(tmp_path: Path) -> None:
    changes = {
        '{ env = "WG_PRIVATE_KEY" }': '{ keyring = "example telecom/vpn" }',
        'gateway = "203.0.113.20"': 'gateway = "2001:db8::20"',
    }
    text = wireguard(judged(tmp_path, changes, kind="smsc", vpn="wireguard")[0])
    assert "private-key <(keyring get 'example telecom' vpn)\n" in text
    assert "Endpoint = [2001:db8::20]:51820\n" in text


def test_configuration_is_for_its_owner_alone(tmp_path: Path) -> None:
    export(judged(tmp_path, kind="smsc")[0], (), tmp_path / "out", pdf=False)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes["example-telecom.swanctl.conf"] == 0o600
    assert modes["letter.md"] == 0o644
    assert len(modes) == 5


@pytest.mark.parametrize(
    ("name", "slugged", "named"),
    [
        ("Example Telecom", "example-telecom", "example-telecom"),
        ("Télécom & Fils S.A.", "telecom-fils-s-a", "telecom-fils-s"),
        ("Связь", "smsc", "smsc"),
        ("x" * 99, "x" * 40, "x" * 15),
    ],
)
def test_names_fit_files_and_interfaces(name: str, slugged: str, named: str) -> None:
    assert (slug(name), interface(name)) == (slugged, named)
