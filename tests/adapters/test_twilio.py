"""What is special about Twilio: its error table, its signatures, and that its own library sends and reads the same."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioClient

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    ConfigError,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    InvalidSignature,
    MalformedInbound,
    Media,
    NetworkPolicy,
    OptOut,
    OutboundMessage,
    ProtocolError,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
)
from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, exchange_cases, inbound_cases
from sms_adapters.engine import Engine
from sms_adapters.errors import InvalidMessage
from sms_adapters.http import Headers, HttpRequest, HttpResponse, MultiDict, WebhookRequest
from sms_adapters.signatures import twilio_form_bytes
from sms_adapters.simulation import Fate
from sms_adapters.transports.replay import read_cassette

REGISTRY = Registry(installed=False)
FOLDER = REGISTRY.folder("twilio")
ACCOUNT, TOKEN = "AC00112233445566778899aabbccddeeff", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SERVICE = "MG2172dd2db502e20dd981ef0d67850e1a"
API_KEY = {"api_key_sid": "SK2a0747eba6abf96b7e3c3ff0b4530f6e", "api_key_secret": "example-api-key-secret"}
SHARED = {"shared_key_id": "webhooks_sharedkey_example", "shared_key": "example-shared-key"}
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
FORM = "application/x-www-form-urlencoded"
URL = "https://sms.example.org/c/twilio/8eb23e93/receive"
FIELDS = {
    "MessageSid": f"SM{1:032x}",
    "AccountSid": ACCOUNT,
    "From": "+12025550123",
    "To": "+12025550100",
    "Body": "Hi",
}


def channel_of(config: Mapping[str, Any] | None = None, **options: Any) -> Channel[Any]:
    values = {"account_sid": ACCOUNT, "auth_token": TOKEN, **(config or {})}
    options = {"address": "+12025550100", "country": "US", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("twilio", id="8eb23e93", config=values, clock=lambda: CLOCK, **options)


class Answers:
    """A transport that keeps requests and gives answers."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers, self.requests = list(answers), list[HttpRequest]()

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answers.pop(0)

    def close(self) -> None: ...


def answer(status: int, value: object, **headers: str) -> HttpResponse:
    return HttpResponse(status, Headers({"Content-Type": "application/json", **headers}), json.dumps(value).encode())


ACCEPTED = answer(201, {"sid": f"SM{1:032x}", "status": "queued", "num_segments": "1"})


def send(message: OutboundMessage, *answers: HttpResponse, **options: Any) -> list[dict[str, list[str]]]:
    """The forms that were sent."""
    transport = Answers(*(answers or (ACCEPTED,)))
    with Client(transport=transport) as client:
        client.send(channel_of(**options), message)
    return [form_of(request) for request in transport.requests]


def form_of(request: HttpRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True):
        found.setdefault(name, []).append(value)
    return found


def failure(response: HttpResponse) -> SmsError:
    with Client(transport=Answers(response)) as client, pytest.raises(SmsError) as caught:
        client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho"))
    return caught.value


# --- errors

