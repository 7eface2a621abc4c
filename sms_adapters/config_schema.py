"""What the JSON Schema of an adapter's configuration says, without importing the adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["ConfigField", "config_fields", "literal_secrets"]

Schema: TypeAlias = Mapping[str, Any]
BRANCHES = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One field; `default` is None where there is none to show, as for every secret."""

    name: str
    required: bool
    secret: bool
    title: str = ""
    description: str = ""
    default: Any = None


def config_fields(schema: Schema) -> tuple[ConfigField, ...]:
    """The fields of a configuration, those that are required first, else in the schema's order."""
    required = frozenset(schema.get("required", ()))
    found = (_field(schema, name, node, name in required) for name, node in schema.get("properties", {}).items())
    return tuple(sorted(found, key=lambda field: not field.required))


def _field(schema: Schema, name: str, node: Schema, required: bool) -> ConfigField:
    secret = any(_is_secret(item) for item in _nodes(schema, node, set()))
    default = None if secret else node.get("default")
    return ConfigField(name, required, secret, node.get("title", ""), node.get("description", ""), default)


def _is_secret(node: Schema) -> bool:
    """What pydantic writes for a SecretStr."""
    return bool(node.get("writeOnly")) or node.get("format") == "password"


def _nodes(schema: Schema, node: Any, seen: set[str]) -> Iterator[Schema]:
    """`node` and every node below it; a definition that names itself is visited once."""
    if not isinstance(node, Mapping):
        return
    reference = node.get("$ref")
    if isinstance(reference, str):
        if reference not in seen:
            seen.add(reference)
            yield from _nodes(schema, _target(schema, reference), seen)
        return
    yield node
    below = [*node.get("properties", {}).values(), node.get("additionalProperties"), node.get("items")]
    below += [branch for key in BRANCHES for branch in node.get(key, ())]
    for item in below:
        yield from _nodes(schema, item, seen)


def _target(schema: Schema, reference: str) -> Any:
    found: Any = schema
    for key in reference.removeprefix("#/").split("/"):
        found = found.get(key, {}) if isinstance(found, Mapping) else {}
    return found


def literal_secrets(schema: Schema, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The dotted names of secret fields for which `values` has text; a reference to be resolved later is no text."""
    return tuple(dict.fromkeys(_literals(schema, schema, values, "")))


def _literals(schema: Schema, node: Any, value: Any, place: str) -> Iterator[str]:
    if not isinstance(node, Mapping):
        return
    if "$ref" in node:
        node = _target(schema, node["$ref"])
    if isinstance(value, str) and _is_secret(node):
        yield place
    for branch in (branch for key in BRANCHES for branch in node.get(key, ())):
        yield from _literals(schema, branch, value, place)
    for below, item, name in _below(node, value):
        yield from _literals(schema, below, item, f"{place}.{name}" if place else str(name))


def _below(node: Schema, value: Any) -> Iterator[tuple[Any, Any, object]]:
    """The nodes that describe what `value` holds, with the item and its name."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield node.get("properties", {}).get(name) or node.get("additionalProperties"), item, name
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield node.get("items"), item, place
