"""`describe`: all that is known about an adapter; a built-in one is not imported, as our own tests do that."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from ..config_schema import ConfigField, config_fields
from ..errors import AdapterDefect
from ..manifest import Capability, Manifest, TextRules
from ..registry import BUILTIN, Registry
from ..simulation import Redelivery
from ..tabular import table, visible
from .options import Command, adapter_ids, echo_json, json_option

if TYPE_CHECKING:
    from ..manifest import Limit

__all__ = ["command", "redelivery"]

Row: TypeAlias = tuple[str, ...]


@click.command("describe", cls=Command)
@click.argument("adapter", shell_complete=adapter_ids)
@json_option
def command(adapter: str, as_json: bool) -> None:
    """Show all that is known about ADAPTER.

    What it can do, its limits, webhooks, configuration and documents. ADAPTER is an id or alias; `list` shows the ids.
    An adapter that is not built in is imported, so that one that fails to be is told.
    """
    registry = Registry()
    manifest = registry.manifest(adapter)
    if registry.folder(adapter).parent != BUILTIN:
        with contextlib.redirect_stdout(sys.stderr):  # what an adapter prints while it is imported
            registry.load(adapter)
    try:
        fields = config_fields(registry.schema(adapter))
    except AdapterDefect as defect:
        fields = ()
        click.echo(f"Warning: {visible(str(defect))}", err=True)
    if as_json:
        echo_json(_values(manifest, fields))
    else:
        click.echo("\n\n".join(_sections(manifest, fields)))


def _url(manifest: Manifest, action: str) -> str:
    prefix = next(iter(manifest.aliases), manifest.id)
    return f"{{public_url}}/c/{prefix}/{{channel id}}/{action}"


def _values(manifest: Manifest, fields: tuple[ConfigField, ...]) -> dict[str, Any]:
    values = asdict(manifest)
    values["capabilities"] = values.pop("features")
    for hook in values["webhooks"]:
        hook["url"] = _url(manifest, hook["action"])
    values["config"] = [asdict(field) for field in fields]
    return values


def _sections(manifest: Manifest, fields: tuple[ConfigField, ...]) -> Iterator[str]:
    yield f"{visible(manifest.name)} ({manifest.id})\n{visible(manifest.summary)}".rstrip()
    yield _indented("", _facts(manifest))
    sections: tuple[tuple[str, list[Row]], ...] = (
        ("Capabilities", _capabilities(manifest)),
        ("Limits", [(_limit(item), item.note) for item in manifest.limits]),
        (
            "Webhooks",
            [(_url(manifest, item.action), "|".join(item.methods), item.brings) for item in manifest.webhooks],
        ),
        ("Configuration", [_field(item) for item in fields]),
        (
            "Documents",
            [(item.title, item.url, f"seen {item.seen}" if item.seen else "") for item in manifest.documents],
        ),
    )
    for heading, rows in sections:
        if rows:
            yield _indented(heading, rows)


def _indented(heading: str, rows: list[Row]) -> str:
    lines = table(("",) * len(rows[0]), rows).splitlines()[1:]
    return "\n".join([*([heading] if heading else []), *(f"  {line}" for line in lines)])


def _facts(manifest: Manifest) -> list[Row]:
    text, numbers = manifest.text, manifest.numbers
    facts = (
        ("kind", manifest.kind),
        ("aliases", ", ".join(manifest.aliases)),
        ("countries", "all" if manifest.countries == ("*",) else ", ".join(manifest.countries)),
        ("API version", manifest.api_version),
        ("homepage", manifest.homepage),
        ("webhook signature", manifest.signature),
        ("webhook redelivery", redelivery(manifest)),
        ("long texts", ", ".join([f"split by {text.splits}", *_most(text)])),
        ("numbers", f"recipient {numbers.recipient}, sender {numbers.sender}, inbound {numbers.inbound}"),
        ("test account", manifest.test_account),
        ("contacts", ", ".join(manifest.contacts)),
    )
    return [fact for fact in facts if fact[1]]


def redelivery(manifest: Manifest) -> str:
    """When a webhook that was not taken comes again; where nothing is documented, the sandbox's own rule."""
    if manifest.redelivers_as_documented or not manifest.webhooks:
        return manifest.redelivery
    return f"{manifest.redelivery or 'not stated'}; the sandbox uses its own: {Redelivery()}"


def _most(text: TextRules) -> list[str]:
    limits = ((text.max_chars, "characters"), (text.max_segments, "segments"))
    return [f"{value} {unit} a request" for value, unit in limits if value]


def _capabilities(manifest: Manifest) -> list[Row]:
    rows: list[Row] = []
    for capability in Capability:
        feature = manifest.features.get(capability)
        rows.append((capability, manifest.support(capability), feature.note if feature else ""))
    return rows


def _limit(limit: Limit) -> str:
    per, of = (f" per {limit.per}" if limit.per else ""), (f", {limit.of}" if limit.of else "")
    return f"{limit.value:g} {limit.unit}{per}{of}"


def _field(field: ConfigField) -> tuple[str, ...]:
    kind = ", ".join(word for word, holds in (("required", field.required), ("secret", field.secret)) if holds)
    default = "" if field.default is None else f" (default {field.default})"
    return field.name, kind, f"{field.title}: {field.description}".strip(": ") + default
