"""How a field of the dossier is declared: what it is called, an example, who owes it, and the texts it may hold.

The sentences about what is missing, the file that `intake new` writes, the reference in the documentation and the JSON
Schema are all made from these declarations.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "MISFIT",
    "AdapterId",
    "Count",
    "Country",
    "Day",
    "Email",
    "Gateway",
    "Identity",
    "Line",
    "Network",
    "Number",
    "Owner",
    "Port",
    "PublicKey",
    "Seconds",
    "Secret",
    "Section",
    "Sender",
    "TonNpi",
    "WebURL",
    "Word",
    "asked",
    "choices_of",
    "owner_of",
    "title_of",
    "told",
]

MISFIT = "errorMessage"
"""Key of a schema that says what its values have to be: "it has to be ..."; ajv's name for it."""


class Owner(StrEnum):
    """Who owes a piece of information; `THEM` is the aggregator or operator, whichever the dossier is about."""

    US = "us"
    THEM = "them"


class Section(BaseModel):
    """A table of the dossier: unknown keys are refused, values are frozen, no error shows a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def asked(owner: Owner, title: str, example: Any, description: str = "", default: Any = None) -> Any:
    """A field without which the dossier is incomplete; `title` completes "the operator owes ..."."""
    extra: dict[str, Any] = {"owedBy": owner.value}
    return Field(default, title=title, description=description or None, examples=[example], json_schema_extra=extra)


def told(title: str, example: Any, description: str = "", default: Any = None) -> Any:
    """A field that may be left out."""
    return Field(default, title=title, description=description or None, examples=[example])


def title_of(section: type[BaseModel], name: str) -> str:
    """What a field is called, with its article."""
    return section.model_fields[name].title or name


def owner_of(section: type[BaseModel], name: str) -> Owner | None:
    """Who owes a field; None for one that may be left out."""
    extra = section.model_fields[name].json_schema_extra
    return Owner(str(extra["owedBy"])) if isinstance(extra, dict) and "owedBy" in extra else None


def choices_of(annotation: Any) -> tuple[object, ...]:
    """The values that a field may have where they are counted; nothing where they are not."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    found = (choices_of(part) for part in get_args(annotation))
    return next((values for values in found if values), ())


def _text(pattern: str, says: str, **options: Any) -> Any:
    return Field(pattern=pattern, json_schema_extra={MISFIT: says, **options})


# What a value may hold also keeps it from breaking out of a line of configuration that it is written into.
Line: TypeAlias = Annotated[str, _text(r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$", "text on one line")]
Word: TypeAlias = Annotated[str, _text(r"^\S+$", "a word without spaces")]
Number: TypeAlias = Annotated[str, _text(r"^\+[1-9][0-9]{6,14}$", "a phone number with + and country code")]
Sender: TypeAlias = Annotated[str, _text(r"^[ -~]{1,20}$", "a number, short code or alphanumeric sender")]
TonNpi: TypeAlias = Annotated[str, _text(r"^[0-9]{1,3}/[0-9]{1,3}$", "two numbers such as 1/1")]
Email: TypeAlias = Annotated[str, _text(r"^[^\s@<>]+@[^\s@<>]+$", "an e-mail address")]
WebURL: TypeAlias = Annotated[str, _text(r"^https?://[^\s/?#@]+[^\s]*$", "an http or https URL without credentials")]
Country: TypeAlias = Annotated[str, _text(r"^[A-Z]{2}$", "an ISO 3166-1 alpha-2 code in capitals, such as RW")]
Gateway: TypeAlias = Annotated[str, _text(r"^[A-Za-z0-9.:-]{1,253}$", "an IP address or host name")]
Network: TypeAlias = Annotated[str, _text(r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$", "a network such as 10.20.0.0/24")]
Identity: TypeAlias = Annotated[str, _text(r"^[A-Za-z0-9@._:*-]+$", "an IP address, host name or address with @")]
PublicKey: TypeAlias = Annotated[str, _text(r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw480]=$", "a WireGuard key in base64")]
AdapterId: TypeAlias = Annotated[str, _text(r"^[a-z][a-z0-9_]*$", "the id of an adapter")]
Day: TypeAlias = date
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535, json_schema_extra={MISFIT: "a port, 1 to 65535"})]
Count: TypeAlias = Annotated[int, Field(ge=1, json_schema_extra={MISFIT: "a whole number, at least 1"})]
Seconds: TypeAlias = Annotated[int, Field(ge=1, json_schema_extra={MISFIT: "whole seconds, at least 1"})]


class InEnvironment(Section):
    """A secret in an environment variable."""

    env: Annotated[str, _text(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of an environment variable")]


class InKeyring(Section):
    """A secret in the system's keyring."""

    keyring: Annotated[str, _text(r"^[A-Za-z0-9 @._:+-]+(/[A-Za-z0-9 @._:+-]+)+$", "SERVICE/USER")]


Secret: TypeAlias = Annotated[InEnvironment | InKeyring, Field(json_schema_extra={"writeOnly": True})]
"""Where a secret is; never the secret."""
