"""What the probe says of an SMSC, or of something else, that does not do as it should."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from certificates import certified, server_context

from sms_adapters import NetworkPolicy, Registry
from sms_adapters.smsc import cimd
from sms_adapters.smsc.cimd.dialect import CIMD2
from sms_adapters.smsc.dialects import Kind, Reply
from sms_adapters.smsc.listening import session_login
from sms_adapters.smsc.probing import Found, probe
from sms_adapters.smsc.serving import serve
from sms_adapters.smsc.smpp import pdus
from sms_adapters.smsc.smpp.dialect import DIALECT as SMPP
from sms_adapters.smsc.ucp.dialect import UCP

REGISTRY = Registry(installed=False)
DIALECTS: dict[str, Any] = {"smpp": SMPP, "ucp_emi": UCP, "cimd2": CIMD2}
NEAR = NetworkPolicy(allow_private=True)
HOST = "smsc.example.com"


async def found(adapter: str, url: str, policy: NetworkPolicy = NEAR, **config: Any) -> list[Found]:
    """The steps of a probe of that adapter's channel."""
    simulated = REGISTRY.simulator(adapter).config(url)
    values = {**simulated, "connect_timeout": 1, "response_timeout": 1, "window": 5, **config}
    channel = REGISTRY.open(adapter, config=values, id="1", address="+12025550100", country="US")
    login = session_login(channel, channel.plugin.adapter.authenticate(channel))
    return [step async for step in probe(login, channel.config, lambda: policy)]


def steps(found: list[Found]) -> list[tuple[str, bool]]:
    return [(one.step, one.ok) for one in found]


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that does what `serve` does with each connection."""
    tasks: list[asyncio.Task[Any]] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        with suppress(ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(adapter: str, answer: Callable[[Any, Kind, int], list[Any] | None]) -> Serve:
    """An SMSC that answers a frame by frames and their numbers, None closing the connection."""
    dialect = DIALECTS[adapter]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = dialect.reader()
        while data := await reader.read(4096):
            for frame, _ in frames.feed(data):
                for said in answer(frame, dialect.kind(frame), dialect.sequence_of(frame)) or ():
                    if said is None:
                        return
                    writer.write(dialect.encode(*said))

    return serve


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(10)


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hang up at once."""


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(999):
        writer.write(data)


async def garbling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(999):
        writer.write(data[:-4] + b"XX" + data[-1:])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certified(tmp_path_factory.mktemp("keys"), HOST)


@pytest.mark.parametrize(
    ("serve", "says"), [(silent, "does not answer the TLS handshake"), (closing, "closed this one within the TLS")]
)
def test_where_tls_fails_tcp_was_there(serve: Serve, says: str):
    async def check() -> None:
        async with peer(serve) as port:
            told = await found("smpp", f"smpps://127.0.0.1:{port}")
        assert steps(told) == [("name", True), ("tcp", True), ("tls", False)]
        assert says in told[-1].sentence
        assert "may not speak TLS" in told[-1].sentence

    asyncio.run(check())


@pytest.mark.parametrize("adapter", DIALECTS)
def test_a_simulator_of_each_protocol_serves_tls(adapter: str, keys: tuple[Path, Path]):
    async def check() -> None:
        async with serve(REGISTRY.simulator(adapter), tls=server_context(*keys)) as server:
            assert server.url.startswith(f"{DIALECTS[adapter].name}s://")
            told = await found(adapter, server.url, tls_ca_file=keys[0], tls_server_name=HOST)
        assert steps(told) == [(step, True) for step in ("name", "tcp", "tls", "login", "keep-alive", "window")]

    asyncio.run(check())


def test_what_is_wrong_with_a_certificate_names_the_field(keys: tuple[Path, Path], tmp_path: Path):
    async def check() -> None:
        async with peer(silent, server_context(*keys)) as port:
            url = f"smpps://127.0.0.1:{port}"
            assert "tls_ca_file" in (await found("smpp", url))[-1].sentence
            assert "tls_server_name" in (await found("smpp", url, tls_ca_file=keys[0]))[-1].sentence
            missing, junk = tmp_path / "no.pem", tmp_path / "junk.pem"
            junk.write_text("junk")
            for config, says in (
                ({"tls_ca_file": missing}, f"tls_ca_file: {missing} cannot be read"),
                ({"tls_ca_file": junk}, f"tls_ca_file: {junk} holds no certificate"),
                ({"tls_certificate_file": junk}, "tls_certificate_file: no certificate with its key"),
            ):
                told = (await found("smpp", url, **config))[-1]
                assert (told.step, told.ok) == ("configuration", False)
                assert says in told.sentence

    asyncio.run(check())


