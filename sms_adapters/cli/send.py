"""`send`: one message through a channel, or the requests that would send it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import DeliveryUncertain, SmsError
from ..tabular import visible
from .channel_options import channel_names, channels_option, duration, moment, network_options, opened, policy
from .exits import About
from .options import Command, echo_json, json_option, read_text

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..http import HttpRequest
    from ..messages import OutboundMessage
    from ..network import NetworkPolicy
    from ..results import PartResult, SendResult

__all__ = ["command"]


@click.command("send", cls=Command)
@click.argument("channel", shell_complete=channel_names)
@click.argument("to")
@click.argument("text", required=False)
@channels_option
@click.option("--from", "sender", metavar="SENDER", help="Instead of the channel's address.")
@click.option("--media", multiple=True, metavar="URL", help="Attach what is there; may be repeated.")
@click.option("--quick-reply", "quick_replies", multiple=True, metavar="TEXT", help="Offer an answer; may be repeated.")
@click.option("--flash", is_flag=True, help="Show at once on the handset, without storing.")
@click.option("--validity", type=duration, metavar="DURATION", help="Give up after 90s, 30m, 4h or 2d.")
@click.option("--at", "send_at", type=moment, metavar="TIME", help="Send later, such as 2030-01-31T18:30+02:00.")
@click.option("--encoding", type=click.Choice(["gsm7", "ucs2"]), help="Force one; by default what the text needs.")
@click.option("--transliterate", is_flag=True, help="Let look-alikes replace characters that GSM 7-bit lacks.")
@click.option("--id", "message_id", metavar="ID", help="Your own id of the message; made up if not given.")
@click.option("--dry-run", is_flag=True, help="Print the requests, secrets masked, and send nothing.")
@network_options
@json_option
def command(
    channel: str,
    to: str,
    text: str | None,
    channels: Path,
    dry_run: bool,
    allow_http: bool,
    allow_private: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Send TEXT to the number TO through CHANNEL.

    CHANNEL is a name in the channels file, TO a number with + and country code, or a national one if the channel has a
    country. TEXT "-" is read from stdin, without its last line end; write -- before a text that begins with a dash.

    \b
    The channels file is TOML; secrets come from environment variables:
      [channels.main]
      adapter = "twilio"
      address = "+12025550100"
      [channels.main.config]
      account_sid = "AC00000000000000000000000000000000"
      auth_token = { env = "TWILIO_TOKEN" }
    """  # noqa: D301 - the escape is click's mark for lines that are not to be joined
    if text is None and not options["media"]:
        raise click.UsageError("there is nothing to send: give TEXT, or --media URL")
    message = _message(to, "" if text is None else read_text(text), **options)
    network = policy(allow_http=allow_http, allow_private=allow_private)
    target = opened(channels, channel)
    if dry_run:
        _rehearse(channel, target, message, network, as_json=as_json)
    else:
        _send(channel, target, message, network, as_json=as_json)


def _message(to: str, text: str, *, media: tuple[str, ...], message_id: str | None, **options: Any) -> OutboundMessage:
    from ..messages import Media, OutboundMessage

    if message_id:
        options["id"] = message_id
    return OutboundMessage(to, text, media=tuple(Media(url) for url in media), **options)


def _send(name: str, channel: AnyChannel, message: OutboundMessage, network: NetworkPolicy, *, as_json: bool) -> None:
    from ..messages import event_to_dict

    result = _submitted(channel, message, network)
    if as_json:
        echo_json({**event_to_dict(result), "channel": name, "message_id": message.id})
        return
    for part in result.parts:
        click.echo(f"accepted: {visible(_told(part))}")
    click.echo(f"message id: {visible(message.id)}")


def _submitted(channel: AnyChannel, message: OutboundMessage, network: NetworkPolicy) -> SendResult:
    """The result; a failure goes with the message's id, by which a report or the aggregator's log may still tell."""
    from ..client import Client

    try:
        with Client(network=network) as client:
            return client.send(channel, message)
    except SmsError as error:
        raise About(error, message_id=message.id) from error
    except KeyboardInterrupt:
        doubt = DeliveryUncertain("interrupted before the answer came, and the message may have been accepted")
        raise About(doubt, message_id=message.id) from None


def _told(part: PartResult) -> str:
    known = [part.id or "without an id", str(part.status)]
    if part.segments is not None:
        known.append(f"{part.segments} segment{'s' if part.segments != 1 else ''}")
    if part.price is not None:
        known.append(f"{part.price.amount} {part.price.currency}")
    return ", ".join(known)


def _rehearse(
    name: str, channel: AnyChannel, message: OutboundMessage, network: NetworkPolicy, *, as_json: bool
) -> None:
    from .rehearsal import rehearse

    found = rehearse(channel, message, network)
    if as_json:
        values = {"dry_run": True, "channel": name, "message_id": message.id, "complete": found.complete}
        echo_json(values | {"requests": [_values(request) for request in found.requests]})
    else:
        click.echo("\n\n".join(_shown(request) for request in found.requests))
    if found.note:
        click.echo(f"Note: {found.note}", err=True)


def _body(request: HttpRequest) -> str:
    return request.body.decode("utf-8", "backslashreplace")


def _values(request: HttpRequest) -> dict[str, Any]:
    headers = [list(pair) for pair in request.headers.items()]
    return {"method": request.method, "url": request.url, "headers": headers, "body": _body(request)}


def _shown(request: HttpRequest) -> str:
    head = [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers.items())]
    lines = [*head, "", *_body(request).splitlines()] if request.body else head
    return "\n".join(visible(line) for line in lines)
