"""Options that say where an example is from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import ConfigError
from .options import Command

if TYPE_CHECKING:
    from ..conformance.cases import Source

__all__ = ["ExampleCommand", "described", "source_options", "type_of"]

TYPES = (("{", "application/json"), ("[", "application/json"), ("<", "text/xml"))
F = TypeVar("F", bound=Callable[..., Any])


def source_options(command: F) -> F:
    """Add --title, --url, --seen and --reference."""
    for option in (
        click.option(
            "--reference", is_flag=True, help="The document is the aggregator's own client library or API description."
        ),
        click.option(
            "--seen", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="When it was read; by default today."
        ),
        click.option("--url", metavar="URL", help="Where that document is."),
        click.option("--title", metavar="TEXT", help="The document that shows it, and where in it."),
    ):
        command = option(command)
    return command


class ExampleCommand(Command):
    """A command that writes examples; a configuration that does not fit is the adapter's, not a channels file's."""

    def invoke(self, ctx: click.Context) -> Any:
        """Click's, with such an error as one of usage."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.UsageError(str(error), ctx) from None


def type_of(body: bytes, otherwise: str) -> str:
    """The content type that a body looks like."""
    text = body.lstrip()
    return next((kind for start, kind in TYPES if text.startswith(start.encode())), otherwise)


def described(title: str | None, url: str | None, seen: datetime | None, *, reference: bool) -> Source:
    """What the options say; a usage error unless they say who and where."""
    from ..conformance.cases import Evidence, Source

    if not (title and url):
        raise click.UsageError("what the documents show needs --title and --url: who says so, and where?")
    evidence = Evidence.REFERENCE if reference else Evidence.DOCUMENTED
    return Source(evidence, title, (seen or datetime.now(UTC)).date(), url)
