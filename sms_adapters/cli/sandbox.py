"""`sandbox`: every simulated aggregator on one port, and a phone in the browser."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import click

from .exits import Exit
from .listen import bound_socket
from .options import Command, adapter_ids, json_option

__all__ = ["FAULTS", "PUBLIC_RATE", "command"]

F = TypeVar("F", bound=Callable[..., Any])
PORT = 8025
PUBLIC_RATE = 50.0
"""Requests a second of one address, where other machines can reach the sandbox."""
SMSC_PROFILES = (
    *("good", "hex_id", "padded_id", "bare_error", "ucs2_receipt", "early_receipt"),
    *("small_window", "throttle", "idle_cut", "garbage", "slow"),
)
SHARE = click.FloatRange(0, 1)
SECONDS = click.FloatRange(0, 3600)
FAULTS: tuple[tuple[str, Any, str], ...] = (
    ("latency", SECONDS, "Seconds before each answer."),
    ("error-rate", SHARE, "Share of requests answered with HTTP 500, nothing accepted."),
    ("throttle-rate", SHARE, "Share answered with 429 and Retry-After, nothing accepted."),
    ("reset-rate", SHARE, "Share whose connection is reset, nothing accepted."),
    ("lost-answer-rate", SHARE, "Share that is accepted but never answered."),
    ("slow-body", SECONDS, "Seconds over which each body is stretched."),
)


def fault_options(command: F) -> F:
    """Add the switches of faults."""
    for name, kind, text in reversed(FAULTS):
        command = click.option(f"--{name}", type=kind, default=0.0, help=text)(command)
    profiles = click.Choice([*SMSC_PROFILES])
    help_text = "How SMSCs behave beside the protocol."
    command = click.option("--smsc-profile", type=profiles, default="good", show_default=True, help=help_text)(command)
    return click.option("--webhook-outage", is_flag=True, help="Webhooks wait until the page or API ends it.")(command)


@click.command("sandbox", cls=Command)
@click.argument("adapters", metavar="[ADAPTER]...", nargs=-1, shell_complete=adapter_ids)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 for any free one.")
@click.option(
    "--smsc-port",
    type=click.Choice(["usual", "free"]),
    default="usual",
    show_default=True,
    help="Where SMSCs listen; a usual port that is taken becomes a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option(
    "--db", "path", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep it all in a file."
)
@click.option("--webhooks", metavar="URL", help="The host's base URL: incoming messages go there.")
@click.option("--channel-id", default="sandbox", show_default=True, help="The channels' id in webhook URLs.")
@click.option("--allow-webhooks", multiple=True, metavar="HOST[:PORT]", help="Fire webhooks there as well.")
@click.option("--pace", type=click.FloatRange(0, 100), default=1.0, show_default=True, help="0 lets nothing wait.")
@click.option("--hold", is_flag=True, help="Messages stay queued until a fate is chosen on the page.")
@click.option("--seed", type=int, help="Faults strike alike at each start.")
@click.option("--token", envvar="SMS_ADAPTERS_SANDBOX_TOKEN", show_envvar=True, help="Asked for by page and API.")
@click.option("--host-name", "names", multiple=True, metavar="NAME", help="Serve requests to this name, too.")
@click.option(
    "--rate", type=click.FloatRange(0), help=f"Requests per second of one address; {PUBLIC_RATE:g} if public."
)
@click.option("--largest", type=click.IntRange(1), default=2 << 20, show_default=True, help="Octets of a body.")
@click.option("--tls", nargs=2, type=click.Path(exists=True, dir_okay=False), metavar="CERT KEY", help="Serve https.")
@fault_options
@json_option
def command(adapters: tuple[str, ...], host: str, port: int, as_json: bool, **options: Any) -> int:
    """Serve simulated aggregators, and a phone in the browser.

    Each ADAPTER, by default every one that is installed, is served below /ADAPTER on one port: it authenticates,
    refuses and counts as the aggregator does, and fires signed webhooks. The channels that work with it are printed
    for sms-adapters.toml. The last digits of a number choose what becomes of a message: see the page. Nothing leaves
    the machine, unless a host elsewhere is named. Ctrl-C ends it.
    """
    from .sandboxing import serve

    gc.enable()
    needed = "--token, or $SMS_ADAPTERS_SANDBOX_TOKEN, if that is meant"
    with closing(bound_socket(host, port, public=bool(options["token"]), allow=needed)) as bound:
        smsc_port = None if options["smsc_port"] == "usual" else 0
        serve(bound, adapters, {**options, "smsc_port": smsc_port}, as_json=as_json)
    return Exit.OK
