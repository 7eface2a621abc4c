"""Sessions as a client holds them: what a bind cannot do, addresses, forks, and peers that do not read."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from test_driver import NEAR, TO, Store, run, until
from toy_smsc import Line, ToySmsc, toy_session_channel

from sms_adapters import AsyncClient, Client, ConfigError, DeliverRequest, OutboundMessage
from sms_adapters.smsc import dialling
from sms_adapters.smsc.dialects import BindMode
from sms_adapters.smsc.driver import MOST_UNREAD, Driver, Wire
from sms_adapters.smsc.serving import serve, serving

RECEIVER, TRANSMITTER = (BindMode.RECEIVER,), (BindMode.TRANSMITTER,)


def test_a_channel_that_only_receives_sends_nothing_and_says_what_to_mend():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, modes=RECEIVER)
            with pytest.raises(ConfigError, match=r"'5e55' binds as receiver only: to send, choose another bind"):
                await client.send(channel, OutboundMessage(TO, "Hi"))
            assert (await client.check_account(channel)).name == "toy-user"
            assert [peer.mode for peer in server.peers] == [BindMode.RECEIVER]

    run(check())
    with (
        serving(ToySmsc()) as server,
        Client(network=NEAR) as client,
        pytest.raises(ConfigError, match="binds as receiver only"),
    ):
        client.send(toy_session_channel(base_url=server.url, modes=RECEIVER), OutboundMessage(TO, "Hi"))


def test_a_channel_that_only_sends_cannot_be_listened_to():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, modes=TRANSMITTER)
            with pytest.raises(ConfigError, match=r"binds as transmitter only: to receive, choose another bind"):
                await client.listen(channel, Store())
            assert (await client.send(channel, OutboundMessage(TO, "Hi"))).id

    run(check())
    with (
        serving(ToySmsc()) as server,
        Client(network=NEAR) as client,
        pytest.raises(ConfigError, match="binds as transmitter only"),
    ):
        client.listen(toy_session_channel(base_url=server.url, modes=TRANSMITTER), Store())


def test_a_listener_of_a_channel_that_was_changed_to_send_only_is_told_in_the_log(caplog: pytest.LogCaptureFixture):
    async def check() -> None:
        async with (
            serve(ToySmsc(), reports=False) as server,
            AsyncClient(network=NEAR) as client,
            client.listening(toy_session_channel(base_url=server.url), Store()),
        ):
            await until(lambda: server.peers)
            [old] = server.peers
            changed = toy_session_channel(base_url=server.url, modes=TRANSMITTER)
            assert (await client.send(changed, OutboundMessage(TO, "Hi"))).id
            await until(lambda: old not in server.peers)
        assert "nothing more is received" in caplog.text

    run(check())


def part(number: int) -> DeliverRequest:
    return DeliverRequest(Line("DELIVER", ("part", TO, "+12025550100", f"part {number} ", str(number))))


def test_parts_that_were_acknowledged_are_handed_over_when_who_listens_goes(caplog: pytest.LogCaptureFixture):
    async def check() -> None:
        store = Store()
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url)
            async with client.listening(channel, store):
                server.push(part(1))
                await until(lambda: server.delivered)
                store.fail = 1
            assert "was not stored" in caplog.text
            async with client.listening(channel, store):
                pass
        assert [(one.text, one.incomplete) for one in store.events] == [("part 1 ", True)]

    run(check())
    with serving(ToySmsc()) as server, Client(network=NEAR) as client:
        store = Store()
        with client.listening(toy_session_channel(base_url=server.url), store):
            server.soon(server.push, part(2))
            while not server.delivered:
                time.sleep(0.01)
        assert [(one.text, one.incomplete) for one in store.events] == [("part 2 ", True)]


def test_who_goes_has_handled_what_came_before():
    async def check() -> None:
        store, began, go = Store(), asyncio.Event(), asyncio.Event()

        async def handle(channel: Any, receipt: Any) -> None:
            began.set()
            await go.wait()
            store(channel, receipt)

        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            async with client.listening(toy_session_channel(base_url=server.url), handle):
                server.inbound(TO, "+12025550100", "Yego")
                await began.wait()
                asyncio.get_running_loop().call_later(0.05, go.set)
            assert [one.text for one in store.events] == ["Yego"]

    run(check())


def test_who_goes_leaves_the_connections_of_a_changed_configuration_as_well():
    async def check() -> None:
        async with serve(ToySmsc(), reports=False) as server, AsyncClient(network=NEAR) as client:
            changed = toy_session_channel(base_url=server.url, window=3)
            async with client.listening(toy_session_channel(base_url=server.url), Store()):
                await client.send(changed, OutboundMessage(TO, "Hi"))
            async with client.listening(changed, Store()):
                pass

    run(check())
    with serving(ToySmsc(), reports=False) as server, Client(network=NEAR) as client:
        changed = toy_session_channel(base_url=server.url, window=3)
        with client.listening(toy_session_channel(base_url=server.url), Store()):
            client.send(changed, OutboundMessage(TO, "Hi"))
        with client.listening(changed, Store()):
            pass


def test_an_address_that_is_silent_holds_up_the_next_no_longer_than_its_share(monkeypatch: pytest.MonkeyPatch):
    connect, tried = dialling._connect, []

    async def found(*_: Any) -> list[str]:
        return ["192.0.2.1", "127.0.0.1"]

    async def first_silent(make: Any, ip: str, *rest: Any) -> None:
        tried.append(ip)
        await (connect(make, ip, *rest) if ip == "127.0.0.1" else asyncio.Event().wait())

    monkeypatch.setattr(dialling, "resolve", found)
    monkeypatch.setattr(dialling, "_connect", first_silent)

    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, connect_timeout=0.6)
            assert (await client.send(channel, OutboundMessage(TO, "Hi"))).id
        assert tried == ["192.0.2.1", "127.0.0.1"]

    run(check())


FORK = """
import os, sys
sys.path.insert(0, {folder!r})
from test_driver import NEAR, TO
from toy_smsc import ToySmsc, toy_session_channel
from sms_adapters import Client, OutboundMessage
from sms_adapters.smsc.serving import serving

with serving(ToySmsc(), reports=False) as server:
    client = Client(network=NEAR)
    channel = toy_session_channel(base_url=server.url)
    client.send(channel, OutboundMessage(TO, "parent"))
    [peer] = server.peers
    child = os.fork()
    if not child:
        try:
            client.send(channel, OutboundMessage(TO, "child"))
            client.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    client.send(channel, OutboundMessage(TO, "parent again"))
    assert server.peers == [peer], server.peers
    client.close()
    print([one.text for one in server.simulator.accepted])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_sends_by_connections_of_its_own():
    script = FORK.format(folder=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "['parent', 'child', 'parent again']\n", done.stderr


class Pipe(asyncio.Transport):
    """A transport whose other end reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.held, self.reading = 0, True

    def write(self, data: Any) -> None:
        self.held += len(data)

    def get_write_buffer_size(self) -> int:
        return self.held

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def test_of_an_smsc_that_reads_nothing_and_asks_on_nothing_is_read_until_it_does():
    driver = cast("Driver", SimpleNamespace(session=SimpleNamespace(full=False), pump=lambda: None))
    wire, pipe = Wire(driver), Pipe()
    wire.transport = pipe
    wire.write(b"x" * MOST_UNREAD)
    assert pipe.reading
    wire.write(b"x")
    assert not pipe.reading
    wire.resume_writing()
    assert pipe.reading
