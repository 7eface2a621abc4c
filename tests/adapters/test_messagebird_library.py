"""That MessageBird's and Bird's own libraries send, read and verify as the adapter does."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messagebird_channel import (
    ACCESS_KEY,
    FOLDER,
    FORM,
    PLATFORM,
    PLATFORM_KEY,
    RECEIVE,
    REGISTRY,
    SIGNING_KEY,
    WEBHOOK_SECRET,
    accepts,
    as_standard,
    at,
    channel_of,
    event,
    got,
    posted,
    sha256,
    with_token,
)

from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, InboundCase, exchange_cases, inbound_cases
from sms_adapters.http import Headers, WebhookRequest
from sms_adapters.transports.replay import read_cassette

CASES = [case for case in exchange_cases(FOLDER) if case.source.evidence in (Evidence.REFERENCE, Evidence.DOCUMENTED)]
OF_REST = [case for case in CASES if not case.name.startswith("platform_")]
OF_PLATFORM = [case for case in CASES if case.name.startswith("platform_")]
NAMES = ("type", "datacoding", "mclass", "typeDetails", "validity", "gateway", "reportUrl", "reference")
TIMES = ("scheduledDatetime",)


def named(cases: list[Any]) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in cases]


def referring(cases: list[ExchangeCase]) -> list[Any]:
    return named([case for case in cases if case.source.evidence is Evidence.REFERENCE])


def test_there_is_something_to_compare() -> None:
    assert len(referring(OF_REST)) > 15
    assert len(referring(OF_PLATFORM)) > 12


# --- the REST API


class Recorded:
    """In place of `requests`' session: keeps what is sent, and gives what was recorded."""

    def __init__(self, interaction: Mapping[str, Any]) -> None:
        self.recorded, self.sent = interaction["response"], list[Any]()

    def __call__(self, _session: Any, prepared: Any, **_options: Any) -> Any:
        from requests import Response

        self.sent.append(prepared)
        made = Response()
        made.status_code = self.recorded["status"]["code"]
        made._content = self.recorded["body"]["string"].encode()
        made.encoding = "utf-8"
        return made


def rest_result(case: ExchangeCase, recorded: Mapping[str, Any]) -> Any:
    """What the library gives for a case, or raises."""
    from messagebird.client import Client, ErrorException

    client = Client(ACCESS_KEY)
    try:
        if case.hook == "check_account":
            return client.balance()
        if case.hook == "query_status":
            return client.message(str(case.reference))
        return rest_send(client, case, json.loads(recorded["body"]))
    except ErrorException as caught:
        return caught


def rest_send(client: Any, case: ExchangeCase, asked: Mapping[str, Any]) -> Any:
    """Send as a user of the library would, who knows the message; what is asked for gives only the part's text."""
    message = case.message
    assert message is not None
    sender = (message.sender or case.channel["address"]).removeprefix("+")
    to, when = [message.to.removeprefix("+")], message.send_at and message.send_at.isoformat()
    reference = asked.get("reference")
    if message.media:
        urls = [item.url for item in message.media]
        return client.mms_create(sender, to, message.text or None, urls, message.extra.get("subject"), reference, when)
    params: dict[str, Any] = {"type": "binary" if message.data else "flash" if message.flash else "sms"}
    if message.data is None:
        wide = case.name.endswith(("unicode_long", "encoding_ucs2"))
        params["datacoding"] = "unicode" if wide else "plain"
    params |= {"mclass": 0} if message.flash else {}
    params |= {"typeDetails": {"udh": message.udh.hex()}} if message.udh else {}
    params |= {"validity": int(message.validity.total_seconds())} if message.validity else {}
    params |= {"gateway": case.channel["config"]["gateway"]} if "gateway" in case.channel["config"] else {}
    params |= {"scheduledDatetime": when} if when else {}
    if message.report:
        params |= {"reference": reference, "reportUrl": "https://sms.example.org/c/messagebird/8eb23e93/status"}
    text = message.data.hex() if message.data else asked["body"]
    return client.message_create(sender, to, text, params)


def rest_body(body: str | bytes) -> dict[str, Any]:
    """A body as it would be with the recipients in a list, without members that are null, and a time as a time."""
    found = {name: value for name, value in json.loads(body).items() if value is not None}
    found |= {name: datetime.fromisoformat(found[name]) for name in TIMES if name in found}
    recipients = found["recipients"]
    return found | {"recipients": recipients.split(",") if isinstance(recipients, str) else recipients}