# Source: the error dictionary (https://www.twilio.com/docs/api/errors), by what a host has to do about each.
REFUSED = {
    Reason.INVALID_RECIPIENT: "21211 21217 21421 21604 21608 21614 21265 21266 21635",
    Reason.NO_ROUTE: "21612 21408",
    Reason.INVALID_SENDER: "21212 21601 21603 21606 21607 21621 21622 21659 21660 21661 21701 21702 21703 21704 21705",
    Reason.REGULATION: "21717",
    Reason.INVALID_CONTENT: "21602 21617 21618 21620 21623 21654 21655 21656",
    Reason.OPTED_OUT: "21610",
    Reason.UNKNOWN: "20404 21609 21624 21626 35111 35114 35115 35118 35119 90007",
}
OTHERS = {AuthError: "20003 20005 20008 90010 10001 30002", Throttled: "20429 63017 21611 14107 63018"}
CODES = [(code, Rejected, reason) for reason, codes in REFUSED.items() for code in codes.split()]
CODES += [(code, kind, None) for kind, codes in OTHERS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind", "reason"), CODES)
def test_each_code_has_its_error_and_keeps_twilios_words(code: str, kind: type[SmsError], reason: Reason) -> None:
    for spelt in (int(code), code):
        error = failure(answer(400, {"code": spelt, "message": f"About {code}", "status": 400}))
        assert type(error) is kind
        assert getattr(error, "reason", None) == reason
        assert (error.provider_code, error.provider_text) == (code, f"About {code}")
        assert error.response is not None
        assert f"About {code}" in str(error)


STATUSES = {
    302: ProtocolError,
    400: Rejected,
    401: AuthError,
    403: AuthError,
    404: Rejected,
    422: Rejected,
    429: Throttled,
    500: DeliveryUncertain,
    502: DeliveryUncertain,
    503: TemporaryFailure,
    504: DeliveryUncertain,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", [{"code": 29999, "message": "Something new"}, {}, [], "text"])
def test_a_code_that_is_not_known_is_judged_by_its_status(status: int, body: Any) -> None:
    error = failure(answer(status, body))
    assert type(error) is STATUSES[status]
    assert error.provider_code == ("29999" if isinstance(body, dict) and body else str(status))
    assert not isinstance(error, Rejected) or error.reason is Reason.UNKNOWN


def test_a_server_error_of_a_question_that_submits_nothing_may_be_asked_again() -> None:
    for hook in (
        lambda client: client.check_account(channel_of()),
        lambda client: client.query_status(channel_of(), "S"),
    ):
        with (
            Client(transport=Answers(answer(500, {"code": 20500}))) as client,
            pytest.raises(TemporaryFailure) as caught,
        ):
            hook(client)
        assert caught.value.retryable


# --- reports

REPORTED = {
    Reason.SUSPENDED: "30002",
    Reason.BLOCKED: "30004",
    Reason.INVALID_RECIPIENT: "30005 30006 21211 21614",
    Reason.INVALID_CONTENT: "30007 30019",
    Reason.REGULATION: "30018 30024 30032 30034",
    Reason.OPTED_OUT: "21610",
    Reason.UNKNOWN: "30001 30003 30008 30010 30017 30022 30023 30027",
}


def report(**fields: str) -> DeliveryReport:
    channel = channel_of()
    request = WebhookRequest(
        "POST",
        URL.replace("receive", "status"),
        Headers({"Content-Type": FORM}),
        urlencode({**FIELDS, **fields}).encode(),
    )
    (event,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    assert isinstance(event, DeliveryReport)
    return event


@pytest.mark.parametrize(
    ("code", "reason"), [(code, reason) for reason, codes in REPORTED.items() for code in codes.split()]
)
def test_each_delivery_code_has_its_reason_and_is_kept(code: str, reason: Reason) -> None:
    found = report(MessageStatus="undelivered", ErrorCode=code)
    assert (found.status, found.word) == (Status.UNDELIVERABLE, "undelivered")
    assert (found.code, found.reason) == (code, reason)


def test_a_validity_that_ran_out_is_told_as_expired_unless_the_message_arrived() -> None:
    for word in ("failed", "undelivered", "canceled"):
        assert report(MessageStatus=word, ErrorCode="30036").status is Status.EXPIRED
    assert report(MessageStatus="delivered", ErrorCode="30036").status is Status.DELIVERED
    assert report(MessageStatus="sent", ErrorCode="30036").status is Status.SENT


def test_a_code_without_meaning_is_kept_without_a_reason() -> None:
    found = report(MessageStatus="failed", ErrorCode="39999")
    assert (found.code, found.reason) == ("39999", None)
    assert report(MessageStatus="delivered", ErrorCode="").code is None


COURSES = [
    (["accepted", "queued", "sending", "sent", "delivered"], Status.DELIVERED),
    (["scheduled", "queued", "sent", "delivered", "read"], Status.DELIVERED),
    (["queued", "sending", "sent", "undelivered"], Status.UNDELIVERABLE),
    (["accepted", "queued", "failed"], Status.FAILED),
    (["scheduled", "canceled"], Status.REJECTED),
    (["queued", "sent", "partially_delivered", "delivered", "delivered"], Status.DELIVERED),
    (["queued", "teleported", "sent", "delivered"], Status.DELIVERED),
]


@pytest.mark.parametrize(("words", "final"), COURSES)
def test_callbacks_in_any_order_never_move_a_status_backwards(words: list[str], final: Status) -> None:
    reported = {word: report(MessageStatus=word).status for word in words}
    for order in set(permutations(words)):
        status = Status.UNKNOWN
        for word in order:
            later = status.merge(reported[word])
            assert later.rank >= status.rank
            assert not status.final or later == status
            status = later
        assert status is final


def test_a_message_posted_to_the_status_url_is_still_a_message() -> None:
    channel = channel_of()
    body = urlencode({**FIELDS, "SmsStatus": "received"}).encode()
    request = WebhookRequest("POST", URL.replace("receive", "status"), Headers({"Content-Type": FORM}), body)
    (event,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    assert isinstance(event, InboundMessage)
    assert report(SmsStatus="delivered").status is Status.DELIVERED


def test_no_time_is_made_up_where_twilio_tells_none() -> None:
    (message,) = receive(signed(FIELDS)).events
    assert isinstance(message, InboundMessage)
    assert message.received_at is None
    assert report(MessageStatus="delivered", RawDlrDoneDate="2611230815").at is None


# --- signatures


class Multi(dict[str, list[str]]):
    """Repeated fields as Twilio's library takes them from Django."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        return self[name]


def sign(url: str, form: Mapping[str, str] | Multi, token: str = TOKEN, algorithm: str | None = None) -> str:
    """The signature by Twilio's library."""
    return str(RequestValidator(token).compute_signature(url, form, algorithm))


def signed(fields: Mapping[str, str], url: str = URL, signature: str | None = None, **headers: str) -> WebhookRequest:
    pairs = {"Content-Type": FORM, "X-Twilio-Signature": signature or sign(url, fields), **headers}
    return WebhookRequest("POST", url, Headers(pairs), urlencode(fields).encode())


def receive(request: WebhookRequest, channel: Channel[Any] | None = None) -> Any:
    with Client(transport=Answers()) as client:
        return client.receive(channel or channel_of(), request)


def accepts(channel: Channel[Any], request: WebhookRequest) -> bool:
    try:
        channel.plugin.adapter.verify_inbound(channel=channel, request=request)
    except InvalidSignature:
        return False
    return True


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.one_of(st.sampled_from(["Body", "From", "MessageSid", "body", "A", "AA", "Ä"]), TEXTS.filter(bool))
FORMS = st.lists(st.tuples(NAMES, TEXTS), max_size=8)
PLAIN = st.text("abcXYZ019-_.~", min_size=1, max_size=6)
QUERIES = st.lists(st.tuples(PLAIN, TEXTS), min_size=1, max_size=3).map(urlencode)
URLS = st.builds(
    lambda scheme, host, port, path, query: f"{scheme}://{host}{port}/{path}/receive{query and '?' + query}",
    st.sampled_from(["https", "http"]),
    st.sampled_from(["sms.example.org", "192.0.2.7", "xn--bcher-kva.example"]),
    st.sampled_from(["", ":443", ":80", ":8443"]),
    PLAIN,
    st.one_of(st.just(""), QUERIES),
)
OPEN_CHANNEL = channel_of(public_url=None)


def posted(url: str, pairs: list[tuple[str, str]], signature: str) -> WebhookRequest:
    headers = Headers({"Content-Type": FORM, "X-Twilio-Signature": signature})
    return WebhookRequest("POST", url, headers, urlencode(pairs).encode())


@settings(max_examples=300, deadline=None)
@given(url=URLS, pairs=FORMS, other=URLS, changed=FORMS)
def test_our_verdict_on_a_form_is_that_of_twilios_library(url: str, pairs: Any, other: str, changed: Any) -> None:
    validator = RequestValidator(TOKEN)
    parts = urlsplit(url)
    bare, default = parts.hostname or "", 443 if parts.scheme == "https" else 80
    spellings = [url, *(parts._replace(netloc=host).geturl() for host in (bare, f"{bare}:{default}", f"{bare}:9"))]
    offered = [(spelling, pairs) for spelling in spellings] + [(other, pairs), (url, changed)]
    for signed_url, signed_pairs in offered:
        signature = sign(signed_url, Multi(signed_pairs))
        theirs = validator.validate(url, Multi(pairs), signature)
        assert accepts(OPEN_CHANNEL, posted(url, pairs, signature)) == theirs
    assert accepts(OPEN_CHANNEL, posted(url, pairs, sign(url, Multi(pairs))))


@settings(max_examples=100, deadline=None)
@given(url=URLS, pairs=FORMS)
def test_what_we_sign_is_good_for_twilios_library(url: str, pairs: list[tuple[str, str]]) -> None:
    mac = hmac.digest(TOKEN.encode(), twilio_form_bytes(url, MultiDict(pairs)), "sha1")
    assert RequestValidator(TOKEN).validate(url, Multi(pairs), base64.b64encode(mac).decode())


@settings(max_examples=100, deadline=None)
@given(url=URLS, body=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), other=TEXTS)
def test_our_verdict_on_a_json_body_is_that_of_twilios_library(url: str, body: str, other: str) -> None:
    joint = "&" if "?" in url else "?"
    url = f"{url}{joint}bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = sign(url, {})
    for sent in (body, other):
        headers = Headers({"Content-Type": "application/json", "X-Twilio-Signature": signature})
        request = WebhookRequest("POST", url, headers, sent.encode())
        assert accepts(OPEN_CHANNEL, request) == RequestValidator(TOKEN).validate(url, sent, signature)


# The first three were checked with the library's validator beforehand. The others are those of "Webhooks security" and
# of the tests of twilio/twilio-python, whose token is 12345.
INBOUND_FORM = (
    "AccountSid=AC00112233445566778899aabbccddeeff&ApiVersion=2010-04-01&Body=yes%2C+see+you+at+9&From=%2B4670990001"
    "&MessageSid=SM5d41402abc4b2a76b9719d911017c592&NumMedia=0&NumSegments=1&SmsStatus=received&To=%2B46709900077"
)
STATUS_FORM = (
    "AccountSid=AC00112233445566778899aabbccddeeff&ApiVersion=2010-04-01&ErrorCode=30003&From=%2B46709900077"
    "&MessageSid=SM900150983cd24fb0d6963f7d28e17f72&MessageStatus=undelivered&RawDlrDoneDate=2611230815"
    "&To=%2B46709900012"
)
PING_DIGEST = "7167f023531905d35aef6ee5403b80ccf9d11daec308589d0cd29c07dae7f094"
PROPERTY_DIGEST = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
HOOK = "https://sms.example.org/hook/twilio"
MYCOMPANY = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
DIGITS = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"
PROPERTY = '{"property": "value", "boolean": true}'
PING = '{"specversion":"1.0","type":"com.example.ping"}'
VECTORS = [
    (TOKEN, f"{HOOK}/in?ch=7", INBOUND_FORM, "EcEot5t0xVCwObfYMm9t0zCsqrE="),
    (TOKEN, f"{HOOK}/status?ch=7", STATUS_FORM, "5+ATIVS33I+8b1+V/hbD99312zg="),
    (TOKEN, f"{HOOK}/json?bodySHA256={PING_DIGEST}", PING, "6agfTPghDIpCGO+UpkvcAl9rX/0="),
    ("12345", MYCOMPANY, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("12345", MYCOMPANY.replace(".com", ".com:1234"), CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("12345", MYCOMPANY, CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("12345", MYCOMPANY.replace("https", "http"), CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ("12345", MYCOMPANY, DIGITS, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ("12345", f"{MYCOMPANY}&bodySHA256={PROPERTY_DIGEST}", PROPERTY, "a9nBmqA0ju/hNViExpshrM61xv4="),
]


@pytest.mark.parametrize(("token", "url", "body", "signature"), VECTORS)
def test_published_signatures_are_accepted_and_altered_ones_refused(
    token: str, url: str, body: str, signature: str
) -> None:
    kind = "application/json" if body.startswith("{") else FORM
    channel = channel_of({"auth_token": token}, public_url=None)

    def verdict(url: str = url, body: str = body, signature: str = signature) -> bool:
        headers = Headers({"Content-Type": kind, "X-Twilio-Signature": signature})
        return accepts(channel, WebhookRequest("POST", url, headers, body.encode()))

    assert verdict()
    assert not verdict(url=url.replace("?", "?x=1&"))
    assert not verdict(body=body + "x")
    assert not verdict(signature=signature[:-2] + "A=")
    assert not verdict(signature=signature.swapcase())


TAMPERED = {
    "no header": lambda request: (request.url, Headers({"Content-Type": FORM}), request.body),
    "an empty header": lambda request: (request.url, request.headers.having("X-Twilio-Signature", ""), request.body),
    "another's key": lambda request: (
        request.url,
        request.headers.having("X-Twilio-Signature", sign(URL, FIELDS, "1" * 32)),
        request.body,
    ),
    "a value": lambda request: (request.url, request.headers, request.body.replace(b"Body=Hi", b"Body=Ho")),
    "a field more": lambda request: (request.url, request.headers, request.body + b"&OptOutType=STOP"),
    "a field less": lambda request: (request.url, request.headers, request.body.replace(b"&Body=Hi", b"")),
    "a query": lambda request: (request.url + "?MessageStatus=delivered", request.headers, request.body),
    "no form": lambda request: (request.url, request.headers.having("Content-Type", "text/plain"), request.body),
    "json": lambda request: (request.url, request.headers.having("Content-Type", "application/json"), b'{"a":"b"}'),
}


@pytest.mark.parametrize("change", TAMPERED)
def test_a_tampered_webhook_brings_nothing(change: str) -> None:
    whole = signed(FIELDS)
    receipt = receive(WebhookRequest("POST", *TAMPERED[change](whole)))
    assert isinstance(receipt.error, InvalidSignature)
    assert (receipt.events, receipt.response.status) == ((), 403)
    assert TOKEN not in repr(receipt)


def test_a_body_that_no_signature_covers_is_refused_although_the_url_is_signed() -> None:
    headers = Headers({"Content-Type": "application/json", "X-Twilio-Signature": sign(URL, {})})
    receipt = receive(WebhookRequest("POST", URL, headers, json.dumps(FIELDS).encode()))
    assert isinstance(receipt.error, InvalidSignature)


@pytest.mark.parametrize(
    ("public", "seen", "called"),
    [
        ("https://sms.example.org", "http://10.0.0.3:8000{}", "https://sms.example.org{}"),
        ("https://sms.example.org/hooks/", "http://10.0.0.3:8000{}", "https://sms.example.org/hooks{}"),
        ("https://sms.example.org/hooks", "http://localhost/hooks{}", "https://sms.example.org/hooks{}"),
        ("https://sms.example.org:8443", "http://localhost{}", "https://sms.example.org:8443{}"),
        ("https://sms.example.org", "http://localhost/internal{}", "https://sms.example.org:443{}"),
    ],
)
def test_behind_a_proxy_the_public_url_is_what_was_signed(public: str, seen: str, called: str) -> None:
    path = "/c/twilio/8eb23e93/status?id=7%2F1&x="
    request = signed(FIELDS, seen.format(path), sign(called.format(path), FIELDS))
    assert accepts(channel_of(public_url=public), request)
    assert not accepts(channel_of(public_url="https://other.example.org"), request)
    assert not accepts(channel_of(public_url=None), request)


def shared(algorithm: str = "HMAC_SHA256", key: str = SHARED["shared_key_id"]) -> dict[str, str]:
    return {SETTINGS: f"key={key}, algorithm={algorithm}"}


SECRET = SHARED["shared_key"]
SHARED_KEYS = [
    ("the shared key", True, sign(URL, FIELDS, SECRET, "HMAC_SHA256"), shared()),
    ("its name in lower case", True, sign(URL, FIELDS, SECRET, "HMAC_SHA256"), shared("hmac_sha256")),
    ("the shared key with SHA-1", True, sign(URL, FIELDS, SECRET, "HMAC_SHA1"), shared("HMAC_SHA1")),
    ("the token, without settings", True, sign(URL, FIELDS), {}),
    ("the token, settings without an algorithm", True, sign(URL, FIELDS), {SETTINGS: "key=x"}),
    ("the token, settings empty", True, sign(URL, FIELDS), {SETTINGS: ""}),
    ("the token in place of the shared key", False, sign(URL, FIELDS, TOKEN, "HMAC_SHA256"), shared()),
    ("the shared key without settings", False, sign(URL, FIELDS, SECRET, "HMAC_SHA256"), {}),
    ("a key that is not ours", False, sign(URL, FIELDS, SECRET, "HMAC_SHA256"), shared(key="webhooks_sharedkey_2")),
    ("an algorithm that nobody knows", False, sign(URL, FIELDS, SECRET, "HMAC_SHA256"), shared("HMAC_MD5")),
    ("an algorithm without a key", False, sign(URL, FIELDS), {SETTINGS: "algorithm=HMAC_SHA1"}),
]


@pytest.mark.parametrize(("what", "good", "signature", "headers"), SHARED_KEYS)
def test_shared_keys(what: str, good: bool, signature: str, headers: dict[str, str]) -> None:
    assert accepts(channel_of(SHARED), signed(FIELDS, URL, signature, **headers)) == good, what


def test_without_a_shared_key_a_webhook_signed_with_one_is_refused() -> None:
    signature = sign(URL, FIELDS, SECRET, "HMAC_SHA256")
    assert not accepts(channel_of(), signed(FIELDS, URL, signature, **shared()))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in inbound_cases(FOLDER)])
def test_twilios_library_validates_the_inbound_examples(case: Any) -> None:
    config = case.channel["config"]
    public = case.channel["public_url"]
    path = urlsplit(case.request.url)._replace(scheme="", netloc="").geturl()
    body: Any = case.request.body.decode()
    form = body if case.request.media_type == "application/json" else dict(parse_qsl(body, keep_blank_values=True))
    algorithm = "HMAC_SHA256" if SETTINGS in case.request.headers else None
    validator = RequestValidator(config["shared_key"] if algorithm else config["auth_token"])
    signature = case.request.headers["X-Twilio-Signature"]
    assert validator.validate(public + path, form, signature, algorithm)


# --- reading


KNOWN = ["MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "OptOutType", "MessageStatus", "ErrorCode", "id"]


ODD = st.sampled_from(["1", "0", "-1", "²", "9" * 5000, "\u200b", "+", "STOP", "sent"])


@settings(max_examples=200, deadline=None)
@given(
    kept=st.sets(st.sampled_from(sorted(FIELDS))),
    fields=st.dictionaries(st.sampled_from(KNOWN), st.one_of(ODD, TEXTS)),
    action=st.sampled_from(["receive", "status"]),
)
@example(kept=set(FIELDS), fields={"NumMedia": "²"}, action="receive")
@example(kept=set(FIELDS), fields={"NumMedia": "9" * 5000}, action="receive")
@example(kept=set(FIELDS), fields={"From": "\u200b"}, action="receive")
@example(kept=set(FIELDS), fields={"To": "\u200b"}, action="status")
def test_a_signed_webhook_is_read_or_malformed_whatever_it_holds(kept: Any, fields: Any, action: str) -> None:
    sent = {name: FIELDS[name] for name in sorted(kept)} | fields
    receipt = receive(signed(sent, URL.replace("receive", action)))
    assert receipt.error is None or type(receipt.error) is MalformedInbound
    assert bool(receipt.events) == (receipt.error is None)


def test_the_callback_secret_is_asked_for_and_not_passed_on() -> None:
    channel = channel_of(callback_secret="example-callback-secret")
    url = channel.callback_url("receive", id="7")
    receipt = receive(signed({**FIELDS, "OptOutType": "STOP"}, url), channel)
    receipt.raise_for_error()
    message, opt_out = receipt.events
    assert isinstance(opt_out, OptOut)
    assert "example-callback-secret" not in repr([message, opt_out])
    assert message.raw["Body"] == "Hi"
    assert not accepts_over_http(channel, signed(FIELDS))


def accepts_over_http(channel: Channel[Any], request: WebhookRequest) -> bool:
    return receive(request, channel).error is None


def test_a_failed_send_shows_neither_credentials_nor_the_callback_secret() -> None:
    channel = channel_of(API_KEY, callback_secret="example-callback-secret")
    transport = Answers(answer(400, {"code": 21211, "message": "no"}))
    with Client(transport=transport) as client, pytest.raises(Rejected) as caught:
        client.send(channel, OutboundMessage(to="+12025550123", text="Muraho", id="host-id-7"))
    assert b"example-callback-secret" in transport.requests[0].body
    assert b"host-id-7" in transport.requests[0].body
    seen = caught.value.request
    assert seen is not None
    assert b"host-id-7" in seen.body
    shown = repr([seen.headers.items(), seen.url, seen.body, caught.value.to_dict()])
    for secret in ("example-callback-secret", API_KEY["api_key_secret"], TOKEN):
        assert secret not in shown
        assert base64.b64encode(f"{API_KEY['api_key_sid']}:{secret}".encode()).decode() not in shown


# --- sending


def test_scheduling_without_a_service_is_a_matter_of_configuration() -> None:
    message = OutboundMessage(to="+12025550123", text="Muraho", send_at=CLOCK + timedelta(hours=1))
    with pytest.raises(ConfigError, match="messaging_service_sid"):
        send(message)
    (form,) = send(message, config={"messaging_service_sid": SERVICE})
    assert form["SendAt"] == ["2026-11-23T09:00:00Z"]


@pytest.mark.parametrize(
    ("ahead", "good"),
    [
        (timedelta(seconds=299), False),
        (timedelta(seconds=300), True),
        (timedelta(days=35), True),
        (timedelta(days=35, seconds=1), False),
        (timedelta(hours=-1), False),
    ],
)
def test_send_at_is_within_five_minutes_and_thirty_five_days(ahead: timedelta, good: bool) -> None:
    message = OutboundMessage(to="+12025550123", text="Muraho", send_at=CLOCK + ahead)
    refused_or_sent(message, good, config={"messaging_service_sid": SERVICE})


@pytest.mark.parametrize(("seconds", "good"), [(0, False), (0.5, False), (1, True), (36000, True), (36001, False)])
def test_validity_is_within_a_second_and_ten_hours(seconds: float, good: bool) -> None:
    refused_or_sent(OutboundMessage(to="+12025550123", text="Muraho", validity=timedelta(seconds=seconds)), good)


@pytest.mark.parametrize(("count", "good"), [(1, True), (10, True), (11, False)])
def test_a_message_takes_ten_media(count: int, good: bool) -> None:
    media = tuple(Media(f"https://media.example.org/{number}") for number in range(count))
    forms = refused_or_sent(OutboundMessage(to="+12025550123", text="Look", media=media), good)
    assert not forms or forms[0]["MediaUrl"] == [item.url for item in media]


def refused_or_sent(message: OutboundMessage, good: bool, **options: Any) -> list[dict[str, list[str]]]:
    if good:
        return send(message, **options)
    transport = Answers()
    with Client(transport=transport) as client, pytest.raises(InvalidMessage) as caught:
        client.send(channel_of(**options), message)
    assert transport.requests == []
    assert caught.value.reason is Reason.INVALID_CONTENT
    return []


def test_media_go_with_the_last_part_of_a_long_text() -> None:
    message = OutboundMessage(to="+12025550123", text="a" * 1601, media=(Media("https://media.example.org/1"),))
    first, second = send(message, ACCEPTED, ACCEPTED)
    assert ("MediaUrl" in first, second["MediaUrl"]) == (False, ["https://media.example.org/1"])
    assert [len(form["Body"][0]) for form in (first, second)] == [1600, 1]
    assert first["StatusCallback"] == second["StatusCallback"]


def test_an_address_in_national_form_still_means_the_service() -> None:
    (form,) = send(
        OutboundMessage(to="+12025550123", text="Muraho"),
        config={"messaging_service_sid": SERVICE},
        address="(202) 555-0100",
    )
    assert form["MessagingServiceSid"] == [SERVICE]
    assert "From" not in form


def test_a_reference_cannot_leave_its_place_in_the_path() -> None:
    transport = Answers(answer(404, {"code": 20404}))
    with Client(transport=transport) as client, pytest.raises(Rejected):
        client.query_status(channel_of(), "../Calls?x=1")
    assert transport.requests[0].url.endswith("/Messages/..%2FCalls%3Fx%3D1.json")


# --- Twilio's own library


class Library(HttpClient):
    """Keeps what Twilio's client would send, and gives it an answer."""

    def __init__(self, status: int, body: str) -> None:
        self.answer, self.requests = Response(status, body), list[tuple[Any, ...]]()

    def request(  # type: ignore[no-untyped-def]
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ) -> Response:
        self.requests.append((method, url, params, data, auth))
        return self.answer


def library(config: Mapping[str, Any], http: Library) -> TwilioClient:
    return TwilioClient(
        config.get("api_key_sid", config["account_sid"]),
        config.get("api_key_secret", config["auth_token"]),
        config["account_sid"],
        region=config.get("region"),
        edge=config.get("edge"),
        http_client=http,
        environment={"NONE": ""},
    )


def library_message(case: ExchangeCase, text: str, last: bool) -> dict[str, Any]:
    """What a user of Twilio's library passes for a case's message."""
    message = case.message
    assert message is not None
    service = case.channel["config"].get("messaging_service_sid")
    passed: dict[str, Any] = {"to": message.to, "body": text or None}
    if message.sender or not service:
        passed["from_"] = message.sender or case.channel["address"]
    if service and (message.send_at or not message.sender):
        passed["messaging_service_sid"] = service
    if message.media and last:
        passed["media_url"] = [item.url for item in message.media]
    if message.report:
        passed["status_callback"] = f"https://sms.example.org/c/twilio/8eb23e93/status?id={message.id}"
    if message.validity:
        passed["validity_period"] = int(message.validity.total_seconds())
    if message.send_at:
        passed |= {"schedule_type": "fixed", "send_at": message.send_at.astimezone(UTC)}
    return {name: value for name, value in passed.items() if value is not None}


def pairs_of(data: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """The pairs that the HTTP library below Twilio's makes of its data."""
    for name, value in (data or {}).items():
        yield from ((name, str(item)) for item in (value if isinstance(value, list) else [value]))


def basic(auth: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(auth).encode()).decode()


CASES = list(exchange_cases(FOLDER))
SENDS = [case for case in CASES if case.hook == "send"]
REFUSALS = [case for case in SENDS if "error" in case.expect and case.source.evidence is Evidence.REFERENCE]


def named(cases: list[ExchangeCase]) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.parametrize("case", named(SENDS))
def test_twilios_library_sends_the_same_requests(case: ExchangeCase) -> None:
    recorded = [interaction["request"] for interaction in read_cassette(case.cassette)]
    bodies = [dict(parse_qsl(request["body"])).get("Body", "") for request in recorded]
    assert case.message is not None
    assert case.message.transliterate or "".join(bodies) == case.message.text
    for number, request in enumerate(recorded, 1):
        http = Library(500, "{}")
        passed = library_message(case, bodies[number - 1], number == len(recorded))
        with pytest.raises((TwilioRestException, TwilioServiceException)):
            library(case.channel["config"], http).messages.create(**passed)
        ((method, url, params, data, auth),) = http.requests
        assert (method, url, params) == (request["method"], request["uri"], None)
        assert [basic(auth)] == request["headers"]["Authorization"]
        assert sorted(pairs_of(data)) == sorted(parse_qsl(request["body"], keep_blank_values=True))


@pytest.mark.parametrize("case", named([case for case in CASES if case.hook != "send"]))
def test_twilios_library_asks_the_same_questions(case: ExchangeCase) -> None:
    (interaction,) = read_cassette(case.cassette)
    request, response = interaction["request"], interaction["response"]
    http = Library(response["status"]["code"], response["body"]["string"])
    client = library(case.channel["config"], http)
    error: TwilioRestException | None = None
    try:
        if case.hook == "query_status":
            found = client.messages(case.reference).fetch()
            assert (found.status, found.error_code) == (case.expect["word"], maybe_int(case.expect.get("code")))
        elif "api_key_sid" in case.channel["config"]:
            client.messages.page(page_size=1)
        else:
            client.api.accounts(client.account_sid).fetch()
    except TwilioRestException as caught:
        error = caught
    assert error is None or str(error.code) == case.expect["provider_code"]
    ((method, url, params, _, auth),) = http.requests
    query = [pair for pair in pairs_of(params) if "PageSize" in pair]
    assert (method, f"{url}?{urlencode(query)}" if query else url) == (request["method"], request["uri"])
    assert [basic(auth)] == request["headers"]["Authorization"]


def maybe_int(text: str | None) -> int | None:
    return None if text is None else int(text)


@pytest.mark.parametrize("case", named(REFUSALS))
def test_twilios_library_reads_the_same_in_an_error(case: ExchangeCase) -> None:
    response = read_cassette(case.cassette)[-1]["response"]
    http = Library(response["status"]["code"], response["body"]["string"])
    with pytest.raises((TwilioRestException, TwilioServiceException)) as caught:
        library(case.channel["config"], http).messages.create(to="+12025550123", from_="+12025550100", body="Muraho")
    assert str(caught.value.code) == case.expect["provider_code"]
    assert case.expect.get("provider_text", "") in str(caught.value)
    assert caught.value.status == response["status"]["code"]


@pytest.mark.parametrize("case", named([case for case in SENDS if "type" in case.expect]))
def test_twilios_library_reads_the_same_in_an_answer(case: ExchangeCase) -> None:
    for interaction, part in zip(read_cassette(case.cassette), case.expect["parts"], strict=True):
        response = interaction["response"]
        http = Library(response["status"]["code"], response["body"]["string"])
        found = library(case.channel["config"], http).messages.create(to="+12025550123", from_="x", body="x")
        assert (found.sid, found.status) == (part["id"], part["word"])
        assert int(found.num_segments) == part.get("segments", 0)


# The map of twilio-java, com.twilio.Twilio; "roaming" is from "Edge locations".
REGIONS = [
    ("au1", "sydney"),
    ("br1", "sao-paulo"),
    ("de1", "frankfurt"),
    ("ie1", "dublin"),
    ("jp1", "tokyo"),
    ("jp2", "osaka"),
    ("sg1", "singapore"),
    ("us1", "ashburn"),
    ("us2", "umatilla"),
    ("us1", "roaming"),
    ("ie1", "roaming"),
]


@pytest.mark.parametrize(("region", "edge"), REGIONS)
def test_regional_hosts_are_those_of_twilios_library(region: str, edge: str) -> None:
    config = {"account_sid": ACCOUNT, "auth_token": TOKEN, "region": region, "edge": edge}
    http = Library(500, "{}")
    with pytest.raises(TwilioRestException):
        library(config, http).messages.create(to="+12025550123", from_="x", body="x")
    transport = Answers(ACCEPTED)
    channel = channel_of({"region": region, "edge": edge})
    with Client(transport=transport) as client:
        client.send(channel, OutboundMessage(to="+12025550123", text="x"))
    assert transport.requests[0].url == http.requests[0][1]
    assert Engine(network=NetworkPolicy()).policy(channel, transport.requests[0]) is None


def test_a_base_url_of_its_own_wins_over_the_region() -> None:
    adapter = channel_of().plugin.adapter
    config = channel_of({"region": "ie1", "edge": "dublin", "base_url": "https://gw.example.org/"}).config
    assert adapter.root(config) == "https://gw.example.org"


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({"region": "ie1"}, "region and edge"),
        ({"edge": "dublin"}, "region and edge"),
        ({"api_key_sid": API_KEY["api_key_sid"]}, "api_key_sid and api_key_secret"),
        ({"shared_key": "x"}, "shared_key_id and shared_key"),
        ({"account_sid": "00112233445566778899aabbccddeeff"}, "account_sid"),
        ({"messaging_service_sid": "MG1"}, "messaging_service_sid"),
        ({**API_KEY, "api_key_sid": "AC00112233445566778899aabbccddeeff"}, "api_key_sid"),
        ({"region": "evil.example.org/", "edge": "x"}, "region"),
        ({"auth_token": ""}, "auth_token"),
        ({"token": TOKEN}, "token: unknown field"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: dict[str, str], names: str) -> None:
    with pytest.raises(ConfigError, match=names) as caught:
        channel_of(config)
    assert TOKEN not in str(caught.value)


# --- the simulator


def test_the_simulator_tells_the_present_status_of_a_message() -> None:
    simulator = REGISTRY.simulator("twilio", clock=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC))
    channel = channel_of(simulator.config("https://gw.example.org"))

    class Wired(Answers):
        def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
            made = simulator.handle(WebhookRequest(request.method, request.url, request.headers, request.body))
            return HttpResponse(made.status, made.headers, made.body)

    with Client(transport=Wired()) as client:
        result = client.send(channel, OutboundMessage(to="+12025550192", text="Muraho"))
        assert client.query_status(channel, str(result.id)).status is Status.QUEUED
        (message,) = simulator.accepted
        assert message.fate is Fate.EXPIRED
        simulator.reports(message)
        assert client.query_status(channel, str(result.id)).status is Status.EXPIRED
        assert client.check_account(channel).name == "Simulated"
        with pytest.raises(Rejected) as caught:
            client.query_status(channel, "SM0")
    assert caught.value.provider_code == "20404"
