"""Recording from the command line: the account, the webhook server, and what came of each case."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml  # noqa: F401 - without it, it is better to fail before anything is sent

from ..conformance.accounts import Account, RecordingFailed, live_values, of_environment, published_values
from ..conformance.cases import Evidence, Source
from ..conformance.drift import Drift, adopt, drift_of
from ..conformance.live import Finished, LiveCase, Step, Target, cases_for
from ..conformance.live import record as record_cases
from ..conformance.subject import RECIPIENT, Subject
from ..errors import ConfigError
from ..intake import Dossier, read_dossier
from ..intake.account import open_account
from ..registry import Registry
from ..sandbox.server import serve
from ..tabular import table, visible
from .channel_options import opened, policy
from .exits import Exit
from .options import echo_json

if TYPE_CHECKING:
    from ..channel import AnyChannel

__all__ = ["DRIFT", "record"]

DRIFT = 3
"""Exit status: the aggregator changed something."""
NEVER_ASSIGNED = "+99900000001"
"""Refused by whoever routes: no country has the calling code 999."""
REFUSED_AS = f"{RECIPIENT[:-2]}95"


def record(
    ids: Sequence[str],
    *,
    channels: Path,
    channel: str | None,
    dossier: Path | None,
    to: str | None,
    refused: str | None,
    cases: tuple[str, ...],
    into: Path | None,
    public_url: str | None,
    port: int,
    seconds: float,
    software: str | None,
    evidence: str,
    adopt: bool,
    allow_http: bool,
    allow_private: bool,
    as_json: bool,
) -> int:
    """Record the cases, print what came of each and what changed, and give the exit status."""
    known = read_dossier(dossier) if dossier is not None else None
    found = _of_dossier(ids, dossier, known) if dossier and known else _channel(ids, channels, channel)
    subject = Subject(found.adapter, Registry())
    folder = into or subject.folder
    recipient = _recipient(subject, to or (known.test.number if known else None))
    refused = refused or (known.test.refused if known else None) or NEVER_ASSIGNED
    target = Target(
        subject,
        _account(subject, found, recipient, refused, public_url),
        folder,
        _source(subject, software, evidence),
        recipient,
        refused,
        seconds,
        policy(allow_http=allow_http, allow_private=allow_private),
    )
    finished = _run(target, cases, port)
    drift = drift_of(folder)
    adopted = _adopt(folder) if adopt else ()
    (_print_json if as_json else _show)(finished, drift, adopted)
    if any(item.error for item in finished):
        return Exit.REFUSED
    return DRIFT if drift.changes else Exit.OK


def _of_dossier(ids: Sequence[str], path: Path, dossier: Dossier) -> AnyChannel:
    """The test account's channel, from its dossier."""
    found = open_account(dossier, path, Registry())
    if ids and list(ids) != [found.adapter]:
        raise click.UsageError(f"{path} is about {found.adapter}, not about {', '.join(ids)}")
    return found


def _channel(ids: Sequence[str], path: Path, name: str | None) -> AnyChannel:
    """The test account's channel, from the file or from the environment."""
    if name is not None:
        found = opened(path, name)
        if ids and list(ids) != [found.adapter]:
            raise click.UsageError(f"channel {name!r} is one of {found.adapter}, not of {', '.join(ids)}")
        return found
    if len(ids) != 1:
        mend = "--channel NAME, --dossier FILE, or one adapter whose account is in the environment"
        raise click.UsageError(f"--record needs {mend}")
    registry = Registry()
    adapter = registry.manifest(ids[0]).id
    values = of_environment(adapter, os.environ)
    if not values["config"]:
        mend = f"set SMS_ADAPTERS_{adapter.upper()}_..., or name a channel with --channel"
        raise ConfigError(f"the environment has no account of {adapter}: {mend}")
    return registry.open(adapter, **values)


