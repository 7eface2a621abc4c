"""What is special about services that imitate Twilio: codes that are words, how they sign, and whether."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioClient

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    ConfigError,
    InboundMessage,
    InvalidSignature,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.conformance.cases import CLOCK, ExchangeCase, exchange_cases
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.transports.replay import read_cassette

REGISTRY = Registry(installed=False)
ACCOUNT, TOKEN = "0d8e2f7a-6d1c-4d3a-9f53-1d5c4b3a2f10", "example-auth-token-of-the-clone"
SID = "5f2a9c1e-0b7d-4c52-8f1e-7a6b5c4d3e2f"
CONFIG = {"base_url": "https://api.gw.example.org", "account_sid": ACCOUNT, "auth_token": TOKEN}
FORM = "application/x-www-form-urlencoded"
URL = "https://sms.example.org/c/twiml_compatible/8eb23e93/receive"
FIELDS = {"MessageSid": SID, "AccountSid": ACCOUNT, "From": "12025550123", "To": "1294", "Body": "Yego"}


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"address": "1294", "country": "KH", "public_url": "https://sms.example.org", **options}
    opened = {**CONFIG, **(config or {})}
    return REGISTRY.open("twiml_compatible", id="8eb23e93", config=opened, clock=lambda: CLOCK, **values)


class Answers:
    """A transport that keeps requests and gives one answer."""

    def __init__(self, status: int, value: object) -> None:
        self.answer = HttpResponse(status, Headers({"Content-Type": "application/json"}), json.dumps(value).encode())
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answer

    def close(self) -> None: ...


# Source: somleng/somleng, app/errors/application_error/errors.rb, and for the codes of five digits Twilio's dictionary.
REFUSED = {
    Reason.INVALID_RECIPIENT: "21211 21604 21614",
    Reason.NO_ROUTE: "30006 S1008",
    Reason.INVALID_SENDER: "21210 21606 21701 21703 21704 30037",
    Reason.INVALID_CONTENT: "21602 21617",
    Reason.OPTED_OUT: "21610",
    Reason.BLOCKED: "S1007",
    Reason.NO_CREDIT: "S1005",
    Reason.EXPIRED: "S1001",
    Reason.UNKNOWN: "20422 30409 35111 35114 35118 S9999",
}
OTHERS = {AuthError: "20003 30002 S1004", Throttled: "20429", TemporaryFailure: "S1002"}
CODES = [(code, Rejected, reason) for reason, codes in REFUSED.items() for code in codes.split()]
CODES += [(code, kind, None) for kind, codes in OTHERS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind", "reason"), CODES)
def test_each_code_has_its_error_whether_text_or_number(code: str, kind: type[SmsError], reason: Any) -> None:
    for spelt in (code, *([int(code)] if code.isdigit() else [])):
        for status in (400, 422):
            transport = Answers(status, {"code": spelt, "message": f"About {code}", "status": status})
            with Client(transport=transport) as client, pytest.raises(SmsError) as caught:
                client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho"))
            assert type(caught.value) is kind
            assert getattr(caught.value, "reason", None) == reason
            assert (caught.value.provider_code, caught.value.provider_text) == (code, f"About {code}")


# --- signatures


def receive(channel: Channel[Any], signature: str | None, url: str = URL, header: str = "X-Twilio-Signature") -> Any:
    headers = Headers({"Content-Type": FORM, **({header: signature} if signature is not None else {})})
    with Client(transport=Answers(500, {})) as client:
        return client.receive(channel, WebhookRequest("POST", url, headers, urlencode(FIELDS).encode()))


def sign(key: str, url: str = URL) -> str:
    """The signature by Twilio's library."""
    return str(RequestValidator(key).compute_signature(url, FIELDS))


