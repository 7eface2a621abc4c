"""A service between RapidPro and any adapter, through RapidPro's channel type "External API".

RapidPro posts a message to /send/{channel}; reports and answers go to RapidPro's own URLs of that channel. What
RapidPro does with an answer decides its status: it sends again after 429 and 5xx, and never after 2xx or another 4xx.
Source: rapidpro/courier, handlers/external https://github.com/nyaruka/courier/tree/main/handlers/external
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from sms_adapters import (
    AsyncClient,
    Channel,
    DeliveryReport,
    InboundMessage,
    OutboundMessage,
    Receipt,
    SmsError,
    Status,
    Throttled,
)
from sms_adapters.webhooks.asgi import WebhookReceiver

OUTCOMES: Mapping[Status, str] = {
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.FAILED: "failed",
    Status.EXPIRED: "failed",
    Status.REJECTED: "failed",
    Status.UNDELIVERABLE: "failed",
}
"""RapidPro's URLs; it has none for what is queued or unknown."""


@dataclass(frozen=True)
class Bridge:
    """`channels` by RapidPro's channel UUID, which is our channel's id, too; `rapidpro` is its base URL."""

    channels: Mapping[str, Channel[Any]]
    client: AsyncClient
    rapidpro: httpx.AsyncClient
    token: str

    def app(self) -> Starlette:
        """The ASGI application."""
        receiver = WebhookReceiver(self.client, lambda route: self.channels.get(route.channel), self.handle)
        return Starlette(routes=[Route("/send/{channel}", self.send, methods=["POST"]), Mount("/sms", receiver)])

    async def send(self, request: Request) -> PlainTextResponse:
        """A message from RapidPro: `id`, `to` and `text` in a form."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Token {self.token}".encode()):
            return PlainTextResponse("wrong token", 401)
        channel = self.channels.get(request.path_params["channel"])
        if channel is None:
            return PlainTextResponse("no such channel", 404)
        form = dict(parse_qsl((await request.body()).decode()))
        message = OutboundMessage(to=form["to"], text=form["text"], id=form["id"])
        try:
            result = await self.client.send(channel, message)
        except SmsError as error:
            return answer(error)
        return PlainTextResponse(" ".join(result.ids), 202)

    async def handle(self, channel: Channel[Any], receipt: Receipt) -> None:
        """Tell RapidPro; if it does not take an event, this raises, and the aggregator delivers again."""
        for event in receipt.events:
            match event:
                case InboundMessage():
                    await self.tell(channel, "receive", {"from": event.sender, "text": event.text})
                case DeliveryReport(message_id=str()) if event.status in OUTCOMES:
                    await self.tell(channel, OUTCOMES[event.status], {"id": event.message_id})

    async def tell(self, channel: Channel[Any], action: str, fields: Mapping[str, str | None]) -> None:
        """Post to one of RapidPro's URLs of the channel."""
        response = await self.rapidpro.post(f"/c/ex/{channel.id}/{action}", data=dict(fields))
        response.raise_for_status()


def answer(error: SmsError) -> PlainTextResponse:
    """429 or 503 only where sending again makes no second message; in doubt 202, which RapidPro does not repeat."""
    if error.retryable:
        return PlainTextResponse(str(error), 429 if isinstance(error, Throttled) else 503)
    return PlainTextResponse(str(error), 202 if error.uncertain else 400)
