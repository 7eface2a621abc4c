"""The configuration of an Africa's Talking channel, and the hosts that it leads to."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import Field, SecretStr

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["AtChannel", "Config"]

LIVE_URL = "https://api.africastalking.com"
PREMIUM_URL = "https://content.africastalking.com"
SANDBOX, SANDBOX_URL = "sandbox", "https://api.sandbox.africastalking.com"


class Config(AdapterConfig):
    """One application of an account."""

    base_url: str = Field(
        LIVE_URL,
        title="API URL",
        description="Leave as it is, unless a simulator answers; the sandbox and premium SMS are found by themselves.",
    )
    username: str = Field(
        title="User name", description="Dashboard, the application's user name; sandbox for the sandbox.", min_length=1
    )
    api_key: SecretStr = Field(
        title="API key", description="Dashboard, Settings, API Key: of the live or of the sandbox app.", min_length=1
    )
    use_address: bool = Field(
        True,
        title="Send from the channel's address",
        description="Off for a shared short code, or in the sandbox with an address that was not created there: "
        "messages then come from Africa's Talking's own sender.",
    )
    enqueue: bool = Field(
        False, title="Queue", description="Take messages without waiting for the operators, for bursts."
    )
    json_endpoint: bool = Field(
        False,
        title="JSON endpoint",
        description="Send to /messaging/bulk, which needs a sender, and which the sandbox does not have.",
    )

    def url(self, resource: str, *, premium: bool = False) -> str:
        """The URL of a resource; the user name `sandbox` and premium SMS have hosts of their own."""
        root = self.base_url
        if root == LIVE_URL:
            root = SANDBOX_URL if self.username == SANDBOX else PREMIUM_URL if premium else LIVE_URL
        return f"{root.rstrip('/')}/version1{resource}"


AtChannel: TypeAlias = Channel[Config]
