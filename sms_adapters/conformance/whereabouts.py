"""Paths of this machine in what a report says: it is sent to others, whom user and folder names do not concern."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["without_whereabouts"]

_PART = r"[^\s/\\:\"'<>|]+"
_UPWARDS = re.compile(rf"(?<![\w./\\-])(?:\.\.[/\\])+(?:{_PART}[/\\])*{_PART}")
"""A path that begins above the working directory, as pytest writes what is shorter so."""
_ABSOLUTE = re.compile(rf"(?<![\w.~:/-])(?:[A-Za-z]:)?[/\\](?:{_PART}[/\\])+{_PART}")


def without_whereabouts(text: str) -> str:
    """Paths relative to where their package is installed or to the working directory; `~` for the home folder."""
    if not text:
        return text
    text = _UPWARDS.sub(lambda found: os.path.abspath(found[0]), text)
    for place, shown in _places():
        text = re.sub(rf"(?<![\w.-]){re.escape(place)}[/\\]", shown, text)
    return _ABSOLUTE.sub(_elsewhere, text)


def _elsewhere(found: re.Match[str]) -> str:
    """A file in none of the known places by its name; the path of a URL, which is no folder here, as it is."""
    *folders, name = re.split(r"[/\\]", found[0])
    is_file = re.search(r"\.py\b", name) or Path("/", *folders[1:3]).is_dir()
    return f".../{name}" if is_file else found[0]


def _places() -> list[tuple[str, str]]:
    """Folders and what stands for them, the deepest first."""
    home = Path(os.path.expanduser("~"))
    shown = {home: "~/", **dict.fromkeys((*_installed(), Path.cwd()), "")}
    found = [(str(place), short) for place, short in shown.items() if len(place.parts) > 1]
    return sorted(found, key=lambda item: -len(item[0]))


def _installed() -> Iterator[Path]:
    """Where modules are imported from; of a package that a finder of its own finds, the folder that it is in."""
    yield from (Path(entry) for entry in sys.path if Path(entry).is_absolute())
    for name, module in list(sys.modules.items()):
        for place in getattr(module, "__path__", ()) if "." not in name else ():
            if Path(place).is_absolute():
                yield Path(place).parent
