"""From a frame that an SMSC delivered to the host's storage and back: the mounts' part, for connections."""

from __future__ import annotations

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

__all__ = ["LATER", "atake", "session_login", "take"]

log = logging.getLogger("sms_adapters.smsc")
LATER = DeliverResponse(Reply.RETRY_LATER)


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
    if receipt.events:
        stored = False
        try:
            yield handle, (channel, receipt)
            stored = True
        finally:
            if not stored:
                client._give_back(channel, receipt)
    return receipt.reply or DeliverResponse()


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
