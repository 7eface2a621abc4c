"""The how-to pages: what they show is real, and their snippets do what the text says."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sms_adapters import AuthError, Client, InboundMessage, InvalidSignature, Registry, WebhookRequest
from sms_adapters.conformance.drift import drift_of
from sms_adapters.transports.simulated import SimulatedTransport

DOCS = Path(__file__).parent.parent / "docs"
SNIPPETS = DOCS / "howto" / "snippets"
REGISTRY = Registry(installed=False)


def snippet(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SNIPPETS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drift_shown_is_one_of_the_tutorial_s_recordings(tmp_path: Path) -> None:
    folder = tmp_path / "kiwi"
    shutil.copytree(DOCS / "tutorial" / "step2" / "sms_kiwi", folder)
    case = folder / "exchanges" / "text"
    old, table = case.with_suffix(".yaml").read_text(), case.with_suffix(".toml").read_text()
    answer = '{"id":"k-1001","state":"queued"}'
    assert answer in old
    new = old.replace(answer, '{"id":481,"state":"accepted","segments":1}')
    case.with_name("text.new.yaml").write_text(new)
    told = table.replace('"k-1001"', '"481"').replace('word = "queued"', 'word = "accepted"')
    case.with_name("text.new.toml").write_text(told)
    assert drift_of(folder).to_text() + "\n" == (SNIPPETS / "drift.txt").read_text()


def channels() -> tuple[Any, Any, Any]:
    """A simulator of Twilio, and a channel with its token and one with the token before."""
    simulator = REGISTRY.simulator("twilio")
    config = simulator.config("https://api.twilio.com")
    options = {"id": "8eb23e93", "address": "+12025550100", "public_url": "https://sms.example.org"}
    new = REGISTRY.open("twilio", config=config, **options)
    old = REGISTRY.open("twilio", config={**config, "auth_token": "the-token-before-1"}, **options)
    simulator.inbound_url = new.callback_url("receive")
    return simulator, new, old


def test_credentials_are_checked_before_they_are_used() -> None:
    simulator, new, _ = channels()
    rotate = snippet("rotate_credentials")
    with Client(transport=SimulatedTransport(simulator)) as client:
        config = simulator.config("https://api.twilio.com")
        row = {"adapter": "twilio", "id": "8eb23e93", "config": config}
        assert rotate.checked(REGISTRY, client, row).config.auth_token == new.config.auth_token
        with pytest.raises(AuthError):
            rotate.checked(REGISTRY, client, {**row, "config": {**config, "auth_token": "the-token-before-1"}})


def test_a_webhook_is_taken_by_either_secret_and_by_no_third() -> None:
    simulator, signing, other = channels()
    rotate = snippet("rotate_credentials")
    (sent,) = simulator.inbound("+12025550123", "+12025550100", "Yego")
    request = WebhookRequest(sent.method, sent.url, sent.headers, sent.body)
    with Client(transport=SimulatedTransport(simulator)) as client:
        for new, old in ((signing, other), (other, signing)):
            (event,) = rotate.received(client, request, new, old).events
            assert isinstance(event, InboundMessage)
        assert isinstance(rotate.received(client, request, other, other).error, InvalidSignature)


def test_every_page_is_in_the_list_and_shows_only_files_that_are_there() -> None:
    listed = (DOCS / "howto" / "index.md").read_text()
    pages = {path.stem for path in (DOCS / "howto").glob("*.md")} - {"index"}
    assert pages == set(listed.split("```{toctree}")[1].split("```")[0].split()) - {":maxdepth:", "1"}
