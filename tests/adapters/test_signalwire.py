"""What is special about SignalWire: codes that mean other things than Twilio's, and two ways of signing."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    ConfigError,
    DeliveryReport,
    InvalidSignature,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    Throttled,
    Unsupported,
)
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest

REGISTRY = Registry(installed=False)
PROJECT = "3b1f0a52-7a9e-4a52-9f64-2f1f6a5e9d10"
SID = "c7d7a8ae-5f0e-4f39-8a35-0b7f6c1b2a12"
CONFIG = {
    "base_url": "https://demo-space.signalwire.com",
    "account_sid": PROJECT,
    "auth_token": "PTexample0123456789abcdef",
    "signing_key": "PSK_9qWm3hTexampleKey",
}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
STATUS_URL = "https://sms.example.org/c/signalwire/8eb23e93/status"
HEADER = "X-SignalWire-Signature"


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"address": "+12025550100", "country": "US", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open(
        "signalwire", id="8eb23e93", config={**CONFIG, **(config or {})}, clock=lambda: CLOCK, **values
    )


class Answers:
    """A transport that keeps requests and gives one answer."""

    def __init__(self, status: int, value: object) -> None:
        self.answer = HttpResponse(status, Headers({"Content-Type": JSON}), json.dumps(value).encode())
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answer

    def close(self) -> None: ...


def failure(status: int, value: object) -> SmsError:
    with Client(transport=Answers(status, value)) as client, pytest.raises(SmsError) as caught:
        client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho"))
    return caught.value


# --- errors

# Source: "Error codes" of the Compatibility API, by what a host has to do about each.
REFUSED = {
    Reason.INVALID_RECIPIENT: "21211 21217 21603 21604 21606 21614",
    Reason.INVALID_SENDER: "21210 21212 21701 21703 21705",
    Reason.REGULATION: "21717",
    Reason.INVALID_CONTENT: "21602 21612 21617 21620 21623",
    Reason.OPTED_OUT: "21610",
    Reason.NO_CREDIT: "4001 30002",
    Reason.UNKNOWN: "20404 21624 10000",
}
OTHERS = {AuthError: "20003 21219", Throttled: "20429 21611"}
CODES = [(code, Rejected, reason) for reason, codes in REFUSED.items() for code in codes.split()]
CODES += [(code, kind, None) for kind, codes in OTHERS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind", "reason"), CODES)
def test_each_code_has_its_error_and_keeps_signalwires_words(code: str, kind: type[SmsError], reason: Any) -> None:
    for spelt in (int(code), code):
        for status in (400, 422):
            error = failure(status, {"code": spelt, "message": f"About {code}", "status": status})
            assert type(error) is kind
            assert getattr(error, "reason", None) == reason
            assert (error.provider_code, error.provider_text) == (code, f"About {code}")


@pytest.mark.parametrize("code", ["21603", "21606", "21612", "30002"])
def test_these_codes_mean_something_else_than_at_twilio(code: str) -> None:
    ours = channel_of().plugin.adapter.errors[code]
    assert ours != REGISTRY.load("twilio").adapter.errors[code]


@pytest.mark.parametrize("code", ["20001", "20504", "31003"])
def test_a_failure_that_may_have_come_too_late_is_in_doubt(code: str) -> None:
    error = failure(500, {"code": code, "message": "An unknown error occurred"})
    assert (type(error).__name__, error.retryable) == ("DeliveryUncertain", False)


REPORTED = {
    Reason.EXPIRED: "30001 30009",
    Reason.BLOCKED: "30004",
    Reason.NO_ROUTE: "30006",
    Reason.INVALID_CONTENT: "30007 30011 30012",
    Reason.UNKNOWN: "11200 30003 30005 30008 30010",
    None: "30022 30027 35125 39999",
}


@pytest.mark.parametrize(
    ("code", "reason"), [(code, reason) for reason, codes in REPORTED.items() for code in codes.split()]
)
def test_each_delivery_code_has_its_reason_and_is_kept(code: str, reason: Reason | None) -> None:
    channel = channel_of()
    told = {"MessageSid": SID, "MessageStatus": "failed", "ErrorCode": code, "To": "+12025550123", "NumSegments": 1}
    request = WebhookRequest("POST", STATUS_URL, Headers({"Content-Type": JSON}), json.dumps(told).encode())
    (found,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    assert isinstance(found, DeliveryReport)
    assert (found.code, found.reason, found.word) == (code, reason, "failed")
    assert found.status is (Status.EXPIRED if reason is Reason.EXPIRED else Status.FAILED)


# --- signatures


def accepts(channel: Channel[Any], url: str, kind: str, body: str, signature: str | None) -> bool:
    headers = Headers({"Content-Type": kind, **({HEADER: signature} if signature is not None else {})})
    request = WebhookRequest("POST", url, headers, body.encode())
    try:
        channel.plugin.adapter.verify_inbound(channel=channel, request=request)
    except InvalidSignature:
        return False
    return True


# The first three are the vectors A, B and C of signalwire/signalwire-python, tests/unit/security/
# test_webhook_validator.py; the others were validated with the RequestValidator of its version 2.1.1.
KEY, HOOK = "PSKtest1234567890abcdef", "https://example.ngrok.io/webhook"
DIGEST = "69f3cbfc18e386ef8236cb7008cd5a54b7fed637a8cb3373b5a1591d7f0fd5f4"
CALL = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
ANSWERED = '{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}'
PICKUP = (
    f"AccountSid={PROJECT}&Body=pickup+ok&From=%2B15095550144&MessageSid=c7d7a8ae-5f0e-4f39-8a35-0b7f6c1b2a11"
    "&NumMedia=0&To=%2B15095550100"
)
DELIVERED = (
    f'{{"MessageStatus":"delivered","MessageSid":"{SID}","To":"+15095550144","From":"+15095550100","NumSegments":1}}'
)
OWN = CONFIG["signing_key"]
VECTORS = [
    (KEY, HOOK, JSON, ANSWERED, "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"),
    ("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", FORM, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    (KEY, f"{HOOK}?bodySHA256={DIGEST}", JSON, '{"event":"call.state"}', "dfO9ek8mxyFtn2nMz24plPmPfIY="),
    (OWN, "https://sms.example.org/hook/signalwire/in", FORM, PICKUP, "SbXtK4xp5NtxH7PZXyMy62mLUZU="),
    (
        *(OWN, "https://sms.example.org/hook/signalwire/status", JSON, DELIVERED),
        "113fea4cb773dccb297e1f90cdea93c7942187c3",
    ),
]


@pytest.mark.parametrize(("key", "url", "kind", "body", "signature"), VECTORS)
def test_published_signatures_are_accepted_and_altered_ones_refused(
    key: str, url: str, kind: str, body: str, signature: str
) -> None:
    channel = channel_of({"signing_key": key}, public_url=None)
    assert accepts(channel, url, kind, body, signature)
    assert accepts(channel, url.replace(".io/", ".io:443/").replace(".org/", ".org:443/"), kind, body, signature)
    assert not accepts(channel, url + "/x", kind, body, signature)
    assert not accepts(channel, url, kind, body.replace("e", "o", 1), signature)
    assert not accepts(channel, url, kind, body, signature[:-3] + ("a0=" if signature.endswith("=") else "fff"))
    assert not accepts(channel, url, kind, body, None)
    assert not accepts(channel_of({"signing_key": "another"}, public_url=None), url, kind, body, signature)
    assert not accepts(channel_of({"auth_token": key, "signing_key": "x"}, public_url=None), url, kind, body, signature)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(fields=st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=6), other=st.dictionaries(TEXTS.filter(bool), TEXTS))
def test_a_form_is_judged_as_by_twilios_library_with_the_signing_key(
    fields: dict[str, str], other: dict[str, str]
) -> None:
    signature = RequestValidator(OWN).compute_signature(STATUS_URL, fields)
    for sent in (fields, other):
        theirs = RequestValidator(OWN).validate(STATUS_URL, sent, signature)
        assert accepts(channel_of(), STATUS_URL, FORM, urlencode(sent), signature) == theirs


@settings(max_examples=60, deadline=None)
@given(value=st.dictionaries(TEXTS, TEXTS), place=st.integers(0, 10_000))
def test_a_json_body_is_signed_to_the_octet(value: dict[str, str], place: int) -> None:
    body = json.dumps(value).encode()
    mac = hmac.new(OWN.encode(), STATUS_URL.encode() + body, hashlib.sha1)
    channel, hexadecimal = channel_of(), mac.hexdigest()
    changed = bytearray(body)
    changed[place % len(body)] ^= 1
    assert accepts(channel, STATUS_URL, JSON, body.decode(), hexadecimal)
    assert not accepts(channel, STATUS_URL, JSON, changed.decode("latin-1"), hexadecimal)
    assert not accepts(channel, STATUS_URL, JSON, body.decode(), b64encode(mac.digest()).decode())


# --- the account and what it takes


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"signing_key": ""}, "signing_key"),
        ({"base_url": "demo-space.signalwire.com"}, "base_url"),
        ({"base_url": "https://demo-space.signalwire.com/api/laml"}, "base_url"),
        ({"account_sid": ""}, "account_sid"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, str], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        channel_of(config)


def test_there_is_no_scheduling_and_no_sender_with_letters() -> None:
    with Client(transport=Answers(201, {"sid": SID})) as client:
        with pytest.raises(Unsupported):
            client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho", send_at=CLOCK))
        with pytest.raises(Unsupported):
            client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho", sender="Muraho"))


def test_the_check_asks_for_what_the_scope_messaging_allows() -> None:
    transport = Answers(200, {"messages": []})
    with Client(transport=transport) as client:
        client.check_account(channel_of())
    path = f"/api/laml/2010-04-01/Accounts/{PROJECT}/Messages.json?PageSize=1"
    assert transport.requests[0].url == f"https://demo-space.signalwire.com{path}"
