"""Counts and traces sends with OpenTelemetry (extra `otel`).

Spans and counters follow the messaging conventions of OpenTelemetry: "Semantic conventions for messaging spans"
https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/. No number, text or secret is recorded.
"""

from __future__ import annotations

from typing import Any

from ..channel import AnyChannel
from ..errors import ConfigError, InboundError, SmsError
from ..hookspecs import hookimpl
from ..messages import DeliveryReport, InboundEvent, OutboundMessage
from ..results import SendResult

try:
    from opentelemetry import metrics, trace
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode
except ImportError as error:
    raise ConfigError("telemetry needs opentelemetry-api: install sms-adapters[otel]") from error

__all__ = ["Telemetry"]


class Telemetry:
    """A host plug-in: `Client(plugins=[Telemetry()])`; providers default to the process's own.

    Span `sms send` (kind producer) for each message that is not refused before it starts; counters `sms.sends`,
    `sms.segments`, `sms.inbound` and `sms.reports` by adapter and outcome.
    """

    def __init__(
        self, tracer_provider: trace.TracerProvider | None = None, meter_provider: metrics.MeterProvider | None = None
    ) -> None:
        self._tracer = trace.get_tracer("sms_adapters", tracer_provider=tracer_provider)
        meter = metrics.get_meter("sms_adapters", meter_provider=meter_provider)
        self._sends = meter.create_counter("sms.sends", unit="{message}", description="Messages by outcome")
        self._segments = meter.create_counter("sms.segments", unit="{segment}", description="Segments accepted")
        self._inbound = meter.create_counter("sms.inbound", unit="{event}", description="Inbound events by kind")
        self._reports = meter.create_counter("sms.reports", unit="{report}", description="Delivery reports by status")
        self._open: dict[int, tuple[OutboundMessage, Span]] = {}

    @hookimpl
    def sms_before_send(self, channel: AnyChannel, message: OutboundMessage) -> None:
        """Start the span."""
        attributes = {
            "messaging.system": "sms",
            "messaging.operation.type": "send",
            "messaging.message.id": message.id,
            "sms.adapter": channel.adapter,
            "sms.channel": channel.id,
        }
        span = self._tracer.start_span("sms send", kind=SpanKind.PRODUCER, attributes=attributes)
        self._open[id(message)] = message, span

    @hookimpl
    def sms_after_send(self, channel: AnyChannel, message: OutboundMessage, result: SendResult) -> None:
        """End the span of an accepted message."""
        labels = {"sms.adapter": channel.adapter}
        self._sends.add(1, {**labels, "outcome": "accepted"})
        if result.segments is not None:
            self._segments.add(result.segments, labels)
        self._end(message, {"sms.parts": len(result.parts)}, None)

    @hookimpl
    def sms_send_failed(self, channel: AnyChannel, message: OutboundMessage, error: SmsError) -> None:
        """End the span of a message that was refused or is in doubt."""
        kind = type(error).__name__
        self._sends.add(1, {"sms.adapter": channel.adapter, "outcome": kind})
        self._end(message, {"error.type": kind}, kind)

    @hookimpl
    def sms_inbound(self, channel: AnyChannel, event: InboundEvent) -> None:
        """Count a message, an opt-out or an opt-in."""
        self._inbound.add(1, {"sms.adapter": channel.adapter, "kind": type(event).__name__})

    @hookimpl
    def sms_inbound_rejected(self, channel: AnyChannel, error: InboundError) -> None:
        """Count a refused webhook."""
        self._inbound.add(1, {"sms.adapter": channel.adapter, "kind": type(error).__name__})

    @hookimpl
    def sms_delivery_report(self, channel: AnyChannel, report: DeliveryReport) -> None:
        """Count a delivery report."""
        self._reports.add(1, {"sms.adapter": channel.adapter, "status": str(report.status)})

    def _end(self, message: OutboundMessage, attributes: dict[str, Any], failed: str | None) -> None:
        _, span = self._open.pop(id(message), (None, None))
        if span is not None:
            span.set_attributes(attributes)
            if failed is not None:
                span.set_status(Status(StatusCode.ERROR, failed))
            span.end()
