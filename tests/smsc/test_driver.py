"""The driver on loopback: connections, TLS, the network policy, and SMSCs that misbehave."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from certificates import certified, server_context
from pydantic import SecretStr
from toy_smsc import Line, ToyDialect, ToySession, ToySmsc, toy_session_channel
from watching import Watcher

from sms_adapters import (
    AdapterConfig,
    AsyncClient,
    AuthError,
    Client,
    ConfigError,
    DeliverRequest,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Rejected,
    Throttled,
    TransportError,
)
from sms_adapters.joining import PartJoiner
from sms_adapters.smsc import dialling, listening
from sms_adapters.smsc.dialects import BindMode, Outcome, Verdict
from sms_adapters.smsc.serving import PROFILES, Profile, SmscServer, serve, serving
from sms_adapters.smsc.states import State

TO = "+12025550123"
NEAR = NetworkPolicy(allow_private=True)
SILENT = Profile("answers nothing", delay=1000)
PLAIN_PROFILES = sorted(set(PROFILES) - {"idle_cut"})


def run(check: Awaitable[None]) -> None:
    async def within() -> None:
        async with asyncio.timeout(30):
            await check

    asyncio.run(within())


async def until(true: Callable[[], Any]) -> None:
    while not true():
        await asyncio.sleep(0.005)


class Store:
    """A host's database."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.fail = 0

    def __call__(self, channel: Any, receipt: Any) -> None:
        if self.fail:
            self.fail -= 1
            raise RuntimeError("the database is down")
        self.events.extend(receipt.events)


def test_a_message_goes_out_and_its_report_and_an_answer_come_in():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel, store = toy_session_channel(base_url=server.url), Store()
            async with client.listening(channel, store):
                result = await client.send(channel, OutboundMessage(TO, "Muraho"))
                server.inbound(TO, "+12025550100", "Yego")
                await until(lambda: server.delivered == 3)
            assert [type(one) for one in store.events] == [DeliveryReport, DeliveryReport, InboundMessage]
            assert {one.id for one in store.events[:2]} == {result.id}
            assert store.events[2].text == "Yego"
        assert server.peers == []

    run(check())


def test_many_at_once_go_out_in_few_writes_and_none_is_lost():
    async def check() -> None:
        smsc = ToySmsc()
        async with serve(smsc, reports=False) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, window=15)
            results = await asyncio.gather(
                *(client.send(channel, OutboundMessage(TO, str(number))) for number in range(500))
            )
        assert [one.text for one in smsc.accepted] == [str(number) for number in range(500)]
        assert len({result.id for result in results}) == 500

    run(check())


@pytest.mark.parametrize("name", PLAIN_PROFILES)
def test_the_driver_copes_with_a_bad_smsc(name: str):
    async def check() -> None:
        smsc = ToySmsc()
        async with serve(smsc, PROFILES[name]) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, window=8, throttle_retries=20)
            store = Store()
            async with client.listening(channel, store):
                sends = (client.send(channel, OutboundMessage(TO, str(number))) for number in range(25))
                results = await asyncio.gather(*sends)
                await until(lambda: server.delivered == 50)
        assert len(smsc.accepted) == 25
        assert {one.id for one in store.events} == {result.id for result in results}

    run(check())


def test_an_smsc_that_hangs_up_when_idle_is_kept_by_keep_alives_or_found_again():
    async def check() -> None:
        watcher = Watcher()
        async with (
            serve(ToySmsc(), replace(PROFILES["idle_cut"], idle=2.0)) as server,
            AsyncClient(network=NEAR, plugins=[watcher]) as client,
        ):
            kept = toy_session_channel(base_url=server.url, keep_alive=0.25)
            await client.send(kept, OutboundMessage(TO, "one"))
            await asyncio.sleep(2.5)
            await client.send(kept, OutboundMessage(TO, "two"))
            assert watcher.reasons(State.LOST) == []
            lost = toy_session_channel(base_url=server.url, keep_alive=0, reconnect_first=0.1, id="other")
            await client.send(lost, OutboundMessage(TO, "three"))
            await until(lambda: watcher.reasons(State.LOST))
            await client.send(lost, OutboundMessage(TO, "four"))
        assert [one.text for one in server.simulator.accepted] == ["one", "two", "three", "four"]

    run(check())


