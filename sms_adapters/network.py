"""The SSRF guard: where a channel's own URLs may lead.

A channel's URL comes from whoever configured the channel, who is not always whoever runs the host. Hosts named in an
adapter's manifest are the aggregator's own and pass; every other has to be https on a public address. The address is
checked by the transport, on the one it then connects to, so a name that resolves differently later gains nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from .errors import ConfigError

__all__ = ["NetworkPolicy"]

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What a host allows beyond https on public addresses.

    `allow_private` lets in private, loopback and link-local addresses, `allow_http` plain http, `networks` only these
    networks (CIDR) beside the public ones, by http or https.
    """

    allow_private: bool = False
    allow_http: bool = False
    networks: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether nothing is left to check."""
        return self.allow_private and self.allow_http

    def check_url(self, url: str) -> None:
        """ConfigError unless the scheme is allowed and, where the host is an address, the address."""
        parts = _origin(url)
        address = literal(parts[1])
        listed = address is not None and self._listed(address)
        if parts[0] not in ("http", "https"):
            raise ConfigError(f"{parts[0] or 'no'} scheme in the URL of {parts[1]!r}: use https")
        if parts[0] == "http" and not (self.allow_http or listed or (self.networks and address is None)):
            raise ConfigError(f"plain http to {parts[1]!r} is not allowed: use https, or let the host allow http")
        if address is not None:
            self.check_address(address, parts[1])

    def check_address(self, address: str | IPAddress, host: str) -> None:
        """ConfigError unless a connection to `address` is allowed; `host` is named in the error."""
        found = ipaddress.ip_address(address) if isinstance(address, str) else address
        if self.allow_private or self._listed(found) or _public(found):
            return
        mend = "allow it in the host's NetworkPolicy if it is meant"
        raise ConfigError(f"{host!r} leads to {found}, which is not a public address; {mend}")

    def check_addresses(self, addresses: Sequence[str], host: str) -> str:
        """The first of a name's addresses, once every one is allowed."""
        for address in addresses:
            self.check_address(address.partition("%")[0], host)
        return addresses[0]

    def _listed(self, address: IPAddress) -> bool:
        return any(address in network for network in _networks(self.networks) if network.version == address.version)


def _public(address: IPAddress) -> bool:
    """Global unicast; an IPv6 address that carries an IPv4 one is as public as that one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return _public(inner)
    return address.is_global and not address.is_multicast


def literal(host: str) -> IPAddress | None:
    """The address, where `host` is written as one."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _networks(networks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in networks)


def _origin(url: str) -> tuple[str, str]:
    """Scheme and host; not kept, since the rest of a URL may hold a secret."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.hostname or ""
