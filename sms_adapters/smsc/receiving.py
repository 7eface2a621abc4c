"""From a frame that an SMSC delivered to events: what `webhooks.core` is for webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..engine import Engine
from ..errors import AdapterDefect, SmsError
from ..talk import Steps, Talk
from ..webhooks.core import Receipt, _call, _events, _follow_up, _tell
from .dialects import Reply
from .values import DeliverRequest, DeliverResponse

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..messages import InboundEvent

__all__ = ["receive_frame"]

LATER = DeliverResponse(Reply.RETRY_LATER)
REFUSED = DeliverResponse(Reply.REFUSED)


def receive_frame(engine: Engine, channel: AnyChannel, request: DeliverRequest) -> Steps[Receipt]:
    """Read a frame, act on its control events, and tell the host's plug-ins; errors are in the receipt.

    What nobody will ever be able to read is refused, so that it does not come again and again; what our own side
    fails at is asked for again.
    """
    manager = engine.manager(channel)
    talk = Talk(engine, manager, channel, submits=False)
    try:
        events = _events(talk, request)
    except SmsError as error:
        talk.finish(error)
        talk.rejected(request, error)
        return Receipt(error=error, reply=LATER if isinstance(error, AdapterDefect) else REFUSED)
    failure = yield from _follow_up(talk, events)
    _tell(talk, request, events)
    if failure is not None:
        return Receipt(events, error=failure, reply=LATER)
    return _answered(talk, request, events)


def _answered(talk: Talk, request: DeliverRequest, events: Sequence[InboundEvent]) -> Receipt:
    """The receipt with its answer; one that fails gives nothing to gain from a second delivery."""
    if not hasattr(talk.channel.plugin.adapter, "respond_inbound"):
        return Receipt(tuple(events), reply=DeliverResponse())
    try:
        made = _call(talk, "respond_inbound", channel=talk.channel, request=request, events=events)
        if not isinstance(made, DeliverResponse):
            sentence = f"respond_inbound gave {type(made).__name__}, not a DeliverResponse"
            raise AdapterDefect(f"{talk.channel.adapter!r}: {sentence}")
    except SmsError as error:
        talk.finish(error)
        return Receipt(tuple(events), error=error, reply=DeliverResponse())
    return Receipt(tuple(events), reply=made)
