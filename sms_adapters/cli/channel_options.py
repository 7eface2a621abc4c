"""What the commands that use a channel share: their options, completions and kinds of values."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..channels_file import DEFAULT, VARIABLE, read_channels
from ..errors import ConfigError, SmsError
from ..registry import Registry
from ..tabular import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..channel import AnyChannel
    from ..network import NetworkPolicy

__all__ = ["channel_names", "channels_option", "duration", "moment", "network_options", "opened", "policy"]

F = TypeVar("F", bound=Callable[..., Any])
UNITS: Mapping[str, str] = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def channel_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of channels that begin so, with their adapters; from the file of --channels where it is given."""
    try:
        entries = read_channels(ctx.params.get("channels") or _default_path()).entries
    except SmsError:
        return []
    from click.shell_completion import CompletionItem

    found = (entry for name, entry in entries.items() if name.startswith(incomplete))
    return [CompletionItem(entry.name, help=entry.adapter) for entry in found]


def duration(value: str) -> timedelta:
    """A length of time such as 90s, 30m, 4h or 2d; more than nothing."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", value)
    if match is None or not int(match[1]):
        raise click.BadParameter(f"{value!r} is no length of time: write 90s, 30m, 4h or 2d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def moment(value: str) -> datetime:
    """A time in ISO 8601 with its offset."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time: write 2030-01-31T18:30+02:00") from None
    if found.tzinfo is None:
        raise click.BadParameter(f"{value!r} has no offset: end it in Z, +02:00 or the like")
    return found


def _default_path() -> Path:
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def channels_option(command: F) -> F:
    """Add --channels as `channels`, the path of the file; read before the arguments, which complete from it."""
    return click.option(
        "--channels",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=_default_path,
        is_eager=True,
        help=f"The channels file; ${VARIABLE}, else {DEFAULT} here.",
    )(command)


def network_options(command: F) -> F:
    """Add --allow-http and --allow-private: where a channel's own URLs may lead."""
    for name, text in (
        ("--allow-private", "Let a channel's URL lead to a private or loopback address."),
        ("--allow-http", "Let a channel's URL be plain http."),
    ):
        command = click.option(name, is_flag=True, help=text)(command)
    return command


def policy(*, allow_http: bool, allow_private: bool) -> NetworkPolicy:
    """The network policy that the options ask for; what it refuses names the option that would allow it."""
    from ..network import IPAddress, NetworkPolicy

    class Policy(NetworkPolicy):
        __slots__ = ()

        def check_url(self, url: str) -> None:
            with _naming("--allow-http", "https"):
                super().check_url(url)

        def check_address(self, address: str | IPAddress, host: str) -> None:
            with _naming("--allow-private", "a public address"):
                super().check_address(address, host)

    return Policy(allow_private=allow_private, allow_http=allow_http)


@contextmanager
def _naming(option: str, better: str) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        error.mend = error.mend or f"use {better}, or allow it with {option} if it is meant"
        raise


def opened(path: Path, name: str) -> AnyChannel:
    """The channel `name` of a channels file; what is unwise about it is told on stderr."""
    registry, file = Registry(), read_channels(path)
    channel = file.open(name, registry)
    for warning in file.warnings(name, registry):
        click.echo(f"Warning: {visible(warning)}", err=True)
    return channel
