"""Infobip's own library sends and reads the same, and the simulator answers it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import infobip_api_client as library
import pytest
import urllib3
from infobip_api_client import models
from infobip_api_client.api.sms_api import SmsApi
from infobip_api_client.exceptions import ApiException
from infobip_channel import (
    DIGITS,
    FOLDER,
    HOST,
    ID,
    KEY,
    OWN,
    REGISTRY,
    TO,
    URL,
    Wired,
    answer,
    channel_of,
    events,
)
from pydantic import ValidationError

from sms_adapters import (
    Channel,
    Client,
    OutboundMessage,
    Reason,
    Rejected,
    Status,
)
from sms_adapters.conformance.cases import (
    CLOCK,
    Evidence,
    ExchangeCase,
    InboundCase,
    channel_options,
    exchange_cases,
    inbound_cases,
)
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.transports.replay import read_cassette

# --- the vendor's own library

Handle = Callable[[HttpRequest], HttpResponse]


class Pool:
    """What the library has for a connection: its requests are answered by `handle`."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def request(self, method: str, url: str, **options: Any) -> urllib3.HTTPResponse:
        made = self.handle(HttpRequest(method, url, Headers(options["headers"]), (options.get("body") or "").encode()))
        headers = {"Content-Type": made.headers.get("content-type") or "application/json"}
        return urllib3.HTTPResponse(made.body, headers=headers, status=made.status)


def library_of(handle: Handle, host: str = HOST, key: str = KEY) -> SmsApi:
    client = library.ApiClient(library.Configuration(host=host, api_key=key))
    client.rest_client.pool_manager = Pool(handle)
    return SmsApi(client)


def content_of(config: Mapping[str, Any], message: OutboundMessage, text: str) -> Any:
    """The content as it is given to the library."""
    if message.data is not None:
        octets, esm = ((message.udh or b"") + message.data).hex(" "), 64 if message.udh else 0
        return models.SmsBinaryContent(data_coding=4, esm_class=esm, hex=octets)
    language = config.get("language")
    return models.SmsTextContent(
        text=text,
        transliteration=config.get("transliteration"),
        language=models.SmsLanguage(language_code=language) if language else None,
    )


def webhooks_of(channel: Channel[Any], config: Mapping[str, Any], message: OutboundMessage) -> Any:
    if not message.report:
        return models.SmsWebhooks(delivery=models.SmsMessageDeliveryReporting(notify=False))
    delivery = None
    if channel.public_url and "webhook_secret" not in config:
        delivery = models.SmsMessageDeliveryReporting(
            url=channel.callback_url("status"), intermediate_report=config.get("intermediate_reports", False)
        )
    return models.SmsWebhooks(delivery=delivery, content_type="application/json", callback_data=message.id)


def request_of(channel: Channel[Any], config: Mapping[str, Any], message: OutboundMessage, text: str, own: str) -> Any:
    """A message in the library's own names."""
    platform = models.Platform(entity_id=config.get("entity_id"), application_id=config.get("application_id"))
    seconds = message.validity and int(message.validity.total_seconds())
    regional = message.extra.get("regional")
    options = models.SmsMessageOptions(
        platform=platform if config.get("entity_id") else None,
        validity_period=models.ValidityPeriod(amount=seconds, time_unit="SECONDS") if seconds else None,
        campaign_reference_id=message.extra.get("campaign_reference_id"),
        regional=models.SmsRegionalOptions.from_dict(regional) if regional else None,
        flash=message.flash,
    )
    schedule = models.SmsRequestSchedulingSettings(send_at=message.send_at) if message.send_at else None
    item = models.SmsMessage(
        sender=message.sender or (channel.address or "").removeprefix("+"),
        destinations=[models.SmsDestination(to=message.to.removeprefix("+"), message_id=own)],
        content=models.SmsMessageContent(content_of(config, message, text)),
        options=options,
        webhooks=webhooks_of(channel, config, message),
    )
    counted = message.data is None
    whole = models.SmsMessageRequestOptions(schedule=schedule, include_sms_count_in_response=counted)
    return models.SmsRequest(messages=[item], options=whole)


