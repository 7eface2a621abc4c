"""A dossier as a person reads it in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ..references import reference_of
from ..tabular import table, visible
from .fields import Owner, Section
from .missing import Finding, Sort, concerns, rows_of
from .model import Contact, Document, Dossier, Endpoint
from .steps import Step

__all__ = ["overview", "shown", "verdict"]


def overview(dossier: Dossier, findings: Sequence[Finding]) -> str:
    """Head, steps, every section with what it holds, and what is missing."""
    parts = [_head(dossier), _indented("Steps", _steps(dossier)), *_sections(dossier, dossier, "")]
    parts += list(_findings(dossier, findings))
    return "\n\n".join([*parts, verdict(dossier, findings)])


def verdict(dossier: Dossier, findings: Sequence[Finding]) -> str:
    """One line: complete, or how much is missing and from whom."""
    missing = Counter(item.owner for item in findings if item.sort is Sort.MISSING)
    wrong = sum(item.sort is Sort.CONTRADICTION for item in findings)
    owed = [f"{missing[owner]} from {who}" for owner, who in _parties(dossier) if missing[owner]]
    told = [f"{sum(missing.values())} missing ({', '.join(owed)})"] if owed else []
    told += [f"{wrong} contradiction{'s' if wrong > 1 else ''}"] if wrong else []
    return f"{visible(dossier.name)}: {', '.join(told) or 'complete'}"


def _parties(dossier: Dossier) -> tuple[tuple[Owner, str], ...]:
    return (Owner.US, "us"), (Owner.THEM, f"the {dossier.them}")


def _head(dossier: Dossier) -> str:
    facts = (dossier.kind.upper(), dossier.them, dossier.country or "", f"adapter {dossier.adapter or 'not chosen'}")
    return f"{visible(dossier.name)}\n{visible(', '.join(fact for fact in facts if fact))}"


def _steps(dossier: Dossier) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for row in rows_of(dossier):
        step: Step = getattr(dossier.steps, row.name)
        found.append((row.title, step.state.value, step.date.isoformat() if step.date else "", step.note or ""))
    return found


def _sections(dossier: Dossier, section: Section, path: str) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        place, value = f"{path}.{name}" if path else name, getattr(section, name)
        if place == "steps" or not concerns(dossier, place):
            continue
        heading = f"{(field.title or name)[:1].upper()}{(field.title or name)[1:]}"
        if isinstance(value, Section):
            rows = [(key, shown(item)) for key, item in _own(value)]
            if rows:
                yield _indented(heading, rows)
            yield from _sections(dossier, value, place)
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            yield _indented(heading, [_item(item) for item in value])


def _own(section: Section) -> Iterator[tuple[str, Any]]:
    """The values that are set, of the section itself and not of those below it."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        nested = isinstance(value, tuple) and value and isinstance(value[0], Section)
        if isinstance(value, dict) and reference_of(value) is None:
            yield from ((f"{name}.{key}", item) for key, item in value.items())
        elif value not in (None, (), {}) and not nested and (not isinstance(value, Section) or _reference(value)):
            yield name, value


def _item(item: Section) -> tuple[str, ...]:
    match item:
        case Contact():
            rest = (item.name, item.email, item.phone, item.hours)
            return item.role, ", ".join(filter(None, rest))
        case Document():
            came = f"received {item.received}" if item.received else ""
            return item.kind, ", ".join(filter(None, (item.title, item.version, item.url or item.file, came)))
        case Endpoint():
            count = f"{len(item.input)} input parameter{'s' if len(item.input) != 1 else ''}"
            output = f"output {item.output.format}" if item.output.format else ""
            return item.does, ", ".join(filter(None, (item.method, item.url, count, output)))
    raise AssertionError("a list of the dossier without a line of its own")


def _reference(value: Any) -> str | None:
    found = reference_of(value.model_dump() if isinstance(value, Section) else value)
    return str(found) if found else None


def shown(value: Any) -> str:
    """A value in words; of a secret where it is."""
    if reference := _reference(value):
        return f"in {reference}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _indented(heading: str, rows: Sequence[Sequence[str]]) -> str:
    lines = table(("",) * len(rows[0]), rows).splitlines()[1:]
    return "\n".join([heading, *(f"  {line}" for line in lines)])


def _findings(dossier: Dossier, findings: Sequence[Finding]) -> Iterator[str]:
    """A block for each party that owes something, then what contradicts itself, then warnings."""
    for owner, who in _parties(dossier):
        missing = [(item.title, item.path) for item in findings if item.sort is Sort.MISSING and item.owner is owner]
        if missing:
            yield _indented(f"Missing from {who}", missing)
    for sort, heading in ((Sort.CONTRADICTION, "Contradictions"), (Sort.WARNING, "Warnings")):
        sentences = [item.sentence for item in findings if item.sort is sort]
        if sentences:
            yield "\n".join([heading, *(f"  {visible(sentence)}" for sentence in sentences)])
