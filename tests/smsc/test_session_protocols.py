"""Session and driver with the protocols themselves: every cut, and every way in which an SMSC misbehaves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from virtual import Answer

from sms_adapters import (
    AsyncClient,
    DeliveryReport,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Registry,
    TemporaryFailure,
)
from sms_adapters.smsc.backlog import Backlog
from sms_adapters.smsc.cimd import Nack
from sms_adapters.smsc.cimd.dialect import CIMD2
from sms_adapters.smsc.in_process import SimulatedSession
from sms_adapters.smsc.serving import PROFILES, serve
from sms_adapters.smsc.session import Session
from sms_adapters.smsc.smpp.pdus import EnquireLinkResp, GenericNack, QuerySmResp, UnbindResp
from sms_adapters.smsc.states import State

TO = "+12025550123"
REGISTRY = Registry(installed=False)
PROTOCOLS = ("smpp", "ucp_emi", "cimd2")
NEAR = NetworkPolicy(allow_private=True)


def opened(adapter: str, simulator: Any, url: str, **config: Any) -> Any:
    made = {**simulator.config(url), **config}
    return REGISTRY.open(adapter, id="1", config=made, address="+12025550100", country="US")


class Bench:
    """A session of a real adapter, logged in at its simulator; each step is the test's."""

    def __init__(self, adapter: str, **config: Any) -> None:
        self.smsc = REGISTRY.simulator(adapter)
        scheme = self.smsc.dialect.name
        self.channel = opened(adapter, self.smsc, f"{scheme}://smsc.example.com:1", **config)
        self.peer = SimulatedSession(self.smsc)
        self.login = self.channel.plugin.adapter.authenticate(self.channel)
        self.backlog = Backlog(30)
        self.session = Session(self.login, self.channel.config, self.backlog, lambda: 0.5)
        self.now = 0.0
        self.bind()

    def bind(self) -> None:
        if self.session.state is not State.CONNECTING:
            self.session.open(self.now)
        self.session.connected(self.now)
        self.session.receive(self.answer(self.session.link.output()), self.now)
        assert self.session.state is State.BOUND

    def answer(self, octets: bytes) -> bytes:
        return self.peer.answer(octets) or b""

    def submit(self) -> tuple[Answer, bytes]:
        """A message, and its octets as they are written."""
        flow = self.channel.plugin.adapter.send(self.channel, OutboundMessage(TO, "Muraho"))
        answer = Answer()
        self.backlog.put(next(flow).frame, answer, self.now)
        self.session.pump(self.now)
        return answer, self.session.link.output()

    def reconnect(self) -> None:
        self.now = self.session.due
        self.session.tick(self.now)
        self.bind()


@pytest.mark.parametrize("adapter", PROTOCOLS)
def test_a_submission_cut_at_any_octet_is_in_doubt_and_not_repeated(adapter: str):
    bench = Bench(adapter)
    length = len(bench.submit()[1])
    for offset in range(length + 1):
        bench = Bench(adapter)
        answer, octets = bench.submit()
        read = bench.peer.dialect.reader().feed(octets[:offset])
        if read:
            bench.answer(octets)
        bench.session.cut("reset by peer", bench.now)
        bench.reconnect()
        assert answer.state == "in doubt"
        assert bench.session.link.output() == b""
        assert len(bench.smsc.accepted) == (1 if offset == length else 0)


@pytest.mark.parametrize("adapter", PROTOCOLS)
def test_a_response_cut_at_any_octet_is_in_doubt_and_a_whole_one_is_not(adapter: str):
    bench = Bench(adapter)
    length = len(bench.answer(bench.submit()[1]))
    for offset in range(length + 1):
        bench = Bench(adapter)
        answer, octets = bench.submit()
        response = bench.answer(octets)
        bench.session.receive(response[:offset], bench.now)
        bench.session.cut("reset by peer", bench.now)
        assert answer.state == ("ok" if offset == length else "in doubt")
        bench.reconnect()
        assert bench.session.link.output() == b""
        assert (len(bench.smsc.accepted), answer.told) == (1, 1)


@pytest.mark.parametrize("adapter", PROTOCOLS)
def test_every_number_of_a_connection_is_used_and_none_for_two_at_a_time(adapter: str):
    bench = Bench(adapter)
    for _ in range(300):
        answer, octets = bench.submit()
        bench.session.receive(bench.answer(octets), bench.now)
        assert answer.state == "ok"
    assert len(bench.smsc.accepted) == 300


