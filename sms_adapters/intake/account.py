"""The test account of a dossier as a channel: for the recorder, and to see what its configuration lacks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from ..channels_file import ChannelEntry, config_schema_of, open_entry
from ..errors import ConfigError
from ..references import Unresolved, reference_of
from .model import Dossier, Kind, Smsc

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..registry import Registry

__all__ = ["CALLED", "account_config", "open_account", "unresolved"]

SCHEMES: Mapping[str, str] = {"smpp": "smpp", "ucp_emi": "ucp", "cimd2": "cimd2"}
CALLED: Mapping[str, str] = {"username": "user", "splitting": "long_texts"}
"""Fields of an SMSC adapter's configuration that the dossier calls otherwise; the rest has the same names."""


def account_config(dossier: Dossier, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of the test account, references not resolved; `schema` is the adapter's.

    For an SMSC the section `smsc` gives every field that the adapter's configuration has and that takes its value, as
    an operator may allow more than an adapter does; `channel.config` wins.
    """
    of_smsc = _of_smsc(dossier.smsc, schema) if dossier.kind is Kind.SMSC else ()
    return {**dict(of_smsc), **dossier.channel.config}


def _of_smsc(smsc: Smsc, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if smsc.protocol and smsc.host and smsc.port and "base_url" in properties:
        host = f"[{smsc.host}]" if ":" in smsc.host else smsc.host
        yield "base_url", f"{SCHEMES[smsc.protocol]}{'s' if smsc.tls else ''}://{host}:{smsc.port}"
    values = smsc.model_dump(exclude_none=True)
    for name, node in properties.items():
        known = CALLED.get(name, name)
        if known not in values:
            continue
        # What is required is passed on in any case, so that the adapter says what is wrong with it.
        if known == "password" or name in required or Draft202012Validator(node).is_valid(values[known]):
            yield name, values[known]


def open_account(
    dossier: Dossier, path: Path, registry: Registry, environ: Mapping[str, str] = os.environ
) -> AnyChannel:
    """The test account's channel, its references resolved; ConfigError names the file and what to mend."""
    if dossier.adapter is None:
        raise ConfigError(f'{path} names no adapter: write adapter = "ID"; `sms-adapters list` shows the ids')
    adapter = registry.manifest(dossier.adapter).id
    given = dossier.channel.model_dump(exclude_none=True, exclude={"id", "config"})
    address = {"address": dossier.smsc.address} if dossier.kind is Kind.SMSC and dossier.smsc.address else {}
    config = account_config(dossier, config_schema_of(adapter, registry))
    options = {**address, **({"country": dossier.country} if dossier.country else {}), **given}
    entry = ChannelEntry(dossier.name, adapter, dossier.channel.id or "8eb23e93", options, config)
    return open_entry(entry, f"{path}: the test account", registry, environ)


def unresolved(dossier: Dossier, environ: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """The places of references that lead to nothing on this machine, each with what is the matter."""
    yield from _unresolved(dossier.model_dump(exclude_none=True), "", environ)


def _unresolved(value: Any, place: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    reference = reference_of(value)
    if reference is not None:
        try:
            reference.value(environ)
        except Unresolved as error:
            yield place, str(error)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unresolved(item, f"{place}.{key}" if place else key, environ)
