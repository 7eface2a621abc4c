"""The intake: nothing is answered before it is committed, and what came together is committed together."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sms_adapters import Registry, WebhookRequest
from sms_adapters.http import Headers
from sms_adapters.sandbox import ledger
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.intake import Taken
from sms_adapters.sandbox.records import Place, Traffic
from sms_adapters.simulation import SimulatedMessage

TOGETHER = 20
URL = "http://127.0.0.1/telnyx/v2/messages"


@asynccontextmanager
async def started(path: Path | None) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(Registry(installed=False), adapters=["telnyx"], path=path)
    await sandbox.start("http://127.0.0.1")
    try:
        yield sandbox
    finally:
        await sandbox.stop()


def request(sandbox: Sandbox, text: str) -> WebhookRequest:
    key = sandbox.aggregators["telnyx"].config["api_key"]
    body = json.dumps({"from": "+12025550100", "to": "+12025550123", "text": text}).encode()
    headers = Headers({"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    return WebhookRequest("POST", "http://127.0.0.1/v2/messages", headers, body)


def answers(sandbox: Sandbox, texts: list[str]) -> list[asyncio.Task[Any]]:
    aggregator = sandbox.aggregators["telnyx"]
    return [asyncio.create_task(sandbox.answer(aggregator, request(sandbox, text), URL)) for text in texts]


async def texts_in(sandbox: Sandbox) -> list[str]:
    found = await sandbox.store.run(lambda database: ledger.messages(database, ledger.Wanted({}, ascending=True)))
    return [item["text"] for item in found]


@pytest.mark.parametrize("alone", [False, True])
def test_no_answer_is_given_before_the_commit(tmp_path: Path, alone: bool) -> None:
    gate = threading.Event()

    async def run() -> None:
        async with started(tmp_path / "sandbox.db") as sandbox:
            sandbox.intake.alone = lambda: alone
            busy = asyncio.create_task(sandbox.store.run(lambda _: gate.wait(30)))
            given = answers(sandbox, [f"message {number}" for number in range(TOGETHER)])
            try:
                done, _ = await asyncio.wait(given, timeout=0.2)
                assert not done
            finally:
                gate.set()
            assert {answer.status for answer in await asyncio.gather(*given)} == {200}
            assert await busy
            assert await texts_in(sandbox) == [f"message {number}" for number in range(TOGETHER)]

    asyncio.run(run())


def test_what_came_in_one_turn_is_one_transaction() -> None:
    async def run() -> list[str]:
        async with started(None) as sandbox:
            begun: list[str] = []

            def trace(database: sqlite3.Connection) -> None:
                database.set_trace_callback(lambda said: begun.append(said) if said == "BEGIN" else None)

            await sandbox.store.run(trace)
            await asyncio.gather(*answers(sandbox, [f"message {number}" for number in range(TOGETHER)]))
            return begun

    assert len(asyncio.run(run())) == 1


@pytest.mark.parametrize("lasting", [False, True], ids=["memory", "file"])
def test_what_cannot_be_kept_keeps_nothing_else_from_being_so(tmp_path: Path, lasting: bool) -> None:
    def taken(sandbox: Sandbox, number: int, text: str) -> Taken:
        aggregator, message = sandbox.aggregators["telnyx"], SimulatedMessage(str(number), "+12025550123", "", text)
        row = aggregator.taken(number, message, "2026-01-01T00:00:00+00:00", number, lasting)
        traffic = Traffic(request(sandbox, text), URL, None, None, Place("to_aggregator", row.at, 1, number, "telnyx"))
        return Taken(aggregator, traffic, [message], [row])

    async def run() -> tuple[list[Any], list[str]]:
        async with started(tmp_path / "sandbox.db" if lasting else None) as sandbox:
            given = [taken(sandbox, number, f"message {number}") for number in (1, 2, 3)]
            given[1].rows[0].text = "\ud800"  # no database stores half of a surrogate pair
            outcomes = await asyncio.gather(*map(sandbox.intake.take, given), return_exceptions=True)
            return outcomes, await texts_in(sandbox)

    outcomes, kept = asyncio.run(run())
    assert kept == ["message 1", "message 3"]
    assert outcomes[0] is outcomes[2] is None
    assert isinstance(outcomes[1], UnicodeEncodeError | sqlite3.Error)
