"""The control API: what it says, refuses and does."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from hosting import OPEN, SmallHost

from sms_adapters import Client, DeliveryReport, InboundMessage, OutboundMessage, Registry
from sms_adapters.sandbox.client import SandboxClient, SandboxError
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.serving import running
from sms_adapters.simulation import Fate

HANDSET, OTHER = "+12025550123", "+12025550124"


@pytest.fixture
def twilio(sms_sandbox: SandboxClient, host: SmallHost):
    sms_sandbox.register("twilio", public_url=host.url)
    return host.add(sms_sandbox.channel("twilio"))


def sent(host: SmallHost, channel, *handsets: str, text: str = "Muraho") -> list[str]:
    return [host.client.send(channel, OutboundMessage(handset, text)).id for handset in handsets]


def test_a_message_shows_its_exchanges_in_both_directions_without_secrets(sms_sandbox, host, twilio):
    (provider_id,) = sent(host, twilio, HANDSET)
    host.wait_for(DeliveryReport, 2)
    (kept,) = sms_sandbox.messages(status="delivered")
    assert (kept.provider_id, kept.handset, kept.number, kept.text) == (provider_id, HANDSET, "+12025550100", "Muraho")
    assert (kept.encoding, kept.segments, kept.direction) == ("gsm7", 1, "mt")
    shown = sms_sandbox.message(kept.id)
    assert [item.direction for item in shown.exchanges] == ["to_aggregator", "to_host", "to_host"]
    secret = twilio.config.auth_token.get_secret_value()
    raw = shown.model_dump_json()
    assert provider_id in raw
    assert secret not in raw
    assert dict(shown.exchanges[0].request.headers)["authorization"] == "***"
    assert "Body=Muraho" in shown.exchanges[0].curl


def test_messages_are_filtered_and_paged(sms_sandbox, http, host, twilio):
    sent(host, twilio, *[HANDSET, OTHER] * 5)
    first = http.get("/api/messages", params={"handset": HANDSET, "limit": 3}).json()
    second = http.get("/api/messages", params={"handset": HANDSET, "limit": 3, "before": first["next"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == [9, 7, 5, 3, 1]
    assert (first["next"], second["next"]) == (5, None)
    assert [item.id for item in sms_sandbox.messages(after=8)] == [9, 10]
    assert sms_sandbox.messages(text="nothing like it") == []
    assert len(sms_sandbox.messages(text="MURAHO", adapter="twilio", direction="mt")) == 10


def test_conversations_are_listed_by_their_last_message(sms_sandbox, http, host, twilio):
    sent(host, twilio, HANDSET, OTHER, HANDSET)
    found = http.get("/api/conversations", params={"limit": 1}).json()
    assert [(item["handset"], item["count"], item["last"]["id"]) for item in found["items"]] == [(HANDSET, 2, 3)]
    rest = http.get("/api/conversations", params={"before": found["next"]}).json()
    assert [(item["handset"], item["count"]) for item in rest["items"]] == [(OTHER, 1)]


def test_a_chosen_fate_wins_over_digits_in_any_form_of_the_number(sms_sandbox, host, twilio):
    sms_sandbox.choose("(202) 555-0195", Fate.EXPIRED)
    sent(host, twilio, "+12025550195")
    (kept,) = sms_sandbox.wait_for(status="expired")
    assert kept.fate is Fate.EXPIRED
    sms_sandbox.choose("(202) 555-0195", None)
    assert sms_sandbox._call("GET", "/fates")["chosen"] == {}


def test_a_held_message_waits_for_its_fate(sms_sandbox, host, twilio):
    sms_sandbox.settings(hold=True)
    sent(host, twilio, HANDSET)
    (kept,) = sms_sandbox.messages()
    assert kept.status == "queued"
    assert host.events == []
    sms_sandbox.change_fate(kept.id, Fate.FAILED)
    sms_sandbox.wait_for(status="failed")
    assert [report.status for report in host.wait_for(DeliveryReport, 2)] == ["sent", "failed"]


def test_another_fate_after_delivery_is_reported_too(sms_sandbox, host, twilio):
    sent(host, twilio, HANDSET)
    host.wait_for(DeliveryReport, 2)
    sms_sandbox.change_fate(1, Fate.FAILED)
    assert [report.status for report in host.wait_for(DeliveryReport, 3)] == ["sent", "delivered", "failed"]
    (kept,) = sms_sandbox.messages()
    assert kept.status == "delivered", "a handset's acknowledgement cannot be taken back"


@pytest.mark.parametrize("fate", [Fate.INVALID, Fate.LOST_ANSWER])
def test_what_was_accepted_cannot_be_refused_any_more(sms_sandbox, host, twilio, fate):
    sent(host, twilio, HANDSET)
    with pytest.raises(SandboxError, match="accepted already; it can become delivered, failed"):
        sms_sandbox.change_fate(1, fate)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda box: box.adapter("twillio"), "no aggregator 'twillio' is simulated here; there are africastalking"),
        (lambda box: box.message(7), "there is no message 7"),
        (lambda box: box.change_fate(7, Fate.FAILED), "there is no message 7 that went to a handset"),
        (lambda box: box.inject("twilio", HANDSET, "Yego"), "no host is registered: PUT /api/adapters/twilio/host"),
        (lambda box: box.register("twilio"), "give public_url, or inbound_url"),
        (lambda box: box.register("twilio", public_url="ftp://x"), "public_url: String should match pattern"),
        (lambda box: box.inject("twilio", HANDSET, ""), "text: String should have at least 1 character"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(sms_sandbox, call, reason):
    with pytest.raises(SandboxError, match=r"^[A-Z]+ /") as raised:
        call(sms_sandbox)
    assert reason in str(raised.value)


def test_another_number_may_have_another_host(sms_sandbox, host, twilio):
    sms_sandbox.register("twilio", inbound_url="http://127.0.0.1:9/elsewhere", number="+12025550111")
    sms_sandbox.inject("twilio", HANDSET, "here")
    (event,) = host.wait_for(InboundMessage)
    assert event.text == "here"
    missed = sms_sandbox.inject("twilio", HANDSET, "there", to="+12025550111")
    sms_sandbox.wait_for(status="failed", direction="mo")
    tried = sms_sandbox.message(missed.id).exchanges
    assert {item.request.url for item in tried} == {"http://127.0.0.1:9/elsewhere"}
    assert len(tried) == 1 + len(sms_sandbox.adapter("twilio").redelivery["waits"])


def test_a_number_without_a_host_is_said_to_have_none(sms_sandbox: SandboxClient, host: SmallHost) -> None:
    sms_sandbox.register("twilio", public_url=host.url, number="+12025550111")
    with pytest.raises(SandboxError, match="no host is registered"):
        sms_sandbox.inject("twilio", HANDSET, "nobody", to="+12025550100")
    assert sms_sandbox.messages() == []


def test_waiting_ends_when_it_has_what_it_wants_or_says_what_there_is(sms_sandbox, host, twilio):
    with pytest.raises(AssertionError, match=r"waited 0 s for 1 messages handset='\+12025550123'; there are none"):
        sms_sandbox.wait_for(handset=HANDSET, timeout=0)
    sent(host, twilio, HANDSET)
    with pytest.raises(AssertionError, match=r"expected 2 messages, found 1; there are twilio mt \+12025550123"):
        sms_sandbox.assert_sent(2)


def test_a_reset_forgets_everything_but_hosts(sms_sandbox, host, twilio):
    sms_sandbox.faults(error_rate=1)
    sms_sandbox.choose(HANDSET, Fate.FAILED)
    sms_sandbox.reset()
    sent(host, twilio, HANDSET)
    (kept,) = sms_sandbox.wait_for(status="delivered")
    assert kept.provider_id.endswith("1"), "the simulator is a new one"
    assert len(sms_sandbox.adapter("twilio").hosts) == 1


def test_the_stream_tells_what_happens_and_resumes(sms_sandbox, http, host, twilio):
    with http.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": listening"
        sent(host, twilio, HANDSET)
        told = [next(line for line in lines if line.startswith(("event", "id"))) for _ in range(4)]
    number = int(told[0].removeprefix("id: "))
    assert told == [f"id: {number}", "event: message", f"id: {number + 1}", "event: exchange"]
    with http.stream("GET", "/api/events", headers={"Last-Event-ID": str(number)}) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": listening"
        assert next(line for line in lines if line.startswith("id")) == f"id: {number + 1}"


@pytest.mark.parametrize("lasting", [False, True], ids=["memory", "file"])
def test_no_secret_is_shown_or_written(tmp_path: Path, lasting: bool) -> None:
    kept = tmp_path / "sandbox.db"
    foreign = "sk_live_0123456789abcdef"
    made = running(lambda: Sandbox(Registry(), adapters=["hormuud"], path=kept if lasting else None))
    with made as served, SandboxClient(served.url) as sandbox:
        channel = sandbox.channel("hormuud")
        own = channel.config.password.get_secret_value()
        with Client(network=OPEN) as client:
            client.send(channel, OutboundMessage(HANDSET, f"the password is {own}"))
        headers = {"Authorization": f"Bearer {foreign}", "X-Api-Key": foreign}
        httpx.post(f"{served.url}/hormuud/token?api_key={foreign}", data={"password": foreign}, headers=headers)
        shown = sandbox._http.get("/exchanges").text
        token = next(iter(served.sandbox.aggregators["hormuud"].simulator.tokens))
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("latin-1")
    assert "hormuud/token" in shown
    assert ("hormuud/token" in stored) is lasting
    for place in (shown, stored):
        for secret in (foreign, own, token):
            text = place.replace(f"the password is {own}", "")
            assert secret not in text
