"""The kannel adapter and a real Kannel: what is sent comes out of its SMSC, what is typed comes in as events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import demo_kannel
import pytest
from kannel import DENIED, NOT_ROUTED, PASSWORD, Gateway, Sent, Service, Unavailable, kannel_gateway

from sms_adapters import (
    AuthError,
    Channel,
    Client,
    DeliveryReport,
    InboundMessage,
    NetworkPolicy,
    OutboundMessage,
    Reason,
    Registry,
    Rejected,
    Status,
    TemporaryFailure,
    TransportError,
    WebhookRequest,
    WebhookResponse,
)
from sms_adapters.builtin.kannel.adapter import MO_QUERY, sms_service
from sms_adapters.sandbox.server import serve
from sms_adapters.text import parse_header

pytestmark = pytest.mark.peer

REGISTRY = Registry(installed=False)
LOOPBACK = NetworkPolicy(networks=("127.0.0.0/8",))
TO, HANDSET, ADDRESS = "+12025550123", "+447700900001", "+12025550100"
PATIENCE = 15.0

CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. "
LONG_UNICODE = CYRILLIC * 5 + "👨‍👩‍👧 العربية עברית 😀"
LONG_GSM = "The quick brown fox jumps over the lazy dog: 10€ [a|b] {c} ~ ^ \\ @£$ é; " * 6


def until(found: Callable[[], Any], what: str) -> Any:
    """What `found` gives once it gives something."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")


class Host:
    """A client, and a webhook server that Kannel can call; it keeps what came."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = ""
        self.channels: dict[str, Channel[Any]] = {}
        self.events: list[Any] = []
        self.answers: dict[str, WebhookResponse] = {}
        self._lock = threading.Lock()

    def handle(self, request: WebhookRequest) -> WebhookResponse:
        """Answer with what the adapter says, or with what a test wants said in its place."""
        identity = request.url.split("/c/kannel/")[1].split("/")[0]
        receipt = self.client.receive(self.channels[identity], request)
        with self._lock:
            self.events += receipt.events if receipt.error is None else [receipt.error]
        return self.answers.get(identity, receipt.response)

    def open(self, base_url: str, identity: str = "live", secret: str | None = None, **config: Any) -> Channel[Any]:
        """A channel that reports to this server."""
        config = {"base_url": base_url, "username": "tester", "password": PASSWORD, **config}
        options = {"address": ADDRESS, "public_url": self.url, "callback_secret": secret}
        self.channels[identity] = REGISTRY.open("kannel", id=identity, config=config, **options)
        return self.channels[identity]

    def reports(self, message: OutboundMessage) -> list[DeliveryReport]:
        """The reports of a message so far."""
        with self._lock:
            return [item for item in self.events if isinstance(item, DeliveryReport) and item.message_id == message.id]

    def messages(self, to: str) -> list[InboundMessage]:
        """The messages for a number so far."""
        with self._lock:
            return [item for item in self.events if isinstance(item, InboundMessage) and item.to == to]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Client(network=LOOPBACK) as client:
        made = Host(client)
        with serve(made.handle) as made.url:
            yield made


@contextmanager
def kannel(state: Path, mo_url: str | None = None, **options: Any) -> Iterator[Gateway]:
    """A Kannel; where there can be none the test is skipped, or fails if it has to run."""
    with ExitStack() as stack:
        try:
            gateway = stack.enter_context(kannel_gateway(state, mo_url, **options))
        except Unavailable as error:
            if os.environ.get("SMS_ADAPTERS_REQUIRE_PEERS") == "1":
                raise
            pytest.skip(str(error))
        yield gateway


BACK = {"max-messages": "1", "omit-empty": "true"}


def services(host: Host) -> list[Service]:
    """By the number that a handset writes to: both forms with an empty answer, and answers that come back as texts."""
    base = f"{host.url}/c/kannel"
    return [
        Service(f"{base}/posted/receive?id=%I", "3001", "post-url", {"max-messages": "0", "send-sender": "true"}),
        Service(f"{base}/empty/receive?{MO_QUERY}", "3002", options=BACK),
        Service(f"{base}/chatty/receive?{MO_QUERY}", "3003", options=BACK),
        Service(f"{base}/warned/receive?{MO_QUERY}", "3004", options={}),
        Service(f"{base}/nothing/receive?{MO_QUERY}", "3005", options=BACK),
        Service(f"{base}/posted/receive?id=%I&from=%p", "3006", "post-url", BACK),
        Service(f"{base}/hushed/receive?{MO_QUERY}", "3007"),
    ]


@pytest.fixture(scope="module")
def gateway(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A Kannel whose default service is the one that the adapter writes for a channel with a secret."""
    main = host.open("http://127.0.0.1:1", "main", secret="50% of ü")
    url = sms_service(main).split('get-url = "')[1].rstrip('"\n')
    state = tmp_path_factory.mktemp("kannel")
    with kannel(state, url, services=services(host)) as made:
        for identity in ("posted", "empty", "chatty", "warned", "nothing", "hushed"):
            host.open(made.url, identity)
        host.answers["chatty"] = host.answers["hushed"] = WebhookResponse.plain("a body")
        host.answers["nothing"] = WebhookResponse(204)
        yield made


