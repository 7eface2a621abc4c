"""From results and evidence to a level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from .cases import Evidence
from .check import Level, load_checks
from .subject import Subject

if TYPE_CHECKING:
    from .certified import Standing

__all__ = ["AdapterReport", "Outcome", "Result", "level_of", "report_of"]

ORDER = (Level.BRONZE, Level.SILVER, Level.GOLD)


class Outcome:
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Result:
    """One check of one adapter; `message` says why it did not simply pass."""

    check: str
    outcome: str
    message: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class AdapterReport:
    """Everything a report says about one adapter; `level` is None where not every check was run."""

    adapter: str
    name: str
    level: Level | None
    results: dict[str, Result]
    evidence: dict[str, int] = field(default_factory=dict)
    newest: date | None = None
    oldest: date | None = None
    origin: str = ""
    dossier: Standing | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "adapter": self.adapter,
            "name": self.name,
            "origin": self.origin,
            "level": None if self.level is None else self.level.value,
            "evidence": self.evidence,
            "newest": self.newest and self.newest.isoformat(),
            "oldest": self.oldest and self.oldest.isoformat(),
            **({} if self.dossier is None else {"dossier": self.dossier.to_dict()}),
            "checks": {
                key: {"outcome": result.outcome, **({"message": result.message} if result.message else {})}
                for key, result in sorted(self.results.items())
            },
        }


def level_of(results: Mapping[str, Result], dossier: Standing | None = None) -> Level | None:
    """The highest level whose checks, and those of the levels below, all passed, were exempt or do not apply.

    With a complete dossier, gold is certified.
    """
    checks = load_checks()
    if set(results) != set(checks):
        return None
    reached = Level.NONE
    for level in ORDER:
        if any(results[key].outcome == Outcome.FAILED for key, check in checks.items() if check.level is level):
            break
        reached = level
    complete = dossier is not None and dossier.complete
    return Level.CERTIFIED if reached is Level.GOLD and complete else reached


def report_of(subject: Subject, results: Mapping[str, Result], dossier: Standing | None = None) -> AdapterReport:
    """The report of one adapter; `dossier` is how far that of its account is."""
    sources = [case.source for case in subject.exchanges] + [case.source for case in subject.inbound]
    counted = Counter(source.evidence.value for source in sources)
    known = [source.date for source in sources if source.evidence is not Evidence.SIMULATED]
    return AdapterReport(
        subject.id,
        subject.manifest.name,
        level_of(results, dossier),
        dict(results),
        {kind.value: counted[kind.value] for kind in Evidence if counted[kind.value]},
        max(known, default=None),
        min(known, default=None),
        dossier=dossier,
    )
