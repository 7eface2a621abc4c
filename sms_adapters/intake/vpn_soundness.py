"""What cannot be right about a VPN, and what is no longer safe."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from .vpn import Vpn

__all__ = ["as_network", "vpn_contradictions", "vpn_warnings"]

AnyNetwork: TypeAlias = IPv4Network | IPv6Network
WEAK_ENCRYPTION, WEAK_INTEGRITY, WEAK_GROUPS = ("3des",), ("md5", "sha1"), (2, 5)
"""NIST SP 800-77 Rev. 1, Guide to IPsec VPNs, section 3: not to be used any more."""


def as_network(text: str) -> AnyNetwork | None:
    """The network that a text is, without bits behind its mask; None if it is none."""
    with suppress(ValueError):
        return ip_network(text)
    return None


def vpn_contradictions(vpn: Vpn, smsc_host: str | None) -> Iterator[tuple[str, str]]:
    """Places and sentences."""
    yield from (*_malformed("ours", vpn.ours.networks), *_malformed("theirs", vpn.theirs.networks))
    ours, theirs = _networks(vpn.ours.networks), _networks(vpn.theirs.networks)
    for one, other in itertools.product(ours, theirs):
        if one.version == other.version and one.overlaps(other):
            yield "vpn.theirs.networks", f"{other} overlaps our {one}: one side has to translate its addresses"
    yield from _outside(theirs, smsc_host)
    if vpn.ours.gateway and vpn.ours.gateway == vpn.theirs.gateway:
        yield "vpn.theirs.gateway", "Both sides have the same gateway"
    if vpn.wireguard.our_key and vpn.wireguard.our_key == vpn.wireguard.their_key:
        yield "vpn.wireguard.their_key", "Both sides have the same WireGuard key"


def _malformed(side: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(texts):
        if as_network(text) is None:
            yield f"vpn.{side}.networks[{number}]", f"{text} is no network{_meant(text)}"


def _networks(texts: Sequence[str]) -> list[AnyNetwork]:
    return [found for text in texts if (found := as_network(text)) is not None]


def _meant(text: str) -> str:
    with suppress(ValueError):
        return f"; {ip_network(text, strict=False)} is"
    return ""


def _outside(theirs: Sequence[AnyNetwork], host: str | None) -> Iterator[tuple[str, str]]:
    """An SMSC that is given by name may be anywhere."""
    with suppress(ValueError):
        address = ip_address(host or "")
        if theirs and not any(address in network for network in theirs):
            yield "smsc.host", f"The SMSC {address} is in none of the networks behind their gateway"


def vpn_warnings(vpn: Vpn) -> Iterator[tuple[str, str]]:
    """Places and sentences about what is out of date."""
    if vpn.kind == "ipsec":
        for name, phase in (("ike", vpn.ike), ("esp", vpn.esp)):
            weak = (
                ("encryption", phase.encryption, WEAK_ENCRYPTION),
                ("integrity", phase.integrity, WEAK_INTEGRITY),
                ("group", phase.group, WEAK_GROUPS),
            )
            for field, value, listed in weak:
                if value in listed:
                    shown = f"Diffie-Hellman group {value}" if field == "group" else value
                    yield f"vpn.{name}.{field}", f"{shown} is weak: ask for a stronger one"
        if vpn.ike.version == 1:
            yield "vpn.ike.version", "IKEv1 is obsolete (RFC 9395): ask for IKEv2"
    for side, gateway in (("ours", vpn.ours.gateway), ("theirs", vpn.theirs.gateway)):
        if gateway and _private(gateway):
            yield f"vpn.{side}.gateway", f"{gateway} is a private address: the other side cannot reach it without NAT"


def _private(gateway: str) -> bool:
    documentation = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    with suppress(ValueError):
        address = ip_address(gateway)
        return address.is_private and not any(address in ip_network(each) for each in documentation)
    return False