def outgoing(gateway: Gateway, to: str, count: int = 1) -> list[Sent]:
    """The messages for a number that the SMSC got, once there are as many."""

    def found() -> list[Sent]:
        sent = [item for item in gateway.sent() if item.to == to]
        return sent if len(sent) >= count else []

    found_now: list[Sent] = until(found, f"{count} messages to {to}")
    return found_now


def joined(parts: Sequence[Sent]) -> bytes:
    """The octets of a message's parts in the order of their headers, which have to agree."""
    headers = [parse_header(part.udh).concatenation for part in parts]
    places = [(item.reference, item.total, item.number) for item in headers if item]
    (reference,) = {place[0] for place in places}
    assert sorted(places) == [(reference, len(parts), number) for number in range(1, len(parts) + 1)]
    ordered = sorted(zip(places, parts, strict=True), key=lambda pair: pair[0])
    return b"".join(part.octets for _, part in ordered)


GSM_TEXTS = ("Muraho", "10€ [a|b] {c} ~ ^ \\ @£$ é ñ ü à", "50% & a=b + c?d#e <f> \"g\" 'h' %d %A {{to}}")


@pytest.mark.parametrize("number", range(len(GSM_TEXTS)))
def test_a_gsm_text_arrives_as_typed(host: Host, gateway: Gateway, number: int) -> None:
    text, to = GSM_TEXTS[number], f"+1202555011{number}"
    result = host.client.send(host.open(gateway.url), OutboundMessage(to=to, text=text))
    assert [(part.status, part.word) for part in result.parts] == [(Status.QUEUED, "0: Accepted for delivery")]
    assert result.ids == ()
    (sent,) = outgoing(gateway, to)
    assert (sent.sender, sent.kind, sent.octets.decode()) == (ADDRESS, "text", text)


def test_a_unicode_text_arrives_as_typed(host: Host, gateway: Gateway) -> None:
    text = "Привет\n😀 % & + العربية\0"
    host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550120", text=text))
    (sent,) = outgoing(gateway, "+12025550120")
    assert (sent.kind, sent.octets.decode("utf-16-be")) == ("ucs-2", text)


def test_a_long_unicode_text_arrives_whole_split_by_kannel(host: Host, gateway: Gateway) -> None:
    result = host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550121", text=LONG_UNICODE))
    assert len(result.parts) == 1
    assert joined(outgoing(gateway, "+12025550121", 5)).decode("utf-16-be") == LONG_UNICODE


def test_a_long_gsm_text_arrives_whole_split_by_kannel(host: Host, gateway: Gateway) -> None:
    host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550122", text=LONG_GSM))
    assert joined(outgoing(gateway, "+12025550122", 4)).decode() == LONG_GSM


LONG_TEXTS = ((LONG_GSM, "utf-8", "+12025550124", 4), (LONG_UNICODE, "utf-16-be", "+12025550125", 5))


@pytest.mark.parametrize(("text", "codec", "to", "count"), LONG_TEXTS)
def test_a_long_text_arrives_whole_split_here_for_an_account_that_joins_nothing(
    host: Host, gateway: Gateway, text: str, codec: str, to: str, count: int
) -> None:
    channel = host.open(gateway.url, username="single", splits="udh")
    message = OutboundMessage(to=to, text=text)
    assert len(host.client.send(channel, message).parts) == count
    assert joined(outgoing(gateway, to, count)).decode(codec) == text
    delivered = until(
        lambda: (
            {report.raw["part"] for report in host.reports(message) if report.status is Status.DELIVERED}
            == {str(number) for number in range(1, count + 1)}
        ),
        "a report for each part",
    )
    assert delivered


