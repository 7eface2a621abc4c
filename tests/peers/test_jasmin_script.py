"""What the script that starts Jasmin writes and types, and its SMSC; no Jasmin needed."""

from __future__ import annotations

import configparser
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jasmin
import pytest
from jasmin import Ports, Service
from processes import Unavailable
from smsc import PASSWORD, RECEIPTED_ID, SYSTEM_ID, Smsc


def test_what_is_missing_although_it_was_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(jasmin, "missing", lambda: ["rabbitmq-server"])
    monkeypatch.setattr(jasmin, "install", lambda *arguments: asked.append(arguments))
    with pytest.raises(Unavailable, match="rabbitmq-server is missing although"):
        jasmin.install_jasmin(tmp_path)
    assert asked == [(["rabbitmq-server"], ("redis-server", "rabbitmq-server"))]


def test_jasmin_is_installed_once_and_again_where_that_was_not_finished(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(jasmin, "missing", list)
    monkeypatch.setattr(jasmin.venv, "create", lambda place, **_: place.mkdir(exist_ok=True))

    def fail(command: Any) -> None:
        asked.append(command[-2:])
        if len(asked) == 1:
            raise Unavailable("python -m failed: no network")

    monkeypatch.setattr(jasmin, "run", fail)
    with pytest.raises(Unavailable, match="no network"):
        jasmin.install_jasmin(tmp_path)
    tools = [jasmin.install_jasmin(tmp_path) for _ in range(2)]
    assert tools == [tmp_path / f"venv-{jasmin.VERSION}" / "bin"] * 2
    assert asked == [[f"jasmin=={jasmin.VERSION}", "setuptools<80"]] * 2


def test_a_failure_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise Unavailable("apt-get update failed: no network")

    monkeypatch.setattr(jasmin, "install_jasmin", fail)
    assert jasmin.main(["install"]) == 1
    assert capsys.readouterr().err == "apt-get update failed: no network\n"


def test_everything_is_on_loopback_and_at_its_port() -> None:
    ports = Ports(*range(1, len(Ports.__slots__) + 1))
    parser = configparser.RawConfigParser()
    parser.read_string(jasmin.configuration(ports, Path("amqp.xml"), max_parts=7))
    addresses = {
        parser.get(name, key) for name in parser.sections() for key in ("bind", "host") if parser.has_option(name, key)
    }
    assert addresses == {"127.0.0.1"}
    places = [parser.getint(name, "port") for name in parser.sections() if parser.has_option(name, "port")]
    assert sorted(set(places)) == sorted(
        {ports.amqp, ports.redis, ports.http, ports.smpp, ports.smpp_broker, ports.console, ports.router}
        | {ports.clients, ports.interceptor}
    )
    assert parser.get("http-api", "long_content_max_parts") == "7"


def test_incoming_messages_go_where_a_service_says() -> None:
    services = [Service("http://127.0.0.1/a"), Service("http://127.0.0.1/b?c=d", "3", "POST")]
    blocks = list(jasmin.provision(2775, services, Path("script.py")))
    assert ["httpccm -a", "cid web1", "url http://127.0.0.1/a", "method GET", "ok"] in blocks
    assert ["morouter -a", "type DefaultRoute", "connector http(web1)", "ok"] in blocks
    assert ["filter -a", "type DestinationAddrFilter", "fid to2", "destination_addr ^3", "ok"] in blocks
    assert ["morouter -a", "type StaticMORoute", "order 2", "filters to2", "connector http(web2)", "ok"] in blocks


@pytest.fixture
def console() -> Iterator[Any]:
    """A console that greets, and answers every line with what a test puts into the list."""
    answers: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"\xff\xfdWelcome\r\r\nSession ref: 3\r\r\n")
                while answers and connection.recv(4096):
                    connection.sendall(answers.pop(0))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], answers
        thread.join(5)


def test_the_console_is_typed_line_by_line(console: Any) -> None:
    port, answers = console
    answers += [b"group -a\r\nAdding a new Group: (ok: save)\r\n> ", b"ok\r\nSuccessfully added\r\njcli : "]
    made = jasmin.Console(port)
    made.make(["group -a", "ok"])
    made.close()
    assert answers == []


def test_what_the_console_objects_to_is_quoted(console: Any) -> None:
    port, answers = console
    answers += [b"type X\r\nUnknown MT Route type:X\r\n> "]
    made = jasmin.Console(port)
    with pytest.raises(Unavailable, match="refused 'type X' of 'type X': Unknown MT Route type:X"):
        made.make(["type X", "ok"])
    made.close()


# the SMSC