def by_library(case: ExchangeCase, texts: Sequence[str]) -> list[HttpRequest]:
    """The requests that the library makes for what an exchange does."""
    made: list[HttpRequest] = []
    config, message = case.channel["config"], case.message

    def handle(request: HttpRequest) -> HttpResponse:
        made.append(request)
        return answer(200, {"messages": [], "results": []})

    api = library_of(handle, config["base_url"], config["api_key"])
    if case.hook == "query_status":
        api.get_outbound_sms_message_logs(message_id=[case.reference])
    elif case.hook == "fetch_inbound":
        api.get_inbound_sms_messages(limit=100)
    elif message is not None:
        channel = REGISTRY.open("infobip", **{"id": "8eb23e93", **channel_options(case.channel)})
        whole = f"{channel.id}:{message.id}"
        names = [whole] if len(texts) == 1 else [f"{whole}:{number + 1}" for number in range(len(texts))]
        for text, own in zip(texts, names, strict=True):
            api.send_sms_messages(request_of(channel, config, message, text, own))
    return made


FALSE = ("flash", "includeSmsCountInResponse", "intermediateReport", "singleShift", "lockingShift")
DEFAULTS = {**dict.fromkeys(FALSE, False), "esmClass": 0}


def told(value: Any) -> Any:
    """A body without the defaults that the library writes out, and with times as times."""
    if isinstance(value, list):
        return [told(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: told(item) for name, item in value.items() if DEFAULTS.get(name, ...) != item}
    if "sendAt" in kept:
        kept["sendAt"] = datetime.fromisoformat(kept["sendAt"])
    return {name: item for name, item in kept.items() if item != {}}


REFERENCE = [case for case in exchange_cases(FOLDER) if case.source.evidence is Evidence.REFERENCE]


def test_there_are_exchanges_to_compare_with_the_library() -> None:
    assert {case.hook for case in REFERENCE} == {"send", "query_status", "fetch_inbound"}
    assert len(REFERENCE) >= 20


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in REFERENCE])
def test_the_library_makes_the_recorded_requests(case: ExchangeCase) -> None:
    assert case.source.software.startswith(f"infobip-api-python-client {library.__version__}")
    recorded = [entry["request"] for entry in read_cassette(case.cassette)]
    bodies = [json.loads(one["body"]) if one.get("body") else None for one in recorded]
    texts = [body["messages"][0]["content"].get("text", "") if body else "" for body in bodies]
    theirs = by_library(case, texts)
    assert len(theirs) == len(recorded)
    for ours, body, other in zip(recorded, bodies, theirs, strict=True):
        assert (ours["method"], ours["uri"]) == (other.method, other.url)
        assert told(body) == told(json.loads(other.body) if other.body else None)
        headers = {name: values[0] for name, values in ours["headers"].items()}
        assert {name: other.headers.get(name) for name in headers} == headers
    if case.message is not None and case.message.text:
        assert "".join(texts) == case.message.text


def answers_of(case: ExchangeCase) -> list[HttpResponse]:
    said = [entry["response"] for entry in read_cassette(case.cassette)]
    return [answer(one["status"]["code"], json.loads(one["body"]["string"])) for one in said]


SENT = [
    case
    for case in exchange_cases(FOLDER)
    if case.hook == "send"
    and case.source.evidence is not Evidence.SIMULATED
    and "messages" in case.cassette.read_text()
]
WITH_MESSAGES = [case for case in SENT if all("messages" in response.json_object() for response in answers_of(case))]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in WITH_MESSAGES])
def test_the_library_takes_the_answer_for_what_we_take_it(case: ExchangeCase) -> None:
    said = answers_of(case)
    api = library_of(lambda request: said.pop(0))
    message = OutboundMessage(to=TO, text="x", report=False)
    for _ in range(len(said)):
        (read,) = api.send_sms_messages(request_of(channel_of(), {}, message, "x", ID)).messages
    if "error" in case.expect:
        assert str(read.status.id) == case.expect["provider_code"]
        assert read.status.group_name in ("UNDELIVERABLE", "EXPIRED", "REJECTED")
        return
    part = case.expect["parts"][-1]
    assert (read.message_id, read.status.name) == (part["id"], part["word"])
    assert (read.details and read.details.message_count) == part.get("segments")
    assert read.status.group_name in ("PENDING", "DELIVERED")


