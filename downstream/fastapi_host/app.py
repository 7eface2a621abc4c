"""A FastAPI service: messages go out by POST /messages, webhooks come in below /sms."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from sms_adapters import (
    AsyncClient,
    Channel,
    DeliveryReport,
    InboundMessage,
    OutboundMessage,
    Receipt,
    Registry,
    SmsError,
    Throttled,
)
from sms_adapters.webhooks.asgi import WebhookReceiver
from sms_adapters.webhooks.core import Route


class Message(BaseModel):
    """What a caller posts."""

    channel: str
    to: str
    text: str


def open_channels(path: Path) -> dict[str, Channel[Any]]:
    """The channels of a JSON file by id, opened once: an adapter is imported, its configuration checked."""
    registry = Registry()
    rows: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {key: registry.open(row.pop("adapter"), id=key, **row) for key, row in rows.items()}


@dataclass(frozen=True)
class Service:
    """`client` is one for the whole process; `inbox` stands for your database."""

    channels: Mapping[str, Channel[Any]]
    client: AsyncClient
    inbox: list[dict[str, Any]]

    def app(self) -> FastAPI:
        """The ASGI application."""
        made = FastAPI(lifespan=self.lifespan)
        made.add_api_route("/messages", self.send, methods=["POST"], status_code=202)
        made.mount("/sms", WebhookReceiver(self.client, resolve=self.resolve, handle=self.handle))
        return made

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Close the connections at the end."""
        yield
        await self.client.aclose()

    async def send(self, message: Message) -> dict[str, Any]:
        """Send a message once."""
        channel = self.channels.get(message.channel)
        if channel is None:
            raise HTTPException(404, "no such channel")
        try:
            result = await self.client.send(channel, OutboundMessage(to=message.to, text=message.text))
        except SmsError as error:
            raise refusal(error) from error
        return {"ids": result.ids, "segments": result.segments}

    def resolve(self, route: Route) -> Channel[Any] | None:
        """The channel that a webhook's URL names; None is answered 404."""
        return self.channels.get(route.channel)

    async def handle(self, channel: Channel[Any], receipt: Receipt) -> None:
        """Store the events; the aggregator is answered when this returns, and delivers again if it raises."""
        for event in receipt.events:
            match event:
                case InboundMessage():
                    told = {"from": event.sender, "text": event.text, "id": event.id}
                    self.inbox.append({"channel": channel.id, **told})
                case DeliveryReport():
                    self.inbox.append({"channel": channel.id, "report": event.status.value, "id": event.id})


def refusal(error: SmsError) -> HTTPException:
    """503 where the caller may send again, 422 where that is of no use, 502 where nobody knows what became of it."""
    if error.retryable:
        wait = error.retry_after if isinstance(error, Throttled) and error.retry_after else 5
        return HTTPException(503, error.to_dict(), {"Retry-After": str(round(wait))})
    return HTTPException(502 if error.uncertain else 422, error.to_dict())
