"""SMSCs in the sandbox: adapters of kind session bind to them, and see and are seen as the others are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import pytest
from hosting import OPEN

from sms_adapters import (
    AsyncClient,
    AuthError,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    OutboundMessage,
    Registry,
    Rejected,
    Throttled,
)
from sms_adapters.cli.sandbox import SMSC_PROFILES
from sms_adapters.joining import PartJoiner
from sms_adapters.manifest import Kind
from sms_adapters.sandbox.client import SandboxClient, SandboxError
from sms_adapters.sandbox.demo import HANDSET, LONG_TEXT, REPLY
from sms_adapters.sandbox.models import SmscProfile
from sms_adapters.simulation import Fate
from sms_adapters.smsc.serving import PROFILES
from sms_adapters.smsc.smpp.pdus import SubmitSmResp

REGISTRY = Registry(installed=False)
LINES = [
    item.id
    for item in REGISTRY.listings()
    if item.manifest and item.manifest.simulator and item.manifest.kind is Kind.SESSION
]
PATIENCE = 10.0


class Receiver:
    """A host that listens on a session."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.came = asyncio.Event()
        self.failing = 0

    async def handle(self, channel: Any, receipt: Any) -> None:
        if self.failing:
            self.failing -= 1
            raise RuntimeError("the host is ill")
        self.events += receipt.events
        self.came.set()

    async def wait_for(self, kind: type, count: int = 1) -> list[Any]:
        while True:
            found = [event for event in self.events if isinstance(event, kind)]
            if len(found) >= count:
                return found
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), PATIENCE)


def together(work: Callable[[AsyncClient, Receiver], Awaitable[None]], channel: Any) -> None:
    """Do something while the channel's host listens."""

    async def run() -> None:
        host = Receiver()
        async with AsyncClient(network=OPEN, joiner=PartJoiner()) as client, client.listening(channel, host.handle):
            await work(client, host)

    asyncio.run(run())


@pytest.mark.parametrize("adapter", LINES)
def test_a_conversation_is_kept_with_its_frames(sms_sandbox: SandboxClient, adapter: str) -> None:
    channel = sms_sandbox.channel(adapter)

    async def talk(client: AsyncClient, host: Receiver) -> None:
        await client.send(channel, OutboundMessage(HANDSET, LONG_TEXT))
        await host.wait_for(DeliveryReport)
        await asyncio.to_thread(sms_sandbox.inject, adapter, HANDSET, REPLY)
        (event,) = await host.wait_for(InboundMessage)
        assert (event.sender, event.text) == (HANDSET, REPLY)

    together(talk, channel)
    sent = sms_sandbox.messages(adapter=adapter, direction="mt")
    assert "".join(item.text for item in sent) == LONG_TEXT
    sms_sandbox.wait_for(len(sent), direction="mt", status="delivered")
    (reply,) = sms_sandbox.wait_for(direction="mo", status="delivered")
    submit, *reports = sms_sandbox.message(sent[0].id).exchanges
    assert (submit.direction, submit.protocol, submit.response.status, submit.curl) == (
        "to_aggregator",
        REGISTRY.simulator(adapter).dialect.name,
        0,
        None,
    )
    assert {item.direction for item in reports} == {"to_host"}
    assert dict(submit.request.headers)["octets"]
    assert sms_sandbox.message(reply.id).exchanges[0].response.status == 0


@pytest.mark.parametrize(
    ("faults", "raised", "accepted"),
    [({"throttle_rate": 1}, Throttled, 0), ({"lost_answer_rate": 1}, DeliveryUncertain, 1)],
)
def test_faults_strike_frames_too(sms_sandbox: SandboxClient, faults: Any, raised: type, accepted: int) -> None:
    channel = sms_sandbox.channel(
        "smpp", config={**sms_sandbox.adapter("smpp").channel["config"], "throttle_retries": 0}
    )
    sms_sandbox.faults("smpp", **faults)

    async def talk(client: AsyncClient, host: Receiver) -> None:
        with pytest.raises(raised):
            await client.send(channel, OutboundMessage(HANDSET, "Muraho"))

    together(talk, channel)
    sms_sandbox.assert_sent(accepted)


def test_every_way_of_misbehaving_has_its_name_in_the_api_and_on_the_command_line() -> None:
    assert get_args(SmscProfile) == SMSC_PROFILES == tuple(PROFILES)