def test_a_lost_response_is_in_doubt_and_the_next_message_finds_a_new_connection():
    async def check() -> None:
        smsc = ToySmsc()
        async with serve(smsc) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, reconnect_first=0.05)
            with pytest.raises(DeliveryUncertain):
                await client.send(channel, OutboundMessage("+12025550190", "Hi"))
            assert (await client.send(channel, OutboundMessage(TO, "Hi"))).id
        assert len(smsc.accepted) == 2

    run(check())


def test_an_error_has_the_octets_that_decided():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            with pytest.raises(Rejected) as caught:
                await client.send(toy_session_channel(base_url=server.url), OutboundMessage("+12025550195", "Hi"))
        assert caught.value.request.raw.startswith(b"SUBMIT 1 0 +12025550195|")
        assert caught.value.response.raw.endswith(b" 3 \n")

    run(check())


def test_what_the_host_does_not_store_comes_again():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel, store = toy_session_channel(base_url=server.url), Store()
            store.fail = 2
            server.inbound(TO, "+12025550100", "Yego")
            async with client.listening(channel, store):
                await until(lambda: server.delivered)
        assert [one.text for one in store.events] == ["Yego"]
        assert store.fail == 0

    run(check())


def test_a_delivery_whose_handling_was_cancelled_comes_again():
    events: list[Any] = []
    cancelled = iter([True])

    async def handle(channel: Any, receipt: Any) -> None:
        if next(cancelled, False):
            raise asyncio.CancelledError
        events.extend(receipt.events)

    async def check() -> None:
        async with (
            serve(ToySmsc()) as server,
            AsyncClient(network=NEAR) as client,
            client.listening(toy_session_channel(base_url=server.url), handle),
        ):
            server.inbound(TO, "+12025550100", "Yego")
            await until(lambda: server.delivered)
        assert [one.text for one in events] == ["Yego"]

    run(check())


def test_without_a_listener_nothing_is_acknowledged():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel, store = toy_session_channel(base_url=server.url), Store()
            await client.send(channel, OutboundMessage(TO, "Hi"))
            await asyncio.sleep(0.1)
            assert server.delivered == 0
            async with client.listening(channel, store):
                await until(lambda: server.delivered == 2)
        assert len(store.events) == 2

    run(check())


def test_a_channel_has_one_listener():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel, store = toy_session_channel(base_url=server.url), Store()
            async with client.listening(channel, store):
                with pytest.raises(ConfigError, match="listens to channel '5e55' already"):
                    async with client.listening(channel, Store()):
                        pass
                server.inbound(TO, "+12025550100", "Yego")
                await until(lambda: store.events)
            async with client.listening(channel, store):
                pass

    run(check())


def test_who_listens_keeps_a_connection_open_that_carries_nothing():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, idle_limit=0.1)
            async with client.listening(channel, Store()):
                await until(lambda: server.peers)
                [peer] = server.peers
                await asyncio.sleep(0.4)
                assert server.peers == [peer]
            await until(lambda: not server.peers)

    run(check())


def test_who_listens_hears_on_the_connections_of_a_changed_configuration():
    async def check() -> None:
        async with serve(ToySmsc(), reports=False) as server, AsyncClient(network=NEAR) as client:
            channel, store = toy_session_channel(base_url=server.url), Store()
            async with client.listening(channel, store):
                await until(lambda: server.peers)
                [old] = server.peers
                await client.send(toy_session_channel(base_url=server.url, window=3), OutboundMessage(TO, "Hi"))
                await until(lambda: old not in server.peers)
                server.inbound(TO, "+12025550100", "Yego")
                await until(lambda: server.delivered)
        assert [one.text for one in store.events] == ["Yego"]

    run(check())


PART = DeliverRequest(Line("DELIVER", ("part", TO, "+12025550100", "Yego", "1")))


def test_a_part_without_the_others_is_handed_over_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listening, "EVERY", 0.05)
    joiner = partial(PartJoiner, timedelta(seconds=0.1))

    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR, joiner=joiner()) as client:
            store = Store()
            store.fail = 1
            async with client.listening(toy_session_channel(base_url=server.url), store):
                server.push(PART)
                await until(lambda: store.events)
            assert [(one.text, one.incomplete) for one in store.events] == [("Yego", True)]

    run(check())
    with serving(ToySmsc()) as server, Client(network=NEAR, joiner=joiner()) as client:
        store = Store()
        with client.listening(toy_session_channel(base_url=server.url), store):
            server.soon(server.push, PART)
            while not store.events:
                time.sleep(0.01)
        assert [(one.text, one.incomplete) for one in store.events] == [("Yego", True)]


