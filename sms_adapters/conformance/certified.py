"""The level certified: gold, and a complete dossier of the account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..intake import Sort, findings_of, is_complete, read_dossier
from ..registry import Registry

__all__ = ["Standing", "standings"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a dossier is; nothing of what it holds, as reports are shown around."""

    complete: bool
    missing: int = 0
    contradictions: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return asdict(self)


def standings(paths: Iterable[Path], registry: Registry) -> dict[str, Standing]:
    """Dossiers by the id of their adapter; ConfigError for one that names none, or for two of the same."""
    found: dict[str, Standing] = {}
    for path in paths:
        dossier = read_dossier(path, registry)
        if dossier.adapter is None:
            raise ConfigError(f'{path} names no adapter: write adapter = "ID"')
        adapter = registry.manifest(dossier.adapter).id
        if adapter in found:
            raise ConfigError(f"{path} is the second dossier of {adapter}: name one")
        findings = findings_of(dossier, registry, folder=path.parent)
        counts = [sum(item.sort is sort for item in findings) for sort in (Sort.MISSING, Sort.CONTRADICTION)]
        found[adapter] = Standing(is_complete(findings), *counts)
    return found
