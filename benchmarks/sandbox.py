"""Sends per second that the sandbox takes, against a bare application on the same server that parses the same JSON.

Both run in a process of their own with the same options of the server, one after the other, and meet the same clients:
raw connections that wait for each answer, so that the server is what is measured. The floor answers from memory; the
sandbox checks the credentials, counts segments, hides secrets, commits message and exchange, and lets each message take
its course (there is nobody whom it could report to). It has to reach a quarter of the floor. `--json` for machines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BARE = """
import asyncio, json, socket
import uvicorn

async def app(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    values = json.loads(body)
    answer = json.dumps({"data": {"id": "1", "to": values["to"], "text": values["text"]}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})

bound = socket.create_server(("127.0.0.1", 0))
bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(json.dumps({"url": "http://127.0.0.1:%d" % bound.getsockname()[1]}), flush=True)
options = {"log_config": None, "access_log": False, "lifespan": "off", "server_header": False, "proxy_headers": False}
server = uvicorn.Server(uvicorn.Config(app, **options))
asyncio.run(server.serve([bound]))
"""
SANDBOX = ["-m", "sms_adapters", "sandbox", "telnyx", "--port", "0", "--json"]
CODE = b"######"
"""Stands in the text for digits that no other message has, so that nothing is answered from a cache of texts."""
TEXT = f"Your code is {CODE.decode()}. It is valid for five minutes."
PAYLOAD = {"from": "+12025550100", "to": "+12025550123", "text": TEXT}
WANTED = 0.25


@contextmanager
def served(words: list[str]) -> Iterator[dict[str, Any]]:
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


def request(place: str, path: str, key: str) -> bytes:
    body = json.dumps(PAYLOAD).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {place}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def worker(place: str, octets: bytes, left: list[int]) -> None:
    host, _, port = place.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while left[0] > 0:
        left[0] -= 1
        writer.write(octets.replace(CODE, b"%06d" % left[0]))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
    writer.close()


async def load(place: str, octets: bytes, count: int, clients: int) -> float:
    left, began = [count], time.perf_counter()
    await asyncio.gather(*(worker(place, octets, left) for _ in range(clients)))
    return count / (time.perf_counter() - began)


def measured(words: list[str], count: int, clients: int) -> float:
    with served(words) as said:
        place = said["url"].removeprefix("http://")
        config = said.get("channels", {}).get("telnyx", {}).get("config", {})
        octets = request(place, "/telnyx/v2/messages", config.get("api_key", "none"))
        asyncio.run(load(place, octets, count // 10, clients))
        return asyncio.run(load(place, octets, count, clients))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for clients in (1, 50):
        pairs = [
            (measured(["-c", BARE], given.count, clients), measured(SANDBOX, given.count, clients))
            for _ in range(given.rounds)
        ]
        bare, ours = (sorted(values)[len(values) // 2] for values in zip(*pairs, strict=True))
        ratio = sorted(ours / bare for bare, ours in pairs)[len(pairs) // 2]
        found.append({"clients": clients, "bare": bare, "sandbox": ours, "ratio": ratio, "wanted": WANTED})
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        for row in found:
            print(
                f"{row['clients']:>3} clients: bare {row['bare']:7.0f}/s  sandbox {row['sandbox']:7.0f}/s"
                f"  ratio {row['ratio']:.2f} (wanted {WANTED})"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
