"""Tables of broken adapters: what is done to the specimen, and the check that has to notice."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from mutants import copied, edit, opened

from sms_adapters.conformance.check import load_checks
from sms_adapters.conformance.subject import Subject

ADAPTER, MANIFEST, SIMULATOR = "adapter.py", "manifest.toml", "simulator.py"
CLASS = "    Config = AcmeConfig\n"
"""Where a method of the adapter can be put in."""

SEND = """
    @hookimpl
    def send(self, channel, message):
        accepted = []
{}
        return SendResult(tuple(accepted))
"""
IMPORTED = "    DeliveryUncertain,\n    ProtocolError,\n    Rejected,\n    SendResult,\n    TransportError,\n"


class Edit(NamedTuple):
    """`after` for every `before` in a file."""

    file: str
    before: str
    after: str


class Broken(NamedTuple):
    """An adapter that a check has to catch: what is wrong with it, what the check says, the edits that make it so."""

    check: str
    what: str
    says: str
    edits: tuple[Edit, ...]


def broken(check: str, what: str, says: str, before: str, after: str, *further: Edit) -> Broken:
    """A row with one edit of the adapter's code, and maybe edits elsewhere."""
    return Broken(check, what, says, (Edit(ADAPTER, before, after), *further))


def with_method(check: str, what: str, says: str, method: str, *further: Edit) -> Broken:
    """A row in which the adapter has one method more, or another one in place of its base's."""
    return broken(check, what, says, CLASS, CLASS + method, *further)


def with_send(check: str, what: str, says: str, steps: str) -> Broken:
    """A row in which `send` is a flow of its own; `steps` are its lines, which leave the parts in `accepted`."""
    body = textwrap.indent(textwrap.dedent(steps).strip(), " " * 8)
    return with_method(check, what, says, SEND.format(body), Edit(ADAPTER, "    ProtocolError,\n", IMPORTED))


def made(tmp_path: Path, *edits: Edit) -> Subject:
    """The specimen after some edits."""
    folder = copied(tmp_path)
    for item in edits:
        edit(folder, *item)
    return opened(folder)


def rows(table: Iterable[Broken]) -> list[object]:
    """Parameters for a test."""
    return [pytest.param(row, id=f"{row.check}-{row.what}") for row in table]


def ids_of(family: str) -> list[str]:
    """The checks of a family, in order."""
    return [name for name in load_checks() if name.startswith(family)]
