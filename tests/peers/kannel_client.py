"""A real Kannel as client of an SMSC: bearerbox dials over SMPP, UCP/EMI or CIMD2, smsbox takes and brings messages.

`kannel_client` starts Debian's bearerbox and smsbox with a configuration of its own, waits until every link is online,
and stops them again. What Kannel calls for a message or a report is in `heard`. Nothing listens beside 127.0.0.1.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import processes
from kannel import STATUS_PASSWORD, group
from processes import LOOPBACK, Programs, Unavailable, free_ports, listens, program

PACKAGES = ("kannel",)
BOXES = ("bearerbox", "smsbox")
USER, PASSWORD = "tester", "tester-example"
ONLINE_SECONDS, ATTEMPTS = 30.0, 3
EVENT_SECONDS = 12.0
DLR_MASK = 31


@dataclass(frozen=True, slots=True)
class Link:
    """One SMSC to dial; `kind` is smpp, emi or cimd2, `options` are further lines of its group."""

    kind: str
    port: int
    username: str
    password: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The smsc-id, which also chooses the link of a message."""
        return self.kind.upper()

    def lines(self) -> str:
        """The group in Kannel's configuration."""
        values = {
            "smsc": self.kind,
            "smsc-id": self.id,
            "allowed-smsc-id": self.id,
            "host": LOOPBACK,
            "port": self.port,
            "smsc-username": self.username,
            "smsc-password": self.password,
            "reconnect-delay": 1,
            **LINK_OPTIONS[self.kind],
        }
        return group("smsc", {**values, **self.options})


