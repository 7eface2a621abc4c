"""A real Jasmin on loopback: jasmind with its Redis and RabbitMQ, and a small SMSC (smsc.py) that it is bound to.

`jasmin_gateway` starts them with a configuration of its own, and stops them again. As a program::

    python tests/peers/jasmin.py install      # once, as root
    python tests/peers/jasmin.py start        # until Ctrl-C

Nothing listens beside 127.0.0.1, and every port is one that was free. Jasmin is installed into an environment of its
own below `HOME`, which stays there for the next start.
"""

from __future__ import annotations

import argparse
import fcntl
import re
import shutil
import signal
import socket
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol

from processes import LOOPBACK, Programs, Unavailable, free_ports, install, listens, program, quiet_environment, run
from smsc import PASSWORD as SMSC_PASSWORD
from smsc import SYSTEM_ID, Smsc

VERSION = "0.11.0"
"""0.11.1 loses every report: https://github.com/jookies/jasmin/issues/1236."""
HOME = Path(__file__).parents[2] / ".peers" / "jasmin"
PACKAGES = ("redis-server", "rabbitmq-server")
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS, CONSOLE_SECONDS, ATTEMPTS = 90.0, 15.0, 3

PASSWORD = "tester-example"
USERS: Mapping[str, Sequence[str]] = {
    "tester": (),
    "slow": ("quota http_throughput 0.01",),
    "counted": ("quota sms_count 5",),
    "rated": ("quota balance 12.5",),
    "spent": ("quota sms_count 0",),
    "filtered": ("valuefilter dst_addr ^1", "valuefilter src_addr ^1", "valuefilter content ^M"),
    "bare": (
        "authorization priority no",
        "authorization http_long_content no",
        "authorization http_balance no",
        "authorization hex_content no",
    ),
    "mute": ("authorization http_send no",),
}
"""Accounts, all with PASSWORD, and what is said of their rights under mt_messaging_cred."""
NOT_ROUTED, NOT_BOUND = "+12025550191", "+12025550198"
"""Numbers without a route, and with one over connectors that are down."""
INTERCEPTED: Mapping[str, int | None] = {
    "+12025550180": 202,
    "+12025550181": 403,
    "+12025550182": 429,
    "+12025550183": 503,
    "+12025550184": None,
}
"""Numbers that a script of the operator's refuses, and with which status; None: the script fails."""
SCRIPT = """
to = routable.pdu.params["destination_addr"]
http_status = {statuses}[to if isinstance(to, str) else to.decode()] + 0
"""

# Jasmin's programs insist on one lock for the whole machine, in /tmp; here they get one in their own directory.
LAUNCH = """
import lockfile, os, runpy, sys
lock = lockfile.FileLock
lockfile.FileLock = lambda path: lock(os.path.basename(path))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True, slots=True)
class Service:
    """Where incoming messages for numbers that begin with `prefix` go, and how."""

    url: str
    prefix: str = ""
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Ports:
    redis: int
    epmd: int
    amqp: int
    erlang: int
    http: int
    console: int
    smpp: int
    smpp_broker: int
    router: int
    clients: int
    interceptor: int

    @classmethod
    def free(cls) -> Ports:
        """Ports that are free now."""
        return cls(*free_ports(len(cls.__slots__)))


def missing() -> list[str]:
    """The programs that are not here."""
    lacking = [] if program("redis-server") else ["redis-server"]
    return lacking if RABBITMQ.exists() and program("epmd") else [*lacking, "rabbitmq-server"]


def install_jasmin(home: Path = HOME) -> Path:
    """Install what is missing; gives the directory of Jasmin's programs."""
    lacking = missing()
    if lacking:
        install(lacking, PACKAGES)
    if still := missing():
        raise Unavailable(f"{', '.join(still)} is missing although the packages are installed")
    home.mkdir(parents=True, exist_ok=True)
    place = home / f"venv-{VERSION}"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            _make_environment(place)
    return place / "bin"


def _make_environment(place: Path) -> None:
    try:
        venv.create(place, clear=True, with_pip=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise Unavailable(f"no virtual environment for Jasmin: {error}") from error
    # setuptools: Jasmin imports pkg_resources, which later ones lack.
    pip = [str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, f"jasmin=={VERSION}", "setuptools<80"])
    (place / "complete").touch()


