"""A dossier read from its file: what must not be in it, then its structure, each with a sentence that mends it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
from pydantic import ValidationError

from ..channels_file import load_toml
from ..errors import ConfigError
from ..references import FORMS
from ..registry import Registry
from .fields import MISFIT
from .model import Dossier
from .schema import committed_schema
from .secrecy import secrets_within, texts

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError as Misfit

__all__ = ["problems_of", "read_dossier"]

TYPES: Mapping[str, str] = {
    "string": "text in quotes",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a table",
    "array": "a list",
}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def read_dossier(path: Path, registry: Registry | None = None) -> Dossier:
    """The dossier of a file; ConfigError with a sentence for everything that is wrong in it, none with a value."""
    values = _plain(load_toml(path, "dossier", "`sms-adapters intake new` writes one"))
    problems = problems_of(values, registry or Registry())
    if problems:
        raise ConfigError(f"{path}: {'; '.join(problems)}", problems=tuple(problems))
    try:
        return Dossier.model_validate(values)
    except ValidationError as error:
        found = [f"{_place(item['loc'])} is not what it has to be: {item['type']}" for item in _shown(error)]
        raise ConfigError(f"{path}: {'; '.join(found)}", problems=tuple(found)) from None


def problems_of(values: Mapping[str, Any], registry: Registry) -> list[str]:
    """What is wrong with the values of a dossier, in sentences; dates are ISO texts."""
    secrets = secrets_within(values, committed_schema(), registry)
    broken = [f"{place} holds a line break or control" for place, text in texts(values) if CONTROL.search(text)]
    if secrets or broken:
        return [*secrets, *broken]
    errors = sorted(_validator().iter_errors(values), key=lambda error: [str(key) for key in error.absolute_path])
    return [sentence for error in errors for sentence in _sentences(error)]


def _plain(value: Any) -> Any:
    """JSON's types for TOML's: dates and times as ISO texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(committed_schema(), format_checker=jsonschema.FormatChecker(["date"]))


def _shown(error: ValidationError) -> Iterable[Any]:
    return error.errors(include_input=False, include_url=False, include_context=False)


def _place(path: Iterable[Any]) -> str:
    """`documents[0].kind`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".") or "the dossier"


def _sentences(error: Misfit) -> Iterator[str]:
    wanted: Any = error.validator_value
    instance: Any = error.instance
    place, schema = _place(error.absolute_path), error.schema if isinstance(error.schema, dict) else {}
    match error.validator:
        case "additionalProperties":
            yield from (f"{place}: unknown key {key!r}{hint}" for key, hint in _unknown(instance, schema))
        case "required":
            yield f"{place}: {error.message.split(chr(39))[1]} is missing"
        case "type":
            yield f"{place} has to be {TYPES.get(str(wanted), wanted)}"
        case "enum":
            yield f"{place} has to be one of {', '.join(map(json.dumps, wanted))}"
        case "const":
            yield f"{place} has to be {json.dumps(wanted)}"
        case "anyOf":
            yield f"{place}: a reference is written {FORMS}"
        case "format":
            yield f"{place} has to be a date such as 2030-01-31"
        case _:
            yield f"{place} has to be {schema.get(MISFIT, 'something else')}"


def _unknown(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = list(schema.get("properties", {}))
    for key in instance:
        if key not in known:
            close = difflib.get_close_matches(key, known, 2, 0.6)
            yield key, f"; did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(known)}"
