"""The main job with a real Kannel on loopback, every step checked.

A channel is opened; a GSM-7 text, a long Unicode text and two that are refused are sent; delivery reports come to the
host's webhook, and so does a reply that is typed into the fake SMSC. Prints what happened as a table. The exit status
is 0 only if all of it happened. Installs Kannel where it is missing, as root.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from kannel import DENIED, PASSWORD, Gateway, Unavailable, kannel_gateway

from sms_adapters import (
    AuthError,
    Client,
    DeliveryReport,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Registry,
    Rejected,
    SmsError,
    Status,
)
from sms_adapters.builtin.kannel.adapter import sms_service
from sms_adapters.channel import now
from sms_adapters.sandbox.timeline import Timeline, wording
from sms_adapters.text import parse_header
from sms_adapters.webhooks.wsgi import WebhookApp

HOST_NUMBER, HANDSET = "+12025550100", "+12025550123"
GSM7_TEXT = "Price: 10€ [a|b] {c} & 50% more = Ünal's?"
LONG_TEXT = " ".join(["Кириллица, العربية, 中文, ไทย и семья 👨‍👩‍👧: всё приходит целиком."] * 4)
REPLY = "Murakoze! 1 < 2 & 100% Жду 👍🏽"
SECRET = "an example secret, 100% ü"
REGISTRY = Registry(installed=False)
LOOPBACK = NetworkPolicy(networks=("127.0.0.0/8",))
PATIENCE = 20.0
SETTLED = 2.0


class Missing(Exception):
    """Something did not happen."""


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Log nothing: the timeline tells what came."""


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Platform:
    """The host: its channel, its webhooks, and what they brought."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.timeline = Timeline()
        self.events: list[Any] = []
        self.channel: Any = None
        self.public_url = ""

    def open(self, base_url: str, password: str = PASSWORD) -> Any:
        config = {"base_url": base_url, "username": "tester", "password": password}
        options = {
            "address": HOST_NUMBER,
            "public_url": self.public_url,
            "callback_secret": "an example secret, 100% ü",
        }
        return REGISTRY.open("kannel", id="demo", config=config, **options)

    def store(self, channel: Any, receipt: Any) -> None:
        for event in receipt.events:
            self.tell("in", *wording(event))
            self.events.append(event)

    def tell(self, direction: str, what: str, detail: str) -> None:
        self.timeline.add(now(), "kannel", direction, what, detail)

    @contextmanager
    def served(self) -> Iterator[None]:
        """Mount the webhooks on a free port of loopback."""
        app = WebhookApp(self.client, lambda route: self.channel if route.channel == "demo" else None, self.store)
        with make_server("127.0.0.1", 0, app, Threaded, Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            self.public_url = f"http://127.0.0.1:{server.server_port}"
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


def until(found: Callable[[], Any], what: str) -> Any:
    """What `found` gives once it gives something; Missing says `what` it would have been."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if value := found():
            return value
        time.sleep(0.05)
    raise Missing(f"{what}, within {PATIENCE:.0f} s")


def send(platform: Platform, gateway: Gateway, name: str, text: str) -> None:
    """Send a text; it has to leave the SMSC whole, and to be reported as sent and as delivered."""
    message = OutboundMessage(HANDSET, text)
    before = len(gateway.sent())
    result = platform.client.send(platform.channel, message)
    platform.tell("out", "accepted", f"{message.id} {name}: {text}")
    until(lambda: arrived(gateway, before) == text, f"{name} leaves the SMSC as it was typed")
    count = len(gateway.sent()) - before
    platform.tell("smsc", "submitted", f"{name}, whole; segments: {count}, requests: {len(result.parts)}")
    until(lambda: {Status.SENT, Status.DELIVERED} <= statuses(platform, message), f"both reports of {name}")


def arrived(gateway: Gateway, before: int) -> str:
    """The text that the SMSC got since `before`, joined by the headers of its segments."""
    found = gateway.sent()[before:]
    ordered = sorted(found, key=lambda part: parse_header(part.udh).concatenation or () if part.udh else ())
    octets = b"".join(part.octets for part in ordered)
    return octets.decode("utf-8" if [part.kind for part in found] == ["text"] else "utf-16-be", "replace")


def statuses(platform: Platform, message: OutboundMessage) -> set[Status]:
    reports = [event for event in platform.events if isinstance(event, DeliveryReport)]
    return {report.status for report in reports if report.message_id == message.id}


def refused(platform: Platform, channel: Any, to: str, kind: type[SmsError]) -> None:
    """Send what Kannel has to refuse with an error of this type."""
    try:
        platform.client.send(channel, OutboundMessage(to, GSM7_TEXT))
    except kind as error:
        platform.tell("out", "refused", f"{type(error).__name__}: {error}")
    else:
        raise Missing(f"a refusal of the message to {to}")


def reply(platform: Platform, gateway: Gateway) -> None:
    """Type a reply; it has to arrive as typed, and nothing may go back to the handset."""
    before = len(gateway.sent())
    platform.tell("handset", "typed", REPLY)
    gateway.type_unicode(HANDSET, HOST_NUMBER, REPLY)

    def found() -> list[str]:
        return [event.text for event in platform.events if isinstance(event, InboundMessage)]

    until(found, "the reply")
    if found() != [REPLY]:
        raise Missing(f"the reply as it was typed, not {found()}")
    time.sleep(SETTLED)
    if gateway.sent()[before:]:
        raise Missing("silence after the reply: the handset got a text back")


def demonstrate(platform: Platform, gateway: Gateway) -> list[str]:
    """Every step, also after one that failed; a sentence for each that did."""
    platform.channel = platform.open(gateway.url)
    platform.tell("", "opened", f"channel 'demo', sender {HOST_NUMBER}, Kannel at {gateway.url}")
    wrong = platform.open(gateway.url, "not the password")
    steps: tuple[Callable[[], None], ...] = (
        lambda: send(platform, gateway, "the GSM-7 text", GSM7_TEXT),
        lambda: send(platform, gateway, "the long Unicode text", LONG_TEXT),
        lambda: refused(platform, wrong, HANDSET, AuthError),
        lambda: refused(platform, platform.channel, DENIED, Rejected),
        lambda: reply(platform, gateway),
    )
    failures = []
    for step in steps:
        try:
            step()
        except (Missing, SmsError) as error:
            failures.append(f"{type(error).__name__}: {error}")
    return failures


def run(state: Path) -> int:
    """Do it all with Kannel's files in `state`; the exit status."""
    with Client(network=LOOPBACK) as client:
        platform = Platform(client)
        with platform.served():
            # The channel as it will be, for its webhook's URL: where Kannel listens is not known yet.
            mo_url = sms_service(platform.open("http://127.0.0.1")).split('get-url = "')[1].rstrip('"\n')
            with kannel_gateway(state, mo_url) as gateway:
                failures = demonstrate(platform, gateway)
    sys.stdout.write(platform.timeline.render() + "\n\n")
    sys.stdout.write("kannel: all of it happened\n" if not failures else "kannel: not all of it happened\n")
    for failure in failures:
        sys.stderr.write(f"Did not happen: {failure}\n")
    return 1 if failures else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 if all of it happened, 1 if not, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(description="The main job with a real Kannel on loopback.")
    parser.add_argument("--state", type=Path, help="keep Kannel's configuration and logs there")
    state = parser.parse_args(arguments).state
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
        signal.signal(ending, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="kannel-") as scratch:
            return run(state or Path(scratch))
    except KeyboardInterrupt:
        return 130
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