def test_an_async_handle_is_awaited_before_the_answer():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            go, seen = asyncio.Event(), []

            async def handle(channel: Any, receipt: Any) -> None:
                seen.extend(receipt.events)
                await go.wait()

            async with client.listening(toy_session_channel(base_url=server.url), handle):
                server.inbound(TO, "+12025550100", "Yego")
                await until(lambda: seen)
                await asyncio.sleep(0.05)
                assert server.delivered == 0
                go.set()
                await until(lambda: server.delivered)

    run(check())


def test_transmitter_and_receiver_are_two_connections():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            modes = (BindMode.TRANSMITTER, BindMode.RECEIVER)
            channel, store = toy_session_channel(base_url=server.url, modes=modes), Store()
            async with client.listening(channel, store):
                await client.send(channel, OutboundMessage(TO, "Hi"))
                await until(lambda: server.delivered == 2)
                assert {peer.mode for peer in server.peers} == set(modes)

    run(check())


def test_a_check_of_the_account_is_a_test_of_the_bind():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            assert (await client.check_account(toy_session_channel(base_url=server.url))).name == "toy-user"
            wrong = toy_session_channel(base_url=server.url, password="another-secret-9", id="wrong")
            with pytest.raises(AuthError) as caught:
                await client.check_account(wrong)
            assert "another-secret-9" not in repr(vars(caught.value))

    run(check())


def test_an_smsc_that_quotes_the_password_gives_it_to_no_log_and_no_plugin(caplog: pytest.LogCaptureFixture):
    class Talkative(ToyDialect):
        def outcome(self, frame: Line) -> Outcome:
            return Outcome(Verdict.AUTH, "4", "password another-secret-9 is wrong")

    class Adapter(ToySession):
        dialect = Talkative()

    async def check() -> None:
        watcher = Watcher()
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR, plugins=[watcher]) as client:
            channel = toy_session_channel(Adapter(), base_url=server.url, password="another-secret-9")
            with pytest.raises(AuthError) as caught:
                await client.check_account(channel)
        assert "password *** is wrong" in watcher.reasons(State.LOST)[0]
        assert "another-secret-9" not in f"{caught.value}{watcher.health}{caplog.text}"

    run(check())


def test_a_changed_configuration_gets_connections_of_its_own():
    async def check() -> None:
        async with serve(ToySmsc()) as first, serve(ToySmsc()) as second, AsyncClient(network=NEAR) as client:
            await client.send(toy_session_channel(base_url=first.url), OutboundMessage(TO, "one"))
            await client.send(toy_session_channel(base_url=second.url), OutboundMessage(TO, "two"))
            await until(lambda: not first.peers)
            assert len(second.peers) == 1
        assert [one.text for one in (*first.simulator.accepted, *second.simulator.accepted)] == ["one", "two"]

    run(check())


# Where a connection may lead.


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback has one address")
def test_the_next_address_of_a_name_is_tried_where_the_first_takes_no_connection(monkeypatch: pytest.MonkeyPatch):
    async def found(*_: Any) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(dialling, "resolve", found)

    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            assert (await client.send(toy_session_channel(base_url=server.url), OutboundMessage(TO, "Hi"))).id

    run(check())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback has one address")
def test_a_connection_comes_from_the_address_that_the_operator_knows():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url, local_address="127.0.0.3")
            await client.send(channel, OutboundMessage(TO, "Hi"))
            [peer] = server.peers
            assert peer.transport.get_extra_info("peername")[0] == "127.0.0.3"

    run(check())


def test_without_a_port_the_protocols_own_is_meant():
    config = toy_session_channel(base_url="toy://smsc.example.com").config
    assert dialling.address_of(config, ToyDialect()) == ("smsc.example.com", ToyDialect.port, False)


def test_a_private_address_has_to_be_allowed():
    async def check() -> None:
        async with serve(ToySmsc()) as server:
            channel = toy_session_channel(base_url=server.url)
            async with AsyncClient() as client:
                with pytest.raises(ConfigError, match="not a public address"):
                    await client.send(channel, OutboundMessage(TO, "Hi"))
                assert server.peers == []
            async with AsyncClient(network=NetworkPolicy(networks=("127.0.0.0/8",))) as client:
                assert (await client.send(channel, OutboundMessage(TO, "Hi"))).id

    run(check())


