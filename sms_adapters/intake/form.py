"""The VPN form: what we propose, what we know of the other side, and a field for everything that it has to fill in.

Fields are called after their places in the dossier, on the page and in the PDF alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .model import Contact, Dossier
from .vpn import GROUPS

__all__ = ["PROTOCOLS", "Block", "Row", "form_blocks"]

PROPOSED = {"version": "IKEv2", "encryption": "AES-256 (CBC)", "integrity": "SHA-256", "group": "14 (2048 bit MODP)"}
"""What we propose where the dossier has nothing yet; NIST SP 800-77 Rev. 1, section 3."""
IKE_SECONDS, ESP_SECONDS = 86400, 3600
PROTOCOLS = {"smpp": "SMPP", "ucp_emi": "UCP/EMI", "cimd2": "CIMD2"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: our side in words, and the field of the other side."""

    label: str
    ours: str
    field: str
    value: str = ""
    lines: int = 1
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A table of the form."""

    title: str
    ours: str
    theirs: str
    rows: tuple[Row, ...]
    note: str = ""


def form_blocks(dossier: Dossier) -> Iterator[Block]:
    """The tables of the form, in order."""
    sides = (dossier.us.company or "Our side", dossier.name)
    yield Block("Contacts", *sides, tuple(_contacts(dossier)))
    yield Block("Gateways and networks", *sides, tuple(_gateways(dossier)))
    if dossier.vpn.kind == "wireguard":
        yield Block(
            "WireGuard", *sides, tuple(_wireguard(dossier)), "Private keys never leave the machine they are for."
        )
    else:
        note = "Write no pre-shared key on this form: it is agreed by telephone."
        yield Block("Phase 1 (IKE)", "Proposal", "Agreed", tuple(_phase(dossier, "ike")), note)
        yield Block("Phase 2 (ESP)", "Proposal", "Agreed", tuple(_phase(dossier, "esp")))
    yield Block("Traffic through the tunnel", "From", "To", tuple(_traffic(dossier)))


def _contacts(dossier: Dossier) -> Iterator[Row]:
    us, found = dossier.us, [item for item in dossier.contacts if item.role in ("vpn", "technical")]
    them = found[0] if found else Contact(role="vpn")
    yield Row("Name", us.contact or "", "contacts.vpn.name", them.name or "")
    yield Row("E-mail", us.email or "", "contacts.vpn.email", them.email or "")
    yield Row("Telephone", us.phone or "", "contacts.vpn.phone", them.phone or "")
    yield Row("Hours of duty", "", "contacts.vpn.hours", them.hours or "", hint="with time zone")


def _gateways(dossier: Dossier) -> Iterator[Row]:
    ours, theirs = dossier.vpn.ours, dossier.vpn.theirs
    yield Row("Public address of the gateway", ours.gateway or "", "vpn.theirs.gateway", theirs.gateway or "")
    yield Row("Device and version", ours.device or "", "vpn.theirs.device", theirs.device or "")
    if dossier.vpn.kind == "ipsec":
        yield Row(
            "IKE identity, if it is not the address", ours.identity or "", "vpn.theirs.identity", theirs.identity or ""
        )
    networks = "\n".join(theirs.networks)
    hint = "one a line"
    yield Row("Networks or hosts behind it", "\n".join(ours.networks), "vpn.theirs.networks", networks, 3, hint)


def _phase(dossier: Dossier, name: str) -> Iterator[Row]:
    phase: Any = getattr(dossier.vpn, name)
    seconds = IKE_SECONDS if name == "ike" else ESP_SECONDS
    if name == "ike":
        yield Row("Version of IKE", PROPOSED["version"], "vpn.ike.version", _text(phase.version))
        known = {"psk": "Pre-shared key", "certificate": "Certificates"}[dossier.vpn.authentication]
        yield Row("Authentication", known, "vpn.authentication", known)
    yield Row("Encryption", PROPOSED["encryption"], f"vpn.{name}.encryption", _text(phase.encryption))
    yield Row("Integrity (hash)", PROPOSED["integrity"], f"vpn.{name}.integrity", _text(phase.integrity))
    label = "Diffie-Hellman group" if name == "ike" else "Perfect forward secrecy: group"
    yield Row(label, PROPOSED["group"], f"vpn.{name}.group", _group(phase.group))
    yield Row("Lifetime in seconds", str(seconds), f"vpn.{name}.lifetime", _text(phase.lifetime))


def _wireguard(dossier: Dossier) -> Iterator[Row]:
    peer = dossier.vpn.wireguard
    yield Row("Public key", peer.our_key or "", "vpn.wireguard.their_key", peer.their_key or "")
    yield Row("UDP port", _text(peer.our_port), "vpn.wireguard.their_port", _text(peer.their_port))
    yield Row("Address in the tunnel", peer.our_address or "", "vpn.wireguard.their_address")


def _traffic(dossier: Dossier) -> Iterator[Row]:
    smsc, ours = dossier.smsc, ", ".join(dossier.vpn.ours.networks)
    protocol = PROTOCOLS.get(smsc.protocol or "", "SMSC protocol")
    yield Row(f"{protocol}: SMSC address", ours, "smsc.host", smsc.host or "")
    yield Row(f"{protocol}: TCP port", "any", "smsc.port", _text(smsc.port))
    yield Row("Second SMSC: address and port", ours, "smsc.second", hint="if there is one")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _group(number: int | None) -> str:
    return f"{number} ({GROUPS[number]})" if number else ""
