"""Kannel's bearerbox as client of our simulated SMSCs over UCP/EMI and CIMD2: texts, reports, incoming messages."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from kannel_client import Client, Link, install, kannel_client
from processes import program

from sms_adapters import Client as SyncClient
from sms_adapters import OutboundMessage, Registry
from sms_adapters.simulation import SimulatedMessage
from sms_adapters.smsc import ucp
from sms_adapters.smsc.serving import SmscServer, serving
from sms_adapters.smsc.ucp.operations import field_names as ucp_fields
from sms_adapters.transports.simulated import SimulatedTransport

pytestmark = pytest.mark.peer

REGISTRY = Registry(installed=False)
KINDS = {"emi": "ucp_emi", "cimd2": "cimd2"}
BUFFERED = {"emi": ["4"], "cimd2": []}
"""Over UCP/EMI Kannel also asks for the notification that a message is buffered (NT 7)."""

GSM_TEXT = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà^{}\\[~]|€"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, dict[str, SmscServer]]]:
    """Kannel, online at one server of each kind."""
    with ExitStack() as stack:
        servers, links = {}, []
        for kind, adapter in KINDS.items():
            simulator = REGISTRY.simulator(adapter)
            servers[kind] = server = stack.enter_context(serving(simulator))
            account = simulator.config(server.url)
            links.append(Link(kind, server.port, account["username"], account["password"]))
        client = stack.enter_context(kannel_client(tmp_path_factory.mktemp("kannel"), *links))
        yield client, servers


def taken(server: SmscServer, to: str) -> list[SimulatedMessage]:
    return [message for message in server.simulator.accepted if message.to == to]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("place", "text", "options"),
    [
        (10, "Hi £ € [ä] @_$", {"from": "12345"}),
        (11, GSM_TEXT, {"from": "12345"}),
        (12, "Привет, 你好", {"from": "MyBrand", "coding": 2}),
        (13, "long " * 60, {"from": "MyBrand"}),
        (14, "длинный " * 30, {"from": "12345", "coding": 2}),
    ],
)
def test_a_text_arrives_and_is_reported(lines: Any, kind: str, place: int, text: str, options: Any) -> None:
    client, servers = lines
    to, name = f"+4477009001{place}", f"{kind}-{place}"
    client.send(kind, to, text=text, report=name, **options)
    client.wait(lambda: "".join(one.text for one in taken(servers[kind], to)) == text, "the text arrives")
    parts = taken(servers[kind], to)
    assert {one.sender for one in parts} == {options["from"]}
    # Of a message in several parts Kannel asks for one report; it calls the URLs side by side, in any order.
    wanted = sorted(["8", *BUFFERED[kind], "1"])
    client.wait(lambda: sorted(client.reports(name)) == wanted, f"events {wanted}")


@pytest.mark.parametrize("kind", KINDS)
def test_octets_with_a_header_arrive(lines: Any, kind: str) -> None:
    client, servers = lines
    header, data = bytes.fromhex("0605040b8423f0"), bytes(range(100))
    client.send(kind, "+447700900120", text=data, udh=header, coding=1, **{"from": "12345"})
    client.wait(lambda: bool(taken(servers[kind], "+447700900120")), "the octets arrive")
    [message] = taken(servers[kind], "+447700900120")
    assert message.data == data
    shown = str(message.values).upper()
    assert header.hex().upper() in shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("tail", "events"), [("91", ["8", "2"]), ("95", ["16"])])
def test_failures_are_told(lines: Any, kind: str, tail: str, events: list[str]) -> None:
    """Not delivered after it was taken, and refused at once."""
    client, _ = lines
    name = f"{kind}-{tail}"
    client.send(kind, f"+4477009001{tail}", text="Hi", report=name, **{"from": "12345"})
    wanted = sorted([*events, *(BUFFERED[kind] if len(events) > 1 else [])])
    client.wait(lambda: sorted(client.reports(name)) == wanted, f"events {wanted}")


@pytest.mark.parametrize("kind", KINDS)
def test_many_messages_to_one_number_are_each_reported(lines: Any, kind: str) -> None:
    client, servers = lines
    to = "+447700900130"
    for number in range(12):
        client.send(kind, to, text=f"number {number}", report=f"{kind}-many-{number}", **{"from": "12345"})
    for number in range(12):
        client.wait(lambda number=number: "1" in client.reports(f"{kind}-many-{number}"), f"number {number} arrives")
    assert len(taken(servers[kind], to)) == 12
    assert [client.reports(f"{kind}-many-{number}").count("1") for number in range(12)] == [1] * 12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["STOP", "UCP £ € ä _ @ {x}", "Съешь ещё булок", "long answer " * 30])
def test_an_incoming_message_is_read(lines: Any, kind: str, text: str) -> None:
    client, servers = lines
    before, delivered = len(client.messages()), servers[kind].delivered
    servers[kind].soon(servers[kind].inbound, "+447700900005", "12345", text)
    client.wait(lambda: len(client.messages()) > before, "the message comes")
    [message] = client.messages()[before:]
    assert (message["from"].lstrip("+"), message["to"], message["smsc"]) == ("447700900005", "12345", kind.upper())
    assert message["text"] == text
    client.wait(lambda: servers[kind].delivered > delivered, "Kannel acknowledges")


@pytest.mark.parametrize("kind", KINDS)
def test_the_link_stays_up_by_keep_alives(lines: Any, kind: str) -> None:
    client, servers = lines
    assert client.online(kind)
    assert len(servers[kind].peers) == 1


DECODED = [
    (OutboundMessage("+447700900002", "Hello €"), {"ADC": "447700900002", "NRQ": "1", "NT": "3", "MT": "3"}),
    (OutboundMessage("+447700900002", "Привет", sender="MyBrand"), {"MT": "4", "NB": "96", "OTOA": "5039"}),
    (OutboundMessage("+447700900002", "Hi", validity=timedelta(hours=1), flash=True), {"MCLS": "0", "VP": ANY}),
    (OutboundMessage("+447700900002", "a" * 161), {"MMS": "1", "XSER": ANY}),
]


@pytest.mark.parametrize(("message", "fields"), DECODED)
def test_kannels_decoder_reads_what_the_adapter_submits(message: OutboundMessage, fields: dict[str, Any]) -> None:
    """Each field of the operation is where `decode_emimsg` of the package looks for it, and no other has a value."""
    install()
    simulator = REGISTRY.simulator("ucp_emi")
    transport = SimulatedTransport(simulator)
    config = simulator.config("ucp://127.0.0.1:5000")
    opened = REGISTRY.open("ucp_emi", id="c1", address="12345", config=config)
    with SyncClient(transport=transport) as sync:
        sync.send(opened, message)
    frame = transport.submits[0].frame
    written = ucp.encode(frame, 2)[1:-1].decode()
    ran = subprocess.run([program("decode_emimsg") or "decode_emimsg", written], capture_output=True, check=True)
    read = dict(re.findall(r"^E50_(\w+) *\t(.*)$", ran.stdout.decode("latin-1"), re.MULTILINE))
    for name in ucp_fields(ucp.Submit):
        if name != "msg":
            assert read[name.upper()] == (getattr(frame, name) or "(null)"), name
    assert read["NMSG"] == frame.msg
    assert {name: read[name] for name in fields} == fields
    assert "OPERATION\t51 " in ran.stdout.decode("latin-1")
