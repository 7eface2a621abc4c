"""What is generated from the model: the JSON Schema, and the reference of all keys.

::

    python -m sms_adapters.intake.docs schema > sms_adapters/intake/dossier.schema.json
    python -m sms_adapters.intake.docs keys > docs/intake-keys.md

Tests hold both files to the model.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, TypeAlias

from .blank import toml_value
from .schema import dossier_schema

__all__ = ["keys_page", "schema_text"]

Schema: TypeAlias = dict[str, Any]
HEAD = """# The keys of a dossier

Made from the model by `python -m sms_adapters.intake.docs keys`; a test holds it to the code. How dossiers are used is
on the page [Intake](intake.md).

Owed by *us* or *them*: without it the dossier is incomplete, in those kinds of dossiers that have the section.
"""


def schema_text() -> str:
    """The text of `dossier.schema.json`."""
    return json.dumps(dossier_schema(), indent=2, ensure_ascii=False) + "\n"


def keys_page() -> str:
    """The page in Markdown: a table for each section."""
    schema = dossier_schema()
    return "\n".join([HEAD, *_tables(schema, schema, "", "the dossier")])


def _tables(schema: Schema, section: Schema, path: str, title: str) -> Iterator[str]:
    nodes = {name: (node, _below(schema, node)) for name, node in section["properties"].items()}
    required = section.get("required", ())
    rows = [_row(name, node, name in required) for name, (node, below) in nodes.items() if not _is_table(node, below)]
    heading = f"{title[:1].upper()}{title[1:]}"
    yield f"## {heading}: `[{path}]`\n" if path else f"## {heading}\n"
    yield from ("| key | what | owed by | values, or an example |", "|---|---|---|---|", *rows, "")
    for name, (node, below) in nodes.items():
        if below is not None and (name, path) != ("authentication", "rest.endpoints"):  # as in rest
            yield from _tables(schema, below, f"{path}.{name}".strip("."), node.get("title", name))


def _is_table(node: Schema, below: Schema | None) -> bool:
    """Whether a key is a table or list of tables, and no more than that."""
    return below is not None and "owedBy" not in node and "examples" not in node


def _below(schema: Schema, node: Schema) -> Schema | None:
    """The section that a node is, or a list of which it is."""
    reference = node.get("$ref") or node.get("items", {}).get("$ref")
    found: Schema | None = schema["$defs"][reference.rpartition("/")[2]] if reference else None
    return found if found and "properties" in found else None


def _row(name: str, node: Schema, required: bool) -> str:
    values = node.get("enum") or node.get("items", {}).get("enum")
    shown = (
        [json.dumps(value) for value in values] if values else [toml_value(each) for each in node.get("examples", ())]
    )
    cells = (f"`{name}`", node.get("title", ""), node.get("owedBy", "always there" if required else ""))
    return f"| {' | '.join(cells)} | {', '.join(f'`{each}`' for each in shown)} |"


if __name__ == "__main__":
    sys.stdout.write(keys_page() if sys.argv[1:] == ["keys"] else schema_text())