def test_a_name_that_leads_to_a_private_address_is_refused_as_well():
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient() as client:
            channel = toy_session_channel(base_url=f"toy://localhost:{server.port}")
            with pytest.raises(ConfigError, match="not a public address"):
                await client.send(channel, OutboundMessage(TO, "Hi"))

    run(check())


def test_the_scheme_of_another_protocol_is_a_mistake():
    async def check() -> None:
        async with AsyncClient(network=NEAR) as client:
            with pytest.raises(ConfigError, match="toy://host:port"):
                await client.send(toy_session_channel(base_url="smpp://127.0.0.1:1"), OutboundMessage(TO, "Hi"))

    run(check())


def test_nothing_that_listens_is_told_at_once_and_unsent(unused: int):
    async def check() -> None:
        async with AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=f"toy://127.0.0.1:{unused}")
            for _ in range(2):
                with pytest.raises(TransportError, match="refuses connections") as caught:
                    await client.send(channel, OutboundMessage(TO, "Hi"))
                assert (caught.value.sent, caught.value.retryable) == (False, True)

    run(check())


@pytest.fixture
def unused() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# TLS.


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: certified(folder, name) for name in ("smsc.example.com", "us.example.org")}


def _tls(keys: Any, server: SmscServer, **config: Any) -> Any:
    address = f"toys://127.0.0.1:{server.port}"
    return toy_session_channel(base_url=address, tls_server_name="smsc.example.com", **config)


def test_tls_is_verified_against_the_operators_own_authority(keys: Any):
    async def check() -> None:
        certificate, key = keys["smsc.example.com"]
        context = server_context(certificate, key)
        async with serve(ToySmsc(), tls=context) as server, AsyncClient(network=NEAR) as client:
            sent = await client.send(_tls(keys, server, tls_ca_file=certificate), OutboundMessage(TO, "Hi"))
            assert sent.id
            unknown = _tls(keys, server, id="unknown")
            with pytest.raises(TransportError, match=r"certificate of 'smsc\.example\.com' is not accepted"):
                await client.send(unknown, OutboundMessage(TO, "Hi"))
            named = toy_session_channel(base_url=f"toys://127.0.0.1:{server.port}", tls_ca_file=certificate, id="named")
            with pytest.raises(TransportError, match="not accepted"):
                await client.send(named, OutboundMessage(TO, "Hi"))
            unverified = _tls(keys, server, tls_verify=False, id="unverified")
            assert (await client.send(unverified, OutboundMessage(TO, "Hi"))).id

    run(check())


def test_a_client_certificate_is_shown_where_one_is_asked_for(keys: Any):
    async def check() -> None:
        (certificate, key), (ours, our_key) = keys["smsc.example.com"], keys["us.example.org"]
        context = server_context(certificate, key, ours)
        async with serve(ToySmsc(), tls=context) as server, AsyncClient(network=NEAR) as client:
            channel = _tls(keys, server, tls_ca_file=certificate, tls_certificate_file=ours, tls_key_file=our_key)
            assert (await client.send(channel, OutboundMessage(TO, "Hi"))).id
            without = _tls(keys, server, tls_ca_file=certificate, id="without")
            with pytest.raises((TransportError, DeliveryUncertain)):
                await client.send(without, OutboundMessage(TO, "Hi"))

    run(check())


def test_tls_with_an_smsc_that_speaks_none_and_files_that_are_none_are_told_in_words(tmp_path: Path):
    async def check() -> None:
        async with serve(ToySmsc()) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=f"toys://127.0.0.1:{server.port}", connect_timeout=3)
            with pytest.raises(TransportError):
                await client.send(channel, OutboundMessage(TO, "Hi"))
            broken = toy_session_channel(base_url=channel.config.base_url, tls_ca_file=tmp_path / "no.pem", id="b")
            with pytest.raises(ConfigError, match=r"tls_ca_file: .*no\.pem cannot be read"):
                await client.send(broken, OutboundMessage(TO, "Hi"))

    run(check())


# The sync client.


def test_the_sync_client_sends_from_many_threads_over_one_connection():
    smsc = ToySmsc()
    with serving(smsc, reports=False) as server, Client(network=NEAR) as client:
        channel, ids = toy_session_channel(base_url=server.url, window=15), []

        def send() -> None:
            ids.extend(client.send(channel, OutboundMessage(TO, "Hi")).id for _ in range(25))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.peers) == 1
        with pytest.raises(Throttled):
            client.send(
                toy_session_channel(base_url=server.url, id="t", throttle_retries=0),
                OutboundMessage("+12025550196", "Hi"),
            )
    assert len(set(ids)) == len(smsc.accepted) == 200
    assert not [one for one in threading.enumerate() if one.name.startswith(("sms-adapters", "simulated", "asyncio"))]


