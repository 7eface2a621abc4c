"""Kannel's bearerbox as client of our simulated SMSC over SMPP, plain and inside TLS."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kannel_client import Client, Link, kannel_client
from peers import peer

from sms_adapters.builtin.smpp.simulator import PASSWORD, SYSTEM_ID, SmppSimulator
from sms_adapters.simulation import SimulatedMessage
from sms_adapters.smsc.serving import PROFILES, SmscServer, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "smsc"))
from certificates import certified, server_context

pytestmark = pytest.mark.peer

GSM_TEXT = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà^{}\\[~]|€"
# Kannel's setting for ids that are hexadecimal in the response and decimal in the receipt.
PROFILE_OPTIONS: Mapping[str, Mapping[str, Any]] = {"hex_id": {"msg-id-type": "0x01"}}


@dataclass(slots=True)
class Line:
    """Kannel, online at one server."""

    client: Client
    server: SmscServer

    def found(self, tail: str) -> list[str]:
        """The events of a failure, in order, but for what is not final."""
        reports = (str(int(event) & 0x1F) for event in self.client.reports(f"fails-{tail}"))
        return sorted((event for event in reports if event != "4"), key=["8", "2", "16"].index)

    def taken(self, to: str) -> list[SimulatedMessage]:
        return [message for message in self.server.simulator.accepted if message.to == to]


# Not early_receipt: Kannel forgets a receipt that comes before the response.
@pytest.fixture(scope="module", params=["plain", "tls", "hex_id", "slow"])
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    state, options = tmp_path_factory.mktemp("kannel"), dict(PROFILE_OPTIONS.get(request.param, {}))
    tls = None
    if request.param == "tls":
        tls = server_context(*certified(state, "localhost"))
        options["use-ssl"] = "true"
    with ExitStack() as stack:
        profile = PROFILES.get(request.param, PROFILES["good"])
        server = stack.enter_context(serving(SmppSimulator(), profile, tls=tls))
        link = Link("smpp", server.port, SYSTEM_ID, PASSWORD, options)
        yield Line(stack.enter_context(peer(kannel_client(state, link))), server)


@pytest.mark.parametrize(
    ("to", "text", "options"),
    [
        ("+447700900110", "Hi £ € [ä] @_$", {"from": "12345"}),
        ("+447700900111", GSM_TEXT, {"from": "12345"}),
        ("+447700900112", "Привет, 你好", {"from": "MyBrand", "coding": 2}),
        ("+447700900113", "long " * 60, {"from": "MyBrand"}),
        ("+447700900114", "длинный " * 30, {"from": "12345", "coding": 2}),
    ],
)
def test_a_text_arrives_and_is_reported(line: Line, to: str, text: str, options: dict[str, Any]) -> None:
    line.client.send("smpp", to, text=text, report=to[-3:], **options)
    line.client.wait(lambda: "".join(one.text for one in line.taken(to)) == text, "the text arrives")
    parts = line.taken(to)
    assert {one.sender for one in parts} == {options["from"]}
    # Of a message in parts, Kannel wants to hear of the first.
    wanted = sum(1 for one in parts if one.values["registered_delivery"])
    assert wanted == 1
    line.client.wait(lambda: {"1", "8"} <= set(line.client.reports(to[-3:])), "it is reported")
    assert [line.client.reports(to[-3:]).count(event) for event in ("1", "8")] == [1, 1]


def test_octets_with_a_header_arrive(line: Line) -> None:
    header, data = bytes.fromhex("0605040b8423f0"), bytes(range(100))
    line.client.send("smpp", "+447700900120", text=data, udh=header, coding=1, **{"from": "12345"})
    line.client.wait(lambda: bool(line.taken("+447700900120")), "the octets arrive")
    (message,) = line.taken("+447700900120")
    assert (message.data, message.values["udh"]) == (data, header.hex())


@pytest.mark.parametrize(("tail", "events"), [("91", ["8", "2"]), ("92", ["8", "2"]), ("95", ["16"])])
def test_failures_are_told(line: Line, tail: str, events: list[str]) -> None:
    """Not delivered after it was taken, and refused at once."""
    line.client.send("smpp", f"+4477009001{tail}", text="Hi", report=f"fails-{tail}", **{"from": "12345"})
    # 34 adds to 2 that the time ran out, 4 is the notification in between.
    line.client.wait(lambda: len(line.found(tail)) >= len(events), f"events {events}")
    assert line.found(tail) == events


@pytest.mark.parametrize("text", ["STOP", "SMPP £ € ä _ @ {x}", "Съешь ещё булок", "long answer " * 30])
def test_an_incoming_message_is_read(line: Line, text: str) -> None:
    before, delivered = len(line.client.messages()), line.server.delivered
    line.server.soon(line.server.inbound, "+447700900005", "12345", text)
    line.client.wait(lambda: len(line.client.messages()) > before, "the message comes")
    (message,) = line.client.messages()[before:]
    assert (message["from"].lstrip("+"), message["to"], message["text"]) == ("447700900005", "12345", text)
    line.client.wait(lambda: line.server.delivered > delivered, "Kannel acknowledges")


def test_many_messages_are_each_reported(line: Line) -> None:
    for number in range(30):
        line.client.send("smpp", "+447700900130", text=f"number {number}", report=f"many-{number}", **{"from": "1234"})
    for number in range(30):
        name = f"many-{number}"
        line.client.wait(lambda name=name: "1" in line.client.reports(name), f"{name} is reported")
    assert len(line.taken("+447700900130")) == 30


def test_the_link_stays_up_by_keep_alives(line: Line) -> None:
    assert line.client.online("smpp")
    assert len(line.server.peers) == 1
