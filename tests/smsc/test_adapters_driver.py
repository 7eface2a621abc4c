"""The adapters of SMSCs on loopback: SMSCs that misbehave, and connections cut at every octet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from watching import Watcher

from sms_adapters import (
    AsyncClient,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
)
from sms_adapters.smsc.cimd import Nack
from sms_adapters.smsc.cimd.dialect import CIMD2
from sms_adapters.smsc.dialects import Dialect, Kind, Reply
from sms_adapters.smsc.serving import PROFILES, serve
from sms_adapters.smsc.simulator import Quirk
from sms_adapters.smsc.smpp.dialect import DIALECT as SMPP
from sms_adapters.smsc.states import State
from sms_adapters.smsc.ucp.dialect import UCP

REGISTRY = Registry(installed=False)
NEAR = NetworkPolicy(allow_private=True)
DIALECTS: dict[str, Dialect] = {"smpp": SMPP, "ucp_emi": UCP, "cimd2": CIMD2}
TO = "+12025550123"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
CONFIG = {"reconnect_first": 0.05, "throttle_retries": 20}

every = pytest.mark.parametrize("name", DIALECTS)


def run(check: Awaitable[None], seconds: float = 30) -> None:
    async def within() -> None:
        async with asyncio.timeout(seconds):
            await check

    asyncio.run(within())


async def until(true: Callable[[], Any]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def channel(name: str, url: str, **config: Any) -> Any:
    account = REGISTRY.simulator(name).config(url)
    given = {"id": "c1", "address": "+12025550100", "country": "US"}
    return REGISTRY.open(name, config={**account, **CONFIG, **config}, **given)


@every
@pytest.mark.parametrize("profile", sorted(set(PROFILES) - {"idle_cut"}))
def test_every_message_and_its_report_get_past_a_bad_smsc(name: str, profile: str) -> None:
    async def check() -> None:
        simulator, events, watcher = REGISTRY.simulator(name), [], Watcher()
        count = 5 if profile == "slow" else 22
        async with (
            serve(simulator, PROFILES[profile]) as server,
            AsyncClient(network=NEAR, plugins=[watcher]) as client,
        ):
            opened = channel(name, server.url, window=8)
            async with client.listening(opened, lambda _, receipt: events.extend(receipt.events)):
                numbers = [f"+1202555{100 + place:04d}" for place in range(count)]
                results = await asyncio.gather(*(client.send(opened, OutboundMessage(to, "Hi")) for to in numbers))
                server.inbound(TO, "+12025550100", "Съешь ещё этих мягких булок")
                await until(lambda: server.delivered == count + 1)
        assert len(simulator.accepted) == count
        assert bool(watcher.reasons(State.THROTTLED)) == (profile in ("small_window", "throttle"))
        reports = [event for event in events if isinstance(event, DeliveryReport)]
        assert {report.status for report in reports} == {Status.DELIVERED}
        told = [[report for report in reports if opened.same_id(result.id, report.id)] for result in results]
        assert [len(found) for found in told] == [1] * len(reports)
        [message] = [event for event in events if isinstance(event, InboundMessage)]
        assert (message.sender, message.text) == (TO, "Съешь ещё этих мягких булок")

    run(check())


@every
def test_a_connection_that_the_smsc_cuts_when_idle_is_told_of_and_found_again(name: str) -> None:
    async def check() -> None:
        watcher, simulator = Watcher(), REGISTRY.simulator(name)
        profile = replace(PROFILES["idle_cut"], idle=0.2)
        async with serve(simulator, profile) as server, AsyncClient(network=NEAR, plugins=[watcher]) as client:
            opened, reports = channel(name, server.url, keep_alive=0), []
            async with client.listening(opened, lambda _, receipt: reports.extend(receipt.events)):
                await client.send(opened, OutboundMessage(TO, "one"))
                await until(lambda: watcher.reasons(State.LOST))
                assert re.search("closed|reset|lost", watcher.reasons(State.LOST)[0])
                await client.send(opened, OutboundMessage(TO, "two"))
                await until(lambda: server.delivered == 2)
        assert [one.text for one in simulator.accepted] == ["one", "two"]
        assert {report.status for report in reports} == {Status.DELIVERED}
        states = [one.state for one in watcher.health]
        assert State.BOUND in states[states.index(State.LOST) :]

    run(check())


@every
def test_keep_alives_within_its_patience_keep_an_smsc_from_hanging_up(name: str) -> None:
    async def check() -> None:
        watcher, simulator = Watcher(), REGISTRY.simulator(name)
        async with (
            serve(simulator, PROFILES["idle_cut"]) as server,
            AsyncClient(network=NEAR, plugins=[watcher]) as client,
        ):
            opened = channel(name, server.url, keep_alive=PROFILES["idle_cut"].idle / 8)
            await client.send(opened, OutboundMessage(TO, "one"))
            [peer] = server.peers
            await asyncio.sleep(1.5 * PROFILES["idle_cut"].idle)
            await client.send(opened, OutboundMessage(TO, "two"))
            assert server.peers == [peer]
        assert watcher.reasons(State.LOST) == []
        assert [one.text for one in simulator.accepted] == ["one", "two"]

    run(check())


@every
def test_a_refusal_without_a_body_is_understood(name: str) -> None:
    async def check() -> None:
        simulator = REGISTRY.simulator(name)
        async with serve(simulator, PROFILES["bare_error"]) as server, AsyncClient(network=NEAR) as client:
            opened = channel(name, server.url)
            with pytest.raises(Rejected):
                await client.send(opened, OutboundMessage("+12025550195", "Hi"))
            assert (await client.send(opened, OutboundMessage(TO, "Hi"))).id
        assert [one.to for one in simulator.accepted] == [TO]

    run(check())


GARBLED = {
    "smpp": "an unexpected request came: OtherPdu",
    "ucp_emi": "a broken frame came: a frame begins with",
    "cimd2": "a broken frame came: a packet begins with",
}


@every
def test_a_frame_of_garbage_is_told_of_and_costs_neither_connection_nor_message(name: str) -> None:
    async def check() -> None:
        watcher, simulator = Watcher(), REGISTRY.simulator(name)
        profile = replace(PROFILES["garbage"], garbage=1)
        async with serve(simulator, profile) as server, AsyncClient(network=NEAR, plugins=[watcher]) as client:
            opened = channel(name, server.url)
            for text in ("one", "two"):
                await client.send(opened, OutboundMessage(TO, text))
            assert len(server.peers) == 1
        assert [one.text for one in simulator.accepted] == ["one", "two"]
        assert watcher.reasons(State.LOST) == []
        assert any(re.search(GARBLED[name], one.reason) for one in watcher.health)

    run(check())


@every
@pytest.mark.parametrize(
    ("profile", "order"),
    [("good", [Kind.RESPONSE, Kind.RESPONSE, Kind.DELIVER]), ("early_receipt", [Kind.RESPONSE, Kind.DELIVER])],
)
def test_a_receipt_comes_before_the_response_where_the_profile_says_so(
    name: str, profile: str, order: list[Kind]
) -> None:
    async def check() -> None:
        dialect, simulator = DIALECTS[name], REGISTRY.simulator(name)
        async with serve(simulator, PROFILES[profile]) as server:
            opened, numbers, frames, seen = channel(name, server.url), dialect.sequences(), dialect.reader(), []
            login = opened.plugin.adapter.authenticate(opened)
            submit = next(opened.plugin.adapter.send(opened, OutboundMessage(TO, "Hi"))).frame
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.writelines(
                dialect.encode(frame, next(numbers)) for frame in (dialect.login(login, login.binds[0]), submit)
            )
            while len(seen) < len(order):
                seen += [dialect.kind(frame) for frame, _ in frames.feed(await reader.read(65536))]
            writer.close()
        assert seen[: len(order)] == order

    run(check())


def quirky() -> dict[tuple[str, str], str]:
    """What the page about sessions says of each way of misbehaving within the frames, by it and the adapter."""
    page = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text(encoding="utf-8")
    section = page.split("## A simulated SMSC\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| `[a-z0-9_]+` \|", line)]
    told = {row[0].strip("`"): row[1:] for row in rows}
    assert set(told) == set(PROFILES) - {"good"}
    return {(name, key): cells[place] for key, cells in told.items() for place, name in enumerate(DIALECTS)}


def told_by(name: str, quirks: frozenset[Quirk]) -> list[Any]:
    """A receipt, and the refusal of an invalid recipient."""
    smsc = REGISTRY.simulator(name)
    smsc.clock, smsc.quirks = (lambda: NOW), quirks
    opened = channel(name, f"{smsc.dialect.name}://smsc.example.com:1")
    flows = [opened.plugin.adapter.send(opened, OutboundMessage(to, "Hi")) for to in (TO, "+12025550195")]
    answers = [list(smsc.answer(next(flow).frame)) for flow in flows]
    return [*answers, *(report.frame for report in smsc.reports(smsc.accepted[0]))]


@every
@pytest.mark.parametrize("quirk", Quirk)
def test_a_quirk_shows_in_the_frames_of_each_protocol_in_which_it_makes_sense(name: str, quirk: Quirk) -> None:
    differs = told_by(name, frozenset({quirk})) != told_by(name, frozenset())
    assert differs != quirky()[name, quirk.value].startswith("no:")


def test_what_an_smsc_does_beside_its_frames_is_for_every_protocol() -> None:
    within = {quirk.value for quirk in Quirk}
    assert {cell[:3] for (_, profile), cell in quirky().items() if profile not in within} == {"yes"}


class Wire:
    """An SMSC that takes logins, and does with the first submission what `act` says; `numbers` are those it got."""

    def __init__(self, dialect: Dialect, act: Callable[[Wire, Any, int], None]) -> None:
        self.dialect, self.act = dialect, act
        self.submits: list[Any] = []
        self.numbers: list[int] = []
        self.limit: int | None = None

    async def open(self) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"{self.dialect.name}://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer, frames, bound = writer, self.dialect.reader(), False
        while data := await reader.read(65536 if self.limit is None or not bound else self.limit):
            if bound and self.limit is not None:
                writer.transport.abort()
                return
            for frame, _ in frames.feed(data):
                kind, number = self.dialect.kind(frame), self.dialect.sequence_of(frame)
                self.numbers.append(number)
                if kind is Kind.SUBMIT:
                    self.submits.append(frame)
                    self.act(self, frame, number)
                else:
                    bound = True
                    self.say(self.dialect.reply_to(frame, Reply.ACCEPTED), number)
        writer.close()

    def say(self, frame: Any, number: int) -> None:
        self.writer.write(self.dialect.encode(frame, number))


def answer_of(name: str, frame: Any) -> Any:
    [answer] = REGISTRY.simulator(name).answer(frame)
    return answer


async def outcome(name: str, wire: Wire, **config: Any) -> Any:
    url = await wire.open()
    try:
        async with AsyncClient(network=NEAR) as client:
            try:
                return await client.send(channel(name, url, **config), OutboundMessage(TO, "Muraho"))
            except SmsError as error:
                return error
    finally:
        wire.server.close()


@every
def test_a_connection_cut_at_every_octet_of_the_response_is_in_doubt(name: str) -> None:
    whole = 0

    def cut_after(count: int) -> Callable[[Wire, Any, int], None]:
        def act(wire: Wire, frame: Any, number: int) -> None:
            nonlocal whole
            octets = wire.dialect.encode(answer_of(name, frame), number)
            whole = len(octets)
            wire.writer.write(octets[:count])
            wire.writer.close()

        return act

    async def check() -> None:
        for count in range(200):
            wire = Wire(DIALECTS[name], cut_after(count))
            found = await outcome(name, wire)
            assert len(wire.submits) == 1, count
            if count >= whole:
                assert found.id, count
                return
            assert isinstance(found, DeliveryUncertain), (count, found)
            assert not found.retryable
        raise AssertionError("the response has no end")

    run(check())
    assert whole > 20


@every
def test_a_connection_cut_at_every_octet_of_a_submit_is_in_doubt(name: str) -> None:
    """The client has written all of it and cannot know how much was read."""

    async def check() -> None:
        length = len(DIALECTS[name].encode(await submitted(name), 1))
        for count in range(1, length + 1):
            wire = Wire(DIALECTS[name], lambda *_: None)
            wire.limit = count
            found = await outcome(name, wire)
            assert isinstance(found, DeliveryUncertain), (count, found)
            assert wire.submits == []

    run(check())


async def submitted(name: str) -> Any:
    wire = Wire(DIALECTS[name], lambda wire, frame, number: wire.say(answer_of(name, frame), number))
    await outcome(name, wire)
    return wire.submits[0]


@every
def test_an_answer_that_comes_twice_or_under_an_unknown_number_confuses_nothing(name: str) -> None:
    def act(wire: Wire, frame: Any, number: int) -> None:
        answer = answer_of(name, frame)
        wire.say(answer, (number + 2) % 100)
        wire.say(answer, number)
        wire.say(answer, number)

    async def check() -> None:
        wire = Wire(DIALECTS[name], act)
        url = await wire.open()
        async with AsyncClient(network=NEAR) as client:
            opened = channel(name, url)
            results = [await client.send(opened, OutboundMessage(TO, str(place))) for place in range(5)]
        wire.server.close()
        assert len(wire.submits) == 5
        assert all(result.id for result in results)

    run(check())


@every
def test_a_silent_smsc_leaves_a_message_in_doubt(name: str) -> None:
    async def check() -> None:
        wire = Wire(DIALECTS[name], lambda *_: None)
        found = await outcome(name, wire, response_timeout=0.2, keep_alive=0)
        assert isinstance(found, DeliveryUncertain)
        assert len(wire.submits) == 1

    run(check())


@every
@pytest.mark.parametrize("window", [1, 100])
def test_numbers_wrap_and_none_is_used_twice_at_once(name: str, window: int) -> None:
    open_numbers: set[int] = set()

    async def check() -> None:
        loop = asyncio.get_running_loop()

        def act(wire: Wire, frame: Any, number: int) -> None:
            assert number not in open_numbers
            open_numbers.add(number)
            loop.call_later(0.001 * (number % 7), finish, wire, frame, number)

        def finish(wire: Wire, frame: Any, number: int) -> None:
            open_numbers.discard(number)
            wire.say(answer_of(name, frame), number)

        wire = Wire(DIALECTS[name], act)
        url = await wire.open()
        async with AsyncClient(network=NEAR) as client:
            opened = channel(name, url, window=window)
            sends = (client.send(opened, OutboundMessage(TO, "Hi")) for _ in range(300))
            results = await asyncio.gather(*sends)
        wire.server.close()
        assert len(results) == len(wire.submits) == 300
        # Login, submits and logout: CIMD2 leaves no number out, UCP/EMI one that is still unanswered.
        step, limit = {"smpp": (1, 1 << 31), "ucp_emi": (1, 100), "cimd2": (2, 256)}[name]
        steps = {(second - first) % limit for first, second in zip(wire.numbers, wire.numbers[1:], strict=False)}
        assert steps == {step} or (name == "ucp_emi" and window > 1)

    run(check())


def test_a_nack_of_cimd2_is_told_as_not_accepted() -> None:
    async def check() -> None:
        wire = Wire(CIMD2, lambda wire, frame, number: wire.say(Nack(), number))
        found = await outcome("cimd2", wire, throttle_retries=1, reconnect_first=0.05)
        assert isinstance(found, TemporaryFailure)

    run(check())


def test_an_account_of_ucp_that_has_no_login_sends_at_once() -> None:
    async def check() -> None:
        wire = Wire(UCP, lambda wire, frame, number: wire.say(answer_of("ucp_emi", frame), number))
        found = await outcome("ucp_emi", wire, login=False, password="")
        assert found.id
        assert (len(wire.submits), wire.numbers) == (1, [0])

    run(check())


@pytest.mark.parametrize("operation", ["30", "01"])
def test_the_old_operations_of_ucp_are_answered(operation: str) -> None:
    async def check() -> None:
        simulator = REGISTRY.simulator("ucp_emi")
        async with serve(simulator) as server, AsyncClient(network=NEAR) as client:
            opened = channel("ucp_emi", server.url, operation=operation)
            result = await client.send(opened, OutboundMessage(TO, "Muraho"))
        assert [one.text for one in simulator.accepted] == ["Muraho"]
        assert result.ids == (simulator.accepted[0].id,)

    run(check())
