"""Names made of the aggregator's or operator's, for files, connections and interfaces."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["interface", "slug"]

INTERFACE_MAX = 15
"""Linux: IFNAMSIZ is 16 with its NUL."""


def slug(name: str) -> str:
    """Small ASCII letters, digits and hyphens; `smsc` for a name of another script."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "smsc"


def interface(name: str) -> str:
    """A name for a network interface."""
    return slug(name)[:INTERFACE_MAX].strip("-")
