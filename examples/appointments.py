"""A small host: reminds people of appointments by SMS, and takes their answer.

It knows no aggregator. Channels come from outside; what webhooks and SMSC sessions bring arrives in `handle`. A real
host keeps channels and events in a database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

from sms_adapters import (
    AsyncClient,
    Channel,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Receipt,
    SendResult,
    SmsError,
)
from sms_adapters.joining import PartJoiner
from sms_adapters.manifest import Kind
from sms_adapters.webhooks.asgi import WebhookReceiver
from sms_adapters.webhooks.core import Route

REMINDER = "Muraho! Your appointment is tomorrow at 9:30, fee 10€. Answer YES to come, NO to cancel."
ANSWERS = {"yes": "Murakoze! See you tomorrow at 9:30. 👋", "no": "It is cancelled. Call us for another day."}
ASK_AGAIN = "Sorry, we did not understand. Answer YES or NO."

Told = Callable[[Channel[Any], Any], None]


class Appointments:
    """The host; `told` hears of every event, and of what was sent.

    It allows plain http to this machine, since the sandbox is there; a host on the internet leaves that out.
    """

    def __init__(self, told: Told) -> None:
        policy = NetworkPolicy(allow_http=True, allow_private=True)
        self.client = AsyncClient(network=policy, joiner=PartJoiner())
        self.webhooks = WebhookReceiver(self.client, self.resolve, self.handle)
        self.channels: dict[tuple[str, str], Channel[Any]] = {}
        self._told = told
        self._open = AsyncExitStack()
        self._answering: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Appointments:
        await self._open.enter_async_context(self.client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.gather(*self._answering)
        await self._open.aclose()

    async def add(self, channel: Channel[Any]) -> None:
        """Open for business on a channel; an SMSC is logged in to, for it delivers by that session."""
        for prefix in (channel.adapter, *channel.manifest.aliases):
            self.channels[prefix, channel.id] = channel
        if channel.manifest.kind is Kind.SESSION:
            await self._open.enter_async_context(self.client.listening(channel, self.handle))

    def resolve(self, route: Route) -> Channel[Any] | None:
        """The channel of a webhook."""
        return self.channels.get((route.adapter, route.channel))

    async def handle(self, channel: Channel[Any], receipt: Receipt) -> None:
        """Take what came, and answer people who wrote; the aggregator is acknowledged when this returns."""
        for event in receipt.events:
            self._told(channel, event)
            if isinstance(event, InboundMessage):
                self._soon(self.answer(channel, event))

    async def remind(self, channel: Channel[Any], to: str) -> SendResult | SmsError:
        """Send the reminder; what came of it, since a refusal concerns one person only."""
        return await self._send(channel, OutboundMessage(to, REMINDER))

    async def answer(self, channel: Channel[Any], message: InboundMessage) -> None:
        """What people hear back."""
        text = ANSWERS.get(message.text.strip().lower(), ASK_AGAIN)
        await self._send(channel, OutboundMessage(message.sender, text))

    async def _send(self, channel: Channel[Any], message: OutboundMessage) -> SendResult | SmsError:
        try:
            outcome: SendResult | SmsError = await self.client.send(channel, message)
        except SmsError as error:
            outcome = error
        self._told(channel, (message, outcome))
        return outcome

    def _soon(self, work: Awaitable[None]) -> None:
        """Answering is no part of taking a webhook: the aggregator would wait for it."""
        task = asyncio.ensure_future(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