class Esme:
    """A client of the SMSC, as bare as can be."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.stream = self.socket.makefile("rb")

    def ask(self, command: int, body: bytes = b"", sequence: int = 1, status: int = 0) -> tuple[int, int, int, bytes]:
        self.socket.sendall(struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body)
        return self.read()

    def read(self) -> tuple[int, int, int, bytes]:
        length, command, status, sequence = struct.unpack(">LLLL", self.stream.read(16))
        return command, status, sequence, self.stream.read(length - 16)

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    with Smsc(receipt_seconds=0.01) as made:
        yield made


@pytest.fixture
def esme(smsc: Smsc) -> Iterator[Esme]:
    made = Esme(smsc.port)
    yield made
    made.close()


def bind(password: str = PASSWORD) -> bytes:
    return f"{SYSTEM_ID}\0{password}\0\0".encode() + b"\x34\0\0\0"


def submit(destination: str, octets: bytes = b"hi", registered: int = 0, tlvs: bytes = b"") -> bytes:
    """SMPP 3.4, section 4.4.1."""
    head = b"\0" + b"\2\1" + b"2255\0" + b"\1\1" + destination.encode() + b"\0"
    return (
        head + b"\x40\0\3" + b"261123083000000+\0" + b"\0" + bytes((registered, 0, 8, 0, len(octets))) + octets + tlvs
    )


def test_a_wrong_password_is_refused_and_a_right_one_bound(smsc: Smsc, esme: Esme) -> None:
    assert esme.ask(9, bind("wrong"))[:3] == (0x80000009, 0x0E, 1)
    assert not smsc.bound
    assert esme.ask(9, bind(), 2)[:3] == (0x80000009, 0, 2)
    assert esme.ask(0x15, b"", 3) == (0x80000015, 0, 3, b"")
    assert smsc.bound


def test_a_message_is_read_field_by_field(smsc: Smsc, esme: Esme) -> None:
    octets = b"\5\0\3\7\2\1" + "ж".encode("utf-16-be")
    assert esme.ask(4, submit("12025550123", octets))[:2] == (0x80000004, 0)
    (taken,) = smsc.submits
    assert (taken.source, taken.destination, taken.data_coding) == ("2255", "12025550123", 8)
    assert (taken.udh, taken.text) == (octets[:6], octets[6:])
    assert (taken.priority, taken.schedule, taken.validity) == (3, "261123083000000+", "")


def test_a_payload_stands_for_the_text(smsc: Smsc, esme: Esme) -> None:
    esme.ask(4, submit("12025550123", b"", tlvs=struct.pack(">HH", 0x0424, 300) + b"\0" + b"p" * 299))
    assert smsc.submits[0].octets == b"\0" + b"p" * 299


def test_a_busy_smsc_refuses_once(smsc: Smsc, esme: Esme) -> None:
    assert [esme.ask(4, submit("12025550112"))[1] for _ in range(2)] == [0x58, 0]
    assert [esme.ask(4, submit("12025550111"))[1] for _ in range(2)] == [0x0B, 0x0B]
    assert len(smsc.submits) == 1


def test_a_receipt_comes_to_who_asked_for_one(smsc: Smsc, esme: Esme) -> None:
    esme.ask(9, bind())
    esme.ask(4, submit("12025550192"))
    _, _, _, name = esme.ask(4, submit("12025550192", registered=1))
    command, _, sequence, body = esme.read()
    assert command == 5
    assert b"stat:UNDELIV" in body
    assert struct.pack(">HH", RECEIPTED_ID, len(name)) + name in body
    esme.socket.sendall(struct.pack(">LLLL", 17, 0x80000005, 0, sequence) + b"\0")


def test_a_message_from_a_handset_is_answered(smsc: Smsc, esme: Esme) -> None:
    esme.ask(9, bind())
    esme.ask(0x15)  # the answer to the bind goes out before it counts
    statuses: list[int] = []
    thread = threading.Thread(
        target=lambda: statuses.append(smsc.deliver("+447700900001", "2001", b"\4\x36", 8)), daemon=True
    )
    thread.start()
    command, _, sequence, body = esme.read()
    esme.socket.sendall(struct.pack(">LLLL", 17, 0x80000005, 0x14, sequence) + b"\0")
    thread.join(10)
    assert (command, statuses) == (5, [0x14])
    addresses = b"\x01\x01" + b"447700900001\0" + b"\x01\x01" + b"2001\0"
    assert body == b"\0" + addresses + b"\0\0\0" + b"\0\0" + b"\0\0\x08\0\2" + b"\4\x36"


def test_an_unknown_command_is_refused(esme: Esme) -> None:
    assert esme.ask(0x103) == (0x80000000, 3, 1, b"")


def test_without_an_esme_nothing_can_be_delivered(smsc: Smsc) -> None:
    with pytest.raises(LookupError, match="no ESME is bound"):
        smsc.deliver("+447700900001", "2001", b"hi")
