"""Packages made from the template for the tests: the product of all answers, and samples of it."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations, product
from pathlib import Path
from typing import NamedTuple

from sms_adapters import Registry
from sms_adapters.authoring.package import new_package
from sms_adapters.authoring.skeleton import Skeleton, packaged
from sms_adapters.cli.new import CHOICES
from sms_adapters.conformance.check import Check, CheckFailed, NotApplicable, selected
from sms_adapters.conformance.guard import loopback_only
from sms_adapters.conformance.subject import Subject

ROOT = Path(__file__).parent.parent.parent
CODE = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)
EVIDENCE = frozenset({"MAN012", "REC008", "REC009", "REC010", "REC012"})
PROTOCOLS = CHOICES["protocol"]
"""Checks of what only the aggregator or its documents can give."""


class Answers(NamedTuple):
    """The answers that change the code."""

    body: str
    auth: str
    inbound: str
    signature: str

    @property
    def id(self) -> str:
        return f"x_{'_'.join(self)}"


def every() -> list[Answers]:
    """The whole product; without webhooks none are signed."""
    values = product(*(CHOICES[name] for name in Answers._fields))
    return [row for row in map(Answers._make, values) if row.inbound != "none" or row.signature == "none"]


def pairwise(rows: Iterable[Answers]) -> list[Answers]:
    """Rows in which each two answers that go together are together at least once; the greediest first."""
    rows = list(rows)
    missing = {pair for row in rows for pair in pairs(row)}
    chosen = []
    while missing:
        best = max(rows, key=lambda row: len(pairs(row) & missing))
        missing -= pairs(best)
        chosen.append(best)
    return chosen


def pairs(row: Answers) -> set[tuple[tuple[str, str], ...]]:
    return set(combinations(zip(Answers._fields, row, strict=True), 2))


def singles(rows: Iterable[Answers]) -> list[Answers]:
    """Rows in which each body, and each answer about webhooks, is there at least once."""
    rows = list(rows)
    missing = {answer for row in rows for answer in own(row)}
    chosen = []
    while missing:
        best = max(rows, key=lambda row: len(own(row) & missing))
        missing -= own(best)
        chosen.append(best)
    return chosen


def own(row: Answers) -> set[tuple[str, str]]:
    return {("body", row.body), ("inbound", row.inbound), ("signature", row.signature)}


def make(row: Answers, into: Path) -> Path:
    """The folder of the package for these answers."""
    answers = {"id": row.id, **row._asdict()}
    if row.inbound == "none":
        del answers["signature"]
    return new_package(Skeleton(str(packaged())), into / row.id, answers).folder


def make_session(protocol: str, into: Path) -> Path:
    """The folder of the package for an operator's SMSC."""
    answers = {"id": f"op_{protocol}", "kind": "session", "protocol": protocol}
    return new_package(Skeleton(str(packaged())), into / f"op_{protocol}", answers).folder


def subject(folder: Path) -> Subject:
    """The adapter in a package, for the conformance suite."""
    package = next(path.parent for path in folder.glob("*/manifest.toml"))
    registry = Registry(builtin=False, installed=False, folders=[package])
    return Subject(registry.ids()[0], registry, today=date.today())  # noqa: DTZ011 - the day that the files have


def failures(found: Subject, *families: str) -> Iterator[tuple[Check, Exception]]:
    """The checks, of all families or of some, that the adapter does not meet."""
    for check in selected(families):
        called_for = check.needs is None or found.manifest.offers(check.needs)
        if called_for and not (check.http and found.is_session):
            try:
                with loopback_only():
                    check.run(found)
            except NotApplicable:
                continue
            except (CheckFailed, AssertionError) as error:
                yield check, error


def faults(found: Subject, *families: str) -> dict[str, str]:
    """The checks that fail, but for those of evidence."""
    return {check.id: str(error) for check, error in failures(found, *families) if check.id not in EVIDENCE}


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **env}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def lint(folder: Path) -> str:
    """What ruff has against the packages below a folder; empty if nothing."""
    found = [
        run(sys.executable, "-m", "ruff", *arguments, ".", cwd=folder)
        for arguments in (("check", "--output-format", "concise", "--no-cache"), ("format", "--diff", "--no-cache"))
    ]
    return "".join(done.stdout + done.stderr for done in found if done.returncode)


def types(folders: list[Path], cache: Path) -> str:
    """What mypy --strict has against packages; empty if nothing."""
    path = ":".join(map(str, [ROOT, *folders]))
    packages = [next(folder.glob("*/manifest.toml")).parent for folder in folders]
    done = run(
        sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", cache, *packages,
        cwd=cache, MYPYPATH=path,
    )  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


def code_lines(path: Path) -> int:
    """Lines of code: without blank ones, comments and docstrings."""
    text = path.read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = [
        node.body[0] for node in ast.walk(ast.parse(text)) if isinstance(node, documented) and ast.get_docstring(node)
    ]
    ignored = {number for node in docs for number in range(node.lineno, (node.end_lineno or 0) + 1)}
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in CODE]
    return len({number for token in tokens for number in range(token.start[0], token.end[0] + 1)} - ignored)
