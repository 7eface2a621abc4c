"""The page of all checks, made from their docstrings: `python -m sms_adapters.conformance.docs > docs/checks.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from .check import FAMILIES, SECTIONS, Check, load_checks

__all__ = ["checks_page"]

HEAD = """# The checks

Made from the checks' docstrings by `python -m sms_adapters.conformance.docs`; a test holds it to the code.

A level is reached when every check of it and of the levels below passes, is exempt or does not apply: **bronze** sends,
fails properly and leaks nothing; **silver** adds reports, signatures, throttling and the error table, with exchanges
that somebody else than us stands for; **gold** adds inbound messages and recordings from the aggregator itself, younger
than 180 days; **certified** adds to gold the complete dossier of the account, given with `--dossier`
(see [intake](intake.md)). An exemption stands in the adapter's `conformance.toml` with a reason and an end date.
"""


def _lines(check: Check) -> Iterator[str]:
    yield f"### {check.id} {check.title}"
    needs = f", needs `{check.needs}`" if check.needs else ""
    yield f"Level {check.level}{needs}."
    yield from (f"- **{section}**: {check.doc[section]}" for section in SECTIONS)


def checks_page() -> str:
    """The page in Markdown."""
    checks = load_checks()
    parts = [HEAD]
    for key, name in FAMILIES.items():
        found = [check for check in checks.values() if check.id.startswith(key)]
        if found:
            parts.append(f"## {name} ({key})\n")
        parts.extend("\n".join(_lines(check)) + "\n" for check in found)
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(checks_page())
