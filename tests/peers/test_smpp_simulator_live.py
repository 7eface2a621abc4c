"""Clients of other makes at our simulated SMSC over SMPP: node-smpp and Jasmin; and our adapter at Jasmin's server."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import smsc as jasmins_smsc
from jasmin import PASSWORD, Gateway, jasmin_gateway
from node_smpp import node_esme, node_modules
from peers import peer
from processes import LOOPBACK

from sms_adapters import (
    AsyncClient,
    Channel,
    Client,
    DeliveryReport,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Registry,
    Rejected,
    Status,
)
from sms_adapters.builtin.smpp.simulator import PASSWORD as OWN_PASSWORD
from sms_adapters.builtin.smpp.simulator import SYSTEM_ID, SmppSimulator
from sms_adapters.smsc.serving import PROFILES, SmscServer, serving

pytestmark = pytest.mark.peer

REGISTRY = Registry(installed=False)
ACCOUNT = (SYSTEM_ID, OWN_PASSWORD)
TO, HANDSET, ADDRESS = "+12025550123", "+447700900001", "+12025550100"
PATIENCE = 30.0
CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. "
GSM_TEXT = "The quick brown fox jumps over the lazy dog: @£$ é ñ ü; "


def until(found: Callable[[], Any], what: str) -> Any:
    """What `found` gives once it gives something."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if got := found():
            return got
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE:.0f} s: {what}")


@pytest.fixture(scope="module")
def modules() -> Iterator[Path]:
    with peer(node_modules()) as found:
        yield found


@pytest.mark.parametrize("profile", ["good", "hex_id", "padded_id", "early_receipt", "bare_error", "slow"])
def test_node_smpp_submits_and_hears_what_became_of_it(modules: Path, profile: str) -> None:
    count = 5 if profile == "slow" else 200
    simulator = SmppSimulator()
    # node-smpp sends septets of the GSM alphabet under the data_coding of ASCII.
    simulator.alphabets = {1: "gsm7"}
    with serving(simulator, PROFILES[profile]) as server:
        told = node_esme(modules, server.port, ACCOUNT, to=TO, text="Hello €", count=count, window=20)
        accepted = server.simulator.accepted
    assert told["statuses"] == {"0": count}
    assert told["enquired"] == 1
    assert told["ids"] == [message.id for message in accepted]
    assert len(set(told["ids"])) == len(told["receipts"]) == count
    assert {(message.sender, message.to, message.text) for message in accepted} == {("MyBrand", TO, "Hello €")}
    numbers = {int(receipt["id"], 10 if profile == "hex_id" else 16) for receipt in told["receipts"]}
    assert numbers == {int(name, 16) for name in told["ids"]}
    assert {receipt["state"] for receipt in told["receipts"]} == {2}
    assert all("stat:DELIVRD" in receipt["text"] for receipt in told["receipts"])


def test_node_smpp_is_refused_and_throttled(modules: Path) -> None:
    with serving(SmppSimulator()) as server:
        assert node_esme(modules, server.port, ("other", "x"), to=TO, text="Hi") == {"refused": 0x0F}
        assert node_esme(modules, server.port, (SYSTEM_ID, "x"), to=TO, text="Hi") == {"refused": 0x0E}
        told = node_esme(modules, server.port, ACCOUNT, to="+12025550195", text="Hi")
    assert told["statuses"] == {str(0x0B): 1}
    with serving(SmppSimulator(), PROFILES["throttle"]) as server:
        told = node_esme(modules, server.port, ACCOUNT, to=TO, text="Hi", count=60, window=60)
    assert told["statuses"][str(0x58)] >= 20
    assert sum(told["statuses"].values()) == 60


class Upstream:
    """Our simulated SMSC in the place of the small one that Jasmin is bound to otherwise."""

    def __init__(self, server: SmscServer) -> None:
        self.server, self.port = server, server.port

    @property
    def bound(self) -> bool:
        return any(one.mode is not None and one.mode.receives for one in self.server.peers)


@contextmanager
def upstream() -> Iterator[Upstream]:
    simulator = SmppSimulator()
    simulator.system_id, simulator.password = jasmins_smsc.SYSTEM_ID, jasmins_smsc.PASSWORD
    with serving(simulator) as server:
        yield Upstream(server)


