"""Vonage's own library sends and reads the same, and its tokens are like ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from vonage_account import Account
from vonage_channel import (
    ACCOUNT,
    APPLICATION,
    FOLDER,
    HOOK,
    REGISTRY,
    SECRET,
    UUID_ANSWER,
    Answers,
    answer,
    bearer,
    channel_of,
    failure,
    gsm_by_another_codec,
    message,
    simulated,
    submit,
)
from vonage_http_client import Auth, HttpClient, HttpClientOptions
from vonage_jwt import JwtClient
from vonage_messages import Messages, models
from vonage_sms import PartialFailureError, Sms, SmsMessage
from vonage_sms.errors import SmsError as LibrarySmsError

from sms_adapters import (
    AuthError,
    Client,
    ConfigError,
)
from sms_adapters.conformance.cases import CLOCK, Evidence, ExchangeCase, exchange_cases
from sms_adapters.transports.replay import read_cassette

# --- the vendor's library sends and reads the same


class Wire(BaseAdapter):
    """In place of the library's connections: keeps requests and gives one answer."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__()
        self.status, self.body, self.requests = status, body, list[PreparedRequest]()

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        self.requests.append(request)
        made = Response()
        made.status_code, made._content, made.url, made.request = (
            self.status,
            self.body.encode(),
            str(request.url),
            request,
        )
        return made

    def close(self) -> None: ...


def library(wire: Wire, options: HttpClientOptions | None = None, **credentials: str) -> HttpClient:
    client = HttpClient(Auth(**{"api_key": ACCOUNT, "api_secret": SECRET, **credentials}), options)
    client._session.mount("https://", wire)
    return client


def digits(number: str) -> str:
    return number.removeprefix("+")


def sms_of(case: ExchangeCase, text: str) -> SmsMessage:
    """The case's message in the library's words; a number that is not in E.164 is the table's recipient."""
    item = case.message
    assert item is not None
    binary = item.data is not None
    unicode = item.encoding == "ucs2" or not gsm_by_another_codec(text)
    told = item.report and case.channel["config"].get("reports") != "dashboard"
    values = {
        "to": digits(item.to) if item.to.startswith("+") else "12025550123",
        "from_": digits(item.sender or "+12025550100"),
        "text": text,
        "type": "binary" if binary else "unicode" if unicode else "text",
        "body": item.data.hex() if item.data is not None else None,
        "udh": item.udh.hex() if item.udh is not None else None,
        "message_class": 0 if item.flash else None,
        "ttl": int(item.validity.total_seconds() * 1000) if item.validity else None,
        "callback": f"{HOOK}/status" if told else None,
        "status_report_req": None if item.report else False,
        "client_ref": item.id if len(item.id) <= 100 else None,
        **item.extra,
    }
    return SmsMessage(**{name: value for name, value in values.items() if value is not None})


CASES = list(exchange_cases(FOLDER))
REFERENCE = [case for case in CASES if case.source.evidence is Evidence.REFERENCE]
SMS = [case for case in REFERENCE if case.hook == "send" and "product" not in case.channel["config"]]
PLAIN = [case for case in SMS if "api_secret" in case.channel["config"]]
MESSAGES = [case for case in REFERENCE if case.hook == "send" and "product" in case.channel["config"]]


def named(cases: list[ExchangeCase]) -> list[Any]:
    assert cases
    return [pytest.param(case, id=case.name) for case in cases]


def interactions(case: ExchangeCase) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for item in read_cassette(case.cassette):
        yield item["request"], item["response"]


def comparable(body: Any) -> list[tuple[str, str]]:
    """Fields but for empty ones, which the library sends beside binary data; it writes booleans as Python does."""
    pairs = parse_qsl(body if isinstance(body, str) else body.decode())
    return sorted((name, value.lower() if name == "status-report-req" else value) for name, value in pairs)


@pytest.mark.parametrize("case", named(PLAIN))
def test_vonages_library_sends_the_same_by_the_sms_api(case: ExchangeCase) -> None:
    whole = ""
    for request, response in interactions(case):
        text = dict(parse_qsl(request["body"])).get("text", "")
        whole += text
        wire = Wire(response["status"]["code"], response["body"]["string"])
        outcome = read_by(Sms(library(wire)), sms_of(case, text))
        (sent,) = wire.requests
        assert (sent.method, sent.url) == (request["method"], request["uri"])
        assert [sent.headers["Authorization"]] == request["headers"]["Authorization"]
        assert [sent.headers["Content-Type"]] == request["headers"]["Content-Type"]
        assert comparable(sent.body) == comparable(request["body"])
        expect_same_reading(case, outcome)
    assert case.message is not None
    assert case.message.transliterate or whole == case.message.text


