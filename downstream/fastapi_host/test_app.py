"""The service, against the simulator of an adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from app import Service, open_channels
from starlette.testclient import TestClient

from sms_adapters import AsyncClient, Registry
from sms_adapters.transports.simulated import AsyncSimulatedTransport


@pytest.fixture
def host(tmp_path: Path) -> Any:
    simulator = Registry().simulator("twilio")
    row = {
        "adapter": "twilio",
        "address": "+12025550100",
        "public_url": "https://sms.example.org/sms",
        "config": simulator.config("https://api.twilio.com"),
    }
    path = tmp_path / "channels.json"
    path.write_text(json.dumps({"8eb23e93": row}))
    channels = open_channels(path)
    simulator.inbound_url = channels["8eb23e93"].callback_url("receive")
    inbox: list[dict[str, Any]] = []
    app = Service(channels, AsyncClient(transport=AsyncSimulatedTransport(simulator)), inbox).app()
    with TestClient(app, base_url="https://sms.example.org") as browser:
        yield browser, simulator, inbox


def send(browser: Any, to: str) -> Any:
    return browser.post("/messages", json={"channel": "8eb23e93", "to": to, "text": "Muraho"})


def test_a_message_goes_out_and_its_reports_come_in(host: Any) -> None:
    browser, simulator, inbox = host
    answer = send(browser, "+12025550123")
    assert (answer.status_code, answer.json()["segments"]) == (202, 1)
    for hook in simulator.reports(simulator.accepted[0]):
        taken = browser.request(hook.method, hook.url, headers=dict(hook.headers.items()), content=hook.body)
        assert taken.status_code in (200, 204)
    assert [item["report"] for item in inbox] == ["sent", "delivered"]
    assert {item["id"] for item in inbox} == set(answer.json()["ids"])


def test_a_message_of_a_handset_is_stored(host: Any) -> None:
    browser, simulator, inbox = host
    (hook,) = simulator.inbound("+12025550123", "+12025550100", "Yego")
    assert browser.request(hook.method, hook.url, headers=dict(hook.headers.items()), content=hook.body).is_success
    assert [(item["from"], item["text"]) for item in inbox] == [("+12025550123", "Yego")]


def test_a_webhook_that_nobody_signed_is_refused(host: Any) -> None:
    browser, simulator, inbox = host
    (hook,) = simulator.inbound("+12025550123", "+12025550100", "Yego")
    kept = {name: value for name, value in hook.headers.items() if "signature" not in name.lower()}
    assert browser.request(hook.method, hook.url, headers=kept, content=hook.body).status_code == 403
    assert inbox == []


@pytest.mark.parametrize(("tail", "status"), [("95", 422), ("96", 503), ("90", 502)])
def test_what_a_caller_may_do_is_in_the_status(host: Any, tail: str, status: int) -> None:
    browser, _, _ = host
    answer = send(browser, f"+120255501{tail}")
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status == 503)


def test_an_unknown_channel_is_told(host: Any) -> None:
    browser, _, _ = host
    assert browser.post("/messages", json={"channel": "x", "to": "+12025550123", "text": "x"}).status_code == 404
