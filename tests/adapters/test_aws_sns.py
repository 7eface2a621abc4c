"""AWS: its own library sends the same, and only envelopes of the channel's topics are believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from sms_adapters import (
    AuthError,
    Client,
    ControlEvent,
    DeliveryReport,
    DeliveryUncertain,
    InvalidMessage,
    NetworkPolicy,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    SmsError,
    Status,
    TemporaryFailure,
    Throttled,
    Unsupported,
)
from sms_adapters.builtin.aws_sns.envelopes import HOST, is_of_sns, signed_text
from sms_adapters.builtin.aws_sns.incoming import REASONS, STATUSES
from sms_adapters.builtin.aws_sns.refusals import ERRORS
from sms_adapters.builtin.aws_sns.simulated_sns import TOPIC, certificate
from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, exchange_cases
from sms_adapters.errors import ConfigError, InvalidSignature, TransportError
from sms_adapters.http import Headers, HttpRequest, HttpResponse, WebhookRequest
from sms_adapters.sandbox.server import serve
from sms_adapters.transports.replay import read_cassette
from sms_adapters.transports.simulated import SimulatedTransport

REGISTRY = Registry(installed=False)
OPEN = NetworkPolicy(allow_http=True, allow_private=True)
MESSAGE = OutboundMessage("+12025550123", "Muraho", id="6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11")
KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
URL = "https://sms.example.org/c/aws_sns/8eb23e93/receive"


def channel(config: dict[str, Any] | None = None, **options: Any) -> Any:
    made = {**KEYS, "region": "us-east-1", "topic_arns": [TOPIC], **(config or {})}
    values = {"id": "8eb23e93", "address": "+12025550100", "public_url": "https://sms.example.org", **options}
    return REGISTRY.open("aws_sns", **{"clock": lambda: CLOCK, **values, "config": made})


class Answers:
    """A transport that gives its answers in order, and keeps the requests."""

    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self.answers, self.requests = list(answers), []

    def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


def answer(status: int, body: Any, **headers: str) -> HttpResponse:
    octets = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return HttpResponse(status, Headers(headers), octets)


def sent(reply: HttpResponse, to: Any = None, message: OutboundMessage = MESSAGE) -> HttpRequest:
    transport = Answers(reply)
    with Client(transport=transport, network=OPEN) as client:
        client.send(to or channel(), message)
    (request,) = transport.requests
    return request


def refused(reply: HttpResponse, api: str = "sms-voice") -> SmsError:
    with pytest.raises(SmsError) as caught:
        sent(reply, channel({"api": api}))
    return caught.value


# --- the library of AWS


@pytest.fixture
def simulator() -> Iterator[tuple[Any, str]]:
    made = REGISTRY.simulator("aws_sns")
    with serve(made.handle) as url:
        yield made, url


def by_library(service: str, url: str, to: str, **keys: str) -> Any:
    """The answer to a plain message of the library's."""
    client = library(service, url, **keys)
    if service == "sns":
        return client.publish(PhoneNumber=to, Message="Muraho")
    return client.send_text_message(**{**BASE, "DestinationPhoneNumber": to})


def library(service: str, url: str, **keys: str) -> Any:
    session = botocore.session.Session()
    session.set_config_variable("region", "us-east-1")
    used = {"aws_access_key_id": KEYS["access_key_id"], "aws_secret_access_key": KEYS["secret_access_key"], **keys}
    config = BotoConfig(retries={"total_max_attempts": 1}, proxies={})
    return session.create_client(service, endpoint_url=url, config=config, **used)


def captured(service: str, action: str, values: dict[str, Any], **keys: str) -> tuple[str, str, dict[str, str], bytes]:
    """What the library would send to AWS itself: method, URL, headers in lower case, body."""
    session = botocore.session.Session()
    keys = {"aws_access_key_id": KEYS["access_key_id"], "aws_secret_access_key": KEYS["secret_access_key"], **keys}
    region = keys.pop("region", "us-east-1")
    client = session.create_client(service, region_name=region, **keys)
    found: list[Any] = []

    def keep(request: Any, **_: Any) -> Any:
        found.append(request)
        raise KeyboardInterrupt

    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", keep)
    with pytest.raises(KeyboardInterrupt):
        getattr(client, action)(**values)
    request = found[0]
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return request.method, request.url, headers, body


