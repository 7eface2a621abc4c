"""The host plug-ins: one that counts and traces, one that vetoes."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted import toy_channel

from sms_adapters import AsyncClient, Client, HttpResponse, OutboundMessage, SmsError, Vetoed, WebhookRequest
from sms_adapters.plugins.telemetry import Telemetry

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
from quiet_hours import QuietHours

TO = "+12025550123"


class Fixed:
    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.count = 0

    def send(self, request: Any, policy: Any = None) -> HttpResponse:
        self.count += 1
        return HttpResponse(self.status, body=b'{"id":"m1"}')

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def telemetry() -> Any:
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    return Telemetry(tracers, MeterProvider([reader])), spans, reader


def counts(reader: InMemoryMetricReader) -> dict[tuple[str, ...], int]:
    data = reader.get_metrics_data()
    return {
        (metric.name, *(str(value) for _, value in sorted(point.attributes.items()))): point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_sends_are_counted_and_traced_without_number_text_or_secret(telemetry: Any) -> None:
    plugin, spans, reader = telemetry
    for status in (200, 200, 400):
        try:
            Client(transport=Fixed(status), plugins=[plugin]).send(toy_channel(), OutboundMessage(to=TO, text="Muraho"))
        except SmsError:
            assert status == 400
    url = "https://sms.example.org/c/toy/8eb23e93/receive?from=%2B12025550123&text=hi"
    Client(transport=Fixed(), plugins=[plugin]).receive(toy_channel(), WebhookRequest("GET", url))
    assert counts(reader) == {
        ("sms.sends", "accepted", "toy"): 2,
        ("sms.sends", "Rejected", "toy"): 1,
        ("sms.inbound", "InboundMessage", "toy"): 1,
    }
    ended = spans.get_finished_spans()
    assert [(span.name, span.status.status_code.name) for span in ended] == [
        ("sms send", "UNSET"),
        ("sms send", "UNSET"),
        ("sms send", "ERROR"),
    ]
    shown = "".join(span.to_json() for span in ended)
    assert "2025550123" not in shown
    assert "Muraho" not in shown
    assert "toy-password" not in shown


def test_a_message_refused_before_it_starts_leaves_no_span_open(telemetry: Any) -> None:
    plugin, spans, _ = telemetry
    with pytest.raises(SmsError):
        Client(transport=Fixed(), plugins=[plugin]).send(toy_channel(), OutboundMessage(to="nobody", text="x"))
    assert spans.get_finished_spans() == ()
    assert plugin._open == {}


def test_a_send_that_is_cancelled_is_told_and_leaves_no_span_open(telemetry: Any) -> None:
    plugin, spans, reader = telemetry

    class Silent:
        async def send(self, request: Any, policy: Any = None) -> HttpResponse:
            await asyncio.Event().wait()
            raise AssertionError

        async def aclose(self) -> None:
            """Nothing to close."""

    async def go() -> None:
        async with AsyncClient(transport=Silent(), plugins=[plugin]) as client:
            task = asyncio.ensure_future(client.send(toy_channel(), OutboundMessage(to=TO, text="x")))
            await asyncio.sleep(0)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(go())
    assert plugin._open == {}
    assert [span.attributes["error.type"] for span in spans.get_finished_spans()] == ["DeliveryUncertain"]
    assert counts(reader) == {("sms.sends", "DeliveryUncertain", "toy"): 1}


@pytest.mark.parametrize(
    ("hour", "extra", "sent"),
    [(5, {}, False), (6, {}, True), (12, {}, True), (18, {}, True), (19, {}, False), (19, {"urgent": True}, True)],
)
def test_quiet_hours_stop_a_message_at_night(hour: int, extra: dict[str, Any], sent: bool) -> None:
    transport = Fixed()
    client = Client(transport=transport, plugins=[QuietHours({"RW": "Africa/Kigali"})])
    channel = toy_channel(country="RW", clock=lambda: datetime(2026, 11, 23, hour, tzinfo=UTC))
    with nullcontext() if sent else pytest.raises(Vetoed, match="send it after 08:00"):
        client.send(channel, OutboundMessage(to="+250788123123", text="x", extra=extra))
    assert transport.count == int(sent)


@pytest.mark.parametrize(("hour", "sent"), [(9, True), (10, False), (12, False), (13, True), (22, True)])
def test_quiet_hours_may_lie_within_a_day(hour: int, sent: bool) -> None:
    plugin = QuietHours({"RW": "UTC"}, start=time(10), end=time(13))
    channel = toy_channel(country="RW", clock=lambda: datetime(2026, 11, 23, hour, tzinfo=UTC))
    with nullcontext() if sent else pytest.raises(Vetoed, match="send it after 13:00"):
        plugin.sms_before_send(channel, OutboundMessage(to="+250788123123", text="x"))