def _recipient(subject: Subject, to: str | None) -> str:
    found = to or os.environ.get(f"SMS_ADAPTERS_{subject.id.upper()}_TO")
    if not found or not found.startswith("+"):
        raise click.UsageError(
            "--record needs --to NUMBER, the test handset with + and country code (or in the dossier)"
        )
    return found


def _account(subject: Subject, channel: AnyChannel, to: str, refused: str, public_url: str | None) -> Account:
    live = live_values(channel)
    if public_url is not None:
        live["public_url"] = public_url
    test = published_values(subject, live)
    if subject.manifest.webhooks:
        test.setdefault("public_url", published_values(subject, {**live, "public_url": ""})["public_url"])
    return Account(live, test, numbers={to: RECIPIENT, refused: REFUSED_AS})


def _source(subject: Subject, software: str | None, evidence: str) -> Source:
    manifest = subject.manifest
    told = software or " ".join(part for part in (manifest.name, "API", manifest.api_version) if part)
    title = f"{manifest.name}'s {'sandbox' if evidence == 'sandbox' else 'test account'}"
    return Source(Evidence(evidence), title, datetime.now(UTC).date(), manifest.homepage, told)


def _run(target: Target, names: tuple[str, ...], port: int) -> list[Finished]:
    """Record; what a person has to do is told when it is time, and how far the run is."""
    try:
        chosen = cases_for(target.subject, names)
    except RecordingFailed as error:
        raise click.UsageError(str(error)) from None
    if not names:
        chosen = _reachable(target, chosen)
    with _bar(len(chosen)) as bar:
        finished = record_cases(target, chosen, serve=partial(serve, port=port), tell=_teller(bar))
        if bar is not None:
            bar.update(1)
    return finished


def _reachable(target: Target, cases: list[LiveCase]) -> list[LiveCase]:
    """Without the cases whose webhooks could not arrive: an aggregator elsewhere does not reach our loopback."""
    if target.account.live.get("public_url") or target.network.allow_private or not target.subject.manifest.webhooks:
        return cases
    awaiting = [case.name for case in cases if case.awaits is not None]
    if awaiting:
        click.echo(f"Left out without --public-url: {', '.join(awaiting)}", err=True)
    return [case for case in cases if case.awaits is None]


def _bar(total: int) -> Any:
    if not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(
        length=total, file=sys.stderr, label="cases", show_pos=True, item_show_func=lambda name: name or ""
    )


def _teller(bar: Any) -> Callable[[Step], None]:
    def tell(step: Step) -> None:
        if bar is not None:
            bar.update(1 if step.number > 1 else 0, step.case.name)
        else:
            click.echo(f"{step.number}/{step.total} {step.case.name}: {step.case.title}", err=True)
        if step.case.asks:
            click.echo(f"\n{step.case.name}: {step.case.asks}", err=True)

    return tell


_adopt = adopt


def _show(finished: Sequence[Finished], drift: Drift, adopted: Sequence[str]) -> None:
    rows = [(item.case.name, _state(item), item.error or _files(item)) for item in finished]
    click.echo(table(("case", "state", ""), rows))
    if drift.compared:
        click.echo("\n".join(visible(line) for line in drift.to_text().splitlines()))
    if adopted:
        click.echo(f"adopted: {', '.join(adopted)}")


def _state(item: Finished) -> str:
    if item.recorded is None:
        return "not recorded"
    return "recorded beside the old one" if item.recorded.waiting else "recorded"


def _files(item: Finished) -> str:
    files = item.recorded.files if item.recorded else ()
    return ", ".join(f"{path.parent.name}/{path.name}" for path in files if path.suffix in (".yaml", ".http"))


def _print_json(finished: Sequence[Finished], drift: Drift, adopted: Sequence[str]) -> None:
    cases: list[Mapping[str, Any]] = [
        {"case": item.case.name, "state": _state(item), "error": item.error or None, "files": _files(item) or None}
        for item in finished
    ]
    echo_json({"cases": cases, "drift": drift.to_dict(), "adopted": list(adopted)})