def configuration(ports: Ports, spec: Path, max_parts: int = 5) -> str:
    """jasmin.cfg; what failed is tried again after a second in place of half a minute."""
    return _ini(
        {
            "amqp-broker": {"host": LOOPBACK, "port": ports.amqp, "spec": spec},
            "redis-client": {"host": LOOPBACK, "port": ports.redis},
            "http-api": {"bind": LOOPBACK, "port": ports.http, "long_content_max_parts": max_parts},
            "smpp-server": {"bind": LOOPBACK, "port": ports.smpp},
            "smpp-server-pb": {"bind": LOOPBACK, "port": ports.smpp_broker},
            "jcli": {"bind": LOOPBACK, "port": ports.console, "authentication": "False"},
            "router": {"bind": LOOPBACK, "port": ports.router},
            "client-management": {"bind": LOOPBACK, "port": ports.clients},
            "interceptor": {"bind": LOOPBACK, "port": ports.interceptor},
            "interceptor-client": {"host": LOOPBACK, "port": ports.interceptor},
            "deliversm-thrower": {"retry_delay": 1},
            "dlr-thrower": {"retry_delay": 1},
            "dlr": {"dlr_lookup_retry_delay": 1},
            "sm-listener": {"submit_error_retrial": "{'ESME_RTHROTTLED': {'count': 3, 'delay': 1}}"},
        }
    )


def _ini(sections: Mapping[str, Mapping[str, object]]) -> str:
    lines = []
    for name, values in sections.items():
        lines += [f"[{name}]", *(f"{key} = {value}" for key, value in values.items()), ""]
    return "\n".join(lines)


def provision(smsc_port: int, services: Sequence[Service], script: Path) -> Iterator[Sequence[str]]:
    """What is typed at Jasmin's console, a block for each thing that is made."""
    connector = [f"host {LOOPBACK}", f"username {SYSTEM_ID}", f"password {SMSC_PASSWORD}", "con_fail_delay 1"]
    yield ["group -a", "gid g", "ok"]
    for name, rights in USERS.items():
        account = [f"username {name}", f"password {PASSWORD}", "gid g", f"uid {name}"]
        yield ["user -a", *account, *(f"mt_messaging_cred {right}" for right in rights), "ok"]
    yield ["smppccm -a", "cid upstream", f"port {smsc_port}", *connector, "submit_throughput 0", "ok"]
    yield ["smppccm -a", "cid down1", f"port {smsc_port}", *connector, "ok"]
    yield ["smppccm -a", "cid down2", f"port {smsc_port}", *connector, "ok"]
    yield ["smppccm -1 upstream"]
    yield _filter("unbound", f"^{NOT_BOUND[1:]}")
    yield _filter("intercepted", f"^({'|'.join(number[1:] for number in INTERCEPTED)})")
    yield _filter("routed", f"^(?!{NOT_ROUTED[1:]})")
    failover = "connectors smppc(down1);smppc(down2)"
    yield ["mtrouter -a", "type FailoverMTRoute", "order 30", "filters unbound", failover, "rate 0", "ok"]
    yield [
        "mtrouter -a",
        "type StaticMTRoute",
        "order 20",
        "filters routed",
        "connector smppc(upstream)",
        "rate 0",
        "ok",
    ]
    only = f"script python3({script})"
    yield ["mtinterceptor -a", "type StaticMTInterceptor", "order 10", "filters intercepted", only, "ok"]
    for number, service in enumerate(services, 1):
        yield from _incoming(number, service)


def _filter(name: str, pattern: str) -> Sequence[str]:
    return ["filter -a", "type DestinationAddrFilter", f"fid {name}", f"destination_addr {pattern}", "ok"]


def _incoming(number: int, service: Service) -> Iterator[Sequence[str]]:
    name = f"web{number}"
    target = f"connector http({name})"
    yield ["httpccm -a", f"cid {name}", f"url {service.url}", f"method {service.method}", "ok"]
    if not service.prefix:
        yield ["morouter -a", "type DefaultRoute", target, "ok"]
        return
    yield _filter(f"to{number}", f"^{service.prefix}")
    yield ["morouter -a", "type StaticMORoute", f"order {number}", f"filters to{number}", target, "ok"]


class Upstream(Protocol):
    """What Jasmin binds to; its account is the one of smsc.py."""

    @property
    def port(self) -> int: ...
    @property
    def bound(self) -> bool: ...


