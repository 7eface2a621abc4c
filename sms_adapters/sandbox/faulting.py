"""Whether a request meets a fault, and which."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..http import Headers, WebhookResponse
from .models import Faults

__all__ = ["Dropped", "Meeting", "meet"]


class Dropped(Exception):
    """The connection is to be reset without an answer."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a request meets: an `answer` in the aggregator's place, a reset, or an answer lost after acceptance."""

    answer: WebhookResponse | None = None
    reset: bool = False
    lost_answer: bool = False


NOTHING = Meeting()


def meet(faults: Faults, chance: random.Random) -> Meeting:
    """Draw for one request; the first fault that strikes is the one."""
    if faults.reset_rate and chance.random() < faults.reset_rate:
        return Meeting(reset=True)
    if faults.throttle_rate and chance.random() < faults.throttle_rate:
        return Meeting(_throttled(faults.retry_after))
    if faults.error_rate and chance.random() < faults.error_rate:
        return Meeting(WebhookResponse.plain("simulated error\n", faults.error_status))
    if faults.lost_answer_rate and chance.random() < faults.lost_answer_rate:
        return Meeting(lost_answer=True)
    return NOTHING


def _throttled(seconds: int) -> WebhookResponse:
    headers = Headers({"Content-Type": "text/plain; charset=utf-8", "Retry-After": str(seconds)})
    return WebhookResponse(429, headers, b"too many requests\n")