@pytest.mark.parametrize("adapter", LINES)
def test_messages_and_reports_get_past_an_smsc_that_misbehaves(sms_sandbox: SandboxClient, adapter: str) -> None:
    channel = sms_sandbox.channel(adapter)

    async def talk(client: AsyncClient, host: Receiver) -> None:
        for number, name in enumerate(PROFILES, 1):
            await asyncio.to_thread(sms_sandbox.faults, adapter, smsc_profile=name)
            (first, *_) = await asyncio.gather(
                *(client.send(channel, OutboundMessage(HANDSET, f"{name} {place}")) for place in range(4))
            )
            reports = await host.wait_for(DeliveryReport, 4 * number)
            assert any(channel.same_id(first.id, report.id) for report in reports[-4:]), f"{name}: {first.id}"

    together(talk, channel)
    sms_sandbox.assert_sent(4 * len(PROFILES))


@pytest.mark.parametrize(
    ("profile", "seen"),
    [
        ("hex_id", lambda answer, report: int(answer.message_id, 16) == int(report.id)),
        ("padded_id", lambda answer, report: report.id.startswith("0")),
        ("good", lambda answer, report: answer.message_id == report.id),
    ],
)
def test_an_id_is_written_as_the_profile_says(sms_sandbox: SandboxClient, profile: str, seen: Any) -> None:
    channel = sms_sandbox.channel("smpp")
    sms_sandbox.faults(smsc_profile=profile)

    async def talk(client: AsyncClient, host: Receiver) -> None:
        result = await client.send(channel, OutboundMessage(HANDSET, "Muraho"))
        (report, *_) = await host.wait_for(DeliveryReport)
        assert seen(SubmitSmResp(message_id=result.id), report), (result.id, report.id)

    together(talk, channel)


@pytest.mark.parametrize("adapter", LINES)
def test_fates_are_those_of_all(sms_sandbox: SandboxClient, adapter: str) -> None:
    channel = sms_sandbox.channel(adapter)

    async def talk(client: AsyncClient, host: Receiver) -> None:
        with pytest.raises(Rejected):
            await client.send(channel, OutboundMessage("+12025550195", "Muraho"))
        await client.send(channel, OutboundMessage("+12025550192", "Muraho"))
        reports = await host.wait_for(DeliveryReport)
        assert reports[-1].status in ("expired", "failed"), "UCP has no word for expired"

    together(talk, channel)
    (kept,) = sms_sandbox.assert_sent()
    assert kept.fate is Fate.EXPIRED
    sms_sandbox.wait_for(status="expired")


def test_what_a_handset_writes_waits_for_whoever_logs_in(sms_sandbox: SandboxClient) -> None:
    made = sms_sandbox.inject("smpp", HANDSET, "early")
    assert sms_sandbox.message(made.id).status == "queued"

    async def listen(client: AsyncClient, host: Receiver) -> None:
        (event,) = await host.wait_for(InboundMessage)
        assert event.text == "early"

    together(listen, sms_sandbox.channel("smpp"))
    sms_sandbox.wait_for(direction="mo", status="delivered")


def test_what_a_host_does_not_take_comes_again(sms_sandbox: SandboxClient) -> None:
    async def listen(client: AsyncClient, host: Receiver) -> None:
        host.failing = 1
        await asyncio.to_thread(sms_sandbox.inject, "smpp", HANDSET, "again")
        await host.wait_for(InboundMessage)

    together(listen, sms_sandbox.channel("smpp"))
    (kept,) = sms_sandbox.wait_for(direction="mo", status="delivered")
    assert [(item.attempt, item.response.status) for item in sms_sandbox.message(kept.id).exchanges] == [(1, 1), (2, 0)]


def test_a_duplicated_message_comes_twice(sms_sandbox: SandboxClient) -> None:
    async def listen(client: AsyncClient, host: Receiver) -> None:
        await asyncio.to_thread(sms_sandbox.inject, "smpp", HANDSET, "twice", fate=Fate.DUPLICATED)
        assert [event.text for event in await host.wait_for(InboundMessage, 2)] == ["twice", "twice"]

    together(listen, sms_sandbox.channel("smpp"))
    sms_sandbox.wait_for(direction="mo", status="delivered")


def test_a_stranger_is_not_let_in(sms_sandbox: SandboxClient) -> None:
    channel = sms_sandbox.channel("smpp")
    wrong = sms_sandbox.channel("smpp", config={**sms_sandbox.adapter("smpp").channel["config"], "password": "wrong"})

    async def send() -> None:
        async with AsyncClient(network=OPEN) as client:
            with pytest.raises(AuthError):
                await client.send(wrong, OutboundMessage(HANDSET, "Muraho"))

    asyncio.run(send())
    sms_sandbox.assert_sent(0)
    assert "simpass1" not in str(sms_sandbox.messages())
    assert channel.config.password.get_secret_value() == "simpass1"


def test_there_is_no_webhook_to_register(sms_sandbox: SandboxClient) -> None:
    with pytest.raises(SandboxError, match="smpp delivers to whoever logs in as a receiver"):
        sms_sandbox.register("smpp", public_url="http://127.0.0.1:9")
