"""The bridge, between a RapidPro that only listens and the simulator of an adapter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from bridge import Bridge
from starlette.testclient import TestClient

from sms_adapters import AsyncClient, Registry
from sms_adapters.transports.simulated import AsyncSimulatedTransport

UUID = "8eb23e93-5ecb-45ba-b726-3b064e0c56ab"
MESSAGE = "6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11"


@pytest.fixture
def bridge() -> Iterator[Any]:
    registry, told = Registry(), []
    simulator = registry.simulator("kannel")
    channel = registry.open(
        "kannel",
        id=UUID,
        address="+12025550100",
        public_url="https://bridge.example.org/sms",
        callback_secret="example-secret-1",
        config=simulator.config("https://gateway.example.net"),
    )
    simulator.inbound_url = channel.callback_url("receive")

    def rapidpro(request: httpx.Request) -> httpx.Response:
        told.append((request.url.path, {key: value[0] for key, value in parse_qs(request.content.decode()).items()}))
        return httpx.Response(200)

    listener = httpx.AsyncClient(transport=httpx.MockTransport(rapidpro), base_url="https://rapidpro.example.org")
    made = Bridge({UUID: channel}, AsyncClient(transport=AsyncSimulatedTransport(simulator)), listener, "example-token")
    with TestClient(made.app(), base_url="https://bridge.example.org") as browser:
        yield browser, simulator, told


def send(browser: Any, to: str, token: str = "example-token") -> Any:
    form = {"id": MESSAGE, "to": to, "text": "Muraho"}
    return browser.post(f"/send/{UUID}", data=form, headers={"Authorization": f"Token {token}"})


def fire(browser: Any, hook: Any) -> int:
    return browser.request(hook.method, hook.url, headers=dict(hook.headers.items()), content=hook.body).status_code


def test_rapidpro_s_message_goes_out_and_its_reports_come_back(bridge: Any) -> None:
    browser, simulator, told = bridge
    assert send(browser, "+12025550123").status_code == 202
    assert [item.text for item in simulator.accepted] == ["Muraho"]
    assert {fire(browser, hook) for hook in simulator.reports(simulator.accepted[0])} == {200}
    assert told == [(f"/c/ex/{UUID}/sent", {"id": MESSAGE}), (f"/c/ex/{UUID}/delivered", {"id": MESSAGE})]


def test_a_handset_s_message_reaches_rapidpro(bridge: Any) -> None:
    browser, simulator, told = bridge
    assert {fire(browser, hook) for hook in simulator.inbound("+12025550123", "+12025550100", "Yego")} == {200}
    assert told == [(f"/c/ex/{UUID}/receive", {"from": "+12025550123", "text": "Yego"})]


@pytest.mark.parametrize(("tail", "status"), [("95", 400), ("88", 503), ("90", 202)])
def test_rapidpro_sends_again_only_where_that_is_safe(bridge: Any, tail: str, status: int) -> None:
    browser, simulator, _ = bridge
    assert send(browser, f"+120255501{tail}").status_code == status
    assert len(simulator.accepted) == (1 if tail == "90" else 0)


def test_nobody_else_may_send(bridge: Any) -> None:
    browser, simulator, _ = bridge
    assert send(browser, "+12025550123", "guess").status_code == 401
    assert simulator.accepted == []
