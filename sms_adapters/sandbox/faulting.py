"""Whether a request meets a fault, and which."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..http import Headers, WebhookResponse
from .models import Faults

__all__ = ["Asked", "Dropped", "Meeting", "meet"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(slots=True)
class Asked(Generic[T_co]):
    """What is asked of a simulator: the call, and the answers of a fault and of a simulator that raised."""

    call: Callable[[], T_co]
    faulty: Callable[[WebhookResponse], T_co]
    broken: Callable[[Exception], T_co | None]


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