class Console:
    """Jasmin's telnet console."""

    PROMPT = re.compile(rb"(?:^|\n)(?:> |jcli : )$")
    GREETING = re.compile(rb"Session ref: \d+\n")
    WRONG = re.compile(r"error|unknown|failed|invalid|incorrect|must ", re.IGNORECASE)

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((LOOPBACK, port), timeout=CONSOLE_SECONDS)
        self._answer(self.GREETING)

    def say(self, line: str) -> str:
        """Type a line; gives what the console says until it prompts again."""
        self.socket.sendall(line.encode() + b"\r\n")
        return self._answer(self.PROMPT)

    def _answer(self, end: re.Pattern[bytes]) -> str:
        data = b""
        while not end.search(data.replace(b"\r", b"")):
            try:
                data += (chunk := self.socket.recv(4096))
            except TimeoutError:
                chunk = b""
            if not chunk:
                raise Unavailable(f"Jasmin's console fell silent after {data[-200:]!r}")
        return data.decode(errors="replace")

    def make(self, block: Sequence[str]) -> None:
        """Type a block; Unavailable with what the console objects to."""
        for line in block:
            answer = self.say(line)
            said = answer.replace("\r", "").partition("\n")[2]
            if self.WRONG.search(said):
                raise Unavailable(f"Jasmin's console refused {line!r} of {block[0]!r}: {said.strip()[:300]}")

    def close(self) -> None:
        """Leave."""
        self.socket.close()