def test_the_sync_client_listens_on_a_thread_or_in_place():
    with serving(ToySmsc()) as server, Client(network=NEAR) as client:
        channel, store, done = toy_session_channel(base_url=server.url), Store(), threading.Event()

        def handle(channel: Any, receipt: Any) -> None:
            store(channel, receipt)
            if len(store.events) == 3:
                done.set()

        store.fail = 1
        with client.listening(channel, handle):
            client.send(channel, OutboundMessage(TO, "Hi"))
            server.soon(server.inbound, TO, "+12025550100", "Yego")
            assert done.wait(10)

        def interrupt(channel: Any, receipt: Any) -> None:
            raise KeyboardInterrupt

        server.soon(server.inbound, TO, "+12025550100", "Oya")
        with pytest.raises(KeyboardInterrupt):
            client.listen(channel, interrupt)


def test_a_closed_client_sends_nothing_and_a_rest_channel_cannot_be_listened_to():
    with serving(ToySmsc()) as server:
        client = Client(network=NEAR)
        channel = toy_session_channel(base_url=server.url)
        client.send(channel, OutboundMessage(TO, "Hi"))
        client.close()
        with pytest.raises(TransportError, match="closed"):
            client.send(channel, OutboundMessage(TO, "Hi"))
        from scripted import toy_channel

        with Client() as client, pytest.raises(ConfigError, match="webhooks"):
            client.listen(toy_channel(), Store())


def test_an_adapter_without_a_session_configuration_is_told_so():
    class Odd(ToySession):
        class Config(AdapterConfig):
            base_url: str = "toy://127.0.0.1:1"
            connections: int = 1
            modes: tuple[BindMode, ...] = (BindMode.TRANSCEIVER,)
            username: str = "toy-user"
            password: SecretStr = SecretStr("toy-password-1")

    with Client(network=NEAR) as client, pytest.raises(ConfigError, match="SessionConfig"):
        client.send(toy_session_channel(Odd()), OutboundMessage(TO, "Hi"))


def test_a_channel_that_is_deleted_is_logged_out_and_connects_again_when_it_is_used():
    async def check() -> None:
        async with serve(ToySmsc(), reports=False) as server, AsyncClient(network=NEAR) as client:
            channel = toy_session_channel(base_url=server.url)
            await client.disconnect(channel)
            await client.send(channel, OutboundMessage(TO, "one"))
            await client.disconnect(channel)
            await until(lambda: not server.peers)
            assert (await client.send(channel, OutboundMessage(TO, "two"))).id

    run(check())
    with serving(ToySmsc(), reports=False) as server, Client(network=NEAR) as client:
        channel = toy_session_channel(base_url=server.url)
        client.disconnect(channel)
        client.send(channel, OutboundMessage(TO, "one"))
        client.disconnect(channel)
        assert client.send(channel, OutboundMessage(TO, "two")).id


def test_a_send_that_is_cancelled_keeps_no_connection_waiting():
    async def check() -> None:
        async with serve(ToySmsc(), SILENT) as server:
            async with AsyncClient(network=NEAR) as client:
                channel = toy_session_channel(base_url=server.url, response_timeout=60)
                sending = asyncio.create_task(client.send(channel, OutboundMessage(TO, "Hi")))
                await until(lambda: server.peers and server.peers[0]._unanswered)
                sending.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await sending
            assert server.simulator.accepted == []

    run(check())


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, whatever a command that ran in this process before has made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_a_response_is_awaited_ends_at_once():
    with serving(ToySmsc(), SILENT) as server, Client(network=NEAR) as client:
        channel = toy_session_channel(base_url=server.url, response_timeout=60)
        main, ended = threading.get_ident(), threading.Event()

        def interrupt() -> None:
            while not (server.peers and server.peers[0]._unanswered):
                time.sleep(0.005)
            signal.pthread_kill(main, signal.SIGINT)
            while not ended.wait(2):  # one that comes just before a thread blocks is seen by Python only afterwards
                signal.pthread_kill(main, signal.SIGINT)

        def send() -> None:
            try:
                client.send(channel, OutboundMessage(TO, "Hi"))
            finally:
                ended.set()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            send()
        thread.join()
