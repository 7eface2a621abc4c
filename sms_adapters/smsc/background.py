"""Sessions for `Client`: one event loop on a thread of the client's own, any number of threads that wait for it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet

from ..errors import SmsError, TransportError
from .pool import SessionPool
from .values import DeliverRequest, DeliverResponse, Login, SubmitResponse

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..engine import Engine
    from ..talk import Submission

__all__ = ["Arrival", "BackgroundPool"]


class Reply:
    """What a waiting thread gets; a lock is a tenth of the cost of `concurrent.futures.Future`."""

    __slots__ = ("_error", "_given_up", "_lock", "_result")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._result: SubmitResponse | None = None
        self._error: BaseException | None = None
        self._given_up = False

    def done(self) -> bool:
        """Whether nobody waits any more, or all is told."""
        return self._given_up or self._result is not None or self._error is not None

    def set_result(self, result: SubmitResponse, /) -> None:
        """Tell the response."""
        self._result = result
        self._lock.release()

    def set_exception(self, error: BaseException, /) -> None:
        """Tell that there is none."""
        self._error = error
        self._lock.release()

    def wait(self) -> SubmitResponse:
        """The response, or the error raised."""
        try:
            self._lock.acquire()
        except BaseException:
            self._given_up = True
            raise
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result


class Arrival(NamedTuple):
    """Something that an SMSC delivered; `answer` may be called from any thread."""

    request: DeliverRequest
    answer: Callable[[DeliverResponse], None]


class BackgroundPool:
    """A `SessionPool` on a thread that is started with the first submission.

    A process that is forked has neither the thread nor a right to the connections: it begins anew, with its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closed = False
        self._left: list[object] = []
        self._begin()
        _POOLS.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: SessionPool | None = None
        self._thread: threading.Thread | None = None
        self._waiting: deque[tuple[Submission, Reply]] = deque()
        self._woken = False

    def forked(self) -> None:
        """Leave the parent's connections to it; called in the child."""
        if self._pool is not None:
            self._pool.abandon()
        self._left.append((self._loop, self._pool))  # never torn down: their ends are the parent's
        self._begin()

    def submit(self, submission: Submission) -> SubmitResponse:
        """The response; blocks the calling thread, not the others."""
        loop = self._running()
        reply = Reply()
        self._waiting.append((submission, reply))
        if not self._woken:
            self._woken = True
            loop.call_soon_threadsafe(self._take)
        return reply.wait()

    def listen(self, channel: AnyChannel, login: Login, arrivals: SimpleQueue[Arrival | None]) -> None:
        """Put what is delivered on a queue, and hold the connections open."""

        async def deliver(request: DeliverRequest) -> DeliverResponse:
            future: asyncio.Future[DeliverResponse] = loop.create_future()

            def answer(response: DeliverResponse) -> None:
                loop.call_soon_threadsafe(lambda: None if future.done() else future.set_result(response))

            arrivals.put(Arrival(request, answer))
            return await future

        loop = self._running()
        self._call(lambda pool: pool.line(channel, login).listen(deliver))

    def leave(self, channel: AnyChannel) -> None:
        """Listen no longer."""
        if not self._closed:
            self._call(lambda pool: pool.leave(channel))

    def disconnect(self, channel: AnyChannel) -> None:
        """Drain and close the connections of a channel, if it has any."""
        if self._pool is not None and not self._closed:
            asyncio.run_coroutine_threadsafe(self._pool.disconnect(channel), self._running()).result()

    def login_answer(self, channel: AnyChannel, login: Login) -> bytes:
        """The octets of the SMSC's last answer to the login, for recordings; empty without one."""
        found: list[bytes] = []
        self._call(lambda pool: found.append(pool.line(channel, login).drivers[0].session.login_answer))
        return found[0]

    def close(self) -> None:
        """Drain and close all sessions, then end the thread."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None or not thread.is_alive():
            return
        assert self._pool is not None
        try:
            asyncio.run_coroutine_threadsafe(self._pool.aclose(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise TransportError("not sent: the client is closed", sent=False)
        if self._loop is None:
            with self._lock:
                if self._loop is None:
                    self._start()
        assert self._loop is not None
        return self._loop

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        self._pool = SessionPool(self._engine)
        self._thread = threading.Thread(target=self._serve, args=(loop,), name="sms-adapters smsc", daemon=True)
        self._thread.start()
        self._loop = loop

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    def _call(self, call: Callable[[SessionPool], object]) -> None:
        """Run something in the loop and wait for it, errors included."""

        async def run() -> None:
            assert self._pool is not None
            call(self._pool)

        asyncio.run_coroutine_threadsafe(run(), self._running()).result()

    def _take(self) -> None:
        """Hand over all that threads have put down since the last time."""
        self._woken = False
        assert self._pool is not None
        while self._waiting:
            submission, reply = self._waiting.popleft()
            try:
                self._pool.line(submission.channel, submission.login).put(submission.request, reply)
            except SmsError as error:
                reply.set_exception(error)
            except Exception as error:  # noqa: BLE001 - a thread waits, and must not wait for ever
                reply.set_exception(error)


_POOLS: WeakSet[BackgroundPool] = WeakSet()


def _forked() -> None:
    for pool in _POOLS:
        pool.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