def rest_asked(case: ExchangeCase, patch: pytest.MonkeyPatch) -> Iterator[tuple[Mapping[str, Any], Any, list[Any]]]:
    """Each recorded exchange, what the library gives for it or raises, and the requests it makes."""
    for interaction in read_cassette(case.cassette):
        recorded = Recorded(interaction)
        patch.setattr("requests.sessions.Session.send", lambda *args, _by=recorded, **options: _by(*args, **options))
        yield interaction, rest_result(case, interaction["request"]), recorded.sent


@pytest.mark.parametrize("case", referring(OF_REST))
def test_messagebird_library_makes_the_same_requests(case: ExchangeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    for interaction, _, requests in rest_asked(case, monkeypatch):
        recorded = interaction["request"]
        (request,) = requests
        assert (request.method, request.url) == (recorded["method"], recorded["uri"])
        for name, values in recorded["headers"].items():
            assert request.headers[name].partition(";")[0] == values[0]
        if case.hook == "send":
            assert rest_body(request.body) == rest_body(recorded["body"])
            texts.append(json.loads(recorded["body"]).get("body", ""))
    message = case.message
    if message is not None and not message.transliterate:
        assert "".join(texts) == (message.data.hex() if message.data else message.text)


@pytest.mark.parametrize("case", named(OF_REST))
def test_messagebird_library_reads_the_same_in_the_answers(case: ExchangeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    results = [result for _, result, _ in rest_asked(case, monkeypatch)]
    if "error" in case.expect:
        (told, *_) = results[-1].errors
        assert str(told.code) == case.expect["provider_code"]
        assert case.expect.get("provider_text") in (None, told.description)
        return
    if case.hook == "check_account":
        told = {"amount": str(results[0].amount), "currency": results[0].type}
        assert told == case.expect["balance"]
        return
    for result, part in zip(results, case.expect.get("parts") or [case.expect], strict=True):
        (item,) = result.recipients["items"]
        assert (result.id, item.status) == (part["id"], part["word"])
        assert case.hook == "send" or str(item.recipient) == part["recipient"].removeprefix("+")


def validator_accepts(request: WebhookRequest, url: str, now: datetime) -> bool:
    """The verdict of the library's own validator at that time, which it gives by some exception or other."""
    from messagebird.request_validator import RequestValidator

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Then:
            return cls.fromtimestamp(now.timestamp(), tz or UTC)

    token = request.headers.get("MessageBird-Signature-JWT")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jwt.api_jwt.datetime", Then)
        try:
            RequestValidator(SIGNING_KEY).validate_signature(token, url, request.body)
        except Exception:
            return False
    return True


NOW = int(CLOCK.timestamp())
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.sampled_from(["MessageBird", "messagebird", None]),
        "nbf": st.sampled_from([NOW - 60, NOW, NOW + 1, NOW + 2, NOW + 60, None]),
        "exp": st.sampled_from([NOW - 60, NOW - 1, NOW, NOW + 1, NOW + 60, None]),
        "jti": st.sampled_from(["x", None]),
        "url_hash": st.sampled_from([sha256(RECEIVE), None, 7]),
        "payload_hash": st.sampled_from([sha256("x"), sha256(b""), None]),
    },
)


@settings(max_examples=120, deadline=None)
@given(
    values=st.dictionaries(st.sampled_from(["body", "originator", "status"]), st.text(max_size=20), max_size=3),
    post=st.booleans(),
    claims=CLAIMS,
    algorithm=st.sampled_from(["HS256", "HS384", "HS512"]),
    key=st.sampled_from([SIGNING_KEY, SIGNING_KEY, SIGNING_KEY.upper()]),
)
def test_our_verdict_is_that_of_messagebird_s_validator(
    values: dict[str, str], post: bool, claims: dict[str, Any], algorithm: str, key: str
) -> None:
    told = urlencode({"id": "1", **values}, errors="replace")
    genuine = posted(told.encode(), FORM) if post else got(told, RECEIVE)
    request = with_token(genuine, key, algorithm, **claims)
    assert accepts(channel_of(), request) == validator_accepts(request, request.url, CLOCK)
    if not claims and key == SIGNING_KEY:
        assert accepts(channel_of(), request)
        changed = replace(request, url=f"{request.url}&x=1", body=request.body + b"&x=1")
        for other in (changed, replace(request, body=changed.body), replace(request, url=changed.url)):
            assert not accepts(channel_of(), other)
            assert not validator_accepts(other, other.url, CLOCK)


