"""The kit of Twilio's family serves services that only resemble it: other ids, codes, statuses, headers and limits."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    DeliveryReport,
    InboundMessage,
    InvalidSignature,
    Media,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
)
from sms_adapters.conformance.cases import CLOCK
from sms_adapters.errors import InvalidMessage
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.kits.tables import error_table
from sms_adapters.kits.twiml import TwimlConfig, TwimlKit
from sms_adapters.manifest import Capability, Feature, Kind, Manifest, Support, TextRules, Webhook
from sms_adapters.registry import Plugin

SID = "c7d7a8ae-5f0e-4f39-8a35-0b7f6c1b2a12"
PROJECT = "3b1f0a52-7a9e-4a52-9f64-2f1f6a5e9d10"
URL = "https://sms.example.org/c/clone/8eb23e93/status"
FORM = "application/x-www-form-urlencoded"


class Clone(TwimlKit):
    """Ids are UUIDs, codes are text, errors are 422, and JSON is signed as a whole under a header of its own."""

    Config = TwimlConfig
    errors = error_table((AuthError, "20003"), (Reason.NO_CREDIT, "S1005"), (Reason.INVALID_RECIPIENT, "21603"))
    report_reasons: ClassVar = {"30001": Reason.EXPIRED}
    expired_codes = frozenset({"30001"})
    signature_header = "X-Clone-Signature"
    max_media = 8
    validity_seconds = range(1, 172_801)
    signs_json = True


def channel_of() -> Channel[Any]:
    offered = (Capability.MEDIA, Capability.VALIDITY, Capability.SIGNED_WEBHOOKS, Capability.CHECK_ACCOUNT)
    manifest = Manifest(
        id="clone",
        name="Clone",
        spec_version="1.0",
        implementation="none:Clone",
        kind=Kind.REST,
        text=TextRules(max_chars=1600),
        webhooks=(Webhook("receive", ("POST",)), Webhook("status", ("POST",))),
        features={item: Feature(Support.FULL) for item in (*offered, Capability.QUERY_STATUS)},
    )
    config = TwimlConfig(base_url="https://demo.example.org/api/laml", account_sid=PROJECT, auth_token="clone-token-1")
    plugin = Plugin("clone", manifest, Clone(), TwimlConfig)
    return Channel(
        plugin, "8eb23e93", config, address="1294", public_url="https://sms.example.org", clock=lambda: CLOCK
    )


class Answers:
    def __init__(self, status: int, value: Any) -> None:
        self.answer = HttpResponse(status, Headers(), json.dumps(value).encode())
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, policy: object = None) -> HttpResponse:
        self.requests.append(request)
        return self.answer

    def close(self) -> None: ...


def send(status: int, value: Any, **fields: Any) -> Any:
    with Client(transport=Answers(status, value)) as client:
        return client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho", **fields))


def test_an_opaque_id_and_counts_that_are_numbers_are_read() -> None:
    transport = Answers(200, {"sid": SID, "status": "queued", "num_segments": 2, "price": 0.0079, "price_unit": "USD"})
    with Client(transport=transport) as client:
        result = client.send(channel_of(), OutboundMessage(to="+12025550123", text="Muraho"))
    assert (result.id, result.segments, str(result.parts[0].price and result.parts[0].price.amount)) == (
        SID,
        2,
        "0.0079",
    )
    assert transport.requests[0].url == f"https://demo.example.org/api/laml/2010-04-01/Accounts/{PROJECT}/Messages.json"


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (422, "S1005", Rejected, Reason.NO_CREDIT),
        (422, "21603", Rejected, Reason.INVALID_RECIPIENT),
        (422, 21603, Rejected, Reason.INVALID_RECIPIENT),
        (422, "S9999", Rejected, Reason.UNKNOWN),
        (401, "20003", AuthError, None),
        (401, None, AuthError, None),
    ],
)
def test_codes_may_be_text_and_come_under_422(status: int, code: Any, kind: type[SmsError], reason: Any) -> None:
    with pytest.raises(SmsError) as caught:
        send(status, {"code": code, "message": "no"})
    assert type(caught.value) is kind
    assert getattr(caught.value, "reason", None) == reason
    assert caught.value.provider_code == str(code or status)


def test_limits_are_the_services_own() -> None:
    media = tuple(Media(f"https://media.example.org/{number}") for number in range(9))
    with pytest.raises(InvalidMessage, match="8 media"):
        send(201, {}, media=media)
    assert send(201, {"sid": SID}, validity=timedelta(hours=48)).id == SID
    with pytest.raises(InvalidMessage, match="172800"):
        send(201, {}, validity=timedelta(hours=49))


def signed(body: bytes, kind: str, signature: str) -> WebhookRequest:
    return WebhookRequest("POST", URL, Headers({"Content-Type": kind, "X-Clone-Signature": signature}), body)


def test_a_form_and_a_json_body_are_told_alike() -> None:
    told = {"MessageSid": SID, "MessageStatus": "failed", "ErrorCode": "30001", "To": "+12025550123"}
    form, plain = urlencode(told).encode(), json.dumps({**told, "NumSegments": 1, "Price": None}).encode()
    octets = (URL + "".join(name + told[name] for name in sorted(told))).encode()
    first = b64encode(hmac.digest(b"clone-token-1", octets, hashlib.sha1)).decode()
    second = hmac.new(b"clone-token-1", URL.encode() + plain, hashlib.sha1).hexdigest()
    with Client(transport=Answers(500, {})) as client:
        for request in (signed(form, FORM, first), signed(plain, "application/json", second)):
            receipt = client.receive(channel_of(), request)
            receipt.raise_for_error()
            (event,) = receipt.events
            assert isinstance(event, DeliveryReport)
            assert (event.id, event.status, event.reason) == (SID, Status.EXPIRED, Reason.EXPIRED)
        swapped = client.receive(channel_of(), signed(plain, "application/json", first))
    assert isinstance(swapped.error, InvalidSignature)


def test_the_first_of_a_repeated_field_counts_and_all_are_kept() -> None:
    body = urlencode([("MessageSid", SID), ("From", "+12025550123"), ("Body", "one"), ("Body", "two")]).encode()
    channel = channel_of()
    request = WebhookRequest("POST", URL.replace("status", "receive"), Headers({"Content-Type": FORM}), body)
    (event,) = channel.plugin.adapter.parse_inbound(channel=channel, request=request)
    assert isinstance(event, InboundMessage)
    assert (event.text, event.raw["Body"]) == ("one", ["one", "two"])


def test_an_account_that_is_closed_is_no_good_although_it_is_shown() -> None:
    with (
        Client(transport=Answers(200, {"sid": PROJECT, "status": "closed"})) as client,
        pytest.raises(AuthError) as caught,
    ):
        client.check_account(channel_of())
    assert caught.value.provider_code == "closed"


@pytest.mark.parametrize("adapter", ["signalwire", "twiml_compatible"])
def test_a_service_of_the_family_takes_less_than_sixty_lines_configuration_included(adapter: str) -> None:
    folder = Registry(installed=False).folder(adapter)
    lines = (folder / "adapter.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert {path.name for path in folder.glob("*.py")} == {"__init__.py", "adapter.py", "simulator.py"}
