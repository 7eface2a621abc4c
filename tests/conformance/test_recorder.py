"""A recording is what passed, with test values, and it plays; whatever cannot be shown to be so is not saved."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutants import copied, edit, opened
from recording import (
    ADDRESS,
    HANDSET,
    KEY,
    LOOPBACK,
    PRIVATE,
    PUBLIC_ADDRESS,
    PUBLIC_HANDSET,
    SECRET,
    SOURCE,
    TEST_KEY,
    TEST_SECRET,
    Bench,
    Scripted,
    accepted,
    bench,
)
from vcr.serialize import deserialize
from vcr.serializers import yamlserializer

from sms_adapters import (
    DeliveryUncertain,
    Headers,
    HttpRequest,
    HttpResponse,
    OutboundMessage,
    Registry,
    TransportError,
    WebhookRequest,
    WebhookResponse,
)
from sms_adapters.conformance.case_files import cassette, http_file, toml_file
from sms_adapters.conformance.cases import exchange_cases, inbound_cases, read_http
from sms_adapters.conformance.playing import events_of, play, receive_case
from sms_adapters.conformance.recorder import (
    Account,
    AsyncRecordingTransport,
    RecordingFailed,
    RecordingTransport,
    Tape,
    record_case,
)
from sms_adapters.conformance.scrub import ScrubRefused
from sms_adapters.conformance.subject import Subject
from sms_adapters.sandbox.server import serve
from sms_adapters.signatures import twilio_form_bytes
from sms_adapters.transports.aiohttp import AiohttpTransport
from sms_adapters.transports.fast import FastTransport
from sms_adapters.transports.httpx import AsyncHttpxTransport, HttpxTransport
from sms_adapters.transports.replay import ReplayMismatch, ReplayTransport, read_cassette


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def recorded(bench: Bench, name: str = "recorded") -> Any:
    return next(case for case in exchange_cases(bench.folder) if case.name == name)


def refused(bench: Bench, error: type[Exception] = ScrubRefused, **options: Any) -> str:
    """Why a recording is refused; nothing of it is saved, and no secret is told."""
    with pytest.raises(error) as caught:
        bench.record(**options)
    assert bench.files() == {}
    assert not list(bench.folder.rglob("*.saving"))
    assert not any(value in str(caught.value) for value in (KEY, SECRET, HANDSET, HANDSET[1:], "447911123456"))
    return str(caught.value)


# --- end to end, over HTTP


def test_a_case_is_recorded_with_its_webhooks_and_plays_without_the_real_account(acme: Bench) -> None:
    saved = acme.record(until=acme.reported, expects="SendResult")
    assert saved.outcome["type"] == "SendResult"
    assert not saved.waiting
    names = ("message", "report_delivered", "report_sent")
    inbound = {f"inbound/recorded_{name}.{ending}" for name in names for ending in ("http", "json", "toml")}
    assert set(acme.files()) == {"exchanges/recorded.yaml", "exchanges/recorded.toml", *inbound}
    assert {str(path.relative_to(acme.folder)) for path in saved.files} == set(acme.files())
    subject = opened(acme.folder)
    assert play(subject, recorded(acme)).parts[0].id == acme.acme.accepted[0].id
    found = {case.name: receive_case(subject, case) for case in inbound_cases(acme.folder) if "recorded" in case.name}
    assert [receipt.error for receipt in found.values()] == [None, None, None]
    assert events_of(found["recorded_message"])[0] == {
        "type": "InboundMessage",
        "sender": PUBLIC_HANDSET,
        "text": f"Yego {PUBLIC_HANDSET}",
        "to": PUBLIC_ADDRESS,
        "id": "m-2",
        "received_at": events_of(found["recorded_message"])[0]["received_at"],
    }


def test_no_saved_octet_holds_anything_private(acme: Bench) -> None:
    acme.record(until=acme.reported, message=OutboundMessage(HANDSET, f"{KEY} for {HANDSET}"))
    for name, data in acme.files().items():
        for value in PRIVATE:
            assert value.encode() not in data, name
    request = read_cassette(acme.folder / "exchanges/recorded.yaml")[0]["request"]
    assert request["headers"]["X-Api-Key"] == [TEST_KEY]
    assert json.loads(request["body"])["text"] == f"{TEST_KEY} for {PUBLIC_HANDSET}"
    assert recorded(acme).message.text == f"{TEST_KEY} for {PUBLIC_HANDSET}"


def test_webhooks_are_signed_anew_with_the_test_key(acme: Bench) -> None:
    acme.record(until=acme.reported)
    for case in inbound_cases(acme.folder):
        if case.name.startswith("recorded"):
            given_values = dict(item.partition("=")[::2] for item in case.request.headers["acme-signature"].split(","))
            signed = f"{given_values['t']}.".encode() + case.request.body
            assert given_values["v1"] == hmac.new(TEST_SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert case.request.url == "https://sms.example.org/c/acme/8eb23e93/receive"


def test_a_case_says_where_it_is_from_and_when(acme: Bench) -> None:
    moment = datetime(2026, 11, 23, 9, 30, 15, 7, UTC)
    acme.record(clock=moment, entropy="0a0b", until=acme.reported)
    table = tomllib.loads((acme.folder / "exchanges/recorded.toml").read_text())
    assert table["channel"] == {
        "clock": moment.replace(microsecond=0),
        "entropy": "0a0b",
        "config": {"base_url": "https://api.acme.example"},
    }
    assert recorded(acme).source == SOURCE
    assert {case.source for case in inbound_cases(acme.folder) if case.name.startswith("recorded")} == {SOURCE}


def test_twilio_is_recorded_with_basic_credentials_and_signed_webhooks(tmp_path: Path) -> None:
    account, token = "AC9f8e7d6c5b4a39281706f5e4d3c2b1a0", "c0ffee11d00d22feed33face44beef55"
    subject = Subject("twilio", Registry(installed=False))
    simulated = subject.registry.simulator("twilio")
    test = simulated.config("https://twilio.example.net")

    def front(request: WebhookRequest) -> WebhookResponse:
        """The simulator, with another account."""
        good = base64.b64encode(f"{account}:{token}".encode()).decode()
        known = request.headers["authorization"] == f"Basic {good}"
        own = base64.b64encode(f"{test['account_sid']}:{test['auth_token']}".encode()).decode()
        headers = request.headers.having("Authorization", f"Basic {own}" if known else "Basic eDp5")
        url = request.url.replace(account, test["account_sid"])
        answer = simulated.handle(WebhookRequest(request.method, url, headers, request.body))
        return replace(answer, body=answer.body.replace(test["account_sid"].encode(), account.encode()))

    def signed(request: HttpRequest) -> HttpRequest:
        form = WebhookRequest("POST", request.url, request.headers, request.body).form()
        fields = {**dict(form.items()), "AccountSid": account}
        octets = twilio_form_bytes(request.url, type(form)(fields))
        mac = base64.b64encode(hmac.digest(token.encode(), octets, "sha1")).decode()
        return HttpRequest.form(request.url, fields, headers={"X-Twilio-Signature": mac})

    tape = Tape()
    with serve(front) as url, serve(tape.receive) as hook:

        def reported(_: Tape) -> None:
            transport = HttpxTransport()
            for request in simulated.reports(simulated.accepted[0]):
                assert transport.send(signed(request)).status == 204
            transport.close()

        live = {"config": {"account_sid": account, "auth_token": token, "base_url": url}, "public_url": hook}
        published = {
            "config": test,
            "address": PUBLIC_ADDRESS,
            "country": "US",
            "public_url": "https://sms.example.org",
        }
        record_case(
            tmp_path,
            "text",
            subject=subject,
            account=Account({**live, "address": ADDRESS}, published, numbers={HANDSET: PUBLIC_HANDSET}),
            source=SOURCE,
            message=OutboundMessage(HANDSET, "Muraho"),
            tape=tape,
            until=reported,
            expects="SendResult",
        )
    octets = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(value.encode() in octets for value in (account, token, "788123123", "788000111", "127.0.0.1"))
    (case,) = exchange_cases(tmp_path)
    play(subject, case)
    receipts = [receive_case(subject, case) for case in inbound_cases(tmp_path)]
    assert [(receipt.error, receipt.verified.scheme) for receipt in receipts] == [(None, "hmac-sha1")] * 2


WRONG_BYTES = [
    ('"reference": message.id,', '"reference": message.id + " ",'),
    (
        'HttpRequest.json(f"{channel.config.base_url}/v3/messages"',
        'HttpRequest.json(f"{channel.config.base_url}/v3/message"',
    ),
    ('HeaderAuth("X-Api-Key", channel', 'HeaderAuth("X-Api-Key", "x" + channel'),
    ('"text": part.text,', '"text": part.text.replace("u", "\\u00fc"),'),
    ("return HttpRequest.json(", 'return HttpRequest.json(method="PUT", url='),
]


@pytest.mark.parametrize(("before", "after"), WRONG_BYTES)
def test_an_adapter_that_sends_a_wrong_byte_fails_when_the_recording_is_played(
    acme: Bench, tmp_path: Path, before: str, after: str
) -> None:
    acme.record()
    play(opened(acme.folder), recorded(acme))
    broken = copied(tmp_path)
    if "method=" in after:
        edit(broken, "adapter.py", '/v3/messages", values)', '/v3/messages", value=values)')
    edit(broken, "adapter.py", before, after)
    with pytest.raises(ReplayMismatch):
        play(opened(broken), recorded(acme))


# --- the tape


class Answers:
    """Transports of both kinds that give one answer."""

    def __init__(self, answer: HttpResponse | Exception) -> None:
        self.answer = answer

    def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        pass


class AsyncAnswers(Answers):
    async def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().send(request)

    async def aclose(self) -> None:
        pass


REQUEST = HttpRequest.get("https://api.acme.example/a")
SENT = [HttpResponse(200, body=b"x"), TransportError("gone", sent=True), ValueError("no transport's error")]


@pytest.mark.parametrize("answer", SENT)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_transport_records_what_passes_and_changes_nothing(answer: Any, asynchronous: bool) -> None:
    tape = Tape()
    send: Callable[[], HttpResponse] = (
        (lambda: asyncio.run(AsyncRecordingTransport(AsyncAnswers(answer), tape).send(REQUEST)))
        if asynchronous
        else (lambda: RecordingTransport(Answers(answer), tape).send(REQUEST))
    )
    if isinstance(answer, Exception):
        with pytest.raises(type(answer)) as caught:
            send()
        assert caught.value is answer
    else:
        assert send() is answer
    (interaction,) = tape.interactions
    assert interaction.request is REQUEST
    assert interaction.answer is (None if isinstance(answer, ValueError) else answer)


def test_webhooks_and_requests_keep_their_order() -> None:
    tape = Tape()
    transport = RecordingTransport(Answers(HttpResponse(200)), tape)
    transport.send(REQUEST)
    tape.receive(WebhookRequest("GET", "https://b.example/1"))
    transport.send(REQUEST)
    assert [type(entry).__name__ for entry in tape.entries] == ["Interaction", "Arrival", "Interaction"]


def test_waiting_ends_when_the_webhook_comes_or_the_time_is_over() -> None:
    tape = Tape()
    assert not tape.wait(lambda tape: bool(tape.webhooks), 0.01)
    thread = threading.Timer(0.05, tape.webhook, [WebhookRequest("GET", "https://b.example/")])
    thread.start()
    assert tape.wait(lambda tape: bool(tape.webhooks), 30)
    thread.join()


def test_two_recordings_overlap_in_one_process(tmp_path: Path) -> None:
    both_are_under_way = threading.Barrier(2, timeout=30)
    failures: list[BaseException] = []

    def run(bench: Bench, text: str) -> None:
        def wait(_: Tape) -> None:
            both_are_under_way.wait()

        try:
            bench.record(message=OutboundMessage(HANDSET, text), until=wait)
        except BaseException as error:
            failures.append(error)

    with bench(tmp_path) as first, bench(tmp_path) as second:
        pairs = [(first, "the first"), (second, "the second")]
        threads = [threading.Thread(target=run, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for made, text in pairs:
            interactions = read_cassette(made.folder / "exchanges/recorded.yaml")
            assert [json.loads(item["request"]["body"])["text"] for item in interactions] == [text]


# --- failures


@contextmanager
def breaking(reset: bool) -> Iterator[str]:
    """A server that reads a request and closes, with a reset or without an answer."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(30)


