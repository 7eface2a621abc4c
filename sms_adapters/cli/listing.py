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

HEADINGS = ("ID", "NAME", "KIND", "ORIGIN", "STATE")


@click.command("list", cls=Command)
@click.option("--load", is_flag=True, help="Import each adapter, which finds those that fail to.")
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

    Nothing is imported unless --load is given.
    """
    with contextlib.redirect_stdout(sys.stderr):  # what an adapter prints while it is imported
        found = Registry().listings(load=load)
    if capability is not None:
        found = [item for item in found if item.manifest and item.manifest.offers(Capability(capability))]
    if as_json:
        echo_json([_values(item) for item in found])
    elif found:
        click.echo(table(HEADINGS, (_row(item) for item in found)))
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
    return values | ({"error": listing.error} if listing.error else {})