FAILED = [
    case
    for case in exchange_cases(FOLDER)
    if case.hook == "send"
    and case.source.evidence is Evidence.DOCUMENTED
    and case.name.startswith(("error", "exception"))
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in FAILED])
def test_the_library_fails_where_we_fail(case: ExchangeCase) -> None:
    said = answers_of(case)
    api = library_of(lambda request: said.pop(0))
    with pytest.raises(ApiException):
        api.send_sms_messages(request_of(channel_of(), {}, OutboundMessage(to=TO, text="x", report=False), "x", ID))
    assert "error" in case.expect


def read_inbound(names: Sequence[str]) -> list[InboundCase]:
    return [case for case in inbound_cases(FOLDER) if case.name in names]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in read_inbound(["report_batch"])])
def test_the_library_reads_the_same_reports(case: InboundCase) -> None:
    theirs = models.SmsDeliveryResult.from_json(case.request.body.decode()).results
    ours = events(*json.loads(case.request.body)["results"])
    for other, mine in zip(theirs, ours, strict=True):
        assert (other.message_id, f"+{other.to}", other.done_at) == (mine.id, mine.recipient, mine.at)
        assert (other.callback_data, other.status.group_name) == (mine.message_id, mine.word)
        assert Decimal(str(other.price.price_per_message)) * other.message_count == mine.price.amount
        assert other.price.currency == mine.price.currency


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in read_inbound(["text", "text_unicode"])])
def test_the_library_reads_the_same_messages(case: InboundCase) -> None:
    (other,) = models.SmsInboundMessageResult.from_json(case.request.body.decode()).results
    (mine,) = events(*json.loads(case.request.body)["results"], action="receive")
    assert (other.message_id, f"+{other.var_from}", f"+{other.to}") == (mine.id, mine.sender, mine.to)
    assert (other.text, other.received_at) == (mine.text, mine.received_at)


def test_the_library_loses_a_batch_for_one_status_that_it_does_not_know() -> None:
    """And so must not we: that is why nothing here reads a batch as a whole."""
    (case,) = read_inbound(["report_unknown_status_in_a_batch"])
    with pytest.raises(ValidationError):
        models.SmsDeliveryResult.from_json(case.request.body.decode())
    found = events(*json.loads(case.request.body)["results"])
    assert [one.status for one in found] == [Status.DELIVERED, Status.UNKNOWN, Status.DELIVERED]


# --- the simulator


@pytest.fixture
def simulated() -> Any:
    simulator = REGISTRY.simulator("infobip", clock=lambda: CLOCK)
    channel = channel_of(simulator.config("https://gw.example.org"))
    simulator.inbound_url = channel.callback_url("receive")
    with Client(transport=Wired(simulator)) as client:
        yield client, channel, simulator


def simulated_library(simulator: Any) -> SmsApi:
    def handle(request: HttpRequest) -> HttpResponse:
        made = simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(made.status, made.headers, made.body)

    return library_of(handle, "https://gw.example.org", simulator.config("")["api_key"])


def test_the_library_is_answered_for_each_destination_of_each_message(simulated: Any) -> None:
    simulator = simulated[2]
    api = simulated_library(simulator)
    wanted = [
        [("12025550123", "a"), ("12025550194", "b"), ("12025550124", None)],
        [("12025550125", "a"), ("12025550126", "d")],
    ]
    messages = [
        models.SmsMessage(
            sender="InfoSMS",
            destinations=[models.SmsDestination(to=to, message_id=own) for to, own in destinations],
            content=models.SmsMessageContent(models.SmsTextContent(text="Muraho")),
        )
        for destinations in wanted
    ]
    options = models.SmsMessageRequestOptions(include_sms_count_in_response=True)
    found = api.send_sms_messages(models.SmsRequest(messages=messages, options=options)).messages
    assert [item.destination for item in found] == [to for destinations in wanted for to, _ in destinations]
    assert [item.status.id for item in found] == [26, 10, 26, 23, 26]
    assert [item.details.message_count for item in found] == [1] * 5
    assert [message.to for message in simulator.accepted] == ["+12025550123", "+12025550124", "+12025550126"]
    (log,) = api.get_outbound_sms_message_logs(message_id=["d"]).results
    assert (log.destination, log.status.name) == ("12025550126", "PENDING_ACCEPTED")
    assert len(api.get_outbound_sms_message_logs().results) == 3


