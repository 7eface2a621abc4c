"""The smpp adapter and SMSCs of other makes: node-smpp and the example of Net::SMPP."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from net_smpp import net_smpp
from node_smpp import PASSWORD, SYSTEM_ID, NodeSmsc, node_smsc
from peers import peer
from processes import LOOPBACK

from sms_adapters import (
    AsyncClient,
    AuthError,
    Channel,
    Client,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    TransportError,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "smsc"))
from certificates import certified

pytestmark = pytest.mark.peer

REGISTRY = Registry(installed=False)
NEAR = NetworkPolicy(networks=("127.0.0.0/8",))
TO, HANDSET, ADDRESS = "+12025550123", "+447700900001", "+12025550100"
PATIENCE = 20.0
NUMBERS = count(1)
GSM_TEXT = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà^{}\\[~]|€"
CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. "


def opened(port: int, scheme: str = "smpp", **config: Any) -> Channel[Any]:
    account = {"base_url": f"{scheme}://{LOOPBACK}:{port}", "username": SYSTEM_ID, "password": PASSWORD}
    values = {**account, "reconnect_first": 0.1, **config}
    return REGISTRY.open("smpp", id=f"channel{next(NUMBERS)}", config=values, address=ADDRESS, country="US")


def until(found: Callable[[], Any], what: str) -> Any:
    """What `found` gives once it gives something."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if got := found():
            return got
        time.sleep(0.01)
    raise AssertionError(f"not within {PATIENCE:.0f} s: {what}")