VOICE = "pinpoint-sms-voice-v2"
OPTIONS = {"message_type": "TRANSACTIONAL", "max_price": "0.50", "configuration_set": "sms-events"}
INDIA = {"entity_id": "1101456324675322134", "template_id": "1107457532145798767"}
BASE = {
    "DestinationPhoneNumber": "+12025550123",
    "OriginationIdentity": "+12025550100",
    "MessageBody": "Muraho",
    "Context": {"id": MESSAGE.id},
}
COMPARED = {
    "plain": ({}, MESSAGE, BASE, {}),
    "unicode": ({}, replace(MESSAGE, text="Кириллица 👨‍👩‍👧"), {**BASE, "MessageBody": "Кириллица 👨‍👩‍👧"}, {}),
    "options": (
        OPTIONS,
        replace(MESSAGE, validity=timedelta(minutes=1), extra={**INDIA, "keyword": "KEYWORD_1"}),
        {
            **BASE,
            "MessageType": "TRANSACTIONAL",
            "MaxPrice": "0.50",
            "ConfigurationSetName": "sms-events",
            "TimeToLive": 60,
            "Keyword": "KEYWORD_1",
            "DestinationCountryParameters": {
                "IN_ENTITY_ID": INDIA["entity_id"],
                "IN_TEMPLATE_ID": INDIA["template_id"],
            },
        },
        {},
    ),
    "region": ({"region": "eu-central-1"}, MESSAGE, BASE, {"region": "eu-central-1"}),
    "token": (
        {"session_token": "example-session-token"},
        MESSAGE,
        BASE,
        {"aws_session_token": "example-session-token"},
    ),
}


@pytest.mark.parametrize("name", COMPARED)
def test_a_text_message_is_sent_as_the_library_sends_it(name: str) -> None:
    config, message, values, keys = COMPARED[name]
    made = sent(answer(200, {"MessageId": "m-1"}), channel(config), message)
    method, url, headers, body = captured(VOICE, "send_text_message", values, **keys)
    assert (made.method, made.url, json.loads(made.body)) == (method, url, json.loads(body))
    for name in ("content-type", "x-amz-target", "x-amz-security-token"):
        assert made.headers.get(name) == headers.get(name), name
    assert made.headers["authorization"].split("/")[2:4] == headers["authorization"].split("/")[2:4]


ATTRIBUTES = {
    "AWS.MM.SMS.OriginationNumber": ("String", "+12025550100"),
    "AWS.SNS.SMS.SMSType": ("String", "Transactional"),
    "AWS.SNS.SMS.MaxPrice": ("Number", "0.50"),
    "AWS.MM.SMS.EntityId": ("String", INDIA["entity_id"]),
    "AWS.MM.SMS.TemplateId": ("String", INDIA["template_id"]),
}
PUBLISHED = answer(200, "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>")


def published(names: Any, text: str = "Muraho") -> dict[str, str]:
    found = {name: {"DataType": ATTRIBUTES[name][0], "StringValue": ATTRIBUTES[name][1]} for name in names}
    values = {"PhoneNumber": "+12025550123", "Message": text, "MessageAttributes": found}
    method, url, headers, body = captured("sns", "publish", values)
    assert (method, url, headers["content-type"].partition(";")[0]) == (
        "POST",
        "https://sns.us-east-1.amazonaws.com/",
        "application/x-www-form-urlencoded",
    )
    return dict(parse_qsl(body.decode()))


@pytest.mark.parametrize("text", ["Muraho", "Кириллица & 👨‍👩‍👧 + 1 = 2"])
def test_a_message_is_published_as_the_library_publishes_it(text: str) -> None:
    made = sent(PUBLISHED, channel({"api": "sns"}), replace(MESSAGE, text=text))
    assert made.url == "https://sns.us-east-1.amazonaws.com/"
    assert dict(parse_qsl(made.body.decode())) == published(["AWS.MM.SMS.OriginationNumber"], text)


def test_attributes_are_published_as_the_library_publishes_them() -> None:
    made = sent(PUBLISHED, channel({"api": "sns", **OPTIONS}), replace(MESSAGE, extra=INDIA))
    assert dict(parse_qsl(made.body.decode())) == published(ATTRIBUTES)


def test_an_alphanumeric_sender_is_another_attribute() -> None:
    made = dict(parse_qsl(sent(PUBLISHED, channel({"api": "sns"}), replace(MESSAGE, sender="ACME")).body.decode()))
    assert made["MessageAttributes.entry.1.Name"] == "AWS.SNS.SMS.SenderID"
    assert made["MessageAttributes.entry.1.Value.StringValue"] == "ACME"


RECORDED = [
    pytest.param(case, id=case.name)
    for case in exchange_cases(REGISTRY.folder("aws_sns"))
    if case.source.evidence is Evidence.REFERENCE
]


