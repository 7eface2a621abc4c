"""What a report says of this machine: no folder and no user name."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import sms_adapters
from sms_adapters.conformance.plugin import Collected
from sms_adapters.conformance.whereabouts import without_whereabouts

PACKAGE = Path(sms_adapters.__file__).parent


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = tmp_path / "alice" / "desk"
    desk.mkdir(parents=True)
    monkeypatch.chdir(desk)
    monkeypatch.setenv("HOME", str(tmp_path / "alice"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "venv" / "site-packages"), ""])


def test_paths_begin_where_their_package_is_installed_or_at_the_working_directory(tmp_path: Path) -> None:
    places = {
        f"{PACKAGE}/builtin/acme/adapter.py:12: TypeError": "sms_adapters/builtin/acme/adapter.py:12: TypeError",
        f'File "{tmp_path}/venv/site-packages/sms_kiwi/adapter.py", line 3': 'File "sms_kiwi/adapter.py", line 3',
        f"{os.__file__}:3: OSError": "os.py:3: OSError",
        f"[Errno 2] '{tmp_path}/alice/desk/out/x.toml'": "[Errno 2] 'out/x.toml'",
        f"<module 'x' from '{tmp_path}/alice/other/x.so'>": "<module 'x' from '~/other/x.so'>",
        f"../other/{'x.toml'} is missing": "~/other/x.toml is missing",
        "../../venv/site-packages/sms_kiwi/adapter.py:3: in send": "sms_kiwi/adapter.py:3: in send",
        "/srv/builds/bob/sms_kiwi/adapter.py:3: in send": ".../adapter.py:3: in send",
        f"[Errno 2] '{tmp_path}/bob/keys.pem'": "[Errno 2] '.../keys.pem'",
        r"C:\Users\bob\sms_kiwi\adapter.py:3: in send": r".../adapter.py:3: in send",
    }
    assert {text: without_whereabouts(text) for text in places} == places


@pytest.mark.parametrize(
    "text",
    [
        "",
        "POST https://api.example.com/home/sms/v1.py was not awaited",
        "the path /c/acme/{id}/receive is not served",
        "adapter.py:3: AssertionError",
        "1/2 .. 3/4",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert without_whereabouts(text) == text


def test_what_a_report_says_of_a_failure_has_none(tmp_path: Path) -> None:
    told = SimpleNamespace(
        user_properties=[("sms_adapter", "acme"), ("sms_check", "SND001")],
        when="call",
        passed=False,
        skipped=False,
        duration=0.1,
        longrepr=None,
        longreprtext=f"{tmp_path}/venv/site-packages/sms_kiwi/adapter.py:12: TypeError",
    )
    collected = Collected(tmp_path)
    collected.pytest_runtest_logreport(told)  # type: ignore[arg-type]
    assert collected.results["acme"]["SND001"].message == "sms_kiwi/adapter.py:12: TypeError"
