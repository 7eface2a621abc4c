"""WireGuard's configuration for our side of the tunnel; the keys are never in it.

Read by `wg-quick`, whose manual has keys come from a command in PostUp (wg-quick(8), "Examples",
https://man7.org/linux/man-pages/man8/wg-quick.8.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from .model import Dossier
from .naming import interface

__all__ = ["wireguard"]


def wireguard(dossier: Dossier) -> str:
    """The text of a file for /etc/wireguard."""
    return "\n".join(_lines(dossier)) + "\n"


def _lines(dossier: Dossier) -> Iterator[str]:
    name, vpn = interface(dossier.name), dossier.vpn
    peer = vpn.wireguard
    yield f"# {dossier.name}: for /etc/wireguard/{name}.conf, then `wg-quick up {name}`."
    yield "# Keys are not here: they are read when the tunnel comes up, from where the last lines of [Interface] say."
    yield from ("", "[Interface]", f"Address = {peer.our_address}")
    if peer.our_port:
        yield f"ListenPort = {peer.our_port}"
    if peer.mtu:
        yield f"MTU = {peer.mtu}"
    yield from _keys(dossier)
    yield from ("", "[Peer]", f"PublicKey = {peer.their_key}")
    yield f"Endpoint = {_host(str(vpn.theirs.gateway))}:{peer.their_port}"
    yield f"AllowedIPs = {', '.join(vpn.theirs.networks)}"
    if peer.keep_alive:
        yield f"PersistentKeepalive = {peer.keep_alive}"


def _keys(dossier: Dossier) -> Iterator[str]:
    peer = dossier.vpn.wireguard
    private, shared = dossier.reference(peer.private_key), dossier.reference(peer.preshared_key)
    if private is not None:
        yield f"PostUp = wg set %i private-key <({private.command})"
    if shared is not None:
        yield f"PostUp = wg set %i peer {peer.their_key} preshared-key <({shared.command})"


def _host(gateway: str) -> str:
    return f"[{gateway}]" if ":" in gateway else gateway
