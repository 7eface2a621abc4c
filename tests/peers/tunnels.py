"""Two hosts with a cable between them, and the real VPN programs on each: network namespaces, WireGuard, strongSwan.

Nothing leaves the namespaces, which are removed at the end. A kernel without WireGuard or ESP gets wireguard-go and
strongSwan's kernel-libipsec, which do the same in user space on a TUN device.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import processes
from processes import Programs, Unavailable, program, quiet_environment

from sms_adapters.intake import read_dossier

PACKAGES = {
    "ip": "iproute2",
    "wg": "wireguard-tools",
    "wg-quick": "wireguard-tools",
    "wireguard-go": "wireguard-go",
    "swanctl": "strongswan-swanctl",
    "charon-systemd": "charon-systemd",
}
PLUGINS = Path("/usr/lib/ipsec/plugins")
OF_PLUGINS = {"kernel-libipsec": "libcharon-extra-plugins", "openssl": "libstrongswan-standard-plugins"}
"""ESP in user space; GCM and the elliptic groups."""
ENDS = Path(__file__).with_name("smpp_ends.py")
PATIENCE = 15.0
SMSC_PASSWORD = "simpass1"
"""What the simulated SMSC knows."""
HANDSET = "+12025550123"


def install(*names: str) -> None:
    """See that these programs are here; Unavailable if they are not and cannot be had."""
    missing = [name for name in names if program(name) is None]
    wanted = {PACKAGES[name] for name in missing}
    if "charon-systemd" in names:
        absent = [name for name in OF_PLUGINS if not (PLUGINS / f"libstrongswan-{name}.so").exists()]
        missing, wanted = [*missing, *absent], wanted | {OF_PLUGINS[name] for name in absent}
    if missing:
        processes.install(missing, sorted(wanted))


def run(*command: str, **environment: str) -> str:
    """The output of a program; Unavailable with its last words if it fails."""
    kept = {"PATH": f"{os.environ.get('PATH', '')}:{processes.SBIN}", "LANG": "C.UTF-8", **environment}
    # Files, not pipes: wireguard-go stays in the background with what it was given, and a pipe would never end.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        ran = subprocess.run(command, env=kept, stdout=out, stderr=errors, stdin=subprocess.DEVNULL, timeout=60)
        told, complaint = (file.seek(0) or file.read() for file in (out, errors))
    if ran.returncode:
        raise Unavailable(f"`{' '.join(command)}` failed: {(complaint or told).strip()[-600:]}")
    return told


@dataclass(frozen=True, slots=True)
class Host:
    """One side: its namespace, its gateway's address, and the host behind it that talks through the tunnel."""

    namespace: str
    gateway: str
    inside: str

    def command(self, *command: str) -> list[str]:
        """A command line that runs a program on this host."""
        return [program("ip") or "ip", "netns", "exec", self.namespace, *command]

    def run(self, *command: str, **environment: str) -> str:
        """The output of a program on this host."""
        return run(*self.command(*command), **environment)


@contextmanager
def two_hosts(ours: str, our_inside: str, theirs: str, their_inside: str) -> Iterator[tuple[Host, Host]]:
    """Our host and theirs, each reaching only the other's gateway; Unavailable where the kernel does not allow it."""
    install("ip")
    left = Host(f"intake-a-{os.getpid()}", ours, our_inside)
    right = Host(f"intake-b-{os.getpid()}", theirs, their_inside)
    with ExitStack() as stack:
        for host in (left, right):
            run("ip", "netns", "add", host.namespace)
            stack.callback(run, "ip", "netns", "delete", host.namespace)
            run("ip", "-n", host.namespace, "tuntap", "add", "dev", "probe", "mode", "tun")
            run("ip", "-n", host.namespace, "tuntap", "delete", "dev", "probe", "mode", "tun")
        cable = ["type", "veth", "peer", "name", "cable", "netns", right.namespace]
        run("ip", "link", "add", "cable", "netns", left.namespace, *cable)
        for host, other in ((left, right), (right, left)):
            _plug_in(host, other)
        yield left, right


def _plug_in(host: Host, other: Host) -> None:
    for words in (
        f"address add {host.gateway}/32 dev cable",
        f"address add {host.inside}/32 dev lo",
        "link set lo up",
        "link set cable up",
        f"route add {other.gateway}/32 dev cable src {host.gateway}",
    ):
        run("ip", "-n", host.namespace, *words.split())