LINK_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "smpp": {
        "transceiver-mode": "true",
        "system-type": '""',
        "address-range": '""',
        "enquire-link-interval": 2,
        "max-pending-submits": 10,
    },
    "emi": {"keepalive": 2, "window": 10, "our-host": LOOPBACK, "connect-allow-ip": LOOPBACK},
    "cimd2": {"keepalive": 2, "my-number": '""'},
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A URL that Kannel called: `path` is /mo or /dlr, `values` its query."""

    path: str
    values: Mapping[str, str]


class Ear(ThreadingHTTPServer):
    """Hears what smsbox calls."""

    daemon_threads = True
    request_queue_size = 128  # of the five that are the default, Linux tries the next ones again after seconds only

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.heard: list[Heard] = []
        self.url = f"http://{LOOPBACK}:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Ear

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        values = dict(parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1"))
        if "text" in values:
            # %b is in the charset that %C names; Kannel calls UTF-8 what was GSM 7-bit.
            wide = values.get("charset", "").upper() == "UTF-16BE"
            values["text"] = values["text"].encode("latin-1").decode("utf-16-be" if wide else "utf-8", "replace")
        self.server.heard.append(Heard(parts.path, values))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Client:
    """The two programs; `state` holds their configuration and logs."""

    def __init__(self, state: Path, links: Sequence[Link], ear: Ear) -> None:
        self.state, self.links, self.ear = state, links, ear
        self.admin, self.boxes, self.sendsms = free_ports(3)
        self.programs = Programs("Kannel", state)

    @property
    def heard(self) -> list[Heard]:
        """What Kannel has called so far."""
        return self.ear.heard

    def configuration(self) -> str:
        """Kannel's configuration."""
        core = {
            "admin-port": self.admin,
            "admin-interface": LOOPBACK,
            "admin-password": STATUS_PASSWORD,
            "status-password": STATUS_PASSWORD,
            "smsbox-port": self.boxes,
            "smsbox-interface": LOOPBACK,
            "log-file": f'"{self.state}/bearerbox.log"',
            "log-level": 0,
            "dlr-storage": "internal",
            "sms-combine-concatenated-mo": "true",
        }
        smsbox = {
            "bearerbox-host": LOOPBACK,
            "bearerbox-port": self.boxes,
            "sendsms-port": self.sendsms,
            "sendsms-interface": LOOPBACK,
            "log-file": f'"{self.state}/smsbox.log"',
            "log-level": 0,
        }
        user = {"username": USER, "password": PASSWORD, "max-messages": 10, "concatenation": "true"}
        said = "from=%p&to=%P&text=%b&coding=%c&charset=%C&udh=%u&smsc=%i"
        service = {
            "keyword": "default",
            "catch-all": "true",
            "max-messages": 0,
            "get-url": f'"{self.ear.url}/mo?{said}"',
        }
        return "\n".join(
            [
                group("core", core),
                *(link.lines() for link in self.links),
                group("smsbox", smsbox),
                group("sendsms-user", user),
                group("sms-service", service),
            ]
        )

    def open(self) -> None:
        """Start both programs and wait until every link is online."""
        conf = self.state / "kannel.conf"
        conf.write_text(self.configuration())
        for name, port in (("bearerbox", self.boxes), ("smsbox", self.sendsms)):
            self.programs.start(name, [program(name) or name, "-v", "4", str(conf)])
            self.programs.wait(lambda port=port: listens(port), f"{name} listens", ONLINE_SECONDS)
        for link in self.links:
            self.wait(lambda link=link: self.online(link.kind), f"{link.id} is online", ONLINE_SECONDS)

    def online(self, kind: str) -> bool:
        """Whether bearerbox calls the link online."""
        return bool(re.search(rf"{kind.upper()}\[.*\(online", self.status()))

    def status(self) -> str:
        """What bearerbox says about itself and its links; empty while it does not answer."""
        return self._get(self.admin, f"/status.txt?password={STATUS_PASSWORD}")[1]

    def send(self, kind: str, to: str, *, report: str = "", **values: Any) -> None:
        """Give smsbox a message for one link; `report` names it in the URL of its reports."""
        query = {"username": USER, "password": PASSWORD, "smsc": kind.upper(), "to": to, "charset": "UTF-8", **values}
        if report:
            query |= {"dlr-mask": DLR_MASK, "dlr-url": f"{self.ear.url}/dlr?id={report}&event=%d&reply=%A&fid=%F"}
        status, body = self._get(self.sendsms, f"/cgi-bin/sendsms?{urlencode(query)}")
        assert status == 202, body

    def reports(self, report: str) -> list[str]:
        """The events of one message's reports so far: 8 taken by the SMSC, 1 delivered, 2 not, 16 refused."""
        return [heard.values["event"] for heard in self.heard if heard.path == "/dlr" and heard.values["id"] == report]

    def messages(self) -> list[Mapping[str, str]]:
        """The incoming messages so far."""
        return [heard.values for heard in self.heard if heard.path == "/mo"]

    def wait(self, done: Any, what: str, seconds: float = EVENT_SECONDS) -> None:
        """Wait until `done()`, or fail with what the programs say."""
        self.programs.wait(done, what, seconds)

    def _get(self, port: int, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


def install() -> None:
    """Install the package without letting it start services of its own; nothing to do where it is."""
    missing = [name for name in BOXES if program(name) is None]
    if missing:
        processes.install(missing, PACKAGES)
    if still := [name for name in BOXES if program(name) is None]:
        raise Unavailable(f"{', '.join(still)} is missing although the package is installed")


@contextmanager
def kannel_client(state: Path, *links: Link) -> Iterator[Client]:
    """Kannel with every link online, stopped at the end; Unavailable if it cannot be had."""
    install()
    state = state.absolute()
    state.mkdir(parents=True, exist_ok=True)
    ear = Ear()
    hearing = threading.Thread(target=ear.serve_forever, args=(0.05,), daemon=True)
    hearing.start()
    try:
        client = _opened(state, links, ear)
        try:
            yield client
        finally:
            client.programs.close()
    finally:
        ear.shutdown()
        hearing.join()
        ear.server_close()


def _opened(state: Path, links: Sequence[Link], ear: Ear) -> Client:
    for attempt in range(1, ATTEMPTS + 1):
        client = Client(state, links, ear)
        try:
            client.open()
        except BaseException as error:
            client.programs.close()
            if attempt < ATTEMPTS and isinstance(error, Unavailable):
                continue
            raise
        return client
    raise AssertionError
