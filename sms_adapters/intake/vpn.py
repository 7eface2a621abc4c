"""The VPN of an SMSC connection: both sides, and what they agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import Field

from .fields import Gateway, Identity, Line, Network, Owner, Port, PublicKey, Seconds, Secret, Section, asked, told

__all__ = ["GROUPS", "Esp", "Ike", "Ours", "Theirs", "Vpn", "WireGuard"]

US, THEM = Owner.US, Owner.THEM
Encryption: TypeAlias = Literal["aes128", "aes192", "aes256", "aes128gcm16", "aes256gcm16", "3des"]
Integrity: TypeAlias = Literal["sha1", "sha256", "sha384", "sha512", "md5"]
Group: TypeAlias = Literal[2, 5, 14, 15, 16, 19, 20, 21, 31]
OUR_EXAMPLE = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
THEIR_EXAMPLE = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
GROUPS: Mapping[int, str] = {
    2: "modp1024",
    5: "modp1536",
    14: "modp2048",
    15: "modp3072",
    16: "modp4096",
    19: "ecp256",
    20: "ecp384",
    21: "ecp521",
    31: "x25519",
}
"""Diffie-Hellman groups by their IANA number, as strongSwan names them."""


class Ours(Section):
    """Our side of the tunnel."""

    gateway: Gateway | None = asked(US, "the public address of our VPN gateway", "198.51.100.10")
    networks: tuple[Network, ...] = asked(US, "our networks or hosts behind it", ["192.0.2.16/29"], default=())
    identity: Identity | None = told("our IKE identity, unless it is the address", "vpn.example.org")
    device: Line | None = told("our VPN device and version", "strongSwan 5.9")


class Theirs(Section):
    """The operator's side of the tunnel."""

    gateway: Gateway | None = asked(THEM, "the public address of their VPN gateway", "203.0.113.20")
    networks: tuple[Network, ...] = asked(THEM, "their networks or hosts behind it", ["10.20.0.5/32"], default=())
    identity: Identity | None = told("their IKE identity, unless it is the address", "203.0.113.20")
    device: Line | None = told("their VPN device and version", "Cisco ASA 5525-X, 9.16")


class Ike(Section):
    """Phase 1."""

    version: Literal[1, 2] | None = asked(THEM, "the version of IKE", 2)
    encryption: Encryption | None = asked(THEM, "the encryption of phase 1", "aes256")
    integrity: Integrity | None = asked(THEM, "the integrity (hash) of phase 1", "sha256")
    group: Group | None = asked(THEM, "the Diffie-Hellman group of phase 1", 14)
    lifetime: Seconds | None = asked(THEM, "the lifetime of phase 1 in seconds", 86400)


class Esp(Section):
    """Phase 2."""

    encryption: Encryption | None = asked(THEM, "the encryption of phase 2", "aes256")
    integrity: Integrity | None = asked(THEM, "the integrity (hash) of phase 2", "sha256")
    group: Group | None = told("the Diffie-Hellman group for perfect forward secrecy", 14)
    lifetime: Seconds | None = asked(THEM, "the lifetime of phase 2 in seconds", 3600)


class WireGuard(Section):
    """What WireGuard needs beside the addresses."""

    private_key: Secret | None = asked(US, "our WireGuard private key", {"env": "WG_PRIVATE_KEY"})
    our_key: PublicKey | None = asked(US, "our WireGuard public key", OUR_EXAMPLE)
    our_address: Network | None = asked(US, "our address in the tunnel", "192.0.2.17/32")
    our_port: Port | None = told("the UDP port that we listen on", 51820)
    their_key: PublicKey | None = asked(THEM, "their WireGuard public key", THEIR_EXAMPLE)
    their_port: Port | None = asked(THEM, "the UDP port that they listen on", 51820)
    preshared_key: Secret | None = told("the WireGuard pre-shared key", {"env": "WG_PRESHARED_KEY"})
    keep_alive: Seconds | None = told("the seconds between keep-alives", 25)
    mtu: Seconds | None = told("the MTU of the tunnel", 1380)


class Vpn(Section):
    """The tunnel to the operator."""

    kind: Literal["ipsec", "wireguard", "none"] = Field(default="ipsec", title="the kind of VPN", examples=["ipsec"])
    ours: Ours = Field(default=Ours(), title="our side")
    theirs: Theirs = Field(default=Theirs(), title="their side")
    authentication: Literal["psk", "certificate"] = told("how IKE authenticates", "psk", default="psk")
    psk: Secret | None = told("the pre-shared key of IKE", {"env": "VPN_PSK"})
    dead_peer_detection: Seconds = told("the seconds until a silent peer is asked", 30, default=30)
    starts: Literal["us", "them", "both"] = told("who starts the tunnel", "us", default="us")
    ike: Ike = Field(default=Ike(), title="IKE, phase 1")
    esp: Esp = Field(default=Esp(), title="ESP, phase 2")
    wireguard: WireGuard = Field(default=WireGuard(), title="what WireGuard needs")
