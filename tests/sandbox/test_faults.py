"""Faults and fates: what goes wrong between a host, an aggregator and a handset."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from hosting import SmallHost

from sms_adapters import (
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    OutboundMessage,
    SmsError,
    Throttled,
    WebhookResponse,
)
from sms_adapters.sandbox.client import SandboxClient
from sms_adapters.sandbox.server import serve
from sms_adapters.simulation import Fate

HANDSET = "+12025550123"


@pytest.fixture
def twilio(sms_sandbox: SandboxClient, host: SmallHost) -> Any:
    sms_sandbox.register("twilio", public_url=host.url)
    return host.add(sms_sandbox.channel("twilio"))


def send(host: SmallHost, channel: Any, to: str = HANDSET) -> Any:
    return host.client.send(channel, OutboundMessage(to, "Muraho"))


@pytest.mark.parametrize(
    ("faults", "raised", "accepted", "told"),
    [
        ({"throttle_rate": 1, "retry_after": 7}, Throttled, 0, None),
        ({"error_rate": 1, "error_status": 503}, SmsError, 0, None),
        ({"error_rate": 1}, DeliveryUncertain, 0, None),
        ({"reset_rate": 1}, DeliveryUncertain, 0, "the connection was reset"),
        ({"lost_answer_rate": 1}, DeliveryUncertain, 1, "the answer was lost"),
    ],
)
def test_a_fault_is_what_the_client_meets(sms_sandbox, http, host, twilio, faults, raised, accepted, told) -> None:
    sms_sandbox.faults(**faults)
    with pytest.raises(raised) as error:
        send(host, twilio)
    if "retry_after" in faults:
        assert error.value.retry_after == 7
    sms_sandbox.assert_sent(accepted)
    (kept,) = [item for item in http.get("/api/exchanges").json()["items"] if item["direction"] == "to_aggregator"]
    assert kept["error"] == told
    sms_sandbox.faults()
    assert send(host, twilio).id


def test_an_aggregators_own_faults_leave_the_others_alone(sms_sandbox, http, host, twilio) -> None:
    sms_sandbox.faults("twilio", error_rate=1)
    with pytest.raises(SmsError):
        send(host, twilio)
    assert send(host, sms_sandbox.channel("telnyx", public_url=host.url)).id
    assert http.delete("/api/adapters/twilio/faults").json()["error_rate"] == 0
    assert send(host, twilio).id


def test_a_rate_strikes_that_share_of_requests(sms_sandbox, http) -> None:
    sms_sandbox.faults(error_rate=0.5)
    outcomes = [http.get("/twilio/").status_code for _ in range(80)]
    assert set(outcomes) == {401, 500}
    assert 15 < outcomes.count(500) < 65


def test_latency_and_a_slow_body_delay_answers(sms_sandbox, http) -> None:
    began = time.monotonic()
    sms_sandbox.faults(latency=0.2, slow_body=0.2)
    with http.stream("GET", "/twilio/") as answer:
        assert time.monotonic() - began >= 0.2
        answer.read()
    assert time.monotonic() - began >= 0.4


def test_an_outage_keeps_webhooks_until_it_ends(sms_sandbox, http, host, twilio) -> None:
    sms_sandbox.faults(webhook_outage=True)
    send(host, twilio)
    sms_sandbox.inject("twilio", HANDSET, "Yego")
    waiting = http.get("/api/health").json()["pending_webhooks"]
    assert (waiting, host.asked) == (2, 0)
    sms_sandbox.faults()
    assert [report.status for report in host.wait_for(DeliveryReport, 2)] == ["sent", "delivered"]
    assert host.wait_for(InboundMessage)[0].text == "Yego"


def test_a_webhook_comes_again_as_documented_until_the_host_takes_it(sms_sandbox, host) -> None:
    sms_sandbox.register("aws_sns", public_url=host.url)
    host.add(sms_sandbox.channel("aws_sns"))
    host.failing = 2
    made = sms_sandbox.inject("aws_sns", HANDSET, "Yego")
    host.wait_for(InboundMessage)
    sms_sandbox.wait_for(direction="mo", status="delivered")
    tried = sms_sandbox.message(made.id).exchanges
    assert [(item.attempt, item.response.status) for item in tried] == [(1, 500), (2, 500), (3, 200)]
    assert len({item.request.body for item in tried}) == 1


def test_twilio_does_not_call_again_once_it_has_an_answer(sms_sandbox, host, twilio) -> None:
    host.failing = 1
    made = sms_sandbox.inject("twilio", HANDSET, "Yego")
    sms_sandbox.wait_for(direction="mo", status="failed")
    assert [item.response.status for item in sms_sandbox.message(made.id).exchanges] == [500]


@pytest.mark.parametrize(("word", "attempts"), [("ACK/Jasmin", 1), ("OK", 4)])
def test_jasmin_wants_its_own_word_back(sms_sandbox, word: str, attempts: int) -> None:
    with serve(lambda _: WebhookResponse.plain(word)) as url:
        sms_sandbox.register("jasmin", inbound_url=url)
        made = sms_sandbox.inject("jasmin", HANDSET, "Yego")
        sms_sandbox.wait_for(direction="mo", status="delivered" if attempts == 1 else "failed")
    assert len(sms_sandbox.message(made.id).exchanges) == attempts


def test_webhooks_go_nowhere_that_was_not_named(sms_sandbox, host, twilio) -> None:
    channel = sms_sandbox.channel("twilio", public_url="https://sms.example.org")
    send(host, channel)
    (kept,) = sms_sandbox.wait_for(status="delivered")
    *_, last = sms_sandbox.message(kept.id).exchanges
    assert last.response is None
    assert last.error.startswith("not fired: sms.example.org is neither a registered host nor this machine")


@pytest.mark.parametrize(
    ("digits", "statuses"),
    [
        ("98", ["sent", "delivered", "delivered"]),
        ("99", ["delivered", "sent"]),
        ("91", ["sent", "failed"]),
    ],
)
def test_reports_come_in_the_order_that_the_fate_has(sms_sandbox, host, twilio, digits, statuses) -> None:
    send(host, twilio, f"+120255501{digits}")
    assert [report.status for report in host.wait_for(DeliveryReport, len(statuses))] == statuses


def test_a_late_report_comes_after_the_time_set(sms_sandbox, host, twilio) -> None:
    sms_sandbox.settings(pace=1, sent_after=0, next_after=0, late_after=0.4)
    began = time.monotonic()
    send(host, twilio, "+12025550197")
    host.wait_for(DeliveryReport, 1)
    first = time.monotonic() - began
    host.wait_for(DeliveryReport, 2)
    assert first < 0.4 <= time.monotonic() - began


def test_another_fate_ends_the_waiting_for_a_late_one(sms_sandbox, host, twilio) -> None:
    sms_sandbox.settings(pace=1, sent_after=0, next_after=0, late_after=3600)
    send(host, twilio, "+12025550197")
    host.wait_for(DeliveryReport, 1)
    sms_sandbox.change_fate(1, Fate.EXPIRED)
    (_, last) = host.wait_for(DeliveryReport, 2)
    assert last.status == "expired"
    assert [entry.status for entry in sms_sandbox.message(1).history] == ["sent", "expired"]


def test_a_message_of_parts_is_delivered_in_parts_and_may_come_in_disorder(sms_sandbox, host) -> None:
    sms_sandbox.register("vonage", public_url=host.url)
    host.add(sms_sandbox.channel("vonage"))
    text = "abcdefghij" * 40
    made = sms_sandbox.inject("vonage", HANDSET, text, fate=Fate.OUT_OF_ORDER)
    assert [event.text for event in host.wait_for(InboundMessage)] == [text]
    sms_sandbox.wait_for(direction="mo", status="delivered")
    tried = sms_sandbox.message(made.id).exchanges
    assert len(tried) == 3
    assert '"concat-part":"3"' in tried[0].request.body.replace(" ", "")


def test_a_duplicated_message_is_delivered_twice(sms_sandbox, host, twilio) -> None:
    sms_sandbox.inject("twilio", "+12025550198", "Yego")
    first, second = host.wait_for(InboundMessage, 2)
    assert first.id == second.id


def test_the_threads_of_a_client_meet_no_fault_that_is_not_set(sms_sandbox, host, twilio) -> None:
    failed: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(5):
                send(host, twilio)
        except SmsError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    sms_sandbox.wait_for(40, status="delivered")
