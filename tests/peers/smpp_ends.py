"""Two ends of an SMPP session for a network namespace each: one that takes a bind, one that asks for it.

::

    python tests/peers/smpp_ends.py serve HOST PORT             # prints "listening", then who bound from where
    python tests/peers/smpp_ends.py bind HOST PORT USER         # prints who answered; the password is in $SMSC_PASSWORD
"""

from __future__ import annotations

import os
import socket
import sys

from sms_adapters.smsc.smpp import FrameReader, Pdu, encode
from sms_adapters.smsc.smpp.pdus import BindTransceiver, BindTransceiverResp, Unbind, UnbindResp

SMSC, INVALID_PASSWORD = "EXAMPLE-SMSC", 0x0000000E
SECONDS = 10.0


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def received(connection: socket.socket, reader: FrameReader) -> Pdu:
    """The next PDU."""
    while True:
        octets = connection.recv(4096)
        if not octets:
            raise EOFError("the other end hung up")
        for pdu, _ in reader.feed(octets):
            if not isinstance(pdu, Pdu):
                raise pdu
            return pdu


def serve(host: str, port: int) -> None:
    """Take one session, and tell whom it was with."""
    with socket.create_server((host, port), family=socket.AF_INET) as server:
        server.settimeout(SECONDS)
        tell("listening")
        connection, (address, _) = server.accept()
        with connection:
            connection.settimeout(SECONDS)
            reader = FrameReader()
            asked = received(connection, reader)
            good = isinstance(asked, BindTransceiver) and asked.password == os.environ["SMSC_PASSWORD"]
            status = 0 if good else INVALID_PASSWORD
            connection.sendall(encode(BindTransceiverResp(system_id=SMSC, status=status), asked.sequence))
            tell(f"bound {asked.system_id} from {address}")
            last = received(connection, reader)
            if isinstance(last, Unbind):
                connection.sendall(encode(UnbindResp(), last.sequence))


def bind(host: str, port: int, user: str) -> None:
    """Bind, tell who answered, and unbind."""
    with socket.create_connection((host, port), timeout=SECONDS) as connection:
        reader = FrameReader()
        asked = BindTransceiver(system_id=user, password=os.environ["SMSC_PASSWORD"], interface_version=0x34)
        connection.sendall(encode(asked, 1))
        answer = received(connection, reader)
        connection.sendall(encode(Unbind(), 2))
        received(connection, reader)
        tell(f"bound to {answer.system_id} status {answer.status}")


if __name__ == "__main__":
    what, host, port, *rest = sys.argv[1:]
    serve(host, int(port)) if what == "serve" else bind(host, int(port), *rest)
