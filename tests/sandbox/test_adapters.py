"""Every adapter that has a simulator sends through the sandbox, and its host hears what became of it."""

from __future__ import annotations

import pytest
from hosting import OPEN, SmallHost

from sms_adapters import Client, DeliveryReport, InboundMessage, OutboundMessage, Registry, SmsError, simulation
from sms_adapters.manifest import Capability, Kind
from sms_adapters.results import Status
from sms_adapters.sandbox.client import SandboxClient
from sms_adapters.sandbox.demo import HANDSET, LONG_TEXT, REPLY
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.serving import running
from sms_adapters.simulation import FATES, Fate

REGISTRY = Registry(installed=False)
SERVED = [
    item.id
    for item in REGISTRY.listings()
    if item.manifest and item.manifest.simulator and item.manifest.kind is not Kind.SESSION
]
REPORTING = [name for name in SERVED if REGISTRY.manifest(name).offers(Capability.DELIVERY_REPORTS)]
RECEIVING = [name for name in SERVED if REGISTRY.manifest(name).offers(Capability.INBOUND)]
ENDS = {
    Fate.DELIVERED: Status.DELIVERED,
    Fate.LATE: Status.DELIVERED,
    Fate.DUPLICATED: Status.DELIVERED,
    Fate.OUT_OF_ORDER: Status.DELIVERED,
    Fate.FAILED: Status.FAILED,
    Fate.EXPIRED: Status.EXPIRED,
    Fate.REJECTED: Status.REJECTED,
    Fate.UNDELIVERABLE: Status.UNDELIVERABLE,
}


@pytest.fixture
def joined(sms_sandbox: SandboxClient, host: SmallHost) -> SmallHost:
    """A host that every console points at."""
    sms_sandbox.register_all(host.url)
    return host


@pytest.mark.parametrize("adapter", SERVED)
def test_what_is_sent_is_kept_as_the_handset_shows_it(sms_sandbox: SandboxClient, joined: SmallHost, adapter: str):
    channel = joined.add(sms_sandbox.channel(adapter))
    result = joined.client.send(channel, OutboundMessage(HANDSET, LONG_TEXT))
    found = sms_sandbox.assert_sent(len(result.parts), adapter=adapter, handset=HANDSET)
    assert "".join(item.text for item in found) == LONG_TEXT
    if result.segments is not None:
        assert sum(item.segments for item in found) == result.segments
    shown = sms_sandbox.message(found[0].id)
    sent = next(item for item in shown.exchanges if item.id == shown.submission)
    assert (sent.direction, sent.response.status // 100) == ("to_aggregator", 2)


@pytest.mark.parametrize("adapter", REPORTING)
def test_the_host_hears_of_the_delivery_in_order(sms_sandbox: SandboxClient, joined: SmallHost, adapter: str):
    channel = joined.add(sms_sandbox.channel(adapter))
    message = OutboundMessage(HANDSET, "Muraho")
    result = joined.client.send(channel, message)
    (kept,) = sms_sandbox.wait_for(adapter=adapter, status="delivered")
    reports = joined.wait_for(DeliveryReport)
    if len(reports) == 1 and reports[0].status is not Status.DELIVERED:
        reports = joined.wait_for(DeliveryReport, 2)
    assert [entry.status for entry in kept.history] == ["sent", "delivered"]
    assert reports[-1].status is Status.DELIVERED
    assert [report.status.rank for report in reports] == sorted(report.status.rank for report in reports)
    for report in reports:
        known = report.id is not None and any(channel.same_id(report.id, own) for own in result.ids)
        assert known or report.message_id == message.id


@pytest.mark.parametrize("adapter", RECEIVING)
def test_what_a_handset_writes_reaches_the_host(sms_sandbox: SandboxClient, joined: SmallHost, adapter: str):
    joined.add(sms_sandbox.channel(adapter))
    sms_sandbox.inject(adapter, HANDSET, REPLY)
    (event,) = joined.wait_for(InboundMessage)
    assert (event.sender, event.text) == (HANDSET, REPLY)
    (kept,) = sms_sandbox.wait_for(adapter=adapter, direction="mo", status="delivered")
    assert {item.direction for item in sms_sandbox.message(kept.id).exchanges} == {"to_host"}


@pytest.mark.parametrize("adapter", SERVED)
def test_fates_mean_the_same_at_every_aggregator(sms_sandbox: SandboxClient, adapter: str):
    channel = sms_sandbox.channel(adapter, public_url="http://127.0.0.1:9")
    with Client(network=OPEN) as client:
        for digits, fate in {**FATES, "23": Fate.DELIVERED}.items():
            handset = f"+120255501{digits}"
            try:
                client.send(channel, OutboundMessage(handset, "Muraho"))
                refused = None
            except SmsError as error:
                refused = type(error).__name__
            if fate in ENDS:
                assert refused is None, fate
                (kept,) = sms_sandbox.wait_for(handset=handset, status=ENDS[fate].value)
                assert kept.fate == fate
            else:
                accepted = fate is Fate.LOST_ANSWER
                assert (refused == "DeliveryUncertain") is accepted, fate
                sms_sandbox.assert_sent(int(accepted), handset=handset)


SIGNED_WITH = {"aws_sns": "cryptography", "telnyx": "cryptography", "messagebird": "jwt"}


def test_a_simulator_whose_library_is_missing_is_left_out_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "find_spec", lambda name: None)
    sandbox = Sandbox(REGISTRY)
    with running(lambda: sandbox) as served, SandboxClient(served.url):
        assert sorted(sandbox.aggregators) == sorted(set(REGISTRY.ids()) - set(SIGNED_WITH))
        assert {name: reason.partition(" is not ")[0] for name, reason in sandbox.left_out.items()} == {
            name: f"{name} cannot be simulated: its webhooks are signed with {module}, which"
            for name, module in SIGNED_WITH.items()
        }


def test_nothing_is_left_out_where_all_is_installed() -> None:
    assert {name: REGISTRY.simulator(name).lacking() for name in SERVED} == dict.fromkeys(SERVED, "")
