"""`new`: a package for an adapter, from the template or from an API description."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigError
from ..tabular import visible
from .exits import Exit, MissingExtra
from .options import Command, echo_json, json_option

if TYPE_CHECKING:
    from ..authoring.package import NewPackage
    from ..authoring.skeleton import Skeleton

__all__ = ["CHOICES", "command"]

CHOICES = {
    "kind": ("rest", "session"),
    "protocol": ("smpp", "ucp_emi", "cimd2"),
    "body": ("query", "form", "json", "xml"),
    "auth": ("basic", "bearer", "header", "query", "fields", "oauth2", "hmac"),
    "inbound": ("none", "form", "json", "query"),
    "signature": ("none", "hmac", "header"),
}
"""The answers that the template knows; a test holds them to it."""
DESCRIBED = ("kind", "protocol", "body", "auth", "base_url")
ANSWERED = ("name", "project", "countries", "document_title", "document_url", "base_url", *CHOICES)
EXTRA = frozenset({"copier", "yaml", "platformdirs", "vcr", "pytest", "_pytest"})


@click.command("new", cls=Command)
@click.argument("adapter", metavar="[ID]", required=False)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Default: ./sms-ID.")
@click.option("--openapi", type=click.Path(path_type=Path), metavar="FILE", help="Draft from an OpenAPI description.")
@click.option("--operation", metavar="'POST /path'", help="With --openapi: the operation that sends.")
@click.option("--name", metavar="TEXT", help="The aggregator's name.")
@click.option("--project", metavar="NAME", help="The distribution's name.")
@click.option("--kind", type=click.Choice(CHOICES["kind"]), help="How the aggregator is reached.")
@click.option("--protocol", type=click.Choice(CHOICES["protocol"]), help="Of a session with an SMSC.")
@click.option("--body", type=click.Choice(CHOICES["body"]), help="How a message goes out.")
@click.option("--auth", type=click.Choice(CHOICES["auth"]), help="How requests authenticate.")
@click.option("--inbound", type=click.Choice(CHOICES["inbound"]), help="How reports and messages come in.")
@click.option("--signature", type=click.Choice(CHOICES["signature"]), help="How webhooks are signed.")
@click.option("--base-url", metavar="URL", help="The API's host.")
@click.option("--countries", metavar="CODES", help="Countries served, such as SO,ET; * for all.")
@click.option("--document-title", metavar="TEXT", help="Title of the aggregator's document.")
@click.option("--document-url", metavar="URL", help="Where that document is.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: what no option says has the template's default.")
@click.option("--update", is_flag=True, help="Merge the template's present version into the package in --into.")
@click.option("--template", metavar="SOURCE", help="Another template: a git repository, as copier names it.")
@click.option("--ref", metavar="TAG", help="With --template: its version.")
@json_option
def command(adapter: str | None, into: Path | None, update: bool, as_json: bool, **options: Any) -> int:
    """Make a package for an adapter: manifest, adapter, simulator, exchanges, tests and CI.

    What no option says is asked on a terminal. As made the package passes ruff, mypy --strict and the conformance suite
    at bronze; its README says which files to edit. With --openapi the aggregator's own description fills them as
    far as it goes, and QUESTIONS.md lists what it leaves open.

    \b
      sms-adapters new acme --body json --auth bearer --inbound json --signature hmac
      sms-adapters new acme --openapi acme.yaml
      sms-adapters new acme --kind session --protocol smpp
      sms-adapters new --update --into sms-acme
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    try:
        if update:
            return _update(into or Path(), as_json=as_json, **options)
        return _new(adapter, into, as_json=as_json, **options)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise MissingExtra("copier", "authoring") from None
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _skeleton(template: str | None, ref: str | None) -> Skeleton:
    from ..authoring.skeleton import Skeleton, kept_versions

    if ref and not template:
        raise click.UsageError("--ref goes with --template")
    return Skeleton(template, ref) if template else kept_versions()


def _update(into: Path, *, template: str | None, ref: str | None, as_json: bool, **_: Any) -> int:
    from ..authoring.skeleton import kept_versions, update

    if template or ref:
        raise click.UsageError("an update takes the template that the package was made from")
    before, after = update(into, kept_versions())
    if as_json:
        echo_json({"folder": str(into), "before": before, "after": after})
    elif before == after:
        click.echo(f"{into}: the template is {after} already")
    else:
        click.echo(f"{into}: the template went from {before} to {after}; `git diff` shows what that changed")
    return Exit.OK


def _new(
    adapter: str | None,
    into: Path | None,
    *,
    openapi: Path | None,
    operation: str | None,
    yes: bool,
    template: str | None,
    ref: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    from ..authoring.package import new_package

    answers = {name: given[name] for name in ANSWERED if given.get(name) is not None}
    ask, example = sys.stdin.isatty() and not (yes or as_json), None
    if openapi:
        answers, example = _drafted(openapi, operation, answers)
    elif operation:
        raise click.UsageError("--operation goes with --openapi")
    answers |= _named(adapter, ask=ask, drafted=str(answers.get("id", "")))
    made = new_package(_skeleton(template, ref), into, answers, ask=ask, example=example)
    _show(made, as_json=as_json, drafted=openapi is not None)
    return Exit.OK


def _named(adapter: str | None, *, ask: bool, drafted: str) -> dict[str, str]:
    if adapter or drafted:
        return {"id": adapter or drafted}
    if not ask:
        raise click.UsageError("name the adapter: `sms-adapters new acme`")
    return {"id": click.prompt("Id of the adapter, a word such as acme_sms")}


def _drafted(path: Path, operation: str | None, answers: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    from ..authoring.drafting import draft

    fixed = [name for name in DESCRIBED if name in answers]
    if fixed:
        raise click.UsageError(f"--{fixed[0].replace('_', '-')} does not go with --openapi, which says it")
    made = draft(path, operation)
    return {**made.answers, **answers}, made.example


def _show(made: NewPackage, *, as_json: bool, drafted: bool) -> None:
    if as_json:
        echo_json({"folder": str(made.folder), "id": made.id, "package": made.package, "questions": made.questions})
        return
    click.echo(f"Made {made.folder}. Next:\n")
    click.echo(f"  cd {made.folder}\n  pip install --editable '.[test]'\n  sms-adapters conformance {made.id}\n")
    click.echo("README.md says which files are yours to edit, and what makes the rest.")
    if drafted:
        click.echo("\nThe description leaves open (QUESTIONS.md):")
        for question in made.questions:
            click.echo(f"  - {visible(question)}")