@contextmanager
def demanding(context: ssl.SSLContext) -> Iterator[int]:
    """A TLS server of OpenSSL's own, which sends its alert before it hangs up."""

    def run() -> None:
        connection, _ = listener.accept()
        with connection, suppress(ssl.SSLError, OSError):
            context.wrap_socket(connection, server_side=True).close()

    with create_server(("127.0.0.1", 0)) as listener:
        worker = threading.Thread(target=run)
        worker.start()
        yield listener.getsockname()[1]
        worker.join()


def test_an_smsc_that_wants_a_certificate_of_ours_is_told(keys: tuple[Path, Path]):
    with demanding(server_context(*keys, client=keys[0])) as port:
        told = asyncio.run(found("smpp", f"smpps://127.0.0.1:{port}", tls_ca_file=keys[0], tls_server_name=HOST))
    assert (told[-1].step, told[-1].ok) == ("tls", False)
    assert "tls_certificate_file" in told[-1].sentence


@pytest.mark.parametrize("adapter", DIALECTS)
def test_an_echo_service_is_no_smsc(adapter: str):
    async def check() -> None:
        async with peer(echo) as port:
            told = await found(adapter, f"{DIALECTS[adapter].name}://127.0.0.1:{port}")
        assert (told[-1].step, told[-1].ok) == ("login", False)
        assert "an echo service" in told[-1].sentence

    asyncio.run(check())


@pytest.mark.parametrize("adapter", DIALECTS)
def test_what_comes_back_of_the_login_is_not_shown(adapter: str):
    async def check() -> None:
        async with peer(garbling) as port:
            url = f"{DIALECTS[adapter].name}://127.0.0.1:{port}"
            told = await found(adapter, url, username="1", password="hunter2", connect_timeout=0.3)
        assert (told[-1].step, told[-1].ok) == ("login", False)
        assert "of our own login" in told[-1].sentence
        assert "hunter" not in told[-1].sentence
        assert "68756E74" not in told[-1].sentence

    asyncio.run(check())


def bound(frame: Any, number: int) -> Any:
    return SMPP.reply_to(frame, Reply.ACCEPTED), number


ANSWERS: list[tuple[str, Callable[..., Any], str, dict[str, Any]]] = [
    ("smpp", lambda frame, kind, n: [bound(frame, n), None], "right after it took the login", {}),
    ("smpp", lambda frame, kind, n: [bound(frame, n), None], "right after it took the login", {"keep_alive": 0}),
    ("smpp", lambda frame, kind, n: [(pdus.GenericNack(status=3), 0)], "ESME_RINVCMDID", {}),
    ("smpp", lambda frame, kind, n: [(pdus.UnbindResp(), n)], "UnbindResp is no answer to BindTransceiver", {}),
    ("smpp", lambda frame, kind, n: [(pdus.GenericNack(), n)], "GenericNack is no answer to BindTransceiver", {}),
    ("cimd2", lambda frame, kind, n: [(cimd.LoginResponse(error="105"), n)], "set window to 1", {}),
    ("cimd2", lambda frame, kind, n: [(cimd.LoginResponse(error="104"), n)], "set window to what", {}),
    ("cimd2", lambda frame, kind, n: [(cimd.Nack(), n)], "could not read the login", {}),
]


@pytest.mark.parametrize(("adapter", "answer", "says", "config"), ANSWERS)
def test_an_answer_that_admits_nobody_is_told(adapter: str, answer: Any, says: str, config: dict[str, Any]):
    async def check() -> None:
        async with peer(answering(adapter, answer)) as port:
            told = await found(adapter, f"{DIALECTS[adapter].name}://127.0.0.1:{port}", **config)
        assert steps(told) == [("name", True), ("tcp", True), ("login", False)]
        assert says in told[-1].sentence
        assert told[-1].to_dict()["bind"] == "transceiver"

    asyncio.run(check())


def test_a_keep_alive_that_is_switched_off_is_not_tried():
    def answer(frame: Any, kind: Kind, number: int) -> list[Any]:
        return [bound(frame, number)] if kind is Kind.LOGIN else []

    async def check() -> None:
        async with peer(answering("smpp", answer)) as port:
            told = await found("smpp", f"smpp://127.0.0.1:{port}", keep_alive=0)
        assert steps(told) == [("name", True), ("tcp", True), ("login", True), ("keep-alive", True)]
        assert "keep_alive is 0" in told[-1].sentence

    asyncio.run(check())


def test_an_address_of_ours_that_is_none_and_one_that_is_not_allowed():
    async def check() -> None:
        async with peer(silent) as port:
            url = f"smpp://127.0.0.1:{port}"
            told = await found("smpp", url, local_address="203.0.113.9")
            assert "local_address: 203.0.113.9" in told[-1].sentence
            told = await found("smpp", url, NetworkPolicy())
            assert steps(told) == [("policy", False)]

    asyncio.run(check())