USER = ("smppuser", "secret12")
ROUTED_BACK = [
    ["user -a", f"username {USER[0]}", f"password {USER[1]}", "gid g", f"uid {USER[0]}", "ok"],
    ["morouter -a", "type DefaultRoute", f"connector smpps({USER[0]})", "ok"],
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Jasmin between its SMPP server, which we bind to, and our simulator, which it binds to."""
    with peer(jasmin_gateway(tmp_path_factory.mktemp("jasmin"), smsc=upstream())) as made:
        made.configure(iter(ROUTED_BACK))
        yield made


def simulated(gateway: Gateway) -> SmppSimulator:
    return gateway.smsc.server.simulator


def taken(gateway: Gateway, to: str) -> str:
    return "".join(message.text for message in simulated(gateway).accepted if message.to == to)


@pytest.mark.parametrize(
    ("to", "text", "coding"),
    [("+12025550150", "Hello", 0), ("+12025550151", "Привет", 8), ("+12025550152", GSM_TEXT * 4, 0)],
)
def test_jasmin_submits_to_our_simulator(gateway: Gateway, to: str, text: str, coding: int) -> None:
    values = {"username": "tester", "password": PASSWORD, "to": to, "from": "12345", "coding": coding}
    content = {"hex-content": text.encode("utf-16-be").hex()} if coding else {"content": text}
    connection = http.client.HTTPConnection(LOOPBACK, gateway.ports.http, timeout=10)
    connection.request("GET", f"/send?{urlencode({**values, **content}, encoding='utf-8')}")
    answer = connection.getresponse().read()
    connection.close()
    assert answer.startswith(b"Success")
    until(lambda: taken(gateway, to) == text, "Jasmin submits")


@pytest.fixture(scope="module")
def line(gateway: Gateway) -> Iterator[Any]:
    """A client, a channel on Jasmin's SMPP server that listens, and what came."""
    config = {"base_url": f"smpp://{LOOPBACK}:{gateway.ports.smpp}", "username": USER[0], "password": USER[1]}
    channel = REGISTRY.open("smpp", id="jasmin", config=config, address=ADDRESS, country="US")
    events: list[Any] = []
    near = NetworkPolicy(networks=("127.0.0.0/8",))
    with Client(network=near) as client, client.listening(channel, lambda _, found: events.extend(found.events)):
        yield client, channel, events


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("+12025550160", "Hello"),
        ("+12025550161", "Привет"),
        ("+12025550162", GSM_TEXT * 4),
        ("+12025550163", CYRILLIC * 4),
    ],
)
def test_our_adapter_sends_through_jasmin_and_hears_the_report(gateway: Gateway, line: Any, to: str, text: str) -> None:
    client, channel, events = line
    result = client.send(channel, OutboundMessage(to, text))
    until(lambda: taken(gateway, to) == text, "it arrives at our simulator")

    def reports() -> list[DeliveryReport]:
        return [one for one in events if isinstance(one, DeliveryReport) and one.id in result.ids]

    until(lambda: len(reports()) >= len(result.ids), "every part is reported")
    assert {report.status for report in reports()} == {Status.DELIVERED}
    assert {report.recipient for report in reports()} == {to}


@pytest.mark.parametrize("text", ["STOP", "Да, конечно", GSM_TEXT * 4])
def test_an_answer_goes_from_our_simulator_through_jasmin_to_our_adapter(
    gateway: Gateway, line: Any, text: str
) -> None:
    _, _, events = line
    server = gateway.smsc.server
    server.soon(server.inbound, HANDSET, ADDRESS, text)
    message = until(
        lambda: [one for one in events if isinstance(one, InboundMessage) and one.text == text], "the answer"
    )
    assert (message[0].sender, message[0].to) == (HANDSET, ADDRESS)


def test_many_at_once_go_through_jasmin_and_are_reported(gateway: Gateway, line: Any) -> None:
    """By the asynchronous client, on a bind of its own; Jasmin reports to either bind of the account."""
    _, channel, events = line
    near, numbers = NetworkPolicy(networks=("127.0.0.0/8",)), [f"+1202555{place}" for place in range(2000, 2040)]

    def take(_: Channel[Any], found: Any) -> None:
        events.extend(found.events)

    async def send() -> list[str]:
        async with AsyncClient(network=near) as client, asyncio.timeout(60), client.listening(channel, take):
            sends = [client.send(channel, OutboundMessage(to, "Hi")) for to in numbers]
            ids = [str(result.id) for result in await asyncio.gather(*sends)]
            while not {event.id for event in events if isinstance(event, DeliveryReport)} >= set(ids):
                await asyncio.sleep(0.02)
        return ids

    assert len(set(asyncio.run(send()))) == 40
    assert [taken(gateway, to) for to in numbers] == ["Hi"] * 40


def test_jasmins_refusals_are_typed(gateway: Gateway, line: Any) -> None:
    client, channel, _ = line
    with pytest.raises(Rejected):
        client.send(channel, OutboundMessage("+12025550191", "Hi"))
    assert client.check_account(channel).name == USER[0]