class Store:
    """A host's database."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __call__(self, channel: Channel[Any], receipt: Any) -> None:
        self.events.extend(receipt.events)

    def reports(self, channel: Channel[Any], message_id: str) -> list[DeliveryReport]:
        return [
            event
            for event in self.events
            if isinstance(event, DeliveryReport) and channel.same_id(message_id, event.id or "")
        ]

    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeSmsc]:
    state = tmp_path_factory.mktemp("node")
    with peer(node_smsc(state, certified(state, "localhost"))) as smsc:
        yield smsc


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(network=NEAR) as client:
        yield client


@pytest.fixture(scope="module")
def line(node: NodeSmsc, client: Client) -> Iterator[tuple[Channel[Any], Store]]:
    """A channel on node-smpp that listens."""
    channel, store = opened(node.port), Store()
    with client.listening(channel, store):
        yield channel, store


TEXTS = [
    ("+12025550130", "Hello", {}),
    ("+12025550131", GSM_TEXT, {}),
    ("+12025550132", CYRILLIC, {}),
    ("+12025550133", GSM_TEXT * 5, {}),
    ("+12025550134", CYRILLIC * 5 + "👨‍👩‍👧 😀", {}),
]


@pytest.mark.parametrize(("to", "text", "options"), TEXTS)
def test_a_text_reaches_node_smpp_and_is_reported(
    node: NodeSmsc, client: Client, line: Any, to: str, text: str, options: Any
) -> None:
    channel, store = line
    result = client.send(channel, OutboundMessage(to, text, **options))
    found = node.submits(to)
    assert "".join(each["text"] for each in found) == text
    assert [each["from"] for each in found] == [ADDRESS[1:]] * len(result.parts)
    assert all(each["udh"] for each in found) == (len(found) > 1)
    for message_id in result.ids:
        (report,) = until(lambda message_id=message_id: store.reports(channel, message_id), "the report")
        assert (report.status, report.recipient) == (Status.DELIVERED, to)
        # Hexadecimal in the response, decimal in the receipt.
        assert (report.id, int(message_id, 16)) == (str(int(message_id, 16)), int(report.id))
    assert {receipt["status"] for receipt in until(lambda: node.told("receipt"), "node-smpp is answered")} == {0}


@pytest.mark.parametrize(("splitting", "to"), [("sar", "+12025550135"), ("payload", "+12025550136")])
def test_the_other_ways_of_long_texts(node: NodeSmsc, client: Client, splitting: str, to: str) -> None:
    client.send(opened(node.port, splitting=splitting), OutboundMessage(to, CYRILLIC * 5, report=False))
    found = node.submits(to)
    assert "".join(each["text"] for each in found) == CYRILLIC * 5
    parts = [each["sar"][1:] for each in found]
    assert parts == (
        [[len(found), number] for number in range(1, len(found) + 1)] if splitting == "sar" else [[None, None]]
    )


@pytest.mark.parametrize(
    ("tail", "status"),
    [
        ("91", Status.FAILED),
        ("92", Status.UNDELIVERABLE),
        ("93", Status.EXPIRED),
        ("94", Status.REJECTED),
        ("96", Status.SENT),
    ],
)
def test_what_becomes_of_a_message_is_reported_and_can_be_asked(
    node: NodeSmsc, client: Client, line: Any, tail: str, status: Status
) -> None:
    channel, store = line
    message_id = client.send(channel, OutboundMessage(f"+120255501{tail}", "Hi")).ids[0]
    (report,) = until(lambda: store.reports(channel, message_id), "the report")
    assert report.status is status
    asked = client.query_status(channel, message_id)
    assert (asked.status, asked.id) == (status, message_id)


@pytest.mark.parametrize(
    ("tail", "kind", "reason", "code"),
    [
        ("10", Rejected, Reason.INVALID_SENDER, "0x0000000A"),
        ("11", Rejected, Reason.INVALID_RECIPIENT, "0x0000000B"),
        ("13", Rejected, Reason.UNKNOWN, "0x00000045"),
        ("14", Rejected, Reason.UNKNOWN, "0x00000400"),
        ("18", TemporaryFailure, None, "0x00000008"),
    ],
)
def test_a_refusal_is_typed(
    client: Client, line: Any, tail: str, kind: type[SmsError], reason: Reason | None, code: str
) -> None:
    with pytest.raises(kind) as caught:
        client.send(line[0], OutboundMessage(f"+120255501{tail}", "Hi"))
    assert (caught.value.provider_code, getattr(caught.value, "reason", None)) == (code, reason)
    assert not (caught.value.retryable and kind is Rejected)


def test_a_throttled_message_is_sent_after_a_pause(node: NodeSmsc, client: Client) -> None:
    result = client.send(opened(node.port), OutboundMessage("+12025550195", "Hi", report=False))
    assert len(node.submits("+12025550195")) == 2
    assert result.id


def test_a_response_that_never_comes_leaves_the_message_in_doubt(node: NodeSmsc, client: Client) -> None:
    with pytest.raises(DeliveryUncertain):
        client.send(opened(node.port, response_timeout=0.5), OutboundMessage("+12025550190", "Hi"))
    assert len(node.submits("+12025550190")) == 1


@pytest.mark.parametrize("text", ["STOP", "Да, конечно 😀"])
def test_an_answer_comes_in(node: NodeSmsc, line: Any, text: str) -> None:
    _, store = line
    node.say(**{"from": HANDSET[1:], "to": ADDRESS[1:], "text": text})
    message = until(lambda: [found for found in store.messages() if found.text == text], "the answer")[0]
    assert (message.sender, message.to) == (HANDSET, ADDRESS)
    until(lambda: node.told("delivered"), "node-smpp hears that it is taken")
    assert {answer["status"] for answer in node.told("delivered")} == {0}


def test_transmitter_and_receiver_are_two_connections(node: NodeSmsc, client: Client) -> None:
    channel, store, bound = opened(node.port, bind="transmitter and receiver"), Store(), len(node.told("bind"))
    with client.listening(channel, store):
        until(lambda: len(node.told("bind")) == bound + 2, "both binds")
        modes = {each["mode"] for each in node.told("bind")[bound:]}
        result = client.send(channel, OutboundMessage("+12025550137", "Hi", report=False))
    assert modes == {"bind_transmitter", "bind_receiver"}
    assert result.id


def test_options_are_understood(node: NodeSmsc, client: Client) -> None:
    send_at = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
    message = OutboundMessage(
        "+12025550138", "Hi", sender="MyBrand", flash=True, validity=timedelta(hours=2), send_at=send_at, report=False
    )
    client.send(opened(node.port, version="5.0", system_type="VMA"), message)
    (found,) = node.submits("+12025550138")
    assert (found["from"], found["from_ton"], found["to_ton"]) == ("MyBrand", 5, 1)
    assert (found["data_coding"], found["registered"]) == (0x10, 0)
    assert found["schedule"] == "2026-12-01T10:30:00.000Z"
    assert {"mode": "bind_transceiver", "version": 0x50, "system_type": "VMA", "what": "bind"} in node.told("bind")


def test_octets_with_a_header_arrive(node: NodeSmsc, client: Client) -> None:
    udh, data = bytes.fromhex("0605040b8423f0"), bytes(range(100))
    client.send(opened(node.port), OutboundMessage("+12025550139", data=data, udh=udh, report=False))
    (found,) = node.submits("+12025550139")
    assert (found["text"], found["udh"], found["data_coding"]) == (data.hex(), [udh[1:].hex()], 4)


def test_tls_is_verified(node: NodeSmsc, client: Client) -> None:
    assert node.certificate
    trusting = opened(node.tls_port, "smpps", tls_ca_file=str(node.certificate[0]), tls_server_name="localhost")
    assert client.send(trusting, OutboundMessage("+12025550140", "Hi", report=False)).id
    stranger = opened(node.tls_port, "smpps", queue_timeout=1)
    with Client(network=NEAR) as other, pytest.raises(TransportError) as caught:
        other.send(stranger, OutboundMessage("+12025550141", "Hi", report=False))
    assert caught.value.sent is False
    assert "certificate" in str(caught.value)
    assert node.submits("+12025550141") == []


@pytest.mark.parametrize(
    ("account", "code"), [({"password": "other"}, "0x0000000E"), ({"username": "x"}, "0x0000000F")]
)
def test_a_refused_bind_says_why(node: NodeSmsc, account: dict[str, str], code: str) -> None:
    with Client(network=NEAR) as client, pytest.raises(AuthError) as caught:
        client.check_account(opened(node.port, **account))
    assert caught.value.provider_code == code


def test_the_account_is_checked(node: NodeSmsc, client: Client) -> None:
    assert client.check_account(opened(node.port)).name == SYSTEM_ID
    assert node.told("enquire_link")


async def many(channel: Channel[Any], count: int, **options: Any) -> tuple[list[str], Store]:
    """The ids of messages sent at once by the asynchronous client, once each of them is reported."""
    store = Store()
    numbers = [f"+1202555{place:04d}" for place in range(2000, 2000 + count)]
    async with AsyncClient(network=NEAR) as client, client.listening(channel, store), asyncio.timeout(PATIENCE):
        sends = (client.send(channel, OutboundMessage(to, f"to {to}", **options)) for to in numbers)
        ids = [str(result.id) for result in await asyncio.gather(*sends)]
        while options.get("report", True) and len(store.events) < count:
            await asyncio.sleep(0.01)
    return ids, store


def test_many_at_once_by_the_asynchronous_client(node: NodeSmsc) -> None:
    channel = opened(node.port, window=50)
    # Tails that node_smsc.js refuses or leaves without an answer are not among the first ten of a hundred.
    ids, store = asyncio.run(many(channel, 10))
    assert len(set(ids)) == 10
    assert sorted(int(event.id) for event in store.events) == sorted(int(name, 16) for name in ids)
    quick, _ = asyncio.run(many(opened(node.port, window=50), 10, report=False))
    assert len(set(quick) - set(ids)) == 10


def test_a_cut_connection_is_made_again(node: NodeSmsc, client: Client, line: Any) -> None:
    """Last: it cuts every connection of the module."""
    channel, store = line
    bound = len(node.told("bind"))
    node.say(drop=True)
    until(lambda: len(node.told("bind")) > bound, "the line is bound again by itself")
    result = client.send(channel, OutboundMessage("+12025550142", "Hi"))
    until(lambda: store.reports(channel, result.ids[0]), "the report over the new connection")
    assert node.told("error") == []


def test_net_smpp_takes_what_is_sent(tmp_path: Path) -> None:
    with peer(net_smpp(tmp_path)) as port, Client(network=NEAR) as client:
        channel = opened(port)
        assert client.check_account(channel).name == SYSTEM_ID
        for text in ("Hi", GSM_TEXT * 4, CYRILLIC * 4):
            result = client.send(channel, OutboundMessage(TO, text))
            assert set(result.ids) == {"123456789"}


def test_net_smpp_takes_many_at_once_from_the_asynchronous_client(tmp_path: Path) -> None:
    with peer(net_smpp(tmp_path)) as port:
        ids, _ = asyncio.run(many(opened(port, window=20), 200, report=False))
    assert ids == ["123456789"] * 200