@contextmanager
def silent() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


FAILURES = [
    ("refused", nobody, "TransportError", False),
    ("timeout", silent, "DeliveryUncertain", True),
    ("reset", lambda: breaking(reset=True), "DeliveryUncertain", True),
    ("lost answer", lambda: breaking(reset=False), "DeliveryUncertain", True),
]


@pytest.mark.parametrize(("server", "expects", "sent"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_a_failure_is_recorded_and_comes_again(acme: Bench, server: Any, expects: str, sent: bool) -> None:
    transport = HttpxTransport(timeout=0.5)
    with server() as acme.url:
        saved = acme.record(expects=expects, transport=transport)
    transport.close()
    assert saved.outcome["error"] == expects
    (interaction,) = read_cassette(acme.folder / "exchanges/recorded.yaml")
    assert interaction["response"]["failure"]["sent"] is sent
    result = play(opened(acme.folder), recorded(acme))
    assert type(result).__name__ == expects
    assert isinstance(result, DeliveryUncertain) is sent
    assert len(deserialize((acme.folder / "exchanges/recorded.yaml").read_text(), yamlserializer)[0]) == 1


FAILED_RUNS = [
    ("an error that is no SMS's", {"until": lambda tape: 1 / 0}, ZeroDivisionError),
    ("another outcome", {"expects": "Rejected"}, RecordingFailed),
    ("no request", {"message": OutboundMessage("+1", "x")}, RecordingFailed),
    ("a request without an answer", {"transport": Answers(ValueError("x"))}, RecordingFailed),
]


@pytest.mark.parametrize(("options", "error"), [row[1:] for row in FAILED_RUNS], ids=[row[0] for row in FAILED_RUNS])
def test_a_failed_run_saves_nothing(acme: Bench, options: dict[str, Any], error: type[Exception]) -> None:
    refused(acme, error, **options)


def test_a_request_that_is_still_under_way_keeps_a_case_from_being_saved(acme: Bench) -> None:
    assert "no answer" in refused(acme, RecordingFailed, until=lambda tape: tape.begin(REQUEST))


def test_a_write_that_fails_leaves_nothing_behind(acme: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, data: bytes) -> int:
        if self.name == ".recorded.toml.saving" and acme.folder in self.parents:
            raise OSError("the disk is full")
        return write(self, data)

    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", fail)
    refused(acme, OSError)


# --- what is not saved


def answering(**values: Any) -> dict[str, Any]:
    return {"transport": Scripted([accepted(**values)])}


NOT_SAVED = [
    ("a number of somebody else's", answering(cc="+447911123456"), r"recorded\.yaml, answer 1, body: a phone number"),
    ("a number in another form", answering(note="call 447911123456, %2B447911123456"), "a phone number"),
]


@pytest.mark.parametrize(("options", "told"), [row[1:] for row in NOT_SAVED], ids=[row[0] for row in NOT_SAVED])
def test_what_is_left_keeps_a_case_from_being_saved(acme: Bench, options: dict[str, Any], told: str) -> None:
    assert re.search(told, refused(acme, **options))


def test_a_canary_keeps_a_case_from_being_saved_wherever_it_is(acme: Bench) -> None:
    account = acme.account(canaries=["kanarienvogel"])
    answer = accepted()
    answer = replace(answer, headers=Headers([*answer.headers.items(), ("X-Seen", "a2FuYXJpZW52b2dlbA==")]))
    told = refused(acme, account=account, transport=Scripted([answer]))
    assert "exchanges/recorded.yaml, answer 1, header X-Seen: a canary (base64)" in told
    assert "kanarienvogel" not in told


def test_a_secret_in_a_binary_body_is_found_although_the_file_has_it_in_base64(acme: Bench) -> None:
    account = acme.account(canaries=["kanarienvogel"])
    answer = replace(accepted(), status=500, body=b"\xff\xfe\x00kanarienvogel")
    assert "answer 1, body: a canary (plain)" in refused(acme, account=account, transport=Scripted([answer]))


def test_a_webhook_from_a_number_that_is_not_mapped_keeps_a_case_from_being_saved(acme: Bench) -> None:
    def written(_: Tape) -> None:
        acme.acme.inbound_url = acme.hook + "/c/acme/8eb23e93/receive"
        acme.fire(acme.acme.inbound("+447911123456", ADDRESS, "a stranger"))

    assert "webhook 1: sender is a phone number that is not mapped" in refused(acme, until=written)


def test_a_webhook_that_cannot_be_signed_anew_keeps_a_case_from_being_saved(tmp_path: Path) -> None:
    with bench(tmp_path, resigns=False) as made:
        told = refused(made, until=made.reported)
        assert "webhook 1 is refused" in told
        assert "resign" in told


def test_a_secret_without_a_test_value_keeps_a_case_from_being_saved(tmp_path: Path) -> None:
    subject = Subject("twilio", Registry(installed=False))
    test = subject.simulator().config("https://twilio.example.net")
    pair = {"api_key_sid": f"SK{'1f' * 16}", "api_key_secret": "9f8e7d6c5b4a3210"}
    account = Account({"config": {**test, **pair}, "address": ADDRESS}, {"config": test, "address": PUBLIC_ADDRESS})
    options: dict[str, Any] = {"source": SOURCE, "transport": Scripted([accepted()]), "hook": "check_account"}
    with pytest.raises(RecordingFailed, match=r"no test value for config\.api_key_sid"):
        record_case(tmp_path, "text", subject=subject, account=account, **options)
    assert list(tmp_path.iterdir()) == []


# --- remaking

NOT_REMADE = [
    (
        "made up",
        '"reference": message.id,',
        '"reference": __import__("os").urandom(8).hex(),',
        "another request at each run",
    ),
    (
        "by the account",
        '"text": part.text,',
        '"text": part.text + ("!" if channel.config.api_key.get_secret_value().startswith("live") else "?"),',
        r"request 1: body \(text\)",
    ),
    (
        "another number of requests",
        "    def build_request",
        (
            "    def split(self, channel, message):\n"
            '        live = channel.config.api_key.get_secret_value().startswith("live")\n'
            "        return [*super().split(channel, message)] * (1 if live else 2)\n\n    def build_request"
        ),
        "more than 1 requests",
    ),
    (
        "fewer requests",
        "    def build_request",
        (
            "    def split(self, channel, message):\n"
            '        live = channel.config.api_key.get_secret_value().startswith("live")\n'
            "        return [*super().split(channel, message)] * (2 if live else 1)\n\n    def build_request"
        ),
        "makes 1 requests, 2 were recorded",
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "told"), [row[1:] for row in NOT_REMADE], ids=[row[0] for row in NOT_REMADE]
)
def test_a_request_that_cannot_be_remade_is_refused(tmp_path: Path, before: str, after: str, told: str) -> None:
    with bench(tmp_path, ("adapter.py", before, after)) as made:
        assert re.search(told, refused(made, transport=Scripted([accepted(), accepted()])))


def test_an_answer_that_scrubbing_gives_another_meaning_keeps_a_case_from_being_saved(acme: Bench) -> None:
    told = refused(acme, account=acme.account(names={"queued": "delivered"}))
    assert "the scrubbed answers lead to another outcome: parts" in told


def test_a_case_that_does_not_play_is_not_saved(acme: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sms_adapters.conformance.drafting.message_table", lambda message: {"to": message.to, "id": "1"}
    )
    refused(acme, ReplayMismatch)


def test_secrets_are_replaced_where_the_published_channel_has_more_of_them(acme: Bench) -> None:
    published = {"config": {"base_url": "https://api.acme.example"}, "callback_secret": "test-callback-secret"}
    message = OutboundMessage(HANDSET, f"x{KEY}x", report=False)
    acme.record(account=acme.account(test=published), message=message)
    assert recorded(acme).message.text == f"x{TEST_KEY}x"


def test_a_webhook_that_came_through_a_tunnel_is_kept_under_the_url_that_the_aggregator_used(acme: Bench) -> None:
    def written(_: Tape) -> None:
        acme.acme.inbound_url = acme.hook + "/c/acme/8eb23e93/receive"
        acme.fire(acme.acme.inbound(HANDSET, ADDRESS, "Yego"))

    account = acme.account()
    account = replace(account, live={**account.live, "public_url": "https://tunnel.example"})
    acme.record(account=account, until=written)
    (case,) = [case for case in inbound_cases(acme.folder) if case.name == "recorded_message"]
    assert case.request.url == "https://sms.example.org/c/acme/8eb23e93/receive"


HMAC = (
    "adapter.py",
    'return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())',
    (
        "return HmacAuth(channel.config.api_key.get_secret_value(), 'sha256', 'X-Sig', lambda request, now: "
        "request.body + str(now).encode(), {how}, pairs=lambda request, now: [('X-Date', now.isoformat())])"
    ),
)
IMPORT = (
    "adapter.py",
    "from sms_adapters.auth import Auth, HeaderAuth",
    "from sms_adapters.auth import Auth, HmacAuth",
)


@pytest.mark.parametrize("how", ["encoding='hex'", "encoding='base64'", "prefix='v1='", "place='json'"])
def test_signatures_of_requests_are_remade_and_the_real_ones_are_gone(tmp_path: Path, how: str) -> None:
    change = (*HMAC[:2], HMAC[2].replace("{how}", how))
    with bench(tmp_path, IMPORT, change) as made:
        seen: list[HttpRequest] = []
        transport = Scripted([accepted()])
        made.record(transport=transport)
        seen = transport.requests
        real = re.findall(rb"[0-9a-f]{64}|[A-Za-z0-9+/]{43}=", str(seen[0].headers.items()).encode() + seen[0].body)
        assert len(real) == 1
        saved = (made.folder / "exchanges/recorded.yaml").read_bytes()
        assert real[0] not in saved
        remade = re.findall(rb"[0-9a-f]{64}|[A-Za-z0-9+/]{43}=", saved)
        assert len(remade) == 1
        play(opened(made.folder), recorded(made))


def test_a_digest_that_the_answer_repeats_is_replaced_there_too(tmp_path: Path) -> None:
    change = (*HMAC[:2], HMAC[2].replace("{how}", "encoding='hex'"))
    with bench(tmp_path, IMPORT, change) as made:

        class Echo(Scripted):
            def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:
                self.requests.append(request)
                return accepted(trace=request.headers["x-sig"])

        transport = Echo([])
        made.record(transport=transport)
        (item,) = read_cassette(made.folder / "exchanges/recorded.yaml")
        assert transport.requests[0].headers["x-sig"] not in item["response"]["body"]["string"]
        assert json.loads(item["response"]["body"]["string"])["trace"] == item["request"]["headers"]["X-Sig"][0]


def test_a_digest_over_more_than_the_secret_is_remade_in_the_query(tmp_path: Path) -> None:
    change = (
        "adapter.py",
        'return HttpRequest.json(f"{channel.config.base_url}/v3/messages", values)',
        (
            "import hashlib\n        key = channel.config.api_key.get_secret_value() + message.id\n"
            "        digest = hashlib.md5(key.encode()).hexdigest()\n"
            '        return HttpRequest.json(f"{channel.config.base_url}/v3/messages?sig={digest}", values)'
        ),
    )
    with bench(tmp_path, change) as made:
        transport = Scripted([accepted()])
        made.record(transport=transport)
        (item,) = read_cassette(made.folder / "exchanges/recorded.yaml")
        digest = hashlib.md5((TEST_KEY + recorded(made).message.id).encode()).hexdigest()
        assert item["request"]["uri"].endswith(f"?sig={digest}")
        assert not transport.requests[0].url.endswith(digest)


def test_a_checksum_that_looks_like_no_digest_has_to_be_declared(tmp_path: Path) -> None:
    change = (
        "adapter.py",
        '"reference": message.id,',
        '"reference": message.id, "crc": __import__("zlib").crc32(channel.config.api_key.get_secret_value().encode()),',
    )
    with bench(tmp_path, change) as made:
        options: dict[str, Any] = {"transport": Scripted([accepted()])}
        assert "request 1: body (crc)" in refused(made, **options)
    change = (
        *change[:2],
        change[2]
        .replace("crc32(", "crc32(")
        .replace('"crc": __', '"crc": "c" + str(__')
        .replace("encode()),", "encode())),"),
    )
    with bench(tmp_path, change) as made:
        made.record(account=made.account(digests=["crc"]), transport=Scripted([accepted()]))
        play(opened(made.folder), recorded(made))


OAUTH = [
    (
        "adapter.py",
        "from sms_adapters.auth import Auth, HeaderAuth",
        "from sms_adapters.auth import oauth2_client_credentials",
    ),
    (
        "adapter.py",
        "    def authenticate(self, channel: Channel[AcmeConfig]) -> Auth:",
        "    def authenticate(self, channel):",
    ),
    (
        "adapter.py",
        'return HeaderAuth("X-Api-Key", channel.config.api_key.get_secret_value())',
        (
            'return (yield from oauth2_client_credentials(f"{channel.config.base_url}/token", "acme", '
            "channel.config.api_key.get_secret_value(), now=channel.clock()))"
        ),
    ),
]


def test_a_token_that_an_answer_brings_is_a_secret_too(tmp_path: Path) -> None:
    token = "ya29.A0ARrdaM-9f8e7d6c5b4a"
    grant = HttpResponse(200, body=json.dumps({"access_token": token, "expires_in": 3600}).encode())
    with bench(tmp_path, *OAUTH) as made:
        made.record(transport=Scripted([grant, accepted(seen=token)]))
        saved = (made.folder / "exchanges/recorded.yaml").read_text()
        assert token not in saved
        first, second = read_cassette(made.folder / "exchanges/recorded.yaml")
        published = json.loads(first["response"]["body"]["string"])["access_token"]
        assert second["request"]["headers"]["Authorization"] == [f"Bearer {published}"]
        assert json.loads(second["response"]["body"]["string"])["seen"] == published
        play(opened(made.folder), recorded(made))


def test_a_token_that_a_webhook_brings_is_a_secret_too(acme: Bench) -> None:
    def written(tape: Tape) -> None:
        acme.acme.inbound_url = acme.hook + "/c/acme/8eb23e93/receive?token=9f8e7d6c5b4a3210"
        acme.fire(acme.acme.inbound(HANDSET, ADDRESS, "the token is 9f8e7d6c5b4a3210"))

    acme.record(until=written)
    (case,) = [case for case in inbound_cases(acme.folder) if case.name == "recorded_message"]
    assert case.request.url.endswith("?token=test-token-1-xxx")
    assert case.expect[0]["text"] == "the token is test-token-1-xxx"


def test_randomness_and_time_come_from_the_case_and_no_two_draws_are_the_same(tmp_path: Path) -> None:
    change = (
        "adapter.py",
        '"reference": message.id,',
        '"reference": channel.entropy(8).hex() + channel.entropy(8).hex() + channel.clock().isoformat(),',
    )
    with bench(tmp_path, change) as made:
        made.record()
        (item,) = read_cassette(made.folder / "exchanges/recorded.yaml")
        drawn = json.loads(item["request"]["body"])["reference"]
        assert drawn[:16] != drawn[16:32]
        for _ in range(2):
            play(opened(made.folder), recorded(made))


def test_a_recording_waits_beside_an_older_one_and_is_no_case_until_then(acme: Bench) -> None:
    acme.record(until=acme.reported)
    before = acme.files()
    acme.tape = Tape()
    acme.acme.accepted.clear()
    saved = acme.record(message=OutboundMessage(HANDSET, "again"))
    assert saved.waiting
    assert {path.name for path in saved.files} == {"recorded.new.yaml", "recorded.new.toml"}
    assert {name: data for name, data in acme.files().items() if ".new." not in name} == before
    assert [case.name for case in exchange_cases(acme.folder) if "recorded" in case.name] == ["recorded"]


def test_an_id_or_a_user_name_may_be_a_word_of_ours(tmp_path: Path) -> None:
    subject = Subject("kannel", Registry(installed=False))
    live = {
        "id": "text",
        "config": {**KANNEL, "username": "source"},
        "address": PUBLIC_ADDRESS,
        "public_url": "http://h.example",
    }
    test = {"id": "8eb23e93", "config": KANNEL, "address": PUBLIC_ADDRESS, "public_url": "http://h.example"}
    transport = Scripted([HttpResponse(202, body=b"0: Accepted for delivery by source")])
    options: dict[str, Any] = {
        "source": SOURCE,
        "message": OutboundMessage(PUBLIC_HANDSET, "x"),
        "transport": transport,
    }
    record_case(tmp_path, "text", subject=subject, account=Account(live, test), **options)
    assert "%2Fc%2Fkannel%2Ftext%2F" in transport.requests[0].url
    (item,) = read_cassette(tmp_path / "exchanges/text.yaml")
    assert "%2Fc%2Fkannel%2F8eb23e93%2F" in item["request"]["uri"]
    assert "username=tester&" in item["request"]["uri"]
    assert item["response"]["body"]["string"] == "0: Accepted for delivery by tester"


HOOKS = [("check_account", None, "AccountInfo"), ("query_status", "a-000001", "DeliveryReport")]


@pytest.mark.parametrize(("hook", "reference", "expects"), HOOKS)
def test_any_hook_can_be_recorded(acme: Bench, hook: str, reference: str | None, expects: str) -> None:
    if reference:
        acme.record("first")
        acme.tape = Tape()
    saved = acme.record(hook=hook, reference=reference, expects=expects)
    assert saved.outcome["type"] == expects
    assert (recorded(acme).hook, recorded(acme).reference) == (hook, reference)
    play(opened(acme.folder), recorded(acme))


def test_a_refused_login_is_recorded(acme: Bench) -> None:
    wrong = {"config": {**acme.account().live["config"], "api_key": "wrong-example-key"}, "address": ADDRESS}
    account = acme.account(
        live=wrong,
        test={"config": {"base_url": "https://api.acme.example", "api_key": "wrong-example-key"}},
        secrets={KEY: TEST_KEY},
    )
    message = OutboundMessage(HANDSET, "x", report=False)
    saved = acme.record(account=account, expects="AuthError", message=message)
    assert saved.outcome["provider_code"] == "auth.bad_key"
    assert "message" not in saved.outcome


# --- the files

KANNEL = {
    "base_url": "http://kannel.example.net:13013",
    "username": "tester",
    "password": "tester-example",
}
WIRE = [
    ("UCS-2", OutboundMessage(PUBLIC_HANDSET, "Привет 😀\0é%", id="1")),
    ("GSM", OutboundMessage(PUBLIC_HANDSET, "10€ [a] @£$ é ñ", id="1")),
    ("octets", OutboundMessage(PUBLIC_HANDSET, data=bytes(range(120, 256)), id="1")),
    ("octets with a header", OutboundMessage(PUBLIC_HANDSET, data=b"\xff\0%", udh=b"\6\5\4\x15\x82\x15\x8a", id="1")),
]


@pytest.mark.parametrize("message", [row[1] for row in WIRE], ids=[row[0] for row in WIRE])
def test_urls_of_octets_survive_to_the_octet(tmp_path: Path, message: OutboundMessage) -> None:
    subject = Subject("kannel", Registry(installed=False))
    live = {"config": {**KANNEL, "password": "geheim-e9-%E9"}, "address": PUBLIC_ADDRESS}
    test = {"config": KANNEL, "address": PUBLIC_ADDRESS}
    transport = Scripted([HttpResponse(202, body=b"0: Accepted for delivery \xe9\xff")])
    options: dict[str, Any] = {"source": SOURCE, "message": message, "transport": transport}
    record_case(tmp_path, "octets", subject=subject, account=Account(live, test), **options)
    (item,) = read_cassette(tmp_path / "exchanges/octets.yaml")
    wanted = transport.requests[0].url.replace("geheim-e9-%25E9", "tester-example")
    assert item["request"]["uri"] == wanted
    assert (
        ReplayTransport(tmp_path / "exchanges/octets.yaml").send(HttpRequest("GET", wanted)).body.endswith(b"\xe9\xff")
    )
    (theirs,), _ = deserialize((tmp_path / "exchanges/octets.yaml").read_text(), yamlserializer)
    assert theirs.uri == wanted


BODIES = st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f\x85"), max_size=20)


@settings(max_examples=150, deadline=None)
@given(BODIES, BODIES, VISIBLE, TEXTS)
@example("a\x85\u2028b \u2029 c\r\nd\re \n f\ufeff".encode(), b"\xc2\x85", " a ", "")
def test_any_body_survives_a_cassette_and_vcrpy_reads_the_same(
    tmp_path_factory: Any, sent: bytes, told: bytes, header: str, note: str
) -> None:
    url = f"https://api.acme.example/a?t=%E9&n={header.encode().hex()}"
    answer = HttpResponse(200, Headers([("X-A", header), ("X-A", "2"), ("X-B", note.encode().hex())]), told)
    octets = cassette([(HttpRequest("POST", url, Headers({"X-Own": header}), sent), answer)])
    path = tmp_path_factory.mktemp("cassette") / "a.yaml"
    path.write_bytes(octets)
    request = HttpRequest("POST", url, Headers({"X-Own": header}), sent)
    assert ReplayTransport(path).send(request) == answer
    (theirs,), (response,) = deserialize(path.read_text("utf-8"), yamlserializer)
    assert (theirs.method, theirs.uri, theirs.body or b"") == ("POST", url, sent)
    body = response["body"]["string"]
    assert (body.encode() if isinstance(body, str) else body) == told
    assert yaml.safe_load(octets)["version"] == 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80), VISIBLE.map(str.strip))