def test_a_text_beyond_max_messages_loses_nothing(host: Host, gateway: Gateway) -> None:
    text = "0123456789" * 200
    channel = host.open(gateway.url, max_messages=10)
    assert len(host.client.send(channel, OutboundMessage(to="+12025550126", text=text)).parts) == 2
    sent = outgoing(gateway, "+12025550126", 14)
    references = list(dict.fromkeys(item.udh[3] for item in sent))
    assert b"".join(joined([item for item in sent if item.udh[3] == found]) for found in references).decode() == text


def test_without_that_kannel_cuts_a_text_and_still_says_accepted(host: Host, gateway: Gateway) -> None:
    channel = host.open(gateway.url, max_messages=20)
    result = host.client.send(channel, OutboundMessage(to="+12025550127", text="0123456789" * 200))
    assert result.parts[0].word == "0: Accepted for delivery"
    assert joined(outgoing(gateway, "+12025550127", 10)).decode() == ("0123456789" * 200)[:1530]


def test_binary_data_arrive_with_their_header(host: Host, gateway: Gateway) -> None:
    data, udh = bytes(range(120)) + b"\xff%+ &", bytes.fromhex("0605041582158a")
    host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550128", data=data, udh=udh))
    (sent,) = outgoing(gateway, "+12025550128")
    assert (sent.octets, sent.udh) == (data, udh)


def test_binary_data_up_to_the_limit_arrive_whole(host: Host, gateway: Gateway) -> None:
    data = bytes(number % 251 for number in range(10 * 134))
    host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550129", data=data))
    assert joined(outgoing(gateway, "+12025550129", 10)) == data


def test_an_alphanumeric_sender_arrives(host: Host, gateway: Gateway) -> None:
    host.client.send(host.open(gateway.url), OutboundMessage(to="+12025550130", text="a", sender="Acme"))
    assert outgoing(gateway, "+12025550130")[0].sender == "Acme"


def test_every_option_is_taken(host: Host, gateway: Gateway) -> None:
    config = {"smsc": "FAKE", "priority": 3, "account": "acme", "meta_data": "?smpp?a=b"}
    extra = {"mwi": 0, "binfo": "b", "pid": 0, "alt-dcs": 1, "rpi": 1}
    message = OutboundMessage(to="+12025550131", text="a", flash=True, extra=extra)
    host.client.send(host.open(gateway.url, **config), message)
    assert outgoing(gateway, "+12025550131")


AWKWARD_IDS = ("6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11", "50%d & %A + é/?#")


@pytest.mark.parametrize("identity", AWKWARD_IDS)
def test_sent_and_delivered_are_reported_for_the_messages_own_id(host: Host, gateway: Gateway, identity: str) -> None:
    channel = host.open(gateway.url, "reported", secret="50% of ü")
    message = OutboundMessage(to=TO, text="Muraho", id=identity)
    host.client.send(channel, message)
    reports = until(lambda: len(host.reports(message)) == 2 and host.reports(message), "two reports")
    assert {report.status for report in reports} == {Status.SENT, Status.DELIVERED}
    assert {report.recipient for report in reports} == {TO}
    assert all(abs((report.at - channel.clock()).total_seconds()) < 60 for report in reports)


def test_a_wrong_password_is_an_authentication_error(host: Host, gateway: Gateway) -> None:
    with pytest.raises(AuthError) as caught:
        host.client.send(host.open(gateway.url, password="wrong-password"), OutboundMessage(to=TO, text="a"))
    assert (caught.value.provider_code, caught.value.provider_text) == ("403", "Authorization failed for sendsms")
    assert "wrong-password" not in repr(caught.value.request) + str(caught.value.request and caught.value.request.url)


def test_a_number_without_a_route_is_refused_and_reported(host: Host, gateway: Gateway) -> None:
    message = OutboundMessage(to=NOT_ROUTED, text="a")
    with pytest.raises(Rejected) as caught:
        host.client.send(host.open(gateway.url), message)
    assert caught.value.reason is Reason.NO_ROUTE
    (report,) = until(lambda: host.reports(message), "a report")
    assert (report.status, report.reason) == (Status.REJECTED, Reason.NO_ROUTE)


def test_a_denied_number_is_refused(host: Host, gateway: Gateway) -> None:
    with pytest.raises(Rejected) as caught:
        host.client.send(host.open(gateway.url), OutboundMessage(to=DENIED, text="a"))
    assert caught.value.reason is Reason.BLOCKED


def test_a_message_without_sender_is_refused(host: Host, gateway: Gateway) -> None:
    config = {"base_url": gateway.url, "username": "tester", "password": PASSWORD}
    with pytest.raises(Rejected) as caught:
        host.client.send(REGISTRY.open("kannel", id="none", config=config), OutboundMessage(to=TO, text="a"))
    assert caught.value.reason is Reason.INVALID_SENDER


