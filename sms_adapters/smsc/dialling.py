"""Making a connection to an SMSC: name, address, network policy and TLS, with a sentence for each way it can fail."""

from __future__ import annotations

import asyncio
import errno
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

__all__ = ["Address", "Step", "Unreachable", "address_of", "alert_of", "dial", "resolve", "tls_context"]

TLS_SHUTDOWN = 2.0
NO_HANDSHAKE = "within the TLS handshake: it may not speak TLS on this port, or not know our address"
PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNEXPECTED_MESSAGE")
"""OpenSSL's words for octets that are no TLS."""

CLIENT_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE", "ACCESS_DENIED")
"""In its words for an alert about our certificate; to TLS 1.2 one that is missing is a failed handshake."""

_AUTHORITY = "set tls_ca_file to the certificate of the operator's own authority"
_NAME = "set tls_server_name to the name in the certificate, if that is the operator's"
CERTIFICATE_MENDS = {**dict.fromkeys((18, 19, 20, 21), _AUTHORITY), **dict.fromkeys((62, 64), _NAME)}
"""By OpenSSL's X509_V_ERR: self-signed, or an issuer that is not known; another host name or address."""


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
    """The context for a configuration; ConfigError for files that cannot be read, each by its field."""
    for field in ("tls_ca_file", "tls_certificate_file", "tls_key_file"):
        path: Path | None = getattr(config, field)
        try:
            if path is not None:
                path.open("rb").close()
        except OSError as error:
            raise ConfigError(f"{field}: {path} cannot be read: {error.strerror}") from error
    return _context(config.tls_ca_file, config.tls_certificate_file, config.tls_key_file, config.tls_verify)


@lru_cache(maxsize=64)
def _context(authority: Path | None, certificate: Path | None, key: Path | None, verify: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise ConfigError(f"tls_ca_file: {authority} holds no certificate in PEM") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        _own(context, certificate, key)
    return context


def _own(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key, password="")  # without one OpenSSL asks at the terminal
    except ssl.SSLError as error:
        fields = "tls_certificate_file" if key is None else "tls_certificate_file and tls_key_file"
        where = certificate if key is None else f"{certificate} and {key}"
        sentence = f"no certificate with its key, in PEM and without a password, in {where}"
        raise ConfigError(f"{fields}: {sentence} ({error.reason or error})") from error


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
            return Unreachable(_unverified(error, address, config), Step.TLS)
        case ssl.SSLError() if not isinstance(error, ssl.SSLEOFError):
            return Unreachable(f"no TLS with {where}: {alert_of(error)}", Step.TLS)
        case ConnectionRefusedError():
            return Unreachable(f"{where} refuses connections: nothing listens there, or a firewall says so", Step.TCP)
        case ConnectionResetError() | ConnectionAbortedError() | ssl.SSLEOFError() if address.tls:
            return Unreachable(f"{where} takes connections, and closed this one {NO_HANDSHAKE}", Step.TLS)
        case ConnectionResetError():
            return Unreachable(f"{where} closed the connection at once: it may not know our address", Step.TCP)
        case TimeoutError():
            return Unreachable(f"{where} does not answer: no route, a firewall, or the VPN is down", Step.ROUTE)
    if config.local_address and (getattr(error, "errno", 0) == errno.EADDRNOTAVAIL or "local address" in str(error)):
        sentence = f"local_address: {config.local_address} is no address of this host that leads to {ip}"
        return Unreachable(sentence, Step.ROUTE)
    reason = getattr(error, "strerror", None) or str(error)
    return Unreachable(f"no connection to {where}: {reason}", Step.ROUTE)


def _unverified(error: ssl.SSLCertVerificationError, address: Address, config: SessionConfig) -> str:
    name = config.tls_server_name or address.host
    mend = CERTIFICATE_MENDS.get(error.verify_code)
    sentence = f"the certificate of {name!r} is not accepted: {error.verify_message.rstrip('.')}"
    return f"{sentence}; {mend}" if mend else sentence


def alert_of(error: ssl.SSLError) -> str:
    """What ended TLS, in a sentence that says what to do where that is known."""
    reason = error.reason or str(error)
    if reason in PLAIN:
        return "the SMSC may not speak TLS on this port"
    if "ALERT" in reason and any(word in reason for word in CLIENT_ALERTS):
        return f"the SMSC wants a certificate of ours, or another one: set tls_certificate_file ({reason})"
    return reason
