"""`conformance`: the suite for adapters, or recordings for it against a test account."""

from __future__ import annotations

import gc
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from .channel_options import channel_names, channels_option, duration, network_options
from .exits import Exit, MissingExtra
from .options import Command, adapter_ids, json_option

__all__ = ["command"]

STATUSES = (
    (Exit.OK, "all checks passed, or all cases were recorded and nothing changed"),
    (Exit.REFUSED, "a check failed, or a case could not be recorded"),
    (Exit.USAGE, "mend the command line, the channels file or the configuration"),
    (3, "recorded, and the aggregator changed something: see the drift"),
    (Exit.DEFECT, "defect of this program"),
    (Exit.INTERRUPTED, "interrupted"),
)
EPILOG = "\n".join(("\b", "Exit status:", *(f"  {int(status):>3}  {meaning}" for status, meaning in STATUSES)))
EXTRA = frozenset({"pytest", "_pytest", "pluggy", "yaml", "vcr", "jinja2"})
"""Modules that come with the extra `conformance`."""
JUDGING = ("checks", "report", "exitfirst", "processes", "dossiers")
RECORDING = ("channel", "to", "refused", "cases", "into", "public_url", "port", "wait", "software", "evidence", "adopt")


@click.command("conformance", cls=Command, epilog=EPILOG)
@click.argument("ids", metavar="[IDS]...", nargs=-1, shell_complete=adapter_ids)
@click.option("--checks", metavar="PREFIX", multiple=True, help="Only checks whose id begins so: SND, SND004.")
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="DIR", help="Write conformance.json and .html there."
)
@click.option("-x", "--exitfirst", is_flag=True, help="Stop at the first failure.")
@click.option("-n", "--processes", type=click.IntRange(1), default=1, metavar="N", help="Run in N processes.")
@click.option(
    "--dossier",
    "dossiers",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The test account's dossier: complete, it makes gold certified. Record: account and number from it.",
)
@click.option("--record", is_flag=True, help="Record against a test account. Sends messages.")
@channels_option
@click.option("--channel", metavar="NAME", shell_complete=channel_names, help="Record: the test account's channel.")
@click.option("--to", metavar="NUMBER", help="Record: the test handset, with + and country code.")
@click.option(
    "--refused", metavar="NUMBER", help="Record: a number that is refused.  [default: the dossier's, or +99900000001]"
)
@click.option("--case", "cases", multiple=True, metavar="NAME", help="Record: only this case; may be repeated.")
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="Record: instead of the adapter's folder.")
@click.option("--public-url", metavar="URL", help="Record: where the aggregator reaches the webhook server.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Record: of that server.")
@click.option(
    "--wait",
    type=duration,
    default="2m",
    show_default=True,
    metavar="DURATION",
    help="Record: for reports and answers.",
)
@click.option("--software", metavar="TEXT", help="Record: the aggregator's software and its version.")
@click.option("--evidence", type=click.Choice(["live", "sandbox"]), default="live", help="Record: what answers.")
@click.option("--adopt", is_flag=True, help="Record: put new recordings in the place of old ones.")
@network_options
@json_option
def command(ids: tuple[str, ...], record: bool, as_json: bool, **options: Any) -> int:
    """Run the conformance suite for the adapters IDS, by default for all.

    Nothing leaves the machine. With --record exchanges and webhooks are recorded instead, against the account of
    --channel in the channels file, of --dossier, or of variables such as SMS_ADAPTERS_TWILIO_AUTH_TOKEN. Secrets
    and numbers are replaced before anything is written. A recording that exists already stays; the new one is written
    beside it as NAME.new, and what changed is told.

    \b
      sms-adapters conformance twilio --checks SND --report out
      sms-adapters conformance twilio --record --channel test --to +12025550123
      sms-adapters conformance --record --dossier acme.dossier.toml
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    gc.enable()
    try:
        if record:
            return _record(ids, as_json=as_json, **options)
        return _judge(ids, as_json=as_json, **{name: options[name] for name in JUDGING})
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise MissingExtra("pytest and vcrpy", "conformance") from None


def _judge(
    ids: tuple[str, ...],
    *,
    checks: tuple[str, ...],
    report: Path | None,
    exitfirst: bool,
    processes: int,
    dossiers: tuple[Path, ...],
    as_json: bool,
) -> int:
    context = click.get_current_context()
    given = [name for name in RECORDING if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    if given:
        raise click.UsageError(f"--{given[0].replace('_', '-')} goes with --record")
    from .judging import judge

    return judge(
        ids, checks=checks, report=report, exitfirst=exitfirst, processes=processes, dossiers=dossiers, as_json=as_json
    )


def _record(
    ids: tuple[str, ...],
    *,
    checks: tuple[str, ...],
    report: Path | None,
    exitfirst: bool,
    processes: int,
    dossiers: tuple[Path, ...],
    wait: timedelta,
    as_json: bool,
    **options: Any,
) -> int:
    if checks or report or exitfirst or processes > 1:
        raise click.UsageError("--checks, --report, -x and -n do not go with --record")
    if len(dossiers) > 1 or (dossiers and options["channel"]):
        raise click.UsageError("--record takes one account: one --dossier, or --channel")
    from .recording import record

    return record(ids, dossier=next(iter(dossiers), None), seconds=wait.total_seconds(), as_json=as_json, **options)