def test_the_library_reads_the_simulators_inbox_once(simulated: Any) -> None:
    simulator = simulated[2]
    simulator.inbound_url = None
    assert list(simulator.inbound(TO, "22384", "é")) == []
    (found,) = simulated_library(simulator).get_inbound_sms_messages(limit=100).results
    assert (found.var_from, found.to, found.text) == (DIGITS, "22384", "é")
    assert simulated_library(simulator).get_inbound_sms_messages(limit=100).results == []


def test_the_library_is_refused_without_the_key(simulated: Any) -> None:
    def handle(request: HttpRequest) -> HttpResponse:
        made = simulated[2].handle(WebhookRequest(request.method, request.url, request.headers, request.body))
        return HttpResponse(made.status, made.headers, made.body)

    with pytest.raises(ApiException) as caught:
        library_of(handle, "https://gw.example.org", "another").get_inbound_sms_messages()
    assert caught.value.status == 401


def test_polling_brings_every_message_once(simulated: Any) -> None:
    client, channel, simulator = simulated
    simulator.inbound_url = None
    for number in range(3):
        list(simulator.inbound(TO, "22384", f"text {number}"))
    assert [item.text for item in client.fetch_inbound(channel).events] == ["text 0", "text 1", "text 2"]
    assert client.fetch_inbound(channel).events == ()


def test_a_message_that_is_sent_again_is_a_duplicate(simulated: Any) -> None:
    client, channel, simulator = simulated
    message = OutboundMessage(to=TO, text="Muraho", id=ID)
    client.send(channel, message)
    with pytest.raises(Rejected) as caught:
        client.send(channel, message)
    assert (caught.value.reason, caught.value.provider_code) == (Reason.DUPLICATE, "23")
    assert len(simulator.accepted) == 1


def receive(client: Client, channel: Channel[Any], request: HttpRequest) -> Any:
    return client.receive(channel, WebhookRequest(request.method, request.url, request.headers, request.body))


def test_the_simulator_reports_where_infobip_would(simulated: Any) -> None:
    client, channel, simulator = simulated
    client.send(channel, OutboundMessage(to=TO, text="Muraho", id=ID))
    by_subscription = simulator.report(simulator.accepted[0], Status.DELIVERED)
    want = hmac.digest(channel.config.webhook_secret.get_secret_value().encode(), by_subscription.body, "sha256").hex()
    assert (by_subscription.url, by_subscription.headers["X-Signature"]) == (f"{URL}status", want)
    (found,) = receive(client, channel, by_subscription).events
    assert (found.status, found.id, found.message_id) == (Status.DELIVERED, OWN, ID)
    unsigned = {"webhook_secret": None, "webhook_header": None}
    plain = channel_of({**simulator.config("https://gw.example.org"), **unsigned})
    client.send(plain, OutboundMessage(to=TO, text="Muraho", id="other"))
    by_message = simulator.report(simulator.accepted[1], Status.DELIVERED)
    assert by_message.url == f"{URL}status"
    assert "X-Signature" not in by_message.headers
    client.send(channel, OutboundMessage(to=TO, text="Muraho", report=False))
    assert simulator.report(simulator.accepted[2], Status.DELIVERED) is None


def test_the_simulators_logs_tell_what_was_reported(simulated: Any) -> None:
    client, channel, simulator = simulated
    client.send(channel, OutboundMessage(to=TO, text="Muraho", id=ID))
    assert client.query_status(channel, OWN).status is Status.QUEUED
    simulator.report(simulator.accepted[0], Status.EXPIRED)
    found = client.query_status(channel, OWN)
    assert (found.status, found.code, found.reason) == (Status.EXPIRED, "4101", Reason.EXPIRED)
    with pytest.raises(Rejected):
        client.query_status(channel, "another")
