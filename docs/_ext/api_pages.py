"""Pages for the public modules: a module is public if no part of its name begins with `_` and it has `__all__`."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from types import ModuleType

from markup import code, heading, toctree

import sms_adapters

__all__ = ["api_pages", "plain_docstring", "public_modules"]

HIDDEN = ("sms_adapters.builtin.", "sms_adapters.cli.", "sms_adapters.conformance.checks", "sms_adapters.__main__")
HIDDEN += ("sms_adapters.conformance.test_suite",)
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("values", "Values", ("messages", "results", "http", "ids", "phone", "channel", "network")),
    ("errors", "Errors", ("errors",)),
    ("host", "For hosts", ("client", "registry", "joining", "webhooks", "transports", "plugins", "channels_file")),
    ("authoring", "For adapters", ("hookspecs", "flow", "auth", "signatures", "manifest", "config", "parts", "kits")),
    ("text", "Text", ("text",)),
    ("simulation", "Simulation and sandbox", ("simulation", "sandbox")),
    ("smsc", "SMSC sessions", ("smsc",)),
    ("intake", "Intake", ("intake",)),
    ("conformance", "Conformance", ("conformance",)),
)
"""File, title, and the modules or packages below `sms_adapters` on the page; what none names is on the last."""
REST = ("internals", "Further modules")
ABOUT = """# Python API

Every name that a module's `__all__` lists. Names that `sms_adapters` itself offers are imported from there:
"""


def public_modules() -> list[str]:
    """The names of all public modules, sorted."""
    found = pkgutil.walk_packages(sms_adapters.__path__, "sms_adapters.", onerror=lambda _: None)
    names = (item.name for item in found)
    return sorted(name for name in names if not name.startswith(HIDDEN) and not _private(name) and _listed(name))


def _private(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))


def _listed(name: str) -> bool:
    try:
        return bool(getattr(importlib.import_module(name), "__all__", ()))
    except ImportError:
        return False  # a module of an extra that is not installed


def api_pages() -> Mapping[str, str]:
    """The pages by their path."""
    left = public_modules()
    pages: dict[str, str] = {}
    for file, title, places in GROUPS:
        prefixes = tuple(f"sms_adapters.{place}" for place in places)
        taken = [name for name in left if name in prefixes or name.startswith(tuple(f"{p}." for p in prefixes))]
        left = [name for name in left if name not in taken]
        if taken:
            pages[f"api/{file}.md"] = _page(title, sorted(taken, key=lambda name: _place(name, prefixes)))
    if left:
        pages[f"api/{REST[0]}.md"] = _page(REST[1], left)
    names = ", ".join(code(name) for name in sms_adapters.__all__)
    index = "\n".join((ABOUT, f"{names}.\n", toctree([name[4:-3] for name in pages], depth=2, hidden=False)))
    return {"api/index.md": index, **pages}


def _place(name: str, prefixes: tuple[str, ...]) -> tuple[int, str]:
    return next(number for number, prefix in enumerate(prefixes) if name.startswith(prefix)), name


def _page(title: str, modules: Iterable[str]) -> str:
    return "\n".join((heading(title), *(_module(name) for name in modules)))


def _module(name: str) -> str:
    """The module's own words and the names that were made in it; the others are documented where they were."""
    module = importlib.import_module(name)
    own = [each for each in module.__all__ if _made_in(module, each)]
    borrowed = [each for each in module.__all__ if each not in own]
    members = f"   :members: {', '.join(own)}\n" if own else ""
    also = f"\nAlso offers {', '.join(map(code, borrowed))}.\n" if borrowed else ""
    return f"{heading(code(name), 2)}\n```{{eval-rst}}\n.. automodule:: {name}\n{members}```\n{also}"


def _made_in(module: ModuleType, name: str) -> bool:
    found = getattr(module, name)
    is_named = isinstance(found, type) or callable(found)
    return not is_named or getattr(found, "__module__", module.__name__) == module.__name__


MARKUP = re.compile(r"(`+[^`]*`+)(?=(\w)?)|([*|_\\])")
"""A literal, and the letter that follows it without a space, before which its end has to be marked."""


def plain_docstring(lines: Iterable[str]) -> list[str]:
    """A docstring as reStructuredText: outside of literals nothing in it is markup."""
    made: list[str] = []
    for literal, run in groupby(_told(lines), key=lambda item: item[0]):
        text = "\n".join(line for _, line in run)
        made += (text if literal else MARKUP.sub(_escaped, text)).split("\n")
    return made


def _told(lines: Iterable[str]) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it is literal: what is indented below a line that ends in `::`, and tables."""
    literal = table = False
    for line in lines:
        if line.startswith("===") and not (literal or table):
            table = True
            yield from ((True, "::"), (True, ""))
        table = table and bool(line.strip())
        literal = literal and not (line.strip() and not line.startswith(" "))
        yield literal or table, f"   {line}" if table else line
        literal = literal or line.rstrip().endswith("::")


def _escaped(found: re.Match[str]) -> str:
    if found[3]:
        return f"\\{found[3]}"
    return f"``{' '.join(found[1].strip('`').split())}``" + ("\\ " if found[2] else "")