def examples(platform: bool) -> list[Any]:
    return named([case for case in inbound_cases(FOLDER) if case.name.startswith("platform_") == platform])


@pytest.mark.parametrize("case", examples(False))
def test_messagebird_s_validator_accepts_the_examples(case: InboundCase) -> None:
    url = channel_of().external_url(case.request)
    assert validator_accepts(case.request, url, CLOCK)
    assert not validator_accepts(case.request, f"{url}&x=1", CLOCK)


def test_what_the_simulator_signs_is_good_for_messagebird_s_validator() -> None:
    simulator = REGISTRY.simulator("messagebird", clock=lambda: CLOCK, inbound_url=RECEIVE)
    config = simulator.config("https://gw.example.org")
    (fired,) = simulator.inbound("+12025550123", "+12025550100", "Muraho 👋")
    request = WebhookRequest("POST", fired.url, fired.headers, fired.body)
    from messagebird.request_validator import RequestValidator

    assert accepts(channel_of(config), request)
    token = request.headers.get("MessageBird-Signature-JWT")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "jwt.api_jwt.datetime", type("Then", (datetime,), {"now": classmethod(lambda _c, tz=None: CLOCK)})
        )
        claims = RequestValidator(config["signing_key"]).validate_signature(token, request.url, request.body)
    assert claims["iss"] == "MessageBird"


# --- the platform


def bird() -> Any:
    """The library, whose model of something else warns when it is first imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("bird")


def client_for(interaction: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """Bird's client on a transport that keeps its requests and gives the recorded answer."""
    import httpx

    recorded, requests = interaction["response"], list[httpx.Request]()

    def answered(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        headers = {name: values[0] for name, values in recorded["headers"].items()}
        return httpx.Response(recorded["status"]["code"], headers=headers, text=recorded["body"]["string"])

    http = httpx.Client(transport=httpx.MockTransport(answered))
    return bird().Bird(api_key=PLATFORM_KEY, http_client=http, max_retries=0), requests


def platform_asked(case: ExchangeCase) -> Iterator[tuple[Mapping[str, Any], Any, list[Any]]]:
    """Each recorded exchange, what the library gives for it or raises, and the requests it makes."""
    for interaction in read_cassette(case.cassette):
        client, requests = client_for(interaction)
        try:
            result = platform_result(client, case, interaction["request"])
        except bird().APIStatusError as caught:
            result = caught
        yield interaction, result, requests


def platform_result(client: Any, case: ExchangeCase, recorded: Mapping[str, Any]) -> Any:
    if case.hook == "check_account":
        return client.sms.list(limit=1)
    if case.hook == "query_status":
        return client.sms.get(str(case.reference))
    message = case.message
    assert message is not None
    return client.sms.send(
        to=message.to,
        from_=message.sender or case.channel["address"],
        text=json.loads(recorded["body"])["text"],
        category=case.channel["config"].get("category", "transactional"),
        metadata={"message_id": message.id},
        options={"idempotency_key": recorded["headers"]["Idempotency-Key"][0]},
    )


@pytest.mark.parametrize("case", referring(OF_PLATFORM))
def test_bird_library_makes_the_same_requests(case: ExchangeCase) -> None:
    texts = []
    for interaction, _, requests in platform_asked(case):
        recorded = interaction["request"]
        (request,) = requests
        assert (request.method, str(request.url)) == (recorded["method"], recorded["uri"])
        for name, values in recorded["headers"].items():
            assert request.headers[name] == values[0]
        if case.hook == "send":
            assert json.loads(request.content) == json.loads(recorded["body"])
            texts.append(json.loads(recorded["body"])["text"])
    assert case.message is None or "".join(texts) == case.message.text


@pytest.mark.parametrize("case", named(OF_PLATFORM))
def test_bird_library_reads_the_same_in_the_answers(case: ExchangeCase) -> None:
    results = [result for _, result, _ in platform_asked(case)]
    if "error" in case.expect:
        told = results[-1]
        assert told.code == case.expect["provider_code"]
        assert getattr(told, "retry_after", None) == case.expect.get("retry_after")
        return
    if case.hook == "check_account":
        assert [item.direction for item in results[0].data] == ["outbound"]
        return
    for result, part in zip(results, case.expect.get("parts") or [case.expect], strict=True):
        assert (result.id, result.status) == (part["id"], part["word"])
        if case.hook == "send":
            assert result.segments.count == part["segments"]
        else:
            assert result.metadata == {"message_id": part["message_id"]}
        price = {"amount": result.cost.amount, "currency": result.cost.currency_code} if result.cost else None
        assert price == part.get("price")


def unwrapped(request: WebhookRequest, now: datetime, secret: str = PLATFORM["signing_key"]) -> Any:
    """The event that the library makes of a webhook at that time; None where it refuses to."""
    client = bird().Bird(webhook_secret=secret)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bird.resources.webhooks.time.time", now.timestamp)
        try:
            return client.webhooks.unwrap(request.body, dict(request.headers.items()))
        except bird().WebhookVerificationError:
            return None


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    late=st.integers(-400, 400),
    secret=st.sampled_from([WEBHOOK_SECRET, WEBHOOK_SECRET.swapcase()]),
    change=st.sampled_from([b"", b" "]),
)
def test_our_verdict_is_that_of_bird_library(text: str, late: int, secret: str, change: bytes) -> None:
    genuine = event("something.new", text=text)
    signed = as_standard(genuine, str(NOW - late), secret=secret)
    request = replace(signed, body=signed.body + change)
    found = unwrapped(request, CLOCK) is not None
    assert accepts(at(CLOCK, PLATFORM), request) == found
    assert found == (abs(late) <= 300 and secret == WEBHOOK_SECRET and not change)


