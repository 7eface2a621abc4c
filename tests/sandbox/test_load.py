"""Ten thousand messages from fifty clients, and a sandbox that is killed at work (make test-load)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hosting import OPEN

from sms_adapters import AsyncClient, DeliveryReport, OutboundMessage, Registry, SmsError
from sms_adapters.sandbox.client import SandboxClient
from sms_adapters.transports.aiohttp import AiohttpTransport
from sms_adapters.webhooks.asgi import WebhookReceiver

pytestmark = pytest.mark.load
CLIENTS = 50
MESSAGES = 10_000
REPORTED = 1_000


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    words = [sys.executable, "-m", "sms_adapters", "sandbox", "telnyx", "--port", "0", "--json", *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def channel_of(values: dict[str, Any], **options: Any) -> Any:
    given = {**values["channels"]["telnyx"], **options}
    return Registry().open(given.pop("adapter"), **given)


async def send_all(channel: Any, count: int, acknowledged: dict[str, str]) -> None:
    """`count` messages from `CLIENTS` workers, each with a text of its own; what was accepted, by id."""
    numbers = iter(range(count))

    async def worker(client: AsyncClient) -> None:
        for number in numbers:
            text = f"message {number}"
            result = await client.send(channel, OutboundMessage(f"+1202555{number % 80:04}", text))
            acknowledged[str(result.id)] = text

    async with AsyncClient(transport=AiohttpTransport(), network=OPEN) as client:
        await asyncio.gather(*(worker(client) for _ in range(CLIENTS)))


def kept_in(sandbox: SandboxClient, **filters: Any) -> dict[str, str]:
    """Every message that the sandbox has, page by page: text by the aggregator's id."""
    found: dict[str, str] = {}
    after = 0
    while page := sandbox.messages(after=after, **filters):
        for item in page:
            assert item.provider_id not in found
            found[str(item.provider_id)] = item.text
        after = page[-1].id
    return found


@pytest.mark.parametrize("lasting", [False, True], ids=["memory", "file"])
def test_of_ten_thousand_messages_none_is_lost(tmp_path: Path, lasting: bool) -> None:
    options = ["--db", str(tmp_path / "sandbox.db")] if lasting else []
    acknowledged: dict[str, str] = {}
    with started("--pace", "0.1", *options) as (_, values), SandboxClient(values["url"]) as sandbox:
        asyncio.run(send_all(channel_of(values), MESSAGES, acknowledged))
        assert len(acknowledged) == MESSAGES
        sandbox.wait_for(1, text=f"message {MESSAGES - 1}", status="delivered", timeout=60)
        assert kept_in(sandbox) == acknowledged
        assert kept_in(sandbox, status="delivered").keys() == acknowledged.keys()


def test_every_report_of_a_thousand_messages_arrives_in_order() -> None:
    acknowledged: dict[str, str] = {}
    reports: dict[str, list[str]] = {}

    async def run(values: dict[str, Any]) -> None:
        host = uvicorn.Server(uvicorn.Config(None, port=0, log_config=None, access_log=False, lifespan="off"))  # type: ignore[arg-type]
        channels: list[Any] = []

        def handle(_: Any, receipt: Any) -> None:
            for event in receipt.events:
                if isinstance(event, DeliveryReport):
                    reports.setdefault(str(event.id), []).append(event.status.value)

        async with AsyncClient(network=OPEN) as receiving:
            host.config.app = WebhookReceiver(receiving, lambda _: channels[0], handle)
            serving = asyncio.create_task(host.serve())
            while not host.started:
                await asyncio.sleep(0.01)
            port = host.servers[0].sockets[0].getsockname()[1]
            channels.append(channel_of(values, public_url=f"http://127.0.0.1:{port}"))
            await send_all(channels[0], REPORTED, acknowledged)
            with suppress(TimeoutError):
                async with asyncio.timeout(60):
                    while sum(map(len, reports.values())) < 2 * REPORTED:
                        await asyncio.sleep(0.05)
            host.should_exit = True
            await serving

    with started("--pace", "0") as (_, values):
        asyncio.run(run(values))
    assert reports.keys() == acknowledged.keys()
    assert {tuple(found) for found in reports.values()} == {("sent", "delivered")}


def test_a_killed_sandbox_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    kept = str(tmp_path / "sandbox.db")
    acknowledged: dict[str, str] = {}

    async def until_killed(values: dict[str, Any], process: subprocess.Popen[str]) -> None:
        sending = asyncio.create_task(send_all(channel_of(values), 10**9, acknowledged))
        goal = len(acknowledged) + 300
        while len(acknowledged) < goal and not sending.done():
            await asyncio.sleep(0.001)
        process.kill()
        with pytest.raises(SmsError):
            await sending

    for _ in range(3):
        before = len(acknowledged)
        with started("--db", kept) as (process, values):
            asyncio.run(until_killed(values, process))
        assert len(acknowledged) >= before + 300
    with started("--db", kept) as (_, values), SandboxClient(values["url"]) as sandbox:
        found = kept_in(sandbox)
    assert {identity: found.get(identity) for identity in acknowledged} == acknowledged
