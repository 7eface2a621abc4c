"""The keys of `manifest.toml` with types, defaults and allowed values, as a page and as a JSON Schema for editors.

Both come from the dataclasses that read the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import EnumType, StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from markup import code, heading, table

from sms_adapters import Capability, Support
from sms_adapters.ids import MATCHES
from sms_adapters.manifest import Document, Limit, Manifest, NumberRules, TextRules, Webhook
from sms_adapters.phone import WireForm

__all__ = ["manifest_page", "manifest_schema"]

ABOUT = """# Keys of the manifest

Made from the classes that read `manifest.toml`; [The manifest](../manifest.md) says what each key means. A key that is
not listed here is refused.

<a href="../manifest.schema.json">manifest.schema.json</a> says the same to an editor, which then completes and checks
the file: save it beside the manifest, and put `#:schema manifest.schema.json` on the manifest's first line.
"""
TABLES = {"text": TextRules, "numbers": NumberRules}
LISTS = {"webhooks": Webhook, "limits": Limit, "documents": Document}
OWN_TABLES = frozenset({*TABLES, *LISTS, "features"})
KIND = "rest"
"""What `load_manifest` takes for a manifest that names no kind."""
WIRE = [form.value for form in WireForm]
VALUES = {"recipient": WIRE, "sender": WIRE, "inbound": WIRE, "id_match": list(MATCHES)}
"""Values of keys that are plain text to the dataclasses."""
JSON = {"string": {"type": "string"}, "int": {"type": "integer"}, "float": {"type": "number"}}
HEADS = ("key", "type", "default", "values")


def manifest_page() -> str:
    """The page in Markdown."""
    parts = [ABOUT, heading("`[adapter]`", 2), table(HEADS, _rows(Manifest, OWN_TABLES))]
    for name, kind in TABLES.items():
        parts += [heading(f"`[{name}]`", 2), table(HEADS, _rows(kind))]
    for name, kind in LISTS.items():
        parts += [heading(f"`[[{name}]]`", 2), table(HEADS, _rows(kind))]
    supports = ", ".join(code(member.value) for member in Support)
    parts += [heading("`[capabilities]`", 2), f"Each is one of {supports}, or a table with `support` and `note`.\n"]
    parts.append(table(("capability",), ((code(member.value),) for member in Capability)))
    return "\n".join(parts)


def _rows(kind: type, but: frozenset[str] = frozenset()) -> Iterator[tuple[str, str, str, str]]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        if field.name not in but:
            yield code(field.name), _type(hints[field.name]), _default(field), _values(field.name, hints[field.name])


def _type(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return f"list of {_type(get_args(hint)[0])}"
    return "string" if isinstance(hint, type) and issubclass(hint, str) else str(getattr(hint, "__name__", hint))


def _default(field: Field[Any]) -> str:
    if field.name == "kind":
        return code(f'"{KIND}"')
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = field.default if field.default is not MISSING else field.default_factory()  # type: ignore[misc]
    value = value.value if isinstance(value, StrEnum) else value
    return code(list(value) if isinstance(value, tuple) else f'"{value}"' if isinstance(value, str) else value)


def _values(name: str, hint: Any) -> str:
    return ", ".join(map(code, _allowed(name, hint)))


def _allowed(name: str, hint: Any) -> list[str]:
    return [member.value for member in hint] if isinstance(hint, EnumType) else VALUES.get(name, [])


def manifest_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of the whole file."""
    support = {"enum": [member.value for member in Support]}
    feature = {"anyOf": [support, _object({"support": support, "note": JSON["string"]}, ["support"])]}
    tables = {"adapter": _schema(Manifest, OWN_TABLES), **{name: _schema(kind) for name, kind in TABLES.items()}}
    tables |= {name: {"type": "array", "items": _schema(kind)} for name, kind in LISTS.items()}
    tables["capabilities"] = _object({member.value: feature for member in Capability}, [])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "manifest.toml of sms_adapters"}
    return {**head, **_object(tables, ["adapter"])}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _schema(kind: type, but: frozenset[str] = frozenset()) -> dict[str, Any]:
    hints = get_type_hints(kind)
    told = [field for field in fields(kind) if field.name not in but]
    required = [field.name for field in told if _default(field) == "required"]
    return _object({field.name: _property(field.name, hints[field.name]) for field in told}, required)


def _property(name: str, hint: Any) -> dict[str, Any]:
    if allowed := _allowed(name, hint):
        return {"enum": allowed}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _property("", get_args(hint)[0])}
    return JSON[_type(hint)]
