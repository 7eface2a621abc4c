"""Sending a Twilio message: our clients against the HTTP library used bare, in one run.

Prints messages per second and CPU per message of this process (user and system), and the ratio of CPU to the floor:
the same form post through the bare library, form encoding and JSON parsing included. `--json` for machines.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import httpx
from loopback import loopback

from sms_adapters import AsyncClient, Client, NetworkPolicy, OutboundMessage, Registry
from sms_adapters.transports.aiohttp import AiohttpTransport
from sms_adapters.transports.httpx import AsyncHttpxTransport, HttpxTransport

SID, TOKEN = "AC" + "0" * 32, "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TO, FROM, TEXT = "+12025550123", "+12025550100", "Your code is 123456. It is valid for five minutes."
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
Case = Callable[[int], None]


def fields(index: int) -> dict[str, str]:
    callback = f"https://sms.example.org/c/twilio/1/status?id={index}"
    return {"To": TO, "From": FROM, "Body": TEXT, "StatusCallback": callback}


def bare_httpx(url: str) -> Case:
    client = httpx.Client(trust_env=False)
    target = f"{url}/2010-04-01/Accounts/{SID}/Messages.json"

    def run(count: int) -> None:
        for index in range(count):
            assert client.post(target, data=fields(index), auth=(SID, TOKEN)).json()["sid"]

    return run


def channel_of(url: str) -> Any:
    config = {"account_sid": SID, "auth_token": TOKEN, "base_url": url}
    return Registry().open("twilio", id="1", config=config, address=FROM, public_url="https://sms.example.org")


def our_client(url: str, plugins: Any = ()) -> Case:
    client, channel = Client(transport=HttpxTransport(), network=OPEN, plugins=plugins), channel_of(url)

    def run(count: int) -> None:
        for index in range(count):
            assert client.send(channel, OutboundMessage(to=TO, text=TEXT, id=str(index))).id

    return run


def gathered(one: Callable[[int], Any], limit: int) -> Callable[[int], Any]:
    """`limit` workers that share the messages."""

    async def run(count: int) -> None:
        numbers = iter(range(count))

        async def worker() -> None:
            for index in numbers:
                await one(index)

        await asyncio.gather(*(worker() for _ in range(limit)))

    return run


def bare_async_httpx(url: str, limit: int) -> Case:
    target = f"{url}/2010-04-01/Accounts/{SID}/Messages.json"

    async def go(count: int) -> None:
        async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=limit)) as client:

            async def one(index: int) -> None:
                answer = await client.post(target, data=fields(index), auth=(SID, TOKEN))
                assert answer.json()["sid"]

            await gathered(one, limit)(count)

    return lambda count: asyncio.run(go(count))


def bare_aiohttp(url: str, limit: int) -> Case:
    target = f"{url}/2010-04-01/Accounts/{SID}/Messages.json"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode(),
    }

    async def go(count: int) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit)) as session:

            async def one(index: int) -> None:
                body = urlencode(fields(index)).encode()
                async with session.post(target, data=body, headers=headers) as answer:
                    assert json.loads(await answer.read())["sid"]

            await gathered(one, limit)(count)

    return lambda count: asyncio.run(go(count))


def our_async(url: str, limit: int, transport: Callable[[], Any]) -> Case:
    channel = channel_of(url)

    async def go(count: int) -> None:
        async with AsyncClient(transport=transport(), network=OPEN) as client:

            async def one(index: int) -> None:
                assert (await client.send(channel, OutboundMessage(to=TO, text=TEXT, id=str(index)))).id

            await gathered(one, limit)(count)

    return lambda count: asyncio.run(go(count))


def twilio_async(url: str, limit: int) -> Case:
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client as Sdk

    class Local(AsyncTwilioHttpClient):
        async def request(self, method: str, target: str, *args: Any, **kwargs: Any) -> Any:
            return await super().request(method, target.replace("https://api.twilio.com", url), *args, **kwargs)

    async def go(count: int) -> None:
        async with Local() as transport:
            sdk = Sdk(SID, TOKEN, http_client=transport)

            async def one(index: int) -> None:
                values = fields(index)
                made = await sdk.messages.create_async(
                    to=TO, from_=FROM, body=TEXT, status_callback=values["StatusCallback"]
                )
                assert made.sid

            await gathered(one, limit)(count)

    return lambda count: asyncio.run(go(count))


def measure(cases: dict[str, Case], count: int, rounds: int) -> dict[str, dict[str, float]]:
    """Best of `rounds`, the cases taking turns so that a slow moment of the machine hits all."""
    best: dict[str, dict[str, float]] = {}
    for case in cases.values():
        case(min(count, 50))
    for _ in range(rounds):
        for name, case in cases.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            case(count)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            found = {"per_second": count / wall, "cpu_us": cpu / count * 1e6}
            known = best.setdefault(name, found)
            best[name] = {key: (max if key == "per_second" else min)(known[key], found[key]) for key in found}
    return best


def table(url: str) -> dict[str, tuple[str, Case]]:
    """Case name to its floor and itself."""
    cases: dict[str, tuple[str, Case]] = {
        "httpx bare": ("httpx bare", bare_httpx(url)),
        "Client": ("httpx bare", our_client(url)),
    }
    for limit in (10, 100):
        floor = f"httpx async bare, {limit}"
        cases[floor] = (floor, bare_async_httpx(url, limit))
        cases[f"AsyncClient, {limit}"] = (floor, our_async(url, limit, AsyncHttpxTransport))
        floor = f"aiohttp bare, {limit}"
        cases[floor] = (floor, bare_aiohttp(url, limit))
        cases[f"AsyncClient on aiohttp, {limit}"] = (floor, our_async(url, limit, AiohttpTransport))
        cases[f"twilio async SDK, {limit}"] = (floor, twilio_async(url, limit))
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    with loopback() as url:
        cases = {name: value for name, value in table(url).items() if given.only in name}
        found = measure({name: case for name, (_, case) in cases.items()}, given.count, given.rounds)
    for name, (floor, _) in cases.items():
        if floor in found:
            found[name]["cpu_ratio"] = found[name]["cpu_us"] / found[floor]["cpu_us"]
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'case':32} {'messages/s':>11} {'CPU us':>8} {'CPU ratio to floor':>19}")
    for name, values in found.items():
        ratio = values.get("cpu_ratio", float("nan"))
        print(f"{name:32} {values['per_second']:11,.0f} {values['cpu_us']:8.0f} {ratio:19.2f}")


if __name__ == "__main__":
    main()
