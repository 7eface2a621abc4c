"""DartMedia's side, simulated."""

from __future__ import annotations

from sms_adapters_contrib.kits.dart_simulator import DartSimulator

__all__ = ["DartMediaSimulator"]


class DartMediaSimulator(DartSimulator):
    """One account."""

    adapter = "dart_media"
    script = "/receive2waysms.php"
    longest = 160
