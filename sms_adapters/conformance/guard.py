"""No network beyond loopback while a check runs."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from ..errors import NotAnOutcome

__all__ = ["NetworkUsed", "loopback_only"]


class NetworkUsed(NotAnOutcome):
    """A check, or an adapter under it, tried to leave this machine."""


def _local(host: object) -> bool:
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse connections and look-ups that are not for loopback."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _local(address[0]):
            raise NetworkUsed(f"a connection to {address[0]} was tried; the suite stays on loopback")
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _local(host):
            raise NetworkUsed(f"the name {host!r} was looked up; the suite stays on loopback")
        return look_up(host, *args, **kwargs)

    with (
        mock.patch.object(socket.socket, "connect", guarded),
        mock.patch.object(socket, "getaddrinfo", guarded_look_up),
    ):
        yield