def test_any_webhook_survives_its_file(body: bytes, header: str) -> None:
    request = WebhookRequest("POST", "https://sms.example.org/c/a/b/receive?t=%E9", Headers([("X-A", header)]), body)
    assert read_http(http_file(request)) == request


VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-(2**53), 2**53), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_any_table_survives_toml(values: dict[str, Any]) -> None:
    kept = {key: item for key, item in values.items() if item != {}}

    def without_empty(item: Any) -> Any:
        """At the top, tables without content are left out."""
        if not isinstance(item, dict):
            return item
        return {key: without_empty(value) for key, value in item.items() if value != {} and without_empty(value) != {}}

    found = tomllib.loads(toml_file(kept).decode())
    assert without_empty(found) == without_empty(kept)


def test_a_recorded_message_keeps_all_that_it_had(acme: Bench) -> None:
    from datetime import timedelta

    from sms_adapters import Media

    message = OutboundMessage(
        HANDSET,
        'a "b"\n\t\\ é \x7f',
        id="6d2f5c04",
        media=(Media(f"https://a.example/{KEY}.png", "image/png"),),
        validity=timedelta(seconds=90),
        report=False,
        transliterate=False,
    )
    acme.record(message=message)
    media = (Media(f"https://a.example/{TEST_KEY}.png", "image/png"),)
    assert recorded(acme).message == replace(message, to=PUBLIC_HANDSET, media=media)


