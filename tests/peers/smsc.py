"""A small SMSC on loopback: SMPP 3.4 as a gateway's client needs it, with fates by the destination's last two digits.

Source: "Short Message Peer to Peer Protocol Specification v3.4", https://smpp.org/SMPP_v3_4_Issue1_2.pdf (layouts of
section 4, receipts of appendix B). It binds, takes submit_sm, sends receipts, delivers messages and answers keep-alive.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

LOOPBACK = "127.0.0.1"
SYSTEM_ID, PASSWORD = "esme", "secret"
RESPONSE = 0x80000000
NACK, BIND_RX, BIND_TX, SUBMIT, DELIVER, UNBIND, BIND_TRX, ENQUIRE = 0, 1, 2, 4, 5, 6, 9, 0x15
BINDS = (BIND_RX, BIND_TX, BIND_TRX)
BAD_COMMAND, BAD_PASSWORD = 0x03, 0x0E
UDHI, RECEIPT = 0x40, 0x04
PAYLOAD, RECEIPTED_ID, STATE = 0x0424, 0x001E, 0x0427
ANSWER_SECONDS = 10.0

REFUSALS: Mapping[str, int] = {"10": 0x0A, "11": 0x0B, "12": 0x58, "13": 0x45}
"""Tail of the destination to command_status: wrong source, wrong destination, throttled, submit failed."""
ONCE = frozenset({"12"})
"""Tails that are refused the first time only."""
RECEIPTS: Mapping[str, str] = {
    "92": "UNDELIV",
    "93": "EXPIRED",
    "94": "REJECTD",
    "95": "DELETED",
    "96": "ACCEPTD",
    "97": "UNKNOWN",
}
"""Tail to the state of the receipt; any other destination is DELIVRD, tail 90 gets no receipt."""
SILENT = "90"
STATES = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8}


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit_sm as it came; `octets` begins with a header if `esm_class` says so."""

    source: str
    destination: str
    data_coding: int
    octets: bytes
    esm_class: int
    registered: int
    priority: int
    schedule: str
    validity: str
    ton_npi: tuple[int, int, int, int]
    tlvs: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def udh(self) -> bytes:
        """The user data header with its length octet; empty where there is none."""
        return self.octets[: self.octets[0] + 1] if self.esm_class & UDHI else b""

    @property
    def text(self) -> bytes:
        """What follows the header."""
        return self.octets[len(self.udh) :]


