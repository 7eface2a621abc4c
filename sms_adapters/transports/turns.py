"""How many requests may be under way at a time."""

from __future__ import annotations

import asyncio
from collections import deque

from ..errors import TransportError

__all__ = ["Turns"]


class Turns:
    """A semaphore whose waiting ends: who gets no turn in time has not sent anything. Turns go by who came first."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take_now(self) -> bool:
        """Take a turn if that needs no waiting, as it mostly does not: then no coroutine is needed for it."""
        if self._free:
            self._free -= 1
            return True
        return False

    async def take(self, seconds: float) -> None:
        """Wait for a turn, to be given back by `release`; TransportError after `seconds`."""
        if self.take_now():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            self._leave(turn)
            if isinstance(error, TimeoutError):
                sentence = "no connection became free: the request was not sent"
                raise TransportError(sentence, sent=False) from None
            raise

    def _leave(self, turn: asyncio.Future[None]) -> None:
        """Wait no longer; a turn that came in the same moment goes to the next."""
        if turn.done() and not turn.cancelled():
            self.release()
        elif turn in self._waiting:
            self._waiting.remove(turn)

    def release(self) -> None:
        """Hand the turn to who waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
