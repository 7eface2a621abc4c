"""`make demo`: the sandbox, a small host, and a conversation through nine aggregators and SMSCs.

Everything goes over real HTTP and real SMSC sessions on this machine; nothing leaves it. The page stays until Ctrl-C,
so that you can go on with the conversation; without a terminal it ends by itself. Ends with status 1, and says what did
not happen, unless all of it did.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from appointments import ANSWERS, REMINDER, Appointments

from sms_adapters import Channel, Registry, SmsError
from sms_adapters.channel import now
from sms_adapters.sandbox.client import SandboxClient
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.models import Settings
from sms_adapters.sandbox.serving import running
from sms_adapters.sandbox.timeline import Timeline, wording

ADAPTERS = ("twilio", "vonage", "telnyx", "aws_sns", "africastalking", "kannel", "smpp", "ucp_emi", "cimd2")
COMES, DOES_NOT_COME, NO_NUMBER = "+12025550123", "+12025550124", "+12025550195"
BRISK = Settings(pace=0.1)
PATIENCE = 20.0


@dataclass(slots=True)
class Play:
    """What happened, and a sentence for each thing that did not."""

    timeline: Timeline = field(default_factory=Timeline)
    missing: list[str] = field(default_factory=list)

    def told(self, channel: Channel[Any], what: Any) -> None:
        """A line for what the host sent or heard."""
        if isinstance(what, tuple):
            message, outcome = what
            said = str(outcome) if isinstance(outcome, SmsError) else f"to {message.to}: {message.text}"
            word = type(outcome).__name__.lower() if isinstance(outcome, SmsError) else "accepted"
            self.timeline.add(now(), channel.adapter, "out", word, said)
        else:
            self.timeline.add(now(), channel.adapter, "in", *wording(what))

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what did not happen."""
        if not holds:
            self.missing.append(otherwise)


class Server(uvicorn.Server):
    """uvicorn's, which leaves Ctrl-C to this program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


@asynccontextmanager
async def served(host: Appointments) -> AsyncIterator[str]:
    """The host's webhooks on a free port; gives the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(host.webhooks, log_config=None, access_log=False, lifespan="off")
        server = Server(config)
        task = asyncio.create_task(server.serve([bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


async def converse(sandbox: SandboxClient, host: Appointments, play: Play, adapter: str) -> None:
    """One person comes, one does not, and one number is wrong."""
    channel = host.channels[adapter, "sandbox"]
    refused = await host.remind(channel, NO_NUMBER)
    play.expect(isinstance(refused, SmsError), f"{adapter}: the wrong number was not refused")
    for handset, word in ((COMES, "YES"), (DOES_NOT_COME, "no")):
        await host.remind(channel, handset)
        await heard(sandbox, play, adapter=adapter, handset=handset, text=REMINDER[:20], status="delivered")
        await asyncio.to_thread(sandbox.inject, adapter, handset, word)
        answer = ANSWERS[word.lower()]
        await heard(sandbox, play, adapter=adapter, handset=handset, text=answer, status="delivered")
    await heard(sandbox, play, count=2, adapter=adapter, direction="mo", status="delivered")


async def heard(sandbox: SandboxClient, play: Play, count: int = 1, **wanted: Any) -> None:
    """Wait until the handset has a message, or the host."""
    try:
        await asyncio.to_thread(sandbox.wait_for, count, timeout=PATIENCE, **wanted)
    except AssertionError as error:
        play.missing.append(str(error))


async def perform(sandbox: SandboxClient, play: Play) -> None:
    """The host on all channels, all conversations at once, and the page for as long as somebody may look at it."""
    registry = Registry()
    async with Appointments(play.told) as host, served(host) as url:
        await asyncio.to_thread(sandbox.register_all, url)
        for adapter in ADAPTERS:
            given = sandbox.adapter(adapter).channel
            await host.add(registry.open(given.pop("adapter"), **given))
        await asyncio.gather(*(converse(sandbox, host, play, adapter) for adapter in ADAPTERS))
        print(play.timeline.render())
        for sentence in play.missing:
            print(f"Did not happen: {sentence}", file=sys.stderr)
        answers = sum(1 for entry in play.timeline.entries if entry.what == "message")
        print(f"\n{len(ADAPTERS)} aggregators and SMSCs, {answers} answers of handsets: ", end="")
        print("not all of it happened" if play.missing else "all of it happened")
        if sys.stdin.isatty() and sys.stdout.isatty():
            await stay(sandbox.url)


async def stay(url: str) -> None:
    """Until Ctrl-C."""
    print(f"\nThe phone is at {url}/ : answer as a handset, and the host answers you. Ctrl-C ends it.")
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
    await ended.wait()


def main() -> int:
    """Play, and say whether all of it happened."""
    play = Play()
    with running(lambda: Sandbox(Registry(), settings=BRISK)) as there, SandboxClient(there.url) as sandbox:
        asyncio.run(perform(sandbox, play))
    return 1 if play.missing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
