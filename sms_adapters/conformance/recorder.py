"""Recording a case against a test account: run, scrub, remake, inspect, replay, and only then save.

::

    tape = Tape()
    with serve(tape.receive) as url:  # only where webhooks are awaited
        live = {"config": {...}, "address": "+250...", "public_url": url}
        account = Account(live, test, numbers={"+250...": "+12025550123"})
        message = OutboundMessage("+250...", "Muraho")
        record_case(
            folder,
            "text",
            subject=subject,
            account=account,
            source=source,
            message=message,
            tape=tape,
            until=lambda tape: tape.wait(reported, 60),
        )

The clock of a run stands still and its randomness has a seed; both are in the case's table, so that a replay makes the
same octets. A run that fails, or whose recording cannot be shown to be clean and true, saves nothing.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..channel import now
from ..client import Client
from ..errors import AdapterDefect, SmsError
from ..messages import OutboundMessage
from .accounts import Account, RecordingFailed
from .case_files import save
from .cases import WAITING, Source
from .drafting import Draft, Run
from .frames import LiveSessions, login_of, receive
from .remaking import Deed, perform
from .subject import OPEN, Subject
from .tape import AsyncRecordingTransport, RecordingTransport, Tape

if TYPE_CHECKING:
    from ..network import NetworkPolicy
    from ..transports import Transport

__all__ = [
    "Account",
    "AsyncRecordingTransport",
    "Recorded",
    "RecordingFailed",
    "RecordingTransport",
    "Tape",
    "record_case",
]

Until = Callable[[Tape], object]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The files that a case was saved as, and its outcome; `waiting` if they stand beside older ones."""

    name: str
    files: tuple[Path, ...]
    outcome: Mapping[str, Any]
    waiting: bool = False


def record_case(
    folder: Path,
    name: str,
    *,
    subject: Subject,
    account: Account,
    source: Source,
    message: OutboundMessage | None = None,
    hook: str = "send",
    reference: str | None = None,
    transport: Transport | None = None,
    network: NetworkPolicy = OPEN,
    tape: Tape | None = None,
    until: Until | None = None,
    expects: str | None = None,
    clock: datetime | None = None,
    entropy: str | None = None,
) -> Recorded:
    """Run a hook with the live account, and save what passed as a case below `folder`, an adapter's.

    `message` is to the real number. `tape` is one whose `receive` is served where webhooks are awaited; `until` is
    called after the hook and returns when they have come, or raises. `expects` is the type of the result or error
    without which the run has failed. RecordingFailed or ScrubRefused if nothing was saved.
    """
    moment = (clock or now()).astimezone(UTC).replace(microsecond=0)
    deed = Deed(hook, message, reference)
    run = Run(folder, name, subject, account, deed, moment, entropy or randomness.token_hex(8))
    tape = Tape() if tape is None else tape
    result = _perform(run, tape, transport, network, until)
    if isinstance(result, AdapterDefect) or expects not in (None, type(result).__name__):
        raise RecordingFailed(f"{name}: the outcome is {_told(result)}, where {expects or 'another'} was awaited")
    draft = Draft(run, source, tape, result)
    files = draft.files()
    save(files)
    return Recorded(name, tuple(files), draft.expect, any(path.stem.endswith(WAITING) for path in files))


def _told(result: object) -> str:
    return f"{type(result).__name__}: {result}" if isinstance(result, SmsError) else type(result).__name__


def _perform(run: Run, tape: Tape, transport: Transport | None, network: NetworkPolicy, until: Until | None) -> object:
    """Run the hook with the live account; webhooks are answered by the adapter, at the time at which they come."""
    listening = run.live(clock=now)
    with _carried(run, tape, transport, network) as inner:
        answering = Client(transport=inner, network=network, joiner=None)
        tape.respond = lambda request: receive(answering, listening, request)
        try:
            client = Client(transport=RecordingTransport(inner, tape), network=network)
            result = perform(client, run.live(), run.deed)
            if until is not None:
                until(tape)
        finally:
            tape.respond = None
    return result


@contextmanager
def _carried(run: Run, tape: Tape, transport: Transport | None, network: NetworkPolicy) -> Iterator[Transport]:
    """The transport of a run: one that was given, a new one, or for an SMSC a connection that is listened to."""
    login = login_of(run.live())
    if transport is not None:
        yield transport
    elif login is None:
        with closing(_httpx()) as made:
            yield made
    else:
        with closing(LiveSessions(Client(network=network), run.live(), login)) as sessions, sessions.heard(tape):
            yield sessions


def _httpx() -> Transport:
    from ..transports.httpx import HttpxTransport

    return HttpxTransport()
