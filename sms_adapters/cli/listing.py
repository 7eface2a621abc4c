"""`list`: the adapters found, usable or not."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import click

from ..manifest import Capability
from ..registry import Listing, Registry
from ..tabular import table
from .exits import Exit
from .options import Command, echo_json, json_option

__all__ = ["command"]

UNLOADED = "None was imported: `sms-adapters list --load` shows those that fail to be."
HEADINGS = ("ID", "NAME", "KIND", "ORIGIN", "STATE")


@click.command("list", cls=Command)
@click.option("--load", is_flag=True, help="Import each adapter, which shows those that fail to be imported.")
@click.option(
    "--capability",
    type=click.Choice([item.value for item in Capability]),
    metavar="NAME",
    help="Only adapters that offer it; describe shows how far.",
)
@click.option("--strict", is_flag=True, help="End with status 1 if one of those listed is broken.")
@json_option
def command(load: bool, capability: str | None, strict: bool, as_json: bool) -> int:
    """List the adapters found, and why one is broken.

    Without --load none is imported: what stands in a manifest is checked, that its modules are there, and that no two
    adapters claim one id. An adapter that fails to be imported is shown as broken with --load only.
    """
    with contextlib.redirect_stdout(sys.stderr):  # what an adapter prints while it is imported
        found = Registry().listings(load=load)
    if capability is not None:
        found = [item for item in found if item.manifest and item.manifest.offers(Capability(capability))]
    if as_json:
        echo_json([_values(item) for item in found])
    elif found:
        click.echo(table(HEADINGS, (_row(item) for item in found)))
        if not load:
            click.echo(UNLOADED, err=True)
    else:
        click.echo("no adapter", err=True)
    return Exit.REFUSED if strict and any(item.error for item in found) else Exit.OK


def _state(listing: Listing) -> str:
    if listing.error is not None:
        return "broken"
    return "loaded" if listing.plugin else "found"


def _row(listing: Listing) -> tuple[str, ...]:
    name, kind = (listing.manifest.name, listing.manifest.kind) if listing.manifest else ("-", "-")
    state = _state(listing)
    return listing.id, name, kind, listing.origin, f"{state}: {listing.error}" if listing.error else state


def _values(listing: Listing) -> dict[str, Any]:
    manifest = listing.manifest
    values: dict[str, Any] = {"id": listing.id, "origin": listing.origin, "state": _state(listing)}
    if manifest is not None:
        offered = {item: str(manifest.support(item)) for item in Capability if manifest.offers(item)}
        values |= {"name": manifest.name, "kind": manifest.kind, "aliases": manifest.aliases, "capabilities": offered}
    told = {"error": listing.error, "mend": listing.mend}
    return values | {key: value for key, value in told.items() if value}
