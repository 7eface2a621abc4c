"""Webhooks of both products: signatures of six kinds, reports, and parts that come one by one."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations, product
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from vonage_channel import (
    ACCOUNT,
    APPLICATION,
    BODY,
    DOCUMENTED,
    FOLDER,
    HOOK,
    ID,
    METHODS,
    REGISTRY,
    SIGNATURE_SECRET,
    Answers,
    bearer,
    channel_of,
    message,
    posted,
    simulated,
    webhook,
)
from vonage_http_client import Auth
from vonage_jwt import verify_signature

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    ConfigError,
    DeliveryReport,
    InboundMessage,
    InvalidSignature,
    MalformedInbound,
    NotForThisAdapter,
    Reason,
    Status,
    UnreadableEvent,
)
from sms_adapters.conformance.cases import CLOCK, inbound_cases
from sms_adapters.conformance.subject import as_webhook
from sms_adapters.http import Headers, WebhookRequest
from sms_adapters.messages import PartInfo

# --- sig

# Source: RequestSigningTest of https://github.com/Vonage/vonage-java-sdk, commit 609f524.
JAVA = {
    "md5hash": "7d43241108912b32cc315b48ce681acf",
    "md5": "e0afe267aefd6dd18a848c1681517a19",
    "sha1": "b7f749de27b4adcf736cc95c9a7e059a16c85127",
    "sha256": "8d1b0428276b6a070578225914c3502cc0687a454dfbbbb370c76a14234cb546",
    "sha512": "1c834a1f6a377d4473971387b065cb38e2ad6c4869ba77b7b53e207a344e87ba"
    "04b456dfc697b371a2d1ce476d01dafd4394aa97525eff23badad39d2389a710",
}
JAVA_FIELDS = {"a": "alphabet", "b": "bananas", "timestamp": "2100"}
JAVA_WITHOUT_B = "a3368bf718ba104dcb392d8877e8eb2b"
# Source: SignatureTest of https://github.com/Vonage/vonage-php-sdk-core.
PHP_FIELDS = {
    "api_key": "fake_api_key",
    "to": "14155550100",
    "from": "AcmeInc",
    "text": "Test From Nexmo",
    "type": "text",
    "timestamp": "1540924779",
}
PHP_SECRET = "71efab63122f1d179f51c46bac838fb5"
PHP = {
    "md5": "51CDAFEBB4BBCE9525B195C1617CB8D2",
    "sha1": "0162AEC64BC183B2E1256545951FE5639DC98020",
    "sha256": "9FEC5EF6D0F2B3D2BB7558B6E4042569823CAB9EA0DD30503472B7B304601975",
    "sha512": "40BD12B9A4B6000AD1138EEFD24FFE9FBD72AEE13C3FA04B32BB69DBC256AD0A"
    "04A463B1A9AF6660D10F6E1E769EE14B9CFF6A635502E93AFCD0BFAB29F38F87",
}
# Source: http_client/tests/test_auth.py of https://github.com/Vonage/vonage-python-sdk, commit b308cb1.
PYTHON_FIELDS = {"param1": "value&1", "param2": "value=2", "timestamp": "1234567890"}
VECTORS = [
    *((method, "abcde", JAVA_FIELDS, sig) for method, sig in JAVA.items()),
    ("md5hash", "abcde", {**JAVA_FIELDS, "b": ""}, JAVA_WITHOUT_B),
    ("md5hash", "abcde", {**JAVA_FIELDS, "b": "  "}, JAVA_WITHOUT_B),
    *((method, PHP_SECRET, PHP_FIELDS, sig) for method, sig in PHP.items()),
    ("md5", "signature_secret", PYTHON_FIELDS, "2bbf0abafb2c55e5af6231513896a2ac"),
]


def verify(channel: Channel[Any], request: WebhookRequest) -> Any:
    return channel.plugin.adapter.verify_inbound(channel=channel, request=request)


def at(fields: Mapping[str, str], secret: str, method: str, late: float = 0) -> Channel[Any]:
    moment = datetime.fromtimestamp(int(fields["timestamp"]) + late, UTC)
    return channel_of({"signature_secret": secret, "signature_method": method}, clock=lambda: moment)


@pytest.mark.parametrize("style", ["get", "form", "json"])
@pytest.mark.parametrize(("method", "secret", "fields", "sig"), VECTORS)
def test_signatures_of_vonages_own_libraries_are_accepted(
    method: str, secret: str, fields: dict[str, str], sig: str, style: str
) -> None:
    for spelt in (sig.lower(), sig.upper()):
        found = verify(at(fields, secret, method), webhook({**fields, "sig": spelt}, style))
        assert found.scheme == ("md5" if method == "md5hash" else f"hmac-{method}")
        assert found.signed_at == datetime.fromtimestamp(int(fields["timestamp"]), UTC)


@pytest.mark.parametrize("style", ["get", "form", "json"])
@pytest.mark.parametrize("method", METHODS)
def test_anything_but_the_signature_of_the_method_is_refused(method: str, style: str) -> None:
    fields = {**JAVA_FIELDS, "sig": JAVA[method]}
    wrong = [
        {**fields, "a": "alphabets"},
        {**fields, "c": "cherries"},
        {**fields, "sig": ""},
        {name: value for name, value in fields.items() if name != "sig"},
        {name: value for name, value in fields.items() if name != "b"},
        {**fields, "b": ""},
        {**fields, "timestamp": "2101"},
        *({**fields, "sig": sig} for other, sig in JAVA.items() if other != method),
    ]
    for changed in wrong:
        with pytest.raises(InvalidSignature):
            verify(at(JAVA_FIELDS, "abcde", method), webhook(changed, style))
    with pytest.raises(InvalidSignature):
        verify(at(JAVA_FIELDS, "abcdf", method), webhook(fields, style))


@pytest.mark.parametrize(("late", "fits"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_is_good_for_five_minutes(late: float, fits: bool) -> None:
    channel, request = at(JAVA_FIELDS, "abcde", "sha256", late), webhook({**JAVA_FIELDS, "sig": JAVA["sha256"]})
    if fits:
        assert verify(channel, request).scheme == "hmac-sha256"
    else:
        with pytest.raises(InvalidSignature):
            verify(channel, request)


def test_parameters_cannot_be_repeated_or_melted_into_one() -> None:
    channel = at(JAVA_FIELDS, "abcde", "sha256")
    repeated = f"{HOOK}/receive?{urlencode({**JAVA_FIELDS, 'sig': JAVA['sha256']})}&a=another"
    melted = webhook({"a": "alphabet", "b=bananas&timestamp": "2100", "timestamp": "2100", "sig": JAVA["sha256"]})
    melted_too = webhook({"a=alphabet&b": "bananas", "timestamp": "2100", "sig": JAVA["sha256"]})
    for request in (WebhookRequest("GET", repeated), melted, melted_too):
        with pytest.raises(InvalidSignature):
            verify(channel, request)


def test_what_is_not_signed_is_not_read() -> None:
    """A POST is read from its body alone: nobody has signed what stands in its query."""
    signed = {"msisdn": "447700900001", "messageId": "1", "text": "Hi", "type": "text", "timestamp": "2100"}
    sig = Auth(api_key=ACCOUNT, signature_secret="abcde", signature_method="sha256").sign_params(dict(signed))
    channel = at(signed, "abcde", "sha256")
    for style in ("form", "json"):
        request = webhook({**signed, "sig": sig}, style, query="text=Bye&status=delivered&concat=true")
        with Client(transport=Answers()) as client:
            (event,) = client.receive(channel, request).events
        assert isinstance(event, InboundMessage)
        assert (event.text, event.part) == ("Hi", None)


def test_the_callbacks_own_secret_may_stand_beside_a_signature() -> None:
    channel = replace(at(JAVA_FIELDS, "abcde", "sha256"), callback_secret="example-callback-secret")
    request = webhook({**JAVA_FIELDS, "sig": JAVA["sha256"]}, query="key=example-callback-secret")
    assert verify(channel, request).scheme == "hmac-sha256"


@pytest.mark.parametrize("method", METHODS)
def test_a_request_without_the_secret_is_signed_as_vonage_checks_it(method: str) -> None:
    simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK, method=method)
    known = simulator.config("https://simulator.invalid")
    for secret, accepted in ((known["signature_secret"], True), ("another-secret", False)):
        config = {**known, "api_secret": None, "signature_secret": secret}
        channel = channel_of(config)
        with simulated(channel, simulator) as client:
            if accepted:
                assert client.send(channel, message("A & B = C_D")).ids == (simulator.accepted[0].id,)
            else:
                with pytest.raises(AuthError) as caught:
                    client.send(channel, message())
                assert caught.value.provider_code == "14"


@pytest.mark.parametrize("method", [method for method in METHODS if method != "md5hash"])
def test_vonages_library_accepts_what_the_simulator_signs(method: str) -> None:
    simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK, method=method, style="json")
    simulator.inbound_url = f"{HOOK}/receive"
    secret = simulator.config("https://simulator.invalid")["signature_secret"]
    auth = Auth(api_key=ACCOUNT, signature_secret=secret, signature_method=method)
    made = simulator.inbound("+447700900001", "+447700900000", "A & B = C_D, в двух частях " * 5)
    fields = [json.loads(request.body) for request in made]
    assert len(fields) > 1
    assert all(auth.check_signature(dict(one)) for one in fields)


@pytest.mark.parametrize("options", [{"style": style} for style in ("get", "form", "json")] + [{"product": "messages"}])
def test_a_recorded_webhook_is_signed_anew_with_the_simulators_key(options: dict[str, str]) -> None:
    simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK, **options)
    simulator.inbound_url = f"{HOOK}/receive"
    (sent,) = simulator.inbound("+447700900001", "+447700900000", "Muraho")
    channel = channel_of(simulator.config("https://simulator.invalid"))
    request = as_webhook(sent)
    changed = replace(
        request, url=request.url.replace("Muraho", "Mwaramutse"), body=request.body.replace(b"Muraho", b"Mwaramutse")
    )
    with Client(transport=Answers()) as client:
        assert isinstance(client.receive(channel, changed).error, InvalidSignature)
        (event,) = client.receive(channel, simulator.resign(changed)).events
    assert isinstance(event, InboundMessage)
    assert event.text == "Mwaramutse"
    assert simulator.resign(webhook(DOCUMENTED)) == webhook(DOCUMENTED)


# --- where nothing is signed


@pytest.mark.parametrize("style", ["get", "form", "json"])
def test_without_a_signature_secret_only_the_callback_secret_proves_a_webhook(style: str) -> None:
    unsigned = channel_of({"signature_secret": None}, callback_secret="example-callback-secret")
    bare = channel_of({"signature_secret": None})
    with Client(transport=Answers()) as client:
        good = client.receive(unsigned, webhook(DOCUMENTED, style, query="key=example-callback-secret"))
        (event,) = good.events
        assert isinstance(event, InboundMessage)
        assert (event.sender, event.to, event.text) == ("+447700900001", "+447700900000", "Hello world")
        assert event.received_at == datetime(2020, 1, 1, 12, tzinfo=UTC)
        assert "key" not in event.raw
        assert good.verified.scheme == "callback secret"
        for wrong in ("key=another", ""):
            refusal = client.receive(unsigned, webhook(DOCUMENTED, style, query=wrong))
            assert isinstance(refusal.error, InvalidSignature)
        nobody = client.receive(bare, webhook(DOCUMENTED, style))
        assert isinstance(nobody.error, ConfigError)
        assert (nobody.events, nobody.response.status) == ((), 500)


# --- the Messages API's token

INBOUND = {case.name: case for case in inbound_cases(FOLDER)}


@pytest.mark.parametrize("name", [name for name in INBOUND if name.startswith("messages_")])
def test_vonages_library_accepts_the_tokens_of_the_examples(name: str) -> None:
    request = INBOUND[name].request
    token = (request.headers.get("authorization") or "").removeprefix("Bearer ")
    assert verify_signature(token, SIGNATURE_SECRET)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["payload_hash"] == hashlib.sha256(request.body).hexdigest()


def test_vonages_library_accepts_the_tokens_of_the_simulator() -> None:
    simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK, product="messages")
    simulator.inbound_url = f"{HOOK}/receive"
    (request,) = simulator.inbound("+447700900001", "+447700900000", "Привет")
    assert verify_signature(bearer(request), simulator.config("https://x.invalid")["signature_secret"])


CLAIMS = {
    "iat": int(CLOCK.timestamp()),
    "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
    "iss": "Vonage",
    "payload_hash": hashlib.sha256(BODY).hexdigest(),
    "api_key": ACCOUNT,
    "application_id": APPLICATION,
}


def token_of(claims: Mapping[str, Any], key: str = SIGNATURE_SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(dict(claims), key, algorithm=algorithm)


def unsigned_token(claims: Mapping[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def test_a_token_over_the_body_is_accepted_whichever_product_sends() -> None:
    for config in ({}, {"product": "messages"}):
        with Client(transport=Answers()) as client:
            receipt = client.receive(channel_of(config), posted(token_of(CLAIMS)))
        (event,) = receipt.events
        assert isinstance(event, InboundMessage)
        assert (event.text, event.id, event.sender) == ("Hello From Vonage!", APPLICATION, "+447700900001")
        assert (receipt.verified.scheme, receipt.verified.signed_at) == ("jwt-hs256", CLOCK)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


FORGED = {
    "no token": lambda: posted(None),
    "an empty token": lambda: posted(""),
    "another secret": lambda: posted(token_of(CLAIMS, "another-signature-secret-of-40-octets-xx")),
    "another algorithm": lambda: posted(token_of(CLAIMS, SIGNATURE_SECRET * 2, "HS512")),
    "no algorithm": lambda: posted(unsigned_token(CLAIMS)),
    "another body": lambda: posted(token_of(CLAIMS), BODY.replace(b"Hello", b"Hallo")),
    "no body": lambda: posted(token_of(CLAIMS), b""),
    "no digest": lambda: posted(token_of(without("payload_hash"))),
    "another issuer": lambda: posted(token_of({**CLAIMS, "iss": "Nexmo"})),
    "no issuer": lambda: posted(token_of(without("iss"))),
    "no time": lambda: posted(token_of(without("iat"))),
    "old": lambda: posted(token_of({**CLAIMS, "iat": CLAIMS["iat"] - 400})),
    "early": lambda: posted(token_of({**CLAIMS, "iat": CLAIMS["iat"] + 400})),
}


@pytest.mark.parametrize("what", FORGED)
def test_any_other_token_is_refused(what: str) -> None:
    for config in ({}, {"product": "messages"}):
        with Client(transport=Answers()) as client:
            receipt = client.receive(channel_of(config), FORGED[what]())
        assert isinstance(receipt.error, InvalidSignature)
        assert (receipt.events, receipt.response.status) == ((), 403)


def test_a_body_of_one_product_is_not_proven_by_the_other() -> None:
    """A `sig` in a JSON body of the Messages API, or a token on a GET, does not make the one into the other."""
    channel = channel_of()
    flat = {**json.loads(BODY), "timestamp": str(int(CLOCK.timestamp()))}
    sig = Auth(api_key=ACCOUNT, signature_secret=SIGNATURE_SECRET, signature_method="sha256").sign_params(dict(flat))
    signed = channel_of({"signature_method": "sha256"})
    with Client(transport=Answers()) as client:
        receipt = client.receive(signed, webhook({**flat, "sig": sig}, "json"))
        assert isinstance(receipt.error, MalformedInbound)
        on_get = WebhookRequest(
            "GET", webhook(DOCUMENTED).url, Headers({"Authorization": f"Bearer {token_of(CLAIMS)}"})
        )
        assert isinstance(client.receive(channel, on_get).error, InvalidSignature)


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "viber_service", "rcs", None])
def test_a_webhook_of_another_channel_is_told_and_not_asked_for_again(channel: str | None) -> None:
    body = json.dumps({**json.loads(BODY), "channel": channel}).encode()
    claims = {**CLAIMS, "payload_hash": hashlib.sha256(body).hexdigest()}
    with Client(transport=Answers()) as client:
        receipt = client.receive(channel_of(), posted(token_of(claims), body))
    (event,) = receipt.events
    assert isinstance(event, UnreadableEvent)
    assert isinstance(event.error, NotForThisAdapter)
    assert receipt.response.status == 200


# --- reports

# Source: "Delivery receipts", DLR error codes.
RECEIPT_REASONS: dict[Reason | None, str] = {
    None: "0",
    Reason.UNKNOWN: "1 2 7 8 15 99",
    Reason.INVALID_RECIPIENT: "3 12",
    Reason.BLOCKED: "4 6 13 14",
    Reason.NO_ROUTE: "5 11",
    Reason.OPTED_OUT: "9",
    Reason.INVALID_CONTENT: "10",
    Reason.INVALID_SENDER: "51",
    Reason.REGULATION: "50 52 53 54",
}
# Source: "API errors: Messages API", codes.
CALLBACK_REASONS = {
    Reason.UNKNOWN: "1000 1030 1100 1140 1180 1220 1230 1241 1290 1310 1330 1331 1340 1350 1370 1400",
    Reason.INVALID_CONTENT: "1010 1020 1021 1022 1090 1130 1150 1380 1381 1382 1410 1440 1450",
    Reason.INVALID_RECIPIENT: "1040 1170 1190 1260 1300 1430",
    Reason.BLOCKED: "1050 1210 1270 1280",
    Reason.SUSPENDED: "1060 1080",
    Reason.NO_CREDIT: "1070",
    Reason.INVALID_SENDER: "1120 1420",
    Reason.NO_ROUTE: "1160 1200 1250",
    Reason.OPTED_OUT: "1240",
    Reason.DUPLICATE: "1320",
    Reason.EXPIRED: "1360",
}
RECEIPTS = [(code, reason) for reason, codes in RECEIPT_REASONS.items() for code in codes.split()]
CALLBACKS = [(code, reason) for reason, codes in CALLBACK_REASONS.items() for code in codes.split()]
RECEIPT = {"msisdn": "447700900000", "to": "AcmeInc", "messageId": "0A0000001234567B", "client-ref": ID}
CALLBACK = {
    "channel": "sms",
    "message_uuid": APPLICATION,
    "to": "447700900000",
    "from": "447700900001",
    "client_ref": ID,
}


def read(request: WebhookRequest) -> DeliveryReport:
    channel = channel_of()
    (event,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    assert isinstance(event, DeliveryReport)
    return event


def receipt(**fields: str) -> DeliveryReport:
    return read(
        webhook({**RECEIPT, **{name.replace("_", "-"): value for name, value in fields.items()}}, action="status")
    )


def callback(**values: Any) -> DeliveryReport:
    return read(posted("token", json.dumps({**CALLBACK, **values}).encode(), "status"))


@pytest.mark.parametrize(("code", "reason"), RECEIPTS)
def test_each_code_of_a_receipt_has_its_reason_and_is_kept(code: str, reason: Reason | None) -> None:
    found = receipt(status="failed", err_code=code)
    assert (found.status, found.code, found.reason, found.word) == (Status.FAILED, code, reason, "failed")
    assert (found.id, found.message_id, found.recipient) == ("0A0000001234567B", ID, "+447700900000")


@pytest.mark.parametrize(("code", "reason"), CALLBACKS)
def test_each_code_of_a_status_has_its_reason_and_is_kept(code: str, reason: Reason) -> None:
    link = "https://developer.vonage.com/api-errors/messages#"
    for error in ({"title": code}, {"title": int(code)}, {"type": link + code, "title": "Words"}):
        found = callback(status="undeliverable", error={**error, "detail": f"About {code}"})
        assert (found.status, found.code, found.reason) == (Status.UNDELIVERABLE, code, reason)
        assert (found.word, found.description) == ("undeliverable", f"About {code}")
        assert (found.id, found.message_id) == (APPLICATION, ID)


WORDS = [
    (receipt, "accepted", Status.SENT),
    (receipt, "buffered", Status.SENT),
    (receipt, "delivered", Status.DELIVERED),
    (receipt, "expired", Status.EXPIRED),
    (receipt, "failed", Status.FAILED),
    (receipt, "rejected", Status.REJECTED),
    (receipt, "unknown", Status.UNKNOWN),
    (receipt, "teleported", Status.UNKNOWN),
    (callback, "submitted", Status.SENT),
    (callback, "delivered", Status.DELIVERED),
    (callback, "read", Status.DELIVERED),
    (callback, "rejected", Status.REJECTED),
    (callback, "undeliverable", Status.UNDELIVERABLE),
    (callback, "teleported", Status.UNKNOWN),
]


@pytest.mark.parametrize(("make", "word", "status"), WORDS)
def test_each_word_has_its_status_and_is_kept(make: Any, word: str, status: Status) -> None:
    for spelt in (word, word.upper()):
        assert (make(status=spelt).status, make(status=spelt).word) == (status, spelt)


def test_two_codes_tell_what_the_messages_api_has_no_word_for() -> None:
    for code, status in (("1360", Status.EXPIRED), ("1330", Status.UNKNOWN), ("1280", Status.REJECTED)):
        assert callback(status="rejected", error={"title": code}).status is status
    assert callback(status="delivered", error={"title": "1360"}).status is Status.DELIVERED


@pytest.mark.parametrize("words", [["accepted", "buffered", "delivered"], ["accepted", "unknown", "failed"]])
def test_receipts_in_any_order_never_move_a_status_backwards(words: list[str]) -> None:
    final = receipt(status=words[-1]).status
    for order in permutations(words):
        status = Status.QUEUED
        for word in order:
            status = status.merge(receipt(status=word).status)
        assert status is final


# Source: the example of "Delivery receipts"; its two times are an hour apart, so they cannot both be in UTC.
def test_the_time_of_a_receipt_is_the_one_that_is_told_in_utc() -> None:
    found = receipt(status="delivered", err_code="0", scts="1810251310", message_timestamp="2018-10-25 12:10:29")
    assert found.at == datetime(2018, 10, 25, 12, 10, 29, tzinfo=UTC)


# --- the parts of incoming messages

TEXT = ["Umuntu ngumuntu ", "ngabantu. Привет, ", "👋 & = _"]


def part(number: int, style: str, total: int = 3, **more: str) -> WebhookRequest:
    fields = {**DOCUMENTED, "messageId": f"{number:016X}", "text": TEXT[number - 1], "type": "unicode"}
    place = {"concat": "true", "concat-ref": "42", "concat-total": str(total), "concat-part": str(number)}
    signed = {**fields, **place, **more, "timestamp": str(int(CLOCK.timestamp())), "nonce": f"n{number}"}
    auth = Auth(api_key=ACCOUNT, signature_secret=SIGNATURE_SECRET, signature_method="sha256")
    return webhook({**signed, "sig": auth.sign_params(dict(signed)).upper()}, style)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_parts_are_joined_in_any_order_and_by_whatever_way_they_come(order: tuple[int, ...]) -> None:
    channel = channel_of({"signature_method": "sha256"})
    for styles in product(("get", "form", "json"), repeat=3):
        with Client(transport=Answers()) as client:
            receipts = [client.receive(channel, part(number, styles[number - 1])) for number in order]
        assert [len(found.events) for found in receipts] == [0, 0, 1]
        assert {found.response.status for found in receipts} == {200}
        (event,) = receipts[-1].events
        assert isinstance(event, InboundMessage)
        assert (event.text, event.part, event.incomplete) == ("".join(TEXT), None, False)
        assert (event.sender, event.id) == ("+447700900001", f"{1:016X}")


def test_a_host_that_joins_itself_is_told_the_place_of_each_part() -> None:
    with Client(transport=Answers(), joiner=None) as client:
        (event,) = client.receive(channel_of({"signature_method": "sha256"}), part(2, "get")).events
    assert isinstance(event, InboundMessage)
    assert event.part == PartInfo("42", 2, 3)


PLACES = [
    {"concat": "false"},
    {"concat-part": "0"},
    {"concat-part": "4"},
    {"concat-part": "one"},
    {"concat-total": "256"},
    {"concat-ref": ""},
]


@pytest.mark.parametrize("place", PLACES)
def test_a_part_whose_place_cannot_be_read_is_not_lost(place: dict[str, str]) -> None:
    channel = channel_of()
    request = webhook(
        {**DOCUMENTED, "concat": "true", "concat-ref": "1", "concat-total": "3", "concat-part": "1", **place}
    )
    (event,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    assert (event.text, event.part) == ("Hello world", None)


UNREADABLE = [
    {name: value for name, value in DOCUMENTED.items() if name != "msisdn"},
    {name: value for name, value in DOCUMENTED.items() if name != "messageId"},
    {name: value for name, value in DOCUMENTED.items() if name not in ("text", "type")},
    {**DOCUMENTED, "type": "binary", "data": "no hex"},
    {},
]


@pytest.mark.parametrize("style", ["get", "form", "json"])
@pytest.mark.parametrize("fields", UNREADABLE)
def test_a_webhook_that_is_neither_report_nor_message_is_malformed(fields: dict[str, str], style: str) -> None:
    channel = channel_of()
    with pytest.raises(MalformedInbound):
        channel.plugin.adapter.parse_inbound(channel=channel, request=webhook(fields, style))
