"""`intake`: the dossier of an aggregator or operator, begun, checked, shown and exported."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..registry import Registry
from ..tabular import visible
from .exits import Exit, MissingExtra
from .options import Command, adapter_ids, echo_json, json_option

if TYPE_CHECKING:
    from ..intake import Dossier, Finding

__all__ = ["command"]

STATUSES = (
    (Exit.OK, "done; check: the dossier is complete"),
    (Exit.REFUSED, "check: something is missing or contradicts itself"),
    (Exit.USAGE, "mend the command line or the file"),
    (Exit.DEFECT, "defect of this program"),
)
EPILOG = "\n".join(("\b", "Exit status:", *(f"  {int(status):>3}  {meaning}" for status, meaning in STATUSES)))
file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group("intake", epilog=EPILOG)
def command() -> None:
    """What an aggregator or operator has to hand over before work starts.

    The dossier is a TOML file. `new` begins one, `check` tells what is missing and who owes it, `export` writes the
    letter, the VPN form and the VPN's configuration. Secrets are never in it, only where they are.
    """


@command.command("new", cls=Command, epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kind", type=click.Choice(["rest", "smsc"]), help="A REST API, or a connection to an SMSC.")
@click.option("--name", metavar="TEXT", help="The aggregator or operator.")
@click.option("--adapter", metavar="ID", shell_complete=adapter_ids, help="The adapter that it is for.")
@click.option("--country", metavar="CC", help="ISO 3166-1 alpha-2, such as RW.")
@click.option("--vpn", type=click.Choice(["ipsec", "wireguard", "none"]), help="SMSC: the kind of VPN; ipsec.")
@click.option("--protocol", type=click.Choice(["smpp", "ucp_emi", "cimd2"]), help="SMSC: the protocol.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
def new(file: Path, kind: str | None, name: str | None, force: bool, as_json: bool, **facts: str | None) -> None:
    """Begin the dossier FILE.

    It has a line for everything that is asked for, with an example and who owes it. What is not given is asked for on
    a terminal.

    \b
      sms-adapters intake new acme.dossier.toml --kind rest --name Acme --adapter twilio
      sms-adapters intake new telecom.dossier.toml --kind smsc --name "Example Telecom" --protocol smpp
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    from ..intake.blank import begin

    if file.exists() and not force:
        raise click.UsageError(f"{file} is there already: choose another name, or write over it with --force")
    if kind != "smsc" and (facts["vpn"] or facts["protocol"]):
        raise click.UsageError("--vpn and --protocol go with --kind smsc")
    kind = kind or _asked("--kind", "rest or smsc", click.Choice(["rest", "smsc"]))
    name = name or _asked("--name", "the aggregator or operator", click.STRING)
    _write(file, begin(kind=kind, name=name, registry=Registry(), **facts))
    if as_json:
        echo_json({"file": str(file), "kind": kind, "name": name})
    else:
        click.echo(f"{visible(str(file))} is begun: complete its lines, then `sms-adapters intake check {file}`")


def _asked(option: str, what: str, kind: click.ParamType[str]) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"give {option}: {what}")
    answer: str = click.prompt(what[:1].upper() + what[1:], type=kind)
    return answer


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror or error}") from None


def _read(file: Path) -> tuple[Dossier, list[Finding]]:
    from ..intake import findings_of, read_dossier

    registry = Registry()
    dossier = read_dossier(file, registry)
    return dossier, findings_of(dossier, registry, folder=file.parent)


@command.command("check", cls=Command, epilog=EPILOG)
@file_argument
@click.option("--owner", type=click.Choice(["us", "them", "aggregator", "operator"]), help="Only what this side owes.")
@click.option("--secrets", is_flag=True, help="Look whether the variables and keyring entries are there, too.")
@json_option
def check(file: Path, owner: str | None, secrets: bool, as_json: bool) -> int:
    """Tell what the dossier FILE still lacks, and who owes it.

    Ends with status 1 while anything is missing or contradicts itself; warnings leave it complete.
    """
    from ..intake import is_complete
    from ..intake.fields import Owner
    from ..intake.overview import verdict

    dossier, findings = _read(file)
    wanted = {"us": Owner.US, None: None}.get(owner, Owner.THEM)
    if owner in ("aggregator", "operator") and owner != dossier.them:
        raise click.UsageError(f"{file} is about an {dossier.them}, not about an {owner}")
    shown = [item for item in findings if wanted is None or item.owner is wanted]
    unset = _unset(dossier) if secrets else {}
    if as_json:
        found = [item.to_dict(dossier.them) for item in shown]
        echo_json({"file": str(file), "complete": is_complete(findings), "findings": found, "unresolved": unset})
    else:
        for line in (*(item.sentence for item in shown), *(f"{place}: {text}." for place, text in unset.items())):
            click.echo(visible(line))
        click.echo(verdict(dossier, findings))
    return Exit.OK if is_complete(findings) and not unset else Exit.REFUSED


def _unset(dossier: Dossier) -> Mapping[str, str]:
    from ..intake.account import unresolved

    return dict(unresolved(dossier, os.environ))


@command.command("show", cls=Command, epilog=EPILOG)
@file_argument
@json_option
def show(file: Path, as_json: bool) -> None:
    """Show all that the dossier FILE holds, how far the steps are, and what is missing."""
    from ..intake import is_complete
    from ..intake.overview import overview

    dossier, findings = _read(file)
    if as_json:
        found = [item.to_dict(dossier.them) for item in findings]
        values = dossier.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        echo_json({"dossier": values, "complete": is_complete(findings), "findings": found})
    else:
        click.echo(overview(dossier, findings))


@command.command("export", cls=Command, epilog=EPILOG)
@file_argument
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where; FILE's name.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Size of pages.")
@click.option("--pdf/--no-pdf", default=True, help="Write the VPN form as PDF, too.", show_default=True)
@json_option
def export(file: Path, into: Path | None, paper: str, pdf: bool, as_json: bool) -> None:
    """Write what goes to the other side, and the VPN's configuration.

    The letter as Markdown and HTML; for an SMSC behind a VPN the form as HTML and PDF, to be filled in on a screen or
    by hand, and configuration for strongSwan or WireGuard in which no secret stands.
    """
    try:
        from ..intake.export import export as write
    except ModuleNotFoundError as error:
        raise MissingExtra(str(error.name), "intake") from None
    dossier, findings = _read(file)
    folder = into or file.parent / file.name.removesuffix(".toml").removesuffix(".dossier")
    if folder == file:
        folder = file.with_name(f"{file.name}.export")
    try:
        written, left = write(dossier, findings, folder, paper=paper, pdf=pdf)
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error.strerror or error}") from None
    if as_json:
        echo_json({"files": [str(path) for path in written], "left_out": left})
        return
    for path in written:
        click.echo(visible(str(path)))
    for sentence in left:
        click.echo(f"Left out: {visible(sentence)}", err=True)
