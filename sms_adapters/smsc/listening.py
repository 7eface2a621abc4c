"""From a frame that an SMSC delivered to the host's storage and back: the mounts' part, for connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..flow import arun, run
from ..webhooks.mounting import Handle, Step, acall, call, described
from .dialects import Reply
from .values import DeliverRequest, DeliverResponse, Login

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..client import AsyncClient, Client
    from ..webhooks.core import Receipt

__all__ = ["LATER", "atake", "atake_late", "atake_rest", "session_login", "take", "take_late", "take_rest"]

log = logging.getLogger("sms_adapters.smsc")
LATER = DeliverResponse(Reply.RETRY_LATER)
EVERY = 30.0
"""Seconds between two looks for messages of which parts are missing."""


def session_login(channel: AnyChannel, auth: object) -> Login:
    """The login of a channel that holds a connection; ConfigError for one that does not."""
    if not isinstance(auth, Login):
        raise ConfigError(f"{channel.adapter!r} holds no connection: what it receives comes as webhooks")
    return auth


def _conversation(
    client: Client | AsyncClient, channel: AnyChannel, handle: Handle, request: DeliverRequest
) -> Generator[Step, Any, DeliverResponse]:
    """Read, let the host store, and only then answer; yields each function to call with its arguments."""
    receipt: Receipt = yield client._receive_frame, (channel, request)
    if receipt.error is not None:
        log.warning("smsc %s: %s", channel.id, described(receipt.error))
    yield from _stored(client, channel, handle, receipt)
    return receipt.reply or DeliverResponse()


def _stored(
    client: Client | AsyncClient, channel: AnyChannel, handle: Handle, receipt: Receipt
) -> Generator[Step, Any, None]:
    """Let the host store; what only memory holds goes back there if it does not."""
    if not receipt.events:
        return
    stored = False
    try:
        yield handle, (channel, receipt)
        stored = True
    finally:
        if not stored:
            client._give_back(channel, receipt)


def take_late(client: Client, channel: AnyChannel, handle: Handle) -> None:
    """Hand over the messages whose missing parts have not come in time: nothing else may come that would do it."""
    _hand_over(client, channel, handle, client._late(channel))


def take_rest(client: Client, channel: AnyChannel, handle: Handle) -> None:
    """Hand over the messages of which parts are missing still: who listens goes, and the parts were answered."""
    _hand_over(client, channel, handle, client._rest(channel))


def _hand_over(client: Client, channel: AnyChannel, handle: Handle, receipt: Receipt) -> None:
    try:
        run(_stored(client, channel, handle, receipt), call)
    except Exception as error:  # noqa: BLE001 - they are kept, and handed over another time
        _failed(channel, error)


async def atake_late(client: AsyncClient, channel: AnyChannel, handle: Handle) -> None:
    """`take_late` now and then, without end."""
    while True:
        await asyncio.sleep(EVERY)
        await _ahand_over(client, channel, handle, client._late(channel))


async def atake_rest(client: AsyncClient, channel: AnyChannel, handle: Handle) -> None:
    """`take_rest` that awaits what is awaitable."""
    await _ahand_over(client, channel, handle, client._rest(channel))


async def _ahand_over(client: AsyncClient, channel: AnyChannel, handle: Handle, receipt: Receipt) -> None:
    try:
        await arun(_stored(client, channel, handle, receipt), acall)
    except Exception as error:  # noqa: BLE001 - as above
        _failed(channel, error)


def take(client: Client, channel: AnyChannel, handle: Handle, request: DeliverRequest) -> DeliverResponse:
    """The answer to a delivery; whatever fails is logged, and the SMSC is told to try later."""
    try:
        return run(_conversation(client, channel, handle, request), call)
    except Exception as error:  # noqa: BLE001 - whatever the host's function raises, the connection goes on
        return _failed(channel, error)


async def atake(client: AsyncClient, channel: AnyChannel, handle: Handle, request: DeliverRequest) -> DeliverResponse:
    """`take` that awaits what is awaitable."""
    try:
        return await arun(_conversation(client, channel, handle, request), acall)
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(channel, error)


def _failed(channel: AnyChannel, error: Exception) -> DeliverResponse:
    log.error("smsc %s: what came was not stored: %s", channel.id, described(error))
    return LATER
