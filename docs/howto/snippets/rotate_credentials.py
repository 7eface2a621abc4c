"""Changing the secrets of a channel while it is in use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sms_adapters import Capability, Channel, Client, InvalidSignature, Receipt, Registry, WebhookRequest


def checked(registry: Registry, client: Client, row: Mapping[str, Any]) -> Channel[Any]:
    """The channel with its new configuration; AuthError if the aggregator does not take it."""
    channel = registry.open(row["adapter"], id=row["id"], config=row["config"])
    if channel.manifest.offers(Capability.CHECK_ACCOUNT):
        client.check_account(channel)
    return channel


def received(client: Client, request: WebhookRequest, new: Channel[Any], old: Channel[Any]) -> Receipt:
    """A webhook that is proven by the new secret or, for a while, by the old one."""
    receipt = client.receive(new, request)
    return client.receive(old, request) if isinstance(receipt.error, InvalidSignature) else receipt
