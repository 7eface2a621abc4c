"""The keys of `manifest.toml` with types, defaults and allowed values, from the dataclasses that read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import EnumType, StrEnum
from typing import Any, get_args, get_origin, get_type_hints

from markup import code, heading, table

from sms_adapters import Capability, Support
from sms_adapters.manifest import Document, Limit, Manifest, NumberRules, TextRules, Webhook
from sms_adapters.phone import WireForm

__all__ = ["manifest_page"]

ABOUT = """# Keys of the manifest

Made from the classes that read `manifest.toml`; [The manifest](../manifest.md) says what each key means. A key that is
not listed here is refused.
"""
TABLES: tuple[tuple[str, type], ...] = (
    ("[text]", TextRules),
    ("[numbers]", NumberRules),
    ("[[webhooks]]", Webhook),
    ("[[limits]]", Limit),
    ("[[documents]]", Document),
)
OWN_TABLES = frozenset({"text", "numbers", "documents", "webhooks", "limits", "features"})
HEADS = ("key", "type", "default", "values")


def manifest_page() -> str:
    """The page in Markdown."""
    parts = [ABOUT, heading("`[adapter]`", 2), table(HEADS, _rows(Manifest, OWN_TABLES))]
    for name, kind in TABLES:
        parts += [heading(f"`{name}`", 2), table(HEADS, _rows(kind))]
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
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = field.default if field.default is not MISSING else field.default_factory()  # type: ignore[misc]
    value = value.value if isinstance(value, StrEnum) else value
    return code(list(value) if isinstance(value, tuple) else f'"{value}"' if isinstance(value, str) else value)


def _values(name: str, hint: Any) -> str:
    if name in ("recipient", "sender", "inbound"):
        hint = WireForm
    return ", ".join(code(member.value) for member in hint) if isinstance(hint, EnumType) else ""
