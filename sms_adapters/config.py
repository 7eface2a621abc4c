"""The base of every adapter's configuration model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import ConfigError
from .redact import Redactor

__all__ = ["AdapterConfig", "parse_config"]

KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
    type(None): "nothing",
}
"""What a value that is no text is called; the value itself is never shown."""


class AdapterConfig(BaseModel):
    """Unknown fields are refused, values are frozen, and no error shows an input.

    Secrets are `SecretStr`; each field has a title and a description that says where the aggregator's console shows
    it. `base_url` is there in every adapter, so that it can be pointed at a simulator.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    base_url: str


def parse_config(model: type[AdapterConfig], values: Mapping[str, Any] | AdapterConfig, adapter: str) -> AdapterConfig:
    """A validated configuration, or a ConfigError with a sentence for each field that needs mending."""
    if isinstance(values, model):
        return values
    try:
        return model.model_validate(dict(values) if isinstance(values, Mapping) else values)
    except ValidationError as error:
        problems = tuple(_problem(item) for item in error.errors(include_url=False))
    redactor = Redactor(_texts(values)) if isinstance(values, Mapping) else Redactor()
    problems = tuple(redactor.text(problem) for problem in problems)
    mend = f"`sms-adapters describe {adapter}` lists what a channel needs"
    raise ConfigError(f"configuration of {adapter!r}: " + "; ".join(problems), problems=problems, mend=mend)


def _problem(item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"]) or "configuration"
    if item["type"] == "extra_forbidden":
        return f"{where}: unknown field"
    if item["type"] == "missing":
        return f"{where}: required, but missing"
    if item["type"] in ("string_type", "string_unicode"):
        if isinstance(item["input"], str | bytes):
            return f"{where}: is not text in UTF-8: an octet or half a surrogate pair in it is no character"
        return f"{where}: has to be text, not {KINDS.get(type(item['input']), 'a value of another kind')}"
    if item["type"] == "too_short" and item["ctx"].get("actual_length") == 0:
        return f"{where}: must not be empty"
    if item["type"] == "value_error":  # a validator's own words
        return f"{where}: {item['msg'].removeprefix('Value error, ')}"
    return f"{where}: {item['msg'][:1].lower()}{item['msg'][1:]}"


def _texts(values: Mapping[str, Any]) -> list[str]:
    """Values long enough to be secrets: a validator's own message might quote one."""
    return [value for value in values.values() if isinstance(value, str) and len(value) >= 8]
