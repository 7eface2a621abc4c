"""The command `sms-adapters`; needs the extra `cli`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command with `args`, by default those of the process, and exit with its status; see `exits.Exit`."""
    # A command imports and parses a lot and makes few cycles: the collector would look through it all for nothing.
    # What runs longer turns it on again.
    gc.disable()
    try:
        from .app import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "click":
            raise
        print("The command needs click: install sms-adapters[cli]", file=sys.stderr)
        raise SystemExit(2) from None
    _tolerate_narrow_terminals()
    cli.main(args)
    raise AssertionError("click ends with SystemExit")


def _tolerate_narrow_terminals() -> None:
    """A terminal that is not UTF-8 gets escapes for what it cannot show, where it would get a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
