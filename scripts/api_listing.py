"""The public interface as text, and what changed of it since the last release.

`docs/api.txt` is the interface at the last release, a line for each public name. `check` compares the code with it:
what is gone, or called or typed otherwise, breaks somebody's code and has to be named in `changes/*.breaking.md`, in
backticks. `accept` writes the file: part of a release, and of nothing else. A fragment that was there then, and is as
it was, tells of the release, so that it excuses nothing that came later.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import griffe

__all__ = ["breaks", "listing", "main"]

ROOT = Path(__file__).parent.parent
BASE = ROOT / "docs" / "api.txt"
UNPROMISED = (
    *("__main__", "builtin", "cli", "engine", "manager", "sandbox", "intake", "authoring", "conformance.(?!suite)"),
    *("smsc.(?!config|values|simulator|dialects)", "webhooks.mounting", "transports.http1", "tabular", "sender_ids"),
)
"""What no host and no adapter imports: it is documented, and may change with a minor version."""
HIDDEN = re.compile(rf"sms_adapters\.(?:{'|'.join(UNPROMISED).replace('.(', '[.](')})\b|\._(?!_init__)")
FIRST = ("self", "cls")
PLAIN = ("ABC", "Protocol", "object")
"""Bases that nobody relies on."""
OUTSIDE_COMMAS = re.compile(r",\s*(?![^\[(]*[\])])")


def listing(root: Path = ROOT, package: str = "sms_adapters", *, inherited: bool = False) -> dict[str, str]:
    """Public names to what they are, with what classes inherit if asked for; nothing is imported."""
    found = griffe.load(package, search_paths=[root], allow_inspection=False, try_relative_path=False)
    return dict(sorted(_module(found, inherited))) if isinstance(found, griffe.Module) else {}


def _module(module: griffe.Module, inherited: bool) -> Iterator[tuple[str, str]]:
    if HIDDEN.search(module.path):
        return
    for name in module.exports or ():
        member = module.members.get(str(name))
        if isinstance(member, griffe.Object) and not member.is_module:
            yield from _object(member, member.path, inherited)
    for below in module.modules.values():
        if not below.is_alias:
            yield from _module(below, inherited)


def _object(found: griffe.Object, path: str, inherited: bool) -> Iterator[tuple[str, str]]:
    match found:
        case griffe.Function():
            yield path, f"{_parameters(found)} -> {found.returns or 'unknown'}"
        case griffe.Class():
            bases = [str(base) for base in found.bases if str(base) not in PLAIN and not str(base).startswith("_")]
            yield path, f"class({', '.join(bases)})"
            for name, member in (found.all_members if inherited else found.members).items():
                target = _target(member)
                if target is not None and (name == "__init__" or not name.startswith("_")):
                    yield from _object(target, f"{path}.{name}", inherited)
        case griffe.Attribute():
            yield path, f": {found.annotation or 'constant'}"


def _target(member: griffe.Object | griffe.Alias) -> griffe.Object | None:
    """The member itself, also where a base of the package has it; None for one of a base that is not known."""
    if isinstance(member, griffe.Object):
        return member
    try:
        return member.final_target
    except griffe.AliasResolutionError:
        return None


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


def breaks(old: Mapping[str, str], new: Mapping[str, str], known: Collection[str] = ()) -> dict[str, str]:
    """Names whose change breaks code that uses them, and what it is; `known` are those that are inherited now."""
    found = dict.fromkeys(old.keys() - new.keys() - set(known), "is gone")
    for name in old.keys() & new.keys():
        if old[name] != new[name] and not _extends(old[name], new[name], implemented=".hookspecs." in name):
            found[name] = f"was {old[name]}, is {new[name]}"
    return dict(sorted(found.items()))


def _extends(old: str, new: str, *, implemented: bool) -> bool:
    """Whether it is only more: a class with a further base, a function that takes more than it did.

    A hook is `implemented` by others, who have to follow where it is given more.
    """
    before, after = _listed(old), _listed(new)
    if old.startswith("class(") and new.startswith("class("):
        return set(before) <= set(after)
    if not (old.startswith("(") and new.startswith("(")):
        return False
    known = {part.partition(":")[0]: part for part in before}
    kept = [part for part in after if part.partition(":")[0] in known]
    added = [part for part in after if part not in kept]
    same = old.rsplit(") -> ", 1)[1] == new.rsplit(") -> ", 1)[1] and len(kept) == len(before)
    if implemented:
        return same and kept == before
    fits = all(_takes(one, other) for one, other in zip(before, kept, strict=False))
    return same and fits and all(part.endswith("= ...") or part == "*" for part in added)


def _takes(old: str, new: str) -> bool:
    """Whether a parameter takes what it took, under the same name."""
    (name, _, kind), (now, _, kinds) = old.partition(":"), new.partition(":")
    may, must = kinds.endswith("= ..."), kind.endswith("= ...")
    types, known = (set(text.removesuffix("= ...").strip().split(" | ")) for text in (kinds, kind))
    return name == now and known <= types and (may or not must)


def _listed(line: str) -> list[str]:
    """What stands between the parentheses: bases or parameters."""
    inner = line.partition("(")[2].rsplit(")", 1)[0]
    return [part for part in OUTSIDE_COMMAS.split(inner) if part]


def read(path: Path) -> dict[str, str]:
    """A listing that was written; the fragments of that time are in it by the names of their files."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: rest for name, _, rest in (line.partition("\t") for line in lines)}


def is_named(name: str, told: str) -> bool:
    """Whether a text has a public name in backticks, as much of its path as one likes; of a member with its class.

    The members of a class are often called as others are: `send` says nothing of `Client.send`. A hook has no class to
    whoever writes it, and `__init__` goes by the name of its class.
    """
    parts = name.removesuffix(".__init__").split(".")
    own = 2 if parts[-2][:1].isupper() and "hookspecs" not in parts else 1
    spans = re.findall(r"`([\w.]+)(?:\([^`]*\))?`", told)
    return any(span.split(".") == parts[-len(span.split(".")) :] and span.count(".") + 1 >= own for span in spans)


def fragments(folder: Path) -> dict[str, str]:
    """The texts of the fragments that tell of a break, by the names of their files."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.breaking.md"))}


def digest(text: str) -> str:
    """By what a fragment is known again."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main(arguments: list[str]) -> int:
    """The exit status: 1 for a break that no fragment names."""
    now, written = listing(), fragments(ROOT / "changes")
    if arguments == ["accept"]:
        kept = {**{name: digest(text) for name, text in written.items()}, **now}
        BASE.write_text("".join(f"{name}\t{what}\n" for name, what in kept.items()), encoding="utf-8")
        return 0
    base = read(BASE)
    older = {name: base.pop(name) for name in list(base) if name.endswith(".breaking.md")}
    broken = breaks(base, now, listing(inherited=True))
    for name in sorted(now.keys() - base.keys()):
        sys.stdout.write(f"new     {name}\n")
    for name, what in broken.items():
        sys.stdout.write(f"breaks  {name} {what}\n")
    told = "\n".join(text for name, text in written.items() if older.get(name) != digest(text))
    untold = [name for name in broken if not is_named(name, told)]
    for name in untold:
        shown = name.removeprefix("sms_adapters.").removesuffix(".__init__")
        sys.stderr.write(f"no new fragment changes/*.breaking.md has `{shown}` in backticks: see CONTRIBUTING.md\n")
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
