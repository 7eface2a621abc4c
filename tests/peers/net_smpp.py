"""The example SMSC of Perl's Net::SMPP, as Debian ships it: a third implementation. It takes whatever it is sent."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import LOOPBACK, Programs, Unavailable, free_ports, install, listens, program

PACKAGE = "libnet-smpp-perl"
EXAMPLES = Path("/usr/share/doc/libnet-smpp-perl/examples")
START_SECONDS = 15.0


def _example() -> str:
    """The example as it is installed; documentation may be packed, or left out by the machine's settings."""
    for path in (EXAMPLES / "smsc.pl", EXAMPLES / "smsc.pl.gz"):
        if path.exists():
            return (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
    raise Unavailable(f"{EXAMPLES}/smsc.pl is missing: {PACKAGE} was installed without its documentation")


def install_net_smpp() -> str:
    """Install what is missing; gives the example."""
    if not EXAMPLES.exists():
        install(["Net::SMPP"], [PACKAGE])
    return _example()


@contextmanager
def net_smpp(state: Path) -> Iterator[int]:
    """The SMSC's port, stopped at the end; Unavailable if it cannot be had."""
    script, (port,) = install_net_smpp(), free_ports(1)
    changed = script.replace("$port = 9900;", f"$port = {port};").replace(
        "$host = 'localhost';", f"$host = '{LOOPBACK}';"
    )
    if changed.count(str(port)) == 0 or LOOPBACK not in changed:
        raise Unavailable("the example of Net::SMPP is not the one that is known here")
    (state / "smsc.pl").write_text(changed)
    programs = Programs("Net::SMPP", state)
    try:
        programs.start("perl", [program("perl") or "perl", str(state / "smsc.pl")])
        programs.wait(lambda: listens(port), "it listens", START_SECONDS)
        yield port
    finally:
        programs.close()
