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
# All that is assigned for global unicast, which leaves out site-local, IPv4-compatible and translated addresses; Python
# knows the parts of it that are none, but for the newest. Sources: "IPv6 Global Unicast Address Assignments" and "IANA
# IPv6 Special-Purpose Address Registry", https://www.iana.org/assignments/iana-ipv6-special-registry.
_UNICAST = ipaddress.ip_network("2000::/3")
_EXAMPLES = ipaddress.ip_network("3fff::/20")


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What a host allows beyond https on public addresses.

    `allow_private` lets in private, loopback and link-local addresses, `allow_http` plain http, `networks` only these
    networks (CIDR) beside the public ones, by http or https.
    """

    allow_private: bool = False
    allow_http: bool = False
    networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            _networks(self.networks)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"NetworkPolicy.networks: {error}; a network is written such as '10.0.0.0/8'") from None

    @property
    def open(self) -> bool:
        """Whether nothing is left to check."""
        return self.allow_private and self.allow_http

    def check_url(self, url: str) -> None:
        """ConfigError unless the scheme is allowed and, where the host is an address, the address.

        Plain http to a name is allowed where `networks` are: whether the name leads there, `check_addresses` sees.
        """
        try:
            parts = _origin(url)
        except ValueError as error:
            raise ConfigError(f"a URL of the channel cannot be read: {error}") from None
        address = literal(parts[1])
        listed = address is not None and self._listed(address)
        if parts[0] not in ("http", "https"):
            raise ConfigError(f"{parts[0] or 'no'} scheme in the URL of {parts[1]!r}: use https")
        if parts[0] == "http" and not (self.allow_http or listed or (self.networks and address is None)):
            raise _plain(parts[1])
        if address is not None:
            self.check_address(address, parts[1])

    def check_address(self, address: str | IPAddress, host: str) -> None:
        """ConfigError unless a connection to `address` is allowed; `host` is named in the error."""
        found = ipaddress.ip_address(address) if isinstance(address, str) else address
        if self.allow_private or self._listed(found) or _public(found):
            return
        mend = "allow it in the host's NetworkPolicy if it is meant"
        raise ConfigError(f"{host!r} leads to {found}, which is not a public address; {mend}")

    def check_addresses(self, addresses: Sequence[str], host: str, scheme: str = "https") -> str:
        """The first of a name's addresses, once every one is allowed; by plain http only `networks` are."""
        for address in addresses:
            found = ipaddress.ip_address(address.partition("%")[0])
            self.check_address(found, host)
            if scheme == "http" and not (self.allow_http or self._listed(found)):
                raise _plain(host)
        return addresses[0]

    def checks_names(self, scheme: str) -> bool:
        """Whether the addresses of a name have to be checked."""
        return not (self.allow_private and (self.allow_http or scheme == "https"))

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
        if address not in _UNICAST or address in _EXAMPLES:
            return False
    return address.is_global and not address.is_multicast


def _plain(host: str) -> ConfigError:
    return ConfigError(f"plain http to {host!r} is not allowed: use https, or let the host allow http")


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
