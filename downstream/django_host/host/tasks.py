"""Sending from a Celery worker."""

from __future__ import annotations

from typing import Any

from celery import Celery

from sms_adapters import OutboundMessage, SmsError

from . import sms
from .models import SmsMessage, SmsPart

app = Celery("host")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(bind=True, max_retries=5)
def send_message(self: Any, pk: int) -> str:
    """Send a message once; only what was certainly not accepted is tried again.

    The state says "sending" before the aggregator is asked: a worker that is killed leaves that behind, and nobody
    sends such a message again without looking.
    """
    if not SmsMessage.objects.filter(pk=pk, state="waiting").update(state="sending"):
        return "not waiting"
    row = SmsMessage.objects.select_related("channel").get(pk=pk)
    try:
        message = OutboundMessage(to=row.to, text=row.text, id=str(row.pk))
        result = sms.client.send(sms.open_channel(row.channel), message)
    except SmsError as error:
        row.state, row.error = "uncertain" if error.uncertain else "refused", error.to_dict()
        keep_ids(row, error.partial.ids if error.partial else ())
        if error.retryable and self.request.retries < self.max_retries:
            row.state = "waiting"
            row.save()
            raise self.retry(exc=error, countdown=pause(error, self.request.retries)) from error
        row.save()
        return row.state
    row.state, row.error = "sent", None
    row.save(update_fields=["state", "error"])
    keep_ids(row, result.ids)
    return row.state


def keep_ids(row: SmsMessage, ids: tuple[str, ...]) -> None:
    """Remember the aggregator's ids, by which reports find the message."""
    for own in ids:
        SmsPart.objects.get_or_create(message=row, channel=row.channel, provider_id=own)


def pause(error: SmsError, tries: int) -> float:
    """Seconds to wait: what the aggregator says, else longer each time."""
    told = getattr(error, "retry_after", None)
    return float(told) if told else 5.0 * 2**tries
