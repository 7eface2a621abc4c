"""A real Kannel on loopback: bearerbox, smsbox and the fake SMSC that comes with it.

`kannel_gateway` starts the three programs of Debian's packages kannel and kannel-extras with a configuration of its
own, and stops them again. As a program::

    python tests/peers/kannel.py install      # once, as root
    python tests/peers/kannel.py start        # until Ctrl-C

Nothing listens beside 127.0.0.1, and every port is one that was free.
"""

from __future__ import annotations

import argparse
import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import processes
from processes import LOOPBACK, Programs, Unavailable, free_ports, listens, program

PACKAGES = ("kannel", "kannel-extras")
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
STATUS_PASSWORD = "status-example"
LINE_OCTETS = 254
ONLINE_SECONDS, ATTEMPTS = 30.0, 3

USERS: Mapping[str, Mapping[str, str]] = {
    "tester": {"concatenation": "true", "max-messages": "10"},
    "pieces": {"concatenation": "false", "max-messages": "10"},
    "single": {},
}
"""Accounts of sendsms, all with PASSWORD: one that joins, one that splits into separate messages, one by default."""
PASSWORD = "tester-example"
NOT_ROUTED, DENIED = "+12025550191", "+12025550192"
"""Numbers for which no SMSC takes messages, and for which no account may send."""


@dataclass(frozen=True, slots=True)
class Service:
    """An sms-service: where incoming messages for numbers that begin with `prefix` go; `url` has Kannel's escapes."""

    url: str
    prefix: str = ""
    form: str = "get-url"
    options: Mapping[str, str] = field(default_factory=lambda: {"max-messages": "0"})

    def lines(self, number: int) -> str:
        """The group in Kannel's configuration."""
        values = {"keyword": "default", "name": f"service-{number}", self.form: f'"{self.url}"', "catch-all": "true"}
        if self.prefix:
            values["allowed-receiver-prefix"] = self.prefix
        return group("sms-service", {**values, **self.options})


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the fake SMSC got it.

    `octets` is UTF-8 for `text`, UTF-16BE for `ucs-2`, as they are for `data`, and one of these where there is a `udh`.
    """

    sender: str
    to: str
    kind: str
    octets: bytes
    udh: bytes = b""


def missing() -> list[str]:
    """The programs that are not here."""
    boxes = [name for name in ("bearerbox", "smsbox") if program(name) is None]
    return boxes if FAKESMSC.exists() else [*boxes, FAKESMSC.name]


def install() -> None:
    """Install the packages without letting them start services of their own; nothing to do where they are."""
    lacking = missing()
    if not lacking:
        return
    processes.install(lacking, PACKAGES)
    if still := missing():
        raise Unavailable(f"{', '.join(still)} is missing although the packages are installed")


def group(kind: str, values: Mapping[str, Any]) -> str:
    """One group of Kannel's configuration."""
    return "\n".join([f"group = {kind}", *(f"{name} = {value}" for name, value in values.items())]) + "\n"


@dataclass(frozen=True, slots=True)
class Ports:
    admin: int
    boxes: int
    smsc: int
    sendsms: int


def _free_ports() -> Ports:
    """Ports that are free now."""
    return Ports(*free_ports(4))


def configuration(state: Path, ports: Ports, services: Sequence[Service], **changes: Mapping[str, Any]) -> str:
    """Kannel's configuration; `changes` are values of the groups core, smsc and smsbox."""
    boxes = [group(kind, {**own, **changes.get(kind, {})}) for kind, own in _boxes(state, ports).items()]
    account = {"password": PASSWORD, "black-list-regex": f'"^\\\\{DENIED}$"'}
    users = [group("sendsms-user", {"username": name, **account, **options}) for name, options in USERS.items()]
    offered = [service.lines(number) for number, service in enumerate(services, 1)]
    return "\n".join([*boxes, *users, *offered])