@pytest.mark.parametrize("expected", [3, 5, 1])
def test_after_a_nack_of_cimd2_the_message_is_sent_by_a_new_login(expected: int):
    bench = Bench("cimd2")
    answer, octets = bench.submit()
    assert b":003\t" in octets
    bench.session.receive(CIMD2.encode(Nack(), expected), bench.now)
    assert (answer.state, bench.session.state) == ("waiting", State.LOST)
    bench.reconnect()
    octets = bench.session.link.output()
    assert b":003\t" in octets
    bench.session.receive(bench.answer(octets), bench.now)
    assert (answer.state, len(bench.smsc.accepted)) == ("ok", 1)


def test_a_nack_of_cimd2_leaves_what_it_does_not_name_in_doubt_where_there_are_several():
    for expected, states in ((3, ["waiting", "in doubt"]), (5, ["in doubt", "waiting"]), (255, ["in doubt"] * 2)):
        bench = Bench("cimd2", window=2)
        answers = [bench.submit()[0], bench.submit()[0]]
        bench.session.receive(CIMD2.encode(Nack(), expected), bench.now)
        assert [one.state for one in answers] == states


def test_a_centre_that_nacks_each_request_is_given_up_in_the_end():
    bench = Bench("cimd2", throttle_retries=2)
    answer, _ = bench.submit()
    for _ in range(3):
        bench.session.receive(CIMD2.encode(Nack(), 3), bench.now)
        bench.reconnect()
        bench.session.link.output()
    with pytest.raises(TemporaryFailure, match="could not read the request"):
        answer.result.raise_for_error()
    assert answer.told == 1


@pytest.mark.parametrize("profile", sorted(set(PROFILES) - {"idle_cut"}))
@pytest.mark.parametrize("adapter", PROTOCOLS)
def test_messages_reports_and_answers_survive_a_bad_smsc(adapter: str, profile: str):
    async def check() -> None:
        simulator, events = REGISTRY.simulator(adapter), []
        url = f"{simulator.dialect.name}://127.0.0.1"
        async with serve(simulator, PROFILES[profile]) as server, AsyncClient(network=NEAR) as client:
            channel = opened(adapter, simulator, f"{url}:{server.port}", window=4, throttle_retries=20)
            async with client.listening(channel, lambda _, receipt: events.extend(receipt.events)):
                numbers = [f"+120255501{number:02d}" for number in range(8)]
                sends = [client.send(channel, OutboundMessage(to, f"Muraho {to[-2:]}")) for to in numbers]
                results = await asyncio.gather(*sends)
                server.inbound(TO, "+12025550100", "Yego €")
                while not done(channel, events, results):
                    await asyncio.sleep(0.01)
        assert sorted(one.text for one in simulator.accepted) == sorted(f"Muraho {to[-2:]}" for to in numbers)

    def done(channel: Any, events: list[Any], results: list[Any]) -> bool:
        """Whether each message has its report, found by its id, and the answer has come."""
        reports = [one for one in events if isinstance(one, DeliveryReport) and one.status.final]
        reported = [any(channel.same_id(one.id, result.id) for one in reports) for result in results]
        return all(reported) and "Yego €" in [one.text for one in events if isinstance(one, InboundMessage)]

    async def within() -> None:
        async with asyncio.timeout(20):
            await check()

    asyncio.run(within())


@pytest.mark.parametrize("frame", [EnquireLinkResp(), UnbindResp(), QuerySmResp(message_id="7"), GenericNack()])
def test_what_is_no_answer_to_a_login_binds_nothing(frame: Any):
    bench = Bench("smpp")
    bench.session.cut("reset by peer", bench.now)
    bench.now = bench.session.due
    bench.session.tick(bench.now)
    bench.session.connected(bench.now)
    (login, _), *_ = bench.peer.dialect.reader().feed(bench.session.link.output())
    number = bench.peer.dialect.sequence_of(login)
    bench.session.receive(bench.peer.dialect.encode(frame, number), bench.now)
    assert bench.session.state is not State.BOUND


def test_what_is_no_answer_to_a_submission_sends_nothing_again():
    bench = Bench("smpp")
    answer, octets = bench.submit()
    (submitted, _), *_ = bench.peer.dialect.reader().feed(octets)
    number = bench.peer.dialect.sequence_of(submitted)
    throttled = QuerySmResp(status=0x58)
    bench.session.receive(bench.peer.dialect.encode(throttled, number), bench.now)
    assert answer.told == 1, "who waits learns at once that this is no answer"
    assert not bench.backlog, "and nothing is kept to be sent again"
    bench.now += 60
    bench.session.tick(bench.now)
    again = [frame for frame, _ in bench.peer.dialect.reader().feed(bench.session.link.output())]
    assert not any(type(frame) is type(submitted) for frame in again)
