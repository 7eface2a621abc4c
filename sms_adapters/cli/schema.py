"""`schema`: the JSON Schema of an adapter's configuration, shown, written or checked."""

from __future__ import annotations

import json
from typing import Any

import click

from ..registry import Registry
from .exits import Exit
from .options import Command, adapter_ids, echo_json, json_option

__all__ = ["command"]

FILE = "config.schema.json"


@click.command("schema", cls=Command)
@click.argument("adapter", shell_complete=adapter_ids, required=False)
@click.option("--all", "every", is_flag=True, help="Every built-in adapter instead of one.")
@click.option("--write", is_flag=True, help=f"Write {FILE} beside the adapter, which is imported for that.")
@click.option("--check", is_flag=True, help=f"End with status 1 if {FILE} is not what --write would write.")
@json_option
def command(adapter: str | None, every: bool, write: bool, check: bool, as_json: bool) -> int:
    """Print the JSON Schema of ADAPTER's configuration.

    It is read from a file beside the adapter, so that a host can draw a form without importing code.
    """
    if (adapter is None) != every:
        raise click.UsageError("name one adapter, or give --all for the built-in ones")
    if write and check:
        raise click.UsageError("give --write or --check, not both")
    registry = Registry(installed=not every)
    names = registry.ids() if every else (str(adapter),)
    if not (write or check):
        schemas = {name: registry.schema(name) for name in names}
        echo_json(schemas if every else schemas[names[0]])
        return Exit.OK
    states = {name: _written(registry, name) if write else _compared(registry, name) for name in names}
    _report(states, as_json=as_json)
    return Exit.REFUSED if "stale" in states.values() else Exit.OK


def _report(states: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        echo_json(states)
        return
    for name, state in states.items():
        mend = f"; `sms-adapters schema {name} --write` renews it" if state == "stale" else ""
        click.echo(f"{name}: {FILE} is {state}{mend}", err=state == "stale")


def _made(registry: Registry, adapter: str) -> dict[str, Any]:
    return registry.load(adapter).config.model_json_schema()


def _compared(registry: Registry, adapter: str) -> str:
    try:
        found = json.loads((registry.folder(adapter) / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "stale"
    return "current" if found == _made(registry, adapter) else "stale"


def _written(registry: Registry, adapter: str) -> str:
    path = registry.folder(adapter) / FILE
    text = json.dumps(_made(registry, adapter), indent=2, ensure_ascii=False) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror or error}") from None
    return "written"
