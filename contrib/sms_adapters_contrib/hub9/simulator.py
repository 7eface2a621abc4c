"""Hub9's side, simulated."""

from __future__ import annotations

from sms_adapters_contrib.kits.dart_simulator import DartSimulator

__all__ = ["Hub9Simulator"]


class Hub9Simulator(DartSimulator):
    """One account."""

    adapter = "hub9"
    script = "/smsmt.php"
    longest = 1600
