"""The VPN form as PDF: its fields are real, take what is typed, and other people's programs show it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest
from processes import Unavailable, install, program
from tunnels import run

pytestmark = pytest.mark.peer

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core", "poppler-utils")
NAME = "Жан Пример"
DOSSIER = f"""
format = 1
kind = "smsc"
name = "Example Telecom"
[us]
company = "Example Platform Ltd"
contact = "Ada Example"
email = "ada@example.org"
[[contacts]]
role = "vpn"
name = "{NAME}"
[smsc]
protocol = "smpp"
host = "10.20.0.5"
address = "8008"
[vpn]
kind = "KIND"
[vpn.ours]
gateway = "198.51.100.10"
networks = ["192.0.2.16/29", "192.0.2.32/32"]
[vpn.theirs]
networks = ["10.20.0.5/32", "10.20.0.6/32"]
"""
POINTS = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}


def export(folder: Path, kind: str, paper: str) -> Path:
    """The form of a dossier, by the command, in a process of its own: the libraries may just have been installed."""
    (folder / "x.toml").write_text(DOSSIER.replace("KIND", kind), encoding="utf-8")
    command = [sys.executable, "-m", "sms_adapters", "intake", "export", "x.toml", "--into", paper, "--paper", paper]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(done.stderr)
    return folder / paper / "vpn-form.pdf"


@pytest.fixture(params=["ipsec", "wireguard"], scope="module")
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A kind of VPN, once the form can be drawn."""
    try:
        try:
            export(tmp_path_factory.mktemp("probe"), request.param, "a4")
            if program("pdftotext") is None:
                raise Unavailable("pdftotext")
        except Unavailable:
            install(["Pango or pdftotext"], PACKAGES)
    except Unavailable as error:
        if os.environ.get("SMS_ADAPTERS_REQUIRE_PEERS") == "1":
            raise
        pytest.skip(str(error))
    return str(request.param)


@pytest.mark.parametrize("paper", POINTS)
def test_the_pdf_has_the_fields_of_the_page_with_what_is_known(tmp_path: Path, kind: str, paper: str) -> None:
    path = export(tmp_path, kind, paper)
    reader = pypdf.PdfReader(path)
    fields = reader.get_fields() or {}
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    assert set(fields) == set(re.findall(r'name="([^"]+)"', page)) - {"viewport"}
    assert len(fields) > 15
    assert fields["contacts.vpn.name"]["/V"] == NAME
    assert fields["vpn.theirs.networks"]["/V"] == "10.20.0.5/32\n10.20.0.6/32"
    assert fields["vpn.theirs.gateway"].get("/V", "") == ""
    assert fields["nat.yes"]["/FT"] == "/Btn"
    assert 1 <= len(reader.pages) <= 2
    for sheet in reader.pages:
        assert [round(float(side), 1) for side in sheet.mediabox[2:]] == [round(side, 1) for side in POINTS[paper]]


def test_what_is_typed_into_the_pdf_is_there_and_is_shown(tmp_path: Path, kind: str) -> None:
    writer = pypdf.PdfWriter(clone_from=export(tmp_path, kind, "a4"))
    typed = {"vpn.theirs.gateway": "203.0.113.20", "vpn.theirs.device": "Cisco ASA 5525-X"}
    for sheet in writer.pages:
        writer.update_page_form_field_values(sheet, typed, auto_regenerate=False)
    writer.write(tmp_path / "filled.pdf")
    fields = pypdf.PdfReader(tmp_path / "filled.pdf").get_fields() or {}
    assert {name: fields[name]["/V"] for name in typed} == typed
    shown = run("pdftotext", "-layout", str(tmp_path / "filled.pdf"), "-")
    assert "198.51.100.10" in shown
    assert all(value in shown for value in (*typed.values(), NAME))


def test_poppler_draws_the_form_without_a_complaint(tmp_path: Path, kind: str) -> None:
    path = export(tmp_path, kind, "letter")
    command = [program("pdftoppm") or "pdftoppm", "-r", "40", "-png", str(path), str(tmp_path / "page")]
    drawn = subprocess.run(command, capture_output=True, text=True, check=True)
    assert drawn.stderr == ""
    assert len(list(tmp_path.glob("page-*.png"))) == len(pypdf.PdfReader(path).pages)