class _Reader:
    """Fields of a body, in order."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def text(self) -> str:
        end = self.body.index(0, self.at)
        found, self.at = self.body[self.at : end], end + 1
        return found.decode("latin-1")

    def octets(self, count: int) -> bytes:
        found = self.body[self.at : self.at + count]
        self.at += count
        return found

    def octet(self) -> int:
        return self.octets(1)[0]

    def tlvs(self) -> Iterator[tuple[int, bytes]]:
        while self.at + 4 <= len(self.body):
            tag, length = struct.unpack(">HH", self.octets(4))
            yield tag, self.octets(length)


def submitted(body: bytes) -> Submitted:
    """Read the body of a submit_sm."""
    reader = _Reader(body)
    reader.text()
    source_kind, source = (reader.octet(), reader.octet()), reader.text()
    kind, destination = (reader.octet(), reader.octet()), reader.text()
    esm_class, _, priority = reader.octets(3)
    schedule, validity = reader.text(), reader.text()
    registered, _, data_coding, _, length = reader.octets(5)
    short = reader.octets(length)
    tlvs = dict(reader.tlvs())
    octets, kinds = tlvs.get(PAYLOAD, short), (*source_kind, *kind)
    said = (esm_class, registered, priority, schedule, validity, kinds, tlvs)
    return Submitted(source, destination, data_coding, octets, *said)


def _text(value: str) -> bytes:
    return value.encode("latin-1") + b"\0"


def _tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


class _Session:
    """One connection of an ESME."""

    def __init__(self, connection: socket.socket, smsc: Smsc) -> None:
        self.connection, self.smsc = connection, smsc
        self.receives = False
        self.answers: dict[int, int] = {}
        self.answered = threading.Condition()
        self._sequence = 0
        self._writing = threading.Lock()

    def run(self) -> None:
        """Serve until the connection ends."""
        with suppress(OSError), self.connection.makefile("rb") as stream:
            while len(head := stream.read(16)) == 16:
                length, command, status, sequence = struct.unpack(">LLLL", head)
                self.take(command, status, sequence, stream.read(length - 16))
        self.smsc.gone(self)

    def take(self, command: int, status: int, sequence: int, body: bytes) -> None:
        """One PDU."""
        if command & RESPONSE:
            with self.answered:
                self.answers[sequence] = status
                self.answered.notify_all()
            return
        handler: Callable[[bytes], tuple[int, bytes]] | None = self.handlers().get(command)
        if handler is None:
            self.write(NACK | RESPONSE, BAD_COMMAND, sequence)
            return
        made, answer = handler(body)
        self.write(command | RESPONSE, made, sequence, answer)
        self.after(command, made, body, answer)

    def handlers(self) -> dict[int, Callable[[bytes], tuple[int, bytes]]]:
        """What answers each command: with a status and a body."""
        binds = dict.fromkeys(BINDS, self.bind)
        return {**binds, SUBMIT: self.smsc.submit, ENQUIRE: lambda _: (0, b""), UNBIND: lambda _: (0, b"")}

    def bind(self, body: bytes) -> tuple[int, bytes]:
        reader = _Reader(body)
        known = (reader.text(), reader.text()) == (SYSTEM_ID, PASSWORD)
        return (0, _text("smsc")) if known else (BAD_PASSWORD, b"")

    def after(self, command: int, status: int, body: bytes, answer: bytes) -> None:
        """What follows an answer: messages may come, a receipt is due, the connection ends."""
        if command in BINDS and status == 0:
            self.receives = command != BIND_TX
        elif command == SUBMIT and status == 0:
            self.smsc.promise(submitted(body), answer)
        elif command == UNBIND:
            self.close()

    def deliver(self, body: bytes) -> int:
        """Send a deliver_sm and wait for the status of its answer."""
        with self._writing:
            self._sequence += 1
            sequence = self._sequence
        self.write(DELIVER, 0, sequence, body)
        with self.answered:
            if not self.answered.wait_for(lambda: sequence in self.answers, ANSWER_SECONDS):
                raise TimeoutError("no deliver_sm_resp")
            return self.answers.pop(sequence)

    def write(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        with self._writing:
            self.connection.sendall(struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body)

    def close(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Smsc:
    """Listens while the context lasts; `submits` is what was accepted, in order."""

    def __init__(self, receipt_seconds: float = 0.3) -> None:
        self.receipt_seconds = receipt_seconds
        self.submits: list[Submitted] = []
        self.refused: Counter[str] = Counter()
        self._server = socket.create_server((LOOPBACK, 0))
        self._sessions: list[_Session] = []
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()
        self._ids = 1000

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.getsockname()[1])

    @property
    def bound(self) -> bool:
        """Whether an ESME is bound that receives."""
        return any(session.receives for session in self._sessions)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for timer in self._timers:
            timer.cancel()
        for session in list(self._sessions):
            session.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                session = _Session(connection, self)
                self._sessions.append(session)
                threading.Thread(target=session.run, daemon=True).start()

    def gone(self, session: _Session) -> None:
        """A connection ended."""
        session.close()
        with suppress(ValueError):
            self._sessions.remove(session)

    def submit(self, body: bytes) -> tuple[int, bytes]:
        """Take a message, or refuse it by the destination's tail."""
        message = submitted(body)
        tail = message.destination[-2:]
        with self._lock:
            if tail in REFUSALS and not (tail in ONCE and self.refused[message.destination]):
                self.refused[message.destination] += 1
                return REFUSALS[tail], b""
            self.submits.append(message)
            self._ids += 1
            return 0, _text(str(self._ids))

    def promise(self, message: Submitted, answer: bytes) -> None:
        """Send the receipt a little later, if the message asks for one."""
        tail, name = message.destination[-2:], answer.rstrip(b"\0").decode()
        if tail != SILENT and message.registered & 3:
            timer = threading.Timer(self.receipt_seconds, self._receipt, (message, name))
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def _receipt(self, message: Submitted, name: str) -> None:
        state = RECEIPTS.get(message.destination[-2:], "DELIVRD")
        stamp, done = datetime.now(UTC).strftime("%y%m%d%H%M"), int(state == "DELIVRD")
        words = f"id:{name} sub:001 dlvrd:{done:03d} submit date:{stamp} done date:{stamp} stat:{state} err:000 text:"
        tlvs = {RECEIPTED_ID: _text(name), STATE: bytes((STATES[state],))}
        with suppress(OSError, TimeoutError, LookupError):
            self.deliver(message.destination, message.source, words.encode(), esm_class=RECEIPT, tlvs=tlvs)

    def deliver(
        self, source: str, destination: str, octets: bytes, data_coding: int = 0, esm_class: int = 0, tlvs: Any = None
    ) -> int:
        """Deliver a message or a receipt; gives the status of the answer, LookupError if no ESME is bound."""
        receiver = next((session for session in self._sessions if session.receives), None)
        if receiver is None:
            raise LookupError("no ESME is bound")
        addresses = b"".join(b"\1\1" + _text(number.removeprefix("+")) for number in (source, destination))
        extra = b"".join(_tlv(tag, value) for tag, value in (tlvs or {}).items())
        middle = bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, data_coding, 0, len(octets)))
        return receiver.deliver(b"\0" + addresses + middle + octets + extra)
