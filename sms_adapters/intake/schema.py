"""The JSON Schema of a dossier, generated from the model and committed beside it.

`python -m sms_adapters.intake.docs schema` makes it anew; a test holds it to the model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .model import Dossier

__all__ = ["FILE", "committed_schema", "dossier_schema"]

FILE = Path(__file__).with_name("dossier.schema.json")


def committed_schema() -> dict[str, Any]:
    """The schema as it is committed."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def dossier_schema() -> dict[str, Any]:
    """The schema as the model has it; TOML has no null, so that what may be missing is only not required."""
    schema: dict[str, Any] = _without_null(Dossier.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Onboarding dossier"}


def _without_null(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _without_null(value) for key, value in node.items() if (key, value) != ("default", None)}
    branches = [branch for branch in kept.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        del kept["anyOf"]
        return {**branches[0], **kept}
    return kept
