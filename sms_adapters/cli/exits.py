"""How a command ends: the exit statuses, and the sentence and the mend for every error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import click

from ..errors import (
    AdapterDefect,
    AuthError,
    ConfigError,
    DeliveryUncertain,
    InboundError,
    ProtocolError,
    Rejected,
    SmsError,
    TemporaryFailure,
    Throttled,
    TransportError,
    UnknownAdapter,
    Unsupported,
    Vetoed,
)

__all__ = ["EXITS", "About", "Exit", "Failure", "MissingExtra", "exit_status", "failure_of", "statuses_help"]


class Exit(IntEnum):
    """The statuses of every command."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    LATER = 3
    UNKNOWN = 4
    CREDENTIALS = 5
    DEFECT = 6
    INTERRUPTED = 130


EXITS: Mapping[Exit, str] = {
    Exit.OK: "done",
    Exit.REFUSED: "refused, or a check that failed; it would fail again",
    Exit.USAGE: "mend the command line, the channels file or the configuration",
    Exit.LATER: "nothing was accepted; try again later",
    Exit.UNKNOWN: "outcome unknown, or only a part was accepted: do not send again",
    Exit.CREDENTIALS: "the aggregator refused the credentials",
    Exit.DEFECT: "defect of an adapter or of this program",
    Exit.INTERRUPTED: "interrupted",
}
OUTCOMES: tuple[tuple[type[SmsError], Exit, str], ...] = (
    (UnknownAdapter, Exit.USAGE, "correct the id; a package for another aggregator is made by `sms-adapters new`"),
    (ConfigError, Exit.USAGE, "mend what is named"),
    (AdapterDefect, Exit.DEFECT, "report it to whoever wrote the adapter"),
    (AuthError, Exit.CREDENTIALS, "compare the channel's credentials with the aggregator's console"),
    (Throttled, Exit.LATER, "send more slowly; the message was not accepted and can be sent again"),
    (TemporaryFailure, Exit.LATER, "try again later; the message was not accepted"),
    (TransportError, Exit.LATER, "check the network and the channel's URL; nothing was accepted"),
    (DeliveryUncertain, Exit.UNKNOWN, "look the message up at the aggregator before sending it again"),
    (ProtocolError, Exit.UNKNOWN, "look the message up at the aggregator; its interface may have changed"),
    (Unsupported, Exit.REFUSED, "`sms-adapters list --capability NAME` shows the adapters that offer it"),
    (Vetoed, Exit.REFUSED, "ask whoever runs the plug-in"),
    (Rejected, Exit.REFUSED, "change what was refused; sending the same again is refused again"),
    (InboundError, Exit.REFUSED, "compare the channel's secrets with those at the aggregator"),
    (SmsError, Exit.UNKNOWN, "look the message up at the aggregator before sending it again"),
)
LIBRARIES: Mapping[str, tuple[str, str]] = {
    "fastapi": ("FastAPI", "cli,sandbox"),
    "starlette": ("FastAPI", "cli,sandbox"),
    "uvicorn": ("uvicorn", "cli"),
}
"""Modules of commands that are imported late: what they are called, and the extras that bring them."""
PARTLY = "the parts {ids} were accepted: sending the message again would send them twice"


class About(Exception):
    """An error, and what to tell beside it, such as the id of the message that it concerns."""

    def __init__(self, error: SmsError, **facts: str) -> None:
        super().__init__(error)
        self.error = error
        self.facts = facts


class MissingExtra(click.ClickException):
    """A command needs what is not installed; the extra that brings it."""

    def __init__(self, needed: str, extra: str) -> None:
        super().__init__(f"the command needs {needed}")
        self.mend = f"install sms-adapters[{extra}]"


@dataclass(frozen=True, slots=True)
class Failure:
    """What is told about an error: on stderr `sentence`, `mend` and `facts`, with --json all of it on stdout."""

    status: Exit
    sentence: str
    mend: str
    values: Mapping[str, Any]
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON-ready values."""
        return {**self.values, **self.facts, "exit_status": int(self.status), "mend": self.mend}


def exit_status(error: SmsError) -> Exit:
    """The status for an error; never "try again" once a part was accepted."""
    return Exit.UNKNOWN if error.partial is not None else _outcome(error)[1]


def _outcome(error: SmsError) -> tuple[type[SmsError], Exit, str]:
    return next(row for row in OUTCOMES if isinstance(error, row[0]))


def failure_of(error: Exception) -> Failure:
    """What is told about anything that ends a command."""
    match error:
        case About():
            return replace(failure_of(error.error), facts=error.facts)
        case SmsError():
            return Failure(exit_status(error), str(error), _mend(error), error.to_dict())
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "sms-adapters"
            return _failure(Exit.USAGE, error, error.format_message(), f"see `{command} --help`")
        case MissingExtra():
            return _failure(Exit.USAGE, error, error.format_message(), error.mend)
        case click.ClickException():
            return _failure(Exit.USAGE, error, error.format_message(), "see `sms-adapters --help`")
        case click.Abort():
            return _failure(Exit.INTERRUPTED, error, "interrupted", "")
        case ModuleNotFoundError(name=str(name)) if name in LIBRARIES:
            return failure_of(MissingExtra(*LIBRARIES[name]))
    told = f"{type(error).__name__} in sms-adapters itself"
    return _failure(Exit.DEFECT, error, told, "report it with what `sms-adapters --debug` prints")


def _failure(status: Exit, error: Exception, sentence: str, mend: str) -> Failure:
    values = {"error": type(error).__name__, "message": sentence, "retryable": False}
    return Failure(status, sentence, mend, values)


def _mend(error: SmsError) -> str:
    if error.partial is not None:
        return PARTLY.format(ids=", ".join(error.partial.ids) or "before the failure")
    if isinstance(error, Throttled) and error.retry_after is not None:
        return f"wait {error.retry_after:g} seconds and send again; the message was not accepted"
    return error.mend or _outcome(error)[2]


def statuses_help() -> str:
    """The table of exit statuses for a help text; the mark keeps click from joining its lines."""
    lines = (f"  {status:>3}  {meaning}" for status, meaning in EXITS.items())
    return "\n".join(("\b", "Exit status:", *lines))