def read_by(sms: Sms, item: SmsMessage) -> Any:
    try:
        return sms.send(item)
    except LibrarySmsError as error:
        return error


def expect_same_reading(case: ExchangeCase, outcome: Any) -> None:
    if isinstance(outcome, PartialFailureError):
        ids = [item["message-id"] for item in outcome.response["messages"] if item["status"] == "0"]
        assert case.expect["accepted_ids"] == ids
    elif isinstance(outcome, LibrarySmsError):
        assert f"error code {case.expect['provider_code']}: {case.expect['provider_text']}" in str(outcome)
    else:
        ids = [item.message_id for item in outcome.messages]
        known = [part["id"] for part in case.expect.get("parts", ())] or case.expect["accepted_ids"]
        assert [one for one in known if one in ids] == ids


@pytest.mark.parametrize("case", named([case for case in SMS if case not in PLAIN]))
def test_vonages_library_makes_the_same_signature(case: ExchangeCase) -> None:
    ((request, _),) = interactions(case)
    fields = dict(parse_qsl(request["body"], keep_blank_values=True))
    config = case.channel["config"]
    auth = Auth(
        api_key=ACCOUNT,
        signature_secret=config["signature_secret"],
        signature_method=config["signature_method"],
    )
    assert fields.pop("sig") == auth.sign_params(dict(fields))
    assert fields["api_key"] == ACCOUNT
    assert fields["timestamp"] == str(int(CLOCK.timestamp()))
    assert "api_secret" not in fields
    assert "Authorization" not in request["headers"]


KINDS = {
    "image": models.MmsImage,
    "audio": models.MmsAudio,
    "video": models.MmsVideo,
    "vcard": models.MmsVcard,
    "file": models.MmsFile,
}
ITEMS = {"image": models.MmsContentItemImage, "file": models.MmsContentItemFile}
BY_TYPE = {None: "image", "text/vcard": "vcard", "application/pdf": "file"}
ENCODING = {"gsm7": "text", "ucs2": "unicode"}


def message_of(case: ExchangeCase) -> Any:
    """The case's message in the library's words."""
    item = case.message
    assert item is not None
    told = item.report and case.channel["config"].get("reports") != "dashboard"
    common: dict[str, Any] = {
        "to": digits(item.to),
        "from_": digits(item.sender or "+12025550100"),
        "client_ref": item.id,
    }
    common |= {"ttl": int(item.validity.total_seconds())} if item.validity else {}
    common |= {"webhook_url": f"{HOOK}/status", "webhook_version": "v1"} if told else {}
    kinds = [BY_TYPE.get(one.content_type) or str(one.content_type).partition("/")[0] for one in item.media]
    captions = [item.text or None, *[None] * len(kinds)]
    if not kinds:
        options = {"encoding_type": ENCODING[item.encoding]} if item.encoding else dict(item.extra)
        return models.Sms(text=item.text, sms=models.SmsOptions(**options) if options else None, **common)
    if len(kinds) == 1:
        resource = models.MmsResource(url=item.media[0].url, caption=captions[0])
        return KINDS[kinds[0]](**{kinds[0]: resource}, **common)
    content = [
        ITEMS[kind](url=one.url, caption=caption)
        for kind, one, caption in zip(kinds, item.media, captions, strict=False)
    ]
    return models.MmsContent(content=content, **common)


@pytest.mark.parametrize("case", named(MESSAGES))
def test_vonages_library_sends_the_same_by_the_messages_api(case: ExchangeCase) -> None:
    ((request, response),) = interactions(case)
    wire = Wire(response["status"]["code"], response["body"]["string"])
    host = case.channel["config"].get("messages_url", "https://api.nexmo.com").removeprefix("https://")
    messages = Messages(library(wire, HttpClientOptions(api_host=host)))
    if wire.status == 202:
        assert messages.send(message_of(case)).message_uuid == case.expect["parts"][0]["id"]
    else:
        with pytest.raises(Exception, match=f"{wire.status} response"):
            messages.send(message_of(case))
    (sent,) = wire.requests
    assert (sent.method, sent.url) == (request["method"], request["uri"])
    assert [sent.headers["Authorization"]] == request["headers"]["Authorization"]
    assert json.loads(sent.body or b"") == json.loads(request["body"])


