"""TOML: tomli where it is installed, as its wheels are compiled and several times as fast, else the standard library.

Listing adapters reads all their manifests, so this is most of what listing costs.
"""

from __future__ import annotations

try:
    from tomli import TOMLDecodeError, loads
except ImportError:
    from tomllib import TOMLDecodeError, loads  # type: ignore[assignment]

__all__ = ["TOMLDecodeError", "loads"]