def session(ours: Host, theirs: Host, dossier: Path, state: Path) -> tuple[str, str]:
    """Send over the SMSC of a dossier, which is on their host: what each end tells. OSError if there is no way."""
    python, smsc = [sys.executable, str(ENDS)], read_dossier(dossier).smsc
    environment = {**os.environ, "SMSC_PASSWORD": SMSC_PASSWORD, "PYTHONWARNINGS": "error"}
    own = Path(tempfile.mkdtemp(dir=state))
    with closing_programs("smpp", own) as programs:
        serve = theirs.command(*python, "serve", str(smsc.host), str(smsc.port))
        programs.start("smsc", serve, env=environment)
        programs.wait(lambda: "listening" in programs.last_words("smsc"), "the SMSC listens", PATIENCE)
        command = ours.command(*python, "send", str(dossier), HANDSET)
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        if ran.returncode:
            raise OSError(ran.stderr.strip().splitlines()[-1])
        return ran.stdout.strip(), programs.last_words("smsc").splitlines()[-1]


@contextmanager
def closing_programs(peer: str, state: Path) -> Iterator[Programs]:
    """Programs that end with the block."""
    programs = Programs(peer, state)
    try:
        yield programs
    finally:
        programs.close()


# --- WireGuard


def wireguard_keys() -> tuple[str, str]:
    """A private key and its public key."""
    private = run("wg", "genkey").strip()
    made = subprocess.run([program("wg") or "wg", "pubkey"], input=private, capture_output=True, text=True, check=True)
    return private, made.stdout.strip()


@contextmanager
def wireguard_up(host: Host, configuration: Path, secrets: Mapping[str, str]) -> Iterator[None]:
    """The tunnel of a file for wg-quick is up on a host."""
    options = {"WG_QUICK_USERSPACE_IMPLEMENTATION": program("wireguard-go") or "", "LOG_LEVEL": "error"}
    host.run("wg-quick", "up", str(configuration), **options, **secrets)
    try:
        yield
    finally:
        host.run("wg-quick", "down", str(configuration))


# --- strongSwan

STRONGSWAN = """\
charon-systemd {{
  load = random nonce openssl aes sha1 sha2 hmac kdf gmp gcm curve25519 pem pkcs1 pubkey x509 vici {kernel} updown
  filelog {{
    log {{
      path = {state}/charon.log
      default = 1
      flush_line = yes
    }}
  }}
  plugins {{
    vici {{
      socket = unix://{state}/charon.vici
    }}
  }}
}}
swanctl {{
  load = random pem pkcs1 pubkey x509 openssl
}}
"""


@dataclass(frozen=True, slots=True)
class Charon:
    """strongSwan's daemon on a host, and swanctl to speak with it."""

    host: Host
    state: Path

    def swanctl(self, *words: str) -> str:
        """What swanctl prints."""
        settings = {"STRONGSWAN_CONF": str(self.state / "strongswan.conf")}
        return self.host.run("swanctl", *words, "--uri", f"unix://{self.state}/charon.vici", **settings)

    def load(self, configuration: Path) -> str:
        """Load a file as `swanctl --load-all` does."""
        return self.swanctl("--load-all", "--noprompt", "--file", str(configuration))

    def octets(self) -> tuple[int, int]:
        """Octets that came in and went out through the tunnel."""
        text = self.swanctl("--list-sas")
        sums = [sum(map(int, re.findall(rf"^ +{way} .*?(\d+) bytes", text, re.MULTILINE))) for way in ("in", "out")]
        return sums[0], sums[1]


@contextmanager
def charon(host: Host, state: Path) -> Iterator[Charon]:
    """A daemon on a host, with the kernel's ESP or its own."""
    install("swanctl", "charon-systemd")
    state.mkdir(parents=True, exist_ok=True)
    kernel = "kernel-netlink socket-default" if _has_esp(host) else "kernel-libipsec kernel-netlink socket-default"
    (state / "strongswan.conf").write_text(STRONGSWAN.format(kernel=kernel, state=state))
    found = Charon(host, state)
    with closing_programs("strongSwan", state) as programs:
        settings = quiet_environment(state, STRONGSWAN_CONF=str(state / "strongswan.conf"))
        programs.start("charon", host.command(program("charon-systemd") or "charon-systemd"), env=settings)
        programs.wait((state / "charon.vici").exists, "it listens", PATIENCE)
        yield found


def _has_esp(host: Host) -> bool:
    """Whether the kernel takes an ESP association; it is removed with the namespace."""
    keys = ["enc", "cbc(aes)", "0x" + "11" * 16, "auth", "hmac(sha256)", "0x" + "22" * 32]
    state = ["src", "192.0.2.250", "dst", "192.0.2.251", "proto", "esp", "spi", "0xfffff", "mode", "tunnel", *keys]
    try:
        host.run("ip", "xfrm", "state", "add", *state)
        host.run("ip", "xfrm", "state", "flush")
    except Unavailable:
        return False
    return True


def eventually(done: Callable[[], object], what: str) -> None:
    """Wait until `done()`; AssertionError with `what` after a while."""
    limit = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < limit, f"waited {PATIENCE:.0f} s until {what}"
        time.sleep(0.1)
