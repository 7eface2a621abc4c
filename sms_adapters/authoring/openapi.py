"""OpenAPI 2 and 3 descriptions, read as far as a draft needs them: operations with their requests, answers and keys.

Descriptions in use are seldom quite valid, so nothing is validated as a whole: what cannot be read counts as not said.
Sources: "OpenAPI Specification" 3.0 and 3.1, https://spec.openapis.org/oas/, and "Swagger 2.0",
https://swagger.io/specification/v2/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..errors import ConfigError
from ..kits.values import object_of, objects_of, text_of

__all__ = ["Answer", "Description", "Leaf", "Operation", "read_description"]

Schema: TypeAlias = Mapping[str, Any]
Path_: TypeAlias = tuple[str | int, ...]
METHODS = ("post", "get", "put")
DEEPEST = 8
BODIES = (("json", "json"), ("x-www-form-urlencoded", "form"), ("form-data", "form"), ("xml", "xml"))
"""What a media type holds, and the style of body that it is."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value in a body: where it stands, and what the description says of it."""

    path: Path_
    schema: Schema
    required: bool

    @property
    def name(self) -> str:
        """The last name on the path."""
        return next(step for step in reversed(self.path) if isinstance(step, str))

    @property
    def words(self) -> str:
        """The first line of its description, without the quotes that would have to be escaped."""
        told = text_of(self.schema.get("description")) or ""
        return (told.strip().splitlines() or [""])[0].replace('"', "'").replace("\\", "/")[:100].strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented answer: status ("default" as 0), schema, and the example, where there is one."""

    status: int
    schema: Schema
    example: Any
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with what surrounds it in the description."""

    method: str
    path: str
    values: Mapping[str, Any] = field(repr=False)
    parameters: Sequence[Mapping[str, Any]] = field(repr=False)

    @property
    def title(self) -> str:
        """As `--operation` takes it."""
        return f"{self.method} {self.path}"

    @property
    def words(self) -> str:
        """All that names it."""
        tags = self.values.get("tags")
        named = [
            self.path,
            self.values.get("operationId"),
            self.values.get("summary"),
            *(tags if isinstance(tags, list) else ()),
        ]
        return " ".join(str(word) for word in named if word).lower()


