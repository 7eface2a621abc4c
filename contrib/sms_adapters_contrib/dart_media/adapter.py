"""DartMedia: the family's protocol, at a script of its own.

Source: nyaruka/courier, handlers/dart https://github.com/nyaruka/courier/tree/main/handlers/dart (a client: DartMedia
publishes no document).
"""

from __future__ import annotations

from sms_adapters_contrib.kits.dart import DartConfig, DartKit, gateway_script, gateway_url

__all__ = ["Config", "DartMedia"]


class Config(DartConfig):
    """One account at DartMedia."""

    base_url: str = gateway_url("DartMedia", "http://202.43.169.11/APIhttpU")
    script: str = gateway_script("/receive2waysms.php")


class DartMedia(DartKit):
    """The adapter."""

    Config = Config
