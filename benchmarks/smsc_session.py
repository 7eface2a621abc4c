"""Submitting over SMPP: our session and clients against smpplib and a bare `struct` loop, in one run.

Every client talks to the same server, a process of its own: one that reads no more of a submit_sm than its header, or
with `--node FOLDER` node-smpp, which is installed there by `npm install smpp`. Prints messages per second at windows of
50 and 100, as a share of the bare loop and as a multiple of smpplib (left out where it is not installed: `pip install
smpplib`), and CPU of this process per message, which other work on the machine disturbs less. `--million` also sends a
million messages through `AsyncClient` and prints rate and memory of each tenth. `--json` for machines.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import multiprocessing
import random
import resource
import socket
import statistics
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from sms_adapters import AsyncClient, Client, Login, NetworkPolicy, OutboundMessage, Registry
from sms_adapters.smsc.backlog import Backlog
from sms_adapters.smsc.config import SessionConfig
from sms_adapters.smsc.driver import Driver
from sms_adapters.smsc.session import Session
from sms_adapters.smsc.smpp.dialect import SmppDialect
from sms_adapters.smsc.smpp.pdus import SubmitSm

TEXT = (
    "Your appointment on Monday at nine is confirmed. "
    "Answer STOP to hear no more from us, or call us on the number you know."
)
SENDER, RECIPIENT = "MyBrand", "447700900002"
HEADER = struct.Struct(">IIII")
SUBMIT, SUBMIT_RESP, RESPONSE = 4, 0x80000004, 0x80000000
OPEN = NetworkPolicy(allow_private=True)
Case = Callable[[int, int, int], float]


class Server(asyncio.Protocol):
    """Answers whatever comes: a message id for a submission, an empty body for all else."""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.held, self.count = transport, b"", 0

    def data_received(self, data: bytes) -> None:
        data, start, out = self.held + data, 0, []
        while len(data) - start >= 16:
            length, command, _, sequence = HEADER.unpack_from(data, start)
            if len(data) - start < length:
                break
            start += length
            if command == SUBMIT:
                self.count += 1
                body = b"%016x\0" % self.count
                out.append(HEADER.pack(16 + len(body), SUBMIT_RESP, 0, sequence) + body)
            elif not command & RESPONSE:
                body = b"SMSC\0" if command in (1, 2, 9) else b""
                out.append(HEADER.pack(16 + len(body), command | RESPONSE, 0, sequence) + body)
        self.held = data[start:]
        self.transport.write(b"".join(out))


def _serve(pipe: Any) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())


NODE = """
const smpp = require("smpp");
let count = 0;
const server = smpp.createServer({}, (session) => {
  session.on("error", () => session.destroy());
  session.on("pdu", (pdu) => {
    if (pdu.isResponse()) return;
    session.send(pdu.response(pdu.command === "submit_sm" ? { message_id: String(++count) } : { system_id: "SMSC" }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@contextmanager
def served(node: str | None = None) -> Any:
    """The port of a running server."""
    if node is not None:
        with subprocess.Popen(["node", "-e", NODE], cwd=node, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield int(process.stdout.readline())
            finally:
                process.kill()
        return
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=_serve, args=(theirs,), daemon=True)
    child.start()
    try:
        yield ours.recv()
    finally:
        child.kill()
        child.join()


def packed(number: int, text: bytes) -> bytes:
    fields = (SENDER.encode(), RECIPIENT.encode())
    size = 33 + len(fields[0]) + len(fields[1]) + len(text)
    return b"".join(
        (
            HEADER.pack(size, SUBMIT, 0, number),
            b"\0\5\0%b\0\1\1%b\0" % fields,
            struct.pack("9B", 0, 0, 0, 0, 0, 1, 0, 0, 0),
            bytes((len(text),)),
            text,
        )
    )


def bare(port: int, window: int, count: int) -> float:
    """A blocking socket and `struct`: no bookkeeping beyond the count of what is unanswered."""
    text, sent, answered, held, ids = TEXT.encode(), 0, 0, b"", []
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bind = b"user\0password\0\0\x34\0\0\0"
        wire.sendall(HEADER.pack(16 + len(bind), 9, 0, 1) + bind)
        wire.recv(4096)
        start = time.perf_counter()
        while answered < count:
            room = min(window - (sent - answered), count - sent)
            if room:
                wire.sendall(b"".join([packed(sent + number + 2, text) for number in range(room)]))
                sent += room
            held += wire.recv(65536)
            at = 0
            while len(held) - at >= 16:
                length, _, status, _ = HEADER.unpack_from(held, at)
                if len(held) - at < length:
                    break
                assert not status
                ids.append(held[at + 16 : at + length - 1].decode())
                at += length
                answered += 1
            held = held[at:]
        return count / (time.perf_counter() - start)


def with_smpplib(port: int, window: int, count: int) -> float:
    """smpplib's client; it has no window, so this keeps one."""
    import smpplib.client
    import smpplib.consts

    client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
    answered, text = [0], TEXT.encode()

    def sent(pdu: Any) -> None:
        assert pdu.message_id
        answered[0] += 1

    client.set_message_sent_handler(sent)
    client.connect()
    client._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.bind_transceiver(system_id="user", password="password")
    start, number = time.perf_counter(), 0
    while answered[0] < count:
        while number < count and number - answered[0] < window:
            client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
                source_addr=SENDER,
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
                destination_addr=RECIPIENT,
                registered_delivery=True,
                short_message=text,
            )
            number += 1
        client.read_once()
    rate = count / (time.perf_counter() - start)
    client.unbind()
    client.disconnect()
    return rate


def our_session(port: int, window: int, count: int) -> float:
    """Session and driver, without adapter, engine and client."""

    async def run() -> float:
        config = SessionConfig(base_url=f"smpp://127.0.0.1:{port}", username="user", password="password", window=window)
        login = Login(SmppDialect(), "user", "password")
        backlog = Backlog(1e9)
        session = Session(login, config, backlog, random.random)
        driver = Driver(session, lambda: None, lambda *_: None, lambda _: None)
        loop, text, numbers = asyncio.get_running_loop(), TEXT.encode(), iter(range(count))

        async def worker() -> None:
            for _ in numbers:
                frame = SubmitSm(
                    source_addr_ton=5,
                    source_addr=SENDER,
                    dest_addr_ton=1,
                    dest_addr_npi=1,
                    destination_addr=RECIPIENT,
                    registered_delivery=1,
                    short_message=text,
                )
                future: Any = loop.create_future()
                backlog.put(frame, future, loop.time())
                driver.pump()
                assert (await future).frame.message_id

        driver.open()
        while session.state != "bound":
            await asyncio.sleep(0.001)
        start = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(window)))
        rate = count / (time.perf_counter() - start)
        await driver.close()
        return rate

    return asyncio.run(run())


def channel_of(port: int, window: int) -> Any:
    config = {"base_url": f"smpp://127.0.0.1:{port}", "username": "user", "password": "password", "window": window}
    return Registry().open("smpp", id="1", config=config, address=SENDER)


def our_async_client(port: int, window: int, count: int, *, told: Callable[[int], None] | None = None) -> float:
    async def run() -> float:
        numbers = iter(range(count))
        async with AsyncClient(network=OPEN) as client:
            channel = channel_of(port, window)

            async def worker() -> None:
                for number in numbers:
                    assert (await client.send(channel, OutboundMessage("+" + RECIPIENT, TEXT))).id
                    if told is not None:
                        told(number)

            await client.send(channel, OutboundMessage("+" + RECIPIENT, TEXT))
            start = time.perf_counter()
            await asyncio.gather(*(worker() for _ in range(window)))
            return count / (time.perf_counter() - start)

    return asyncio.run(run())


def our_client(port: int, window: int, count: int) -> float:
    """As many threads as the window holds."""
    with Client(network=OPEN) as client:
        channel, each = channel_of(port, window), count // window

        def work() -> None:
            for _ in range(each):
                assert client.send(channel, OutboundMessage("+" + RECIPIENT, TEXT)).id

        client.send(channel, OutboundMessage("+" + RECIPIENT, TEXT))
        threads = [threading.Thread(target=work) for _ in range(window)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return each * window / (time.perf_counter() - start)


CASES: dict[str, Case] = {
    "bare struct loop": bare,
    "smpplib": with_smpplib,
    "our session": our_session,
    "AsyncClient.send": our_async_client,
    "Client.send, a thread for each place in the window": our_client,
}


def million(port: int, count: int) -> list[dict[str, float]]:
    """Rate and memory of each tenth."""
    tenths: list[dict[str, float]] = []
    last = time.perf_counter()

    def told(number: int) -> None:
        nonlocal last
        if (number + 1) % (count // 10) == 0:
            now = time.perf_counter()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            tenths.append({"messages": number + 1, "rate": round(count / 10 / (now - last)), "memory_mb": memory})
            last = now

    our_async_client(port, 50, count, told=told)
    return tenths


def measured(case: Case, port: int, window: int, count: int) -> tuple[float, float]:
    """Messages per second, and microseconds of CPU for each."""
    before = time.process_time()
    rate = case(port, window, count)
    return rate, (time.process_time() - before) / count * 1e6


def measure(count: int, repeats: int, node: str | None) -> dict[str, dict[str, Any]]:
    rates: dict[str, dict[str, Any]] = {}
    for window in (50, 100):
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
        if importlib.util.find_spec("smpplib") is None:
            found.pop("smpplib")
        with served(node) as port:
            for _ in range(repeats):  # one after the other within each round: the machine's mood is shared
                for name, figures in found.items():
                    figures.append(measured(CASES[name], port, window, count))
        rates[str(window)] = {
            name: {
                "rate": round(statistics.median(rate for rate, _ in figures)),
                "cpu_us": round(statistics.median(cpu for _, cpu in figures), 1),
            }
            for name, figures in found.items()
        }
    return rates


def show(rates: dict[str, dict[str, Any]]) -> None:
    for window, found in rates.items():
        print(f"window {window}")
        for name, figures in found.items():
            rate = figures["rate"]
            share = f"{rate / found['bare struct loop']['rate']:.2f} of the bare loop"
            times = f", {rate / found['smpplib']['rate']:.2f} x smpplib" if "smpplib" in found else ""
            print(f"  {name:<52} {rate:>8}/s  {figures['cpu_us']:>6} us CPU  {share}{times}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--node", metavar="FOLDER")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result: dict[str, Any] = {"rates": measure(options.count, options.repeats, options.node)}
    if options.million:
        with served() as port:
            result["million"] = million(port, 1_000_000)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    show(result["rates"])
    for tenth in result.get("million", ()):
        print(f"  {tenth['messages']:>9} messages  {tenth['rate']:>6}/s  {tenth['memory_mb']:.1f} MB at most")


if __name__ == "__main__":
    main()
