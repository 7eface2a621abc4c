"""What the sandbox refuses."""

from __future__ import annotations

__all__ = ["Conflict", "Unknown"]


class Unknown(LookupError):
    """There is no such adapter or message."""


class Conflict(ValueError):
    """It cannot be done as things are; the sentence says what to do first."""
