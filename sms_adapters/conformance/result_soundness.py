"""What the result or the error of a send has to be like, so that a host can store it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..errors import SmsError
from ..http import HttpRequest, HttpResponse
from ..results import PartResult, Price, SendResult
from .attempts import Attempt
from .wire import told

__all__ = ["faults_of_attempt"]


def faults_of_attempt(attempt: Attempt, answer: HttpResponse, whole: Attempt) -> Iterator[str]:
    """What is wrong with the result or the error that was read from `answer`; `whole` is the send of a good one."""
    if attempt.error is not None:
        yield from _error_faults(attempt.error)
    elif attempt.result is not None and not attempt.accepted:  # else a new token was fetched, and it was sent again
        yield from _result_faults(attempt, attempt.result, answer, whole)


def _result_faults(attempt: Attempt, result: SendResult, answer: HttpResponse, whole: Attempt) -> Iterator[str]:
    if len(result.ids) < len(whole.result.ids if whole.result else ()):
        yield "an answer without its id was read as a success"
    values = _values_of(answer)
    if _names_itself(whole):
        values += [value for request in attempt.requests for value in told(request)]
    for part in result.parts:
        yield from _part_faults(part, values)


def _names_itself(whole: Attempt) -> bool:
    """Whether a good answer has none of the ids: then they are those that the requests gave the submissions."""
    ids = whole.result.ids if whole.result else ()
    answers = [exchange.response for exchange in whole.exchanges if exchange.response]
    values = [value for answer in answers for value in _values_of(answer)]
    return not any(_is_told(name, values) for name in ids)


def _values_of(answer: HttpResponse) -> list[str]:
    return told(HttpRequest("POST", "/", answer.headers, answer.body))


def _part_faults(part: PartResult, values: list[str]) -> Iterator[str]:
    segments: object = part.segments
    price: object = part.price
    if not _is_told(part.id, values):
        yield f"the id of a part is {part.id!r}, which is no text that the answer tells"
    if segments is not None and not (type(segments) is int and segments > 0):
        yield f"the segments of a part are {segments!r}, neither None nor a positive number"
    if price is not None and not (isinstance(price, Price) and type(price.amount) is Decimal):
        yield "the price of a part is neither None nor a Price with a Decimal"
    yield from _text_faults("the word of a part", part.word)


def _is_told(name: object, values: list[str]) -> bool:
    return name is None or (isinstance(name, str) and name != "" and any(name in value for value in values))


def _error_faults(error: SmsError) -> Iterator[str]:
    yield from _text_faults("provider_code", error.provider_code)
    yield from _text_faults("provider_text", error.provider_text)
    wait = getattr(error, "retry_after", None)
    if wait is not None and type(wait) not in (int, float):
        yield f"retry_after is {wait!r}, no seconds"


def _text_faults(name: str, value: object) -> Iterator[str]:
    if value is not None and not isinstance(value, str):
        yield f"{name} is of type {type(value).__name__}, not text"