OWN = {"signature_header": "X-Clone-Signature", "signing_key": "PSK_9qWm3hTexampleKey"}
SIGNED = [
    ("the auth token", {}, sign(TOKEN), "X-Twilio-Signature", True),
    ("another token", {}, sign("another"), "X-Twilio-Signature", False),
    ("nothing", {}, None, "X-Twilio-Signature", False),
    ("another header", {}, sign(TOKEN), "X-Clone-Signature", False),
    ("a key and a header of its own", OWN, sign(OWN["signing_key"]), "X-Clone-Signature", True),
    ("the auth token in place of the key", OWN, sign(TOKEN), "X-Clone-Signature", False),
    ("the key under Twilio's header", OWN, sign(OWN["signing_key"]), "X-Twilio-Signature", False),
    ("the key under Twilio's header, as configured", {"signing_key": "k"}, sign("k"), "X-Twilio-Signature", True),
]


@pytest.mark.parametrize(("what", "config", "signature", "header", "good"), SIGNED)
def test_the_key_and_the_header_are_those_of_the_configuration(
    what: str, config: dict[str, str], signature: str | None, header: str, good: bool
) -> None:
    receipt = receive(channel_of(config), signature, header=header)
    assert (receipt.error is None) == good, what
    assert good or isinstance(receipt.error, InvalidSignature)


def test_without_signatures_a_webhook_is_taken_and_said_to_be_unproven() -> None:
    receipt = receive(channel_of({"verify_signature": False}), None)
    receipt.raise_for_error()
    (event,) = receipt.events
    assert isinstance(event, InboundMessage)
    assert (event.sender, event.to, event.text) == ("+12025550123", "1294", "Yego")
    assert receipt.verified.scheme == "none"


def test_without_signatures_the_callback_secret_is_what_keeps_strangers_out() -> None:
    channel = channel_of({"verify_signature": False}, callback_secret="example-callback-secret")
    assert receive(channel, None, channel.callback_url("receive")).error is None
    assert isinstance(receive(channel, None).error, InvalidSignature)


# --- sending


@pytest.mark.parametrize(
    ("limit", "parts"), [(1600, [320]), (320, [320]), (160, [160, 160]), (100, [100, 100, 100, 20])]
)
def test_a_text_is_split_by_the_configured_length(limit: int, parts: list[int]) -> None:
    transport = Answers(201, {"sid": SID})
    with Client(transport=transport) as client:
        client.send(channel_of({"max_length": limit}), OutboundMessage(to="+12025550123", text="a" * 320))
    assert [len(dict(parse_qsl(request.body.decode()))["Body"]) for request in transport.requests] == parts


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"max_length": 0}, "max_length"),
        ({"max_length": 1601}, "max_length"),
        ({"base_url": "api.gw.example.org"}, "base_url"),
        ({"signing_key": ""}, "signing_key"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        channel_of(config)


# --- Twilio's own library, pointed at the service


class Library(HttpClient):
    """Keeps what Twilio's client would send, and gives it an answer."""

    def __init__(self, status: int, body: str) -> None:
        self.answer, self.requests = Response(status, body), list[tuple[Any, ...]]()

    def request(  # type: ignore[no-untyped-def]
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ) -> Response:
        self.requests.append((method, url, data))
        return self.answer


PLAIN = ("text", "number_sender", "path_in_the_url", "error_s1005_balance", "error_21606", "error_20003")
CASES = [case for case in exchange_cases(REGISTRY.folder("twiml_compatible")) if case.name in PLAIN]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_twilios_library_sends_and_reads_the_same(case: ExchangeCase) -> None:
    (interaction,) = read_cassette(case.cassette)
    request, response, message = interaction["request"], interaction["response"], case.message
    assert message is not None
    http = Library(response["status"]["code"], response["body"]["string"])
    client = TwilioClient(ACCOUNT, TOKEN, http_client=http, environment={"NONE": ""})
    client.api.base_url = case.channel["config"]["base_url"]
    passed = {"to": message.to, "from_": message.sender or "1294", "body": message.text}
    if "parts" in case.expect:
        assert client.messages.create(**passed).sid == case.expect["parts"][0]["id"]
    else:
        with pytest.raises(TwilioRestException) as caught:
            client.messages.create(**passed)
        assert str(caught.value.code) == case.expect["provider_code"]
    ((method, url, data),) = http.requests
    assert (method, url) == (request["method"], request["uri"])
    assert sorted(data.items()) == sorted(parse_qsl(request["body"]))


def test_the_cases_compared_with_the_library_are_there() -> None:
    assert {case.name for case in CASES} == set(PLAIN)
