"""Each check of imports catches an adapter that does more than to define itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants import catches, copied, edit, good, mutant, opened, passes

from sms_adapters.conformance.check import selected

IDS = [check.id for check in selected(["IMP"])]
TOP = 'KINDS = {"message": _message, "report": _report, "opt_out": _opt_out}\n'
"""The last line of the module."""

EFFECTS = [
    ('import os\nos.environ["ACME"] = "1"', "os.environ"),
    ("import httpx", "imports httpx"),
    ("import requests", "imports requests"),
    ("import sys\nsys.path.append('/nowhere')", "sys.path"),
    ("import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()", "a thread"),
    ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], check=True)", "a process"),
    ("import socket\nsocket.socket().close()", "a socket"),
    ("open(__file__ + '.log', 'w').close()", "writes the file adapter.py.log"),
    ("from pathlib import Path\nPath(__file__ + '.log').write_text('')", "writes the file adapter.py.log"),
    ("import logging\nlogging.basicConfig()", "logging"),
    ("import warnings\nwarnings.simplefilter('ignore')", "warnings"),
    ("import decimal\ndecimal.getcontext().prec = 3", "decimal"),
    ("print('Acme is ready')", "prints"),
    ("raise RuntimeError('no network')", "RuntimeError: no network"),
]
IMPURITIES = [
    ("import time", "imports time"),
    ("import random as dice", "imports random"),
    ("import os.path", "imports os.path"),
    ("from os import urandom", "imports os.urandom"),
    ("from uuid import uuid4", "imports uuid.uuid4"),
    ("import uuid\nNAME = lambda: uuid.uuid4()", "calls uuid.uuid4()"),
    ("import urllib.request", "imports urllib.request"),
    ("from http import client", "imports http.client"),
    ("def late():\n    import logging", "imports logging"),
    ("from sms_adapters import Client", "imports sms_adapters.Client"),
    ("from sms_adapters.transports.httpx import HttpxTransport", "imports sms_adapters.transports.httpx"),
    ("from sms_adapters.channel import now", "imports sms_adapters.channel.now"),
    ("from datetime import datetime as dt\nNOW = lambda: dt.now()", "calls dt.now()"),
    ("import datetime as times\nTODAY = lambda: times.date.today()", "calls times.date.today()"),
    ("SOURCE = lambda: open(__file__)", "calls open()"),
    ("SHOW = lambda item: print(item)", "calls print()"),
]
PURE = """
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel
from sms_adapters.http import encode_form

from . import simulator as _unused

if TYPE_CHECKING:
    import socket
    from sms_adapters import Client
"""

DECLARED = f"""{TOP}
import itertools

SEEN: list[str] = []
COUNT = 0
SERIAL = itertools.count()
"""
SENDING, READING = "values: dict[str, Any] = {", 'kind = KINDS[item["type"]]'
MEMORIES = [
    (SENDING, "self.last = message", "last (self of Acme)"),
    (SENDING, "SEEN.append(message.to)", "SEEN (adapter)"),
    (SENDING, "global COUNT; COUNT += 1", "COUNT (adapter)"),
    (SENDING, "next(SERIAL)", "SERIAL (adapter)"),
    (SENDING, "self.history[message.to] = message.text", "history (Acme)"),
    (READING, "type(self).newest = item", "newest (Acme)"),
]
LINES = "".join(f"X{number} = {number}\n" for number in range(100))
CAUGHT = {"IMP001": EFFECTS, "IMP002": IMPURITIES, "IMP003": MEMORIES, "IMP004": LINES}


@pytest.mark.parametrize(("code", "words"), EFFECTS)
def test_an_import_that_does_something_is_caught(tmp_path: Path, code: str, words: str) -> None:
    assert words in catches("IMP001", mutant(tmp_path, "adapter.py", TOP, f"{TOP}\n{code}\n"))


@pytest.mark.parametrize(("code", "words"), IMPURITIES)
def test_what_is_taken_instead_of_handed_in_is_caught(tmp_path: Path, code: str, words: str) -> None:
    assert words in catches("IMP002", mutant(tmp_path, "adapter.py", TOP, f"{TOP}\n{code}\n"))


def test_modules_below_the_folder_and_relative_imports_are_read(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "inner").mkdir()
    (folder / "inner" / "late.py").write_text("from ..time import sleep\nfrom sms_adapters.client import Client\n")
    assert catches("IMP002", opened(folder)) == "late.py, line 2: imports sms_adapters.client.Client"


def test_what_is_pure_passes(tmp_path: Path) -> None:
    passes("IMP002", mutant(tmp_path, "adapter.py", TOP, TOP + PURE))


def test_tests_beside_the_adapter_may_do_what_they_like(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "test_acme.py").write_text("import socket\n")
    passes("IMP002", opened(folder))


@pytest.mark.parametrize(("place", "code", "words"), MEMORIES)
def test_what_is_kept_is_caught(tmp_path: Path, place: str, code: str, words: str) -> None:
    folder = copied(tmp_path)
    edit(folder, "adapter.py", TOP, DECLARED)
    edit(folder, "adapter.py", "Config = AcmeConfig", "Config = AcmeConfig\n    history: dict[str, str] = {}")
    passes("IMP003", opened(folder))
    changed = copied(tmp_path)
    (changed / "adapter.py").write_text((folder / "adapter.py").read_text())
    edit(changed, "adapter.py", place, f"{code}; {place}")
    assert words in catches("IMP003", opened(changed))


def test_a_module_too_long_is_caught(tmp_path: Path) -> None:
    assert "adapter.py has" in catches("IMP004", mutant(tmp_path, "adapter.py", TOP, TOP + LINES))


def test_comments_docstrings_and_empty_lines_do_not_count(tmp_path: Path) -> None:
    words = "# why\n\n" * 200 + '"""\n' + "said at length\n" * 200 + '"""\n'
    passes("IMP004", mutant(tmp_path, "adapter.py", TOP, TOP + words))


@pytest.mark.parametrize("check_id", IDS)
def test_the_specimen_passes(check_id: str) -> None:
    passes(check_id, good())


def test_every_check_has_a_mutant() -> None:
    assert [name for name, rows in CAUGHT.items() if rows] == IDS
