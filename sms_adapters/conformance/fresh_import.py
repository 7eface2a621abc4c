"""What loading an adapter does to an interpreter that has loaded nothing else; run as a program of its own.

`python -B -m sms_adapters.conformance.fresh_import <id> [<folder>]` prints a JSON list with a sentence for each effect.
"""

from __future__ import annotations

import contextlib
import decimal
import io
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from ..registry import Registry

__all__ = ["CLIENTS", "effects"]

CLIENTS = frozenset(
    {
        "aiohttp", "boto3", "botocore", "grpc", "httpcore", "httplib2", "httpx", "httpx2", "niquests", "pycurl",
        "pyreqwest", "requests", "smpplib", "tornado", "treq", "twilio", "twisted", "urllib3", "vonage", "websocket",
        "websockets",
    }
)  # fmt: skip
"""Packages that open connections: HTTP libraries, and aggregators' own that are built on one."""

EVENTS: Mapping[str, str] = {
    "socket.": "uses a socket",
    "subprocess.": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.chdir": "changes the working directory",
    "os.mkdir": "makes a folder",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "sqlite3.connect": "opens a database",
}
"""Beginnings of the names of audit events, https://docs.python.org/3/library/audit_events.html."""

STATES: Mapping[str, Callable[[], object]] = {
    "changes os.environ": lambda: dict(os.environ),
    "changes sys.path": lambda: list(sys.path),
    "starts a thread": threading.active_count,
    "configures logging": lambda: (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
    "changes the filters of warnings": lambda: list(warnings.filters),
    "changes the precision of decimal numbers": lambda: decimal.getcontext().prec,
    "changes the recursion limit": sys.getrecursionlimit,
}


def effects(adapter: str, registry: Registry) -> list[str]:
    """Load adapter and simulator; a sentence for each thing that this did beside defining names."""
    import pydantic  # noqa: F401 - so that its own effects are not the adapter's

    found: dict[str, None] = {}
    before = {name: read() for name, read in STATES.items()}
    modules = set(sys.modules)
    sys.addaudithook(lambda event, arguments: found.update(dict.fromkeys(_seen(event, arguments))))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        registry.load(adapter)
        if registry.manifest(adapter).simulator:
            registry.simulator(adapter)
    changed = [name for name, read in STATES.items() if read() != before[name]]
    loaded = {name.partition(".")[0] for name in set(sys.modules) - modules} & CLIENTS
    shown = ["prints something"] if printed.getvalue() else []
    return [*found, *changed, *(f"imports {name}" for name in sorted(loaded)), *shown]


def _seen(event: str, arguments: tuple[object, ...]) -> list[str]:
    if event == "open":
        mode = arguments[1]
        writes = isinstance(mode, str) and bool(set(mode) & set("wax+"))
        return [f"writes the file {Path(str(arguments[0])).name}"] if writes else []
    return [words for start, words in EVENTS.items() if event.startswith(start)]


def main() -> None:
    """Print the effects of loading the adapter that the command line names."""
    adapter, *folder = sys.argv[1:]
    own = {"builtin": False, "installed": False} if folder else {}
    registry = Registry(folders=[Path(item) for item in folder], **own)
    sys.stdout.write(json.dumps(effects(adapter, registry)))


if __name__ == "__main__":
    main()
