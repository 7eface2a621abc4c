"""Markdown, written: text that stays text, tables, lists of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["code", "heading", "link", "table", "text", "toctree"]

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~^])")


def text(value: object) -> str:
    """Plain text on one line that no Markdown reader takes for markup."""
    return SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def code(value: object) -> str:
    """A literal on one line, also within a table."""
    plain = " ".join(str(value).split())
    fence = "``" if "`" in plain else "`"
    pad = " " if "`" in plain else ""
    return f"{fence}{pad}{plain}{pad}{fence}".replace("|", "\\|") if plain else ""


def link(title: str, url: str) -> str:
    """A link where there is an address, else the title alone."""
    return f"[{text(title)}](<{url}>)" if url.startswith(("https://", "http://")) else text(title)


def heading(title: str, level: int = 1) -> str:
    """A heading on a line of its own."""
    return f"{'#' * level} {title}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *lines, ""])


def toctree(names: Iterable[str], *, caption: str = "", depth: int = 1, hidden: bool = True) -> str:
    """A list of pages for the navigation."""
    options = [f":caption: {caption}"] if caption else []
    options += [f":maxdepth: {depth}", *([":hidden:"] if hidden else [])]
    return "\n".join(["```{toctree}", *options, "", *names, "```", ""])