@pytest.mark.parametrize("case", named([case for case in REFERENCE if case.hook == "check_account"]))
def test_vonages_library_asks_for_the_same_balance(case: ExchangeCase) -> None:
    ((request, response),) = interactions(case)
    wire = Wire(response["status"]["code"], response["body"]["string"])
    balance = Account(library(wire)).get_balance()
    (sent,) = wire.requests
    assert (sent.method, sent.url, sent.body) == (request["method"], request["uri"], request["body"])
    assert [sent.headers["Authorization"]] == request["headers"]["Authorization"]
    assert str(balance.value) == case.expect["balance"]["amount"]


def test_every_exchange_that_names_the_library_is_compared_with_it() -> None:
    sent = [case for case in REFERENCE if case.hook == "send"]
    assert len(PLAIN) + len([case for case in SMS if case not in PLAIN]) + len(MESSAGES) == len(sent)
    assert {case.source.software for case in REFERENCE} == {"vonage 4.9.1"}


# --- the token of an application


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """A private key in PEM, and its public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def application(private: str, **config: Any) -> dict[str, Any]:
    return {"product": "messages", "application_id": APPLICATION, "private_key": private, **config}


def test_an_application_sends_with_a_token_like_the_librarys(keys: tuple[str, str]) -> None:
    private, public = keys
    result, (request,) = submit(message(), UUID_ANSWER, config=application(private, api_secret=None))
    token = bearer(request)
    own = jwt.decode(token, public, ["RS256"], options={"verify_exp": False, "verify_iat": False})
    theirs = JwtClient(APPLICATION, private).generate_application_jwt().decode()
    librarys = jwt.decode(theirs, public, ["RS256"])
    assert result.id == APPLICATION
    assert own.keys() == librarys.keys()
    assert own["application_id"] == APPLICATION
    assert own["exp"] - own["iat"] == librarys["exp"] - librarys["iat"] == 900
    assert own["iat"] <= CLOCK.timestamp() < own["exp"]
    assert jwt.get_unverified_header(token) == jwt.get_unverified_header(theirs)


def test_two_tokens_of_one_application_are_not_the_same(keys: tuple[str, str]) -> None:
    tokens = set()
    for minutes in (0, 20):
        moment = CLOCK + timedelta(minutes=minutes)
        _, (request,) = submit(message(), UUID_ANSWER, config=application(keys[0]), clock=lambda moment=moment: moment)
        tokens.add(jwt.decode(bearer(request), options={"verify_signature": False})["jti"])
    assert len(tokens) == 2


def test_the_balance_is_asked_for_with_the_secret_where_messages_have_a_token(keys: tuple[str, str]) -> None:
    transport = Answers(UUID_ANSWER, answer(200, {"value": 1.5}))
    with Client(transport=transport) as client:
        channel = channel_of(application(keys[0]))
        client.send(channel, message())
        assert str(client.check_account(channel).balance) == "Price(amount=Decimal('1.5'), currency='EUR')"
    first, second = (request.headers.get("authorization") or "" for request in transport.requests)
    assert (first.partition(" ")[0], second.partition(" ")[0]) == ("Bearer", "Basic")
    assert transport.requests[1].url == "https://rest.nexmo.com/account/get-balance"


@pytest.mark.parametrize("config", [{}, {"product": "messages"}])
def test_without_the_secret_the_account_cannot_be_checked(config: dict[str, Any], keys: tuple[str, str]) -> None:
    own = application(keys[0]) if config else {}
    with Client(transport=Answers()) as client, pytest.raises(ConfigError, match="api_secret"):
        client.check_account(channel_of({**own, "api_secret": None}))


def test_the_simulated_vonage_takes_an_applications_own_token_only(keys: tuple[str, str]) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for private, accepted in ((keys[0], True), (other.decode(), False)):
        simulator = REGISTRY.simulator("vonage", clock=lambda: CLOCK, public_key=keys[1])
        channel = channel_of(application(private, account="a1b2c3d4"))
        with simulated(channel, simulator) as client:
            if accepted:
                assert client.send(channel, message()).id == simulator.accepted[0].id
            else:
                with pytest.raises(AuthError):
                    client.send(channel, message())


def test_a_private_key_that_is_none_is_the_hosts_mistake() -> None:
    error = failure(config=application("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"))
    assert isinstance(error, ConfigError)