@pytest.mark.parametrize("case", RECORDED)
def test_the_library_makes_every_request_that_is_recorded_as_its_own(case: ExchangeCase) -> None:
    region, token = case.channel["config"]["region"], case.channel["config"].get("session_token")
    keys = {"region": region, **({"aws_session_token": token} if token else {})}
    for interaction in read_cassette(case.cassette):
        request = interaction["request"]
        target = request["headers"].get("X-Amz-Target")
        if target:
            action = xform_name(target[0].partition(".")[2])
            made = captured(VOICE, action, json.loads(request["body"]), **keys)
            assert json.loads(made[3]) == json.loads(request["body"])
            assert [made[2]["x-amz-target"], made[2]["content-type"]] == [*target, *request["headers"]["Content-Type"]]
        else:
            values = dict(parse_qsl(request["body"]))
            made = captured("sns", xform_name(values["Action"]), as_arguments(values), **keys)
            assert dict(parse_qsl(made[3].decode())) == values
        assert made[:2] == (request["method"], request["uri"])


def as_arguments(values: dict[str, str]) -> dict[str, Any]:
    """The library's arguments for a form of ours."""
    starts = [name.removesuffix(".Name") for name in values if name.endswith(".Name")]
    attributes = {
        values[f"{start}.Name"]: {key: values[f"{start}.Value.{key}"] for key in ("DataType", "StringValue")}
        for start in starts
    }
    plain = {name: value for name, value in values.items() if name in ("PhoneNumber", "Message")}
    return {**plain, **({"MessageAttributes": attributes} if attributes else {})}


def test_the_simulator_takes_what_the_library_signs(simulator: Any) -> None:
    made, url = simulator
    identity = library(VOICE, url).send_text_message(**BASE)["MessageId"]
    other = library("sns", url).publish(PhoneNumber="+12025550124", Message="Muraho")["MessageId"]
    assert [(message.id, message.to) for message in made.accepted] == [
        (identity, "+12025550123"),
        (other, "+12025550124"),
    ]
    assert library(VOICE, url).describe_account_attributes()["AccountAttributes"]
    assert library("sns", url).get_sms_sandbox_account_status()["IsInSandbox"] is False


CODES = {"INVALID": "95", "OPTED_OUT": "94", "THROTTLED": "96"}


@pytest.mark.parametrize("service", [VOICE, "sns"])
@pytest.mark.parametrize("tail", CODES.values(), ids=CODES)
def test_the_library_and_the_adapter_read_the_same_code(simulator: Any, service: str, tail: str) -> None:
    _, url = simulator
    api = "sns" if service == "sns" else "sms-voice"
    where = channel({"api": api, "base_url": url}, clock=lambda: datetime.now(UTC))
    with pytest.raises(ClientError) as theirs:
        by_library(service, url, f"+120255501{tail}")
    with Client(network=OPEN) as client, pytest.raises(SmsError) as ours:
        client.send(where, replace(MESSAGE, to=f"+120255501{tail}"))
    read = theirs.value.response
    code = read["Error"]["Code"]
    assert ours.value.provider_code == read.get("Reason", code)
    assert ours.value.provider_text == read["Error"]["Message"]


@pytest.mark.parametrize("service", [VOICE, "sns"])
def test_another_secret_is_refused_by_the_simulator_to_both(simulator: Any, service: str) -> None:
    made, url = simulator
    with pytest.raises(ClientError):
        by_library(service, url, "+12025550123", aws_secret_access_key="another")
    api = "sns" if service == "sns" else "sms-voice"
    with Client(network=OPEN) as client, pytest.raises(AuthError):
        client.send(channel({"api": api, "base_url": url, "secret_access_key": "another"}), MESSAGE)
    assert made.accepted == []


# --- what is refused here


@pytest.mark.parametrize("seconds", [0, 4, 259201])
def test_a_validity_out_of_range_is_refused_before_anything_is_sent(seconds: int) -> None:
    with pytest.raises(InvalidMessage, match="5 seconds to 72 hours"):
        sent(answer(200, {}), message=replace(MESSAGE, validity=timedelta(seconds=seconds)))


def test_publish_has_no_validity() -> None:
    with pytest.raises(Unsupported):
        sent(PUBLISHED, channel({"api": "sns"}), replace(MESSAGE, validity=timedelta(hours=1)))


def test_a_blank_text_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InvalidMessage, match="spaces"):
        sent(answer(200, {}), message=replace(MESSAGE, text=" \n"))


def test_without_a_sender_aws_chooses() -> None:
    assert "OriginationIdentity" not in json.loads(sent(answer(200, {"MessageId": "m"}), channel(address=None)).body)


def test_china_has_an_ending_of_its_own() -> None:
    made = sent(answer(200, {"MessageId": "m"}), channel({"region": "cn-north-1"}))
    assert made.url == "https://sms-voice.cn-north-1.amazonaws.com.cn/"


# --- errors, row by row


def model_reasons() -> list[tuple[str, str]]:
    """Exceptions and reasons that the library's description names for SendTextMessage."""
    session = botocore.session.Session()
    shapes = session.get_service_model(VOICE).operation_model("SendTextMessage").error_shapes
    return [
        (shape.name, reason)
        for shape in shapes
        for reason in (shape.members["Reason"].metadata["enum"] if "Reason" in shape.members else ("",))
    ]


