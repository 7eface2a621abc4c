"""Sending a Twilio message: our clients against HTTP libraries used bare, in one run.

The floor is the same form post through the bare library, form encoding and JSON parsing included. `fast bare` is our
own transport without the engine and the adapter around it. Twilio's library is the one to beat by half: it may take
at least 1.5 times our CPU, so we at most 0.67 of its. Connections are open before a turn begins. `--json` for
machines; pyreqwest is measured as well where it is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

import aiohttp
import httpx
from installed import make_installed
from loopback import loopback
from turns import Case, Target, judged, print_cases, print_targets, take_turns

from sms_adapters import AsyncClient, Client, NetworkPolicy, OutboundMessage, Registry
from sms_adapters.http import FORM, Headers, HttpRequest
from sms_adapters.transports.fast import FastTransport
from sms_adapters.transports.httpx import AsyncHttpxTransport

try:
    from pyreqwest.client import ClientBuilder
except ImportError:
    ClientBuilder = None

SID, TOKEN = "AC" + "0" * 32, "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TO, FROM, TEXT = "+12025550123", "+12025550100", "Your code is 123456. It is valid for five minutes."
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
HEADERS = {"Content-Type": FORM, "Authorization": "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()}
One: TypeAlias = Callable[[int], Awaitable[None]]
AT_ONCE = (10, 100)

TARGETS = [
    Target("Client", "httpx bare", 1.15),
    Target("Client, 150 adapters", "httpx bare", 1.15),
    *[Target(f"AsyncClient fast, {limit}", f"aiohttp bare, {limit}", 1.3) for limit in AT_ONCE],
    *[Target(f"AsyncClient fast, {limit}", f"pyreqwest bare, {limit}", 1.3) for limit in AT_ONCE],
    *[Target(f"AsyncClient fast, {limit}", f"fast bare, {limit}", None) for limit in AT_ONCE],
    *[Target(f"AsyncClient fast, {limit}", f"twilio's async client, {limit}", 1 / 1.5) for limit in AT_ONCE],
    Target("AsyncClient, 100", "AsyncClient, 10", 1.0, "wall"),
    Target("AsyncClient, 100", "AsyncClient, 10", None),
]


def target(url: str) -> str:
    return f"{url}/2010-04-01/Accounts/{SID}/Messages.json"


def fields(index: int) -> dict[str, str]:
    callback = f"https://sms.example.org/c/twilio/1/status?id={index}"
    return {"To": TO, "From": FROM, "Body": TEXT, "StatusCallback": callback}


def channel_of(url: str, registry: Registry) -> Any:
    config = {"account_sid": SID, "auth_token": TOKEN, "base_url": url}
    return registry.open("twilio", id="1", config=config, address=FROM, public_url="https://sms.example.org")


def bare_httpx(url: str) -> Case:
    client = httpx.Client(trust_env=False)

    def run(count: int) -> None:
        for index in range(count):
            assert client.post(target(url), data=fields(index), auth=(SID, TOKEN)).json()["sid"]

    return run


def our_client(url: str, registry: Registry) -> Case:
    client, channel = Client(network=OPEN), channel_of(url, registry)

    def run(count: int) -> None:
        for index in range(count):
            assert client.send(channel, OutboundMessage(to=TO, text=TEXT, id=str(index))).id

    return run


@contextmanager
def crowded() -> Iterator[Registry]:
    """A registry that finds 150 adapters more."""
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, str(make_installed(Path(folder))))
        try:
            registry = Registry()
            assert len(registry.listings()) > 150
            yield registry
        finally:
            sys.path.remove(folder)


# --- one message each, of clients that are made in the loop


def bare_aiohttp(url: str, limit: int) -> tuple[One, Any]:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit))

    async def one(index: int) -> None:
        async with session.post(target(url), data=urlencode(fields(index)).encode(), headers=HEADERS) as answer:
            assert json.loads(await answer.read())["sid"]

    return one, session.close


def bare_pyreqwest(url: str, _limit: int) -> tuple[One, Any]:
    client = ClientBuilder().build()

    async def one(index: int) -> None:
        request = client.post(target(url)).headers(HEADERS).body_text(urlencode(fields(index))).build()
        assert json.loads(bytes(await (await request.send()).bytes()))["sid"]

    return one, client.close


def bare_fast(url: str, limit: int) -> tuple[One, Any]:
    transport, headers = FastTransport(connections=limit), Headers(HEADERS)

    async def one(index: int) -> None:
        answer = await transport.send(HttpRequest("POST", target(url), headers, urlencode(fields(index)).encode()))
        assert json.loads(answer.body)["sid"]

    return one, transport.aclose


def our_async(make: Callable[..., Any]) -> Callable[..., tuple[One, Any]]:
    def made(url: str, limit: int) -> tuple[One, Any]:
        client, channel = AsyncClient(transport=make(connections=limit), network=OPEN), channel_of(url, Registry())

        async def one(index: int) -> None:
            assert (await client.send(channel, OutboundMessage(to=TO, text=TEXT, id=str(index)))).id

        return one, client.aclose

    return made


def twilio_async(url: str, _limit: int) -> tuple[One, Any]:
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client as Sdk

    class Local(AsyncTwilioHttpClient):
        async def request(self, method: str, address: str, *args: Any, **kwargs: Any) -> Any:
            return await super().request(method, address.replace("https://api.twilio.com", url), *args, **kwargs)

    transport = Local()
    sdk = Sdk(SID, TOKEN, http_client=transport)

    async def one(index: int) -> None:
        callback = fields(index)["StatusCallback"]
        assert (await sdk.messages.create_async(to=TO, from_=FROM, body=TEXT, status_callback=callback)).sid

    return one, transport.close


def at_once(make: Callable[..., tuple[One, Any]], url: str, limit: int, stack: ExitStack) -> Case:
    """`limit` workers that share the messages, in a loop that lives as long as the client."""
    runner = stack.enter_context(asyncio.Runner())

    async def start() -> tuple[One, Any]:
        return make(url, limit)

    one, close = runner.run(start())
    stack.callback(lambda: runner.run(close()))

    async def go(count: int) -> None:
        numbers = iter(range(count))

        async def worker() -> None:
            for index in numbers:
                await one(index)

        await asyncio.gather(*(worker() for _ in range(limit)))

    return lambda count: runner.run(go(count))


def cases(url: str, stack: ExitStack) -> dict[str, Case]:
    found: dict[str, Case] = {
        "httpx bare": bare_httpx(url),
        "Client": our_client(url, Registry()),
        "Client, 150 adapters": our_client(url, stack.enter_context(crowded())),
    }
    kinds = {
        "aiohttp bare": bare_aiohttp,
        "fast bare": bare_fast,
        "AsyncClient fast": our_async(FastTransport),
        "twilio's async client": twilio_async,
        "AsyncClient": our_async(AsyncHttpxTransport),
    }
    if ClientBuilder:
        kinds["pyreqwest bare"] = bare_pyreqwest
    for limit in AT_ONCE:
        found |= {f"{name}, {limit}": at_once(make, url, limit, stack) for name, make in kinds.items()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=400, help="messages in a turn")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="cases whose names hold this")
    given = parser.parse_args()
    with loopback() as url, ExitStack() as stack:
        chosen = {name: case for name, case in cases(url, stack).items() if given.only in name}
        turns = take_turns(chosen, given.count, given.rounds, warm=100)
    rows = [judged(row, turns) for row in TARGETS if row.candidate in turns and row.floor in turns]
    if given.json:
        print(json.dumps({"cases": turns, "targets": rows}, indent=2))
        return
    print_cases(turns)
    print_targets(rows)


if __name__ == "__main__":
    main()