def test_what_a_handset_types_arrives_by_get_url(host: Host, gateway: Gateway) -> None:
    texts = ("Muraho & 50% + {a} #1", "caf\u00e9 10€")
    for text in texts:
        gateway.type(HANDSET, "2001", text)
    gateway.type_unicode(HANDSET, "2001", "Привет 😀\nшшш")
    gateway.type_data(HANDSET, "2001", b"\x00\xff\xc3 &+%")
    gateway.type_data(HANDSET, "2001", b"BEGIN", bytes.fromhex("06050423f40000"))
    found = until(lambda: len(host.messages("2001")) == 5 and host.messages("2001"), "five messages")
    assert {(item.text, item.data, item.udh) for item in found} == {
        *((text, None, None) for text in texts),
        ("Привет 😀\nшшш", None, None),
        ("", b"\x00\xff\xc3 &+%", None),
        ("", b"BEGIN", bytes.fromhex("06050423f40000")),
    }
    assert {item.sender for item in found} == {HANDSET}
    assert len({item.id for item in found}) == 5
    assert all(abs((item.received_at - host.channels["main"].clock()).total_seconds()) < 60 for item in found)


@pytest.mark.parametrize("to", ["3001", "3006"])
def test_what_a_handset_types_arrives_by_post_url(host: Host, gateway: Gateway, to: str) -> None:
    gateway.type(HANDSET, to, "Muraho & 50% + {a} #1 €")
    gateway.type_unicode(HANDSET, to, "Привет 😀\nшшш")
    gateway.type_data(HANDSET, to, b"BEGIN\x00\xff", bytes.fromhex("06050423f40000"))
    found = until(lambda: len(host.messages(to)) == 3 and host.messages(to), "three messages")
    assert {(item.sender, item.text, item.data, item.udh) for item in found} == {
        (HANDSET, "Muraho & 50% + {a} #1 €", None, None),
        (HANDSET, "Привет 😀\nшшш", None, None),
        (HANDSET, "", b"BEGIN\x00\xff", bytes.fromhex("06050423f40000")),
    }
    assert len({item.id for item in found}) == 3
    assert all(item.received_at is not None for item in found)
    time.sleep(0.5)
    assert [sent for sent in gateway.sent() if sent.sender == to] == []


def test_an_empty_answer_sends_nothing_back_and_a_body_does(host: Host, gateway: Gateway) -> None:
    """Number, what comes back: with max-messages = 1 unless a row says otherwise."""
    rows = {
        "3002": [],  # empty 200, omit-empty = true
        "3003": [b"a body"],
        "3004": [b"<Empty reply from service provider>"],  # empty 200, but no omit-empty
        "3005": [b"Could not fetch content, sorry."],  # empty 204
        "3007": [],  # a body, but max-messages = 0
    }
    for number in rows:
        gateway.type(HANDSET, number, "hello")
    until(lambda: all(host.messages(number) for number in rows), "the messages")
    texts = [octets for back in rows.values() for octets in back]
    until(lambda: sum(sent.sender in rows for sent in gateway.sent()) >= len(texts), "the texts that come back")
    time.sleep(1.5)
    back = {number: [sent.octets for sent in gateway.sent() if sent.sender == number] for number in rows}
    assert back == rows


def test_parts_of_a_message_from_a_handset_are_joined_by_bearerbox(host: Host, gateway: Gateway) -> None:
    gateway.type_data(HANDSET, "2002", b"raho", bytes.fromhex("0500032a0202"))
    gateway.type_data(HANDSET, "2002", b"Mu", bytes.fromhex("0500032a0201"))
    (found,) = until(lambda: host.messages("2002"), "the message")
    assert (found.data, found.udh, found.part) == (b"Muraho", None, None)


# Kannels of their own


def test_parts_that_bearerbox_leaves_alone_are_joined_here(host: Host, tmp_path: Path) -> None:
    url = f"{host.url}/c/kannel/parts/receive?{MO_QUERY}"
    with kannel(tmp_path, url, core={"sms-combine-concatenated-mo": "false"}) as gateway:
        host.open(gateway.url, "parts")
        gateway.type_data(HANDSET, "2003", b"raho", bytes.fromhex("0500032a0202"))
        gateway.type_data(HANDSET, "2003", b"Mu", bytes.fromhex("0500032a0201"))
        (found,) = until(lambda: host.messages("2003"), "the message")
    assert (found.data, found.part) == (b"Muraho", None)


