"""IMP: an adapter can be imported anywhere, and holds nothing but what it was written with."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ...errors import SmsError
from ...registry import Registry
from ..check import CheckFailed, Level, check, expect
from ..exercise import everything
from ..fresh_import import CLIENTS
from ..subject import Subject

MOST_LINES = 220
IMPURE = CLIENTS | frozenset(
    {
        "asyncio", "atexit", "concurrent", "ctypes", "dbm", "ftplib", "http.client", "http.server", "imaplib",
        "logging", "multiprocessing", "os", "poplib", "random", "sched", "secrets", "select", "selectors", "shelve",
        "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "syslog", "tempfile",
        "threading", "time", "urllib.request", "uuid.getnode", "uuid.uuid1", "uuid.uuid4", "xmlrpc",
    }
)  # fmt: skip
HOST_SIDE = frozenset(
    {
        "sms_adapters.AsyncClient", "sms_adapters.Client", "sms_adapters.Registry", "sms_adapters.channel.now",
        "sms_adapters.cli", "sms_adapters.client", "sms_adapters.conformance", "sms_adapters.engine",
        "sms_adapters.intake", "sms_adapters.manager", "sms_adapters.registry", "sms_adapters.sandbox",
        "sms_adapters.transports", "sms_adapters.webhooks",
    }
)  # fmt: skip
OUTSIDE = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
SOURCES = frozenset({"now", "today", "utcnow", "uuid1", "uuid4"})


@check("IMP001", Level.BRONZE)
def importing_has_no_effect(subject: Subject) -> None:
    """Importing the adapter does nothing but define it.

    What: an interpreter of its own loads adapter and simulator, and is watched: no connection, thread, process or
    written file, no change of environment, logging, warnings or number context, no HTTP library, no output.
    Why: a host imports an adapter when a channel is opened, in the middle of its work: whatever the import does beside
    that is done to the host's process, and an HTTP library that comes along is loaded for nothing.
    Mend: move what is done at the top of a module into a hook, or leave it to the host; import no vendor's client.
    Exempt: never.
    """
    found = _fresh(subject)
    expect(not found, f"loading the adapter {'; '.join(found)}")


def _fresh(subject: Subject) -> list[str]:
    try:
        same = Registry().folder(subject.id) == subject.folder
    except SmsError:
        same = False
    arguments = [subject.id] if same else [subject.id, str(subject.folder)]
    command = [sys.executable, "-B", "-m", "sms_adapters.conformance.fresh_import", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(item for item in sys.path if item)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    if done.returncode:
        raise CheckFailed(f"loading it in a new interpreter failed: {done.stderr.strip().splitlines()[-1:]}")
    found: list[str] = json.loads(done.stdout)
    return found


@check("IMP002", Level.BRONZE)
def nothing_but_values(subject: Subject) -> None:
    """Clock, randomness, network and log are not taken, but handed in.

    What: no module of the adapter's folder imports a client, a socket, a clock, a source of randomness, logging or the
    operating system, nor anything of this package that belongs to the host; none calls `open`, `print` or `now`.
    Why: only what depends on its arguments alone can be recorded, simulated and replayed byte for byte, and runs
    the same under a sync and an async host.
    Mend: `channel.clock()` tells the time, `channel.entropy(16)` gives random octets, `yield` an `HttpRequest` for an
    exchange; the host logs.
    Exempt: never.
    """
    for path in _sources(subject):
        for line, words in _impure(path, _package(subject, path)):
            raise CheckFailed(f"{path.name}, line {line}: {words}")


def _sources(subject: Subject) -> list[Path]:
    """The adapter's modules, in order; tests that a package keeps beside them are none."""
    found = sorted(subject.folder.rglob("*.py"))
    return [
        path for path in found if not any(part.startswith("test") for part in path.relative_to(subject.folder).parts)
    ]


def _modules(subject: Subject) -> list[ModuleType]:
    """The loaded modules of the adapter's folder."""
    folder = subject.folder.resolve()
    files = ((module, getattr(module, "__file__", None)) for module in list(sys.modules.values()))
    return [module for module, file in files if file and Path(file).resolve().is_relative_to(folder)]


