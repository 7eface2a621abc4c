"""The report: `conformance.json` and one self-contained page, `conformance.html`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ..._version import __version__
from ...registry import Registry
from ..cases import ExchangeCase, InboundCase, Source
from ..certified import Standing
from ..check import FAMILIES, load_checks
from ..evidence import AdapterReport, Result, report_of
from ..subject import Subject

__all__ = ["as_json", "page", "write_report"]

MOST_TEXT = 6000


def write_report(
    folder: Path,
    results: Mapping[str, Mapping[str, Result]],
    registry: Registry | None = None,
    dossiers: Mapping[str, Standing] | None = None,
) -> None:
    """Write both files into `folder`, which is made if it is not there; `dossiers` by the id of their adapter."""
    found, standing = registry or Registry(), dossiers or {}
    subjects = {adapter: Subject(adapter, found) for adapter in sorted(results)}
    reports = [report_of(subject, results[adapter], standing.get(adapter)) for adapter, subject in subjects.items()]
    folder.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC)
    text = json.dumps(as_json(reports, today), indent=2, ensure_ascii=False)
    (folder / "conformance.json").write_text(text + "\n", encoding="utf-8")
    cases = {adapter: list(_cases(subject)) for adapter, subject in subjects.items()}
    (folder / "conformance.html").write_text(page(reports, cases, today), encoding="utf-8")


def as_json(reports: list[AdapterReport], made: datetime) -> dict[str, Any]:
    """The report as JSON-ready values."""
    return {
        "suite": __version__,
        "made": made.isoformat(timespec="seconds"),
        "adapters": [report.to_dict() for report in reports],
    }


def page(reports: list[AdapterReport], cases: Mapping[str, list[dict[str, Any]]], made: datetime) -> str:
    """The page: a matrix of adapters and checks, each cell opening what is known about it."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    checks = [check for check in load_checks().values() if any(check.id in report.results for report in reports)]
    families = [(key, name, sum(check.id.startswith(key) for check in checks)) for key, name in FAMILIES.items()]
    data = {
        "checks": {check.id: {"title": check.title, "level": check.level.value, **check.doc} for check in checks},
        "adapters": {report.adapter: _details(report, cases.get(report.adapter, [])) for report in reports},
    }
    template = environment.get_template("page.html")
    return template.render(
        reports=reports,
        checks=checks,
        families=[family for family in families if family[2]],
        data=_embedded(data),
        made=made,
        version=__version__,
        age=lambda day: _age(day, made.date()),
    )


def _embedded(data: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _age(day: date | None, today: date) -> str:
    if day is None:
        return ""
    days = (today - day).days
    return "today" if days <= 0 else f"{days} day{'s' if days > 1 else ''} old"


def _details(report: AdapterReport, cases: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": report.name, "checks": report.to_dict()["checks"], "cases": cases}


def _cases(subject: Subject) -> Any:
    for exchange in subject.exchanges:
        yield _exchange(exchange)
    for inbound in subject.inbound:
        yield _inbound(inbound)


def _exchange(case: ExchangeCase) -> dict[str, Any]:
    text = case.cassette.read_text(encoding="utf-8")
    return {
        "kind": "exchange",
        "name": case.name,
        **_source(case.source),
        "text": _cut(text),
        "expect": _shown(case.expect),
    }


def _inbound(case: InboundCase) -> dict[str, Any]:
    request = case.request
    head = "\n".join(
        [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers.items())]
    )
    text = f"{head}\n\n{request.body.decode('utf-8', 'replace')}"
    return {
        "kind": "inbound",
        "name": case.name,
        **_source(case.source),
        "text": _cut(text),
        "expect": _shown(case.expect),
    }


def _shown(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)


def _source(source: Source) -> dict[str, str]:
    return {
        "evidence": source.evidence.value,
        "title": source.title,
        "url": source.url if source.url.startswith(("https://", "http://")) else "",
        "date": source.date.isoformat(),
        "software": source.software,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n... {len(text) - MOST_TEXT} characters more"
