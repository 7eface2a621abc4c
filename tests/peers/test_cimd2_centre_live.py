"""Our `cimd2` adapter against Kannel's CIMD2 test centre: login, submit, enquiry, keep-alive, incoming messages."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cimd2_centre import DELIVERS, PASSWORD, USER, Centre, cimd2_centre

from sms_adapters import (
    AsyncClient,
    AuthError,
    Client,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Registry,
    SmsError,
    Status,
)

pytestmark = pytest.mark.peer

REGISTRY = Registry(installed=False)
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
TO = "+447700900002"


def channel(centre: Centre, **config: Any) -> Any:
    values = {"base_url": centre.url, "username": USER, "password": PASSWORD, **config}
    return REGISTRY.open("cimd2", id="c1", address="12345", country="GB", config=values)


def run(centre: Centre, work: Any, **config: Any) -> Any:
    async def within() -> Any:
        async with AsyncClient(network=OPEN) as client:
            return await work(client, channel(centre, **config))

    return asyncio.run(within())


MESSAGES = [
    OutboundMessage(TO, "Hi £ € [ä] @_$"),
    OutboundMessage(TO, "Привет", flash=True),
    OutboundMessage(TO, "Hi", sender="MyBrand", validity=timedelta(hours=1)),
    OutboundMessage(TO, data=b"\x00\xff", udh=bytes.fromhex("0605040b8423f0")),
    OutboundMessage(TO, "long " * 60),
]


@pytest.mark.parametrize("checksum", [True, False])
def test_messages_of_every_kind_are_accepted(tmp_path: Path, checksum: bool) -> None:
    async def work(client: AsyncClient, opened: Any) -> list[Any]:
        return [await client.send(opened, message) for message in MESSAGES]

    with cimd2_centre(tmp_path, intro="CIMD2-A ConnectionInfo: SessionId = 1") as centre:
        results = run(centre, work, checksum=checksum)
    assert [len(result.parts) for result in results] == [1, 1, 1, 1, 2]
    assert all(part.id and part.id.startswith("447700900002:") for result in results for part in result.parts)


def test_the_account_and_a_message_can_be_asked_for(tmp_path: Path) -> None:
    async def work(client: AsyncClient, opened: Any) -> tuple[Any, Any]:
        account = await client.check_account(opened)
        sent = await client.send(opened, OutboundMessage(TO, "Hi"))
        return account, await client.query_status(opened, sent.id)

    with cimd2_centre(tmp_path) as centre:
        account, report = run(centre, work)
    assert account.name == USER
    # This centre says 0, no report available, for whatever is asked.
    assert (report.status, report.recipient) == (Status.UNKNOWN, TO)


def test_a_wrong_password_is_told_in_the_centres_words(tmp_path: Path) -> None:
    async def work(client: AsyncClient, opened: Any) -> None:
        await client.send(opened, OutboundMessage(TO, "Hi"))

    with cimd2_centre(tmp_path) as centre, pytest.raises(SmsError) as caught:
        run(centre, work, password="wrong-password-1")
    assert isinstance(caught.value, AuthError)
    assert caught.value.provider_code == "100"
    assert "wrong-password-1" not in repr(vars(caught.value))


def test_silence_is_broken_by_keep_alives(tmp_path: Path) -> None:
    async def work(client: AsyncClient, opened: Any) -> Any:
        await client.send(opened, OutboundMessage(TO, "Hi"))
        await asyncio.sleep(1.5)
        return await client.send(opened, OutboundMessage(TO, "Hi"))

    with cimd2_centre(tmp_path) as centre:
        assert run(centre, work, keep_alive=0.4).id
        printed = centre.printed()
    assert printed.count("40:") >= 2 or printed.lower().count("alive") >= 2, printed[-500:]


def test_incoming_messages_are_read_and_acknowledged(tmp_path: Path) -> None:
    events: list[Any] = []

    async def work(client: AsyncClient, opened: Any) -> None:
        def handle(_: Any, receipt: Any) -> None:
            events.extend(receipt.events)

        async with client.listening(opened, handle):
            for _ in range(200):
                await asyncio.sleep(0.1)
                if len(events) >= 2:
                    break

    with cimd2_centre(tmp_path, activity=DELIVERS) as centre:
        run(centre, work)
    assert len(events) >= 2
    assert {type(event) for event in events} == {InboundMessage}
    assert all(event.sender and event.id and event.received_at for event in events)


def test_the_plain_client_does_the_same(tmp_path: Path) -> None:
    with cimd2_centre(tmp_path) as centre, Client(network=OPEN) as client:
        opened = channel(centre)
        assert [client.send(opened, message).id is not None for message in MESSAGES] == [True] * 5
