"""A host plug-in that vetoes: no message between 21:00 and 08:00 where the recipient is, unless it is marked urgent.

client = Client(plugins=[QuietHours({"RW": "Africa/Kigali"})])
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from sms_adapters import Channel, OutboundMessage, Vetoed, hookimpl


class QuietHours:
    """`zones` maps a channel's country to its time zone; a country without one is never quiet.

    Quiet is from `start` up to `end`, of the next day where `end` is the earlier one.
    """

    def __init__(self, zones: Mapping[str, str], start: time = time(21), end: time = time(8)) -> None:
        self.zones = {country: ZoneInfo(zone) for country, zone in zones.items()}
        self.start, self.end = start, end

    @hookimpl
    def sms_before_send(self, channel: Channel[Any], message: OutboundMessage) -> None:
        """Stop the message if it is night."""
        zone = self.zones.get(channel.country or "")
        if zone is None or message.extra.get("urgent"):
            return
        local = channel.clock().astimezone(zone).time()
        begun, over = local >= self.start, local >= self.end
        if begun and not over if self.start < self.end else begun or not over:
            raise Vetoed(f"it is {local:%H:%M} in {channel.country}: send it after {self.end:%H:%M}")