def _package(subject: Subject, path: Path) -> str:
    """The package that relative imports of a file count from."""
    adapter = sys.modules[type(subject.plugin.adapter).__module__]
    above = path.relative_to(subject.folder).parent.parts
    return ".".join((adapter.__package__ or "", *above))


def _impure(path: Path, package: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"), path.name)
    skipped = {id(inner) for node in ast.walk(tree) if _is_typing_only(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [name for name in _imported(node, package) if _is_forbidden(name)]
            yield from ((node.lineno, f"imports {name}") for name in names)
        elif isinstance(node, ast.Call):
            words = _called(node.func)
            yield from [(node.lineno, f"calls {words}")] if words else []


def _is_typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    """The full names that an import statement brings."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1] if node.level else []
    start = ".".join((*above, *([node.module] if node.module else [])))
    yield from (f"{start}.{alias.name}" for alias in node.names)


def _is_forbidden(name: str) -> bool:
    starts = (name[: at or None] for at in (*(place for place, char in enumerate(name) if char == "."), 0))
    return any(start in IMPURE or start in HOST_SIDE for start in starts)


def _called(function: ast.expr) -> str | None:
    """What is called, if it is a builtin that reaches outside, a clock or a source of randomness."""
    if isinstance(function, ast.Name):
        return f"{function.id}()" if function.id in OUTSIDE else None
    if isinstance(function, ast.Attribute) and function.attr in SOURCES:
        return f"{ast.unparse(function)}()"
    return None


@check("IMP003", Level.BRONZE)
def nothing_is_kept(subject: Subject) -> None:
    """The adapter keeps nothing between calls.

    What: after messages of every fate, questions and webhooks, the adapter's attributes and those of its class and
    modules are what they were before.
    Why: one instance serves all channels of a host from many threads: what it remembers of one customer's message
    turns up in another's.
    Mend: hand values on as arguments; what has to live longer belongs to the host.
    Exempt: never.
    """
    session = subject.session()
    before = dict(_kept(subject))
    everything(session)
    after = dict(_kept(subject))
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    expect(not changed, f"changed by sending and receiving: {', '.join(changed)}")


def _kept(subject: Subject) -> Iterator[tuple[str, str]]:
    """Name and representation of everything that the adapter, its class and its modules hold."""
    adapter, modules = subject.plugin.adapter, _modules(subject)
    names = {module.__name__ for module in modules}
    kinds = [kind for kind in type(adapter).__mro__ if kind.__module__ in names]
    slots = [name for kind in kinds for name in _slots(kind) if hasattr(adapter, name)]
    own = {**getattr(adapter, "__dict__", {}), **{name: getattr(adapter, name) for name in slots}}
    holders: list[tuple[str, Any]] = [(f"self of {type(adapter).__name__}", own)]
    holders += [(kind.__name__, vars(kind)) for kind in kinds]
    holders += [(module.__name__.rpartition(".")[2], vars(module)) for module in modules]
    for holder, values in holders:
        yield from ((f"{name} ({holder})", repr(value)) for name, value in values.items() if not name.startswith("__"))


def _slots(kind: type) -> tuple[str, ...]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


@check("IMP004", Level.SILVER)
def modules_stay_small(subject: Subject) -> None:
    """The adapter can be read in one sitting.

    What: no module of the adapter has more than 220 lines of code; empty lines, comments and docstrings do not count.
    Why: an adapter is mended years later by somebody who never saw it, on the day on which the aggregator changed.
    Mend: use a kit, make tables of chains of `if`, or move a part into a module of its own (`incoming.py`).
    Exempt: where the aggregator's own table of codes is longer.
    """
    for path in _sources(subject):
        count = _lines_of_code(path.read_text(encoding="utf-8"))
        expect(count <= MOST_LINES, f"{path.name} has {count} lines of code, more than {MOST_LINES}")


def _lines_of_code(text: str) -> int:
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in silent]
    lines = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    return len(lines - _docstring_lines(ast.parse(text)))


def _docstring_lines(tree: ast.AST) -> set[int]:
    """The lines of texts that stand by themselves: docstrings, and those below a table."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    return {line for node in found for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
