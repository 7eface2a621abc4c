"""The public interface: what counts as a break, and that one which nobody named is refused."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
MODULE = """
__all__ = ["Client", "Other", "send", "LIMIT"]
LIMIT: int = 3
class Client:
    name: str
    def __init__(self, *, timeout: float = 1.0) -> None: ...
    def _hidden(self) -> None: ...
    def send(self, to: str, text: str = "") -> str: ...
class Other(Exception): ...
def send(to: str, *, flash: bool = False) -> str: ...
def unlisted() -> None: ...
"""


@pytest.fixture(scope="module")
def api() -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_listing", ROOT / "scripts" / "api_listing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def listed(api: ModuleType, tmp_path: Path) -> Callable[..., dict[str, str]]:
    def make(code: str, **options: bool) -> dict[str, str]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / "toy").mkdir(parents=True)
        (folder / "toy" / "__init__.py").write_text(code)
        found: dict[str, str] = api.listing(folder, "toy", **options)
        return found

    return make


def test_the_listing_has_what_is_public_and_nothing_else(listed: Callable[..., dict[str, str]]) -> None:
    assert listed(MODULE) == {
        "toy.Client": "class()",
        "toy.Client.__init__": "(*, timeout: float = ...) -> None",
        "toy.Client.name": ": str",
        "toy.Client.send": "(to: str, text: str = ...) -> str",
        "toy.LIMIT": ": int",
        "toy.Other": "class(Exception)",
        "toy.send": "(to: str, *, flash: bool = ...) -> str",
    }


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        ("def send(to: str, *, flash: bool = False) -> str: ...", "", ["toy.send"]),
        ("to: str, *, flash", "recipient: str, *, flash", ["toy.send"]),
        ("to: str, *, flash", "to: str, sender: str, *, flash", ["toy.send"]),
        ("LIMIT: int", "LIMIT: str", ["toy.LIMIT"]),
        ("class Client:", "class Client(Exception):", []),
        ("class Other(Exception):", "class Other:", ["toy.Other"]),
        ("text: str = ''", "text: str = ''", []),
        ("flash: bool = False) -> str", "flash: bool = False, validity: int | None = None) -> str", []),
        ("to: str, *, flash", "to: str, sender: str | None = None, *, flash", []),
        ("flash: bool = False", "flash: bool | None = False", []),
        ("flash: bool = False", "flash: bool", ["toy.send"]),
        ("flash: bool = False", "flash: int = 0", ["toy.send"]),
        (") -> str: ...\ndef unlisted", ") -> str | None: ...\ndef unlisted", ["toy.send"]),
        ("class Client:\n    name: str", "class Base:\n    name: str\nclass Client(Base):", []),
        ("def _hidden", "def _gone", []),
        ("def unlisted() -> None: ...", "", []),
        ("class Client:", "class New: ...\nclass Client:", []),
    ],
)
def test_what_breaks_code_is_told_from_what_does_not(
    api: ModuleType, listed: Callable[..., dict[str, str]], before: str, after: str, broken: list[str]
) -> None:
    changed = MODULE.replace(before, after)
    assert list(api.breaks(listed(MODULE), listed(changed), listed(changed, inherited=True))) == broken


def test_a_hook_is_implemented_by_others_who_have_to_follow_where_it_is_given_more(api: ModuleType) -> None:
    name, old = "toy.hookspecs.Hooks.send", "(request: A) -> None"
    assert api.breaks({name: old}, {name: "(request: A | B) -> None"}) == {
        name: f"was {old}, is (request: A | B) -> None"
    }
    assert api.breaks({"toy.send": old}, {"toy.send": "(request: A | B) -> None"}) == {}


def test_the_interface_of_hosts_and_adapters_is_listed_and_internals_are_not(api: ModuleType) -> None:
    names = api.listing()
    for name in (
        "client.Client.send",
        "hookspecs.AdapterHooks.send",
        "errors.Rejected",
        "conformance.suite.conformance",
    ):
        assert f"sms_adapters.{name}" in names
    inner = [name.removesuffix(".__init__") for name in names]
    assert [name for name in inner if ".engine." in name or ".sandbox." in name or "._" in name] == []


def test_a_break_that_no_fragment_names_fails(
    api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "api.txt"
    base.write_text("sms_adapters.client.Client.vanished\t() -> None\n")
    (tmp_path / "changes").mkdir()
    monkeypatch.setattr(api, "BASE", base)
    monkeypatch.setattr(api, "ROOT", tmp_path)
    monkeypatch.setattr(api, "listing", lambda **_: {})
    assert api.main(["check"]) == 1
    assert "`client.Client.vanished`" in capsys.readouterr().err
    fragment = tmp_path / "changes" / "+x.breaking.md"
    fragment.write_text("What has vanished is unvanished in `Other.vanished`.\n")
    assert api.main(["check"]) == 1
    fragment.write_text("`Client.vanished` is gone: use `send`.\n")
    assert api.main(["check"]) == 0


def test_a_fragment_of_the_last_release_excuses_nothing(
    api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interface = {"sms_adapters.client.Client.vanished": "() -> None"}
    fragment = tmp_path / "changes" / "+x.breaking.md"
    fragment.parent.mkdir()
    fragment.write_text("`Client.vanished` takes nothing.\n")
    monkeypatch.setattr(api, "BASE", tmp_path / "api.txt")
    monkeypatch.setattr(api, "ROOT", tmp_path)
    monkeypatch.setattr(api, "listing", lambda **_: interface)
    assert api.main(["accept"]) == 0
    assert api.main(["check"]) == 0, "nothing has changed"
    monkeypatch.setattr(api, "listing", lambda **_: {})
    assert api.main(["check"]) == 1
    fragment.write_text("`Client.vanished` is gone.\n")
    assert api.main(["check"]) == 0


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("sms_adapters.client.Client.send", "`Client.send` is gone", True),
        ("sms_adapters.client.Client.send", "`sms_adapters.client.Client.send` is gone", True),
        ("sms_adapters.client.Client.send", "`Client.send(to=...)` takes no `to`", True),
        ("sms_adapters.client.Client.send", "use `send`", False),
        ("sms_adapters.client.Client.send", "`AsyncClient.send` is gone", False),
        ("sms_adapters.client.Client.send", "Client.send is gone", False),
        ("sms_adapters.client.Client.send", "`Client.sender` is gone", False),
        ("sms_adapters.client.Client.__init__", "`Client` takes no `timeout`", True),
        ("sms_adapters.client.Client.__init__", "`AsyncClient` takes no `timeout`", False),
        ("sms_adapters.errors.Rejected", "`Rejected` is no `SmsError`", True),
        ("sms_adapters.errors.Rejected", "what is rejected, Rejected", False),
        ("sms_adapters.hookspecs.AdapterHooks.send", "the hook `send` gets more", True),
        ("sms_adapters.hookspecs.AdapterHooks.send", "`sms_before_send` gets more", False),
    ],
)
def test_a_name_is_named_in_backticks_and_whole(api: ModuleType, name: str, text: str, named: bool) -> None:
    assert api.is_named(name, text) is named
