"""Two ends of an SMPP connection, for a network namespace each: a simulated SMSC, and the client of a dossier.

::

    python tests/peers/smpp_ends.py serve HOST PORT          # until it is ended; prints who comes
    python tests/peers/smpp_ends.py send DOSSIER NUMBER      # binds, sends, waits for the report
"""

from __future__ import annotations

import queue
import sys
import threading
from pathlib import Path
from typing import Any

from sms_adapters import Client, DeliveryReport, NetworkPolicy, OutboundMessage, Registry
from sms_adapters.intake import read_dossier
from sms_adapters.intake.account import open_account
from sms_adapters.smsc.serving import serving

SECONDS = 15.0


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Arrivals(list[Any]):
    """The connections of the simulated SMSC; tells of each whence it comes."""

    def append(self, peer: Any) -> None:
        """Take one in."""
        tell(f"connected from {peer.transport.get_extra_info('peername')[0]}")
        super().append(peer)


def serve(host: str, port: int) -> None:
    """Serve the simulator, and tell whence each connection comes."""
    simulator = Registry(installed=False).simulator("smpp")
    with serving(simulator, host=host, port=port) as server:
        server.peers = Arrivals()
        tell("listening")
        threading.Event().wait()


def send(path: Path, to: str) -> None:
    """Bind, send a message, and wait until its report has come the other way."""
    registry = Registry(installed=False)
    channel = open_account(read_dossier(path, registry), path, registry)
    reports: queue.SimpleQueue[DeliveryReport] = queue.SimpleQueue()

    def handle(_channel: object, receipt: object) -> None:
        for event in receipt.events:
            reports.put(event)

    with Client(network=NetworkPolicy(allow_private=True)) as client, client.listening(channel, handle):
        account = client.check_account(channel)
        result = client.send(channel, OutboundMessage(to=to, text="Muraho", report=True))
        report = reports.get(timeout=SECONDS)
        same = report.id in result.ids
        tell(f"bound as {account.name}, sent {len(result.ids)} message, reported {report.status} ({same})")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    serve(rest[0], int(rest[1])) if what == "serve" else send(Path(rest[0]), rest[1])
