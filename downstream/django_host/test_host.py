"""The project, against the simulator of an adapter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import django
import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
django.setup()

from django.db import connection  # noqa: E402 - Django wants to be set up first
from django.test import Client as Browser  # noqa: E402
from host import sms  # noqa: E402
from host.models import SmsChannel, SmsMessage, SmsPart, SmsReceived  # noqa: E402
from host.tasks import send_message  # noqa: E402

from sms_adapters import Client  # noqa: E402
from sms_adapters.transports.simulated import SimulatedTransport  # noqa: E402

TABLES = (SmsChannel, SmsMessage, SmsPart, SmsReceived)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    simulator = sms.registry.simulator("telnyx")
    with connection.schema_editor() as editor:
        for table in TABLES:
            editor.create_model(table)
    config = simulator.config("https://api.telnyx.com")
    row = SmsChannel.objects.create(id="8eb23e93", adapter="telnyx", address="+12025550100", config=config)
    simulator.inbound_url = sms.open_channel(row).callback_url("receive")
    monkeypatch.setattr(sms.client, "_transport", SimulatedTransport(simulator))
    yield row, simulator
    with connection.schema_editor() as editor:
        for table in reversed(TABLES):
            editor.delete_model(table)


def fire(hook: Any) -> int:
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in hook.headers.items()}
    kind = hook.headers.get("content-type") or ""
    options = {"content_type": kind, "secure": True, "HTTP_HOST": "sms.example.org", **headers}
    path = hook.url.partition("sms.example.org")[2]
    return Browser().generic(hook.method, path, hook.body, **options).status_code


def queued(row: SmsChannel, to: str) -> SmsMessage:
    return SmsMessage.objects.create(channel=row, to=to, text="Muraho")


def test_a_message_goes_out_once_and_its_reports_find_it(host: Any) -> None:
    row, simulator = host
    message = queued(row, "+12025550123")
    assert send_message.apply((message.pk,)).get() == "sent"
    assert send_message.apply((message.pk,)).get() == "not waiting"
    assert [item.text for item in simulator.accepted] == ["Muraho"]
    assert {fire(hook) for hook in simulator.reports(simulator.accepted[0])} <= {200, 204}
    message.refresh_from_db()
    assert (message.state, message.status) == ("sent", "delivered")


def test_a_message_that_is_delivered_twice_is_stored_once(host: Any) -> None:
    _, simulator = host
    (hook,) = simulator.inbound("+12025550123", "+12025550100", "Yego")
    assert {fire(hook), fire(hook)} <= {200, 204}
    assert [(item.sender, item.text) for item in SmsReceived.objects.all()] == [("+12025550123", "Yego")]


@pytest.mark.parametrize(("tail", "state"), [("95", "refused"), ("90", "uncertain")])
def test_what_must_not_be_sent_again_is_not(host: Any, tail: str, state: str) -> None:
    row, simulator = host
    message = queued(row, f"+120255501{tail}")
    assert send_message.apply((message.pk,)).get() == state
    assert len(simulator.accepted) == (1 if state == "uncertain" else 0)


def test_what_was_not_accepted_is_tried_again_and_given_up(host: Any) -> None:
    row, simulator = host
    message = queued(row, "+12025550196")
    assert send_message.apply((message.pk,)).get() == "refused"
    message.refresh_from_db()
    assert message.error["error"] == "Throttled"
    assert simulator.accepted == []


def test_an_unknown_channel_is_answered_404(host: Any) -> None:
    assert Browser().post("/sms/c/telnyx/nobody/receive", secure=True).status_code == 404
    assert isinstance(sms.client, Client)