def _boxes(state: Path, ports: Ports) -> dict[str, dict[str, Any]]:
    """There is no smsbox-id: a box that has one is sent no incoming message without an smsbox-route."""
    return {
        "core": {
            "admin-port": ports.admin,
            "admin-interface": LOOPBACK,
            "admin-password": STATUS_PASSWORD,
            "status-password": STATUS_PASSWORD,
            "smsbox-port": ports.boxes,
            "smsbox-interface": LOOPBACK,
            "log-file": f'"{state}/bearerbox.log"',
            "log-level": 0,
            "dlr-storage": "internal",
        },
        "smsc": {
            "smsc": "fake",
            "smsc-id": "FAKE",
            "our-host": LOOPBACK,
            "port": ports.smsc,
            "connect-allow-ip": LOOPBACK,
            "denied-prefix": NOT_ROUTED,
        },
        "smsbox": {
            "bearerbox-host": LOOPBACK,
            "bearerbox-port": ports.boxes,
            "sendsms-port": ports.sendsms,
            "sendsms-interface": LOOPBACK,
            "log-file": f'"{state}/smsbox.log"',
            "log-level": 0,
        },
    }


class Gateway:
    """The three programs; `state` holds their configuration and logs."""

    def __init__(self, state: Path, ports: Ports) -> None:
        self.state, self.ports = state, ports
        self.programs = Programs("Kannel", state)
        self._typed = 0

    @property
    def running(self) -> Mapping[str, subprocess.Popen[bytes]]:
        """The programs by their names."""
        return self.programs.running

    @property
    def url(self) -> str:
        """Where smsbox takes messages, without the path."""
        return f"http://{LOOPBACK}:{self.ports.sendsms}"

    def start(self, name: str) -> None:
        """Start bearerbox, smsbox or fakesmsc; its output goes to a file."""
        conf = str(self.state / "kannel.conf")
        # -v 4 keeps the console for panics, the log file has the rest. The fake SMSC looks for input every 0.05 s.
        command = {
            "bearerbox": [program("bearerbox") or "bearerbox", "-v", "4", conf],
            "smsbox": [program("smsbox") or "smsbox", "-v", "4", conf],
            "fakesmsc": [str(FAKESMSC), "-H", LOOPBACK, "-r", str(self.ports.smsc), "-i", "0.05"],
        }[name]
        self.programs.start(name, command, stdin=subprocess.PIPE if name == "fakesmsc" else subprocess.DEVNULL)

    def stop(self, name: str) -> None:
        """End a program, and wait until it is gone."""
        self.programs.stop(name)

    def close(self) -> None:
        """End all programs."""
        self.programs.close()

    def open(self) -> None:
        """Start all programs and wait until a message can pass."""
        self.start("bearerbox")
        self._wait(lambda: listens(self.ports.boxes), "bearerbox listens")
        self.start("smsbox")
        self._wait(lambda: listens(self.ports.sendsms), "smsbox listens")
        self.start_smsc()

    def start_smsc(self) -> None:
        """Start the fake SMSC and wait until bearerbox has it online."""
        self._typed = 0
        (self.state / "fakesmsc.out").write_bytes(b"")
        self.start("fakesmsc")
        self._wait(lambda: bool(re.search(r"FAKE.*online", self.status())), "the fake SMSC is online")

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        self.programs.wait(done, what, ONLINE_SECONDS)

    def status(self) -> str:
        """What bearerbox says about itself and its connections; empty while it does not answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.ports.admin, timeout=5)
        try:
            connection.request("GET", f"/status.txt?password={STATUS_PASSWORD}")
            return connection.getresponse().read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()

    def type(self, sender: str, to: str, text: str) -> None:
        """Type a GSM text on a handset."""
        self._mo(f"{sender} {to} text {text}".encode())

    def type_unicode(self, sender: str, to: str, text: str) -> None:
        """Type a Unicode text on a handset."""
        self._mo(f"{sender} {to} ucs2 {quote_from_bytes(text.encode('utf-16-be'), safe='')}".encode())

    def type_data(self, sender: str, to: str, data: bytes, udh: bytes = b"") -> None:
        """Send octets from a handset, with a user data header if there is one."""
        kind = f"udh {quote_from_bytes(udh, safe='')}" if udh else "data"
        self._mo(f"{sender} {to} {kind} {quote_from_bytes(data, safe='')}".encode())

    def _mo(self, line: bytes) -> None:
        """Hand the fake SMSC one line and wait until it was passed on: it overlooks one that comes too soon."""
        stdin = self.running["fakesmsc"].stdin
        if len(line) > LINE_OCTETS:
            raise ValueError(f"the fake SMSC reads {LINE_OCTETS} octets a line, not {len(line)}")
        assert stdin is not None
        stdin.write(line + b"\n")
        stdin.flush()
        self._typed += 1
        wanted = f"fakesmsc: sent message {self._typed}".encode()
        self._wait(lambda: wanted in (self.state / "fakesmsc.out").read_bytes(), "the fake SMSC takes a message")

    def sent(self) -> list[Sent]:
        """What the fake SMSC got to send since it was started, in order."""
        return [_sent(*found) for found in GOT.findall((self.state / "fakesmsc.out").read_bytes())]


GOT = re.compile(rb"Got message \d+: <(\S*) (\S*) (?:udh (\S*) )?(text|data|ucs-2) (.*)>$", re.MULTILINE)


def _sent(sender: bytes, to: bytes, udh: bytes, kind: bytes, written: bytes) -> Sent:
    octets = written if kind == b"text" else _plain(written)
    return Sent(sender.decode(), to.decode(), kind.decode(), octets, _plain(udh))


def _plain(written: bytes) -> bytes:
    return unquote_to_bytes(written.replace(b"+", b" "))


@contextmanager
def kannel_gateway(
    state: Path, mo_url: str | None = None, *, services: Sequence[Service] = (), **changes: Mapping[str, Any]
) -> Iterator[Gateway]:
    """A gateway that is online, stopped at the end; Unavailable if it cannot be had.

    `mo_url` is where incoming messages go that no other of the `services` takes, with Kannel's escapes in it.
    `changes` are those of `configuration`.
    """
    install()
    state = state.absolute()
    state.mkdir(parents=True, exist_ok=True)
    offered = (*services, Service(mo_url)) if mo_url else services
    gateway = _opened(state, offered, changes)
    try:
        yield gateway
    finally:
        gateway.close()


def _opened(state: Path, services: Sequence[Service], changes: Mapping[str, Mapping[str, Any]]) -> Gateway:
    for attempt in range(1, ATTEMPTS + 1):
        gateway = Gateway(state, _free_ports())
        (state / "kannel.conf").write_text(configuration(state, gateway.ports, services, **changes))
        try:
            gateway.open()
        except BaseException as error:
            gateway.close()
            if attempt < ATTEMPTS and isinstance(error, Unavailable):
                continue
            raise
        return gateway
    raise AssertionError


def _run(state: Path, mo_url: str | None) -> None:
    with kannel_gateway(state, mo_url) as gateway:
        sys.stdout.write(
            f"Kannel is online, Ctrl-C ends it\n"
            f"  sendsms    {gateway.url}/cgi-bin/sendsms, username {next(iter(USERS))}, password {PASSWORD}\n"
            f"  incoming   {mo_url or 'goes nowhere: give --mo-url'}\n"
            f"  state      {gateway.state}\n"
        )
        sys.stdout.flush()
        while all(process.poll() is None for process in gateway.running.values()):
            time.sleep(0.5)
        raise Unavailable(f"a program of Kannel ended by itself; see {gateway.state}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 with a sentence where Kannel cannot be had."""
    parser = argparse.ArgumentParser(description="A real Kannel on loopback, with its fake SMSC.")
    parser.add_argument("action", choices=["install", "start"])
    parser.add_argument("--state", type=Path, default=Path(".peers/kannel"), help="where its files go")
    parser.add_argument("--mo-url", help="where incoming messages go, with Kannel's escapes")
    chosen = parser.parse_args(arguments)
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
        signal.signal(ending, signal.default_int_handler)
    try:
        if chosen.action == "install":
            install()
        else:
            _run(chosen.state, chosen.mo_url)
    except KeyboardInterrupt:
        return 0
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
