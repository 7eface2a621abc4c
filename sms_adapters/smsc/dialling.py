"""Making a connection to an SMSC: name, address, network policy and TLS, with a sentence for each way it can fail."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ..errors import ConfigError
from .dialects import Dialect

if TYPE_CHECKING:
    from ..network import NetworkPolicy
    from .config import SessionConfig

__all__ = ["Address", "Step", "Unreachable", "address_of", "dial", "resolve", "tls_context"]

TLS_SHUTDOWN = 2.0


class Step:
    """The steps of a connection, by name, for a report of where it failed."""

    NAME, ROUTE, TCP, TLS = "name", "route", "tcp", "tls"


class Unreachable(Exception):
    """A connection was not made; the message is a sentence, `step` where it failed."""

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


class Address(NamedTuple):
    """Where an SMSC is."""

    host: str
    port: int
    tls: bool

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def address_of(config: SessionConfig, dialect: Dialect) -> Address:
    """The address in a configuration; ConfigError for the scheme of another protocol."""
    parts = urlsplit(config.base_url)
    if parts.scheme not in (dialect.name, f"{dialect.name}s") or not parts.hostname:
        raise ConfigError(f"base_url: {dialect.name}://host:port or {dialect.name}s://host:port is needed")
    return Address(parts.hostname, parts.port or dialect.port, parts.scheme == f"{dialect.name}s")


def tls_context(config: SessionConfig) -> ssl.SSLContext:
    """The context for a configuration; ConfigError for files that cannot be read."""
    try:
        return _context(config.tls_ca_file, config.tls_certificate_file, config.tls_key_file, config.tls_verify)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"the files for TLS cannot be used: {error.strerror or error}") from error


@lru_cache(maxsize=64)
def _context(authority: Path | None, certificate: Path | None, key: Path | None, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


async def resolve(address: Address, policy: NetworkPolicy | None) -> list[str]:
    """The addresses of a host, all of them allowed by `policy`."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        sentence = f"the name {address.host!r} has no address ({getattr(error, 'strerror', None) or error})"
        raise Unreachable(sentence, Step.NAME) from error
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    if policy is not None:
        policy.check_addresses(addresses, address.host)
    return addresses


async def dial(
    make: Callable[[], asyncio.Protocol], config: SessionConfig, dialect: Dialect, policy: NetworkPolicy | None
) -> None:
    """Connect to the first address that takes it; Unreachable, or ConfigError where it is not allowed.

    One that is silent holds up the next no longer than its share of the time; the last may use what is left.
    """
    address = address_of(config, dialect)
    context = tls_context(config) if address.tls else None
    failed: Unreachable | None = None
    addresses = await resolve(address, policy)
    share = config.connect_timeout / (len(addresses) + 1)
    for ip in addresses:
        try:
            async with asyncio.timeout(share if ip != addresses[-1] else None):
                await _connect(make, ip, address, config, context)
        except OSError as error:
            failed = _failure(error, address, ip, config)
        else:
            return
    raise failed or Unreachable(f"{address.host!r} has no address", Step.NAME)


async def _connect(
    make: Callable[[], asyncio.Protocol], ip: str, address: Address, config: SessionConfig, tls: ssl.SSLContext | None
) -> None:
    options: dict[str, Any] = {"local_addr": (config.local_address, 0)} if config.local_address else {}
    if tls is not None:
        name = config.tls_server_name or address.host
        options |= {"ssl": tls, "server_hostname": name, "ssl_shutdown_timeout": TLS_SHUTDOWN}
    await asyncio.get_running_loop().create_connection(make, ip, address.port, **options)


def _failure(error: Exception, address: Address, ip: str, config: SessionConfig) -> Unreachable:
    where = str(address) if ip == address.host else f"{address} ({ip})"
    match error:
        case ssl.SSLCertVerificationError():
            name = config.tls_server_name or address.host
            return Unreachable(f"the certificate of {name!r} is not accepted: {error.verify_message}", Step.TLS)
        case ssl.SSLError():
            plain = "the SMSC may not speak TLS on this port" if "WRONG_VERSION" in str(error) else error.reason
            return Unreachable(f"no TLS with {where}: {plain or error}", Step.TLS)
        case ConnectionRefusedError():
            return Unreachable(f"{where} refuses connections: nothing listens there, or a firewall says so", Step.TCP)
        case ConnectionResetError():
            return Unreachable(f"{where} closed the connection at once: it may not know our address", Step.TCP)
        case TimeoutError():
            return Unreachable(f"{where} does not answer: no route, a firewall, or the VPN is down", Step.ROUTE)
    reason = getattr(error, "strerror", None) or str(error)
    return Unreachable(f"no connection to {where}: {reason}", Step.ROUTE)