class Description:
    """A description with its references resolved where they are used."""

    def __init__(self, values: Mapping[str, Any], name: str) -> None:
        self.values, self.name = values, name

    @property
    def info(self) -> Mapping[str, Any]:
        """Title, version and contacts."""
        return object_of(self.values.get("info"))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Everything that could send."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[Operation]:
        for path, item in object_of(self.values.get("paths")).items():
            item = self.resolved(item)
            shared = objects_of(item.get("parameters"))
            for method in METHODS:
                values = object_of(item.get(method))
                if values:
                    own = [self.resolved(one) for one in (*shared, *objects_of(values.get("parameters")))]
                    yield Operation(method.upper(), str(path), values, own)

    def resolved(self, node: Any) -> Schema:
        """A node behind its references, all of `allOf` and the first of `oneOf` or `anyOf` in one; {} if it is none."""
        seen: set[str] = set()
        while isinstance(reference := object_of(node).get("$ref"), str) and reference not in seen:
            seen.add(reference)
            node = self._behind(reference)
        found = object_of(node)
        first = objects_of(found.get("oneOf"))[:1] or objects_of(found.get("anyOf"))[:1]
        parts = [*objects_of(found.get("allOf")), *first]
        return self._merged(found, parts) if parts else found

    def _behind(self, reference: str) -> Any:
        node: Any = self.values if reference.startswith("#/") else {}
        for step in reference.removeprefix("#/").split("/"):
            node = object_of(node).get(step.replace("~1", "/").replace("~0", "~"))
        return node

    def _merged(self, found: Schema, parts: Sequence[Any]) -> Schema:
        merged: dict[str, Any] = {}
        for part in (
            *map(self.resolved, parts),
            {key: found[key] for key in found if key not in ("allOf", "oneOf", "anyOf")},
        ):
            properties = {**object_of(merged.get("properties")), **object_of(part.get("properties"))}
            required = [*merged.get("required", ()), *_names(part.get("required"))]
            merged = {**merged, **part, **({"properties": properties} if properties else {}), "required": required}
        return merged

    def leaves(
        self, schema: Any, path: Path_ = (), *, required: bool = True, within: frozenset[str] = frozenset()
    ) -> Iterator[Leaf]:
        """The values in a body; a list counts with its first item, and what holds itself is not entered again."""
        reference = text_of(object_of(schema).get("$ref"))
        if reference in within:
            return
        within |= {reference} if reference else set()
        found = self.resolved(schema)
        properties, items = object_of(found.get("properties")), found.get("items")
        if len(path) > DEEPEST:
            return
        if properties:
            needed = _names(found.get("required"))
            for name, item in properties.items():
                yield from self.leaves(item, (*path, str(name)), required=required and name in needed, within=within)
        elif items is not None:
            yield from self.leaves(items, (*path, 0), required=required, within=within)
        elif path:
            yield Leaf(path, found, required)

    def request(self, operation: Operation) -> tuple[str, Schema]:
        """The style of its body ("" for none that is known) and the schema of what goes into it."""
        content = object_of(self.resolved(operation.values.get("requestBody")).get("content"))
        for word, style in BODIES:
            for media_type, item in content.items():
                if word in media_type:
                    return style, self.resolved(object_of(item).get("schema"))
        for one in operation.parameters:
            if one.get("in") == "body":
                return "json", self.resolved(one.get("schema"))
        form = [one for one in operation.parameters if one.get("in") == "formData"]
        if form:
            return "form", _as_schema(form)
        query = [one for one in operation.parameters if one.get("in") == "query"]
        return ("query" if operation.method == "GET" else ""), _as_schema(query)

    def answers(self, operation: Operation) -> list[Answer]:
        """The documented answers, by status; the default last."""
        found = []
        for status, item in object_of(operation.values.get("responses")).items():
            item = self.resolved(item)
            number = int(status) if str(status).isdigit() else 0
            schema, example = self._content(item)
            found.append(Answer(number, schema, example, text_of(item.get("description")) or ""))
        return sorted(found, key=lambda answer: answer.status or 1000)

    def _content(self, item: Schema) -> tuple[Schema, Any]:
        content = object_of(item.get("content"))
        for media in content.values():
            media = object_of(media)
            schema = self.resolved(media.get("schema"))
            return schema, _parsed(_first(media.get("example"), _named_example(self, media), self.sample(schema)))
        schema = self.resolved(item.get("schema"))
        return schema, _parsed(_first(*object_of(item.get("examples")).values(), self.sample(schema)))

    def sample(self, schema: Any, depth: int = 0) -> Any:
        """The example of a schema, or one put together from those of its members; None where a member has none."""
        found = self.resolved(schema)
        if "example" in found or depth > DEEPEST:
            return found.get("example")
        properties = object_of(found.get("properties"))
        if properties:
            made = {str(name): self.sample(item, depth + 1) for name, item in properties.items()}
            return {name: value for name, value in made.items() if value is not None} or None
        if "items" in found:
            item = self.sample(found["items"], depth + 1)
            return None if item is None else [item]
        return None

    def security(self, operation: Operation) -> list[tuple[str, Schema]]:
        """The schemes of which one is enough, in the description's order, by name."""
        components = object_of(self.values.get("components"))
        schemes = object_of(components.get("securitySchemes")) or object_of(self.values.get("securityDefinitions"))
        wanted = operation.values.get("security", self.values.get("security"))
        names = [name for one in objects_of(wanted) for name in one] if wanted is not None else list(schemes)
        return [(str(name), self.resolved(schemes.get(name))) for name in dict.fromkeys(names) if name in schemes]

    def servers(self) -> list[str]:
        """The base URLs, with the defaults of their variables."""
        if "host" in self.values:
            schemes = _names(self.values.get("schemes")) or ["https"]
            scheme = "https" if "https" in schemes else schemes[0]
            return [f"{scheme}://{self.values['host']}{self.values.get('basePath') or ''}"]
        return [url for one in objects_of(self.values.get("servers")) if urlsplit(url := _server(one)).hostname]


def _server(values: Mapping[str, Any]) -> str:
    url = text_of(values.get("url")) or ""
    for name, item in object_of(values.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(object_of(item).get("default", name)))
    return url


def _named_example(description: Description, media: Mapping[str, Any]) -> Any:
    for item in object_of(media.get("examples")).values():
        return description.resolved(item).get("value")
    return None


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _parsed(example: Any) -> Any:
    """An example that is JSON in a text, as the value it is; other text as it is."""
    if not isinstance(example, str):
        return example
    try:
        return json.loads(example)
    except ValueError:
        return example


def _names(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _as_schema(parameters: Sequence[Mapping[str, Any]]) -> Schema:
    """Parameters as if they were the members of an object."""
    properties = {str(one.get("name")): {**one, **object_of(one.get("schema"))} for one in parameters}
    return {"properties": properties, "required": [str(one.get("name")) for one in parameters if one.get("required")]}


def read_description(path: Path) -> Description:
    """Read a description in YAML or JSON; ConfigError for anything else."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is neither YAML nor JSON: {error}") from None
    if not isinstance(values, dict) or not ({"openapi", "swagger"} & values.keys()):
        raise ConfigError(f"{path} is no OpenAPI description: it names no version under 'openapi' or 'swagger'")
    return Description(values, path.name)
