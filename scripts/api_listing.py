"""The public interface as text, and what changed of it since the last release.

`docs/api.txt` is the interface at the last release, a line for each public name. `check` compares the code with it:
what is gone, or called or typed otherwise, breaks somebody's code and has to be named in `changes/*.breaking.md`.
`accept` writes the file: part of a release, and of nothing else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import griffe

__all__ = ["breaks", "listing", "main"]

ROOT = Path(__file__).parent.parent
BASE = ROOT / "docs" / "api.txt"
UNPROMISED = (
    *("__main__", "builtin", "cli", "engine", "manager", "sandbox", "intake", "authoring", "conformance.(?!suite)"),
    *("smsc.(?!config|values|simulator|dialects)", "webhooks.mounting", "transports.http1", "tabular"),
)
"""What no host and no adapter imports: it is documented, and may change with a minor version."""
HIDDEN = re.compile(rf"sms_adapters\.(?:{'|'.join(UNPROMISED).replace('.(', '[.](')})\b|\._(?!_init__)")
FIRST = ("self", "cls")
OUTSIDE_COMMAS = re.compile(r",\s*(?![^\[(]*[\])])")


def listing(root: Path = ROOT, package: str = "sms_adapters") -> dict[str, str]:
    """Public names to what they are; read from the source, nothing is imported."""
    found = griffe.load(package, search_paths=[root], allow_inspection=False, resolve_aliases=False)
    return dict(sorted(_module(found))) if isinstance(found, griffe.Module) else {}


def _module(module: griffe.Module) -> Iterator[tuple[str, str]]:
    if HIDDEN.search(module.path):
        return
    for name in module.exports or ():
        member = module.members.get(str(name))
        if isinstance(member, griffe.Object) and not member.is_module:
            yield from _object(member)
    for below in module.modules.values():
        if not below.is_alias:
            yield from _module(below)


def _object(found: griffe.Object) -> Iterator[tuple[str, str]]:
    match found:
        case griffe.Function():
            yield found.path, f"{_parameters(found)} -> {found.returns or 'unknown'}"
        case griffe.Class():
            yield found.path, f"class({', '.join(map(str, found.bases))})"
            for name, member in found.members.items():
                if isinstance(member, griffe.Object) and (name == "__init__" or not name.startswith("_")):
                    yield from _object(member)
        case griffe.Attribute():
            yield found.path, f": {found.annotation or 'constant'}"


def _parameters(function: griffe.Function) -> str:
    parts, starred = [], False
    for parameter in function.parameters:
        kind = parameter.kind or griffe.ParameterKind.positional_or_keyword
        if parameter.name in FIRST:
            continue
        if kind is griffe.ParameterKind.keyword_only and not starred:
            parts.append("*")
        starred = starred or kind in (griffe.ParameterKind.keyword_only, griffe.ParameterKind.var_positional)
        stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(kind, "")
        default = "" if parameter.default is None or stars else " = ..."
        parts.append(f"{stars}{parameter.name}: {parameter.annotation or 'unknown'}{default}")
    return f"({', '.join(parts)})"


def breaks(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Names whose change breaks code that uses them, and what it is."""
    found = dict.fromkeys(old.keys() - new.keys(), "is gone")
    for name in old.keys() & new.keys():
        if old[name] != new[name] and not _extends(old[name], new[name]):
            found[name] = f"was {old[name]}, is {new[name]}"
    return dict(sorted(found.items()))


def _extends(old: str, new: str) -> bool:
    """Whether a function only takes more, all of which may be left out, and returns the same."""
    if not (old.startswith("(") and new.startswith("(")):
        return False
    (had, gave), (has, gives) = (line.rsplit(") -> ", 1) for line in (old, new))
    before, after = (OUTSIDE_COMMAS.split(text[1:]) if text[1:] else [] for text in (had, has))
    kept = [part for part in after if part in before]
    added = [part for part in after if part not in before]
    return gave == gives and kept == before and all(part.endswith("= ...") or part == "*" for part in added)


def read(path: Path) -> dict[str, str]:
    """A listing that was written."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: rest for name, _, rest in (line.partition("\t") for line in lines)}


def main(arguments: list[str]) -> int:
    """The exit status: 1 for a break that no fragment names."""
    now = listing()
    if arguments == ["accept"]:
        BASE.write_text("".join(f"{name}\t{what}\n" for name, what in now.items()), encoding="utf-8")
        return 0
    base = read(BASE)
    broken = breaks(base, now)
    for name in sorted(now.keys() - base.keys()):
        sys.stdout.write(f"new     {name}\n")
    for name, what in broken.items():
        sys.stdout.write(f"breaks  {name} {what}\n")
    told = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "changes").glob("*.breaking.md"))
    untold = [name for name in broken if name.rpartition(".")[2] not in told]
    for name in untold:
        sys.stderr.write(f"no fragment changes/*.breaking.md names {name.rpartition('.')[2]}: see CONTRIBUTING.md\n")
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
