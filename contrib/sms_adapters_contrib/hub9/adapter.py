"""Hub9: the family's protocol, at a script of its own.

Source: nyaruka/courier, handlers/hub9 https://github.com/nyaruka/courier/tree/main/handlers/hub9 (a client: Hub9
publishes no document), where it is DartMedia's handler with another address and length.
"""

from __future__ import annotations

from sms_adapters_contrib.kits.dart import DartConfig, DartKit, gateway_script, gateway_url

__all__ = ["Config", "Hub9"]


class Config(DartConfig):
    """One account at Hub9."""

    base_url: str = gateway_url("Hub9", "http://175.103.48.29:28078/testing")
    script: str = gateway_script("/smsmt.php")


class Hub9(DartKit):
    """The adapter."""

    Config = Config