def test_the_network_policy_is_kept(acme: Bench) -> None:
    from sms_adapters import ConfigError, NetworkPolicy

    with pytest.raises(RecordingFailed, match="no answer"):
        acme.record(network=NetworkPolicy(), expects=ConfigError.__name__)
    assert acme.files() == {}
    acme.tape = Tape()
    assert acme.record(network=LOOPBACK).outcome["type"] == "SendResult"


# --- whatever carries it


class Bridged:
    """An asynchronous transport, used from outside its loop."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._runner = asyncio.Runner()
        self._inner = make()

    def send(self, request: HttpRequest, policy: Any = None) -> HttpResponse:
        answer: HttpResponse = self._runner.run(self._inner.send(request, policy))
        return answer

    def close(self) -> None:
        self._runner.run(self._inner.aclose())
        self._runner.close()


@pytest.mark.parametrize("make", [AsyncHttpxTransport, AiohttpTransport, FastTransport])
def test_a_cassette_is_the_same_whatever_transport_carried_the_exchange(acme: Bench, make: Callable[[], Any]) -> None:
    with closing(Bridged(make)) as transport:
        message = OutboundMessage(HANDSET, "Muraho")
        acme.record("one", message=message)
        acme.tape.entries.clear()
        acme.record("two", message=message, transport=transport)
    (one,), (two,) = (read_cassette(acme.folder / f"exchanges/{name}.yaml") for name in ("one", "two"))
    assert one["request"] == two["request"]
    assert one["response"]["status"] == two["response"]["status"]
    assert {name.lower() for name in one["response"]["headers"]} == {
        name.lower() for name in two["response"]["headers"]
    }
