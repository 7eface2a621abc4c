"""strongSwan's configuration for our side of the tunnel; the pre-shared key is never in it.

Read by `swanctl` (strongSwan documentation, "swanctl.conf", https://docs.strongswan.org/docs/5.9/swanctl/swanctlConf.html).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from .model import Dossier
from .naming import slug
from .vpn import GROUPS, Vpn

__all__ = ["credentials_script", "secrets_file", "swanctl"]

Sections: TypeAlias = Mapping[str, "str | Sections"]
AEAD = "gcm"
PRFS: Mapping[str, str] = {"md5": "prfmd5", "sha1": "prfsha1", "sha256": "prfsha256"} | {
    name: f"prf{name}" for name in ("sha384", "sha512")
}
OVERTIME = 10
"""We renew after nine tenths of an agreed lifetime, so that it is us who renew before it ends."""
STARTS: Mapping[str, str] = {"us": "start", "both": "start|trap", "them": "none"}


def secrets_file(dossier: Dossier) -> str:
    """The name of the file that holds the pre-shared key on the gateway, beside the configuration."""
    return f"{slug(dossier.name)}.secrets"


def swanctl(dossier: Dossier) -> str:
    """The text of a file for /etc/swanctl/conf.d."""
    name = slug(dossier.name)
    head = f"# {dossier.name}: for /etc/swanctl/conf.d/{name}.conf, then `swanctl --load-all`.\n"
    lines = _lines({"connections": {name: dict(_connection(dossier, name))}}, "")
    tail = ""
    if dossier.vpn.authentication == "psk":
        head += f"# The pre-shared key is not here: {name}-credentials.sh writes it into {secrets_file(dossier)}.\n"
        tail = f"include {secrets_file(dossier)}\n"
    return head + "\n" + "\n".join(lines) + "\n" + tail


def _lines(sections: Sections, indent: str) -> Iterator[str]:
    for key, value in sections.items():
        if isinstance(value, str):
            yield f"{indent}{key} = {value}"
        else:
            yield f"{indent}{key} {{"
            yield from _lines(value, f"{indent}  ")
            yield f"{indent}}}"


def _connection(dossier: Dossier, name: str) -> Iterator[tuple[str, str | Sections]]:
    vpn = dossier.vpn
    yield "version", str(vpn.ike.version)
    yield "local_addrs", str(vpn.ours.gateway)
    yield "remote_addrs", str(vpn.theirs.gateway)
    yield "proposals", _proposal(vpn.ike.encryption, vpn.ike.integrity, vpn.ike.group, prf=True)
    renew, over = _lifetimes(vpn.ike.lifetime)
    yield from (("rekey_time", renew), ("over_time", over), ("dpd_delay", f"{vpn.dead_peer_detection}s"))
    if vpn.starts != "them":
        yield "keyingtries", "0"
    yield "local", _side(vpn, vpn.ours.identity or vpn.ours.gateway, name)
    yield "remote", _side(vpn, vpn.theirs.identity or vpn.theirs.gateway, None)
    yield "children", {key: dict(child) for key, child in _children(vpn, name)}


def _side(vpn: Vpn, identity: str | None, certificate: str | None) -> Sections:
    if vpn.authentication == "psk":
        return {"auth": "psk", "id": str(identity)}
    own = {"certs": f"{certificate}.pem"} if certificate else {}
    return {"auth": "pubkey", "id": str(identity), **own}


def _children(vpn: Vpn, name: str) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    """One for each pair of networks: many a gateway negotiates no more than one pair at a time."""
    pairs = list(itertools.product(vpn.ours.networks, vpn.theirs.networks))
    for number, (ours, theirs) in enumerate(pairs, 1):
        key = name if len(pairs) == 1 else f"{name}-{number}"
        yield key, _child(vpn, ours, theirs)


def _child(vpn: Vpn, ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    yield from (("local_ts", ours), ("remote_ts", theirs))
    yield "esp_proposals", _proposal(vpn.esp.encryption, vpn.esp.integrity, vpn.esp.group)
    renew, _ = _lifetimes(vpn.esp.lifetime)
    yield from (("rekey_time", renew), ("life_time", f"{vpn.esp.lifetime}s"))
    yield from (("start_action", STARTS[vpn.starts]), ("dpd_action", "clear" if vpn.starts == "them" else "restart"))


def _lifetimes(seconds: int | None) -> tuple[str, str]:
    """When we renew, and how long after that the old keys end; together what was agreed."""
    whole = seconds or 0
    return f"{whole - whole // OVERTIME}s", f"{whole // OVERTIME}s"


def _proposal(encryption: str | None, integrity: str | None, group: int | None, *, prf: bool = False) -> str:
    """What is offered: with an AEAD cipher the integrity is the cipher's own, and IKE names a PRF instead."""
    aead = AEAD in str(encryption)
    second = (PRFS[str(integrity)] if prf else None) if aead else integrity
    return "-".join(part for part in (encryption, second, GROUPS[group] if group else None) if part)


SCRIPT = """\
#!/bin/sh
# Writes the pre-shared key of {name} where swanctl reads it: {file} beside the configuration, for root alone.
# The key is in {where}; run this on the gateway as root.
set -eu
folder=${{1:-/etc/swanctl/conf.d}}
key=$({command}) || key=
[ -n "$key" ] || {{ echo "the pre-shared key is empty: it should be in {where}" >&2; exit 1; }}
key=$(printf %s "$key" | base64 -w 0)
umask 077
cat > "$folder/{file}" <<END
secrets {{
  ike-{slug} {{
    id-1 = {ours}
    id-2 = {theirs}
    secret = 0s$key
  }}
}}
END
"""


def credentials_script(dossier: Dossier) -> str | None:
    """A shell script that brings the pre-shared key to where swanctl reads it; None where there is no such key."""
    vpn, reference = dossier.vpn, dossier.reference(dossier.vpn.psk)
    if vpn.authentication != "psk" or reference is None:
        return None
    return SCRIPT.format(
        name=dossier.name,
        slug=slug(dossier.name),
        file=secrets_file(dossier),
        where=reference,
        command=reference.command,
        ours=vpn.ours.identity or vpn.ours.gateway,
        theirs=vpn.theirs.identity or vpn.theirs.gateway,
    )
