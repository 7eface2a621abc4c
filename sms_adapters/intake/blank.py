"""The file that `intake new` writes: everything that is asked for, as lines to be completed, with who owes it.

It is made from the model, so that it asks for what is checked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ..channels_file import config_schema_of
from ..config_schema import config_fields
from ..errors import ConfigError
from .account import CALLED
from .fields import Owner, Section, choices_of, owner_of
from .missing import concerns, rows_of
from .model import Contact, Document, Dossier, Endpoint, Kind, Parameter, Smsc
from .reading import problems_of

if TYPE_CHECKING:
    from ..registry import Registry

__all__ = ["begin", "blank", "config_lines", "toml_value"]

HEAD = """\
# What the {them} has to hand over before work starts, and what we tell the {them}.
# Take the # from a line and complete it; what stands there is an example. (us) and (them) say who owes it.
# Secrets never stand in this file, only where they are: {{ env = "NAME" }} or {{ keyring = "SERVICE/USER" }}.
# `sms-adapters intake check FILE` tells what is still missing, `export` writes the letter and the VPN form.
"""
ITEMS: Mapping[str, tuple[tuple[type[Section], Mapping[str, Any]], ...]] = {
    "contacts": ((Contact, {"role": "support"}), (Contact, {"role": "vpn"})),
    "documents": ((Document, {"kind": "api"}), (Document, {"kind": "messaging"}), (Document, {"kind": "vpn"})),
    "rest.endpoints": ((Endpoint, {"does": "send"}), (Endpoint, {"does": "receive"}), (Endpoint, {"does": "status"})),
}
"""With which items a list begins."""
ONLY: Mapping[str, str] = {"api": "rest", "messaging": "smsc", "vpn": "vpn"}
WIDTH = 44


def begin(*, kind: str, name: str, registry: Registry, **facts: str | None) -> str:
    """The text of a new dossier; `facts` may have adapter, country, vpn and protocol. ConfigError for a wrong one."""
    protocol, vpn = facts.get("protocol"), facts.get("vpn")
    adapter = facts.get("adapter") or (protocol if protocol in registry.ids() else None)
    adapter = registry.manifest(adapter).id if adapter else None
    given = {"adapter": adapter, "country": facts.get("country")}
    values: dict[str, Any] = {"format": 1, "kind": kind, "name": name, **{k: v for k, v in given.items() if v}}
    if kind == Kind.SMSC:
        values |= {"vpn": {"kind": vpn or "ipsec"}, "smsc": {"protocol": protocol} if protocol else {}}
    problems = problems_of(values, registry)
    if problems:
        raise ConfigError("; ".join(problems), problems=tuple(problems))
    dossier = Dossier.model_validate(values)
    return blank(dossier, tuple(_config(dossier, registry)))


def _config(dossier: Dossier, registry: Registry) -> Iterator[str]:
    if dossier.adapter is None:
        return
    schema = config_schema_of(dossier.adapter, registry)
    of_smsc = {"base_url", *CALLED, *Smsc.model_fields} if dossier.kind is Kind.SMSC else ()
    yield from config_lines(dossier.adapter, schema, of_smsc)


def blank(dossier: Dossier, config: Sequence[str] = ()) -> str:
    """The text for a dossier that has only its first facts; `config` are the lines of the channel's configuration."""
    lines = [HEAD.format(them=dossier.them), *_fields(dossier, ""), *_sections(dossier, dossier, "", config)]
    return "\n".join(lines).rstrip() + "\n"


def _sections(dossier: Dossier, section: Section, path: str, config: Sequence[str]) -> Iterator[str]:
    """The tables below a section, those of lists as well."""
    for name in type(section).model_fields:
        place, value = f"{path}.{name}" if path else name, getattr(section, name)
        if place == "steps":
            yield from _steps(dossier)
        elif place == "vpn" and dossier.kind is Kind.SMSC and dossier.vpn.kind == "none":
            yield from ("", "[vpn]", _line(type(value), "kind", "none"))
        elif not concerns(dossier, place):
            continue
        elif place in ITEMS:
            yield from _items(dossier, place)
        elif isinstance(value, Section):
            yield from _table(type(section), name, value, place, config)
            yield from _sections(dossier, value, place, config)


def _table(model: type[Section], name: str, value: Section, place: str, config: Sequence[str]) -> Iterator[str]:
    """A table with its heading; that of the channel has the adapter's configuration below it."""
    own = list(_fields(value, place))
    if own:
        yield from ("", f"# {_capital(model.model_fields[name].title or name)}", f"[{place}]", *own)
    if place == "channel" and config:
        yield from ("", "# The configuration of the adapter", "[channel.config]", *config)


def _fields(section: Section, path: str) -> Iterator[str]:
    """The lines of a table's own fields: those that are set as they are, the others as examples."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section) or name == "config" or (f"{path}.{name}" if path else name) in ITEMS:
            continue
        yield _line(type(section), name, value if name in section.model_fields_set else None)


def _line(section: type[BaseModel], name: str, value: Any) -> str:
    field, owner = section.model_fields[name], owner_of(section, name)
    whose = f" ({owner})" if owner is not None else " (optional)" if value is None else ""
    if value is not None:
        shown = f"{name} = {toml_value(value)}"
    else:
        shown = f"# {name} = {toml_value((field.examples or [''])[0])}"
    choices = choices_of(field.annotation)
    values = f": {', '.join(map(str, choices))}" if len(choices) > 1 else ""
    return f"{shown:{WIDTH}} # {field.title}{values}{whose}"


def _items(dossier: Dossier, place: str) -> Iterator[str]:
    for model, known in ITEMS[place]:
        (first,) = known.values()
        if not concerns(dossier, ONLY.get(str(first), "always")):
            continue
        yield from ("", f"[[{place}]]")
        item = model.model_construct(**known)
        for name in model.model_fields:
            if name == "input":
                yield "# input = ["
                yield "#   " + _inline(Parameter(name="to", required=True, format="E.164 without +")) + ","
                yield f"{'# ]':{WIDTH}} # {model.model_fields[name].title} ({Owner.THEM})"
            elif isinstance(getattr(item, name, None), Section):
                yield from (_line_of_nested(model, name, each) for each in type(getattr(item, name)).model_fields)
            elif name != "authentication":
                yield _line(model, name, known.get(name))


def _line_of_nested(model: type[Section], table: str, name: str) -> str:
    nested = type(model.model_fields[table].default)
    return _line(nested, name, None).replace(f"# {name} = ", f"# {table}.{name} = ", 1)


def _steps(dossier: Dossier) -> Iterator[str]:
    yield from ("", "# The steps, in order: open, running, done or failed, and since when", "[steps]")
    for row in rows_of(dossier):
        shown = f'# {row.name} = {{ state = "done", date = 2030-01-15 }}'
        yield f"{shown:{WIDTH + 14}} # {row.title} ({row.owner})"


def _inline(section: Section) -> str:
    return toml_value(section.model_dump(exclude_defaults=True))


def toml_value(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, Section):
        return _inline(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)  # texts, numbers and truth are written alike, but for DEL


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def config_lines(adapter: str, schema: Mapping[str, Any], given: Collection[str]) -> Iterator[str]:
    """A line for each field of an adapter's configuration, but for those that are `given` elsewhere in the dossier."""
    for field in config_fields(schema):
        if field.name in given:
            continue
        example = {"env": f"{adapter}_{field.name}".upper()} if field.secret else field.default
        shown = f"# {field.name} = {toml_value('' if example is None else example)}"
        yield f"{shown:{WIDTH}} # {field.title or field.name}{f' ({Owner.THEM})' if field.required else ' (optional)'}"
