"""Writes the pages that are made from the code into `_generated` before Sphinx reads its sources.

Whatever is added to the package appears by itself: an adapter, a module, a command, a page beside `index.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapter_pages import adapter_pages
from api_pages import api_pages, plain_docstring
from command_page import command_page
from manifest_page import manifest_page, manifest_schema
from markup import toctree

__all__ = ["pages", "setup", "write"]

PLACED = frozenset({"index", "qa", "hooks", "manifest", "checks", "architecture", "lessons", "policy", "changelog"})
PLACED |= {"contributing"}
"""Pages beside `index.md` that have their place in it; others are listed under the guides."""


def pages(source: Path, report: str) -> Mapping[str, str]:
    """All generated pages by their path below `_generated`."""
    made = {**adapter_pages(report), **api_pages(), "commands.md": command_page(), "manifest-keys.md": manifest_page()}
    others = sorted(path.stem for path in source.glob("*.md") if path.stem not in PLACED)
    made["files/manifest.schema.json"] = json.dumps(manifest_schema(), indent=2) + "\n"
    made["guides.inc.md"] = toctree(["qa", *others], caption="Guides")
    return made


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Write what changed, so that Sphinx reads only that again, and remove what is no longer made."""
    for path in folder.rglob("*.*"):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _generate(app: Any, config: Any) -> None:
    source = Path(app.srcdir)
    write(source / "_generated", pages(source, config.conformance_report))


def _plain(*arguments: Any) -> None:
    """Sphinx hands over the lines of a docstring, the last of the arguments, to be changed in place."""
    lines: list[str] = arguments[-1]
    lines[:] = plain_docstring(lines)


def _tidy(_: Any, document: Any) -> None:
    """No empty lines at the end of code, and no heads of differences: they hold paths of the machine that builds."""
    from docutils import nodes  # comes with Sphinx, which the tests of these pages do without

    for block in document.findall(nodes.literal_block):
        lines = block.astext().rstrip().splitlines(keepends=True)
        if block.get("language") == "udiff":
            lines = [line for line in lines if not line.startswith(("--- ", "+++ "))]
        block.rawsource = "".join(lines)
        block[:] = [nodes.Text(block.rawsource)]


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.add_config_value("conformance_report", "", "env", (str,))
    app.connect("config-inited", _generate)
    app.connect("autodoc-process-docstring", _plain)
    app.connect("doctree-read", _tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
