"""How many requests may be under way at a time."""

from __future__ import annotations

import asyncio

from ..errors import TransportError

__all__ = ["Turns"]


class Turns(asyncio.Semaphore):
    """A semaphore whose waiting ends: who gets no turn in time has not sent anything."""

    async def take(self, seconds: float) -> None:
        """Wait for a turn, to be given back by `release`; TransportError after `seconds`."""
        if not self.locked():
            await self.acquire()
            return
        try:
            async with asyncio.timeout(seconds):
                await self.acquire()
        except TimeoutError:
            raise TransportError("no connection became free: the request was not sent", sent=False) from None
