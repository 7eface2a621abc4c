"""Conversations as generators, and the two loops that drive them.

A flow yields what it wants done and is sent what came of it; its return value is the result. The same flow runs
synchronously, asynchronously, against a recording or under a property test: only the `perform` callable differs.
An error raised by `perform` is thrown into the flow, which may handle it (another host, where nothing was sent).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeAlias, TypeVar

from .http import HttpRequest, HttpResponse

__all__ = ["Flow", "arun", "run"]

T = TypeVar("T")
Flow: TypeAlias = Generator[HttpRequest, HttpResponse, T]


def run(flow: Generator[Any, Any, T], perform: Callable[[Any], Any]) -> T:
    """Drive `flow` to its result; `perform` takes what it yields and returns what it is sent."""
    try:
        step = next(flow)
        while True:
            try:
                answer = perform(step)
            except Exception as error:  # noqa: BLE001 - the flow knows what it means, and raises what it is
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()


async def arun(flow: Generator[Any, Any, T], perform: Callable[[Any], Awaitable[Any]]) -> T:
    """`run` with an awaited `perform`."""
    try:
        step = next(flow)
        while True:
            try:
                answer = await perform(step)
            except Exception as error:  # noqa: BLE001
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()