class Gateway:
    """The programs, their SMSC, and where to reach them; `state` holds configuration and logs."""

    def __init__(self, state: Path, tools: Path, smsc: Any, ports: Ports) -> None:
        self.state, self.tools, self.smsc, self.ports = state, tools, smsc, ports
        self.programs = Programs("Jasmin", state, exit_seconds=15.0)

    @property
    def url(self) -> str:
        """Where the HTTP API is."""
        return f"http://{LOOPBACK}:{self.ports.http}"

    def open(self, services: Sequence[Service], max_parts: int = 5) -> None:
        """Start all programs and wait until a message can pass."""
        self._start_redis()
        self._start_rabbitmq()
        self._wait("redis", self.ports.redis)
        self._wait("rabbitmq", self.ports.amqp)
        self._start_jasmin(max_parts)
        for port in (self.ports.console, self.ports.http):
            self._wait("jasmind", port)
        script = self.state / "intercept.py"
        script.write_text(SCRIPT.format(statuses={number[1:]: status for number, status in INTERCEPTED.items()}))
        self.configure(provision(self.smsc.port, services, script))
        self.programs.wait(lambda: self.smsc.bound, "it is bound to its SMSC", START_SECONDS)

    def configure(self, blocks: Iterator[Sequence[str]]) -> None:
        """Type blocks at the console."""
        console = Console(self.ports.console)
        try:
            for block in blocks:
                console.make(block)
        finally:
            console.close()

    def _wait(self, name: str, port: int) -> None:
        self.programs.wait(lambda: listens(port), f"{name} listens", START_SECONDS)

    def _start_redis(self) -> None:
        options = ["--bind", LOOPBACK, "--port", str(self.ports.redis), "--save", "", "--dir", str(self.state)]
        self.programs.start("redis", [program("redis-server") or "redis-server", *options])

    def _start_rabbitmq(self) -> None:
        """One Erlang node, and its name server, which would stay behind if the node started it."""
        home, ports = self.state / "rabbitmq", self.ports
        home.mkdir()
        (home / "enabled_plugins").write_text("[].")
        (home / "rabbitmq.conf").write_text("")
        names = {"ERL_EPMD_ADDRESS": LOOPBACK, "ERL_EPMD_PORT": str(ports.epmd)}
        epmd = [program("epmd") or "epmd", "-address", LOOPBACK, "-port", str(ports.epmd)]
        self.programs.start("epmd", epmd, env=quiet_environment(home, **names))
        self._wait("epmd", ports.epmd)
        environment = quiet_environment(
            home,
            **names,
            RABBITMQ_NODENAME=f"jasmin{ports.amqp}@localhost",
            RABBITMQ_NODE_IP_ADDRESS=LOOPBACK,
            RABBITMQ_NODE_PORT=str(ports.amqp),
            RABBITMQ_DIST_PORT=str(ports.erlang),
            RABBITMQ_MNESIA_BASE=str(home / "data"),
            RABBITMQ_LOG_BASE=str(home),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(home / "enabled_plugins"),
            RABBITMQ_CONFIG_FILE=str(home / "rabbitmq.conf"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false",
            RUNNING_UNDER_SYSTEMD="true",  # so that the script becomes the node, instead of waiting for it
        )
        self.programs.start("rabbitmq", [str(RABBITMQ)], env=environment)

    def _start_jasmin(self, max_parts: int) -> None:
        """The package lacks the description of AMQP that it reads; the one beside its AMQP library serves."""
        (spec,) = self.tools.parent.glob("lib/python*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml")
        for name in ("log", "store"):
            (self.state / name).mkdir()
        (self.state / "jasmin.cfg").write_text(configuration(self.ports, spec, max_parts))
        self._launch("interceptord")
        self._wait("interceptord", self.ports.interceptor)
        self._launch("jasmind", "--enable-dlr-thrower", "--enable-dlr-lookup", "--enable-interceptor-client")

    def _launch(self, name: str, *options: str) -> None:
        places = {"ROOT_PATH": self.state, "CONFIG_PATH": self.state, "LOG_PATH": self.state / "log"}
        environment = quiet_environment(self.state, **{key: str(path) for key, path in places.items()})
        python, daemon = str(self.tools / "python"), str(self.tools / f"{name}.py")
        command = [python, "-c", LAUNCH, daemon, "-c", str(self.state / "jasmin.cfg"), *options]
        self.programs.start(name, command, env=environment)

    def close(self) -> None:
        """End all programs."""
        self.programs.close()


@contextmanager
def jasmin_gateway(
    state: Path,
    services: Sequence[Service] = (),
    *,
    max_parts: int = 5,
    home: Path = HOME,
    smsc: AbstractContextManager[Upstream] | None = None,
) -> Iterator[Gateway]:
    """A Jasmin that is bound to its SMSC, stopped at the end; Unavailable if it cannot be had.

    Incoming messages go where the first of `services` is whose prefix fits; `max_parts` is long_content_max_parts;
    `smsc` is another SMSC than the small one of these tests, with the same account. Each run has a directory of its own
    in `state`, which is left there if something went wrong.
    """
    tools = install_jasmin(home)
    state = state.absolute()
    state.mkdir(parents=True, exist_ok=True)
    with smsc or Smsc() as upstream:
        gateway = _opened(state, tools, upstream, services, max_parts)
        kept = False
        try:
            yield gateway
        except Exception:
            kept = True
            raise
        finally:
            gateway.close()
            if not kept:
                shutil.rmtree(gateway.state, ignore_errors=True)


def _opened(state: Path, tools: Path, smsc: Upstream, services: Sequence[Service], max_parts: int) -> Gateway:
    for attempt in range(1, ATTEMPTS + 1):
        gateway = Gateway(Path(mkdtemp(prefix="run-", dir=state)), tools, smsc, Ports.free())
        with ExitStack() as stack:
            stack.callback(gateway.close)
            try:
                gateway.open(services, max_parts)
            except Unavailable:
                if attempt == ATTEMPTS:
                    raise
                continue
            stack.pop_all()
            return gateway
    raise AssertionError


def _run(state: Path, mo_url: str | None) -> None:
    with jasmin_gateway(state, [Service(mo_url)] if mo_url else []) as gateway:
        sys.stdout.write(
            f"Jasmin is online, Ctrl-C ends it\n"
            f"  HTTP API   {gateway.url}/send, username {next(iter(USERS))}, password {PASSWORD}\n"
            f"  incoming   {mo_url or 'goes nowhere: give --mo-url'}\n"
            f"  console    telnet {LOOPBACK} {gateway.ports.console}\n"
            f"  state      {gateway.state}\n"
        )
        sys.stdout.flush()
        gone = False
        while not gone:
            time.sleep(0.5)
            gone = any(process.poll() is not None for process in gateway.programs.running.values())
        raise Unavailable(f"a program of Jasmin ended by itself; see {gateway.state}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 1 with a sentence where Jasmin cannot be had."""
    parser = argparse.ArgumentParser(description="A real Jasmin on loopback, with a small SMSC.")
    parser.add_argument("action", choices=["install", "start"])
    parser.add_argument("--state", type=Path, default=HOME / "state", help="where its files go")
    parser.add_argument("--mo-url", help="where incoming messages go, by GET")
    chosen = parser.parse_args(arguments)
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
        signal.signal(ending, signal.default_int_handler)
    try:
        if chosen.action == "install":
            install_jasmin()
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
