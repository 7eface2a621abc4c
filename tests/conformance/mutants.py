"""Broken copies of the specimen: a check is proven by what it catches, and by the good one that it lets pass."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

from sms_adapters import Registry
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.conformance.check import CheckFailed, load_checks
from sms_adapters.conformance.guard import loopback_only
from sms_adapters.conformance.subject import Subject

SPECIMEN = Path(__file__).parent / "specimen" / "acme"
TODAY = CLOCK.date()
"""When the specimen's recordings are new: the day of a test run would age them."""


def opened(folder: Path) -> Subject:
    """The adapter in a folder, and no other."""
    return Subject(folder.name, Registry(builtin=False, installed=False, folders=[folder]), today=TODAY)


def good() -> Subject:
    """The specimen as it is."""
    return opened(SPECIMEN)


def copied(tmp_path: Path) -> Path:
    """A copy of the specimen's folder, to be changed before it is opened; each is a package of its own."""
    folder = Path(mkdtemp(dir=tmp_path)) / SPECIMEN.name
    shutil.copytree(SPECIMEN, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def edit(folder: Path, file: str, before: str, after: str) -> None:
    """Replace every `before` in a file by `after`; it has to be there."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{file} has no {before!r}: the mutant would be no mutant"
    path.write_text(text.replace(before, after), encoding="utf-8")


def mutant(tmp_path: Path, file: str, before: str, after: str) -> Subject:
    """A copy of the specimen in which `after` stands for `before` in one file."""
    folder = copied(tmp_path)
    edit(folder, file, before, after)
    return opened(folder)


def passes(check_id: str, subject: Subject) -> None:
    """The check has something to look at in the adapter, and is content."""
    with loopback_only():
        load_checks()[check_id].run(subject)


def catches(check_id: str, subject: Subject) -> str:
    """The check fails the adapter with a sentence, which is given back."""
    try:
        passes(check_id, subject)
    except CheckFailed as failure:
        return str(failure)
    raise AssertionError(f"{check_id} lets the broken adapter pass")