def test_a_unicode_message_recoded_by_smsbox_arrives(host: Host, tmp_path: Path) -> None:
    url = f"{host.url}/c/kannel/recoded/receive?{MO_QUERY}"
    with kannel(tmp_path, url, smsbox={"mo-recode": "true"}) as gateway:
        host.open(gateway.url, "recoded")
        gateway.type_unicode(HANDSET, "2004", "Привет 😀 é")
        (found,) = until(lambda: host.messages("2004"), "the message")
    assert found.text == "Привет 😀 é"


def send_several(client: Client, channel: Channel[Any], count: int) -> None:
    for _ in range(count):
        client.send(channel, OutboundMessage(to=TO, text="too many"))


def test_a_message_waits_while_the_smsc_is_away_and_a_full_queue_is_a_temporary_failure(
    host: Host, tmp_path: Path
) -> None:
    with kannel(tmp_path, core={"sms-outgoing-queue-limit": 1}) as gateway:
        channel = host.open(gateway.url, "queue")
        gateway.stop("fakesmsc")
        until(lambda: "online" not in gateway.status().partition("SMSC connections")[2], "the SMSC being away")
        first = OutboundMessage(to=TO, text="waits")
        assert host.client.send(channel, first).parts[0].word == "3: Queued for later delivery"
        with pytest.raises(TemporaryFailure) as caught:
            send_several(host.client, channel, 4)
        assert (caught.value.provider_code, caught.value.retryable) == ("503", True)
        gateway.start_smsc()
        assert b"waits" in [sent.octets for sent in outgoing(gateway, TO)]
        until(lambda: Status.DELIVERED in {report.status for report in host.reports(first)}, "its report")


def test_a_gateway_that_is_down_is_proven_not_to_have_got_the_message(host: Host, tmp_path: Path) -> None:
    with kannel(tmp_path) as gateway:
        channel = host.open(gateway.url, "down")
        host.client.send(channel, OutboundMessage(to=TO, text="a"))
        gateway.stop("bearerbox")
        until(lambda: gateway.running["smsbox"].poll() is not None, "smsbox, which bearerbox tells to stop")
        with pytest.raises(TransportError) as caught:
            host.client.send(channel, OutboundMessage(to=TO, text="a"))
        assert (caught.value.sent, caught.value.retryable) == (False, True)


def test_an_smsbox_that_answers_at_once_tells_the_segments(host: Host, tmp_path: Path) -> None:
    with kannel(tmp_path, smsbox={"immediate-sendsms-reply": "true"}) as gateway:
        channel = host.open(gateway.url, "hasty")
        assert host.client.send(channel, OutboundMessage(to=TO, text="a")).parts[0].word == "Sent."
        assert host.client.send(channel, OutboundMessage(to=TO, text="0123456789" * 40)).segments == 3
        lost = OutboundMessage(to=NOT_ROUTED, text="a")
        assert host.client.send(channel, lost).parts[0].word == "Sent."
        assert until(lambda: host.reports(lost), "a report")[0].reason is Reason.NO_ROUTE


def running(state: Path) -> set[int]:
    """Processes whose working directory is `state`."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink() == state:
                found.add(int(link.parent.name))
    return found


def test_nothing_is_left_running(tmp_path: Path) -> None:
    with kannel(tmp_path):
        assert len(running(tmp_path)) == 3
    assert running(tmp_path) == set()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_gateway_started_by_hand_goes_with_the_program_that_started_it(
    gateway: Gateway, tmp_path: Path, ending: signal.Signals
) -> None:
    command = [sys.executable, str(Path(__file__).with_name("kannel.py")), "start", "--state", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert b"online" in program.stdout.readline()
        assert len(running(tmp_path)) == 3
        program.send_signal(ending)
        assert program.wait(PATIENCE) == (-ending if ending is signal.SIGKILL else 0)
    assert until(lambda: not running(tmp_path), "the programs to end")


def test_the_demonstration_happens(gateway: Gateway) -> None:
    script = str(Path(__file__).with_name("demo_kannel.py"))
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("kannel: all of it happened\n")


def test_a_demonstration_that_misses_something_says_so(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_kannel, "PATIENCE", 3.0)
    monkeypatch.setattr(demo_kannel, "DENIED", TO)
    monkeypatch.setattr(Gateway, "type_unicode", lambda self, sender, to, text: self.type(sender, to, "another text"))
    assert demo_kannel.run(tmp_path) == 1
    told = capsys.readouterr()
    assert told.out.endswith("kannel: not all of it happened\n")
    assert [line.split(": ")[2][:12] for line in told.err.splitlines()] == ["a refusal of", "the reply as"]