@pytest.mark.parametrize("case", examples(True))
def test_bird_library_accepts_the_examples_and_knows_their_members(case: InboundCase) -> None:
    found = unwrapped(case.request, CLOCK)
    assert found is not None
    assert unwrapped(replace(case.request, body=case.request.body + b" "), CLOCK) is None
    if case.source.evidence is not Evidence.REFERENCE:
        return
    (told,) = case.expect
    data = found.root.data
    assert datetime.fromisoformat(found.root.timestamp) == CLOCK - timedelta(seconds=3)
    if told["type"] == "OptOut":
        assert (data.destination, data.originator, data.suppression_id) == (told["address"], told["to"], told["id"])
    elif told["type"] == "InboundMessage":
        assert (data.from_, data.to, data.text or "") == (told["sender"], told["to"], told["text"])
    else:
        assert (data.sms_id, data.to, found.root.type) == (told["id"], told["recipient"], f"sms.{told['word']}")
        assert data.metadata == {"message_id": told["message_id"]}


def test_bird_library_sends_to_the_simulator_and_takes_what_it_fires() -> None:
    import httpx

    simulator = REGISTRY.simulator("messagebird", clock=lambda: CLOCK, inbound_url=RECEIVE)
    config = simulator.platform_config("https://gw.example.org")

    def answered(request: httpx.Request) -> httpx.Response:
        headers = Headers(dict(request.headers))
        made = simulator.handle(WebhookRequest(request.method, str(request.url), headers, request.content))
        return httpx.Response(made.status, headers=dict(made.headers.items()), content=made.body)

    http = httpx.Client(transport=httpx.MockTransport(answered))
    client = bird().Bird(api_key=config["access_key"], base_url="https://gw.example.org", http_client=http)
    sent = client.sms.send(to="+12025550191", from_="+12025550100", text="Muraho 👋", category="service")
    assert (sent.status, sent.segments.encoding, client.sms.get(sent.id).id) == ("accepted", "UCS2", sent.id)
    (message,) = simulator.accepted
    fired = [*simulator.reports(message), *simulator.inbound("+12025550123", "+12025550100", "Muraho 👋")]
    events = [
        unwrapped(WebhookRequest("POST", one.url, one.headers, one.body), CLOCK, config["signing_key"]) for one in fired
    ]
    assert [found.root.type for found in events] == ["sms.sent", "sms.failed", "sms.received"]
    assert client.sms.get(sent.id).status == "failed"