@pytest.mark.parametrize(("kind", "reason"), model_reasons())
def test_every_reason_of_the_description_is_an_error_in_its_own_words(kind: str, reason: str) -> None:
    status = 500 if kind == "InternalServerException" else 400
    body = {
        "__type": f"com.amazonaws.pinpointsmsvoicev2#{kind}",
        "Message": "Why.",
        **({"Reason": reason} if reason else {}),
    }
    error = refused(answer(status, body))
    assert (error.provider_code, error.provider_text) == (reason or kind, "Why.")
    wanted = {
        "AccessDeniedException": AuthError,
        "ThrottlingException": Throttled,
        "InternalServerException": TemporaryFailure,
    }
    assert type(error) is wanted.get(kind, Rejected)


MEANINGS = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": Reason.OPTED_OUT,
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": Reason.BLOCKED,
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": Reason.BLOCKED,
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": Reason.INVALID_RECIPIENT,
    "NO_ORIGINATION_IDENTITIES_FOUND": Reason.INVALID_SENDER,
    "RESOURCE_NOT_ACTIVE": Reason.INVALID_SENDER,
    "MESSAGE_TYPE_MISMATCH": Reason.INVALID_SENDER,
    "NUMBER_CAPABILITIES_MISMATCH": Reason.INVALID_SENDER,
    "DESTINATION_COUNTRY_BLOCKED": Reason.NO_ROUTE,
    "COUNTRY_NOT_ENABLED": Reason.NO_ROUTE,
    "COUNTRY_CODE_MISMATCH": Reason.INVALID_RECIPIENT,
    "INTERNATIONAL_SENDING_NOT_SUPPORTED": Reason.NO_ROUTE,
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": Reason.INVALID_SENDER,
    "SENDER_ID_NOT_REGISTERED": Reason.REGULATION,
    "SENDER_ID_NOT_SUPPORTED": Reason.INVALID_SENDER,
    "SENDER_ID_REQUIRES_REGISTRATION": Reason.REGULATION,
    "CHANNEL_NOT_ENABLED": Reason.INVALID_SENDER,
    "MAXIMUM_SIZE_EXCEEDED": Reason.INVALID_CONTENT,
    "MEDIA_TYPE_NOT_SUPPORTED": Reason.INVALID_CONTENT,
    "PRICE_OVER_THRESHOLD": Reason.UNKNOWN,
    "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": Reason.NO_CREDIT,
    "ResourceNotFoundException": Reason.INVALID_SENDER,
}


@pytest.mark.parametrize("code", MEANINGS)
def test_a_reason_means_what_its_document_says(code: str) -> None:
    error = refused(answer(400, {"__type": code, "Message": "Why."}))
    assert isinstance(error, Rejected)
    assert error.reason is MEANINGS[code]


@pytest.mark.parametrize("api", ["sms-voice", "sns"])
@pytest.mark.parametrize("code", ERRORS)
def test_no_code_of_the_table_is_taken_for_success(code: str, api: str) -> None:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>Why.</Message></Error></ErrorResponse>"
    for status in (200, 400):
        error = refused(answer(status, body if api == "sns" else {"__type": code, "message": "Why."}), api)
        assert (error.provider_code, error.provider_text) == (code, "Why.")


SNS_CODES = {
    "AuthorizationError": (403, AuthError),
    "InvalidSecurity": (403, AuthError),
    "Throttling": (400, Throttled),
    "InternalError": (500, DeliveryUncertain),
    "InternalFailure": (500, DeliveryUncertain),
    "SomethingNew": (400, Rejected),
    "KMSThrottling": (400, Throttled),
    "ServiceUnavailable": (503, TemporaryFailure),
}


@pytest.mark.parametrize("code", SNS_CODES)
def test_a_code_of_sns_ends_in_its_class(code: str) -> None:
    status, kind = SNS_CODES[code]
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>Why.</Message></Error></ErrorResponse>"
    error = refused(answer(status, body), "sns")
    assert (type(error), error.provider_code) == (kind, code)


# --- envelopes


def post(envelope: Any, url: str = URL) -> WebhookRequest:
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    return WebhookRequest("POST", url, Headers({"Content-Type": "text/plain; charset=UTF-8"}), body)


def simulated() -> Any:
    made = REGISTRY.simulator("aws_sns", clock=lambda: CLOCK)
    made.inbound_url = URL
    return made


def envelope_of(made: Any, version: str = "2") -> dict[str, Any]:
    made.signature_version = version
    (request,) = made.inbound("+12025550123", "+12025550100", "Muraho")
    found: dict[str, Any] = json.loads(request.body)
    return found


def received(request: WebhookRequest, *answers: Any, to: Any = None) -> tuple[Any, list[HttpRequest]]:
    transport = Answers(*answers)
    with Client(transport=transport, network=OPEN, joiner=None) as client:
        return client.receive(to or channel(), request), transport.requests


PEM = HttpResponse(200, Headers(), certificate())

# Message, signature and certificate of the tests of Net::Amazon::SNS::Signature, t/verify.t and t/share/cert.pem,
# https://github.com/patmooney/p5-net-amazon-sns-signature; signed with SHA-256, so the version is 2 here and not 1.
PUBLISHED_TOPIC = "arn:aws:sns:eu-west-1:12345:test"
PUBLISHED_ENVELOPE = {
    "Message": "I am a message",
    "SignatureVersion": "2",
    "Signature": "IdWLjL+8QsLnm4zMEM6JMRcPyPNE4OxLbMxI8JUgjpLML4Ady2CnzLjBHEZgQzLd/SMbE2o0QSyB38qYeYU0OWdqdAsh6lBWggDL"
    "fTCBapmnVLavs2aMqCjR3lWVoMT+Q4iYVCLrUvvMtgH+7W5937hIxVi3PWpgJM1xuRb5jH/aQiGSpaKpzsc+6ENMpDQzJ7v94yX94fM6A8R0o8WG"
    "I+AH1/8C6dktJjoJ6mnZbaoRMLm4R+3YRdHFJ5OTYF11/aDhoYLmpJoqPTLNY/TPSCAdwVrR/SssjCC81NPINJ0LO8rrkI7OOJxc74kykgWs+YFw"
    "EhBSs4LslBDYtMpU+g==",
    "Timestamp": "2016-03-15T12:08:48.856Z",
    "TopicArn": PUBLISHED_TOPIC,
    "Subject": "This is the subject",
    "MessageId": "12345-abcdef",
    "Type": "Notification",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/cert.pem",
}
PUBLISHED_CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIDXTCCAkWgAwIBAgIJAMU2SqYr1ycJMA0GCSqGSIb3DQEBCwUAMEUxCzAJBgNV
BAYTAkFVMRMwEQYDVQQIDApTb21lLVN0YXRlMSEwHwYDVQQKDBhJbnRlcm5ldCBX
aWRnaXRzIFB0eSBMdGQwHhcNMTgwNTIyMTUzNDAxWhcNMTgwNjIxMTUzNDAxWjBF
MQswCQYDVQQGEwJBVTETMBEGA1UECAwKU29tZS1TdGF0ZTEhMB8GA1UECgwYSW50
ZXJuZXQgV2lkZ2l0cyBQdHkgTHRkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB
CgKCAQEAs/W5lqoAyDozqEyrJu2qjEUiED/Gj+Q899Dm/nmzUIvbyB92AycclTwR
uvefZOOigYjuctfjBYVsaNRDGzl+UnUUj0wUwG2Ag0UPmfuFFi8KpPxYiLMIFFox
h4s5xNYB9cxKzgibsVLO9jceKAswzYEhH/qH9ysKl4rk8xJSqYA7EvRz3H4Axm9k
3JQq06Lld/7C2uFDYyqrSUxc1FowEdq6hkby5AC/oi4ajFfuIiLTavTwSQPQeLrE
+JSO3UrI5QFZdL3LTLEvLMOBAEzZC2AVPrYZZJJw8OrakPo8VNX3kI64KE+X37RE
+RFW7AWKw/WFn3hEP3QjLQiszDWjZQIDAQABo1AwTjAdBgNVHQ4EFgQUJ2xD/czN
C70DXut6Lyd/CSus7RkwHwYDVR0jBBgwFoAUJ2xD/czNC70DXut6Lyd/CSus7Rkw
DAYDVR0TBAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAnaH3eqzYYf96111G/KQn
C8YqGETjg7sV8NmICRYqVrAD0mI/wnCLdbeq/0UUxjkPUAo2FfZMlqYgnCUqDasn
XbyXy3j7DPhADHNnOpQv18qYqxWRygbcuikekFJrB5UE9P2bR7/DutJKBBT0CJeV
dYiq7IFLqK1kdMMAqLkWUEzHwEubIzVB+lcahtZqLltpM5JYBeMBZ0qIU6gY8JqS
04hhVupK1bi0BXJqkRv+ntAMRRZKWMWaFIAfWtEBLoYDxBQDSedxt59FtnoV2jI6
6tN+avdGCjjZM9HL2RGz9B/wXl5ziv+aONjpJ1EzKcXtK6yOxsrHetEfBrvbfBx1
dA==
-----END CERTIFICATE-----
"""


def test_a_published_signature_is_accepted_and_none_other_of_its_kind() -> None:
    moment = datetime(2016, 3, 15, 12, 10, tzinfo=UTC)
    to = channel({"topic_arns": [PUBLISHED_TOPIC]}, clock=lambda: moment)
    pem = HttpResponse(200, Headers(), PUBLISHED_CERTIFICATE)
    receipt, _ = received(post(PUBLISHED_ENVELOPE), pem, to=to)
    assert receipt.verified.scheme == "rsa-sha256"
    assert receipt.verified.signed_at == datetime(2016, 3, 15, 12, 8, 48, 856000, UTC)
    for name in ("Message", "MessageId", "Subject", "Timestamp", "Type"):
        other = "2016-03-15T12:08:48.857Z" if name == "Timestamp" else f"{PUBLISHED_ENVELOPE[name]}s"
        changed = {**PUBLISHED_ENVELOPE, name: other}
        receipt, _ = received(post(changed), pem, to=to)
        assert type(receipt.error) is InvalidSignature, name
    without = {name: value for name, value in PUBLISHED_ENVELOPE.items() if name != "Subject"}
    assert type(received(post(without), pem, to=to)[0].error) is InvalidSignature


@pytest.mark.parametrize(("version", "digest"), [("1", hashes.SHA1()), ("2", hashes.SHA256())])
def test_what_the_simulator_signs_is_right_by_the_document(version: str, digest: Any) -> None:
    envelope = envelope_of(simulated(), version)
    names = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")  # the document's order, without a subject
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
    key = x509.load_pem_x509_certificate(certificate()).public_key()
    key.verify(base64.b64decode(envelope["Signature"]), text.encode(), PKCS1v15(), digest)  # type: ignore[union-attr,call-arg,arg-type]
    receipt, requests = received(post(envelope), PEM)
    assert receipt.verified.scheme == f"rsa-{digest.name}"
    assert [(item.method, item.url) for item in requests] == [("GET", envelope["SigningCertURL"])]


@pytest.mark.parametrize("version", ["1", "2"])
def test_one_version_is_not_taken_for_the_other(version: str) -> None:
    envelope = {**envelope_of(simulated(), version), "SignatureVersion": "3" if version == "1" else "1"}
    assert type(received(post(envelope), PEM)[0].error) is InvalidSignature


def test_the_text_of_a_confirmation_has_url_and_token() -> None:
    envelope = {
        name: name.lower() for name in ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn")
    }
    for kind in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        assert signed_text({**envelope, "Type": kind, "Subject": "not signed"}) == (
            "Message\nmessage\nMessageId\nmessageid\nSubscribeURL\nsubscribeurl\nTimestamp\ntimestamp\n"
            f"Token\ntoken\nTopicArn\ntopicarn\nType\n{kind}\n"
        )


OTHERS = (
    "http://sns.us-east-1.amazonaws.com/a.pem",
    "https://sns.us-east-1.amazonaws.com.example.org/a.pem",
    "https://sns.us-east-1.example.org/a.pem",
    "https://example.org/sns.us-east-1.amazonaws.com/a.pem",
    "https://sns.us-east-1.amazonaws.com@example.org/a.pem",
    "https://user@sns.us-east-1.amazonaws.com/a.pem",
    "https://sns.us-east-1.amazonaws.com:8443/a.pem",
    "https://a.sns.us-east-1.amazonaws.com/a.pem",
    "https://sns.a.b.amazonaws.com/a.pem",
    "https://snsxus-east-1.amazonaws.com/a.pem",
    "https://sns.us-east-1.amazonaws.com\n.example.org/a.pem",
    "https://amazonaws.com/a.pem",
    "https://[sns/a.pem",
    "//sns.us-east-1.amazonaws.com/a.pem",
    "",
)


@pytest.mark.parametrize(
    "url", [*OTHERS, "https://sns.us-east-1.amazonaws.com/a.txt", "https://sns.us-east-1.amazonaws.com/?a.pem"]
)
def test_no_certificate_is_fetched_from_elsewhere(url: str) -> None:
    receipt, requests = received(post({**envelope_of(simulated()), "SigningCertURL": url}), PEM)
    assert (type(receipt.error), receipt.response.status, requests) == (InvalidSignature, 403, [])


def test_regions_of_china_sign_too() -> None:
    assert is_of_sns(channel(), "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem")
    assert HOST.fullmatch("sns.us-gov-west-1.amazonaws.com")


def test_the_certificate_is_asked_for_without_credentials() -> None:
    _, (request,) = received(post(envelope_of(simulated())), PEM)
    assert list(request.headers.items()) == []


def test_the_certificate_is_fetched_once_an_hour_for_all_channels() -> None:
    moments = [CLOCK]
    made = simulated()
    one, two = (channel(id=name, clock=lambda: moments[-1]) for name in ("one", "two"))
    transport = Answers(PEM, PEM)
    with Client(transport=transport, network=OPEN, joiner=None) as client:
        for to in (one, two, one):
            client.receive(to, post(envelope_of(made))).raise_for_error()
        assert len(transport.requests) == 1
        moments.append(CLOCK + timedelta(minutes=59))
        client.receive(one, post(envelope_of(made))).raise_for_error()
        assert len(transport.requests) == 1
        moments.append(CLOCK + timedelta(minutes=61))
        client.receive(one, post(envelope_of(made))).raise_for_error()
        assert len(transport.requests) == 2


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        (HttpResponse(404), InvalidSignature, 403),
        (HttpResponse(403), InvalidSignature, 403),
        (HttpResponse(500), TemporaryFailure, 500),
        (HttpResponse(429), TemporaryFailure, 500),
        (TransportError("no route"), TransportError, 500),
    ],
    ids=str,
)
def test_a_certificate_that_cannot_be_had_is_no_forgery_and_is_not_kept(reply: Any, kind: type, status: int) -> None:
    request = post(envelope_of(simulated()))
    transport = Answers(reply, PEM)
    with Client(transport=transport, network=OPEN, joiner=None) as client:
        receipt = client.receive(channel(), request)
        assert (type(receipt.error), receipt.response.status, receipt.events) == (kind, status, ())
        client.receive(channel(), request).raise_for_error()


def test_another_topic_is_refused_before_anything_is_fetched() -> None:
    receipt, requests = received(post(envelope_of(simulated())), PEM, to=channel({"topic_arns": [f"{TOPIC}2"]}))
    assert (type(receipt.error), requests) == (InvalidSignature, [])


def test_without_topics_nothing_is_believed() -> None:
    receipt, requests = received(post(envelope_of(simulated())), PEM, to=channel({"topic_arns": []}))
    assert (type(receipt.error), receipt.response.status, requests) == (ConfigError, 500, [])


@pytest.mark.parametrize("minutes", [-66, 66])
def test_an_old_envelope_is_refused(minutes: int) -> None:
    moment = CLOCK + timedelta(minutes=minutes)
    receipt, _ = received(post(envelope_of(simulated())), PEM, to=channel(clock=lambda: moment))
    assert type(receipt.error) is InvalidSignature


def test_raw_delivery_is_not_believed() -> None:
    assert type(received(post({"originationNumber": "+12025550123", "messageBody": "a"}))[0].error) is InvalidSignature


# --- subscriptions


def confirmation() -> WebhookRequest:
    made = simulated().subscription(URL)
    return WebhookRequest(made.method, made.url, made.headers, made.body)


def test_a_subscription_is_confirmed_once_it_is_proven_and_without_credentials() -> None:
    request = confirmation()
    receipt, requests = received(request, PEM, HttpResponse(200))
    assert receipt.error is None
    assert receipt.response.status == 200
    (event,) = receipt.events
    assert isinstance(event, ControlEvent)
    assert requests[1].url == json.loads(request.body)["SubscribeURL"]
    assert list(requests[1].headers.items()) == []


def test_the_simulator_hears_that_its_subscription_is_confirmed() -> None:
    made = simulated()
    request = made.subscription(URL)
    with Client(transport=SimulatedTransport(made), network=OPEN, joiner=None) as client:
        client.receive(channel(), WebhookRequest("POST", URL, request.headers, request.body)).raise_for_error()
    assert made.confirmed == [json.loads(request.body)["Token"]]


def test_an_unproven_subscription_is_not_confirmed() -> None:
    changed = confirmation().body.replace(b'"Token": "0', b'"Token": "1')
    receipt, requests = received(post(changed), PEM)
    assert (type(receipt.error), len(requests)) == (InvalidSignature, 1)


@pytest.mark.parametrize("reply", [HttpResponse(500), HttpResponse(403), TransportError("no route")], ids=str)
def test_a_confirmation_that_failed_is_asked_for_again(reply: Any) -> None:
    receipt, _ = received(confirmation(), PEM, reply)
    assert receipt.error is not None
    assert receipt.response.status == 500


@pytest.mark.parametrize("url", OTHERS)
def test_no_subscription_is_confirmed_elsewhere(url: str) -> None:
    adapter = REGISTRY.load("aws_sns").adapter
    event = ControlEvent("SubscriptionConfirmation", {"url": url})
    with pytest.raises(InvalidSignature):
        next(adapter.follow_up(channel(), event))


def test_the_end_of_a_subscription_is_told_and_not_undone() -> None:
    flow = REGISTRY.load("aws_sns").adapter.follow_up(channel(), ControlEvent("UnsubscribeConfirmation", {"url": URL}))
    with pytest.raises(StopIteration) as stop:
        next(flow)
    assert stop.value.value is False


# --- events


def event_types() -> list[str]:
    found = botocore.session.Session().get_service_model(VOICE).shape_for("EventType").enum
    return [word for word in found if word.startswith(("TEXT_", "MEDIA_")) and not word.endswith("_ALL")]


@pytest.mark.parametrize("word", event_types())
def test_every_event_type_of_the_description_is_known(word: str) -> None:
    name = word.partition("_")[2]
    assert (name in STATUSES) == (name != "UNKNOWN")
    assert STATUSES.get(name) not in (Status.REJECTED, Status.EXPIRED) or name in REASONS


@pytest.mark.parametrize("word", [word for word in STATUSES if STATUSES[word].final])
def test_nothing_is_final_before_aws_says_so(word: str) -> None:
    made = simulated()
    values = {"eventType": f"TEXT_{word}", "messageId": "m-1", "isFinal": False}
    request = made._notification(URL, values)
    receipt, _ = received(WebhookRequest("POST", URL, request.headers, request.body), PEM)
    (report,) = receipt.events
    assert isinstance(report, DeliveryReport)
    assert (report.status, report.word) == (Status.SENT, f"TEXT_{word}")


@pytest.mark.parametrize(
    "text",
    ["hello", "[1]", "null", '{"eventType":"VOICE_COMPLETED","messageId":"m"}', '{"eventType":"TEXT_DELIVERED"}'],
)
def test_what_else_a_topic_brings_is_refused_for_good(text: str) -> None:
    from sms_adapters.builtin.aws_sns.simulated_sns import notification, sealed

    envelope = sealed(notification(text, "m-1", CLOCK), "https://sns.us-east-1.amazonaws.com", "2")
    receipt, _ = received(post(envelope), PEM)
    assert (receipt.response.status, receipt.events) == (404, ())


# --- moto, a server of somebody else's: it checks signatures of keys that its own IAM has made


@pytest.fixture(scope="module")
def moto() -> Iterator[tuple[str, dict[str, str]]]:
    """Where moto serves, and keys that may publish; its first three calls are let in without a check."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        with Client(network=OPEN) as client:
            client._transport.send(HttpRequest("POST", f"{url}/moto-api/reset-auth", body=b"3"))
        iam = library("iam", url)
        iam.create_user(UserName="sender")
        document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}}
        iam.put_user_policy(UserName="sender", PolicyName="publish", PolicyDocument=json.dumps(document))
        made = iam.create_access_key(UserName="sender")["AccessKey"]
        yield url, {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
    finally:
        with Client(network=OPEN) as client:
            client._transport.send(HttpRequest("POST", f"{url}/moto-api/reset-auth", body=b"999999999"))
        server.stop()


def at_moto(url: str, keys: dict[str, str], message: OutboundMessage = MESSAGE, **config: str) -> Any:
    to = channel({"api": "sns", "base_url": url, **keys, **config}, clock=lambda: datetime.now(UTC))
    with Client(network=OPEN) as client:
        return client.send(to, message)


TO_MOTO = {
    "plain": (MESSAGE, {}),
    "unicode": (replace(MESSAGE, text="Кириллица & 👨‍👩‍👧 + 1 = 2%"), {}),
    "options": (replace(MESSAGE, sender="ACME", extra=INDIA), {"message_type": "PROMOTIONAL", "max_price": "0.50"}),
}


@pytest.mark.parametrize("name", TO_MOTO)
def test_moto_takes_what_the_adapter_signs(moto: Any, name: str) -> None:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sns.models import sns_backends

    message, config = TO_MOTO[name]
    result = at_moto(*moto, message, **config)
    accounts = [backends["us-east-1"].sms_messages for backends in sns_backends.values()]
    assert DEFAULT_ACCOUNT_ID in sns_backends
    assert [kept[result.id] for kept in accounts if result.id in kept] == [(message.to, message.text)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret_access_key": "another"}, "SignatureDoesNotMatch"),
        ({"access_key_id": "AKIAIOSFODNN7EXAMPLE"}, "InvalidClientTokenId"),
    ],
    ids=str,
)
def test_moto_refuses_other_keys(moto: Any, change: dict[str, str], code: str) -> None:
    url, keys = moto
    with pytest.raises(AuthError) as caught:
        at_moto(url, {**keys, **change})
    assert caught.value.provider_code == code


def test_moto_refuses_what_the_keys_may_not_do(moto: Any) -> None:
    url, keys = moto
    to = channel({"api": "sns", "base_url": url, **keys}, clock=lambda: datetime.now(UTC))
    with Client(network=OPEN) as client, pytest.raises(AuthError) as caught:
        client.check_account(to)
    assert caught.value.provider_code == "AccessDenied"
